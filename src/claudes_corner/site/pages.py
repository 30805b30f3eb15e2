"""The kinds of pages there are: each says its route, what it is made of, and how.

Owns the site's map. A new kind of page is a function here and a template in the theme.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from claudes_corner.settings import Config
from claudes_corner.site.checking import check_page
from claudes_corner.site.content import Content
from claudes_corner.site.editorial import Note, StandingPage
from claudes_corner.site.entries import PICTURE, EntryPages
from claudes_corner.site.former import Former
from claudes_corner.site.inputs import selection
from claudes_corner.site.letters import LetterPages
from claudes_corner.site.listings import Listings, mode_feed
from claudes_corner.site.page import Input, Page, Volume, input_of, path_of
from claudes_corner.site.pictures import Painter
from claudes_corner.site.present import GENERATED, Presenter, standing_pages
from claudes_corner.site.press import About, Press
from claudes_corner.site.record import PublicRecord
from claudes_corner.site.routes import NOTES, NOTES_FEED, note_route, page_route, record_route, rules_route
from claudes_corner.site.rules import rules_of
from claudes_corner.site.search import Search
from claudes_corner.site.sharing import for_robots, site_data
from claudes_corner.site.syndication import RSS, Syndication, whole_feeds
from claudes_corner.site.theme import Theme
from claudes_corner.site.tombstones import tombstone
from claudes_corner.site.views import FeedLink

RECENT = 10
RECENT_NOTES = 3


class SiteMap:
    """All pages of one site, none of them rendered yet.

    Args:
        config: The newsletter's settings.
        content: What it shows.
        theme: How.
        presenter: Makes the views.
        base_url: Where the site is served.
        painter: Draws pictures; None if there are none.
    """

    def __init__(
        self,
        config: Config,
        content: Content,
        theme: Theme,
        presenter: Presenter,
        base_url: str,
        painter: Painter | None = None,
    ) -> None:
        self._config = config
        self._content = content
        self._theme = theme
        self._presenter = presenter
        self._painter = painter
        self._press = Press(config, theme, presenter, base_url, PICTURE if painter else "")
        self._gone = tuple(tombstone(standing, content.ledger, presenter) for standing in content.withdrawn)
        self._former = Former(config, content, self._press, self._gone, presenter.all_names)
        self._syndication = Syndication(config, content, presenter, base_url, self._gone)
        self._letters = LetterPages(content, self._press, presenter)
        self._record = PublicRecord(config, content, presenter)
        self._listings = Listings(config, content, self._press, presenter, self._gone)
        self._entries = EntryPages(config, content, self._press, presenter, self._former, painter)

    def pages(self) -> Iterator[Page | Volume]:
        """Yield every page, in no particular order; those of entries together."""
        yield from self._assets()
        yield from self._entries.volumes()
        yield from self._notes()
        for page in standing_pages(self._content):
            yield self._standing_page(page)
        yield from self._former.pages()
        yield self._home()
        yield from self._listings.pages()
        yield self._whole_record()
        yield from map(self._record_year, self._record.years)
        yield check_page(self._press, self._config, self._content, self._presenter)
        yield self._press.html("missing", "/404.html", "Not found", (), dict)
        head, sha256 = Input("record", "all of it", self._content.ledger.head), self._content.ledger.sha256
        known = bytes.fromhex(sha256.partition(":")[2])
        yield Page("ledger.jsonl", "feed", (head,), lambda: self._content.ledger_bytes, known)
        yield from self._letters.pages()
        for sha256, raw in self._content.rules.items():
            yield self._press.file(rules_route(sha256)[1:], "page", sha256, raw)
        yield from self._syndication.pages()
        if self._config.site.search:
            yield from Search(self._config, self._content, self._presenter, self._press).pages()
        yield from for_robots(self._content, self._presenter)

    def _assets(self) -> Iterator[Page]:
        for name, (public, data) in self._theme.assets.items():
            yield self._press.file(f"assets/{public}", "asset", name, data)
        if self._painter:
            yield self._painter.page(path_of(PICTURE), self._config.site.title, self._config.site.description)

    def _notes(self) -> Iterator[Page]:
        """Promise each note, and a page that lists them all; where there is none, there is nothing."""
        yield from map(self._note, notes := self._content.notes)
        if notes:
            inputs = (self._made_of_notes("all notes", notes), self._presenter.all_names)
            yield self._press.html(
                "notes",
                NOTES,
                "Notes by the editors",
                inputs,
                lambda: {"notes": tuple(map(self._presenter.note, notes))},
                lambda: About(feeds=(self._notes_feed(),)),
            )

    @staticmethod
    def _made_of_notes(name: str, notes: Sequence[Note]) -> Input:
        return input_of("selection", name, [[note.slug, note.front, note.text] for note in notes])

    def _note(self, note: Note) -> Page:
        made_of = input_of("text", f"notes/{note.slug}", [note.text, note.front])
        view, route = self._presenter.note, note_route(note.slug)
        names = input_of("config", "names of editors", self._presenter.editor(note.front.by))
        return self._press.html(
            "note",
            route,
            note.front.title,
            (made_of, names),
            lambda: {"note": view(note)},
            lambda: About(description=view(note).summary, feeds=(self._notes_feed(),), published_at=view(note).date),
        )

    def _standing_page(self, page: StandingPage) -> Page:
        made_of: tuple[Input, ...] = (input_of("text", f"pages/{page.slug}", [page.text, page.front]),)
        never_typed: dict[str, object] = {}
        if page.slug == "how-we-review":
            rules = rules_of(self._config, self._presenter)
            made_of += (input_of("config", "rules of review", rules),)
            never_typed = {"rules": rules}
        elif page.slug == "subscribe":
            feeds = self._other_feeds()
            made_of += (input_of("selection", "feeds", feeds),)
            never_typed = {"entries_feeds": whole_feeds(self._config.site.title), "other_feeds": feeds}
        return self._press.html(
            page.slug if page.slug in GENERATED else "page",
            page_route(page.slug),
            page.front.title,
            made_of,
            lambda: {"document": self._presenter.document(page), **never_typed},
        )

    def _other_feeds(self) -> tuple[FeedLink, ...]:
        """List the feeds of parts of the newsletter."""
        modes = (mode_feed(self._presenter, mode) for mode in self._presenter.by_mode)
        return (*modes, self._notes_feed())

    @staticmethod
    def _notes_feed() -> FeedLink:
        return FeedLink("Notes by the editors", NOTES_FEED, RSS, "RSS")

    def _home(self) -> Page:
        presenter, entries = self._presenter, self._content.entries
        notes = self._content.notes[:RECENT_NOTES]
        made_of = (
            selection("newest entries", entries[: RECENT + 1]),
            presenter.all_names,
            self._made_of_notes("notes", notes),
            *(self._entries.made_of(entries[0]) if entries else ()),
        )
        return self._press.html(
            "home",
            "/",
            self._config.site.title,
            made_of,
            lambda: {
                "newest": presenter.entry(entries[0]) if entries else None,
                "recent": presenter.links(entries[1 : RECENT + 1]),
                "notes": tuple(presenter.note(note) for note in notes),
            },
            lambda: About(data=site_data(self._config, presenter), feeds=(self._notes_feed(),)),
        )

    def _whole_record(self) -> Page:
        criteria = input_of("config", "criteria", self._config.review.criteria)
        head = Input("record", "all of it", self._content.ledger.head)
        view, names = self._record.whole, self._presenter.all_names
        return self._press.html("record", "/record/", "The record", (head, criteria, names), lambda: {"record": view()})

    def _record_year(self, year: int) -> Page:
        made_of = self._record.input_of(year)
        view = partial(self._record.year, year, with_editions=True)
        title = f"The record of {year}"
        inputs = (made_of, self._presenter.all_names)
        return self._press.html("record-year", record_route(year), title, inputs, lambda: {"year": view()})
