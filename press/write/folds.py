"""What a notebook keeps folded: solutions, explanations, quiz answers."""

import textwrap

from press.read.cells import Cell
from press.read.chapter import Chapter
from press.read.quiz import BOX, Question


def fold(summary: str, text: str) -> str:
    """Markdown that is shown when the reader asks for it."""
    head = f"<details>\n<summary>{summary}</summary>"
    return f"{head}\n\n{text}\n\n</details>"


def folded_prose(chapter: Chapter, cell: Cell) -> str:
    """A cell's Markdown without answers in sight."""
    first, lines = cell.line - 1, cell.source.split("\n")
    folds = []
    for question in chapter.document.questions:
        if first <= question.first < first + len(lines) and question.answers:
            text = _answers(question, [""] * first + lines)
            folds.append((question.first - first, question.last - first, text))
    for item in chapter.exercises:
        start = max(item.solution.end - first, 0)
        end = min(item.end - 1 - first, len(lines))
        text = "\n".join(lines[start:end]).strip()
        if start < end and text:
            folds.append((start, end, fold("Explanation", text)))
    for start, end, text in sorted(folds, reverse=True):
        lines[start:end] = [text, ""]
    return "\n".join(lines).rstrip()


def _answers(question: Question, lines: list[str]) -> str:
    """The answers as a numbered list, what is said about them in a fold."""
    shown, said = [], []
    for number, answer in enumerate(question.answers, 1):
        words = " ".join(map(str.strip, lines[answer.first : answer.words]))
        shown.append(f"{number}. {BOX.sub('', words, count=1)}")
        text = "\n".join(lines[answer.words : answer.last]).strip("\n")
        verdict = "Right." if answer.right else "No."
        text = f"{verdict} {textwrap.dedent(text).rstrip()}"
        said.append(f"{number}. {textwrap.indent(text, '   ').lstrip()}")
    return "\n".join(shown) + "\n\n" + fold("Answer", "\n\n".join(said))
