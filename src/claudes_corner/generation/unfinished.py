"""What a round keeps under `.corner/rounds/`, so that one that was cut short anywhere can go on.

Owns the files' names and form: `<edition>.<author>.wanted.json`, how many drafts are asked for, written before a
round's first request; `<id>.task.json`, what a draft is asked from, word for word, written before its own first; and
`<id>.<number>.<digest>.exchange.json`, a whole answer, written before anything is done with it. A resumed round asks
from the same brief, so its requests are the same, and what was answered once is not asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from claudes_corner import ledger
from claudes_corner.disk import locked
from claudes_corner.errors import Problem, WorkspaceError
from claudes_corner.folders import Folders
from claudes_corner.generation.exchange import Completion
from claudes_corner.generation.modes import Brief
from claudes_corner.standing import Ledger
from claudes_corner.text import canonical_json, digest
from claudes_corner.workspace import Workspace
from claudes_corner.writer import Writer

BUSY = "another round is running: wait for it, or stop it"
Kept = TypeVar("Kept")
_TASK, _EXCHANGE, _WANTED = ".task.json", ".exchange.json", ".wanted.json"
_OPEN = {"requested", "failed", "cancelled"}  # the last record of what may still be asked for


class Wanted(msgspec.Struct, frozen=True):
    """How many drafts of an edition an author was asked for, by all rounds together."""

    edition: str
    author: str
    drafts: dict[str, int]  # by mode

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.edition}.{self.author}{_WANTED}"


def kept_wanted(folder: Path) -> Iterator[Wanted]:
    """Yield what rounds were asked for and have not all brought.

    Raises:
        WorkspaceError: A file is not ours, or of another version.
    """
    for path in sorted(folder.glob(f"*{_WANTED}")):
        yield _decoded(path, Wanted)


def keep_wanted(workspace: Workspace, edition: str, author: str, modes: Sequence[str]) -> None:
    """Keep how many drafts a round is asked for (a mode each), before anybody is: resumed, it asks for no others."""
    with workspace.writing() as pen:
        there = answered(pen.ledger, edition, author)
        wanted = Wanted(edition, author, {mode: there[mode] + modes.count(mode) for mode in modes})
        before = next((one for one in kept_wanted(workspace.folders.rounds) if one.name == wanted.name), None)
        if before:
            more = {mode: max(count, before.drafts.get(mode, 0)) for mode, count in wanted.drafts.items()}
            wanted = msgspec.structs.replace(wanted, drafts={**before.drafts, **more})
        if modes and wanted != before:
            pen.keep(workspace.folders.rounds / wanted.name, msgspec.json.encode(wanted))


def answered(known: Ledger, edition: str, author: str) -> Counter[str]:
    """Count by mode how often an author has answered for an edition: with a draft, whatever became of it, or a pass."""
    own = (s for s in known.standings.values() if (s.edition, s.author) == (edition, author))
    return Counter(s.mode for s in own if s.written is not None or s.status == "passed")


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
        yield _decoded(path, KeptTask)


def _decoded(path: Path, kind: type[Kept]) -> Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        where = f".corner/rounds/{path.name}"
        fix = "It may be of another version: delete it, and ask anew."
        raise WorkspaceError(Problem("nothing that a round can be taken up from", where, fix=fix)) from None


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


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Hold the lock of rounds; first finish what a killed one left, and remove what nobody will ask for again.

    Raises:
        WorkspaceError: Another round is running.
    """
    workspace.folders.drafts.mkdir(exist_ok=True)
    with locked(workspace.folders.drafts, busy=BUSY):
        _tidy(workspace)
        yield
        _tidy(workspace)


def _tidy(workspace: Workspace) -> None:
    with workspace.writing() as pen:
        made = {record.choice for record in pen.ledger.records if isinstance(record, ledger.Chose)}
        for name in kept_names(workspace.folders.rounds):
            about = pen.ledger.about(name.partition(".")[0])
            if not about or about[-1].event not in _OPEN or about[-1].id in made:
                pen.forget_unfinished(name)
        for wanted in kept_wanted(workspace.folders.rounds):
            there = answered(pen.ledger, wanted.edition, wanted.author)
            if all(there[mode] >= count for mode, count in wanted.drafts.items()):
                pen.forget_unfinished(wanted.name)
