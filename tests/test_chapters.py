"""Every chapter has what every chapter has; the press stays small."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from press.read.chapter import Chapter, is_code
from press.write.tangle import target_paths
from tests.grading import chapters

ROOT = Path(__file__).parents[1]
CHAPTERS = chapters(ROOT / "chapters")
FIRST_EDITION = ("start", "gradients")  # longer, their tests in between
WORDS = range(1200, 2501)  # of prose, up to the exercises
WORDS_OF_THE_FIRST = range(1500, 3601)
LINES = 1100
TESTS_BETWEEN = 4
LAST = ("exercises", "quiz", "recap", "papers", "where next")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NAMED = (*FUNCTIONS, ast.ClassDef)
DOTS = re.compile(r"●{1,3} \S")
PICTURE = re.compile(r"\b(?:show|matrix|worksheet)\(")
DIAGRAM = re.compile(r"(?m)^<svg")


def sections(chapter: Chapter) -> list[str]:
    found = chapter.document.headings
    titles = [h.text.lower() for h in found if h.level == 2]
    return ["papers" if title == "sources" else title for title in titles]


def is_first_edition(chapter: Chapter) -> bool:
    return chapter.source.part in FIRST_EDITION


def definitions(chapter: Chapter) -> Iterator[ast.stmt]:
    """The public functions and classes, stubs and solutions too."""
    for group in chapter.statements.values():
        for statement in group:
            node = statement.node
            if statement.kind == "definition" and isinstance(node, NAMED):
                yield from [node] if is_public(node) else []


def is_public(node: ast.stmt) -> bool:
    return not re.match(r"_(?!_)", node.name)


# The checks: each yields what is wrong, with its line where it has one ------


def summary(chapter: Chapter) -> Iterator[str]:
    if not 20 <= len(chapter.facts.summary) <= 160:
        yield f"a summary of {len(chapter.facts.summary)} characters"


def exercises(chapter: Chapter) -> Iterator[str]:
    found = chapter.exercises
    if len(found) < 3:
        yield f"{len(found)} exercises, at least 3"
    if not any(item.kind == "bug" for item in found):
        yield "no planted bug"
    for item in found:
        if not DOTS.match(item.title):
            line = item.stub.line
            yield f"line {line}: no difficulty (●, ●● or ●●●) in its heading"


def quiz_questions(chapter: Chapter) -> Iterator[str]:
    count = sum(bool(q.answers) for q in chapter.document.questions)
    if count < 4:
        yield f"{count} quiz questions, at least 4"


def closing_sections(chapter: Chapter) -> Iterator[str]:
    found = sections(chapter)
    if "what goes wrong" not in found:
        yield "no section 'What goes wrong'"
    last = LAST if is_first_edition(chapter) else (*LAST, "tests")
    if tuple(found[-len(last) :]) != last:
        yield f"the last sections are {found[-len(last) :]}, not {last}"


def figures(chapter: Chapter) -> Iterator[str]:
    code = "\n".join(c.source for c in chapter.cells if is_code(c))
    prose = "\n".join(c.source for c in chapter.cells if c.kind == "prose")
    count = len(PICTURE.findall(code)) + len(DIAGRAM.findall(prose))
    least = 1 if is_first_edition(chapter) else 3
    if count < least:
        yield f"{count} pictures, at least {least}"


def length_of_prose(chapter: Chapter) -> Iterator[str]:
    found = chapter.document.headings
    end = [h.line for h in found if h.text.lower() == LAST[0]]
    prose = "\n\n".join(
        cell.source
        for cell in chapter.cells
        if cell.kind == "prose" and (not end or cell.line < end[0])
    )
    prose = re.sub(r"(?ms)^```.*?^```$", "", prose)
    count = len(re.findall(r"[A-Za-z][A-Za-z'’-]*", prose))
    words = WORDS_OF_THE_FIRST if is_first_edition(chapter) else WORDS
    if count not in words:
        yield f"{count} words of prose, not {words[0]} to {words[-1]}"


def weight(chapter: Chapter) -> Iterator[str]:
    """Lines in all, and tests in the text that a reader goes through."""
    if is_first_edition(chapter):
        return
    count = chapter.document.text.count("\n")
    if count > LINES:
        yield f"{count} lines of Markdown, at most {LINES}"
    found = chapter.document.headings
    end = min((h.line for h in found if h.text == "Exercises"), default=count)
    between = [
        statement
        for cell in chapter.cells
        if cell.line < end
        for statement in chapter.statements.get(cell.line, [])
        if statement.is_test
    ]
    if len(between) > TESTS_BETWEEN:
        yield f"{len(between)} tests before the exercises"


def line_lengths(chapter: Chapter) -> Iterator[str]:
    for fence in chapter.document.fences:
        for number, line in enumerate(fence.source.split("\n"), fence.line):
            if len(line) > 79:
                yield f"line {number} of code has {len(line)} columns"


def docstrings(chapter: Chapter) -> Iterator[str]:
    for node in definitions(chapter):
        if not ast.get_docstring(node):
            yield f"line {node.lineno}: {node.name} has no docstring"


def types(chapter: Chapter) -> Iterator[str]:
    for node in definitions(chapter):
        body = node.body if isinstance(node, ast.ClassDef) else [node]
        for function in body:
            if isinstance(function, FUNCTIONS) and is_public(function):
                yield from untyped(function)


def untyped(function: ast.FunctionDef) -> Iterator[str]:
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    every += [a for a in (given.vararg, given.kwarg) if a]
    name = f"line {function.lineno}: {function.name}"
    for argument in every:
        if not argument.annotation and argument.arg not in ("self", "cls"):
            yield f"{name}: its argument {argument.arg} has no type"
    if not function.returns and not function.name.endswith("init__"):
        yield f"{name} has no return type"


def standard_error(chapter: Chapter) -> Iterator[str]:
    """Of the executed notebook, if there is one."""
    path = ROOT / "build" / target_paths(chapter.source)["notebook"]
    cells = (
        json.loads(path.read_text("utf-8"))["cells"] if path.exists() else []
    )
    for cell in cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                yield f"a warning in an output: {output['text']}"


CHECKS = [
    summary,
    exercises,
    quiz_questions,
    closing_sections,
    figures,
    length_of_prose,
    weight,
    line_lengths,
    docstrings,
    types,
    standard_error,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.source.name)
def test_a_chapter_has_what_every_chapter_has(chapter, check):
    assert list(check(chapter)) == []


POOR = """\
---
summary: Short.
---

# Poor

```python
def f(x, *, y: int):
    return x  # {long}
```

```python
{tests}
```

## Exercises

### Without dots

```python tags=["exercise"]
def g(x: int) -> int:
    \"\"\"Documented.\"\"\"
```

## Recap
"""


FAULTS = {  # of the poor chapter, by check
    summary: 1,
    exercises: 3,
    quiz_questions: 1,
    closing_sections: 2,
    figures: 1,
    length_of_prose: 1,
    weight: 1,
    line_lengths: 1,
    docstrings: 1,
    types: 2,
}


@pytest.mark.parametrize("check", FAULTS, ids=lambda check: check.__name__)
def test_a_check_finds_what_a_poor_chapter_lacks(tmp_path, check):
    path = tmp_path / "1-part" / "01-poor.md"
    path.parent.mkdir()
    tests = "\n".join(f"def test_{i}():\n    pass" for i in range(5))
    poor = POOR.replace("{long}", "x" * 70).replace("{tests}", tests)
    path.write_text(poor, "utf-8")
    [chapter] = chapters(tmp_path)
    assert len(list(check(chapter))) == FAULTS[check]


def test_a_warning_in_a_notebook_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.test_chapters.ROOT", tmp_path)
    chapter = CHAPTERS[0]
    assert list(standard_error(chapter)) == []
    path = tmp_path / "build" / target_paths(chapter.source)["notebook"]
    path.parent.mkdir(parents=True)
    output = {"output_type": "stream", "name": "stderr", "text": "careful"}
    path.write_text(json.dumps({"cells": [{"outputs": [output]}]}))
    assert list(standard_error(chapter)) == ["a warning in an output: careful"]


def test_every_box_of_the_models_map_leads_forward_and_back():
    text = (ROOT / "chapters/2-gradients/README.md").read_text("utf-8")
    body = text.split('<div class="model-map"')[1].split("</div>")[0]
    boxes = re.split(r"(?m)^ *- ", body)[1:]
    links = [re.findall(r"\]\(([^)]+)\)", box) for box in boxes]
    assert links[0] == ["01-tokens.md"]  # nothing flows back into ids
    for forward, *_, backward in links[1:]:
        assert re.match(r"0[2-9]-", forward)
        assert re.match(r"1[01]-.+#", backward)
    visited = {link[:2] for found in links for link in found}
    assert visited == {f"{number:02}" for number in range(1, 12)}
