"""Run a chapter's tests against its mutants.

It happens in a fork of the command that imports once what the tests need.
Every mutant is tried in a fork of that one, so that none leaves anything
behind.
"""

import ast
import contextlib
import gc
import importlib
import os
import random
import re
import signal
import sys
import time
import types
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from press.proof.forks import PATIENCE, apart, processor_seconds
from press.proof.mutants import FUNCTIONS, Mutant, mutants
from press.read.chapter import Chapter
from press.read.statements import Statement
from press.write.tangle import target_paths

ENTER = "_enter"  # what functions call while the tests are watched
INDIRECT = 3.0  # a test that does not name a function kills more seldom
SPARED = re.compile(r"#\s*no mutants:\s*\S")
KEEN = 100.0  # a test that killed in a function is likely to kill again
Test = tuple[pytest.Item, float]  # and its seconds
OPTIONS = "-c /dev/null --import-mode=importlib --assert=plain -s -x "
OPTIONS += "-p no:cacheprovider -p no:terminal -p no:xdist"
# A failure is enough; nobody looks for the simplest one.
PHASES = hypothesis.Phase.explicit, hypothesis.Phase.generate
SETTINGS = {"deadline": None, "database": None, "derandomize": True}
SETTINGS["max_examples"] = 40  # what is wrong is wrong in most of them


def judge(
    chapter: Chapter, wanted: set[str], build: Path, seconds: float
) -> dict:
    """How many mutants there are, were tried, survived; or what failed.

    `wanted` are the names that other chapters import. To be called in a
    fork: it changes the process for good.
    """
    os.environ.update(OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1")
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    sys.path.insert(0, str(build))
    for name in [n for n in sys.modules if n.split(".")[0] == "byhand"]:
        del sys.modules[name]
    hypothesis.settings.register_profile("judge", phases=PHASES, **SETTINGS)
    hypothesis.settings.load_profile("judge")
    plugin = Judge(chapter, wanted, seconds)
    for item in chapter.facts.imports:
        if item.place != "experiment":
            importlib.import_module(item.module)
    gc.freeze()  # so that forks share what is there
    tests = str(build / target_paths(chapter.source)["tests"])
    pytest.main([*OPTIONS.split(), tests], plugins=[plugin])
    return plugin.verdict | {"failures": plugin.failures}


class Judge:
    """The plugin of pytest that runs the tests its own way."""

    def __init__(self, chapter: Chapter, wanted: set[str], seconds: float):
        lines = enumerate(chapter.document.lines, 1)
        self.spared = {n for n, line in lines if SPARED.search(line)}
        groups = chapter.statements.values()
        module = [s for g in groups for s in g if s.place == "module"]
        self.nodes = [node for s in module for node in s.nodes]
        self.idle, self.source = _idle(module, wanted), chapter.source
        self.end = processor_seconds() + seconds
        self.verdict: dict = {}
        self.failures: list[str] = []
        self.entered: set[int] = set()  # functions, by their lines
        self.setups: dict[str, set[int]] = {}  # what fixtures enter
        self.kills: Counter[tuple[int, str]] = Counter()
        self.module = self._load()

    def _load(self) -> types.ModuleType:
        """The module, as it is now, put where it is imported from."""
        name, label = self.source.module, self.source.label
        tree = ast.fix_missing_locations(ast.Module(self.nodes, []))
        module = sys.modules[name] = types.ModuleType(name)
        vars(module)[ENTER] = lambda line: self.entered.add(line)
        exec(compile(tree, label, "exec"), vars(module))
        package, _, stem = name.rpartition(".")
        setattr(importlib.import_module(package), stem, module)
        return module

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what cannot be collected, and what fails."""
        if report.failed:
            self.failures.append(f"{report.nodeid}: {report.longrepr}")

    pytest_runtest_logreport = pytest_collectreport

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants in an order of no meaning, until time is up."""
        items = session.items
        done = apart(self._watched, 0, items)
        trials, failures, imported = done or ([], ["the tests broke off"], [])
        self.failures += failures
        if not trials or self.failures:
            return True
        for name in imported:  # once here, and not again for each mutant
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        gc.freeze()  # so that forks share what is there
        tree, still = ast.Module(self.nodes, []), self.spared | self.idle
        found = list(mutants(tree, still))
        random.Random(0).shuffle(found)
        survivors, tried = [], 0
        while tried < len(found) and processor_seconds() < self.end:
            mutant, tried = found[tried], tried + 1
            chosen = self._concerned(mutant.scope, items, trials)
            limit = _limit(sum(seconds for _, seconds in chosen))
            killer = apart(self._killer, limit, mutant, chosen)
            if killer is None:  # it broke off, or did not end
                continue
            self.kills[mutant.scope.lineno, killer] += 1
            if not killer:
                place = mutant.node.lineno, mutant.node.col_offset
                survivors.append((*place, str(mutant)))
        counts = {"all": len(found), "tried": tried}
        counts["spared"] = len(self.spared)
        self.verdict = {**counts, "survivors": sorted(survivors)}
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef) -> object:
        """Keep what a fixture enters: that counts for all that use it."""
        outer, self.entered = self.entered, set()
        try:
            return (yield)
        finally:
            known = self.setups.setdefault(fixturedef.argname, set())
            known |= self.entered
            self.entered |= outer

    def _watched(self, items: list[pytest.Item]) -> tuple[list, ...]:
        """Of each test its seconds and what it enters; what fails.

        And which modules the tests import while they run.
        """
        before = set(sys.modules)
        for node in ast.walk(ast.Module(self.nodes, [])):
            if isinstance(node, FUNCTIONS):
                node.body[:0] = ast.parse(f"{ENTER}({node.lineno})").body
        self._exchange(items)
        trials, imported = [], self.entered
        for item, after in zip(items, [*items[1:], None], strict=True):
            start, self.entered = time.process_time(), set(imported)
            runtestprotocol(item, nextitem=after)
            for name in item.fixturenames:
                self.entered |= self.setups.get(name, set())
            trials.append((time.process_time() - start, self.entered))
        return trials, self.failures, sorted(set(sys.modules) - before)

    def _killer(self, mutant: Mutant, tests: list[Test]) -> str:
        """The test that fails first; no name if none does."""
        mutant.apply()
        self._exchange([item for item, _ in tests])
        others = [item for item, _ in tests[1:]]
        for (item, seconds), after in zip(tests, [*others, None], strict=True):
            signal.setitimer(signal.ITIMER_PROF, _limit(seconds))
            runtestprotocol(item, nextitem=after)
            if self.failures:
                return item.nodeid
        return ""

    def _concerned(self, scope: ast.stmt, items: list, trials: list) -> list:
        """The tests that enter a function, in the order of their promise.

        What is in no function is done when the module is imported.
        """
        name = getattr(scope, "name", "")
        line = scope.lineno if isinstance(scope, FUNCTIONS) else 0

        def cost(test: Test) -> float:
            item, seconds = test
            named = name in item.function.__code__.co_names
            kills = self.kills[scope.lineno, item.nodeid]
            return seconds * (1 if named else INDIRECT) / (1 + KEEN * kills)

        found = [
            (item, seconds)
            for item, (seconds, entered) in zip(items, trials, strict=True)
            if not line or line in entered
        ]
        return sorted(found, key=cost)

    def _exchange(self, items: list[pytest.Item]) -> None:
        """Let the tests see the module as it is now."""
        names, before = vars(items[0].module), vars(self.module)
        now = vars(self._load())
        for name in names.keys() & before.keys():
            if names[name] is before[name]:
                names[name] = now.get(name)
        later = dict(_parts(before, now))
        for item in items:
            given = item.callspec.params if hasattr(item, "callspec") else {}
            given.update({n: _renewed(x, later) for n, x in given.items()})


def _parts(old: object, new: object) -> Iterator[tuple[int, object]]:
    """What a value is made of, and what stands there now."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys():
            yield from _parts(old[key], new[key])
    if isinstance(old, list) and isinstance(new, list):
        for one, other in zip(old, new, strict=False):
            yield from _parts(one, other)
    if isinstance(old, list | dict) or callable(old):
        yield id(old), new


def _renewed(given: object, later: dict[int, object]) -> object:
    """What a test was given, made of what there is now."""
    if type(given) in (list, tuple):
        inside = type(given)(_renewed(item, later) for item in given)
        return later.get(id(given), inside)
    return later.get(id(given), given)


def _idle(module: list[Statement], wanted: set[str]) -> set[int]:
    """The lines of constants for the experiment and the tests alone."""
    kinds = ast.Assign | ast.AnnAssign
    constants = [s for s in module if s.binds and isinstance(s.node, kinds)]
    functions = [s for s in module if not isinstance(s.node, kinds)]
    used = wanted.union(*(s.uses for s in functions))
    lines: set[int] = set()
    for s in reversed(constants):
        if s.binds & used:
            used |= s.uses
        else:
            lines.update(range(s.node.lineno, s.nodes[-1].end_lineno + 1))
    return lines


def _limit(seconds: float) -> float:
    return 1 + PATIENCE * seconds
