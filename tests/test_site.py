"""The site: rendered as far as it changed, whole or not at all."""

import json
import re
import shutil
from pathlib import Path

import pytest

from press.problems import Refused
from press.site import build as room
from press.site.build import STAMP, build_site
from press.site.preview import Preview
from press.weave.weave import weave
from press.write.tangle import Course
from press.write.transaction import locked
from tests.running import chapter, tangled, write

CHAPTERS = {
    "1-first/01-alpha": chapter(
        "Prose with $x^2$, a [link](../2-second/01-beta.md#a-section).",
        "Prose:\n\n$$\na < b\n$$",
        "print(1)",
        "- [x] A task.",
        "## The `code` of $x$",
        title="Alpha",
    ),
    "2-second/01-beta": chapter("## A section", "Prose.", title="Beta"),
    "2-second/02-gamma": chapter("Prose of gamma.", title="Gamma"),
}


def build(folder: Path) -> Course:
    """Tangle, weave and render, without running anything."""
    course = tangled(folder)
    with locked(course.build):
        weave(course)
        build_site(course)
    return course


def files(folder: Path) -> dict[str, bytes]:
    """The site, but for what has the date in it."""
    site = folder / "build" / "site"
    found = {p.relative_to(site): p for p in site.rglob("*") if p.is_file()}
    return {
        str(name): path.read_bytes()
        for name, path in found.items()
        if not name.name.startswith("sitemap")
    }


def page(folder: Path, name: str) -> str:
    path = folder / "build" / "site" / name / "index.html"
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A course with its site; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("site")
    write(folder, CHAPTERS)
    build(folder)
    return folder


@pytest.fixture
def folder(built, tmp_path) -> Path:
    """A copy of it."""
    shutil.copytree(built, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def rendered(monkeypatch) -> list[bool]:
    """Whether each call of MkDocs was to render a part of the site only."""
    import press.site.render as mkdocs

    calls, real = [], mkdocs.render

    def noted(out: Path, site: Path, nav: list, part: bool) -> str:
        calls.append(part)
        return real(out, site, nav, part)

    monkeypatch.setattr(mkdocs, "render", noted)
    return calls


# What is on it ------------------------------------------------------------


def test_formulas_are_rendered_and_keep_their_comma(built):
    text = page(built, "first/alpha")
    assert text.count('class="katex"') == 3
    assert re.search(r'class="glued">.*</span>,</span> a <a', text)
    assert "annotation" not in text
    assert "assets/katex/katex.css" in text


SETTINGS = {
    "SITE_URL": "https://example.org/course/",
    "REPO_URL": "https://example.org/code/",
}


def test_addresses_come_from_the_settings(folder, monkeypatch):
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    build(folder)
    text = page(folder, "first/alpha")
    at = "https://example.org/course/first/alpha/"
    assert f'<link rel="canonical" href="{at}">' in text
    assert f'<meta property="og:url" content="{at}">' in text
    code = "https://example.org/code"
    assert f'href="{code}/edit/main/' in text
    assert f'href="{code}/issues/new?title=Alpha%3A%20"' in text
    site = folder / "build" / "site"
    assert f"<loc>{at}</loc>" in (site / "sitemap.xml").read_text("utf-8")
    missing = (site / "404.html").read_text("utf-8")
    assert 'href="/course/assets/site.css"' in missing


def test_without_settings_no_address_is_invented(built):
    text = page(built, "first/alpha")
    assert not re.findall(
        'canonical|og:|/edit/|/issues/|class="md-source', text
    )
    assert not (built / "build/site/sitemap.xml").exists()
    missing = (built / "build/site/404.html").read_text("utf-8")
    assert 'href="./assets/site.css"' in missing


def test_the_front_page_has_its_title_once(built):
    [title] = re.findall("<title>(.*)</title>", page(built, ""))
    assert title == "Transformers by Hand"


def test_code_and_what_it_printed_are_not_searched(built):
    path = built / "build" / "site" / "search" / "search_index.json"
    docs = json.loads(path.read_text("utf-8"))["docs"]
    assert "Prose with" in str(docs)
    assert "print(" not in str(docs)


def test_views_of_notebooks_ask_no_other_origin_and_are_not_searched(built):
    text = page(built, "notebooks/first/alpha")
    sources = re.findall(
        r'<(?:script|link|img)[^>]* (?:src|href)="(.*?)"', text
    )
    assert "../../../assets/notebook.js" in sources
    assert [s for s in sources if s.startswith(("http", "//"))] == []
    assert 'href="../../../first/alpha.ipynb" download' in text
    index = built / "build" / "site" / "search" / "search_index.json"
    assert "notebooks/" not in index.read_text("utf-8")


def test_the_contents_of_a_view_lead_to_its_sections(built):
    text = page(built, "notebooks/first/alpha")
    anchors = set(re.findall(r'<h\d id="([^"]*)"', text))
    contents = set(re.findall(r'href="#([^"]*)" class="md-nav__link"', text))
    assert contents <= anchors
    assert any("code" in anchor for anchor in contents)


def test_fonts_and_styles_are_beside_each_other(built):
    katex = built / "build" / "site" / "assets" / "katex"
    css = (katex / "katex.css").read_text("utf-8")
    fonts = set(re.findall(r"url\(([^)]*)\)", css))
    assert fonts == {path.name for path in katex.glob("*.woff2")}


# What is done again -------------------------------------------------------


def test_an_unchanged_site_is_not_touched(folder, rendered):
    before = {p: p.stat().st_ino for p in (folder / "build/site").rglob("*")}
    build(folder)
    after = {p: p.stat().st_ino for p in (folder / "build/site").rglob("*")}
    assert (rendered, after) == ([], before)


def test_an_edit_gives_the_site_that_a_whole_build_gives(folder, rendered):
    text = CHAPTERS["2-second/01-beta"] + "\n## New\n\nMore prose.\n"
    write(folder, {"2-second/01-beta": text})
    build(folder)
    part = files(folder)
    shutil.rmtree(folder / "build" / "site")
    build(folder)
    assert rendered == [True, False]
    assert files(folder) == part
    assert b"More prose." in part["second/beta/index.html"]
    assert b"More prose." in part["search/search_index.json"]


def test_a_new_title_is_on_every_page(folder, rendered):
    write(folder, {"2-second/02-gamma": chapter("Prose.", title="Delta")})
    build(folder)
    assert rendered == [False]
    assert "Delta" in page(folder, "second/beta")


def test_a_chapter_that_goes_leaves_the_site(folder):
    (folder / "chapters" / "2-second" / "02-gamma.md").unlink()
    build(folder)
    assert not (folder / "build" / "site" / "second" / "gamma").exists()
    assert "Gamma" not in page(folder, "second/beta")


def test_a_static_file_that_is_gone_leaves_the_site(folder, rendered):
    site = folder / "build" / "site"
    (site / "assets" / "old.css").write_text("x")
    values = json.loads((site / STAMP).read_text("utf-8"))
    values["files"]["assets/old.css"] = "1"
    (site / STAMP).write_text(json.dumps(values))
    build(folder)
    assert rendered == [True]
    assert not (site / "assets" / "old.css").exists()


def test_the_preview_begins_with_the_site_that_is_there(folder, rendered):
    preview = Preview(folder / "chapters", folder / "build")
    preview.start()
    preview.update()
    preview.stop()
    assert rendered == []
    write(folder, {"2-second/02-gamma": chapter("Prose, new.", title="Gamma")})
    preview.update()
    preview.stop()
    assert rendered == [True]


# What goes wrong ----------------------------------------------------------


def broken(folder: Path) -> Course:
    """A woven page with a dead link, as no chapter can have one."""
    course = tangled(folder)
    path = folder / "build" / "docs" / "second" / "beta.md"
    text = path.read_text("utf-8") + "\n[dead](nowhere.md)\n"
    path.write_text(text, "utf-8")
    return course


def test_a_failed_build_leaves_the_good_site_alone(folder, monkeypatch):
    before = files(folder)
    course = broken(folder)
    monkeypatch.setattr(room, "press_hash", lambda: "another press")
    with locked(course.build), pytest.raises(Refused) as error:
        build_site(course)
    assert "2-second/01-beta.md contains a link 'nowhere.md'" in str(
        error.value
    )
    assert str(folder / "build") not in str(error.value)
    assert files(folder) == before


def test_without_strictness_the_site_is_made_all_the_same(folder, monkeypatch):
    course = broken(folder)
    monkeypatch.setattr(room, "press_hash", lambda: "another press")
    with locked(course.build):
        build_site(course, strict=False)
    assert "dead" in page(folder, "second/beta")


@pytest.mark.parametrize("text", ["", "no JSON", '{"files": {}}'])
def test_a_broken_stamp_costs_only_time(folder, rendered, text):
    (folder / "build" / "site" / STAMP).write_text(text)
    before = files(folder)
    build(folder)
    assert rendered == [False]
    assert files(folder).keys() == before.keys()
