"""Where an entry is to stand: its date, slug and tags, as editors choose and the rules propose them.

Owns proposals and checks. Nothing here touches a word of the text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from itertools import count
from typing import NamedTuple

import msgspec

from claudes_corner.errors import DecisionError, Problem, UsageError
from claudes_corner.schedule import YEARS, parse_instant, render_day, render_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import MAX_SLUG_CHARACTERS, SLUG, propose_slug
from claudes_corner.workspace import Draft

MAX_TAGS = 50  # that an editor may give an entry: each is a page
_DAY, _YEAR = dt.timedelta(days=1), dt.timedelta(days=366)


class Placing(msgspec.Struct, frozen=True):
    """Where an editor wants an entry to stand. What is left open is as it was, or as the rules propose."""

    date: dt.datetime | None = None
    slug: str = ""
    tags: tuple[str, ...] | None = None  # (): none


class Place(NamedTuple):
    """Where an entry stands once it is approved."""

    date: dt.datetime
    slug: str
    tags: tuple[str, ...]
    taken: Problem | None  # why `date` is not the usual one: another entry has that slot


ANYWHERE = Placing()


def settle(config: Config, known: Ledger, draft: Draft, now: dt.datetime, wanted: Placing = ANYWHERE) -> Place:
    """Tell where a draft would stand: as its editor wants, else as an approval that stands has it, else by the rules.

    Raises:
        DecisionError: The slug is taken, or slug or tags cannot be.
    """
    standing = draft.standing
    slugs = known.taken(standing.id)
    earlier = standing.slug if standing.approved_by and standing.slug not in slugs else ""
    if slug := wanted.slug or earlier:
        must_be_free(known, slug, standing.id)
    else:
        slug = _first_free(propose_slug(draft.front.title, draft.front.edition), slugs)
    earlier_tags = standing.tags if standing.approved_by else ()
    tags = earlier_tags if wanted.tags is None else checked_tags(wanted.tags)
    date, taken = (wanted.date, None) if wanted.date else _usual_date(config, known, standing, now)
    return Place(date, slug, tags, taken)


def _usual_date(
    config: Config, known: Ledger, standing: Standing, now: dt.datetime
) -> tuple[dt.datetime, Problem | None]:
    """Tell when an entry goes live: as an editor has said, at its edition's slot, or now if that is past or in a demo.

    If another entry has the slot: at the next free one, and why.
    """
    if standing.approved_by and parse_instant(standing.date) > now:
        return parse_instant(standing.date), None
    slot = config.slots.at(standing.edition)
    if config.demo or slot <= now:
        return now, None
    live = known.having("approved", "published")
    entries = {entry.date: entry.id for entry in reversed(live) if entry.id != standing.id}
    if render_instant(slot) not in entries:
        return slot, None
    taken, edition = served(config, known), config.slots.edition(slot + dt.timedelta(seconds=1))
    while edition in taken:
        edition = config.slots.weeks_on(edition, 1)
    date = config.slots.at(edition)
    own, free = standing.edition, config.slots.typed(date)
    fix = f"Set one of them aside, take the next free slot (--date {free}), or let them share (--date {own})."
    return date, Problem(
        f"the slot of {config.slots.words(slot)} is taken", found=entries[render_instant(slot)], fix=fix
    )


def served(config: Config, known: Ledger) -> dict[str, list[Standing]]:
    """Tell which editions have entries, and which: written for them, or appearing in their week."""
    calendar, found = config.slots, dict[str, list[Standing]]()
    for entry in known.having("approved", "published", "withdrawn"):
        date = parse_instant(entry.date)
        following = calendar.edition(date)
        appears = following if calendar.at(following) == date else calendar.weeks_on(following, -1)
        for edition in {entry.edition, appears}:
            found.setdefault(edition, []).append(entry)
    return found


def parse_placing(config: Config, form: Mapping[str, str]) -> Placing:
    """Read what an editor types; see `parse_date`. Tags have spaces or commas between them; a blank is none."""
    date, slug, tags = parse_date(config, form.get("date", "")), form.get("slug", "").strip(), form.get("tags")
    return Placing(date, slug, None if tags is None else tuple(tags.replace(",", " ").split()))


def parse_date(config: Config, date: str) -> dt.datetime | None:
    """Read a local day (then the slot's hour counts), one with an hour, or an RFC 3339 instant; None: nothing is said.

    Raises:
        UsageError: It is none of them, or of a year that does not count.
    """
    said = date.strip()
    try:
        return config.slots.parse(said) if said else None
    except ValueError:
        expected = f"a day such as 2026-11-25, or with its hour, such as 2026-11-25 18:30, {YEARS}"
        raise UsageError(Problem(f"{said!r} is no date", expected=expected)) from None


def doubt(config: Config, date: dt.datetime | None, now: dt.datetime) -> str:
    """Say why a date that somebody gives is asked about before it counts; empty if it is not.

    What is live cannot be taken back, and a wrong year is soon typed. Nothing is refused for that.
    """
    if date is None or -_DAY <= date - now <= _YEAR:
        return ""
    day = render_day(config.slots.day(date))
    return (
        f"{day} has passed: it would go live as soon as it is approved"
        if date < now
        else f"{day} is more than a year ahead"
    )


def misplaced(standing: Standing, wanted: Placing) -> tuple[str, str, str] | None:
    """Find what an editor wants that is not so already: its name, what is wanted, and what is. None: all is so."""
    places = {
        "date": (render_instant(wanted.date) if wanted.date else None, standing.date),
        "slug": (wanted.slug or None, standing.slug),
        "tags": (None if wanted.tags is None else ", ".join(dict.fromkeys(wanted.tags)), ", ".join(standing.tags)),
    }
    return next(((name, wish, found) for name, (wish, found) in places.items() if wish not in {None, found}), None)


def must_be_free(known: Ledger, slug: str, but: str) -> None:
    """Refuse a slug that is none, or that another entry has or had.

    Raises:
        DecisionError: With one that is free.
    """
    _must_be_segment("slug", slug)
    if slug in (taken := known.taken(but)):
        free = _first_free(slug[: MAX_SLUG_CHARACTERS - len("-999")].rstrip("-"), taken)
        raise DecisionError(Problem(f"the slug {slug!r} is taken", fix=f"Try {free!r}."))


def checked_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Take the tags that an editor gives, each once; what is on record already may be more, and longer.

    Raises:
        DecisionError: One is none, or they are too many.
    """
    for tag in (found := tuple(dict.fromkeys(tags))):
        _must_be_segment("tag", tag)
    if len(found) > MAX_TAGS:
        counts = f"at most {MAX_TAGS}", f"{len(found):,}"
        raise DecisionError(Problem("too many tags", "", *counts, "Choose among them."))
    return found


def _must_be_segment(kind: str, word: str) -> None:
    """Refuse what no path can have; what is on record already may be longer."""
    if not SLUG.fullmatch(word):
        raise DecisionError(Problem(f"{word!r} is no {kind}", expected="lower-case letters, digits and single hyphens"))
    if len(word) > MAX_SLUG_CHARACTERS:
        counts = f"at most {MAX_SLUG_CHARACTERS} characters", f"{len(word):,}"
        raise DecisionError(Problem(f"the {kind} is too long", "", *counts, f"Choose a shorter {kind}."))


def _first_free(slug: str, taken: Collection[str]) -> str:
    """Put a number after a slug if it is taken."""
    return next(free for n in count(1) if (free := slug if n == 1 else f"{slug}-{n}") not in taken)
