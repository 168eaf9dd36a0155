"""Execute one notebook in a fresh kernel, which never outlives the press."""

import asyncio
import atexit
import contextlib
import os
import re
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from press.run.failures import ANSI, Failure
from press.run.tether import tethered

DIED = "the kernel died (out of memory, or the code ended it)"
MOST = 1_000_000  # characters of text that a cell may put out
MUCH = f"more than {MOST:,} characters of output (print less, or save a file)"
ENVIRONMENT = {  # one thread, fixed seeds, no network
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MPLBACKEND": "agg",
}
COSTS = """import resource, sys
own = resource.getrusage(resource.RUSAGE_SELF)
unit = 1 if sys.platform == "darwin" else 1024
print(f"{own.ru_utime + own.ru_stime} {own.ru_maxrss * unit}")"""


@dataclass
class Execution:
    """What came of a notebook: outputs by cell, costs, and the failure."""

    outputs: list[list[dict]]
    seconds: float
    cpu_seconds: float | None = None  # unknown on Windows
    peak_mb: int | None = None
    failure: Failure | None = None


class Kernels(list):
    """The clients of a run; `close` ends them all, and those to come."""

    closed = False

    def close(self) -> None:
        """Kill what runs."""
        self.closed = True
        for client in self:
            client.kill()


class Client(NotebookClient):
    """Executes a notebook, then asks the kernel what it has cost."""

    cell: int | None = None  # the one that is executed
    size = 0  # characters that it has put out
    full: int | None = None  # a cell that put out too many

    def __init__(self, notebook: str, folder: Path, kernels: Kernels):
        node = nbformat.reads(notebook, as_version=4)
        last = nbformat.v4.new_code_cell(COSTS, id="costs")
        last.metadata.tags = ["raises-exception"]
        node.cells = [*node.cells, last]
        # Without folders only this Python's own kernel is found, not one
        # that the reader installed under the same name.
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=str(folder / "kernel.json"),
        )
        super().__init__(
            node,
            km=manager,
            shutdown_kernel="immediate",
            record_timing=False,
            skip_cells_with_tag="test",
        )
        self.kernels = kernels
        kernels.append(self)

    async def async_execute_cell(
        self, cell: dict, cell_index: int, **options: object
    ) -> dict:
        """Remember which cell it is."""
        self.cell, self.size = cell_index, 0
        if self.kernels.closed:
            self.kill()
        return await super().async_execute_cell(cell, cell_index, **options)

    def output(
        self, outs: list, msg: dict, display_id: str | None, cell_index: int
    ) -> dict | None:
        """Stop a cell that puts out too much."""
        data = msg["content"].get("data", {})
        kinds = [k for k in data if k.startswith(("text/", "image/svg"))]
        self.size += sum(len(data[kind]) for kind in kinds)
        self.size += len(msg["content"].get("text", ""))
        if self.size > MOST:
            self.full = cell_index
            self.kill()
        return super().output(outs, msg, display_id, cell_index)

    def kill(self) -> None:
        """Kill the kernel and the processes that it started."""
        process = self.km and getattr(self.km.provisioner, "process", None)
        with contextlib.suppress(ProcessLookupError):
            if process and hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            elif process:
                process.kill()

    def execution(self, seconds: float, failure: Failure | None) -> Execution:
        """The outputs without what differs from run to run, and the costs."""
        *outputs, costs = [
            [{k: o[k] for k in o if k != "execution_count"} for o in outputs]
            for outputs in (cell.get("outputs", []) for cell in self.nb.cells)
        ]
        done = Execution(outputs, round(seconds, 2), failure=failure)
        if not failure and "text" in costs[0]:
            cpu, peak = map(float, costs[0]["text"].split())
            done.cpu_seconds, done.peak_mb = round(cpu, 2), round(peak / 1e6)
        return done


def execute(
    notebook: str, build: Path, folder: Path, limit: float, kernels: Kernels
) -> Execution:
    """Run a notebook's JSON with the chapters of `build` for `limit` seconds.

    What the chapter saves goes to `folder`/out, and all that its kernel
    leaves behind to `folder`.
    """
    client, failure = Client(notebook, folder, kernels), None
    paths = filter(None, [str(build), os.environ.get("PYTHONPATH")])
    own = {
        "IPYTHONDIR": folder,
        "TMPDIR": folder,
        "BYHAND_OUT": folder / "out",
    }
    own |= {"PYTHONPATH": os.pathsep.join(paths)}
    environment = {**os.environ, **ENVIRONMENT}
    environment |= {name: str(value) for name, value in own.items()}
    timer = threading.Timer(limit, client.kill)
    timer.daemon = True
    timer.start()
    start = time.monotonic()
    with open(folder / "words.txt", "w+", errors="replace") as words:
        try:
            run = client.async_execute(
                cwd=folder,
                env=environment,
                stdout=words,
                stderr=words,
                cleanup_kc=True,
                **tethered(),
            )
            asyncio.run(run)
        except CellExecutionError as error:
            failure = _failure(client.nb, client.cell, error)
        except RuntimeError:  # nbclient's DeadKernelError is one
            words.seek(0)
            failure = Failure(client.cell, DIED)
            if client.cell is None:
                said = words.read()[-2000:].strip()
                failure.message = f"the run broke off: {said}"
    timer.cancel()
    atexit.unregister(client._cleanup_kernel)
    seconds = time.monotonic() - start
    if client.full is not None:
        failure = Failure(client.full, MUCH)
    elif failure and seconds >= limit:
        failure.message = f"stopped after {limit:g} seconds"
    return client.execution(seconds, failure)


def _failure(notebook, cell: int, error: CellExecutionError) -> Failure:
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
