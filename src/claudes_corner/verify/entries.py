"""Checks each entry of a built site: record, transcript, `essay.txt`, page and feeds must hold the same words.

Owns what must stand where for an entry, and for one that was withdrawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from urllib.parse import urljoin

import msgspec
from msgspec.structs import replace

from claudes_corner.errors import CornerError, Problem
from claudes_corner.folders import imported_front
from claudes_corner.front import DraftFront, TitleBy
from claudes_corner.ledger import Imported
from claudes_corner.markup import Rendered, heading_title, render_essay
from claudes_corner.site.theme import long_date
from claudes_corner.standing import Standing
from claudes_corner.text import digest, normalise
from claudes_corner.transcript import Transcript, answer_text, read_transcript
from claudes_corner.verify.feeds import Item
from claudes_corner.verify.words import Words, flat

_FILES = ("index.html", "making/index.html", "essay.txt", "transcript.json")
_NOTHING = Words("")


class Essay(msgspec.Struct, frozen=True):
    """An entry whose text is what the record says."""

    standing: Standing
    rendered: Rendered
    words: Words  # of what was rendered
    title: str  # as pages and feeds show it; empty: no transcript tells
    asked: tuple[str, ...]  # what was said to the author, block by block


def paths_of(standing: Standing) -> list[str]:
    """List the files that the record promises of an entry, at all its addresses."""
    names = _FILES if standing.written else _FILES[:-1]  # what was imported has no transcript
    return [f"essays/{slug}/{name}" for slug in (standing.slug, *standing.aliases) for name in names]


def check_entry(
    standing: Standing,
    files: Mapping[str, bytes],
    items: Mapping[Item, Sequence[str]],
    disclaimers: Collection[str],
) -> tuple[bool, list[Problem]]:
    """Check a published entry by all that depends on nothing else: (whether its text is there, what is wrong).

    Of the site's files, only those in `paths_of` are looked at.
    """
    problems: list[Problem] = []
    paths = [path for path in paths_of(standing) if path.endswith(".html") and path in files]
    pages = {path: read_page(files[path]) for path in paths}
    essay = _check_files(standing, files, pages, problems)
    problems += lacking(pages, disclaimers)
    problems += check_items(standing.id, items, disclaimers, standing, essay)
    return essay is not None, problems


def read_page(raw: bytes) -> Words:
    """Take the words out of a page."""
    return Words(raw.decode("utf-8", "replace"))


def lacking(pages: Mapping[str, Words], disclaimers: Collection[str]) -> Iterator[Problem]:
    """Yield the pages that carry no disclaimer."""
    for path, page in pages.items():
        if not any(disclaimer in page.all for disclaimer in disclaimers):
            yield Problem("the page lacks the disclaimer", path)


def _check_files(
    standing: Standing, files: Mapping[str, bytes], pages: Mapping[str, Words], problems: list[Problem]
) -> Essay | None:
    """Check an entry's files at all its addresses; None: its text is not there to be compared with."""
    found = None
    for slug in (standing.slug, *standing.aliases):
        text = _text(standing, files, f"essays/{slug}/essay.txt", problems)
        transcript = _transcript(standing, files, f"essays/{slug}/transcript.json", problems)
        try:
            if standing.imported and text is not None:
                heading = pages.get(f"essays/{standing.slug}/index.html", _NOTHING).heading
                found = found or _imported(standing.imported, standing, text, heading, problems)
            found = found or (text is not None and _essay(standing, text, transcript, slug, problems)) or None
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            problems.append(Problem("the transcript is not in its form", f"essays/{slug}/transcript.json"))
        if (where := f"essays/{slug}/index.html") not in files:
            problems.append(Problem("the record says that this is published, and there is no page", where))
    if found:
        where = f"essays/{standing.slug}/index.html"
        problems += _page(found, pages.get(where, _NOTHING), where)
        where = f"essays/{standing.slug}/making/index.html"
        making = pages.get(where, _NOTHING).all
        if any(flat(block) not in making for block in found.asked):
            problems.append(Problem("the page does not show what the author was asked", where))
    return found


def _text(standing: Standing, files: Mapping[str, bytes], where: str, problems: list[Problem]) -> str | None:
    raw = files.get(where)
    if raw is None or digest(raw) != standing.text_sha256:
        found = "nothing" if raw is None else digest(raw)
        problems.append(Problem("the text is not the one on record", where, standing.text_sha256, found))
        return None
    return raw.decode("utf-8", "replace")


def _transcript(
    standing: Standing, files: Mapping[str, bytes], where: str, problems: list[Problem]
) -> Transcript | None:
    raw, written = files.get(where), standing.written
    if written is None:  # it was imported: nobody asked for it here
        return None
    if raw is None or digest(raw) != written.public_sha256:
        found = "nothing" if raw is None else digest(raw)
        problems.append(Problem("the transcript is not the one on record", where, written.public_sha256, found))
        return None
    try:
        return read_transcript(raw, where)
    except CornerError as error:
        problems += error.problems
        return None


def _essay(
    standing: Standing, text: str, transcript: Transcript | None, slug: str, problems: list[Problem]
) -> Essay | None:
    """Tell an entry's title from text and transcript; the record's digest of the front matter says if it is that."""
    written = standing.written
    if written is None or transcript is None:
        return None
    where = f"essays/{slug}/transcript.json"
    answers = [(normalise(answer_text(msgspec.json.decode(e.response))), e) for e in transcript.exchanges]
    times = [exchange.finished_at for answer, exchange in answers if digest(answer) == standing.text_sha256]
    if not times:
        problems.append(Problem("no answer in the transcript is this text", where, standing.text_sha256))
    asked = answers[-1][0] if answers else ""
    rendered = render_essay(text, title_is_heading=written.title_by == "heading")
    title = {"heading": rendered.title, "asked": asked, "none": standing.edition}.get(written.title_by, "")
    same = {name: getattr(written, name) for name in ("model", "title_by", "text_sha256", "stop_reason")}
    same |= {name: getattr(standing, name) for name in ("id", "author", "mode", "edition")}
    fronts = [DraftFront(title=title, written_at=at, **same) for at in times]
    if times and standing.front_sha256 not in {front.sha256 for front in fronts}:
        found = fronts[0].sha256
        problems.append(Problem("title, author or mode are not those on record", where, standing.front_sha256, found))
    is_none = written.title_by == "none"
    shown = long_date(dt.date.fromisoformat(standing.edition)) if is_none else title
    words = Words(rendered.html, is_page=False)
    return Essay(standing, rendered, words, shown, tuple(_asked(transcript)))


def _imported(record: Imported, standing: Standing, text: str, heading: str, problems: list[Problem]) -> Essay:
    """Tell the title of an entry from elsewhere: the page's own, if the record's digest of the front matter fits."""
    titles: dict[TitleBy, str] = {
        "heading": heading_title(text) or "",
        "none": standing.edition,
        "imported": heading,
    }
    fits = [by for by, title in titles.items() if imported_front(record, title, by).sha256 == record.front_sha256]
    if not fits:
        where = f"essays/{standing.slug}/index.html"
        problems.append(Problem("title or author are not those on record", where, record.front_sha256, repr(heading)))
    by = fits[0] if fits else "imported"
    rendered = render_essay(text, title_is_heading=by == "heading")
    title = long_date(dt.date.fromisoformat(standing.edition)) if by == "none" else titles[by]
    return Essay(standing, rendered, Words(rendered.html, is_page=False), title, ())


def _asked(transcript: Transcript) -> Iterator[str]:
    for exchange in transcript.exchanges:
        request = msgspec.json.decode(exchange.request)
        system = request.get("system") or ()
        yield from (system,) if isinstance(system, str) else (block["text"] for block in system)
        yield from (block["text"] for turn in request["messages"] for block in turn["content"])


def _page(essay: Essay, page: Words, where: str) -> Iterator[Problem]:
    expected = essay.words
    if page.articles != 1 or page.text != expected.text:
        yield Problem("the page's text is not essay.txt", where, *difference(expected.text, page.text))
    elif page.links != expected.links or not page.tags <= expected.tags:
        found = [*sorted(page.tags - expected.tags), *(link for link in page.links if link not in expected.links)]
        yield Problem("the page's text has other links or elements than essay.txt", where, found=", ".join(found))
    title = essay.rendered.heading_html
    heading = Words(title, is_page=False).text if title else flat(essay.title)
    if essay.title and page.heading != heading:
        yield Problem("the page's title is not the author's", where, repr(heading), repr(page.heading))
    if essay.standing.text_sha256 not in page.all:
        yield Problem("the page does not name its text's digest", where, essay.standing.text_sha256)


def difference(expected: str, found: str) -> tuple[str, str]:
    """Cut out of two texts where they first differ: (expected, found), quoted."""
    first = next((n for n, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), None)
    start = max((min(len(expected), len(found)) if first is None else first) - 20, 0)
    one, other = (text[start : start + 60] for text in (expected, found))
    return repr(f"…{one}" if start else one), repr(f"…{other}" if start else other)


def check_tombstone(standing: Standing, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Check that where an entry was withdrawn its tombstone stands, and nothing of its text."""
    for slug in (standing.slug, *standing.aliases):
        where = f"essays/{slug}/index.html"
        text = files.get(f"essays/{slug}/essay.txt", b"")
        if digest(text) == standing.text_sha256:
            yield Problem("this was withdrawn, and its text is still there", f"essays/{slug}/essay.txt")
        if slug == standing.slug:
            page = read_page(files.get(where, b"")).all
            if standing.text_sha256 not in page or flat(standing.reason) not in page:
                yield Problem("this was withdrawn, and its tombstone is missing", where, repr(standing.reason))


def check_items(
    name: str,
    items: Mapping[Item, Sequence[str]],
    disclaimers: Collection[str],
    standing: Standing | None,
    essay: Essay | None = None,
) -> Iterator[Problem]:
    """Check what feeds have of an entry: each different item, in whichever feeds it stands.

    `standing` is None if nothing is on record; `essay` is the entry's own text, if it is published and there.
    """
    for item, feeds in items.items():
        text, _, end = item.html.rpartition("\n<hr>\n")
        words, found = Words(text, is_page=False), []
        if not any(disclaimer in Words(end, is_page=False).all for disclaimer in disclaimers):
            found.append(Problem("the item lacks the disclaimer"))
        if standing is None:
            found.append(Problem("an item that the record does not know as published"))
        elif standing.withdrawn and flat(standing.reason) not in words.all:
            found.append(Problem("this was withdrawn, and the feed does not say so", expected=repr(standing.reason)))
        elif essay:
            found += _item(essay, item, words)
        yield from (replace(problem, where=f"{feed}, {name}") for feed in feeds for problem in found)


def _item(essay: Essay, item: Item, found: Words) -> Iterator[Problem]:
    expected = essay.words
    if found.text != expected.text:
        yield Problem("the feed's text is not essay.txt", "", *difference(expected.text, found.text))
    elif not found.tags <= expected.tags or found.links != [_absolute(item.link, link) for link in expected.links]:
        yield Problem("the feed's text has other links or elements than essay.txt")
    if essay.title and flat(item.title) != flat(essay.title):
        yield Problem("the feed's title is not the author's", "", repr(essay.title), repr(item.title))
    if not item.link.endswith(f"/essays/{essay.standing.slug}/"):
        yield Problem("the item leads to another address", "", f"/essays/{essay.standing.slug}/", item.link)


def _absolute(base: str, link: str) -> str:
    return urljoin(base, link) if link.startswith(("#", "/")) else link
