"""Chapter prose to Material's Markdown: callouts and the quiz."""

import re
from functools import cache

from press.problems import Problem

ALERTS = {"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"}
TITLE = re.compile(r"\*\*([^*]+)\*\*")
BOX = re.compile(r"\[([ xX])\]\s+")


@cache
def _parser():
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")


def callouts(prose: str) -> str:
    """GitHub alerts as admonitions; a bold first line is the title."""
    lines = prose.split("\n")
    tokens = _parser().parse(prose)
    for token in reversed(tokens):
        if token.type == "blockquote_open":
            first, last = token.map
            block = _callout(lines[first:last])
            if block:
                lines[first:last] = block
    return "\n".join(lines)


def _callout(block: list[str]) -> list[str] | None:
    indent, _, head = block[0].partition(">")
    match = re.fullmatch(r"\s*\[!(\w+)\]\s*", head)
    if not match or match[1].upper() not in ALERTS:
        return None
    inner = [
        line.lstrip().removeprefix(">").removeprefix(" ") for line in block[1:]
    ]
    kind = match[1].lower()
    title = TITLE.fullmatch(inner[0].strip()) if inner else None
    heading = match[1].capitalize()
    if title:
        heading = title[1].rstrip(".")
        inner = inner[1:]
    if heading.lower() == "in plain words":
        kind = "plain-words"
    while inner and not inner[0].strip():
        inner = inner[1:]
    heading = heading.replace('"', "'")
    body = [f"{indent}    {line}".rstrip() for line in inner]
    return [f'{indent}!!! {kind} "{heading}"', "", *body, ""]


def quiz(prose: str) -> str:
    """Task lists below `## Quiz` as answers that open their explanation."""
    lines = prose.split("\n")
    for first, last, items in reversed(_quiz_lists(prose)):
        block = ['<div class="quiz" markdown>', ""]
        for start, end in items:
            block += _answer(lines[start:end])
        lines[first:last] = [*block, "</div>", ""]
    return "\n".join(lines)


def _quiz_lists(prose: str):
    """(first line, last line, [(start, end) of each item]) of each list."""
    tokens = _parser().parse(prose)
    lines = prose.split("\n")
    inside = False
    found = []
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h1", "h2"):
            title = tokens[index + 1].content
            inside = token.tag == "h2" and title.strip().lower() == "quiz"
        elif inside and token.type == "bullet_list_open" and not token.level:
            first, last = token.map
            items = [
                tuple(item.map)
                for item in tokens[index:]
                if item.type == "list_item_open"
                and item.level == 1
                and first <= item.map[0] < last
            ]
            if all(BOX.match(lines[start][2:]) for start, _ in items):
                found.append((first, last, items))
    return found


def _split_answer(item: list[str]) -> tuple[bool, str, list[str]]:
    """Whether it is right, the answer on one line, the explanation."""
    text = [line[2:] for line in item]
    box = BOX.match(text[0])
    text[0] = text[0][box.end() :]
    end = next((i for i, line in enumerate(text) if not line.strip()), None)
    if end is None:
        return box[1] != " ", " ".join(map(str.strip, text)), []
    answer = " ".join(line.strip() for line in text[:end])
    return box[1] != " ", answer, "\n".join(text[end:]).strip("\n").split("\n")


def _answer(item: list[str]) -> list[str]:
    right, answer, explanation = _split_answer(item)
    kind = "right" if right else "wrong"
    return [
        f'<details class="answer {kind}" markdown>',
        f'<summary markdown="span">{answer}</summary>',
        "",
        *explanation,
        "",
        "</details>",
        "",
    ]


def check_quiz(label: str, prose: str, line: int) -> list[Problem]:
    """Every question has one right answer, every answer an explanation."""
    problems = []
    lines = prose.split("\n")
    for first, _, items in _quiz_lists(prose):
        answers = [_split_answer(lines[start:end]) for start, end in items]
        if sum(right for right, _, _ in answers) != 1:
            message = "a quiz question needs exactly one right answer"
            remedy = "tick one box: - [x]"
            problems.append(Problem(label, line + first, 1, message, remedy))
        for (start, _), (_, _, explanation) in zip(items, answers, strict=True):
            if not any(text.strip() for text in explanation):
                message = "a quiz answer without an explanation"
                remedy = "add a paragraph under it, indented by two spaces"
                place = (label, line + start, 1)
                problems.append(Problem(*place, message, remedy))
    return problems
