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
        "8:1: byhand.part.two is the chapter itself (chapters/1-part/02-two",
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
    other += "\nfrom byhand.display import matrix"
    code = f"{names}\n{other}\nimport byhand\nimport numpy.linalg as la"
    three.write(TWO, HEAD + fence(code))
    assert three.tangle().code == 0


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


# Links and names ----------------------------------------------------------

LINKS = {
    "no file": ("See [x](02-none.md).", "8:9: the link '02-none.md' leads to"),
    "behind code": ("`code` [x](02-none.md)", "8:12: the link '02-none.md'"),
    "in a table": (
        "| a | b |\n|---|---|\n| c | [x](../b.md) |",
        "10:11: the link '../b.md' leads to no chapter (link to chapter fi",
    ),
    "a definition": ("[x]: 02-none.md#s", "8:6: the link '02-none.md' leads"),
    "a folder": ("[x](../2-more/)", "8:5: the link '../2-more/' leads to no"),
    "no suffix": ("[x](01-one)", "8:5: the link '01-one' leads to no chapter"),
    "in brackets": ("[x](<02-none.md>)", "8:6: the link '02-none.md' leads"),
    "in an item": ("- a\n- [x](02-none.md)", "9:7: the link '02-none.md'"),
    "in a callout": ("> [!TIP]\n> [x](no.md)", "9:7: the link 'no.md' leads"),
    "an image": ("![x](01-one.md)", "8:6: the link '01-one.md' leads to no"),
    "no section": (
        "[x](01-one.md#titles)",
        "8:5: no section has the anchor #titles (there are: title)",
    ),
    "none here": ("[x](#there)", "8:5: no section has the anchor #there (the"),
}


@pytest.mark.parametrize(("text", "place"), LINKS.values(), ids=LINKS.keys())
def test_a_dead_link_is_named_by_line_and_column(course, text, place):
    course.write(TWO, FRONT.format("live: true") + text + "\n")
    check(course, place, TWO)


def test_links_to_files_and_sections_are_accepted(course):
    course.write("chapters/README.md", HEAD + "[a](1-part/01-one.md#title)\n")
    course.write("chapters/1-part/README.md", HEAD + "[a](../README.md)\n")
    sections = "## A `b` $c$\n\n## A\n\n## A\n\n<div id='own'></div>\n"
    links = "[x](#a-b-c) [x](#a_1) [x](#own) [x](<01-one.md>) [x](README.md)"
    course.write(TWO, HEAD + sections + "\n" + links + "\n")
    assert course.tangle().err == ""
    odd = "chapters/../chapters"
    assert course.tangle("tangle", "--chapters", odd).err == ""


def test_a_renamed_section_is_found_in_the_chapters_that_link_to_it(course):
    course.write(TWO, HEAD + "[x](01-one.md#title)\n")
    assert course.tangle().code == 0
    course.write(ONE, HEAD.replace("# Title", "# Another"))
    check(course, "7:5: no section has the anchor #title (there are: ano", TWO)


NAMES = {
    "needs": ("artifact('tiny')", "artifact('tiny') is not in the front mat"),
    "makes": (
        "new_artifact('own')",
        "new_artifact('own') is not in the front",
    ),
    "reads": ("data('words.txt')", "data('words.txt') is not in the front m"),
    "in a function": ("def f():\n    data('a')", "data('a') is not in the fr"),
}


@pytest.mark.parametrize(("code", "message"), NAMES.values(), ids=NAMES.keys())
def test_a_name_in_the_code_has_to_be_in_the_front_matter(
    course, code, message
):
    imports = "from byhand import artifact, data, new_artifact\n"
    course.write(ONE, FRONT.format("makes: [tiny]"))
    course.write(TWO, FRONT.format("live: true") + fence(imports + code))
    done = course.tangle()
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert f": {message}" in done.err
    assert done.err.startswith(f"{TWO}:")


def test_names_that_the_front_matter_lists_are_accepted(course):
    imports = "from byhand import artifact as a, data, new_artifact\n"
    code = f"{imports}a('tiny')\na('own')\nnew_artifact('own')\ndata('w.txt')"
    course.write("chapters/1-part/w.txt", "words")
    course.write(ONE, FRONT.format("makes: [tiny]"))
    front = "needs: [tiny]\nmakes: [own]\nreads: [w.txt]"
    course.write(TWO, FRONT.format(front) + fence(code))
    assert course.tangle().err == ""


def test_a_function_of_the_same_name_is_none_of_byhand(course):
    code = "def artifact(name):\n    ...\n\n\nartifact('x')"
    course.write(ONE, HEAD + fence(code))
    assert course.tangle().err == ""


READS = {
    "missing": ("reads: [w.txt]", "3:1: reads: there is no file 'w.txt' in t"),
    "far": ("reads: [../../w.txt]", "3:1: reads: there is no file '../../w.t"),
    "absolute": ("reads: [/etc/w]", "3:1: reads: '/etc/w' is no such name"),
}


@pytest.mark.parametrize(("front", "place"), READS.values(), ids=READS.keys())
def test_a_file_that_is_read_lies_beside_the_chapter(course, front, place):
    course.write(ONE, FRONT.format(front))
    check(course, place)


RESERVED = [
    ("1-part/02-index", "chapters/1-part/02-index.md:1:1: the name 'index'"),
    ("2-assets/01-a", "chapters/2-assets:1:1: the name 'assets' is a folder"),
    ("2-search/01-a", "chapters/2-search:1:1: the name 'search' is a folder"),
    ("2-notebooks/01-a", "chapters/2-notebooks:1:1: the name 'notebooks' is"),
]


@pytest.mark.parametrize(("path", "message"), RESERVED)
def test_a_name_that_the_site_needs_is_refused(course, path, message):
    course.write(f"chapters/{path}.md", HEAD)
    done = course.tangle()
    assert done.code == 2 and done.err.startswith(message)
