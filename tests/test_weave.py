"""The pages: what of a chapter is where on it, and what is in build/docs."""

import json
import re
from pathlib import Path

import pytest
import yaml

from press.problems import BadInput, Refused
from press.run.cache import Result, keep
from press.run.keys import execution_keys
from press.site.build import navigation
from press.weave import weave as room
from press.weave.cards import plain, reading_minutes, run_time
from press.weave.outputs import STALE
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
        "[Workbook](../workbooks/first/alpha.ipynb)"
        '{ download="alpha-workbook.ipynb" }',
    ]


def test_code_is_followed_by_its_output(page):
    code, fence = "```python\nprint(half(3))\nprint('```')\n```", "````"
    assert code.replace("```python", "````python")[:-3] in page
    after = page.partition("print('```')\n````")[2]
    assert after.lstrip().startswith('<div class="output" ')
    assert f" markdown>\n\n{fence}text\n1.5\n```\n{fence}" in after


def test_a_figure_is_shown_with_its_alt_text(woven, page):
    [(alt, path)] = re.findall(r"!\[(.*)\]\(\.\./(.*)\){ .figure .*}", page)
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


def test_a_wrong_formula_is_bad_input_with_line_and_column(folder):
    text = chapter("Prose.", "Prose $x$ and $\\frac{1}$.")
    write(folder, {"1-first/01-alpha": text})
    done = command(folder, "weave")
    place = "chapters/1-first/01-alpha.md:9:15: KaTeX: "
    assert (done.code, done.err[: len(place)]) == (2, place)
    assert done.err.endswith(" (mend the formula)\n")


def result_of(folder: Path, module: str, cells: list) -> None:
    """Store what a chapter is to have put out, without running it."""
    course = tangled(folder)
    key = execution_keys(course)[module]
    with locked(course.build):
        saved, result = scratch(course.build), Result(key, cells, 1, 1, 1)
        keep(course, course.chapters[module][0], result, saved)


def test_a_figure_without_alt_text_is_bad_input(folder):
    write(folder, {"1-first/01-alpha": chapter("Prose.", "dot")})
    data = {"image/png": "aaaa"}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    result_of(folder, "byhand.first.alpha", [["dot", [output]]])
    with pytest.raises(BadInput, match=r"md:10:1: a figure without alt text"):
        weave(tangled(folder))
    assert not (folder / "build" / "docs").exists()


def test_all_problems_are_said_at_once(folder):
    text = chapter("Prose $\\x$ $\\y$.")
    write(folder, {"1-first/01-alpha": text, "2-second/03-new": text})
    write(folder, {"2-second/01-beta": chapter("Prose.")})
    assert command(folder, "weave").err.count("KaTeX: ") == 4


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
        "first/alpha.ipynb",
        "second/index.md",
        "second/beta.md",
        "second/beta.py",
        "second/beta.ipynb",
        "second/gamma.md",
        "second/gamma.py",
        "second/gamma.ipynb",
        "notebooks/first/alpha.ipynb",
        "notebooks/second/beta.ipynb",
        "notebooks/second/gamma.ipynb",
        "workbooks/first/alpha.ipynb",
    }


def test_a_second_weave_changes_nothing(woven):
    assert weave(tangled(woven)) == ([], [])


def test_an_edit_by_hand_in_docs_is_kept_and_refused(folder):
    command(folder, "weave")
    page = folder / "build" / "docs" / "second" / "beta.md"
    page.write_text("Mine.\n", "utf-8")
    done = command(folder, "weave")
    assert done.code == 1
    assert "docs/second/beta.md: edited by hand" in done.err
    assert page.read_text("utf-8") == "Mine.\n"
    assert command(folder, "weave", "--force").code == 0
    assert page.read_text("utf-8") != "Mine.\n"


def test_only_pages_whose_inputs_changed_are_read(folder, monkeypatch):
    command(folder, "weave")
    beta = CHAPTERS["2-second/01-beta"]
    write(folder, {"2-second/01-beta": beta.replace("Prose", "Prose, more")})
    course, read, real = tangled(folder), [], room.read_chapter

    def noted(source, text):
        read.append(source.name)
        return real(source, text)

    monkeypatch.setattr(room, "read_chapter", noted)
    changed, _ = weave(course)
    assert read == ["second/beta"]
    assert "docs/second/beta.md" in changed
    assert weave(course) == ([], [])


def test_a_new_title_changes_the_cards_that_show_it(folder):
    command(folder, "weave")
    write(folder, {"2-second/02-gamma": chapter("Prose.", title="Renamed")})
    command(folder, "weave")
    part = (folder / "build/docs/second/index.md").read_text("utf-8")
    assert "[**Renamed**](gamma.md)" in part


@pytest.mark.parametrize("text", ["", "[1]", "no JSON"])
def test_a_lost_memory_of_the_last_weave_costs_only_time(folder, text):
    command(folder, "weave")
    (folder / "build" / "cache" / "woven.json").write_text(text)
    (folder / "build" / "docs" / "index.md").unlink()
    assert weave(tangled(folder)) == (["docs/index.md"], [])


def test_a_chapter_that_goes_takes_its_files_with_it(folder):
    command(folder, "weave")
    (folder / "chapters" / "2-second" / "02-gamma.md").unlink()
    assert command(folder, "weave").code == 0
    assert not list((folder / "build" / "docs").rglob("gamma*"))


def test_formulas_are_kept_in_the_build_folder_in_use(folder):
    command(folder, "weave", "--build", "elsewhere")
    stored = (folder / "elsewhere" / "cache" / "katex.json").read_text("utf-8")
    assert "katex-html" in stored
    assert not (folder / "build").exists()


def test_the_companions_are_module_and_executed_notebook(woven):
    docs, build = woven / "build/docs", woven / "build"
    module = (build / "byhand/first/alpha.py").read_text("utf-8")
    download = (docs / "first/alpha.py").read_text("utf-8")
    check = re.search(r"(?s)# %% what it needs\n.*?\n\n(?=# %%)", download)
    assert download.replace(check[0], "") == module
    cells = json.loads((docs / "notebooks/second/beta.ipynb").read_text())
    [code] = [c for c in cells["cells"] if c["cell_type"] == "code"]
    assert code["outputs"][0]["data"] == {"text/plain": "2"}


def test_a_view_links_to_pages_and_a_download_to_notebooks(woven):
    docs = woven / "build" / "docs"
    view = (docs / "notebooks/first/alpha.ipynb").read_text("utf-8")
    download = (docs / "first/alpha.ipynb").read_text("utf-8")
    assert "[beta](../../../second/beta/#a-section)." in view
    assert "[beta](../second/beta.ipynb#a-section)." in download


def test_a_prose_edit_keeps_the_outputs_on_the_page_without_a_run(
    woven,
):
    old = CHAPTERS["2-second/01-beta"]
    write(woven, {"2-second/01-beta": old.replace("Prose", "More prose")})
    done = command(woven, "weave")
    page = (woven / "build/docs/second/beta.md").read_text("utf-8")
    write(woven, {"2-second/01-beta": old})
    command(woven, "weave")
    assert done.out.endswith("4 files changed in build/docs\n")
    assert "More prose" in page
    assert "```text\n2\n```" in page


def with_new_code(woven: Path, earlier: bool) -> str:
    """The page of beta after an edit of its code that was not run."""
    old = CHAPTERS["2-second/01-beta"]
    write(woven, {"2-second/01-beta": old.replace("1 + 1", "1 + 2")})
    weave(tangled(woven), earlier=earlier)
    page = (woven / "build/docs/second/beta.md").read_text("utf-8")
    write(woven, {"2-second/01-beta": old})
    command(woven, "weave")
    assert "1 + 2" in page
    return page


def test_changed_code_is_not_shown_with_its_old_output(woven):
    assert 'class="output' not in with_new_code(woven, earlier=False)


def test_a_preview_shows_the_old_output_and_says_so(woven):
    page = with_new_code(woven, earlier=True)
    start = page.index('<div class="output stale"')
    assert STALE in page[start:]
    assert "```text\n2\n```" in page[start:]


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
        {
            "First": [
                {"First": "first/index.md"},
                {"The alpha chapter": "first/alpha.md"},
            ]
        },
        {
            "The second part": [
                {"The second part": "second/index.md"},
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


def test_titles_and_times_are_said_simply():
    assert plain("The `alpha` of $x$ *now*") == "The alpha of x now"
    seconds = (0.1, 1.4, 99.4, 99.5, 240)
    said = [run_time(Result("", [], s, None, None)) for s in seconds]
    assert said == ["1 s", "1 s", "99 s", "2 min", "4 min"]


def test_tests_and_solutions_take_no_reading_time():
    words, code = "word " * 390 + "\n\n", "print(1)\n" * 60
    test = "def test_f():\n    assert f() == 1\n" + "    f()\n" * 300
    text = HEAD + words + fence(code.rstrip()) + fence(test.rstrip())
    chapter, problems = read(text)
    assert problems == []
    assert reading_minutes(chapter) == 4
