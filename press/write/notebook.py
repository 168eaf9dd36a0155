"""The chapter as a notebook: same input, same bytes."""

import json
import re

from press.read.cells import Cell
from press.read.chapter import Chapter, is_code
from press.read.facts import digest
from press.write.folds import fold, folded_prose

METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
FENCE = r"^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)[ \t]*$"
ALERT = re.compile(
    FENCE + r"|^> \[!(?P<kind>\w+)\][ \t]*$\n?"
    r"(?P<title>> \*\*[^*\n]+\*\*[ \t]*$)?",
    re.MULTILINE | re.DOTALL,
)


def notebook(chapter: Chapter) -> str:
    """The notebook without outputs, as JSON."""
    cells = [
        _cell(chapter, index, cell) for index, cell in enumerate(chapter.cells)
    ]
    return notebook_of(cells)


def notebook_of(cells: list[dict]) -> str:
    """A notebook of these cells, as JSON."""
    version = {"nbformat": 4, "nbformat_minor": 5}
    return to_json({"cells": cells, "metadata": METADATA, **version})


def to_json(node: dict) -> str:
    """Notebook JSON as Jupyter writes it: sorted, one space, one newline."""
    text = json.dumps(node, indent=1, sort_keys=True, ensure_ascii=False)
    return text + "\n"


def _cell(chapter: Chapter, index: int, cell: Cell) -> dict:
    source = cell.source
    kind = "code"
    if cell.kind == "prose":
        kind, source = "markdown", readable_alerts(folded_prose(chapter, cell))
    elif not is_code(cell):
        kind, source = "markdown", f"```python\n{source}\n```"
        if "solution" in cell.tags:
            source = fold("Solution", source)
    tags = [*cell.tags, *["test"] * chapter.is_test(cell)]
    seed = f"{chapter.source.name}\0{index}\0{cell.source}"
    return cell_node(kind, source, tags, seed)


def cell_node(kind: str, source: str, tags: list[str], seed: str) -> dict:
    """A cell as nbformat has it; its id is made of the seed."""
    node = {
        "cell_type": kind,
        "id": digest(seed)[:12],
        "metadata": {"tags": tags} if tags else {},
        "source": source.splitlines(keepends=True),
    }
    if kind == "code":
        node |= {"execution_count": None, "outputs": []}
    return node


def readable_alerts(prose: str) -> str:
    """GitHub's `> [!TIP]` with its name in bold, for Jupyter."""

    def title(match: re.Match) -> str:
        if match["fence"]:
            return match[0]
        return match["title"] or f"> **{match['kind'].capitalize()}**\n>\n"

    return ALERT.sub(title, prose)
