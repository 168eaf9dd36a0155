"""What a reader could stumble over on a page, found on one load of it."""

import re
from dataclasses import dataclass
from enum import Enum

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
LARGER = {"gradients/backpropagation/": 150}  # it prints all 444 gradients
FONTS, NOTHING = r"\.woff2$", "^$"

# What a theme changes.
COLORS = ["color-contrast", "link-in-text-block"]
# The others look where every element is, or up at all that it is in: they
# take nine tenths of axe's time.
CHEAP = """
forms language name-role-value parsing structure tables text-alternatives
""".split()  # noqa: SIM905
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
    """How closely axe looks at a page."""

    NONE = "its structure is that of a page before it"
    CHEAP = "its kinds of elements are found on pages looked at whole"
    WHOLE = "it has kinds of elements that no other such page has"


def kinds(html: str) -> set[tuple[str, str]]:
    """The elements of a page: tag and class of what has one, and widgets.

    Words of code and parts of formulas are spans, and are not counted.
    """
    html = re.sub(r"(?s)<(svg|math)\b.*?</\1>", "", html)
    found = re.findall(r'<(?!span\b)([a-z][\w-]*)[^>]*? class="([^"]+)', html)
    widgets = re.findall(r"<([a-z]\w*-[\w-]*)()", html)
    classes = {(tag, word) for tag, words in found for word in words.split()}
    return classes | set(widgets)


def skeleton(html: str) -> str:
    """Tags, classes and the names of attributes, without any text."""
    tags = "".join(re.findall(r"<[^>]+>", html))
    return re.sub(r'(?<! class)="[^"]*"', "", tags)


def plan(pages: dict[str, str]) -> dict[str, Care]:
    """How closely axe has to look at each page, by its HTML.

    Whole at a few short pages that have every kind of element between them;
    with its cheap rules at the others, but once at pages of one structure.
    """
    missing = {path: kinds(html) for path, html in pages.items()}
    cares = {}
    while any(missing.values()):
        path = max(missing, key=lambda p: len(missing[p]) / len(pages[p]))
        seen = missing.pop(path)
        missing = {other: left - seen for other, left in missing.items()}
        cares[path] = Care.WHOLE
    known = {skeleton(pages[path]) for path in cares}
    for path in missing:
        bones = skeleton(pages[path])
        cares[path] = Care.NONE if bones in known else Care.CHEAP
        known.add(bones)
    return cares


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

        A page with kinds of its own is loaded for both. The others are loaded
        by day, and then darkened and narrowed.
        """
        self.page.goto("about:blank")  # or the last page would be lit up
        self.heard.clear()
        found = []
        for view in (DAY, NIGHT):
            show(self.page, view)
            if view == DAY or care is Care.WHOLE:
                self.page.goto(self.base + path, wait_until="load")
            wrong = self._look(path, view, care)
            found += [f"{path or '/'} ({view}): {text}" for text in wrong]
        return found

    def _look(self, path: str, view: View, care: Care) -> list[str]:
        self.page.evaluate(SETTLED)
        wrong = self._too_heavy(path) if view == DAY else []
        self.page.evaluate(OPEN_FOLDS)
        wrong += self.page.evaluate(FAULTS, FIGURE)
        options = _axe_options(path, view, care)
        if options is not None:
            wrong += self._axe(options)
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


def _axe_options(path: str, view: View, care: Care) -> dict | None:
    """What axe is asked: everything once, of a second theme its colors."""
    off = WORKBOOK_BREAKS if _is_workbook(path) else []
    options = {
        "rules": {rule: {"enabled": False} for rule in off},
        "resultTypes": ["violations"],
    }
    if care is Care.WHOLE and view == NIGHT:
        return {"runOnly": [rule for rule in COLORS if rule not in off]}
    if care is Care.CHEAP and view == DAY:
        return options | {"runOnly": [f"cat.{name}" for name in CHEAP]}
    return options if care is Care.WHOLE else None
