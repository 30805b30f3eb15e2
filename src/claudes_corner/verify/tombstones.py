"""Checks what stands where an entry was withdrawn: its tombstone, what its files say now, and its items in feeds.

Owns what may be said of it: what a build says, and no word of the entry.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Collection, Iterator, Mapping

from claudes_corner.errors import Problem
from claudes_corner.schedule import parse_instant
from claudes_corner.site.theme import long_date
from claudes_corner.site.tombstones import last_words, words_in_feeds
from claudes_corner.standing import Standing
from claudes_corner.text import digest
from claudes_corner.verify.feeds import Item
from claudes_corner.verify.words import Words, flat, read_page

_OTHER_WORDS = "this was withdrawn, and here stands something else than what a build says of it"
_BUILD = "Build it anew: corner build."


def check_tombstone(standing: Standing, files: Mapping[str, bytes], disclaimers: Collection[str]) -> Iterator[Problem]:
    """Check that where an entry was withdrawn its tombstone stands, and in the place of its files what says so."""
    for slug in standing.slugs:
        where = f"essays/{slug}/index.html"
        text = files.get(f"essays/{slug}/essay.txt", b"")
        possible = tuple(_possible_last_words(standing, text, disclaimers))
        if digest(text) == standing.text_sha256:
            yield Problem("this was withdrawn, and its text is still there", f"essays/{slug}/essay.txt")
        elif not possible:
            yield Problem(_OTHER_WORDS, f"essays/{slug}/essay.txt", fix=_BUILD)
        told = files.get(f"essays/{slug}/transcript.json", b"")
        if standing.written and possible and (text, told) not in possible:
            yield Problem(_OTHER_WORDS, f"essays/{slug}/transcript.json", fix=_BUILD)
        if slug == standing.slug:
            page = read_page(files.get(where, b""))
            if standing.text_sha256 not in page.all or flat(standing.reason) not in page.seen:
                yield Problem("this was withdrawn, and its tombstone is missing", where, repr(standing.reason))


def _possible_last_words(
    standing: Standing, text: bytes, disclaimers: Collection[str]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield what may stand for an entry's files, if `text` may."""
    disclaimer = text.decode("utf-8", "replace").rpartition(f"{standing.text_sha256}.\n\n")[2].removesuffix("\n")
    if flat(disclaimer) in disclaimers:
        possible = (last_words(standing, day, disclaimer) for day in _days(standing))
        yield from (words for words in possible if words[0] == text)


def check_withdrawn(standing: Standing, item: Item, words: Words) -> Iterator[Problem]:
    """Check that an item of a feed says that its entry was withdrawn, and why, and nothing else."""
    edition = long_date(dt.date.fromisoformat(standing.edition))
    possible = [words_in_feeds(edition, day, standing.reason) for day in _days(standing)]
    told = [(flat(title), flat(said), flat(html.escape(said, quote=False))) for title, said in possible]
    if flat(standing.reason) not in words.seen:
        yield Problem("this was withdrawn, and the feed does not say so", expected=repr(standing.reason))
    elif (flat(item.title), words.text, flat(item.summary)) not in told:
        yield Problem(_OTHER_WORDS, fix=_BUILD)


def _days(standing: Standing) -> Iterator[dt.date]:
    """Yield the days on which an entry may have been withdrawn: nobody tells us the newsletter's time zone."""
    on = parse_instant(standing.withdrawn.at if standing.withdrawn else standing.date).date()
    return (on + dt.timedelta(days) for days in (-1, 0, 1))
