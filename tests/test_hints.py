"""The page tells what proves a number: to the mouse, the keys, nobody else."""

import html
import re

import markdown
import pytest

from press.run.doctor import find_browser
from press.weave.hints import hints
from press.weave.prose import Weaver
from tests.browsing import SITE, blank_page, served
from tests.courses import HEAD, fence, read
from tests.test_numbers import printing

PAGE = SITE / "gradients" / "positions" / "index.html"
CODE = "import math\n\n\ndef half(x):\n    return x / 2\n\n\nprint(half(3))"
SPAN = re.compile(r'<span class="proof" data-proof="([^"]*)">([^<]*)</span>')


def said(prose: str, printed: str = "", code: str = CODE) -> dict[str, str]:
    """Of each number of a woven chapter with a hint, what it says."""
    chapter, problems = read(HEAD + fence(code) + prose + "\n")
    assert problems == []
    proven = hints(chapter, printing(printed))
    lines = chapter.document.lines
    text = Weaver(chapter.document, str, proven).text(0, len(lines))
    page = markdown.markdown(text, extensions=["md_in_html", "footnotes"])
    assert page.count('class="proof"') == len(SPAN.findall(page))
    return {html.unescape(b): html.unescape(a) for a, b in SPAN.findall(page)}


def test_a_printed_number_names_the_statement_that_prints_it():
    assert said("It is 1.83.", "1.8324") == {
        "1.83": "printed by: print(half(3))"
    }


def test_a_tested_number_names_the_test():
    code = "def test_the_loss_is_small():\n    assert 1.8324 < 2"
    assert said("*It* is **1.83**.", code=code) == {
        "1.83": "tested: the loss is small"
    }


def test_a_constant_is_shown_whatever_signs_are_in_it():
    code = 'SIZES = {"`a_b_c`": [444], "<b>": "*&*"}'
    assert said("It is 444.", code=code) == {"444": f"in the code: {code}"}


def test_a_sum_is_said_to_be_computed():
    text = "computed again from the sum in the text"
    assert said("So 2 · 222 = 444.")["444"] == text


@pytest.mark.parametrize(
    "prose",
    [
        "Nothing proves 1.99.",
        "Not in $x = 1.83$, where it is a formula.",
        "## Quiz\n\n### How much?\n\n- [x] 1.83\n\n  Yes: 1.83.",
        "A source is 1.83[^1].\n\n[^1]: Said there.",
    ],
)
def test_there_is_no_hint(prose):
    assert said(prose, "1.8324") == {}


def test_the_recap_has_hints_the_quiz_has_none():
    quiz = "## Quiz\n\n### How much?\n\n- [x] 1.83\n\n  1.99.\n\n"
    text = said(f"{quiz}## Recap\n\n- So it is 2.22.", "1.83 1.99 2.22")
    assert list(text) == ["2.22"]


needs_site = pytest.mark.skipif(
    find_browser() is None or not PAGE.exists(),
    reason="no Chromium or Chrome, or no site: python tangle.py site",
)


@pytest.fixture(scope="module")
def page(browser):
    with served(SITE) as address, blank_page(browser) as page:
        page.goto(address + "gradients/positions/")
        yield page


def drawn(page, proof) -> str:
    """The words beside a number; `none` where they are not shown."""
    script = "e => getComputedStyle(e, '::after').content"
    return proof.evaluate(script)


@needs_site
def test_pointing_at_a_number_shows_its_proof_inside_the_page(page):
    proof = page.locator(".proof").nth(2)
    assert drawn(page, proof) == "none"
    proof.hover()
    assert proof.get_attribute("data-proof") in drawn(page, proof)
    page.mouse.move(0, 0)
    assert drawn(page, proof) == "none"
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(f"{width} <= window.innerWidth")


@needs_site
def test_all_numbers_are_one_stop_and_the_arrows_lead_on(page):
    proofs = page.locator(".proof")
    stops = "all => all.filter(e => e.tabIndex === 0).length"
    assert proofs.evaluate_all(stops) == 1
    proofs.first.focus()
    page.keyboard.press("ArrowRight")
    second = proofs.nth(1)
    assert second.evaluate("e => e === document.activeElement")
    assert second.get_attribute("data-proof") in drawn(page, second)
    assert second.get_attribute("aria-description")
    assert proofs.evaluate_all(stops) == 1
    page.keyboard.press("ArrowLeft")
    third = proofs.nth(2)
    second.evaluate("e => { e.hidden = true }")
    page.keyboard.press("ArrowRight")
    assert third.evaluate("e => e === document.activeElement")
    second.evaluate("e => { e.hidden = false }")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert (
        second.evaluate("e => getComputedStyle(e, '::after').display")
        == "none"
    )


@needs_site
def test_proofs_are_not_read_aloud_unasked(page):
    page.evaluate("document.activeElement.blur()")
    text = page.locator("article").aria_snapshot()
    assert "printed by" not in text
