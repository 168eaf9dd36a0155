"""The folder of chapters: which files there are, and what they are called."""

import keyword
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from press.problems import BadInput, Problem

MAX_BYTES = 1_000_000
# NUL, what str.splitlines takes for a line end (jupytext then would), and the
# character with which press.read.cells hides text from jupytext.
FORBIDDEN = re.compile("[\0\x0b\x0c\x1c-\x1e\x85\u2028\u2029\ue000]")
NUMBERED = re.compile(r"(\d+)-([a-z0-9]+(?:-[a-z0-9]+)*)")


@dataclass(frozen=True)
class Source:
    """One Markdown file; a chapter, or a README when `slug` is empty."""

    path: Path
    label: str  # how diagnostics name it
    origin: str  # how generated files name it: chapters/2-part/01-name.md
    order: tuple[int, int]
    part: str
    slug: str

    @property
    def name(self) -> str:
        """`building/attention`, as the verbs take it."""
        return f"{self.part}/{self.slug}"

    @property
    def stem(self) -> str:
        return self.slug.replace("-", "_")

    @property
    def package(self) -> str:
        return self.part.replace("-", "_")

    @property
    def module(self) -> str:
        return f"byhand.{self.package}.{self.stem}"


def find_sources(root: Path) -> tuple[list[Source], list[Problem]]:
    """All chapters and READMEs below `root`, in reading order."""
    if not root.is_dir():
        raise BadInput(f"{root}: no such folder (name it with --chapters)")
    sources, problems = [], []
    front = root / "README.md"
    if os.path.lexists(front):
        sources.append(_source(root, front, (-1, 0), "", ""))
    for folder in _listing(root):
        if folder.name.startswith(".") or not folder.is_dir():
            if folder.suffix == ".md" and folder != front:
                problems.append(_misplaced(folder))
            continue
        found, wrong = _part_sources(root, folder)
        sources += found
        problems += wrong
    if not sources and not problems:
        raise BadInput(f"{root}: no chapters in it (name it with --chapters)")
    sources.sort(key=lambda source: (source.order, source.label))
    return sources, problems + _clashes(sources)


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        reason = error.strerror or str(error)
        problem = f"{folder}: cannot be read: {reason} (check the folder)"
        raise BadInput(problem) from None


def _pages(folder: Path) -> list[Path]:
    """Everything called `….md` in a folder and in those below it."""
    found = []
    for path in _listing(folder):
        if path.suffix == ".md" and not path.name.startswith("."):
            found.append(path)
        elif path.is_dir() and not path.is_symlink():
            found += _pages(path)
    return found


def _part_sources(root: Path, folder: Path):
    sources, problems = [], []
    pages = _pages(folder)
    if not pages:
        return [], []
    match = NUMBERED.fullmatch(folder.name)
    if not match:
        return [], [_misnamed(folder, "folder", "N-part, as in 2-gradients")]
    number, part = int(match[1]), match[2]
    problems += _bad_name(folder, part)
    for path in pages:
        chapter = NUMBERED.fullmatch(path.stem)
        if path.parent != folder:
            problems.append(_misplaced(path))
        elif path.name == "README.md":
            sources.append(_source(root, path, (number, -1), part, ""))
        elif not chapter:
            problems.append(_misnamed(path, "file", "NN-name.md"))
        else:
            order = (number, int(chapter[1]))
            problems += _bad_name(path, chapter[2])
            sources.append(_source(root, path, order, part, chapter[2]))
    return sources, problems


def _source(root, path, order, part, slug) -> Source:
    inside = path.relative_to(root).as_posix()
    origin = f"{root.resolve().name}/{inside}"
    return Source(path, str(path), origin, order, part, slug)


def _misplaced(path: Path) -> Problem:
    return Problem(
        str(path),
        1,
        1,
        "a Markdown file that is no chapter",
        "chapters are chapters/N-part/NN-name.md; move or rename it",
    )


def _misnamed(path: Path, what: str, pattern: str) -> Problem:
    return Problem(
        str(path),
        1,
        1,
        f"the {what} name {path.name!r} gives no module name",
        f"name it {pattern}, in lower-case letters, digits and hyphens",
    )


def _bad_name(path: Path, slug: str) -> list[Problem]:
    name = slug.replace("-", "_")
    if not name.isidentifier():
        reason = "is no Python identifier"
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
        reason = "is a Python keyword"
    elif name in sys.stdlib_module_names:
        reason = "is a module of the standard library"
    elif name == "byhand":
        reason = "is the name of the whole package"
    else:
        return []
    message = f"the name {name!r} {reason}"
    return [Problem(str(path), 1, 1, message, "choose another name")]


def _clashes(sources: list[Source]) -> list[Problem]:
    """Two chapters with one module name, or with one place in the order."""
    problems = []
    taken: dict[object, Source] = {}
    for source in sources:
        number = source.order[0]
        if not source.part:
            continue
        if taken.setdefault(number, source).part != source.part:
            problems.append(_clash(source, taken[number], "the part number"))
        elif taken.setdefault(source.part, source).order[0] != number:
            what = f"the part name {source.part!r}"
            problems.append(_clash(source, taken[source.part], what))
        elif not source.slug:
            continue
        elif taken.setdefault(source.module, source) is not source:
            what = f"the module name {source.module}"
            problems.append(_clash(source, taken[source.module], what))
        elif taken.setdefault(source.order, source) is not source:
            first = taken[source.order]
            problems.append(_clash(source, first, "the chapter number"))
    return problems


def _clash(source: Source, first: Source, what: str) -> Problem:
    message = f"{what} is taken by {first.label}"
    return Problem(source.label, 1, 1, message, "rename one of the two")


def read_source(source: Source, root: Path) -> bytes:
    """The file's bytes; BadInput for what cannot be a chapter."""
    path = source.path
    try:
        target = path.resolve(strict=True)
        if root.resolve() not in target.parents:
            raise _unreadable(
                source,
                "is a link out of the chapters",
                "copy the file into the folder",
            )
        if not target.is_file() and not target.is_dir():
            raise _unreadable(source, "is no regular file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _unreadable(
                source,
                f"is too large: {size:,} bytes, at most {MAX_BYTES:,}",
                "split it; data belongs in code that makes it",
            )
        return path.read_bytes()
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(source, f"cannot be read: {reason}") from None


def _unreadable(source, message, remedy="check the file") -> BadInput:
    problem = Problem(source.label, 1, 1, f"the file {message}", remedy)
    return BadInput([problem])


def decode(source: Source, data: bytes) -> str:
    """The text with `\\n` line ends and without a byte order mark."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        remedy = "save the file as UTF-8 text"
        raise _undecodable(source, before, "not UTF-8", remedy) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    strange = FORBIDDEN.search(text)
    if strange:
        before = text[: strange.start()]
        what = f"the control character U+{ord(strange[0]):04X}"
        raise _undecodable(source, before, what, "remove it")
    return text


def _undecodable(source, before: str, what: str, remedy: str) -> BadInput:
    """`before` is the text up to the fault."""
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    place = source.label, len(lines), len(lines[-1]) + 1
    return BadInput([Problem(*place, what, remedy)])
