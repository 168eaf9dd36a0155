"""Folders, links, rights and full disks: one line, and nothing is lost."""

import ctypes
import os
import subprocess
import sys

import pytest

from tests.courses import HEAD, ONE, REPOSITORY, TANGLE, Course, environment
from tests.test_bad_input import check

TWO = "chapters/1-part/02-two.md"
PR_CAPBSET_DROP = 24


def said(done, start: str) -> None:
    """One line on standard error, and exit status 2."""
    assert done.err.startswith(start)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


def test_a_missing_folder_of_chapters_is_named(tmp_path):
    done = Course(tmp_path).tangle("--chapters", "chapter")
    said(done, "chapter: no such folder (name it with --chapters)")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_chapters_empties_no_build_folder(course):
    course.tangle()
    before = course.generated()
    (course.folder / "other").mkdir()
    said(course.tangle("--chapters", "other"), "other: no chapters in it")
    assert course.generated() == before


def test_a_folder_that_is_called_like_a_chapter_is_refused(course):
    course.write(f"{TWO}/notes.txt", "")
    check(course, "1:1: the file cannot be read: Is a directory", TWO)


def test_a_pipe_that_is_called_like_a_chapter_does_not_hang(course):
    os.mkfifo(course.folder / TWO)
    check(course, "1:1: the file is no regular file", TWO)


LINKS = {
    "out of the tree": ("/etc/passwd", "is a link out of the chapters (copy"),
    "to a neighbor": ("../../README.md", "is a link out of the chapters"),
    "to itself": ("02-two.md", "cannot be read: "),
    "to nothing": ("03-three.md", "cannot be read: No such file"),
}


@pytest.mark.parametrize(("to", "message"), LINKS.values(), ids=LINKS.keys())
def test_a_link_is_followed_only_inside_the_chapters(course, to, message):
    course.write("README.md", HEAD)
    (course.folder / TWO).symlink_to(to)
    check(course, f"1:1: the file {message}", TWO)


def test_a_link_inside_the_chapters_is_a_chapter(course):
    (course.folder / TWO).symlink_to("01-one.md")
    assert course.tangle().code == 0
    assert "byhand/part/two.py" in course.generated()


def test_a_folder_that_links_to_itself_ends(course):
    (course.folder / "chapters/1-part/loop").symlink_to(".")
    (course.folder / "chapters/2-loop").symlink_to("2-loop")
    assert course.tangle().code == 0


def test_a_file_in_place_of_the_build_folder_is_named(course):
    course.write("build", "mine")
    said(course.tangle(), "build: cannot be read or written: File exists")
    said(course.tangle("--build", "build/x"), "build/x: cannot be read or")
    assert (course.folder / "build").read_text() == "mine"


STRANGE = {
    "build/byhand": "build/byhand",
    "build/.scratch": "build/.scratch",
    "build/manifest.json": "build/manifest.json/x",
}


@pytest.mark.parametrize(("path", "file"), STRANGE.items(), ids=STRANGE.keys())
def test_a_strange_thing_where_the_press_writes_is_named(course, path, file):
    course.write(file, "mine")
    said(course.tangle(), f"{path}: cannot be read or written: ")


def test_a_folder_in_place_of_a_generated_file_is_named(course):
    course.write("build/byhand/part/one.py/mine.txt", "mine")
    said(course.tangle(), "build/byhand/part/one.py: cannot be read or")


def as_process(
    course: Course, *arguments: str, before=None, out=subprocess.PIPE
):
    """The command in a process of its own, `before` called first in it."""
    return subprocess.run(
        [sys.executable, str(TANGLE), *arguments],
        cwd=course.folder,
        env=environment(REPOSITORY),
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


def obey_rights():
    """Let root be refused like anyone (CAP_DAC_OVERRIDE and _READ_SEARCH)."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):
        libc.prctl(PR_CAPBSET_DROP, capability)


UNREADABLE = {
    "file": (ONE, f"{ONE}:1:1: the file cannot be read: Permission denied"),
    "part": ("chapters/1-part", "chapters/1-part: cannot be read: Permission"),
}


@pytest.mark.parametrize(
    ("path", "start"), UNREADABLE.values(), ids=UNREADABLE.keys()
)
@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
def test_what_may_not_be_read_is_named(course, path, start):
    (course.folder / path).chmod(0)
    done = as_process(course, "--dry-run", before=obey_rights)
    (course.folder / path).chmod(0o755)
    assert done.stderr.startswith(start)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
@pytest.mark.parametrize("path", [".", "build", "build/byhand/part"])
def test_a_folder_that_may_not_be_written_is_named(course, path):
    if path != ".":
        course.tangle()
    course.write(ONE, HEAD + "New.")
    (course.folder / path).chmod(0o555)
    done = as_process(course, before=obey_rights)
    (course.folder / path).chmod(0o755)
    message = "cannot be read or written: Permission denied (make room or"
    assert done.stderr.startswith("build") and message in done.stderr
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs it")
def test_words_that_cannot_be_written_are_no_traceback(course):
    with open("/dev/full", "w") as full:
        done = as_process(course, "--dry-run", out=full)
    assert done.stderr == "standard output: No space left on device\n"
    assert done.returncode == 1


def test_a_closed_pipe_is_no_traceback(course):
    read, write = os.pipe()
    os.close(read)
    done = as_process(course, "--dry-run", out=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_full_disk_leaves_the_old_files(course):
    """A limit on the size of a file stands for the disk: a later file of the
    run does not fit, when others have been written already."""
    import resource

    course.tangle()
    before = course.generated()
    course.write(TWO, HEAD)
    course.write(ONE, HEAD + "word " * 9000)
    limit = (20_000, resource.RLIM_INFINITY)
    done = as_process(
        course, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    )
    assert "cannot be read or written: File too large (make" in done.stderr
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert course.generated() == before
    assert course.tangle().code == 0
