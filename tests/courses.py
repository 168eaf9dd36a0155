"""Small courses for the tests of the press, written below `tmp_path`."""

import contextlib
import io
import os
import runpy
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from press.problems import BadInput, Problem
from press.read.chapter import Chapter, read_chapter
from press.read.tree import Source, decode

REPOSITORY = Path(__file__).parents[1]
TANGLE = REPOSITORY / "tangle.py"
HEAD = "---\nsummary: One line.\n---\n\n# Title\n\n"  # a fence is in line 7
ONE = "chapters/1-part/01-one.md"


def fence(code: str, info: str = "python") -> str:
    return f"```{info}\n{code}\n```\n\n"


def tagged(tag: str, code: str) -> str:
    return fence(code, f'python tags=["{tag}"]')


@dataclass
class Done:
    """What a run of the command left: its exit status and its words."""

    code: int
    out: str
    err: str


class Course:
    """A folder with chapters/ and build/, and the command line on them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.build = folder / "build"

    def write(self, path: str, text: str | bytes) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode() if isinstance(text, str) else text
        target.write_bytes(data)
        return target

    def tangle(self, *arguments: str) -> Done:
        """`python tangle.py …` in this folder, without a new process."""
        return command(self.folder, *arguments)

    def generated(self) -> dict[str, bytes]:
        """The content of every file of the build folder but the lock."""
        return {
            path.relative_to(self.build).as_posix(): path.read_bytes()
            for path in sorted(self.build.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }

    def times(self) -> dict[str, int]:
        """When each file and folder of the build folder was changed."""
        return {
            str(path): path.stat().st_mtime_ns
            for path in sorted(self.build.rglob("*"))
            if path.name != ".lock"
        }


def command(folder: Path, *arguments: str) -> Done:
    """Run tangle.py as the program that it is, in this process."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        mock.patch.object(sys, "argv", ["tangle.py", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.chdir(folder),
    ):
        try:
            runpy.run_path(str(TANGLE), run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
    return Done(code, out.getvalue(), err.getvalue())


def environment(build: Path | None = None) -> dict[str, str]:
    """For a new process: one thread, and the modules of a build folder."""
    values = {**os.environ, "OMP_NUM_THREADS": "1"}
    values["PYTHONPATH"] = str(build) if build else ""
    return values


def source(origin: str = ONE) -> Source:
    return Source(Path(origin), origin, origin, (1, 1), "part", "one")


def read(text: str | bytes) -> tuple[Chapter | None, list[Problem]]:
    """One chapter by itself, as the press reads it, and its problems."""
    data = text.encode() if isinstance(text, str) else text
    try:
        return read_chapter(source(), decode(source(), data))
    except BadInput as error:
        return None, error.problems


def problems(text: str | bytes) -> list[str]:
    """`LINE:COLUMN: message (remedy)` of every problem of a chapter."""
    found = sorted(set(read(text)[1]))
    return [str(problem).removeprefix(f"{ONE}:") for problem in found]
