"""Execute one notebook in a fresh kernel, which never outlives the press."""

import asyncio
import contextlib
import ctypes
import json
import os
import re
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
DIED = "the kernel died (out of memory, or the code ended it)"
MOST = 1_000_000  # characters of text that a cell may put out
MUCH = f"more than {MOST:,} characters of output (print less, or save a file)"
PR_SET_PDEATHSIG = 1
ENVIRONMENT = {  # one thread, fixed seeds, no network
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MPLBACKEND": "agg",
}
LAST_CELL = {  # asks the kernel what it has cost; not on Windows
    "cell_type": "code",
    "id": "costs",
    "metadata": {"tags": ["raises-exception"]},
    "source": "import resource, sys\n"
    "own = resource.getrusage(resource.RUSAGE_SELF)\n"
    "unit = 1 if sys.platform == 'darwin' else 1024\n"
    "print(own.ru_utime + own.ru_stime, own.ru_maxrss * unit)",
    "outputs": [],
    "execution_count": None,
}


@dataclass
class Failure:
    """What went wrong, in which cell and line of it, and its traceback."""

    cell: int | None
    message: str
    line: int = 1
    traceback: str = ""
    counts: dict[str, int] = field(default_factory=dict)  # of executed cells


@dataclass
class Execution:
    """What came of a notebook: outputs by cell, costs, and the failure."""

    outputs: list[list[dict]]
    seconds: float
    cpu_seconds: float | None = None
    peak_mb: int | None = None
    failure: Failure | None = None


def tethered() -> dict:
    """Options of `subprocess` for a child that dies with this thread.

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


class Kernels:
    """The kernels of a run; `stop` ends them all, and those to come."""

    def __init__(self):
        self.clients: list = []
        self.stopped = False

    def stop(self) -> None:
        """Kill what runs."""
        self.stopped = True
        for client in self.clients:
            kill(client)


def kill(client) -> None:
    """Kill a client's kernel and the processes that it started."""
    provisioner = client.km.provisioner if client.km else None
    process = getattr(provisioner, "process", None)
    with contextlib.suppress(ProcessLookupError):
        if process and hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process:
            process.kill()


def execute(
    notebook: dict, build: Path, folder: Path, limit: float, kernels: Kernels
) -> Execution:
    """Run a notebook with the chapters of `build`, for `limit` seconds.

    What the chapter saves goes to `folder`/out, and so does all that its
    kernel leaves to `folder`.
    """
    from nbclient.exceptions import CellExecutionError

    cells = [*notebook["cells"], LAST_CELL]
    client = _client(notebook | {"cells": cells}, folder, kernels)
    kernels.clients.append(client)
    timer = threading.Timer(limit, kill, [client])
    timer.daemon = True
    timer.start()
    start, failure = time.monotonic(), None
    with open(folder / "words.txt", "w+", errors="replace") as words:
        options = {"cwd": folder, "stdout": words, "stderr": words}
        options["env"] = _environment(build, folder)
        try:
            run = client.async_execute(
                cleanup_kc=True, **options, **tethered()
            )
            asyncio.run(run)
        except CellExecutionError as error:
            failure = _failure(client.nb, client.cell, error)
        except RuntimeError:  # DeadKernelError is one
            words.seek(0)
            text = f"the run broke off: {words.read()[-2000:].strip()}"
            text = text if client.cell is None else DIED
            failure = Failure(client.cell, text)
    timer.cancel()
    seconds = round(time.monotonic() - start, 2)
    if client.full is not None:
        failure = Failure(client.full, MUCH)
    elif failure and seconds >= limit:
        failure.message = f"stopped after {limit:g} seconds"
    *outputs, costs = [
        [{k: o[k] for k in o if k != "execution_count"} for o in outputs]
        for outputs in (cell.get("outputs", []) for cell in client.nb.cells)
    ]
    done = Execution(outputs, seconds, failure=failure)
    if not failure and costs and "text" in costs[0]:
        cpu, peak = map(float, costs[0]["text"].split())
        done.cpu_seconds, done.peak_mb = round(cpu, 2), round(peak / 1e6)
    return done


def _client(notebook: dict, folder: Path, kernels: Kernels):
    """A client for the notebook; `cell` is the index of what it executes."""
    import nbformat
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient import NotebookClient

    class Client(NotebookClient):
        cell: int | None = None
        size = 0  # characters that the cell has put out
        full: int | None = None  # a cell that put out too many

        async def async_execute_cell(self, cell, cell_index, **options):
            self.cell, self.size = cell_index, 0
            if kernels.stopped:
                kill(self)
            return await super().async_execute_cell(
                cell, cell_index, **options
            )

        def output(self, outs, msg, display_id, cell_index):
            self.size += _characters(msg["content"])
            if self.size > MOST:
                self.full = cell_index
                kill(self)
            return super().output(outs, msg, display_id, cell_index)

    # Without folders only this Python's own kernel is found, not one that
    # the reader installed under the same name.
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(folder / "kernel.json"),
    )
    return Client(
        nbformat.reads(json.dumps(notebook), as_version=4),
        km=manager,
        shutdown_kernel="immediate",
        record_timing=False,
        skip_cells_with_tag="test",
    )


def _characters(content: dict) -> int:
    """How much text (and SVG, which is text too) a message puts out."""
    data = content.get("data", {})
    kinds = [k for k in data if k.startswith(("text/", "image/svg"))]
    return sum(len(data[k]) for k in kinds) + len(content.get("text", ""))


def _environment(build: Path, folder: Path) -> dict[str, str]:
    paths = [str(build), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        **ENVIRONMENT,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "IPYTHONDIR": str(folder),
        "TMPDIR": str(folder),
        "BYHAND_OUT": str(folder / "out"),
    }


def _failure(notebook, cell: int, error) -> Failure:
    """Where the code failed; it may be in a function of an earlier cell."""
    outputs = notebook.cells[cell].outputs
    traces = [o.traceback for o in outputs if o.output_type == "error"]
    text = ANSI.sub("", "\n".join(line for t in traces for line in t))
    counts = {
        str(item.execution_count): index
        for index, item in enumerate(notebook.cells)
        if item.get("execution_count")
    }
    frames = re.findall(r"Cell In\[(\d+)\], line (\d+)", text)
    line = 1
    if frames and frames[-1][0] in counts:
        cell, line = counts[frames[-1][0]], int(frames[-1][1])
    message = f"{error.ename}: {error.evalue}".removesuffix(": ")
    return Failure(cell, ANSI.sub("", message), line, text, counts)
