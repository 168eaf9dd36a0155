"""Where things are: the repository, and what lies in a build folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PRESS = ROOT / "press"
WEB = ROOT / "web"
RUNTIME = PRESS / "runtime" / "byhand.py"
PRACTICE = PRESS / "runtime" / "practice.py"
CONSTRAINTS = ROOT / "constraints.txt"
