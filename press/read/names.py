"""The names of the chapter's namespace that a statement binds and uses."""

import ast
import dis
import re
import symtable
import warnings
from collections.abc import Iterator
from types import CodeType

USE = re.compile("LOAD_.*(NAME|GLOBAL)|STORE_GLOBAL")


def names(nodes: list[ast.stmt], text: str) -> tuple[frozenset, frozenset]:
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
        uses |= {name for name in doubtful if any(uses_of(text, name))}
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


def uses_of(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Line, from 1, and offset of every use of a name outside of `text`."""
    yield from _uses(compile(text, "cell", "exec", dont_inherit=True), name)


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
