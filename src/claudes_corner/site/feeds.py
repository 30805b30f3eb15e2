"""Feeds as bytes: RSS 2.0, Atom and JSON Feed, from items that are ready to serialize.

Owns the three formats. Its third-party import is feedgen, with every field set by us, since what it sets by itself
comes from the clock. Knows neither entries nor pages: `syndication.py` says what stands in which feed.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import msgspec
from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator

from claudes_corner.schedule import render_instant
from claudes_corner.site.characters import carried
from claudes_corner.site.items import Channel, Item

_ATOM = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"


def rss(channel: Channel, items: Sequence[Item]) -> bytes:
    """Serialize a feed as RSS 2.0, texts whole.

    Args:
        channel: The feed.
        items: Newest first; may be empty.

    Returns:
        UTF-8 XML; equal input gives equal bytes: no date in it comes from the clock.
    Source: RSS 2.0; the RSS Advisory Board's Best Practices Profile; RSS content module (`content:encoded`); RFC 5005
        (archives).
    """
    feed = _feed(channel, items)
    feed.load_extension("dc")
    feed.register_extension("corner", _Finish, rss=True, atom=False)
    feed.corner.channel, feed.corner.is_empty = channel, not items
    feed.link(href=channel.itself, rel="self", type="application/rss+xml")
    feed.link(href=channel.home, rel="alternate")  # the last link is the channel's own
    feed.docs("https://www.rssboard.org/rss-specification")
    for item in items:
        one = _item(feed, item)
        one.pubDate(item.at)
        one.dc.dc_creator(carried(item.author))
    return bytes(feed.rss_str(pretty=True))


def atom(channel: Channel, items: Sequence[Item]) -> bytes:
    """Serialize a feed as Atom, texts whole; see `rss`.

    Source: RFC 4287 §4.1.1 (feed), §4.2.6 (id), §4.2.15 (updated).
    """
    feed = _feed(channel, items)
    feed.id(channel.guid)
    feed.link(href=channel.home, rel="alternate", type="text/html")
    feed.link(href=channel.itself, rel="self", type="application/atom+xml")
    if not items:
        feed.author(name=carried(channel.title))  # else each entry names its own
    for item in items:
        one = _item(feed, item)
        one.published(item.at)
        one.updated(item.changed_at or item.at)
        one.author(name=carried(item.author))
    return bytes(feed.atom_str(pretty=True))


def json_feed(channel: Channel, items: Sequence[Item]) -> bytes:
    """Serialize a feed as JSON Feed, texts whole; see `rss`.

    Source: JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/).
    """
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": channel.itself,
        "description": channel.description,
        "language": channel.language,
        **({"expired": True} if channel.is_ended else {}),
        "items": [
            {
                "id": item.guid,
                "url": item.link,
                "title": item.title,
                "content_html": item.html,
                **({"summary": item.summary} if item.summary else {}),
                "date_published": render_instant(item.at),
                **({"date_modified": render_instant(item.changed_at)} if item.changed_at else {}),
                "authors": [{"name": item.author}],
                **({"tags": item.tags} if item.tags else {}),
            }
            for item in items
        ],
    }
    return msgspec.json.format(msgspec.json.encode(feed), indent=1) + b"\n"


def _feed(channel: Channel, items: Sequence[Item]) -> Any:
    feed = FeedGenerator()
    feed.title(carried(channel.title))
    feed.description(carried(channel.description))
    feed.language(channel.language)
    feed.generator("claudes-corner")
    feed.updated(max((item.changed_at or item.at for item in items), default=channel.born))
    return feed


def _item(feed: Any, item: Item) -> Any:
    one = feed.add_entry(order="append")
    one.guid(item.guid, permalink=False)
    one.title(carried(item.title))
    one.link(href=item.link)
    summary = html.escape(item.summary or item.title, quote=False)  # readers take it for HTML
    one.summary(carried(summary), type="html")  # RSS's description, too
    one.content(carried(item.html), type="html")
    one.category([{"term": tag} for tag in item.tags])
    return one


class _Finish(BaseExtension):  # type: ignore[misc]
    """Takes an empty feed's date out of the finished tree, and puts the links of an archive in."""

    channel: Channel
    is_empty = False

    def extend_ns(self) -> dict[str, str]:
        """Name the namespaces that are used."""
        return {"fh": _HISTORY} if self.channel.is_archive else {}

    def extend_rss(self, feed: Any) -> Any:
        """Change the tree."""
        channel = feed[0]
        for date in channel.findall("lastBuildDate") if self.is_empty else ():
            channel.remove(date)
        after = channel.index(channel.find(f"{{{_ATOM}}}link")) + 1
        for place, (rel, href) in enumerate(self.channel.links):
            channel.insert(after + place, channel.makeelement(f"{{{_ATOM}}}link", {"rel": rel, "href": href}))
        if self.channel.is_archive:
            channel.insert(after, channel.makeelement(f"{{{_HISTORY}}}archive", {}))
        return feed
