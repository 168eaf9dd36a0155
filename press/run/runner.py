"""Run the chapters: cached, in dependency order, some at a time."""

import difflib
import os
from collections.abc import Callable
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field

from press.problems import BadInput
from press.read.tree import Source
from press.run.cache import cached_result, merge_outputs, save_result
from press.run.failures import failure_text
from press.run.jobs import execute
from press.run.keys import execution_keys, needed_makers
from press.write.tangle import Course

BAD = ("failed", "skipped")


@dataclass
class Outcome:
    """What became of a chapter: ran, cached, failed or skipped."""

    source: Source
    state: str
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Settings:
    """How to run: chapters at a time, even unchanged ones, until when."""

    jobs: int = 2
    force: bool = False
    fail_fast: bool = False
    limit: float = 3600  # seconds that a chapter may take


@dataclass
class _Work:
    """A run in progress; modules are in reading order."""

    course: Course
    settings: Settings
    waiting: list[str]
    keys: dict[str, str]
    alive: int  # a pipe that ends when this process does
    running: dict[Future, str] = field(default_factory=dict)
    done: dict[str, Outcome] = field(default_factory=dict)


def run(
    course: Course,
    names: list[str],
    settings: Settings,
    report: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Bring the chapters' outputs up to date; all chapters if no names.

    A chapter that fails, hangs past the limit or kills its kernel is an
    Outcome like any other; those that need its artifacts are skipped.
    """
    waiting = chosen(course, names)
    alive, end = os.pipe()
    with ThreadPoolExecutor(settings.jobs) as pool:
        try:
            keys = execution_keys(course.chapters)
            work = _Work(course, settings, waiting, keys, alive)
            while _start(work, pool, report):
                _collect(work, report)
        finally:
            os.close(end)  # after Ctrl-C this ends what still runs
    os.close(alive)
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
            wanted.update(needed_makers(course.chapters, module))
    return [module for module in course.chapters if module in wanted]


def _start(work: _Work, pool: ThreadPoolExecutor, report) -> bool:
    """Start what can start; whether anything is running."""
    failed = any(o.state == "failed" for o in work.done.values())
    if work.settings.fail_fast and failed:
        return bool(work.running)
    for module in list(work.waiting):
        makers = needed_makers(work.course.chapters, module)
        if {*work.waiting, *work.running.values()} & set(makers):
            continue
        bad = [m for m in makers if m in work.done if _is_bad(work.done[m])]
        if bad:
            source = work.course.chapters[module][0]
            maker = work.course.chapters[bad[0]][0].name
            text = f"{source.label}:1: skipped: it needs {maker}, which failed"
            work.done[module] = Outcome(source, "skipped", text)
            report(work.done[module])
        elif len(work.running) < work.settings.jobs:
            work.running[pool.submit(_run_one, work, module)] = module
        else:
            continue
        work.waiting.remove(module)
    return bool(work.running)


def _is_bad(outcome: Outcome) -> bool:
    return outcome.state in BAD


def _collect(work: _Work, report) -> None:
    """Wait for a chapter to end and keep what came of it."""
    finished, _ = wait(work.running, return_when=FIRST_COMPLETED)
    for task in finished:
        outcome = task.result()
        work.done[work.running.pop(task)] = outcome
        if not _is_bad(outcome):
            result = cached_result(work.course, outcome.source)
            merge_outputs(work.course, outcome.source, result)
        report(outcome)


def _run_one(work: _Work, module: str) -> Outcome:
    course, settings = work.course, work.settings
    source, facts = course.chapters[module]
    cached = cached_result(course, source)
    current = cached is not None and cached["key"] == work.keys[module]
    if current and not settings.force and not _unmade(course, facts.makes):
        return Outcome(source, "cached", seconds=cached["seconds"])
    result = execute(course, source, settings.limit, work.alive)
    seconds = result["seconds"]
    if result["failure"]:
        text = failure_text(course, source, result["failure"])
        return Outcome(source, "failed", text, seconds)
    for name in _unmade(course, facts.makes):
        text = f"{source.label}:1: makes: {name!r} was not saved"
        return Outcome(source, "failed", text, seconds)
    save_result(course, source, result | {"key": work.keys[module]})
    return Outcome(source, "ran", seconds=seconds)


def _unmade(course: Course, names: list[str]) -> list[str]:
    folder = course.build / "artifacts"
    return [name for name in names if not (folder / name).is_dir()]
