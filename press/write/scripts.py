"""The chapter as a module and as a test file: percent scripts.

Every code cell of a script is all definition or all experiment, and begins
with `# %% chapters/….md:LINE`, the chapter's line of its first line. An
experiment's cell has one line more, `if __name__ == "__main__":`.
"""

import io
import json
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass

from press.read.chapter import Chapter
from press.read.facts import TESTS, Facts
from press.read.fences import CELL_MARKER
from press.read.parameters import Knobs
from press.read.statements import Statement
from press.read.tree import Source

MAIN = 'if __name__ == "__main__":'
CONFTEST = '''\
"""The shared fixtures of this part; made by tangle.py."""

import pytest

pytest.register_assert_rewrite("{0}")

from {0} import *  # noqa: E402, F403
'''
COMMAND_LINE = "command_line"  # holds the flags until the parameters' cell


@dataclass
class Chunk:
    """Neighboring statements of a cell that go to the same place."""

    place: str
    line: int
    text: str


def module_script(chapter: Chapter, first: str = "") -> str:
    """The module: prose as comments, definitions, the experiment.

    `first` is code for its beginning when it is run.
    """
    origin, knobs = chapter.source.origin, chapter.knobs
    cells = [f"# %% what it needs\n{_main(first)}"] if first else []
    if knobs:
        cells.append(f"# %% command line\n{_main(read_flags(knobs))}")
    for cell in chapter.cells:
        if cell.kind == "prose":
            cells.append(_prose(f"{origin}:{cell.line}", cell.source))
            continue
        for chunk in _chunks(chapter.statements.get(cell.line, [])):
            text = chunk.text
            if chunk.place == "experiment":
                text = _main(text)
                if "parameters" in cell.tags:
                    text += "\n" + indented(use_flags(knobs))
            if chunk.place not in TESTS:
                cells.append(_code(origin, chunk.line, text, cell.tags))
    facts = chapter.facts
    return _script(
        f'"""{_doc(facts.title)}: {_doc(facts.summary)}\n\n'
        f"Made from {_doc(origin)} by tangle.py: edit the chapter.\n"
        '"""',
        cells,
    )


def test_script(chapter: Chapter) -> str | None:
    """The chapter's tests, importing its module; None if it has none."""
    origin = chapter.source.origin
    statements = [s for group in chapter.statements.values() for s in group]
    tests = [s for s in statements if s.kind == "test" and s.place == "tests"]
    if not tests:
        return None
    used = {name for test in tests for name in test.uses}
    # Imports that stand in the module or experiment and tests use too.
    cells = [
        _code(origin, statement.line, statement.text)
        for statement in statements
        if statement.kind == "import"
        and statement.place in ("module", "experiment")
        and statement.binds & used
    ]
    for cell in chapter.cells:
        for chunk in _chunks(chapter.statements.get(cell.line, [])):
            if chunk.place == "tests":
                cells.append(_code(origin, chunk.line, chunk.text, cell.tags))
    head = (
        f'"""Tests of {_doc(origin)}; made by tangle.py: edit the chapter."""'
    )
    names = sorted(used & set(chapter.facts.exports))
    head += "\n\n" + import_line(chapter.source.module, names)
    shared = {n for s in statements if s.place == "shared" for n in s.binds}
    shared |= {item.name for item in chapter.facts.borrowed}
    head += "\n" + import_line(shared_module(chapter.source), used & shared)
    return _script(head.rstrip(), cells)


def shared_module(source: Source) -> str:
    """The module of a part's shared fixtures and helpers."""
    return f"byhand.{source.package}._shared"


def shared_files(
    package: str, chapters: Iterable[tuple[Source, Facts]]
) -> dict[str, bytes]:
    """The shared fences of a part, as a module and as a conftest."""
    cells = []
    for source, facts in chapters:
        if source.package == package:
            cells.append(import_line(source.module, facts.shared_uses))
            for item in facts.shared:
                cells.append(_code(source.origin, item.line, item.text))
    module = f"byhand.{package}._shared"
    script = _script(
        '"""For the tests of this part; made by tangle.py."""',
        [cell for cell in cells if cell],
    )
    return {
        f"byhand/{package}/_shared.py": script.encode(),
        f"tests/{package}/conftest.py": CONFTEST.format(module).encode(),
    }


def _script(header: str, cells: list[str]) -> str:
    return "\n\n".join([header, *cells]) + "\n"


def _code(
    origin: str, line: int, text: str, tags: tuple[str, ...] = ()
) -> str:
    mark = f" tags={json.dumps(tags)}" if tags else ""
    return f"# %% {origin}:{line}{mark}\n{text}"


def _prose(title: str, text: str) -> str:
    # A prose line `%% …` (in a shown script, say) must not begin a cell: a
    # space of no width goes before its last character.
    text = re.sub(
        rf"(?m)^[ \t]*{CELL_MARKER}",
        lambda match: f"{match[0].rstrip()[:-1]}\u200b{match[0].rstrip()[-1]}",
        text,
    )
    lines = (f"# {line}" if line else "#" for line in text.split("\n"))
    return "\n".join([f"# %% {title} [markdown]", *lines])


def _main(text: str) -> str:
    return f"{MAIN}\n{indented(text)}"


def import_line(module: str, names: Iterable[str]) -> str:
    """`from module import names`, at most 79 columns wide; empty for none."""
    names = sorted(names)
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= 79 or not names:
        return line if names else ""
    inner = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{inner})"


def _chunks(statements: list[Statement]) -> list[Chunk]:
    chunks: list[Chunk] = []
    for statement in statements:
        if not statement.place:
            continue
        last = chunks[-1] if chunks else None
        if last and last.place == statement.place:
            end = last.line + last.text.count("\n") + 1
            last.text += "\n" * (statement.line - end + 1) + statement.text
        else:
            chunks.append(
                Chunk(statement.place, statement.line, statement.text)
            )
    return chunks


def indented(text: str) -> str:
    """Four spaces before every line, but not inside multi-line strings."""
    inside: set[int] = set()
    if '"""' in text or "'''" in text or "\\\n" in text:
        inside = string_lines(text)
    return "\n".join(
        line if number in inside or not line.strip() else "    " + line
        for number, line in enumerate(text.split("\n"), 1)
    )


def string_lines(text: str) -> set[int]:
    """The lines that begin inside a string."""
    inside: set[int] = set()
    opened = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
        elif kind.endswith("STRING_START"):
            opened.append(token.start[0])
        elif kind.endswith("STRING_END"):
            inside.update(range(opened.pop() + 1, token.end[0] + 1))
    return inside


def _doc(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("\\", "\\\\").replace('"', "'")


def read_flags(knobs: Knobs) -> str:
    """The lines that read the flags, before the script does anything."""
    arguments = [
        f"    {name}=({_source(value)}, {_source(text)}),\n"
        for name, (value, text) in knobs.items()
    ]
    return (
        "from byhand import flags\n\n"
        f"{COMMAND_LINE} = flags(\n    __doc__,\n{''.join(arguments)})"
    )


def use_flags(knobs: Knobs) -> str:
    """The line after the parameters that puts the flags in their place."""
    names = ", ".join(knobs) + ("," if len(knobs) == 1 else "")
    line = f"{names} = {COMMAND_LINE}"
    if len(line) <= 75:
        return line
    inner = "".join(f"    {name},\n" for name in knobs)
    return f"(\n{inner}) = {COMMAND_LINE}"


def _source(value: object) -> str:
    """A Python literal, its strings in double quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(_source, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
