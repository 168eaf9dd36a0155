"""How long tangling takes: `python tests/benchmark_tangle.py`.

CPU seconds (user and system, the whole process) on the course of
make_corpus.py, the median of five runs, beside jupytext's own command line
on the same files and beside Python that only reads and writes the same bytes.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from make_corpus import make

TANGLE = Path(__file__).parents[1] / "tangle.py"
RUNS = 5
FLOOR = """
import pathlib, sys
for pattern, target in (("chapters/*/*.md", None), ("build/**/*", "copy")):
    for path in pathlib.Path(".").glob(pattern):
        if path.is_file():
            data = path.read_bytes()
            if target:
                copy = pathlib.Path(target, path)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(data)
"""


def cpu_seconds(folder: Path, *command: str) -> float:
    """User and system time of a process and of those that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user = after.ru_utime - before.ru_utime
    return user + after.ru_stime - before.ru_stime


def median(run: Callable[[], float]) -> float:
    return statistics.median(run() for _ in range(RUNS))


def everything(folder: Path) -> float:
    subprocess.run(["rm", "-rf", "build"], cwd=folder, check=True)
    return cpu_seconds(folder, str(TANGLE))


def one_edited(folder: Path, path: Path) -> float:
    text = path.read_text("utf-8")
    path.write_text(text + "One more sentence.\n", "utf-8")
    return cpu_seconds(folder, str(TANGLE))


def jupytext(folder: Path, form: str) -> float:
    files = [str(path) for path in folder.glob("chapters/*/*.md")]
    return cpu_seconds(folder, "-m", "jupytext", "--to", form, *files)


def measure(folder: Path) -> None:
    """Print one line for each way to tangle, with its bar if it has one."""
    paths = make(folder)
    floor = ["-c", FLOOR]
    rows = [
        ("all", lambda: everything(folder), 1.8),
        ("one edited", lambda: one_edited(folder, paths[30]), 0.35),
        ("nothing changed", lambda: cpu_seconds(folder, str(TANGLE)), 0.10),
        ("only read and write", lambda: cpu_seconds(folder, *floor), None),
        ("jupytext --to py", lambda: jupytext(folder, "py:percent"), None),
        ("jupytext --to ipynb", lambda: jupytext(folder, "ipynb"), None),
    ]
    for name, run, bar in rows:
        seconds = median(run)
        goal = f"   at most {bar}" if bar else ""
        print(f"{name:20} {seconds:6.2f} s{goal}", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        measure(Path(temporary))
