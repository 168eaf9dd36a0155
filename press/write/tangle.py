"""Chapters to modules, tests and notebooks: read, check, plan, write."""

import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path

from press import layout
from press.problems import BadInput, Problem
from press.read.chapter import Chapter, Facts, digest, read_chapter
from press.read.course import check_course, makers_of
from press.read.tree import Source, decode, find_sources, read_source
from press.write.manifest import Entry, Manifest
from press.write.transaction import content, reporting, write

ROOMS = ("read", "write", "runtime")  # of the press: what tangling depends on
FOLDERS = ("byhand", "tests", "notebooks")  # what is tangled


@dataclass(eq=False)
class Course:
    """All chapters in reading order by module name, and the READMEs."""

    root: Path
    build: Path
    chapters: dict[str, tuple[Source, Facts]]
    pages: list[tuple[Source, Facts]]
    data: dict[str, bytes] = field(default_factory=dict)  # of `reads:`


@dataclass
class Result:
    """What a run of tangle found and did; paths are below the build folder."""

    course: Course
    changed: list[str]
    removed: list[str]


def tangle(
    root: Path, build: Path, dry_run: bool = False, force: bool = False
) -> Result:
    """Bring the build folder up to date with the chapters.

    Raises BadInput with every problem of every chapter, before anything is
    written, and Refused when a generated file was edited by hand. The caller
    holds the build folder's lock.
    """
    with reporting(build):
        manifest = Manifest.load(build)
        course, contents = _read_course(root, build, manifest)
        targets = {p for e in manifest.chapters.values() for p in e.targets}
        orphans = sorted(manifest.listed(*FOLDERS) - targets - set(contents))
        changed = write(build, manifest, contents, orphans, force, dry_run)
        return Result(course, changed, orphans)


def _read_course(root: Path, build: Path, manifest: Manifest):
    """The course and what is to be written; updates the manifest."""
    sources, problems = find_sources(root)
    course, contents = Course(root, build, {}, []), {}
    known, manifest.chapters = _reusable(manifest), {}
    for source in sources:
        facts = Facts(whole=False)
        try:
            data = read_source(source, root)
            entry = known.get(source.origin)
            if not (
                entry
                and entry.source == digest(data)
                and _settled(build, manifest, entry.targets)
            ):
                entry, files, wrong = _tangle_one(source, data)
                contents |= files
                problems += wrong
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
    if problems:
        raise BadInput(problems)
    for path in contents:
        manifest.executed.pop(path, None)
    return course, contents | _shared(course)


def _tangle_one(source: Source, data: bytes):
    """A chapter's entry for the manifest, its files, its problems."""
    chapter, problems = read_chapter(source, decode(source, data))
    files = _targets(chapter) if source.slug and not problems else {}
    entry = Entry(digest(data), chapter.facts.to_json(), list(files))
    return entry, files, problems


def press_hash() -> str:
    """Changes when the press or Python does: then all is tangled again."""
    state = hashlib.blake2b(sys.version.encode(), digest_size=16)
    for room in ROOMS:
        for path in sorted((layout.PRESS / room).glob("*.py")):
            state.update(path.read_bytes())
    return state.hexdigest()


def _reusable(manifest: Manifest) -> dict[str, Entry]:
    """The entries of the last run, if it was by the same press."""
    press, manifest.press = manifest.press, press_hash()
    return manifest.chapters if manifest.press == press else {}


def _settled(build: Path, manifest: Manifest, targets: list[str]) -> bool:
    """Whether files are on the disk byte by byte as they were written."""
    return not manifest.pending.keys() & set(targets) and all(
        (data := content(build / path)) is not None
        and digest(data) == manifest.files[path][0]
        for path in targets
    )


def read_data(course: Course) -> list[Problem]:
    """Fill `course.data` with the files that chapters say they read."""
    problems = []
    root = course.root.resolve()
    for source, facts in course.chapters.values():
        for name in facts.reads:
            path = (source.path.parent / name).resolve()
            place = source.label, facts.lines["reads"], 1
            if root not in path.parents or not path.is_file():
                message = f"reads: there is no file {name!r} in the chapters"
                remedy = "the path is the one from the chapter's folder"
                problems.append(Problem(*place, message, remedy))
                continue
            data = path.read_bytes()
            if course.data.setdefault(path.name, data) != data:
                message = f"reads: another chapter's {path.name!r} differs"
                problems.append(Problem(*place, message, "rename one"))
    return problems


def _shared(course: Course) -> dict[str, bytes]:
    """The files that are no single chapter's."""
    commands = {
        name: course.chapters[module][0].name
        for name, module in sorted(makers_of(course.chapters).items())
    }
    runtime = layout.RUNTIME.read_text("utf-8").replace(
        "MAKERS: dict[str, str] = {}", f"MAKERS: dict[str, str] = {commands}"
    )
    contents = {"byhand/__init__.py": runtime.encode()}
    for name, data in course.data.items():
        contents[f"byhand/_data/{name}"] = data
    for source, _ in course.chapters.values():
        line = f'"""The chapters of {source.origin.rsplit("/", 1)[0]}."""\n'
        contents[f"byhand/{source.package}/__init__.py"] = line.encode()
    return contents


def _targets(chapter: Chapter) -> dict[str, bytes]:
    from press.write.notebook import notebook
    from press.write.scripts import module_script, test_script

    source = chapter.source
    paths = target_paths(source)
    texts = {
        paths["module"]: module_script(chapter),
        paths["notebook"]: notebook(chapter),
    }
    tests = test_script(chapter)
    if tests:
        texts[paths["tests"]] = tests
    return {path: text.encode() for path, text in texts.items()}


def target_paths(source: Source) -> dict[str, str]:
    """Where a chapter's module, tests and notebook are, below build/."""
    package, stem = source.package, source.stem
    return {
        "module": f"byhand/{package}/{stem}.py",
        "tests": f"tests/{package}/test_{stem}.py",
        "notebook": f"notebooks/{source.part}/{source.slug}.ipynb",
    }
