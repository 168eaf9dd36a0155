"""Execute one notebook in a fresh kernel: `python -m press.run.kernel DIR`.

A process of its own, so that a chapter that hangs or kills its kernel takes
nothing with it, and so that the kernel's peak memory can be asked for. DIR
holds job.json and gets result.json; what the chapter saves goes to DIR/out.
When standard input ends, whoever asked for the result is gone: the kernel is
killed.
"""

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from press.layout import ROOT

ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
GRACE = 5.0  # seconds between asking a kernel to stop and killing it
MOST = 1_000_000  # characters of text that a cell may put out
PR_SET_PDEATHSIG = 1


def tethered() -> dict:
    """Options of `subprocess` for a child that dies with this process.

    It is Linux that sees to it, however this process ends.
    """
    if sys.platform != "linux":
        return {}
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the call
            os._exit(1)

    return {"preexec_fn": tie}


def execute_apart(folder: Path, job: dict, alive: int) -> dict:
    """Run a job in a process of its own: outputs by cell, costs, failure.

    The job has `notebook`, `build`, the folder that holds `byhand/`, and
    `limit`, the seconds that it may take. `alive` is a pipe; when it ends,
    so does the process with its kernel.
    """
    (folder / "job.json").write_text(json.dumps(job), "utf-8")
    own = {"TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"}
    done = subprocess.run(
        [sys.executable, "-m", "press.run.kernel", str(folder)],
        stdin=alive,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=ROOT,
        env=os.environ | dict.fromkeys(own, str(folder)),
        start_new_session=True,  # Ctrl-C reaches it by the end of `alive`
    )
    try:
        return json.loads((folder / "result.json").read_text("utf-8"))
    except (OSError, ValueError):
        text = f"the run broke off: {done.stderr.strip()[-2000:]}"
    return {"failure": _at_cell(None, text), "costs": {"seconds": 0.0}}


def _execute(folder: Path) -> dict:
    """The same, in that process."""
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    job = json.loads((folder / "job.json").read_text("utf-8"))
    start, limit = time.monotonic(), job["limit"]
    started: list[int] = []
    client = _client(job["notebook"], started, start + limit)
    killer = threading.Timer(limit + min(GRACE, limit / 4), _kill, [client])
    killer.daemon = True
    threading.Thread(target=_outlive, args=[client], daemon=True).start()
    killer.start()
    failure = None
    try:
        environment = _environment(folder, job["build"])
        client.execute(
            env=environment, cwd=folder, cleanup_kc=True, **tethered()
        )
    except CellExecutionError as error:
        failure = _failure(client.nb, started[-1], error)
    except DeadKernelError:
        text = "the kernel died (out of memory, or the code ended it)"
        failure = _at_cell(started[-1] if started else None, text)
    killer.cancel()
    seconds = time.monotonic() - start
    if client.full is not None:
        words = f"more than {MOST:,} characters of output"
        words += " (print less, or save it as a file)"
        failure = _at_cell(client.full, words)
    elif failure and seconds >= limit:
        failure["message"] = f"stopped after {limit:g} seconds"
    cells = client.nb.cells
    return {
        "failure": failure,
        "outputs": [list(map(_plain, c.get("outputs", []))) for c in cells],
        "costs": {"seconds": round(seconds, 2), **_costs()},
    }


def _client(notebook: dict, started: list[int], deadline: float):
    """A client that interrupts the cell which runs at the deadline."""
    import nbformat
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient import NotebookClient

    class Client(NotebookClient):
        size = 0  # characters that the present cell has put out
        full: int | None = None  # a cell that put out too many

        def output(self, outs, msg, display_id, cell_index):
            self.size += _characters(msg["content"])
            if self.size > MOST:
                self.full = cell_index
                _kill(self)
            return super().output(outs, msg, display_id, cell_index)

    def on_start(cell: dict, cell_index: int) -> None:
        started.append(cell_index)
        client.size = 0

    # Without folders only this Python's own kernel is found, not one that
    # the reader installed under the same name.
    own = KernelSpecManager(kernel_dirs=[])
    client = Client(
        nbformat.reads(json.dumps(notebook), as_version=4),
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=own),
        timeout_func=lambda _: max(deadline - time.monotonic(), 0.01),
        interrupt_on_timeout=True,
        shutdown_kernel="immediate",
        record_timing=False,
        skip_cells_with_tag="test",
        on_cell_start=on_start,
    )
    return client


def _characters(content: dict) -> int:
    """How much text (and SVG, which is text too) a message puts out."""
    data = content.get("data", {})
    kinds = [k for k in data if k.startswith(("text/", "image/svg"))]
    texts = [data[kind] for kind in kinds]
    return sum(map(len, [content.get("text", ""), *texts]))


def _environment(folder: Path, build: str) -> dict[str, str]:
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
        BYHAND_OUT=str(folder / "out"),
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
    here = Path(sys.argv[1])
    result = json.dumps(_execute(here))
    (here / "result.json").write_text(result, "utf-8")
