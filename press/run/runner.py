"""Run the chapters: cached, in dependency order, some at a time."""

import difflib
import json
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from press.problems import BadInput
from press.read.tree import Source
from press.run.cache import Result, keep, settle
from press.run.failures import failure_text
from press.run.keys import execution_keys, needed_makers
from press.run.progress import progress
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

    def __str__(self) -> str:
        """One line; the whole traceback comes at the end."""
        if self.state in BAD:
            said = self.message.partition("\n")[0]
            return f"{self.state} {self.source.name}: {said}"
        return f"{self.state} {self.source.name} in {self.seconds:.1f} s"


@dataclass(frozen=True)
class Settings:
    """How to run: chapters at a time, even unchanged ones, until when."""

    jobs: int = 2
    again: bool = False
    fail_fast: bool = False
    limit: float = 3600  # seconds that a chapter may take


@dataclass
class _Work:
    """A run in progress; chapters by module name."""

    course: Course
    settings: Settings
    manifest: Manifest
    results: dict[str, Result | None]
    done: dict[str, Outcome] = field(default_factory=dict)

    def end(self, module: str, outcome: Outcome, made) -> Outcome:
        if made:
            keep(self.course, outcome.source, *made)
            self.results |= settle(self.course, [module])
        self.done[module] = outcome
        return outcome

    def bad(self, modules: Iterable[str]) -> list[str]:
        ended = [m for m in modules if m in self.done]
        return [m for m in ended if self.done[m].state in BAD]


def run(course: Course, names: list[str], settings: Settings) -> list[Outcome]:
    """Bring the chapters' outputs up to date; all chapters if no names.

    A chapter that fails, hangs past the limit or kills its kernel is an
    Outcome like any other; those that need its artifacts are skipped.
    """
    modules, results = chosen(course, names), settle(course, course.chapters)
    manifest = Manifest.load(course.build)
    work = _Work(course, settings, manifest, results)
    for module in modules if not settings.again else ():
        if result := results[module]:
            source = course.chapters[module][0]
            cached = Outcome(source, "cached", seconds=result.seconds)
            work.done[module] = cached
    waiting = [module for module in modules if module not in work.done]
    if waiting:
        with progress(course, waiting, settings.jobs) as report:
            _run_in_order(work, waiting, report)
    record_chapters(course, work.results)
    return list(work.done.values())


def chosen(course: Course, names: list[str]) -> list[str]:
    """The modules to run, with the makers of what they need, in order.

    Raises BadInput for a name that no chapter has.
    """
    wanted = set(named(course, names))
    for module in reversed(course.chapters):
        if module in wanted:
            wanted.update(needed_makers(course, module))
    return [module for module in course.chapters if module in wanted]


def named(course: Course, names: list[str]) -> list[str]:
    """The modules of these chapters, in reading order; all if no names.

    Raises BadInput for a name that no chapter has.
    """
    known = {source.name: m for m, (source, _) in course.chapters.items()}
    for name in names:
        if name not in known:
            near = ", ".join(difflib.get_close_matches(name, known) or known)
            words = f"no chapter is called {name!r} (choose from: {near})"
            raise BadInput(words)
    return [m for name, m in known.items() if name in names or not names]


def _run_in_order(work: _Work, waiting: list[str], report) -> None:
    """Start each chapter when the makers of what it needs have ended."""
    from press.run.kernel import Kernels  # slow, and mostly nothing runs

    makers = {m: needed_makers(work.course, m) for m in waiting}
    among = {m: set(makers[m]).intersection(waiting) for m in waiting}
    order = TopologicalSorter(among)
    order.prepare()
    running, ready = {}, list(order.get_ready())
    pool = ThreadPoolExecutor(work.settings.jobs)
    # After Ctrl-C some kernels still run: to close them ends the threads.
    with pool, closing(Kernels()) as kernels:
        while ready or running:
            while ready and len(running) < work.settings.jobs:
                module = ready.pop(0)
                bad = work.bad(makers[module])
                task = pool.submit(_run_one, work, module, bad, kernels)
                running[task] = module
            for task in wait(running, return_when=FIRST_COMPLETED)[0]:
                order.done(running[task])
                outcome = work.end(running.pop(task), *task.result())
                report(outcome.source.name, str(outcome))
            ready = sorted([*ready, *order.get_ready()], key=waiting.index)
            if work.settings.fail_fast and work.bad(waiting):
                ready = []


def _run_one(work: _Work, module: str, bad: list[str], kernels):
    """Execute a chapter; its Outcome, its Result and where it saved.

    Nothing is written but to a scratch folder.
    """
    from press.run.kernel import execute

    course, (source, facts) = work.course, work.course.chapters[module]
    start, path = f"{source.label}:1:", target_paths(source)["notebook"]
    if bad:
        maker = course.chapters[bad[0]][0].name
        text = f"{start} skipped: it needs {maker}, which failed"
        return Outcome(source, "skipped", text), None
    data = content(course.build / path) or b""
    if set(work.manifest.files[path]).isdisjoint(marks(path, data)):
        text = f"{start} {path} changed meanwhile (run the command again)"
        return Outcome(source, "failed", text), None
    text, folder = data.decode(), scratch(course.build).resolve()
    build, limit = course.build.resolve(), work.settings.limit
    cells, costs, failure = execute(text, build, folder, limit, kernels)
    saved, wrong = folder / "out", ""
    for name in facts.makes:
        if not (saved / "artifacts" / name).is_dir():
            wrong = f"{start} makes: {name!r} was not saved"
    if failure:
        sources = ["".join(c["source"]) for c in json.loads(text)["cells"]]
        wrong = failure_text(course, source, sources, failure)
    if wrong:
        return Outcome(source, "failed", wrong, costs["seconds"]), None
    saved.mkdir(exist_ok=True)
    result = Result(execution_keys(course)[module], cells, **costs)
    return Outcome(source, "ran", "", result.seconds), (result, saved)
