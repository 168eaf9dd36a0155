"""The exercises of a chapter: a stub, its tests, its solution."""

from typing import NamedTuple

from press.problems import Problems
from press.read.fences import STUBS, Fence
from press.read.places import Groups
from press.read.statements import Statement


class Exercise(NamedTuple):
    """A stub; its `kind` is exercise or bug, `names` what it defines."""

    line: int
    kind: str
    names: frozenset[str]
    tests: list[Statement]
    solution: int  # the line of its fence; 0 where there is none


def exercises(fences: list[Fence], groups: Groups) -> list[Exercise]:
    """The exercises in order, each with the first fence that solves it."""
    solved = {
        fence.line: _defined(groups, fence)
        for fence in fences
        if "solution" in fence.tags
    }
    found = []
    for fence in fences:
        for kind in set(STUBS) & set(fence.tags):
            names = _defined(groups, fence)
            later = (at for at, s in solved.items() if at > fence.line)
            solution = next((at for at in later if names <= solved[at]), 0)
            tests = tests_of(groups, names)
            found.append(Exercise(fence.line, kind, names, tests, solution))
    return found


def _defined(groups: Groups, fence: Fence) -> frozenset[str]:
    group = groups.get(fence.line, ())
    definitions = [s for s in group if s.kind == "definition"]
    return frozenset(name for s in definitions for name in s.binds)


def tests_of(groups: Groups, names: frozenset[str]) -> list[Statement]:
    """The tests that mention one of the names."""
    return [
        statement
        for group in groups.values()
        for statement in group
        if statement.kind == "test"
        and not statement.fixture
        and statement.uses & names
    ]


def check_exercises(
    fences: list[Fence], groups: Groups, problems: Problems
) -> None:
    """Every exercise has its solution and its test, and the other way."""
    found = exercises(fences, groups)
    for item in found:
        names = ", ".join(sorted(item.names))
        if not names:
            message = "an exercise that defines nothing"
            remedy = "give the reader a function to complete"
            problems.add(item.line - 1, 1, message, remedy)
            continue
        if not item.solution:
            message = f"no solution defines {names} after this exercise"
            remedy = 'add a ```python tags=["solution"] fence'
            problems.add(item.line - 1, 1, message, remedy)
        if not item.tests:
            message = f"no test mentions {names} of this exercise"
            remedy = "add a fence with a test that uses it"
            problems.add(item.line - 1, 1, message, remedy)
        _check_between(item, groups, problems)
    for fence in fences:
        if "solution" in fence.tags:
            names = _defined(groups, fence)
            if not any(e.line < fence.line and e.names & names for e in found):
                message = "a solution without an exercise before it"
                remedy = "add a fence tagged exercise, or drop the tag"
                problems.add(fence.line - 1, 1, message, remedy)


def _check_between(item: Exercise, groups: Groups, problems: Problems) -> None:
    """The notebook would run it with the stub, the script with the answer."""
    for line, group in groups.items():
        for statement in group if item.line < line < item.solution else ():
            if statement.kind == "experiment":
                message = "an experiment between an exercise and its solution"
                remedy = "move it before the exercise or after the solution"
                problems.add(statement.node.lineno, 1, message, remedy)
