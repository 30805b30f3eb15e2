"""What a feed and its items carry, whatever the format.

Owns two shapes: `syndication.py` fills them, `feeds.py` writes them.
"""

from __future__ import annotations

import datetime as dt

import msgspec


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as a whole."""

    guid: str  # a tag URI (RFC 4151), for good
    title: str
    description: str
    language: str  # BCP 47
    home: str  # the page it belongs to, absolute
    itself: str  # its own address, absolute
    born: dt.datetime  # the date of a feed without items
    is_ended: bool = False  # nothing will ever be added
    links: tuple[tuple[str, str], ...] = ()  # (relation, address), RFC 5005
    is_archive: bool = False  # RFC 5005 §4: a document of the past, which stays as it is


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What one item of a feed carries."""

    guid: str  # a tag URI, for good: whatever happens to slug, domain or theme
    title: str
    link: str  # absolute
    at: dt.datetime  # its date, which is the editors'
    author: str
    summary: str  # plain
    html: str  # the whole, with absolute links
    tags: tuple[str, ...] = ()
    changed_at: dt.datetime | None = None  # when it moved, was dated or tagged anew, or withdrawn, if later
