"""Imports and artifacts point backwards, to what is there."""

import pytest

from tests.courses import HEAD, ONE, fence
from tests.test_bad_input import check

TWO = "chapters/1-part/02-two.md"
THREE = "chapters/2-more/01-three.md"
FRONT = "---\nsummary: One line.\n{}\n---\n\n# Title\n\n"  # a fence: line 8

# The code begins in line 8 of chapter two, which stands between one and three.
IMPORTS = {
    "later": (
        "from byhand.more.three import C3",
        "8:1: byhand.more.three is a later chapter (chapters/2-more/01-three",
    ),
    "later, inside": (
        "def f():\n    import byhand.more.three",
        "9:5: byhand.more.three is a later chapter",
    ),
    "later, in a test": (
        "def test_a():\n    from byhand.more import three",
        "9:5: byhand.more.three is a later chapter",
    ),
    "later, behind another": (
        "import os; import byhand.more.three",
        "8:12: byhand.more.three is a later chapter",
    ),
    "missing": (
        "import byhand.part.four",
        "8:1: no chapter gives the module byhand.part.four (check the name",
    ),
    "missing, of a part": (
        "from byhand.part import four",
        "8:1: no chapter gives the module byhand.part (check the name",
    ),
    "missing name": (
        "from byhand.part.one import SIZE, sizes",
        "8:1: chapters/1-part/01-one.md defines no 'sizes' (import what its",
    ),
    "the experiment's name": (
        "from byhand.part.one import x",
        "8:1: chapters/1-part/01-one.md defines no 'x'",
    ),
    "what it imports": (
        "from byhand.part.one import math",
        "8:1: chapters/1-part/01-one.md defines no 'math'",
    ),
    "missing in byhand": (
        "from byhand import show, plot",
        "8:1: byhand has no 'plot' (it has show, artifact, new_artifact, da",
    ),
    "relative": (
        "from .one import SIZE",
        "8:1: a relative import (write the module in full, from byhand.part",
    ),
    "relative, bare": ("from . import one", "8:1: a relative import"),
    "itself": (
        "from byhand.part.two import f",
        "8:1: the imports form a cycle: byhand.part.two -> byhand.part.two",
    ),
}


@pytest.fixture
def three(course):
    """Chapters one and three, around a chapter two that is to be written."""
    one = fence("import math\n\nSIZE = int(math.pi)\nx = SIZE")
    course.write(ONE, HEAD + one)
    course.write(THREE, HEAD + fence("C3 = 3"))
    return course


@pytest.mark.parametrize(
    ("code", "place"), IMPORTS.values(), ids=IMPORTS.keys()
)
def test_an_import_that_cannot_work_is_refused(three, code, place):
    three.write(TWO, HEAD + fence(code))
    check(three, place, TWO)


def test_imports_of_earlier_chapters_are_accepted(three):
    names = "from byhand.part.one import SIZE\nfrom byhand.part import one"
    other = "import byhand.part.one as first\nfrom byhand import show"
    code = f"{names}\n{other}\nimport byhand\nimport numpy.linalg as la"
    three.write(TWO, HEAD + fence(code))
    assert three.tangle().code == 0


def test_a_cycle_names_its_way(three):
    three.write(ONE, HEAD + fence("from byhand.more.three import C3"))
    three.write(TWO, HEAD + fence("import byhand.part.one\n\nA2 = 1"))
    code = "from byhand.part.two import A2\n\nC3 = 3"
    three.write(THREE, HEAD + fence(code))
    way = "byhand.part.one -> byhand.more.three -> byhand.part.two"
    cycle = f"8:1: the imports form a cycle: {way} -> byhand.part.one (imports"
    check(three, cycle)


def test_an_import_is_checked_again_when_the_other_chapter_changes(three):
    three.write(TWO, HEAD + fence("from byhand.part.one import SIZE"))
    assert three.tangle().code == 0
    three.write(ONE, HEAD + fence("LENGTH = 3"))
    check(three, "8:1: chapters/1-part/01-one.md defines no 'SIZE'", TWO)


NEEDS = {
    "unknown": (
        "needs: [tiny, tiny-gpt]",
        "3:1: needs: no chapter makes the artifact 'tiny-gpt' (the artifact",
    ),
    "later": (
        "live: false\nneeds: [late]",
        "4:1: needs: 'late' is made later, by chapters/2-more/01-three.md",
    ),
    "its own": (
        "needs: [own]\nmakes: [own]",
        "3:1: needs: 'own' is made later, by chapters/1-part/02-two.md",
    ),
    "made twice": (
        "makes: [tiny]",
        "3:1: chapters/1-part/01-one.md makes the artifact 'tiny' too",
    ),
}


@pytest.mark.parametrize(("front", "place"), NEEDS.values(), ids=NEEDS.keys())
def test_needs_point_backwards_to_what_is_made(course, front, place):
    course.write(ONE, FRONT.format("makes: [tiny]"))
    course.write(THREE, FRONT.format("makes: [late]"))
    course.write(TWO, FRONT.format("needs: [tiny]"))
    assert course.tangle("--dry-run").code == 0
    course.write(TWO, FRONT.format(front))
    check(course, place, TWO)


def test_who_needs_what_a_broken_chapter_makes_is_told_nothing(course):
    course.write(ONE, FRONT.format("makes: [tiny]\nmake: 3"))
    course.write(TWO, FRONT.format("needs: [tiny]"))
    check(course, "4:1: unknown front matter 'make'", ONE)
    course.write(ONE, "---\nmakes: [tiny\n---\n# T\n")
    check(course, "2:13: broken front matter", ONE)


LIVE = {
    "torch": ("import torch.nn\n\ntorch.ones(3)", "9:1: a live chapter imp"),
    "inside": ("def f():\n    import numpy", "10:5: a live chapter impo"),
    "not live": (
        "from byhand.part.one import SIZE",
        "9:1: a live chapter imports byhand.part.one, which is not live",
    ),
}


@pytest.mark.parametrize(("code", "place"), LIVE.values(), ids=LIVE.keys())
def test_a_live_chapter_has_the_standard_library_only(course, code, place):
    course.write(TWO, FRONT.format("live: true") + fence(code))
    check(course, place, TWO)


def test_the_tests_of_a_live_chapter_may_import_anything(course):
    front = FRONT.format("live: true")
    code = "import pytest\n\n\ndef test_a():\n    import torch\n\n    pytest.x"
    uses = "import math\n\nfrom byhand import show\n\nshow(math.pi)"
    course.write(TWO, front + fence(uses) + fence(code))
    assert course.tangle().code == 0
