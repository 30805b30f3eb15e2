"""Rebuilds a site whenever something that it is made of changes, while it is served.

Owns the watchers; their third-party import is watchdog. One build at a time, in the calling thread.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from claudes_corner.errors import CornerError, Problem, said_by
from claudes_corner.site.serve import LiveSite, Server

QUIET_SECONDS = 0.02  # one save is several events: wait until they are over
_LONGEST_SECONDS = 1.0  # but no longer than this: a log, say, is written all the time
_WAKE_SECONDS = 0.5
_IDLE_WAITS = 2  # without a change: time to look at everything; as long as nothing changes, twice as many each time
_MOST_WAITS = 60
_MANY = 500  # changes at once
_CHANGES = {"created", "modified", "moved", "deleted"}


class Outcome(NamedTuple):
    """How a build went."""

    problems: Sequence[Problem] = ()
    is_new: bool = False  # whether anything in the site is not what it was
    folders: Collection[Path] | None = None  # where sources lie outside of `content/` and `themes/`; None: as before


Build = Callable[..., Outcome]  # gets fields of a `Wish`
_Changes = queue.SimpleQueue[str]  # paths; those of folders, which are more than a path can tell, end in `/`


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
                self._changes.put(f"{path}/" if event.is_directory else str(raw))


class _Sources:
    """The folders where sources lie, watched: also one that comes later, or takes the place of another."""

    def __init__(self, root: Path, out: Path) -> None:
        self.changes: _Changes = queue.SimpleQueue()
        self._watcher = _Watcher(out, self.changes)
        self._trees = {root / "content", root / "themes"}
        self._folders = {root}  # root: corner.toml, and whatever becomes of the trees
        self._root, self._watches = root, dict[Path, ObservedWatch]()
        self._observer = Observer()
        self._observer.start()
        self._passed_over: type[OSError] = FileNotFoundError  # gone by then
        self.watch()
        self._passed_over = OSError  # once pages are open, it is tried again the next time

    def watch(self, folders: Collection[Path] | None = None) -> bool:
        """Watch what is there to be watched, and these folders; answer whether any was not watched until now."""
        self._folders = self._folders if folders is None else {self._root, *folders}
        for folder in self._watches.keys() - self._trees - self._folders:
            self._observer.unschedule(self._watches.pop(folder))
        new = [folder for folder in (*self._trees, *self._folders) if folder not in self._watches and folder.is_dir()]
        for folder in new:
            with suppress(self._passed_over):
                is_tree = folder in self._trees
                self._watches[folder] = self._observer.schedule(self._watcher, str(folder), recursive=is_tree)
        return any(folder in self._watches for folder in new)

    def follow(self, changed: Iterable[str]) -> None:
        """Watch folders anew that were made or replaced: a watcher knows the one that was there, not its name."""
        replaced = tuple(path for path in changed if path.endswith("/"))
        for folder in [folder for folder in self._watches if f"{folder}/".startswith(replaced)]:
            self._observer.unschedule(self._watches.pop(folder))
        self.watch()

    def stop(self) -> None:
        """Watch no more."""
        self._observer.stop()
        self._observer.join()


def serve(
    root: Path, out: Path, build: Build, *, host: str, port: int, base_path: str, ready: Callable[[str], None]
) -> None:
    """Build, serve, and build again whenever a source changes, until Ctrl-C.

    What nobody waits for is looked at when nothing has changed for a while; and now and then, so is everything: some
    file systems tell of no change, none of what lies behind a link, and none when a full disk has room again.

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
    try:
        server = Server((host, port), site)
    except OSError as error:
        what = f"port {port} of {host} cannot be used: {said_by(error)}"
        raise CornerError(Problem(what, fix="Choose another with --port.")) from None
    try:
        sources = _Sources(root, out)
    except OSError as error:
        server.server_close()
        fix = "End other programs that watch files, or let the system watch more of them."  # it says so of its limits
        raise CornerError(Problem(f"changes cannot be watched: {said_by(error)}", fix=fix)) from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        _round(site, build, sources, None)
        ready(f"http://{host}:{server.server_port}{base_path}")
        waits = _IDLE_WAITS
        while True:
            if changed := _wait_for_change(sources.changes, waits):
                sources.follow(changed)
                _round(site, build, sources, _paths(changed))
                waits = _IDLE_WAITS
            else:
                has_changed = _settle(site, build, sources)
                waits = _IDLE_WAITS if has_changed else min(2 * waits, _MOST_WAITS)
    finally:
        sources.stop()
        server.shutdown()
        server.server_close()


def _round(site: LiveSite, build: Build, sources: _Sources, changed: frozenset[str] | None) -> None:
    """Build, and tell open pages how it went, once."""
    before, _ = site.now()

    def stage(name: str) -> None:
        if name == "remember":  # all files are in their places
            site.built()

    outcome = build(changed=changed, open_files=site.open_files, placed=site.placed, stage=stage)
    if outcome.problems:
        site.failed(outcome.problems)
    elif site.now()[0] == before:
        site.built()
    sources.watch(outcome.folders)


def _settle(site: LiveSite, build: Build, sources: _Sources) -> bool:
    """Look at everything, as any other build does, unless something changes meanwhile; answer whether anything has."""
    outcome, is_idle = build(changed=None, is_idle=sources.changes.empty), sources.changes.empty()
    _, shown = site.now()
    if outcome.problems:
        if shown != "\n".join(map(str, outcome.problems)):  # else open pages show it
            site.failed(outcome.problems)
    elif outcome.is_new or (shown and is_idle):
        site.built()
    return sources.watch(outcome.folders) or outcome.is_new or not is_idle


def _wait_for_change(changes: _Changes, waits: int) -> list[str]:
    """Wait for a change, and a while until its events are over; nothing, if there is none in so many waits."""
    for _ in range(waits):  # a single long wait may miss a Ctrl-C that comes just before it
        with suppress(queue.Empty):
            return [changes.get(timeout=_WAKE_SECONDS), *_until_quiet(changes)]
    return []


def _until_quiet(changes: _Changes, clock: Callable[[], float] = time.monotonic) -> Iterator[str]:
    end = clock() + _LONGEST_SECONDS
    with suppress(queue.Empty):
        while clock() < end:
            yield changes.get(timeout=QUIET_SECONDS)


def _paths(changed: list[str]) -> frozenset[str] | None:
    """Tell what has changed; None if there may be more, as when so much has that the system may have dropped some."""
    named = frozenset(changed)
    return None if any(path.endswith("/") for path in named) or len(named) > _MANY else named
