"""Practice: pytest grades a file of exercises or a workbook's cell.

A practice file says `pytest_plugins = practice.plugins(…)`: pytest then loads
this module as a plugin, whatever its configuration. A cell of a workbook
calls `check`. Standard library, pytest and hypothesis only.

PYTEST_DONT_REWRITE: a practice file imports this before pytest does.
"""

import ast
import contextlib
import io
import json
import linecache
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

HEADER = re.compile(r"# %% (Exercise \d+ .*) \[(\w+)\]\s*")
MOST = 12  # lines of a message
STATE = ".state.json"  # beside the parts of a practice folder
BROKEN = "the tests cannot be run: "
OPTIONS = ["-pno:terminal", "-pno:cacheprovider", "-pno:faulthandler"]
OPTIONS += ["-pno:logging", "-pno:warnings", "-pno:unraisableexception"]
OPTIONS += ["-pno:threadexception", "-s", "--import-mode=importlib"]
OPTIONS += ["--disable-plugin-autoload"]
SETTINGS = "[pytest]\npython_classes =\npython_functions = test_*\n"

HERE = Path(__file__).parent
for found in HERE.glob("*/_shared.py"):  # before anybody imports it
    pytest.register_assert_rewrite(f"byhand.{found.parent.name}._shared")


def plugins(part: str, file: str) -> list[str]:
    """The pytest plugins of a practice file: this one, shared fixtures."""
    _steady()
    return [__name__, *_shared(part, Path(file).read_text("utf-8"))]


def _steady() -> None:
    """The same examples every time, and no deadline on a slow machine."""
    with contextlib.suppress(ImportError):
        from hypothesis import settings

        name = "byhand practice"
        settings.register_profile(
            name, deadline=None, derandomize=True, database=None
        )
        settings.load_profile(name)


def _shared(part: str, text: str) -> list[str]:
    """The part's module of shared fixtures, if the text names one."""
    path = HERE / part / "_shared.py"
    script = path.read_text("utf-8") if path.exists() else ""
    found = re.findall(r"(?m)^(?:def (\w+)|.*\bname=.(\w+))", script)
    known = {name for pair in found for name in pair if name}
    used = known & set(re.findall(r"\w+", text))
    return [f"byhand.{part}._shared"] if used else []


# As a plugin --------------------------------------------------------------

# {(file, title, key): [first fault or "", the tests that ran]}
GRADES = pytest.StashKey[dict]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Iterator[None]:
    """Keep the first fault of each exercise."""
    report = yield
    section = _section(item)
    if section:
        grades = item.config.stash.setdefault(GRADES, {})
        grade = grades.setdefault(section, ["", set()])
        grade[1].add(item.originalname)
        if not grade[0] and report.outcome != "passed":
            grade[0] = fault(item.path, call.excinfo)
    return report


def _section(item: pytest.Item) -> tuple[Path, str, str] | None:
    """The exercise that a test of a practice file belongs to."""
    linecache.checkcache(str(item.path))
    lines = linecache.getlines(str(item.path))
    for line in reversed(lines[: (item.location[1] or 0) + 1]):
        header = HEADER.fullmatch(line)
        if header:
            return item.path, *header.groups()
    return None


def fault(path: Path, excinfo: pytest.ExceptionInfo, shift: int = 0) -> str:
    """What went wrong, and in which line of the reader's file."""
    places = [e.lineno + 1 for e in excinfo.traceback if e.path == path]
    where = f"line {places[-1] - shift}: " if places else ""
    if excinfo.errisinstance(NotImplementedError):
        return f"{where}nothing is written here yet"
    if excinfo.errisinstance(ModuleNotFoundError):
        name = excinfo.value.name
        return (
            f"{where}{name} is missing: {sys.executable} -m pip install {name}"
        )
    lines = excinfo.exconly(tryshort=True).split("\n")
    lines = [line.rstrip() for line in lines if line.strip()]
    more = ["…"] if len(lines) > MOST else []
    return where + "\n    ".join(lines[:MOST] + more)


@pytest.hookimpl(wrapper=True)
def pytest_collection_finish(session: pytest.Session) -> Iterator[None]:
    """Where all is practice, the summary below is all that is said."""
    yield
    if session.items and all(map(_section, session.items)):
        option = session.config.option
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter and option.tbstyle == "auto":
            option.tbstyle, reporter.reportchars = "no", ""


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """A line for each exercise."""
    grades = results(config)
    terminalreporter.ensure_newline()
    for (path, title, key), found in grades.items():
        color = {"red": True} if found else {"green": True}
        terminalreporter.write_line(verdict(title, found), **color)
        _remember(path.parents[1] / STATE, key, not found)


def results(config: pytest.Config) -> dict[tuple[Path, str, str], str]:
    """The first fault of each exercise of a run; empty where it passed."""
    found = {}
    for section, (first, ran) in config.stash.get(GRADES, {}).items():
        text = section[0].read_text("utf-8").partition(f"[{section[2]}]")[2]
        text = text.partition("\n# %% ")[0]
        if not first and set(re.findall(r"(?m)^def (test_\w+)", text)) - ran:
            first = "not all of its tests were run"
        found[section] = first
    return found


def verdict(title: str, found: str) -> str:
    """`Exercise 1 ● Title: passed`, or the fault."""
    return f"{title}: {f'not yet: {found}' if found else 'passed'}"


def _remember(path: Path, key: str, passed: bool) -> None:
    """For `tangle.py practice`; a copy elsewhere has no such file."""
    if path.is_file():
        found = {}
        with contextlib.suppress(ValueError):
            found = json.loads(path.read_text("utf-8"))
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        partial.write_text(json.dumps(found | {key: passed}), "utf-8")
        os.replace(partial, path)


# In a notebook ------------------------------------------------------------


def check(part: str, title: str) -> None:
    """Run the tests of the cell that calls this, and say what they say."""
    frame = sys._getframe(1)
    lines = linecache.getlines(frame.f_code.co_filename)
    print(verdict(title, _check(part, "".join(lines), frame.f_globals)))


def _check(part: str, cell: str, names: dict) -> str:
    """The first fault of the tests in a cell; empty if there is none."""
    _steady()
    module = ModuleType("_workbook")
    module.__dict__.update(names)
    module.__all__ = [n for n in names if not n.startswith(("test_", "__"))]
    cell = _definitions(cell)
    shared = [
        option for name in _shared(part, cell) for option in ("-p", name)
    ]
    found = _Faults()
    sys.modules["_workbook"] = module
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve() / "practice_cell.py"
        path.write_text("from _workbook import *\n" + cell, "utf-8")
        (path.parent / "pytest.ini").write_text(SETTINGS, "utf-8")
        options = [*OPTIONS, f"--rootdir={folder}", *shared, str(path)]
        with contextlib.redirect_stderr(io.StringIO()) as said:
            pytest.main(options, plugins=[found])
    for name in ("_workbook", path.stem):
        sys.modules.pop(name, None)
    if found.faults or found.tests:
        return next(filter(None, found.faults), "")
    return BROKEN + (said.getvalue().strip() or "this cell has no tests")


def _definitions(cell: str) -> str:
    """The cell's functions and imports, in their lines."""
    lines = cell.split("\n")
    for node in ast.parse(cell).body:
        if not isinstance(node, (ast.FunctionDef, ast.Import, ast.ImportFrom)):
            count = node.end_lineno - node.lineno + 1
            lines[node.lineno - 1 : node.end_lineno] = [""] * count
    return "\n".join(lines)


class _Faults:
    """A pytest plugin that collects the faults of a cell's tests."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.tests = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        self.tests += 1
        if report.outcome != "passed":
            self.faults.append(fault(item.path, call.excinfo, 1))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        report = yield
        if report.failed:
            self.faults.append(BROKEN + str(report.longrepr))
        return report
