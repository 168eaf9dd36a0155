"""Run the chapters: cached, in dependency order, some at a time."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from pathlib import Path

from press.checks import makers_of
from press.keys import execution_key
from press.manifest import Manifest
from press.notebook import to_json
from press.problems import BadInput
from press.runtime import source_line
from press.tangle import Course, target_paths
from press.transaction import reporting, write
from press.tree import Source

LIMIT = 3600  # seconds that a chapter may take


@dataclass
class Outcome:
    """What became of a chapter: ran, cached, failed or skipped."""

    source: Source
    state: str
    message: str = ""
    seconds: float = 0.0


def run(
    course: Course,
    names: list[str],
    jobs: int = 2,
    force: bool = False,
    fail_fast: bool = False,
    limit: float = LIMIT,
    report: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Bring the chapters' outputs up to date; all chapters if no names.

    A chapter that fails, hangs past `limit` seconds or kills its kernel is
    an Outcome like any other; those that need its artifacts are skipped.
    """
    chosen = _chosen(course, names)
    makers = makers_of(course.chapters)
    done: dict[str, Outcome] = {}
    running: dict[Future, str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        while True:
            stop = fail_fast and any(o.state == "failed" for o in done.values())
            for module in [] if stop else list(chosen):
                waits = [makers[n] for n in course.chapters[module][1].needs]
                if any(m in chosen or m in running.values() for m in waits):
                    continue
                chosen.remove(module)
                missing = [m for m in waits if _bad(done.get(m))]
                if missing:
                    source = course.chapters[module][0]
                    text = f"needs {missing[0]}, which failed"
                    done[module] = Outcome(source, "skipped", text)
                    report(done[module])
                    continue
                task = pool.submit(_run_one, course, module, force, limit)
                running[task] = module
            if not running:
                return list(done.values())
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for task in finished:
                outcome = task.result()
                done[running.pop(task)] = outcome
                if outcome.state in ("ran", "cached"):
                    merge_outputs(course, outcome.source)
                report(outcome)


def _bad(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.state in ("failed", "skipped")


def _chosen(course: Course, names: list[str]) -> list[str]:
    """The modules to run, with the makers of what they need, in order."""
    known = {source.name: m for m, (source, _) in course.chapters.items()}
    makers = makers_of(course.chapters)
    wanted = set(course.chapters) if not names else set()
    for name in names:
        if name not in known:
            raise BadInput(
                f"no chapter is called {name!r} "
                f"(the chapters are: {', '.join(known)})"
            )
        waiting = [known[name]]
        while waiting:
            module = waiting.pop()
            wanted.add(module)
            needs = course.chapters[module][1].needs
            waiting += [makers[n] for n in needs if makers[n] not in wanted]
    return [module for module in course.chapters if module in wanted]


def cached_result(course: Course, source: Source) -> dict | None:
    """The last result of a chapter, whether or not it is up to date."""
    try:
        text = _cache_path(course, source).read_text("utf-8")
        return json.loads(text)
    except (OSError, ValueError):
        return None


def _cache_path(course: Course, source: Source) -> Path:
    return course.build / "cache" / source.part / f"{source.slug}.json"


def _run_one(course: Course, module: str, force: bool, limit) -> Outcome:
    source, facts = course.chapters[module]
    key = execution_key(course.chapters, module)
    cached = cached_result(course, source)
    made = all((course.build / "artifacts" / n).is_dir() for n in facts.makes)
    if cached and cached["key"] == key and made and not force:
        return Outcome(source, "cached", seconds=cached["seconds"])
    result = _execute(course, source, limit)
    missing = [
        name
        for name in facts.makes
        if not (course.build / "artifacts" / name).is_dir()
    ]
    if missing and not result["failure"]:
        text = f"{source.label}:1: makes: {missing[0]!r} was not saved"
        return Outcome(source, "failed", text, result["seconds"])
    if result["failure"]:
        text = _failure_text(course, source, result["failure"])
        return Outcome(source, "failed", text, result["seconds"])
    path = _cache_path(course, source)
    with reporting(course.build):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result | {"key": key}), "utf-8")
    return Outcome(source, "ran", seconds=result["seconds"])


def _execute(course: Course, source: Source, limit: float) -> dict:
    """Run the chapter's notebook in a process of its own."""
    path = course.build / target_paths(source)["notebook"]
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    folder = Path(tempfile.mkdtemp(prefix="byhand-"))
    build = str(course.build.resolve())
    job = {"notebook": notebook, "build": build, "result": str(folder / "r")}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "press.execute"],
            input=json.dumps(job),
            text=True,
            capture_output=True,
            timeout=limit,
            cwd=Path(__file__).parents[1],
        )
        return json.loads((folder / "r").read_text("utf-8"))
    except subprocess.TimeoutExpired:
        text = f"stopped after {limit:g} seconds"
    except (OSError, ValueError):
        text = "the run broke off: " + done.stderr.strip()[-2000:]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failure = {"cell": None, "message": text, "traceback": ""}
    return {"failure": failure, "seconds": limit}


def _failure_text(course: Course, source: Source, failure: dict) -> str:
    """`chapters/….md:LINE: what` and the traceback, in the chapters' lines."""
    line = 1
    if failure["cell"] is not None:
        start = cell_lines(course, source)[failure["cell"]]
        line = start + failure["line"] - 1
    text = f"{source.label}:{line}: {failure['message']}"
    if failure["traceback"]:
        text += "\n" + _with_chapter_lines(failure["traceback"])
    return text


def _with_chapter_lines(traceback: str) -> str:
    """Add the chapter's line to every frame in a tangled module."""
    import re

    def add(match: re.Match) -> str:
        path = Path(match[1])
        if not path.is_file():
            return match[0]
        where = source_line(path.read_text("utf-8"), int(match[2]))
        return f"{match[0]} [{where[0]}:{where[1]}]" if where else match[0]

    return re.sub(r"(/[^\s:]*/byhand/[^\s:]+\.py):(\d+)", add, traceback)


def cell_lines(course: Course, source: Source) -> list[int]:
    """The chapter's line of every cell of its notebook."""
    from press.chapter import read_chapter
    from press.tree import decode, read_source

    text = decode(source, read_source(source, course.root))
    return [cell.line for cell in read_chapter(source, text)[0].cells]


def merge_outputs(course: Course, source: Source) -> None:
    """Write the notebook with its outputs, and the chapter's timing."""
    result = cached_result(course, source)
    relative = target_paths(source)["notebook"]
    notebook = json.loads((course.build / relative).read_text("utf-8"))
    count = 0
    stored = list(result["outputs"].values())
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell["outputs"] = stored[count]
        count += 1
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
    manifest = Manifest.load(course.build)
    write(course.build, manifest, {relative: to_json(notebook).encode()})
    _record_timing(course, source, result)


def _record_timing(course: Course, source: Source, result: dict) -> None:
    path = course.build / "timings.json"
    timings = json.loads(path.read_text("utf-8")) if path.exists() else {}
    timings[source.name] = {
        name: result[name] for name in ("seconds", "cpu_seconds", "peak_mb")
    }
    with reporting(course.build):
        text = json.dumps(timings, indent=1, sort_keys=True) + "\n"
        path.write_text(text, "utf-8")
