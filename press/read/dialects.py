"""What GitHub, Jupyter and the site would read differently is refused."""

import re
from itertools import pairwise

from markdown_it.token import Token

from press.problems import Problems
from press.read.inline import html_links
from press.read.markdown import SPAN, Text

# What begins with a word that prose can begin a line with, by chance.
BLOCKS = {
    "bullet_list_open": "a list",
    "ordered_list_open": "a list",
    "heading_open": "a heading",
    "blockquote_open": "a quote",
}
BLOCK_MARK = re.compile(r"[ >]*([-+*]|#{1,6}|\d+[.)])\s")
# What begins a block for the site's Markdown, and a sentence for GitHub's.
SITE_MARK = re.compile(r"#{1,6}[^#\s]|(!!!|\?\?\?\+?|===\+?!?|:) |={1,}$")
BELOW_HTML = re.compile(
    rf"{SITE_MARK.pattern}|    | *([>|]|[-+*] |#+ |\d+[.)] |```(?!py)|~~~|---|\*\*\*)"
)
# An element that holds Markdown for GitHub, and none for the site.
OPENED = re.compile(r"<(details|div|figure|section)\b(?![^>]*\bmarkdown)")
SENTENCE_END = re.compile(r"""[.:;!?…][)\]*_"'”`]*\s*$""")


def check_dialects(
    lines: list[str],
    tokens: list[Token],
    texts: list[Text],
    problems: Problems,
) -> None:
    """Look at every block of a file, and at every text in it."""
    _wrapped_blocks(lines, tokens, problems)
    _lists(lines, tokens, problems)
    for token in tokens:
        if token.type in CHECKS and token.map:
            CHECKS[token.type](lines, token, problems)
    for text in texts:
        _check_text(text, problems)


def _heading(lines: list[str], token: Token, problems: Problems) -> None:
    if token.markup in "=-":
        line = token.map[0] + 1
        problems.add(line, 1, "a heading that is underlined", "write # or ##")


def _code(lines: list[str], token: Token, problems: Problems) -> None:
    if token.level:
        message = "indented code inside a list or callout"
        problems.add(token.map[0] + 1, 1, message, "use a ```text fence")
    around = lines[token.map[0] - 1], *lines[token.map[1] :][:1]
    if "".join(around).strip() and not token.level:
        message = "indented code without empty lines around it"
        problems.add(token.map[0] + 1, 1, message, "leave one on each side")


def _rule(lines: list[str], token: Token, problems: Problems) -> None:
    if lines[token.map[0] - 1].strip(" >"):
        message = "a rule directly below a line"
        problems.add(token.map[0] + 1, 1, message, "leave an empty line")


def _table(lines: list[str], token: Token, problems: Problems) -> None:
    for number in range(*token.map):
        if not lines[number].lstrip(" >").startswith("|"):
            message = "a row of a table that does not begin with |"
            problems.add(number + 1, 1, message, "begin and end it with |")
    if token.map[1] - token.map[0] < 3:
        message = "a table without rows"
        problems.add(token.map[0] + 1, 1, message, "give it one")


def _formula(lines: list[str], token: Token, problems: Problems) -> None:
    for number in range(token.map[0] + 1, token.map[1]):
        mark = BLOCK_MARK.match(lines[number])
        if mark:
            message = "a list begins in the middle of a formula"
            remedy = f"wrap so that no line begins with {mark[1]!r}"
            problems.add(number + 1, mark.start(1) + 1, message, remedy)


def _html(lines: list[str], token: Token, problems: Problems) -> None:
    line = token.map[0] + 1
    for href in html_links(token):
        _raw_link(line, 1, href, problems)
    opened = OPENED.match(token.content.lstrip())
    if opened and f"</{opened[1]}>" not in token.content:
        remedy = f'write <{opened[1]} markdown="1">, or close it here'
        message = "the site would not read the Markdown in this element"
        problems.add(line, 1, message, remedy)
    for number in range(*token.map):
        mark = BELOW_HTML.match(lines[number])
        if mark and not token.content.startswith(("<!--", "<svg", "<pre")):
            message = "Markdown directly below HTML"
            remedy = "leave an empty line between"
            problems.add(number + 1, 1, message, remedy)
        elif "$" in lines[number]:
            remedy = "put an empty line before the words, or write &#36;"
            problems.add(number + 1, 1, "a $ in raw HTML", remedy)


CHECKS = {
    "heading_open": _heading,
    "code_block": _code,
    "hr": _rule,
    "table_open": _table,
    "math_block": _formula,
    "html_block": _html,
}


def _raw_link(line: int, column: int, href: str, problems: Problems) -> None:
    message = f"nobody checks {href!r}, a link in raw HTML"
    problems.add(line, column, message, "write it in Markdown: [words](path)")


def _check_text(text: Text, problems: Problems) -> None:
    content = text.token.content
    at = 0
    for child in text.token.children:
        span = child.meta.get(SPAN) if child.meta else None
        if span:
            at = span[1]
        if child.type.startswith("math_inline"):
            _check_formula(text, span, problems)
        elif child.type == "html_inline":
            for href in html_links(child):
                _raw_link(*text.place(span[0]), href, problems)
        elif child.type == "text" and "$" in child.content:
            at = max(content.find(child.content, at), at)
            place = text.place(content.find("$", at))
            remedy = "write \\$, or close the formula in its paragraph"
            problems.add(*place, "a $ that is no formula", remedy)
    for number, line in enumerate(content.split("\n")):
        place = text.starts[number]
        mark = SITE_MARK.match(line)
        if mark:
            message = f"the site would begin a block at {mark[0].strip()!r}"
            remedy = "begin the line with another word"
            problems.add(*place, message, remedy)
        odd = len(line) - len(line.rstrip("\\"))
        if odd % 2 and number < content.count("\n"):
            remedy = "write <br>, or a new paragraph"
            problems.add(*place, "a \\ at the end of a line", remedy)


def _check_formula(
    text: Text, span: tuple[int, int], problems: Problems
) -> None:
    """GitHub wants spaces or punctuation around inline formulas."""
    content, (start, end) = text.token.content, span
    place = text.place(start)
    if content[start : start + 2] == "$$":
        message = "a $$ formula inside a paragraph"
        remedy = "give it lines of its own and an empty line before it"
        problems.add(*place, message, remedy)
    elif f"{content[:start][-1:]} {content[end:][:1]}".strip().isalnum():
        message = "a formula that touches a letter or digit"
        remedy = "put a space or a hyphen between, or write \\$ for a dollar"
        problems.add(*place, message, remedy)


def _lists(lines: list[str], tokens: list[Token], problems: Problems) -> None:
    for before, token in pairwise([*tokens, *tokens[-1:]]):
        if before.type != "list_item_open":
            continue
        first, last = before.map
        if token.type == "list_item_close":
            remedy = "write its text behind the marker, or delete it"
            problems.add(first + 1, 1, "an empty list item", remedy)
        for number in range(first, last - 1):
            if not (lines[number] + lines[number + 1]).strip():
                remedy = "leave one: the notebook would begin a cell here"
                problems.add(number + 1, 1, "two empty lines in a row", remedy)
        tabs = [n for n in range(first, last) if re.match(" *\t", lines[n])]
        for number in tabs[:1]:
            remedy = "indent with spaces"
            problems.add(number + 1, 1, "a tab inside a list", remedy)


def _wrapped_blocks(
    lines: list[str], tokens: list[Token], problems: Problems
) -> None:
    """Lists and headings that a wrapped sentence, or a formula, became.

    A list that follows a finished sentence at once is meant as a list, and so
    is one inside another list.
    """
    items = 0
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
        problems.add(
            first + 1,
            line.find(word) + 1,
            f"{block} begins in the middle of a sentence",
            f"wrap so that no line begins with {word!r}, or end it before",
        )
