"""Writing: staged, journaled, atomic, and never over an edit by hand.

New files are written to a staging folder; the manifest then names them as
ours beside the old ones; then each replaces its target in one step. A kill
at any moment leaves old or new files, all known to the manifest, and the
next run goes on from there.
"""

import contextlib
import difflib
import os
import shutil
from pathlib import Path

from press.problems import BadInput, Refused
from press.read.chapter import digest
from press.write.manifest import Manifest

STAGING = ".staging"


@contextlib.contextmanager
def locked(build: Path):
    """One run at a time on a build folder; a second one waits."""
    from filelock import FileLock

    made = not build.exists()
    with reporting(build):
        build.mkdir(parents=True, exist_ok=True)
        lock = FileLock(build / ".lock")
        lock.acquire()
    try:
        yield
    except BadInput:
        if made and os.listdir(build) == [".lock"]:  # waiters look again
            shutil.rmtree(build)
        raise
    finally:
        lock.release()


@contextlib.contextmanager
def reporting(build: Path):
    """An operating system's refusal becomes one clear line."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or build
        reason = error.strerror or str(error)
        raise BadInput(
            f"{where}: cannot be read or written: {reason} "
            "(make room or choose another folder with --build)"
        ) from None


def file_hash(path: Path) -> str | None:
    """The hash of a file's content; None where there is no file."""
    try:
        return digest(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def changed_paths(build: Path, contents: dict[str, bytes]) -> list[str]:
    """The paths whose file is missing or has another content."""
    return [
        path
        for path, content in contents.items()
        if file_hash(build / path) != digest(content)
    ]


def edited_by_hand(build: Path, manifest: Manifest, planned: dict[str, str]):
    """Paths whose content is neither ours nor what is planned."""
    edited = []
    for path in sorted({*manifest.files, *planned}):
        found = file_hash(build / path)
        ours = [*manifest.files.get(path, []), planned.get(path)]
        if found is not None and found not in ours:
            edited.append(path)
    return edited


def refuse(build: Path, edited: list[str], contents: dict[str, bytes]):
    """Raise Refused with a diff of every file that was edited by hand."""
    parts = []
    for path in edited:
        found = (build / path).read_text("utf-8", "replace")
        planned = contents.get(path, b"").decode()
        parts += difflib.unified_diff(
            planned.splitlines(),
            found.splitlines(),
            f"{path} as tangled",
            f"{path} as it is",
            lineterm="",
        )
        parts.append(
            f"{build / path}: edited by hand, so it is kept and nothing was "
            "written (move the edit into the chapter, or use --force)"
        )
    raise Refused("\n".join(parts))


def write(
    build: Path,
    manifest: Manifest,
    contents: dict[str, bytes],
    orphans: list[str] = (),
) -> list[str]:
    """Write `contents`, remove `orphans`, save the manifest; changed paths.

    `manifest` already describes the state to be reached, but for the hashes
    of `contents`.
    """
    new = {path: digest(content) for path, content in contents.items()}
    edited = edited_by_hand(build, manifest, new)
    edited = [path for path in edited if path.startswith("docs/")]
    if edited:
        refuse(build, edited, contents)
    with reporting(build):
        changed = changed_paths(build, contents)
        try:
            shutil.rmtree(build / STAGING, ignore_errors=True)
            _stage(build, {path: contents[path] for path in changed})
            if changed:
                _journal(build, {path: new[path] for path in changed})
            for path in changed:
                target = build / path
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(build / STAGING / path, target)
            for path in orphans:
                _remove(build, path)
                manifest.files.pop(path, None)
            manifest.files |= {path: [new[path]] for path in new}
            _save(build, manifest)
        finally:
            shutil.rmtree(build / STAGING, ignore_errors=True)
    return changed


def _stage(build: Path, contents: dict[str, bytes]) -> None:
    for path, content in contents.items():
        staged = build / STAGING / path
        staged.parent.mkdir(parents=True, exist_ok=True)
        _write_bytes(staged, content)


def _journal(build: Path, new: dict[str, str]) -> None:
    """Name old and new content as ours before anything is replaced."""
    before = Manifest.load(build)
    for path, value in new.items():
        before.files.setdefault(path, []).append(value)
    _save(build, before)


def _save(build: Path, manifest: Manifest) -> None:
    content = {"manifest.json": manifest.dump()}
    if changed_paths(build, content):
        _stage(build, content)
        os.replace(build / STAGING / "manifest.json", build / "manifest.json")


def _write_bytes(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _remove(build: Path, path: str) -> None:
    """Delete an orphan and the folders that are empty without it."""
    target = build / path
    target.unlink(missing_ok=True)
    for folder in target.parents:
        if folder == build:
            return
        try:
            folder.rmdir()
        except OSError:
            return


def own(build: Path, name: str) -> Path:
    """The path of a folder or file that the press makes whole."""
    return build / name


def scratch(build: Path) -> Path:
    """A new folder for what is half-made."""
    import tempfile

    folder = build / ".scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder))


def swap(build: Path, draft: Path | None, target: Path) -> None:
    """Let a finished folder or file replace `target`, or nothing do so."""
    if os.path.lexists(target):
        old = scratch(build)
        os.replace(target, old / "old")
        shutil.rmtree(old, ignore_errors=True)
    if draft:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, target)
