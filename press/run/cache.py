"""What runs leave behind: outputs in build/cache, notebooks, timings."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from press.read.tree import Source
from press.run.keys import execution_keys
from press.write.manifest import Manifest
from press.write.notebook import to_json
from press.write.tangle import Course, target_paths
from press.write.transaction import reporting, write

COSTS = ("seconds", "cpu_seconds", "peak_mb")


def cached_result(course: Course, source: Source) -> dict | None:
    """The last good result of a chapter, whether or not it is up to date."""
    result = _read(_cache_path(course, source))
    return (
        result
        if result.keys() >= {"key", "outputs", "sources", *COSTS}
        else None
    )


def save_result(course: Course, source: Source, result: dict) -> None:
    """Keep a result; the old one stays until the new one is complete."""
    _save(course, _cache_path(course, source), json.dumps(result))


def _cache_path(course: Course, source: Source) -> Path:
    return course.build / "cache" / source.part / f"{source.slug}.json"


def _read(path: Path) -> dict:
    """A JSON object; an empty one where there is none to be read."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _save(course: Course, path: Path, text: str) -> None:
    with reporting(course.build):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(text, "utf-8")
        os.replace(partial, path)


def restore_outputs(course: Course) -> None:
    """Put the outputs of the last runs back, where nothing changed since."""
    keys = execution_keys(course.chapters)
    for module, (source, _) in course.chapters.items():
        result = cached_result(course, source)
        if result and result["key"] == keys[module]:
            merge_outputs(course, source, result)


def merge_outputs(course: Course, source: Source, result: dict) -> None:
    """Write the chapter's notebook with its outputs, and its timing."""
    relative = target_paths(source)["notebook"]
    notebook = json.loads((course.build / relative).read_text("utf-8"))
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    pairs = zip(cells, result["outputs"], strict=True)
    for count, (cell, outputs) in enumerate(pairs, 1):
        cell["execution_count"] = count
        cell["outputs"] = outputs
        for output in outputs:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
    contents = {relative: to_json(notebook).encode()}
    write(course.build, Manifest.load(course.build), contents)
    _record_timing(course, source, result)


def timings(course: Course) -> dict[str, dict]:
    """Seconds and peak memory by chapter name, of the last runs."""
    known = {source.name for source, _ in course.chapters.values()}
    found = _read(course.build / "timings.json")
    return {name: costs for name, costs in found.items() if name in known}


def _record_timing(course: Course, source: Source, result: dict) -> None:
    costs = {name: result[name] for name in COSTS}
    before = timings(course)
    text = json.dumps(before | {source.name: costs}, indent=1, sort_keys=True)
    _save(course, course.build / "timings.json", text + "\n")


@dataclass(frozen=True)
class Result:
    """What a chapter put out: (source, outputs) of its cells but the tests."""

    key: str
    cells: list[tuple[str, list[dict]]]
    seconds: float
    cpu_seconds: float | None
    peak_mb: float | None


def present(course: Course, source: Source) -> Result | None:
    """The result of the chapter as it is now."""
    found = latest(course, source)
    if not hasattr(course, "keys"):
        course.keys = execution_keys(course.chapters)
    key = course.keys[source.module]
    return found if found and found.key == key else None


def latest(course: Course, source: Source) -> Result | None:
    """The last good result, whether or not it is up to date."""
    stored = cached_result(course, source)
    if stored is None:
        return None
    costs = {name: stored[name] for name in COSTS}
    cells = list(zip(stored["sources"], stored["outputs"], strict=True))
    cells = [c for c in cells if not c[0].lstrip().startswith("def test_")]
    return Result(stored["key"], cells, **costs)
