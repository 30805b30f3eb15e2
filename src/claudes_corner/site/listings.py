"""The pages that list entries: the archive and its years, each mode, each tag.

Owns how a list that grows is cut, so that no page grows with it: the archive by years, all others into sheets of equal
length, counted from the oldest entry. A later entry changes none but the first page, and a sheet that is full stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from claudes_corner.settings import Config
from claudes_corner.site.content import Content, Entry
from claudes_corner.site.inputs import selection
from claudes_corner.site.lists import SHEET, sheets_of
from claudes_corner.site.page import Input, Page, Volume, input_of, together
from claudes_corner.site.present import Presenter
from claudes_corner.site.press import About, Press
from claudes_corner.site.routes import mode_feed_route, mode_route, sheet_route, tag_route, year_route
from claudes_corner.site.rules import mode_of
from claudes_corner.site.rules_views import ModeView
from claudes_corner.site.syndication import RSS
from claudes_corner.site.views import FeedLink, Link, SheetView, TagView, TombstoneView

WHOLE_ARCHIVE = 500  # entries; one page lists no more, but its years, and the entries of the newest


class Listings:
    """The pages of one site that list entries, as promises.

    Args:
        config: The newsletter's settings.
        content: What it shows.
        press: Makes promises of pages.
        presenter: Makes the views.
        gone: Tombstones of withdrawn entries.
    """

    def __init__(
        self, config: Config, content: Content, press: Press, presenter: Presenter, gone: Sequence[TombstoneView]
    ) -> None:
        self._config = config
        self._content = content
        self._press = press
        self._presenter = presenter
        self._gone = gone
        self._shared = [presenter.all_names, *[press.common(kind) for kind in ("year", "mode", "tag", "sheet")]]

    def pages(self) -> Iterator[Page | Volume]:
        """Yield every page that lists entries, in no particular order."""
        yield self._archive(years := tuple(self._presenter.by_year))
        for decade in dict.fromkeys(year // 10 for year in years):
            some = [year for year in years if year // 10 == decade]
            listed = [entry for year in some for entry in self._presenter.by_year[year]]
            yield self._volume(f"archive of {decade}0", listed, years, partial(self._years, years, some))
        for mode, entries in self._presenter.by_mode.items():
            view = mode_of(mode, self._config, self._content, self._presenter, mode_feed(self._presenter, mode).route)
            yield self._volume(f"mode {mode}", entries, view, partial(self._mode, view, entries))
        for tag, entries in self._presenter.by_tag.items():
            yield self._volume(f"tag {tag}", entries, (), partial(self._tag, tag, entries))

    def _volume(
        self, name: str, entries: Sequence[Entry], others: object, pages: Callable[[], Iterator[Page]]
    ) -> Volume:
        """Promise the pages of a list, which are made of its entries and of other things."""
        return together(name, (self._shared, [entry.row.shown for entry in entries], others), pages)

    def _listed(self, name: str, entries: Sequence[Entry], *others: object) -> tuple[Input, Input]:
        """Declare what a list shows of entries, and beside them."""
        return selection(name, entries, *others), self._presenter.names(entries)

    def _archive(self, years: Sequence[int]) -> Page:
        presenter = self._presenter
        listed = set(years) if len(self._content.entries) <= WHOLE_ARCHIVE else set(years[:1])
        entries = [entry for year in years if year in listed for entry in presenter.by_year[year]]
        counts = [(year, len(presenter.by_year[year])) for year in years]
        names = [presenter.all_names] if self._gone else []  # themes may show who withdrew it, whose it was, its mode
        made_of = (
            *self._listed("published entries", entries, counts),
            input_of(
                "selection", "withdrawn entries", [[s.id, self._content.ledger.digests[s.id]] for s in self._gone]
            ),
            *names,
        )
        return self._press.html(
            "archive",
            "/archive/",
            "Archive",
            made_of,
            lambda: {
                "years": tuple(presenter.year(year, with_entries=year in listed) for year in years),
                "withdrawn": self._gone,
            },
        )

    def _years(self, years: Sequence[int], some: Sequence[int]) -> Iterator[Page]:
        for year in some:
            place = years.index(year)
            newer = years[place - 1] if place else None
            older = years[place + 1] if year != years[-1] else None
            yield self._year(year, newer, older, years)

    def _year(self, year: int, newer: int | None, older: int | None, years: Sequence[int]) -> Page:
        presenter = self._presenter
        return self._press.html(
            "year",
            year_route(year),
            str(year),
            (
                *self._listed(f"entries of {year}", presenter.by_year[year]),
                input_of("neighbours", str(year), years),
            ),
            lambda: {
                "year": presenter.year(year),
                "newer_year": Link(str(newer), year_route(newer)) if newer else None,
                "older_year": Link(str(older), year_route(older)) if older else None,
                "years": tuple(Link(str(one), year_route(one)) for one in years),
            },
        )

    def _mode(self, view: ModeView, entries: tuple[Entry, ...]) -> Iterator[Page]:
        presenter, (newest, *sheets) = self._presenter, sheets_of(entries)
        itself = Link(view.label, mode_route(view.name))
        view = replace(view, older=next(iter(_links(itself, sheets)), None))
        yield self._press.html(
            "mode",
            itself.route,
            view.label,
            (*self._listed(f"entries of {view.name}", newest), input_of("config", view.name, view)),
            lambda: {"mode": replace(view, entries=presenter.links(newest))},
            lambda: About(description=view.about, feeds=(mode_feed(presenter, view.name),)),
        )
        yield from self._sheets(itself, sheets, in_mode=True)

    def _tag(self, tag: str, entries: tuple[Entry, ...]) -> Iterator[Page]:
        links, (newest, *sheets) = self._presenter.links, sheets_of(entries)
        itself = Link(tag, tag_route(tag))
        older = next(iter(_links(itself, sheets)), None)
        made_of = self._listed(f"entries of {tag}", newest, older)
        yield self._press.html("tag", itself.route, tag, made_of, lambda: {"tag": TagView(tag, links(newest), older)})
        yield from self._sheets(itself, sheets)

    def _sheets(self, of: Link, sheets: Sequence[Sequence[Entry]], *, in_mode: bool = False) -> Iterator[Page]:
        links = _links(of, sheets)
        for entries, newer, sheet, older in zip(sheets, (None, *links), links, (*links[1:], None), strict=False):
            yield self._sheet(entries, sheet, SheetView(of, sheet.title, in_mode, (), newer, older))

    def _sheet(self, entries: Sequence[Entry], itself: Link, view: SheetView) -> Page:
        return self._press.html(
            "sheet",
            itself.route,
            f"{view.of.title}, {itself.title}",
            (*self._listed(f"entries of {itself.route}", entries), input_of("neighbours", itself.route, view)),
            lambda: {"sheet": replace(view, entries=self._presenter.links(entries))},
        )


def _links(of: Link, sheets: Sequence[object]) -> list[Link]:
    """Tell where the sheets of a list are, the newest first, and which entries each has, counted from the oldest."""
    return [
        Link(f"{(number - 1) * SHEET + 1:,} to {number * SHEET:,}", sheet_route(of.route, number))
        for number in range(len(sheets), 0, -1)
    ]


def mode_feed(presenter: Presenter, mode: str) -> FeedLink:
    """Tell where a mode has its feed."""
    return FeedLink(presenter.mode_label(mode), mode_feed_route(mode), RSS, "RSS")
