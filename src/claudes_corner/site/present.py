"""From entries to what templates see.

Owns the making of views: names instead of ids, dates in the newsletter's time zone, HTML instead of Markdown. The
shapes are documented in `views.py`.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from claudes_corner import markup
from claudes_corner.front import EntryFront
from claudes_corner.schedule import parse_instant
from claudes_corner.settings import Config
from claudes_corner.site.content import Content, Note, StandingPage
from claudes_corner.site.theme import long_date
from claudes_corner.site.views import (
    DocumentPageView,
    EntryLink,
    EntryView,
    Link,
    NoteView,
    PageView,
    SiteView,
    YearView,
)
from claudes_corner.templating import Markup
from claudes_corner.text import word_count
from claudes_corner.workspace import Entry

WORDS_A_MINUTE = 230


class Presenter:
    """Makes the views of one site.

    Args:
        config: The newsletter's settings.
        base_url: Where the site is served.
        content: Everything it shows.
    """

    def __init__(self, config: Config, base_url: str, content: Content) -> None:
        self._config = config
        self._base_url = base_url
        self._content = content
        self._zone = ZoneInfo(config.site.timezone)
        self._positions = {entry.front.id: position for position, entry in enumerate(content.entries)}

    @cached_property
    def site(self) -> SiteView:
        """The newsletter as a whole."""
        site = self._config.site
        return SiteView(
            title=site.title,
            description=site.description,
            language=site.language,
            state=site.state,
            disclaimer=site.disclaimer,
            authors=tuple(author.name for author in self._config.authors.values()),
            pages=tuple(Link(page.front.title, page_route(page)) for page in self._content.pages),
            signup_url=site.signup_url,
            is_demo=self._config.demo,
        )

    def page(self, kind: str, route: str, title: str, description: str = "") -> PageView:
        """Describe a page to its template."""
        return PageView(title, route, self.permalink(route), description or self._config.site.description, kind)

    def permalink(self, route: str) -> str:
        """Tell a route's absolute URL."""
        return self._base_url + route[1:]

    def local(self, instant: str) -> dt.datetime:
        """Put an instant into the newsletter's time zone."""
        return parse_instant(instant).astimezone(self._zone)

    def title(self, entry: Entry) -> str:
        """Tell the title that lists show: the author's, or else the edition's date in words."""
        if entry.front.title_by == "none":
            return long_date(dt.date.fromisoformat(entry.front.edition))
        return entry.front.title

    def link(self, entry: Entry) -> EntryLink:
        """Show an entry in a list."""
        mode = self._config.modes.get(entry.front.mode)
        author = self._config.authors.get(entry.front.author)
        return EntryLink(
            title=self.title(entry),
            route=entry_route(entry),
            date=self.local(entry.front.date),
            edition=entry.front.edition,
            author=author.name if author else entry.front.model,
            mode=entry.front.mode,
            mode_label=mode.label if mode else entry.front.mode,
            summary=self.rendered(entry).summary,
            reading_minutes=max(1, round(word_count(entry.text) / WORDS_A_MINUTE)),
        )

    def rendered(self, entry: Entry) -> markup.Rendered:
        """Render an entry's text, once."""
        known = self._rendered.get(entry.front.id)
        if known is None:
            known = markup.render_essay(entry.text, title_is_heading=entry.front.title_by == "heading")
            self._rendered[entry.front.id] = known
        return known

    @cached_property
    def _rendered(self) -> dict[str, markup.Rendered]:
        return {}

    def entry(self, entry: Entry) -> EntryView:
        """Show an entry whole."""
        front, rendered = entry.front, self.rendered(entry)
        mode = self._config.modes.get(front.mode)
        author = self._config.authors.get(front.author)
        route = entry_route(entry)
        newer, older = self.neighbours(entry)
        return EntryView(
            **{name: getattr(self.link(entry), name) for name in EntryLink.__struct_fields__},
            html=Markup(rendered.html),
            title_html=Markup(rendered.heading_html) if rendered.heading_html else Markup.escape(self.title(entry)),
            has_title=front.title_by != "none",
            asked_title=front.title_by == "asked",
            tags=front.tags,
            author_about=author.about if author else "",
            model=front.model,
            mode_about=mode.about if mode else "",
            was_cut=front.stop_reason == "max_tokens",
            approved_by=tuple(self.editor(editor) for editor in front.approved_by),
            approved_at=self.local(front.approved_at),
            drafts=len(self._content.ledger.of(front.edition)),
            words=word_count(entry.text),
            text_sha256=front.text_sha256,
            making_route=f"{route}making/",
            text_route=f"{route}essay.txt",
            transcript_route=f"{route}transcript.json",
            newer=Link(self.title(newer), entry_route(newer)) if newer else None,
            older=Link(self.title(older), entry_route(older)) if older else None,
        )

    def neighbours(self, entry: Entry) -> tuple[Entry | None, Entry | None]:
        """Find the next newer and the next older entry."""
        entries, position = self._content.entries, self._positions[entry.front.id]
        newer = entries[position - 1] if position else None
        older = entries[position + 1] if position + 1 < len(entries) else None
        return newer, older

    def editor(self, editor_id: str) -> str:
        """Tell an editor's name; of one who has left the config, the id."""
        editor = self._config.editors.get(editor_id)
        return editor.name if editor else editor_id

    def note(self, note: Note) -> NoteView:
        """Show an editors' note."""
        rendered = markup.render_note(note.text, base_path=urlsplit(self._base_url).path)
        return NoteView(
            title=note.front.title,
            route=f"/notes/{note.slug}/",
            date=self.local(note.front.date),
            by=self.editor(note.front.by),
            html=Markup(rendered.html),
            summary=rendered.summary,
        )

    def document(self, page: StandingPage) -> DocumentPageView:
        """Show a standing page."""
        rendered = markup.render_note(page.text, base_path=urlsplit(self._base_url).path)
        return DocumentPageView(page.front.title, Markup(rendered.html))

    def years(self) -> tuple[YearView, ...]:
        """Show the archive: all entries by local year, newest first."""
        by_year: dict[int, list[Entry]] = {}
        for entry in self._content.entries:
            by_year.setdefault(self.local(entry.front.date).year, []).append(entry)
        return tuple(
            YearView(year, f"/archive/{year}/", tuple(self.link(entry) for entry in entries))
            for year, entries in by_year.items()
        )


def entry_route(entry: Entry) -> str:
    """Tell where an entry is."""
    return f"/essays/{entry.front.slug}/"


def page_route(page: StandingPage) -> str:
    """Tell where a standing page is."""
    return f"/{page.slug}/"


def selection(content: Content) -> list[EntryFront]:
    """Say which entries a list shows, and all that it shows of them."""
    return [entry.front for entry in content.entries]


def appearance(config: Config, base_url: str) -> dict[str, object]:
    """Say which config keys any page may show."""
    return {
        "base_url": base_url,
        "site": msgspec.to_builtins(config.site),
        "authors": [[name, a.name, a.about] for name, a in config.authors.items()],  # their order shows
        "modes": {name: [m.label, m.about] for name, m in config.modes.items()},
        "editors": {name: e.name for name, e in config.editors.items()},
        "demo": config.demo,
    }
