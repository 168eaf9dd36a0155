"""Each top-level statement of a cell: what it is, what it binds and uses."""

import ast
import builtins
import dis
import re
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType

from press.problems import Problem

CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]+")
USE = re.compile("LOAD_.*(NAME|GLOBAL)|STORE_GLOBAL")
ALIAS = re.compile(r"[A-Z]\w*[a-z]\w*")
BUILTINS = frozenset(dir(builtins))
TYPE_ALIAS = getattr(ast, "TypeAlias", ())  # `type X = …`, from Python 3.12 on


@dataclass
class Statement:
    """A statement with the comments above it.

    `kind` is import, definition, test or experiment; `line` is the file's
    line of the first line of `text`.
    """

    kind: str
    line: int
    text: str
    binds: frozenset[str]
    uses: frozenset[str]
    nodes: list[ast.stmt] = field(repr=False)  # several in `a = 1; b = 2`
    fixture: bool = False
    place: str = ""  # module, experiment or tests; set by press.read.places

    @property
    def node(self) -> ast.stmt:
        return self.nodes[0]

    def column(self, line: int, offset: int) -> int:
        """From bytes, as Python counts, to characters, from 1."""
        text = self.text.split("\n")[line - self.line]
        return len(text.encode()[:offset].decode()) + 1


def read_statements(label: str, line: int, source: str):
    """The statements of the cell that starts on `line`, and its problems."""
    tree, problems = _parse(label, line, source)
    if tree is None:
        return [], problems
    lines = source.split("\n")
    statements: list[Statement] = []
    start = 0
    for nodes in _by_lines(tree.body):
        end = _end(lines, nodes[-1].end_lineno - line + 1)
        problems += _mixed_line(label, nodes)
        statements.append(_statement(nodes, line, lines, start, end))
        start = end
    tail = "\n".join(lines[start:]).rstrip()
    if tail and statements:
        statements[-1].text += "\n" + tail
    return statements, problems


def _by_lines(body: list[ast.stmt]) -> list[list[ast.stmt]]:
    """Statements, those that share a line (`a = 1; b = 2`) together."""
    groups: list[list[ast.stmt]] = []
    for node in body:
        if groups and _first_line(node) <= groups[-1][-1].end_lineno:
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _end(lines: list[str], end: int) -> int:
    """A comment below a block that is indented like it belongs to it."""
    for number, text in enumerate(lines[end:], end + 1):
        if re.match(r"\s+#", text):
            end = number
        elif text.strip():
            break
    return end


def _parse(label: str, line: int, source: str):
    padded = "\n" * (line - 1) + source + "\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            tree = ast.parse(padded, label)
            compile(tree, label, "exec", dont_inherit=True)
        return tree, []
    except SyntaxError as error:
        last = line + source.count("\n")
        where = min(max(error.lineno or line, line), last)
        magics = _magics(label, line, source)
        if where in [p.line for p in magics] or source.startswith("%%"):
            return None, magics
        problem = Problem(
            label,
            where,
            max(error.offset or 1, 1),
            f"{type(error).__name__}: {error.msg}",
            "the code of this fence is not Python",
        )
        return None, [problem]
    except (ValueError, RecursionError, MemoryError) as error:
        message = f"cannot be compiled: {error}"
        return None, [Problem(label, line, 1, message, "simplify it")]


def _magics(label: str, line: int, source: str) -> list[Problem]:
    return [
        Problem(
            label,
            number,
            len(text) - len(text.lstrip()) + 1,
            f"{text.split()[0]!r} is a notebook magic, not Python",
            "use Python, or show the command in a ```console fence",
        )
        for number, text in enumerate(source.split("\n"), line)
        if re.match(r"\s*(%{1,2}[A-Za-z]|![A-Za-z./~]|\?{1,2}\w)", text)
    ]


def _mixed_line(label: str, nodes: list[ast.stmt]) -> list[Problem]:
    for node in nodes[1:]:
        if _kind(node) != _kind(nodes[0]):
            message = "a definition and something else on one line"
            place = node.lineno, node.col_offset + 1
            return [Problem(label, *place, message, "use two lines")]
    return []


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno] + [item.lineno for item in decorators])


def _statement(nodes, line, lines, start, end) -> Statement:
    while start < end - 1 and not lines[start].strip():
        start += 1
    first = _first_line(nodes[0]) - line
    above = [comment.strip() for comment in lines[start:first]]
    text = "\n".join(above + lines[first:end])
    binds, uses = _names(nodes, text)
    kind = _kind(nodes[0])
    statement = Statement(kind, line + start, text, binds, uses, nodes)
    statement.fixture = _is_fixture(nodes[0])
    return statement


def _kind(node: ast.stmt) -> str:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return "import"
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        is_test = node.name.startswith("test_") or _is_fixture(node)
        return "test" if is_test else "definition"
    if isinstance(node, (ast.ClassDef, TYPE_ALIAS)):
        return "definition"
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign) and node.value:
        targets, value = [node.target], node.value
    else:
        return "experiment"
    if all(_is_definition(target, value) for target in targets):
        return "definition"
    return "experiment"


def _is_definition(target: ast.expr, value: ast.expr) -> bool:
    if isinstance(target, ast.Name):
        if CONSTANT.fullmatch(target.id):
            return True
        is_type = isinstance(
            value, (ast.Subscript, ast.Name, ast.Attribute, ast.BinOp)
        )
        return bool(ALIAS.fullmatch(target.id)) and is_type
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(
            isinstance(item, ast.Name) and CONSTANT.fullmatch(item.id)
            for item in target.elts
        )
    if not isinstance(target, ast.Attribute):
        return False
    owner = getattr(target.value, "id", "")
    is_function = isinstance(value, (ast.Name, ast.Lambda))
    return owner[:1].isupper() and is_function


def _is_fixture(node: ast.stmt) -> bool:
    for decorator in getattr(node, "decorator_list", []):
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = getattr(call, "attr", getattr(call, "id", ""))
        if name == "fixture":
            return True
    return False


def _names(nodes: list[ast.stmt], text: str) -> tuple[frozenset, frozenset]:
    """Names that the line binds and uses in the chapter's namespace."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = symtable.symtable(text, "cell", "exec")
    binds, uses = set(), set()
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            binds.add(symbol.get_name())
        if symbol.is_referenced():
            uses.add(symbol.get_name())
    _global_names(table, binds, uses)
    if isinstance(nodes[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        binds = {nodes[0].name}  # `global x` sets x only when it is called
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            binds.add("*")
    return frozenset(binds), frozenset(uses)


def _global_names(table: symtable.SymbolTable, binds: set, uses: set) -> None:
    for child in table.get_children():
        for symbol in child.get_symbols():
            if symbol.is_global():
                uses.add(symbol.get_name())
                if symbol.is_declared_global() and symbol.is_assigned():
                    binds.add(symbol.get_name())
        _global_names(child, binds, uses)


def place_of(statement: Statement, name: str) -> tuple[int, int]:
    """Line and column where a statement first uses a name of the chapter."""
    code = compile(statement.text, "cell", "exec", dont_inherit=True)
    line, offset = min(_uses(code, name), default=(1, 0))
    line += statement.line - 1
    return line, statement.column(line, offset)


def _uses(code: CodeType, name: str) -> Iterator[tuple[int, int]]:
    for instruction in dis.get_instructions(code):
        is_use = USE.match(instruction.opname) and instruction.argval == name
        if is_use and instruction.positions.lineno:
            yield instruction.positions[0], instruction.positions[2]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _uses(constant, name)
