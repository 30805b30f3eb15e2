"""What machines are told about a page: structured data, the sitemap, what robots may read.

Owns JSON-LD in a form that no text can break out of, and says of each text that a machine wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

import msgspec

from claudes_corner.schedule import render_instant
from claudes_corner.settings import Config
from claudes_corner.site.characters import shown
from claudes_corner.site.content import Content, Entry
from claudes_corner.site.lists import sheets_of
from claudes_corner.site.page import Page, fingerprint, input_of
from claudes_corner.site.present import Presenter, standing_pages
from claudes_corner.site.routes import (
    LETTERS,
    NOTES,
    letter_route,
    mode_route,
    note_route,
    page_route,
    sheet_route,
    tag_route,
    year_route,
)
from claudes_corner.site.views import EntryView
from claudes_corner.templating import Markup

BY_A_MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def entry_data(
    entry: EntryView, guid: str, modified_at: str, image: str, config: Config, presenter: Presenter
) -> Markup:
    """Describe an entry.

    Source: schema.org BlogPosting, SoftwareApplication, digitalSourceType; IPTC NewsCodes, Digital Source Type.
    """
    site = _site(config, presenter)
    return _script(
        {
            "@type": "BlogPosting",
            "@id": guid,
            "headline": entry.title,
            "url": presenter.permalink(entry.route),
            "mainEntityOfPage": presenter.permalink(entry.route),
            "datePublished": render_instant(entry.date),
            "dateModified": modified_at,
            "inLanguage": entry.language or config.site.language,
            "image": image,
            "wordCount": entry.words,
            "description": entry.summary,
            "keywords": [tag.title for tag in entry.tags],
            "digitalSourceType": "" if entry.imported_by else BY_A_MODEL,  # nothing here shows it
            "creditText": config.site.disclaimer,
            "author": not entry.imported_by
            and {
                "@type": "SoftwareApplication",
                "name": entry.author,
                "description": entry.author_about or "A language model.",
                "softwareVersion": entry.model,
                "applicationCategory": "Language model",
            },
            "isPartOf": site,
            "publisher": {"@type": "Organization", "name": config.site.title, "url": presenter.permalink("/")},
            "subjectOf": presenter.permalink(entry.making_route),
        }
    )


def site_data(config: Config, presenter: Presenter) -> Markup:
    """Describe the newsletter as a whole."""
    return _script(
        _site(config, presenter) | {"description": config.site.description, "inLanguage": config.site.language}
    )


def sitemap(
    places: Iterable[tuple[str, str]],
    entries: Iterable[Entry],
    presenter: Presenter,
) -> bytes:
    """List a site's pages for search engines.

    Args:
        places: Routes, each with the instant of its last change, or "" where none is known.
        entries: Those that have a page each, and one that says how they were made.
        presenter: Makes absolute links.
    Source: sitemaps.org protocol 0.9; `lastmod` is a W3C date-time.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<urlset xmlns="{_SITEMAP}">']
    for route, at in places:
        lastmod = f"<lastmod>{at}</lastmod>" if at else ""
        lines.append(f"<url><loc>{escape(presenter.permalink(route))}</loc>{lastmod}</url>")
    start = escape(presenter.permalink("/"))[:-1]
    lines += [  # the routes of entries have no sign that would have to be escaped
        f"<url><loc>{start}{route}</loc><lastmod>{at}</lastmod></url>\n"
        f"<url><loc>{start}{route}making/</loc><lastmod>{at}</lastmod></url>"
        for route, at in ((entry.route, presenter.changed_at(entry)) for entry in entries)
    ]
    return "\n".join([*lines, "</urlset>", ""]).encode()


def for_robots(content: Content, presenter: Presenter) -> Iterator[Page]:
    """Yield the sitemap, and robots.txt, which lets every robot read everything. Source: RFC 9309."""
    places, entries, ledger = tuple(_places(content, presenter)), content.entries, content.ledger

    def digest_of_entries() -> bytes:
        """Tell all that the sitemap says of entries."""
        return fingerprint([[entry.row.shown for entry in entries], ledger.changed_at])

    said = content.once.of("places of entries", (entries, ledger.head), digest_of_entries)
    home = input_of("config", "base_url", presenter.permalink("/"))
    made_of = (input_of("selection", "places", [places, said.hex()]), home)
    yield Page(
        "sitemap.xml",
        "feed",
        made_of,
        lambda: sitemap(places, entries, presenter),
    )
    allowed = f"User-agent: *\nAllow: /\n\nSitemap: {presenter.permalink('/sitemap.xml')}\n".encode()
    yield Page("robots.txt", "feed", (home,), lambda: allowed)


def _places(content: Content, presenter: Presenter) -> Iterator[tuple[str, str]]:
    """Yield every page that is worth finding, but entries, with the instant of its last change where that is known."""
    newest = content.entries[0].standing.date if content.entries else ""
    yield from (("/", newest), ("/archive/", newest), ("/record/", ""), ("/check/", newest))
    yield from ((page_route(page.slug), "") for page in standing_pages(content))
    yield from ((note_route(note.slug), note.front.date) for note in content.notes)
    yield from ((NOTES, newest_note.front.date) for newest_note in content.notes[:1])
    yield from ((letter_route(letter.front.id), letter.front.written_at) for letter in content.letters)
    yield from ((LETTERS, "") for _ in content.letters[:1])
    for lists, route_of in ((presenter.by_mode, mode_route), (presenter.by_tag, tag_route)):
        for name, entries in lists.items():
            first, *sheets = sheets_of(entries)
            yield route_of(name), first[0].standing.date if first else ""
            routes = (sheet_route(route_of(name), number) for number in range(len(sheets), 0, -1))
            yield from zip(routes, (sheet[0].standing.date for sheet in sheets), strict=True)
    yield from ((year_route(year), entries[0].standing.date) for year, entries in presenter.by_year.items())


def _site(config: Config, presenter: Presenter) -> dict[str, Any]:
    return {"@type": "Blog", "name": config.site.title, "url": presenter.permalink("/")}


def _script(described: dict[str, Any]) -> Markup:
    """Write JSON-LD for a script element: a data block, which no browser runs and no sign in it can end."""
    raw = msgspec.json.encode({"@context": "https://schema.org"} | {k: v for k, v in described.items() if v}).decode()
    for sign in "<>&\u2028\u2029":
        raw = raw.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(shown(raw))  # every sign that HTML knows is written as JSON's escape
