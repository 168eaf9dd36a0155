"""A built site, served on loopback and opened in a real browser."""

import functools
import gzip
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "build" / "site"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What the small site is made of, where the real one has not been built.
SMALL = ["README.md", "0-start", "2-gradients/README.md"]
SMALL += ["2-gradients/01-tokens.md"]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve files below a prefix, gzipped as a web host does it."""

    def __init__(self, *args, prefix: str, **settings):
        self.prefix = prefix
        super().__init__(*args, **settings)

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:  # noqa: N802
        url = self.path.split("?")[0]
        path = Path(self.translate_path(url.removeprefix(self.prefix)))
        if path.is_dir():
            path = path / "index.html"
        if not url.startswith(self.prefix) or not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix not in {".woff2", ".png"}:
            data = gzip.compress(data, 9)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(http.server.ThreadingHTTPServer):
    """A server that is silent when a browser closes a page early."""

    def handle_error(self, request, client_address) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def served(site: Path, prefix: str = "/course") -> Iterator[str]:
    """Serve `site` below a sub-path; its address, with the last slash."""
    handler = functools.partial(Handler, directory=str(site), prefix=prefix)
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{prefix}/"
    server.shutdown()
    server.server_close()


@contextmanager
def opened(
    browser: Browser, url: str, scheme: str = "light", width: int = 1280
) -> Iterator[Page]:
    """A page in a fresh context: nothing is cached, nothing is stored."""
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    yield page
    context.close()


def open_folds(page: Page) -> None:
    """Open every <details>, so that its content is looked at too."""
    page.evaluate(
        "document.querySelectorAll('details').forEach(f => f.open = true)"
    )


def pages_of(site: Path) -> list[str]:
    """The addresses of all pages but 404.html, below the site's."""
    found = [path.relative_to(site) for path in site.rglob("index.html")]
    return sorted(path.as_posix().removesuffix("index.html") for path in found)


def small_pages() -> list[str]:
    """The pages of the small site."""
    chapters = ["start/how-to-use/", "gradients/tokens/"]
    notebooks = [f"notebooks/{chapter}" for chapter in chapters]
    return ["", "start/", "gradients/", *chapters, *notebooks]


def build_small_site(folder: Path) -> Path:
    """Build the site of two chapters below `folder`, once for all workers."""
    with FileLock(folder / "lock"):
        build = folder / "build"
        if not (build / "site" / "index.html").exists():
            for name in SMALL:
                source, target = ROOT / "chapters" / name, folder / "c" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if source.is_dir() else shutil.copy
                copy(source, target)
            _without_links_out(folder / "c")
            command = [sys.executable, "tangle.py", "site"]
            command += ["--chapters", str(folder / "c"), "--build", str(build)]
            subprocess.run(command, cwd=ROOT, check=True)
    return build / "site"


def _without_links_out(chapters: Path) -> None:
    """Point links to chapters that were left out at one that is there."""
    for path in chapters.rglob("*.md"):
        text = path.read_text("utf-8")
        for target in ("3-building/04-attention.md", "02-embeddings.md"):
            tokens = "../2-gradients/01-tokens.md"
            text = text.replace(f"](../{target})", f"]({tokens})")
            text = text.replace(f"]({target})", f"]({tokens})")
        path.write_text(text, "utf-8")
