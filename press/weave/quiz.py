"""The quiz of a chapter: task lists whose answers open an explanation.

A question is a heading for readers, and no entry of the table of contents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from press.problems import Problem
from press.weave.prose import parser

BOX = re.compile(r"[-*+] \[([ xX])\] +(?=\S)")


@dataclass(frozen=True)
class Answer:
    """An item of a question's list; `line` counts from 0."""

    line: int
    boxed: bool
    right: bool
    text: str  # on one line
    explanation: list[str]


@dataclass(frozen=True)
class Question:
    """A `### ` heading below `## Quiz`, its list of answers below it."""

    line: int
    span: tuple[int, int]  # the lines of the list; empty where there is none
    answers: list[Answer]


def quiz(prose: str, inside: bool) -> tuple[str, bool]:
    """The prose with its answers as folds; whether the quiz goes on.

    `inside` says whether the prose begins inside the quiz.
    """
    lines = prose.split("\n")
    found, inside = _questions(prose, inside)
    for question in reversed(found):
        first, last = question.span
        if any(answer.boxed for answer in question.answers):
            folds = [line for a in question.answers for line in _fold(a)]
            block = ['<div class="quiz" markdown>', "", *folds, "</div>", ""]
            lines[first:last] = block
            lines[question.line] = _heading(lines[question.line])
    return "\n".join(lines), inside


def check_quiz(label: str, text: str) -> list[Problem]:
    """Every question has one right answer, every answer an explanation."""
    problems = []
    for question in _questions(text, False)[0]:
        for line, message, remedy in _faults(question):
            problems.append(Problem(label, line + 1, 1, message, remedy))
    return problems


def _faults(question: Question) -> Iterator[tuple[int, str, str]]:
    answers = question.answers
    if not answers:
        yield (
            question.line,
            "a quiz question without answers",
            "list them below it: - [ ] wrong, - [x] right",
        )
    elif sum(answer.right for answer in answers) != 1:
        yield (
            answers[0].line,
            "a quiz question needs exactly one right answer",
            "tick one box: - [x]",
        )
    for answer in answers:
        if not answer.boxed:
            yield answer.line, "a quiz answer without a box", "write - [ ]"
        elif not any(line.strip() for line in answer.explanation):
            yield (
                answer.line,
                "a quiz answer without an explanation",
                "add a paragraph under it, indented by two spaces",
            )


def _questions(prose: str, inside: bool) -> tuple[list[Question], bool]:
    """The questions; a list before the first heading is one's as well."""
    lines = prose.split("\n")
    tokens = [t for t in parser().parse(prose) if t.level < 2]
    found: list[Question] = []
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h1", "h2"):
            title = tokens[index + 1].content.strip().lower()
            inside = token.tag == "h2" and title == "quiz"
        elif not inside or token.level or not token.map:
            continue
        elif token.type == "heading_open":
            found.append(Question(token.map[0], (0, 0), []))
        elif token.type == "bullet_list_open":
            answers = _answers(lines, tokens[index + 1 :])
            heading = token.map[0]
            if found and not found[-1].answers:
                heading = found.pop().line
            found.append(Question(heading, tuple(token.map), answers))
    return found, inside


def _answers(lines: list[str], tokens: list) -> list[Answer]:
    """The items of the list that has just been opened."""
    found = []
    for token in tokens:
        if token.level == 0:
            break
        if token.type == "list_item_open":
            first, last = token.map
            found.append(_answer(first, lines[first:last]))
    return found


def _answer(line: int, item: list[str]) -> Answer:
    box = BOX.match(item[0])
    text = [item[0][box.end() if box else 2 :]]
    text += [part.removeprefix("  ") for part in item[1:]]
    end = next((i for i, part in enumerate(text) if not part.strip()), None)
    words = " ".join(part.strip() for part in text[:end])
    rest = [] if end is None else "\n".join(text[end:]).strip("\n").split("\n")
    right = bool(box) and box[1] != " "
    return Answer(line, bool(box), right, words, rest)


def _heading(line: str) -> str:
    """The question's line; without a heading it is the first of its list."""
    words = re.fullmatch(r"#+ +(.*?)[ #]*", line)
    if not words:
        return line
    kind = 'class="question" role="heading" aria-level="3"'
    return f'<div {kind} markdown="span">{words[1]}</div>'


def _fold(answer: Answer) -> list[str]:
    kind = "right" if answer.right else "wrong"
    return [
        f'<details class="answer {kind}" markdown>',
        f'<summary markdown="span">{answer.text}</summary>',
        "",
        *answer.explanation,
        "",
        "</details>",
        "",
    ]
