"""Feeds: the newest entries for those who subscribe.

Owns what an item carries. Its third-party import is feedgen, with every field set by us, since what it sets by itself
comes from the clock. Items keep their GUID for good, whatever happens to slug, domain or theme.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Sequence
from typing import Any

from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator

from claudes_corner.schedule import parse_instant
from claudes_corner.settings import Config
from claudes_corner.site.present import Presenter, entry_route
from claudes_corner.site.theme import long_date
from claudes_corner.site.views import TombstoneView
from claudes_corner.workspace import Entry

NEWEST = 20
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def rss(entries: Sequence[Entry], gone: Sequence[TombstoneView], config: Config, presenter: Presenter) -> bytes:
    """Serialize the newest entries as RSS 2.0, whole.

    Args:
        entries: Newest first; may be empty.
        gone: Tombstones of entries that were withdrawn, newest first; each takes the place and the GUID of its entry.
        config: The newsletter's settings.
        presenter: Makes views and absolute links.

    Returns:
        UTF-8 XML; equal input gives equal bytes: no date in it comes from the clock.
    Source: RSS 2.0; the RSS Advisory Board's Best Practices Profile; RSS content module (`content:encoded`).
    """
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.register_extension("corner", _NoClock, rss=True, atom=False)
    feed.title(_xml(config.site.title))
    feed.description(_xml(f"{config.site.description} {config.site.disclaimer}".strip()))
    feed.language(config.site.language)
    feed.link(href=presenter.permalink("/feed.xml"), rel="self", type="application/rss+xml")
    feed.link(href=presenter.permalink("/"), rel="alternate")  # the last link is the channel's own
    feed.generator("claudes-corner")
    feed.docs("https://www.rssboard.org/rss-specification")
    dated: list[tuple[dt.datetime, Entry | TombstoneView]] = [
        (parse_instant(e.front.date), e) for e in entries[:NEWEST]
    ]
    dated += [(stone.date, stone) for stone in gone[:NEWEST]]
    newest = sorted(dated, key=lambda pair: pair[0], reverse=True)[:NEWEST]
    if newest:
        changed = [stone.withdrawn_at for _, stone in newest if isinstance(stone, TombstoneView)]
        feed.lastBuildDate(max([newest[0][0], *changed]))
    feed.corner.is_empty = not newest
    for _, one in newest:
        if isinstance(one, TombstoneView):
            _tombstone(feed, one, config, presenter)
        else:
            _item(feed, one, config, presenter)
    return bytes(feed.rss_str(pretty=True))


def _item(feed: Any, entry: Entry, config: Config, presenter: Presenter) -> None:
    view = presenter.entry(entry)
    item = feed.add_entry(order="append")
    item.guid(f"tag:{config.site.tag}:{entry.front.id}", permalink=False)
    item.title(_xml(view.title))
    item.link(href=presenter.permalink(entry_route(entry)))
    item.pubDate(parse_instant(entry.front.date))
    summary = html.escape(view.summary or view.title, quote=False)  # readers take it for HTML
    item.description(_xml(summary), isSummary=True)
    whole = str(view.html) + _after(config, presenter, view.making_route, view.mode_label)
    item.content(_xml(whole), type="html")
    item.dc.dc_creator(_xml(view.author))
    for tag in view.tags:
        item.category(term=tag)


def _tombstone(feed: Any, stone: TombstoneView, config: Config, presenter: Presenter) -> None:
    """Put a word in the place of an entry that was withdrawn: readers of feeds replace what they had, by its GUID."""
    item = feed.add_entry(order="append")
    item.guid(f"tag:{config.site.tag}:{stone.id}", permalink=False)
    item.title(_xml(f"Withdrawn: essay of {stone.title}"))
    item.link(href=presenter.permalink(stone.route))
    item.pubDate(stone.date)
    said = html.escape(f"This essay was withdrawn on {long_date(stone.withdrawn_at)}. {stone.reason}", quote=False)
    item.description(_xml(said), isSummary=True)
    whole = f'<p dir="auto">{said}</p>\n<hr>\n<p>{html.escape(config.site.disclaimer)}</p>\n'
    item.content(_xml(whole), type="html")
    item.dc.dc_creator(_xml(stone.author))


def _after(config: Config, presenter: Presenter, making_route: str, mode_label: str) -> str:
    """Set the line of provenance and the disclaimer after a text; they never stand in its summary."""
    made = f'<a href="{html.escape(presenter.permalink(making_route))}">How this was made</a>'
    return f"\n<hr>\n<p>{html.escape(mode_label)}. {made}.</p>\n<p>{html.escape(config.site.disclaimer)}</p>\n"


def _xml(text: str) -> str:
    """Replace what XML 1.0 cannot carry (§2.2); the text's file and page keep it."""
    return _NO_XML.sub("\ufffd", text)


class _NoClock(BaseExtension):  # type: ignore[misc]
    """Takes out of an empty feed the date of the build, which feedgen puts there."""

    is_empty = False

    def extend_rss(self, feed: Any) -> Any:
        """Change the finished tree."""
        for date in feed.findall("channel/lastBuildDate") if self.is_empty else ():
            date.getparent().remove(date)
        return feed
