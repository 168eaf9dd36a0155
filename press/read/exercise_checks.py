"""Whether every exercise can be practised, and nothing gives it away."""

from collections.abc import Iterator

from press.problems import Problems
from press.read.document import Document
from press.read.exercises import Exercise, defined, read_exercises
from press.read.needs import Names
from press.read.places import Groups


def check_exercises(
    document: Document, groups: Groups, problems: Problems
) -> None:
    """Each has its solution and its tests; none needs what comes later."""
    found = read_exercises(document, groups)
    names = Names(groups, found, "")
    headings: dict[int, int] = {}
    for item in found:
        line = item.stub.line - 1
        other = headings.setdefault(item.first, line)
        faults = [*_faults(item)]
        if other != line:
            message = f"a second exercise below the heading of line {other}"
            faults = [(message, "give each a heading of its own")]
        for message, remedy in faults:
            problems.add(line, 1, message, remedy)
    _check_solutions(document, groups, found, problems)
    if not problems:
        _check_names(names, problems)
        _check_tests(names, problems)
        _check_experiments(names, problems)


def _faults(item: Exercise) -> Iterator[tuple[str, str]]:
    names = ", ".join(sorted(item.names))
    if not names:
        message = "an exercise that defines nothing"
        yield message, "give the reader a function to complete"
        return
    if not item.solution:
        message = f"no solution defines {names} after this exercise"
        yield message, 'add a ```python tags=["solution"] fence'
    if not any(test.uses & item.names for test in item.tests):
        message = f"no test mentions {names} of this exercise"
        yield message, "add a fence with a test that uses it"


def _check_solutions(
    document: Document,
    groups: Groups,
    found: list[Exercise],
    problems: Problems,
) -> None:
    for fence in document.fences:
        names = defined(groups, fence)
        known = any(
            e.stub.line < fence.line < e.end and e.names & names for e in found
        )
        if "solution" in fence.tags and not known:
            message = "a solution without an exercise before it"
            remedy = "add a fence tagged exercise, or drop the tag"
            problems.add(fence.line - 1, 1, message, remedy)


def _check_names(names: Names, problems: Problems) -> None:
    """A name of an exercise is nobody else's; nothing comes too late."""
    solutions = {item.solution.line for item in names.exercises}
    for item in names.exercises:
        places = [
            statement.line
            for name in item.names
            for line, statement in names.binders.get(name, ())
            if line not in solutions
        ]
        before = names.exercises[: item.number - 1]
        places += [e.stub.line for e in before if e.names & item.names]
        if places:
            message = f"the exercise's name is taken in line {min(places)}"
            remedy = "choose another name for its function"
            problems.add(item.stub.line - 1, 1, message, remedy)
        for statement, name, line in names.needs(item).later:
            place = statement.node.lineno, 1
            if name in statement.uses:
                place = statement.place_of(name)
            message = f"an exercise needs {name!r}, defined in line {line}"
            problems.add(*place, message, "define it before the exercise")


def _check_tests(names: Names, problems: Problems) -> None:
    """Tests of an exercise stand in its section, or in a later one's."""
    inside = {test.line for item in names.exercises for test in item.tests}
    for group in names.groups.values():
        for statement in group:
            used = sorted(statement.uses & names.owner.keys())
            if statement.is_test and used and statement.line not in inside:
                place = statement.place_of(used[0])
                message = f"a test of the exercise {used[0]} elsewhere"
                remedy = "move it between the stub and the next heading"
                problems.add(*place, message, remedy)


def _check_experiments(names: Names, problems: Problems) -> None:
    """In the notebook the stub stays the reader's: nothing may call it."""
    for group in names.groups.values():
        for statement in group:
            if statement.kind != "experiment":
                continue
            for name in sorted(statement.uses):
                reached = names.reached({name}) & names.owner.keys()
                if reached:
                    message = f"an experiment needs {min(reached)!r}, which "
                    message += "is an exercise"
                    remedy = "show it in a test, or in the solution's words"
                    place = statement.place_of(name)
                    problems.add(*place, message, remedy)
                    break
