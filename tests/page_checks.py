"""What a reader could stumble over on a page, found on one load of it."""

import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from playwright.sync_api import Page

from tests.browsing import ROOT, View, show

# Each theme and each width, once.
DAY, NIGHT = View("light", 1280), View("dark", 360)

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
FAULTS = (ROOT / "tests" / "page_faults.js").read_text("utf-8")
# Of its size, for a figure; that many pixels are enough for any.
FIGURE = {"least": 0.69, "enough": 500}

# Kilobytes of a cold load, compressed. KaTeX's fonts, some 50, come once for
# all pages and count for workbooks only.
CHAPTER, WORKBOOK = 130, 400
# One prints all 444 gradients, one is long and still of the first edition.
LARGER = {"gradients/backpropagation/": 150, "gradients/feed-forward/": 132}
FONTS, NOTHING = r"\.woff2$", "^$"

NAMED = re.compile(r"(?s)<(a|button|summary)\b([^>]*)>(.*?)</\1>")
# What a theme changes.
COLORS = ["color-contrast", "link-in-text-block"]
# mkdocs-jupyter's own markup, shown as it comes, breaks these.
WORKBOOK_BREAKS = [
    "color-contrast",  # the colors of Jupyter's code
    "image-alt",  # figures without alternative text
]

SETTLED = """document.fonts.ready.then(() => new Promise(
  (done) => requestAnimationFrame(() => requestAnimationFrame(done))))"""
WEIGHT = """(without) => ["navigation", "resource"]
  .flatMap((kind) => performance.getEntriesByType(kind))
  .filter((file) => !file.name.match(without))
  .reduce((sum, file) => sum + file.encodedBodySize, 0)"""
OPEN_FOLDS = "document.querySelectorAll('details').forEach(f => f.open = true)"
RUN_AXE = """(options) => axe.run(document, options).then((result) => [
  result.passes.length + result.violations.length,
  result.violations.map((v) => `${v.id}: ${v.nodes[0].target}`)])"""


class Care(Enum):
    """How closely a browser looks at a page."""

    PLAIN = "its kinds of elements are found on pages looked at whole"
    WHOLE = "it has kinds of elements that no other such page has"


def kinds(html: str) -> set[tuple[str, str]]:
    """The elements of a page: tag and class of what has one, and widgets.

    Words of code and parts of formulas are spans, and are not counted.
    """
    html = re.sub(r"(?s)<(svg|math)\b.*?</\1>", "", html)
    found = re.findall(r'<(?!span\b)([a-z][\w-]*)[^>]*? class="([^"]+)', html)
    widgets = re.findall(r"<([a-z]\w*-[\w-]*)()", html)
    classes = {(tag, word) for tag, words in found for word in words.split()}
    tagged = {pair for pair in classes if pair[1].startswith("celltag_")}
    return (classes | set(widgets)) - tagged  # that nobody has styles for


def plan(pages: dict[str, str]) -> dict[str, Care]:
    """How closely to look at each page, by its HTML.

    Whole at a few short pages that have every kind of element between them.
    """
    missing = {path: kinds(html) for path, html in pages.items()}
    cares = dict.fromkeys(pages, Care.PLAIN)
    while any(missing.values()):
        path = max(missing, key=lambda p: len(missing[p]) / len(pages[p]))
        seen = missing.pop(path)
        missing = {other: left - seen for other, left in missing.items()}
        cares[path] = Care.WHOLE
    return cares


def slips(html: str) -> list[str]:
    """What an author can get wrong on any page, without a browser."""
    counts = Counter(re.findall(r'<[a-z][^>]*? id="([^"]*)"', html))
    wrong = [f"two have the id {name}" for name, n in counts.items() if n > 1]
    levels = [int(n) for n in re.findall(r"<h([1-6])\b", html)]
    for level, other in pairwise(levels):
        if other > level + 1:
            wrong.append(f"an h{other} follows an h{level}")
    bare = re.findall(r"<img(?![^>]* alt=)[^>]*>", html)
    wrong += [f"no alternative text: {image}" for image in bare]
    for tag, attributes, inside in NAMED.findall(html):
        shown = re.findall(r'>([^<]+)| alt="([^"]+)', f">{inside}")
        said = re.search(r' (?:aria-label|title)="[^"]', attributes)
        if not said and not "".join(sum(shown, ())).strip():
            wrong.append(f"no name: <{tag}{attributes}>")
    return wrong


@dataclass
class Inspector:
    """A browser's page that goes through a site and notes the faults."""

    page: Page
    base: str  # the site's address

    def __post_init__(self) -> None:
        self.heard: list[str] = []
        note = self.heard.append
        self.page.on("pageerror", lambda error: note(f"error: {error}"))
        self.page.on("console", self._console)
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.heard.append(f"console: {message.text}")

    def _request(self, request) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.heard.append(f"another origin: {request.url}")

    def _response(self, response) -> None:
        if not response.ok:
            self.heard.append(f"{response.status}: {response.url}")

    def faults(self, path: str, care: Care) -> list[str]:
        """What is wrong with the page, each with the view that shows it.

        A page that is looked at whole is loaded for both views. The others
        are loaded for the narrow one, where what is wide stands out.
        """
        self.page.goto("about:blank")  # or the last page would be lit up
        self.heard.clear()
        found = []
        for view in (DAY, NIGHT) if care is Care.WHOLE else (NIGHT,):
            show(self.page, view)
            self.page.goto(self.base + path, wait_until="load")
            wrong = self._look(path, view, care)
            found += [f"{path or '/'} ({view}): {text}" for text in wrong]
        return found

    def _look(self, path: str, view: View, care: Care) -> list[str]:
        self.page.evaluate(SETTLED)
        wrong = self._too_heavy(path)
        self.page.evaluate(OPEN_FOLDS)
        wrong += self.page.evaluate(FAULTS, FIGURE)
        if care is Care.WHOLE:
            wrong += self._axe(_axe_options(path, view))
        wrong += self.heard
        self.heard.clear()
        return wrong

    def _too_heavy(self, path: str) -> list[str]:
        bar = LARGER.get(path, CHAPTER)
        without = FONTS
        if _is_workbook(path):
            bar, without = WORKBOOK, NOTHING
        weight = self.page.evaluate(WEIGHT, without) / 1024
        words = f"weighs {weight:.1f} KB, at most {bar}"
        return [words] if weight > bar else []

    def _axe(self, options: dict) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        looked, wrong = self.page.evaluate(RUN_AXE, options)
        return wrong if looked else [*wrong, "axe found nothing to look at"]


def _is_workbook(path: str) -> bool:
    return path.startswith("notebooks/")


def _axe_options(path: str, view: View) -> dict:
    """What axe is asked: everything by day, by night what a theme changes."""
    off = WORKBOOK_BREAKS if _is_workbook(path) else []
    if view == NIGHT:
        return {"runOnly": [rule for rule in COLORS if rule not in off]}
    return {
        "rules": {rule: {"enabled": False} for rule in off},
        "resultTypes": ["violations"],
    }
