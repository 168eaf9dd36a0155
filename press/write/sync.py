"""Edits of generated files go back into their chapters: `tangle.py sync`."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from press.problems import BadInput, Refused
from press.read.chapter import Chapter, read_chapter
from press.read.tree import Source, decode, find_sources, read_source
from press.write.edits import (
    Change,
    applied,
    changes,
    difference,
    paired_by_marks,
    paired_by_texts,
    spliced,
    three,
)
from press.write.manifest import NAME, Entry, Manifest
from press.write.pieces import (
    Piece,
    notebook_pieces,
    read_text,
    script_pieces,
)
from press.write.tangle import tangle, targets
from press.write.transaction import content, marks, put, replace, reporting

FOLDERS = ("byhand/", "tests/", "notebooks/")  # not workbooks: the reader's


@dataclass
class Edited:
    """A chapter, as it was tangled and as it is, and its edited files."""

    source: Source
    build: Path
    old: Chapter
    data: bytes  # of the chapter, as it is
    files: dict[str, bytes]  # by path below the build folder
    made: dict[str, bytes]  # all files of the chapter as it was tangled


def sync(root: Path, build: Path, names: Iterable[str] = ()) -> list[str]:
    """Take the edits of generated files into the chapters; what was done.

    All chapters are read, merged and tried first. Raises Refused, before
    anything is written, for edits that cannot go back. The caller holds the
    build folder's lock, and tangles next.
    """
    with reporting(build):
        manifest = Manifest.load(build)
        found = list(_edited(root, build, manifest, set(names)))
        wrong, new = [], {}
        for item in found:
            try:
                new[item.source.origin] = _merged(item)
            except Refused as error:
                wrong.append(str(error))
        if wrong:
            raise Refused("\n".join(wrong))
        _try(root, build, new)
        for item in found:
            if new[item.source.origin] != item.data:
                replace(item.source.path, item.data, new[item.source.origin])
            for path, data in item.files.items():
                manifest.files[path] += marks(path, data)  # now it may go
        if found:
            put(build, build / NAME, manifest.dump())
    return [
        f"{build / path}: its edits are in {item.source.label}"
        for item in found
        for path in item.files
    ]


def _edited(
    root: Path, build: Path, manifest: Manifest, names: set[str]
) -> Iterable[Edited]:
    """The chapters that have edited files."""
    sources, problems = find_sources(root)
    if problems:
        raise BadInput(problems)
    known = {source.name for source in sources if source.slug}
    for name in names - known:
        near = difflib.get_close_matches(name, known) or sorted(known)
        raise BadInput(
            f"no chapter is called {name!r} (choose from: {', '.join(near)})"
        )
    for source in sources:
        entry = manifest.chapters.get(source.origin)
        if entry and (source.name in names or not names):
            files = dict(_edited_files(build, manifest, entry))
            if files:
                data = read_source(source, root)
                old, _ = read_chapter(source, entry.text)
                item = Edited(source, build, old, data, files, targets(old))
                _check_made(item, manifest)
                yield item


def _edited_files(
    build: Path, manifest: Manifest, entry: Entry
) -> Iterator[tuple[str, bytes]]:
    """The files of a chapter that differ from what the press wrote."""
    for path in entry.targets:
        ours = [*manifest.files.get(path, []), *manifest.pending.get(path, [])]
        data = content(build / path) if path.startswith(FOLDERS) else None
        if data is not None and set(ours).isdisjoint(marks(path, data)):
            yield path, data


def _check_made(item: Edited, manifest: Manifest) -> None:
    """Raise Refused where a file was not made of the chapter as tangled."""
    for path in item.files:
        made = marks(path, item.made.get(path, b""))
        if set(manifest.files.get(path, [])).isdisjoint(made):
            raise Refused(
                f"{item.build / path}: the press is another one now, or was "
                "interrupted, so it cannot tell what was edited (move your "
                f"edits into {item.source.label}, then tangle with --force)"
            )


def _merged(item: Edited) -> bytes:
    """The chapter with the edits of all its files."""
    lines, conflicts = decode(item.source, item.data).split("\n"), []
    for path, data in item.files.items():
        for change in _proven(item, path, data):
            place, fits = three(item.old.document.lines, lines, change)
            if not fits:
                conflicts.append(_versions(item, path, change, place))
            lines = applied(lines, [place])
    if conflicts:
        raise Refused("\n".join(conflicts))
    return spliced(item.data, lines)


def _versions(item: Edited, path: str, change: Change, now: Change) -> str:
    base = item.old.document.lines[change.start : change.end]
    file = item.build / path
    parts = [
        f"{item.source.label}:{now.start + 1}: this cell changed, and in "
        f"{file} otherwise (make the two alike and run the command again; "
        "nothing was written)",
        *["--- as it was tangled", *base],
        *[f"--- as {item.source.label} has it", *now.lines],
        *[f"--- as {file} would have it", *change.lines],
    ]
    return "\n".join(parts)


def _proven(item: Edited, path: str, data: bytes) -> list[Change]:
    """What an edited file changes in its chapter as it was tangled.

    Raises Refused where the press would not make that file of the result.
    """
    file = item.build / path
    old = _pieces(item, path, item.made[path], item.old)
    mine = _pieces(item, path, data)
    pair = paired_by_texts if path.endswith(".ipynb") else paired_by_marks
    found = changes(item.old, pair(old, mine))
    text = "\n".join(applied(item.old.document.lines, found))
    chapter, wrong = read_chapter(item.source, text)
    if wrong:
        words = f"{file}: its edits would make the chapter so (mend them)"
        raise Refused("\n".join([*map(str, sorted(wrong)), words]))
    new = _pieces(item, path, targets(chapter).get(path, b""), chapter)
    where = difference(old, mine, new)
    if where:
        raise Refused(
            f"{file}:{where}: the press would not write this so "
            f"(undo it here, and edit {item.source.label})"
        )
    return found


def _pieces(
    item: Edited, path: str, data: bytes, chapter: Chapter | None = None
) -> list[Piece]:
    file = item.build / path
    text = read_text(file, data)
    if path.endswith(".ipynb"):
        return notebook_pieces(file, text, chapter and chapter.cells)
    groups = (chapter or item.old).statements.values()
    everything = [s for group in groups for s in group]
    tests = path.startswith("tests/")
    copied = [s.line for s in everything if tests and s.place != "tests"]
    return script_pieces(file, text, copied)


def _try(root: Path, build: Path, new: dict[str, bytes]) -> None:
    try:
        tangle(root, build, dry_run=True, force=True, instead=new)
    except BadInput as error:
        words = "so it would be with the edits, and nothing was changed"
        raise Refused(f"{error}\n{words} (mend the generated file)") from None
