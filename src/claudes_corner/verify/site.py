"""Checks a built site, in a folder or on the web, with nothing but what it serves, and what the verifier brings along.

Owns the order of things, and what the report says. It is never told what the workspace holds.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain

import msgspec

from claudes_corner.errors import Problem
from claudes_corner.folders import imported_front
from claudes_corner.ledger import Rules
from claudes_corner.markup import heading_title
from claudes_corner.site.marker import MARKER
from claudes_corner.site.page import path_of
from claudes_corner.site.routes import rules_route
from claudes_corner.site.spread import spread
from claudes_corner.site.sums import HISTORY, SEALS, SUMS
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import digest
from claudes_corner.verify import NEVER, Report, Tell
from claudes_corner.verify.copies import Text
from claudes_corner.verify.entries import check_entry, check_items, lacking, paths_of
from claudes_corner.verify.feeds import Items, is_feed, read_feeds
from claudes_corner.verify.places import (
    MAX_FEED_BYTES,
    MAX_FILE_BYTES,
    MAX_PAGE_BYTES,
    Files,
    Place,
    parse_sums,
    read_all,
)
from claudes_corner.verify.record import check_record, of_record
from claudes_corner.verify.remembered import Remembered, key_of
from claudes_corner.verify.requests import has_withheld, unseen_requests
from claudes_corner.verify.seals import Known, check_seals
from claudes_corner.verify.tombstones import check_tombstone
from claudes_corner.verify.words import flat, read_page

_LEDGER = "ledger.jsonl"
_PACKED = ".gz"  # how the name of a file's compressed variant ends, which servers send in its place
_MISSING = "404.html"  # servers may show it only where something else is missing
_FEEDS = ("index.html", "feed.xml", "atom.xml", "feed.json")
_ALIKE = "record, transcript, essay.txt, page and feeds hold the same words, record and feeds the same dates and tags"
_UNSEEN = (
    "authors' names; dates and tags as pages show them; what feeds say of themselves",
    "what the editors wrote themselves, and letters: notes, pages, reasons",
    "what is withheld: full transcripts, reasons of vetoes, drafts that were not published",
)
_MANY = 5
_FEW = 50  # are checked sooner than another process has started


class _Site(msgspec.Struct, frozen=True):
    """What is checked, against what."""

    published: list[Standing]
    gone: list[Standing]
    files: Files
    items: Items
    disclaimers: set[str]  # those that count
    remembered: Remembered
    known: Ledger
    is_near: bool  # False: only what is asked for by its name is seen


class _Told(msgspec.Struct):
    """What of a transcript is of use here."""

    disclaimer: str


def verify_site(
    place: Place,
    known: Known,
    tell: Tell = lambda _done, _all: None,
    remembered: Remembered | None = None,
    jobs: int = 1,
) -> Report:
    """Check a built site.

    Args:
        place: Where it is. Nothing in it is changed.
        known: A key and an older checkpoint, if the verifier has them.
        tell: Is told how many files of how many were read, then how many entries of how many are checked.
        remembered: What was found sound before, by somebody whom the verifier believes: itself.
        jobs: How many processes check entries.

    Raises:
        FetchError: An address cannot be reached.
        WorkspaceError: Something is too large, or changes meanwhile.
    """
    problems, notes = list[Problem](), list[str]()
    record = place.read(_LEDGER)
    if record is None:
        problems.append(Problem("there is no record, so nothing can be followed", _LEDGER))
    followed = check_record(record or b"", _LEDGER)
    problems += followed.problems
    published, gone = followed.known.having("published"), followed.known.having("withdrawn")
    listed, files = _look(place, [*published, *gone], problems, tell)
    tag = followed.known.rules.tag if followed.known.rules else ""
    problems += [*check_seals(files, record or b"", tag, known, notes), *_check_rules(followed.known, files)]
    others = _others(place, listed, problems)
    strange = _strangers([*listed, *others], [*published, *gone], problems)
    items, ids = read_feeds(files, tag, problems)
    count = _disclaimers(published, files, notes)
    site = _Site(published, gone, files, items, count, remembered or Remembered(), followed.known, place.is_near)
    wrong = _check_entries(site, tell, jobs)
    problems += [*chain(*wrong), *_check_others(site, ids)]
    if outside := [path for path in others if path not in strange]:
        named = ", ".join(outside[:_MANY]) + (" …" if outside[_MANY:] else "")
        notes.append(f"{len(outside):,} files that no build wrote: {named}")
    if not followed.is_whole:
        notes.append("what follows the line where the record breaks")
    sound = len(published) - len(wrong)
    checked = (
        f"{len(followed.known.records):,} records: chain, form, quorum, editors and criteria of their time",
        f"{sum(path in files for path in listed):,} files against {SUMS}",
        f"{sound:,} published texts: {_ALIKE}",
        f"{len(gone):,} withdrawn texts: their tombstones",
    )
    return Report(checked, tuple(problems), (*NEVER, *of_record(followed.known), *notes, *_unseen(site)))


def _unseen(site: _Site) -> Iterator[str]:
    """Say what nobody can check who sees no more than a site."""
    yield from unseen_requests(
        has_withheld(site.files.get(path_of(f"{s.route}transcript.json"), b"")) for s in site.published
    )
    if site.gone:
        yield "what else the pages of withdrawn texts say, beside digest and reason: themes have words of their own"
    if not site.is_near:
        yield "whether there are other files than the site lists: nobody can list what a server has"
    yield from _UNSEEN


def published_texts(place: Place) -> list[Text]:
    """Read the texts of a site that are what its record says."""
    published = check_record(place.read(_LEDGER) or b"", _LEDGER).known.having("published")
    found = ((s, place.read(path_of(f"{s.route}essay.txt")) or b"") for s in published)
    texts = ((s, raw.decode("utf-8", "replace")) for s, raw in found if digest(raw) == s.text_sha256)
    return [Text(s.id, text, _is_title_heading(s, text)) for s, text in texts]


def _is_title_heading(standing: Standing, text: str) -> bool:
    """Answer whether a text begins with its title; of one from elsewhere, only the digest of its head tells."""
    if standing.imported:
        return imported_front(standing.imported, heading_title(text) or "", "heading").sha256 == standing.front_sha256
    return standing.written is not None and standing.written.title_by == "heading"


def _look(place: Place, entries: list[Standing], problems: list[Problem], tell: Tell) -> tuple[dict[str, str], Files]:
    """Read all that the site lists and all that the record promises: (digests as listed, files), by path."""
    sums = place.read(SUMS)
    if sums is None:
        problems.append(Problem("the site has no list of its files", SUMS, fix="Build it anew: corner build."))
    listed = parse_sums(sums or b"", problems)
    promised = [path for standing in entries for path in paths_of(standing)]
    files = Files(place)
    for path, content in read_all(place, [_LEDGER, *SEALS, *_FEEDS, *promised, *listed], tell):
        found = digest(content or b"")
        if len(content or b"") > (most := _most_bytes(path)):
            problems.append(Problem("too large to be taken apart", path, f"at most {most:,} bytes"))
        elif content is not None:
            files.digests[path] = found
        is_kept_back = path == _MISSING and content is None and not place.is_near
        if path in listed and found != listed[path] and not is_kept_back:
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


def _most_bytes(path: str) -> int:
    """Tell how large a file may be: what is taken apart whole takes many times its size."""
    if path.endswith(".html"):
        return MAX_PAGE_BYTES
    return MAX_FEED_BYTES if is_feed(path) or path == HISTORY else MAX_FILE_BYTES


def _others(place: Place, listed: Iterable[str], problems: list[Problem]) -> list[str]:
    """List the files that no build wrote; what is sent in the place of a file that one wrote must hold the same."""
    there, served = place.paths(), {*listed, *SEALS}
    variants = sorted(path for path in {*listed, *there} if path.endswith(_PACKED) and path[: -len(_PACKED)] in served)
    problems += _check_variants(place, variants)
    return sorted(there - {*served, *variants, MARKER})


def _disclaimers(published: list[Standing], files: Files, notes: list[str]) -> set[str]:
    """List the disclaimers that count: those of transcripts on record, or the one that the home page names as such."""
    found = set()
    for standing in published:
        path = path_of(f"{standing.route}transcript.json")
        if standing.written and files.digests.get(path) == standing.written.public_sha256:
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                found.add(msgspec.json.decode(files[path], type=_Told).disclaimer)
    found = {flat(disclaimer) for disclaimer in found} - {""}
    claimed = read_page(files.get("index.html", b"")).disclaimer
    if claimed and claimed not in found:
        notes.append(f"the disclaimer: no transcript on record carries this one: {claimed!r}")
        found.add(claimed)
    return found


def _check_entries(site: _Site, tell: Tell, jobs: int) -> list[tuple[Problem, ...]]:
    """Check entries, if need be by several processes: what is wrong with each that is not sound."""
    keys = {standing.id: _key_of(site, standing) for standing in site.published}
    todo = [standing for standing in site.published if not site.remembered.is_sound(keys[standing.id])]

    def work(_number: int, share: list[Standing], tell: Callable[[int], None]) -> bytes:
        """Check a share of entries: of each, what is wrong."""
        found = {}
        for number, one in enumerate(share, 1):
            records = site.known.about(one.id)
            found[one.id] = check_entry(one, site.files, site.items.get(one.id, {}), site.disclaimers, records)
            tell(number)
        return msgspec.msgpack.encode(found)

    shares = [todo[n::jobs] for n in range(jobs)] if len(todo) > _FEW else [todo]
    found: dict[str, list[Problem]] = {}
    for raw in spread(work, shares, lambda done: tell(done, len(todo))):
        found |= msgspec.msgpack.decode(raw, type=dict[str, list[Problem]])
    judged = (site.remembered.judge(keys[standing.id], found[standing.id]) for standing in todo)
    return [wrong for wrong in judged if wrong]


def _key_of(site: _Site, standing: Standing) -> bytes:
    """Digest all that `check_entry` is given."""
    digests = [site.files.digests.get(path) for path in paths_of(standing)]
    records, items = site.known.about(standing.id), sorted(site.items.get(standing.id, ()))
    return key_of("entry", standing, digests, items, sorted(site.disclaimers), records)


def _check_others(site: _Site, ids: set[str]) -> Iterator[Problem]:
    """Check what is no published entry's: tombstones, other pages, other items of feeds; and that none is missing."""
    published, gone = ({one.id: one for one in some} for some in (site.published, site.gone))
    for standing in site.gone:
        yield from check_tombstone(standing, site.files, site.disclaimers)
    of_entries = {path for standing in site.published for path in paths_of(standing)}
    for path in sorted(path for path in site.files if path.endswith(".html") and path not in of_entries):
        key = key_of("page", site.files.digests[path], sorted(site.disclaimers))
        yield from site.remembered.judge(key, _check_page(site, path))
    for name in sorted(site.items.keys() - published.keys()):
        yield from check_items(name, site.items[name], site.disclaimers, gone.get(name))
    for name in sorted({*published, *gone} - ids):
        yield Problem("the record says that this was published, and no feed has it", "feed.xml", name)


def _check_page(site: _Site, path: str) -> Iterator[Problem]:
    yield from lacking(path, read_page(site.files[path]), site.disclaimers)


def _check_rules(known: Ledger, files: Files) -> Iterator[Problem]:
    """Check the texts of modes that the record names, as far as they are there."""
    for sha256 in dict.fromkeys(record.modes_sha256 for record in known.records if isinstance(record, Rules)):
        found = files.digests.get(path := rules_route(sha256)[1:], sha256)
        if found != sha256:
            yield Problem("these are not the rules on record", path, sha256, found)


def _check_variants(place: Place, variants: list[str]) -> Iterator[Problem]:
    """Check that what servers send in place of a file unpacks to exactly that file."""
    for path in variants:
        original = place.read(path.removesuffix(_PACKED))
        if original is None or _unpacked(place.read(path) or b"", len(original)) != original:
            what = "servers send this in place of the file, and it does not unpack to that"
            yield Problem(what, path, fix="Deploy anew with compress = true, or remove it.")


def _unpacked(raw: bytes, size_bytes: int) -> bytes | None:
    """Unpack what deploys make: one member of gzip, and nothing after it. None if it is another or unpacks to more."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        found = unpacking.decompress(raw, size_bytes + 1)  # never more, however much is packed in there
    except zlib.error:
        return None
    return found if unpacking.eof and not unpacking.unused_data else None


def _strangers(paths: list[str], entries: list[Standing], problems: list[Problem]) -> set[str]:
    """List the files where entries stand that the record does not know; each such place is a problem."""
    slugs = {slug for standing in entries for slug in standing.slugs}
    strange = {path for path in paths if path.startswith("essays/") and path.split("/")[1] not in slugs}
    found = {path.split("/")[1]: path for path in sorted(strange, reverse=True)}
    problems += [Problem("the record does not know this as published", found[slug]) for slug in sorted(found)]
    return strange
