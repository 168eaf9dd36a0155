"""One way to read Markdown: the parser, and where things stand in the file."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

# What an inline token remembers of its place, in its `meta`.
SPAN, TARGET = "span", "target"
PLACED = ("math_inline", "link", "image", "html_inline", "backticks")
PLACED += ("autolink", "footnote_ref")  # the rules whose tokens do


@cache
def parser() -> MarkdownIt:
    """CommonMark with tables, footnotes and formulas, as GitHub reads it."""
    found = MarkdownIt("commonmark").enable("table").use(footnote_plugin)
    found.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_blank_lines=False,
        double_inline=True,
    )
    # A text that was escaped, `\\$`, stays apart from one that was not.
    found.disable(["inline", "text_join", "footnote_tail"])
    for name in PLACED:
        _remember_places(found, name)
    return found


def _remember_places(found: MarkdownIt, name: str) -> None:
    """Let the tokens of an inline rule know where they begin and end."""
    rules = {rule.name: rule.fn for rule in found.inline.ruler.__rules__}

    def rule(state, silent: bool) -> bool:
        # The words before it become a token of their own.
        start, index = state.pos, len(state.tokens) + bool(state.pending)
        if not rules[name](state, silent):
            return False
        if not silent and len(state.tokens) > index:
            token = state.tokens[index]
            token.meta[SPAN] = (start, state.pos)
            if name in ("link", "image"):
                token.meta[TARGET] = _target(state, start + (name == "image"))
        return True

    found.inline.ruler.at(name, rule)


def _target(state, start: int) -> tuple[int, int] | None:
    """Where `path` stands in `[words](path)`; None for `[words][name]`."""
    helpers = state.md.helpers
    end = helpers.parseLinkLabel(state, start) + 1
    if state.src[end : end + 1] != "(":
        return None
    while state.src[end + 1].isspace():
        end += 1
    found = helpers.parseLinkDestination(state.src, end + 1, state.posMax)
    bracket = state.src[end + 1] == "<"
    return (end + 1 + bracket, found.pos - bracket) if found.ok else None


class Text(NamedTuple):
    """The words of a paragraph, heading or cell, and where they stand."""

    token: Token  # with its children
    starts: list[tuple[int, int]]  # line and column of each of its lines

    def place(self, position: int) -> tuple[int, int]:
        """Line and column, from 1, of a position in the token's content."""
        before = self.token.content[:position]
        line, column = self.starts[before.count("\n")]
        return line, column + position - (before.rfind("\n") + 1)


def texts(tokens: list[Token], lines: list[str], env: dict) -> Iterator[Text]:
    """Every inline token, parsed; lines of the file as `tokens` count."""
    after: dict[int, int] = {}  # where the next cell of a table may begin
    for token in tokens:
        if token.type != "inline":
            continue
        if not token.children:
            token.children = []
            parser().inline.parse(token.content, parser(), env, token.children)
        starts = []
        for number, text in enumerate(token.content.split("\n"), token.map[0]):
            at = lines[number].find(text, after.get(number, 0))
            after[number] = max(at, 0) + len(text)
            starts.append((number + 1, max(at, 0) + 1))
        yield Text(token, starts)
