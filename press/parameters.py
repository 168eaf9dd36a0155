"""The experiment's knobs: the `parameters` fence of a chapter."""

import ast
import json

from press.problems import Problem
from press.statements import Statement

Knobs = dict[str, tuple[object, str]]


def check_parameters(label: str, groups: dict, tags: dict) -> list[Problem]:
    """What is wrong with the `parameters` fences, by the fences' lines."""
    lines = [line for line in groups if "parameters" in tags[line]]
    problems = []
    for line in lines:
        problems += read_parameters(label, groups[line])[1]
    for line in lines[1:]:
        message = f"a second parameters fence, after that of line {lines[0]}"
        problems.append(Problem(label, line - 1, 1, message, "join the two"))
    return problems


def read_parameters(label: str, statements: list[Statement]):
    """({name: (value, help)}, problems) of one `parameters` fence."""
    knobs: Knobs = {}
    problems = []
    flags = {"help"}
    for statement in statements:
        knob = _knob(statement)
        if not knob:
            message = "a parameters fence holds 'name = value  # help' lines"
            remedy = "values are numbers, strings, booleans; lists of numbers"
        elif flags & _flag_names(*knob[:2]):
            message = f"the flag --{knob[0].replace('_', '-')} exists already"
            remedy = "choose another name"
        else:
            flags |= _flag_names(*knob[:2])
            knobs[knob[0]] = knob[1:]
            continue
        where = statement.node.lineno
        problems.append(Problem(label, where, 1, message, remedy))
    return knobs, problems


def _flag_names(name: str, value: object) -> set[str]:
    return {name, f"no_{name}"} if isinstance(value, bool) else {name}


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


def _literal(node: ast.expr):
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    if not isinstance(value, list):
        return value if isinstance(value, (bool, int, float, str)) else None
    kinds = {type(item) for item in value}
    return value if kinds in ({int}, {float}, {str}) else None


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
