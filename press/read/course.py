"""Checks between chapters: imports, artifacts, live chapters, names."""

import sys

from press.problems import Problem
from press.read.chapter import Facts, Import
from press.read.tree import Source

RUNTIME = ("show", "artifact", "new_artifact", "data", "run_async", "flags")
Course = dict[str, tuple[Source, Facts]]  # by module name


def check_course(course: Course) -> list[Problem]:
    """Everything that can be wrong only between chapters."""
    problems = []
    makers, wrong = _makers(course)
    problems += wrong
    whole = all(facts.whole for _, facts in course.values())
    for source, facts in course.values():
        for item in facts.imports:
            problems += _check_import(course, source, facts, item)
        for name in facts.needs:
            if name in makers or whole:
                problems += _check_need(source, facts, name, makers)
    return problems + _check_shadows(course)


def makers_of(course: Course) -> dict[str, str]:
    """The module that makes each artifact."""
    return {
        name: module
        for module, (_, facts) in course.items()
        for name in facts.makes
    }


def _makers(course: Course):
    makers: dict[str, Source] = {}
    problems = []
    for source, facts in course.values():
        for name in facts.makes:
            first = makers.setdefault(name, source)
            if first is not source:
                message = f"{first.label} makes the artifact {name!r} too"
                place = source.label, facts.makes_line, 1
                problems.append(Problem(*place, message, "rename one"))
    return makers, problems


def _check_need(source, facts, name, makers) -> list[Problem]:
    maker = makers.get(name)
    if maker is None:
        known = ", ".join(sorted(makers)) or "none"
        message = f"needs: no chapter makes the artifact {name!r}"
        remedy = f"the artifacts are: {known}"
    elif maker.order >= source.order:
        message = f"needs: {name!r} is made later, by {maker.label}"
        remedy = "needs point backwards in reading order"
    else:
        return []
    return [Problem(source.label, facts.needs_line, 1, message, remedy)]


def _check_import(course, source, facts, item: Import) -> list[Problem]:
    root = item.module.split(".")[0]
    place = (source.label, item.line, item.column)
    if item.module.startswith("."):
        message = "a relative import"
        remedy = f"write the module in full, from {source.module} on"
        return [Problem(*place, message, remedy)]
    if root != "byhand":
        return _check_live(facts, item, root, place)
    problems = _check_runtime(item, place)
    for module, name in _targets(item, course):
        problems += _check_target(course, source, facts, module, name, place)
    return problems


def _check_runtime(item: Import, place) -> list[Problem]:
    """`from byhand import …` gives what press.runtime has."""
    names = item.names if item.module == "byhand" and item.names else ()
    return [
        Problem(
            *place,
            f"byhand has no {name!r}",
            f"it has {', '.join(RUNTIME)}; chapters are byhand.part.name",
        )
        for name in names
        if name not in RUNTIME
    ]


def _targets(item: Import, course: Course):
    """(module, name) pairs; `from byhand import show` is the runtime's."""
    if item.module == "byhand":
        return []
    if item.names is None:
        return [(item.module, None)]
    return [
        (f"{item.module}.{name}", None)
        if f"{item.module}.{name}" in course
        else (item.module, name)
        for name in item.names
    ]


def _check_target(course, source, facts, module, name, place):
    if module not in course:
        message = f"no chapter gives the module {module}"
        remedy = "check the name against the chapters' file names"
        return [Problem(*place, message, remedy)]
    target, target_facts = course[module]
    if target.order >= source.order:
        cycle = _path(course, module, source.module)
        if cycle:
            message = "the imports form a cycle: " + " -> ".join(
                [source.module, *cycle]
            )
        else:
            message = f"{module} is a later chapter ({target.label})"
        remedy = "imports point backwards in reading order"
        return [Problem(*place, message, remedy)]
    if name and target_facts.whole and name not in target_facts.exports:
        message = f"{target.label} defines no {name!r}"
        remedy = "import what its definitions are called"
        return [Problem(*place, message, remedy)]
    if facts.live and not target_facts.live:
        message = f"a live chapter imports {module}, which is not live"
        return [Problem(*place, message, "drop 'live: true' or the import")]
    return []


def _check_live(facts, item, root, place) -> list[Problem]:
    standard = root in sys.stdlib_module_names
    if not facts.live or standard or item.place == "tests":
        return []
    message = f"a live chapter imports {root!r}"
    remedy = "only the standard library runs in the page"
    return [Problem(*place, message, remedy)]


def _path(course: Course, start: str, end: str) -> list[str] | None:
    """Modules from `start` to `end` along imports, or None."""
    paths = [[start]]
    seen = {start}
    while paths:
        path = paths.pop(0)
        if path[-1] == end:
            return path
        for module in imported_modules(course, path[-1]):
            if module not in seen:
                seen.add(module)
                paths.append([*path, module])
    return None


def imported_modules(course: Course, module: str) -> list[str]:
    """The chapters that a chapter imports, in order of first appearance."""
    _, facts = course[module]
    found = {
        target: None
        for item in facts.imports
        for target, _ in _targets(item, course)
        if item.module.split(".")[0] == "byhand" and target in course
    }
    return list(found)


def _check_shadows(course: Course) -> list[Problem]:
    """A script run by its path would import its neighbor, not the package."""
    roots = {
        item.module.split(".")[0]
        for _, facts in course.values()
        for item in facts.imports
    }
    return [
        Problem(
            source.label,
            1,
            1,
            f"the name {source.stem!r} hides the package that chapters import",
            "choose another name",
        )
        for source, _ in course.values()
        if source.stem in roots
    ]
