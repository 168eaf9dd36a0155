"""What an exercise needs of its chapter: imports, fixtures, definitions."""

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from press.read.exercises import Exercise
from press.read.places import Groups
from press.read.statements import Statement


class Imported(NamedTuple):
    """One name of an import; `name` is empty for `import module`."""

    module: str
    name: str
    alias: str  # empty where there is none

    @property
    def binds(self) -> str:
        """The name that the importing file gets."""
        return self.alias or self.name or self.module.split(".")[0]


@dataclass
class Needs:
    """Found from the stub, the tests and the solution of an exercise."""

    imports: set[Imported] = field(default_factory=set)
    copied: dict[int, Statement] = field(default_factory=dict)  # by line
    answers: set[int] = field(default_factory=set)  # of other exercises
    # (statement, name that it uses, line where that is defined)
    later: list[tuple[Statement, str, int]] = field(default_factory=list)


class Names:
    """Where the names of a chapter come from, for its exercises."""

    def __init__(self, groups: Groups, exercises: list[Exercise], module: str):
        self.groups, self.exercises, self.module = groups, exercises, module
        self.owner = {n: item for item in exercises for n in item.names}
        stubs = {item.stub.line for item in exercises}
        self.binders: dict[str, list[tuple[int, Statement]]] = {}
        self.fixtures: dict[str, Statement] = {}
        for line, group in groups.items():
            for statement in group if line not in stubs else ():
                if statement.fixture and statement.place != "shared":
                    self.fixtures[fixture_name(statement.node)] = statement
                elif statement.kind in ("import", "definition"):
                    for name in statement.binds:
                        found = self.binders.setdefault(name, [])
                        found.append((line, statement))

    def needs(self, item: Exercise) -> Needs:
        """Everything, directly or not, but nothing of the solution."""
        found, seen = Needs(), set()
        own = item.solution.line if item.solution else 0
        solution = self.groups.get(own, [])
        stub = self.groups[item.stub.line]
        waiting = [*stub, *item.tests, *solution]
        inside = {s.line for s in waiting}
        waiting += [f for f in self.fixtures.values() if _is_automatic(f)]
        while waiting:
            statement = waiting.pop()
            if statement.line in seen:
                continue
            seen.add(statement.line)
            if statement.line not in inside:
                found.copied[statement.line] = statement
            for name in requested(statement) & self.fixtures.keys():
                fixture = self.fixtures[name]
                if fixture.line < item.end:
                    waiting.append(fixture)
                else:
                    found.later.append((statement, name, fixture.line))
            mine = _bound(solution) if statement in solution else set()
            mine |= _bound(stub)
            for name in sorted(statement.uses - mine):
                waiting += self._resolve(item, own, statement, name, found)
        return found

    def _resolve(self, item, own, statement, name, found) -> list[Statement]:
        """Note where a name comes from; a definition that is to be copied."""
        owner = self.owner.get(name)
        known = self.binders.get(name, ())
        binders = [b for b in known if b[0] != own]
        if owner:
            found.answers.add(owner.number)
            if owner.number > item.number:
                found.later.append((statement, name, owner.stub.line))
        elif known:
            before = [b for b in binders if b[0] < item.end]
            line, binder = before[-1] if before else known[0]
            if not before:
                found.later.append((statement, name, line))
            elif binder.kind == "import":
                found.imports.update(imported(binder, name))
            elif binder.place == "shared":
                found.imports.add(self._shared(name))
            elif item.names & self.reached(binder.uses):
                return [binder]
            else:
                found.imports.add(Imported(self.module, name, ""))
        elif statement.kind == "test" and not hasattr(builtins, name):
            found.imports.add(self._shared(name))
        return []

    def _shared(self, name: str) -> Imported:
        package = self.module.rpartition(".")[0]
        return Imported(f"{package}._shared", name, "")

    def reached(self, names: Iterable[str]) -> set[str]:
        """These names and those that the chapter's definitions of them use."""
        reached: set[str] = set()
        waiting = set(names)
        while waiting:
            name = waiting.pop()
            reached.add(name)
            for _, binder in self.binders.get(name, ()):
                if name not in self.owner:
                    waiting |= binder.uses - reached
        return reached


def _bound(statements: list[Statement]) -> set[str]:
    return {name for statement in statements for name in statement.binds}


def imported(statement: Statement, name: str) -> Iterator[Imported]:
    """The part of an import statement that binds a name."""
    for node in statement.nodes:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                found = Imported(node.module, alias.name, alias.asname or "")
            else:
                found = Imported(alias.name, "", alias.asname or "")
            if found.binds == name:
                yield found


def fixture_name(node: ast.FunctionDef) -> str:
    """The name by which tests ask for a fixture."""
    for decorator in node.decorator_list:
        for keyword in getattr(decorator, "keywords", ()):
            if keyword.arg == "name":
                return getattr(keyword.value, "value", node.name)
    return node.name


def requested(statement: Statement) -> set[str]:
    """The names by which a test or fixture may ask for fixtures."""
    node = statement.node
    if statement.kind != "test":
        return set()
    given = node.args
    names = {a.arg for a in [*given.posonlyargs, *given.args]}
    names |= {a.arg for a in given.kwonlyargs}
    inside = (n for d in node.decorator_list for n in ast.walk(d))
    strings = (n.value for n in inside if isinstance(n, ast.Constant))
    return names | {s for s in strings if isinstance(s, str)}  # usefixtures


def _is_automatic(fixture: Statement) -> bool:
    return "autouse=True" in fixture.text
