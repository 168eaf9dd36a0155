"""A chapter, read and sorted: what goes to the module, where it came from."""

import ast
import hashlib
from dataclasses import asdict, dataclass, field

from press.markdown import Page, read_page
from press.places import place_statements
from press.problems import Problem
from press.reading import Cell, read_cells
from press.statements import Statement, read_statements
from press.tree import Source


@dataclass(frozen=True)
class Import:
    """One `import` of a chapter; `names` is None for `import byhand.x`."""

    module: str
    names: tuple[str, ...] | None
    line: int
    column: int
    place: str  # module, experiment or tests


@dataclass
class Facts:
    """What other chapters and later runs need to know; JSON in the manifest."""

    title: str = ""
    summary: str = ""
    live: bool = False
    makes: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    module_hash: str = ""  # of the definitions, without prose or places
    run_hash: str = ""  # of all code that the notebook executes

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict) -> "Facts":
        imports = [Import(**item) for item in values.pop("imports")]
        for index, item in enumerate(imports):
            if item.names is not None:
                names = tuple(item.names)
                imports[index] = Import(**{**asdict(item), "names": names})
        return cls(imports=imports, **values)


@dataclass
class Chapter:
    """Everything that the writers of scripts, tests and notebooks need."""

    source: Source
    page: Page
    cells: list[Cell]
    statements: dict[int, list[Statement]]  # by the line of their cell
    facts: Facts


def read_chapter(source: Source, text: str) -> tuple[Chapter, list[Problem]]:
    """Read one chapter by itself; problems between chapters come later."""
    label = source.label
    page = read_page(label, text)
    problems = list(page.problems)
    if page.title and not page.front.get("summary"):
        remedy = "add 'summary: one line' between --- lines at the top"
        if not any("summary" in problem.message for problem in problems):
            message = "the front matter has no summary"
            problems.append(Problem(label, 1, 1, message, remedy))
    for fence in page.fences if not source.slug else ():
        message = "a README holds no code"
        remedy = "move the fence to a chapter, or show it as ```text"
        problems.append(Problem(label, fence.line - 1, 1, message, remedy))
    cells: list[Cell] = []
    if not problems:
        cells, problems = read_cells(label, page)
    statements = {}
    for fence in page.fences:
        if "no-run" in fence.tags:
            continue
        found, wrong = read_statements(label, fence.line, fence.source)
        statements[fence.line] = found
        problems += wrong
    tagged = {fence.line: fence.tags for fence in page.fences}
    exports, wrong = place_statements(label, statements, tagged)
    problems += wrong
    chapter = Chapter(source, page, cells, statements, Facts())
    chapter.facts = _facts(chapter, exports)
    return chapter, problems


def is_code(cell: Cell) -> bool:
    """Whether the cell is executed in the notebook."""
    return cell.kind == "code" and "no-run" not in cell.tags


def _facts(chapter: Chapter, exports: set[str]) -> Facts:
    front = chapter.page.front
    everything = [s for group in chapter.statements.values() for s in group]
    definitions = [s.text for s in everything if s.place == "module"]
    executed = [
        cell.source + ("\0parameters" if "parameters" in cell.tags else "")
        for cell in chapter.cells
        if is_code(cell)
    ]
    return Facts(
        title=chapter.page.title,
        summary=str(front.get("summary", "")),
        live=bool(front.get("live", False)),
        makes=[str(name) for name in front.get("makes", [])],
        needs=[str(name) for name in front.get("needs", [])],
        exports=sorted(exports),
        imports=[item for s in everything for item in _imports(s)],
        module_hash=digest("\0".join(definitions)),
        run_hash=digest("\0".join(executed)),
    )


def _imports(statement: Statement) -> list[Import]:
    """Every import in a statement, at any depth."""
    found = []
    for node in ast.walk(statement.node):
        if isinstance(node, ast.Import):
            pairs = [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            pairs = [("." * node.level + (node.module or ""), names)]
        else:
            continue
        place = statement.place or "module"
        found += [
            Import(name, names, node.lineno, node.col_offset + 1, place)
            for name, names in pairs
        ]
    return found


def digest(text: str | bytes) -> str:
    """A short content hash."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.blake2b(data, digest_size=16).hexdigest()
