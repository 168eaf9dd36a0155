"""Writing: staged, journaled, atomic, and never over an edit by hand.

New files are written to a scratch folder; the manifest then names them as
ours beside the old ones; then each replaces its target in one step. A kill
at any moment leaves old or new files, all known to the manifest, and the
next run goes on from there.
"""

import contextlib
import difflib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from press.problems import BadInput, Refused
from press.read.facts import digest
from press.write.manifest import NAME, Manifest

SCRATCH = ".scratch"  # all that is half-made; emptied by the next command
OURS = "press-"  # how names in it begin


@contextlib.contextmanager
def locked(build: Path) -> Iterator[None]:
    """One command at a time on a build folder; a second one waits."""
    from filelock import FileLock, Timeout

    made = not build.exists()
    lock, holder = FileLock(build / ".lock"), build / ".lock.pid"
    with reporting(build):
        build.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            pid = (content(holder) or b"unknown").decode()
            words = f"waiting for another command to end (process {pid})"
            print(f"{build}: {words}", file=sys.stderr, flush=True)
            lock.acquire()
        holder.write_text(str(os.getpid()), "utf-8")
    try:
        _clear_scratch(build)
        yield
    finally:
        _clear_scratch(build)
        holder.unlink(missing_ok=True)
        if made and os.listdir(build) == [".lock"]:  # waiters look again
            shutil.rmtree(build)
        lock.release()


@contextlib.contextmanager
def reporting(build: Path) -> Iterator[None]:
    """An operating system's refusal becomes one clear line."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or build
        raise BadInput(
            f"{where}: cannot be read or written: {error.strerror or error} "
            "(make room or choose another folder with --build)"
        ) from None


def scratch(build: Path) -> Path:
    """A new folder for what is half-made; it goes with the command."""
    import tempfile

    (build / SCRATCH).mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=OURS, dir=build / SCRATCH))


def _clear_scratch(build: Path) -> None:
    for path in (build / SCRATCH).glob(f"{OURS}*"):
        shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        (build / SCRATCH).rmdir()


def put(build: Path, path: Path, data: bytes) -> None:
    """Write a file in one step, where its content is another."""
    if content(path) != data:
        draft = scratch(build) / path.name
        draft.write_bytes(data)
        os.replace(draft, path)


def replace(path: Path, old: bytes | None, new: bytes) -> None:
    """Put a new version of a file of the reader's in place of the old one.

    Raises Refused where the old one is not there any more.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.[0-9]*"):  # by a kill
        left.unlink(missing_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            shutil.copymode(path, partial)
        if content(path) != old:
            raise Refused(f"{path}: edited meanwhile (run the command again)")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def swap(build: Path, draft: Path | None, target: Path) -> None:
    """Let a finished folder replace `target`, or nothing do so.

    The old one leaves in one step, so that no half of it is ever seen.
    """
    if os.path.lexists(target):
        os.replace(target, scratch(build) / "old")
    if draft:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, target)


def own(build: Path, name: str) -> Path:
    """The path of a folder or file that the press makes whole.

    It is recorded before it is made, so that `clean` removes it. Raises
    Refused where something of that name was there already.
    """
    path, manifest = build / name, Manifest.load(build)
    if name not in manifest.trees:
        if os.path.lexists(path):
            raise Refused(
                f"{path}: not made by the press, so it is left alone "
                "(move it elsewhere, or delete it yourself)"
            )
        manifest.trees.append(name)
        put(build, build / NAME, manifest.dump())
    return path


def content(path: Path) -> bytes | None:
    """What is in a file; None where there is no file."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def marks(path: str, data: bytes) -> list[str]:
    """The hashes that tell a content of `path`.

    A notebook has a second one, of its sources: what a reader's Jupyter
    changes besides them (outputs, ids, metadata, layout) is no edit.
    """
    whole, text = digest(data), _readable(path, data)
    return [whole, digest(text)] if path.endswith(".ipynb") else [whole]


def _readable(path: str, data: bytes) -> str:
    """The text of a file; of a notebook, the sources of its cells."""
    text = data.decode("utf-8", "replace")
    if path.endswith(".ipynb"):
        with contextlib.suppress(
            ValueError, LookupError, TypeError, RecursionError
        ):
            cells = json.loads(text)["cells"]
            pairs = [(c["cell_type"], "".join(c["source"])) for c in cells]
            return "\n".join(f"%% {k}\n{s}" for k, s in pairs if s.strip())
    return text


def write(
    build: Path,
    manifest: Manifest,
    contents: dict[str, bytes],
    orphans: Iterable[str] = (),
    force: bool = False,
    dry_run: bool = False,
) -> list[str]:
    """Write `contents`, remove `orphans`, save the manifest; changed paths.

    The manifest is that of the disk, but for what the caller changed in it.
    Raises Refused, and writes nothing, where a file was edited by hand;
    `force` writes all the same.
    """
    with reporting(build):
        if not force:
            check_edits(build, manifest, {*contents, *orphans}, contents)
        changed = sorted(
            p for p in contents if content(build / p) != contents[p]
        )
        if dry_run:
            return changed
        staging = scratch(build) if changed else build
        for path in changed:
            (staging / path).parent.mkdir(parents=True, exist_ok=True)
            (staging / path).write_bytes(contents[path])
        new = {path: marks(path, data) for path, data in contents.items()}
        manifest.trees = Manifest.load(build).trees
        manifest.pending = {path: new[path] for path in changed}
        if changed or orphans:
            put(build, build / NAME, manifest.dump())
        for path in changed:
            (build / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / path, build / path)
        for path in orphans:
            remove(build, path)
            manifest.files.pop(path, None)
        manifest.files |= new
        manifest.pending = {}
        put(build, build / NAME, manifest.dump())
    return changed


def edited(
    build: Path, manifest: Manifest, path: str, planned: bytes
) -> bytes | None:
    """What lies there, if it is neither ours nor what is planned."""
    found = content(build / path)
    known = manifest.files.get(path, []) + manifest.pending.get(path, [])
    if found in (None, planned) or digest(found) in known:
        return None
    ours = {*known, *marks(path, planned)}
    return found if ours.isdisjoint(marks(path, found)) else None


def check_edits(
    build: Path, manifest: Manifest, paths: Iterable[str], contents: dict
) -> None:
    """Raise Refused, with a diff, for files that were edited by hand.

    These are the ones whose content is neither ours nor what is planned.
    """
    lines: list[str] = []
    for path in sorted(paths):
        planned = contents.get(path, b"")
        found = edited(build, manifest, path, planned)
        if found is not None:
            texts = [_readable(path, data) for data in (planned, found)]
            names = f"{path} as the press has it", f"{path} as it is"
            sides = [text.splitlines() for text in texts]
            lines += difflib.unified_diff(*sides, *names, lineterm="")
            lines.append(
                f"{build / path}: edited by hand, so it is kept and nothing "
                "was changed (take the edit into the chapter with 'tangle.py "
                "sync' or by hand, or drop it with --force)"
            )
    if lines:
        raise Refused("\n".join(lines))


def remove(build: Path, path: str, tree: bool = False) -> None:
    """Delete a file of ours, or a tree, and folders that are then empty.

    With a module goes what Python compiled.
    """
    target = build / path
    if tree and target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    folder = target.parent
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    with contextlib.suppress(OSError):
        while folder != build:
            folder.rmdir()
            folder = folder.parent
