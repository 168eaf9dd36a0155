"""What proves a number of the prose, for those who point at it."""

import re
from collections.abc import Iterator
from itertools import takewhile

from press.proof.numbers import proofs
from press.read.chapter import Chapter
from press.run.cache import Result

HINT = '<span class="proof" data-proof="{}">{}</span>'
# The statement of a cell that is likely to print.
STATEMENT = re.compile(r"(?!import|from|def|class)[A-Za-z]")
LONG = 60  # characters of a line that is named
UNSAFE = re.compile(r"[^\w .,:()=+/]")  # what Markdown or HTML could read
Edit = tuple[int, int, int, str]  # line, column, size, what stands there


def hints(chapter: Chapter, result: Result | None) -> Iterator[Edit]:
    """Edits that tell for each number what of its chapter proves it.

    Not in the quiz, where they would tell the right answers.
    """
    lines, asked = chapter.document.lines, chapter.document.questions
    quiz = {n for q in asked for n in range(q.line + 1, q.last + 1)}
    tex = [((f.line, f.column), f.end) for f in chapter.document.formulas]
    for line, column, text, where in proofs(chapter, result):
        at = slice(column - 1, column - 1 + len(text))
        words = _words(where, lines)
        apart = not any(a <= (line, column) < b for a, b in tex)
        whole = lines[line - 1][at] == text and line not in quiz
        if words and apart and whole:
            yield line, column, len(text), HINT.format(words, text)


def _words(where: str, lines: list[str]) -> str:
    """What proves it, as the page shows it."""
    kind, _, line = where.rpartition(" at line ")
    if kind.startswith("test_"):
        text = "tested: " + kind.removeprefix("test_").replace("_", " ")
    elif kind == "output of the cell":
        text = f"printed by: {_statement(lines[int(line) - 1 :])}"
    elif kind == "code":
        text = f"in the code: {lines[int(line) - 1].strip()}"
    elif kind == "sum":
        text = "computed again from the sum in the text"
    else:
        return ""
    text = text if len(text) <= LONG else text[: LONG - 1] + "…"
    return UNSAFE.sub(lambda found: f"&#{ord(found[0])};", text)


def _statement(lines: list[str]) -> str:
    """The first statement of the cell that begins there."""
    cell = takewhile(lambda line: not line.startswith("```"), lines)
    return next(filter(STATEMENT.match, cell), lines[0])
