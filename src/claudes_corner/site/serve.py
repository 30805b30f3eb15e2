"""Shows a built site on this machine while it is worked on, and tells open pages to reload.

Owns a small web server for loopback. What it shows is built in `watching.py`; a failed build leaves the last good site
served, with the problem on top of each page.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import quote, unquote, urlsplit

import msgspec

from claudes_corner.disk import read_file
from claudes_corner.errors import Problem
from claudes_corner.site.kinds import KINDS, kind_of
from claudes_corner.site.marker import MARKER
from claudes_corner.site.page import path_of
from claudes_corner.site.ranges import asked_range
from claudes_corner.text import digest

_HEARTBEAT_SECONDS = 15.0
_EVENTS = "/_corner/events"
_SCRIPT = "/_corner/reload.js"
RELOADS = f'<script src="{_SCRIPT}" data-shown="'.encode()  # stands in each page that is served here
_RELOAD_JS = Path(__file__).with_name("reload.js").read_bytes()


class LiveSite:
    """What is served now, and who wants to know when it changes.

    Args:
        root: The built site.
        base_path: The path it is served under, as it stands in an address, ending in `/`.
    """

    def __init__(self, root: Path, base_path: str) -> None:
        self.root = root
        self.base_path = unquote(base_path)
        self._changed = threading.Condition()
        self._epoch = 0
        self._early: frozenset[str] = frozenset()  # files of the next epoch that stand in their places already
        self._open: Counter[str] = Counter()  # by file, the pages that listen
        self._problem = ""

    def placed(self, paths: Iterable[str]) -> None:
        """Tell those open pages to reload whose files stand in their places, before all others do."""
        with self._changed:
            self._early = frozenset(paths)
            self._changed.notify_all()

    def built(self) -> None:
        """Tell all open pages to reload, but those that were told already."""
        self._announce("", epochs=1)

    def failed(self, problems: Iterable[Problem]) -> None:
        """Tell all open pages what is wrong."""
        self._announce("\n".join(map(str, problems)), epochs=2)  # those that were told to reload, too

    def open_files(self) -> frozenset[str]:
        """Tell which files somebody looks at now."""
        with self._changed:
            return frozenset(+self._open)

    @contextmanager
    def listening(self, path: str) -> Iterator[None]:
        """Count a page as open."""
        with self._changed:
            self._open[path] += 1
        try:
            yield
        finally:
            with self._changed:
                self._open[path] -= 1

    def wait(self, epoch: int, path: str) -> tuple[int, str]:
        """Wait until something was built or failed after an epoch that a page knows of, or for a heartbeat.

        Returns:
            The epoch now, as far as this page is concerned, and the problem (empty if the last build was good).
        """
        with self._changed:
            self._changed.wait_for(lambda: self._epoch_of(path) != epoch, _HEARTBEAT_SECONDS)
            return self._epoch_of(path), self._problem_of(path)

    def now(self, path: str = "") -> tuple[int, str]:
        """Tell the epoch of a page and the problem now."""
        with self._changed:
            return self._epoch_of(path), self._problem_of(path)

    def _epoch_of(self, path: str) -> int:
        return self._epoch + (path in self._early)

    def _problem_of(self, path: str) -> str:
        return "" if path in self._early else self._problem

    def _announce(self, problem: str, epochs: int) -> None:
        with self._changed:
            self._epoch += epochs
            self._early, self._problem = frozenset(), problem
            self._changed.notify_all()


class Server(ThreadingHTTPServer):
    """Serves a site.

    Args:
        address: Host and port to listen on; port 0 for any free one.
        site: What is served.

    Raises:
        OSError: The port is taken.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], site: LiveSite) -> None:
        self.site = site
        super().__init__(address, _Request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a browser goes away in the middle of an answer; anything else is a bug of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that a connection may say nothing
    server: Server

    def do_HEAD(self) -> None:
        """Answer as GET, without the body."""
        self.do_GET()

    def do_GET(self) -> None:
        """Serve a file of the site, or the events that reload a page."""
        try:
            asked = urlsplit(self.path)
        except ValueError:  # `http://[`
            self._send(HTTPStatus.BAD_REQUEST, KINDS[".txt"], b"This is no address.\n")
            return
        path, base_path = unquote(asked.path), self.server.site.base_path
        if path == _EVENTS:
            shown, slash, page = unquote(asked.query).partition("/")
            page = f"/{page.lstrip('/')}".removeprefix(base_path)  # as the page itself was asked for
            self._send_events(path_of(f"/{page}") if slash else "", shown)
        elif path == _SCRIPT:
            self._send(HTTPStatus.OK, KINDS[".js"], _RELOAD_JS)
        elif path != base_path and path in {"/", base_path[:-1]}:
            self._redirect("")
        else:
            self._send_file(path.removeprefix(base_path) if path.startswith(base_path) else None)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the terminal for builds and problems."""

    def _send_file(self, path: str | None) -> None:
        """Send what a path under the base path stands for; None stands for nothing."""
        found = None if path is None else self._find(path)
        if found and found.is_dir():
            self._redirect(f"{path}/")
            return
        target, content, status = found, _read(found) if found else None, HTTPStatus.OK
        if target is None or content is None:  # there is none, or it is gone by now
            target, status = self.server.site.root / "404.html", HTTPStatus.NOT_FOUND
            content = _read(target) or b"<!doctype html><title>Not found</title><p>Not found."
        kind, shown, is_there = kind_of(target.name), _name_of(content), status == HTTPStatus.OK
        if target.suffix == ".html":
            content = content.replace(b"</body>", RELOADS + shown.encode() + b'"></script></body>', 1)
        etag, headers = f'"{shown}"', cast("Mapping[str, str]", self.headers)
        if is_there and headers.get("If-None-Match") == etag:
            self._send(HTTPStatus.NOT_MODIFIED, kind, b"", etag)
        elif is_there and self.command == "GET" and (part := asked_range(headers, etag, len(content))) is not None:
            self._send_part(part, kind, content, etag)
        else:
            self._send(status, kind, content, etag)

    def _send_part(self, part: range, kind: str, content: bytes, etag: str) -> None:
        places = f"{part[0]}-{part[-1]}" if part else "*"
        status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        asked = content[part.start : part.stop] if part else b""
        self._send(status, kind, asked, etag, f"bytes {places}/{len(content)}")

    def _find(self, path: str) -> Path | None:
        """Find the file or folder that a path stands for; None if there is none, or not within the site."""
        root = os.path.realpath(self.server.site.root)
        try:
            named = path + "index.html" if not path or path.endswith("/") else path
            target = Path(os.path.realpath(Path(root, named)))
            is_ours = not path.startswith("/") and target.is_relative_to(root) and target.name != MARKER
            return target if is_ours and (target.is_file() or target.is_dir()) else None
        except (OSError, ValueError):  # no file can have such a name
            return None

    def _send(self, status: HTTPStatus, kind: str, content: bytes, etag: str = "", places: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        if etag:
            self.send_header("ETag", etag)
            self.send_header("Accept-Ranges", "bytes")
        if places:
            self.send_header("Content-Range", places)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _redirect(self, path: str) -> None:
        """Lead to a path under the base path."""
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", quote(self.server.site.base_path + path))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_events(self, page: str, shown: str) -> None:
        """Stream server-sent events until the browser goes away (HTML standard, § Server-sent events).

        Args:
            page: The file that a page was made of.
            shown: The name of what was in it when it was sent (see `_name_of`): it may have changed before the page
                listens. Empty if the page does not say.
        """
        site = self.server.site
        with site.listening(page):
            epoch, problem = site.now(page)  # before anybody can take it that the page listens
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            if self.command == "HEAD":
                return
            if problem:
                self._event("problem", problem)
            elif shown and shown != self._name_now(page):
                self._event("reload", "")
            while True:
                seen, (epoch, problem) = epoch, site.wait(epoch, page)
                if seen == epoch:
                    self.wfile.write(b": still here\n\n")
                else:
                    self._event("problem" if problem else "reload", problem)

    def _name_now(self, page: str) -> str:
        content = _read(self._find(page) or self.server.site.root / "404.html")
        return "" if content is None else _name_of(content)

    def _event(self, name: str, text: str) -> None:
        self.wfile.write(f"event: {name}\ndata: ".encode() + msgspec.json.encode(text) + b"\n\n")


def _read(path: Path) -> bytes | None:
    with suppress(OSError):
        return read_file(path)
    return None


def _name_of(content: bytes) -> str:
    return digest(content)[7:27]
