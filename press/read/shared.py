"""Fences tagged `shared`: fixtures and helpers for all tests of a part."""

import builtins

from press.read.facts import Borrowed, Shared
from press.read.statements import Statement


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
