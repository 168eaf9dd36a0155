"""The press stays small, and its rooms' imports point one way."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "press").rglob("*.py"))
# Each room may import the rooms before it; `runtime` is alone.
ROOMS = ["read", "write", "run", "proof", "weave", "site"]
SHARED = {"problems", "layout"}
SMALL = 200  # lines of a module, without docstrings and comments
ALL = 8150  # lines of the press, with practice, proof, displays, records, sync
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def room(path: Path) -> str:
    """`read` for press/read/tree.py, `problems` for press/problems.py."""
    return path.relative_to(ROOT / "press").parts[0].removesuffix(".py")


def name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """The modules of the press that a module imports, anywhere."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            known = [n for n in inside if n in NAMES]
            found |= set(known or [node.module or ""])
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & NAMES


NAMES = {name(path) for path in MODULES}


def test_the_imports_of_the_press_form_no_cycle():
    graph = {name(path): imports(path) for path in MODULES}
    assert set(TopologicalSorter(graph).static_order()) == NAMES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_rooms_import_one_way(path):
    here = room(path)
    if here == "practice":
        allowed = {"read", "write", here, *SHARED}
    elif here in ROOMS:
        allowed = {*ROOMS[: ROOMS.index(here) + 1], *SHARED}
    else:
        allowed = {here, *SHARED}
    if path.name == "testing.py" or here in ("run", "site"):
        allowed.add("runtime")
    seen = {module.split(".")[1] for module in imports(path)}
    assert seen <= allowed


def code_lines(path: Path) -> int:
    """Lines that are neither blank, comment nor docstring."""
    text = path.read_text("utf-8")
    hidden: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)):
            first = node.body[0] if node.body else None
            if first and ast.get_docstring(node, clean=False) is not None:
                hidden.update(range(first.lineno, first.end_lineno + 1))
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#")
        for number, line in enumerate(text.split("\n"), 1)
        if number not in hidden
    )


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_of_the_press_is_small(path):
    assert code_lines(path) <= SMALL


def test_the_press_is_small():
    assert sum(map(code_lines, [*MODULES, ROOT / "tangle.py"])) <= ALL


def public(path: Path) -> list[ast.FunctionDef]:
    """Functions at the top of a module, and methods of public classes."""
    found = []
    for node in ast.parse(path.read_text("utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        if not getattr(node, "name", "_").startswith("_"):
            found += [
                item
                for item in inside
                if isinstance(item, FUNCTIONS)
                and not re.match("_(?!_)", item.name)
            ]
    return found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_public_functions_are_typed_and_documented(path):
    wrong = []
    for function in public(path):
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args]
        every += [*arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        bare = [
            a.arg
            for a in every
            if a and not a.annotation and a.arg not in ("self", "cls")
        ]
        special = function.name.startswith("__")
        if bare or not (function.returns or function.name == "__init__"):
            wrong.append(f"{function.name}: types {bare}")
        if not special and not ast.get_docstring(function):
            wrong.append(f"{function.name}: no docstring")
    assert wrong == []
