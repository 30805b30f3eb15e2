"""What one editor sees at one moment: lists, the week, one draft with all that bears on a decision.

Owns what the desk's templates are given. A draft's words are in it as plain text only; its HTML stands in frames. What
may be done is what `decisions.py` would take; it checks again when it is done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from claudes_corner.errors import CornerError, DecisionError, Problem
from claudes_corner.letters import letters_about
from claudes_corner.review.acts import possible
from claudes_corner.review.checks import Past, look_at
from claudes_corner.review.desk.access import Visitor
from claudes_corner.review.desk.room import Open
from claudes_corner.review.due import due, is_due, lacking
from claudes_corner.review.placing import served, settle
from claudes_corner.review.reading import lacks_transcript, read_notes, read_shown
from claudes_corner.review.week import Waiting, look, to_read, waiting_of
from claudes_corner.rules import approvals_missing
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.standing import Standing, Verdict
from claudes_corner.text import beginning, word_count
from claudes_corner.workspace import Draft, Workspace

ROWS = 50  # on one page of a list
_RECENT = 6
_SLOTS = 3
_RIVALS = 8
_RECENTLY = {"vetoed", "set-aside", "expired", "published", "withdrawn"}
_COMPARABLE = {"waiting", "approved", *_RECENTLY}


class Summary(msgspec.Struct, frozen=True):
    """What lists tell of a text."""

    title: str  # empty: the author gave none
    words: int
    begins: str = ""  # how a text without a title begins
    problem: str = ""  # why it cannot be read


class Row(msgspec.Struct, frozen=True):
    """A line of a list."""

    standing: Standing
    summary: Summary
    mode: str
    waiting: Waiting | None  # of a draft that waits: its age, and who has judged it


class Shelf:
    """What is known of texts from one request to the next; a text is read again only if its file has changed."""

    def __init__(self) -> None:
        self.past = Past()
        self._known: dict[str, tuple[tuple[object, ...], Summary]] = {}  # by id, with how its file was

    def summary(self, workspace: Workspace, standing: Standing) -> Summary:
        """Tell a text's title and length, or why it cannot be read."""
        path = workspace.folders.text(standing)
        try:
            status = path.stat()
        except OSError:
            return Summary("", 0, problem=f"{workspace.folders.relative(path)} is missing")
        place = (str(path), status.st_ino, status.st_size, status.st_mtime_ns)
        kept = self._known.get(standing.id)
        if kept is None or kept[0] != place:
            kept = self._known[standing.id] = (place, self._read(workspace, standing))
        return kept[1]

    @staticmethod
    def _read(workspace: Workspace, standing: Standing) -> Summary:
        try:
            draft = read_shown(workspace, standing)
        except CornerError as error:
            return Summary("", 0, problem=str(error))
        if draft.front.title_by == "none":
            return Summary("", word_count(draft.text), begins=beginning(draft.text))
        return Summary(draft.front.title, word_count(draft.text))


class View:
    """What an editor sees of a newsletter, as it is on record now."""

    def __init__(self, opened: Open, visitor: Visitor, now: dt.datetime, shelf: Shelf) -> None:
        self.opened = opened
        self.visitor = visitor
        self.workspace = opened.workspace
        self.config = opened.workspace.config
        self.known = opened.workspace.ledger()
        self._now = now
        self._shelf = shelf

    def draft(self, draft_id: str) -> Draft:
        """Read a draft or an entry.

        Raises:
            DecisionError: There is none of that id.
            TextError: It is not what was recorded.
        """
        return read_shown(self.workspace, self.workspace.standing(self.known, draft_id))

    def rows(self, standings: Sequence[Standing]) -> list[Row]:
        """Tell what a list says of drafts."""
        return [self._row(standing) for standing in standings]

    def next_after(self, draft_id: str) -> str:
        """Tell which draft this editor reads next: the next in the list that they have not judged; empty if none."""
        ids = [s.id for s in to_read(self.known) if s.id == draft_id or self.visitor.editor not in s.judges]
        start = ids.index(draft_id) if draft_id in ids else -1
        return next((other for other in (*ids[start + 1 :], *ids) if other != draft_id), "")

    def week(self) -> dict[str, Any]:
        """Tell what `week.html` shows."""
        waiting = to_read(self.known)
        groups: dict[str, list[Row]] = {}
        for standing in waiting[:ROWS]:
            groups.setdefault(standing.edition, []).append(self._row(standing))
        coming = [s for s in self.known.having("approved") if not is_due(self.config, s, self._now)]
        coming.sort(key=lambda standing: standing.date)
        held = [s.id for s in waiting if s.holds and self.visitor.editor not in s.judges]
        return {
            "status": look(self.workspace, self._now),
            "next_id": held[0] if held else self.next_after(""),
            "editions": list(groups.items()),
            "waiting": len(waiting),
            "is_more": len(waiting) > ROWS,
            "due": self.rows(due(self.config, self.known, self._now)),
            "approved": self.rows(coming),
            "slots": self._slots(),
            "recent": self.rows(self._recent()),
        }

    def deciding(self, draft: Draft) -> dict[str, Any]:
        """Tell what `draft.html` shows of a draft."""
        standing, known = draft.standing, self.known
        ids = ["", *(s.id for s in to_read(known)), ""]
        here = ids.index(standing.id) if standing.id in ids else 0
        edition, chosen = known.of(standing.edition), known.chosen.get(standing.edition)
        place = settle(self.config, known, draft, self._now)
        self._shelf.past.follow(self.workspace, known)
        is_served = any(s.status in {"approved", "published"} for s in edition)
        is_ahead = standing.date > render_instant(self._now)
        counting, holds = standing.approved_among(self.config.editors), len(standing.holds)
        slot_of = self.config.slots.edition(place.date)
        sharing = served(self.config, known).get(slot_of, ()) if place.date == self.config.slots.at(slot_of) else ()
        return {
            "draft": draft,
            "mode": self.config.mode_label(standing.mode),
            "words": word_count(draft.text),
            "may": (may := possible(self.config, standing, self.visitor.editor, self._now)),
            "is_decided": may <= {"change", "withdraw"},  # what may be done with an entry is no verdict on its text
            "seen": known.about(standing.id)[-1].seq,
            "typed_date": self.config.slots.typed(parse_instant(standing.date)) if standing.date else "",
            "place": place,
            "lacking": (lack := lacking(self.config, standing)),
            "comes": "Goes live on" if is_ahead else "Was to go live on" if lack else "Due since",
            "sharing": [s.id for s in sharing if s.id != standing.id],  # they have the edition already
            "counting": counting,  # those whose approval does
            # One at least: if fewer are needed than when it was judged, that counts from the next verdict on.
            "approvals": max(1, approvals_missing(len(counting), holds, approvals_needed=self.config.review.approvals)),
            "vetoes": max(1, self.config.vetoes - holds),
            "date": self.config.slots.typed(place.date) if place.taken else "",  # empty: the usual date can be had
            "next_day": self.config.slots.edition(self._now),
            "reason": "another draft of this edition was chosen" if is_served else "",  # for setting it aside
            "criteria": self.config.review.criteria,
            "checks": look_at(draft, known, self._shelf.past),
            "lacks_transcript": lacks_transcript(self.workspace, standing),
            "notes": read_notes(self.workspace, standing.id),
            "letters": letters_about(self.workspace.folders, known, standing.id),
            "chosen_among": len(chosen.among) if chosen and chosen.id == standing.id else 0,
            "rivals": self.rows([s for s in edition if s.id != standing.id][:_RIVALS]),
            "before": ids[here - 1] if here else "",
            "after": ids[here + 1] if here else "",
        }

    def compared(self, draft_ids: Sequence[str]) -> dict[str, Any]:
        """Tell what `compare.html` shows.

        Raises:
            DecisionError: They are no two drafts, or of several editions.
        """
        standings = [self.workspace.standing(self.known, draft_id) for draft_id in dict.fromkeys(draft_ids)]
        editions = {standing.edition for standing in standings}
        if len(standings) < 2 or len(editions) > 1 or not {s.status for s in standings} <= _COMPARABLE:  # noqa: PLR2004
            found, expected = ", ".join(s.id for s in standings) or "none", "two or more drafts of one edition"
            raise DecisionError(Problem("these cannot be compared", expected=expected, found=found))
        return {"rows": self.rows(standings), "edition": standings[0].edition}

    def placed(self, draft: Draft) -> Draft:
        """Place a draft where it stands, or would stand if this editor let it through now."""
        standing = draft.standing
        if standing.place == "content":
            return draft
        place, now = settle(self.config, self.known, draft, self._now), render_instant(self._now)
        verdicts, editor = standing.verdicts, self.visitor.editor
        if editor not in standing.approved_by:
            verdicts = (*(one for one in verdicts if one.editor != editor), Verdict(editor, approves=True))
        fields = {"slug": place.slug, "tags": place.tags, "date": render_instant(place.date), "approved_at": now}
        placed = msgspec.structs.replace(standing, **fields, verdicts=verdicts)
        return msgspec.structs.replace(draft, standing=placed)

    def _row(self, standing: Standing) -> Row:
        summary = self._shelf.summary(self.workspace, standing)
        is_waiting = standing.status == "waiting"
        age = waiting_of(self.config, self.known, standing, self._now) if is_waiting else None
        return Row(standing, summary, self.config.mode_label(standing.mode), age)

    def _slots(self) -> list[tuple[dt.datetime, list[Row]]]:
        """List the slots to come, each with the entries that its edition has, whenever they appear."""
        calendar, taken = self.config.slots, served(self.config, self.known)
        first = calendar.edition(self._now)
        editions = [calendar.weeks_on(first, weeks) for weeks in range(_SLOTS)]
        return [(calendar.at(edition), self.rows(taken.get(edition, ()))) for edition in editions]

    def _recent(self) -> list[Standing]:
        """List what was last decided and no longer waits, newest first."""
        found: dict[str, Standing] = {}
        for record in reversed(self.known.records):
            standing = self.known.standings.get(record.id or "")
            if standing and standing.status in _RECENTLY:
                found.setdefault(standing.id, standing)
            if len(found) == _RECENT:
                break
        return list(found.values())
