"""Runs a round that is killed at its n-th write, for each n, and then resumed; a process of its own, for `os._exit`.

    python killed_round.py ROOT URL

For each n, a copy of ROOT is made, a child runs the round in it until the disk ends the process, and another child
resumes it. One JSON line each: what is on record then, how often the server was asked, and what is left behind.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from builders import EDITION, reopen
from claudes_corner.disk import Disk
from claudes_corner.generation.planning import unfinished
from rounds import Clock, make_author, make_round, make_tasks

MODES = ("minimal", "reflect")
KILLED = 9


class DeadlyDisk(Disk):
    """A disk that ends the process before its n-th operation."""

    def __init__(self, stop_at: int) -> None:
        self._stop_at = stop_at
        self._count = 0

    def _step(self, name: str, *args: Any) -> None:
        self._count += 1
        if self._count == self._stop_at:
            os._exit(KILLED)
        getattr(super(), name)(*args)

    def append(self, *args: Any) -> None:
        self._step("append", *args)

    def write(self, *args: Any) -> None:
        self._step("write", *args)

    def move(self, *args: Any) -> None:
        self._step("move", *args)

    def remove(self, *args: Any) -> None:
        self._step("remove", *args)


def in_a_child(root: Path, url: str, disk: Disk, *, resume: bool) -> int:
    """Run a round in a process of its own; return its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(run_round(root, url, disk, resume=resume))


def run_round(root: Path, url: str, disk: Disk, *, resume: bool) -> int:
    """Run a round, or resume it; return 0 if all was written."""
    workspace = reopen(root, disk)
    clock = Clock()
    author = make_author(workspace, url, clock=clock)
    again = {"resume": True, "wanted": unfinished(workspace, EDITION, "opus-3")}
    tasks = make_tasks(workspace, **again) if resume else make_tasks(workspace, *MODES)
    outcomes = make_round(workspace, author, clock=clock).run(tasks)
    return 0 if all(outcome.status == "written" for outcome in outcomes) else 1


def copy(original: Path) -> Path:
    """Make a copy of a newsletter, always in the same place."""
    root = original.with_name("copy")
    shutil.rmtree(root, ignore_errors=True)
    return Path(shutil.copytree(original, root))


def main(original: Path, url: str) -> None:
    os.fsync = lambda _: None  # no test cuts the power
    run_round(copy(original), url, Disk(), resume=False)  # what no child needs to import or to read again
    gc.freeze()  # nor to look through for garbage
    for stop_at in range(1, 200):
        root = copy(original)
        code = in_a_child(root, url, DeadlyDisk(stop_at), resume=False)
        resumed = in_a_child(root, url, Disk(), resume=True)
        workspace = reopen(root)
        drafts = [workspace.read_draft(s) for s in workspace.ledger().standings.values() if s.written]
        found = {
            "at": stop_at,
            "killed": code == KILLED,
            "resumed": resumed,
            "drafts": sorted((draft.front.mode, draft.text) for draft in drafts),
            "requested": sum(r.event == "requested" for r in workspace.ledger().records),
            "written": sum(r.event == "written" for r in workspace.ledger().records),
            "rest": [path.name for path in (root / ".corner").rglob("*") if path.is_file()],
        }
        sys.stdout.write(json.dumps(found) + "\n")
        if code != KILLED:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
