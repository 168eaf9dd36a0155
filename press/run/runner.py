"""Run the chapters: cached, in dependency order, some at a time."""

import difflib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

from press.problems import BadInput
from press.read.tree import Source
from press.run.cache import Result, executed_cells, keep, settle
from press.run.failures import failure_text
from press.run.kernel import Kernels, execute
from press.run.keys import execution_keys, needed_makers
from press.run.timings import record_chapters
from press.write.manifest import Manifest
from press.write.tangle import Course, target_paths
from press.write.transaction import content, marks, scratch

BAD = ("failed", "skipped")


@dataclass
class Outcome:
    """What became of a chapter: ran, cached, failed or skipped."""

    source: Source
    state: str
    message: str = ""
    seconds: float = 0.0
    made: tuple[Result, Path] | None = None  # and where its artifacts are


@dataclass(frozen=True)
class Settings:
    """How to run: chapters at a time, even unchanged ones, until when."""

    jobs: int = 2
    again: bool = False
    fail_fast: bool = False
    limit: float = 3600  # seconds that a chapter may take


Report = Callable[[Outcome], None]


@dataclass
class _Work:
    """A run in progress; chapters by module name."""

    course: Course
    settings: Settings
    report: Report
    manifest: Manifest
    results: dict[str, Result | None]
    kernels: Kernels = field(default_factory=Kernels)
    done: dict[str, Outcome] = field(default_factory=dict)

    def end(self, module: str, outcome: Outcome) -> None:
        if outcome.made:
            keep(self.course, outcome.source, *outcome.made)
            self.results |= settle(self.course, [module])
        self.done[module] = outcome
        self.report(outcome)

    def bad(self, modules: Iterable[str]) -> list[str]:
        ended = [m for m in modules if m in self.done]
        return [m for m in ended if self.done[m].state in BAD]


def run(
    course: Course,
    names: list[str],
    settings: Settings,
    report: Report = lambda outcome: None,
) -> list[Outcome]:
    """Bring the chapters' outputs up to date; all chapters if no names.

    A chapter that fails, hangs past the limit or kills its kernel is an
    Outcome like any other; those that need its artifacts are skipped.
    """
    modules = chosen(course, names)
    results = settle(course, course.chapters)
    manifest = Manifest.load(course.build)
    work = _Work(course, settings, report, manifest, results)
    for module in modules:
        result = None if settings.again else results[module]
        if result:
            source = course.chapters[module][0]
            cached = Outcome(source, "cached", seconds=result.seconds)
            work.end(module, cached)
    waiting = [module for module in modules if module not in work.done]
    with ThreadPoolExecutor(settings.jobs) as pool:
        try:
            _run_in_order(work, waiting, pool)
        finally:
            work.kernels.stop()  # after Ctrl-C some still run
    record_chapters(course, work.results)
    return list(work.done.values())


def chosen(course: Course, names: list[str]) -> list[str]:
    """The modules to run, with the makers of what they need, in order.

    Raises BadInput for a name that no chapter has.
    """
    known = {source.name: m for m, (source, _) in course.chapters.items()}
    wanted: set[str] = set() if names else set(known.values())
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known) or known
            raise BadInput(
                f"no chapter is called {name!r} (choose from: "
                f"{', '.join(near)})"
            )
        wanted.add(known[name])
    for module in reversed(course.chapters):
        if module in wanted:
            wanted.update(needed_makers(course, module))
    return [module for module in course.chapters if module in wanted]


def _run_in_order(
    work: _Work, waiting: list[str], pool: ThreadPoolExecutor
) -> None:
    """Start each chapter when the makers of what it needs have ended."""
    makers = {m: needed_makers(work.course, m) for m in waiting}
    order = TopologicalSorter(
        {m: set(makers[m]).intersection(waiting) for m in waiting}
    )
    order.prepare()
    running: dict[Future, str] = {}
    ready = list(order.get_ready())
    while ready or running:
        while ready and len(running) < work.settings.jobs:
            module = ready.pop(0)
            bad = work.bad(makers[module])
            task = pool.submit(_run_one, work, module, bad)
            running[task] = module
        for task in wait(running, return_when=FIRST_COMPLETED)[0]:
            module = running.pop(task)
            work.end(module, task.result())
            order.done(module)
        ready = sorted([*ready, *order.get_ready()], key=waiting.index)
        if work.settings.fail_fast and work.bad(work.done):
            ready = []


def _run_one(work: _Work, module: str, bad_makers: list[str]) -> Outcome:
    """Execute a chapter; nothing is written but to a scratch folder."""
    course, (source, facts) = work.course, work.course.chapters[module]
    if bad_makers:
        maker = course.chapters[bad_makers[0]][0].name
        text = f"{source.label}:1: skipped: it needs {maker}, which failed"
        return Outcome(source, "skipped", text)
    path = target_paths(source)["notebook"]
    data = content(course.build / path) or b""
    if set(work.manifest.files[path]).isdisjoint(marks(path, data)):
        text = "changed while the course runs (run the command again)"
        return Outcome(source, "failed", f"{course.build / path}: {text}")
    notebook, folder = json.loads(data), scratch(course.build).resolve()
    build, limit = course.build.resolve(), work.settings.limit
    done = execute(notebook, build, folder, limit, work.kernels)
    if done.failure:
        text = failure_text(course, source, notebook, done.failure)
        return Outcome(source, "failed", text, done.seconds)
    saved = folder / "out"
    saved.mkdir(exist_ok=True)
    for name in facts.makes:
        if not (saved / "artifacts" / name).is_dir():
            text = f"{source.label}:1: makes: {name!r} was not saved"
            return Outcome(source, "failed", text, done.seconds)
    for cell, outputs in zip(notebook["cells"], done.outputs, strict=True):
        cell["outputs"] = outputs
    result = Result(
        execution_keys(course)[module],
        [
            ("".join(cell["source"]), cell["outputs"])
            for cell in executed_cells(notebook)
        ],
        done.seconds,
        done.cpu_seconds,
        done.peak_mb,
    )
    return Outcome(source, "ran", "", done.seconds, (result, saved))
