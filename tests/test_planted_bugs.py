"""Every planted bug and every empty exercise fails the chapter's tests."""

from pathlib import Path

import pytest

from press.write.scripts import module_script
from press.write.tangle import tangle
from tests.planting import Stub, chapters, fault, judge, stubs
from tests.running import chapter, write

ROOT = Path(__file__).parents[1]
STUBS = [s for c in chapters(ROOT / "chapters") for s in stubs(c)]


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Path:
    """The course, tangled."""
    folder = tmp_path_factory.mktemp("course") / "build"
    tangle(ROOT / "chapters", folder)
    return folder


@pytest.mark.parametrize(
    "stub", STUBS, ids=lambda s: f"{s.chapter.source.name}:{s.line}:{s.kind}"
)
def test_the_tests_of_the_course_fail_on_every_stub(stub, build, tmp_path):
    assert fault(stub, build, tmp_path) == ""


# The check itself, on a course of one chapter -----------------------------

SOLUTION = "def half(x: float) -> float:\n    return x / OTHER * scale()"
IMPORTS = (
    "import pytest\nfrom hypothesis import given\nfrom hypothesis import "
)
EXERCISE = """\
```python
import math

from byhand.part.base import scale

OTHER = 2
```

```python tags=["{kind}"]
{stub}
```

```python
{imports}strategies as st


@pytest.fixture
def two():
    return 2
```

```python
{test}


def test_of_something_else():
    assert math.pi < OTHER
```

```python tags=["solution"]
{solution}
```"""
WEAK = "def test_half():\n    assert half(0) == 0"
GOOD = {
    "plain": "def test_half():\n    assert half(2) == 1",
    "fixture": "def test_half(two):\n    assert half(two) == 1",
    "parametrize": "@pytest.mark.parametrize('x', [0, 2, 4])\n"
    "def test_half(x):\n    assert half(x) == x / 2",
    "hypothesis": "@given(st.integers(0, 99))\n"
    "def test_half(x):\n    assert half(x) == x / 2",
    "exception": "def test_half():\n    assert [0, 1][int(half(2))]",
}


def planted(folder: Path, stub: str, test: str, kind: str = "bug") -> Stub:
    """The only stub of a course that is tangled below `folder`."""
    cells = EXERCISE.format(
        kind=kind, stub=stub, test=test, solution=SOLUTION, imports=IMPORTS
    )
    base = chapter("def scale() -> int:\n    return 1")
    write(folder, {"1-part/01-base": base, "1-part/02-one": chapter(cells)})
    tangle(folder / "chapters", folder / "build")
    [stub] = [s for c in chapters(folder / "chapters") for s in stubs(c)]
    return stub


BUG = "def half(x: float) -> float:\n    return x * OTHER"


@pytest.mark.parametrize("test", GOOD.values(), ids=GOOD)
def test_a_bug_that_the_tests_catch_is_no_fault(tmp_path, test):
    stub = planted(tmp_path, BUG, test)
    assert fault(stub, tmp_path / "build", tmp_path) == ""


@pytest.mark.parametrize("test", GOOD.values(), ids=GOOD)
def test_the_same_tests_pass_on_the_solution(tmp_path, test):
    stub = planted(tmp_path, BUG, test)
    module = module_script(stub.chapter)
    verdict = judge(stub, module, tmp_path / "build", tmp_path)
    assert verdict.passed and not verdict.failed and not verdict.errors


def test_a_bug_that_the_tests_miss_is_named_with_its_line(tmp_path):
    stub = planted(tmp_path, BUG, WEAK)
    label = tmp_path / "chapters" / "1-part" / "02-one.md"
    line = label.read_text().split("\n").index(BUG.split("\n")[0]) + 1
    assert fault(stub, tmp_path / "build", tmp_path) == (
        f"{label}:{line}: the bug half: its tests pass on the stub: test_half"
    )


def test_an_exercise_that_needs_no_work_is_a_fault(tmp_path):
    stub = planted(tmp_path, "def half(x):\n    return x", WEAK, "exercise")
    found = fault(stub, tmp_path / "build", tmp_path)
    assert "the exercise half: its tests pass on the stub" in found


def test_an_empty_exercise_is_no_fault(tmp_path):
    stub = planted(tmp_path, "def half(x):\n    ...", WEAK, "exercise")
    assert fault(stub, tmp_path / "build", tmp_path) == ""


def test_a_bug_that_lacks_a_name_is_a_fault(tmp_path):
    stub = planted(tmp_path, "def half(x):\n    return y", WEAK)
    found = fault(stub, tmp_path / "build", tmp_path)
    assert found.endswith("the bug half: it does not run: NameError")


def test_a_stub_that_cannot_be_imported_is_a_fault(tmp_path):
    text = "import not_there\n\n\ndef half(x):\n    return x"
    stub = planted(tmp_path, text, WEAK)
    found = fault(stub, tmp_path / "build", tmp_path)
    assert "its tests do not run: ModuleNotFoundError: No module" in found


def test_tests_that_cannot_be_imported_are_a_fault(tmp_path):
    test = f"import not_there\n\n\n{WEAK}\n    not_there"
    stub = planted(tmp_path, BUG, test)
    found = fault(stub, tmp_path / "build", tmp_path)
    assert "the bug half: its tests do not run: " in found
    assert "No module named 'not_there'" in found


def test_the_check_leaves_no_module_behind(tmp_path):
    import sys

    before = {n for n in sys.modules if n.startswith("byhand")}
    stub = planted(tmp_path, BUG, WEAK)
    fault(stub, tmp_path / "build", tmp_path)
    assert {n for n in sys.modules if n.startswith("byhand")} == before
    assert str(tmp_path / "build") not in sys.path
