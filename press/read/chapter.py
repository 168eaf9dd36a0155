"""A chapter, read and sorted: what goes to the module, where it came from."""

import ast
import hashlib
from dataclasses import asdict, dataclass, field

from press.problems import Problem
from press.read.cells import Cell, read_cells
from press.read.document import Page, read_page
from press.read.frontmatter import key_line
from press.read.parameters import check_parameters
from press.read.places import check_exercises, place_statements
from press.read.statements import Statement, read_statements
from press.read.tree import Source


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
    """What other chapters and later runs need to know; in the manifest."""

    title: str = ""
    summary: str = ""
    live: bool = False
    makes: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    module_hash: str = ""  # of the definitions, without prose or places
    run_hash: str = ""  # of all code that the notebook executes
    makes_line: int = 1  # where the front matter says `makes:`
    needs_line: int = 1
    reads_line: int = 1
    whole: bool = True  # False: has problems, so exports and makes may lack

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
    problems = page.problems + _front_problems(source, page)
    cells: list[Cell] = []
    if not problems:
        cells, problems = read_cells(label, page)
    statements = {}
    for fence in page.fences:
        if "no-run" not in fence.tags:
            found, wrong = read_statements(label, fence.line, fence.source)
            statements[fence.line] = found
            problems = problems + wrong
    tagged = {fence.line: fence.tags for fence in page.fences}
    if not problems:  # an unreadable fence may hold the solution
        problems = check_exercises(label, statements, tagged)
    exports, wrong = place_statements(label, statements, tagged)
    problems = problems + wrong + check_parameters(label, statements, tagged)
    chapter = Chapter(source, page, cells, statements, Facts())
    chapter.facts = _facts(chapter, exports)
    chapter.facts.whole = not problems
    return chapter, problems


def _front_problems(source: Source, page: Page) -> list[Problem]:
    problems = []
    said = " ".join(problem.message for problem in page.problems)
    known = "summary" in page.front or "front matter" in said
    if page.title and not known and "summary" not in said:
        message = "the front matter has no summary"
        remedy = "add 'summary: one line' between --- lines at the top"
        problems.append(Problem(source.label, 1, 1, message, remedy))
    for fence in page.fences if not source.slug else ():
        place = source.label, fence.line - 1, 1
        remedy = "move the fence to a chapter, or show it as ```text"
        problems.append(Problem(*place, "a README holds no code", remedy))
    return problems


def is_code(cell: Cell) -> bool:
    """Whether the cell is executed in the notebook."""
    return cell.kind == "code" and "no-run" not in cell.tags


def is_test(chapter: Chapter, cell: Cell) -> bool:
    """Whether a cell holds nothing but tests, fixtures and their imports."""
    found = chapter.statements.get(cell.line, [])
    return bool(found) and {s.place for s in found} == {"tests"}


def _facts(chapter: Chapter, exports: set[str]) -> Facts:
    front = chapter.page.front
    lines = chapter.page.text.split("\n")[: chapter.page.body_line - 1]
    everything = [s for group in chapter.statements.values() for s in group]
    definitions = [s.text for s in everything if s.place == "module"]
    executed = [
        cell.source + ("\0parameters" if "parameters" in cell.tags else "")
        for cell in chapter.cells
        if is_code(cell) and not is_test(chapter, cell)
    ]
    return Facts(
        title=chapter.page.title,
        summary=str(front.get("summary", "")),
        live=bool(front.get("live", False)),
        makes=[str(name) for name in front.get("makes", [])],
        needs=[str(name) for name in front.get("needs", [])],
        reads=[str(name) for name in front.get("reads", [])],
        exports=sorted(exports),
        imports=[item for s in everything for item in _imports(s)],
        module_hash=digest("\0".join(definitions)),
        run_hash=digest("\0".join(executed)),
        makes_line=key_line(lines, "makes"),
        needs_line=key_line(lines, "needs"),
        reads_line=key_line(lines, "reads"),
    )


def _imports(statement: Statement) -> list[Import]:
    """Every import in a statement, at any depth."""
    found = []
    for node in (n for top in statement.nodes for n in ast.walk(top)):
        if isinstance(node, ast.Import):
            pairs = [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
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


def digest(text: str | bytes) -> str:
    """A short content hash."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.blake2b(data, digest_size=16).hexdigest()
