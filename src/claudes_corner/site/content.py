"""What a site is made of: published entries, notes and pages, read and checked.

Owns the rule that nothing unapproved and nothing changed is ever rendered: every file of `content/essays/` must be what
the record says, to the byte, or the build stops with all problems found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from claudes_corner import ledger
from claudes_corner.disk import locked
from claudes_corner.errors import BuildError, CornerError, Problem
from claudes_corner.folders import Folders
from claudes_corner.front import NoteFront, PageFront, parse_document
from claudes_corner.letters import Letter, read_letter
from claudes_corner.schedule import is_edition, parse_instant, render_instant
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import SLUG, digest
from claudes_corner.workspace import Entry, Workspace

RESERVED = {"essays", "archive", "modes", "tags", "notes", "record", "check", "feeds", "assets", "letters"}


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


class Content(msgspec.Struct, frozen=True):
    """Everything that the site shows."""

    ledger: Ledger
    ledger_bytes: bytes  # as served
    entries: tuple[Entry, ...]  # published and not withdrawn, newest first; ties by id
    withdrawn: tuple[Standing, ...]  # in the same order; of these, nothing but what the record says
    notes: tuple[Note, ...]  # newest first
    pages: tuple[StandingPage, ...]  # by slug
    letters: tuple[Letter, ...] = ()  # that readers see, oldest first
    letter_transcripts: dict[str, bytes] = {}  # of the author's among them, by id, in their public form
    rules: dict[str, bytes] = {}  # the texts that `rules` records name, by digest, as far as they are kept


def read_content(workspace: Workspace) -> Content:
    """Read and check everything that is published, while nobody writes.

    Raises:
        BuildError: With every file that is not what the record says, and every note or page that cannot be read.
        LedgerError: The record itself is broken.
    """
    folder = workspace.folders.content
    with locked(folder) if folder.is_dir() else nullcontext():
        return _read_content(workspace)


def _read_content(workspace: Workspace) -> Content:
    known = workspace.ledger()
    problems = list(_unapproved(workspace, known))
    entries: list[Entry] = []
    for standing in known.standings.values():
        if standing.place == "content":
            try:
                entry = workspace.read_entry(standing)
            except CornerError as error:
                problems += error.problems
            else:
                entries += [entry] if standing.status == "published" else []
    note = partial(_note, ZoneInfo(workspace.config.site.timezone))
    notes = list(_editors_texts(workspace, workspace.folders.notes, note, problems))
    pages = read_pages(workspace, problems)
    letters, transcripts = _letters(workspace, known, problems)
    rules = dict(_rules(workspace.folders, known, problems))
    if problems:
        raise BuildError(*problems)
    raw = workspace.folders.ledger.read_bytes() if workspace.folders.ledger.exists() else b""
    return Content(
        ledger=known,
        ledger_bytes=raw[: raw.rfind(b"\n") + 1],
        entries=tuple(sorted(entries, key=lambda e: (parse_instant(e.front.date), e.front.id), reverse=True)),
        withdrawn=tuple(
            sorted(
                (s for s in known.standings.values() if s.withdrawn),
                key=lambda s: (parse_instant(s.date), s.id),
                reverse=True,
            )
        ),
        notes=tuple(sorted(notes, key=lambda n: (parse_instant(n.front.date), n.slug), reverse=True)),
        pages=pages,
        letters=letters,
        letter_transcripts=transcripts,
        rules=rules,
    )


def _letters(
    workspace: Workspace, known: Ledger, problems: list[Problem]
) -> tuple[tuple[Letter, ...], dict[str, bytes]]:
    """Read the letters that readers see; whatever else lies among them, or was changed, is a problem."""
    folders = workspace.folders
    letters, transcripts, expected = [], {}, set()
    for recorded in known.letters.values():
        path = folders.public_letters / f"{recorded.id}.md"
        if not recorded.public:
            continue
        try:
            letters.append(read_letter(folders, known, path.stem))
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


def _rules(folders: Folders, known: Ledger, problems: list[Problem]) -> Iterator[tuple[str, bytes]]:
    """Read the texts of modes that were in force."""
    for sha256 in dict.fromkeys(r.modes_sha256 for r in known.records if isinstance(r, ledger.Rules)):
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


def _unapproved(workspace: Workspace, known: Ledger) -> Iterator[Problem]:
    """Yield every file of `content/essays/` that no approval on record has put there."""
    folder = workspace.folders.essays
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        standing = known.standings.get(path.stem) if path.suffix in {".md", ".json"} else None
        if not path.name.startswith(".") and standing is not None and standing.withdrawn:
            what = "this was withdrawn, and is still here"
            again = f"corner withdraw {standing.id} --reason {standing.reason!r}"
            yield Problem(what, workspace.folders.relative(path), fix=f"Say it again, and it goes: {again}.")
        elif not path.name.startswith(".") and (standing is None or standing.place != "content"):
            yield Problem(
                "nobody approved this: the record does not know it as an entry",
                workspace.folders.relative(path),
                fix="Was the ledger cut or replaced? Restore that. Else remove this: texts get here by corner approve.",
            )


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
