"""Each fault that a page can have is found, on pages with that fault alone."""

import random

import pytest

from press.run.doctor import find_browser
from tests.browsing import blank_page, served
from tests.page_checks import CHAPTER, DAY, NIGHT, Care, Inspector, plan, slips

pytestmark = pytest.mark.skipif(
    find_browser() is None,
    reason="no Chromium or Chrome: apt-get install chromium",
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
</head>
<body><main><h1>A page</h1><article>{body}</article></main></body>
</html>
"""
NOISE = random.Random(0).randbytes(CHAPTER * 1024).hex()
SHY = "@media (prefers-color-scheme: dark) { p { background: #555 } }"

# A page, how closely axe looks at it, what is said, in which views.
FAULTS = {
    "an error": (
        "<script>null.x</script>",
        Care.PLAIN,
        "reading 'x')",
        [NIGHT],
    ),
    "an error in the console": (
        "<script>console.error('oh')</script>",
        Care.PLAIN,
        "console: oh",
        [NIGHT],
    ),
    "an error when the theme changes": (
        "<script>matchMedia('(prefers-color-scheme: dark)')"
        ".onchange = () => null.x</script>",
        Care.WHOLE,
        "reading 'x')",
        [NIGHT],
    ),
    "another origin": (
        "<img src='http://127.0.0.1:9/x.png' alt='x'>",
        Care.PLAIN,
        "another origin: http://127.0.0.1:9/x.png",
        [NIGHT],
    ),
    "a missing file": (
        "<img src='none.png' alt='x'>",
        Care.PLAIN,
        "none.png",
        [NIGHT],
    ),
    "too heavy": (
        f"<!-- {NOISE} -->",
        Care.PLAIN,
        f" KB, at most {CHAPTER}",
        [NIGHT],
    ),
    "too wide": (
        "<div class='wide' style='width: 2000px'>x</div>",
        Care.PLAIN,
        " pixels, div.wide x",
        [NIGHT],
    ),
    "too wide for a phone": (
        "<div class='wide' style='width: 500px'>x</div>",
        Care.PLAIN,
        " pixels, div.wide x",
        [NIGHT],
    ),
    "code that is cut off": (
        "<div style='overflow: hidden'>"
        "<pre style='margin-left: -9px'>x = 1</pre></div>",
        Care.PLAIN,
        "code is cut off on the left: pre x = 1",
        [NIGHT],
    ),
    "a raw formula": (
        "<p>$$x$$</p>",
        Care.PLAIN,
        "a formula is not rendered: p $$x$$",
        [NIGHT],
    ),
    "a button on code": (
        "<pre style='position: relative'><nav class='md-code__nav' "
        "style='position: absolute; top: 0'>x</nav><code>x = 1</code></pre>",
        Care.PLAIN,
        "a button hides code: nav.md-code__nav x",
        [NIGHT],
    ),
    "a comma apart": (
        "<p><span class='arithmatex'><b class='katex-base'>x</b></span>, y",
        Care.PLAIN,
        "comma of a formula: span.arithmatex x",
        [NIGHT],
    ),
    "a small figure": (
        "<img class='figure' width='900' style='width: 100%' src='x.svg'>",
        Care.PLAIN,
        "the words of a figure are too small: img.figure x.svg",
        [NIGHT],
    ),
    "a button without a name": (
        "<button></button>",
        Care.WHOLE,
        "button-name: button",
        [DAY],
    ),
    "pale words": (
        "<p style='color: #bbb'>Pale",
        Care.WHOLE,
        "color-contrast: p",
        [DAY, NIGHT],
    ),
    "words that are pale in the dark": (
        f"<style>{SHY}</style><p>Pale",
        Care.WHOLE,
        "color-contrast: p",
        [NIGHT],
    ),
}
SVG = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 1'></svg>"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "x.svg").write_text(SVG)
    for name, (body, *_) in {**FAULTS, "fine": ("<p>Fine",)}.items():
        (folder / f"{name}.html").write_text(PAGE.format(body=body))
    return folder


@pytest.fixture(scope="module")
def inspector(browser, site):
    with served(site) as base, blank_page(browser) as page:
        yield Inspector(page, base)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_where_it_shows(inspector, name):
    _, care, words, views = FAULTS[name]
    found = inspector.faults(f"{name}.html", care)
    for view in (DAY, NIGHT):
        said = [f for f in found if f"({view})" in f and f.endswith(words)]
        assert bool(said) == (view in views), found


def test_a_page_without_fault_has_none(inspector):
    assert inspector.faults("fine.html", Care.WHOLE) == []


def test_a_page_is_looked_at_whole_for_the_kinds_that_only_it_has():
    pages = {
        "a": '<p class="x">One</p>',
        "b": '<p class="x y" title="One">Two</p><b class="z"></b>',
        "c": '<p class="x y" title="Two">Three</p><b class="z"></b>',
        "d": '<p class="x">Four</p><span class="nothing"></span>',
        "e": '<p class="x">Five</p><x-widget></x-widget>',
    }
    assert plan(pages) == {
        "a": Care.PLAIN,
        "b": Care.WHOLE,
        "c": Care.PLAIN,
        "d": Care.PLAIN,
        "e": Care.WHOLE,
    }


SLIPS = {
    '<p id="x">A</p><b class="y" id="x">B</b>': "two have the id x",
    "<h2>A</h2><h3>B</h3><h2>C</h2><h4>D</h4>": "an h4 follows an h2",
    '<img src="x.png">': 'no alternative text: <img src="x.png">',
    '<a href="x"><span class="y"> </span></a>': 'no name: <a href="x">',
    "<summary></summary>": "no name: <summary>",
}


@pytest.mark.parametrize("html", SLIPS)
def test_a_slip_is_found_without_a_browser(html):
    assert slips(html) == [SLIPS[html]]


def test_what_has_a_name_is_no_slip():
    named = '<a title="x"></a><a><img alt="x"></a><button>x</button>'
    assert slips(f"{named}<h1>x</h1><h2>x</h2><h3>x</h3><h2>x</h2>") == []
