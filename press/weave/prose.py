"""Chapter prose, as GitHub reads it, to what Python-Markdown reads alike.

Links lead to pages. Formulas stand between brackets, which only one reader
of the site understands. GitHub's alerts become Material's admonitions, the
answers of the quiz folds. Python-Markdown wants the inside of a list
indented by four spaces, whatever the marker, and an empty line before a
list or a table.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from markdown_it.token import Token

from press.read.document import Document
from press.read.facts import Link
from press.read.quiz import BOX, Answer, Question
from press.weave.hints import Edit

ALERTS = {"note", "tip", "important", "warning", "caution"}
LISTS = ("bullet_list_open", "ordered_list_open")
QUOTE = "blockquote_open"
APART = (*LISTS, QUOTE, "table_open", "math_block")
ALERT = re.compile(r"\s*\[!(\w+)\]\s*")
TITLE = re.compile(r"\*\*([^*]+)\*\*")
MARKER = re.compile(r" {0,3}([-*+]|\d+[.)])( {1,4}(?=\S)| |$)")
HEADING = re.compile(r"#+ +(.*?)[ #]*")


@dataclass
class Block:
    """A block of Markdown in the lines from `first` to before `last`."""

    kind: str
    first: int
    last: int
    children: list["Block"] = field(default_factory=list)


class Weaver:
    """Weaves the prose of one document; `target` gives a link's page."""

    def __init__(
        self,
        document: Document,
        target: Callable[[Link], str | None],
        hints: Iterable[Edit] = (),
    ):
        self.lines = edited(document, target, hints, formulas=True)
        self.blocks = _tree(document.tokens)
        self.questions = {q.first: q for q in document.questions}
        self.asked = {q.line for q in document.questions if q.answers}

    def text(self, first: int, last: int) -> str:
        """The prose from line `first` to before `last`, from 0, woven."""
        return "\n".join(self._flow(self.blocks, self.lines, first, last))

    def _flow(
        self,
        blocks: list[Block],
        lines: list[str],
        first: int,
        last: int,
        in_list: bool = False,
    ) -> list[str]:
        """A list may follow a line directly only inside another list."""
        out: list[str] = []
        at, before = first, ""
        for block in blocks:
            if not first <= block.first < last:
                continue
            out += lines[at : block.first]
            woven = self._block(block, lines)
            joined = in_list and block.kind in LISTS
            apart = block.kind in APART and not joined
            if apart and out and out[-1].strip():
                out.append("")
            lists = block.kind in LISTS and before in LISTS
            if (lists or block.kind == before == QUOTE) and woven[0]:
                out += ["<!-- Another one. -->", ""]
            out += woven
            at, before = block.last, block.kind
            if apart and at < last and lines[at].strip():
                out.append("")
        return out + lines[at:last]

    def _block(self, block: Block, lines: list[str]) -> list[str]:
        if block.kind == QUOTE:
            return self._quote(block, lines)
        if block.kind in LISTS:
            question = self.questions.get(block.first)
            if question and any(a.boxed for a in question.answers):
                return self._quiz(question, block, lines)
            items = [self._item(item, lines) for item in block.children]
            loose = any("" in item for item in items)
            return (
                ("\n\n" if loose else "\n")
                .join("\n".join(item) for item in items)
                .split("\n")
            )
        found = lines[block.first : block.last]
        if block.first in self.asked and block.kind == "heading_open":
            words = HEADING.fullmatch(found[0])[1]
            kind = 'class="question" role="heading" aria-level="3"'
            return [f'<div {kind} markdown="span">{words}</div>']
        return found

    def _quote(self, block: Block, lines: list[str]) -> list[str]:
        """A quote, or the admonition that a GitHub alert stands for."""
        inner = list(lines)
        first, last = block.first, block.last
        for number in range(first, last):
            inner[number] = re.sub(r"^ {0,3}> ?", "", lines[number])
        match = ALERT.fullmatch(inner[first])
        kind = match[1].lower() if match else ""
        if kind not in ALERTS:
            body = self._flow(block.children, inner, first, last)
            return [f"> {line}".rstrip() for line in body]
        heading, inner[first] = kind.capitalize(), ""
        title = (
            TITLE.fullmatch(inner[first + 1 : last][0].strip())
            if (last > first + 1)
            else None
        )
        if title:
            heading = title[1].rstrip(".").replace('"', "'")
            inner[first + 1] = ""
        if heading.lower() == "in plain words":
            kind = "plain-words"
        body = self._flow(block.children, inner, first, last)
        body = "\n".join(body).strip("\n").split("\n")
        return [f'!!! {kind} "{heading}"', "", *_indented(body)]

    def _item(self, item: Block, lines: list[str]) -> list[str]:
        match = MARKER.match(lines[item.first])
        inner = _dedented(lines, item, len(match[0]))
        body = self._flow(
            item.children, inner, item.first, item.last, in_list=True
        )
        head, *rest = "\n".join(body).rstrip().split("\n")
        marker = match[1].replace(")", ".")
        return [f"{marker} {head}".rstrip(), *_indented(rest)]

    def _quiz(
        self, question: Question, block: Block, lines: list[str]
    ) -> list[str]:
        pairs = zip(question.answers, block.children, strict=True)
        folds = [line for pair in pairs for line in self._fold(*pair, lines)]
        return ['<div class="quiz" markdown>', "", *folds, "</div>"]

    def _fold(
        self, answer: Answer, item: Block, lines: list[str]
    ) -> list[str]:
        marker = MARKER.match(lines[item.first])
        inner = _dedented(lines, item, len(marker[0]))
        box = BOX.match(lines[item.first].lstrip())
        words = inner[answer.first : answer.words]
        words[0] = words[0][box.end() - len(marker[0].lstrip()) :]
        said = self._flow(item.children, inner, answer.words, answer.last)
        kind = "right" if answer.right else "wrong"
        text = " ".join(word.strip() for word in words)
        return [
            f'<details class="answer {kind}" markdown>',
            f'<summary markdown="span">{text}</summary>',
            "",
            *"\n".join(said).strip("\n").split("\n"),
            "",
            "</details>",
            "",
        ]


def edited(
    document: Document,
    target: Callable[[Link], str | None],
    hints: Iterable[Edit] = (),
    formulas: bool = False,
) -> list[str]:
    """The lines with links that lead to `target(link)`, where it has one.

    And with hints; with `formulas`, dollars become brackets.
    """
    lines = list(document.lines)
    edits = list(hints)
    for link in document.links:
        path = target(link) if link.path else None
        if path:
            edits.append((link.line, link.column, len(link.path), path))
    for formula in document.formulas if formulas else ():
        size = 2 if formula.display else 1
        left, right = ("\\[", "\\]") if formula.display else ("\\(", "\\)")
        edits.append((formula.line, formula.column, size, left))
        line, column = formula.end
        edits.append((line, column - size, size, right))
    for line, column, size, text in sorted(edits, reverse=True):
        old = lines[line - 1]
        start = column - 1
        lines[line - 1] = old[:start] + text + old[start + size :]
    return lines


def _tree(tokens: list[Token]) -> list[Block]:
    """The blocks with their children; paragraphs have none."""
    found: list[Block] = []
    inside = [found]
    for token in tokens:
        if token.nesting == -1:
            inside.pop()
        elif token.map and token.type != "inline":
            block = Block(token.type, *token.map)
            inside[-1].append(block)
            if token.nesting == 1:
                inside.append(block.children)
        elif token.nesting == 1:
            inside.append([])
    return found


def _dedented(lines: list[str], item: Block, margin: int) -> list[str]:
    """All lines, those of the item without its margin.

    Or without what all have of the three spaces behind it. A lazy line of a
    paragraph has less.
    """
    inner = list(lines)
    inner[item.first] = lines[item.first][margin:]
    rest = range(item.first + 1, item.last)
    depths = [
        len(lines[n]) - len(lines[n].lstrip(" "))
        for n in rest
        if lines[n].strip()
    ]
    most = max(margin, min(min(depths, default=0), margin + 3))
    for number in rest:
        inner[number] = re.sub(f"^ {{0,{most}}}", "", lines[number])
    return inner


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}".rstrip() for line in lines]
