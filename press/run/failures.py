"""A chapter's failure, said in the lines of the chapters."""

import re
from pathlib import Path

from press.problems import BadInput
from press.read.chapter import read_chapter
from press.read.tree import Source, decode, read_source
from press.runtime.byhand import source_line
from press.write.tangle import Course

FRAME = re.compile(
    r"File (?P<path>\S.*?\.py):(?P<line>\d+)"
    r"|Cell In\[(?P<count>\d+)\], line (?P<at>\d+)"
)


def failure_text(
    course: Course, source: Source, notebook: dict, failure: dict
) -> str:
    """`chapters/….md:LINE: what`, and the traceback with chapter lines.

    `failure` is what press.run.kernel says of the notebook.
    """
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    lines = _cell_lines(course, source, sources)
    line = 1
    if failure["cell"] is not None:
        line = lines[failure["cell"]] + failure["line"] - 1
    text = f"{source.label}:{line}: {failure['message']}"
    if not failure["traceback"]:
        return text

    def add(match: re.Match) -> str:
        where = _place(match, source, failure["cells"], lines)
        return f"{match[0]} [{where}]" if where else match[0]

    return f"{text}\n{FRAME.sub(add, failure['traceback'])}"


def _cell_lines(course: Course, source: Source, wanted: list[str]):
    """Where each cell is in the chapter as it is now; 1 if it is gone."""
    try:
        text = decode(source, read_source(source, course.root))
    except BadInput:  # deleted while it ran
        return [1] * len(wanted)
    found: dict[str, list[int]] = {}
    for cell in read_chapter(source, text)[0].cells:
        found.setdefault(cell.source, []).append(cell.line)
    lines = []
    for cell in wanted:
        same = found.get(cell, [1])
        lines.append(same.pop(0) if len(same) > 1 else same[0])
    return lines


def _place(match: re.Match, source: Source, cells, lines) -> str:
    """The chapter and line of one frame of a traceback, if it has one."""
    if match["count"]:
        cell = cells.get(match["count"])
        at = int(match["at"]) - 1
        return "" if cell is None else f"{source.label}:{lines[cell] + at}"
    path = Path(match["path"]).expanduser()
    if not path.is_file():
        return ""
    script = path.read_text("utf-8", "replace")
    where = source_line(script, int(match["line"]))
    return f"{where[0]}:{where[1]}" if where else ""
