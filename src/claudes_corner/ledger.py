"""The ledger: one JSON line for everything that was asked, answered and decided, each chained to the one before.

Owns the closed set of records, how a line is written (RFC 8785, ASCII keys) and how a chain is checked. Pure: bytes in,
values out. What the records mean for a draft is told in `standing.py`; only `workspace.py` writes the file.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from claudes_corner.errors import LedgerError, Problem, misread
from claudes_corner.schedule import YEARS, is_edition, is_instant
from claudes_corner.text import DIGEST, EMPTY_DIGEST, ID, canonical_json, digest

FILE_NAME = "content/ledger.jsonl"
CORNER = "corner"  # `by` of records that no editor made
UNRECORDED = "not on record"  # stands for the model of what came from elsewhere
IMPORTED = "imported"  # the mode of what came from elsewhere, and its author if nobody names one
LETTER, CHOICE = "letter", "choice"  # the modes of requests that bring no draft
CONVERSATIONS = {LETTER, CHOICE}
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # RFC 8785 has no larger integers


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event"):
    """What every line holds."""

    seq: Count  # from 1, without gaps
    at: str  # RFC 3339, UTC
    id: str | None  # the draft it is about; None for the edition's or the newsletter's own
    by: str  # an editor's id, or `corner`
    prev: str  # digest of the line before, without its line feed; of nothing for the first

    @property
    def event(self) -> str:
        """The record's kind, as the line names it."""
        return str(self.__struct_config__.tag)


class Rules(Record, frozen=True, kw_only=True, tag="rules"):
    """The rules under which the following records are made."""

    editors: tuple[str, ...]
    approvals: Count
    vetoes: Count
    criteria_sha256: str
    modes_sha256: str
    choice: str
    unattended: bool
    tag: str


class Requested(Record, frozen=True, kw_only=True, tag="requested"):
    """A request is about to leave; one record for each HTTP request."""

    author: str
    model: str
    mode: str
    edition: str
    request_sha256: str  # of the JSON body as RFC 8785
    attempt: Count  # from 1, counted for the same body


class Written(Record, frozen=True, kw_only=True, tag="written"):
    """The author has answered; nobody has read it yet."""

    model: str
    stop_reason: str
    title_by: str
    text_sha256: str
    front_sha256: str
    transcript_sha256: str
    public_sha256: str


class Passed(Record, frozen=True, kw_only=True, tag="passed"):
    """The author had nothing to say."""


class Failed(Record, frozen=True, kw_only=True, tag="failed"):
    """No complete answer came."""

    cause: str
    partial_sha256: str | None  # of what had arrived; None if nothing had


class Cancelled(Record, frozen=True, kw_only=True, tag="cancelled"):
    """A person stopped it."""

    partial_sha256: str | None


class Chose(Record, frozen=True, kw_only=True, tag="chose"):
    """The author has chosen this draft among its own of an edition."""

    edition: str
    text_sha256: str
    among: tuple[str, ...]  # the texts' digests, this one's included
    choice: str  # the id of the requests in which it was asked
    transcript_sha256: str


class Approved(Record, frozen=True, kw_only=True, tag="approved"):
    """One editor approves exactly this text."""

    text_sha256: str
    front_sha256: str
    slug: str
    date: str
    tags: tuple[str, ...]


class Vetoed(Record, frozen=True, kw_only=True, tag="vetoed"):
    """One editor vetoes exactly this text."""

    text_sha256: str
    front_sha256: str
    criterion: str
    criteria_sha256: str
    reason_sha256: str  # salted; text and salt stay in drafts/reasons/


class Retracted(Record, frozen=True, kw_only=True, tag="retracted"):
    """This editor takes a verdict back."""


class SetAside(Record, frozen=True, kw_only=True, tag="set-aside"):
    """Not chosen, without a veto."""

    text_sha256: str
    reason: str


class Restored(Record, frozen=True, kw_only=True, tag="restored"):
    """Set aside or expired before; waits again."""


class Expired(Record, frozen=True, kw_only=True, tag="expired"):
    """Nobody decided in time."""


class Published(Record, frozen=True, kw_only=True, tag="published"):
    """It is live."""

    text_sha256: str
    route: str
    date: str


class Changed(Record, frozen=True, kw_only=True, tag="changed"):
    """Where an entry stands was changed; never its words."""

    slug: str
    date: str
    tags: tuple[str, ...]
    aliases: tuple[str, ...]


class Withdrawn(Record, frozen=True, kw_only=True, tag="withdrawn"):
    """It is no longer live."""

    reason: str


class Skipped(Record, frozen=True, kw_only=True, tag="skipped"):
    """An edition without an entry, and why."""

    edition: str
    cause: str


class Letter(Record, frozen=True, kw_only=True, tag="letter"):
    """A letter to the author leaves, or its answer came; a later record says whether readers see it from then on."""

    text_sha256: str
    public: bool  # whether readers see it
    front_sha256: str | None = None
    transcript_sha256: str | None = None  # of an answer
    public_sha256: str | None = None  # of its public form


class Imported(Record, frozen=True, kw_only=True, tag="imported"):
    """A text from elsewhere is published, without a transcript: nobody here saw it being written."""

    text_sha256: str
    front_sha256: str
    author: str  # whom the editor names; nothing shows it
    origin_url: str  # where it stood before; empty if nobody says
    route: str
    date: str
    tags: tuple[str, ...]


AnyRecord = (
    Rules | Requested | Written | Passed | Failed | Cancelled | Chose | Approved | Vetoed | Retracted | SetAside
    | Restored | Expired | Published | Changed | Withdrawn | Skipped | Letter | Imported
)  # fmt: skip
_NO_DIGEST = re.compile(rb'_sha256":"(?!%b")([^"]*)' % DIGEST.pattern.encode())  # in a canonical line
_CONFLICT_MARKS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
_NEWER = "If a newer corner wrote it, use that one; else put the ledger back, from a backup or git."
_PUT_BACK = "Put the ledger back, from a backup or git; it is only ever appended to."
_FORKED = "Histories cannot be merged: keep the desk's own, and decide again what the other decided."


@lru_cache(maxsize=256)  # a draft's lines stand near one another
def _is_id(text: str) -> bool:
    return bool((parts := ID.fullmatch(text)) and is_edition(parts["edition"]))


_FORMS: tuple[tuple[str, Callable[[Any], bool], str, str], ...] = (
    *((key, is_instant, "instant", f"one such as 2026-11-25T09:00:00Z, {YEARS}") for key in ("at", "date")),
    ("edition", is_edition, "edition", f"a date such as 2026-11-25, {YEARS}"),
    ("id", _is_id, "id", "one such as 2026-11-25-minimal-ta05"),
)  # what a key's value must be, whatever the record
_CHECKED = {kind: [form for form in _FORMS if form[0] in kind.__struct_fields__] for kind in get_args(AnyRecord)}
_DECODER: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)


def render_record(record: Record) -> bytes:
    """Write a record as its line, without the line feed."""
    return canonical_json(record)


def parse_ledger(raw: bytes, after: int = 0, head: str = EMPTY_DIGEST) -> tuple[tuple[AnyRecord, ...], str]:
    """Read a ledger, or further lines of it, and check the chain.

    Each line must end in a line feed; `after` lines go before these, and `head` is the digest of their last.

    Returns:
        The records, oldest first, and the digest of the last line: the head, which the next record names as `prev`.

    Raises:
        LedgerError: A line is malformed, not canonical, out of order, or does not follow from the one before.
    """
    lines = raw.split(b"\n")
    if lines.pop():
        what = "the last line has no line feed"
        raise LedgerError(_problem(after + len(lines) + 1, what, fix="Any writing command cuts it off."))
    records, prev = list[AnyRecord](), head
    for number, line in enumerate(lines, after + 1):
        if line.startswith(_CONFLICT_MARKS):
            raise LedgerError(_conflict(number, lines[number - after - 1 :]))
        record = parse_line(line, number)
        if record.seq != number or record.prev != prev:
            raise LedgerError(_broken_chain(number, line, record, prev, records))
        records.append(record)
        prev = digest(line)
    return tuple(records), prev


def parse_line(line: bytes, number: int = 0) -> AnyRecord:
    """Read one line, without its line feed.

    Raises:
        LedgerError: It is no record; the message has its number.
    """
    try:
        record = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # ValidationError is a DecodeError
        fix = _NEWER if "$.event" in str(error) else _PUT_BACK
        raise LedgerError(_problem(number, f"not a record: {misread(error)}", fix=fix)) from None
    # What msgspec writes sorted of a record is canonical, and made in a tenth of the time.
    if (canonical := msgspec.json.encode(record, order="sorted")) != line:
        what = "the line is not in its one canonical form"
        raise LedgerError(_problem(number, what, expected=repr(canonical.decode()), found=repr(line.decode())))
    if other := _NO_DIGEST.search(line):
        what, found = "a digest has another form", repr(other[1].decode())
        raise LedgerError(_problem(number, what, expected="'sha256:' and 64 hex digits", found=found))
    for key, fits, what, expected in _CHECKED[type(record)]:
        if (value := getattr(record, key)) is not None and not fits(value):
            raise LedgerError(_problem(number, f"{key!r} is no {what}", expected=expected, found=repr(value)))
    return record


def _broken_chain(number: int, line: bytes, record: AnyRecord, prev: str, before: list[AnyRecord]) -> Problem:
    """Say how a line fails to follow; two records with one `prev` are a fork, and both heads are named."""
    if twin := next((b for b in before if b.prev == record.prev and b != record), None):
        what = f"the ledger is forked: lines {twin.seq} and {number} both follow the same record"
        heads = f"{digest(render_record(twin))} and {digest(line)}"
        return _problem(number, what, expected="one head", found=heads, fix=_FORKED)
    if record.seq != number:
        what = "a record is missing, doubled or moved"
        return _problem(number, what, expected=f"seq {number}", found=f"seq {record.seq}")
    what = "the chain is broken: the line before was changed after it was written"
    return _problem(number, what, expected=f"prev {prev}", found=record.prev)


def _conflict(number: int, lines: list[bytes]) -> Problem:
    """Say what git left behind from a line on: two histories between its marks, each with a head."""
    is_mark = [line.startswith(_CONFLICT_MARKS) for line in lines]
    heads = [digest(line) for line, here, after in zip(lines, is_mark, is_mark[1:], strict=False) if after and not here]
    what = "the ledger is forked: git has left conflict marks in it"
    return _problem(number, what, expected="one head", found=" and ".join(heads), fix=_FORKED)


def _problem(line: int, what: str, *, expected: str = "", found: str = "", fix: str = _PUT_BACK) -> Problem:
    return Problem(what, f"{FILE_NAME}:{line}", expected, found, fix)
