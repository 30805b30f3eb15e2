"""The workspace: a newsletter's folder, and the only way to write to its record.

Owns the rule that makes crashes harmless: a command appends one ledger line, and the folders follow; whoever writes
next first puts right what an earlier command left undone. Reads texts back only after checking them against the record.
What a record means is told in `standing.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from claudes_corner.config import read_config
from claudes_corner.disk import Disk, locked, read_file
from claudes_corner.errors import DecisionError, LedgerError, Problem, TextError, WorkspaceError, suggest
from claudes_corner.folders import PLACES, Folders, entry_front
from claudes_corner.front import DraftFront, EntryFront, parse_document
from claudes_corner.ledger import Rules, parse_ledger
from claudes_corner.root import FILE_NAME, find_root
from claudes_corner.setback import find_setback
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing, follow
from claudes_corner.text import digest
from claudes_corner.transcript import Transcript, holds_text, no_transcript, read_transcript
from claudes_corner.writer import Writer


class Draft(msgspec.Struct, frozen=True):
    """A text that waits, checked against the record."""

    standing: Standing
    front: DraftFront
    text: str
    transcript: Transcript  # the full form: private
    path: Path


class Entry(msgspec.Struct, frozen=True):
    """An approved text, checked against the record."""

    standing: Standing
    front: EntryFront
    text: str
    path: Path


class Workspace:
    """A newsletter's folder."""

    def __init__(self, root: Path, config: Config, disk: Disk | None = None) -> None:
        self.folders = Folders(root)
        self.config = config
        self.disk = disk or Disk()
        self._read: tuple[bytes, Ledger] = (b"", Ledger())  # the record when it was last read, and what it means
        self._orderly: tuple[object, ...] = ()  # how record and folders were when a writer left nothing undone

    @classmethod
    def find(cls, start: Path) -> Workspace:
        """Open the newsletter that a folder belongs to: its own `corner.toml`, or the nearest above.

        Raises:
            WorkspaceError: There is none.
            ConfigError: It is broken.
        """
        if root := find_root(start):
            return cls(root, read_config(root / FILE_NAME))
        what = f"there is no {FILE_NAME} here or in a folder above"
        raise WorkspaceError(Problem(what, fix="Make a newsletter: corner init DIR."))

    def ledger(self) -> Ledger:
        """Read what is on record. A last line that a killed command left unfinished does not count.

        Raises:
            LedgerError: The chain is broken, or the newsletter's tag is not the recorded one.
        """
        known = self._follow(self.ledger_bytes())
        self.check_tag(known.rules)
        return known

    def ledger_bytes(self) -> bytes:
        """Read the record's whole lines, unchecked."""
        raw = read_file(self.folders.ledger) if self.folders.ledger.exists() else b""
        return raw[: raw.rfind(b"\n") + 1]

    def check_tag(self, rules: Rules | None) -> None:
        """Refuse to go on if the newsletter's tag is not the one on record.

        Raises:
            LedgerError: It is not.
        """
        if rules and rules.tag != self.config.site.tag:
            expected, found = repr(rules.tag), repr(self.config.site.tag)
            fix = "It names every entry in feed readers for good: put it back."
            raise LedgerError(Problem("[site] tag is not the one on record", FILE_NAME, expected, found, fix))

    def check_setback(self) -> None:
        """Refuse to go on with a record that was lost, or is older than what went out.

        Raises:
            LedgerError: It is; or it is broken.
        """
        if setback := find_setback(self.folders, self.ledger()):
            raise LedgerError(setback)

    def _follow(self, raw: bytes) -> Ledger:
        """Interpret the record's bytes: only the new lines, if all others are byte for byte what was read before."""
        before, known = self._read
        if raw != before:
            if not raw.startswith(before):
                before, known = b"", Ledger()
            try:
                records, head = parse_ledger(raw[len(before) :], len(known.records), known.head)
            except LedgerError:
                parse_ledger(raw)  # says what is wrong with all of it in sight
                raise
            known = follow(known, records, head)
            self._read = (raw, known)
        return known

    def standing(self, known: Ledger, named: str) -> Standing:
        """Look up a written draft by its id; an entry also by its slug, or its address on the site, former ones too.

        Raises:
            DecisionError: There is none of that name.
        """
        found = known.standings.get(named)
        if found and found.text_sha256:
            return found
        base = self.config.site.base_url
        slug = named.removeprefix(base).removeprefix(urlsplit(base).path).strip("/").removeprefix("essays/")
        written = [standing for standing in known.standings.values() if standing.text_sha256]
        there = [standing for standing in written if slug in standing.slugs]
        if len(there) != 1:
            near = suggest(named, [name for s in written for name in (s.id, *s.slugs)])
            raise DecisionError(
                Problem(f"there is no draft or entry {named!r}", fix=near or "See: corner drafts --all.")
            )
        return there[0]

    def read_draft(self, standing: Standing) -> Draft:
        """Read a draft that is not promoted, with its transcript.

        Raises:
            TextError: A byte of text, front matter or transcript is not what was recorded.
        """
        front, text = self.read_text(standing)
        transcript = no_transcript(standing.id) if standing.imported else self.read_transcript(standing)
        return Draft(standing, front, text, transcript, self.folders.text(standing))

    def read_text(self, standing: Standing) -> tuple[DraftFront, str]:
        """Read front matter and text of a draft that is not promoted, and leave its transcript alone.

        Raises:
            TextError: A byte is not what was recorded.
        """
        path = self.folders.text(standing)
        where = self.folders.relative(path)
        front, text = parse_document(self.folders.read(path), where, DraftFront)
        _check_text(where, text, front, standing)
        return front, text

    def read_transcript(self, standing: Standing) -> Transcript:
        """Read the full transcript behind a draft or an entry, which is private.

        Raises:
            TextError: A byte is not what was recorded, or there is none.
        """
        if standing.imported:
            what = "it was imported: nobody here saw it being written, so there is no transcript"
            raise TextError(Problem(what, standing.id))
        path = self.folders.transcript(standing)
        raw, where = self.folders.read(path), self.folders.relative(path)
        if standing.written:
            _check("the transcript", where, standing.written.transcript_sha256, digest(raw))
        transcript = read_transcript(raw, where)
        if not holds_text(transcript, standing.text_sha256):
            raise TextError(Problem("the transcript does not hold the draft's text", where))
        return transcript

    def read_entry(self, standing: Standing) -> Entry:
        """Read an approved text, and check its public transcript.

        Raises:
            TextError: A byte is not what was recorded and approved.
        """
        path = self.folders.text(standing)
        where = self.folders.relative(path)
        front, text = parse_document(self.folders.read(path), where, EntryFront)
        _check_text(where, text, front.draft, standing)
        if front != (expected := entry_front(front.draft, standing)):
            name = next(n for n in EntryFront.__struct_fields__ if getattr(front, n) != getattr(expected, n))
            decided, found = repr(getattr(expected, name)), repr(getattr(front, name))
            fix = "The record decides: put it back, or use corner change."
            raise TextError(Problem(f"front matter key {name!r} is not what was decided", where, decided, found, fix))
        if standing.written:
            shown = path.with_suffix(".json")
            found = digest(self.folders.read(shown))
            _check("the transcript", self.folders.relative(shown), standing.written.public_sha256, found)
        return Entry(standing, front, text, path)

    def read(self, standing: Standing) -> Draft | Entry:
        """Read a text wherever its decisions have put it; see `read_draft` and `read_entry`."""
        return self.read_entry(standing) if standing.place == "content" else self.read_draft(standing)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the lock, put right what an earlier command left undone, and hand out the pen.

        Raises:
            LedgerError: The record is broken, or lacks what went out already: nothing is written on top of it.
        """
        self.folders.content.mkdir(parents=True, exist_ok=True)
        with locked(self.folders.content):
            self._cut_unfinished_line()
            self.check_setback()
            writer = Writer(self.folders, self.disk, self.config, self.ledger())
            writer.roll_forward(is_orderly=self._state(writer.ledger) == self._orderly)
            yield writer
            self._orderly = self._state(writer.ledger)

    def _state(self, known: Ledger) -> tuple[object, ...]:
        """Tell what differs as soon as anybody puts on record, adds, removes or renames anything."""
        folders = self.folders
        private = (folders.transcripts, folders.reasons, folders.remarks, folders.unfinished, folders.rounds)
        watched = (*map(folders.of, PLACES), *private, folders.letters, folders.content, folders.rules)
        return known.head, *(path.stat().st_mtime_ns if path.is_dir() else 0 for path in watched)

    def _cut_unfinished_line(self) -> None:
        path, whole = self.folders.ledger, len(self.ledger_bytes())
        if path.exists() and path.stat().st_size > whole:
            self.disk.truncate(path, whole)


def _check_text(where: str, text: str, front: DraftFront, standing: Standing) -> None:
    if not standing.text_sha256:
        raise TextError(Problem("the record does not know this text", where))
    _check("the text", where, standing.text_sha256, digest(text))
    _check("the front matter", where, standing.front_sha256, front.sha256)


def _check(what: str, where: str, expected: str, found: str) -> None:
    if found != expected:
        fix = "The model's text is never edited: put the file back, from a backup or git."
        raise TextError(Problem(f"{what} was changed after it was recorded", where, expected, found, fix))
