"""Rebuilds a site whenever something that it is made of changes, while it is served.

Owns the watcher; its third-party import is watchdog. One build at a time, in the calling thread.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from claudes_corner.errors import CornerError, Problem
from claudes_corner.site.serve import LiveSite, Server

QUIET_SECONDS = 0.02  # one save is several events: wait until they are over
_WAKE_SECONDS = 0.5
_CHANGES = {"created", "modified", "moved", "deleted"}


class _Watcher(FileSystemEventHandler):
    """Puts a token into a queue for each change of a source."""

    def __init__(self, root: Path, ignored: Path, changes: queue.SimpleQueue[None]) -> None:
        self._root = root
        self._ignored = ignored
        self._changes = changes

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Take note of a change, unless it is ours: what we build, keep or are about to rename."""
        if event.event_type not in _CHANGES or (event.is_directory and event.event_type == "modified"):
            return  # a folder changes by what happens in it, which is told as well
        for raw in (event.src_path, event.dest_path):
            path = Path(str(raw))
            if raw and not path.is_relative_to(self._ignored) and not path.name.startswith("."):
                self._changes.put(None)


def serve(
    root: Path,
    out: Path,
    build: Callable[[Callable[[], None]], Iterable[Problem]],
    *,
    host: str,
    port: int,
    base_path: str,
    ready: Callable[[str], None],
) -> None:
    """Build, serve, and build again whenever a source changes, until Ctrl-C.

    Args:
        root: The newsletter's folder: `content/`, `themes/` and `corner.toml` in it are watched.
        out: The built site.
        build: Builds once; returns the problems, none if it went well. It may tell before its end that all files are
            in their places.
        host: The address to listen on.
        port: 0 for any free one.
        base_path: The path that the site is served under.
        ready: Is told the URL once the server listens.

    Raises:
        CornerError: The port is taken, or nothing can be watched.
    """
    site = LiveSite(out, base_path)
    changes: queue.SimpleQueue[None] = queue.SimpleQueue()
    try:
        server = Server((host, port), site)
    except OSError as error:
        what = f"port {port} of {host} cannot be used: {(error.strerror or str(error)).lower()}"
        raise CornerError(Problem(what, fix="Choose another with --port.")) from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    observer = _watch(root, _Watcher(root, out, changes))
    try:
        _round(site, build)
        ready(f"http://{host}:{server.server_port}{base_path}")
        while True:
            _wait_for_change(changes)
            _wait_for_quiet(changes)
            _round(site, build)
    finally:
        observer.stop()
        observer.join()
        server.shutdown()
        server.server_close()


def _watch(root: Path, watcher: _Watcher) -> BaseObserver:
    observer = Observer()
    observer.schedule(watcher, str(root))  # corner.toml
    for folder in (root / "content", root / "themes"):
        if folder.is_dir():
            observer.schedule(watcher, str(folder), recursive=True)
    observer.start()
    return observer


def _round(site: LiveSite, build: Callable[[Callable[[], None]], Iterable[Problem]]) -> None:
    """Build, and tell open pages how it went, once."""
    before, _ = site.now()
    if found := tuple(build(site.built)):
        site.failed(found)
    elif site.now()[0] == before:
        site.built()


def _wait_for_change(changes: queue.SimpleQueue[None]) -> None:
    while True:  # a wait without an end may miss a Ctrl-C that comes just before it
        with suppress(queue.Empty):
            return changes.get(timeout=_WAKE_SECONDS)


def _wait_for_quiet(changes: queue.SimpleQueue[None]) -> None:
    while True:
        try:
            changes.get(timeout=QUIET_SECONDS)
        except queue.Empty:
            return
