"""What GitHub, Jupyter and the site would read differently is refused."""

import re
from itertools import pairwise

from markdown_it.token import Token

from press.problems import Problems
from press.read.inline import html_links
from press.read.markdown import SPAN, Text

# What begins a block for the site's Markdown, and a sentence for GitHub's.
SITE_MARK = r"#{1,6}[^#\s]|(?:!!!|\?\?\?\+?|===\+?!?|:) |={1,}$"
BELOW_HTML = r"    | *(?:[>|]|[-+*] |#+ |\d+[.)] |```(?!py)|~~~|---|\*\*\*)"
# An element that holds Markdown for GitHub, and none for the site.
OPENED = re.compile(r"<(details|div|figure|section)\b(?![^>]*\bmarkdown)")
SENTENCE_END = re.compile(r"""[.:;!?…][)\]*_"'”`]*\s*$""")
# Kind of block, its first line that is looked at, what no line may hold.
LINES = [
    (
        ("heading_open", 1, r"[ >]*()[=-]"),
        ("a heading that is underlined", "write # or ##"),
    ),
    (
        ("table_open", 0, r"[ >]*()[^ >|]"),
        ("a row of a table that does not begin with |", "begin it with |"),
    ),
    (
        ("math_block", 1, rf"[ >]*()(?:(?:[-+*]|#+|\d+[.)])\s|{SITE_MARK})"),
        ("a list begins in the middle of a formula", "wrap it otherwise"),
    ),
    (
        ("html_block", 0, rf"()(?:{SITE_MARK}|{BELOW_HTML})"),
        ("Markdown directly below HTML", "leave an empty line between"),
    ),
    (
        ("html_block", 0, r".*?()\$"),
        ("a $ in raw HTML", "leave an empty line before, or write &#36;"),
    ),
    (("list_item_open", 0, " *()\t"), ("a tab inside a list", "use spaces")),
]
RULES = [
    (kind, at, re.compile(mark), text) for (kind, at, mark), text in LINES
]
# What begins with a word that prose can begin a line with, by chance.
BLOCKS = {
    "bullet_list_open": "a list",
    "ordered_list_open": "a list",
    "heading_open": "a heading",
    "blockquote_open": "a quote",
}


def check_dialects(
    lines: list[str],
    tokens: list[Token],
    texts: list[Text],
    problems: Problems,
) -> None:
    """Look at every block of a file, and at every text in it."""
    for kind, start, mark, words in RULES:
        for token in tokens:
            hidden = token.content.startswith(("<!--", "<svg", "<pre"))
            if token.type == kind and not hidden:
                for number in range(token.map[0] + start, token.map[1]):
                    found = mark.match(lines[number])
                    if found:
                        problems.add(number + 1, found.start(1) + 1, *words)
    for before, token in pairwise([*tokens, *tokens[-1:]]):
        _check_block(lines, before, token, problems)
    _wrapped_blocks(lines, tokens, problems)
    for text in texts:
        _check_text(text, problems)


def _check_block(
    lines: list[str], token: Token, after: Token, problems: Problems
) -> None:
    if not token.map:
        return
    first, last = token.map
    around = "".join([lines[first - 1], *lines[last:][:1]]).strip(" >")
    above = lines[first - 1].strip(" >")
    wrong = []
    if token.type == "code_block" and (token.level or around):
        remedy = "use a ```text fence, with an empty line on each side"
        wrong.append(("indented code beside text", remedy))
    elif token.type == "hr" and above:
        wrong.append(("a rule directly below a line", "leave an empty line"))
    elif token.type == "table_open" and last - first < 3:
        wrong.append(("a table without rows", "give it one"))
    elif token.type == "list_item_open":
        if after.type == "list_item_close":
            remedy = "write its text behind the marker, or delete it"
            wrong.append(("an empty list item", remedy))
    elif token.type == "html_block":
        wrong += [_raw_link(href) for href in html_links(token)]
        opened = OPENED.match(token.content.lstrip())
        if opened and f"</{opened[1]}>" not in token.content:
            remedy = f'write <{opened[1]} markdown="1">, or close it here'
            message = "the site would not read the Markdown in this element"
            wrong.append((message, remedy))
    if token.type in ("list_item_open", "html_block") or token.markup == "~~~":
        for number in range(first, last - 1):
            if not (lines[number] + lines[number + 1]).strip():
                remedy = "leave one: the notebook would begin a cell here"
                problems.add(number + 1, 1, "two empty lines in a row", remedy)
    for words in wrong:
        problems.add(first + 1, 1, *words)


def _raw_link(href: str) -> tuple[str, str]:
    message = f"nobody checks {href!r}, a link in raw HTML"
    return message, "write it in Markdown: [words](path)"


def _check_text(text: Text, problems: Problems) -> None:
    content, at = text.token.content, 0
    for child in text.token.children:
        span = child.meta.get(SPAN) if child.meta else None
        at = span[1] if span else at
        if child.type.startswith("math_inline"):
            wrong = _wrong_formula(content, *span)
            if wrong:
                problems.add(*text.place(span[0]), *wrong)
        elif child.type == "html_inline":
            for href in html_links(child):
                problems.add(*text.place(span[0]), *_raw_link(href))
        elif child.type == "text" and "$" in child.content:
            at = content.find("$", max(content.find(child.content, at), at))
            remedy = "write \\$, or close the formula in its paragraph"
            problems.add(*text.place(at), "a $ that is no formula", remedy)
    for place, line in zip(text.starts, content.split("\n"), strict=True):
        mark = re.match(SITE_MARK, line)
        if mark:
            message = f"the site would begin a block at {mark[0].strip()!r}"
            problems.add(*place, message, "begin with another word")
        odd = (len(line) - len(line.rstrip("\\"))) % 2
        if odd and place != text.starts[-1]:
            remedy = "write <br>, or a new paragraph"
            problems.add(*place, "a \\ at the end of a line", remedy)


def _wrong_formula(
    content: str, start: int, end: int
) -> tuple[str, str] | None:
    """GitHub wants spaces or punctuation around inline formulas."""
    if content[start : start + 2] == "$$":
        remedy = "give it lines of its own and an empty line before it"
        return "a $$ formula inside a paragraph", remedy
    if f"{content[:start][-1:]} {content[end:][:1]}".strip().isalnum():
        remedy = "put a space or a hyphen between, or write \\$ for a dollar"
        return "a formula that touches a letter or digit", remedy
    return None


def _wrapped_blocks(
    lines: list[str], tokens: list[Token], problems: Problems
) -> None:
    """Lists and headings that a wrapped sentence became.

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
        message = f"{block} begins in the middle of a sentence"
        remedy = f"wrap so that no line begins with {word!r}, or end it before"
        problems.add(first + 1, line.find(word) + 1, message, remedy)
