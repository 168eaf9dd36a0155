"""jupytext reads the chapter; Markdown must agree, fence for fence.

jupytext is silent when it does not see a fence, or sees one where Markdown
has none. So it gets the text with every such place masked, and the code
cells that it finds are compared with the fences that markdown-it found.
"""

from dataclasses import dataclass

from press.markdown import Page
from press.problems import Problem

MASK = "\ue000"
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

    if MASK in page.text:
        line = page.text[: page.text.index(MASK)].count("\n") + 1
        message = "the private character U+E000"
        return [], [Problem(label, line, 1, message, "remove it")]
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
    if len(found) > len(page.fences):
        last = page.fences[-1].end if page.fences else page.body_line
        return [], [_disagreement(label, last)]
    return _cells(notebook, page), []


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
    for index, line in enumerate(lines):
        if index + page.body_line in code:
            continue
        if index < 2 or line.startswith(("```", "<!--")):
            lines[index] = MASK + line
    return "\n".join(lines)


def _cells(notebook, page: Page) -> list[Cell]:
    """jupytext's cells with their lines, unmasked, without empty ones."""
    cells = []
    fences = iter(page.fences)
    lines = page.text.split("\n")
    position = page.body_line  # the next unread line
    for item in notebook.cells:
        if item.cell_type == "code":
            fence = next(fences)
            cells.append(Cell("code", fence.line, fence.source, fence.tags))
            position = fence.end + 1
            continue
        source = item.source.replace(MASK, "")
        text = source.strip("\n")
        if not text.strip():
            continue
        first = text.split("\n")[0]
        while lines[position - 1] != first:
            position += 1
        cells.append(Cell("prose", position, text))
        position += text.count("\n") + 1
    return cells
