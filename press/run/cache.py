"""What runs leave behind: results under their keys, artifacts, notebooks.

`build/cache/results/PART/CHAPTER/KEY/` holds result.json and the artifacts
that the run saved. `build/artifacts/NAME` is what the maker's present result
made, never anything else; its file .key says which one that is.
"""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from press.read.tree import Source
from press.run.keys import execution_keys
from press.runtime.byhand import KEY
from press.write.manifest import Manifest, seal, unseal
from press.write.notebook import to_json
from press.write.tangle import Course, target_paths
from press.write.transaction import content, own, scratch, swap, write

KEPT = 3  # results of a chapter


@dataclass(frozen=True)
class Result:
    """What a chapter put out: (source, outputs) of its cells but the tests."""

    key: str
    cells: list[tuple[str, list[dict]]]
    seconds: float
    cpu_seconds: float | None
    peak_mb: int | None


def present(course: Course, source: Source) -> Result | None:
    """The result of the chapter as it is now, with its artifacts."""
    folder = _folder(course, source) / execution_keys(course)[source.module]
    makes = course.chapters[source.module][1].makes
    whole = all((folder / "artifacts" / name).is_dir() for name in makes)
    return _load(folder) if whole else None


def latest(course: Course, source: Source) -> Result | None:
    """The last good result, whatever its key."""
    found = map(_load, _newest_first(_folder(course, source)))
    return next(filter(None, found), None)


def _folder(course: Course, source: Source) -> Path:
    return course.build / "cache" / "results" / source.part / source.slug


def _load(folder: Path) -> Result | None:
    body = unseal(content(folder / "result.json") or b"")
    if not body or body["key"] != folder.name:
        return None
    cells = [(code, outputs) for code, outputs in body.pop("cells")]
    return Result(cells=cells, **body)


def _newest_first(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else []
    return sorted(found, key=lambda p: p.stat().st_mtime_ns, reverse=True)


def keep(course: Course, source: Source, result: Result, saved: Path) -> None:
    """Store a result with the artifacts in `saved`; forget the oldest."""
    own(course.build, "cache")
    folder = _folder(course, source)
    (saved / "result.json").write_bytes(seal(vars(result)))
    swap(course.build, saved, folder / result.key)
    for old in _newest_first(folder)[KEPT:]:
        swap(course.build, None, old)


def settle(course: Course, modules: Iterable[str]) -> dict[str, Result | None]:
    """The chapters' present results, now shown by notebooks and artifacts.

    Where there is none, the notebook has no outputs and the artifacts are
    away: others must not read those of another version.
    """
    manifest, found = Manifest.load(course.build), {}
    for module in modules:
        source, facts = course.chapters[module]
        found[module] = result = present(course, source)
        if result:
            os.utime(_folder(course, source) / result.key)
        for name in facts.makes:
            _publish(course, source, name, result)
        _fill_notebook(course, source, result, manifest)
    return found


def _publish(course: Course, source: Source, name: str, result) -> None:
    """Put an artifact where the others look for it, or take it away."""
    build, target = course.build, course.build / "artifacts" / name
    if content(target / KEY) == (result and result.key.encode()):
        return
    own(build, f"artifacts/{name}")
    draft = None
    if result:
        draft = scratch(build) / name
        made = _folder(course, source) / result.key / "artifacts" / name
        shutil.copytree(made, draft)
        (draft / KEY).write_text(result.key, "utf-8")
    swap(build, draft, target)


def _fill_notebook(course: Course, source: Source, result, manifest) -> None:
    """Write the chapter's notebook with the result's outputs, or none."""
    path = target_paths(source)["notebook"]
    if manifest.executed.get(path) == (result and result.key):
        return
    manifest.executed.pop(path, None)
    if result:
        manifest.executed[path] = result.key
    notebook = json.loads((course.build / path).read_text("utf-8"))
    executed = [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and "test" not in cell["metadata"].get("tags", ())
    ]
    known = iter(result.cells if result else [])
    for count, cell in enumerate(executed, 1):
        _, cell["outputs"] = next(known, ("", []))
        cell["execution_count"] = count if result else None
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
    write(course.build, manifest, {path: to_json(notebook).encode()})
