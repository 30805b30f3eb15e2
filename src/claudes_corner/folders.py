"""Where each file of a workspace lies, and how a draft's files get to where the ledger says they belong.

Owns the layout of `drafts/`, `content/` and `.corner/`. The folders are a function of the ledger: `settle` may be
called at any time, after any crash, and puts one draft's files right. Decides nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from claudes_corner.disk import TEMPORARY, Disk, read_file
from claudes_corner.errors import Problem, TextError, WorkspaceError, remedy, said_by
from claudes_corner.front import DraftFront, EntryFront, TitleBy, parse_document, render_document
from claudes_corner.ledger import IMPORTED, UNRECORDED, Imported, Rules
from claudes_corner.standing import Place, Standing
from claudes_corner.text import digest
from claudes_corner.transcript import read_transcript, render_public

OUTSIDE_CONTENT: tuple[Place, ...] = ("drafts", "set-aside", "vetoed", "expired", "withdrawn")
PLACES: tuple[Place, ...] = (*OUTSIDE_CONTENT, "content")
SOUGHT = "The next command that writes looks for it and puts it there; if it finds none, copy it from a backup."
BEGINS = "begins"  # in `drafts/`: how many records there were when this newsletter was made of a public archive


class LostFileError(WorkspaceError):
    """A file that the record knows is missing or was changed."""


class Folders:
    """The paths of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.content = root / "content"
        self.essays = self.content / "essays"
        self.notes = self.content / "notes"
        self.pages = self.content / "pages"
        self.ledger = self.content / "ledger.jsonl"
        self.rules = self.content / "rules"
        self.checkpoints = self.content / "checkpoints"
        self.public_letters = self.content / "letters"
        self.drafts = root / "drafts"
        self.transcripts = self.drafts / "transcripts"
        self.reasons = self.drafts / "reasons"
        self.remarks = self.drafts / "notes"
        self.letters = self.drafts / "letters"
        self.receipts = self.drafts / "receipts"
        self.unfinished = root / ".corner" / "unfinished"
        self.rounds = root / ".corner" / "rounds"
        self.signing_key = root / ".corner" / "key"  # names the key's file on this machine
        self.cache = root / ".corner" / "cache"
        self.site = root / "site"

    def relative(self, path: Path) -> str:
        """Name a path as messages do: relative to the workspace."""
        return path.relative_to(self.root).as_posix()

    def read(self, path: Path) -> bytes:
        """Read a file that the record knows.

        Raises:
            TextError: It cannot be read.
        """
        try:
            return read_file(path)
        except OSError as error:
            fix = remedy(error) or SOUGHT
            raise TextError(Problem(f"cannot be read: {said_by(error)}", self.relative(path), fix=fix)) from None

    def of(self, place: Place) -> Path:
        """Tell the folder of a place."""
        return {"drafts": self.drafts, "content": self.essays}.get(place) or self.drafts / place

    def text(self, standing: Standing) -> Path:
        """Tell where a draft's or entry's text belongs."""
        return self.of(standing.place) / f"{standing.id}.md"

    def rules_on_record(self, records: Iterable[Rules]) -> Iterator[tuple[str, Path]]:
        """Name the texts of criteria and modes that were in force, each once: its digest, and where it is kept."""
        named = (sha256 for rules in records for sha256 in (rules.criteria_sha256, rules.modes_sha256))
        for sha256 in dict.fromkeys(named):
            yield sha256, self.rules / f"{sha256.removeprefix('sha256:')[:16]}.json"

    def reason(self, draft_id: str, reason_sha256: str) -> Path:
        """Tell where the words of a veto are kept, by the digest that the record has of them."""
        return self.reasons / f"{draft_id}.{reason_sha256[7:15]}.json"

    def note(self, draft_id: str) -> Path:
        """Tell where editors' notes to one another about a draft are."""
        return self.remarks / f"{draft_id}.md"

    def transcript(self, standing: Standing) -> Path:
        """Tell where the full transcript belongs: beside a draft, apart from an entry."""
        folder = self.transcripts if standing.place == "content" else self.of(standing.place)
        return folder / f"{standing.id}.json"


def settle(folders: Folders, disk: Disk, standing: Standing) -> None:
    """Put a draft's files where the ledger says they belong, in the form they have there.

    Every target is whole before a source goes, and every step may be repeated: after a crash anywhere, calling this
    again ends as if nothing had happened. A full transcript that is lost keeps no text in public and none in a wrong
    form: what readers see of it is on record, and enough for an entry.

    Raises:
        LostFileError: The text is nowhere to be found, or what an entry shows of its transcript cannot be made.
    """
    if standing.place == "nowhere" or not standing.text_sha256:
        return
    front, text = _find_text(folders, standing)
    target, public = folders.text(standing), folders.essays / f"{standing.id}.json"
    transcript = _find_transcript(folders, standing)
    keep = {target, folders.transcript(standing)} if standing.written else {target}
    if standing.place == "content":
        if standing.written:
            _settle_public_transcript(folders, disk, standing, transcript, front, text)
            keep.add(public)
        front = entry_front(front, standing)
    disk.update(target, render_document(front, text))
    if transcript and transcript != folders.transcript(standing):
        disk.move(transcript, folders.transcript(standing))
    is_lost = standing.written and not transcript  # then a damaged one, wherever it lies, is all that is left of it
    astray = [*_candidates(folders, standing.id, ".md"), public] if is_lost else []
    _remove(disk, *(p for p in astray or _candidates(folders, standing.id, ".md", ".json") if p not in keep))


def has_drafts(folders: Folders) -> bool:
    """Answer whether the private half of a workspace is here: a public archive, or a copy made by git, has none."""
    places = [folders.of(place) for place in OUTSIDE_CONTENT]
    return any(
        next(folder.glob("*.json"), None) for folder in (*places, folders.transcripts, folders.reasons, folders.letters)
    )


def absent_up_to(folders: Folders) -> int:
    """Number the last record whose private files need not be here: 0, but in a newsletter made of a public archive.

    Its `drafts/begins` says how many records it had by then. While nothing private is here, none need be.
    """
    if not has_drafts(folders):
        return sys.maxsize
    try:
        return int((folders.drafts / BEGINS).read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def begun_at(standing: Standing) -> int:
    """Number the record with which a text came here: written or imported; 0 if there is no text."""
    record = standing.written or standing.imported
    return record.seq if record else 0


def is_here(folders: Folders, standing: Standing, absent: int) -> bool:
    """Answer whether a draft's private files are here, or should be; see `absent_up_to`."""
    return begun_at(standing) > absent or folders.text(standing).exists()


def unseen(folders: Folders, standings: Mapping[str, Standing]) -> str:
    """Say what a newsletter lacks whose private half is not here; nothing, if it is, or if there is nothing private."""
    absent = absent_up_to(folders)
    if not any(0 < begun_at(standing) <= absent for standing in standings.values() if not standing.imported):
        return ""
    if absent == sys.maxsize:
        return (
            "drafts/ is not here, as in a public archive: without it there are no drafts, full transcripts and reasons"
        )
    return f"drafts/ begins with record {absent + 1}: earlier drafts, full transcripts and reasons are elsewhere"


def misplaced(folders: Folders, standings: Mapping[str, Standing]) -> Iterator[Standing]:
    """Yield the drafts whose files are not where the ledger says; what is private only if that half is here.

    It costs a listing of each folder, not a look at each file.
    """
    placed: dict[Place, set[str]] = {place: set() for place in ("nowhere", *PLACES)}
    for standing in standings.values():
        suffixes = (".md",) if standing.imported else (".md", ".json")
        placed[standing.place].update(standing.id + suffix for suffix in suffixes)
    expected = {folders.of(place): placed[place] for place in PLACES}
    expected[folders.transcripts] = {name for name in placed["content"] if name.endswith(".json")}
    expected[folders.unfinished] = set()
    absent = absent_up_to(folders)
    elsewhere = {s.id for s in standings.values() if begun_at(s) <= absent}
    astray: set[str] = set()
    for folder, names in expected.items():
        there = _names(folder)
        lost = {name for name in names - there if folder == folders.essays or name.rpartition(".")[0] not in elsewhere}
        astray |= lost | (there - names)
    found = {name.rpartition(".")[0] for name in astray if name.endswith((".md", ".json"))}
    yield from (s for s in standings.values() if s.id in found and s.place != "nowhere")


def sweep(folders: Folders, disk: Disk) -> None:
    """Remove the temporary files that a killed command left behind; call it only while nobody else writes."""
    for top in (folders.content, folders.drafts, folders.unfinished, folders.rounds):
        for folder, _, names in os.walk(top):
            for name in names:
                if name.startswith(TEMPORARY):
                    disk.remove(Path(folder) / name)


def entry_front(front: DraftFront, standing: Standing) -> EntryFront:
    """Add to a draft's front matter what approval decided."""
    return EntryFront(
        *(getattr(front, name) for name in DraftFront.__struct_fields__),
        slug=standing.slug,
        date=standing.date,
        tags=standing.tags,
        approved_by=standing.approved_by,
        approved_at=standing.approved_at,
        aliases=standing.aliases,
        provenance=IMPORTED if standing.imported else "",
        origin_url=standing.imported.origin_url if standing.imported else "",
    )


def imported_front(record: Imported, title: str, title_by: TitleBy) -> DraftFront:
    """Tell the head of a text from elsewhere: all of it but the title follows from the record."""
    return DraftFront(
        id=record.id or "",
        title=title,
        title_by=title_by,
        author=record.author,
        model=UNRECORDED,
        mode=IMPORTED,
        edition=(record.id or "")[:10],
        written_at=record.date,
        text_sha256=record.text_sha256,
        stop_reason=UNRECORDED,
    )


def _find_text(folders: Folders, standing: Standing) -> tuple[DraftFront, str]:
    """Find the recorded text and its draft's front matter, wherever a crash or a decision left them."""
    for path in _candidates(folders, standing.id, ".md"):
        is_entry = path.parent == folders.essays or (standing.imported and path.parent == folders.unfinished)
        kind = EntryFront if is_entry else DraftFront
        with suppress(FileNotFoundError, TextError):  # another candidate may be whole
            front, text = parse_document(path.read_bytes(), folders.relative(path), kind)
            front = front.draft if isinstance(front, EntryFront) else front
            if (digest(text), front.sha256) == (standing.text_sha256, standing.front_sha256):
                return front, text
    raise _lost(folders.relative(folders.text(standing)), standing.text_sha256)


def _find_transcript(folders: Folders, standing: Standing) -> Path | None:
    """Find the recorded full transcript; None if it is lost, or if there is none."""
    for path in _candidates(folders, standing.id, ".json") if standing.written else ():
        is_private = path.parent != folders.essays and path.exists()
        if is_private and standing.written and digest(path.read_bytes()) == standing.written.transcript_sha256:
            return path
    return None


def _settle_public_transcript(
    folders: Folders, disk: Disk, standing: Standing, full: Path | None, front: DraftFront, text: str
) -> None:
    path = folders.essays / f"{standing.id}.json"
    expected = standing.written.public_sha256 if standing.written else ""
    if path.exists() and digest(path.read_bytes()) == expected:
        return
    if not full:
        raise _lost(folders.relative(path), expected)
    transcript = read_transcript(full.read_bytes(), folders.relative(full))
    public = render_public(transcript, text, front.asked_title)
    if digest(public) != expected:
        what = "the public form of the transcript is not the one on record"
        raise LostFileError(Problem(what, folders.relative(path), expected=expected, found=digest(public)))
    disk.write(path, public)


def _candidates(folders: Folders, draft_id: str, *suffixes: str) -> Iterator[Path]:
    """Yield everywhere a file of a draft may lie."""
    for folder in (*map(folders.of, PLACES), folders.transcripts, folders.unfinished):
        for suffix in suffixes:
            yield folder / f"{draft_id}{suffix}"


def _lost(where: str, sha256: str) -> LostFileError:
    fix = "The model's text is never edited: put the file back, from a backup or git."
    return LostFileError(Problem("the file is missing, or is no longer what was recorded", where, sha256, fix=fix))


def _remove(disk: Disk, *paths: Path) -> None:
    for path in paths:
        if path.exists():
            disk.remove(path)


def _names(folder: Path) -> set[str]:
    return set(os.listdir(folder)) if folder.is_dir() else set()  # noqa: PTH208  (a tenth of the time of iterdir)
