"""The plan: what must be rendered again and why, and what must go. A pure function.

Owns staleness. A page is stale if an input's digest differs from the last build's, or its file is not as that build
left it. Whoever does not know must render: an unknown fact is a stale one. Pages that are promised together are looked
at one by one only if something about them has changed, and so are parts of what the last build knew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from claudes_corner.errors import BuildError, Problem
from claudes_corner.site.memory import Bundle, Kept, Part
from claudes_corner.site.page import Order, Page, Promises, Volume, fingerprint, folders_of

ALONE = ""  # the bundle of pages that are promised one by one
_HELD = 2_000  # pages that may wait as they are; each takes ten times the room of the others
_DIGITS = 4  # of each input's digest, to say which one changed; whether one did, a digest of them all says


class Stale(msgspec.Struct, frozen=True, gc=False):
    """A page that must be rendered, and why."""

    path: str
    order: Order
    promised: Page | Promises  # where very many wait, what promises the page: it is asked once more
    place: int  # among these
    why: str
    key: bytes  # see `memory.Kept`
    inputs: bytes

    @property
    def page(self) -> Page:
        """The page."""
        return self.promised if isinstance(self.promised, Page) else _pages_of(self.promised)[self.place]


class Opened(msgspec.Struct, frozen=True):
    """A part that was looked into: what is known of each file that stays as it is, and the others."""

    key: bytes
    bundles: dict[str, tuple[bytes, list[Kept | Stale]]]  # by name: key and files


class Plan(msgspec.Struct, frozen=True):
    """What a build has to do."""

    stale: tuple[Stale, ...]
    paths: set[str]  # of all files
    removed: tuple[str, ...]  # paths that the last build wrote and this site no longer has
    whole: dict[str, Part]  # what was not even opened
    opened: dict[str, Opened]

    @property
    def size(self) -> int:
        """How many files the site has."""
        return len(self.paths)

    @property
    def fresh(self) -> int:
        """How many of them stay as they are."""
        return self.size - len(self.stale)


def make_plan(
    promised: Iterable[Page | Volume],
    known: Mapping[str, Part],
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
        BuildError: Two pages want the same path, or somebody else's file is there; all of them are named.
    """
    look = _Look(damage, exists)
    whole: dict[str, Part] = {}
    opened: dict[str, Opened] = {}
    alone: list[Page] = []
    for one in promised:
        if isinstance(one, Page):
            alone.append(one)
        elif (part := known.get(one.name)) and part.key == one.key and look.is_sound(part.paths):
            whole[one.name] = part
        else:
            opened[one.name] = Opened(one.key, dict(look.into(part, one.promises())))
    known_alone = known[ALONE].bundles()[ALONE] if ALONE in known else None
    opened[ALONE] = Opened(b"", {ALONE: (b"", look.at(known_alone, alone))})
    plan = _plan(whole, opened, ours := frozenset(owned), alone)
    if ours and (there := [one.path for one in plan.stale if one.path not in ours and exists(one.path)]):
        ours = ours.union(*(part.paths for part in known.values()))  # the list of what is ours may be damaged
        what, fix = "somebody put this where a page of the site is to be", "Move it elsewhere, and build again."
        known_places = ours.union(*map(folders_of, ours))
        if strange := [path for path in there if path not in known_places]:
            raise BuildError(*(Problem(what, path, fix=fix) for path in strange))
    return plan


class _Look:
    """A look at pages, one by one."""

    def __init__(self, damage: Mapping[str, str], exists: Callable[[str], bool]) -> None:
        self._damage, self._exists = damage, exists
        self._held = 0  # pages

    def into(
        self, part: Part | None, promises: Iterable[Promises]
    ) -> Iterator[tuple[str, tuple[bytes, list[Kept | Stale]]]]:
        """Look at what is promised together."""
        bundles = part.bundles() if part else {}
        for one in promises:
            bundle = bundles.get(one.name)
            if bundle and bundle.key == one.key and self.is_sound(_paths(bundle)):
                yield one.name, (one.key, [*bundle.files])
            else:
                yield one.name, (one.key, self.at(bundle, one.pages(), one))

    def at(self, bundle: Bundle | None, pages: Iterable[Page], together: Promises | None = None) -> list[Kept | Stale]:
        """Look at each page."""
        facts = {kept.path: kept for kept in bundle.files} if bundle else {}
        looked_at: list[Kept | Stale] = []
        for place, page in enumerate(pages):
            kept = facts.get(page.path)
            why = self._damage.get(page.path) or _why(page, kept, self._exists)
            if kept and not why:
                looked_at.append(kept)
                continue
            promised = together if together and self._held >= _HELD else page
            self._held += promised is page
            looked_at.append(Stale(page.path, page.order, promised, place, why, _key(page), _digits(page)))
        return looked_at

    def is_sound(self, paths: list[str]) -> bool:
        """Answer whether these files are as they were left."""
        return not self._damage or self._damage.keys().isdisjoint(paths)


def _plan(whole: dict[str, Part], opened: dict[str, Opened], owned: frozenset[str], alone: Iterable[Page]) -> Plan:
    looked_at = [one for part in opened.values() for _, files in part.bundles.values() for one in files]
    stale = tuple(one for one in looked_at if isinstance(one, Stale))
    there = {one.path for one in looked_at}
    there.update(*[part.paths for part in whole.values()])
    size = len(looked_at) + sum(len(part.paths) for part in whole.values())
    if len(there) < size:
        raise BuildError(*_collisions(whole, opened, alone))
    return Plan(stale, there, tuple(sorted(owned - there)), whole, opened)


@lru_cache(maxsize=1)  # they are rendered one after another
def _pages_of(promises: Promises) -> list[Page]:
    return list(promises.pages())


def _paths(bundle: Bundle) -> list[str]:
    return [kept.path for kept in bundle.files]


def _digits(page: Page) -> bytes:
    return b"".join([made_of.digest[-_DIGITS:].rjust(_DIGITS).encode() for made_of in page.inputs])


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


def _collisions(whole: Mapping[str, Part], opened: Mapping[str, Opened], alone: Iterable[Page]) -> list[Problem]:
    """Name all that want one place."""
    claims = [(path, name) for part in whole.values() for name, b in part.bundles().items() for path in _paths(b)]
    together = [(name, files) for part in opened.values() for name, (_, files) in part.bundles.items() if name != ALONE]
    claims += [(one.path, name) for name, files in together for one in files]
    claims += [(page.path, page.inputs[0].name if page.inputs else page.path) for page in alone]
    rivals: dict[str, list[str]] = {}
    for path, name in claims:
        rivals.setdefault(path, []).append(name)
    return [
        Problem(f"{len(names)} pages want this place", path, found="; ".join(names), fix="Rename one of them.")
        for path, names in rivals.items()
        if len(names) > 1
    ]
