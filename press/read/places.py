"""Where each statement goes, and whether the chapter's code hangs together."""

import builtins

from press.problems import Problems
from press.read.facts import TESTS
from press.read.fences import STUBS, Fence
from press.read.statements import Statement

Groups = dict[int, list[Statement]]  # by the line of their fence
PLACES = {"definition": "module", "test": "tests"}


def place_statements(
    fences: list[Fence], groups: Groups, problems: Problems
) -> set[str]:
    """Set every statement's `place`; what the module exports."""
    everything: list[Statement] = []
    for fence in fences:
        group = groups.get(fence.line, [])
        _check_fence(fence, group, problems)
        if not set(STUBS) & set(fence.tags):
            for statement in group:
                statement.place = PLACES.get(statement.kind, "experiment")
                if "shared" in fence.tags:
                    statement.place = "shared"
            everything += group
    _place_imports(everything)
    exports = {
        name
        for statement in everything
        if statement.place == "module" and statement.kind == "definition"
        for name in statement.binds
    }
    _check_names(everything, exports, problems)
    _check_tests(everything, problems)
    return exports


def _place_imports(statements: list[Statement]) -> None:
    """An import goes to the module if a definition uses it; else below."""
    used: dict[str, set[str]] = {
        place: set() for place in ("module", "experiment", "tests", "shared")
    }
    for statement in statements:
        if statement.kind != "import":
            used[statement.place] |= statement.uses
    for statement in statements:
        if statement.kind != "import":
            continue
        names = statement.binds
        if "*" in names or names & used["module"]:
            statement.place = "module"
        elif names & used["experiment"]:
            statement.place = "experiment"
        elif names & (used["tests"] | used["shared"]):
            statement.place = "tests"


def _check_fence(
    fence: Fence, group: list[Statement], problems: Problems
) -> None:
    kinds = {statement.kind: statement for statement in reversed(group)}
    special = {*STUBS, "solution", "shared", "record"} & set(fence.tags)
    special = sorted(special)
    if len(special) > 1 or ("parameters" in fence.tags and special):
        message = f"the tags {sorted(fence.tags)} exclude each other"
        problems.add(fence.line - 1, 1, message, "keep one")
    elif special == ["shared"]:
        for statement in group:
            if statement.kind == "experiment" or statement.is_test:
                message = "a fence tagged shared may only hold fixtures and "
                message += "helpers"
                remedy = "move tests and experiments to their own fence"
                problems.add(statement.node.lineno, 1, message, remedy)
    elif special and {"experiment", "test"} & set(kinds):
        wrong = kinds.get("experiment") or kinds["test"]
        message = f"a fence tagged {special[0]} may only hold definitions"
        remedy = "move tests and experiments to a fence of their own"
        problems.add(wrong.node.lineno, 1, message, remedy)
    elif "test" in kinds and {"experiment", "definition"} & set(kinds):
        wrong = kinds.get("experiment") or kinds["definition"]
        message = "a test fence that also holds other code"
        remedy = "keep tests, fixtures and their imports in their own fence"
        problems.add(wrong.node.lineno, 1, message, remedy)
    for statement in group:
        line = statement.node.lineno
        if statement.kind == "import" and "*" in statement.binds:
            message = "import * hides where names come from"
            problems.add(line, 1, message, "name what you import")
        if getattr(statement.node, "module", "") == "__future__":
            message = "a __future__ import would not be first in the module"
            problems.add(line, 1, message, "do without it")


def _check_names(
    statements: list[Statement], exports: set[str], problems: Problems
) -> None:
    """Definitions and tests may not use the experiment's names.

    Nor may the experiment set theirs: in the notebook, later definitions and
    tests would use its value.
    """
    names: dict[str, set[str]] = {"import": set(), "experiment": set()}
    in_tests: set[str] = set()
    for statement in statements:
        if statement.kind in names:
            names[statement.kind] |= statement.binds
        if statement.place in TESTS:
            in_tests |= statement.binds
    taken = exports | names["import"]
    hidden = names["experiment"] - taken - set(dir(builtins))
    _check_shared(statements, taken, problems)
    for statement in statements:
        if statement.kind == "experiment":
            for name in sorted(statement.binds & taken):
                place = statement.place_of(name)
                message = f"the experiment sets {name!r}, which is defined "
                message += "or imported too"
                problems.add(*place, message, "choose another name")
            continue
        is_test = statement.place in TESTS
        what = "test" if is_test else "definition"
        own = in_tests if is_test else set()
        for name in sorted(statement.uses & (hidden - own)):
            message = f"a {what} uses {name!r}, which only the experiment sets"
            remedy = "pass it as an argument, or make it UPPER_CASE"
            problems.add(*statement.place_of(name), message, remedy)


def _check_shared(
    statements: list[Statement], taken: set[str], problems: Problems
) -> None:
    """Only tests may use what a shared fence defines."""
    shared = {n for s in statements if s.place == "shared" for n in s.binds}
    for statement in statements:
        if statement.place not in TESTS:
            for name in sorted(statement.uses & (shared - taken)):
                message = f"{name!r} of a shared fence is for tests only"
                remedy = "define it in a fence without that tag"
                problems.add(*statement.place_of(name), message, remedy)


def _check_tests(statements: list[Statement], problems: Problems) -> None:
    """Two tests of one name: the second would silently replace the first."""
    first: dict[str, int] = {}
    for statement in statements:
        if statement.kind == "test":
            name, line = statement.node.name, statement.node.lineno
            if name in first:
                message = f"a second {name} (the first is in line "
                message += f"{first[name]})"
                problems.add(line, 1, message, "rename one")
            first.setdefault(name, line)
