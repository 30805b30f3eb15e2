"""How things stand for one editor at one moment: the week, the order of reading, one draft, what may be done with it.

Owns the making of views. What may be done is what `decisions.py` would take; it checks again when it is done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from claudes_corner.errors import DecisionError, Problem
from claudes_corner.folders import entry_front
from claudes_corner.front import EntryFront
from claudes_corner.letters import letters_about
from claudes_corner.review.acts import possible
from claudes_corner.review.checks import Past, look_at
from claudes_corner.review.decisions import due
from claudes_corner.review.desk.views import DraftView, Row, Shelf, Slot, WeekView
from claudes_corner.review.placing import settle
from claudes_corner.review.reading import read_any, read_notes
from claudes_corner.review.week import look, to_read, waiting_of
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import word_count
from claudes_corner.workspace import Draft, Workspace

ROWS = 50  # on one page of a list
_RECENT = 6
_SLOTS = 3
_RIVALS = 8
_COMPARABLE = {"waiting", "approved", "vetoed", "set-aside", "expired", "published"}


class Looking:
    """Makes the views of one newsletter at one moment."""

    def __init__(self, workspace: Workspace, known: Ledger, now: dt.datetime, editor: str, shelf: Shelf) -> None:
        self._workspace = workspace
        self._config: Config = workspace.config
        self._known = known
        self._now = now
        self._editor = editor
        self._shelf = shelf
        self._slots = self._config.slots

    def next_after(self, draft_id: str) -> str:
        """Tell which draft this editor reads next: the next in the list that they have not judged; empty if none."""
        ids = [s.id for s in to_read(self._known) if s.id == draft_id or self._editor not in _judges(s)]
        start = ids.index(draft_id) if draft_id in ids else -1
        return next((other for other in (*ids[start + 1 :], *ids) if other != draft_id), "")

    def week(self) -> WeekView:
        """Show the week."""
        status = look(self._workspace, self._now)
        queue = to_read(self._known)
        groups: dict[str, list[Row]] = {}
        for standing in queue[:ROWS]:
            groups.setdefault(standing.edition, []).append(self._row(standing))
        ready = due(self._known, self._now)
        coming = [self._known.standings[c.id] for c in status.approved if self._known.standings[c.id] not in ready]
        held = [s.id for s in queue if s.holds and self._editor not in _judges(s)]
        return WeekView(
            status=status,
            next_id=(held or [self.next_after("")])[0],
            editions=tuple((edition, tuple(rows)) for edition, rows in groups.items()),
            waiting=len(queue),
            due=tuple(map(self._row, ready)),
            approved=tuple(map(self._row, coming)),
            slots=tuple(self._next_slots(coming)),
            recent=tuple(map(self._row, self._recent())),
        )

    def rows(self, standings: Sequence[Standing]) -> tuple[Row, ...]:
        """Show drafts in a list."""
        return tuple(map(self._row, standings))

    def draft(self, standing: Standing, past: Past) -> DraftView:
        """Show one draft.

        Raises:
            TextError: It is not what was recorded.
        """
        draft = read_any(self._workspace, standing)
        place = settle(self._config, self._known, draft, self._now)
        ids = [s.id for s in to_read(self._known)]
        here = ids.index(standing.id) if standing.id in ids else -1
        past.follow(self._workspace, self._known)
        chosen = self._known.chosen.get(standing.edition)
        is_served = any(s.status in {"approved", "published"} for s in self._known.of(standing.edition))
        return DraftView(
            draft=draft,
            mode=self._config.mode_label(standing.mode),
            words=word_count(draft.text),
            may=possible(self._known, standing, self._editor, self._now),
            date=self._typed(place.date) if place.taken else "",
            place=place,
            reason="another draft of this edition was chosen" if is_served else "",
            criteria=self._config.review.criteria,
            checks=look_at(draft, self._known, past),
            notes=read_notes(self._workspace, standing.id),
            letters=letters_about(self._workspace.folders, self._known, standing.id),
            chosen_among=len(chosen.among) if chosen and chosen.id == standing.id else 0,
            rivals=self.rows([s for s in self._known.of(standing.edition) if s.id != standing.id][:_RIVALS]),
            before=ids[here - 1] if here > 0 else "",
            after=ids[here + 1] if 0 <= here < len(ids) - 1 else "",
        )

    def front(self, draft: Draft) -> EntryFront:
        """Tell the front matter that a draft has, or would have if this editor let it through now."""
        standing = draft.standing
        if standing.place == "content":
            return entry_front(draft.front, standing)
        place = settle(self._config, self._known, draft, self._now)
        date, approved_at = render_instant(place.date), render_instant(self._now)
        placed = msgspec.structs.replace(standing, slug=place.slug, tags=place.tags, date=date, approved_at=approved_at)
        judges = dict.fromkeys((*standing.approved_by, self._editor))
        return msgspec.structs.replace(entry_front(draft.front, placed), approved_by=tuple(judges))

    def _row(self, standing: Standing) -> Row:
        summary = self._shelf.summary(self._workspace, standing)
        is_waiting = standing.status == "waiting"
        age = waiting_of(self._workspace, self._known, standing, self._now) if is_waiting else None
        return Row(standing, summary, self._config.mode_label(standing.mode), age)

    def _typed(self, when: dt.datetime) -> str:
        """Write an instant as an editor would: as a day, if it is that day's slot."""
        day = when.astimezone(ZoneInfo(self._config.site.timezone)).date().isoformat()
        return day if self._slots.at(day) == when else render_instant(when)

    def _next_slots(self, coming: Sequence[Standing]) -> list[Slot]:
        found: list[Slot] = []
        edition = self._slots.edition(self._now)
        for _ in range(_SLOTS):
            at = self._slots.at(edition)
            found.append(Slot(at, self.rows([s for s in coming if parse_instant(s.date) == at])))
            edition = self._slots.edition(at + dt.timedelta(seconds=1))
        return found

    def _recent(self) -> list[Standing]:
        """List what was last decided and no longer waits, newest first."""
        found: dict[str, None] = {}
        for record in reversed(self._known.records):
            standing = self._known.standings.get(record.id or "")
            if standing and standing.status in _COMPARABLE - {"waiting", "approved"}:
                found.setdefault(standing.id)
            if len(found) == _RECENT:
                break
        return [self._known.standings[draft_id] for draft_id in found]


def must_compare(standings: Sequence[Standing]) -> None:
    """Refuse to set texts side by side that are none, or of several editions.

    Raises:
        DecisionError: With what was asked for.
    """
    editions = sorted({standing.edition for standing in standings})
    if len(standings) < 2 or len(editions) != 1 or not {s.status for s in standings} <= _COMPARABLE:  # noqa: PLR2004
        found = ", ".join(s.id for s in standings) or "none"
        expected = "two or more drafts of one edition"
        raise DecisionError(Problem("these cannot be compared", expected=expected, found=found))


def _judges(standing: Standing) -> set[str]:
    return {verdict.editor for verdict in standing.verdicts}
