"""What the passing of time does: drafts expire, editions are skipped, and what is due may go live by itself.

Owns when that is. It is all on record, by `corner`; no draft is ever approved here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from claudes_corner import ledger
from claudes_corner.review.decisions import due, publish
from claudes_corner.rules import expires_at
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.workspace import Workspace

_WEEK = dt.timedelta(days=7)


def expire(workspace: Workspace, now: dt.datetime) -> tuple[str, ...]:
    """Put on record which drafts have waited too long, and list them; they may be brought back."""
    if not _too_old(workspace.config, workspace.ledger(), now):
        return ()
    with workspace.writing() as pen:
        too_old = _too_old(workspace.config, pen.ledger, now)
        for draft_id in too_old:
            pen.record(ledger.Expired, at=render_instant(now), id=draft_id)
        return too_old


def skip(workspace: Workspace, now: dt.datetime) -> tuple[ledger.Skipped, ...]:
    """Put on record which editions had no entry until the slot of the next one, and why.

    An edition with an approved entry is not skipped: it waits for a person.
    """
    if not _without_entry(workspace.config, workspace.ledger(), now):
        return ()
    with workspace.writing() as pen:
        missed, at = _without_entry(workspace.config, pen.ledger, now), render_instant(now)
        return tuple([pen.record(ledger.Skipped, at=at, id=None, edition=e, cause=cause) for e, cause in missed])


def publish_unattended(workspace: Workspace, now: dt.datetime) -> tuple[Standing, ...]:
    """Let go live what is approved and due, by nobody's hand, if `publish.unattended` says so; else nothing."""
    ready = due(workspace.ledger(), now) if workspace.config.publish.unattended else ()
    return publish(workspace, [standing.id for standing in ready], ledger.CORNER, now) if ready else ()


def has_entry(config: Config, known: Ledger, edition: str) -> bool:
    """Answer whether an edition has its entry, approved or published, written for it or moved to its slot."""
    return edition in _served(config, known)


def _too_old(config: Config, known: Ledger, now: dt.datetime) -> tuple[str, ...]:
    days = config.review.expire_after_days
    return tuple(
        s.id for s in known.having("waiting") if expires_at(parse_instant(known.about(s.id)[-1].at), days) <= now
    )


def _without_entry(config: Config, known: Ledger, now: dt.datetime) -> list[tuple[str, str]]:
    """List editions that are over and not yet accounted for, oldest first, with the cause."""
    calendar = config.slots
    asked = [standing.edition for standing in known.standings.values() if not standing.imported]
    if not asked or config.site.state == "ended":
        return []
    told = {record.edition for record in known.records if isinstance(record, ledger.Skipped)}
    served = _served(config, known)
    edition, found = calendar.edition(calendar.at(min(asked))), []
    while calendar.at(following := _weeks_on(edition, 1)) <= now:
        if edition not in told | served:
            found.append((edition, _cause(config, [s for s in known.standings.values() if s.edition == edition])))
        edition = following
    return found


def _served(config: Config, known: Ledger) -> set[str]:
    """List the editions that have an entry: the one each was written for, and the one in whose week it appears."""
    calendar = config.slots
    entries = known.having("approved", "published", "withdrawn")
    found = {entry.edition for entry in entries}
    for entry in entries:
        date = parse_instant(entry.date)
        following = calendar.edition(date)
        found.add(following if calendar.at(following) == date else _weeks_on(following, -1))
    return found


def _weeks_on(edition: str, weeks: int) -> str:
    """Name the edition so many weeks later; by days, since a change to summer time makes weeks of other lengths."""
    return (dt.date.fromisoformat(edition) + weeks * _WEEK).isoformat()


def _cause(config: Config, drafts: list[Standing]) -> str:
    """Say why an edition had no entry, from the record alone."""
    if written := Counter(standing.status for standing in drafts if standing.written):
        words = {"waiting": "not decided", "set-aside": "set aside"}
        counts = ", ".join(f"{count} {words.get(status, status)}" for status, count in sorted(written.items()))
        return f"no draft was approved: {counts}"
    if any(standing.status == "passed" for standing in drafts):
        return "the author passed"
    if drafts:
        return "the author gave no answer"
    return "no draft was asked for" if config.site.state == "running" else "the newsletter was paused"
