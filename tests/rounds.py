"""Runs rounds with the real author against a server of the test's, on clocks that move when somebody would sleep."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Sequence
from typing import Any

from builders import EDITION, NOW
from claudes_corner.disk import Disk
from claudes_corner.generation.asking import Passage
from claudes_corner.generation.author import Author
from claudes_corner.generation.exchange import Progress
from claudes_corner.generation.planning import Task, past_entries, plan
from claudes_corner.generation.round import Outcome, Round
from claudes_corner.generation.sources import Document, Gatherer, Reach
from claudes_corner.schedule import render_instant
from claudes_corner.settings import Source
from claudes_corner.workspace import Workspace

KEY = "sk-ant-canary-71c2"  # must appear in no file and no output
OPUS_3 = "claude-3-opus-20240229"
TITLE = "On tides"  # what a willing author answers when asked for one


class Clock:
    """Time as a round sees it: the real seconds, and those that somebody would have slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> dt.datetime:
        return NOW + dt.timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def passage(self) -> Passage:
        return Passage(self.now, self.monotonic, self.sleep)


def make_author(workspace: Workspace, url: str, author_id: str = "opus-3", clock: Clock | None = None) -> Author:
    clock = clock or Clock()
    settings = workspace.config.authors[author_id]
    return Author(settings, key=KEY, base_url=url, clock=clock.now, monotonic=clock.monotonic)


def make_reach(workspace: Workspace, **more: Any) -> Reach:
    at = render_instant(NOW)
    entries = past_entries(workspace, at)
    return Reach(**{"root": workspace.folders.root, "past_entries": entries, "now": at, **more})


def gather(sources: Sequence[Source], reach: Reach) -> tuple[Document, ...]:
    gatherer = Gatherer(reach)
    return tuple(document for source in sources for document in gatherer.gather(source).documents)


def make_tasks(workspace: Workspace, *modes: str, edition: str = EDITION, **options: Any) -> tuple[Task, ...]:
    return plan(workspace, modes, edition, make_reach(workspace), **{"author": "opus-3", **options})


def make_round(
    workspace: Workspace,
    author: Any,
    *,
    clock: Clock | None = None,
    author_id: str = "opus-3",
    reports: list[Progress] | None = None,
) -> Round:
    return Round(
        workspace,
        author,
        author_id,
        EDITION,
        passage=(clock or Clock()).passage,
        choose=random.Random(len(workspace.ledger().records)).choice,
        report=lambda _number, progress: reports.append(progress) if reports is not None else None,
    )


def run_round(
    workspace: Workspace,
    url: str,
    *modes: str,
    clock: Clock | None = None,
    tasks: Sequence[Task] | None = None,
    reports: list[Progress] | None = None,
    **options: Any,
) -> tuple[Outcome, ...]:
    """Ask for one draft under each mode (or the tasks given)."""
    clock = clock or Clock()
    asked = make_tasks(workspace, *modes, **options) if tasks is None else tasks
    author = make_author(workspace, url, clock=clock)
    return make_round(workspace, author, clock=clock, reports=reports).run(asked)


def events(workspace: Workspace) -> list[str]:
    """List what is on record, `rules` apart."""
    return [record.event for record in workspace.ledger().records if record.event != "rules"]


class Dying(Disk):
    """A disk whose n-th operation and all after it fail, as when a process ends there."""

    def __init__(self, stop_at: int) -> None:
        self.left = stop_at

    def _step(self, name: str, *args: object) -> None:
        self.left -= 1
        if self.left <= 0:
            raise KeyboardInterrupt
        getattr(super(), name)(*args)

    def append(self, *args: object) -> None:
        self._step("append", *args)

    def write(self, *args: object) -> None:
        self._step("write", *args)

    def move(self, *args: object) -> None:
        self._step("move", *args)

    def remove(self, *args: object) -> None:
        self._step("remove", *args)
