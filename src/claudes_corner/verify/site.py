"""Checks a built site, in a folder or on the web, with nothing but what it serves, and what the verifier brings along.

Owns the order of things, and what the report says. It is never told what the workspace holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from claudes_corner.errors import Problem
from claudes_corner.site.sums import SEALS, SUMS
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import digest
from claudes_corner.verify.copies import Text
from claudes_corner.verify.entries import check_essay, check_feeds, check_tombstone
from claudes_corner.verify.places import MAX_PAGE_BYTES, Place, parse_sums, read_all
from claudes_corner.verify.record import check_record
from claudes_corner.verify.report import NEVER, Report, Tell, of_imported
from claudes_corner.verify.seals import Known, check_seals
from claudes_corner.verify.words import Words, flat

_LEDGER = "ledger.jsonl"
_AN_ENTRY = ("index.html", "making/index.html", "essay.txt", "transcript.json")
_FEEDS = ("index.html", "feed.xml", "atom.xml", "feed.json")
_MANY = 5


def verify_site(place: Place, known: Known, tell: Tell = lambda _done, _all: None) -> Report:
    """Check a built site.

    Args:
        place: Where it is. Nothing in it is changed.
        known: A key and an older checkpoint, if the verifier has them.
        tell: Is told how many files of how many were read.

    Raises:
        FetchError: An address cannot be reached.
        WorkspaceError: Something is too large.
    """
    problems: list[Problem] = []
    notes: list[str] = []
    record = place.read(_LEDGER)
    if record is None:
        problems.append(Problem("there is no record, so nothing can be followed", _LEDGER))
    followed = check_record(record or b"", _LEDGER)
    problems += followed.problems
    published, gone = _places(followed.known)
    listed, files = _look(place, [*published, *gone], problems, tell)
    tag = followed.known.rules.tag if followed.known.rules else ""
    problems += check_seals(files, record or b"", tag, known, notes)
    others = place.others([*listed, *SEALS])
    problems += _strangers([*listed, *others], [*published, *gone])
    pages = {path: Words(raw.decode("utf-8", "replace")) for path, raw in files.items() if path.endswith(".html")}
    essays = {s.id: found for s in published if (found := check_essay(s, files, pages, problems))}
    for standing in gone:
        problems += check_tombstone(standing, files, pages)
    disclaimers = {flat(essay.disclaimer) for essay in essays.values()} - {""}
    problems += _check_disclaimers(pages, disclaimers, notes)
    problems += check_feeds(published, essays, {s.id: s for s in gone}, tag, files, disclaimers)
    if outside := [path for path in others if not path.startswith("essays/")]:
        named = ", ".join(outside[:_MANY]) + (" …" if outside[_MANY:] else "")
        notes.append(f"{len(outside):,} files that no build wrote: {named}")
    if not followed.is_whole:
        notes.append("what follows the line where the record breaks")
    checked = (
        f"{len(followed.known.records):,} records: chain, form, quorum, editors and criteria of their time",
        f"{len(files):,} files against {SUMS}",
        f"{len(essays):,} published texts: record, transcript, essay.txt, page and feeds hold the same words",
        f"{len(gone):,} withdrawn texts: their tombstones",
    )
    return Report(checked, tuple(problems), (*NEVER, *of_imported(followed.known.standings.values()), *notes, *_UNSEEN))


_UNSEEN = (
    "what the editors wrote themselves, and letters: notes, pages, reasons",
    "what is withheld: full transcripts, reasons of vetoes, drafts that were not published",
)


def published_texts(place: Place) -> list[Text]:
    """Read the texts of a site that are what its record says."""
    published, _ = _places(check_record(place.read(_LEDGER) or b"", _LEDGER).known)
    found = ((s, place.read(f"essays/{s.slug}/essay.txt") or b"") for s in published)
    return [
        Text(s.id, raw.decode("utf-8", "replace"), not s.written or s.written.title_by == "heading")
        for s, raw in found
        if digest(raw) == s.text_sha256
    ]


def _places(known: Ledger) -> tuple[list[Standing], list[Standing]]:
    standings = known.standings.values()
    return [s for s in standings if s.status == "published"], [s for s in standings if s.status == "withdrawn"]


def _look(
    place: Place, entries: list[Standing], problems: list[Problem], tell: Tell
) -> tuple[dict[str, str], dict[str, bytes]]:
    """Read all that the site lists and all that the record promises: (digests as listed, files), by path."""
    sums = place.read(SUMS)
    if sums is None:
        problems.append(Problem("the site has no list of its files", SUMS, fix="Build it anew: corner build."))
    listed = parse_sums(sums or b"", problems)
    promised = [
        f"essays/{slug}/{name}"
        for s in entries
        for slug in (s.slug, *s.aliases)
        for name in (_AN_ENTRY if s.written else _AN_ENTRY[:-1])
    ]
    files: dict[str, bytes] = {}
    for path, content in read_all(place, [_LEDGER, *SEALS, *_FEEDS, *promised, *listed], tell):
        if content is not None and path.endswith(".html") and len(content) > MAX_PAGE_BYTES:
            problems.append(Problem("too large for a page", path, f"at most {MAX_PAGE_BYTES:,} bytes"))
        elif content is not None:
            files[path] = content
        if path in listed and path != "404.html" and (found := digest(content or b"")) != listed[path]:
            if content is None:
                problems.append(Problem("this file is listed, and it is not there", path))
            else:
                what = f"the file is not the one in {SUMS}"
                problems.append(Problem(what, path, listed[path], found))
    problems += [
        Problem(f"this file is not in {SUMS}", path)
        for path in (_LEDGER, *_FEEDS, *promised)
        if path in files and sums is not None and path not in listed
    ]
    return listed, files


def _check_disclaimers(pages: Mapping[str, Words], disclaimers: set[str], notes: list[str]) -> Iterator[Problem]:
    """Check that every page carries one: those that transcripts have, or the one that the home page names as such."""
    claimed = pages["index.html"].disclaimer if "index.html" in pages else ""
    if claimed and claimed not in disclaimers:
        notes.append(f"the disclaimer: no transcript on record carries this one: {claimed!r}")
        disclaimers.add(claimed)
    for path, page in pages.items():
        if not any(disclaimer in page.all for disclaimer in disclaimers):
            yield Problem("the page lacks the disclaimer", path)


def _strangers(paths: list[str], entries: list[Standing]) -> Iterator[Problem]:
    """Yield every place of an entry that the record does not know."""
    slugs = {slug for standing in entries for slug in (standing.slug, *standing.aliases)}
    found = {path.split("/")[1]: path for path in sorted(paths, reverse=True) if path.startswith("essays/")}
    for slug in sorted(set(found) - slugs):
        yield Problem("the record does not know this as published", found[slug])
