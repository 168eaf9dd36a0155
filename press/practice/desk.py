"""The reader's folder `practice/`: files, states, solutions."""

import ast
import difflib
import json
from collections.abc import Iterator
from pathlib import Path

from press.practice.merge import merge
from press.practice.sections import Section, comment, first_lines, sections
from press.problems import BadInput
from press.read.chapter import Chapter, read_chapter
from press.read.tree import decode, find_sources, read_source
from press.write.transaction import replace

FOLDER = Path("practice")
STATE = ".state.json"  # {key: whether it is passed}, by byhand.practice
SETTINGS = """\
# `pytest practice` checks all that you have begun.
[pytest]
python_files = *.py
addopts = -q --import-mode=importlib
"""


def chapters(root: Path, name: str = "") -> list[Chapter]:
    """The chapters with exercises, or the one of that name.

    Raises BadInput for what cannot be read, and for a name nobody has.
    """
    sources, problems = find_sources(root)
    known = {source.name: source for source in sources if source.slug}
    if name and name not in known:
        near = difflib.get_close_matches(name, known) or known
        raise BadInput(
            f"no chapter is called {name!r} (choose from: {', '.join(near)})"
        )
    found = []
    for source in [known[name]] if name else known.values():
        text = decode(source, read_source(source, root))
        chapter, wrong = read_chapter(source, text)
        problems += wrong
        found += [chapter] if wrong or chapter.exercises else []
    if problems:
        raise BadInput(problems)
    if not found:
        raise BadInput(f"{name or root} has no exercises")
    return found


def answer(
    root: Path, name: str, number: int | None, shown: int | None
) -> list[str]:
    """What `practice` prints: a list, a solution, or what it has written.

    Raises BadInput for names and numbers that nothing has.
    """
    if shown is not None and not name:
        raise BadInput("say of which chapter: CHAPTER --solution N")
    found = chapters(root, name)
    if shown is not None:
        return [solution(found[0], shown)]
    if not name:
        return list(overview(found))
    path = practice_path(found[0])
    check = f"check it: python -m pytest {path}"
    return [*practise(found[0], number), check]


def chosen(chapter: Chapter, number: int | None) -> list[Section]:
    """All exercises, or that one last, after those that its tests use.

    Raises BadInput where there is none of that number.
    """
    found = sections(chapter)
    if number is None:
        return found
    if not 1 <= number <= len(found):
        name = chapter.source.name
        raise BadInput(
            f"{name} has no exercise {number} (choose 1 to {len(found)})"
        )
    wanted = {number}
    for section in reversed(found):  # answers are used later only
        if section.item.number in wanted:
            wanted |= section.needs.answers
    return [section for section in found if section.item.number in wanted]


def practise(chapter: Chapter, number: int | None) -> list[str]:
    """Write the exercises to the reader's file; what was done, in lines."""
    wanted = chosen(chapter, number)
    path = practice_path(chapter)
    try:
        old = path.read_bytes() if path.exists() else None
        start = first_lines(chapter, wanted).encode() if old is None else old
        new, notes = _merged(path, start, wanted)
        if new != old:
            _set_up()
            replace(path, old, new)
    except OSError as error:
        where = error.filename or path
        reason = error.strerror or str(error)
        raise BadInput(
            f"{where}: cannot be read or written: {reason} (your file is as "
            "it was)"
        ) from None
    return [f"{path}: {note}" for note in notes or ["nothing new"]]


def practice_path(chapter: Chapter) -> Path:
    """Where the reader's file is, below the current folder."""
    source = chapter.source
    return FOLDER / source.package / f"{source.stem}.py"


def _merged(
    path: Path, data: bytes, wanted: list[Section]
) -> tuple[bytes, list[str]]:
    try:
        text = data.decode("utf-8")
        ast.parse(text)
    except (SyntaxError, ValueError) as error:  # or no UTF-8, or null bytes
        line = getattr(error, "lineno", None) or 1
        raise BadInput(
            f"{path}:{line}: this is no Python yet: {error.args[0]} (it is "
            "left as it is; mend it and run the command again)"
        ) from None
    text, notes = merge(text, wanted)
    return text.encode(), notes


def _set_up() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in (("pytest.ini", SETTINGS), (STATE, "{}\n")):
        if not (FOLDER / name).exists():
            (FOLDER / name).write_text(text, "utf-8")


def solution(chapter: Chapter, number: int) -> str:
    """The solution of an exercise, with what the chapter says about it."""
    item = chosen(chapter, number)[-1].item
    parts = [f"# {item.label}", item.solution.source]
    parts += [comment(item.explanation)] if item.explanation else []
    return "\n\n".join(parts)


def overview(found: list[Chapter]) -> Iterator[str]:
    """All exercises with their states, in lines."""
    try:
        passed = json.loads((FOLDER / STATE).read_text("utf-8"))
    except (OSError, ValueError):
        passed = {}
    for chapter in found:
        yield chapter.source.name
        path = practice_path(chapter)
        text = path.read_text("utf-8", "replace") if path.exists() else ""
        for section in sections(chapter):
            title = f"{section.item.number} {section.item.title}"
            yield f"  {title:<54} {_state(section, text, passed)}"


def _state(section: Section, text: str, passed: dict[str, bool]) -> str:
    if f"[{section.key}]" not in text:
        return "not started"
    if passed.get(section.key):
        return "passed"
    return "not started" if section.item.stub.source in text else "started"
