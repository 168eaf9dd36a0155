"""Fences tagged `shared`: fixtures and helpers for all tests of a part."""

import builtins
from typing import NamedTuple

from press.problems import Problem
from press.read.statements import Statement


class Shared(NamedTuple):
    """A statement of `byhand.PART._shared`, or an import that it needs."""

    line: int
    text: str
    binds: list[str]
    is_import: bool


class Borrowed(NamedTuple):
    """A name that tests use and their chapter does not define."""

    name: str
    line: int
    column: int


def shared_statements(everything: list[Statement]) -> list[Shared]:
    """Those of shared fences, and the imports that they use."""
    used = shared_uses(everything)
    return [
        Shared(s.line, s.text, sorted(s.binds), s.kind == "import")
        for s in everything
        if s.place == "shared" or (s.kind == "import" and s.binds & used)
    ]


def shared_uses(everything: list[Statement]) -> set[str]:
    """The names that the statements of shared fences use."""
    found = (s.uses for s in everything if s.place == "shared")
    return set().union(*found)


def borrowed_names(everything: list[Statement]) -> list[Borrowed]:
    """Names of tests that another chapter's shared fence has to define."""
    known = set(dir(builtins)) | {"__name__", "__file__", "__doc__"}
    known = known.union(*(s.binds for s in everything))
    return [
        Borrowed(name, *statement.place_of(name))
        for statement in everything
        if statement.place in ("tests", "shared")
        for name in sorted(statement.uses - known)
    ]


def check_shared(chapters: dict) -> list[Problem]:
    """Shared names are unique in a part; borrowed ones are there."""
    problems, owners = [], {}
    for source, facts in chapters.values():
        for statement in facts.shared:
            for name in () if statement.is_import else statement.binds:
                key = source.package, name
                other, line = owners.setdefault(key, (source, statement.line))
                if other is not source:
                    message = f"{name!r} is shared already by {other.label}:"
                    message += str(line)
                    place = source.label, statement.line, 1
                    remedy = "rename it, or use that one"
                    problems.append(Problem(*place, message, remedy))
    whole = all(facts.whole for _, facts in chapters.values())
    for source, facts in chapters.values() if whole else ():
        for name, line, column in facts.borrowed:
            if (source.package, name) not in owners:
                message = f"a test uses {name!r}, which nothing defines"
                remedy = "define it in a fence before the test"
                place = source.label, line, column
                problems.append(Problem(*place, message, remedy))
    return problems
