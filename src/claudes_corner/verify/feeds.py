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
_MOST_FORMS = 20  # of an item, of which each is compared with its text; a build makes one for each format
_OF_ATOM = ("id", "title", "link", "updated")
_HELD = {
    "rss": {"channel"},
    "channel": {
        *("title", "link", "description", "docs", "generator", "language", "lastBuildDate", "item", f"{_ATOM}link"),
        "{http://purl.org/syndication/history/1.0}archive",
    },
    "item": {
        *("title", "link", "description", "guid", "category", "pubDate", _ENCODED),
        "{http://purl.org/dc/elements/1.1/}creator",
    },
    f"{_ATOM}feed": {_ATOM + name for name in (*_OF_ATOM, "author", "generator", "subtitle", "entry")},
    f"{_ATOM}entry": {_ATOM + name for name in (*_OF_ATOM, "author", "category", "content", "published", "summary")},
    f"{_ATOM}author": {f"{_ATOM}name"},
}  # by each element: what a build puts there; readers look for much else, in many namespaces
_KEYS = {
    *("id", "url", "title", "content_html", "summary", "date_published", "date_modified", "authors", "tags"),
}  # of an item of a JSON Feed


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
    ids, crowded = set[str](), set[str]()
    own = f"tag:{tag}:"
    for where in sorted(filter(is_feed, files)):
        try:
            read, others = _parse(files[where], where)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ET.ParseError, msgspec.DecodeError):
            problems.append(Problem("this is no feed", where))
            continue
        if others:
            what = "the feed holds what no build puts there, and readers may show it"
            fix = "If another version of corner built this, build it anew with this one."
            problems.append(Problem(what, where, found=repr(min(others)), fix=fix))
        for item in read:
            is_own = item.guid.startswith(own) and item.guid.isprintable()
            name = item.guid.removeprefix(own) if is_own else repr(item.guid)
            ids |= {name} if _WHOLE.fullmatch(where) else set()
            forms = items.setdefault(name, {})
            if item in forms or len(forms) < _MOST_FORMS:
                forms.setdefault(item, []).append(where)
            else:
                crowded.add(name)
    problems += [Problem("feeds have this in more forms than are looked at", name) for name in sorted(crowded)]
    return items, ids


def _parse(raw: bytes, where: str) -> tuple[list[Item], set[str]]:
    """Read RSS, Atom or JSON Feed, with which anything may be wrong: (its items, what no build puts there).

    Items may stand anywhere, as many readers have it.
    """
    if where.endswith(".json"):
        return _parse_json(raw)
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
    rss = [
        Item(
            _text(i, "guid"),
            _text(i, "title"),
            _text(i, "link"),
            _text(i, _ENCODED),
            _text(i, "description"),
            _text(i, "pubDate"),
            "",
            _tags(i, "category"),
        )
        for i in tree.iter("item")
    ]
    others = {held.tag for holder in tree.iter() for held in holder if held.tag not in _HELD.get(holder.tag, ())}
    return atom + rss, others


def _parse_json(raw: bytes) -> tuple[list[Item], set[str]]:
    told = msgspec.json.decode(raw)["items"]
    read = [
        Item(
            str(i["id"]),
            str(i["title"]),
            str(i["url"]),
            str(i["content_html"]),
            html.escape(str(i.get("summary") or i["title"]), quote=False),
            date := str(i.get("date_published")),
            str(i.get("date_modified") or date),
            tuple(map(str, i.get("tags") or ())),
        )
        for i in told
    ]
    return read, {str(key) for i in told for key in i} - _KEYS


def _text(item: ET.Element, tag: str) -> str:
    """Take what all elements of a name hold: of two, some readers show the first, and some the last.

    None of them holds elements; one that does is no text of ours.
    """
    return _AND.join(f"{element.text or ''}{_AND if len(element) else ''}" for element in item.iterfind(tag))


def _tags(item: ET.Element, tag: str) -> tuple[str, ...]:
    """Take all that each category holds: a reader may show its text or any of its attributes."""
    return tuple(" ".join((*one.attrib.values(), *one.itertext())).strip() for one in item.iterfind(tag))
