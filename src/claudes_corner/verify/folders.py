"""Checks a workspace: every file against the record, and the record against every file.

Owns what must lie where in `content/` and `drafts/`, and in which form. What a built site or a copy on the web must be
is another module's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from claudes_corner import ledger
from claudes_corner.checkpoints import FOLDER, KEYS, check_history, name_of, read_checkpoints
from claudes_corner.disk import locked, read_file
from claudes_corner.errors import CornerError, LedgerError, Problem, one_of
from claudes_corner.folders import OUTSIDE_CONTENT, Folders, absent_up_to, begun_at, is_here
from claudes_corner.front import DraftFront, EntryFront, LetterFront, render_document
from claudes_corner.letters import Letter, letter_transcript, place, read_letter
from claudes_corner.setback import find_setback_since_deploys
from claudes_corner.signing import SigningError, awaits_signing, is_signed
from claudes_corner.standing import Answer, Ledger, Standing
from claudes_corner.text import counted, digest
from claudes_corner.transcript import Transcript, read_transcript, render_public
from claudes_corner.verify import NEVER, NO_OLDER, Report, Tell
from claudes_corner.verify.record import check_record, of_record
from claudes_corner.verify.remembered import Remembered, key_of
from claudes_corner.verify.requests import (
    BROKEN,
    Asked,
    asked_of,
    check_answer,
    check_requests,
    has_withheld,
    unseen_requests,
)
from claudes_corner.workspace import Workspace

_PUT_BACK = "Put it back, from a backup or git."
_OTHERS_OWN = {"notes", "pages", "checkpoints", "rules"}


def verify_workspace(
    workspace: Workspace,
    tell: Tell = lambda _done, _all: None,
    remembered: Remembered | None = None,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Report:
    """Check a newsletter's folder, and everything that is on record about it.

    Nothing in it is changed or rolled forward. `remembered` is what was found sound before, by whom the verifier
    believes: itself. `environ` is what `ssh-keygen` runs in.
    """
    notes: list[str] = []
    with locked(workspace.folders.content):
        path = workspace.folders.ledger
        record = read_file(path) if path.exists() else b""
        followed = check_record(record)
        setback = find_setback_since_deploys(workspace.folders, followed.known) if followed.is_whole else None
        problems = [setback] if setback else []
        problems += [*followed.problems, *_check_config(workspace, followed.known)]
        problems += _check_checkpoints(workspace, record, environ, notes)
        if not followed.is_whole:
            files = "the files: the record cannot be followed to its end, so nobody can say what they should be"
            return Report(("the record, up to where it breaks",), tuple(problems), (*NEVER, *NO_OLDER, files))
        report = _verify_files(workspace, followed.known, problems, tell, remembered or Remembered())
        return replace(report, unchecked=(*report.unchecked, *notes))


def _verify_files(
    workspace: Workspace, known: Ledger, problems: list[Problem], tell: Tell, remembered: Remembered
) -> Report:
    """Check everything that lies in `content/` and `drafts/` against a record that can be followed."""
    folders = workspace.folders
    absent = absent_up_to(folders)
    written = [s for s in known.standings.values() if s.place != "nowhere"]
    checked = [s for s in written if s.place == "content" or is_here(folders, s, absent)]
    for number, standing in enumerate(checked):
        tell(number, len(checked))
        is_whole = begun_at(standing) > absent or folders.transcript(standing).exists()
        asked = asked_of(known.about(standing.id))
        key = key_of("files", standing, is_whole, [_digest_of(path) for path in _paths_of(folders, standing)], asked)
        problems += remembered.judge(key, _check_files(workspace, standing, asked, is_whole=is_whole))
    tell(len(checked), len(checked))
    letters = [letter for letter in known.letters.values() if letter.public or letter.seq > absent]
    for letter in letters:
        problems += _check_letter(folders, known, letter, is_whole=letter.seq > absent)
    problems += _strangers(folders, known)
    problems += _check_reasons(folders, [record for record in known.records if record.seq > absent])
    entries = sum(s.place == "content" for s in written)
    texts = f"{counted(entries, 'approved or published text')} and {counted(len(checked) - entries, 'other draft')}"
    done = [
        f"{len(known.records):,} records: chain, form, quorum, editors and criteria of their time",
        f"{texts}: text, front matter, transcript",
    ]
    if letters:
        done.append(f"{len(letters):,} letters: text, front matter, transcript, and whether readers see them")
    rules = [*folders.rules_on_record(r for r in known.records if isinstance(r, ledger.Rules))]
    kept = [(sha256, path) for sha256, path in rules if path.exists()]
    for sha256, path in kept:
        problems += _check_bytes(folders, path, sha256, "these are not the rules on record", _PUT_BACK)
    done.append(f"{len(kept):,} of {counted(len(rules), 'text')} of modes and criteria that the record names")
    is_all = not any(s.written and s.written.seq <= absent for s in written)
    public = [s for s in checked if s.written and not folders.transcript(s).exists()]
    hidden = unseen_requests(has_withheld(_bytes_of(folders.essays / f"{s.id}.json") or b"") for s in public)
    unseen = _unseen(len(written) - len(checked), is_whole=is_all)
    return Report(tuple(done), tuple(problems), (*NEVER, *of_record(known), *NO_OLDER, *hidden, *unseen))


def _unseen(private: int, *, is_whole: bool) -> Iterator[str]:
    yield "the codes of vetoes under earlier criteria: only the digest of their words is on record"
    yield "the editors' notes and pages: they are their own words, and on no record"
    yield "site/: corner verify site does that"
    if not is_whole:
        yield f"{private:,} drafts, full transcripts and reasons of vetoes: drafts/ is private, and not here"


def _check_config(workspace: Workspace, known: Ledger) -> Iterator[Problem]:
    """Check what the record and `corner.toml` both say: the tag, and the codes that vetoes have named."""
    review = workspace.config.review
    codes, criteria_sha256 = {criterion.code for criterion in review.criteria}, workspace.config.criteria_sha256
    for record in known.records:
        if not isinstance(record, ledger.Vetoed) or record.criteria_sha256 != criteria_sha256:
            continue
        if record.criterion not in codes:
            where = f"{ledger.FILE_NAME}:{record.seq}"
            yield Problem("a veto names no published criterion", where, one_of(codes), record.criterion)
    try:
        workspace.check_tag(known.rules)
    except LedgerError as error:
        yield from error.problems


def _check_checkpoints(
    workspace: Workspace, record: bytes, environ: Mapping[str, str], notes: list[str]
) -> Iterator[Problem]:
    """Check the checkpoints that went out, and the newest one's signature, unless the next deploy makes another."""
    try:
        kept = read_checkpoints(workspace.folders.content)
        yield from check_history(kept.history, record, workspace.config.site.tag, FOLDER)
        if not (kept.history and kept.signature and kept.keys) or awaits_signing(kept.signature, kept.keys):
            return
        if not is_signed(kept.history[-1].text, kept.signature, kept.keys, environ):
            what = f"the checkpoint is not signed by a key in {KEYS}, or its signature is damaged"
            fix = "Put it back, from a backup or git; or remove it, and the next deploy signs anew."
            yield Problem(what, f"{FOLDER}/{name_of(len(kept.history))}.sig", fix=fix)
    except LedgerError as error:
        yield from error.problems
    except SigningError as error:
        notes.append(f"the newest checkpoint's signature: {error.problems[0].what}")


def _paths_of(folders: Folders, standing: Standing) -> tuple[Path, ...]:
    """List where a text and its transcripts lie."""
    transcripts = (folders.transcript(standing), folders.essays / f"{standing.id}.json") if standing.written else ()
    return folders.text(standing), *transcripts


def _digest_of(path: Path) -> str:
    return digest(raw) if (raw := _bytes_of(path)) is not None else "nothing"


def _bytes_of(path: Path) -> bytes | None:
    try:
        return read_file(path)
    except OSError:
        return None


def _check_files(workspace: Workspace, standing: Standing, asked: Asked, *, is_whole: bool) -> Iterator[Problem]:
    """Check one text with its transcripts, from the bytes that are there."""
    folders, written = workspace.folders, standing.written
    try:
        path, front, text = folders.text(standing), *_read(workspace, standing)
        yield from _check_form(folders, path, render_document(front, text))
        if written and standing.place == "content":
            where = folders.relative(shown := path.with_suffix(".json"))
            public_form = read_transcript(folders.read(shown), where)
            yield from check_answer(public_form, written, where)
            if not is_whole:
                yield from check_requests(public_form, asked, where)
        if written and is_whole:
            full = workspace.read_transcript(standing)
            public = written.public_sha256, digest(render_public(full, text, front.asked_title))
            yield from _check_full(folders, folders.transcript(standing), full, written, asked, public)
    except CornerError as error:
        yield from error.problems
    except BROKEN:
        yield Problem("the transcript is not in its form", folders.relative(folders.transcript(standing)))


def _read(workspace: Workspace, standing: Standing) -> tuple[DraftFront | EntryFront, str]:
    """Read a text as it must be where it lies; of an entry also what readers see of its transcript."""
    if standing.place != "content":
        return workspace.read_text(standing)
    entry = workspace.read_entry(standing)
    return entry.front, entry.text


def _check_form(folders: Folders, path: Path, expected: bytes) -> Iterator[Problem]:
    """Check that a file is written as we write it, to the byte: equal keys may hide changed ones."""
    if (found := path.read_bytes()) != expected:
        what = "the file is not as it was written, though it says the same"
        yield Problem(what, folders.relative(path), digest(expected), digest(found))


def _check_full(
    folders: Folders, path: Path, full: Transcript, answer: Answer | LetterFront, asked: Asked, public: tuple[str, str]
) -> Iterator[Problem]:
    """Check a full transcript, and that what readers may see of it, by its digest, is what is on record."""
    where = folders.relative(path)
    yield from check_answer(full, answer, where)
    yield from check_requests(full, asked, where, is_full=True)
    if public[0] != public[1]:
        yield Problem("its public form is not the one on record", where, *public)


def _check_letter(folders: Folders, known: Ledger, recorded: ledger.Letter, *, is_whole: bool) -> Iterator[Problem]:
    """Check a letter, and an answer's transcripts, against the record."""
    asked, path = asked_of(known.about(str(recorded.id))), place(folders, recorded).with_suffix(".json")
    try:
        letter = read_letter(folders, known, str(recorded.id))
        yield from _check_form(folders, letter.path, render_document(letter.front, letter.text))
        if recorded.public and recorded.transcript_sha256:
            yield from _check_shown(folders, letter, recorded, asked)
        if is_whole and recorded.transcript_sha256:
            full = letter_transcript(folders, recorded)
            public = str(recorded.public_sha256), digest(render_public(full, letter.text))
            yield from _check_full(folders, folders.letters / path.name, full, letter.front, asked, public)
    except CornerError as error:
        yield from error.problems
    except BROKEN:
        yield Problem("the transcript is not in its form", folders.relative(path))


def _check_shown(folders: Folders, letter: Letter, recorded: ledger.Letter, asked: Asked) -> Iterator[Problem]:
    """Check what readers see of an answer's transcript."""
    path, what = letter.path.with_suffix(".json"), "the public transcript is not what was recorded"
    yield from (wrong := tuple(_check_bytes(folders, path, str(recorded.public_sha256), what, _PUT_BACK)))
    if not wrong:
        told = read_transcript(folders.read(path), where := folders.relative(path))
        yield from check_answer(told, letter.front, where)
        yield from check_requests(told, asked, where)


def _strangers(folders: Folders, known: Ledger) -> Iterator[Problem]:
    """Yield every file where texts lie that the record does not put there."""
    expected = {folders.ledger}
    for standing in known.standings.values():
        if standing.place != "nowhere":
            expected |= {*_paths_of(folders, standing)[: 3 if standing.place == "content" else 2]}
    for record in known.records:
        if isinstance(record, ledger.Passed | ledger.Chose):  # asked, and no draft came of it
            name = record.choice if isinstance(record, ledger.Chose) else record.id
            expected.add(folders.transcripts / f"{name}.json")
    for letter in known.letters.values():
        expected |= {place(folders, letter), folders.letters / f"{letter.id}.json"}
        if letter.public and letter.transcript_sha256:
            expected.add(folders.public_letters / f"{letter.id}.json")
    private = [path for where in OUTSIDE_CONTENT for path in folders.of(where).glob("*.*")]
    answers = folders.letters.glob("*-answer-*.*")  # letters that wait to be sent are on no record yet
    texts = [path for path in (*private, *folders.transcripts.glob("*.*"), *answers) if path.suffix in {".md", ".json"}]
    public = [
        path for path in folders.content.rglob("*") if path.relative_to(folders.content).parts[0] not in _OTHERS_OWN
    ]
    for path in sorted({*texts, *public} - expected):
        if path.is_file() and not path.name.startswith("."):
            yield _stranger(folders, path, known.standings.get(path.stem))


def _stranger(folders: Folders, path: Path, standing: Standing | None) -> Problem:
    where = folders.relative(path)
    if standing is None or standing.place == "nowhere":
        fix = "Was the record cut or replaced? Put it back: then it knows it. Else keep this file elsewhere"
        fix += ": texts get here by corner approve." if path.is_relative_to(folders.content) else "."
        return Problem("the record does not know this file", where, fix=fix)
    home = folders.relative(folders.transcript(standing) if path.suffix == ".json" else folders.text(standing))
    what = "a withdrawn text is still in public" if standing.withdrawn else "the file is not where the record says"
    return Problem(what, where, home, fix="The next command that writes puts it there.")


def _check_reasons(folders: Folders, records: Sequence[ledger.AnyRecord]) -> Iterator[Problem]:
    """Check that the reason of every veto is kept, as it was given, and how the author was asked to choose."""
    for record in records:
        if isinstance(record, ledger.Chose):
            path = folders.transcripts / f"{record.choice}.json"
            what = "the transcript of the author's choice is not the one on record"
            yield from _check_bytes(folders, path, record.transcript_sha256, what)
        if isinstance(record, ledger.Vetoed):
            path = folders.reason(str(record.id), record.reason_sha256)
            what = f"the reason of the veto by {record.by!r} is not the one on record"
            yield from _check_bytes(folders, path, record.reason_sha256, what)


def _check_bytes(folders: Folders, path: Path, expected: str, what: str, fix: str = "") -> Iterator[Problem]:
    """Check that a file holds the bytes on record."""
    if (found := _digest_of(path)) != expected:
        yield Problem(what, folders.relative(path), expected, found, fix)
