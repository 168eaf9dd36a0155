"""Each top-level statement of a cell: what it is, what it binds and uses."""

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, field

from press.problems import Problems
from press.read.names import names, uses_of

CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]+")
ALIAS = re.compile(r"[A-Z]\w*[a-z]\w*")
MAGIC = re.compile(r"(\s*)((?:%{1,2}[A-Za-z]|![A-Za-z./~]|\?{1,2}\w)\S*)")
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
    place: str = ""  # see press.read.places: PLACES, or shared

    @property
    def node(self) -> ast.stmt:
        """The first one of the line."""
        return self.nodes[0]

    @property
    def fixture(self) -> bool:
        """Whether it is a fixture of pytest."""
        return _is_fixture(self.node)

    @property
    def is_test(self) -> bool:
        """Whether pytest runs it."""
        return self.kind == "test" and not self.fixture

    def place_of(self, name: str) -> tuple[int, int]:
        """Line and column where it first uses a name of the chapter."""
        line, offset = min(uses_of(self.text, name), default=(1, 0))
        line += self.line - 1
        return line, self.column(line, offset)

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
        last = line + source.count("\n")
        where = min(max(error.lineno or line, line), last)
        text = padded.split("\n")[where - 1]
        magic = MAGIC.match(text) or MAGIC.match(source)
        if magic:
            where = where if MAGIC.match(text) else line
            message = f"{magic[2]!r} is a notebook magic, not Python"
            remedy = "use Python, or show the command as ```console"
            problems.add(where, len(magic[1]) + 1, message, remedy)
            return None
        message = f"{type(error).__name__}: {error.msg}"
        remedy = "the code of this fence is not Python"
        problems.add(where, max(error.offset or 1, 1), message, remedy)
    except (ValueError, RecursionError, MemoryError) as error:
        problems.add(line, 1, f"cannot be compiled: {error}", "simplify it")
    return None


def _mixed_line(nodes: list[ast.stmt], problems: Problems) -> None:
    for node in nodes[1:]:
        if _kind(node) != _kind(nodes[0]):
            message = "a definition and something else on one line"
            place = node.lineno, node.col_offset + 1
            problems.add(*place, message, "use two lines")


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno] + [item.lineno for item in decorators])


def _statement(
    nodes: list[ast.stmt], line: int, lines: list[str], start: int, end: int
) -> Statement:
    while start < end - 1 and not lines[start].strip():
        start += 1
    first = _first_line(nodes[0]) - line
    above = [comment.strip() for comment in lines[start:first]]
    text = "\n".join(above + lines[first:end])
    binds, uses = names(nodes, text)
    return Statement(_kind(nodes[0]), line + start, text, binds, uses, nodes)


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
