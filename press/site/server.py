"""The preview's server, for this machine only: pages reload themselves."""

import html
import http.server
import threading
from pathlib import Path
from urllib.parse import urlsplit

from press.problems import BadInput
from press.read.chapter import digest
from press.site.preview import Preview
from press.write.transaction import locked

ARTICLE = b'<article class="md-content__inner md-typeset">'
WAIT = b"<!doctype html><title>Wait</title><p>The pages are being made.</p>"
RELOAD = b"""
<script>
{
  const state = () => fetch("/.state" + location.pathname)
    .then((answer) => answer.text());
  state().then((first) => setInterval(() => state().then((now) => {
    if (now != first) location.reload();
  }, () => {}), 500));
}
</script>
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Gives files, and pages with what is wrong with their chapters."""

    preview: Preview

    def __init__(self, *args: object, **settings: object):
        site = str(self.preview.out / "site")
        super().__init__(*args, directory=site, **settings)

    def do_GET(self) -> None:  # noqa: N802
        """Answer a request."""
        self.path = urlsplit(self.path).path
        state = self.path.startswith("/.state/")
        self.path = self.path.removeprefix("/.state")
        if not self.path.endswith("/"):
            super().do_GET()
            return
        status, data = self._page()
        data = digest(data).encode() if state else data + RELOAD
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _page(self) -> tuple[int, bytes]:
        """The page of an address; where there is none, what is wrong."""
        status, file = 200, Path(self.translate_path(self.path), "index.html")
        if not file.is_file():
            status, file = 404, Path(self.directory, "404.html")
        if not file.is_file():
            return 503, WAIT
        note = self.preview.said(self.path.strip("/"))
        if note:
            note = f'<pre class="diagnostics">{html.escape(note)}</pre>'
        text = file.read_bytes()
        return status, text.replace(ARTICLE, ARTICLE + note.encode())

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
    with server:
        preview.start()
        with locked(preview.out):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}"
            print(f"{address} shows the chapters; Ctrl-C ends it", flush=True)
            preview.watch()
