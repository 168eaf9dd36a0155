"""A built site, served on loopback and opened in a real browser."""

import functools
import gzip
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

from press.run.doctor import find_browser

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "build" / "site"
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
LINK = re.compile(r"(\]\(|href=\")(?!https?:)([^)#\" ]+\.md)(#[^)\" ]*)?")


class View(NamedTuple):
    """How a reader has a page in front of them."""

    scheme: str  # light or dark
    width: int  # pixels

    def __str__(self) -> str:
        return f"{self.scheme}, {self.width} pixels"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve files below a prefix, gzipped as a web host does it."""

    protocol_version = "HTTP/1.1"  # one that ends breaks the crawler

    def __init__(self, *args, prefix: str, **settings):
        self.prefix = prefix
        super().__init__(*args, **settings)

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:  # noqa: N802
        url = self.path.split("?")[0]
        path = Path(self.translate_path(url.removeprefix(self.prefix)))
        if path.is_dir():
            path = path / "index.html"
        status = 200
        if not url.startswith(self.prefix) or not path.is_file():
            status, path = 404, Path(self.directory, "404.html")
        if not path.is_file():
            self.send_error(status)
            return
        data, encoding = _sent(path, path.stat().st_mtime_ns)
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@functools.cache
def _sent(path: Path, _changed: int) -> tuple[bytes, str]:
    """A file's bytes as they are sent, and their encoding if any."""
    data = path.read_bytes()
    if path.suffix in {".woff2", ".png"}:
        return data, ""
    return gzip.compress(data, 9), "gzip"


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
def launched() -> Iterator[Browser]:
    """A browser; to start one costs as much as to load three pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=FLAGS
        )
        yield browser
        browser.close()


@contextmanager
def blank_page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh context: nothing is cached, nothing is stored.

    A new context costs more than a load, so what does not mind shares one.
    """
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


def show(page: Page, view: View) -> None:
    """Let a page have the theme and the width of a view."""
    page.emulate_media(color_scheme=view.scheme)
    page.set_viewport_size({"width": view.width, "height": 900})


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
    there = chapters / SMALL[-1]
    for path in chapters.rglob("*.md"):

        def mended(link: re.Match, folder: Path = path.parent) -> str:
            if (folder / link[2]).exists():
                return link[0]
            return link[1] + os.path.relpath(there, folder)

        text = path.read_text("utf-8")
        path.write_text(LINK.sub(mended, text), "utf-8")
