"""The last pass over the built site: what MkDocs' plugins leave undone.

Nothing is requested from another origin, notebook pages are as light as the
others, search loads when it is used, formulas have fonts cut down to the
characters of the site, and the theme's accessibility faults are mended.
"""

import json
import re
import struct
from functools import partial
from pathlib import Path

from press.problems import BadInput
from press.site.notebook_page import rebuild_notebook_page

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
    # The copy buttons: a nameless landmark for each is too many.
    ('x("nav",{class:"md-code__nav"})', 'x("div",{class:"md-code__nav"})'),
)

# In every page, patterns of what it has and what it gets: names for what has
# none, and no marks on code that has no color of its own.
PAGE_MENDS = (
    (r'"search" role="dialog"', r'\g<0> aria-label="Search"'),
    (
        r'aria-labelledby="(\w+)_label" aria-expanded="\w+"(>\s*'
        r'<label class="md-nav__title" for="\1">\s*<span[^>]*></span>\s*)'
        r"([^<]*?)(\s*</label>)",
        r'aria-label="\3"\2\3\4',
    ),
    (
        r'<input(?=[^>]*type="checkbox")(?=[^>]* disabled)',
        r'\g<0> aria-label="Done"',
    ),
    (r"<th></th>", "<td></td>"),
    (r'<span class="(?:n|o|p|w|mf|mi|nn|ow|sa|si)">([^<]*)</span>', r"\1"),
)

# KaTeX repeats each formula's TeX in its MathML; nothing reads it there.
SOURCE_OF_FORMULA = re.compile(r"<annotation .*?</annotation>", re.DOTALL)
READABLE = 0.7  # of its size: words of 13 pixels are then 9 high
WIDEST = 560  # pixels that a figure keeps on a phone, at most
FIGURE = re.compile(r'<img (?=[^>]*class="figure")(?=[^>]*src="([^":]+)")')
SVG_SIZE = re.compile(
    r'<svg(?=[^>]* width="([\d.]+)(pt|px)?")'
    r'(?=[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)")'
)


def polish(site: Path) -> None:
    """Mend the site that MkDocs has built, in place.

    Raises BadInput where the theme is not the one that the mends are for.
    """
    _mend_script(site)
    _mend_search_index(site)
    pages: dict[Path, str] = {}
    for path in sorted(site.rglob("*.html")):
        text = path.read_text("utf-8")
        for pattern, new in PAGE_MENDS:
            text = re.sub(pattern, new, text)
        if 'class="jupyter-wrapper"' in text:
            text = rebuild_notebook_page(path, text)
        text = FIGURE.sub(partial(_sized, path.parent), text)
        pages[path] = text
    for path, text in pages.items():
        text = SOURCE_OF_FORMULA.sub("", text)
        path.write_text(_without_blanks(text), "utf-8")


def _without_blanks(text: str) -> str:
    """The page with one blank for many between tags, but not in code."""
    parts = re.split(r"(<(pre|script)\b.*?</\2>)", text, flags=re.DOTALL)
    parts[0::3] = [re.sub(r">\s+<", "> <", part) for part in parts[0::3]]
    del parts[2::3]
    return "".join(parts)


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


def _sized(folder: Path, figure: re.Match) -> str:
    """The figure with its size, so that it may load late without a jump.

    On a phone it keeps most of its size, so that its words can be read, and
    is scrolled sideways.
    """
    data = (folder / figure[1]).read_bytes()[:4000]
    found = SVG_SIZE.search(data.decode("utf-8", "replace"))
    if found:
        width = float(found[1]) * (4 / 3 if found[2] == "pt" else 1)
        height = width * float(found[4]) / float(found[3])
    elif data.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", data[16:24])
    else:
        return figure[0]
    size = f'width="{round(width)}" height="{round(height)}"'
    least = round(min(READABLE * width, WIDEST))
    return f'<img loading="lazy" {size} style="min-width:{least}px" '
