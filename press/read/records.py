"""Cells tagged `record`: results that are too long for every build.

Such a cell holds one function and one constant, the arguments with which a
small share of it is repeated. What it once returned is in `records/`, and
the chapter reads that with `record("NAME")`.
"""

import ast
import io
import json
import tokenize
from collections.abc import Iterator

from press.problems import Problem, Problems
from press.read.artifacts import calls
from press.read.facts import Facts, Record, Shown
from press.read.fences import Fence
from press.read.places import Groups
from press.read.statements import Statement
from press.read.tree import Source

HOLDS = "a record fence holds one function and one UPPER_CASE constant, the "
HOLDS += "arguments of a small share"


def read_records(
    fences: list[Fence], groups: Groups, problems: Problems
) -> list[Record]:
    """The records that a chapter defines."""
    found = []
    for fence in fences:
        if "record" in fence.tags and groups.get(fence.line):
            group = [s for s in groups[fence.line] if s.kind == "definition"]
            functions = [s for s in group if hasattr(s.node, "args")]
            shares = [s for s in group if isinstance(s.node, ast.Assign)]
            if not len(functions) == len(shares) == 1 == len(group) - 1:
                remedy = "move everything else to a fence of its own"
                problems.add(fence.line - 1, 1, HOLDS, remedy)
            else:
                found += _record(functions[0].node, shares[0].node, problems)
    used = {record.name: record for record in found}
    for statement in (s for group in groups.values() for s in group):
        for name in sorted(statement.uses & used.keys()):
            if statement.place == "experiment":
                message = f"the experiment runs the record {name!r}"
                remedy = f'read what it gave with record("{name}")'
                problems.add(*statement.place_of(name), message, remedy)
    return found


def _record(
    node: ast.FunctionDef, share: ast.Assign, problems: Problems
) -> Iterator[Record]:
    names = [a.arg for a in node.args.args]
    try:
        settings = dict(
            zip(names[1:], map(_literal, node.args.defaults), strict=True)
        )
        if names[:1] != ["device"]:
            raise ValueError
    except (ValueError, TypeError):
        message = "a record's function takes a device first, and then only "
        message += "what has a default, all plain literals"
        remedy = f"def {node.name}(device: str, seeds=(0, 1, 2), steps=1000)"
        problems.add(node.lineno, 1, message, remedy)
        return
    try:
        if not _literal(share.value).keys() <= settings.keys():
            raise ValueError
    except (ValueError, TypeError, AttributeError):
        message = "the constant of a record fence is no dict of arguments"
        remedy = f"write some of {', '.join(settings)}, with few steps"
        problems.add(share.lineno, 1, message, remedy)
        return
    yield Record(node.name, node.lineno, settings, ast.unparse(share.value))


def _literal(node: ast.expr) -> object:
    return json.loads(json.dumps(ast.literal_eval(node)))


def shown_records(
    statements: list[Statement], problems: Problems
) -> list[Shown]:
    """The calls of `record("NAME")` in a chapter."""
    found = []
    for statement, _, node in calls(statements, {"record"}):
        place = node.lineno, node.col_offset + 1
        name = getattr(node.args[0], "value", None) if node.args else None
        if not isinstance(name, str):
            message = "record(…) takes the name as it is written in the cell"
            problems.add(*place, message, 'write record("the_name")')
        elif statement.place == "module":
            message = "a definition reads a record: its numbers would be "
            message += "shown without their origin"
            remedy = "read it in the experiment, and pass the values"
            problems.add(*place, message, remedy)
        else:
            found.append(Shown(name, *place))
    return found


def origins(groups: Groups, shown: list[Shown]) -> dict[int, list[str]]:
    """By a fence's line: the records that its output may come from.

    Directly, or through a variable that holds what a record gave.
    """
    carried: dict[str, set[str]] = {}
    found: dict[int, set[str]] = {}
    for line, group in groups.items():
        for statement in group:
            last = statement.line + statement.text.count("\n")
            names = {s.name for s in shown if statement.line <= s.line <= last}
            for name in statement.uses & carried.keys():
                names |= carried[name]
            if statement.place == "experiment" and names:
                found[line] = found.get(line, set()) | names
                for name in statement.binds:
                    carried[name] = carried.get(name, set()) | names
    return {line: sorted(names) for line, names in found.items()}


def check_records(chapters: dict[str, tuple[Source, Facts]]) -> list[Problem]:
    """Every record has a name of its own, and is shown from there on."""
    problems: list[Problem] = []
    owners: dict[str, Source] = {}
    whole = all(facts.whole for _, facts in chapters.values())
    for source, facts in chapters.values():
        for record in facts.records:
            other = owners.setdefault(record.name, source)
            if other is not source:
                message = f"{other.label} has a record {record.name!r} too"
                place = source.label, record.line, 1
                problems.append(Problem(*place, message, "rename one"))
        for name, line, column in facts.shown if whole else ():
            if name not in owners:
                message = f"no cell makes the record {name!r}"
                remedy = "this chapter or an earlier one has to, in a fence "
                remedy += 'tagged "record"; there are: '
                remedy += ", ".join(sorted(owners)) or "none"
                place = source.label, line, column
                problems.append(Problem(*place, message, remedy))
    return problems


def bare(text: str) -> str:
    """Code without its comments: they change no record."""
    lines = text.split("\n")
    gone = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
            gone.add(row if not lines[row - 1] else 0)
    return "\n".join(x for row, x in enumerate(lines, 1) if row not in gone)
