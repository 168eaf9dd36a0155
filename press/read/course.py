"""Checks between chapters: imports, artifacts, links, live chapters, names."""

import os
import sys
from pathlib import Path

from press.problems import Problem, Problems
from press.read.facts import TESTS, Facts, Import
from press.read.records import check_records
from press.read.tree import Source

RUNTIME = ("show", "artifact", "new_artifact", "data", "flags", "run_async")
RUNTIME += ("display", "record")
DISPLAY = "byhand.display"
Chapters = dict[str, tuple[Source, Facts]]  # by module name


def check_course(
    chapters: Chapters, pages: list[tuple[Source, Facts]]
) -> list[Problem]:
    """Everything that can be wrong only between chapters.

    `pages` are the READMEs.
    """
    problems: list[Problem] = []
    makers = makers_of(chapters)
    whole = all(facts.whole for _, facts in chapters.values())
    # A script run by its path would import its neighbor, not the package.
    roots = {
        item.module.split(".")[0]
        for _, facts in chapters.values()
        for item in facts.imports
    }
    paths = {
        _normal(source.path): facts
        for source, facts in [*chapters.values(), *pages]
    }
    for source, facts in [*pages, *chapters.values()]:
        found = Problems(source.label)
        _check_links(paths, source, facts, found)
        for item in facts.imports:
            _check_import(chapters, source, facts, item, found)
        if source.slug:
            _check_artifacts(chapters, source, facts, makers, whole, found)
            if source.stem in roots:
                what = f"the name {source.stem!r} hides the package that "
                what += "chapters import"
                found.add(1, 1, what, "choose another name")
        problems += found
    return problems + _shared_problems(chapters) + check_records(chapters)


def _shared_problems(chapters: Chapters) -> list[Problem]:
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


def makers_of(chapters: Chapters) -> dict[str, str]:
    """The module that makes each artifact; the first where there are two."""
    makers: dict[str, str] = {}
    for module, (_, facts) in chapters.items():
        for name in facts.makes:
            makers.setdefault(name, module)
    return makers


def _normal(path: Path) -> str:
    return os.path.normpath(path.absolute())


def _check_links(
    paths: dict[str, Facts], source: Source, facts: Facts, problems: Problems
) -> None:
    for line, column, path, fragment, image in facts.links:
        target = facts
        if path:
            target = paths.get(_normal(source.path.parent / path))
        if target is None or image:
            message = f"the link {path!r} leads to no chapter"
            remedy = "link to chapter files by relative path"
            problems.add(line, column, message, remedy)
        elif fragment and target.whole and fragment not in target.anchors:
            message = f"no section has the anchor #{fragment}"
            near = [a for a in target.anchors if a.startswith(fragment[:4])]
            known = ", ".join(near or target.anchors[:8])
            problems.add(line, column, message, f"there are: {known}")


def _check_artifacts(
    chapters: Chapters,
    source: Source,
    facts: Facts,
    makers: dict[str, str],
    whole: bool,
    problems: Problems,
) -> None:
    for name in facts.makes:
        first = chapters[makers[name]][0]
        if first != source:
            message = f"{first.label} makes the artifact {name!r} too"
            problems.add(facts.lines["makes"], 1, message, "rename one")
    for name in facts.needs:
        line = facts.lines["needs"]
        maker = chapters[makers[name]][0] if name in makers else None
        if maker is None and whole:
            known = ", ".join(sorted(makers)) or "none"
            message = f"needs: no chapter makes the artifact {name!r}"
            problems.add(line, 1, message, f"the artifacts are: {known}")
        elif maker and maker.order >= source.order:
            message = f"needs: {name!r} is made later, by {maker.label}"
            remedy = "needs point backwards in reading order"
            problems.add(line, 1, message, remedy)


def _check_import(
    chapters: Chapters,
    source: Source,
    facts: Facts,
    item: Import,
    problems: Problems,
) -> None:
    place = item.line, item.column
    root = item.module.split(".")[0]
    if item.module.startswith("."):
        remedy = f"write the module in full, from {source.module} on"
        problems.add(*place, "a relative import", remedy)
    elif root != "byhand":
        standard = root in sys.stdlib_module_names
        if facts.live and not standard and item.place not in TESTS:
            message = f"a live chapter imports {root!r}"
            remedy = "only the standard library runs in the page"
            problems.add(*place, message, remedy)
    elif item.module == DISPLAY:
        return
    elif item.module == "byhand":
        for name in item.names or ():
            if name not in RUNTIME:
                remedy = f"it has {', '.join(RUNTIME)}; "
                remedy += "chapters are byhand.part.name"
                message = f"byhand has no {name!r}"
                problems.add(*place, message, remedy)
    else:
        for module, name in import_targets(item, chapters):
            wrong = _wrong_target(chapters, source, facts, module, name)
            if wrong:
                problems.add(*place, *wrong)


def import_targets(
    item: Import, chapters: Chapters
) -> list[tuple[str, str | None]]:
    """(module, name) pairs; `from byhand import show` is the runtime's."""
    if item.module in ("byhand", DISPLAY):
        return []
    if item.names is None:
        return [(item.module, None)]
    return [
        (f"{item.module}.{name}", None)
        if f"{item.module}.{name}" in chapters
        else (item.module, name)
        for name in item.names
    ]


def _wrong_target(
    chapters: Chapters,
    source: Source,
    facts: Facts,
    module: str,
    name: str | None,
) -> tuple[str, str] | None:
    if module not in chapters:
        remedy = "check the name against the chapters' file names"
        return f"no chapter gives the module {module}", remedy
    target, theirs = chapters[module]
    if target.order >= source.order:
        own = module == source.module
        what = "the chapter itself" if own else "a later chapter"
        message = f"{module} is {what} ({target.label})"
        return message, "imports point backwards in reading order"
    if name and theirs.whole and name not in theirs.exports:
        message = f"{target.label} defines no {name!r}"
        return message, "import what its definitions are called"
    if facts.live and not theirs.live:
        message = f"a live chapter imports {module}, which is not live"
        return message, "drop 'live: true' or the import"
    return None


def imported_modules(chapters: Chapters, module: str) -> list[str]:
    """The chapters that a chapter imports, in order of first appearance."""
    found = {
        target: None
        for item in chapters[module][1].imports
        for target, _ in import_targets(item, chapters)
        if target in chapters
    }
    return list(found)
