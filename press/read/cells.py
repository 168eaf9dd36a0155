"""The cells of the notebook: what jupytext reads, compared with Markdown.

jupytext is silent when it does not see a fence, or sees one where Markdown
has none. Both read the same text here, and the first line that they do not
agree on is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from press.read.document import Document

FORMAT = {"extension": ".md", "format_name": "markdown"}
JupytextCell = tuple[str, str, tuple[str, ...]]  # kind, source, tags


@dataclass(frozen=True)
class Cell:
    """A cell of the notebook; `line` is the file's line of its first line."""

    kind: str  # "prose" or "code"
    line: int
    source: str
    tags: tuple[str, ...] = ()


def read_cells(document: Document) -> list[Cell]:
    """The cells as jupytext sees them; a disagreement is noted."""
    cells = list(_jupytext_cells(document.lines[document.body_line - 1 :]))
    found, line = _placed(cells, document)
    if line:
        message = "jupytext and Markdown read this line differently"
        remedy = "look for ``` lines, comments or indentation near here"
        document.problems.add(line, 1, message, remedy)
    return found


def _jupytext_cells(lines: list[str]) -> Iterator[JupytextCell]:
    """As `jupytext.reads` goes, without the validation of every cell.

    That takes half of its time; a test compares the two.
    """
    from jupytext.cell_reader import MarkdownCellReader

    while lines:
        reader = MarkdownCellReader(FORMAT, "python")
        reader.metadata_and_language_from_option_line(lines[0])
        end = reader.find_cell_content(lines)
        tags = tuple((reader.metadata or {}).get("tags", ()))
        yield reader.cell_type, "\n".join(reader.content), tags
        lines = lines[end:]


def _placed(
    cells: list[JupytextCell], document: Document
) -> tuple[list[Cell], int]:
    """Cells with their lines, and the line where the agreement ends, or 0."""
    found = []
    lines = document.lines
    fences = {fence.line - 1: fence for fence in document.fences}
    at = _text_line(lines, document.body_line)  # the next unread line
    for kind, source, tags in cells:
        if not source.strip() and kind != "code":
            continue
        fence = fences.pop(at, None)
        if kind == "code":
            if not fence or (fence.source, fence.tags) != (source, tags):
                return found, at
            found.append(Cell("code", fence.line, source, tags))
            end = fence.end
        else:
            text = source.strip("\n").rstrip()
            end = at + text.count("\n")
            pairs = zip(text.split("\n"), lines[at - 1 :], strict=False)
            wrong = [line for line in fences if at <= line <= end]
            wrong += [
                number
                for number, (one, other) in enumerate(pairs, at)
                if one.rstrip() != other.rstrip()
            ]
            if kind != "markdown" or fence or wrong or end > len(lines):
                return found, min(wrong, default=at)
            found.append(Cell("prose", at, text))
        at = _text_line(lines, end + 1)
    return found, at if at <= len(lines) else min(fences, default=0)


def _text_line(lines: list[str], number: int) -> int:
    """The first line from `number` on that is not blank."""
    while number <= len(lines) and not lines[number - 1].strip():
        number += 1
    return number
