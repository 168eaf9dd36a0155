"""Execute one notebook in a fresh kernel, which never outlives the press."""

import asyncio
import atexit
import contextlib
import os
import re
import signal
import threading
import time
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from press.run.failures import ANSI, Failure
from press.run.tether import tethered

DIED = "the kernel died (out of memory, or the code ended it)"
LONGEST = 95  # characters of the name of a socket
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
COSTS = r"""import re, resource, sys
from pathlib import Path
own = resource.getrusage(resource.RUSAGE_SELF)
peak = own.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
status = Path("/proc/self/status")  # Linux counts the parent's peak as ours
found = status.exists() and re.search(r"VmHWM:\s+(\d+)", status.read_text())
peak = int(found[1]) * 1024 if found else peak
print(f"{own.ru_utime + own.ru_stime} {peak}")"""


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
            **_connection(folder),
        )
        super().__init__(
            node,
            km=manager,
            on_cell_start=self.start_cell,
            record_timing=False,
            shutdown_kernel="immediate",
        )
        self.kernels = kernels
        kernels.append(self)

    def start_cell(self, cell: dict, cell_index: int) -> None:
        """Remember which cell it is."""
        self.cell, self.size = cell_index, 0
        if self.kernels.closed:
            self.kill()

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
        if process and process.poll() is None:
            with contextlib.suppress(ProcessLookupError, AttributeError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()  # on Windows there is no killpg

    def costs(self) -> dict:
        """What the last cell said, if it came to that."""
        texts = [o.get("text", "") for o in self.nb.cells[-1].outputs]
        found = re.fullmatch(r"([\d.]+) (\d+)\n", "".join(texts))
        if not found:  # it is always so on Windows
            return {"cpu_seconds": None, "peak_mb": None}
        cpu, peak = float(found[1]), int(found[2])
        return {"cpu_seconds": round(cpu, 2), "peak_mb": round(peak / 1e6)}


def _connection(folder: Path) -> dict[str, str]:
    """Sockets of its own, where they can have a name: two kernels that start
    at once may take the same port.
    """
    path = str(folder / "socket")
    if os.name == "nt" or len(path) > LONGEST:
        return {}
    return {"transport": "ipc", "ip": path}


def execute(
    notebook: str, build: Path, folder: Path, limit: float, kernels: Kernels
) -> tuple[list[tuple[str, list[dict]]], dict, Failure | None]:
    """Run a notebook's JSON with the chapters of `build` for `limit` seconds.

    Returns (source, outputs) of the cells but the tests, costs, the failure.
    What the chapter saves goes to `folder`/out, and all that its kernel
    leaves behind to `folder`.
    """
    client, failure = Client(notebook, folder, kernels), None
    paths = filter(None, [str(build), os.environ.get("PYTHONPATH")])
    environment = os.environ | ENVIRONMENT
    environment |= dict.fromkeys(("IPYTHONDIR", "TMPDIR"), str(folder))
    environment["BYHAND_OUT"] = str(folder / "out")
    environment["PYTHONPATH"] = os.pathsep.join(paths)
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
        except DeadKernelError:
            failure = Failure(client.cell, DIED)
        except Exception as error:  # whatever else a kernel can do
            words.seek(0)
            said = words.read()[-2000:].strip() or repr(error)
            failure = Failure(client.cell, f"the run broke off: {said}")
    timer.cancel()
    atexit.unregister(client._cleanup_kernel)
    seconds = round(time.monotonic() - start, 2)
    if client.full is not None:
        failure = Failure(client.full, MUCH)
    elif failure and seconds >= limit:
        failure.message = f"stopped after {limit:g} seconds"
    cells = [
        (cell.source, list(map(_plain, cell.outputs)))
        for cell in client.nb.cells[:-1]
        if cell.cell_type == "code"
        and "test" not in cell.metadata.get("tags", ())
    ]
    return cells, {"seconds": seconds, **client.costs()}, failure


def _plain(output: dict) -> dict:
    """An output without what differs from run to run."""
    return {key: output[key] for key in output if key != "execution_count"}


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
