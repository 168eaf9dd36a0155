"""Every number of the prose and what proves it."""

import ast
import math
import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from press.proof.arithmetic import evaluate
from press.proof.prose import DIGITS, Number, numbers, read_number
from press.read.chapter import Chapter, is_code
from press.read.statements import Statement
from press.run.cache import Result

PRINTED = re.compile(rf"(?<![\d.]){DIGITS}(?:e(?P<power>[-+]?\d+))?(?!\d)")
STRONG = 3  # digits; a shorter number is found almost everywhere by chance
Run = tuple[Chapter, Result | None]


class Proof(NamedTuple):
    """A number, and where it is proven: empty where nothing proves it."""

    line: int
    column: int
    text: str
    where: str


class Evidence(NamedTuple):
    """A number that a chapter's code prints, tests or sets."""

    value: float
    places: float  # decimals as printed; a constant of code has all
    line: int
    where: str


def proofs(
    chapter: Chapter, result: Result | None, others: Iterable[Run] = ()
) -> list[Proof]:
    """What proves each number: outputs, then tests, code, other chapters.

    `others` are those that it imports, needs or links to.
    """
    found = list(numbers(chapter.document))
    stated = [
        Evidence(n.value, n.places, n.line, f"sum at line {n.line}")
        for n in found
        if any(_near(value, n) for value in n.sums)
    ]
    asked = list(_asked(chapter))
    groups = [*evidence(chapter, result), stated, asked]
    imports = [(i.module, i.names or ()) for i in chapter.facts.imports]
    other = []
    for run in others:
        source = run[0].source
        used = {n for m, names in imports if m == source.module for n in names}
        other.append((source, evidence(*run, used)))
    sections = [heading.line for heading in chapter.document.headings]

    def where(number: Number) -> str:
        if number.sourced:
            return "source named beside it"
        here = bisect(sections, number.line)
        for group in groups:
            fits = [item for item in group if proves(item, number)]
            if number.digits < STRONG or group is asked:  # in its section
                fits = [e for e in fits if bisect(sections, e.line) == here]
            if fits:
                return min(fits, key=lambda e: abs(e.line - number.line)).where
        for source, (outputs, tests, code) in other:
            linked = source.path.name in number.links
            for item in [*code, *(outputs + tests if linked else ())]:
                if number.digits >= STRONG and proves(item, number):
                    return f"{item.where} of {source.name}"
        return ""

    return [Proof(n.line, n.column, n.text, where(n)) for n in found]


def proves(item: Evidence, number: Number) -> bool:
    """Whether all digits of the number are those of the evidence."""
    if item.places >= number.places and _near(item.value, number):
        return True
    percent = number.percent and item.places >= number.places + 2
    return percent and _near(100 * item.value, number)


def _near(value: float, number: Number) -> bool:
    reach = float(f"5e{-number.places - 1}") * (1 + 1e-9)
    reach += abs(value) * 1e-15  # what a float of that size cannot tell
    return abs(abs(value) - number.value) <= reach < math.inf


def evidence(
    chapter: Chapter, result: Result | None, names: set[str] | None = None
) -> tuple[list[Evidence], list[Evidence], list[Evidence]]:
    """What the cells print, what the tests say, the constants of code.

    Of the code only what defines one of the names, if there are any.
    """
    cells = [c for c in chapter.cells if is_code(c) and not chapter.is_test(c)]
    results = result.cells if result else []
    outputs, tests, code = [], [], []
    for cell, (_, found) in zip(cells, results, strict=False):
        where = f"output of the cell at line {cell.line}"
        for output in found:
            about = output.get("metadata", {}).values()
            plain = output.get("data", {}).get("text/plain", "")
            text = "".join(output.get("text", plain))
            if not any("alt" in words for words in about):  # a figure's
                outputs += _printed(text, cell.line, where)
    for statement in (s for g in chapter.statements.values() for s in g):
        if statement.place == "tests":
            name = getattr(statement.node, "name", "tests")
            tests += _constants(statement, name)
        elif names is None or statement.binds & names:
            code += _constants(statement, "code")
    return outputs, tests, code


def _asked(chapter: Chapter) -> Iterator[Evidence]:
    """What a question of the quiz supposes: its answers may say it again."""
    for question in chapter.document.questions:
        line = question.line + 1
        text = chapter.document.lines[question.line]
        yield from _printed(text, line, f"question at line {line}")


def _printed(text: str, line: int, where: str) -> Iterator[Evidence]:
    for found in PRINTED.finditer(text):
        yield Evidence(*read_number(found), line, where)
        if found["power"]:  # of 4.25e-16 the prose may say 4.25
            yield from _printed(found["digits"], line, where)


def _constants(statement: Statement, name: str) -> Iterator[Evidence]:
    """Its numbers, sums of numbers, and those in the strings of a test."""
    for node in (n for top in statement.nodes for n in ast.walk(top)):
        where = f"{name} at line {getattr(node, 'lineno', 0)}"
        if math.isfinite(value := evaluate(node)):
            yield Evidence(value, math.inf, node.lineno, where)
        elif name != "code" and isinstance(node, ast.Constant):
            yield from _printed(str(node.value), node.lineno, where)
