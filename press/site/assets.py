"""The site's static files: its own, KaTeX's, and the fonts."""

import re
from pathlib import Path

from press.layout import WEB
from press.read.facts import digest
from press.weave.packages import MODULES

KATEX = MODULES / "katex" / "dist"
SERIF = MODULES / "@fontsource" / "source-serif-4" / "files"
PACKAGED = {
    "assets/katex/katex.min.js": KATEX / "katex.min.js",
    "assets/katex/auto-render.min.js": KATEX / "contrib/auto-render.min.js",
}
STYLE = "assets/katex/katex.css"


def own_files() -> dict[str, Path]:
    """What is in web/static, by its place on the site."""
    paths = sorted((WEB / "static").iterdir())
    return {f"assets/{path.name}": path for path in paths}


def own_hashes() -> dict[str, str]:
    """The hash of every own file."""
    return {at: digest(p.read_bytes()) for at, p in own_files().items()}


def packaged_files() -> dict[str, Path]:
    """What the site takes from npm, but for KaTeX's styles."""
    found = {"katex": KATEX.glob("fonts/*.woff2")}
    found["fonts"] = SERIF.glob("*-latin-[47]00-*.woff2")
    fonts = [(name, file) for name, files in found.items() for file in files]
    return PACKAGED | {f"assets/{at}/{f.name}": f for at, f in sorted(fonts)}


def katex_style() -> str:
    """KaTeX's styles with its woff2 fonts only, beside the file."""
    css = (KATEX / "katex.min.css").read_text("utf-8")
    css = re.sub(r",url\([^)]*\.(?:woff|ttf)\) format\(\"\w+\"\)", "", css)
    return css.replace("url(fonts/", "url(")
