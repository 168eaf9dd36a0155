"""Chapter prose, as GitHub reads it, to what Python-Markdown reads alike.

GitHub's alerts become Material's admonitions. Python-Markdown wants the
inside of a list indented by four spaces, whatever the marker, and an empty
line before a list or a table.
"""

import re
from functools import cache

ALERTS = {"note", "tip", "important", "warning", "caution"}
LISTS = ("bullet_list_open", "ordered_list_open")
TITLE = re.compile(r"\*\*([^*]+)\*\*")
MARKER = re.compile(r" {0,3}([-*+]|\d+[.)])( {1,4}(?=\S)| |$)")


@cache
def parser():
    """CommonMark with tables, blocks only."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")


def material(prose: str, in_list: bool = False) -> str:
    """The prose for Material, at any depth of lists and callouts.

    A list may follow a line directly only inside another list.
    """
    lines = prose.split("\n")
    tokens = parser().parse(prose)
    for index, token in reversed(list(enumerate(tokens))):
        if token.level or not token.map:
            continue
        first, last = token.map
        block = lines[first:last]
        if token.type == "blockquote_open":
            block = _quote(block)
        elif token.type in LISTS:
            block = _list(block, _items(tokens, index))
            if index and tokens[index - 1].type.endswith("list_close"):
                block = ["<!-- Another list. -->", "", *block]
        elif token.type != "table_open":
            continue
        joined = in_list and token.type in LISTS
        if not joined and "".join(lines[first - 1 : first]).strip():
            block = ["", *block]
        if "".join(lines[last : last + 1]).strip():
            block = [*block, ""]
        lines[first:last] = block
    return "\n".join(lines)


def _quote(block: list[str]) -> list[str]:
    """A quote, or the admonition that a GitHub alert stands for."""
    inner = [re.sub(r"^ {0,3}> ?", "", line) for line in block]
    match = re.fullmatch(r"\s*\[!(\w+)\]\s*", inner[0])
    kind = match[1].lower() if match else ""
    if kind not in ALERTS:
        body = material("\n".join(inner)).split("\n")
        return [f"> {line}".rstrip() for line in body]
    inner = inner[1:]
    heading = kind.capitalize()
    title = TITLE.fullmatch(inner[0].strip()) if inner else None
    if title:
        heading = title[1].rstrip(".").replace('"', "'")
        inner = inner[1:]
    if heading.lower() == "in plain words":
        kind = "plain-words"
    body = material("\n".join(inner).strip("\n"))
    return [f'!!! {kind} "{heading}"', "", *_indented(body.split("\n"))]


def _items(tokens: list, index: int) -> list[tuple[int, int]]:
    """Where the items of the list at `index` begin and end."""
    found = []
    for token in tokens[index + 1 :]:
        if token.level == 0:
            break
        if token.type == "list_item_open" and token.level == 1:
            found.append(tuple(token.map))
    return found


def _list(block: list[str], items: list[tuple[int, int]]) -> list[str]:
    """The list with everything inside its items indented by four."""
    start = items[0][0]
    found = [_item(block[a - start : b - start]) for a, b in items]
    loose = any("" in item for item in found)
    return ("\n\n" if loose else "\n").join(map("\n".join, found)).split("\n")


def _item(lines: list[str]) -> list[str]:
    match = MARKER.match(lines[0])
    rest = _dedented(lines[1:], len(match[0]))
    text = "\n".join([lines[0][match.end() :], *rest]).rstrip()
    head, *rest = material(text, in_list=True).split("\n")
    marker = match[1].replace(")", ".")
    return [f"{marker} {head}".rstrip(), *_indented(rest)]


def _dedented(lines: list[str], margin: int) -> list[str]:
    """Without the margin, or what all have of the three spaces behind it.

    A lazy line of a paragraph has less.
    """
    depths = [len(x) - len(x.lstrip(" ")) for x in lines if x.strip()]
    most = max(margin, min(min(depths, default=0), margin + 3))
    return [re.sub(f"^ {{0,{most}}}", "", line) for line in lines]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}".rstrip() for line in lines]
