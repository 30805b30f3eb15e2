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
from claudes_corner.disk import locked, must_be_writable
from claudes_corner.errors import Problem, WorkspaceError, remedy, said_by
from claudes_corner.folders import Folders
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


def kept_wanted(folder: Path, edition: str, author: str) -> dict[str, int]:
    """Tell how many drafts rounds were asked for, by mode; empty if that was not kept, or they brought all."""
    wanted = kept(folder / f"{edition}.{author}{_WANTED}", Wanted)
    return wanted.drafts if wanted else {}


def keep_wanted(workspace: Workspace, edition: str, author: str, modes: Sequence[str]) -> None:
    """Keep how many drafts a round is asked for (a mode each), before anybody is: resumed, it asks for no others."""
    folder = workspace.folders.rounds
    with workspace.writing() as pen:
        there, before = answered(pen.ledger, edition, author), kept_wanted(folder, edition, author)
        more = {mode: max(there[mode] + modes.count(mode), before.get(mode, 0)) for mode in modes}
        if (drafts := before | more) != before:
            wanted = Wanted(edition, author, drafts)
            pen.keep(folder / f"{edition}.{author}{_WANTED}", msgspec.json.encode(wanted))


def must_have_room(folders: Folders) -> None:
    """See that an answer can be kept and put on record, before anybody is asked for one, and paid.

    Raises:
        WorkspaceError: It cannot.
    """
    private = (folders.drafts, folders.transcripts, folders.letters, folders.unfinished, folders.rounds)
    try:
        must_be_writable(folders.content, folders.ledger, folders.rules, *private)
    except OSError as error:
        where = str(error.filename).removeprefix(f"{folders.root}/")
        what = f"cannot be written, so nobody was asked: {said_by(error)}"
        raise WorkspaceError(Problem(what, where, fix=remedy(error))) from None


def answered(known: Ledger, edition: str, author: str) -> Counter[str]:
    """Count by mode how often an author has answered for an edition: with a draft, whatever became of it, or a pass."""
    return Counter(standing.mode for standing in known.of(edition, passed=True) if standing.author == author)


def keep_brief(workspace: Workspace, draft_id: str, brief: Brief) -> None:
    """Keep what a draft is asked from, before its first request."""
    with workspace.writing() as pen:
        pen.keep(workspace.folders.rounds / f"{draft_id}{_TASK}", msgspec.json.encode(brief))


def kept_brief(folder: Path, draft_id: str) -> Brief | None:
    """Read what a draft was asked from; None if it was not kept."""
    return kept(folder / f"{draft_id}{_TASK}", Brief)


def kept(path: Path, kind: type[Kept]) -> Kept | None:
    """Read what was kept; None if it was not.

    Raises:
        WorkspaceError: The file is not ours, or of another version.
    """
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        where = f".corner/rounds/{path.name}"
        fix = "It may be of another version: delete it, and ask anew."
        raise WorkspaceError(Problem("nothing that a round can be taken up from", where, fix=fix)) from None


def exchange_name(draft_id: str, number: int, body: Mapping[str, Any]) -> str:
    """Name the file of an exchange: the draft's n-th, from 1, for exactly this body."""
    return f"{draft_id}.{number}.{digest(canonical_json(body))[7:23]}{_EXCHANGE}"


def kept_answers(folder: Path, draft_id: str) -> list[str]:
    """List the names of the whole answers that are kept for a draft."""
    return sorted(path.name for path in folder.glob(f"{draft_id}.*{_EXCHANGE}"))


def forget(pen: Writer, folders: Folders, draft_id: str) -> None:
    """Remove all that was kept for a draft, once the record holds it."""
    pen.forget_unfinished(f"{draft_id}{_TASK}", *kept_answers(folders.rounds, draft_id))


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
    folder = workspace.folders.rounds
    with workspace.writing() as pen:
        made = {record.choice for record in pen.ledger.records if isinstance(record, ledger.Chose)}
        ids = {path.name.partition(".")[0] for kind in (_TASK, _EXCHANGE) for path in folder.glob(f"*{kind}")}
        for draft_id in sorted(ids):
            about = pen.ledger.about(draft_id)
            if not about or about[-1].event not in _OPEN or draft_id in made:
                forget(pen, workspace.folders, draft_id)
        for path in sorted(folder.glob(f"*{_WANTED}")):
            if wanted := kept(path, Wanted):
                there = answered(pen.ledger, wanted.edition, wanted.author)
                if all(there[mode] >= count for mode, count in wanted.drafts.items()):
                    pen.forget_unfinished(path.name)
