"""Whether the record still goes on from what went out: one that was lost, or set back to an older state, does not.

Owns what a newsletter's own files tell of that: the receipts of its deploys, and its newest checkpoint. Asks no target,
and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from claudes_corner.checkpoints import parse_checkpoints
from claudes_corner.errors import LedgerError, Problem
from claudes_corner.folders import Folders
from claudes_corner.standing import Ledger
from claudes_corner.text import EMPTY_DIGEST, counted


class _WentOut(msgspec.Struct, frozen=True):
    """What of a receipt is of use here."""

    place: str
    at: str
    head: str  # digest of the record's last line, when it went out


def find_setback(folders: Folders, known: Ledger) -> Problem | None:
    """Say that the record lacks what went out, by a receipt or the newest checkpoint; nothing, if it goes on."""
    return find_setback_since_deploys(folders, known) or _find_setback_since_checkpoint(folders, known)


def find_setback_since_deploys(folders: Folders, known: Ledger) -> Problem | None:
    """Say that the record lacks what went out to a target; nothing, if it goes on from each receipt."""
    for name, went_out in _receipts(folders):
        if not _goes_on_from(known, went_out.head):
            since = f"what went out to {name} on {went_out.at[:10]}"
            return _setback(folders, known, since, f"; ledger.jsonl at {went_out.place} is a copy")
    return None


def _find_setback_since_checkpoint(folders: Folders, known: Ledger) -> Problem | None:
    newest = max(folders.checkpoints.glob("[0-9]*.txt"), default=None)
    if newest is None:
        return None
    try:
        one = parse_checkpoints(newest.read_bytes(), folders.relative(newest))[-1]
    except (OSError, LedgerError, IndexError):  # which whoever reads checkpoints says
        return None
    return None if _goes_on_from(known, one.head) else _setback(folders, known, f"checkpoint {one.number}")


def _receipts(folders: Folders) -> Iterator[tuple[str, _WentOut]]:
    """Read what deploys have left, by target; what is damaged tells nothing."""
    for path in sorted(folders.receipts.glob("*.json")):
        try:
            yield path.stem, msgspec.json.decode(path.read_bytes(), type=_WentOut)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue


def _goes_on_from(known: Ledger, head: str) -> bool:
    """Answer whether a record with this digest is in the chain; what went out last is near its end."""
    return head in {known.head, EMPTY_DIGEST} or any(record.prev == head for record in reversed(known.records))


def _setback(folders: Folders, known: Ledger, since: str, copy: str = "") -> Problem:
    what = f"the record is older than {since}, or is another"
    fix = f"Put it back with the rest of content/, from a backup or git{copy}."
    found = counted(len(known.records), "record")
    return Problem(what, folders.relative(folders.ledger), found=found, fix=fix)
