"""The preview's server, for this machine only: pages reload themselves."""

import html
import http.server
import threading
from pathlib import Path
from urllib.parse import urlsplit

from press.layout import WEB
from press.problems import BadInput
from press.read.facts import digest
from press.site.preview import Preview
from press.write.transaction import locked

ARTICLE = '<article class="md-content__inner md-typeset">'
WAIT = "<!doctype html><title>Wait</title><p>The pages are being made.</p>"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Gives files, and pages with what is wrong with their chapters."""

    preview: Preview

    def __init__(self, *args: object, **settings: object):
        site = str(self.preview.out / "site")
        super().__init__(*args, directory=site, **settings)

    def do_GET(self) -> None:  # noqa: N802
        """Answer a request."""
        path = urlsplit(self.path).path
        self.path = path.removeprefix("/.state")
        if not self.path.endswith("/"):
            super().do_GET()
            return
        status, text = self._page()
        if self.path != path:
            text = digest(text)
        else:
            script = (WEB / "preview.js").read_text("utf-8")
            text += f'<script type="module">{script}</script>'
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _page(self) -> tuple[int, str]:
        """The page of an address; where there is none, what is wrong."""
        status, file = 200, Path(self.translate_path(self.path), "index.html")
        if not file.is_file():
            status, file = 404, Path(self.directory, "404.html")
        if not file.is_file():
            return 503, WAIT
        text, note = file.read_text("utf-8"), ""
        if words := self.preview.said(self.path.strip("/")):
            note = f'<pre class="diagnostics">{html.escape(words)}</pre>'
        return status, text.replace(ARTICLE, ARTICLE + note, 1)

    def log_message(self, *_: object) -> None:
        """No line for every request."""


def serve(root: Path, build: Path, port: int) -> None:
    """Show the course on a port of this machine until Ctrl-C.

    Raises BadInput where the port is taken.
    """
    preview = Preview(root, build)
    handler = type("Handler", (Handler,), {"preview": preview})
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(f"port {port}: {reason} (choose --port)") from None
    preview.start()
    with server, locked(preview.out):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        print(f"{address} shows the chapters; Ctrl-C ends it", flush=True)
        preview.watch()
