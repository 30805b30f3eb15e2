"""Search: a page, and for each year the texts that it looks through, in the reader's own browser.

Owns what can be found: published entries and editors' notes, by the words that their pages show. The index is made
where it is asked, by the library that the theme brings (MiniSearch); a withdrawn text is gone from here with the build
that takes it away.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from functools import partial
from html import unescape

import msgspec

from claudes_corner.settings import Config
from claudes_corner.site.content import Content, Entry
from claudes_corner.site.editorial import Note
from claudes_corner.site.inputs import selection
from claudes_corner.site.language import language_of
from claudes_corner.site.page import Page, input_of
from claudes_corner.site.present import Presenter
from claudes_corner.site.press import Press
from claudes_corner.site.routes import note_route
from claudes_corner.site.theme import long_date

ROUTE = "/search/"
NOTES = "notes"  # stands among the modes
_NO_WORDS = re.compile(r'<sup>.*?</sup>|<a [^>]*role="doc-backlink".*?</a>|<[^>]*>')  # a footnote's number is none


class Findable(msgspec.Struct, frozen=True):
    """A text that can be found."""

    route: str
    title: str
    date: str  # `2026-11-25`
    long_date: str
    mode: str  # or `notes`
    by: str
    language: str  # empty if it can be the site's
    text: str  # its words in one line, without Markdown's signs, or the heading that is the title


class Findables(msgspec.Struct, frozen=True):
    """`search/<year>.json`."""

    version: int
    disclaimer: str
    texts: tuple[Findable, ...]


class Search:
    """The search page and its texts.

    Args:
        config: The newsletter's settings.
        content: What it shows.
        presenter: Makes the views.
        press: Makes promises of pages.
    """

    def __init__(self, config: Config, content: Content, presenter: Presenter, press: Press) -> None:
        self._config = config
        self._site = [config.site.disclaimer, config.site.language, config.site.timezone]
        self._presenter = presenter
        self._press = press
        self._notes: dict[int, list[Note]] = {}
        for note in content.notes:
            self._notes.setdefault(presenter.local(note.front.date).year, []).append(note)

    def pages(self) -> Iterator[Page]:
        """Yield the page, and a file for each year."""
        by_year = self._presenter.by_year
        years = sorted({*by_year, *self._notes}, reverse=True)
        modes = [(self._presenter.mode_label(mode), mode) for mode, found in self._presenter.by_mode.items() if found]
        modes += [("Notes by the editors", NOTES)] if self._notes else []
        made_of = input_of("selection", "what can be searched", [modes, years])
        yield self._press.html("search", ROUTE, "Search", (made_of,), lambda: {"modes": modes, "years": years})
        for year in years:
            entries, notes = by_year.get(year, ()), self._notes.get(year, [])
            inputs = (
                selection(f"entries of {year}", entries),
                input_of("selection", f"notes of {year}", [[n.slug, n.front, n.text] for n in notes]),
                input_of("config", "site", self._site),
                self._presenter.all_names,
            )
            yield Page(f"search/{year}.json", "list", inputs, partial(self._year, entries, notes))

    def _year(self, entries: Sequence[Entry], notes: Sequence[Note]) -> bytes:
        texts = (*map(self._entry, entries), *map(self._note, notes))
        newest_first = tuple(sorted(texts, key=lambda text: text.date, reverse=True))
        return msgspec.json.encode(Findables(1, self._config.site.disclaimer, newest_first)) + b"\n"

    def _entry(self, entry: Entry) -> Findable:
        title, by, standing = self._presenter.title(entry), self._presenter.link(entry).author, entry.standing
        html = self._presenter.rendered(entry).html
        return self._findable(entry.route, title, standing.date, standing.mode, by, html)

    def _note(self, note: Note) -> Findable:
        front = note.front
        by = self._presenter.editor(front.by)
        return self._findable(
            note_route(note.slug), front.title, front.date, NOTES, by, self._presenter.note(note).html
        )

    def _findable(self, route: str, title: str, date: str, mode: str, by: str, html: str) -> Findable:
        text = " ".join(unescape(_NO_WORDS.sub("", html)).split())
        day: dt.date = self._presenter.local(date)
        language = language_of(text, self._config.site.language)
        return Findable(route, title, f"{day:%Y-%m-%d}", long_date(day), mode, by, language, text)
