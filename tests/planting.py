"""Stubs in place of their solutions: do the chapter's tests notice?"""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from unittest import mock

import hypothesis
import pytest

from press.read.chapter import Chapter, read_chapter
from press.read.exercises import exercises, tests_of
from press.read.tree import decode, find_sources, read_source
from press.write.scripts import test_script

# No shrinking, and the same examples every time: only the verdict matters.
hypothesis.settings.register_profile(
    "planted",
    deadline=None,
    derandomize=True,
    database=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
# Names that a stub lacks: it does not run, so it is no planted bug.
BROKEN = {"NameError", "ImportError", "ModuleNotFoundError"}
OPTIONS = ["-s", "-p_hypothesis_pytestplugin", "--import-mode=importlib"]
WITHOUT = ["cacheprovider", "terminal", "faulthandler", "logging", "warnings"]
WITHOUT += ["unraisableexception", "threadexception"]  # five gc.collect()
# Of other packages' plugins hypothesis' alone, which is quick to find.
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}


@dataclass(frozen=True)
class Stub:
    """An `exercise` or `bug` fence: where it is and what it defines."""

    chapter: Chapter
    line: int
    names: frozenset[str]
    kind: str

    def __str__(self) -> str:
        names = ", ".join(sorted(self.names))
        source = self.chapter.source
        return f"{source.label}:{self.line}: the {self.kind} {names}"


@dataclass
class Verdict:
    """What the tests said: the failed ones with their exception's name."""

    passed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def chapters(root: Path) -> list[Chapter]:
    """Every chapter of the course, whatever may be wrong with it."""
    found = []
    for source in find_sources(root)[0]:
        text = decode(source, read_source(source, root))
        found += [read_chapter(source, text)[0]] if source.slug else []
    return found


def stubs(chapter: Chapter) -> Iterator[Stub]:
    for item in exercises(chapter.document.fences, chapter.statements):
        yield Stub(chapter, item.line, item.names, item.kind)


def with_bug(chapter: Chapter, line: int) -> str:
    """The module's definitions with the stub of `line` for its solution."""
    [names] = [stub.names for stub in stubs(chapter) if stub.line == line]
    texts = []
    for at, group in chapter.statements.items():
        for statement in group:
            solved = statement.kind == "definition" and statement.binds & names
            if at == line or (statement.place == "module" and not solved):
                texts.append(statement.text)
    return "\n\n".join(texts) + "\n"


def fault(stub: Stub, build: Path, folder: Path) -> str:
    """What is wrong with a stub: nothing, if its tests fail on it."""
    verdict = judge(stub, with_bug(stub.chapter, stub.line), build, folder)
    if verdict.errors:
        return f"{stub}: its tests do not run: {verdict.errors[0]}"
    if not verdict.failed:
        tests = ", ".join(sorted(verdict.passed))
        return f"{stub}: its tests pass on the stub: {tests}"
    broken = BROKEN & set(verdict.failed.values())
    if stub.kind == "bug" and broken:
        return f"{stub}: it does not run: {', '.join(broken)}"
    return ""


def judge(stub: Stub, module: str, build: Path, folder: Path) -> Verdict:
    """Run the tests that mention the stub, with `module` as the chapter's.

    In this process, so that what they import is imported once.
    """
    names = [
        t.node.name for t in tests_of(stub.chapter.statements, stub.names)
    ]
    path = folder / f"test_{stub.chapter.source.stem}_{stub.line}.py"
    path.write_text(test_script(stub.chapter), "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n")
    verdict = Verdict()
    patch = mock.patch.dict(os.environ, ALONE)
    with _course(build), _profile("planted"), patch:
        try:
            _define(stub.chapter.source.module, module)
        except Exception as error:
            verdict.errors.append(f"{type(error).__name__}: {error}")
            return verdict
        without = [f"-pno:{name}" for name in WITHOUT]
        nodes = [f"{path}::{name}" for name in names]
        pytest.main(
            [*OPTIONS, *without, f"--rootdir={folder}", *nodes],
            plugins=[_Recorder(verdict)],
        )
        sys.modules.pop(path.stem, None)
    return verdict


@contextlib.contextmanager
def _course(build: Path) -> Iterator[None]:
    """Import chapters from this build folder, as nothing had been before."""
    before = {name: sys.modules.pop(name) for name in _ours()}
    sys.path.insert(0, str(build))
    hook = sys.excepthook
    try:
        yield
    finally:
        sys.excepthook = hook
        sys.path.remove(str(build))
        for name in _ours():
            del sys.modules[name]
        sys.modules.update(before)


def _ours() -> list[str]:
    return [name for name in sys.modules if name.split(".")[0] == "byhand"]


@contextlib.contextmanager
def _profile(name: str) -> Iterator[None]:
    hypothesis.settings.load_profile(name)
    try:
        yield
    finally:
        hypothesis.settings.load_profile("course")


def _define(name: str, text: str) -> None:
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, f"{name} with a stub", "exec"), module.__dict__)


class _Recorder:
    """A pytest plugin that fills a verdict."""

    def __init__(self, verdict: Verdict):
        self.verdict = verdict

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if report.failed:
            self.verdict.failed[item.name] = call.excinfo.typename
        elif report.when == "call":
            self.verdict.passed.add(item.name)
        return report

    def pytest_collectreport(self, report):
        if report.failed:
            self.verdict.errors.append(str(report.longrepr))
