"""Letters between editors and an author: their files, checked against the record, and where each belongs.

Owns the rule that a letter lies in `drafts/letters/` until the record says that readers see it, then in
`content/letters/`; the full transcript of an answer never leaves `drafts/`. Writes no letter and asks nobody.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from claudes_corner import ledger
from claudes_corner.disk import Disk
from claudes_corner.errors import DecisionError, Problem, TextError, suggest
from claudes_corner.folders import Folders
from claudes_corner.front import LetterFront, parse_document
from claudes_corner.standing import Ledger
from claudes_corner.text import digest
from claudes_corner.transcript import Transcript, holds_text, read_transcript, render_public


class Letter(msgspec.Struct, frozen=True):
    """A letter, whose text is what the record says if it was sent."""

    front: LetterFront
    text: str
    path: Path
    recorded: ledger.Letter | None = None  # None: not sent yet

    @property
    def is_public(self) -> bool:
        """Whether readers see it."""
        return self.recorded is not None and self.recorded.public


def answer_id(letter_id: str) -> str:
    """Tell the id of a letter's answer: `2026-11-25-letter-k3v9` is answered by `2026-11-25-answer-k3v9`."""
    return re.sub(r"-letter-(?=[^-]+\Z)", "-answer-", letter_id)


def read_letter(folders: Folders, known: Ledger, letter_id: str) -> Letter:
    """Read one letter, sent or not.

    Raises:
        DecisionError: There is none of that id.
        TextError: It was sent, and is no longer what was recorded.
    """
    recorded = known.letters.get(letter_id)
    path = place(folders, recorded) if recorded else folders.letters / f"{letter_id}.md"
    where = folders.relative(path)
    if recorded is None and not path.is_file():
        names = [*known.letters, *(found.stem for found in folders.letters.glob("[!.]*.md"))]
        fix = suggest(letter_id, names) or "See: corner letter list."
        raise DecisionError(Problem(f"there is no letter {letter_id!r}", fix=fix))
    front, text = parse_document(folders.read(path), where, LetterFront)
    if front.id != letter_id:
        raise TextError(Problem("the letter's id is not its file's name", where, letter_id, front.id))
    if recorded:
        _check("the letter", where, recorded.text_sha256, digest(text))
        _check("the letter's front matter", where, recorded.front_sha256 or front.sha256, front.sha256)
    return Letter(front, text, path, recorded)


def read_letters(folders: Folders, known: Ledger) -> tuple[Letter, ...]:
    """Read all letters on record, oldest first; see `read_letter`."""
    return tuple(read_letter(folders, known, letter_id) for letter_id in known.letters)


def unsent_letters(folders: Folders, known: Ledger) -> tuple[Letter, ...]:
    """Read the letters that wait to be sent, by id."""
    names = sorted(path.stem for path in folders.letters.glob("[!.]*-letter-*.md"))
    return tuple(read_letter(folders, known, name) for name in names if name not in known.letters)


def letters_about(folders: Folders, known: Ledger, draft_id: str) -> tuple[Letter, ...]:
    """Read what was written about a draft, the author's answers included, oldest first."""
    return tuple(letter for letter in read_letters(folders, known) if letter.front.about == draft_id)


def letter_transcript(folders: Folders, recorded: ledger.Letter) -> Transcript:
    """Read the full transcript of an answer.

    Raises:
        TextError: It is missing, not what was recorded, or does not hold the answer.
    """
    path = folders.letters / f"{recorded.id}.json"
    where = folders.relative(path)
    raw = path.read_bytes() if path.is_file() else b""
    _check("the transcript", where, recorded.transcript_sha256, digest(raw) if raw else "nothing")
    transcript = read_transcript(raw, where)
    if not holds_text(transcript, recorded.text_sha256):
        raise TextError(Problem("the transcript does not hold the letter's text", where))
    return transcript


def place(folders: Folders, recorded: ledger.Letter) -> Path:
    """Tell where a letter belongs."""
    return (folders.public_letters if recorded.public else folders.letters) / f"{recorded.id}.md"


def settle_letter(folders: Folders, disk: Disk, recorded: ledger.Letter) -> None:
    """Put a letter's files where the record says they belong; it may be repeated after any crash.

    Raises:
        TextError: The transcript that readers are to see is missing, or is not the recorded one.
    """
    shown, home = folders.public_letters / f"{recorded.id}.json", place(folders, recorded)
    other = (folders.letters if recorded.public else folders.public_letters) / home.name
    if not recorded.public and shown.exists():
        disk.remove(shown)
    elif recorded.public and recorded.transcript_sha256 and not shown.exists():
        path = home if home.exists() else other
        _, text = parse_document(folders.read(path), folders.relative(path), LetterFront)
        public = render_public(letter_transcript(folders, recorded), text)
        _check("the public form of the transcript", folders.relative(shown), recorded.public_sha256, digest(public))
        disk.write(shown, public)
    if other.exists() and not home.exists():
        disk.move(other, home)


def _check(what: str, where: str, expected: str | None, found: str) -> None:
    if found != expected:
        fix = "Nobody's letter is edited: put the file back, from a backup or git."
        raise TextError(Problem(f"{what} is not what was recorded", where, expected or "nothing", found, fix))
