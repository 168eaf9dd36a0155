"""The experiment's knobs: the `parameters` fence of a chapter."""

import ast

from press.problems import Problems
from press.read.fences import Fence
from press.read.places import Groups
from press.read.statements import Statement

Knobs = dict[str, tuple[object, str]]  # name: (value, help)


def read_parameters(
    fences: list[Fence], groups: Groups, problems: Problems
) -> Knobs:
    """The values and their words, of the only such fence of a chapter."""
    tagged = [fence for fence in fences if "parameters" in fence.tags]
    for fence in tagged[1:]:
        message = "a second parameters fence, after that of line "
        message += str(tagged[0].line)
        problems.add(fence.line - 1, 1, message, "join the two")
    knobs: Knobs = {}
    flags = {"help", "out"}
    for fence in tagged[:1]:
        for statement in groups.get(fence.line, ()):
            _add_knob(statement, knobs, flags, problems)
    return knobs


def _add_knob(
    statement: Statement, knobs: Knobs, flags: set[str], problems: Problems
) -> None:
    knob = _knob(statement)
    if knob is None:
        message = "a parameters fence holds 'name = value  # help' lines"
        remedy = "values are numbers, strings, booleans; lists of numbers"
        problems.add(statement.node.lineno, 1, message, remedy)
        return
    name, value, text = knob
    new = {name, f"no_{name}"} if isinstance(value, bool) else {name}
    if flags & new:
        message = f"the flag --{name.replace('_', '-')} exists already"
        problems.add(statement.node.lineno, 1, message, "choose another name")
        return
    flags |= new
    knobs[name] = value, text


def _knob(statement: Statement) -> tuple[str, object, str] | None:
    node = statement.node
    if not isinstance(node, ast.Assign) or len(statement.nodes) > 1:
        return None
    target = getattr(node.targets[0], "id", "_")
    if len(node.targets) > 1 or target.startswith("_"):
        return None
    last = statement.text.split("\n")[node.end_lineno - statement.line]
    tail = last.encode()[node.end_col_offset :].decode()
    text = tail.partition("#")[2].strip()
    value = _literal(node.value)
    if value is None or not text or statement.kind != "experiment":
        return None
    return target, value, text


def _literal(node: ast.expr) -> object | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    if not isinstance(value, list):
        return value if isinstance(value, (bool, int, float, str)) else None
    kinds = {type(item) for item in value}
    return value if kinds in ({int}, {float}, {str}) else None
