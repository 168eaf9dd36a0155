"""Artifacts and files by name: what the code says, the front matter says."""

import ast
from collections.abc import Collection, Iterator

from press.problems import Problems
from press.read.frontmatter import Front
from press.read.statements import Statement

# The function of byhand, and the keys one of which has to hold its name.
CALLS = {
    "artifact": ("needs", "makes"),
    "new_artifact": ("makes",),
    "data": ("reads",),
}


def check_artifacts(
    front: Front, statements: list[Statement], problems: Problems
) -> None:
    """Literal names in calls against `needs:`, `makes:` and `reads:`."""
    for _, function, node in calls(statements, CALLS):
        if node.args:
            _check_call(node, function, front, problems)


def calls(
    statements: list[Statement], functions: Collection[str]
) -> Iterator[tuple[Statement, str, ast.Call]]:
    """The calls of some functions of byhand, and the statements around."""
    ours = {
        alias.asname or alias.name: alias.name
        for statement in statements
        if "byhand import" in statement.text
        for node in ast.walk(statement.node)
        if isinstance(node, ast.ImportFrom) and node.module == "byhand"
        for alias in node.names
        if alias.name in functions
    }
    for statement in statements if ours else ():
        for node in ast.walk(statement.node):
            called = isinstance(node, ast.Call) and node.func
            if called and getattr(called, "id", None) in ours:
                yield statement, ours[called.id], node


def _check_call(
    node: ast.Call, function: str, front: Front, problems: Problems
) -> None:
    name = getattr(node.args[0], "value", None)
    keys = CALLS[function]
    listed = [str(item) for key in keys for item in front.values.get(key, [])]
    if function == "data":
        listed = [item.rpartition("/")[2] for item in listed]
    if isinstance(name, str) and name not in listed:
        message = f"{function}({name!r}) is not in the front matter"
        remedy = f"add it to {' or '.join(f'{key}:' for key in keys)}"
        problems.add(node.lineno, node.col_offset + 1, message, remedy)
