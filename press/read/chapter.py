"""A chapter, read and sorted: what goes to the module, where it came from."""

import ast
from dataclasses import dataclass
from functools import cached_property

from press.problems import Problem, Problems
from press.read.artifacts import check_artifacts
from press.read.cells import Cell, read_cells
from press.read.document import Document, read_document
from press.read.exercise_checks import check_exercises
from press.read.exercises import Exercise, read_exercises
from press.read.facts import Definition, Facts, Import, digest
from press.read.parameters import Knobs, read_parameters
from press.read.places import Groups, place_statements
from press.read.records import bare, read_records, shown_records
from press.read.shared import (
    borrowed_names,
    shared_statements,
    shared_uses,
)
from press.read.statements import Statement, read_statements
from press.read.tree import Source


@dataclass
class Chapter:
    """Everything that the writers of scripts, tests and notebooks need."""

    source: Source
    document: Document
    cells: list[Cell]
    statements: Groups
    knobs: Knobs
    facts: Facts

    @cached_property
    def exercises(self) -> list[Exercise]:
        """The exercises in order."""
        return read_exercises(self.document, self.statements)

    def is_test(self, cell: Cell) -> bool:
        """Whether a code cell holds tests, fixtures and imports only."""
        places = {s.place for s in self.statements.get(cell.line, ())}
        return places in ({"tests"}, {"shared"})


def read_chapter(source: Source, text: str) -> tuple[Chapter, list[Problem]]:
    """Read one chapter by itself; problems between chapters come later."""
    document = read_document(source.label, text)
    problems = document.problems
    _check_front(source, document, problems)
    cells = [] if problems else read_cells(document)
    read = Problems(source.label)
    fences = document.fences
    groups = {
        fence.line: read_statements(fence.line, fence.source, read)
        for fence in fences
        if "no-run" not in fence.tags
    }
    known = not problems and not read  # an unread fence may hold the solution
    exports = place_statements(fences, groups, read)
    if known:
        check_exercises(document, groups, read)
    knobs = read_parameters(fences, groups, read)
    everything = [s for group in groups.values() for s in group]
    check_artifacts(document.front, everything, read)
    records = read_records(fences, groups, read)
    shown = shown_records(everything, read)
    problems += read
    chapter = Chapter(source, document, cells, groups, knobs, Facts())
    chapter.facts = _facts(chapter, exports, everything)
    chapter.facts.records, chapter.facts.shown = records, shown
    chapter.facts.whole = not problems
    return chapter, problems


def _check_front(
    source: Source, document: Document, problems: Problems
) -> None:
    values, lines, _ = document.front
    said = " ".join(problem.message for problem in problems)
    known = "summary" in values or "summary" in lines
    if document.title and not known and "front matter" not in said:
        message = "the front matter has no summary"
        remedy = "add 'summary: one line' between --- lines at the top"
        problems.add(1, 1, message, remedy)
    for fence in () if source.slug else document.fences:
        remedy = "move the fence to a chapter, or show it as ```text"
        problems.add(fence.line - 1, 1, "a README holds no code", remedy)


def is_code(cell: Cell) -> bool:
    """Whether the cell is executed in the notebook: solutions are not."""
    return cell.kind == "code" and not {"no-run", "solution"} & {*cell.tags}


def _facts(
    chapter: Chapter, exports: set[str], everything: list[Statement]
) -> Facts:
    values, lines, _ = chapter.document.front
    lists = {
        key: [str(name) for name in values.get(key, [])]
        for key in ("makes", "needs", "reads")
    }
    definitions = [s for s in everything if s.place == "module"]
    executed = [
        cell.source + ("\0parameters" if "parameters" in cell.tags else "")
        for cell in chapter.cells
        if is_code(cell) and not chapter.is_test(cell)
    ]
    return Facts(
        title=chapter.document.title,
        summary=str(values.get("summary", "")),
        live=bool(values.get("live", False)),
        **lists,
        exports=sorted(exports),
        imports=[item for s in everything for item in _imports(s)],
        shared=shared_statements(everything),
        shared_uses=sorted(shared_uses(everything) & exports),
        borrowed=borrowed_names(everything),
        links=chapter.document.links,
        anchors=chapter.document.anchors,
        module_hash=digest("\0".join(s.text for s in definitions)),
        definitions=_definitions(definitions),
        run_hash=digest("\0".join(executed)),
        lines=lines,
    )


def _definitions(statements: list[Statement]) -> list[Definition]:
    """What records need of the module's statements."""
    bound = {name for statement in statements for name in statement.binds}
    return [
        Definition(
            sorted(s.binds),
            sorted(s.uses & bound),
            digest(bare(s.text) if "#" in s.text else s.text),
            [(item.module, item.names) for item in _imports(s)],
        )
        for s in statements
    ]


def _imports(statement: Statement) -> list[Import]:
    """Every import in a statement, at any depth."""
    found = []
    tops = statement.nodes if "import" in statement.text else ()
    for node in (n for top in tops for n in ast.walk(top)):
        if isinstance(node, ast.Import):
            pairs = [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            pairs = [("." * node.level + (node.module or ""), names)]
        else:
            continue
        place = statement.place or "module"
        column = statement.column(node.lineno, node.col_offset)
        found += [
            Import(name, names, node.lineno, column, place)
            for name, names in pairs
        ]
    return found
