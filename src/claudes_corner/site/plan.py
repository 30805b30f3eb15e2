"""The plan: what must be rendered again and why, and what must go. A pure function.

Owns staleness. A page is stale if an input's digest differs from the last build's, or its file is not as that build
left it. Whoever does not know must render: an unknown fact is a stale one. Pages that are promised together are looked
at one by one only if something about them has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from claudes_corner.errors import BuildError, Problem
from claudes_corner.site.memory import Bundle, Done, Kept
from claudes_corner.site.page import Page, Promises, fingerprint

ALONE = ""  # the bundle of pages that are promised one by one
_DIGITS = 8  # of each input's digest, to say which one changed; whether one did, a digest of them all says


class Stale(msgspec.Struct, frozen=True):
    """A page that must be rendered, and why."""

    page: Page
    why: str


class Plan(msgspec.Struct, frozen=True):
    """What a build has to do."""

    stale: tuple[Stale, ...]
    fresh: tuple[str, ...]  # paths that stay as they are
    removed: tuple[str, ...]  # paths that the last build wrote and this site no longer has
    whole: dict[str, Bundle]  # what was not even opened
    opened: dict[str, tuple[bytes, list[Page]]]  # the others: key and pages

    @property
    def size(self) -> int:
        """How many files the site has."""
        return len(self.fresh) + len(self.stale)


def make_plan(
    promised: Iterable[Page | Promises],
    known: Mapping[str, Bundle],
    damage: Mapping[str, str],
    exists: Callable[[str], bool],
    owned: Iterable[str],
) -> Plan:
    """Compare the pages there are to be with what the last build left.

    Args:
        promised: All pages of the site.
        known: What the last build knew; empty for a full build.
        damage: Paths whose files are not as it left them, and what is wrong with them.
        exists: Answers whether a file is there, of which nothing is known.
        owned: The paths that earlier builds wrote.

    Raises:
        BuildError: Two pages want the same path; all of them are named.
    """
    whole: dict[str, Bundle] = {}
    opened: dict[str, tuple[bytes, list[Page]]] = {}
    alone: list[Page] = []
    for one in promised:
        if isinstance(one, Page):
            alone.append(one)
        elif (bundle := known.get(one.name)) and bundle.key == one.key and not _is_damaged(bundle, damage):
            whole[one.name] = bundle
        else:
            opened[one.name] = (one.key, list(one.pages()))
    opened[ALONE] = (b"", alone)
    stale, fresh = [], [kept.path for bundle in whole.values() for kept in bundle.files]
    for name, (_, pages) in opened.items():
        facts = {kept.path: kept for kept in known[name].files} if name in known else {}
        for page in pages:
            why = damage.get(page.path) or _why(page, facts.get(page.path), exists)
            if why:
                stale.append(Stale(page, why))
            else:
                fresh.append(page.path)
    plan = Plan(tuple(stale), tuple(fresh), (), whole, opened)
    if len(there := {*fresh, *(one.page.path for one in stale)}) < plan.size:
        raise BuildError(*_collisions(plan))
    return msgspec.structs.replace(plan, removed=tuple(sorted(set(owned) - there)))


def remembered(page: Page, done: Done) -> Kept:
    """Write down what a page was made of and what its file is, as the next build compares them."""
    return done.kept(_key(page), _digits(page))


def _digits(page: Page) -> bytes:
    return b"".join([made_of.digest[-_DIGITS:].rjust(_DIGITS).encode() for made_of in page.inputs])


def _is_damaged(bundle: Bundle, damage: Mapping[str, str]) -> bool:
    return bool(damage) and any(kept.path in damage for kept in bundle.files)


def _key(page: Page) -> bytes:
    return fingerprint(page.inputs)


def _why(page: Page, kept: Kept | None, exists: Callable[[str], bool]) -> str:
    """Say why a page is stale, in a sentence; an empty string if it is not."""
    if kept is None:
        return "nothing is known about how it was built" if exists(page.path) else "it was never built"
    if kept.key == _key(page):
        return ""
    now = _digits(page)
    if len(now) != len(kept.inputs):
        return "it is made of other things than before"
    places = range(0, len(now), _DIGITS)
    changed = [place // _DIGITS for place in places if now[place : place + _DIGITS] != kept.inputs[place:][:_DIGITS]]
    if not changed:
        return "it is made of other things than before"
    first = page.inputs[changed[0]]
    return f"{first.kind}: {first.name} changed" + (f", and {len(changed) - 1} more" if changed[1:] else "")


def _collisions(plan: Plan) -> list[Problem]:
    """Name all that want one place."""
    rivals: dict[str, list[str]] = {}
    for name, bundle in plan.whole.items():
        for kept in bundle.files:
            rivals.setdefault(kept.path, []).append(name)
    for _, pages in plan.opened.values():
        for page in pages:
            rivals.setdefault(page.path, []).append(page.inputs[0].name if page.inputs else page.path)
    return [
        Problem(f"{len(names)} pages want this place", path, found="; ".join(names), fix="Rename one of them.")
        for path, names in rivals.items()
        if len(names) > 1
    ]
