"""Never lose an edit, write only what changed, survive a kill anywhere."""

import errno
import json
import os
import subprocess
import sys
import time

import pytest

import press.layout
import press.write.tangle
import press.write.transaction
from press.problems import Refused
from press.write.manifest import Manifest
from press.write.transaction import locked, write
from tests.courses import (
    HEAD,
    ONE,
    REPOSITORY,
    TANGLE,
    Course,
    environment,
    fence,
)

TWO = "chapters/1-part/02-two.md"
OTHER = "chapters/2-other/01-last.md"
MODULE = "byhand/part/one.py"
TESTS = "tests/part/test_one.py"
NOTEBOOK = "notebooks/part/one.ipynb"
TARGETS = {MODULE, TESTS, NOTEBOOK}


def text(size: int, bound: int = 0) -> str:
    test = f"def test_size():\n    assert SIZE > {bound}"
    return HEAD + fence(f"SIZE = {size}\nprint(SIZE)") + fence(test)


@pytest.fixture
def course(tmp_path) -> Course:
    """Three chapters in two parts, tangled."""
    made = Course(tmp_path / "course")
    made.write(ONE, text(1))
    made.write(TWO, HEAD + fence("from byhand.part.one import SIZE"))
    made.write(OTHER, HEAD)
    assert made.tangle().code == 0
    return made


def changed(course: Course, before: dict[str, int]) -> set[str]:
    """The files that were written since, below the build folder."""
    return {
        os.path.relpath(path, course.build)
        for path, when in course.times().items()
        if before.get(path) != when and os.path.isfile(path)
    } - {"manifest.json"}


def test_a_second_run_writes_nothing(course):
    before = course.times()
    done = course.tangle()
    assert (done.code, done.out) == (0, "3 chapters, 0 files changed\n")
    assert course.times() == before


def test_a_touched_chapter_is_not_written_again(course):
    before = course.times()
    course.write(ONE, text(1))
    assert course.tangle().out == "3 chapters, 0 files changed\n"
    assert course.times() == before


def test_only_what_differs_is_written(course):
    before = course.times()
    course.write(ONE, text(1, bound=-1))
    assert course.tangle().code == 0
    assert changed(course, before) == {TESTS, NOTEBOOK}


def test_what_was_changed_is_said(course):
    course.write(ONE, text(1, bound=-1))
    assert course.tangle().out.splitlines() == [
        f"write build/{NOTEBOOK}",
        f"write build/{TESTS}",
        "3 chapters, 2 files changed",
    ]


def test_the_same_chapters_give_the_same_bytes_anywhere(course, tmp_path):
    first = course.generated()
    other = Course(tmp_path / "elsewhere")
    for path in (ONE, TWO, OTHER):
        other.write(path, (course.folder / path).read_bytes())
    chapters = str(other.folder / "chapters")
    assert other.tangle("tangle", "--chapters", chapters).code == 0
    assert other.generated() == first


@pytest.mark.parametrize("path", [MODULE, TESTS, "byhand/__init__.py"])
def test_an_edit_by_hand_is_kept_and_shown(course, path):
    target = course.build / path
    target.write_text(target.read_text() + "# mine\n")
    course.write(OTHER, HEAD + "New.\n")
    before, times = course.generated(), course.times()
    done = course.tangle()
    assert (done.code, done.out) == (1, "")
    diff = done.err.splitlines()
    assert diff[0] == f"--- {path} as the press has it"
    assert diff[1] == f"+++ {path} as it is"
    marked = [line for line in diff[2:] if line.startswith(("+", "-"))]
    assert marked == ["+# mine"]
    assert diff[-1].startswith(f"build/{path}: edited by hand, so it is kept")
    assert (course.generated(), course.times()) == (before, times)


def test_an_edit_is_kept_when_its_chapter_changed_too(course):
    (course.build / MODULE).write_text("mine\n")
    course.write(ONE, text(2))
    done = course.tangle()
    assert done.code == 1 and "\n-SIZE = 2\n" in done.err
    assert (course.build / MODULE).read_text() == "mine\n"


def test_two_edits_are_shown_at_once(course):
    for path in (MODULE, TESTS):
        (course.build / path).write_text("mine\n")
    assert course.tangle().err.count("edited by hand") == 2


def test_force_overwrites_the_edit_and_nothing_else(course):
    expected, before = course.generated(), course.times()
    (course.build / MODULE).write_text("mine\n")
    assert course.tangle("--force").code == 0
    assert course.generated() == expected
    assert changed(course, before) == {MODULE}
    assert course.tangle().out == "3 chapters, 0 files changed\n"


def test_an_edit_that_equals_the_plan_is_adopted(course):
    old = (course.build / MODULE).read_bytes()
    course.write(ONE, text(2))
    (course.build / MODULE).write_bytes(old.replace(b"SIZE = 1", b"SIZE = 2"))
    assert course.tangle().code == 0


@pytest.mark.parametrize("path", sorted(TARGETS | {"byhand/__init__.py"}))
def test_a_file_that_was_deleted_by_hand_is_made_again(course, path):
    expected = course.generated()
    (course.build / path).unlink()
    assert course.tangle().code == 0
    assert course.generated() == expected


def test_the_files_of_a_deleted_chapter_are_removed(course):
    mine = course.build / "notebooks/other/mine.txt"
    mine.write_text("mine")
    (course.build / "README.md").write_text("mine")
    (course.folder / OTHER).unlink()
    done = course.tangle()
    assert "remove build/byhand/other/last.py\n" in done.out
    assert not (course.build / "byhand/other").exists()
    left = {p for p in course.generated() if "other" in p or "README" in p}
    assert left == {"notebooks/other/mine.txt", "README.md"}
    assert course.tangle().out == "2 chapters, 0 files changed\n"


def test_a_renamed_chapter_takes_its_files_along(course):
    (course.folder / TWO).rename(course.folder / "chapters/1-part/03-new.md")
    assert course.tangle().code == 0
    names = {path for path in course.generated() if "part/" in path}
    assert "byhand/part/new.py" in names
    assert not [path for path in names if "two" in path]


def test_a_new_number_keeps_the_files_and_changes_their_lines(course):
    (course.folder / TWO).rename(course.folder / "chapters/1-part/03-two.md")
    assert course.tangle().code == 0
    assert b"1-part/03-two.md:8" in course.generated()["byhand/part/two.py"]


def test_an_edited_file_of_a_deleted_chapter_is_kept(course):
    edited = course.build / "byhand/other/last.py"
    edited.write_text("mine\n")
    (course.folder / OTHER).unlink()
    before = course.generated()
    done = course.tangle()
    assert done.code == 1 and "+mine" in done.err
    assert course.generated() == before
    assert course.tangle("--force").code == 0
    assert not edited.exists()


def test_a_dry_run_says_what_it_would_do_and_does_nothing(course):
    course.write(ONE, text(2))
    (course.folder / OTHER).unlink()
    before = course.times()
    done = course.tangle("--dry-run")
    assert done.out.splitlines() == [
        f"would write build/{MODULE}",
        f"would write build/{NOTEBOOK}",
        "would remove build/byhand/other/__init__.py",
        "would remove build/byhand/other/last.py",
        "would remove build/notebooks/other/last.ipynb",
        "2 chapters, 2 files changed",
    ]
    assert (done.code, course.times()) == (0, before)


def test_a_dry_run_makes_no_folder(course):
    assert course.tangle("--dry-run", "--build", "new/build").code == 0
    assert not (course.folder / "new").exists()


def test_a_dry_run_says_that_it_would_refuse(course):
    (course.build / MODULE).write_text("mine\n")
    assert course.tangle("--dry-run").code == 1


def executed(course: Course) -> bytes:
    """Let one's notebook have outputs, as press.run.runner writes them."""
    node = json.loads((course.build / NOTEBOOK).read_text())
    node["cells"][1]["outputs"] = [
        {"name": "stdout", "output_type": "stream", "text": ["1\n"]}
    ]
    data = json.dumps(node).encode()
    with locked(course.build):
        write(course.build, Manifest.load(course.build), {NOTEBOOK: data})
    return data


def test_outputs_in_a_notebook_are_no_edit_by_hand(course):
    data = executed(course)
    before = course.times()
    assert course.tangle().out == "3 chapters, 0 files changed\n"
    assert course.times() == before
    course.write(TWO, HEAD)
    assert course.tangle().code == 0
    assert (course.build / NOTEBOOK).read_bytes() == data


def test_an_executed_notebook_is_tangled_again_when_its_chapter_changes(
    course,
):
    executed(course)
    course.write(ONE, text(2))
    assert course.tangle().code == 0
    node = json.loads((course.build / NOTEBOOK).read_text())
    assert node["cells"][1]["outputs"] == []


def saved_by_jupyter(course: Course) -> dict:
    """One's notebook as another program has run it and saved it."""
    node = json.loads((course.build / NOTEBOOK).read_text())
    node["metadata"]["language_info"]["version"] = "3.12.1"
    node["nbformat_minor"] = 4
    for count, cell in enumerate(node["cells"]):
        del cell["id"]
        cell["source"] = "".join(cell["source"])
        cell["metadata"]["trusted"] = True
        if cell["cell_type"] == "code":
            cell["execution_count"] = count + 7
            text = {"name": "stdout", "output_type": "stream", "text": "mine"}
            cell["outputs"] = [text]
    empty = {"cell_type": "code", "source": "", "metadata": {}}
    node["cells"].append(empty | {"outputs": [], "execution_count": None})
    return node


@pytest.mark.parametrize("new", [text(1), text(2)], ids=["same", "changed"])
def test_a_notebook_that_jupyter_saved_is_no_edit_and_written_anew(
    course, new
):
    node = saved_by_jupyter(course)
    course.write(f"build/{NOTEBOOK}", json.dumps(node, indent=4))
    course.write(ONE, new)
    done = course.tangle()
    assert (done.code, done.err) == (0, "")
    assert f"write build/{NOTEBOOK}\n" in done.out
    assert course.generated() == fresh(course)


def test_a_notebook_whose_sources_changed_is_kept_and_shown(course):
    node = saved_by_jupyter(course)
    node["cells"][1]["source"] += "\nprint('mine')"
    path = course.write(f"build/{NOTEBOOK}", json.dumps(node))
    done = course.tangle()
    marked = [x for x in done.err.splitlines() if x.startswith(("+", "-"))]
    assert marked[2:] == ["+print('mine')"]
    assert done.code == 1
    assert path.read_text() == json.dumps(node)
    assert course.tangle("--force").code == 0
    assert course.generated() == fresh(course)


WAITING = "build: waiting for another command to end (process {})\n"


def start(course: Course) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(TANGLE)],
        cwd=course.folder,
        env=environment(REPOSITORY),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_run_waits_for_the_first(course):
    course.write(ONE, text(2))
    with locked(course.build):
        waiting = start(course)
        said = waiting.stderr.readline()
        assert said == WAITING.format(os.getpid())
        time.sleep(0.2)
        assert waiting.poll() is None
        assert b"SIZE = 1" in (course.build / MODULE).read_bytes()
    assert waiting.communicate(timeout=30)[1] == ""
    assert b"SIZE = 2" in (course.build / MODULE).read_bytes()


def test_two_runs_at_once_give_what_one_gives(course):
    course.write(ONE, text(2))
    runs = [start(course), start(course)]
    for run, other in zip(runs, reversed(runs), strict=True):
        said = run.communicate(timeout=30)[1]
        words = [WAITING.format(pid) for pid in (other.pid, "unknown")]
        assert said in ("", *words)
        assert run.returncode == 0
    assert course.generated() == fresh(course)


def fresh(course: Course) -> dict[str, bytes]:
    """What the chapters give in an empty build folder."""
    assert course.tangle("--build", "../fresh").code == 0
    other = Course(course.folder)
    other.build = course.folder.parent / "fresh"
    return other.generated()


STEPS = [
    (press.write.transaction.os, "replace"),
    (press.write.transaction.Path, "write_bytes"),
    (press.write.transaction, "remove"),
]


def at_step(patch, number: int, fail) -> None:
    """Call `fail` instead of the `number`-th thing that changes the disk."""
    left = [number]

    def counting(original):
        def step(*arguments):
            left[0] -= 1
            if left[0] == 0:
                if original.__name__ == "write_bytes":
                    arguments[0].write_text("half")
                fail()
            return original(*arguments)

        return step

    for module, name in STEPS:
        patch.setattr(module, name, counting(getattr(module, name)))


def killed_at(course: Course, number: int) -> bool:
    """Tangle in a copy of this process that dies at a step; if it did."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            at_step(pytest.MonkeyPatch(), number, lambda: os._exit(9))
            code = course.tangle().code
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9)
    return status == 9


AFTERWARDS = {"as it was": 1, "as killed": 2, "new": 3}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("size", AFTERWARDS.values(), ids=AFTERWARDS.keys())
def test_a_kill_at_any_step_is_mended_by_the_next_run(course, size):
    step = 1
    while True:
        course.write(ONE, text(2, bound=-1))
        course.write("chapters/3-new/01-new.md", HEAD + "New.\n")
        (course.folder / TWO).unlink()
        if not killed_at(course, step):
            break
        course.write(ONE, text(size))
        course.write(TWO, HEAD)
        (course.folder / "chapters/3-new/01-new.md").unlink()
        done = course.tangle()
        assert (step, done.code, done.err) == (step, 0, "")
        assert course.generated() == fresh(course)
        course.write(ONE, text(1))
        assert course.tangle().code == 0
        step += 1
    assert step > 15


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC)])
def test_a_failure_at_any_step_leaves_files_that_are_known(course, error):
    """Interrupted or refused by the disk: old or new files, never others."""

    def fail():
        raise error

    old = course.generated()
    course.write(ONE, text(2))
    new = fresh(course)
    for step in range(1, 99):
        with pytest.MonkeyPatch.context() as patch:
            at_step(patch, step, fail)
            done = course.tangle()
        if done.code == 0:
            break
        assert done.code == (130 if error.args == () else 2)
        for path, data in course.generated().items():
            if not path.startswith("manifest"):
                assert data in (old[path], new[path])
        course.write(ONE, text(1))
        assert course.tangle().code == 0
        course.write(ONE, text(2))
    assert step > 6


def test_a_full_disk_while_staging_changes_no_file(course, monkeypatch):
    def full(path, content):
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    before = course.generated()
    course.write(ONE, text(2))
    monkeypatch.setattr(press.write.transaction.Path, "write_bytes", full)
    done = course.tangle()
    assert done.err == (
        "build: cannot be read or written: No space left on device "
        "(make room or choose another folder with --build)\n"
    )
    assert (done.code, course.generated()) == (2, before)


def test_another_press_tangles_everything_again(course, monkeypatch):
    before = course.generated()
    name = {"name": "other"}
    monkeypatch.setattr("press.write.notebook.METADATA", {"kernelspec": name})
    assert course.tangle().code == 0
    assert course.generated() == before
    monkeypatch.setattr(press.write.tangle, "press_hash", lambda: "other")
    assert course.tangle().code == 0
    node = json.loads((course.build / NOTEBOOK).read_text())
    assert node["metadata"] == {"kernelspec": name}


def test_the_press_is_another_when_a_line_of_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(press.layout, "PRESS", tmp_path)
    hashes = set()
    for code in ("", "x = 1\n", "x = 2\n"):
        (tmp_path / "read").mkdir(exist_ok=True)
        (tmp_path / "read" / "script.py").write_text(code)
        hashes.add(press.write.tangle.press_hash())
    assert len(hashes) == 3


def tampered(course: Course) -> str:
    """A manifest that claims a file outside the build folder."""
    path = course.build / "manifest.json"
    return path.read_text().replace('"byhand/part/two.py"', '"../mine.py"')


MANIFESTS = {
    "empty": "",
    "cut off": '{"version": 1, "check',
    "list": "[]",
    "null": "null",
    "other version": '{"version": 0}',
    "lists": '{"version": 1, "check": "", "manifest": []}',
    "deep": "[" * 99999,
    "not UTF-8": b"\xff",
    "tampered": tampered,
}


@pytest.mark.parametrize("manifest", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_broken_manifest_counts_as_none(course, manifest):
    data = manifest(course) if callable(manifest) else manifest
    mine = course.write("mine.py", "mine")
    expected = course.generated()
    course.write("build/manifest.json", data)
    done = course.tangle()
    assert (done.code, done.err) == (0, "")
    assert course.generated() == expected
    assert mine.read_text() == "mine"


def test_without_a_manifest_no_other_file_is_overwritten(course):
    (course.build / "manifest.json").unlink()
    course.write(ONE, text(2))
    before = course.generated()
    assert course.tangle().code == 1
    assert course.generated() == before
    assert course.tangle("--force").code == 0
    assert course.generated() == fresh(course)


# A folder of a later stage, as the pages are -------------------------------


def pages(course: Course, force: bool = False, **texts: str) -> list[str]:
    """Write pages below docs, as the weave does; what changed."""
    pages = {f"docs/{n}/page.md": text.encode() for n, text in texts.items()}
    with locked(course.build):
        manifest = Manifest.load(course.build)
        orphans = sorted(manifest.listed("docs") - pages.keys())
        return write(course.build, manifest, pages, orphans, force) + orphans


def test_a_folder_holds_what_was_written_last_and_what_is_not_ours(course):
    assert pages(course, a="1", b="2") == ["docs/a/page.md", "docs/b/page.md"]
    mine = course.write("build/docs/b/mine.md", "mine")
    assert pages(course, a="1") == ["docs/b/page.md"]
    assert pages(course, a="1") == []
    found = {p: data for p, data in course.generated().items() if "docs" in p}
    assert found == {"docs/a/page.md": b"1", "docs/b/mine.md": b"mine"}
    assert course.tangle().out == "3 chapters, 0 files changed\n"
    assert mine.exists()


def test_an_edited_page_is_kept_until_force(course):
    pages(course, a="1", b="2")
    for name in ("a", "b"):
        course.write(f"build/docs/{name}/page.md", "mine")
    with pytest.raises(
        Refused, match="docs/a/page.md: edited(.|\n)*b/page.md"
    ):
        pages(course, a="3")
    assert (course.build / "docs/a/page.md").read_text() == "mine"
    assert pages(course, True, a="3") == ["docs/a/page.md", "docs/b/page.md"]
    assert not (course.build / "docs/b").exists()


def test_a_page_of_the_readers_own_is_not_taken_over(course):
    mine = course.write("build/docs/a/page.md", "mine")
    with pytest.raises(Refused, match="edited by hand"):
        pages(course, a="1")
    assert mine.read_text() == "mine"
