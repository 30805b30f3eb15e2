"""What may be done with an entry once it is approved: move it, tag it anew, take it back. Never a word of its text.

Owns change and withdraw. Both are on record, and said to readers: an address that was public once leads somewhere for
good. Decisions about drafts are in `decisions.py`.
"""

from __future__ import annotations

import datetime as dt

from claudes_corner import ledger
from claudes_corner.errors import DecisionError, Problem, UsageError
from claudes_corner.review.decisions import must_be_seen, put_on_record
from claudes_corner.review.placing import ANYWHERE, Placing, checked_tags, must_be_free
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import NAME_BYTES
from claudes_corner.workspace import Workspace

_LOOK = "Nothing was changed now: look at it as it is."


def change(
    workspace: Workspace, entry_id: str, editor: str, now: dt.datetime, wanted: Placing, *, seen: str = ""
) -> Standing:
    """Move an approved or published entry, or tag it anew. A slug it was live under becomes an alias.

    If all of it is so already, nothing is put on record. `seen` is the number of the last record about it when the
    editor looked; without one, whatever came since does not matter.

    Raises:
        UsageError: Nothing is to change.
        DecisionError: It is no entry, the slug is taken, a live entry would get a date to come, or another editor has
            done something with it since.
    """
    if wanted == ANYWHERE:
        raise UsageError(Problem("nothing is to change", expected="another date, slug or tag"))
    with workspace.writing() as pen:
        standing = workspace.standing(pen.ledger, entry_id)
        if seen not in {"", str((last := pen.ledger.about(standing.id)[-1]).seq)}:
            by = "you" if last.by == editor else workspace.config.editor_name(last.by)
            raise DecisionError(Problem(f"{entry_id!r} was {last.event} by {by} meanwhile", fix=_LOOK))
        if standing.status not in {"approved", "published"}:
            what = f"{entry_id!r} cannot be changed"
            raise DecisionError(Problem(what, expected="an approved or published entry", found=standing.status))
        workspace.read_entry(standing)
        date = wanted.date or parse_instant(standing.date)
        if standing.status == "published" and wanted.date and date > now:
            what = f"{entry_id!r} is live: its date cannot be to come"
            raise DecisionError(
                Problem(what, found=workspace.config.slots.words(date), fix="To take it back: corner withdraw.")
            )
        slug, aliases = _moved(pen.ledger, standing, wanted.slug or standing.slug)
        tags = standing.tags if wanted.tags is None else checked_tags(wanted.tags)
        if (slug, render_instant(date), tags) != (standing.slug, standing.date, standing.tags):
            placed = {"slug": slug, "date": render_instant(date), "tags": tags, "aliases": aliases}
            return put_on_record(pen, ledger.Changed, standing.id, editor, now, **placed)
        return standing


def withdraw(workspace: Workspace, entry_id: str, editor: str, now: dt.datetime, *, reason: str) -> Standing:
    """Take a published entry back: its text leaves `content/`, and the next build has a tombstone in its place.

    The reason is public, in the record and on the tombstone.

    Raises:
        DecisionError: It is not published, no reason is given, or one with characters that nobody sees.
    """
    said = " ".join(reason.split())
    if not said:
        raise DecisionError(Problem("a reason is missing", fix="Say in a sentence why: readers will see it."))
    with workspace.writing() as pen:
        standing = workspace.standing(pen.ledger, entry_id)
        if standing.status == "withdrawn" and standing.reason == said:
            return standing  # said twice, or cut short the first time
        if standing.status != "published":
            fix = f"To take an approval back: corner retract {standing.id}." if standing.status == "approved" else ""
            what = f"{entry_id!r} cannot be withdrawn"
            raise DecisionError(Problem(what, expected="a published entry", found=standing.status, fix=fix))
        must_be_seen(said)
        workspace.read_entry(standing)
        return put_on_record(pen, ledger.Withdrawn, standing.id, editor, now, reason=said)


def _moved(known: Ledger, standing: Standing, slug: str) -> tuple[str, tuple[str, ...]]:
    """Tell an entry's slug and its aliases after a move: only what was live needs to go on leading to it.

    No site can have had a slug that is too long for a folder's name.
    """
    if slug == standing.slug:
        return slug, standing.aliases
    must_be_free(known, slug, standing.id)
    left = (standing.slug,) if standing.status == "published" else ()
    return slug, tuple(old for old in (*standing.aliases, *left) if old != slug and len(old) <= NAME_BYTES)
