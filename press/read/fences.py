"""The code cells of a chapter: ` ```python ` fences at the left margin."""

import json
import re
from dataclasses import dataclass
from functools import cache

from markdown_it.token import Token

from press.problems import Problems

STUBS = ("exercise", "bug")  # what the reader completes or mends
HIDDEN = ("hide-input", "hide-output")
TAGS = (
    "parameters",
    *STUBS,
    "solution",
    "shared",
    "record",
    *HIDDEN,
    "no-run",
)
PYTHON_LIKE = {"py", "py3", "python", "python3", "ipython", "ipython3"}
FENCE_LIKE = re.compile(
    r"((?:[\s>]|[-*+]\s|\d+[.)]\s)*)(?:```|~~~)\s*[{.]*(\w*)[^`]*$"
)
# What jupytext takes for the beginning of a cell of a script.
CELL_MARKER = r"(%%|(<codecell>|In\[[0-9 ]*\]:?)[ \t]*$)"


@dataclass(frozen=True)
class Fence:
    """A code cell; lines count from 1."""

    line: int  # of the first line of code
    source: str
    tags: tuple[str, ...]
    end: int  # of the closing fence


@cache
def kernel_languages() -> frozenset[str]:
    """The fence names that jupytext turns into cells (bash, html, …)."""
    from jupytext.languages import _JUPYTER_LANGUAGES

    return frozenset(name.lower() for name in _JUPYTER_LANGUAGES)


def read_fences(
    lines: list[str], first: int, tokens: list[Token], problems: Problems
) -> list[Fence]:
    """The code cells; `first` is the line where the body begins."""
    fences = []
    for token in tokens:
        if token.type == "fence":
            fence = _fence(lines, token, problems)
            fences += [fence] if fence else []
    _unseen_fences(lines, first, tokens, problems)
    return fences


def _fence(lines: list[str], token: Token, problems: Problems) -> Fence | None:
    first, last = token.map
    column = lines[first].find(token.markup) + 1
    if last - first == token.content.count("\n") + 1:
        message = f"the fence {token.markup}{token.info} is never closed"
        remedy = f"add a line {token.markup} after its last line"
        problems.add(first + 1, column, message, remedy)
        return None
    language = (token.info.split() or [""])[0]
    wrong = _wrong_fence(token, language, column)
    if wrong:
        problems.add(first + 1, column, *wrong)
        return None
    if language != "python":
        return None
    tags, wrong = read_tags(token.info)
    if wrong:
        column = max(lines[first].find(wrong[0], column), 0) + 1
        problems.add(first + 1, column, *wrong[1:])
    source = token.content.removesuffix("\n")
    for number, line in enumerate(source.split("\n"), first + 2):
        if re.match(rf"\s*#\s*{CELL_MARKER}", line):
            message = "this line would begin a new cell in the script"
            problems.add(number, 1, message, "start a new fence instead")
    return Fence(first + 2, source, tags, last)


def _wrong_fence(
    token: Token, language: str, column: int
) -> tuple[str, str] | None:
    """(message, remedy) for a fence that jupytext would misread."""
    name = re.split(r"[{},.]+", language.lower().lstrip("{.") or " ")[0]
    if name not in PYTHON_LIKE and name not in kernel_languages():
        if name == "mermaid":
            remedy = "draw it with byhand.display: show(graph(…), '…')"
            return "a mermaid fence is not drawn", remedy
        if name == "code-cell":
            return f"a {language!r} fence is never run", "write ```python"
        return None
    if name not in PYTHON_LIKE:
        return (
            f"jupytext would run a {language!r} fence as a kernel magic",
            "show shell as ```console and other languages as ```text",
        )
    if token.markup[0] == "~":
        return "a ~~~ fence is never run", "write ```python"
    if token.markup != "```":
        remedy = "write ```python, or show it indented by four spaces"
        return "a python fence of more than three backticks", remedy
    if language != "python":
        return f"a {language!r} fence is never run", "write ```python"
    if token.level or column != 1:
        return (
            "a python fence that is indented or inside a list or callout "
            "is never run",
            "move it to the left margin, or show it as ```text",
        )
    return None


def read_tags(
    info: str,
) -> tuple[tuple[str, ...], tuple[str, str, str] | None]:
    """Tags of ` ```python tags=["…"] `, and (text, message, remedy) if bad."""
    rest = info.strip().removeprefix("python").strip()
    if not rest:
        return (), None
    match = re.fullmatch(r"tags=(\[.*\])", rest)
    try:
        tags = tuple(json.loads(match[1])) if match else None
    except (json.JSONDecodeError, TypeError, RecursionError):
        tags = None
    if tags is None or not all(isinstance(tag, str) for tag in tags):
        message = f"cannot read {rest!r} after ```python"
        remedy = 'write ```python, or ```python tags=["exercise"]'
        return (), (rest.split()[0], message, remedy)
    for tag in tags:
        if tag not in TAGS:
            known = f"the tags are {', '.join(TAGS)}"
            return (), (tag, f"unknown tag {tag!r}", known)
    return tags, None


def _unseen_fences(
    lines: list[str], first: int, tokens: list[Token], problems: Problems
) -> None:
    """What looks like a fence and is none: too far indented, or in HTML."""
    seen = {
        number
        for token in tokens
        if token.type == "fence" or token.type == "code_block"
        for number in range(token.map[0] + 1, token.map[1] + 1)
    }
    for number, line in enumerate(lines[first - 1 :], first):
        match = FENCE_LIKE.match(line)
        if match and number not in seen and match[2].lower() in PYTHON_LIKE:
            remedy = "move it to the left margin, after a blank line"
            column = match.end(1) + 1
            problems.add(number, column, "Markdown sees no fence here", remedy)
