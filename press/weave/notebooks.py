"""The notebooks of a chapter as they ran: to look at, and to download."""

import json
from dataclasses import replace

from press.weave.alone import add_check
from press.weave.links import linker, notebook_link, view_link
from press.weave.pages import Page
from press.weave.prose import edited
from press.write.notebook import notebook, to_json


def notebooks(page: Page) -> dict[str, str]:
    """What mkdocs-jupyter shows, and what a reader downloads, by path.

    Links of the one lead to pages, of the other to notebooks beside it.
    """
    source, found = page.source, {}
    for folder, link in (("notebooks/", view_link), ("", notebook_link)):
        target = linker(source, page.book.known, link)
        lines = edited(page.chapter.document, target)
        path = f"{folder}{source.part}/{source.slug}.ipynb"
        node = _executed(page, lines)
        if not folder:
            add_check(node, page.chapter)
        found[path] = to_json(node)
    return found


def _executed(page: Page, lines: list[str]) -> dict:
    """The notebook with its outputs; `lines` are the chapter's, linked."""
    cells = []
    for cell in page.chapter.cells:
        if cell.kind == "prose":
            end = cell.line + cell.source.count("\n")
            cell = replace(cell, source="\n".join(lines[cell.line - 1 : end]))
        cells.append(cell)
    node = json.loads(notebook(replace(page.chapter, cells=cells)))
    for cell, made in zip(cells, node["cells"], strict=True):
        for output in page.outputs.get(cell.line, []):
            result = output["output_type"] == "execute_result"
            number = {"execution_count": None} if result else {}
            made["outputs"].append(output | number)
    return node
