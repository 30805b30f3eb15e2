"""What editors are to be told as time passes: that drafts wait, a slot is near, a hold needs another editor.

Owns when each is to be said, in which words, and by which key it is said once. Never a word of a draft. Tells nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from claudes_corner.ledger import Skipped
from claudes_corner.review.due import all_lacking, due
from claudes_corner.review.placing import served
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.text import counted
from claudes_corner.workspace import Workspace

_DAY = dt.timedelta(days=1)


class Notice(msgspec.Struct, frozen=True):
    """Something that editors should know."""

    kind: str  # drafts-wait, slot-near, hold, due, skipped
    why: str  # one sentence
    newsletter: str
    edition: str
    slot: str
    drafts: tuple[str, ...] = ()  # ids
    next: str = "corner status"  # what to type


def notices(workspace: Workspace, now: dt.datetime) -> Iterator[tuple[str, Notice]]:
    """Yield what there is to say now, each with its key."""
    config, known, calendar = workspace.config, workspace.ledger(), workspace.config.slots
    edition = calendar.edition(now)
    slot = calendar.at(edition)
    waiting = known.having("waiting")

    def notice(kind: str, why: str, drafts: list[str], following: str) -> Notice:
        return Notice(kind, why, config.site.title, edition, render_instant(slot), tuple(drafts), following)

    if ids := [s.id for s in waiting if s.edition == edition]:
        words = f"{counted(len(ids), 'draft')} of edition {edition}"
        yield f"drafts-wait {edition}", notice("drafts-wait", f"{words} to be read", ids, "corner review")
    for held in (s for s in waiting if s.holds):
        editors = ", ".join(held.held_by)
        names = ", ".join(map(config.editor_name, held.held_by))
        why = f"{held.id} is on hold by {names}: another editor decides"
        yield f"hold {held.id} {editors}", notice("hold", why, [held.id], f"corner review {held.id}")
    for draft_id, problem in all_lacking(config, known).items():
        yield f"hold {draft_id} {problem.found}", notice("hold", str(problem), [draft_id], f"corner review {draft_id}")
    is_near = slot - now <= dt.timedelta(hours=config.notify.hours_before) and config.site.state == "running"
    if is_near and edition not in served(config, known):
        why = f"nothing is approved for the slot of {calendar.words(slot)}"
        yield f"slot-near {edition}", notice("slot-near", why, ids, "corner status")
    for ready in due(config, known, now) if not config.publish.unattended else ():
        why = f"{ready.id} is approved and due: a person lets it go live"
        yield f"due {ready.id}", notice("due", why, [ready.id], "corner publish")
    for record in known.records:
        if isinstance(record, Skipped) and now - parse_instant(record.at) <= _DAY:
            why = f"edition {record.edition} was skipped: {record.cause}"
            yield f"skipped {record.edition}", notice("skipped", why, [], "corner status")
