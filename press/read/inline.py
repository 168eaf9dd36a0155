"""Formulas and links: what they say, and exactly where they stand."""

import re
from typing import NamedTuple

from markdown_it.token import Token

from press.read.facts import Link
from press.read.markdown import SPAN, TARGET, Text

FOREIGN = re.compile(r"[A-Za-z][\w+.-]*:|//")
HTML_LINK = re.compile(r"""\s(?:href|src)\s*=\s*["']?([^"'\s>]+)""", re.I)


class Formula(NamedTuple):
    """A formula between dollars; `end` is where its last dollar ends."""

    line: int
    column: int
    end: tuple[int, int]
    tex: str
    display: bool


def formulas(
    tokens: list[Token], texts: list[Text], lines: list[str]
) -> list[Formula]:
    """Every formula of a file, in order."""
    found = [
        Formula(
            token.map[0] + 1,
            lines[token.map[0]].find("$$") + 1,
            (token.map[1], lines[token.map[1] - 1].rfind("$$") + 3),
            token.content,
            True,
        )
        for token in tokens
        if token.type == "math_block"
    ]
    for text in texts:
        for child in text.token.children:
            if child.type.startswith("math_inline"):
                start, end = child.meta[SPAN]
                place, after = text.place(start), text.place(end)
                display = child.type == "math_inline_double"
                found.append(Formula(*place, after, child.content, display))
    return sorted(found)


def links(texts: list[Text], lines: list[str], env: dict) -> list[Link]:
    """Every link of a file that leads into the course, in order."""
    found = []
    for text in texts:
        for child in text.token.children:
            target = child.meta.get(TARGET) if child.meta else None
            if target and target[0] < target[1]:
                href = text.token.content[slice(*target)]
                image = child.type == "image"
                found.append(_link(*text.place(target[0]), href, image))
    for reference in env.get("references", {}).values():
        number = reference["map"][0]
        mark = re.match(r".*?\]:[ \t]*<?", lines[number])
        if mark:
            href = re.match(r"[^\s>]*", lines[number][mark.end() :])[0]
            found.append(_link(number + 1, mark.end() + 1, href, False))
    return sorted(link for link in found if link)


def _link(line: int, column: int, href: str, image: bool) -> Link | None:
    if FOREIGN.match(href):
        return None
    path, _, fragment = href.partition("#")
    return Link(line, column, path, fragment, image)


def html_links(token: Token) -> list[str]:
    """What raw HTML links to inside the course: nobody checks that."""
    found = HTML_LINK.findall(token.content)
    return [href for href in found if not FOREIGN.match(href)]
