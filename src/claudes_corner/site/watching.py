"""Rebuilds a site whenever something that it is made of changes, while it is served.

Owns the watcher; its third-party import is watchdog. One build at a time, in the calling thread.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from claudes_corner.errors import CornerError, Problem
from claudes_corner.site.serve import LiveSite, Server

QUIET_SECONDS = 0.02  # one save is several events: wait until they are over
_WAKE_SECONDS = 0.5
_IDLE_WAITS = 2  # without a change: time to look at everything
_MANY = 500  # changes at once
_CHANGES = {"created", "modified", "moved", "deleted"}


class Outcome(NamedTuple):
    """How a build went."""

    problems: Sequence[Problem] = ()
    is_new: bool = False  # whether anything in the site is not what it was


Build = Callable[..., Outcome]  # gets fields of a `Wish`
_Changes = queue.SimpleQueue[str | None]  # paths; None: more than a path can tell


class _Watcher(FileSystemEventHandler):
    """Puts into a queue what is told of each change of a source."""

    def __init__(self, ignored: Path, changes: _Changes) -> None:
        self._ignored = ignored
        self._changes = changes

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Take note of a change, unless it is ours: what we build, keep or are about to rename."""
        if event.event_type not in _CHANGES or (event.is_directory and event.event_type == "modified"):
            return  # a folder changes by what happens in it, which is told as well
        for raw in (event.src_path, event.dest_path):
            path = Path(str(raw))
            if raw and not path.is_relative_to(self._ignored) and not path.name.startswith("."):
                self._changes.put(None if event.is_directory else str(raw))


def serve(
    root: Path, out: Path, build: Build, *, host: str, port: int, base_path: str, ready: Callable[[str], None]
) -> None:
    """Build, serve, and build again whenever a source changes, until Ctrl-C.

    Whatever a watcher cannot tell, and what nobody waits for, is looked at when nothing has changed for a while.

    Args:
        root: The newsletter's folder: `content/`, `themes/` and `corner.toml` in it are watched.
        out: The built site.
        build: Builds once.
        host: The address to listen on.
        port: 0 for any free one.
        base_path: The path that the site is served under.
        ready: Is told the URL once the server listens.

    Raises:
        CornerError: The port is taken, or nothing can be watched.
    """
    site = LiveSite(out, base_path)
    changes: _Changes = queue.SimpleQueue()
    try:
        server = Server((host, port), site)
    except OSError as error:
        what = f"port {port} of {host} cannot be used: {(error.strerror or str(error)).lower()}"
        raise CornerError(Problem(what, fix="Choose another with --port.")) from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    observer = _watch(root, _Watcher(out, changes))
    try:
        _round(site, build, None)
        ready(f"http://{host}:{server.server_port}{base_path}")
        is_settled = True
        while True:
            changed = _wait_for_change(changes, count() if is_settled else range(_IDLE_WAITS))
            is_settled = _round(site, build, _paths(changed)) if changed else _settle(site, build, changes)
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


def _round(site: LiveSite, build: Build, changed: frozenset[str] | None) -> bool:
    """Build, and tell open pages how it went, once; answer whether nothing is left to be looked at."""
    before, _ = site.now()

    def stage(name: str) -> None:
        if name == "remember":  # all files are in their places
            site.built()

    outcome = build(changed=changed, open_files=site.open_files, placed=site.placed, stage=stage)
    if outcome.problems:
        site.failed(outcome.problems)
    elif site.now()[0] == before:
        site.built()
    return changed is None or bool(outcome.problems)


def _settle(site: LiveSite, build: Build, changes: _Changes) -> bool:
    """Look at everything, as any other build does, unless something changes meanwhile; answer whether that was done."""
    outcome = build(changed=None, is_idle=changes.empty)
    if outcome.problems:
        site.failed(outcome.problems)
    elif outcome.is_new:
        site.built()
    return changes.empty()


def _wait_for_change(changes: _Changes, waits: Iterable[object]) -> list[str | None]:
    """Wait for a change, and until its events are over; nothing, if there is none in so many waits."""
    for _ in waits:  # a single wait without an end may miss a Ctrl-C that comes just before it
        with suppress(queue.Empty):
            return [changes.get(timeout=_WAKE_SECONDS), *_until_quiet(changes)]
    return []


def _until_quiet(changes: _Changes) -> Iterator[str | None]:
    with suppress(queue.Empty):
        while True:
            yield changes.get(timeout=QUIET_SECONDS)


def _paths(changed: list[str | None]) -> frozenset[str] | None:
    """Tell what has changed; None if there may be more, as when so much has that the system may have dropped some."""
    named = frozenset(path for path in changed if path is not None)
    return None if None in changed or len(named) > _MANY else named
