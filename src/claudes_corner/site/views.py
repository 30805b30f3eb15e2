"""What templates get to see: the documented, typed context of a theme.

Owns the shape of every value a template may use; the theme guide is this file. Values are ready to print: routes are
turned into links by the function `path(route)`, names of assets by `asset(name)`, instants by the filters `long_date`
and `machine_date`. Strings are escaped by the template engine, except those marked *HTML* here.

Every template has `site` (`SiteView`) and `page` (`PageView`); what else it has is said at each view.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from claudes_corner.templating import Markup


class Link(msgspec.Struct, frozen=True):
    """A title and where it leads."""

    title: str
    route: str  # under the site's root: `/about/`


class FeedLink(msgspec.Struct, frozen=True):
    """A feed, and where it is."""

    title: str
    route: str
    media_type: str
    format: str  # `RSS`, `Atom` or `JSON Feed`


class SiteView(msgspec.Struct, frozen=True):
    """`site`, in every template: the newsletter as a whole."""

    title: str
    description: str
    language: str  # BCP 47
    state: str  # `running`, `paused` or `ended`
    disclaimer: str  # must stand on every page; the build fails where a theme leaves it out
    authors: tuple[str, ...]  # the names of the models that write what is published here
    pages: tuple[Link, ...]  # standing pages that the menu has, in its order
    has_letters: bool  # some letters between editors and author may be shown: `/letters/`
    has_notes: bool  # there are notes by the editors: `/notes/`
    has_search: bool  # readers can search: `/search/`
    signup_url: str  # empty if there is none
    is_demo: bool  # a demonstration, whose texts are a small model's


class PageView(msgspec.Struct, frozen=True):
    """`page`, in every template: the page itself."""

    title: str  # for <title>, without the site's
    route: str
    permalink: str  # absolute, for <link rel="canonical">
    description: str  # one sentence, perhaps empty
    kind: str  # its template's name without `.html`: `home`, `entry`, `making`, `archive`, `mode`, `sheet`, …
    feeds: tuple[FeedLink, ...]  # for <link rel="alternate">: all entries', and what is the page's own
    data: Markup  # JSON-LD for <script type="application/ld+json">, or empty
    picture: str  # absolute, 1200 by 630 px, for those who share the link; empty if there is none
    data_hash: str  # the data's hash as a Content-Security-Policy names it: `sha256-…`
    published_at: dt.datetime | None  # of an entry or a note
    modified_at: dt.datetime | None  # when it last changed place, date or tags; never its words


class EntryLink(msgspec.Struct, frozen=True, kw_only=True):
    """A published entry as lists show it."""

    title: str  # plain; the edition's long date if the text has no title
    route: str
    date: dt.datetime  # in the site's time zone; the editors', perhaps before it went live, or was even written
    edition: str  # `2026-11-25`
    author: str  # the author's name
    mode: str  # the mode's name: `past-entries`
    mode_label: str  # the mode as readers see it
    mode_route: str
    reading_minutes: int  # at least 1


class EntryView(EntryLink, frozen=True, kw_only=True):
    """`entry` in `entry.html` and `making.html`; `newest` in `home.html`: a published entry, whole."""

    summary: str  # the first words, plain
    language: str  # BCP 47, if the text's script tells that it is not the site's; else empty
    html: Markup  # HTML: the text, without the heading that is its title
    title_html: Markup  # HTML: the title with the heading's own emphasis
    has_title: bool  # False: the author gave none, and the edition's date serves
    asked_title: bool  # the author was asked for the title after it had written
    tags: tuple[Link, ...]
    author_about: str  # what the author is, perhaps empty
    model: str  # the model that answered
    mode_about: str  # one sentence, perhaps empty
    was_cut: bool  # the answer ended at the token limit
    approved_by: tuple[str, ...]  # editors' names
    approved_at: dt.datetime  # or when it was imported
    imported_by: (
        str  # the name of the editor who took it over from elsewhere: nobody here saw it being written; or empty
    )
    origin_url: str  # where an imported entry stood before; perhaps empty
    drafts: int  # how many drafts it was chosen from, this one included
    choice: str  # who chose among them: `editors`, `author`, or `rotate`: one mode an edition
    words: int
    text_sha256: str
    making_route: str
    text_route: str  # `essay.txt`: the text's exact bytes
    transcript_route: str  # empty, if it was imported
    newer: Link | None
    older: Link | None


class BlockView(msgspec.Struct, frozen=True):
    """A text block of a request."""

    text: str  # as sent, or what stands for it in public
    is_withheld: bool


class TurnView(msgspec.Struct, frozen=True):
    """One turn of a request's conversation."""

    role: str  # `user` or `assistant`
    blocks: tuple[BlockView, ...]


class ExchangeView(msgspec.Struct, frozen=True, kw_only=True):
    """One request and its answer, as the public transcript has them."""

    purpose: str  # `text`, `before` (it led to the text), `title` or `unused-title`
    system: str  # the system prompt; empty if none was sent
    turns: tuple[TurnView, ...]
    parameters: tuple[tuple[str, str], ...]  # what else the request said: model, max_tokens, …
    model: str  # that answered
    stop_reason: str
    input_tokens: int
    output_tokens: int
    request_id: str  # the API's name for it, perhaps empty
    started_at: dt.datetime
    seconds: int


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A document that the author was given as context."""

    source: str
    title: str
    url: str  # http(s), or empty
    sha256: str
    bytes: int
    fetched_at: str
    is_withheld: bool  # its text is not ours to republish; its digest is shown


class DecisionView(msgspec.Struct, frozen=True):
    """A line of the ledger about this entry."""

    at: dt.datetime
    what: str  # `asked`, `written`, `approved`, `published`, …
    by: str  # an editor's name, or `corner`


class MakingView(msgspec.Struct, frozen=True, kw_only=True):
    """`making` in `making.html`, beside `entry`: how the entry was made."""

    exchanges: tuple[ExchangeView, ...]
    documents: tuple[DocumentView, ...]
    decisions: tuple[DecisionView, ...]
    drafts: tuple[tuple[str, str], ...]  # the edition's drafts: (mode's label, what became of it)
    endpoint: str
    sdk: str
    transcript_sha256: str  # of the full transcript, which stays private
    public_sha256: str  # of the one beside the page
    front_sha256: str


class TombstoneView(msgspec.Struct, frozen=True, kw_only=True):
    """`tombstone` in `tombstone.html`, and in `withdrawn` of `archive.html`: what is left of an entry taken back."""

    id: str
    title: str  # the date of its edition in words: the author’s title went with the text
    route: str
    date: dt.datetime  # that it bore; the editors'
    withdrawn_at: dt.datetime
    by: str  # the name of the editor who withdrew it
    reason: str
    author: str  # the author's name
    mode_label: str
    text_sha256: str  # of the text that stood here
    decisions: tuple[DecisionView, ...]  # all that is on record about it


class YearView(msgspec.Struct, frozen=True):
    """A year of the archive: in `years` of `archive.html`, and `year` of `year.html`."""

    year: int
    route: str
    count: int  # how many entries it has
    entries: tuple[EntryLink, ...]  # newest first; empty on an archive page that would be too long


class NoteView(msgspec.Struct, frozen=True, kw_only=True):
    """`note` in `note.html`, and in `notes` of `notes.html` and `home.html`: the editors' own words."""

    title: str
    route: str
    date: dt.datetime
    by: str  # the editor's name
    html: Markup  # HTML
    summary: str


class LetterView(msgspec.Struct, frozen=True, kw_only=True):
    """`letter` in `letter.html`, and in `letters` of `letters.html`: between an editor and the author."""

    title: str  # who writes to whom
    route: str
    date: dt.datetime  # when it was written
    sender: str  # a name
    recipient: str
    is_authors: bool  # the author wrote it; else it is an editor's words, and must be seen not to be the model's
    model: str  # that answered; empty if an editor wrote it
    was_cut: bool  # the answer ended at the token limit
    html: Markup  # HTML
    other: Link | None  # the letter that this one answers, or its answer
    text_sha256: str
    text_route: str  # `letter.txt`: the text's exact bytes
    transcript_route: str  # empty if an editor wrote it


class DocumentPageView(msgspec.Struct, frozen=True):
    """`document` in `page.html`: a standing page."""

    title: str
    html: Markup  # HTML


class TagView(msgspec.Struct, frozen=True):
    """`tag` in `tag.html`."""

    name: str
    entries: tuple[EntryLink, ...]  # newest first
    older: Link | None  # the next sheet, if there are more


class SheetView(msgspec.Struct, frozen=True):
    """`sheet` in `sheet.html`: older entries of a mode or a tag, a fixed number, counted from the oldest."""

    of: Link  # the mode or the tag
    title: str  # which entries these are: `201 to 400`
    in_mode: bool  # all are of one mode
    entries: tuple[EntryLink, ...]  # newest first
    newer: Link | None  # the next sheet; of the last, it is the mode or the tag itself
    older: Link | None
