"""`tangle.py practice`: what a reader gets, and never loses."""

import ast
import contextlib
import io
import json
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from press.practice.merge import merge
from press.practice.sections import first_lines, sections
from tests import grading
from tests.courses import Course
from tests.running import chapter

SHARED = """\
```python tags=["shared"]
import pytest

from byhand.part.one import SIZE


def close(x):
    return pytest.approx(x, abs=SIZE)


@pytest.fixture
def ten():
    return 10 * SIZE
```"""
ONE = """\
```python
import math
from math import sqrt as root

SIZE = 1


def scale(x: float) -> float:
    \"\"\"Part of the chapter.\"\"\"
    return root(x)
```

```python
import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(name="two")
def a_number(four):
    return four / 2


@pytest.fixture
def four():
    return 4.0
```

## Exercises

### ● Half

Write `half`, as in [the other chapter](02-two.md).

```python tags=["exercise"]
def half(x: float) -> float:
    \"\"\"Half of x.\"\"\"
    raise NotImplementedError
```

```python
def test_half_of_two(two):
    assert half(two) == 1


@given(st.integers(0, 9))
def test_half_is_what_doubles(n):
    assert half(n) + half(n) == n
```

```python tags=["solution"]
def half(x: float) -> float:
    \"\"\"Half of x.\"\"\"
    return x / 2
```

It was easy.

### ●● Spot the bug

It should be the *third*.

```python tags=["bug"]
def third(x: float) -> float:
    return x / 4
```

```python
def both(x: float) -> float:
    return third(x) + scale(4)
```

```python
@pytest.mark.parametrize("x", [0, 3])
def test_third(x):
    assert third(x) == x / 3


def test_third_and_a_root_of_four():
    assert both(half(6)) == 3
```

```python tags=["solution"]
def third(x: float) -> float:
    # Four is not three.
    return x / 3
```"""
TWO = """\
### ● Ten

```python tags=["exercise"]
def ten_times(x: float) -> float:
    ...
```

```python
def test_ten_times_one(ten):
    assert ten_times(1) == close(ten)
```

```python tags=["solution"]
def ten_times(x: float) -> float:
    return 10 * x
```"""
FILE = "practice/part/one.py"


@pytest.fixture
def course(tmp_path) -> Course:
    made = Course(tmp_path)
    made.write("chapters/1-part/01-one.md", chapter(ONE))
    shared = SHARED.replace("from byhand.part.one import SIZE\n\n\n", "\n")
    made.write("chapters/1-part/02-two.md", chapter(TWO))
    made.write(
        "chapters/1-part/03-three.md",
        chapter("from byhand.part.one import SIZE", shared),
    )
    return made


def practise(course: Course, *arguments: str) -> str:
    done = course.tangle("practice", *arguments)
    assert (done.code, done.err) == (0, "")
    return done.out


def graded(course: Course, path: str = FILE, *options: str) -> list[str]:
    """What `pytest practice/…` says of the exercises."""
    out, before = io.StringIO(), set(sys.modules)
    options = ["-pno:cacheprovider", "--disable-plugin-autoload", *options]
    with (
        grading.course(course.build),
        contextlib.redirect_stdout(out),
        contextlib.chdir(course.folder),
    ):
        pytest.main([*options, path])
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("part", "practice"):
            del sys.modules[name]
    return re.findall(r"(?m)^Exercise .*", out.getvalue())


def replace(course: Course, *pairs: tuple[str, str], path: str = FILE) -> None:
    target = course.folder / path
    text = target.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    target.write_text(text, "utf-8")


HALF = ("raise NotImplementedError", "return x / 2")
THIRD = ("return x / 4", "return x / 3")


def test_a_practice_file_has_task_stub_tests_and_what_they_need(course):
    said = practise(course, "part/one")
    text = (course.folder / FILE).read_text("utf-8")
    assert f"check it: python -m pytest {FILE}" in said
    assert "# Write `half`, as in the other chapter.\n" in text
    assert "from byhand.part.one import scale\n" in text
    assert text.index("def a_number(four)") < text.index("# %% Exercise 1")
    assert "def both(x: float)" in text  # it uses what the reader writes
    assert "Four is not three" not in text and "It was easy" not in text
    assert "# Its tests use your answer to exercise 1." in text
    assert "import math" not in text.split("\n")  # nobody needs it
    ast.parse(text)


def test_the_file_is_graded_by_exercise_and_the_states_are_kept(course):
    practise(course, "part/one")
    assert practise(course).count("not started") == 3
    first = graded(course)
    assert first[0] == "Exercise 1 ● Half: not yet: line 37: nothing is " + (
        "written here yet"
    )
    assert re.match(
        r"Exercise 2 ●● Spot the bug: not yet: line \d+: ", first[1]
    )
    assert "assert 0.75 == (3 / 3)" in first[1]
    replace(course, HALF)
    assert graded(course)[0] == "Exercise 1 ● Half: passed"
    state = practise(course)
    assert re.search(r"1 ● Half +passed", state)
    assert re.search(r"2 ●● Spot the bug +not started", state)
    replace(course, ("return x / 4", "return x / 5"))
    assert re.search(r"2 ●● Spot the bug +started", practise(course))
    replace(course, ("return x / 5", "return x / 3"))
    assert graded(course)[1] == "Exercise 2 ●● Spot the bug: passed"


def test_a_part_of_the_tests_is_no_pass(course):
    practise(course, "part/one")
    replace(course, HALF, THIRD)
    said = graded(course, FILE, "-k", "half_of_two")
    assert said == [
        "Exercise 1 ● Half: not yet: not all of its tests were run"
    ]


def test_all_that_was_begun_is_graded_at_once(course):
    practise(course, "part/one", "1")
    practise(course, "part/two")
    replace(course, HALF)
    replace(course, ("    ...", "    return x"), path="practice/part/two.py")
    said = graded(course, "practice")
    assert said[0] == "Exercise 1 ● Half: passed"
    assert said[1].startswith("Exercise 1 ● Ten: not yet: line ")
    assert "assert 1 == 10 ± 1" in said[1]  # a shared fixture and a helper


def test_run_again_it_changes_nothing(course):
    practise(course, "part/one")
    replace(course, HALF)
    before = (course.folder / FILE).read_bytes()
    assert f"{FILE}: nothing new" in practise(course, "part/one")
    assert (course.folder / FILE).read_bytes() == before


def test_one_exercise_first_and_the_others_later(course):
    said = practise(course, "part/one", "1")
    assert "Exercise 1 ● Half: added" in said and "Exercise 2" not in said
    replace(course, HALF)
    said = practise(course, "part/one")
    assert "Exercise 2 ●● Spot the bug: added" in said
    assert "Exercise 1" not in said and "added above: both, scale" in said
    replace(course, THIRD)
    assert [line.split(": ")[-1] for line in graded(course)] == ["passed"] * 2


def test_an_exercise_comes_with_those_that_its_tests_use(course):
    said = practise(course, "part/one", "2")
    assert "Exercise 1 ● Half: added" in said


def test_a_new_version_stands_behind_the_readers_own(course):
    practise(course, "part/one")
    replace(course, HALF, THIRD)
    mine = (course.folder / FILE).read_text("utf-8")
    new = ONE.replace("half(n) + half(n) == n", "2 * half(n) == n")
    course.write("chapters/1-part/01-one.md", chapter(new))
    said = practise(course, "part/one")
    assert f"{FILE}: Exercise 1 ● Half: a new version, behind yours" in said
    text = (course.folder / FILE).read_text("utf-8")
    start = text.index("# %% Exercise 1 ● Half, new version")
    end = text.index("# %% Exercise 2")
    block = text[start:end]
    assert text[:start] + text[end:] == mine
    assert all(line[:1] in ("#", "") for line in block.split("\n"))
    assert [line.split(": ")[1] for line in graded(course)] == ["passed"] * 2
    assert f"{FILE}: nothing new" in practise(course, "part/one")
    # To take it over: delete the old section, uncomment the new one.
    old = text[text.index("# %% Exercise 1 ● Half [") : start]
    code = re.sub("(?m)^# ?", "", block.split("\n#\n", 1)[1])
    head = block.split("\n")[0]
    task, _, code = code.partition("\n\n\n")
    replace(course, (old, ""), (block, f"{head}\n\n{code}"))
    replace(course, HALF)
    assert [line.split(": ")[1] for line in graded(course)] == ["passed"] * 2


def test_a_changed_fixture_comes_with_the_new_version(course):
    practise(course, "part/one")
    new = ONE.replace("return four / 2", "return four - 2")
    course.write("chapters/1-part/01-one.md", chapter(new))
    practise(course, "part/one")
    text = (course.folder / FILE).read_text("utf-8")
    assert "    return four / 2\n" in text
    assert "\n#     return four - 2\n" in text
    assert "\n    return four - 2\n" not in text


@pytest.mark.parametrize(
    "text", [b"def half(:\n", b"\xff\xfe", b"x = '\0'"], ids=repr
)
def test_a_file_that_is_no_python_is_left_alone(course, text):
    course.write(FILE, text)
    done = course.tangle("practice", "part/one")
    assert done.code == 2 and done.err.count("\n") == 1
    assert done.err.startswith(f"{FILE}:1: this is no Python yet: ")
    assert (course.folder / FILE).read_bytes() == text
    assert [p.name for p in (course.folder / FILE).parent.iterdir()] == [
        "one.py"
    ]


def test_an_edit_while_it_works_is_not_lost(course, monkeypatch):
    from press.practice import desk

    practise(course, "part/one", "1")

    def slow(path, data, wanted):
        course.write(FILE, b"mine = 1\n")
        return data + b"\n", []

    monkeypatch.setattr(desk, "_merged", slow)
    done = course.tangle("practice", "part/one")
    assert done.code == 1 and "edited meanwhile (run the command" in done.err
    assert (course.folder / FILE).read_bytes() == b"mine = 1\n"


def test_a_kill_before_the_end_leaves_the_file_as_it_was(course, monkeypatch):
    practise(course, "part/one", "1")
    before = (course.folder / FILE).read_bytes()

    def killed(*paths):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    assert course.tangle("practice", "part/one").code == 130
    assert (course.folder / FILE).read_bytes() == before


def test_a_folder_that_cannot_be_written_is_said_in_one_line(course):
    course.write("practice", "a file")
    done = course.tangle("practice", "part/one")
    assert done.code == 2 and done.err.count("\n") == 1
    assert "cannot be read or written" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    {
        ("part/ono",): "no chapter is called 'part/ono' (choose from: part/on",
        ("part/one", "3"): "part/one has no exercise 3 (choose 1 to 2)",
        ("part/three",): "part/three has no exercises",
        ("--solution", "1"): "say of which chapter",
    }.items(),
)
def test_a_wrong_name_is_said_in_one_line(course, arguments, words):
    done = course.tangle("practice", *arguments)
    assert done.code == 2 and words in done.err
    assert not (course.folder / "practice").exists()


def test_a_solution_is_printed_with_its_explanation(course):
    said = practise(course, "part/one", "--solution", "1")
    assert said.startswith("# Exercise 1 ● Half\n\ndef half(x: float)")
    assert said.endswith("    return x / 2\n\n# It was easy.\n")
    assert not (course.folder / "practice").exists()


# Merging --------------------------------------------------------------------

READER = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "# %% mine",
            "def half(x):\n    return x",
            "def helper():\n    '''ä'''\n    return 2",
            "import math",
            "",
            "from other import pytest",
        ]
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def exercises(tmp_path_factory):
    made = Course(tmp_path_factory.mktemp("exercises"))
    made.write("chapters/1-part/01-one.md", chapter(ONE))
    [found] = grading.chapters(made.folder / "chapters")
    return found, sections(found)


@settings(max_examples=60)
@given(READER, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.data())
def test_no_line_of_the_reader_is_changed(exercises, own, end, last, data):
    """Whatever is in the file, in whatever state it is."""
    found, wanted = exercises
    some = data.draw(st.lists(st.sampled_from(wanted), unique_by=id))
    text = "\n".join([merge(first_lines(found, some), some)[0], *own])
    text = (text + "\n" * last).replace("\n", end)
    new, notes = merge(text, wanted)
    ast.parse(new)
    lines = iter(new.split(end))
    assert all(line in lines for line in text.rstrip("\r\n").split(end))
    assert {"\r\n", "\n"} >= {end} and new.count("\n") == new.count(end)
    assert merge(new, wanted) == (new, [])
    assert all(section.key in new for section in wanted)


def test_the_workbook_links_to_the_page_and_holds_no_answer(course):
    course.tangle("tangle")
    path = course.build / "workbooks" / "part" / "one.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    assert "(../../part/one/#-half)" in text
    assert "Four is not three" not in text and "x / 2" not in text
    assert 'check("part", "Exercise 2 ●● Spot the bug")' in text
    again = path.read_bytes()
    course.tangle("tangle", "--force")
    assert path.read_bytes() == again


def test_a_workbook_without_the_course_says_what_to_install(course):
    course.tangle("tangle")
    path = course.build / "workbooks" / "part" / "one.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    imports = "".join(cells[1]["source"])
    for name in ("byhand", "pytest", "hypothesis"):
        hidden = {name: None, "byhand.practice": None}
        with pytest.MonkeyPatch.context() as patch:
            for module in [m for m in sys.modules if m.startswith("byhand")]:
                patch.delitem(sys.modules, module)
            for module in hidden:
                patch.setitem(sys.modules, module, None)
            with pytest.raises(SystemExit, match="-m pip install ."):
                exec(imports, {})


def test_a_workbook_that_was_solved_in_place_stays(course):
    assert course.tangle().code == 0
    path = course.build / "workbooks/part/one.ipynb"
    solved = path.read_text().replace("raise NotImplementedError", "return 1")
    path.write_text(solved)
    assert course.tangle().err == ""  # nothing new, nothing to say
    source = course.folder / "chapters/1-part/01-one.md"
    source.write_text(source.read_text().replace("Write `half`", "Write it"))
    done = course.tangle()
    assert done.code == 0 and path.read_text() == solved
    assert done.err == (
        "build/workbooks/part/one.ipynb: kept as you wrote it; the exercises "
        "have changed (move it away to get them)\n"
    )
    path.rename(path.with_name("mine.ipynb"))
    assert course.tangle().code == 0
    assert "Write it" in path.read_text()
