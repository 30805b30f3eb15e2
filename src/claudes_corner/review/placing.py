"""Where an entry is to stand: its date, slug and tags, as editors choose and the rules propose them.

Owns proposals and checks. Nothing here touches a word of the text.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from claudes_corner.errors import DecisionError, Problem
from claudes_corner.schedule import Slots
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


def slots(config: Config) -> Slots:
    """Make the newsletter's calendar."""
    return Slots(config.site.timezone, config.schedule.weekday, config.schedule.hour)


def proposed_date(config: Config, standing: Standing, now: dt.datetime) -> dt.datetime:
    """Propose when an entry goes live: at its edition's slot, or now if that is past. In a demo: now."""
    slot = slots(config).at(standing.edition)
    return now if config.demo or slot <= now else slot


def proposed_slug(known: Ledger, draft: Draft) -> str:
    """Propose a path segment from the title; a number is put after it if it is taken."""
    wanted = propose_slug(draft.front.title, draft.front.edition)
    taken = _taken_slugs(known, draft.standing.id)
    return next(slug for n in range(1, len(taken) + 2) if (slug := wanted if n == 1 else f"{wanted}-{n}") not in taken)


def checked_slug(known: Ledger, draft: Draft, wanted: str) -> str:
    """Take the slug that an editor wants, if it is one and free; propose one if none is wanted."""
    if not wanted:
        return proposed_slug(known, draft)
    if not SLUG.fullmatch(wanted):
        raise DecisionError(Problem(f"{wanted!r} is no slug", expected="lower-case letters, digits and single hyphens"))
    if wanted in _taken_slugs(known, draft.standing.id):
        raise DecisionError(Problem(f"the slug {wanted!r} is taken", fix=f"Try {proposed_slug(known, draft)!r}."))
    return wanted


def _taken_slugs(known: Ledger, but: str) -> set[str]:
    """Collect what others stand under, or will if a veto against them is taken back."""
    others = [s for s in known.standings.values() if (s.place == "content" or s.approved_by) and s.id != but]
    return {slug for s in others for slug in (s.slug, *s.aliases)}


def checked_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Take the tags that an editor gives, each once."""
    for tag in tags:
        if not SLUG.fullmatch(tag):
            raise DecisionError(Problem(f"{tag!r} is no tag", expected="lower-case letters, digits and single hyphens"))
    return tuple(dict.fromkeys(tags))
