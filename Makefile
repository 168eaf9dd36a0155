# Two commands do everything on a machine with Python 3.11 and make:
#   make site   build the website into build/site
#   make test   check the press, the site and every chapter

PYTHON ?= python3
OPTIONS =
BIN = .venv/bin
READY = .venv/.ready

# One thread: two in one process are slower when two processes run. And no
# library may ask the network for a model.
export OMP_NUM_THREADS = 1
export HF_HUB_OFFLINE = 1

.PHONY: site test serve clean

site: $(READY)
	$(BIN)/python tangle.py site

test: $(READY)
	$(BIN)/python tangle.py run
	$(BIN)/python tangle.py numbers
	$(BIN)/python -m ruff check .
	$(BIN)/python -m codespell_lib README.md CONTRIBUTING.md chapters press tests tangle.py
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(OPTIONS)

serve: $(READY)
	$(BIN)/python tangle.py serve

clean: $(READY)
	$(BIN)/python tangle.py clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[press]"
	touch $(READY)
