"""What chapters and stages cost: build/timings.json."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from press.run.cache import Result
from press.write.tangle import Course
from press.write.transaction import content, own, put

FILE = "timings.json"
COSTS = ("seconds", "cpu_seconds", "peak_mb")


def timings(build: Path) -> dict[str, dict]:
    """Costs by chapter (`part/name`) and by stage, of the last runs."""
    try:
        found = json.loads(content(build / FILE) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def record_chapters(course: Course, results: dict[str, Result | None]) -> None:
    """Keep what the chapters cost, by module, and no others' costs."""
    known = timings(course.build)
    costs = {name: known[name] for name in known if "/" not in name}
    for module, result in results.items():
        if result:
            cost = {what: getattr(result, what) for what in COSTS}
            costs[course.chapters[module][0].name] = cost
    _record(course.build, costs)


def _record(build: Path, costs: dict[str, dict]) -> None:
    text = json.dumps(costs, indent=1, sort_keys=True) + "\n"
    put(build, own(build, FILE), text.encode())


@contextlib.contextmanager
def stage(build: Path, name: str) -> Iterator[None]:
    """Keep the CPU seconds of a stage, with those of its processes."""
    before = sum(os.times()[:4])
    yield
    cost = {"cpu_seconds": round(sum(os.times()[:4]) - before, 2)}
    _record(build, timings(build) | {name: cost})


def table(build: Path) -> str:
    """CPU seconds of each chapter and stage, the dearest first."""
    costs = {n: c.get("cpu_seconds") or 0 for n, c in timings(build).items()}
    rows = sorted(costs.items(), key=lambda row: -row[1])
    return "\n".join(f"{seconds:8.2f} s  {name}" for name, seconds in rows)
