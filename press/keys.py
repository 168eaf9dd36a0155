"""When a chapter must run again: the key of everything it depends on."""

import sys
from functools import cache
from pathlib import Path

from press.chapter import digest
from press.checks import Course, imported_modules, makers_of

PRESS = Path(__file__).parent


def execution_key(course: Course, module: str) -> str:
    """The hash of all that can change a chapter's results.

    Its own code, the definitions of the chapters that it imports (directly
    or not), the keys of those whose artifacts it needs, the locked versions
    and Python. Prose and display tags are not part of it.
    """
    _, facts = course[module]
    makers = makers_of(course)
    parts = [facts.run_hash, *facts.makes, _environment()]
    for imported in sorted(_closure(course, module)):
        parts.append(course[imported][1].module_hash)
        for name in course[imported][1].needs:
            parts.append(execution_key(course, makers[name]))
    for name in facts.needs:
        parts.append(execution_key(course, makers[name]))
    return digest("\0".join(parts))


def _closure(course: Course, module: str) -> set[str]:
    found: set[str] = set()
    waiting = imported_modules(course, module)
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += imported_modules(course, current)
    return found


@cache
def _environment() -> str:
    constraints = PRESS.parent / "constraints.txt"
    locked = constraints.read_bytes() if constraints.exists() else b""
    runtime = (PRESS / "runtime.py").read_bytes()
    return digest(sys.version.encode() + locked + runtime)
