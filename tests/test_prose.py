"""Callouts, lists, the quiz and links: from GitHub's Markdown to Material's.

The tests that render do it with the extensions of mkdocs.yml.
"""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import Markdown
from mkdocs.config import load_config

from press.read.document import read_document
from press.read.markdown import parser
from press.read.tree import Source
from press.weave.links import linker, notebook_link, page_link
from press.weave.prose import Weaver, edited

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def render(tmp_path_factory):
    """Woven prose to the HTML of the site, formulas left as they are."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "docs").mkdir()
    folders = {"docs_dir": str(folder / "docs"), "site_dir": str(folder / "s")}
    config = load_config(
        str(ROOT / "mkdocs.yml"), plugins=[], theme="mkdocs", **folders
    )
    names = config.markdown_extensions

    page = Markdown(extensions=names, extension_configs=config.mdx_configs)

    def convert(text: str) -> BeautifulSoup:
        return BeautifulSoup(page.reset().convert(text), "html.parser")

    return convert


def material(text: str, target=lambda link: None) -> str:
    """The whole of a text, woven."""
    document = read_document("a.md", text)
    return Weaver(document, target).text(0, len(document.lines))


# Callouts -----------------------------------------------------------------

KINDS = ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_is_a_callout_of_its_kind(kind):
    woven = material(f"before\n\n> [!{kind}]\n> One\n> two.\n>\n> Three.\n")
    assert woven == (
        f'before\n\n!!! {kind.lower()} "{kind.capitalize()}"\n\n'
        "    One\n    two.\n\n    Three.\n"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_is_rendered_as_a_box(render, kind):
    page = render(material(f"text\n> [!{kind}]\n> Words.\n\nafter"))
    assert page.select_one(f"div.admonition.{kind.lower()} > p + p").string
    assert page.find_all("p")[-1].parent.name == "[document]"


def test_a_bold_first_line_is_the_title():
    woven = material('> [!NOTE]\n> **Why "x"?**\n> Because.')
    assert woven == "!!! note \"Why 'x'?\"\n\n    Because."


def test_bold_words_that_begin_a_sentence_are_no_title():
    woven = material("> [!NOTE]\n> **Why** it is so.")
    assert woven == '!!! note "Note"\n\n    **Why** it is so.'


@pytest.mark.parametrize("title", ["In plain words", "In plain words."])
def test_in_plain_words_is_a_kind_of_its_own(title):
    woven = material(f"> [!TIP]\n> **{title}**\n>\n> A shelf.")
    assert woven == '!!! plain-words "In plain words"\n\n    A shelf.'


@pytest.mark.parametrize(
    "text",
    [
        "> A quote.\n>\n> [!NOTE]",
        "> [!NOTE] with words behind it",
        "> [!OTHER]\n> Words.",
        "```text\n> [!NOTE]\n> Words.\n```",
        "- a\n\n    ```text\n    > [!NOTE]\n    ```",
        "    > [!NOTE]",
        "`> [!NOTE]`",
    ],
)
def test_what_is_no_alert_stays(text):
    assert material(text) == text


RICH = """\
> [!WARNING]
> Before
> - one
>   - deep
> - two
>
> ```text
> > [!NOTE]
>     code
> ```
>
> | a | b |
> |---|---|
> | 1 | 2 |
>
> > [!TIP]
> > Inner.
"""


def test_a_callout_holds_lists_code_tables_and_callouts(render):
    box = render(material(RICH)).select_one("div.admonition.warning")
    assert [li.contents[0].strip() for li in box.find_all("li")] == [
        "one",
        "deep",
        "two",
    ]
    assert box.select_one("li li")
    assert box.find("code").text == "> [!NOTE]\n    code\n"
    assert [cell.text for cell in box.find_all("td")] == ["1", "2"]
    assert box.select_one("div.admonition.tip > p + p").text == "Inner."


LIST = """\
Text
1. one
   goes on

   > [!NOTE]
   > Inside.

   ```text
   code
   ```

2. two
   * deep

     second paragraph
10. other
- > [!TIP]
  > At once.
"""


def test_a_list_holds_paragraphs_code_and_callouts(render):
    page = render(material(LIST))
    one, two, _ = page.find("ol").find_all("li", recursive=False)
    assert one.select_one("div.admonition.note > p + p").text == "Inside."
    assert one.find("code").text == "code\n"
    paragraphs = two.select(":scope li p")
    assert [p.text for p in paragraphs] == ["deep", "second paragraph"]
    assert page.select_one("li > div.admonition.tip")


def test_a_tight_list_stays_tight(render):
    page = render(material("Text\n- one\n  goes on\n  - deep\n- two\nlazy"))
    assert page.select("li p") == []
    assert len(page.select("li")) == 3
    assert "lazy" in page.select("li")[-1].text


def test_a_list_with_brackets_is_a_list(render):
    page = render(material("1) one\n2) two"))
    assert [li.text for li in page.select("ol > li")] == ["one", "two"]


def test_lists_inside_folds_are_lists(render):
    fold = '<details markdown="1">\n<summary>S</summary>\n\nText.\n- a\n  - b'
    page = render(material(f"{fold}\n\n</details>"))
    assert len(page.select("details li li")) == 1


# The quiz -----------------------------------------------------------------

QUIZ = """\
## Quiz

### What is `<pad>`?

- [ ] A `<b>` or $a < b$, or
  both.

  No: **first** paragraph.

  Second paragraph.

  - a list
    - in a list

  ```text
  - [x] code
  ```

- [x] A token.

  Yes.
"""


def test_an_answer_opens_its_explanation(render):
    page = render(material(QUIZ))
    wrong, right = page.select("div.quiz > details")
    assert (wrong["class"], right["class"]) == (
        ["answer", "wrong"],
        ["answer", "right"],
    )
    assert wrong.summary.code.text == "<b>"
    assert wrong.summary.select_one(".arithmatex").text == "a < b"
    assert wrong.summary.text.endswith(", or both.")
    texts = [p.text for p in wrong.find_all("p", recursive=False)]
    assert texts == ["No: first paragraph.", "Second paragraph."]
    assert wrong.select("li li")[0].text == "in a list"
    assert wrong.select("pre")[0].text == "- [x] code\n"
    assert not right.has_attr("open")


def test_a_question_is_a_heading_outside_of_the_table_of_contents(render):
    page = render(material(QUIZ))
    question = page.select_one(".question")
    assert question.text == "What is <pad>?"
    assert (question["role"], question["aria-level"]) == ("heading", "3")
    assert [heading["id"] for heading in page.select("h2, h3")] == ["quiz"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("## Quiz\n\n```python\nx\n```\n\n### Q\n\n- [x] A\n\n  B\n", 1),
        ("### Q\n\n- [x] A\n\n  B\n", 0),
        ("# Quiz\n\n### Q\n\n- [x] A\n\n  B\n", 0),
        ("## Quiz\n\n## Recap\n\n- [x] done\n", 0),
        ("## Quiz\n\n```text\n## Recap\n```\n\n- [x] A\n\n  B\n", 1),
    ],
)
def test_a_quiz_goes_on_until_the_next_section(text, count):
    assert material(text).count('class="answer right"') == count


def faults(text: str) -> list[str]:
    found = read_document("a.md", text).problems
    return [str(fault) for fault in found if "quiz" in fault.message]


def test_a_good_quiz_has_no_faults():
    assert faults(QUIZ) == []
    assert faults("# T\n\n- [ ] a task outside of the quiz\n") == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[x] A", "[ ] A", "5:1: a quiz question needs exactly one right"),
        ("[ ] A", "[X] A", "5:1: a quiz question needs exactly one right"),
        ("  Yes.\n", "", "19:1: a quiz answer without an explanation (add"),
        ("\n  Yes", "  Yes", "19:1: a quiz answer without an explanation"),
        ("[x] A", "[y] A", "19:1: a quiz answer without a box (write - ["),
        ("- [x] A", "- A", "19:1: a quiz answer without a box (write - [ ]"),
        ("### W", "### Q\n\nText.\n\n### W", "3:1: a quiz question without"),
    ],
)
def test_a_faulty_question_is_named_by_its_line(old, new, fault):
    text = QUIZ.replace(old, new, 1)
    assert any(item.startswith(f"a.md:{fault}") for item in faults(text))


def test_numbered_answers_are_no_answers():
    [fault] = faults("## Quiz\n\n### Q\n\n1. [ ] A\n\n   B\n")
    assert fault.startswith("a.md:3:1: a quiz question without answers (list")


# Links --------------------------------------------------------------------


def source(path: str, part: str, slug: str) -> Source:
    return Source(
        Path("c", path), f"c/{path}", f"c/{path}", (1, 1), part, slug
    )


HERE = source("2-a/01-here.md", "a", "here")
THERE = source("3-b/02-there.md", "b", "there")
BESIDE = source("2-a/02-beside.md", "a", "beside")
PART = source("3-b/README.md", "b", "")
FRONT = source("README.md", "", "")
KNOWN = {s.path: s for s in (HERE, THERE, BESIDE, PART, FRONT)}


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("[x](../3-b/02-there.md)", "[x](../b/there.md)"),
        ("[x](../3-b/02-there.md#sec)", "[x](../b/there.md#sec)"),
        ("[x](02-beside.md), [y](02-beside.md)", "[x](beside.md), [y](beside"),
        ('[x](02-beside.md "title")', '[x](beside.md "title")'),
        ("[x](<02-beside.md>)", "[x](<beside.md>)"),
        ("[`f`](./02-beside.md)", "[`f`](beside.md)"),
        ("[x](../3-b/README.md)", "[x](../b/index.md)"),
        ("[x](../README.md)", "[x](../index.md)"),
        ("| [x](02-beside.md) | b |", "| [x](beside.md) | b |"),
        ("> [x](02-beside.md)", "> [x](beside.md)"),
        ("[x]: 02-beside.md#s", "[x]: beside.md#s"),
        ("[long\nname](02-beside.md)", "[long\nname](beside.md)"),
        ("$a$ [x](02-beside.md) $b$", "\\(a\\) [x](beside.md) \\(b\\)"),
    ],
)
def test_links_to_chapters_lead_to_their_pages(text, page):
    assert material(text, linker(HERE, KNOWN, page_link)).startswith(page)


@pytest.mark.parametrize(
    "text",
    [
        "`[x](02-beside.md)`",
        "`` a ` [x](02-beside.md) ``",
        "```text\n[x](02-beside.md)\n```",
        "````text\n```\n[x](02-beside.md)\n````",
        "~~~text\n[x](02-beside.md)\n~~~",
        "- a\n\n    ```text\n    [x](02-beside.md)\n    ```",
        "> ```text\n> [x](02-beside.md)\n> ```",
        "    [x](02-beside.md)",
        "[x](https://a.org/b.md), [y](mailto:a@b.md), [z](#here)",
        "a [list] of f(02-beside.md)",
    ],
)
def test_code_and_links_out_of_the_course_stay(text):
    assert material(text, linker(HERE, KNOWN, page_link)) == text


def test_links_in_a_notebook_lead_to_notebooks():
    """As the files lie; the notebook view turns them into its own pages."""
    assert notebook_link(HERE, THERE) == "../b/there.ipynb"
    assert notebook_link(HERE, BESIDE) == "../a/beside.ipynb"
    assert notebook_link(HERE, PART) == "../../b/index.md"
    assert notebook_link(HERE, FRONT) == "../../index.md"
    document = read_document("a.md", "[x](../3-b/02-there.md#sec) $x$")
    found = edited(document, linker(HERE, KNOWN, notebook_link))
    assert found == ["[x](../b/there.ipynb#sec) $x$"]


# One reading --------------------------------------------------------------

LINES = """text|- a|- b|  - c|1. one|2. two|3) three|* star|+ plus|> quote
> > deep|> - in quote|# Head|## More|    code|  two|   three|```text|```|~~~
---|***|===|text.|`c`|**b** *i*|a_b_c and __d__|$x$|$$|Term|: def|!!! note
??? x|=== "T"|<div>|</div>|<details markdown="1">|</details>|- [ ] task
10. ten|- # h|-     code|&amp;|\\\\* esc|a<b|{: .x }|{ #id }|#1 a||||"""
BARS = ["| a | b |", "|---|---|", "| 1 | 2 |", "a | b"]
TEXTS = st.lists(
    st.sampled_from([*re.split(r"[|\n]", LINES), *BARS]), max_size=9
)
KINDS = "h1 h2 h3 h4 h5 h6 ul ol li table tr pre hr".split()  # noqa: SIM905


def shape(page: BeautifulSoup) -> list[str]:
    """The blocks of a page in order; callouts count as quotes."""
    found = []
    for tag in page.find_all(True):
        quote = tag.name == "blockquote" or "admonition" in tag.get(
            "class", ()
        )
        if quote or tag.name in KINDS:
            found.append("quote" if quote else tag.name)
    return found


@given(TEXTS.map("\n".join))
@settings(max_examples=300)
def test_the_site_reads_the_blocks_that_github_reads_or_it_is_refused(
    render, text
):
    document = read_document("a.md", f"# T\n\n{text}")
    if not document.problems:
        plain = parser().renderer.render(
            document.tokens, parser().options, document.env
        )
        wanted = shape(BeautifulSoup(plain, "html.parser"))
        assert shape(render(material(document.text))) == wanted
