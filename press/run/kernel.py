"""Execute one notebook in a fresh kernel: `python -m press.run.kernel JOB`.

A process of its own, so that a chapter that hangs or kills its kernel takes
nothing with it, and so that the kernel's peak memory can be asked for. JOB
is a JSON file; the result goes to the file that it names. When standard
input ends, whoever asked for the result is gone: the kernel is killed.
"""

import contextlib
import json
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
GRACE = 5.0  # seconds between asking a kernel to stop and killing it


def tethered() -> dict:
    """Options of `subprocess` for a child that dies with this process.

    It is Linux that sees to it, however this process ends.
    """
    import ctypes

    if sys.platform != "linux":
        return {}
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie() -> None:
        prctl(1, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the call
            os._exit(1)

    return {"preexec_fn": tie}


def execute(job: dict) -> dict:
    """Run `job["notebook"]`; outputs in order, costs, and the failure.

    The job also has `build`, the folder that holds `byhand/`, `scratch`, a
    folder for this run, and `limit`, the seconds that it may take.
    """
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    start = time.monotonic()
    started: list[int] = []
    client = _client(job, started, start + job["limit"])
    grace = min(GRACE, job["limit"] / 4)
    killer = threading.Timer(job["limit"] + grace, _kill, [client])
    killer.daemon = True
    threading.Thread(target=_outlive, args=[client], daemon=True).start()
    killer.start()
    failure = None
    try:
        client.execute(env=_environment(job), cleanup_kc=True)
    except CellExecutionError as error:
        failure = _failure(client.nb, started[-1], error)
    except DeadKernelError:
        text = "the kernel died (out of memory, or the code ended it)"
        failure = _at_cell(started[-1] if started else None, text)
    killer.cancel()
    seconds = time.monotonic() - start
    if failure and seconds >= job["limit"]:
        failure["message"] = f"stopped after {job['limit']:g} seconds"
    result = {"failure": failure, "seconds": round(seconds, 2)}
    cells = [cell for cell in client.nb.cells if cell.cell_type == "code"]
    result["outputs"] = [[_plain(o) for o in cell.outputs] for cell in cells]
    return result | _costs()


def _client(job: dict, started: list[int], deadline: float):
    """A client that interrupts the cell which runs at the deadline."""
    import nbformat
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient import NotebookClient

    # Without folders only this Python's own kernel is found, not one that
    # the reader installed under the same name.
    own = KernelSpecManager(kernel_dirs=[])
    return NotebookClient(
        nbformat.reads(json.dumps(job["notebook"]), as_version=4),
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=own),
        timeout_func=lambda _: max(deadline - time.monotonic(), 0.01),
        interrupt_on_timeout=True,
        shutdown_kernel="immediate",
        record_timing=False,
        resources={"metadata": {"path": job["build"]}},
        on_cell_start=lambda cell, cell_index: started.append(cell_index),
    )


def _environment(job: dict) -> dict[str, str]:
    """One thread, no network, the chapters of this build folder."""
    paths = [job["build"], os.environ.get("PYTHONPATH", "")]
    return dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(path for path in paths if path),
        PYTHONHASHSEED="0",
        OMP_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
        HF_HUB_OFFLINE="1",
        TOKENIZERS_PARALLELISM="false",
        MPLBACKEND="agg",
        IPYTHONDIR=job["scratch"],
    )


def _outlive(client) -> None:
    """Wait until standard input ends, then end the kernel and ourselves."""
    sys.stdin.buffer.read()
    _kill(client)
    os._exit(1)


def _kill(client) -> None:
    """Kill the kernel and the processes that it started."""
    provisioner = client.km.provisioner if client.km else None
    process = getattr(provisioner, "process", None)
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


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


def _failure(notebook, cell: int, error) -> dict:
    """Where it failed: cell, line in the cell, message, traceback."""
    outputs = notebook.cells[cell].outputs
    traces = [o.traceback for o in outputs if o.output_type == "error"]
    text = ANSI.sub("", "\n".join(line for t in traces for line in t))
    cells = {
        str(item.execution_count): index
        for index, item in enumerate(notebook.cells)
        if item.cell_type == "code" and item.execution_count
    }
    frames = re.findall(r"Cell In\[(\d+)\], line (\d+)", text)
    line = 1
    if frames and frames[-1][0] in cells:
        cell, line = cells[frames[-1][0]], int(frames[-1][1])
    message = f"{error.ename}: {error.evalue}".removesuffix(": ")
    failure = _at_cell(cell, ANSI.sub("", message), line)
    return failure | {"traceback": text, "cells": cells}


def _at_cell(cell: int | None, message: str, line: int = 1) -> dict:
    place = {"cell": cell, "line": line, "message": message}
    return place | {"traceback": "", "cells": {}}


if __name__ == "__main__":
    task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    Path(task["result"]).write_text(json.dumps(execute(task)), "utf-8")
