"""jupytext reads the chapter; Markdown must agree, fence for fence.

jupytext is silent when it does not see a fence, or sees one where Markdown
has none. So it gets the text with every such place masked, and the code
cells that it finds are compared with the fences that markdown-it found.
"""

from dataclasses import dataclass

from press.problems import Problem
from press.read.document import Page

MASK = "\ue000"  # press.read.tree refuses texts that hold it
FORMAT = {"extension": ".md", "format_name": "markdown"}


@dataclass(frozen=True)
class Cell:
    """A cell of the notebook; `line` is the file's line of its first line."""

    kind: str  # "prose" or "code"
    line: int
    source: str
    tags: tuple[str, ...] = ()


def read_cells(label: str, page: Page) -> tuple[list[Cell], list[Problem]]:
    """The chapter's cells as jupytext sees them, checked against `page`."""
    from jupytext.jupytext import TextNotebookConverter

    converter = TextNotebookConverter(dict(FORMAT), None)
    notebook = converter.reads(_masked(page))
    found = [
        (cell.source, tuple(cell.metadata.get("tags", ())))
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    for index, fence in enumerate(page.fences):
        if found[index : index + 1] != [(fence.source, fence.tags)]:
            return [], [_disagreement(label, fence.line - 1)]
    try:
        return _cells(notebook, page), []
    except _Lost as error:
        return [], [_disagreement(label, error.line)]


def _disagreement(label: str, line: int) -> Problem:
    message = "jupytext and Markdown read this fence differently"
    remedy = "look for ``` lines, quotes or indentation near here"
    return Problem(label, line, 1, message, remedy)


def _masked(page: Page) -> str:
    """The body with everything masked that jupytext could misread."""
    lines = page.text.split("\n")[page.body_line - 1 :]
    code = set()
    for fence in page.fences:
        code.update(range(fence.line - 1, fence.end + 1))
    for number, line in enumerate(lines, page.body_line):
        # Two blank lines would end a cell, in the middle of a diagram too.
        blank = number in page.verbatim and not line.strip()
        mark = blank or line.startswith(("```", "<!--"))
        if number not in code and (mark or number < page.body_line + 2):
            lines[number - page.body_line] = MASK + line
    return "\n".join(lines)


class _Lost(Exception):
    """jupytext's cells are not the file's lines."""

    def __init__(self, line: int):
        self.line = line


def _cells(notebook, page: Page) -> list[Cell]:
    """jupytext's cells with their lines, unmasked, without empty ones."""
    cells = []
    fences = iter(page.fences)
    lines = page.text.split("\n")
    position = _text_line(lines, page.body_line)  # the next unread line
    for item in notebook.cells:
        if item.cell_type == "code":
            fence = next(fences, None)
            if not fence or fence.line - 1 != position:
                raise _Lost(position)
            cells.append(Cell("code", fence.line, fence.source, fence.tags))
            end = fence.end
        else:
            source = item.source.replace(MASK, "").split("\n")
            start = _text_line(source, 1) - 1
            text = "\n".join(source[start:]).rstrip()
            if not text:
                continue
            end = position + text.count("\n")
            if "\n".join(lines[position - 1 : end]).rstrip() != text:
                raise _Lost(position)
            cells.append(Cell("prose", position, text))
        position = _text_line(lines, end + 1)
    if position <= len(lines):
        raise _Lost(position)
    return cells


def _text_line(lines: list[str], number: int) -> int:
    """The first line from `number` on that is not blank."""
    while number <= len(lines) and not lines[number - 1].strip():
        number += 1
    return number
