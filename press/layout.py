"""Where things are: the repository, and what lies in a build folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PRESS = ROOT / "press"
WEB = ROOT / "web"
RUNTIME = PRESS / "runtime" / "byhand.py"
# Modules of byhand beside the chapters, which parts may not be called like.
COMPANIONS = {
    f"{name}.py": PRESS / "runtime" / f"{name}.py"
    for name in ("practice", "display", "svg", "plots", "boxes")
}
COMPANIONS["__main__.py"] = PRESS / "practice" / "command.py"
CONSTRAINTS = ROOT / "constraints.txt"
