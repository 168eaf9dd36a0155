"""When a chapter must run again: the key of everything it depends on."""

import importlib.metadata
import re
import sys
from functools import cache, lru_cache
from pathlib import Path

from press.layout import CONSTRAINTS, RUNTIME
from press.read.chapter import digest
from press.read.course import imported_modules, makers_of
from press.write.tangle import Course

FORMAT = "2"  # of the results in build/cache; a new one runs all chapters


@lru_cache(maxsize=8)
def execution_keys(course: Course) -> dict[str, str]:
    """By module, the hash of all that can change a chapter's results.

    That of its code, and that of what it runs with: the runtime, Python and
    the installed versions of what is locked.
    """
    around = _environment()
    return {name: code + around for name, code in code_keys(course).items()}


@lru_cache(maxsize=8)
def code_keys(course: Course) -> dict[str, str]:
    """By module, the hash of the code and the files behind its results.

    They are its own, the definitions of the chapters that it imports
    (directly or not) and the keys of those whose artifacts it needs. Prose,
    display tags and tests are not among them.
    """
    keys: dict[str, str] = {}
    chapters = course.chapters
    for module, (_, facts) in chapters.items():  # needs point backwards
        imported = sorted(_closure(course, module))
        parts = [FORMAT, facts.run_hash, *facts.makes]
        parts += [chapters[name][1].module_hash for name in imported]
        for name in (module, *imported):
            for path in chapters[name][1].reads:
                parts += [path, digest(course.data[Path(path).name])]
        parts += [keys[maker] for maker in needed_makers(course, module)]
        keys[module] = digest("\0".join(parts))
    return keys


def needed_makers(course: Course, module: str) -> list[str]:
    """The modules that make what a chapter or one that it imports needs."""
    chapters = course.chapters
    makers = makers_of(chapters)
    involved = {module, *_closure(course, module)}
    wanted = {makers[n] for m in involved for n in chapters[m][1].needs}
    return [name for name in chapters if name in wanted - {module}]


def _closure(course: Course, module: str) -> set[str]:
    """The chapters that a chapter imports, directly or not."""
    found: set[str] = set()
    waiting = imported_modules(course.chapters, module)
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += imported_modules(course.chapters, current)
    return found


@cache
def _environment() -> str:
    names = re.findall(r"(?m)^([\w.-]+)==", CONSTRAINTS.read_text("utf-8"))
    parts = [sys.version, RUNTIME.read_text("utf-8"), *map(_version, names)]
    return digest("\0".join(parts))[:16]


def _version(name: str) -> str:
    try:
        return f"{name}=={importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return ""
