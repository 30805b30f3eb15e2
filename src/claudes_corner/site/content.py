"""What a site is made of: published entries, notes and pages, read and checked.

Owns the rule that nothing unapproved and nothing changed is ever rendered: every file of `content/essays/` must be what
the record says, to the byte, or the build stops with all problems found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from claudes_corner.errors import BuildError, CornerError, Problem
from claudes_corner.folders import Folders
from claudes_corner.front import EntryFront, NoteFront, PageFront, parse_document
from claudes_corner.letters import Letter, read_letter
from claudes_corner.schedule import is_edition, parse_instant, render_instant
from claudes_corner.site.chronicle import Chronicle
from claudes_corner.site.memory import Memory, Row
from claudes_corner.site.renderings import Renderings
from claudes_corner.site.rows import Found, read_rows
from claudes_corner.site.signature import UNKNOWN
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import SLUG, digest
from claudes_corner.workspace import Workspace

RESERVED = {"essays", "archive", "modes", "tags", "notes", "record", "check", "feeds", "assets", "letters", "search"}


class Note(msgspec.Struct, frozen=True):
    """An editors' note."""

    slug: str
    front: NoteFront
    text: str


class StandingPage(msgspec.Struct, frozen=True):
    """A standing page, such as the one that tells how texts are reviewed."""

    slug: str
    front: PageFront
    text: str


Kind = TypeVar("Kind", Note, StandingPage)


class Entry(msgspec.Struct, frozen=True):
    """A published entry. Its text is read when it is wanted, and must then still be what was approved."""

    standing: Standing
    row: Row
    front: EntryFront  # the row's
    path: str  # of its file, without `.md`

    @property
    def text(self) -> str:
        """The exact text."""
        return self._original(".md", self.front.text_sha256).decode()

    @property
    def public_transcript(self) -> bytes:
        """The public transcript's bytes."""
        written = self.standing.written
        return self._original(".json", written.public_sha256 if written else "")

    def _original(self, suffix: str, sha256: str) -> bytes:
        try:
            raw = _original(self.path + suffix, sha256)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
        else:
            if raw is not None:
                return raw
            why = "it changed"
        where = f"content/essays/{self.front.id}{suffix}"
        fix = "Restore it, and build again."
        raise BuildError(Problem(f"lost while the site was built: {why}", where, fix=fix))


@lru_cache(maxsize=4)  # an entry's pages are made one after another, and all show the same
def _original(path: str, sha256: str) -> bytes | None:
    """Read the text of an entry's file, or its transcript; None if it is not what was approved."""
    with open(path, "rb") as file:  # noqa: PTH123  (ten thousand times)
        raw = file.read()
    if path.endswith(".md"):
        raw = raw.partition(b"\n---\n\n")[2][:-1]
    return raw if digest(raw) == sha256 else None


class Content(msgspec.Struct, frozen=True):
    """Everything that the site shows."""

    ledger: Chronicle
    ledger_bytes: bytes  # as served
    entries: tuple[Entry, ...]  # published and not withdrawn, newest first; ties by id
    withdrawn: tuple[Standing, ...]  # in the same order; of these, nothing but what the record says
    notes: tuple[Note, ...]  # newest first
    pages: tuple[StandingPage, ...]  # by slug
    renderings: Renderings
    letters: tuple[Letter, ...] = ()  # that readers see, oldest first
    letter_transcripts: dict[str, bytes] = {}  # of the author's among them, by id, in their public form
    rules: dict[str, bytes] = {}  # the texts that `rules` records name, by digest, as far as they are kept


def gather(
    workspace: Workspace, memory: Memory, found: Found, since_ns: int = 0, html: Path | None = None, jobs: int = 1
) -> Content:
    """Read and check everything that is published. Nobody may write meanwhile.

    Args:
        workspace: The newsletter.
        memory: What an earlier build knew: files that are as they were then are not read again. It is brought up to
            date.
        found: What lies in `content/essays/`.
        since_ns: An instant of the file system's clock: what changed later has to be looked at again next time.
        html: Where the HTML of texts is kept.
        jobs: How many processes may be used.

    Raises:
        BuildError: With every file that is not what the record says, and every note or page that cannot be read.
        LedgerError: The record itself is broken.
    """
    raw = workspace.ledger_bytes()
    record = memory.record
    if (touched := record.follow(raw)) is None:
        record, memory.rows = Chronicle(), {}
        touched, memory.record = record.follow(raw), record
    workspace.check_tag(record.rules)
    problems = list(_unapproved(workspace, record, found))
    for draft_id in touched or ():
        if row := memory.rows.get(draft_id):
            row.text = UNKNOWN  # to be read again; the HTML of its text is kept
    memory.rows = read_rows(workspace, memory, found, since_ns, problems, jobs)
    note = partial(_note, ZoneInfo(workspace.config.site.timezone))
    notes = list(_editors_texts(workspace, workspace.folders.notes, note, problems))
    pages = read_pages(workspace, problems)
    letters, transcripts = _letters(workspace, record, problems)
    rules = dict(_rules(workspace.folders, record, problems))
    if problems:
        raise BuildError(*problems)
    live = _newest_first(s for s in record.standings.values() if s.status == "published")
    essays = str(workspace.folders.essays)
    return Content(
        ledger=record,
        ledger_bytes=raw,
        entries=tuple(Entry(s, row := memory.rows[s.id], row.front, f"{essays}/{s.id}") for s in live),
        withdrawn=tuple(_newest_first(s for s in record.standings.values() if s.withdrawn)),
        notes=tuple(sorted(notes, key=lambda n: (n.front.date, n.slug), reverse=True)),
        pages=pages,
        renderings=Renderings(html),
        letters=letters,
        letter_transcripts=transcripts,
        rules=rules,
    )


def _newest_first(standings: Iterable[Standing]) -> list[Standing]:
    return sorted(standings, key=lambda s: (s.date, s.id), reverse=True)  # instants of one form sort as text


def _letters(
    workspace: Workspace, known: Chronicle, problems: list[Problem]
) -> tuple[tuple[Letter, ...], dict[str, bytes]]:
    """Read the letters that readers see; whatever else lies among them, or was changed, is a problem."""
    folders = workspace.folders
    letters, transcripts, expected = [], {}, set()
    for recorded in known.letters.values():
        path = folders.public_letters / f"{recorded.id}.md"
        if not recorded.public:
            continue
        try:
            letters.append(read_letter(folders, Ledger(tuple(known.letters.values())), path.stem))
        except CornerError as error:
            problems += error.problems
        expected.add(path)
        if recorded.public_sha256:
            shown = path.with_suffix(".json")
            expected.add(shown)
            raw = shown.read_bytes() if shown.is_file() else b""
            transcripts[path.stem] = raw
            if digest(raw) != recorded.public_sha256:
                what = "the transcript is not what was recorded"
                problems.append(Problem(what, folders.relative(shown), recorded.public_sha256, digest(raw)))
    for path in sorted(set(folders.public_letters.glob("[!.]*")) - expected):
        what, fix = "the record does not say that readers see this letter", "Letters get here by corner letter publish."
        problems.append(Problem(what, folders.relative(path), fix=fix))
    return tuple(letters), transcripts


def _rules(folders: Folders, known: Chronicle, problems: list[Problem]) -> Iterator[tuple[str, bytes]]:
    """Read the texts of modes that were in force."""
    for sha256 in dict.fromkeys(rules.modes_sha256 for rules in known.all_rules):
        path = folders.rules / f"{sha256.removeprefix('sha256:')[:16]}.json"
        if path.is_file():
            raw = path.read_bytes()
            if digest(raw) != sha256:
                problems.append(
                    Problem("these are not the rules on record", folders.relative(path), sha256, digest(raw))
                )
            yield sha256, raw


def read_pages(workspace: Workspace, problems: list[Problem]) -> tuple[StandingPage, ...]:
    """Read the standing pages, by slug; what is wrong with one of them is added to the problems."""
    return tuple(_editors_texts(workspace, workspace.folders.pages, _page, problems))


def _unapproved(workspace: Workspace, known: Chronicle, found: Found) -> Iterator[Problem]:
    """Yield every file of `content/essays/` that no approval on record has put there."""
    entries = [standing for standing in known.standings.values() if standing.place == "content"]
    ours = {f"{entry.id}.md" for entry in entries} | {f"{entry.id}.json" for entry in entries if entry.written}
    for name in sorted(found.keys() - ours):
        stem, dot, suffix = name.rpartition(".")
        standing = known.standings.get(stem) if dot + suffix in {".md", ".json"} else None
        where = f"{workspace.folders.relative(workspace.folders.essays)}/{name}"
        if standing is not None and standing.withdrawn:
            what = "this was withdrawn, and is still here"
            again = f"corner withdraw {standing.id} --reason {standing.reason!r}"
            yield Problem(what, where, fix=f"Say it again, and it goes: {again}.")
        else:
            what = "nobody approved this: the record does not know it as an entry"
            fix = "Was the ledger cut or replaced? Restore that. Else remove this: texts get here by corner approve."
            yield Problem(what, where, fix=fix)


def _editors_texts(
    workspace: Workspace, folder: Path, read: Callable[[str, bytes, str], Kind], problems: list[Problem]
) -> Iterator[Kind]:
    """Read the editors' own texts in a folder; what is wrong with one of them is added to the problems."""
    for path in sorted(folder.glob("[!.]*.md")):  # not what an editor's program keeps while it is open
        where = workspace.folders.relative(path)
        try:
            if not SLUG.fullmatch(path.stem):
                raise BuildError(Problem("the file's name is no slug", where, "lower-case letters, digits and hyphens"))
            yield read(path.stem, path.read_bytes(), where)
        except CornerError as error:
            problems += error.problems
        except OSError as error:
            problems.append(Problem(f"cannot be read: {(error.strerror or str(error)).lower()}", where))


def _page(slug: str, raw: bytes, where: str) -> StandingPage:
    front, text = parse_document(raw, where, PageFront)
    if slug in RESERVED:
        raise BuildError(Problem(f"the name {slug!r} is the site's own", where, fix="Give the page another name."))
    return StandingPage(slug, front, text)


def _note(zone: ZoneInfo, slug: str, raw: bytes, where: str) -> Note:
    front, text = parse_document(raw, where, NoteFront)
    try:
        is_day = is_edition(front.date)
        date = dt.datetime.fromisoformat(front.date).replace(tzinfo=zone) if is_day else parse_instant(front.date)
    except ValueError:
        expected = "2026-11-25 or 2026-11-25T09:00:00Z"
        raise BuildError(Problem("the date is none", where, expected, repr(front.date))) from None
    return Note(slug, msgspec.structs.replace(front, date=render_instant(date)), text)
