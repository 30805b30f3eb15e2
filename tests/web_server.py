"""A real HTTP server on loopback that serves what a test puts on it, for what newsletters read from the web.

with WebServer() as web:
    web.pages["/feed.xml"] = page(b"<rss …")
    fetch(web.url + "/feed.xml")
"""

from __future__ import annotations

import contextlib
import select
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

Page = Callable[[BaseHTTPRequestHandler], None]


def page(body: bytes, status: int = 200, **headers: str) -> Page:
    """An answer with a body; `content_encoding="gzip"` becomes a header."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(to: str, status: int = 302) -> Page:
    return page(b"", status, location=to)


def endless(sent: list[int], chunk: bytes = b" " * 65536) -> Page:
    """A body that ends only when the client goes away; `sent` counts its bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(chunk)
            sent.append(len(chunk))

    return answer


def drip(pause_seconds: float = 0.05) -> Page:
    """A body of unsaid length that comes byte by byte, until the client goes away."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not select.select([handler.connection], [], [], pause_seconds)[0]:
            handler.wfile.write(b" ")

    return answer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.web.asked.append(self.path)
        with contextlib.suppress(OSError):  # the client went away: its right
            self.server.web.pages.get(self.path, page(b"not here", 404))(self)

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for every handler
    web: WebServer


class WebServer:
    """The server, listening while the `with` block lasts; it records every path asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.web = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"
