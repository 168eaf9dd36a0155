"""Calls a record's function, in a process of its own: see `records`.

python recorder.py MODULE NAME DEVICE ARGUMENTS FILE
"""

import ast
import importlib
import json
import os
import platform
import re
import sys
import time
from pathlib import Path

LIBRARIES = ("numpy", "torch", "transformers", "diffusers", "trl")


def main(module: str, name: str, device: str, arguments: str, to: str) -> None:
    """Write what the function returns to a file, with what it has cost."""
    function = getattr(importlib.import_module(module), name)
    machine = _machine(device)  # or there is no such device
    start = time.monotonic()
    values = function(device, **ast.literal_eval(arguments))
    seconds = time.monotonic() - start
    versions = {"python": platform.python_version()}
    for library in filter(sys.modules.get, LIBRARIES):
        versions[library] = str(sys.modules[library].__version__)
    report = {
        "values": values,
        "machine": machine,
        "versions": versions,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(os.times()[:4]), 1),
    }
    try:
        text = json.dumps(report, allow_nan=False)
    except (TypeError, ValueError) as error:
        words = "has to return numbers, strings, lists and dicts"
        sys.exit(f"{name} {words}: {error}")
    Path(to).write_text(text, "utf-8")


def _machine(device: str) -> dict[str, object]:
    """What is in it; neither its name nor whose it is."""
    path = Path("/proc/cpuinfo")
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    model = re.search(r"(?m)^model name\s*: (.+)$", text)
    cpu = model[1] if model else platform.processor() or platform.machine()
    machine = {"cpu": " ".join(cpu.split()), "cores": os.cpu_count()}
    if device.startswith("cuda"):
        import torch

        machine["gpu"] = torch.cuda.get_device_name(device)
    return machine


if __name__ == "__main__":
    main(*sys.argv[1:])
