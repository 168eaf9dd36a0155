"""Where statements go, which lines they keep, and how the scripts run."""

import ast
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.runtime.byhand import flags, source_line
from press.write.scripts import MAIN, module_script
from press.write.scripts import test_script as script_of_tests
from tests.courses import (
    HEAD,
    ONE,
    REPOSITORY,
    Course,
    environment,
    fence,
    read,
    tagged,
)

PLACES = {
    "def": ("def f(): ...", "module"),
    "async def": ("async def f(): ...", "module"),
    "class": ("class A: ...", "module"),
    "decorated": ("import a\n\n\n@a.cache\ndef f(): ...", "mm"),
    "constant": ("SIZE = 3", "module"),
    "private constant": ("_SIZE = 3", "module"),
    "annotated constant": ("SIZE: int = 3", "module"),
    "two constants": ("ROWS, COLUMNS = 3, 4", "module"),
    "chained constants": ("AA = BB = 3", "module"),
    "type alias": ("Rows = list[list[float]]", "module"),
    "union alias": ("Value = int | None", "module"),
    "method": ("class Model: ...\n\n\nModel.f = print", "mm"),
    "one letter's method": ("class A: ...\n\n\nA.f = print", "mm"),
    "lambda method": ("class GPT: ...\n\n\nGPT.f = lambda self: 1", "mm"),
    "one letter": ("W = 3", "experiment"),
    "no type": ("Total = 3", "experiment"),
    "variable": ("size = 3", "experiment"),
    "constant and variable": ("SIZE, size = 3, 4", "experiment"),
    "attribute": ("import os\n\nos.x = 3", "ee"),
    "element of a constant": ("TABLE = {}\nTABLE['a'] = 1", "me"),
    "if": ("if True:\n    SIZE = 3", "experiment"),
    "for": ("for SIZE in []:\n    def f(): ...", "experiment"),
    "with": ("with open('x'):\n    class A: ...", "experiment"),
    "try": ("try:\n    import a\nfinally:\n    pass", "experiment"),
    "expression": ("print(1)", "experiment"),
    "docstring": ('"""Not a docstring."""', "experiment"),
    "semicolons": ("a = 1; b = 2", "experiment"),
    "semicolon constants": ("AA = 1; BB = 2", "module"),
    "test": ("def test_a(): ...", "tests"),
    "async test": ("async def test_a(): ...", "tests"),
    "fixture": ("import pytest\n\n\n@pytest.fixture\ndef a(): ...", "tt"),
    "fixture call": (
        "import pytest\n\n\n@pytest.fixture(scope='module')\ndef a(): ...",
        "tt",
    ),
    "import for a definition": (
        "import os\n\n\ndef f():\n    return os\n\n\nprint(os)",
        "mme",
    ),
    "import in an annotation": ("import os\n\n\ndef f(a: os.X): ...", "mm"),
    "import for the experiment": ("import os\n\nprint(os)", "ee"),
    "import for the tests": ("import os\n\n\ndef test_a(): os", "tt"),
    "import for nothing": ("import os", "experiment"),
    "dotted import": ("import os.path\n\nSEP = os.sep", "mm"),
    "renamed import": ("import numpy as np\n\nONES = np.ones(3)", "mm"),
    "two imports": ("import os; import sys\n\nSEP = os.sep", "mm"),
}


@pytest.mark.parametrize(("code", "places"), PLACES.values(), ids=PLACES)
def test_what_a_statement_is_decides_where_it_goes(code, places):
    chapter, problems = read(HEAD + fence(code))
    found = [statement.place for statement in chapter.statements[8]]
    if len(found) > 1:
        found = ["".join(place[0] for place in found)]
    assert (found, problems) == ([places], [])


def test_an_import_of_experiment_and_tests_is_in_both():
    use = fence("import os\n\nprint(os)")
    chapter, _ = read(HEAD + use + fence("def test_a():\n    assert os"))
    assert "    import os\n" in module_script(chapter)
    assert "\nimport os\n" in script_of_tests(chapter)


def test_the_module_holds_the_solution_and_not_the_stub():
    stub = tagged("exercise", "def f():\n    return 'stub'")
    test = fence("def test_f():\n    assert f()")
    solution = tagged("solution", "def f():\n    return 'solution'")
    chapter, problems = read(HEAD + stub + test + solution)
    assert problems == []
    script = module_script(chapter)
    assert "'solution'" in script and "'stub'" not in script


def test_a_chapter_without_tests_has_no_test_file():
    assert script_of_tests(read(HEAD + fence("x = 1"))[0]) is None


def test_a_test_file_imports_what_it_uses_of_the_module():
    names = [f"LONG_NAME_NUMBER_{n}" for n in range(4)]
    code = "\n".join(f"{name} = 3" for name in [*names, "OTHER"])
    uses = fence(f"def test_a():\n    assert [{','.join(names)}]")
    script = script_of_tests(read(HEAD + fence(code) + uses)[0])
    node = ast.parse(script).body[1]
    assert node.module == "byhand.part.one"
    assert [alias.name for alias in node.names] == names
    assert max(len(line) for line in script.splitlines()[:8]) < 80


DEFINITIONS = [
    "def f(a):\n    return a",
    '@f\n@f\nclass A:\n    """Doc.\n\n  odd\n    """\n\n    x = 1',
    "SIZE = 3  # beside",
    "    # above\n\n# and above\nTABLE = [\n    1,\n\n    2,\n]",
    "Rows = list[int]",
    'TEXT = """\n  a\n\n%% b\n"""',
    "TOTAL = 1 + \\\n  2",
    "def g():\n    return '''\nx\n'''\n    # the end",
    "AA = 1; BB = 'é'",
    "import os",
    "from math import (\n    pi,\n    tau,\n)",
]
EXPERIMENTS = [
    "x = 1; y = 2",
    "# above\nprint(1)  # beside",
    "for i in range(2):\n    print(i)\n\n    # the end",
    's = """\n a\n\nb\n"""',
    "s = f'''\n{\n1}\n'''; t = 1",
    "z = [\n    1,\n\n  2,\n]",
    "if 1:\n    pass\nelse:\n    '''\nx\n'''",
    "w = 1 + \\\n2",
    "p = 'a\\\nb'",
    "with open('x') as o:\n        pass",
    "try:\n\tpass\nfinally:\n\tpass",
    'print("""a""",\n"b")',
    "'''\nif __name__ == \"__main__\":\n'''",
    'if __name__ == "__main__":\n    pass',
    "import sys",
]
GAPS = st.sampled_from(["\n", "\n\n", "\n\n\n", "\n# between\n"])


@st.composite
def cells(draw) -> str:
    """A fence of statements of all kinds, or one of tests."""
    if draw(st.integers(0, 4)) == 0:
        name = f"test_{draw(st.uuids()).hex}"
        return fence(f"import re\n\n\n# why\ndef {name}():\n    assert f, re")
    pool = st.sampled_from(DEFINITIONS + EXPERIMENTS)
    parts = [draw(pool)]
    for _ in range(draw(st.integers(0, 5))):
        parts += [draw(GAPS), draw(pool)]
    first = draw(st.sampled_from(["", "\n", "# first\n", "  # first\n"]))
    return fence(first + "".join(parts))


DEFINING = {
    ast.FunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.Import,
    ast.ImportFrom,
}
PROSE = st.sampled_from(
    ["Text.\n\n", "# %% no\n\n", "- a\n\n- b\n\n", "End.\n\n\n"]
)
CHAPTERS = st.lists(st.one_of(cells(), PROSE), min_size=1, max_size=6)


def mapped(script: str) -> list[tuple[str, int, str]]:
    """The chapter, its line and the script's text of every line of code."""
    found = []
    prose, last = True, ""
    for number, line in enumerate(script.split("\n"), 1):
        is_mark = line.startswith("# %% chapters")
        if is_mark:
            prose = line.endswith("[markdown]")
        begins = last.startswith("# %% chapters") and line == MAIN
        if line.strip() and not (prose or is_mark or begins):
            found.append((*source_line(script, number), line))
        last = line
    return found


@given(CHAPTERS)
def test_every_line_of_code_has_the_line_of_its_chapter(parts):
    chapter, problems = read(HEAD + "".join(parts))
    assert problems == []
    lines = chapter.document.text.split("\n")
    kept = set()
    for script in (module_script(chapter), script_of_tests(chapter) or ""):
        for origin, line, text in mapped(script):
            there = lines[line - 1]
            if there.strip().startswith("#"):  # its indentation is free
                text, there = text.strip(), there.strip()
            assert (origin, text) in ((ONE, there), (ONE, f"    {there}"))
            kept.add(line)
    code = {
        line
        for mark in chapter.document.fences
        for line in range(mark.line, mark.end)
        if lines[line - 1].strip()
    }
    assert kept == code


@given(CHAPTERS)
def test_a_cell_of_a_script_is_all_definition_or_all_experiment(parts):
    script = module_script(read(HEAD + "".join(parts))[0])
    for cell in re.split(r"(?m)^# %% chapters.*$", script)[1:]:
        kinds = {type(node) for node in ast.parse(cell).body}
        wanted = {ast.If} if cell.startswith(f"\n{MAIN}") else DEFINING
        assert kinds <= wanted


@given(st.sampled_from(EXPERIMENTS), st.sampled_from(EXPERIMENTS))
def test_indenting_changes_no_statement(first, second):
    """The experiment does the same under `if __name__ == "__main__":`."""
    code = f"{first}\n{second}"
    script = module_script(read(HEAD + fence(code))[0])
    (block,) = (n for n in ast.parse(script).body if isinstance(n, ast.If))
    assert ast.dump(ast.Module(block.body, [])) == ast.dump(
        ast.Module(ast.parse(code).body, [])
    )


KNOBS = {
    "steps": (200, "Steps, 10 % of them."),
    "rate": (-0.5, "Learning rate."),
    "sizes": ([1, 2], "Sizes."),
    "scales": ([0.5], "Scales."),
    "words": (["a"], "Words."),
    "model_name": ("tiny", "Name."),
    "fast": (False, "Hurry."),
    "description": ("x", "A knob of any name."),
}
LINES = {
    "": {},
    "--steps 3": {"steps": 3},
    "--steps -3": {"steps": -3},
    "--rate -0.25": {"rate": -0.25},
    "--rate 2": {"rate": 2.0},
    "--sizes 3": {"sizes": [3]},
    "--sizes -3 4 -5": {"sizes": [-3, 4, -5]},
    "--scales 1 .5": {"scales": [1.0, 0.5]},
    "--words b c": {"words": ["b", "c"]},
    "--model-name gpt-2": {"model_name": "gpt-2"},
    "--fast": {"fast": True},
    "--fast --no-fast": {"fast": False},
    "--description y --steps 1": {"description": "y", "steps": 1},
}


@pytest.mark.parametrize(("line", "changed"), LINES.items(), ids=LINES.keys())
def test_a_flag_has_the_type_of_its_default(monkeypatch, line, changed):
    monkeypatch.setattr(sys, "argv", ["one.py", *line.split()])
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    expected = {name: value for name, (value, _) in KNOBS.items()} | changed
    found = flags("What it does.", **KNOBS)
    assert found == list(expected.values())
    assert [type(a) for a in found] == [type(b) for b in expected.values()]


@pytest.mark.parametrize("line", ["--steps 1.5", "--rate x", "--stpes 3", "3"])
def test_a_wrong_flag_is_refused(monkeypatch, capsys, line):
    monkeypatch.setattr(sys, "argv", ["one.py", *line.split()])
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with pytest.raises(SystemExit, match="2"):
        flags("What it does.", **KNOBS)
    assert "error: " in capsys.readouterr().err


def test_help_has_every_flag_its_text_and_its_default(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["one.py", "--help"])
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with pytest.raises(SystemExit, match="0"):
        flags("What it does.\n\nMade from a chapter.", **KNOBS)
    text = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "What it does. options:" in text
    assert "--steps STEPS Steps, 10 % of them. (default: 200)" in text
    assert "--fast, --no-fast Hurry. (default: False)" in text


def test_in_a_notebook_the_flags_are_the_defaults(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kernel", "-f", "connection.json"])
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert flags("", **KNOBS) == [value for value, _ in KNOBS.values()]


@pytest.fixture(scope="module")
def golden(tmp_path_factory) -> Course:
    """The golden chapter, tangled."""
    course = Course(tmp_path_factory.mktemp("golden"))
    course.write(ONE, (REPOSITORY / "tests/golden/chapter.md").read_bytes())
    assert course.tangle().code == 0
    return course


def python(course: Course, *arguments: str) -> subprocess.CompletedProcess:
    """Python in a folder that is not the course's."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=course.folder.parent,
        env=environment(course.build),
        capture_output=True,
        text=True,
    )


def test_a_script_runs_as_module_and_by_path_from_any_folder(golden):
    path = str(golden.build / "byhand/part/one.py")
    for how in (["-m", "byhand.part.one"], [path]):
        done = python(golden, *how, "--rate", "-2.5", "--sizes", "7", "--fast")
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert lines[:4] == ["5.000", "0", "2", "3 one two"]
        assert lines[4].endswith(" -2.5 [7] tiny True")


def test_help_of_a_script_says_what_the_chapter_is_about(golden):
    done = python(golden, "-m", "byhand.part.one", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "down to the \\backslash." in re.sub(r"\s+", " ", done.stdout)
    assert 'Learning rate, in % of "much".' in done.stdout


def test_a_missing_artifact_says_what_makes_it(golden):
    code = "from byhand import artifact; artifact('pencil')"
    done = python(golden, "-c", code)
    assert "no artifact 'pencil' yet" in done.stderr
    assert "python tangle.py run part/one" in done.stderr


def test_importing_a_chapter_runs_no_experiment(golden):
    code = "import byhand.part.one as m; print(m.half(4), hasattr(m, 'point'))"
    done = python(golden, "-c", code)
    assert (done.stdout, done.stderr) == ("2.0 False\n", "")


def test_the_tangled_tests_pass(golden):
    plain = ["-p", "no:cacheprovider", "-q", str(golden.build / "tests")]
    done = python(golden, "-m", "pytest", *plain)
    assert "3 passed" in done.stdout, done.stdout


def test_a_traceback_names_the_lines_of_the_chapters(course):
    course.write(ONE, HEAD + fence("def f(x):\n    # Why?\n    return 1 / x"))
    two = "from byhand.part.one import f\n\nx = 0\nif not x:\n    f(x)"
    course.write("chapters/1-part/02-two.md", HEAD + fence(two))
    assert course.tangle().code == 0
    done = python(course, "-m", "byhand.part.two")
    assert done.stderr.endswith(
        "ZeroDivisionError: division by zero\n"
        "In the chapters:\n"
        "  chapters/1-part/02-two.md:12 in <module>\n"
        "  chapters/1-part/01-one.md:10 in f\n"
    )


def test_a_folder_of_chapters_may_have_any_name(tmp_path):
    course = Course(tmp_path)
    code = fence("x = 1\ny = 1 / 0")
    course.write("my course/1-part/01-one.md", HEAD + code)
    assert course.tangle("--chapters", "my course").code == 0
    done = python(course, "-m", "byhand.part.one")
    assert "ZeroDivisionError" in done.stderr
    script = (course.build / "byhand/part/one.py").read_text()
    line = script[: script.index("y = ")].count("\n") + 1
    assert source_line(script, line) == ("my course/1-part/01-one.md", 9)
