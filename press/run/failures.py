"""A chapter's failure, said in the lines of the chapters."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from press.problems import BadInput
from press.read.tree import Source, decode, read_source
from press.runtime.byhand import source_line
from press.write.tangle import Course

ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
FRAME = re.compile(
    r"File (?P<path>\S.*?\.py):(?P<line>\d+)"
    r"|Cell In\[(?P<count>\d+)\], line (?P<at>\d+)"
)


@dataclass
class Failure:
    """What went wrong, in which cell and line of it, and its traceback."""

    cell: int | None
    message: str
    line: int = 1
    traceback: str = ""
    counts: dict[str, int] = field(default_factory=dict)  # of executed cells


def failure_text(
    course: Course, source: Source, cells: list[str], failure: Failure
) -> str:
    """`chapters/….md:LINE: what`, and the traceback with chapter lines.

    `cells` are the sources of all cells of the notebook.
    """
    lines = _cell_lines(course, source, cells)
    line = lines.get(failure.cell, 1) + failure.line - 1
    text = f"{source.label}:{line}: {failure.message}"

    def add(match: re.Match) -> str:
        if match["count"]:
            cell = failure.counts.get(match["count"])
            at = lines.get(cell, 1) + int(match["at"]) - 1
            return f"{match[0]} [{source.label}:{at}]"
        path = Path(match["path"]).expanduser()
        script = path.read_text("utf-8", "replace") if path.is_file() else ""
        where = source_line(script, int(match["line"]))
        return f"{match[0]} [{where[0]}:{where[1]}]" if where else match[0]

    return f"{text}\n{FRAME.sub(add, failure.traceback)}".rstrip()


def _cell_lines(course: Course, source: Source, cells: list[str]) -> dict:
    """Where each code cell begins in the chapter as it is now."""
    try:
        text = decode(source, read_source(source, course.root))
    except BadInput:  # deleted while it ran
        return {}
    lines, start = {}, 0
    for index, cell in enumerate(cells):
        code = f"\n{cell}\n```"
        at = text.find(code, start)
        if at >= 0:
            lines[index] = text.count("\n", 0, at) + 2
            start = at + len(code)
    return lines
