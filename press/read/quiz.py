"""The quiz of a chapter: a question is a heading, its answers a task list."""

import re
from typing import NamedTuple

from markdown_it.token import Token

from press.problems import Problems

BOX = re.compile(r"[-*+] \[([ xX])\] +(?=\S)")


class Answer(NamedTuple):
    """An item of a question's list; its lines count from 0."""

    first: int
    words: int  # where its explanation begins
    last: int
    boxed: bool
    right: bool


class Question(NamedTuple):
    """A heading below `## Quiz` and the list below it; lines from 0."""

    line: int
    first: int  # of the list; the same as `last` where there is none
    last: int
    answers: list[Answer]


def questions(tokens: list[Token], lines: list[str]) -> list[Question]:
    """The questions; a list before the first heading is one's as well."""
    found: list[Question] = []
    inside = False
    for index, token in enumerate(tokens):
        if token.level or not token.map:
            continue
        line = token.map[0]
        if token.type == "heading_open" and token.tag in ("h1", "h2"):
            title = tokens[index + 1].content.strip().lower()
            inside = token.tag == "h2" and title == "quiz"
        elif inside and token.type == "heading_open":
            found.append(Question(line, line, line, []))
        elif inside and token.type == "bullet_list_open":
            if found and not found[-1].answers:
                line = found.pop().line
            answers = _answers(tokens[index + 1 :], lines)
            found.append(Question(line, *token.map, answers))
    return found


def _answers(tokens: list[Token], lines: list[str]) -> list[Answer]:
    """The items of the list that has just been opened."""
    found = []
    for token in tokens:
        if token.level == 0:
            break
        if token.type == "list_item_open" and token.level == 1:
            first, last = token.map
            box = BOX.match(lines[first].lstrip())
            blank = (n for n in range(first, last) if not lines[n].strip())
            right = bool(box) and box[1] != " "
            answer = (first, next(blank, last), last, bool(box), right)
            found.append(Answer(*answer))
    return found


def check_quiz(
    found: list[Question], lines: list[str], problems: Problems
) -> None:
    """Every question has one right answer, every answer an explanation."""
    for question in found:
        answers = question.answers
        if not answers:
            message = "a quiz question without answers"
            remedy = "list them below it: - [ ] wrong, - [x] right"
            problems.add(question.line + 1, 1, message, remedy)
        elif sum(answer.right for answer in answers) != 1:
            message = "a quiz question needs exactly one right answer"
            line = answers[0].first + 1
            problems.add(line, 1, message, "tick one box: - [x]")
        for answer in answers:
            said = "".join(lines[answer.words : answer.last]).strip()
            if not answer.boxed:
                message = "a quiz answer without a box"
                problems.add(answer.first + 1, 1, message, "write - [ ]")
            elif not said:
                message = "a quiz answer without an explanation"
                remedy = "add a paragraph under it, indented by two spaces"
                problems.add(answer.first + 1, 1, message, remedy)
