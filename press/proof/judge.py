"""Run a chapter's tests against its mutants.

It happens in a fork of the command that imports once what the tests need.
Every mutant is tried in a fork of that one, so that none leaves anything
behind.
"""

import ast
import gc
import importlib
import math
import os
import pickle
import random
import re
import resource
import signal
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from press.proof.mutants import FUNCTIONS, Mutant, mutants
from press.read.chapter import Chapter
from press.run.tether import tethered
from press.write.tangle import target_paths

SPARED = re.compile(r"#\s*no mutants:\s*\S")
PATIENCE = 3.0  # times what a chapter's tests take
MEMORY = 4 << 30  # bytes, of a mutant that does not end
OPTIONS = "-c /dev/null --import-mode=importlib --assert=plain -s -x "
OPTIONS += "-p no:cacheprovider -p no:terminal -p no:xdist"
# A failure is enough; nobody looks for the simplest one.
PHASES = hypothesis.Phase.explicit, hypothesis.Phase.generate
SETTINGS = {"deadline": None, "database": None, "derandomize": True}


def judge(chapter: Chapter, build: Path, seconds: float) -> dict:
    """How many mutants there are, were tried, survived; or what failed.

    To be called in a fork: it changes the process for good.
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
    plugin = Judge(chapter, seconds)
    for item in chapter.facts.imports:
        if item.place != "experiment":
            importlib.import_module(item.module)
    gc.freeze()  # so that forks share what is there
    tests = str(build / target_paths(chapter.source)["tests"])
    pytest.main([*OPTIONS.split(), tests], plugins=[plugin])
    return plugin.verdict | {"failures": plugin.failures}


class Judge:
    """The plugin of pytest that runs the tests its own way."""

    def __init__(self, chapter: Chapter, seconds: float):
        lines = enumerate(chapter.document.lines, 1)
        self.spared = {n for n, line in lines if SPARED.search(line)}
        self.source, self.nodes = chapter.source, definitions(chapter)
        self.module = self._load()
        self.end = _used() + seconds
        self.verdict: dict = {}
        self.failures: list[str] = []

    def _load(self) -> types.ModuleType:
        """The module, as it is now, put where it is imported from."""
        name, label = self.source.module, self.source.label
        tree = ast.fix_missing_locations(ast.Module(self.nodes, []))
        module = sys.modules[name] = types.ModuleType(name)
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
        trials = [apart(self._watched, 0, item) for item in session.items]
        for trial in trials:
            self.failures += trial[2] if trial else ["a test ends Python"]
        if self.failures:
            return True
        limit = 1 + PATIENCE * sum(seconds for seconds, *_ in trials)
        found = list(mutants(ast.Module(self.nodes, []), self.spared))
        random.Random(0).shuffle(found)
        survivors, tried = [], 0
        while tried < len(found) and _used() < self.end:
            mutant, tried = found[tried], tried + 1
            items = _concerned(mutant.scope, session.items, trials)
            if not items or apart(self._passes, limit, mutant, items):
                place = mutant.node.lineno, mutant.node.col_offset
                survivors.append((*place, str(mutant)))
        counts = {"all": len(found), "tried": tried}
        counts["spared"] = len(self.spared)
        self.verdict = {**counts, "survivors": sorted(survivors)}
        return True

    def _watched(self, item: pytest.Item) -> tuple[float, set[int], list[str]]:
        """Seconds of a test by itself, the functions it enters, failures."""
        start, entered = time.process_time(), set()

        def note(frame: types.FrameType, event: str, _: object) -> None:
            code = frame.f_code
            if event == "call" and code.co_filename == self.source.label:
                entered.add(code.co_firstlineno)

        sys.setprofile(note)
        runtestprotocol(item, nextitem=None)
        sys.setprofile(None)
        return time.process_time() - start, entered, self.failures

    def _passes(self, mutant: Mutant, items: list[pytest.Item]) -> bool:
        mutant.apply()
        before, now = vars(self.module), vars(self._load())
        names = vars(items[0].module)
        for name in names.keys() & before.keys():
            if names[name] is before[name]:
                names[name] = now.get(name)
        for item, after in zip(items, [*items[1:], None], strict=True):
            runtestprotocol(item, nextitem=after)
            if self.failures:
                return False
        return True


def definitions(chapter: Chapter) -> list[ast.stmt]:
    """The module, without constants that only the experiment uses."""
    statements = [s for group in chapter.statements.values() for s in group]
    code = [s for s in statements if s.place in ("module", "tests")]
    used = {name for s in code for name in s.uses}
    return [
        node
        for s in code
        if s.place == "module"
        for node in s.nodes
        if s.binds & used or not isinstance(node, ast.Assign | ast.AnnAssign)
    ]


def _used() -> float:
    """Seconds of processor time, with those of the forks."""
    return sum(os.times()[:4])


def _concerned(scope: ast.stmt, items: list, trials: list) -> list:
    """The tests that enter a function, those that name it first.

    What is in no function is done when the module is imported.
    """
    first = 0
    if isinstance(scope, FUNCTIONS):
        first = min(n.lineno for n in (scope, *scope.decorator_list))
    found = []
    for at, (seconds, entered, _) in enumerate(trials):
        if not first or first in entered:
            names = items[at].function.__code__.co_names
            indirect = getattr(scope, "name", "") not in names
            found.append((indirect, seconds, at))
    return [items[at] for *_, at in sorted(found)]


def apart(work: Callable, limit: float, *arguments: object) -> object:
    """What `work` returns in a fork; None if that fails or takes too long.

    `limit` is in seconds of processor time; 0 is none.
    """
    reading, writing = os.pipe()
    tie = tethered().get("preexec_fn", bool)
    child = os.fork()
    if child == 0:
        try:
            tie()
            signal.setitimer(signal.ITIMER_PROF, limit)
            signal.alarm(math.ceil(PATIENCE * limit))
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(*arguments), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else None
