"""An edit of a generated file as an edit of its chapter; merging the two."""

import codecs
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from press.read.chapter import Chapter
from press.write.pieces import Piece, joined, trimmed

Pair = tuple[Piece | None, Piece | None]  # a cell as it was, and as it is


class Change(NamedTuple):
    """New lines for `start` to `end`, which are counted from 0."""

    start: int
    end: int
    lines: list[str]


def paired_by_marks(old: list[Piece], new: list[Piece]) -> Iterator[Pair]:
    """The cells of two scripts, by their markers."""
    left = {piece.mark: piece for piece in new}
    for piece in old:
        yield piece, left.pop(piece.mark, None)
    for piece in left.values():
        yield None, piece


def paired_by_texts(old: list[Piece], new: list[Piece]) -> Iterator[Pair]:
    """The cells of two notebooks: those that stayed, the others between."""
    sides = [[(p.kind, p.lines) for p in pieces] for pieces in (old, new)]
    for _, i, m, j, n in _opcodes(*sides):
        same = min(m - i, n - j)
        kinds = [p.kind for p in old[i : i + same]]
        if kinds != [p.kind for p in new[j : j + same]]:
            same = 0
        yield from zip(old[i : i + same], new[j : j + same], strict=True)
        yield from ((piece, None) for piece in old[i + same : m])
        yield from ((None, piece) for piece in new[j + same : n])


def changes(chapter: Chapter, pairs: Iterator[Pair]) -> list[Change]:
    """What the edits come to, one change for each of the chapter's cells.

    Lines that the press adds are left out: whoever compares what the new
    chapter gives with the edited file finds out whether that is right.
    """
    lines, cells = chapter.document.lines, _cells(chapter)
    found: dict[tuple[int, int], list[Change]] = {}
    cell = cells[0]
    for old, new in pairs:
        if old and old.line:
            cell = next(c for c in cells if c[0] < old.line <= c[1])
            edits = [*_carried(lines, cell[1], old, new.lines if new else ())]
        elif new and not old:
            edits = [Change(cell[1], cell[1], _written(new))]
        else:
            continue
        if edits:
            found.setdefault(cell, []).extend(edits)
    return [_whole(lines, *cell, edits) for cell, edits in found.items()]


def _cells(chapter: Chapter) -> list[tuple[int, int]]:
    """Where the chapter's cells begin and end, with their fences."""
    ends = {fence.line: fence.end for fence in chapter.document.fences}
    return [
        (cell.line - 2, ends[cell.line])
        if cell.kind == "code"
        else (cell.line - 1, cell.line + cell.source.count("\n"))
        for cell in chapter.cells
    ]


def _carried(
    lines: list[str], end: int, old: Piece, new: tuple[str, ...]
) -> Iterator[Change]:
    """The edits of a cell, where its lines are the chapter's own."""
    first = old.line - 1
    rows = _rows(old.lines, lines[first:end], first)
    for tag, i, m, j, n in _opcodes(old.lines, new):
        start = rows.get(i)
        if i == m and i - 1 in rows:  # below a line rather than above one
            start = rows[i - 1] + 1
        if tag == "equal" or start is None:
            continue
        last = start + m - i
        if [rows.get(k) for k in range(i, m)] == [*range(start, last)]:
            yield Change(start, last, list(new[j:n]))


def _rows(old: Sequence, new: Sequence, first: int = 0) -> dict[int, int]:
    """Where the lines that are in both stand in the second."""
    blocks = SequenceMatcher(None, old, new, autojunk=False)
    return {
        block.a + k: first + block.b + k
        for block in blocks.get_matching_blocks()
        for k in range(block.size)
    }


def _opcodes(old: Sequence, new: Sequence) -> list[tuple]:
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _written(piece: Piece) -> list[str]:
    """A new cell of a notebook in Markdown."""
    if not piece.info:
        return ["", *piece.lines]
    return ["", f"```{piece.info}", *piece.lines, "```"]


def _whole(
    lines: list[str], start: int, end: int, edits: list[Change]
) -> Change:
    """The edits of a cell as one; a cell that is empty then goes."""
    text, added = lines[start:end], []
    is_code = text[0].startswith("```python")
    for edit in reversed(edits):
        if edit.start == end and edit.lines[:1] == [""]:
            added = edit.lines + added
        else:
            text[edit.start - start : edit.end - start] = edit.lines
    if not any(map(str.strip, text[1:-1] if is_code else text)):
        while end < len(lines) and not lines[end].strip():
            end += 1
        text, added = [], [*added[1:], ""] if added else []
    return Change(start, end, text + added)


def applied(lines: list[str], changed: list[Change]) -> list[str]:
    """The lines with all changes, which do not overlap."""
    found = list(lines)
    for start, end, new in sorted(changed, reverse=True):
        found[start:end] = new
    return found


def difference(old: list[Piece], mine: list[Piece], new: list[Piece]) -> str:
    """Where the press would not write what the reader did; empty if it would.

    Its own lines may follow from the edits, and may be edited where it then
    writes them so itself.
    """
    known = {piece.mark: piece.lines for piece in old}
    made = [_words(piece) for piece in new if not piece.line]
    if mine and mine[0].mark is None:
        known, sides = {}, [[*joined(mine)], [*joined(new)]]
    else:
        sides = [[p for p in s if p.line and p.lines] for s in (mine, new)]
        for piece in mine:
            touched = known.get(piece.mark) != piece.lines
            if not piece.line and touched and _words(piece) not in made:
                return piece.where()
    for one, other in zip_longest(*sides):
        if not one or not other:
            return (one or mine[-1]).where()
        if one.kind != other.kind:
            return one.where()
        for index, pair in enumerate(zip_longest(one.lines, other.lines)):
            if pair[0] != pair[1]:
                return one.where(min(index, len(one.lines) - 1))
    return ""


def _words(piece: Piece) -> list[str]:
    """Names of a header's imports, however they are ordered and wrapped."""
    return sorted(re.findall(r"\w+", "\n".join(piece.lines)))


def three(
    base: list[str], ours: list[str], change: Change
) -> tuple[Change, bool]:
    """A change for the chapter as it is, and whether that may be made.

    It may not where the place is neither as it was nor as it is to be: then
    the change has the present lines, and so it has where nothing is to do.
    """
    rows = _rows(base, ours)
    start, end, lines = change
    before = [rows[k] for k in range(start) if k in rows]
    after = [rows[k] for k in range(end, len(base)) if k in rows]
    low = before[-1] + 1 if before else 0
    high = after[0] if after else len(ours)
    first = rows.get(start, -1)
    last = first + end - start
    if [rows.get(k) for k in range(start, end)] == [*range(first, last)]:
        return Change(first, last, lines), True
    found = Change(low, high, ours[low:high])
    return found, trimmed(0, found.lines)[1] == trimmed(0, lines)[1]


def spliced(data: bytes, new: list[str]) -> bytes:
    """A file with these lines; every line that stays, byte for byte."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    lines = data.decode("utf-8-sig").splitlines(keepends=True)
    bare = [line.rstrip("\r\n") for line in lines]
    ending = lines[0][len(bare[0]) :] or "\n"
    last = lines[-1][len(bare[-1]) :]
    lines[-1] = bare[-1] + ending
    new = new[:-1] if new[-1:] == [""] else new
    for _, start, end, i, k in reversed(_opcodes(bare, new)):
        if bare[start:end] != new[i:k]:
            lines[start:end] = [line + ending for line in new[i:k]]
    lines[-1] = lines[-1].rstrip("\r\n") + last
    return mark + "".join(lines).encode()
