"""What a run says while it goes on: a bar with the time left, a line each."""

import contextlib
from collections.abc import Callable, Iterator

from press.run.runner import BAD, Outcome
from press.run.timings import timings
from press.write.tangle import Course

GUESS = 20.0  # seconds, for a chapter that has not been timed yet


@contextlib.contextmanager
def progress(
    course: Course, modules: list[str], jobs: int
) -> Iterator[Callable[[Outcome], None]]:
    """Yield a function that takes the Outcome of each of the chapters."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    left = expected_seconds(course, modules)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    count = TextColumn("{task.completed} of {task.total} chapters")
    columns = (count, BarColumn(), TextColumn("{task.fields[left]}"))
    hidden = not console.is_terminal
    with Progress(
        *columns, console=console, transient=True, disable=hidden
    ) as bar:
        task = bar.add_task("", total=len(left), left=time_left(left, jobs))

        def report(outcome: Outcome) -> None:
            left.pop(outcome.source.name)
            bar.update(task, advance=1, left=time_left(left, jobs))
            console.print(line(outcome), markup=False)

        yield report


def expected_seconds(course: Course, modules: list[str]) -> dict[str, float]:
    """Seconds that each chapter took last time, or a guess."""
    known = timings(course.build)
    names = [course.chapters[module][0].name for module in modules]
    return {
        name: known.get(name, {}).get("seconds") or GUESS for name in names
    }


def time_left(expected: dict[str, float], jobs: int) -> str:
    """At best the sum shared out, at least the longest chapter."""
    longest = max(expected.values(), default=0)
    seconds = max(sum(expected.values()) / jobs, longest)
    return f"about {seconds // 60:.0f}:{seconds % 60:02.0f} left"


def line(outcome: Outcome) -> str:
    """What became of a chapter; the whole traceback comes at the end."""
    name = outcome.source.name
    if outcome.state in BAD:
        return f"{outcome.state} {name}: {outcome.message.splitlines()[0]}"
    return f"{outcome.state} {name} in {outcome.seconds:.1f} s"
