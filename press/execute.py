"""Execute one notebook in a fresh kernel: `python -m press.execute`.

A process of its own, so that a chapter that hangs or kills its kernel takes
nothing with it, and so that the kernel's peak memory can be asked for. Reads
a job as JSON from standard input, writes the result to the path in it.
"""

import json
import os
import re
import sys
import time
from pathlib import Path

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def execute(job: dict) -> dict:
    """Run `job["notebook"]`; outputs by cell id, costs, and the failure.

    The job also has `build`, the folder that holds `byhand/`.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = nbformat.reads(json.dumps(job["notebook"]), as_version=4)
    client = NotebookClient(
        notebook,
        timeout=None,
        record_timing=False,
        resources={"metadata": {"path": job["build"]}},
        on_cell_start=lambda cell, cell_index: current.append(cell_index),
    )
    current: list[int] = []
    result: dict = {"failure": None}
    start = time.perf_counter()
    try:
        client.execute(env=_environment(job["build"]))
    except CellExecutionError:
        result["failure"] = _failure(notebook, current[-1])
    except DeadKernelError:
        result["failure"] = {
            "cell": current[-1] if current else 0,
            "line": 1,
            "message": "the kernel died",
            "traceback": "",
        }
    result["seconds"] = round(time.perf_counter() - start, 2)
    result["outputs"] = {
        cell["id"]: [_plain(output) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    return result | _costs()


def _environment(build: str) -> dict[str, str]:
    """One thread, no network, the chapters of this build folder."""
    paths = [build, os.environ.get("PYTHONPATH", "")]
    return dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(path for path in paths if path),
        PYTHONHASHSEED="0",
        OMP_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
        HF_HUB_OFFLINE="1",
        TOKENIZERS_PARALLELISM="false",
        MPLBACKEND="agg",
    )


def _costs() -> dict:
    """CPU seconds and peak memory of the kernel, where they are known."""
    try:
        import resource
    except ImportError:  # Windows
        return {"cpu_seconds": None, "peak_mb": None}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss * unit / 1e6),
    }


def _plain(output: dict) -> dict:
    """An output without the parts that differ from run to run."""
    output = json.loads(json.dumps(output))
    output.pop("execution_count", None)
    return output


def _failure(notebook, cell: int) -> dict:
    """Where it failed: cell index, line in the cell, message, traceback."""
    error = next(
        output
        for output in notebook.cells[cell].outputs
        if output.output_type == "error"
    )
    text = ANSI.sub("", "\n".join(error.traceback))
    counts = {
        str(item.execution_count): index
        for index, item in enumerate(notebook.cells)
        if item.cell_type == "code" and item.execution_count
    }
    frames = re.findall(r"Cell In\[(\d+)\], line (\d+)", text)
    line = 1
    if frames and frames[-1][0] in counts:
        cell, line = counts[frames[-1][0]], int(frames[-1][1])
    return {
        "cell": cell,
        "line": line,
        "message": f"{error.ename}: {error.evalue}",
        "traceback": text,
    }


if __name__ == "__main__":
    task = json.load(sys.stdin)
    Path(task["result"]).write_text(json.dumps(execute(task)), "utf-8")
