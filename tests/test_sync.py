"""Edits of generated files go back into the chapter, and none is ever lost."""

import json
import os
import random

import jupytext
import pytest

import press.write.transaction
from tests.courses import (
    HEAD,
    ONE,
    REPOSITORY,
    Course,
    fence,
    problems,
    read,
    tagged,
)
from tests.make_corpus import chapter as corpus
from tests.stress_sync import ENDS, saved, stress
from tests.test_transaction import at_step

MODULE = "byhand/part/one.py"
TESTS = "tests/part/test_one.py"
NOTEBOOK = "notebooks/part/one.ipynb"
STRING = '''print("""a
    b
c""")'''
TEXT = (
    HEAD
    + "Some prose.\n\n"
    + fence("import math\n\n\ndef twice(x):\n    return 2 * x")
    + fence("def root(x):\n    return math.sqrt(x)")
    + "> [!TIP]\n> A hint.\n\nMore prose, two spaces at the end:  \nhere.\n\n"
    + fence("BOUND = 3\nfor i in range(BOUND):\n    print(twice(i))")
    + fence(STRING)
    + fence("def test_twice():\n    assert math.ceil(twice(2)) == 4")
    + fence("graph LR\n    %% why\n    a --> b", "text")
    + "## Exercises\n\n### ● Thrice\n\nWrite it.\n\n"
    + tagged("exercise", "def thrice(x):\n    ...")
    + fence("def test_thrice():\n    assert thrice(1) == 3")
    + tagged("solution", "def thrice(x):\n    return 3 * x")
    + "The end.\n"
)


@pytest.fixture
def course(tmp_path) -> Course:
    """One chapter with a bit of everything, tangled."""
    made = Course(tmp_path)
    made.write(ONE, TEXT)
    assert made.tangle().code == 0
    return made


def edit(course: Course, path: str, old: str, new: str) -> bytes:
    """Change one place of a generated script; what the file then is."""
    text = (course.build / path).read_text("utf-8")
    assert text.count(old) == 1
    return course.write(f"build/{path}", text.replace(old, new)).read_bytes()


def cells(course: Course) -> list[dict]:
    return json.loads((course.build / NOTEBOOK).read_text("utf-8"))["cells"]


def save(course: Course, nodes: list[dict]) -> None:
    """As Jupyter saves: with outputs, other ids, texts in one piece."""
    node = json.loads((course.build / NOTEBOOK).read_text("utf-8"))
    for number, cell in enumerate(nodes):
        cell |= {"id": f"id-{number}", "source": "".join(cell["source"])}
        cell["metadata"]["trusted"] = True
        if cell["cell_type"] == "code":
            cell |= {"execution_count": number, "outputs": []}
    node |= {"cells": nodes, "nbformat_minor": 5}
    course.write(f"build/{NOTEBOOK}", json.dumps(node, indent=2))


def cell(text: str, kind: str = "code") -> dict:
    return {"cell_type": kind, "metadata": {}, "source": [text]}


def edit_cell(course: Course, old: str, new: str) -> None:
    nodes = cells(course)
    for node in nodes:
        text = "".join(node["source"])
        node["source"] = [text.replace(old, new)]
    save(course, nodes)


def chapter(course: Course) -> str:
    return (course.folder / ONE).read_bytes().decode()


def synced(course: Course, expected: str) -> None:
    """`sync` makes this chapter, and then there is nothing left to do."""
    done = course.tangle("sync")
    assert (done.code, done.err) == (0, "")
    assert chapter(course) == expected
    settled(course)


def settled(course: Course) -> None:
    words = "no edits\n1 chapters, 0 files changed\n"
    assert course.tangle("sync").out == words
    fresh = course.tangle("--build", "../fresh", "--dry-run")
    assert fresh.code == 0


def refused(course: Course, words: str) -> str:
    """`sync` says so and leaves every file as it is."""
    before, text = course.generated(), chapter(course)
    done = course.tangle("sync")
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert (course.generated(), chapter(course)) == (before, text)
    return done.err


EDITS = {
    "a definition": (MODULE, "return 2 * x", "return x + x"),
    "a definition that grows": (
        MODULE,
        "    return 2 * x",
        "    # Why not.\n\n    y = 2 * x\n    return y",
    ),
    "prose of a module": (MODULE, "# Some prose.", "# Other\n# words."),
    "prose between two spaces": (MODULE, "# here.", "# there."),
    "a line that would begin a cell": (MODULE, "% why", "% why not"),
    "an experiment": (MODULE, "print(twice(i))", "print(twice(i), i)"),
    "a line at the end of an experiment": (
        MODULE,
        "print(twice(i))",
        "print(twice(i))\n    print('end')",
    ),
    "the first line of a string": (MODULE, '"""a', '"""A'),
    "the inside of a string": (MODULE, "\n    b\n", "\n        B\n"),
    "a constant": (MODULE, "BOUND = 3", "BOUND = 4"),
    "a solution": (MODULE, "return 3 * x", "return x + 2 * x"),
    "a test": (TESTS, "twice(2)) == 4", "twice(3)) == 6"),
    "a new test": (
        TESTS,
        "twice(2)) == 4",
        "twice(2)) == 4\n\n\ndef test_more():\n    assert twice(0) == 0",
    ),
}


def plain(text: str) -> str:
    """Without what a script has before each line of some cells."""
    return text.replace("# Some", "Some").replace("# Other\n# w", "Other\nw")


@pytest.mark.parametrize("place", EDITS.values(), ids=EDITS.keys())
def test_an_edit_of_a_script_goes_back_into_its_lines(course, place):
    path, old, new = place
    edit(course, path, old, new)
    old, new = plain(old), plain(new)
    if old == "# here.":
        old, new = "here.", "there."
    if "end" in new:
        old, new = f"    {old}", "    print(twice(i))\nprint('end')"
    assert TEXT.count(old) == 1
    synced(course, TEXT.replace(old, new))


def test_what_sync_did_is_said(course):
    edit(course, MODULE, "2 * x\n", "x + x\n")
    assert course.tangle("sync").out.splitlines() == [
        f"build/{MODULE}: its edits are in {ONE}",
        f"write build/{NOTEBOOK}",
        "1 chapters, 1 files changed",
    ]


def test_a_statement_that_is_deleted_leaves_no_empty_fence(course):
    edit(course, MODULE, STRING.replace("print", "    print"), "")
    synced(course, TEXT.replace(fence(STRING), ""))


def test_a_copied_import_that_no_test_needs_stays_in_the_module(course):
    edit(course, TESTS, "math.ceil(twice(2))", "twice(2)")
    marker = f"# %% {ONE}:10\nimport math\n\n"
    edit(course, TESTS, marker, "")
    synced(course, TEXT.replace("math.ceil(twice(2))", "twice(2)"))


def test_an_edited_file_is_the_same_after_sync_but_for_its_markers(course):
    lines = edit(course, MODULE, "2 * x\n", "(\n        2 * x\n    )\n")
    course.tangle("sync")
    made = (course.build / MODULE).read_bytes()
    sides = [
        [line for line in data.splitlines() if not line.startswith(b"# %%")]
        for data in (lines, made)
    ]
    assert sides[0] == sides[1]


@pytest.mark.parametrize("form", ENDS, ids=["plain", "CRLF", "mark and CRLF"])
def test_every_other_byte_of_the_chapter_stays(course, form):
    course.write(ONE, saved(TEXT, *form)[:-1] + b"\rA mixed\nending.")
    course.tangle()
    edit(course, MODULE, "2 * x\n", "x + x\n")
    before = (course.folder / ONE).read_bytes()
    assert course.tangle("sync").code == 0
    after = (course.folder / ONE).read_bytes()
    assert after == before.replace(b"2 * x\r", b"x + x\r").replace(
        b"return 2 * x\n", b"return x + x\n"
    )


def test_a_file_that_an_editor_saved_with_other_line_ends_goes_back(course):
    data = edit(course, MODULE, "2 * x\n", "x + x\n")
    course.write(f"build/{MODULE}", data.replace(b"\n", b"\r\n"))
    synced(course, TEXT.replace("2 * x", "x + x", 1))


# Notebooks -----------------------------------------------------------------


def test_edits_of_a_notebook_go_back_and_outputs_are_none(course):
    save(course, cells(course))
    assert course.tangle("sync").out.startswith("no edits\n")
    edit_cell(course, "return 2 * x", "return x + x")
    synced(course, TEXT.replace("2 * x", "x + x", 1))
    edit_cell(course, "Some prose", "*Some* prose")
    edit_cell(course, "return 3 * x", "return x * 3")
    text = TEXT.replace("2 * x", "x + x", 1).replace("3 * x", "x * 3")
    edit_cell(course, "*Some* prose", "A little prose")
    edit_cell(course, "return 3 * x", "return x * 3")
    synced(course, text.replace("Some prose", "A little prose"))


def test_new_cells_of_a_notebook_become_fences_and_prose(course):
    nodes = cells(course)
    nodes[2:2] = [cell("print(twice(4))"), cell("And so on.", "markdown")]
    save(course, nodes)
    after = "    return 2 * x\n```\n\n"
    new = fence("print(twice(4))") + "And so on.\n\n"
    synced(course, TEXT.replace(after, after + new))


def test_a_cell_that_is_deleted_in_a_notebook_goes(course):
    nodes = cells(course)
    save(course, [n for n in nodes if "a\n" not in "".join(n["source"])])
    synced(course, TEXT.replace(fence(STRING), ""))


def test_a_cell_that_moves_takes_its_tags_along(course):
    nodes = cells(course)
    [stub] = [n for n in nodes if "..." in "".join(n["source"])]
    nodes.remove(stub)
    save(course, [*nodes[:-3], cell("Soon."), stub, *nodes[-3:]])
    done = course.tangle("sync")
    assert done.code == 1 and "SyntaxError" not in chapter(course)
    nodes[-3:-3] = [cell("Soon.", "markdown"), stub]
    save(course, nodes)
    stub_text = tagged("exercise", "def thrice(x):\n    ...")
    synced(course, TEXT.replace(stub_text, "Soon.\n\n" + stub_text))


# What cannot go back -------------------------------------------------------

REFUSED = {
    "the header": (MODULE, "edit the chapter.", "mine.", f"{MODULE}:1: the"),
    "a copied import": (TESTS, "import math", "import cmath", f"{TESTS}:6: "),
    "prose without #": (
        MODULE,
        "# Some prose",
        "Some prose",
        ":9: this line",
    ),
    "no Python": (MODULE, "return 2 * x", "return 2 *", "SyntaxError"),
    "another place": (
        MODULE,
        "BOUND = 3",
        "BOUND = 3\nprint(BOUND)",
        "the press would not write this so",
    ),
    "a new marker": (MODULE, "BOUND = 3", "# %%\nBOUND = 3", f"{MODULE}:"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_go_back_is_refused_with_its_line(course, case):
    path, old, new, words = case
    edit(course, path, old, new)
    refused(course, words)


def test_what_a_notebook_shows_otherwise_is_refused(course):
    edit_cell(course, "**Tip**", "**Top**")
    refused(course, f"build/{NOTEBOOK}:cell 4:1: the press would not write")


def test_a_folded_callout_is_not_lost_when_its_cell_moves(course):
    nodes = cells(course)
    assert "**Tip**" in "".join(nodes[3]["source"])
    save(course, [*nodes[:3], *nodes[4:-1], nodes[3], nodes[-1]])
    refused(course, f"build/{NOTEBOOK}:cell ")


@pytest.mark.parametrize("data", ["", "[]", '{"cells": [1]}', "[" * 99999])
def test_what_is_no_notebook_is_refused(course, data):
    course.write(f"build/{NOTEBOOK}", data)
    refused(course, f"build/{NOTEBOOK}:1: is no notebook")


def test_a_file_attached_to_a_cell_is_refused(course):
    nodes = cells(course)
    nodes.append(cell("![](attachment:a.png)", "markdown"))
    nodes[-1]["attachments"] = {"a.png": {"image/png": ""}}
    save(course, nodes)
    refused(course, "a file is attached to it")


def test_an_edit_that_breaks_another_chapter_is_refused(course):
    two = HEAD + fence("from byhand.part.one import BOUND")
    course.write("chapters/1-part/02-two.md", two)
    assert course.tangle().code == 0
    text = (course.build / MODULE).read_text().replace("BOUND", "LIMIT")
    course.write(f"build/{MODULE}", text)
    refused(course, "02-two.md:8:1: chapters/1-part/01-one.md defines no")


def test_tangle_names_sync_where_it_finds_an_edit(course):
    edit(course, MODULE, "2 * x\n", "x + x\n")
    assert "'tangle.py sync'" in course.tangle().err


def test_another_press_cannot_tell_what_was_edited(course, monkeypatch):
    edit(course, MODULE, "2 * x\n", "x + x\n")
    monkeypatch.setattr("press.write.scripts.MAIN", "if True:")
    refused(course, f"build/{MODULE}: the press is another one now")


def test_a_name_that_no_chapter_has_is_refused(course):
    done = course.tangle("sync", "part/ona")
    assert (done.code, done.out) == (2, "")
    assert (
        "no chapter is called 'part/ona' (choose from: part/one)" in done.err
    )


# Both sides ----------------------------------------------------------------


def test_what_else_changed_in_the_chapter_stays(course):
    edit(course, MODULE, "2 * x\n", "x + x\n")
    edit(course, TESTS, "== 4", "== 4.0")
    edit_cell(course, "The end.", "The very end.")
    text = TEXT.replace("# Title\n\n", "# Title\n\nNew.\n\n\n")
    text = text.replace("for i in", "for k in").replace("e(i)", "e(k)")
    course.write(ONE, text)
    text = text.replace("2 * x", "x + x", 1).replace("== 4", "== 4.0")
    synced(course, text.replace("The end.", "The very end."))


def test_one_edit_in_two_files_is_one_edit(course):
    edit(course, MODULE, "2 * x\n", "x + x\n")
    edit_cell(course, "return 2 * x", "return x + x")
    synced(course, TEXT.replace("2 * x", "x + x", 1))


def test_a_cell_that_changed_on_both_sides_is_shown_three_times(course):
    edit(course, MODULE, "return 2 * x", "return x + x")
    course.write(ONE, TEXT.replace("return 2 * x", "return x * 2"))
    said = refused(
        course, f"{ONE}:9: this cell changed, and in build/{MODULE}"
    )
    heads = [line for line in said.splitlines() if line.startswith("---")]
    assert heads == [
        "--- as it was tangled",
        f"--- as {ONE} has it",
        f"--- as build/{MODULE} would have it",
    ]
    returns = [line for line in said.splitlines() if "return" in line]
    assert returns == [f"    return {x}" for x in ("2 * x", "x * 2", "x + x")]


def test_two_files_that_differ_in_a_cell_are_refused(course):
    edit(course, MODULE, "return 2 * x", "return x + x")
    edit_cell(course, "return 2 * x", "return x * 2")
    refused(course, "--- as it was tangled")


def test_a_chapter_by_name_goes_back_without_the_others(course):
    course.write("chapters/1-part/02-two.md", TEXT)
    assert course.tangle().code == 0
    edit(course, MODULE, "2 * x\n", "x + x\n")
    edit(course, "byhand/part/two.py", "2 * x\n", "x ** 2\n")
    done = course.tangle("sync", "part/one")
    assert done.code == 1 and "byhand/part/two.py: edited by hand" in done.err
    assert "x + x" in chapter(course)
    assert "x ** 2" in (course.build / "byhand/part/two.py").read_text()
    assert course.tangle("sync").code == 0
    assert (
        "x ** 2" in (course.folder / "chapters/1-part/02-two.md").read_text()
    )


# Nothing is lost -----------------------------------------------------------


def killed(course: Course, step: int) -> bool:
    """Sync in a copy of this process that dies at a step; if it did."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            at_step(pytest.MonkeyPatch(), step, lambda: os._exit(9))
            code = course.tangle("sync").code
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9)
    return status == 9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_at_any_step_loses_no_edit(course):
    new = TEXT.replace("2 * x", "x + x", 1).replace("The end", "An end")
    for step in range(1, 99):
        edit(course, MODULE, "return 2 * x", "return x + x")
        edit_cell(course, "The end", "An end")
        if not killed(course, step):
            break
        assert chapter(course) in (TEXT, new)
        assert course.tangle("sync").code == 0
        assert chapter(course) == new
        settled(course)
        assert len(os.listdir((course.folder / ONE).parent)) == 1
        course.write(ONE, TEXT)
        assert course.tangle().code == 0
    assert step > 6


@pytest.mark.parametrize("path", [ONE, f"build/{MODULE}"])
def test_an_edit_while_sync_runs_is_kept(course, monkeypatch, path):
    """The moment before the chapter is replaced, and before the module is."""
    edit(course, MODULE, "2 * x\n", "x + x\n")
    original = press.write.transaction.shutil.copymode

    def meanwhile(*arguments):
        old = (course.folder / path).read_text()
        course.write(path, old.replace("Some prose", "Mine"))
        original(*arguments)

    monkeypatch.setattr("press.write.transaction.shutil.copymode", meanwhile)
    done = course.tangle("sync")
    assert done.code == 1
    assert "Mine" in (course.folder / path).read_text()
    assert "x + x" in (course.build / MODULE).read_text()
    monkeypatch.undo()
    assert course.tangle("sync").code == 0
    assert "Mine" in chapter(course) and "x + x" in chapter(course)


def test_a_folder_that_cannot_be_written_changes_nothing(course, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "it")

    edit(course, MODULE, "2 * x\n", "x + x\n")
    monkeypatch.setattr("press.write.transaction.os.fsync", full)
    before = course.generated()
    done = course.tangle("sync")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert (course.generated(), chapter(course)) == (before, TEXT)
    assert len(os.listdir((course.folder / ONE).parent)) == 1


# Many chapters -------------------------------------------------------------


def test_the_real_chapters_are_the_same_after_sync(tmp_path):
    chapters = str(REPOSITORY / "chapters")
    course = Course(tmp_path)
    for verb in ("tangle", "sync", "tangle"):
        done = course.tangle(verb, "--chapters", chapters)
        assert (done.code, done.err) == (0, "")
    assert done.out.endswith(" 0 files changed\n")


def test_edits_of_generated_chapters_come_back_byte_for_byte(tmp_path):
    """Ten of the five hundred of `python tests/stress_sync.py`."""
    assert "scripts" in stress(tmp_path, count=10, seed=7)


# JupyterLab ----------------------------------------------------------------


def opened_and_saved(text: str) -> str:
    """As jupytext's contents manager reads and writes a chapter."""
    notebook = jupytext.reads(text, fmt="md")
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    for cell in notebook.cells:
        cell.metadata |= {"trusted": True, "editable": True}
    return jupytext.writes(notebook, fmt="md")


REAL = sorted((REPOSITORY / "chapters").glob("**/*.md"))


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_a_chapter_that_jupytext_saved_is_the_same(path):
    text = path.read_text("utf-8")
    assert opened_and_saved(text) == text


def test_the_header_of_a_paired_notebook_is_read():
    notebook = jupytext.reads(TEXT, fmt="md")
    notebook.metadata["jupytext"] = {"formats": "ipynb,md"}
    paired = jupytext.writes(notebook, fmt="md")
    assert "\njupyter:\n" in paired
    assert read(paired)[1] == []
    assert problems("---\njupyter: 1\n" + TEXT[4:]) == [
        "2:1: jupyter: is not what jupytext writes (write jupyter: what "
        "jupytext writes)"
    ]


def test_a_generated_chapter_that_jupytext_saved_is_the_same():
    for number in random.Random(1).sample(range(500), 5):
        assert opened_and_saved(corpus(number, None)) == corpus(number, None)
