"""The folder of chapters: which files there are, and what they are called."""

import keyword
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from press.layout import COMPANIONS
from press.problems import BadInput, Problem

MAX_BYTES = 1_000_000
# What YAML cannot hold, and what str.splitlines takes for a line end: jupytext
# reads chapters with both.
FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
# What the site and the package have beside the parts: no part is called so.
PARTS = {"assets", "figures", "notebooks", "search", "workbooks"}
PARTS |= {name.removesuffix(".py") for name in COMPANIONS}
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
        """The module's own name."""
        return self.slug.replace("-", "_")

    @property
    def package(self) -> str:
        """The part's package below byhand."""
        return self.part.replace("-", "_")

    @property
    def module(self) -> str:
        """`byhand.building.attention`, as it is imported."""
        return f"byhand.{self.package}.{self.stem}"


def find_sources(root: Path) -> tuple[list[Source], list[Problem]]:
    """All chapters and READMEs below `root`, in reading order."""
    if not root.is_dir():
        raise BadInput(f"{root}: no such folder (name it with --chapters)")
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in _pages(root):
        found = _source(root, path)
        kept = sources if isinstance(found, Source) else problems
        kept.append(found)
    if not sources and not problems:
        raise BadInput(f"{root}: no chapters in it (name it with --chapters)")
    sources.sort(key=lambda source: (source.order, source.label))
    return sources, problems + _clashes(sources)


def _pages(folder: Path) -> list[Path]:
    """Everything called `….md` in a folder and in those below it."""
    try:
        listing = sorted(folder.iterdir())
    except OSError as error:
        reason = error.strerror or str(error)
        problem = f"{folder}: cannot be read: {reason} (check the folder)"
        raise BadInput(problem) from None
    found = []
    for path in listing:
        if path.name.startswith("."):
            continue
        if path.suffix == ".md":
            found.append(path)
        elif path.is_dir() and not path.is_symlink():
            found += _pages(path)
    return found


def _source(root: Path, path: Path) -> Source | Problem:
    """What a file is, by its name."""
    inside = path.relative_to(root)
    origin = f"{root.resolve().name}/{inside.as_posix()}"
    if inside.parts == ("README.md",):
        return Source(path, str(path), origin, (-1, 0), "", "")
    if len(inside.parts) != 2:
        remedy = "chapters are chapters/N-part/NN-name.md; move or rename it"
        message = "a Markdown file that is no chapter"
        return Problem(str(path), 1, 1, message, remedy)
    part = NUMBERED.fullmatch(path.parent.name)
    chapter = NUMBERED.fullmatch(path.stem)
    is_part = path.name == "README.md"
    for match, what, place, pattern, reserved in (
        (part, "folder", path.parent, "N-part, as in 2-gradients", PARTS),
        (chapter or is_part, "file", path, "NN-name.md", {"index"}),
    ):
        if not match:
            message = f"the {what} name {place.name!r} gives no module name"
            remedy = f"name it {pattern}, in lower-case letters, digits and "
            return Problem(str(place), 1, 1, message, remedy + "hyphens")
        bad = _bad_name(match[2], reserved) if match is not True else ""
        if bad:
            return Problem(str(place), 1, 1, bad, "choose another name")
    order = (int(part[1]), int(chapter[1]) if chapter else -1)
    slug = chapter[2] if chapter else ""
    return Source(path, str(path), origin, order, part[2], slug)


def _bad_name(slug: str, reserved: set[str]) -> str:
    name = slug.replace("-", "_")
    if not name.isidentifier():
        reason = "is no Python identifier"
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
        reason = "is a Python keyword"
    elif name in sys.stdlib_module_names:
        reason = "is a module of the standard library"
    elif name == "byhand":
        reason = "is the name of the whole package"
    elif slug in reserved:
        reason = "is a folder or page of the site itself"
    else:
        return ""
    return f"the name {name!r} {reason}"


def _clashes(sources: list[Source]) -> list[Problem]:
    """Two chapters with one module name, or with one place in the order."""
    problems = []
    taken: dict[object, Source] = {}
    for source in sources:
        number = source.order[0]
        claims = [
            (("number", number), "the part number"),
            (("part", source.part), f"the part name {source.part!r}"),
            (source.module, f"the module name {source.module}"),
            (source.order, "the chapter number"),
        ]
        claims = claims[: 4 if source.slug else 2] if source.part else []
        for index, (claim, what) in enumerate(claims):
            first = taken.setdefault(claim, source)
            same = (first.part, first.order[0]) == (source.part, number)
            if first is not source and (index > 1 or not same):
                message = f"{what} is taken by {first.label}"
                remedy = "rename one of the two"
                problems.append(Problem(source.label, 1, 1, message, remedy))
                break
    return problems


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
