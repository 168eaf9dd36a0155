"""Where each statement goes, and whether the chapter's code hangs together."""

from press.problems import Problem
from press.read.statements import BUILTINS, Statement, place_of

STUBS = {"exercise", "bug"}
Groups = dict[int, list[Statement]]
Tags = dict[int, tuple[str, ...]]


def place_statements(label: str, groups: Groups, tags: Tags):
    """Set every statement's `place`; return (exports, problems)."""
    problems: list[Problem] = []
    for line, group in groups.items():
        problems += _check_fence(label, line, group, tags[line])
        problems += _check_imports(label, group)
        stub = bool(STUBS & set(tags[line]))
        for statement in group:
            statement.place = "" if stub else _place(statement)
    everything = [s for group in groups.values() for s in group if s.place]
    _place_imports(everything)
    exports = {
        name
        for statement in everything
        if statement.place == "module" and statement.kind == "definition"
        for name in statement.binds
    }
    problems += _check_names(label, everything, exports)
    problems += _check_tests(label, everything)
    return exports, problems


def _place(statement: Statement) -> str:
    places = {"definition": "module", "test": "tests"}
    return places.get(statement.kind, "experiment")


def _place_imports(statements: list[Statement]) -> None:
    """An import goes to the module if a definition uses it; else below."""
    used = {
        place: _uses(statements, place)
        for place in ("module", "experiment", "tests")
    }
    for statement in statements:
        if statement.kind != "import":
            continue
        names = statement.binds
        if "*" in names or names & used["module"]:
            statement.place = "module"
        elif names & used["tests"] and not names & used["experiment"]:
            statement.place = "tests"


def _uses(statements: list[Statement], place: str) -> set[str]:
    return {
        name
        for statement in statements
        if statement.place == place and statement.kind != "import"
        for name in statement.uses
    }


def _check_fence(label, line, group, tags) -> list[Problem]:
    kinds = {statement.kind for statement in group}
    special = (STUBS | {"solution"}) & set(tags)
    if len(special) > 1 or ("parameters" in tags and special):
        message = f"the tags {sorted(tags)} exclude each other"
        return [Problem(label, line - 1, 1, message, "keep one")]
    if special and kinds - {"definition", "import"}:
        what = sorted(special)[0]
        wrong = next(s for s in group if s.kind in ("experiment", "test"))
        message = f"a fence tagged {what} may only hold definitions"
        remedy = "move tests and experiments to a fence of their own"
        return [Problem(label, wrong.node.lineno, 1, message, remedy)]
    if "test" in kinds and kinds - {"test", "import"}:
        wrong = next(
            s for s in group if s.kind in ("experiment", "definition")
        )
        message = "a test fence that also holds other code"
        remedy = "keep tests, fixtures and their imports in their own fence"
        return [Problem(label, wrong.node.lineno, 1, message, remedy)]
    return []


def _check_imports(label: str, group: list[Statement]) -> list[Problem]:
    problems = []
    for statement in group:
        place = label, statement.node.lineno, 1
        if statement.kind == "import" and "*" in statement.binds:
            message = "import * hides where names come from"
            problems.append(Problem(*place, message, "name what you import"))
        if getattr(statement.node, "module", "") == "__future__":
            message = "a __future__ import would not be first in the module"
            problems.append(Problem(*place, message, "do without it"))
    return problems


def _check_names(label, statements, exports) -> list[Problem]:
    """Definitions and tests may not use the experiment's names."""
    imported = {
        name for s in statements if s.kind == "import" for name in s.binds
    }
    in_tests = {
        name for s in statements if s.place == "tests" for name in s.binds
    }
    experiment = {
        name for s in statements if s.kind == "experiment" for name in s.binds
    }
    problems = _check_hiding(label, statements, exports | imported)
    experiment -= exports | imported | BUILTINS
    for statement in statements:
        if statement.place not in ("module", "tests"):
            continue
        is_test = statement.place == "tests"
        what = "test" if is_test else "definition"
        hidden = experiment - in_tests if is_test else experiment
        for name in sorted(statement.uses & hidden):
            place = label, *place_of(statement, name)
            message = f"a {what} uses {name!r}, which only the experiment sets"
            remedy = "pass it as an argument, or make it UPPER_CASE"
            problems.append(Problem(*place, message, remedy))
    return problems


def _check_hiding(label, statements, taken: set[str]) -> list[Problem]:
    """In the notebook, later definitions and tests would use the value."""
    return [
        Problem(
            label,
            *place_of(statement, name),
            f"the experiment sets {name!r}, which is defined or imported too",
            "choose another name",
        )
        for statement in statements
        if statement.kind == "experiment"
        for name in sorted(statement.binds & taken)
    ]


def _check_tests(label, statements) -> list[Problem]:
    """Two tests of one name: the second would silently replace the first."""
    first: dict[str, int] = {}
    problems = []
    for statement in statements:
        if statement.kind != "test":
            continue
        name = statement.node.name
        if name in first:
            message = f"a second {name} (the first is in line {first[name]})"
            where = statement.node.lineno
            problems.append(Problem(label, where, 1, message, "rename one"))
        first.setdefault(name, statement.node.lineno)
    return problems


def exercises(groups: Groups, tags: Tags):
    """(line, names) of every exercise and bug fence, in order."""
    for line, group in groups.items():
        if STUBS & set(tags[line]):
            names = {
                name
                for statement in group
                if statement.kind == "definition"
                for name in statement.binds
            }
            yield line, names


def tests_of(groups: Groups, names: set[str]) -> list[Statement]:
    """The tests that mention one of the names."""
    return [
        statement
        for group in groups.values()
        for statement in group
        if statement.kind == "test"
        and not statement.fixture
        and statement.uses & names
    ]


def check_exercises(label: str, groups: Groups, tags: Tags) -> list[Problem]:
    """Every exercise has its solution and its test, and the other way."""
    problems = []
    solved = {
        line: {name for s in group for name in s.binds}
        for line, group in groups.items()
        if "solution" in tags[line]
    }
    stubs = list(exercises(groups, tags))
    for line, names in stubs:
        if not names:
            message = "an exercise that defines nothing"
            remedy = "give the reader a function to complete"
            problems.append(Problem(label, line - 1, 1, message, remedy))
            continue
        if not any(names <= s for at, s in solved.items() if at > line):
            message = f"no solution defines {_list(names)} after this exercise"
            remedy = 'add a ```python tags=["solution"] fence'
            problems.append(Problem(label, line - 1, 1, message, remedy))
        if not tests_of(groups, names):
            message = f"no test mentions {_list(names)} of this exercise"
            remedy = "add a fence with a test that uses it"
            problems.append(Problem(label, line - 1, 1, message, remedy))
    for line, names in solved.items():
        if not any(at < line and wanted & names for at, wanted in stubs):
            message = "a solution without an exercise before it"
            remedy = 'add a ```python tags=["exercise"] fence, or drop the tag'
            problems.append(Problem(label, line - 1, 1, message, remedy))
    return problems


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
