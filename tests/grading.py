"""Practice files and workbooks, graded in this process: quick, many times."""

import contextlib
import io
import json
import linecache
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from press.practice.merge import merge
from press.practice.sections import Section, first_lines
from press.read.chapter import Chapter, read_chapter
from press.read.tree import decode, find_sources, read_source

# What no reader can be helped by: it is the course's own mistake.
HELPLESS = re.compile(
    r"NameError|ImportError|SyntaxError| is missing|fixture '|cannot be run"
)
WITHOUT = ["terminal", "cacheprovider", "faulthandler", "logging", "warnings"]
WITHOUT += ["unraisableexception", "threadexception"]
OPTIONS = ["-s", "--import-mode=importlib", "--disable-plugin-autoload"]
OPTIONS += [f"-pno:{name}" for name in WITHOUT]


def chapters(root: Path) -> list[Chapter]:
    """Every chapter of the course, whatever may be wrong with it."""
    found = []
    for source in find_sources(root)[0]:
        text = decode(source, read_source(source, root))
        found += [read_chapter(source, text)[0]] if source.slug else []
    return found


@contextlib.contextmanager
def course(build: Path) -> Iterator[None]:
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
        hypothesis.settings.load_profile("course")


def _ours() -> list[str]:
    return [name for name in sys.modules if name.split(".")[0] == "byhand"]


@contextlib.contextmanager
def unshrunk(**settings: int) -> Iterator[None]:
    """Without the search for the smallest example: only verdicts matter."""
    from byhand import practice

    steady = practice._steady
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]

    def quick() -> None:
        steady()
        hypothesis.settings.register_profile(
            "quick", hypothesis.settings(), phases=phases, **settings
        )
        hypothesis.settings.load_profile("quick")

    practice._steady = quick
    try:
        yield
    finally:
        practice._steady = steady


def practice_text(chapter: Chapter, wanted: list[Section]) -> str:
    """The practice file of some exercises, as a reader gets it."""
    return merge(first_lines(chapter, wanted), wanted)[0]


def solved(text: str, sections: list[Section]) -> str:
    """A file or notebook's cell with the solutions in place of the stubs."""
    for section in sections:
        item = section.item
        text = text.replace(item.stub.source, item.solution.source)
    return text


def grade(path: Path, text: str) -> dict[str, str]:
    """What grading says of each exercise, by its label; '' is passed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    (path.parent / "pytest.ini").write_text("[pytest]\n")
    watch = _Watch()
    folder = f"--rootdir={path.parent}"
    pytest.main([*OPTIONS, folder, str(path)], plugins=[watch])
    sys.modules.pop(path.stem, None)
    from byhand import practice

    found = practice.results(watch.config)
    return {title: fault for (_, title, _), fault in found.items()} | (
        {"the file": watch.error} if watch.error else {}
    )


class _Watch:
    """A pytest plugin that keeps what a run leaves behind."""

    error = ""

    def pytest_configure(self, config):
        self.config = config

    def pytest_collectreport(self, report):
        if report.failed:
            self.error = f"cannot be run: {report.longrepr}"


def fault(chapter: Chapter, sections: list[Section], folder: Path) -> str:
    """What is wrong with the last of some exercises: nothing, as it should.

    Its stub fails with words that help, its solution passes. Those before
    it are what it needs, solved.
    """
    section, before = sections[-1], sections[:-1]
    item, name = section.item, f"{chapter.source.stem}_{section.key}"
    place = f"{chapter.source.label}:{item.stub.line}: {item.label}"
    text = solved(practice_text(chapter, sections), before)
    path = folder / "stub" / f"{name}.py"
    found = grade(path, text)
    said = found.get("the file") or found.get(item.label, "no tests")
    if not said:
        return f"{place}: the tests pass on the stub"
    if HELPLESS.search(said):
        return f"{place}: the tests say of the stub: {said}"
    path = folder / "solution" / f"{name}.py"
    found = grade(path, solved(text, [section]))
    wrong = {label: said for label, said in found.items() if said}
    if wrong or item.label not in found:
        return f"{place}: the tests say of the solution: {wrong or 'nothing'}"
    return ""


def run_workbook(text: str, sections: list[Section]) -> list[str]:
    """What the cells of a workbook print, with these exercises solved."""
    namespace = {"__name__": "__main__"}
    out = io.StringIO()
    cells = json.loads(text)["cells"]
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            source = solved("".join(cell["source"]), sections)
            name = f"<cell {number} of {id(cells)}>"
            lines = source.splitlines(keepends=True)
            linecache.cache[name] = (len(source), None, lines, name)
            with contextlib.redirect_stdout(out):
                exec(compile(source, name, "exec"), namespace)
    return re.findall(r"(?m)^Exercise .*", out.getvalue())
