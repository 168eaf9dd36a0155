"""The experiment's knobs: the `parameters` fence of a chapter."""

import ast
import json

from press.problems import Problem
from press.read.statements import Statement

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
    flags = {"help", "out"}
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


COMMAND_LINE = "command_line"  # holds the flags until the parameters' cell


def read_flags(knobs: Knobs) -> str:
    """The lines that read the flags, before the script does anything."""
    arguments = [
        f"    {name}=({_source(value)}, {_source(text)}),\n"
        for name, (value, text) in knobs.items()
    ]
    return (
        "from byhand import flags\n\n"
        f"{COMMAND_LINE} = flags(\n    __doc__,\n{''.join(arguments)})"
    )


def use_flags(knobs: Knobs) -> str:
    """The line after the parameters that puts the flags in their place."""
    names = ", ".join(knobs) + ("," if len(knobs) == 1 else "")
    line = f"{names} = {COMMAND_LINE}"
    if len(line) <= 75:
        return line
    inner = "".join(f"    {name},\n" for name in knobs)
    return f"(\n{inner}) = {COMMAND_LINE}"


def _source(value: object) -> str:
    """A Python literal, its strings in double quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(_source, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
