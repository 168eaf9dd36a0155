"""A chapter's Markdown: front matter, fences with their lines, title."""

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from press.problems import Problem

TAGS = (
    "parameters",
    "exercise",
    "solution",
    "bug",
    "hide-input",
    "hide-output",
    "no-run",
)
PYTHON_LIKE = {"py", "py3", "python", "python3", "ipython", "ipython3"}
FENCE_LIKE = re.compile(
    r"((?:[\s>]|[-*+]\s|\d+[.)]\s)*)(?:```|~~~)\s*[{.]*(\w*)[^`]*$"
)
# What begins with a word that prose can begin a line with, by chance.
BLOCKS = {
    "bullet_list_open": "a list",
    "ordered_list_open": "a list",
    "heading_open": "a heading",
    "blockquote_open": "a quote",
}
SENTENCE_END = re.compile(r"""[.:;!?…][)\]*_"'”`]*\s*$""")
# What jupytext takes for the beginning of a cell, after `# `.
CELL_MARKER = r"(%%|(<codecell>|In\[[0-9 ]*\]:?)[ \t]*$)"


@dataclass(frozen=True)
class Fence:
    """A ` ```python ` fence at the left margin: a code cell."""

    line: int  # of the first line of code, from 1
    source: str
    tags: tuple[str, ...]
    end: int  # the line of the closing fence


@dataclass
class Page:
    """What Markdown says about a file; lines count from 1."""

    text: str
    front: dict[str, object]
    body_line: int  # of the first line after the front matter
    title: str
    fences: list[Fence]
    problems: list[Problem] = field(default_factory=list)
    verbatim: set[int] = field(default_factory=set)  # lines of fences, HTML


@cache
def _parser():
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")


@cache
def kernel_languages() -> frozenset[str]:
    """The fence names that jupytext turns into cells (bash, html, …)."""
    from jupytext.languages import _JUPYTER_LANGUAGES

    return frozenset(name.lower() for name in _JUPYTER_LANGUAGES)


def read_page(label: str, text: str) -> Page:
    """Parse `text`; everything that is wrong is in `Page.problems`."""
    from press.read.frontmatter import split_front_matter

    front, body_line, problems = split_front_matter(label, text)
    page = Page(text, front, body_line, "", [], problems)
    lines = text.split("\n")
    tokens = _tokens(lines, body_line)
    seen: set[int] = set()
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1":
            page.title = page.title or tokens[index + 1].content
        elif token.type == "fence":
            _read_fence(label, page, token, lines)
        if token.type in ("fence", "html_block", "code_block"):
            page.verbatim.update(range(token.map[0] + 1, token.map[1] + 1))
        if token.type == "fence" or _is_comment(token):
            seen.update(range(token.map[0] + 1, token.map[1] + 1))
    page.problems += _unseen_fences(label, page, seen)
    page.problems += _wrapped_blocks(label, tokens, lines)
    if not text.strip():
        page.problems.append(
            Problem(label, 1, 1, "the file is empty", "write or delete it")
        )
    elif not page.title:
        place = label, min(body_line, len(lines)), 1
        message, remedy = "the file has no heading", "begin it with '# Title'"
        page.problems.append(Problem(*place, message, remedy))
    return page


def _tokens(lines: list[str], body_line: int) -> list:
    # Blank lines stand for the front matter: token lines stay file lines.
    body = "\n" * (body_line - 1) + "\n".join(lines[body_line - 1 :])
    return _parser().parse(body.rstrip("\n") + "\n")


def _read_fence(label: str, page: Page, token, lines: list[str]) -> None:
    first, last = token.map
    column = lines[first].find(token.markup) + 1
    language = (token.info.split() or [""])[0]
    if last - first == token.content.count("\n") + 1:
        page.problems.append(
            Problem(
                label,
                first + 1,
                column,
                f"the fence {token.markup}{token.info} is never closed",
                f"add a line {token.markup} after its last line",
            )
        )
        return
    wrong = _wrong_fence(token, language, column)
    if wrong:
        page.problems.append(Problem(label, first + 1, column, *wrong))
        return
    if language != "python" or token.markup != "```":
        return
    tags, wrong = read_tags(token.info)
    if wrong:
        column = max(lines[first].find(wrong[0], column), 0) + 1
        page.problems.append(Problem(label, first + 1, column, *wrong[1:]))
    source = token.content.removesuffix("\n")
    page.fences.append(Fence(first + 2, source, tags, last))
    page.problems += _cell_markers(label, page.fences[-1])


def _cell_markers(label: str, fence: Fence) -> list[Problem]:
    message = "this line would begin a new cell in the script"
    return [
        Problem(label, number, 1, message, "start a new fence instead")
        for number, line in enumerate(fence.source.split("\n"), fence.line)
        if re.match(rf"\s*#\s*{CELL_MARKER}", line)
    ]


def _is_comment(token) -> bool:
    return token.type == "html_block" and token.content.lstrip()[:4] == "<!--"


def _unseen_fences(label: str, page: Page, seen: set[int]) -> list[Problem]:
    """What looks like a fence and is none: too far indented, or in HTML."""
    message = "Markdown sees no fence here"
    remedy = "move it to the left margin, after a blank line"
    problems = []
    inside = False
    for number, line in enumerate(page.text.split("\n"), 1):
        match = FENCE_LIKE.match(line)
        if not match or number in seen or number < page.body_line:
            continue
        verbatim = number in page.verbatim
        inside = verbatim and not (inside and not match[2])
        if match[2].lower() in PYTHON_LIKE or inside:
            place = label, number, match.end(1) + 1
            problems.append(Problem(*place, message, remedy))
    return problems


def _wrapped_blocks(label: str, tokens: list, lines: list[str]):
    """Lists and headings that a wrapped sentence, or a formula, became.

    A list that follows a finished sentence at once is meant as a list, and so
    is one inside another list.
    """
    problems, items = [], 0
    for before, token in pairwise(tokens):
        items += (token.type == "list_item_open") - (
            token.type == "list_item_close"
        )
        block = BLOCKS.get(token.type)
        if not block or items or before.type != "paragraph_close":
            continue
        first = token.map[0]
        sentence, line = lines[first - 1].strip("> "), lines[first]
        if not sentence or SENTENCE_END.search(sentence):
            continue
        word = line.lstrip("> ").split()[0] if block != "a quote" else ">"
        place = label, first + 1, line.find(word) + 1
        message = f"{block} begins in the middle of a sentence"
        remedy = f"wrap so that no line begins with {word!r}, or end it before"
        problems.append(Problem(*place, message, remedy))
    return problems


def _wrong_fence(token, language: str, column: int):
    """(message, remedy) for a fence that jupytext would misread."""
    name = language.strip("{}.").lower().split(",")[0]
    example = token.markup[0] == "`" and len(token.markup) > 3
    pythonic = name in PYTHON_LIKE
    if example or not (pythonic or name in kernel_languages()):
        return None
    if not pythonic:
        return (
            f"jupytext would run a {language!r} fence as a kernel magic",
            "show shell as ```console and other languages as ```text",
        )
    if token.markup[0] == "~":
        return ("a ~~~ fence is never run", "write ```python")
    if language != "python":
        return (f"a {language!r} fence is never run", "write ```python")
    if token.level or column != 1:
        return (
            "a python fence that is indented or inside a list or callout "
            "is never run",
            "move it to the left margin, or show it as ```text",
        )
    return None


def read_tags(info: str):
    """Tags of ` ```python tags=["…"] `, and (text, message, remedy) if bad."""
    import json

    rest = info.strip().removeprefix("python").strip()
    if not rest:
        return (), None
    known = ", ".join(TAGS)
    match = re.fullmatch(r"tags=(\[.*\])", rest)
    try:
        tags = tuple(json.loads(match[1])) if match else None
    except (json.JSONDecodeError, TypeError, RecursionError):
        tags = None
    if tags is None or not all(isinstance(tag, str) for tag in tags):
        return (), (
            rest.split()[0],
            f"cannot read {rest!r} after ```python",
            'write ```python, or ```python tags=["exercise"]',
        )
    for tag in tags:
        if tag not in TAGS:
            wrong = (tag, f"unknown tag {tag!r}", f"the tags are {known}")
            return (), wrong
    return tags, None
