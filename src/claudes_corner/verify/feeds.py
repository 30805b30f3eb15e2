"""The feeds of a built site, taken apart: which item stands where.

Owns how a feed is read that anybody may have made. Whether an item holds the right words is `entries.py`'s.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import msgspec

from claudes_corner.errors import Problem

_FEED = re.compile(r"(modes/[^/]+/)?feed\.xml|atom\.xml|feed\.json|feeds/[0-9]+\.xml")
_WHOLE = re.compile(r"feed\.xml|feeds/[0-9]+\.xml")  # what together holds everything
_ATOM = "{http://www.w3.org/2005/Atom}"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"


class Item(msgspec.Struct, frozen=True, order=True):
    """An item of a feed."""

    guid: str
    title: str
    link: str
    html: str


Items = dict[str, dict[Item, list[str]]]  # by entry's id: what stands in feeds, and in which


def is_feed(path: str) -> bool:
    """Answer whether a file is a feed of entries."""
    return bool(_FEED.fullmatch(path))


def read_feeds(files: Mapping[str, bytes], tag: str, problems: list[Problem]) -> tuple[Items, set[str]]:
    """Read every feed of entries: (all items, the ids of those that whoever follows the feed gets in the end)."""
    items: Items = {}
    ids: set[str] = set()
    for where in sorted(filter(is_feed, files)):
        try:
            read = _parse(files[where], where)
        except (ValueError, KeyError, TypeError, RecursionError, ET.ParseError, msgspec.DecodeError):
            problems.append(Problem("this is no feed", where))
            continue
        for item in read:
            name = item.guid.removeprefix(f"tag:{tag}:")
            ids |= {name} if _WHOLE.fullmatch(where) else set()
            items.setdefault(name, {}).setdefault(item, []).append(where)
    return items, ids


def _parse(raw: bytes, where: str) -> list[Item]:
    """Read RSS, Atom or JSON Feed; anything may be wrong with it."""
    if where.endswith(".json"):
        told = msgspec.json.decode(raw)["items"]
        return [Item(str(i["id"]), str(i["title"]), str(i["url"]), str(i["content_html"])) for i in told]
    if b"<!DOCTYPE" in raw or b"\0" in raw:  # the only way to entities of one's own, UTF-16 included
        raise ValueError(where)
    tree = ET.fromstring(raw)  # noqa: S314
    if tree.tag == f"{_ATOM}feed":
        return [
            Item(
                entry.findtext(f"{_ATOM}id", ""),
                entry.findtext(f"{_ATOM}title", ""),
                next((link.get("href", "") for link in entry.iterfind(f"{_ATOM}link")), ""),
                entry.findtext(f"{_ATOM}content", ""),
            )
            for entry in tree.iterfind(f"{_ATOM}entry")
        ]
    return [
        Item(i.findtext("guid", ""), i.findtext("title", ""), i.findtext("link", ""), i.findtext(_ENCODED, ""))
        for i in tree.iterfind("channel/item")
    ]
