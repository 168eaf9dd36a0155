"""The folder of chapters: which files there are, and what they are called."""

import keyword
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from press.problems import BadInput, Problem

MAX_BYTES = 1_000_000
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
    if front.exists():
        sources.append(_source(root, front, (-1, 0), "", ""))
    for folder in sorted(root.iterdir()):
        if folder.name.startswith(".") or not folder.is_dir():
            if folder.suffix == ".md" and folder != front:
                problems.append(_misplaced(folder))
            continue
        found, wrong = _part_sources(root, folder)
        sources += found
        problems += wrong
    sources.sort(key=lambda source: (source.order, source.label))
    return sources, problems + _clashes(sources)


def _part_sources(root: Path, folder: Path):
    sources, problems = [], []
    match = NUMBERED.fullmatch(folder.name)
    pages = sorted(
        Path(base, name)
        for base, _, names in os.walk(folder)
        for name in names
        if name.endswith(".md") and not name.startswith(".")
    )
    directories = sorted(path for path in folder.glob("*.md") if path.is_dir())
    if not pages and not directories:
        return [], []
    if not match:
        return [], [_misnamed(folder, "folder", "N-part, as in 2-gradients")]
    number, part = int(match[1]), match[2]
    problems += _bad_name(folder, part)
    for path in pages + directories:
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
    else:
        return []
    message = f"the name {name!r} {reason}"
    return [Problem(str(path), 1, 1, message, "choose another name")]


def _clashes(sources: list[Source]) -> list[Problem]:
    """Two chapters with one module name, or with one place in the order."""
    problems = []
    modules: dict[str, Source] = {}
    orders: dict[tuple[int, int], Source] = {}
    parts: dict[int, Source] = {}
    for source in sources:
        if source.part:
            first = parts.setdefault(source.order[0], source)
            if first.part != source.part:
                problems.append(_clash(source, first, "the part number"))
        if not source.slug:
            continue
        first = modules.setdefault(source.module, source)
        if first is not source:
            what = f"the module name {source.module}"
            problems.append(_clash(source, first, what))
            continue
        first = orders.setdefault(source.order, source)
        if first is not source and first.part == source.part:
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
            raise _unreadable(source, "is a link out of the chapters", "copy")
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
    if remedy == "copy":
        remedy = "copy the file into the folder"
    problem = Problem(source.label, 1, 1, f"the file {message}", remedy)
    return BadInput([problem])


def decode(source: Source, data: bytes) -> str:
    """The text with `\\n` line ends and without a byte order mark."""
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise _undecodable(source, line, 1, "a NUL byte")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise _undecodable(source, line, column, "not UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _undecodable(source, line, column, what) -> BadInput:
    remedy = "save the file as UTF-8 text"
    return BadInput([Problem(source.label, line, column, what, remedy)])
