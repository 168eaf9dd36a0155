"""The chapter as a module and as a test file: percent scripts by jupytext.

Every code cell of a script is all definition or all experiment, and begins
with `# %% chapters/….md:LINE`, the chapter's line of its first line. An
experiment's cell has one line more, `if __name__ == "__main__":`.
"""

import io
import re
import tokenize
from dataclasses import dataclass

from press.read.cells import Cell
from press.read.chapter import Chapter
from press.read.document import CELL_MARKER
from press.read.parameters import Knobs, read_flags, read_parameters, use_flags
from press.read.places import exercises
from press.read.statements import Statement

MAIN = 'if __name__ == "__main__":'
FORMAT = {
    "extension": ".py",
    "format_name": "percent",
    "comment_magics": False,
}


@dataclass
class Chunk:
    """Neighboring statements of a cell that go to the same place."""

    place: str
    line: int
    text: str


def module_script(chapter: Chapter) -> str:
    """The module: prose as comments, definitions, the experiment."""
    knobs = _knobs(chapter)
    cells = [_flags_cell(knobs)] if knobs else []
    for cell in chapter.cells:
        if cell.kind == "prose":
            cells.append(_prose_cell(chapter, cell))
            continue
        for chunk in _chunks(chapter.statements.get(cell.line, [])):
            if chunk.place == "module":
                cells.append(_code_cell(chapter, chunk, chunk.text, cell))
            elif chunk.place == "experiment":
                text = MAIN + "\n" + indented(chunk.text)
                if "parameters" in cell.tags:
                    text += "\n" + indented(use_flags(knobs))
                cells.append(_code_cell(chapter, chunk, text, cell))
    origin = chapter.source.origin
    facts = chapter.facts
    return _write(
        f'"""{_doc(facts.title)}: {_doc(facts.summary)}\n\n'
        f"Made from {_doc(origin)} by tangle.py: edit the chapter.\n"
        '"""\n\n',
        cells,
    )


def test_script(chapter: Chapter) -> str | None:
    """The chapter's tests, importing its module; None if it has none."""
    statements = [s for group in chapter.statements.values() for s in group]
    tests = [s for s in statements if s.kind == "test" and s.place == "tests"]
    if not tests:
        return None
    used = {name for test in tests for name in test.uses}
    cells = _shared_imports(chapter, used)
    for cell in chapter.cells:
        for chunk in _chunks(chapter.statements.get(cell.line, [])):
            if chunk.place == "tests":
                cells.append(_code_cell(chapter, chunk, chunk.text, cell))
    origin = _doc(chapter.source.origin)
    names = sorted(used & set(chapter.facts.exports))
    return _write(
        f'"""Tests of {origin}; made by tangle.py: edit the chapter."""\n\n'
        + _import_line(chapter.source.module, names),
        cells,
    )


def _shared_imports(chapter: Chapter, used: set[str]) -> list:
    """Imports that stand in the module or experiment and tests use too."""
    cells = []
    for line, group in chapter.statements.items():
        for statement in group:
            shared = statement.place in ("module", "experiment")
            if statement.kind != "import" or not shared:
                continue
            if statement.binds & used:
                chunk = Chunk("tests", statement.line, statement.text)
                cell = Cell("code", line, "")
                cells.append(_code_cell(chapter, chunk, chunk.text, cell))
    return cells


def _import_line(module: str, names: list[str]) -> str:
    if not names:
        return ""
    line = f"from {module} import {', '.join(names)}\n\n"
    if len(line) <= 81:
        return line
    inner = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{inner})\n\n"


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


def _knobs(chapter: Chapter) -> Knobs:
    for fence in chapter.page.fences:
        if "parameters" in fence.tags:
            statements = chapter.statements[fence.line]
            return read_parameters(chapter.source.label, statements)[0]
    return {}


def _flags_cell(knobs: Knobs):
    """The first cell: `--help` answers before anything is imported."""
    text = MAIN + "\n" + indented(read_flags(knobs))
    return _new_cell(text, "command line")


def _doc(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("\\", "\\\\").replace('"', "'")


def _prose_cell(chapter: Chapter, cell: Cell):
    from nbformat import NotebookNode

    # A prose line `%% …` (a mermaid comment, say) must not begin a cell: a
    # space of no width goes before its last character.
    source = re.sub(
        rf"(?m)^[ \t]*{CELL_MARKER}",
        lambda match: f"{match[0].rstrip()[:-1]}\u200b{match[0].rstrip()[-1]}",
        cell.source,
    )
    title = f"{chapter.source.origin}:{cell.line}"
    metadata = NotebookNode(title=title)
    return NotebookNode(cell_type="markdown", source=source, metadata=metadata)


def _code_cell(chapter: Chapter, chunk: Chunk, text: str, cell: Cell):
    title = f"{chapter.source.origin}:{chunk.line}"
    return _new_cell(text, title, cell.tags)


def _new_cell(text: str, title: str, tags: tuple[str, ...] = ()):
    from nbformat import NotebookNode

    metadata = NotebookNode(title=title)
    if tags:
        metadata["tags"] = list(tags)
    return NotebookNode(
        cell_type="code",
        source=text,
        metadata=metadata,
        outputs=[],
        execution_count=None,
    )


def _write(header: str, cells: list) -> str:
    from jupytext.jupytext import TextNotebookConverter
    from nbformat import NotebookNode

    notebook = NotebookNode(
        nbformat=4, nbformat_minor=5, metadata=NotebookNode(), cells=cells
    )
    converter = TextNotebookConverter(dict(FORMAT), None)
    bare = NotebookNode(jupytext=NotebookNode(notebook_metadata_filter="-all"))
    text = converter.writes(notebook, metadata=bare)
    return header + text.rstrip("\n") + "\n"


def with_bug(chapter: Chapter, line: int) -> str:
    """The module's definitions with the stub of `line` for its solution."""
    names = dict(exercises(chapter.statements, _tags(chapter)))[line]
    texts = []
    for at, group in chapter.statements.items():
        for statement in group:
            solved = statement.kind == "definition" and statement.binds & names
            if at == line or (statement.place == "module" and not solved):
                texts.append(statement.text)
    return "\n\n".join(texts) + "\n"


def _tags(chapter: Chapter) -> dict[int, tuple[str, ...]]:
    return {fence.line: fence.tags for fence in chapter.page.fences}
