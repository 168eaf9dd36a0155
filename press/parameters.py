"""The experiment's knobs: the `parameters` fence of a chapter."""

import ast
import json

from press.problems import Problem
from press.statements import Statement

Knobs = dict[str, tuple[object, str]]


def read_parameters(label: str, statements: list[Statement]):
    """({name: (value, help)}, problems) of one `parameters` fence."""
    knobs: Knobs = {}
    problems = []
    for statement in statements:
        knob = _knob(statement)
        if knob:
            knobs[knob[0]] = knob[1:]
            continue
        message = "a parameters fence holds 'name = value  # help' lines only"
        remedy = "values are numbers, strings, booleans or lists of one kind"
        where = statement.node.lineno
        problems.append(Problem(label, where, 1, message, remedy))
    return knobs, problems


def _knob(statement: Statement) -> tuple[str, object, str] | None:
    node = statement.node
    if not isinstance(node, ast.Assign) or len(node.targets) > 1:
        return None
    if not isinstance(node.targets[0], ast.Name):
        return None
    last = statement.text.split("\n")[node.end_lineno - statement.line]
    tail = last.encode()[node.end_col_offset :].decode()
    text = tail.partition("#")[2].strip()
    value = _literal(node.value)
    if value is None or not text or statement.kind != "experiment":
        return None
    return node.targets[0].id, value, text


def _literal(node: ast.expr):
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    items = value if isinstance(value, list) else [value]
    same = len({type(item) for item in items}) == 1
    known = all(isinstance(item, (bool, int, float, str)) for item in items)
    return value if items and same and known else None


def flags_call(knobs: Knobs) -> str:
    """The lines that let the command line change the parameters."""
    names = ", ".join(knobs) + ("," if len(knobs) == 1 else "")
    arguments = [
        f"    {name}=({name}, {json.dumps(text, ensure_ascii=False)}),\n"
        for name, (_, text) in knobs.items()
    ]
    return (
        "from byhand import flags  # python -m … --help\n\n"
        f"{names} = flags(\n    __doc__,\n{''.join(arguments)})"
    )
