"""When a chapter must run again: the key of everything it depends on."""

import sys
from functools import cache

from press.layout import CONSTRAINTS, RUNTIME
from press.read.chapter import digest
from press.read.course import Chapters, imported_modules, makers_of

FORMAT = "1"  # of the results in build/cache; a new one runs all chapters


def execution_keys(course: Chapters) -> dict[str, str]:
    """By module, the hash of all that can change a chapter's results.

    Its own code, the definitions of the chapters that it imports (directly
    or not), the keys of those whose artifacts it needs, the locked versions
    and Python. Prose and display tags are not part of it.
    """
    keys: dict[str, str] = {}
    for module, (_, facts) in course.items():  # needs point backwards
        imported = sorted(_closure(course, module))
        parts = [FORMAT, _environment(), facts.run_hash, *facts.makes]
        parts += [course[name][1].module_hash for name in imported]
        parts += [keys[maker] for maker in needed_makers(course, module)]
        keys[module] = digest("\0".join(parts))
    return keys


def needed_makers(course: Chapters, module: str) -> list[str]:
    """The modules that make what a chapter or one that it imports needs."""
    makers = makers_of(course)
    involved = {module, *_closure(course, module)}
    wanted = {makers[n] for m in involved for n in course[m][1].needs}
    return [name for name in course if name in wanted - {module}]


def _closure(course: Chapters, module: str) -> set[str]:
    """The chapters that a chapter imports, directly or not."""
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
    locked = CONSTRAINTS.read_bytes()
    runtime = RUNTIME.read_bytes()
    return digest(sys.version.encode() + locked + runtime)
