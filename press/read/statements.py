"""Each top-level statement of a cell: what it is, what it binds and uses."""

import ast
import builtins
import dis
import io
import re
import symtable
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType

from press.problems import Problems

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


def read_statements(
    line: int, source: str, problems: Problems
) -> list[Statement]:
    """The statements of the cell that starts on `line`."""
    tree = _parse(line, source, problems)
    if tree is None:
        return []
    lines = source.split("\n")
    statements: list[Statement] = []
    start = 0
    for nodes in _by_lines(tree.body):
        end = _end(lines, nodes[-1].end_lineno - line + 1)
        _mixed_line(nodes, problems)
        statements.append(_statement(nodes, line, lines, start, end))
        start = end
    tail = "\n".join(lines[start:]).rstrip()
    if tail and statements:
        statements[-1].text += "\n" + tail
    return statements


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


def _parse(line: int, source: str, problems: Problems) -> ast.Module | None:
    padded = "\n" * (line - 1) + source + "\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            tree = ast.parse(padded, problems.path)
            compile(tree, problems.path, "exec", dont_inherit=True)
        if "\\\n" in padded:  # the script writer reads tokens
            list(tokenize.generate_tokens(io.StringIO(padded).readline))
        return tree
    except (SyntaxError, tokenize.TokenError) as error:
        if isinstance(error, tokenize.TokenError):
            error = SyntaxError(error.args[0], (None, *error.args[1], None))
        magics = _magics(line, source)
        last = line + source.count("\n")
        where = min(max(error.lineno or line, line), last)
        if where in magics or source.startswith("%%"):
            for number, (column, word) in magics.items():
                message = f"{word!r} is a notebook magic, not Python"
                remedy = "use Python, or show the command as ```console"
                problems.add(number, column, message, remedy)
            return None
        message = f"{type(error).__name__}: {error.msg}"
        remedy = "the code of this fence is not Python"
        problems.add(where, max(error.offset or 1, 1), message, remedy)
    except (ValueError, RecursionError, MemoryError) as error:
        problems.add(line, 1, f"cannot be compiled: {error}", "simplify it")
    return None


def _magics(line: int, source: str) -> dict[int, tuple[int, str]]:
    """The column and first word of every line that is a magic."""
    found = {}
    for number, text in enumerate(source.split("\n"), line):
        if re.match(r"\s*(%{1,2}[A-Za-z]|![A-Za-z./~]|\?{1,2}\w)", text):
            column = len(text) - len(text.lstrip()) + 1
            found[number] = (column, text.split()[0])
    return found


def _mixed_line(nodes: list[ast.stmt], problems: Problems) -> None:
    for node in nodes[1:]:
        if _kind(node) != _kind(nodes[0]):
            message = "a definition and something else on one line"
            place = node.lineno, node.col_offset + 1
            problems.add(*place, message, "use two lines")


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
    doubtful = _global_names(table, binds, uses)
    if doubtful - uses:
        code = compile(text, "cell", "exec", dont_inherit=True)
        uses |= {name for name in doubtful if any(_uses(code, name))}
    if isinstance(nodes[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        binds = {nodes[0].name}  # `global x` sets x only when it is called
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            binds.add("*")
    return frozenset(binds), frozenset(uses)


def _global_names(
    table: symtable.SymbolTable, binds: set[str], uses: set[str]
) -> set[str]:
    """Add what inner scopes bind and use; what a class may use before it
    sets it, as in `size = size`.
    """
    doubtful = set()
    for child in table.get_children():
        for symbol in child.get_symbols():
            name = symbol.get_name()
            if symbol.is_global():
                uses.add(name)
                if symbol.is_declared_global() and symbol.is_assigned():
                    binds.add(name)
            elif child.get_type() == "class" and symbol.is_referenced():
                doubtful.add(name)
        doubtful |= _global_names(child, binds, uses)
    return doubtful


def place_of(statement: Statement, name: str) -> tuple[int, int]:
    """Line and column where a statement first uses a name of the chapter."""
    code = compile(statement.text, "cell", "exec", dont_inherit=True)
    line, offset = min(_uses(code, name), default=(1, 0))
    line += statement.line - 1
    return line, statement.column(line, offset)


def _uses(code: CodeType, name: str) -> Iterator[tuple[int, int]]:
    for instruction in dis.get_instructions(code):
        if instruction.argval != name:
            continue
        if USE.match(instruction.opname) and instruction.positions.lineno:
            yield instruction.positions[0], instruction.positions[2]
        if instruction.opname == "STORE_NAME" and code.co_name != "<module>":
            break  # from here on the class means its own
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _uses(constant, name)
