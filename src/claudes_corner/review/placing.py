"""Where an entry is to stand: its date, slug and tags, as editors choose and the rules propose them.

Owns proposals and checks. Nothing here touches a word of the text.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from claudes_corner.errors import DecisionError, Problem
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import SLUG, propose_slug
from claudes_corner.workspace import Draft


class Placing(msgspec.Struct, frozen=True):
    """Where an editor wants an entry to stand. It says nothing about its words."""

    date: dt.datetime | None = None  # None: the slot of the draft's edition
    slug: str = ""  # empty: from the title
    tags: tuple[str, ...] = ()


ANYWHERE = Placing()


def proposed_date(config: Config, standing: Standing, now: dt.datetime) -> dt.datetime:
    """Propose when an entry goes live: at its edition's slot, or now if that is past. In a demo: now."""
    slot = config.slots.at(standing.edition)
    return now if config.demo or slot <= now else slot


def agreed_date(config: Config, known: Ledger, standing: Standing, now: dt.datetime) -> dt.datetime:
    """Tell when an entry goes live if its editor does not say: as another editor has, else as the rules propose.

    Raises:
        DecisionError: It would share its slot with another entry, and nobody has said that it should.
    """
    if standing.approved_by and parse_instant(standing.date) > now:
        return parse_instant(standing.date)
    date = proposed_date(config, standing, now)
    other = slot_taken(known, date, standing.id)
    if other is None or date == now:
        return date
    free = render_instant(free_slot(config, known, standing, now))
    fix = f"Set one of them aside, take the next free slot (--date {free}), or let them share (--date {other.date})."
    raise DecisionError(Problem(f"the slot of {other.date} is taken", found=other.id, fix=fix))


def offered_date(
    config: Config, known: Ledger, standing: Standing, now: dt.datetime
) -> tuple[dt.datetime, Problem | None]:
    """Propose a date that may be had: the usual one, or else the next free slot, and why."""
    try:
        return agreed_date(config, known, standing, now), None
    except DecisionError as error:
        return free_slot(config, known, standing, now), error.problems[0]


def parse_placing(config: Config, date: str, slug: str, tags: str) -> Placing:
    """Read what an editor types; what is left empty is as the rules propose.

    A date is a local day (then the slot's hour counts) or an RFC 3339 instant; tags have spaces or commas between them.

    Raises:
        DecisionError: The date is none.
    """
    try:
        when = config.slots.parse(date.strip()) if date.strip() else None
    except (ValueError, OverflowError):
        expected = "2026-11-25 or 2026-11-25T09:00:00Z"
        raise DecisionError(Problem(f"{date.strip()!r} is no date", expected=expected)) from None
    return Placing(when, slug.strip(), tuple(tags.replace(",", " ").split()))


def slot_taken(known: Ledger, date: dt.datetime, but: str) -> Standing | None:
    """Find the entry, approved or published, that goes live at an instant."""
    wanted, live = render_instant(date), {"approved", "published"}
    return next((s for s in known.standings.values() if s.date == wanted and s.status in live and s.id != but), None)


def free_slot(config: Config, known: Ledger, standing: Standing, now: dt.datetime) -> dt.datetime:
    """Find the first slot from the proposed one on that no other entry has."""
    date = proposed_date(config, standing, now)
    while date != now and slot_taken(known, date, standing.id):
        date = config.slots.at(config.slots.edition(date + dt.timedelta(seconds=1)))
    return date


def agreed_placing(known: Ledger, draft: Draft, placing: Placing) -> tuple[str, tuple[str, ...]]:
    """Tell slug and tags: as the editor wants, else as an approval that stands has them, else as the rules propose.

    Raises:
        DecisionError: What the editor wants is taken, or cannot be.
    """
    standing = draft.standing
    earlier = standing.slug if standing.approved_by and standing.slug not in _taken_slugs(known, standing.id) else ""
    wanted = placing.slug or earlier
    slug = free_slug(known, wanted, standing.id) if wanted else _proposed_slug(known, draft)
    return slug, checked_tags(placing.tags or (standing.tags if standing.approved_by else ()))


def misplaced(standing: Standing, placing: Placing) -> tuple[str, str, str] | None:
    """Find what an editor wants that is not so already: its name, what is wanted, and what is. None: all is so."""
    places = {
        "date": (render_instant(placing.date) if placing.date else "", standing.date),
        "slug": (placing.slug, standing.slug),
        "tags": (", ".join(dict.fromkeys(placing.tags)), ", ".join(standing.tags)),
    }
    return next(((name, wanted, found) for name, (wanted, found) in places.items() if wanted not in {"", found}), None)


def _proposed_slug(known: Ledger, draft: Draft) -> str:
    """Propose a path segment from the title; a number is put after it if it is taken."""
    wanted = propose_slug(draft.front.title, draft.front.edition)
    taken = _taken_slugs(known, draft.standing.id)
    return next(slug for n in range(1, len(taken) + 2) if (slug := wanted if n == 1 else f"{wanted}-{n}") not in taken)


def free_slug(known: Ledger, wanted: str, but: str) -> str:
    """Take a slug if it is one, and no other entry has or had it."""
    if not SLUG.fullmatch(wanted):
        raise DecisionError(Problem(f"{wanted!r} is no slug", expected="lower-case letters, digits and single hyphens"))
    taken = _taken_slugs(known, but)
    if wanted in taken:
        free = next(slug for n in range(2, len(taken) + 3) if (slug := f"{wanted}-{n}") not in taken)
        raise DecisionError(Problem(f"the slug {wanted!r} is taken", fix=f"Try {free!r}."))
    return wanted


def _taken_slugs(known: Ledger, but: str) -> set[str]:
    """Collect what others stand under, or will if a veto against them is taken back."""
    others = [s for s in known.standings.values() if (s.holds_address or s.approved_by) and s.id != but]
    return {slug for s in others for slug in (s.slug, *s.aliases)}


def checked_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Take the tags that an editor gives, each once."""
    for tag in tags:
        if not SLUG.fullmatch(tag):
            raise DecisionError(Problem(f"{tag!r} is no tag", expected="lower-case letters, digits and single hyphens"))
    return tuple(dict.fromkeys(tags))
