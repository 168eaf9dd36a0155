"""What a run says while it goes on: a bar with the time left, a line each."""

import contextlib
from collections.abc import Callable, Iterator

from press.run.timings import timings
from press.write.tangle import Course

GUESS = 20.0  # seconds, for a chapter that has not been timed yet


@contextlib.contextmanager
def progress(
    course: Course, modules: list[str], jobs: int
) -> Iterator[Callable[[str, str], None]]:
    """Yield a function that takes each chapter's name and a line about it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    known = timings(course.build)
    names = [course.chapters[module][0].name for module in modules]
    left = {n: known.get(n, {}).get("seconds") or GUESS for n in names}
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    count = TextColumn("{task.completed} of {task.total} chapters")
    columns = (count, BarColumn(), TextColumn("{task.fields[left]}"))
    options = {"transient": True, "disable": not console.is_terminal}
    with Progress(*columns, console=console, **options) as bar:
        task = bar.add_task("", total=len(left), left=time_left(left, jobs))

        def report(name: str, line: str) -> None:
            del left[name]
            bar.update(task, advance=1, left=time_left(left, jobs))
            console.print(line, markup=False)

        yield report


def time_left(expected: dict[str, float], jobs: int) -> str:
    """At best the sum shared out, at least the longest chapter."""
    longest = max(expected.values(), default=0)
    seconds = max(sum(expected.values()) / jobs, longest)
    return f"about {seconds // 60:.0f}:{seconds % 60:02.0f} left"
