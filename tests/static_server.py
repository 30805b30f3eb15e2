"""Serves a built site on loopback as a good server does: compressed, cached, with a page for what is missing."""

from __future__ import annotations

import contextlib
import gzip
import mimetypes
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_COMPRESSED = (".html", ".css", ".js", ".svg", ".xml", ".json", ".jsonl", ".txt")
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".jsonl": "application/jsonl"}


@contextlib.contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve a folder that may be filled later; yield its address, ending in a slash."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = root / self.path.partition("?")[0].lstrip("/")
            path = path / "index.html" if path.is_dir() else path
            status = 200 if path.is_file() else 404
            path = path if path.is_file() else root / "404.html"
            kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            body = path.read_bytes()
            self.send_response(status)
            if path.suffix in _COMPRESSED:
                body = gzip.compress(body, mtime=0)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", f"{kind}; charset=utf-8" if path.suffix in _COMPRESSED else kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=31536000" if path.parent.name == "assets" else "no-cache")
            self.end_headers()
            with contextlib.suppress(OSError):  # the browser went away
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
