"""Artifacts and files: who makes them, who reads them, and where they lie."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.courses import command
from tests.running import chapter, printed, states, tangled, write

MAKER = """\
from byhand import artifact, new_artifact, show


class Dot:
    def _repr_svg_(self) -> str:
        return "<svg/>"


with new_artifact("number") as folder:
    (folder / "number.txt").write_text(str(number))
show(Dot(), "A dot.")
print((artifact("number") / "number.txt").read_text())"""
ASYNC = """\
import asyncio

from byhand import data, run_async


async def spoken(word: str) -> str:
    print("in the loop")
    await asyncio.sleep(0)
    return word.upper()


print(run_async(spoken(data("word.txt").read_text())))
print(run_async(asyncio.sleep(0, "done")))"""
USER = """\
from byhand import artifact

print("read", (artifact("number") / "number.txt").read_text())"""
COURSE = {
    "1-base/01-maker": chapter(
        '```python tags=["parameters"]\nnumber = 3  # what is saved\n```',
        MAKER,
        front="makes: [number]\n",
    ),
    "1-base/02-user": chapter(USER, front="needs: [number]\n"),
    "1-base/03-reader": chapter(ASYNC, front="reads: [words/word.txt]\n"),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts")
    write(folder, COURSE)
    words = folder / "chapters/1-base/words"
    words.mkdir()
    (words / "word.txt").write_text("hello")
    assert set(states(folder).values()) == {"ran"}
    return folder


def script(
    folder: Path, name: str, *flags: str
) -> subprocess.CompletedProcess:
    """Run a chapter's module as a reader does, from another folder."""
    return subprocess.run(
        [sys.executable, "-m", f"byhand.base.{name}", *flags],
        cwd=folder / "chapters",
        env=os.environ | {"PYTHONPATH": str(folder / "build")},
        capture_output=True,
        text=True,
    )


def made(folder: Path) -> str:
    """The number of the course's artifact."""
    return (folder / "build/artifacts/number/number.txt").read_text()


def test_a_chapter_reads_what_it_saved_itself_and_others_read_it(ran):
    assert printed(ran, "base/maker") == "3\n"
    assert printed(ran, "base/user") == "read 3\n"


def test_a_script_with_other_flags_changes_nothing_of_the_course(ran):
    done = script(ran, "maker", "--number", "7")
    assert done.stdout.endswith("\n7\n"), done.stderr
    own = ran / "build/runs/base/maker"
    assert (own / "artifacts/number/number.txt").read_text() == "7"
    assert (own / "figure-1.svg").read_text() == "<svg/>"
    assert made(ran) == "3"
    assert script(ran, "user").stdout == "read 3\n"
    assert set(states(ran).values()) == {"cached"}


def test_a_script_saves_where_out_says(ran, tmp_path):
    done = script(ran, "maker", "--number", "8", "--out", str(tmp_path))
    assert str(tmp_path / "figure-1.svg") in done.stdout
    assert (tmp_path / "artifacts/number/number.txt").read_text() == "8"
    assert made(ran) == "3"


def test_a_script_without_parameters_takes_out_too(ran, tmp_path):
    figure = "from byhand import show\n\n\nclass Dot:\n"
    figure += "    def _repr_svg_(self):\n        return '<svg/>'\n\n\n"
    text = chapter(figure + "show(Dot(), 'A dot.')")
    write(tmp_path, {"1-base/01-bare": text})
    tangled(tmp_path)
    done = script(tmp_path, "bare", f"--out={tmp_path / 'there'}")
    assert done.stderr == ""
    assert (tmp_path / "there" / "figure-1.svg").exists()
    assert script(tmp_path, "bare").returncode == 0
    assert (tmp_path / "build/runs/base/bare/figure-1.svg").exists()


def test_what_a_reader_ran_stays_when_the_course_is_cleaned(tmp_path):
    write(tmp_path, COURSE)
    (tmp_path / "chapters/1-base/words").mkdir()
    (tmp_path / "chapters/1-base/words/word.txt").write_text("hello")
    tangled(tmp_path)
    assert script(tmp_path, "maker").returncode == 0
    assert command(tmp_path, "clean").code == 0
    build = tmp_path / "build"
    assert [path.name for path in build.iterdir()] == ["runs"]
    assert (build / "runs/base/maker/artifacts/number/number.txt").exists()


def test_an_artifact_that_no_run_of_the_press_made_is_not_read(ran):
    folder = ran / "build/artifacts/number"
    kept = folder.with_name("kept")
    folder.rename(kept)
    try:
        folder.mkdir()
        (folder / "number.txt").write_text("9")
        said = script(ran, "user").stderr
        folder.joinpath("number.txt").unlink()
        folder.rmdir()
        again = script(ran, "user").stderr
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        kept.rename(folder)
    remedy = "no artifact 'number' yet; make it: python tangle.py run base/mak"
    assert remedy in said and remedy in again


def test_a_file_that_is_read_and_a_coroutine_work_in_a_notebook(ran):
    assert printed(ran, "base/reader") == "in the loop\nHELLO\ndone\n"


def test_they_work_in_a_script_too(ran):
    done = script(ran, "reader")
    assert (done.stdout, done.stderr) == ("in the loop\nHELLO\ndone\n", "")


def test_a_file_that_is_not_there_is_named(tmp_path):
    write(tmp_path, {"1-base/01-reader": COURSE["1-base/03-reader"]})
    (tmp_path / "word.txt").write_text("outside")
    start = "chapters/1-base/01-reader.md:3:1: reads: there is no file "
    for name in ("words/word.txt", "../../word.txt", "."):
        text = COURSE["1-base/03-reader"].replace("words/word.txt", name)
        write(tmp_path, {"1-base/01-reader": text})
        done = command(tmp_path)
        assert done.err.startswith(f"{start}'{name}' in the chapters (the pa")
        assert done.code == 2


def test_two_different_files_of_one_name_are_refused(tmp_path):
    for part, word in (("1-base", "one"), ("2-top", "two")):
        text = chapter(ASYNC, front="reads: [word.txt]\n")
        write(tmp_path, {f"{part}/01-reader": text})
        (tmp_path / "chapters" / part / "word.txt").write_text(word)
    done = command(tmp_path)
    assert "2-top/01-reader.md:3:1: reads: another chapter's" in done.err
    assert done.code == 2
