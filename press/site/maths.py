"""Formulas on the page: what arithmatex finds becomes KaTeX's HTML.

A Python-Markdown extension. pymdownx.arithmatex (generic mode, empty wraps)
leaves elements that hold TeX.
"""

import html
import logging
import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from press.weave.formulas import Katex

BASE = 'class="katex-base"'  # what KaTeX keeps on one line
PUNCTUATION = re.compile(r"[,.;:!?)\]’”]+")
log = logging.getLogger("mkdocs.press.site.maths")


class Maths(Extension):
    """Registers the tree processor after toc's, which wants text."""

    def __init__(self, katex: Katex):
        super().__init__()
        self.katex = katex

    def extendMarkdown(self, md: Markdown) -> None:
        """What Python-Markdown calls."""
        processor = MathsTreeprocessor(md)
        processor.katex = self.katex
        md.treeprocessors.register(processor, "maths", 4)


class MathsTreeprocessor(Treeprocessor):
    """Replaces arithmatex's elements by KaTeX's HTML."""

    katex: Katex

    def run(self, root: Element) -> None:
        """What Python-Markdown calls."""
        elements = [
            element
            for element in root.iter()
            if "arithmatex" in element.get("class", "").split()
        ]
        items = [_read(element) for element in elements]
        short: set[Element] = set()
        rendered = self.katex.render(items)
        for element, out in zip(elements, rendered, strict=True):
            if out.error:
                log.warning("%s: %s", out.error, element.text)
            element.text = self.md.htmlStash.store(out.html)
            element.set("data-search-exclude", "")
            if out.html.count(BASE) == 1 and element.tag == "span":
                short.add(element)
        _glue(root, short)


def _read(element: Element) -> tuple[str, bool]:
    """TeX as arithmatex leaves it: escaped in blocks, bare in lines."""
    display, tex = element.tag == "div", element.text or ""
    return (html.unescape(tex) if display else tex), display


def _glue(root: Element, short: set[Element]) -> None:
    """Keep the comma behind a formula that cannot break on its line."""
    for parent in list(root.iter()):
        for index, child in enumerate(parent):
            match = PUNCTUATION.match(child.tail or "")
            if match and child in short:
                glued = Element("span", {"class": "glued"})
                glued.tail = child.tail[match.end() :]
                child.tail = match[0]
                glued.append(child)
                parent[index] = glued
