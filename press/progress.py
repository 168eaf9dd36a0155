"""What a run says while it goes on: a bar with the time left, a line each."""

import contextlib
import json

from press.runner import Outcome
from press.tangle import Course

GUESS = 20.0  # seconds, for a chapter that has not been timed yet


@contextlib.contextmanager
def progress(course: Course, names: list[str]):
    """Yield a function that takes each chapter's Outcome."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    expected = _expected(course, names)
    console = Console(stderr=True, highlight=False)
    columns = (
        TextColumn("{task.completed:.0f} of {task.total:.0f} s of work"),
        BarColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("run", total=sum(expected.values()), left="")

        def report(outcome: Outcome) -> None:
            bar.advance(task, expected.pop(outcome.source.name, 0.0))
            left = f"{sum(expected.values()):.0f} s of work left"
            bar.update(task, left=left)
            if outcome.state != "cached":
                console.print(_line(outcome))

        yield report


def _expected(course: Course, names: list[str]) -> dict[str, float]:
    """Seconds that each chapter took last time, or a guess."""
    path = course.build / "timings.json"
    timings = json.loads(path.read_text("utf-8")) if path.exists() else {}
    chosen = [source.name for source, _ in course.chapters.values()]
    return {
        name: timings.get(name, {}).get("seconds") or GUESS
        for name in chosen
        if not names or name in names
    }


def _line(outcome: Outcome) -> str:
    name = outcome.source.name
    if outcome.state == "ran":
        return f"ran {name} in {outcome.seconds:.1f} s"
    return f"{outcome.state} {name}"
