"""The plan: what must be rendered again and why, and what must go. A pure function.

Owns staleness. A page is stale if an input's digest differs from the last build's, or its file is not as that build
left it. Whoever does not know must render: an unknown fact is a stale one. Pages that are promised together are looked
at one by one only if something about them has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from claudes_corner.errors import BuildError, Problem
from claudes_corner.site.memory import Bundle, Kept
from claudes_corner.site.page import Order, Page, Promises, fingerprint

ALONE = ""  # the bundle of pages that are promised one by one
_DIGITS = 8  # of each input's digest, to say which one changed; whether one did, a digest of them all says


class Stale(msgspec.Struct, frozen=True):
    """A page that must be rendered, and why; of what it is made of, no more than is remembered: there may be many."""

    path: str
    order: Order
    render: Callable[[], bytes]
    why: str
    key: bytes  # see `memory.Kept`
    inputs: bytes


class Plan(msgspec.Struct, frozen=True):
    """What a build has to do."""

    stale: tuple[Stale, ...]
    fresh: tuple[str, ...]  # paths that stay as they are
    removed: tuple[str, ...]  # paths that the last build wrote and this site no longer has
    whole: dict[str, Bundle]  # what was not even opened
    opened: dict[str, tuple[bytes, list[str]]]  # the others: key and paths

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
    opened: dict[str, tuple[bytes, list[str]]] = {}
    alone: list[Page] = []
    stale: list[Stale] = []
    fresh: list[str] = []

    def look(name: str, key: bytes, pages: Iterable[Page]) -> None:
        """Look at pages one by one."""
        facts = {kept.path: kept for kept in known[name].files} if name in known else {}
        opened[name] = key, (paths := [])
        for page in pages:
            paths.append(page.path)
            why = damage.get(page.path) or _why(page, facts.get(page.path), exists)
            if why:
                stale.append(Stale(page.path, page.order, page.render, why, _key(page), _digits(page)))
            else:
                fresh.append(page.path)

    for one in promised:
        if isinstance(one, Page):
            alone.append(one)
        elif (bundle := known.get(one.name)) and bundle.key == one.key and not _is_damaged(bundle, damage):
            whole[one.name] = bundle
            fresh += [kept.path for kept in bundle.files]
        else:
            look(one.name, one.key, one.pages())
    look(ALONE, b"", alone)
    if len(there := {*fresh, *(one.path for one in stale)}) < len(fresh) + len(stale):
        raise BuildError(*_collisions(whole, opened, alone))
    return Plan(tuple(stale), tuple(fresh), tuple(sorted(set(owned) - there)), whole, opened)


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


def _collisions(
    whole: Mapping[str, Bundle], opened: Mapping[str, tuple[bytes, list[str]]], alone: Iterable[Page]
) -> list[Problem]:
    """Name all that want one place."""
    claims = [(kept.path, name) for name, bundle in whole.items() for kept in bundle.files]
    claims += [(path, name) for name, (_, paths) in opened.items() if name != ALONE for path in paths]
    claims += [(page.path, page.inputs[0].name if page.inputs else page.path) for page in alone]
    rivals: dict[str, list[str]] = {}
    for path, name in claims:
        rivals.setdefault(path, []).append(name)
    return [
        Problem(f"{len(names)} pages want this place", path, found="; ".join(names), fix="Rename one of them.")
        for path, names in rivals.items()
        if len(names) > 1
    ]
