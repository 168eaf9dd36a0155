"""Chapters to modules, tests and notebooks: read, check, plan, write."""

import gc
import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from press import layout
from press.problems import BadInput, Problem
from press.read.course import check_course, makers_of
from press.read.facts import Facts, digest
from press.read.tree import Source, decode, find_sources, read_source
from press.write.manifest import Entry, Manifest, packed
from press.write.solved import without_solved
from press.write.transaction import content, reporting, write

if TYPE_CHECKING:  # parsers, which an unchanged course does without
    from press.read.chapter import Chapter

ROOMS = ("read", "write", "runtime")  # of the press: what tangling depends on
FOLDERS = ("byhand", "tests", "notebooks", "workbooks")  # what is tangled


@dataclass(eq=False)
class Course:
    """All chapters in reading order by module name, and the READMEs."""

    root: Path
    build: Path
    chapters: dict[str, tuple[Source, Facts]] = field(default_factory=dict)
    pages: list[tuple[Source, Facts]] = field(default_factory=list)
    data: dict[str, bytes] = field(default_factory=dict)  # of `reads:`
    records: dict[str, bytes] = field(default_factory=dict)  # as committed


class Result(NamedTuple):
    """What a run of tangle found and did; paths are below the build folder."""

    course: Course
    changed: list[str]
    removed: list[str]


def tangle(
    root: Path,
    build: Path,
    dry_run: bool = False,
    force: bool = False,
    instead: dict[str, bytes] | None = None,
) -> Result:
    """Bring the build folder up to date with the chapters.

    What is in `instead`, by origin, is read instead of a chapter's file.
    Raises BadInput with every problem of every chapter, before anything is
    written, and Refused when a generated file was edited by hand. The caller
    holds the build folder's lock.
    """
    gc.disable()  # it takes a third of the time, for nothing
    try:
        return _tangle(root, build, dry_run, force, instead or {})
    finally:
        gc.enable()


def _tangle(
    root: Path, build: Path, dry_run: bool, force: bool, instead: dict
) -> Result:
    with reporting(build):
        manifest, course = Manifest.load(build), Course(root, build)
        contents = _read_course(course, manifest, instead)
        targets = {p for e in manifest.chapters.values() for p in e.targets}
        orphans = sorted(manifest.listed(*FOLDERS) - targets - set(contents))
        if not force:
            contents, orphans = without_solved(
                build, manifest, contents, orphans
            )
        changed = write(build, manifest, contents, orphans, force, dry_run)
        return Result(course, changed, orphans)


def _read_course(
    course: Course, manifest: Manifest, instead: dict[str, bytes]
) -> dict[str, bytes]:
    """Fill the course and the manifest; what is to be written."""
    sources, problems = find_sources(course.root)
    press, manifest.press = manifest.press, press_hash()
    known = manifest.chapters if manifest.press == press else {}
    contents, manifest.chapters = {}, {}
    for source in sources:
        facts = Facts(whole=False)
        try:
            data = instead.get(source.origin)
            data = data or read_source(source, course.root)
            entry = known.get(source.origin)
            if not entry or not _is_fresh(course.build, manifest, entry, data):
                from press.read.chapter import read_chapter

                text = decode(source, data)
                chapter, wrong = read_chapter(source, text)
                problems += wrong
                files = {} if wrong or not source.slug else targets(chapter)
                contents |= files
                made = chapter.facts.to_json(), [*files], packed(text)
                entry = Entry(digest(data), *made)
            manifest.chapters[source.origin] = entry
            facts = Facts.from_json(dict(entry.facts))
        except BadInput as error:
            problems += error.problems
        if source.slug:
            course.chapters[source.module] = (source, facts)
        else:
            course.pages.append((source, facts))
    problems += check_course(course.chapters, course.pages)
    problems += read_data(course)
    for source, facts in course.chapters.values():
        for record in facts.records:
            path = record_path(course.root, source, record.name)
            if (data := content(path)) is not None:
                course.records[record.name] = data
    if problems:
        raise BadInput(problems)
    for path in contents:
        manifest.executed.pop(path, None)
    return contents | _shared(course)


def press_hash() -> str:
    """Changes when the press or Python does: then all is tangled again."""
    state = hashlib.blake2b(sys.version.encode(), digest_size=16)
    for room in ROOMS:
        for path in sorted((layout.PRESS / room).glob("*.py")):
            state.update(path.read_bytes())
    return state.hexdigest()


def _is_fresh(build: Path, manifest: Manifest, entry: Entry, data: bytes):
    """Whether source and targets are, byte by byte, as they were."""
    return entry.source == digest(data) and all(
        path not in manifest.pending
        and digest(content(build / path) or b"") == manifest.files[path][0]
        for path in entry.targets
    )


def read_data(course: Course) -> list[Problem]:
    """Fill `course.data` with the files that chapters say they read."""
    problems, root = [], course.root.resolve()
    for source, facts in course.chapters.values():
        for name in facts.reads:
            path = (source.path.parent / name).resolve()
            data = content(path) if root in path.parents else None
            if data is None:
                message = f"there is no file {name!r} in the chapters"
                remedy = "the path is the one from the chapter's folder"
            elif course.data.setdefault(path.name, data) != data:
                message = f"another chapter's {path.name!r} differs"
                remedy = "rename one of the two"
            else:
                continue
            place = source.label, facts.lines["reads"], 1
            problems.append(Problem(*place, f"reads: {message}", remedy))
    return problems


def _shared(course: Course) -> dict[str, bytes]:
    """The files that are no single chapter's."""
    makers = makers_of(course.chapters).items()
    names = {a: course.chapters[maker][0].name for a, maker in sorted(makers)}
    names |= {
        f"record {record.name}": source.name
        for source, facts in course.chapters.values()
        for record in facts.records
    }
    runtime = layout.RUNTIME.read_text("utf-8").replace(
        "MAKERS: dict[str, str] = {}", f"MAKERS: dict[str, str] = {names}"
    )
    contents = {"byhand/__init__.py": runtime.encode()}
    for name, data in course.data.items():
        contents[f"byhand/_data/{name}"] = data
    for name, data in course.records.items():
        contents[f"byhand/_records/{name}.json"] = data
    for source, _ in course.chapters.values():
        line = f'"""The chapters of {source.origin.rsplit("/", 1)[0]}."""\n'
        contents[f"byhand/{source.package}/__init__.py"] = line.encode()
    for name, path in layout.COMPANIONS.items():
        contents[f"byhand/{name}"] = path.read_bytes()
    sharing = [pair for pair in course.chapters.values() if pair[1].shared]
    return contents | _shared_fences(sharing)


def record_path(root: Path, source: Source, name: str) -> Path:
    """Where the result of a record is, beside the chapters."""
    folder = root.resolve().parent / "records" / source.part / source.slug
    return folder / f"{name}.json"


def _shared_fences(chapters: list[tuple[Source, Facts]]) -> dict[str, bytes]:
    """What the tests of a part share, for each part that has it."""
    contents: dict[str, bytes] = {}
    if chapters:
        from press.write.scripts import shared_files

        for package in {source.package for source, _ in chapters}:
            contents |= shared_files(package, chapters)
    return contents


def targets(chapter: "Chapter") -> dict[str, bytes]:
    """What is made of a chapter, by path below the build folder."""
    from press.write.notebook import notebook
    from press.write.scripts import module_script, test_script
    from press.write.workbook import workbook

    paths = target_paths(chapter.source)
    texts = {
        paths["module"]: module_script(chapter),
        paths["notebook"]: notebook(chapter),
        paths["tests"]: test_script(chapter),
        paths["workbook"]: workbook(chapter),
    }
    return {path: text.encode() for path, text in texts.items() if text}


def target_paths(source: Source) -> dict[str, str]:
    """Where a chapter's module, tests and notebook are, below build/."""
    package, stem = source.package, source.stem
    return {
        "module": f"byhand/{package}/{stem}.py",
        "tests": f"tests/{package}/test_{stem}.py",
        "notebook": f"notebooks/{source.part}/{source.slug}.ipynb",
        "workbook": f"workbooks/{source.part}/{source.slug}.ipynb",
    }
