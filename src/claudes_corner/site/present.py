"""From entries to what templates see.

Owns the making of views: names instead of ids, dates in the newsletter's time zone, HTML instead of Markdown. The
shapes are documented in `views.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from claudes_corner.front import PageFront
from claudes_corner.schedule import parse_instant
from claudes_corner.settings import Config
from claudes_corner.site.content import Content, Entry
from claudes_corner.site.editorial import Note, StandingPage
from claudes_corner.site.language import language_of
from claudes_corner.site.lists import by_mode, by_tag, by_year, positions
from claudes_corner.site.page import Input, input_of
from claudes_corner.site.renderings import Html
from claudes_corner.site.routes import mode_route, note_route, page_route, tag_route, year_route
from claudes_corner.site.theme import long_date
from claudes_corner.site.views import DocumentPageView, EntryLink, EntryView, Link, NoteView, SiteView, YearView
from claudes_corner.standing import Standing
from claudes_corner.templating import Markup

WORDS_A_MINUTE = 230
GENERATED = {"how-we-review": "How we review", "subscribe": "Subscribe"}  # pages with a part that is never typed


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
        self._positions = content.once.of("positions", content.entries, lambda: positions(content.entries))
        self._links: dict[str, EntryLink] = {}
        self._named: dict[frozenset[tuple[str, str]], Input] = {}
        self._whole: tuple[Entry, EntryView] | None = None

    @cached_property
    def by_mode(self) -> dict[str, tuple[Entry, ...]]:
        """All entries by mode, newest first: the modes of the config in its order, then those that have left it."""
        made_of = (self._content.entries, self._content.withdrawn)
        return self._content.once.of("by mode", made_of, lambda: by_mode(*made_of, self._config.modes))

    @cached_property
    def by_tag(self) -> dict[str, tuple[Entry, ...]]:
        """All entries by tag, newest first; tags by name."""
        entries = self._content.entries
        return self._content.once.of("by tag", entries, lambda: by_tag(entries))

    @cached_property
    def by_year(self) -> dict[int, tuple[Entry, ...]]:
        """All entries by local year, newest first."""
        entries = self._content.entries
        return self._content.once.of("by year", entries, lambda: by_year(entries, self._zone))

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
            authors=tuple(author.name for author in self._config.authors.values() if author.publishable),
            pages=_menu(standing_pages(self._content)),
            has_letters=bool(self._content.letters),
            has_notes=bool(self._content.notes),
            has_search=site.search,
            signup_url=site.signup_url,
            is_demo=self._config.demo,
        )

    def names(self, entries: Sequence[Entry]) -> Input:
        """Declare the names that stand beside entries: of their modes and authors, as the settings have them."""
        pairs = frozenset([(entry.standing.mode, entry.standing.author) for entry in entries])
        if pairs not in self._named:  # very many lists have the same few
            modes, authors = (sorted({pair[place] for pair in pairs}) for place in (0, 1))
            known = [m and (m.label, m.about) for m in map(self._config.modes.get, modes)]
            authors_known = [self._author(author) for author in authors]
            self._named[pairs] = input_of("config", "names", (modes, known, authors_known))
        return self._named[pairs]

    @cached_property
    def all_names(self) -> Input:
        """Declare the names of all modes, authors and editors."""
        modes = [(name, mode.label, mode.about) for name, mode in self._config.modes.items()]
        editors = [(name, editor.name) for name, editor in self._config.editors.items()]
        return input_of("config", "all names", (modes, editors, [self._author(name) for name in self._config.authors]))

    def _author(self, name: str) -> tuple[str, str, str, str]:
        author = self._config.authors.get(name)
        return (name, author.name, author.about, author.model) if author else (name, "", "", "")

    def permalink(self, route: str) -> str:
        """Tell a route's absolute URL."""
        return self._base_url + route[1:]

    def local(self, instant: str) -> dt.datetime:
        """Put an instant into the newsletter's time zone."""
        return parse_instant(instant).astimezone(self._zone)

    def title(self, entry: Entry) -> str:
        """Tell the title that lists show: the author's, or else the edition's date in words."""
        if entry.row.title_by == "none":
            return long_date(dt.date.fromisoformat(entry.standing.edition))
        return entry.row.title

    def guid(self, name: str) -> str:
        """Name something for good (RFC 4151): an entry by its id, a note by `notes/` and its slug."""
        return f"tag:{self._config.site.tag}:{name}"

    def mode_label(self, mode: str) -> str:
        """Tell a mode's name as readers see it; of one that has left the config, its own."""
        return self._config.mode_label(mode)

    def author(self, author: str, model: str) -> str:
        """Tell an author's name as readers see it; the model's, if that is not what the name stands for today."""
        return self._config.author_name(author, model)

    def changed_at(self, entry: Entry) -> str:
        """Tell an entry's date, or when it last changed place, date or tags, if that was later."""
        return max(entry.standing.date, self._content.ledger.changed_at.get(entry.id, ""))

    def link(self, entry: Entry) -> EntryLink:
        """Show an entry in a list."""
        if known := self._links.get(entry.id):
            return known
        standing = entry.standing
        self._links[entry.id] = link = EntryLink(
            title=self.title(entry),
            route=entry.route,
            date=self.local(standing.date),
            edition=standing.edition,
            author=self.author(standing.author, entry.model),
            mode=standing.mode,
            mode_label=self.mode_label(standing.mode),
            mode_route=mode_route(standing.mode),
            reading_minutes=max(1, round(entry.row.words / WORDS_A_MINUTE)),
        )
        return link

    def rendered(self, entry: Entry) -> Html:
        """Render an entry's text, once in its life."""
        renderings = self._content.renderings
        return renderings.find(entry.row) or renderings.render(entry.row, entry.text)

    def entry(self, entry: Entry) -> EntryView:
        """Show an entry whole: on its page, and on the one that says how it was made."""
        if self._whole is None or self._whole[0] is not entry:
            self._whole = entry, self._entry(entry)
        return self._whole[1]

    def _entry(self, entry: Entry) -> EntryView:
        standing, rendered = entry.standing, self.rendered(entry)
        mode = self._config.modes.get(standing.mode)
        newer, older = self.neighbours(entry)
        link, imported, written = self.link(entry), standing.imported, standing.written
        return EntryView(
            **{name: getattr(link, name) for name in EntryLink.__struct_fields__},
            summary=rendered.summary,
            language=language_of(entry.text, self._config.site.language),
            html=Markup(rendered.html),
            title_html=Markup(rendered.heading_html) if rendered.heading_html else Markup.escape(self.title(entry)),
            has_title=entry.row.title_by != "none",
            asked_title=entry.row.title_by == "asked",
            tags=tuple(Link(tag, tag_route(tag)) for tag in standing.tags),
            author_about=self._author(standing.author)[2] if link.author != entry.model else "",
            model=entry.model,
            mode_about=mode.about if mode else "",
            was_cut=written is not None and written.stop_reason == "max_tokens",
            approved_by=tuple(self.editor(editor) for editor in standing.approved_by),
            approved_at=self.local(imported.at if imported else standing.approved_at),
            imported_by=self.editor(imported.by) if imported else "",
            origin_url=imported.origin_url if imported else "",
            drafts=self.drafts(standing),
            choice=self._content.ledger.choices.get(entry.id, "editors"),
            words=entry.row.words,
            text_sha256=standing.text_sha256,
            making_route=f"{entry.route}making/",
            text_route=f"{entry.route}essay.txt",
            transcript_route="" if imported else f"{entry.route}transcript.json",
            newer=Link(self.title(newer), newer.route) if newer else None,
            older=Link(self.title(older), older.route) if older else None,
        )

    def drafts(self, standing: Standing) -> int:
        """Count the drafts that an entry was chosen among."""
        chosen = self._content.ledger.chosen.get(standing.edition)
        is_authors = chosen is not None and chosen.id == standing.id
        if chosen and is_authors:
            return len(chosen.among)
        return self._content.ledger.among.get(standing.id) or len(self._content.ledger.of(standing.edition))

    def neighbours(self, entry: Entry) -> tuple[Entry | None, Entry | None]:
        """Find the next newer and the next older entry."""
        entries, position = self._content.entries, self._positions[entry.id]
        newer = entries[position - 1] if position else None
        older = entries[position + 1] if position + 1 < len(entries) else None
        return newer, older

    def editor(self, editor_id: str) -> str:
        """Tell an editor's name; of one who has left the config, the id."""
        return self._config.editor_name(editor_id)

    def correspondent(self, name: str) -> str:
        """Tell the name of whoever writes or gets letters: an author or an editor."""
        known = self._config.authors.get(name)
        return known.name if known else self.editor(name)

    def note(self, note: Note) -> NoteView:
        """Show an editors' note."""
        from claudes_corner import markup

        rendered = markup.render_note(note.text, base_path=urlsplit(self._base_url).path)
        return NoteView(
            title=note.front.title,
            route=note_route(note.slug),
            date=self.local(note.front.date),
            by=self.editor(note.front.by),
            html=Markup(rendered.html),
            summary=rendered.summary,
        )

    def document(self, page: StandingPage) -> DocumentPageView:
        """Show a standing page."""
        from claudes_corner import markup

        rendered = markup.render_note(page.text, base_path=urlsplit(self._base_url).path)
        return DocumentPageView(page.front.title, Markup(rendered.html))

    def year(self, year: int, *, with_entries: bool = True) -> YearView:
        """Show a year of the archive."""
        entries = self.by_year[year]
        return YearView(year, year_route(year), len(entries), self.links(entries) if with_entries else ())

    def links(self, entries: Sequence[Entry]) -> tuple[EntryLink, ...]:
        """Show entries in a list."""
        return tuple(self.link(entry) for entry in entries)


def standing_pages(content: Content) -> tuple[StandingPage, ...]:
    """List the editors' pages by slug, and in their places those that every site has, empty if nobody wrote them."""
    pages = {slug: StandingPage(slug, PageFront(title), "") for slug, title in GENERATED.items()}
    pages |= {page.slug: page for page in content.pages}
    return tuple(pages[slug] for slug in sorted(pages))


def _menu(pages: Sequence[StandingPage]) -> tuple[Link, ...]:
    shown = sorted(
        (page for page in pages if page.front.menu), key=lambda p: (p.front.order is None, p.front.order or 0)
    )
    return tuple(Link(page.front.title, page_route(page.slug)) for page in shown)
