"""The cells of a generated file, with their lines as the chapter has them."""

import json
import re
import tokenize
from collections.abc import Container, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from press.problems import Refused
from press.read.cells import Cell
from press.read.fences import CELL_MARKER, TAGS
from press.write.scripts import MAIN, string_lines

MARK = re.compile(r"# %% .+:(\d+)")


class Piece(NamedTuple):
    """A cell of a script or notebook."""

    kind: str  # of its marker, without the line; of a notebook's cell
    line: int  # the chapter's line of its first line; 0: the press's own
    at: int  # its first line in the script, its number in the notebook
    lines: tuple[str, ...]
    mark: str | None = None  # the whole marker; notebooks have none
    info: str = ""  # of the fence that a notebook's cell comes to

    def where(self, index: int = 0) -> str:
        """Where one of its lines stands in the generated file."""
        if self.mark is None:
            return f"cell {self.at}:{index + 1}"
        return str(self.at + index)


def read_text(path: Path, data: bytes) -> str:
    """The text of a generated file that a reader may have saved anywhere."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{path}:1: is not UTF-8 (save it as UTF-8)") from None
    return plain_ends(text)


def plain_ends(text: str) -> str:
    """All lines ended by `\\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def script_pieces(
    path: Path, text: str, copied: Container[int] = ()
) -> list[Piece]:
    """The cells of a module or test file; `copied` are lines of imports.

    Those stand in the chapter for another file.
    """
    lines, found = text.split("\n"), []
    starts = [n for n, line in enumerate(lines) if line.startswith("# %%")]
    for start, end in pairwise([-1, *starts, len(lines)]):
        first, body = trimmed(start + 1, lines[max(start + 1, 0) : end])
        mark = lines[start] if start >= 0 else ""
        place = MARK.match(mark)
        line = int(place[1]) if place else 0
        kind = mark[place.end() :] if place else mark
        if "[markdown]" in kind:
            body = [_words(path, n, x) for n, x in enumerate(body, first + 1)]
        elif body[:1] == [MAIN] and line:
            first, body = first + 1, _outdented(body)
        line = 0 if line in copied else line
        found.append(Piece(kind, line, first + 1, tuple(body), mark))
    return found


def trimmed(first: int, lines: list[str]) -> tuple[int, list[str]]:
    """Lines without empty ones around them, and the number of the first."""
    full = [n for n, line in enumerate(lines) if line.strip()]
    if not full:
        return first, []
    return first + full[0], lines[full[0] : full[-1] + 1]


def _words(path: Path, number: int, line: str) -> str:
    if line != "#" and not line.startswith("# "):
        remedy = "begin it with '# ', or move it below the next '# %%' line"
        raise Refused(f"{path}:{number}: this line is no prose ({remedy})")
    shown = line[2:].replace("\u200b", "", 1)  # as `_prose` may have put it
    is_marker = re.match(rf"[ \t]*{CELL_MARKER}", shown)
    return shown if is_marker else line[2:]


def _outdented(lines: list[str]) -> list[str]:
    """What `indented` gave, and the line above it, as it was."""
    try:
        inside = string_lines("\n".join(lines))
    except (SyntaxError, tokenize.TokenError):
        inside = set()  # the chapter will say where it is no Python
    return [
        line if number in inside else line.removeprefix("    ")
        for number, line in enumerate(lines[1:], 2)
    ]


def notebook_pieces(
    path: Path, text: str, cells: list[Cell] | None = None
) -> list[Piece]:
    """The cells of a notebook, but for empty ones.

    `cells` are those of the chapter that it was made from.
    """
    found = []
    try:
        for number, node in enumerate(json.loads(text)["cells"]):
            kind, source = node["cell_type"], "".join(node["source"])
            if node.get("attachments"):
                raise Refused(
                    f"{path}:cell {number + 1}: a file is attached to it, "
                    "which no chapter can hold (delete it)"
                )
            tags = node.get("metadata", {}).get("tags", ())
            lines = trimmed(0, plain_ends(source).split("\n"))[1]
            line = cells[number].line if cells else 0
            piece = Piece(kind, line, number + 1, tuple(lines))
            if lines:
                found.append(piece._replace(info=_info(kind, tags)))
    except (
        *(ValueError, LookupError, TypeError, AttributeError),
        RecursionError,
    ):
        raise Refused(f"{path}:1: is no notebook (undo the edit)") from None
    return found


def _info(kind: str, tags: list[str]) -> str:
    known = [tag for tag in tags if tag in TAGS]
    if kind != "code":
        return ""
    return f"python tags={json.dumps(known)}" if known else "python"


def joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Prose that follows prose, as one: both ways it reads the same."""
    last = None
    for piece in pieces:
        if last and (last.kind, piece.kind) == ("markdown", "markdown"):
            last = last._replace(lines=(*last.lines, "", *piece.lines))
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last
