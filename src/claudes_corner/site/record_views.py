"""What templates get to see of the record as a whole: counts and editions, none of them typed by hand."""

from __future__ import annotations

import datetime as dt

import msgspec

from claudes_corner.site.views import Link


class CountView(msgspec.Struct, frozen=True):
    """A number on the record."""

    what: str
    number: int
    about: str  # what is counted, in a sentence


class OutcomeView(msgspec.Struct, frozen=True):
    """What became of a draft that was asked for."""

    mode_label: str
    became: str
    entry: Link | None  # if it is published


class EditionView(msgspec.Struct, frozen=True):
    """An edition, as the record has it."""

    date: dt.date
    drafts: tuple[OutcomeView, ...]
    skipped: str  # why there was no entry; empty if it was not skipped


class RecordYearView(msgspec.Struct, frozen=True, kw_only=True):
    """A year of editions: in `record.years` of `record.html`, and `year` in `record-year.html`."""

    year: int
    route: str
    asked: int
    published: int
    skipped: int
    editions: tuple[EditionView, ...]  # newest first; empty in `record.years`


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    """`record` in `record.html`: counts of the ledger, none of them typed by hand."""

    counts: tuple[CountView, ...]
    vetoes: tuple[CountView, ...]  # vetoed drafts by criterion
    years: tuple[RecordYearView, ...]  # newest first
    lines: int
    first_at: dt.datetime | None  # of the first line
    last_at: dt.datetime | None
    head: str  # the digest of the last line
