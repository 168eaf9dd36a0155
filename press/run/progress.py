"""What a run says while it goes on: a bar with the time left, a line each."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from press.run.runner import BAD, Outcome
from press.run.timings import timings
from press.write.tangle import Course

GUESS = 20.0  # seconds, for a chapter that has not been timed yet


@dataclass
class Left:
    """The time that is left, from what each chapter took last time."""

    expected: dict[str, float]  # seconds by chapter, of those not yet done
    jobs: int
    since: float = field(default_factory=time.monotonic)

    def done(self, name: str) -> None:
        """Forget a chapter; the clock starts again from here."""
        self.expected.pop(name, None)
        self.since = time.monotonic()

    def seconds(self) -> float:
        """At best the sum shared out, at least the longest chapter."""
        if not self.expected:
            return 0.0
        shared = sum(self.expected.values()) / self.jobs
        whole = max(shared, *self.expected.values(), 0.0)
        return max(whole - (time.monotonic() - self.since), 1.0)

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.seconds()), 60)
        return f"about {minutes}:{seconds:02} left"


@contextlib.contextmanager
def progress(
    course: Course, modules: list[str], jobs: int
) -> Iterator[Callable[[Outcome], None]]:
    """Yield a function that takes the Outcome of each of the chapters."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    left = Left(expected_seconds(course, modules), jobs)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    count = TextColumn("{task.completed} of {task.total} chapters")
    columns = (count, BarColumn(), TextColumn("{task.fields[left]}"))
    hidden = not console.is_terminal
    with Progress(
        *columns, console=console, transient=True, disable=hidden
    ) as bar:
        task = bar.add_task("run", total=len(modules), left=left)

        def report(outcome: Outcome) -> None:
            left.done(outcome.source.name)
            bar.advance(task)
            if outcome.state != "cached":
                console.print(line(outcome), markup=False)

        yield report


def expected_seconds(course: Course, modules: list[str]) -> dict[str, float]:
    """Seconds that each chapter took last time, or a guess."""
    known = timings(course.build)
    names = [course.chapters[module][0].name for module in modules]
    return {
        name: known.get(name, {}).get("seconds") or GUESS for name in names
    }


def line(outcome: Outcome) -> str:
    """What became of a chapter; the whole traceback comes at the end."""
    name = outcome.source.name
    if outcome.state in BAD:
        return f"{outcome.state} {name}: {outcome.message.splitlines()[0]}"
    return f"{outcome.state} {name} in {outcome.seconds:.1f} s"
