"""A mistake in a chapter's code that no test notices is found."""

import ast
import sys

import pytest

from press.proof.forks import apart
from press.proof.mutants import mutants
from tests.courses import HEAD, ONE, Course, command, fence

GOOD = '''def total(rows: list[float], start: float = 0.0) -> float:
    """The sum of 2 rows."""
    for row in rows:
        start += row
    return start'''
TESTS = """from hypothesis import given, strategies as st


@given(st.lists(st.integers(-9, 9)))
def test_the_total_is_the_sum(rows):
    assert total(rows) == sum(rows)"""


@pytest.fixture
def made(tmp_path):
    """Write a chapter with these fences, and mutate it."""
    course = Course(tmp_path)

    def mutate(*fences: str, limit: str = "60"):
        course.write(ONE, HEAD + "".join(map(fence, fences)))
        return command(tmp_path, "mutate", "part/one", "--limit", limit)

    return mutate


def changes(code: str, spared: tuple[int, ...] = ()) -> list[str]:
    """What becomes of a piece of code."""
    return sorted(map(str, mutants(ast.parse(code), set(spared))))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a + b", "a + b -> a - b"),
        ("x = a * b", "a * b -> a / b"),
        ("x = a // b", "a // b -> a * b"),
        ("x = a ** b", "a ** b -> a * b"),
        ("x += a", "x += a -> x -= a"),
        ("x = a < b", "a < b -> a <= b"),
        ("x = a >= b", "a >= b -> a > b"),
        ("x = a == b", "a == b -> a != b"),
        ("x = a is None", "a is None -> a is not None"),
        ("x = a in b", "a in b -> a not in b"),
        ("x = a and b", "a and b -> a or b"),
        ("x = -a", "-a -> a"),
        ("x = not a", "not a -> a"),
        ("x = 3", "3 -> 4"),
        ("x = 0.5", "0.5 -> 1.5"),
        ("x = True", "True -> False"),
        ("x = rows[i]", "rows[i] -> rows[i - 1]"),
        ("x = a + 1", "a + 1 -> a"),
        ("x = a if b else c", "b -> not b"),
        ("def f(): return a", "return a -> return None"),
    ],
)
def test_a_node_becomes_another(code, expected):
    assert expected in changes(code)


@pytest.mark.parametrize(
    "code",
    [
        "from a import b",
        "def f(x: list[2] = None) -> dict[3, 4]:\n    'Gives 5.'",
        "@cache(maxsize=7)\nclass A:\n    pass",
        "def f():\n    raise ValueError(f'{a + b} is 3')",
        "class A:\n    def __repr__(self):\n        return 1 + 1",
        "class A:\n    def _repr_svg_(self):\n        return 1 + 1",
        "def bars(rows) -> Drawing:\n    return 1 + 1",
        "def dot(drawing: Drawing, x):\n    x = 1 + 1",
        "class Drawing:\n    size = 3",
        "def f():\n    print(1 + 1)",
        "x = f'{a:3.2f}'",
        "x = len(rows[0])",
        "x = zip(rows, strict=True)",
        "x = rng.random() < p",
        "x = '-' * 8",
        "x = text.rjust(8)",
        "x = 'word'",
    ],
)
def test_what_computes_nothing_stays(code):
    assert changes(code) == []


def test_only_lines_that_are_spared_stay():
    assert changes("x = (\n    1,\n    2,\n)", (2,)) == ["2 -> 3"]


def test_every_mutant_of_a_tested_chapter_is_killed(made):
    done = made(GOOD, TESTS)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "part/one: 3 of 3 mutants killed, 3 of 3 tried, "
        "lines spared by a comment: 0\n"
    )


def test_a_planted_survivor_is_found_with_its_place(made):
    second = "def larger(a: int) -> bool:\n    return a > 3"
    test = "def test_larger():\n    assert larger(9) and not larger(1)"
    done = made(GOOD, TESTS, second, test)
    assert done.code == 1
    assert done.out.splitlines() == [
        f"{ONE}:26:12: survived: a > 3 -> a >= 3",
        f"{ONE}:26:16: survived: 3 -> 4",
        "part/one: 4 of 6 mutants killed, 6 of 6 tried, "
        "lines spared by a comment: 0",
    ]
    assert done.err == "fewer than 95% of the mutants are killed\n"


def test_columns_count_characters(made):
    done = made(
        "def f(a):\n    return ('√√', a * 1)[1]", "def test_f():\n    f(1)"
    )
    assert f"{ONE}:9:19: survived: a * 1 -> a / 1" in done.out


def test_a_comment_with_a_reason_spares_a_line(made):
    code = "def larger(a):\n    return a > 3  # no mutants: no 3 is ever asked"
    test = "def test_larger():\n    assert larger(9)"
    done = made(code, test)
    assert (
        "0 of 0 mutants killed, 0 of 0 tried, lines spared by a comment: 1"
        in done.out
    )
    done = made(code.replace(": no 3 is ever asked", ""), test)
    assert (
        "1 of 3 mutants killed, 3 of 3 tried, lines spared by a comment: 0"
        in done.out
    )


def test_a_mutant_that_never_ends_is_killed(made):
    code = "def down(n):\n    while n > 0:\n        n -= 2\n    return n"
    done = made(
        code, "def test_down():\n    assert (down(3), down(2)) == (-1, 0)"
    )
    assert "5 of 5 mutants killed" in done.out


def test_constants_and_classes_are_changed_where_tests_imported_them(made):
    code = "ROWS = [1, 2]\n\n\nclass Box:\n    size = len(ROWS) + 3"
    test = "def test_box():\n    assert (ROWS, Box.size) == ([1, 2], 5)"
    assert "4 of 4 mutants killed" in made(code, test).out


def test_a_constant_that_no_function_uses_is_no_mutant(made):
    code = "PLACE = 3\nROWS = [1, PLACE]\nSIZES = [4]\n\n\n"
    code += "def size():\n    return SIZES"
    test = "def test_size():\n    assert (size(), ROWS) == ([4], [1, 3])"
    done = made(code, "print(PLACE)", test)
    assert "2 of 2 mutants killed" in done.out


def test_a_method_that_is_added_later_is_there(made):
    code = "class Box:\n    pass\n\n\ndef size(box):\n    return 3"
    test = "def test_box():\n    assert Box().size() == 3"
    assert "2 of 2 mutants killed" in made(code, "Box.size = size", test).out


def test_what_parameters_hand_to_a_test_is_changed_too(made):
    code = "ROWS = [[2]]\n\n\ndef first(rows=ROWS):\n    return rows[0]"
    test = (
        "import pytest\n\n\n"
        '@pytest.mark.parametrize("f, row", [(first, ROWS[0])])\n'
        "def test_first(f, row):\n    assert (f([5]), row) == (5, [2])"
    )
    assert "3 of 3 mutants killed" in made(code, test).out


def test_a_fixture_for_all_tests_counts_for_each(made):
    code = "def rows() -> list[int]:\n    return [3]"
    tests = (
        "import pytest\n\n\n"
        '@pytest.fixture(scope="module", name="made")\n'
        "def rows_for_all():\n    return rows()\n\n\n"
        "def test_first(made):\n    assert len(made) == 1\n\n\n"
        "def test_second(made):\n    assert made == [3]"
    )
    assert "2 of 2 mutants killed" in made(code, tests).out


def test_when_time_is_up_the_mutants_tried_are_counted(made):
    done = made(GOOD, TESTS, limit="0")
    assert "0 of 0 mutants killed, 0 of 3 tried" in done.out


def test_tests_that_fail_without_mutants_are_said(made):
    done = made(GOOD, TESTS.replace("== sum", "!= sum"))
    assert (done.code, done.out) == (1, "")
    first = done.err.splitlines()[0]
    assert first.startswith(f"{ONE}:1:1: the tests fail, so no mutant")


def test_a_chapter_without_tests_is_said_in_one_line(made):
    done = made(GOOD)
    assert (done.code, done.out) == (1, "")
    assert "there are none; write one" in done.err
    assert len(done.err.splitlines()) == 1


def test_status_shows_the_last_verdict_until_code_or_tests_change(
    made, tmp_path
):
    made(GOOD, TESTS)
    assert "3/3" in command(tmp_path, "status").out
    path = tmp_path / ONE
    path.write_text(path.read_text("utf-8") + "More prose.\n", "utf-8")
    assert "3/3" in command(tmp_path, "status").out
    path.write_text(path.read_text("utf-8").replace("-9, 9", "-8, 8"), "utf-8")
    assert "3/3" not in command(tmp_path, "status").out


def test_what_is_done_apart_changes_nothing_here():
    def work() -> str:
        sys.modules["left_behind"] = sys
        return "done"

    assert apart(work, 60) == "done"
    assert "left_behind" not in sys.modules


def test_what_fails_or_hangs_apart_gives_nothing():
    assert apart(lambda: 1 / 0, 60) is None
    assert apart(lambda: [0 for _ in iter(int, 1)], 0.1) is None
