"""The chapter as a notebook: same input, same bytes."""

import json
import re

from press.read.cells import Cell
from press.read.chapter import Chapter
from press.read.facts import digest

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
    return to_json(
        {
            "cells": cells,
            "metadata": METADATA,
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def to_json(node: dict) -> str:
    """Notebook JSON as Jupyter writes it: sorted, one space, one newline."""
    text = json.dumps(node, indent=1, sort_keys=True, ensure_ascii=False)
    return text + "\n"


def _cell(chapter: Chapter, index: int, cell: Cell) -> dict:
    source = cell.source
    kind = "code"
    if cell.kind == "prose":
        kind, source = "markdown", readable_alerts(source)
    elif "no-run" in cell.tags:
        kind, source = "markdown", f"```python\n{source}\n```"
    tags = [*cell.tags, *["test"] * chapter.is_test(cell)]
    metadata = {"tags": tags} if tags else {}
    name = chapter.source.name
    node = {
        "cell_type": kind,
        "id": digest(f"{name}\0{index}\0{cell.source}")[:12],
        "metadata": metadata,
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
