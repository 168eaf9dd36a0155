"""A chapter's notebook, executed in a process of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from press.layout import ROOT
from press.read.tree import Source
from press.write.tangle import Course, target_paths


def execute(course: Course, source: Source, limit: float, alive: int):
    """Run the chapter's notebook as press.run.kernel does; its result.

    `alive` is a pipe; when it ends, so does the process with its kernel.
    """
    path = course.build / target_paths(source)["notebook"]
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    with tempfile.TemporaryDirectory(
        prefix="byhand-", ignore_cleanup_errors=True
    ) as scratch:
        job = {
            "notebook": notebook,
            "build": str(course.build.resolve()),
            "scratch": scratch,
            "limit": limit,
            "result": str(Path(scratch, "result.json")),
        }
        result = _finish(job, Path(scratch, "job.json"), alive)
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    result["sources"] = ["".join(cell["source"]) for cell in code]
    if result["failure"]:
        sources = ["".join(cell["source"]) for cell in notebook["cells"]]
        result["failure"]["sources"] = sources
    return result


def _finish(job: dict, path: Path, alive: int) -> dict:
    """What press.run.kernel makes of a job."""
    path.write_text(json.dumps(job), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "press.run.kernel", str(path)],
        stdin=alive,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=ROOT,
        start_new_session=True,  # Ctrl-C reaches it by the end of `alive`
    )
    try:
        return json.loads(Path(job["result"]).read_text("utf-8"))
    except (OSError, ValueError):
        text = f"the run broke off: {done.stderr.strip()[-2000:]}"
    failure = {"cell": None, "message": text, "traceback": ""}
    return {"failure": failure, "seconds": 0.0}
