"""One chapter with everything, and what is made of it, byte by byte.

After a wanted change: `python -m tests.test_golden`, then read the diff.
"""

import pytest

from press.write.notebook import notebook
from press.write.scripts import module_script
from press.write.scripts import test_script as script_of_tests
from tests.courses import REPOSITORY, read

GOLDEN = REPOSITORY / "tests/golden"
# Not .py: the formatter and pytest leave them alone.
WRITERS = {
    "module.py.txt": module_script,
    "tests.py.txt": script_of_tests,
    "notebook.json": notebook,
}


def made(name: str) -> str:
    chapter, problems = read((GOLDEN / "chapter.md").read_bytes())
    assert problems == []
    return WRITERS[name](chapter)


@pytest.mark.parametrize("name", WRITERS)
def test_the_golden_chapter_gives_the_golden_files(name):
    assert made(name) == (GOLDEN / name).read_text("utf-8")


if __name__ == "__main__":
    for golden in WRITERS:
        (GOLDEN / golden).write_text(made(golden), "utf-8")
