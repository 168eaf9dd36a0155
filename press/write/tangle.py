"""Chapters to modules, tests and notebooks: read, check, plan, write."""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from press import layout
from press.problems import BadInput, Problem
from press.read.chapter import Chapter, Facts, digest
from press.read.course import check_course, makers_of
from press.read.tree import Source, decode, find_sources, read_source
from press.write.manifest import Entry, Manifest
from press.write.transaction import (
    STAGING,
    changed_paths,
    edited_by_hand,
    file_hash,
    refuse,
    reporting,
    write,
)


@dataclass
class Course:
    """All chapters in reading order by module name, and the READMEs."""

    root: Path
    build: Path
    chapters: dict[str, tuple[Source, Facts]]
    pages: list[tuple[Source, Facts]]


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
        old = Manifest.load(build)
        press = press_hash()
        course, texts, fresh, read = _read_course(root, build, old, press)
        contents = _contents(course, read)
        new = _manifest(press, old, fresh, read, contents, texts)
        edited = edited_by_hand(build, old, _planned(new, contents))
        if edited:
            _keep_or_force(course, texts, fresh, contents, edited, force)
        for path in _with_outputs(build, old, new):
            contents.pop(path, None)
            new.files[path] = old.files[path]
        new.files |= {p: old.files[p] for p in old.below("docs")}
        orphans = sorted(set(old.files) - set(new.files))
        changed = changed_paths(build, contents)
        broken_off = (build / STAGING).exists()
        if not dry_run and (changed or new != old or broken_off):
            write(build, new, contents, orphans)
        return Result(course, sorted(changed), orphans)


def _read_course(root: Path, build: Path, old: Manifest, press: str):
    """The course, its files, those that did not change, those just read."""
    sources, problems = find_sources(root)
    texts, wrong = _read_files(root, sources)
    problems += wrong
    fresh = _reusable(build, old, press, texts)
    read, wrong = _read_chapters(texts, set(texts) - set(fresh))
    problems += wrong
    course, wrong = _course(root, build, sources, fresh, read)
    problems += wrong
    if problems:
        raise BadInput(problems)
    return course, texts, fresh, read


def _planned(manifest: Manifest, contents: dict[str, bytes]):
    """What each file of the build folder is to be, without outputs."""
    planned = {path: digest(data) for path, data in contents.items()}
    for entry in manifest.chapters.values():
        planned |= entry.targets
    return planned


def _with_outputs(build: Path, old: Manifest, new: Manifest) -> list[str]:
    """Executed notebooks whose chapter is as it was: their outputs stay."""
    return [
        path
        for label, entry in new.chapters.items()
        for path, value in entry.targets.items()
        if label in old.chapters
        and old.chapters[label].targets.get(path) == value
        and [file_hash(build / path)] == old.files.get(path)
    ]


def _keep_or_force(course, texts, fresh, contents, edited, force) -> None:
    """Refuse edits by hand, or add what overwrites them to `contents`."""
    stale = [s for s, e in fresh.items() if set(e.targets) & set(edited)]
    again, _ = _read_chapters(texts, stale)
    found = _contents(course, again)
    contents |= {path: found[path] for path in edited if path in found}
    if not force:
        refuse(course.build, edited, contents)


def press_hash() -> str:
    """Changes when the press or Python does: then all is tangled again."""
    state = hashlib.blake2b(digest_size=16)
    state.update(sys.version.encode())
    for path in sorted(layout.PRESS.rglob("*.py")):
        state.update(path.read_bytes())
    return state.hexdigest()


def _read_files(root: Path, sources: list[Source]):
    texts: dict[Source, bytes] = {}
    problems: list[Problem] = []
    for source in sources:
        try:
            texts[source] = read_source(source, root)
        except BadInput as error:
            problems += error.problems
    return texts, problems


def _reusable(build, manifest, press, texts) -> dict[Source, Entry]:
    """The entries of files that need no reading: nothing changed."""
    if manifest.press != press:
        return {}
    return {
        source: entry
        for source, data in texts.items()
        if (entry := manifest.chapters.get(source.origin))
        and entry.source == digest(data)
        and all(_settled(build, manifest, path) for path in entry.targets)
    }


def _settled(build: Path, manifest: Manifest, path: str) -> bool:
    """Whether the last run got as far as this file, and it is still there."""
    return len(manifest.files.get(path, ())) == 1 and (build / path).exists()


def _read_chapters(texts: dict[Source, bytes], wanted):
    read: dict[Source, Chapter] = {}
    problems: list[Problem] = []
    for source in sorted(wanted, key=lambda source: source.label):
        try:
            text = decode(source, texts[source])
        except BadInput as error:
            problems += error.problems
            continue
        from press.read.chapter import read_chapter

        read[source], wrong = read_chapter(source, text)
        problems += wrong
    return read, problems


def _course(root, build, sources, fresh, read):
    chapters, pages = {}, []
    for source in sources:
        if source in fresh:
            facts = Facts.from_json(dict(fresh[source].facts))
        elif source in read:
            facts = read[source].facts
        else:
            facts = Facts(whole=False)
        if source.slug:
            chapters[source.module] = (source, facts)
        else:
            pages.append((source, facts))
    course = Course(root, build, chapters, pages)
    return course, check_course(chapters, pages)


def _contents(course: Course, read: dict[str, Chapter]) -> dict[str, bytes]:
    """What is to be written; paths are below the build folder."""
    makers = makers_of(course.chapters)
    runtime = layout.RUNTIME.read_text("utf-8")
    table = "".join(f'\n    "{a}": "{m}",' for a, m in sorted(makers.items()))
    table = "{" + table + "\n}" if makers else "{}"
    runtime = runtime.replace(
        "MAKERS: dict[str, str] = {}", f"MAKERS: dict[str, str] = {table}"
    )
    contents = {"byhand/__init__.py": runtime.encode()}
    for source, _ in course.chapters.values():
        path = f"byhand/{source.package}/__init__.py"
        line = f'"""The chapters of {source.origin.rsplit("/", 1)[0]}."""\n'
        contents[path] = line.encode()
    for source, chapter in read.items():
        if source.slug:
            contents |= _targets(chapter)
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


def _manifest(press, old, fresh, read, contents, texts) -> Manifest:
    entries = {source.origin: entry for source, entry in fresh.items()}
    for source, chapter in read.items():
        paths = target_paths(source).values() if source.slug else ()
        targets = {p: digest(contents[p]) for p in paths if p in contents}
        facts = chapter.facts.to_json()
        entries[source.origin] = Entry(digest(texts[source]), facts, targets)
    files = {p: old.files[p] for e in fresh.values() for p in e.targets}
    files |= {path: [digest(data)] for path, data in contents.items()}
    return Manifest(press, entries, files)
