"""What a round keeps under `.corner/rounds/`, so that one that was cut short anywhere can go on.

Owns the files' names and form: `<id>.task.json`, what a draft is asked from, word for word, written before its first
request; and `<id>.<number>.<digest>.exchange.json`, a whole answer, written before anything is done with it. A resumed
round asks from the same brief, so its requests are the same, and what was answered once is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from claudes_corner.errors import Problem, WorkspaceError
from claudes_corner.folders import Folders
from claudes_corner.generation.exchange import Completion
from claudes_corner.generation.modes import Brief
from claudes_corner.text import canonical_json, digest
from claudes_corner.writer import Writer

_TASK, _EXCHANGE = ".task.json", ".exchange.json"


class KeptTask(msgspec.Struct, frozen=True):
    """A draft that a round asks for."""

    id: str
    brief: Brief


def keep_task(pen: Writer, folders: Folders, task: KeptTask) -> None:
    """Keep a task, before its first request."""
    pen.keep(folders.rounds / task_name(task.id), msgspec.json.encode(task))


def task_name(draft_id: str) -> str:
    """Name the file of a task."""
    return f"{draft_id}{_TASK}"


def kept_tasks(folder: Path, edition: str) -> Iterator[KeptTask]:
    """Yield the tasks of an edition that no round has finished, in order of their ids.

    Raises:
        WorkspaceError: A file is not ours, or of another version.
    """
    for path in sorted(folder.glob(f"{edition}-*{_TASK}")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=KeptTask)
        except (msgspec.DecodeError, UnicodeDecodeError):
            where = f".corner/rounds/{path.name}"
            fix = "It may be of another version: delete it, and ask anew."
            raise WorkspaceError(Problem("not a task that can be taken up again", where, fix=fix)) from None


def kept_names(folder: Path) -> list[str]:
    """List the names of all that is kept; each begins with its draft's id and a full stop."""
    return sorted(path.name for suffix in (_TASK, _EXCHANGE) for path in folder.glob(f"*{suffix}"))


def exchange_name(draft_id: str, number: int, body: Mapping[str, Any]) -> str:
    """Name the file of an exchange: the draft's n-th, from 1, for exactly this body."""
    return f"{draft_id}.{number}.{digest(canonical_json(body))[7:23]}{_EXCHANGE}"


def kept_completion(folder: Path, name: str) -> Completion | None:
    """Read a whole answer that was kept; None if there is none."""
    path = folder / name
    return msgspec.json.decode(path.read_bytes(), type=Completion) if path.exists() else None
