"""How a build is to go about it, and whom it tells what."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from claudes_corner.site.memory import Memories


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a build is to go about it."""

    full: bool = False  # forget what the last build knew
    dry_run: bool = False  # only say what would be done
    jobs: int = 1  # processes
    report: Callable[[int, int], None] = lambda _done, _all: None  # is told how many pages of how many are rendered
    stage: Callable[[str], None] = lambda _name: None  # is told what is done now
    memories: Memories | None = None  # of this site, if they are held from build to build
    changed: Collection[str] | None = None  # the paths that have changed since they were last held; None: any may have
    is_idle: Callable[[], bool] = lambda: True  # answers whether there is time to look at everything
    open_files: Callable[[], Collection[str]] | None = None  # tells which files somebody looks at: these come first
    placed: Callable[[Collection[str]], None] = lambda _paths: None  # is told which files have come first
