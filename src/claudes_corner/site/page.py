"""A page of the site, as a promise: where it goes, what it depends on, how it is made when it must be.

Owns the shape that every kind of page shares; the kinds themselves are in `pages.py` and `feeds.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from claudes_corner.text import canonical_json, digest

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


def input_of(kind: str, name: str, value: Any) -> Input:
    """Declare an input by the digest of a value that JSON knows."""
    return Input(kind, name, digest(canonical_json(value)))


def path_of(route: str) -> str:
    """Tell the file behind a route: `/archive/` is `archive/index.html`, `/feed.xml` is `feed.xml`."""
    return route[1:] + "index.html" if route.endswith("/") else route[1:]
