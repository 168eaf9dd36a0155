"""Fences tagged `shared`: written once, used by all tests of a part."""

import subprocess
import sys

import pytest

from tests.courses import (
    HEAD,
    REPOSITORY,
    Course,
    environment,
    fence,
    tagged,
)

HELPERS = HEAD + tagged(
    "shared",
    """\
import pytest


def close(x, y):
    assert x == pytest.approx(y)


@pytest.fixture
def two():
    return SIZE + 1""",
)
DEFINED = fence("SIZE = 1") + fence("from math import pi\n\nprint(pi)")
USED = HEAD + fence("def test_two(two):\n    close(two, 2)")
FAILS = HEAD + fence("def test_three(two):\n    close(two, 3)")


@pytest.fixture
def course(tmp_path) -> Course:
    made = Course(tmp_path)
    made.write("chapters/1-part/01-one.md", USED)
    made.write("chapters/1-part/02-two.md", HELPERS + DEFINED)
    return made


def test_all_tests_of_the_part_use_the_fixture_and_the_helper(course):
    course.write("chapters/1-part/03-three.md", FAILS)
    assert course.tangle().code == 0
    (course.build / "pytest.ini").write_text(
        "[pytest]\naddopts = --import-mode=importlib -p press.runtime.testing"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", course.build / "tests"],
        cwd=REPOSITORY,
        env=environment(course.build),
        capture_output=True,
        text=True,
    )
    assert "1 failed, 1 passed" in done.stdout
    assert "assert 2 == 3 ± 3.0e-06" in done.stdout
    assert "chapters/1-part/02-two.md:12 in close" in done.stdout


def test_the_module_has_no_helper_and_the_helpers_have_their_lines(course):
    course.tangle()
    package = course.build / "byhand" / "part"
    assert "close" not in (package / "two.py").read_text("utf-8")
    shared = (package / "_shared.py").read_text("utf-8")
    assert "from byhand.part.two import SIZE\n" in shared
    assert "# %% chapters/1-part/02-two.md:11\ndef close" in shared


def test_a_shared_fence_that_is_gone_leaves_nothing(course):
    course.tangle()
    assert (course.build / "tests" / "part" / "conftest.py").exists()
    course.write("chapters/1-part/01-one.md", HEAD)
    course.write("chapters/1-part/02-two.md", HEAD + DEFINED)
    course.tangle()
    assert not (course.build / "tests" / "part").exists()
    assert not (course.build / "byhand" / "part" / "_shared.py").exists()


def test_a_name_is_shared_once_in_a_part(course):
    course.write("chapters/1-part/03-three.md", HELPERS + DEFINED)
    done = course.tangle()
    assert done.code == 2
    assert done.err.split("\n")[:2] == [
        f"chapters/1-part/03-three.md:{line}:1: {name!r} is shared already "
        f"by chapters/1-part/02-two.md:{line} (rename it, or use that one)"
        for line, name in ((11, "close"), (15, "two"))
    ]
    course.write("chapters/2-other/03-three.md", HELPERS + DEFINED)
    (course.folder / "chapters/1-part/03-three.md").unlink()
    assert course.tangle().code == 0


def test_a_name_that_nothing_defines_is_refused(course):
    course.write("chapters/2-other/03-three.md", USED)
    done = course.tangle()
    assert done.err == (
        "chapters/2-other/03-three.md:9:5: a test uses 'close', which nothing "
        "defines (define it in a fence before the test)\n"
    )


def test_a_live_chapter_may_share_what_needs_torch(course):
    live = HEAD.replace("line.\n---", "line.\nlive: true\n---")
    shared = tagged("shared", "import torch\n\n\ndef t():\n    return torch")
    course.write("chapters/1-part/03-three.md", live + shared)
    assert course.tangle().code == 0
