"""The feeds of a built site, taken apart: which item stands where.

Owns how a feed is read that anybody may have made. Whether an item holds the right words is `entries.py`'s.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import msgspec

from claudes_corner.errors import Problem

_FEED = re.compile(r"(modes/[^/]+/)?feed\.xml|atom\.xml|feed\.json|feeds/[0-9]+\.xml")
_WHOLE = re.compile(r"feed\.xml|feeds/[0-9]+\.xml")  # what together holds everything
_AND = "\n<hr>\n"  # between what stands there twice: so neither is the text alone
_ATOM = "{http://www.w3.org/2005/Atom}"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"


class Item(msgspec.Struct, frozen=True, order=True):
    """An item of a feed."""

    guid: str
    title: str
    link: str
    html: str
    summary: str  # in HTML, as the other formats have it
    date: str  # as it is written there
    changed: str  # when it changed last; empty: RSS does not tell
    tags: tuple[str, ...]


Items = dict[str, dict[Item, list[str]]]  # by entry's id: what stands in feeds, and in which


def is_feed(path: str) -> bool:
    """Answer whether a file is a feed of entries."""
    return bool(_FEED.fullmatch(path))


def read_feeds(files: Mapping[str, bytes], tag: str, problems: list[Problem]) -> tuple[Items, set[str]]:
    """Read every feed of entries: (all items, the ids of those that whoever follows the feed gets in the end)."""
    items: Items = {}
    ids: set[str] = set()
    own = f"tag:{tag}:"
    for where in sorted(filter(is_feed, files)):
        try:
            read = _parse(files[where], where)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ET.ParseError, msgspec.DecodeError):
            problems.append(Problem("this is no feed", where))
            continue
        for item in read:
            is_own = item.guid.startswith(own) and item.guid.isprintable()
            name = item.guid.removeprefix(own) if is_own else repr(item.guid)
            ids |= {name} if _WHOLE.fullmatch(where) else set()
            items.setdefault(name, {}).setdefault(item, []).append(where)
    return items, ids


def _parse(raw: bytes, where: str) -> list[Item]:
    """Read RSS, Atom or JSON Feed; anything may be wrong with it. Items may stand anywhere, as many readers have it."""
    if where.endswith(".json"):
        told = msgspec.json.decode(raw)["items"]
        return [
            Item(
                str(i["id"]),
                str(i["title"]),
                str(i["url"]),
                _AND.join(str(i[name]) for name in ("content_html", "content_text") if name in i),
                html.escape(str(i.get("summary") or i["title"]), quote=False),
                date := str(i.get("date_published")),
                str(i.get("date_modified") or date),
                tuple(map(str, i.get("tags") or ())),
            )
            for i in told
        ]
    if b"<!DOCTYPE" in raw or b"\0" in raw:  # the only way to entities of one's own, UTF-16 included
        raise ValueError(where)
    tree = ET.fromstring(raw)  # noqa: S314
    atom = [
        Item(
            _text(entry, f"{_ATOM}id"),
            _text(entry, f"{_ATOM}title"),
            _AND.join(link.get("href", "") for link in entry.iterfind(f"{_ATOM}link")),
            _text(entry, f"{_ATOM}content"),
            _text(entry, f"{_ATOM}summary"),
            _text(entry, f"{_ATOM}published"),
            _text(entry, f"{_ATOM}updated") or "nothing",
            _tags(entry, f"{_ATOM}category"),
        )
        for entry in tree.iter(f"{_ATOM}entry")
    ]
    return atom + [
        Item(
            _text(i, "guid"),
            _text(i, "title"),
            _text(i, "link"),
            _text(i, _ENCODED),
            _text(i, "description"),
            _text(i, "pubDate"),
            _text(i, f"{_ATOM}updated"),
            _tags(i, "category"),
        )
        for i in tree.iter("item")
    ]


def _text(item: ET.Element, tag: str) -> str:
    """Take what all elements of a name hold: of two, some readers show the first, and some the last.

    None of them holds elements; one that does is no text of ours.
    """
    return _AND.join(f"{element.text or ''}{_AND if len(element) else ''}" for element in item.iterfind(tag))


def _tags(item: ET.Element, tag: str) -> tuple[str, ...]:
    """Take all that each category holds: a reader may show its text or any of its attributes."""
    return tuple(" ".join((*one.attrib.values(), *one.itertext())).strip() for one in item.iterfind(tag))
