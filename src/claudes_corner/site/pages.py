"""The kinds of pages there are: each says its route, what it is made of, and how.

Owns the site's map. A new kind of page is a function here and a template in the theme.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from claudes_corner.settings import Config
from claudes_corner.site.content import Content, Note, StandingPage
from claudes_corner.site.feeds import rss
from claudes_corner.site.making import making_of
from claudes_corner.site.page import Input, Order, Page, input_of, path_of
from claudes_corner.site.present import Presenter, appearance, entry_route, page_route, selection
from claudes_corner.site.theme import Theme
from claudes_corner.site.tombstones import aliases, last_words, tombstone
from claudes_corner.site.views import Link, TombstoneView, YearView
from claudes_corner.standing import Standing
from claudes_corner.text import digest
from claudes_corner.workspace import Entry

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
    """

    def __init__(self, config: Config, content: Content, theme: Theme, presenter: Presenter, base_url: str) -> None:
        self._config = config
        self._content = content
        self._theme = theme
        self._presenter = presenter
        standing_pages = [[page.slug, page.front.title] for page in content.pages]
        self._common = (
            theme.template_input,
            theme.asset_input,
            input_of("config", "what pages show", appearance(config, base_url)),
            input_of("selection", "standing pages", standing_pages),
        )
        self._selection = input_of("selection", "published entries", selection(content))
        self._gone = tuple(tombstone(standing, content.ledger, config, presenter) for standing in content.withdrawn)
        self._withdrawn = input_of("selection", "withdrawn entries", [[s.id, s.slug] for s in content.withdrawn])

    def pages(self) -> Iterator[Page]:
        """Yield every page, in no particular order."""
        yield from self._assets()
        for entry in self._content.entries:
            yield from self._entry(entry)
        for note in self._content.notes:
            yield self._note(note)
        for page in self._content.pages:
            yield self._standing_page(page)
        for stone in self._gone:
            yield from self._tombstone(stone)
        for alias, target in aliases(self._content):
            yield from self._moved(alias, target)
        yield self._home()
        yield from self._archive()
        yield self._html("missing", "/404.html", "Not found", (), dict)
        yield self._file("ledger.jsonl", "feed", "record", self._content.ledger_bytes)
        yield self._feed()

    def _assets(self) -> Iterator[Page]:
        for name, (public, data) in self._theme.assets.items():
            yield self._file(f"assets/{public}", "asset", name, data)

    def _entry(self, entry: Entry) -> Iterator[Page]:
        presenter, route, front = self._presenter, entry_route(entry), entry.front
        made_of = self._made_of(entry)
        yield self._html(
            "entry",
            route,
            presenter.title(entry),
            made_of,
            lambda: {"entry": presenter.entry(entry)},
            lambda: presenter.rendered(entry).summary,
        )
        yield self._html(
            "making",
            f"{route}making/",
            f"How “{presenter.title(entry)}” was made",
            (*made_of, input_of("record", front.id, self._content.ledger.about(front.id))),
            lambda: {
                "entry": presenter.entry(entry),
                "making": making_of(entry, self._content.ledger, self._config, presenter),
            },
        )
        yield from self._originals(entry.standing, entry.text.encode(), entry.public_transcript)

    def _tombstone(self, stone: TombstoneView) -> Iterator[Page]:
        """Leave a word at every address of an entry that was withdrawn."""
        made_of = input_of("record", stone.id, [r.seq for r in self._content.ledger.about(stone.id)])
        title = f"Withdrawn: essay of {stone.title}"
        for route in (stone.route, f"{stone.route}making/"):
            yield self._html("tombstone", route, title, (made_of,), lambda: {"tombstone": stone}, lambda: stone.reason)
        text, transcript = last_words(stone, self._config.site.disclaimer)
        yield from self._originals(self._content.ledger.standings[stone.id], text, transcript)

    def _originals(self, standing: Standing, text: bytes, transcript: bytes) -> Iterator[Page]:
        """Serve what can be downloaded, under former slugs as well."""
        for slug in (standing.slug, *standing.aliases):
            yield self._file(f"essays/{slug}/essay.txt", "page", standing.id, text)
            yield self._file(f"essays/{slug}/transcript.json", "page", standing.id, transcript)

    def _moved(self, alias: str, target: str) -> Iterator[Page]:
        """Lead from the addresses of a former slug to those of today."""
        for end in ("", "making/"):
            made_of = input_of("record", f"former slug {alias}", target)
            former = path_of(f"/essays/{alias}/{end}")
            yield self._html("moved", f"/essays/{target}/{end}", "Moved", (made_of,), dict, path=former)

    def _made_of(self, entry: Entry) -> tuple[Input, ...]:
        """Declare what an entry's view shows."""
        front, presenter = entry.front, self._presenter
        drafts = [[standing.id, standing.status] for standing in self._content.ledger.of(front.edition)]
        neighbours = [n and [presenter.title(n), entry_route(n)] for n in presenter.neighbours(entry)]
        return (
            Input("text", front.id, front.text_sha256),
            input_of("front matter", front.id, front),
            input_of("record", "drafts of the edition", drafts),
            input_of("neighbours", front.id, neighbours),
        )

    def _note(self, note: Note) -> Page:
        made_of = input_of("text", f"notes/{note.slug}", [note.text, note.front])
        route = f"/notes/{note.slug}/"
        return self._html("note", route, note.front.title, (made_of,), lambda: {"note": self._presenter.note(note)})

    def _standing_page(self, page: StandingPage) -> Page:
        made_of = input_of("text", f"pages/{page.slug}", [page.text, page.front])
        view = self._presenter.document
        return self._html("page", page_route(page), page.front.title, (made_of,), lambda: {"document": view(page)})

    def _home(self) -> Page:
        presenter, entries = self._presenter, self._content.entries
        notes = self._content.notes[:RECENT_NOTES]
        made_of = (
            self._selection,
            input_of("selection", "notes", [[n.slug, n.front, n.text] for n in notes]),
            *(self._made_of(entries[0]) if entries else ()),
        )
        return self._html(
            "home",
            "/",
            self._config.site.title,
            made_of,
            lambda: {
                "newest": presenter.entry(entries[0]) if entries else None,
                "recent": tuple(presenter.link(entry) for entry in entries[1 : RECENT + 1]),
                "notes": tuple(presenter.note(note) for note in notes),
            },
        )

    def _archive(self) -> Iterator[Page]:
        years = self._presenter.years()
        made_of = (self._selection, self._withdrawn)
        yield self._html("archive", "/archive/", "Archive", made_of, lambda: {"years": years, "withdrawn": self._gone})
        for position, year in enumerate(years):
            yield self._year(year, years[position - 1] if position else None, next(iter(years[position + 1 :]), None))

    def _year(self, year: YearView, newer: YearView | None, older: YearView | None) -> Page:
        around = [other and other.year for other in (newer, older)]
        return self._html(
            "year",
            year.route,
            str(year.year),
            (
                input_of("selection", f"entries of {year.year}", year.entries),
                input_of("neighbours", str(year.year), around),
            ),
            lambda: {
                "year": year,
                "newer_year": Link(str(newer.year), newer.route) if newer else None,
                "older_year": Link(str(older.year), older.route) if older else None,
            },
        )

    def _feed(self) -> Page:
        made_of = (self._selection, self._withdrawn, *self._common)
        return Page(
            "feed.xml", "feed", made_of, lambda: rss(self._content.entries, self._gone, self._config, self._presenter)
        )

    def _html(
        self,
        kind: str,
        route: str,
        title: str,
        inputs: tuple[Input, ...],
        context: Callable[[], dict[str, Any]],
        description: Callable[[], str] = str,
        path: str = "",
    ) -> Page:
        """Promise a page of a template: `kind` names it, `path` is where its file is if not at its route."""

        def render() -> bytes:
            page = self._presenter.page(kind, route, title, description())
            return self._theme.render(f"{kind}.html", {"site": self._presenter.site, "page": page, **context()})

        order: Order = "list" if kind in {"home", "archive", "year"} else "page"
        return Page(path or path_of(route), order, (*inputs, *self._common), render)

    @staticmethod
    def _file(path: str, order: Order, name: str, content: bytes) -> Page:
        """Promise a file that is served as it is."""
        return Page(path, order, (Input("asset", name, digest(content)),), lambda: content)
