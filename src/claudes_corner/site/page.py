"""A page of the site, as a promise: where it goes, what it depends on, how it is made when it must be.

Owns the shape that every kind of page shares; the kinds themselves are in `pages.py` and `feeds.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import msgspec

from claudes_corner.text import digest

Order = Literal["asset", "page", "list", "feed"]  # also the order of writing: what is linked comes before what links


class Input(msgspec.Struct, frozen=True):
    """Something a page is made of."""

    kind: str  # `text`, `front matter`, `template`, `config`, `selection`, `record`, `neighbours`, `asset`
    name: str  # which one
    digest: str


class Page(msgspec.Struct, frozen=True):
    """A file of the site."""

    path: str  # relative to the site's root: `essays/tides/index.html`
    order: Order
    inputs: tuple[Input, ...]  # all it depends on; equal inputs give equal bytes
    render: Callable[[], bytes]
    sha256: bytes = b""  # of what it renders, if somebody knows already


class Promises(msgspec.Struct, frozen=True):
    """Pages that are stale together, so that nobody need look at each: those of an entry."""

    name: str
    key: bytes  # digest of all that any of them is made of
    pages: Callable[[], Iterable[Page]]


class Volume(msgspec.Struct, frozen=True):
    """Promises of which most stay as they are together: those of the entries of a year, or the sheets of a list."""

    name: str
    key: bytes  # digest of all that any of them is made of
    promises: Callable[[], Iterable[Promises]]


def together(name: str, made_of: object, pages: Callable[[], Iterable[Page]]) -> Volume:
    """Promise pages that seldom change: as long as none can have, nobody need even say which there are.

    Args:
        name: Tells them from all else that a site promises together.
        made_of: All that any of them is made of, as MessagePack knows it; if there is more, they are looked at in vain.
        pages: Promises them one by one.
    """

    def promises() -> Iterator[Promises]:
        """Promise each on its own."""
        for page in pages():
            yield Promises(page.path, fingerprint(page.inputs), lambda page=page: (page,))  # type: ignore[misc]

    return Volume(name, fingerprint(made_of), promises)


def input_of(kind: str, name: str, value: Any) -> Input:
    """Declare an input by the digest of a value that JSON knows; only our own memory compares it."""
    return Input(kind, name, digest(msgspec.json.encode(value, order="deterministic")))


def fingerprint(value: object) -> bytes:
    """Tell a value from any other, briefly."""
    return hashlib.blake2b(msgspec.msgpack.encode(value), digest_size=16).digest()


def path_of(route: str) -> str:
    """Tell the file behind a route: `/archive/` is `archive/index.html`, `/feed.xml` is `feed.xml`."""
    return route[1:] + "index.html" if route.endswith("/") else route[1:]


def folders_of(path: str) -> list[str]:
    """List the folders that a file is in, the outermost first."""
    return [path[:end] for end, sign in enumerate(path) if sign == "/"]
