"""When a chapter must run again: the key of everything it depends on."""

import importlib.metadata
import re
import sys
from functools import cache, lru_cache
from pathlib import Path

from press.layout import COMPANIONS, CONSTRAINTS, RUNTIME
from press.read.course import import_targets, imported_modules, makers_of
from press.read.facts import Definition, Import, digest
from press.write.tangle import Course

FORMAT = "2"  # of the results in build/cache; a new one runs all chapters


@lru_cache(maxsize=8)
def execution_keys(course: Course) -> dict[str, str]:
    """By module, the hash of all that can change a chapter's results.

    Its own code, the definitions of the chapters that it imports (directly
    or not), the files that these read, the keys of those whose artifacts it
    needs; the runtime, Python and the installed versions. Prose, display tags
    and tests are not among them.
    """
    return _keys(course, _environment())


def _keys(course: Course, environment: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for module, (_, facts) in course.chapters.items():  # needs point back
        imported = sorted(_closure(course, module))
        parts = [environment, facts.run_hash, *facts.makes]
        for name in imported:
            parts.append(course.chapters[name][1].module_hash)
        for name in (module, *imported):
            for path in course.chapters[name][1].reads:
                parts += [path, digest(course.data[Path(path).name])]
        parts += [keys[maker] for maker in needed_makers(course, module)]
        records = [
            course.records.get(shown.name, b"") for shown in facts.shown
        ]
        parts += map(digest, records)
        keys[module] = digest("\0".join(parts))
    return keys


@lru_cache(maxsize=8)
def record_keys(course: Course) -> dict[str, str]:
    """By name, the hash of the code behind each record, and of nothing else.

    Its function, the definitions that this uses, in its chapter and in
    others, the files that these read, the chapters whose artifacts they load.
    """
    makers, code = makers_of(course.chapters), _keys(course, "")
    found = {}
    for module, (_, facts) in course.chapters.items():
        for record in facts.records:
            parts, reads, needs = [record.share], {}, set()
            for name, at in sorted(_reached(course, module, record.name)):
                _, theirs = course.chapters[name]
                parts.append(theirs.definitions[at].code)
                called = _runtime(theirs.definitions[at])
                if "data" in called:
                    reads |= {Path(p).name: 0 for p in theirs.reads}
                if "artifact" in called:
                    needs |= {*theirs.needs, *theirs.makes}
            parts += [digest(course.data[name]) for name in sorted(reads)]
            parts += [code[makers[name]] for name in sorted(needs)]
            found[record.name] = digest("\0".join(parts))
    return found


def _reached(course: Course, module: str, name: str) -> set[tuple[str, int]]:
    """(module, number) of the definitions that one needs, itself included."""
    found, seen, waiting = set(), set(), [(module, name)]
    while waiting:
        place = module, name = waiting.pop()
        if place in seen or module not in course.chapters:
            continue
        seen.add(place)
        facts = course.chapters[module][1]
        if name is None:  # the whole module
            waiting += [(module, known) for known in facts.exports]
        for number, item in enumerate(facts.definitions):
            changed = not item.binds and name in item.uses  # A.b = c
            if name in item.binds or changed:
                found.add((module, number))
                waiting += [(module, used) for used in item.uses]
                for source, names in item.imports:
                    target = Import(source, names, 0, 0, "module")
                    waiting += import_targets(target, course.chapters)
    return found


def _runtime(item: Definition) -> list[str]:
    """What an import takes from byhand itself."""
    found = [
        names or [] for source, names in item.imports if source == "byhand"
    ]
    return [name for names in found for name in names]


def needed_makers(course: Course, module: str) -> list[str]:
    """The modules that make what a chapter or one that it imports needs."""
    makers = makers_of(course.chapters)
    involved = {module, *_closure(course, module)}
    needs = [n for m in involved for n in course.chapters[m][1].needs]
    wanted = {makers[name] for name in needs} - {module}
    return [name for name in course.chapters if name in wanted]


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
    apart = ("practice.py", "__main__.py")  # no chapter uses them
    drawn = [p for name, p in COMPANIONS.items() if name not in apart]
    runtime = "".join(p.read_text("utf-8") for p in (RUNTIME, *drawn))
    installed = [f"{name}=={found}" for name, _, found in pins()]
    return digest("\0".join([FORMAT, sys.version, runtime, *installed]))


def pins() -> list[tuple[str, str, str]]:
    """(name, version, what is installed) of all in constraints.txt."""
    text = CONSTRAINTS.read_text("utf-8")
    pinned = re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", text)
    return [(name, wanted, _installed(name)) for name, wanted in pinned]


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
