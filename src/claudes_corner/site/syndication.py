"""Which feeds there are, and what stands in each.

Owns the choice of items, their GUIDs, and the archives. Archives hold everything once there is more than the newest
feed holds. They are cut in the order of publication, a fixed number of entries each, counted from the oldest; so a
later entry changes none but the last, and none that is full.
"""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal
from urllib.parse import urljoin

from claudes_corner.schedule import parse_instant
from claudes_corner.settings import Config
from claudes_corner.site.content import Content, Entry
from claudes_corner.site.editorial import Note
from claudes_corner.site.inputs import appearance, selection
from claudes_corner.site.items import Channel, Item
from claudes_corner.site.language import has_right_to_left, is_right_to_left, language_of
from claudes_corner.site.page import Input, Page, Volume, input_of, path_of, together
from claudes_corner.site.present import Presenter
from claudes_corner.site.routes import NOTES, NOTES_FEED, archive_route, mode_feed_route, mode_route
from claudes_corner.site.tombstones import words_in_feeds
from claudes_corner.site.views import FeedLink, TombstoneView

NEWEST = 20
ARCHIVED = 20  # entries of an archive
_TOGETHER = 25  # archives
_AT_HAND = 100  # items in memory
RSS, ATOM, JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"
_WHOSE_NOTES = "Notes by the people who run this newsletter. The model did not write them."
_LINK = re.compile(r'href="([#/][^"]*)"')  # in our own HTML; a text's quotation marks are escaped

Format = Literal["rss", "atom", "json_feed"]
Piece = Entry | TombstoneView


def whole_feeds(title: str) -> tuple[FeedLink, ...]:
    """List the feeds of all entries."""
    return (
        FeedLink(title, "/feed.xml", RSS, "RSS"),
        FeedLink(title, "/atom.xml", ATOM, "Atom"),
        FeedLink(title, "/feed.json", JSON, "JSON Feed"),
    )


class Syndication:
    """All feeds of one site, as promises.

    Args:
        config: The newsletter's settings.
        content: What is published.
        presenter: Makes titles, HTML and absolute links.
        base_url: Where the site is served.
        gone: Tombstones of withdrawn entries; each takes the place and the GUID of its entry.
    """

    def __init__(
        self, config: Config, content: Content, presenter: Presenter, base_url: str, gone: Sequence[TombstoneView]
    ) -> None:
        self._config = config
        self._content = content
        self._presenter = presenter
        self._gone = gone
        self._common = input_of("config", "what feeds show", appearance(config, base_url))
        self._items: dict[str, Item] = {}  # of the newest, by id: up to four feeds hold each

    def pages(self) -> Iterator[Page | Volume]:
        """Yield every feed, in no particular order."""
        newest, archives = self._newest(self._content.entries, self._gone), self._archives()
        last = (("prev-archive", self._presenter.permalink(archive_route(len(archives)))),) if archives else ()
        yield self._essays("/feed.xml", "rss", newest, links=last)
        yield self._essays("/atom.xml", "atom", newest)
        yield self._essays("/feed.json", "json_feed", newest)
        for first in range(0, len(archives), _TOGETHER):
            yield self._volume(first, archives[first : first + _TOGETHER])
        modes = {standing.id: standing.mode for standing in self._content.withdrawn}
        for mode, of_mode in self._presenter.by_mode.items():
            label, gone = self._presenter.mode_label(mode), [stone for stone in self._gone if modes[stone.id] == mode]
            pieces = self._newest(of_mode, gone)
            yield self._essays(mode_feed_route(mode), "rss", pieces, about=label, home=mode_route(mode))
        yield self._notes()

    @staticmethod
    def _newest(entries: Sequence[Entry], gone: Iterable[TombstoneView]) -> tuple[Piece, ...]:
        dated: list[tuple[dt.datetime, Piece]] = [(parse_instant(e.standing.date), e) for e in entries[:NEWEST]]
        dated += [(stone.date, stone) for stone in gone]
        return tuple(piece for _, piece in sorted(dated, key=lambda pair: pair[0], reverse=True)[:NEWEST])

    def _archives(self) -> tuple[tuple[Piece, ...], ...]:
        """Cut everything that was ever published, withdrawn entries included, so that no place ever moves."""
        ids, live = list(self._content.ledger.published), {entry.id: entry for entry in self._content.entries}
        pieces: dict[str, Piece] = {**live, **{stone.id: stone for stone in self._gone}}
        if len(ids) <= NEWEST:
            return ()
        cuts = (ids[start : start + ARCHIVED] for start in range(0, len(ids), ARCHIVED))
        return tuple(tuple(pieces[name] for name in reversed(cut) if name in pieces) for cut in cuts)

    def _volume(self, first: int, archives: Sequence[Sequence[Piece]]) -> Volume:
        """Promise archives together, the first of them after so many others."""
        changed_at, pieces = self._content.ledger.changed_at, [piece for archive in archives for piece in archive]
        shown = [p.row.shown if isinstance(p, Entry) else [p.id, p.route, p.reason] for p in pieces]
        made_of = (self._common, self._presenter.all_names, shown, [changed_at.get(piece.id) for piece in pieces])

        def pages() -> Iterator[Page]:
            """Promise each."""
            return itertools.starmap(self._archive, enumerate(archives, first + 1))

        return together(f"archives after {first}", made_of, pages)

    def _archive(self, number: int, entries: Sequence[Piece]) -> Page:
        permalink = self._presenter.permalink
        links: tuple[tuple[str, str], ...] = (("current", permalink("/feed.xml")),)
        if number > 1:
            links += (("prev-archive", permalink(archive_route(number - 1))),)
        return self._essays(archive_route(number), "rss", entries, links=links, is_archive=True)

    def _essays(
        self,
        route: str,
        form: Format,
        pieces: Sequence[Piece],
        *,
        about: str = "",
        home: str = "/",
        links: tuple[tuple[str, str], ...] = (),
        is_archive: bool = False,
    ) -> Page:
        """Promise a feed of entries; an archive's are newest published first, all others newest first."""
        channel = self._channel(route, about, home, links=links, is_archive=is_archive)
        entries = [piece for piece in pieces if isinstance(piece, Entry)]
        gone = [[s.id, s.route, s.reason] for s in pieces if isinstance(s, TombstoneView)]
        names = self._presenter.all_names if gone else self._presenter.names(entries)
        changed = [[entry.id, at] for entry in entries if (at := self._content.ledger.changed_at.get(entry.id))]
        made_of = (selection(f"entries of {route}", entries, gone, links, about, changed), names)
        return self._page(route, made_of, lambda: _write(form, channel, [self._item(piece) for piece in pieces]))

    def _item(self, piece: Piece) -> Item:
        return self.item(piece) if isinstance(piece, Entry) else self._tombstone(piece)

    def _tombstone(self, stone: TombstoneView) -> Item:
        """Put a word in the place of a withdrawn entry: feed readers replace what they had, by its GUID."""
        title, said = words_in_feeds(stone.title, stone.withdrawn_at, stone.reason)
        disclaimer = html.escape(self._config.site.disclaimer)
        return Item(
            guid=self._presenter.guid(stone.id),
            title=title,
            link=self._presenter.permalink(stone.route),
            at=stone.date.astimezone(dt.UTC),
            author=stone.author,
            summary=said,
            html=f'<p dir="auto">{html.escape(said, quote=False)}</p>\n<hr>\n<p>{disclaimer}</p>\n',
            changed_at=stone.withdrawn_at.astimezone(dt.UTC),
        )

    def _notes(self) -> Page:
        notes = self._content.notes[:NEWEST]
        channel = self._channel(NOTES_FEED, "Notes by the editors", NOTES if notes else "/", _WHOSE_NOTES)
        made_of = input_of("selection", "newest notes", [[note.slug, note.front, note.text] for note in notes])
        inputs = (made_of, self._presenter.all_names)
        return self._page(NOTES_FEED, inputs, lambda: _write("rss", channel, [self._note(note) for note in notes]))

    def _page(self, route: str, inputs: tuple[Input, ...], render: Callable[[], bytes]) -> Page:
        return Page(path_of(route), "feed", (*inputs, self._common), render)

    def _channel(
        self,
        route: str,
        about: str,
        home: str,
        description: str = "",
        *,
        links: tuple[tuple[str, str], ...] = (),
        is_archive: bool = False,
    ) -> Channel:
        site, permalink = self._config.site, self._presenter.permalink
        year = int(site.tag.partition(",")[2][:4])
        return Channel(
            guid=f"tag:{site.tag}:feed",
            title=f"{site.title}: {about}" if about else site.title,
            description=f"{description or site.description} {site.disclaimer}".strip(),
            language=site.language,
            home=permalink(home),
            itself=permalink(route),
            born=dt.datetime(year, 1, 1, tzinfo=dt.UTC),
            is_ended=site.state == "ended",
            links=links,
            is_archive=is_archive,
        )

    def item(self, entry: Entry) -> Item:
        """Make an entry's item."""
        known = self._items.get(entry.id)
        if known is None:
            if len(self._items) > _AT_HAND:
                self._items.clear()
            known = self._items[entry.id] = self._made(entry)
        return known

    def _made(self, entry: Entry) -> Item:
        presenter, link = self._presenter, self._presenter.link(entry)
        permalink = presenter.permalink(link.route)
        said = "What is on record" if entry.standing.imported else "How this was made"
        changed_at = presenter.changed_at(entry)
        made = f'<a href="{html.escape(presenter.permalink(f"{link.route}making/"))}">{said}</a>'
        provenance = f"{html.escape(link.mode_label)}. {made}."
        return Item(
            guid=presenter.guid(entry.id),
            title=link.title,
            link=permalink,
            at=link.date.astimezone(dt.UTC),
            author=link.author,
            summary=presenter.rendered(entry).summary,
            html=self._whole(entry, presenter.rendered(entry).html, permalink, provenance),
            tags=entry.standing.tags,
            changed_at=parse_instant(changed_at) if changed_at > entry.standing.date else None,
        )

    def _note(self, note: Note) -> Item:
        view = self._presenter.note(note)
        permalink = self._presenter.permalink(view.route)
        whose = f"A note by {html.escape(view.by)}, an editor of this newsletter. The model did not write it."
        return Item(
            guid=self._presenter.guid(f"notes/{note.slug}"),
            title=view.title,
            link=permalink,
            at=view.date.astimezone(dt.UTC),
            author=view.by,
            summary=view.summary,
            html=self._whole(note, str(view.html), permalink, whose),
            tags=note.front.tags,
        )

    def _whole(self, piece: Entry | Note, text: str, permalink: str, provenance: str) -> str:
        """Set the line of provenance and the disclaimer after a text; they never stand in its summary.

        Feed readers set everything from left to right unless they are told.
        """
        site, whole = self._config.site, absolute(text, permalink)
        if has_right_to_left(text) and is_right_to_left(piece.text):  # no other text need be read
            language = language_of(piece.text, site.language) or site.language
            whole = f'<div dir="rtl" lang="{language}">\n{whole}\n</div>'
        return f"{whole}\n<hr>\n<p>{provenance}</p>\n<p>{html.escape(site.disclaimer)}</p>\n"


def _write(form: Format, channel: Channel, items: Sequence[Item]) -> bytes:
    from claudes_corner.site import feeds  # slow to import, and most feeds are as they were

    write: Callable[[Channel, Sequence[Item]], bytes] = getattr(feeds, form)
    return write(channel, items)


def absolute(text: str, permalink: str) -> str:
    """Make the links within a text's HTML lead on from anywhere."""
    return _LINK.sub(lambda link: f'href="{urljoin(permalink, link[1])}"', text)
