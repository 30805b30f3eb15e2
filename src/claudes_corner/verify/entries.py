"""Checks each entry of a built site: record, transcript, `essay.txt`, page and feeds must hold the same words.

Owns what must stand where for an entry. What stands for one that was withdrawn is `tombstones.py`'s.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from email.utils import format_datetime
from urllib.parse import urljoin

import msgspec
from msgspec.structs import replace

from claudes_corner.errors import CornerError, Problem
from claudes_corner.folders import imported_front
from claudes_corner.front import DraftFront, TitleBy
from claudes_corner.ledger import AnyRecord, Changed, Imported
from claudes_corner.markup import Rendered, heading_title, render_essay
from claudes_corner.schedule import parse_instant
from claudes_corner.site.characters import carried, shown
from claudes_corner.site.page import path_of
from claudes_corner.site.syndication import absolute
from claudes_corner.site.theme import long_date
from claudes_corner.standing import Answer, Standing
from claudes_corner.text import digest, normalise
from claudes_corner.transcript import Transcript, answer_text, read_transcript
from claudes_corner.verify.feeds import Item
from claudes_corner.verify.requests import BROKEN, Asked, asked_of, check_answer, check_requests
from claudes_corner.verify.tombstones import check_withdrawn
from claudes_corner.verify.words import Words, flat, read_page, stands_alone

_FILES = ("index.html", "making/index.html", "essay.txt", "transcript.json")
_NOTHING = Words("")
_DIRECTED = re.compile(r'<div dir="rtl" lang="[A-Za-z0-9-]+">\n(.*)\n</div>', re.DOTALL)  # of a text in a feed


class Essay(msgspec.Struct, frozen=True):
    """How an entry must read, whose text is what the record says."""

    html: str
    words: Words
    title: str  # as feeds show it; empty: no transcript tells
    heading: str  # as the page does
    summary: str  # as feeds show it, in HTML
    asked: frozenset[str]  # the words of each block that was said to the author


def paths_of(standing: Standing) -> list[str]:
    """List the files that the record promises of an entry, at all its addresses."""
    names = _FILES if standing.written else _FILES[:-1]  # what was imported has no transcript
    return [f"essays/{slug}/{name}" for slug in standing.slugs for name in names]


def check_entry(
    standing: Standing,
    files: Mapping[str, bytes],
    items: Mapping[Item, Sequence[str]],
    disclaimers: Collection[str],
    records: Sequence[AnyRecord],
) -> list[Problem]:
    """Check a published entry by all that depends on nothing else; `records` are those about it.

    Of the site's files, only those in `paths_of` are looked at.
    """
    problems: list[Problem] = []
    pages = {path: read_page(files[path]) for path in paths_of(standing) if path.endswith(".html") and path in files}
    essay = _check_files(standing, files, pages, asked_of(records), problems)
    for path, page in pages.items():
        problems += lacking(path, page, disclaimers)
    changed_at = max(standing.date, *(record.at for record in records if isinstance(record, Changed)), "")
    return [*problems, *check_items(standing.id, items, disclaimers, standing, essay, changed_at)]


def lacking(path: str, page: Words, disclaimers: Collection[str]) -> Iterator[Problem]:
    """Check that a page can be read in one way only, and carries a disclaimer."""
    if page.odd:
        yield _odd("the page", path, page)
    elif not any(disclaimer in page.seen for disclaimer in disclaimers):
        yield Problem("the page lacks the disclaimer", path)


def _odd(what: str, where: str, words: Words) -> Problem:
    return Problem(f"{what} is no plain HTML: a browser may show what is not checked", where, found=repr(words.odd))


def _check_files(
    standing: Standing,
    files: Mapping[str, bytes],
    pages: Mapping[str, Words],
    asked: Asked,
    problems: list[Problem],
) -> Essay | None:
    """Check an entry's files at all its addresses; None: its text is not there to be compared with."""
    essay, written = None, standing.written
    where = path_of(standing.route)
    page = pages.get(where, _NOTHING)
    for slug in standing.slugs:
        at = f"essays/{slug}/"
        text = _recorded(files, f"{at}essay.txt", "the text", standing.text_sha256, problems)
        transcript = f"{at}transcript.json"
        raw = _recorded(files, transcript, "the transcript", written.public_sha256, problems) if written else None
        try:
            if essay is None and text is not None and standing.imported:
                essay = _imported(standing.imported, standing, text.decode("utf-8", "replace"), page.heading, problems)
            if essay is None and text is not None and written and raw is not None:
                told = read_transcript(raw, transcript)
                problems += check_answer(told, written, transcript)
                problems += check_requests(told, asked, transcript)
                essay = _written(written, standing, text.decode("utf-8", "replace"), told, transcript, problems)
        except CornerError as error:
            problems += error.problems
        except BROKEN:
            problems.append(Problem("the transcript is not in its form", transcript))
        if f"{at}index.html" not in files:
            problems.append(Problem("the record says that this is published, and there is no page", f"{at}index.html"))
    if essay and not page.odd:
        is_set = not page.hides and stands_alone(files.get(where, b"").decode("utf-8", "replace"), shown(essay.html))
        problems += _compare(
            "page", where, page, essay, essay.words.links, (essay.heading, page.heading), is_set=is_set
        )
        if standing.text_sha256 not in page.all:
            problems.append(Problem("the page does not name its text's digest", where, standing.text_sha256))
        where = path_of(f"{standing.route}making/")
        making = pages.get(where, _NOTHING)
        if not making.odd and not essay.asked <= making.quoted:
            problems.append(Problem("the page does not show what the author was asked", where))
    return essay


def _recorded(files: Mapping[str, bytes], where: str, what: str, sha256: str, problems: list[Problem]) -> bytes | None:
    """Look into a file that the record fixes; None: it is not there, or is another."""
    raw = files.get(where)
    if raw is not None and digest(raw) == sha256:
        return raw
    found = "nothing" if raw is None else digest(raw)
    problems.append(Problem(f"{what} is not the one on record", where, sha256, found))
    return None


def _written(
    written: Answer, standing: Standing, text: str, transcript: Transcript, where: str, problems: list[Problem]
) -> Essay:
    """Tell an entry's title from text and transcript; the record's digest of the front matter says if it is that."""
    answers = [(normalise(answer_text(msgspec.json.decode(e.response))), e) for e in transcript.exchanges]
    times = [exchange.finished_at for answer, exchange in answers if digest(answer) == standing.text_sha256]
    asked = answers[-1][0] if answers else ""
    rendered = render_essay(text, title_is_heading=written.title_by == "heading")
    title = {"heading": rendered.title, "asked": asked, "none": standing.edition}.get(written.title_by, "")
    same = {name: getattr(written, name) for name in ("model", "title_by", "text_sha256", "stop_reason")}
    same |= {name: getattr(standing, name) for name in ("id", "author", "mode", "edition")}
    fronts = [DraftFront(title=title, written_at=at, **same) for at in times]
    if times and standing.front_sha256 not in {front.sha256 for front in fronts}:
        found = fronts[0].sha256
        problems.append(Problem("title, author or mode are not those on record", where, standing.front_sha256, found))
    return _essay(rendered, written.title_by, title, {flat(block) for block in _asked(transcript)} - {""})


def _imported(record: Imported, standing: Standing, text: str, heading: str, problems: list[Problem]) -> Essay:
    """Tell the title of an entry from elsewhere: the page's own, if the record's digest of the front matter fits."""
    titles: dict[TitleBy, str] = {"heading": heading_title(text) or "", "none": standing.edition, "imported": heading}
    fits = [by for by, title in titles.items() if imported_front(record, title, by).sha256 == record.front_sha256]
    if not fits:
        where = path_of(standing.route)
        problems.append(Problem("title or author are not those on record", where, record.front_sha256, repr(heading)))
    by = fits[0] if fits else "imported"
    return _essay(render_essay(text, title_is_heading=by == "heading"), by, titles[by])


def _essay(rendered: Rendered, title_by: str, title: str, asked: Collection[str] = ()) -> Essay:
    shown = flat(long_date(dt.date.fromisoformat(title)) if title_by == "none" else title)
    heading = Words(rendered.heading_html, is_page=False).text if rendered.heading_html else shown
    summary = flat(html.escape(rendered.summary or shown, quote=False))
    return Essay(rendered.html, Words(rendered.html, is_page=False), shown, heading, summary, frozenset(asked))


def _asked(transcript: Transcript) -> Iterator[str]:
    for exchange in transcript.exchanges:
        request = msgspec.json.decode(exchange.request)
        system = request.get("system") or ()
        yield system if isinstance(system, str) else "\n\n".join(block["text"] for block in system)
        yield from (block["text"] for turn in request["messages"] for block in turn["content"])


def _compare(
    what: str, where: str, found: Words, essay: Essay, links: list[str], titles: tuple[str, str], *, is_set: bool
) -> Iterator[Problem]:
    """Check that a page or an item of a feed holds an essay's words, links and elements, and its title.

    `links` are the essay's as they must stand there, `titles` the expected and the one that was found; `is_set` tells
    whether the text's HTML is the essay's to the byte, which the words alone do not tell.
    """
    expected = essay.words
    if not found.has_text or found.text != expected.text:
        yield Problem(f"the {what}'s text is not essay.txt", where, *_difference(expected.text, found.text))
    elif found.links != links or not found.tags <= expected.tags:
        others = [*sorted(found.tags - expected.tags), *(link for link in found.links if link not in links)]
        yield Problem(f"the {what}'s text has other links or elements than essay.txt", where, found=", ".join(others))
    elif not is_set:
        fix = "If another version of corner built this, build it anew with this one."
        yield Problem(f"the {what}'s text is not set as essay.txt is, or is hidden", where, fix=fix)
    if essay.title and titles[0] != titles[1]:
        yield Problem(f"the {what}'s title is not the author's", where, *map(repr, titles))


def _difference(expected: str, found: str) -> tuple[str, str]:
    """Cut out of two texts where they first differ: (expected, found), quoted."""
    first = next((n for n, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), None)
    start = max((min(len(expected), len(found)) if first is None else first) - 20, 0)
    one, other = (text[start : start + 60] for text in (expected, found))
    return repr(f"…{one}" if start else one), repr(f"…{other}" if start else other)


def check_items(
    name: str,
    items: Mapping[Item, Sequence[str]],
    disclaimers: Collection[str],
    standing: Standing | None,
    essay: Essay | None = None,
    changed_at: str = "",
) -> Iterator[Problem]:
    """Check what feeds have of an entry: each different item, in whichever feeds it stands.

    `standing` is None if nothing is on record; `essay` is the entry's own text, if it is published and there, which
    changed last at `changed_at`.
    """
    for item, feeds in items.items():
        text, _, end = item.html.rpartition("\n<hr>\n")
        words, said, found = Words(text, is_page=False), Words(end, is_page=False), []
        if words.odd or said.odd:
            found.append(_odd("the item", "", words if words.odd else said))
        elif not any(disclaimer in said.seen for disclaimer in disclaimers):
            found.append(Problem("the item lacks the disclaimer"))
        if standing is None:
            found.append(Problem("an item that the record does not know as published"))
        elif standing.withdrawn:
            found += check_withdrawn(standing, item, words)
        elif essay and not words.odd:
            links = [_absolute(item.link, link) for link in essay.words.links]
            framed = _DIRECTED.fullmatch(text)
            is_set = carried(framed[1] if framed else text) == carried(_set(item.link, essay.html))
            found += _compare("feed", "", words, essay, links, (essay.title, flat(item.title)), is_set=is_set)
            if essay.title and flat(item.summary) != essay.summary:
                what = "the feed's summary is not how essay.txt begins"
                found.append(Problem(what, "", repr(essay.summary), repr(flat(item.summary))))
            if not item.link.endswith(home := standing.route):
                found.append(Problem("the item leads to another address", "", home, item.link))
        if standing:
            found += _check_dates(item, standing, changed_at)
        yield from (replace(problem, where=f"{feed}, {name}") for feed in feeds for problem in found)


def _check_dates(item: Item, standing: Standing, changed_at: str) -> Iterator[Problem]:
    """Check that an item has the date and the tags on record; of one that was withdrawn, no tags are left."""
    changed_at, tags = (standing.withdrawn.at, ()) if standing.withdrawn else (changed_at, standing.tags)
    if item.date not in _written_out(standing.date):
        yield Problem("the feed's date is not the one on record", "", standing.date, repr(item.date))
    if item.changed and item.changed not in _written_out(changed_at):
        yield Problem("the feed's date of change is not the one on record", "", changed_at, repr(item.changed))
    if item.tags != tags:
        expected, found = (", ".join(map(repr, some)) or "none" for some in (tags, item.tags))
        yield Problem("the feed's tags are not those on record", "", expected, found)


def _written_out(instant: str) -> tuple[str, ...]:
    """Write an instant as JSON Feed, Atom and RSS do; what was never published has none."""
    at = parse_instant(instant) if instant else None
    return (instant, at.isoformat(), format_datetime(at)) if at else ()


def _set(base: str, html: str) -> str:
    with suppress(ValueError):
        return absolute(html, base)
    return html


def _absolute(base: str, link: str) -> str:
    with suppress(ValueError):  # the base is no address
        return urljoin(base, link) if link.startswith(("#", "/")) else link
    return link
