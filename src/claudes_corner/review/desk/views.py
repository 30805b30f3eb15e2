"""What the desk's templates see: rows of lists, and one draft with all that bears on a decision.

Owns the making of these values. A draft's words are in them as plain text only; its HTML stands in frames. Decides
nothing.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec

from claudes_corner.errors import CornerError
from claudes_corner.letters import Letter
from claudes_corner.review.checks import Check
from claudes_corner.review.placing import Place
from claudes_corner.review.reading import read_any
from claudes_corner.review.week import Status, Waiting
from claudes_corner.schedule import parse_instant
from claudes_corner.settings import Criterion
from claudes_corner.standing import Standing
from claudes_corner.text import word_count
from claudes_corner.workspace import Draft, Workspace

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Summary(msgspec.Struct, frozen=True):
    """What lists tell of a text."""

    title: str  # empty: the author gave none
    words: int
    problem: str = ""  # why it cannot be read


class Row(msgspec.Struct, frozen=True):
    """A line of a list."""

    standing: Standing
    summary: Summary
    mode: str
    waiting: Waiting | None  # of a draft that waits: its age, and who has judged it


class Slot(msgspec.Struct, frozen=True):
    """A slot to come, and what is to stand in it."""

    at: dt.datetime
    rows: tuple[Row, ...]


class WeekView(msgspec.Struct, frozen=True, kw_only=True):
    """The week at a glance."""

    status: Status
    next_id: str  # the draft to read next; empty if none waits
    editions: tuple[tuple[str, tuple[Row, ...]], ...]  # of the drafts that wait: the first of them, by edition
    waiting: int
    due: tuple[Row, ...]
    approved: tuple[Row, ...]  # those to come
    slots: tuple[Slot, ...]
    recent: tuple[Row, ...]  # last decided


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """One draft, with all that bears on a decision."""

    draft: Draft
    mode: str
    words: int
    may: frozenset[str]  # what this editor may do now
    date: str  # to be typed into the form: empty if the usual date can be had
    place: Place  # where it stands if nothing else is said
    reason: str  # proposed for setting it aside
    criteria: tuple[Criterion, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    letters: tuple[Letter, ...]  # about it, to the author and from it, oldest first
    chosen_among: int  # of so many drafts the author chose this one; 0: it did not
    rivals: tuple[Row, ...]  # other drafts of its edition
    before: str  # the draft before it in the list of those that wait
    after: str


class Shelf:
    """What lists tell of texts, read again only if their files have changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[object, ...], Summary]] = {}  # by id, with how its file was

    def summary(self, workspace: Workspace, standing: Standing) -> Summary:
        """Tell a text's title and length, or why it cannot be read."""
        path = workspace.folders.text(standing)
        try:
            status = path.stat()
        except OSError:
            return Summary("", 0, f"{workspace.folders.relative(path)} is missing")
        place = (str(path), status.st_ino, status.st_size, status.st_mtime_ns)
        kept = self._known.get(standing.id)
        if kept is None or kept[0] != place:
            kept = self._known[standing.id] = (place, self._read(workspace, standing))
        return kept[1]

    @staticmethod
    def _read(workspace: Workspace, standing: Standing) -> Summary:
        try:
            draft = read_any(workspace, standing)
        except CornerError as error:
            return Summary("", 0, str(error))
        title = "" if draft.front.title_by == "none" else draft.front.title
        return Summary(title, word_count(draft.text))


def when(instant: str | dt.datetime, zone: str) -> str:
    """Write an instant in the newsletter's time zone: `Wed 25 Nov 2026, 09:00`. By hand: no locale is asked."""
    utc = parse_instant(instant) if isinstance(instant, str) else instant
    local = utc.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def day(edition: str) -> str:
    """Write an edition's date: `Wed 25 Nov 2026`."""
    date = dt.date.fromisoformat(edition)
    return f"{_DAYS[date.weekday()]} {date.day} {_MONTHS[date.month - 1]} {date.year}"
