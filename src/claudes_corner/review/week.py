"""The week at a glance: the one next thing to do, what waits and in which order, what is coming.

Owns the order in which drafts want to be read. Decides nothing; `corner status` and the desk show it.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from claudes_corner.folders import misplaced
from claudes_corner.review.decisions import due
from claudes_corner.rules import expires_at
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.standing import Ledger, Standing
from claudes_corner.workspace import Workspace

SOON_DAYS = 7  # from when on it is said that a draft will expire


class Waiting(msgspec.Struct, frozen=True):
    """A draft that waits for a verdict."""

    id: str
    mode: str
    edition: str
    age_days: int
    expires_in_days: int  # begun days; 0 or less: its time is over
    approved_by: tuple[str, ...]
    held_by: tuple[str, ...]


class Coming(msgspec.Struct, frozen=True):
    """An approved entry that waits for its date."""

    id: str
    date: str
    route: str


class Status(msgspec.Struct, frozen=True):
    """The week at a glance."""

    next_command: str
    why: str
    edition: str  # the next
    slot: str
    waiting: tuple[Waiting, ...]
    approved: tuple[Coming, ...]
    published: int
    problems: tuple[str, ...]  # files that are not where the record says


def look(workspace: Workspace, now: dt.datetime) -> Status:
    """Work out how the week stands."""
    known = workspace.ledger()
    calendar = workspace.config.slots
    edition = calendar.edition(now)
    approved = sorted(known.having("approved"), key=lambda s: s.date)
    next_command, why = _next(workspace, known, edition, now)
    return Status(
        next_command=next_command,
        why=why,
        edition=edition,
        slot=render_instant(calendar.at(edition)),
        waiting=tuple(waiting_of(workspace, known, s, now) for s in to_read(known)),
        approved=tuple(Coming(s.id, s.date, f"/essays/{s.slug}/") for s in approved),
        published=len(known.having("published")),
        problems=tuple(
            f"{s.id}: its files are not where the record says; the next command that writes looks for them"
            for s in misplaced(workspace.folders, known.standings)
        ),
    )


def to_read(known: Ledger) -> list[Standing]:
    """List the drafts that wait, in the order of reading: the oldest edition first, since its drafts expire first.

    Of an edition, the one that its author chose comes first, then each as it was written.
    """
    picks = known.picks

    def place(standing: Standing) -> tuple[str, bool, int]:
        """Tell what a draft's place in the order is decided by."""
        return standing.edition, standing.id not in picks, standing.written.seq if standing.written else 0

    return sorted(known.having("waiting"), key=place)


def _next(workspace: Workspace, known: Ledger, edition: str, now: dt.datetime) -> tuple[str, str]:
    """Pick the one next thing to do, the most pressing first."""
    standings = known.standings.values()
    if ready := due(known, now):
        return "corner publish", f"{len(ready)} approved, and its date has come"
    waiting = to_read(known)
    if held := [s for s in waiting if s.holds]:
        return f"corner review {held[0].id}", "a veto holds this draft: another editor decides"
    if waiting:
        picked = next((s.id for s in waiting if s.id in known.picks), "")
        said = f"; the author chose {picked}" if picked else ""
        return f"corner review {picked}".strip(), f"{len(waiting)} waiting for a verdict{said}"
    if interrupted := [s for s in standings if s.edition == edition and s.status == "requested"]:
        return "corner generate --resume", f"{len(interrupted)} asked for, and never heard of again"
    if not any(s.edition == edition and s.written for s in standings):
        return "corner generate", f"edition {edition} has no draft yet"
    if known.having("approved"):
        return "nothing", "what is approved waits for its date"
    if workspace.folders.site.is_dir():
        return "nothing", f"everything for edition {edition} is decided"
    return "corner build", "the site was never built"


def waiting_of(workspace: Workspace, known: Ledger, standing: Standing, now: dt.datetime) -> Waiting:
    """Tell how long a draft has waited, and who has judged it."""
    about = known.about(standing.id)
    written_at = next(r.at for r in about if r.event == "written")
    age = max(0, (now - parse_instant(written_at)).days)
    expires = expires_at(parse_instant(about[-1].at), workspace.config.review.expire_after_days)
    return Waiting(
        id=standing.id,
        mode=standing.mode,
        edition=standing.edition,
        age_days=age,
        expires_in_days=-((now - expires) // dt.timedelta(days=1)),
        approved_by=standing.approved_by,
        held_by=tuple(hold.editor for hold in standing.holds),
    )
