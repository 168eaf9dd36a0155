"""The pages: what of a chapter is where on it, and what is in build/docs."""

import json
import re
from pathlib import Path

import pytest
import yaml

from press.problems import BadInput, Refused
from press.run.cache import Result, keep
from press.run.keys import execution_keys
from press.site.build import mkdocs_config, navigation
from press.weave.cards import plain, reading_minutes, spoken
from press.weave.weave import weave
from press.write.transaction import locked, scratch
from tests.courses import HEAD, command, fence, read
from tests.running import chapter, states, tangled, write

FIGURE = """\
from byhand import show


class Dot:
    def _repr_svg_(self) -> str:
        return '<svg xmlns="http://www.w3.org/2000/svg"></svg>'


show(Dot(), "A dot.")"""
FENCE = "```python tags={}\n{}\n```"


def tagged(tag: str, code: str) -> str:
    return FENCE.format(json.dumps([tag]), code)


CHAPTERS = {
    "1-first/01-alpha": chapter(
        "Prose with a link to [beta](../2-second/01-beta.md#a-section).",
        "def half(x: float) -> float:\n    return x / 2",
        tagged("no-run", "import not_there"),
        "print(half(3))\nprint('```')",
        FIGURE,
        tagged("hide-input", "print('hidden code')"),
        tagged("hide-output", "print('hidden output')"),
        "> [!TIP]\n> **In plain words**\n>\n> Halves.",
        "Prose $x^2$ in a line.",
        "def test_half_of_two():\n    assert half(2) == 1",
        "def test_many():\n" + "    assert half(2) == 1\n" * 20,
        "## Exercises",
        "### ● Double it",
        tagged("exercise", "def double(x: float) -> float:\n    ..."),
        "def test_double():\n    assert double(2) == 4",
        tagged("solution", "def double(x: float) -> float:\n    return 2 * x"),
        "import pytest\n\n\n@pytest.fixture\ndef small():\n    return 1",
        "## Quiz",
        "### Why?",
        "- [x] So.\n\n  Yes.",
        title="The `alpha` chapter",
    ),
    "2-second/01-beta": chapter(
        "## A section", "Prose to [alpha](../1-first/01-alpha.md).", "1 + 1"
    ),
    "2-second/02-gamma": chapter("Prose, and [the part](README.md)."),
    "2-second/README": chapter("Prose.", title="The second part"),
}


@pytest.fixture(scope="module")
def woven(tmp_path_factory) -> Path:
    """A course that has run and is woven; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("woven")
    write(folder, CHAPTERS)
    assert set(states(folder).values()) == {"ran"}
    weave(tangled(folder))
    return folder


@pytest.fixture(scope="module")
def page(woven) -> str:
    return (woven / "build/docs/first/alpha.md").read_text("utf-8")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A course that has not run."""
    write(tmp_path, CHAPTERS)
    return tmp_path


# One page -----------------------------------------------------------------


def test_a_page_begins_with_title_summary_and_source(page):
    _, front, body = page.split("---\n", 2)
    assert yaml.safe_load(front) == {
        "title": "The alpha chapter",
        "description": "One line.",
        "source": "chapters/1-first/01-alpha.md",
    }
    assert body.startswith("\n# The `alpha` chapter\n\n<div class=")


def test_a_page_says_how_long_it_takes_and_links_its_files(page):
    [meta] = re.findall(r'<div class="chapter-meta" markdown>\n(.*)\n</', page)
    assert meta.split(" · ") == [
        "1 min to read",
        "1 s to run on one core",
        "[Notebook](../notebooks/first/alpha.ipynb)",
        '[Module](alpha.py){ download="alpha.py" }',
    ]


def test_code_is_followed_by_its_output(page):
    code, fence = "```python\nprint(half(3))\nprint('```')\n```", "````"
    assert code.replace("```python", "````python")[:-3] in page
    after = page.partition("print('```')\n````")[2]
    output = f'<div class="output" markdown>\n\n{fence}text\n1.5\n```\n{fence}'
    assert after.lstrip().startswith(output)


def test_a_figure_is_shown_with_its_alt_text(woven, page):
    [(alt, path)] = re.findall(r"!\[(.*)\]\(\.\./(.*)\){ .figure }", page)
    assert alt == "A dot."
    assert (woven / "build/docs" / path).read_text().startswith("<svg ")


def fold(page: str, kind: str, words: str) -> str:
    """The text of the fold of a class whose text has `words`."""
    pattern = rf'<details class="{kind}" markdown[^>]*>\n.*?</details>'
    [found] = [f for f in re.findall(pattern, page, re.S) if words in f]
    return found


def test_hidden_code_and_hidden_output_are_folded(page):
    code = fold(page, "code", "print('hidden code')")
    assert "<summary>Code</summary>" in code
    assert "hidden code\n```" not in code  # its output stays on the page
    output = fold(page, "output", "hidden output")
    assert "<summary>Output</summary>" in output
    assert "print" not in output


def test_a_short_test_is_open_and_says_its_claim(page):
    text = fold(page, "test", "def test_half_of_two")
    assert text.startswith('<details class="test" markdown open>')
    assert "<summary>Test: half of two</summary>" in text


def test_long_tests_are_folded(page):
    text = fold(page, "test", "def test_many")
    assert text.startswith('<details class="test" markdown>')


def test_an_exercise_shows_its_stub_and_folds_test_and_solution(page):
    stub = page.partition('<div class="exercise" markdown>')[2]
    assert stub.lstrip().startswith("```python\ndef double")
    assert " open" not in fold(page, "test", "test_double").split("\n")[0]
    solution = fold(page, "solution", "return 2 * x")
    assert "<summary>Solution</summary>" in solution
    assert solution.startswith('<details class="solution" markdown>')
    assert "markdown open" in fold(page, "test", "def small")


def test_code_that_is_not_run_is_shown_without_output(page):
    after = page.partition("import not_there\n```\n\n")[2]
    assert after.startswith("````python\nprint(half(3))")


def test_callouts_quiz_and_links_are_woven(page):
    assert "[beta](../second/beta.md#a-section)" in page
    assert '!!! plain-words "In plain words"\n\n    Halves.' in page
    assert '<summary markdown="span">So.</summary>\n\nYes.' in page


def test_the_title_is_no_comment_of_the_code(folder):
    text = chapter("Prose.").replace(
        "# Title\n", "# a\nx = 1\n```\n\n# Title\n"
    )
    text = text.replace("# a", "```python\n# a")
    write(folder, {"1-first/01-alpha": text, "2-second/01-beta": chapter("x")})
    weave(tangled(folder))
    page = (folder / "build/docs/first/alpha.md").read_text("utf-8")
    assert '# Title\n\n<div class="chapter-meta"' in page


# Problems -----------------------------------------------------------------


def problems(folder: Path, cell: str) -> str:
    """What the weave says of a chapter that ends with `cell` (line 9)."""
    text = chapter("Prose.", cell)
    write(folder, {"1-first/01-alpha": text})
    with pytest.raises(BadInput) as error:
        weave(tangled(folder))
    assert not (folder / "build" / "docs").exists()
    return str(error.value).removeprefix(f"{folder}/")


def test_a_wrong_formula_is_bad_input_with_line_and_column(folder):
    text = chapter("Prose.", "Prose $x$ and $\\frac{1}$.")
    write(folder, {"1-first/01-alpha": text})
    done = command(folder, "weave")
    place = "chapters/1-first/01-alpha.md:9:15: KaTeX: "
    assert (done.code, done.err[: len(place)]) == (2, place)
    assert done.err.endswith(" (mend the formula)\n")


def test_a_dead_link_is_bad_input(folder):
    text = problems(folder, "Prose [x](01-none.md).")
    assert text.startswith("chapters/1-first/01-alpha.md:9:11: the link")


def test_a_fault_of_the_quiz_has_its_line_behind_a_code_cell(folder):
    cells = "## Quiz\n\n### Q\n\n```python\nx\n```\n\n- [ ] No.\n\n  No."
    text = problems(folder, cells)
    assert text.startswith("chapters/1-first/01-alpha.md:17:1: a quiz quest")


def test_a_figure_without_alt_text_is_bad_input(folder):
    write(folder, {"1-first/01-alpha": chapter("Prose.", "dot")})
    course = tangled(folder)
    source = course.chapters["byhand.first.alpha"][0]
    output = {
        "output_type": "display_data",
        "data": {"image/png": "aaaa"},
        "metadata": {},
    }
    key = execution_keys(course)[source.module]
    with locked(course.build):
        saved = scratch(course.build)
        result = Result(key, [("dot", [output])], 1, 1, 1)
        keep(course, source, result, saved)
    with pytest.raises(BadInput, match=r"md:10:1: a figure without alt text"):
        weave(course)


def test_all_problems_are_said_at_once(folder):
    text = problems(
        folder, "Prose [x](a.md) [y](b.md) $\\x$\n\n## Quiz\n\n### Q"
    )
    assert len(text.splitlines()) == 4


def test_a_chapter_that_is_edited_meanwhile_is_not_woven(folder):
    course = tangled(folder)
    path = folder / "chapters" / "1-first" / "01-alpha.md"
    path.write_text(path.read_text("utf-8") + "\nMore.\n", "utf-8")
    with pytest.raises(Refused, match="01-alpha.md: edited while the course"):
        weave(course)


# All pages ----------------------------------------------------------------


def test_docs_hold_exactly_what_belongs_there(woven):
    docs = woven / "build" / "docs"
    files = {p.relative_to(docs).as_posix() for p in docs.rglob("*.*")}
    [figure] = [path for path in files if path.startswith("figures/")]
    assert files - {figure} == {
        "index.md",
        "first/index.md",
        "first/alpha.md",
        "first/alpha.py",
        "second/index.md",
        "second/beta.md",
        "second/beta.py",
        "second/gamma.md",
        "second/gamma.py",
        "notebooks/first/alpha.ipynb",
        "notebooks/second/beta.ipynb",
        "notebooks/second/gamma.ipynb",
    }


def test_a_second_weave_changes_nothing(woven):
    assert weave(tangled(woven)) == []


def test_the_companions_are_module_and_executed_notebook(woven):
    docs, build = woven / "build/docs", woven / "build"
    module = (build / "byhand/first/alpha.py").read_bytes()
    assert (docs / "first/alpha.py").read_bytes() == module
    cells = json.loads((docs / "notebooks/second/beta.ipynb").read_text())
    [code] = [c for c in cells["cells"] if c["cell_type"] == "code"]
    assert code["outputs"][0]["data"] == {"text/plain": "2"}


def test_links_in_the_notebook_of_the_site_lead_to_notebooks(woven):
    path = woven / "build/docs/notebooks/first/alpha.ipynb"
    assert "[beta](../second/beta.ipynb)." in path.read_text("utf-8")


def test_a_prose_edit_keeps_the_outputs_on_the_page_without_a_run(
    woven,
):
    old = CHAPTERS["2-second/01-beta"]
    write(woven, {"2-second/01-beta": old.replace("Prose", "More prose")})
    done = command(woven, "weave")
    page = (woven / "build/docs/second/beta.md").read_text("utf-8")
    write(woven, {"2-second/01-beta": old})
    command(woven, "weave")
    assert done.out.endswith("3 files changed in build/docs\n")
    assert "More prose" in page
    assert "```text\n2\n```" in page


def test_changed_code_is_not_shown_with_its_old_output(woven):
    old = CHAPTERS["2-second/01-beta"]
    write(woven, {"2-second/01-beta": old.replace("1 + 1", "1 + 2")})
    command(woven, "weave")
    page = (woven / "build/docs/second/beta.md").read_text("utf-8")
    write(woven, {"2-second/01-beta": old})
    command(woven, "weave")
    assert "1 + 2" in page
    assert 'class="output"' not in page


def test_front_and_part_pages_have_cards(woven):
    docs = woven / "build" / "docs"
    front = (docs / "index.md").read_text("utf-8")
    assert "# Transformers by Hand" in front
    assert re.findall(r"\[\*\*(.*)\*\*\]\((.*)\)", front) == [
        ("First", "first/index.md"),
        ("The second part", "second/index.md"),
    ]
    assert re.findall(r"Part \d · \d chapters?", front) == [
        "Part 1 · 1 chapter",
        "Part 2 · 2 chapters",
    ]
    part = (docs / "second" / "index.md").read_text("utf-8")
    assert re.findall(r"\[\*\*(.*)\*\*\]\((.*)\)", part) == [
        ("Title", "beta.md"),
        ("Title", "gamma.md"),
    ]
    assert re.findall(r"Chapter \d.*(?=<)", part) == [
        "Chapter 1 · 1 s to run",
        "Chapter 2 · 1 s to run",
    ]
    assert 'kind: "part"' in part
    assert part.count("One line.\n\n") == 2


# Navigation ---------------------------------------------------------------


def test_navigation_is_folders_and_headings_in_reading_order(folder):
    assert navigation(tangled(folder)) == [
        {"Home": "index.md"},
        {"First": ["first/index.md", {"The alpha chapter": "first/alpha.md"}]},
        {
            "The second part": [
                "second/index.md",
                {"Title": "second/beta.md"},
                {"Title": "second/gamma.md"},
            ]
        },
    ]


def test_a_new_renamed_or_moved_chapter_changes_the_navigation(folder):
    part = folder / "chapters" / "2-second"
    (part / "01-beta.md").rename(part / "07-delta.md")
    new = chapter("x", title="New")
    alpha = chapter("Prose.", title="Alpha")
    write(folder, {"2-second/01-new": new, "1-first/01-alpha": alpha})
    course = tangled(folder)
    weave(course)
    assert navigation(course)[2]["The second part"][1:] == [
        {"New": "second/new.md"},
        {"Title": "second/gamma.md"},
        {"Title": "second/delta.md"},
    ]
    pages = (folder / "build" / "docs" / "second").glob("*.md")
    names = {path.stem for path in pages}
    assert names == {"index", "new", "gamma", "delta"}


def test_mkdocs_gets_the_pages_and_the_folders(folder):
    settings = yaml.safe_load(mkdocs_config(tangled(folder)))
    assert settings["nav"] == navigation(tangled(folder))
    root = folder / "build" / settings["INHERIT"]
    assert root.resolve() == Path(__file__).parents[1] / "mkdocs.yml"
    assert (settings["docs_dir"], settings["site_dir"]) == ("docs", "site")


def test_titles_and_times_are_said_simply():
    assert plain("The `alpha` of $x$ *now*") == "The alpha of x now"
    said = [spoken(s) for s in (0.1, 1.4, 99.4, 99.5, 240)]
    assert said == ["1 s", "1 s", "99 s", "2 min", "4 min"]


def test_tests_and_solutions_take_no_reading_time():
    words, code = "word " * 390 + "\n\n", "print(1)\n" * 60
    test = "def test_f():\n    assert f() == 1\n" + "    f()\n" * 300
    text = HEAD + words + fence(code.rstrip()) + fence(test.rstrip())
    chapter, problems = read(text)
    assert problems == []
    assert reading_minutes(chapter) == 4
