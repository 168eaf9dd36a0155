"""Small mistakes in the code of a chapter, each of them in one node."""

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

PAIRS = "Add Sub, Mult Div, FloorDiv Mult, Mod Mult, Pow Mult, Lt LtE, Gt GtE"
PAIRS += ", Eq NotEq, Is IsNot, In NotIn, And Or"
SWAPS: dict[type, type] = {}
for pair in PAIRS.split(", "):
    one, two = (getattr(ast, name) for name in pair.split())
    SWAPS |= {one: two, two: SWAPS.get(two, one)}
# Types, decorators and formats: nothing is computed.
UNTOUCHED = {"annotation", "returns", "decorator_list", "format_spec"}
DRAWINGS = {"Drawing", "Figure"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Mutant(NamedTuple):
    """A node, what stands in its place, and the function around it."""

    node: ast.AST
    other: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    scope: ast.stmt

    def apply(self) -> None:
        """Make the mistake, for good."""
        if self.index is None:
            setattr(self.parent, self.field, self.other)
        else:
            getattr(self.parent, self.field)[self.index] = self.other

    def __str__(self) -> str:
        texts = (ast.unparse(node) for node in (self.node, self.other))
        return " -> ".join(
            text if len(text) <= 60 else f"{text[:30]} … {text[-27:]}"
            for text in (" ".join(text.split()) for text in texts)
        )


def mutants(
    parent: ast.AST, spared: set[int], scope: ast.stmt | None = None
) -> Iterator[Mutant]:
    """Every mistake below a module, but in lines that are spared."""
    for field, value in ast.iter_fields(parent):
        several = isinstance(value, list)
        for index, node in enumerate(value if several else [value]):
            spare = getattr(node, "lineno", 0) in spared
            if spare or field in UNTOUCHED or not isinstance(node, ast.AST):
                continue
            if not _shows(node):
                whole = scope is None or isinstance(node, FUNCTIONS)
                inner = node if whole else scope
                place = parent, field, index if several else None, inner
                for other in _others(node, field):
                    ast.copy_location(other, node)
                    yield Mutant(node, other, *place)
                yield from mutants(node, spared, inner)


def _shows(node: ast.AST) -> bool:
    """What is said or drawn, and what makes no difference to the result."""
    match node:
        case ast.FunctionDef(name, arguments, returns=returns):
            types = [a.annotation for a in arguments.args] + [returns]
            drawn = {ast.unparse(t) for t in types if t} & DRAWINGS
            return "repr" in name or bool(drawn)
        case ast.Call(ast.Name("len"), [ast.Subscript(slice=ast.Constant())]):
            return True  # all rows are as long as the first one
        case ast.keyword("strict") | ast.BinOp(
            ast.Constant(str()), ast.Mult()
        ):
            return True
        case ast.Compare(ast.Call(ast.Attribute(attr="random"))):
            return True  # it is never equal
        case ast.Call(ast.Attribute(attr="rjust" | "ljust" | "center")):
            return True
        case ast.ClassDef(name) | ast.Call(ast.Name(name)):
            return name in {*DRAWINGS, "print"}
    return isinstance(node, ast.Raise | ast.Import | ast.ImportFrom)


def _others(node: ast.AST, field: str) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op):
            if type(op) in SWAPS:
                yield _with(node, op=SWAPS[type(op)]())
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                swapped = [*ops[:at], SWAPS[type(op)](), *ops[at + 1 :]]
                yield _with(node, ops=swapped)
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield copy.copy(operand)
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Subscript(slice=ast.Name() as index):
            earlier = ast.BinOp(index, ast.Sub(), ast.Constant(1))
            yield _with(node, slice=earlier)
        case ast.Return(ast.expr()):
            yield ast.Return(ast.Constant(None))
        case ast.expr() if field == "test":
            yield ast.UnaryOp(ast.Not(), node)
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub(), ast.Constant(1)):
            yield copy.copy(left)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.copy(node)
    vars(other).update(fields)
    return other
