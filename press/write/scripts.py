"""The chapter as a module and as a test file: percent scripts.

Every code cell of a script is all definition or all experiment, and begins
with `# %% chapters/….md:LINE`, the chapter's line of its first line. An
experiment's cell has one line more, `if __name__ == "__main__":`.
"""

import io
import json
import re
import tokenize
from dataclasses import dataclass

from press.read.chapter import Chapter
from press.read.fences import CELL_MARKER
from press.read.parameters import Knobs
from press.read.statements import Statement

MAIN = 'if __name__ == "__main__":'
COMMAND_LINE = "command_line"  # holds the flags until the parameters' cell


@dataclass
class Chunk:
    """Neighboring statements of a cell that go to the same place."""

    place: str
    line: int
    text: str


def module_script(chapter: Chapter) -> str:
    """The module: prose as comments, definitions, the experiment."""
    origin, knobs = chapter.source.origin, chapter.knobs
    cells = [f"# %% command line\n{_main(read_flags(knobs))}"] if knobs else []
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
            if chunk.place != "tests":
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
    names = sorted(used & set(chapter.facts.exports))
    return _script(
        f'"""Tests of {_doc(origin)}; made by tangle.py: edit the chapter."""'
        + _import_line(chapter.source.module, names),
        cells,
    )


def _script(header: str, cells: list[str]) -> str:
    return "\n\n".join([header, *cells]) + "\n"


def _code(
    origin: str, line: int, text: str, tags: tuple[str, ...] = ()
) -> str:
    mark = f" tags={json.dumps(tags)}" if tags else ""
    return f"# %% {origin}:{line}{mark}\n{text}"


def _prose(title: str, text: str) -> str:
    # A prose line `%% …` (a mermaid comment, say) must not begin a cell: a
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


def _import_line(module: str, names: list[str]) -> str:
    if not names:
        return ""
    line = f"\n\nfrom {module} import {', '.join(names)}"
    if len(line) <= 81:
        return line
    inner = "".join(f"    {name},\n" for name in names)
    return f"\n\nfrom {module} import (\n{inner})"


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
        inside = _string_lines(text)
    return "\n".join(
        line if number in inside or not line.strip() else "    " + line
        for number, line in enumerate(text.split("\n"), 1)
    )


def _string_lines(text: str) -> set[int]:
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
