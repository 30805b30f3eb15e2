"""What the ledger says of each draft: a fold over its records.

Owns the way of a draft from `requested` to `published` and where its files belong. Pure, and the only place that
interprets records: folders, pages and counts are all functions of what it returns.
"""

from collections.abc import Callable, Container, Iterable
from functools import cached_property
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from claudes_corner import ledger
from claudes_corner.rules import outcome
from claudes_corner.text import EMPTY_DIGEST

Status = Literal[
    "requested", "passed", "failed", "cancelled",
    "waiting", "approved", "vetoed", "set-aside", "expired", "published", "withdrawn",
]  # fmt: skip
Place = Literal["nowhere", "drafts", "set-aside", "vetoed", "expired", "withdrawn", "content"]
_PLACES: dict[Status, Place] = {
    "waiting": "drafts",
    "set-aside": "set-aside",
    "vetoed": "vetoed",
    "expired": "expired",
    "approved": "content",
    "published": "content",
    "withdrawn": "withdrawn",
}


class Verdict(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An editor's latest verdict on a draft."""

    editor: str
    approves: bool
    criterion: str = ""  # of a veto


class Answer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a `written` record says of an answer."""

    seq: int  # of the record
    model: str
    stop_reason: str
    title_by: str
    text_sha256: str
    front_sha256: str
    transcript_sha256: str
    public_sha256: str


class Standing(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Where a draft stands after all that is on record about it; a build keeps it without the names of its fields."""

    id: str
    status: Status
    author: str
    asked_model: str
    mode: str
    edition: str
    written: Answer | None = None
    verdicts: tuple[Verdict, ...] = ()  # one an editor, oldest first
    slug: str = ""  # as the last approval or change has it
    date: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    approved_at: str = ""  # when the quorum was reached
    published_at: str = ""  # when it went live, whatever its date is
    withdrawn: ledger.Withdrawn | None = None
    imported: ledger.Imported | None = None  # then nothing was asked for or written here
    reason: str = ""  # of what set it aside or withdrew it

    @property
    def place(self) -> Place:
        """The folder its files belong in."""
        return _PLACES.get(self.status, "nowhere")

    @property
    def holds_address(self) -> bool:
        """Whether its slug and aliases are taken: it stands there, is about to, or has its tombstone there."""
        return self.status in {"approved", "published", "withdrawn"}

    @property
    def route(self) -> str:
        """Where its page is, or is to be."""
        return f"/essays/{self.slug}/"

    @property
    def slugs(self) -> tuple[str, ...]:
        """What its addresses end in: its slug, and those that lead to it."""
        return (self.slug, *self.aliases) if self.holds_address else ()

    @property
    def text_sha256(self) -> str:
        """The digest of its text; empty before there is one."""
        known = self.written or self.imported
        return known.text_sha256 if known else ""

    @property
    def front_sha256(self) -> str:
        """The digest of its front matter; empty before there is one."""
        known = self.written or self.imported
        return known.front_sha256 if known else ""

    @property
    def approved_by(self) -> tuple[str, ...]:
        """The editors whose approval stands."""
        return tuple(verdict.editor for verdict in self.verdicts if verdict.approves)

    def approved_among(self, editors: Container[str]) -> list[str]:
        """List those of some editors whose approval stands: one who has left no longer counts for a quorum."""
        return [editor for editor in self.approved_by if editor in editors]

    @property
    def held_by(self) -> tuple[str, ...]:
        """The editors whose veto stands."""
        return tuple(verdict.editor for verdict in self.verdicts if not verdict.approves)

    @property
    def judges(self) -> set[str]:
        """The editors whose verdict stands, whatever it is."""
        return {verdict.editor for verdict in self.verdicts}

    @property
    def responsible(self) -> tuple[str, ...]:
        """The editors by whom it came to readers: those who approved it, or who imported it."""
        return (self.imported.by,) if self.imported else self.approved_by

    @property
    def holds(self) -> tuple[Verdict, ...]:
        """The vetoes that stand."""
        return tuple(verdict for verdict in self.verdicts if not verdict.approves)


class Ledger(msgspec.Struct, frozen=True, dict=True):
    """All records, and what follows from them."""

    records: tuple[ledger.AnyRecord, ...] = ()
    head: str = EMPTY_DIGEST  # digest of the last line
    standings: dict[str, Standing] = {}  # by id, in order of their first request
    rules: ledger.Rules | None = None  # the last on record

    def of(self, edition: str, *, passed: bool = False) -> tuple[Standing, ...]:
        """List the drafts that were written for an edition, in order of their request; also those the author passed."""
        return tuple(s for s in self._of.get(edition, ()) if s.written or (passed and s.status == "passed"))

    def having(self, *statuses: Status) -> list[Standing]:
        """List the drafts that have one of these statuses, in order of their first request."""
        return [standing for standing in self.standings.values() if standing.status in statuses]

    def taken(self, but: str = "") -> dict[str, str]:
        """Tell which slugs are taken, or will be if a veto is taken back: each with the id of its draft."""
        others = [s for s in self.standings.values() if (s.holds_address or s.approved_by) and s.id != but]
        return {slug: s.id for s in others for slug in (s.slug, *s.aliases)}

    def about(self, draft_id: str) -> tuple[ledger.AnyRecord, ...]:
        """List the records about one draft, oldest first."""
        return tuple(self._about.get(draft_id, ()))

    @cached_property
    def letters(self) -> dict[str, ledger.Letter]:
        """The letters on record by id, in order of their first record, each with what was said of it last."""
        return {record.id: record for record in self.records if isinstance(record, ledger.Letter) and record.id}

    @cached_property
    def chosen(self) -> dict[str, ledger.Chose]:
        """The author's last choice among its drafts, by edition."""
        return {record.edition: record for record in self.records if isinstance(record, ledger.Chose)}

    @property
    def picks(self) -> set[str | None]:
        """The drafts that the author chose last of their editions."""
        return {record.id for record in self.chosen.values()}

    @cached_property
    def _of(self) -> dict[str, list[Standing]]:
        found: dict[str, list[Standing]] = {}
        for standing in self.standings.values():
            if standing.written or standing.status == "passed":
                found.setdefault(standing.edition, []).append(standing)
        return found

    @cached_property
    def _about(self) -> dict[str, list[ledger.AnyRecord]]:
        found: dict[str, list[ledger.AnyRecord]] = {}
        for record in self.records:
            if record.id is not None:
                found.setdefault(record.id, []).append(record)
        return found


def follow(before: Ledger, records: Iterable[ledger.AnyRecord], head: str) -> Ledger:
    """Take further records into account.

    They are checked already; `head` is the digest of the last of them.
    """
    standings, rules = dict(before.standings), before.rules
    added = tuple(records)
    for record in added:
        rules = take(standings, rules, record)
    return Ledger(before.records + added, head, standings, rules)


def take(standings: dict[str, Standing], rules: ledger.Rules | None, record: ledger.AnyRecord) -> ledger.Rules | None:
    """Take one record into account; return the rules in force after it."""
    if isinstance(record, ledger.Rules):
        return record
    if record.id is not None:
        old, step = standings.get(record.id), _STEPS.get(type(record))
        if old is None and (begun := _begun(record)):
            standings[record.id] = begun
        elif old and step:
            standings[record.id] = step(old, record, rules)
    return rules


def _begun(record: ledger.AnyRecord) -> Standing | None:
    """Tell where a draft stands that a record is the first to name; None if it names none."""
    if isinstance(record, ledger.Requested) and record.mode not in ledger.CONVERSATIONS:
        return Standing(
            id=str(record.id),
            status="requested",
            author=record.author,
            asked_model=record.model,
            mode=record.mode,
            edition=record.edition,
        )
    if isinstance(record, ledger.Imported):
        return Standing(
            id=str(record.id),
            status="published",
            author=record.author,
            asked_model=ledger.UNRECORDED,
            mode=ledger.IMPORTED,
            edition=str(record.id)[:10],
            slug=record.route.removeprefix("/essays/").rstrip("/"),
            date=record.date,
            tags=record.tags,
            imported=record,
        )
    return None


def _asked_again(old: Standing, record: ledger.Requested, _rules: object) -> Standing:
    """Take a retry, or a further exchange of the same draft, into account."""
    return old if old.written or record.mode in ledger.CONVERSATIONS else replace(old, status="requested")


def _written(old: Standing, record: ledger.Written, _rules: object) -> Standing:
    answer = Answer(*[getattr(record, name) for name in Answer.__struct_fields__])
    return replace(old, status="waiting", written=answer, verdicts=(), approved_at="")


def _approved(old: Standing, record: ledger.Approved, rules: ledger.Rules | None) -> Standing:
    placed = replace(old, slug=record.slug, date=record.date, tags=record.tags)
    return _judged(placed, Verdict(record.by, approves=True), record, rules)


def _vetoed(old: Standing, record: ledger.Vetoed, rules: ledger.Rules | None) -> Standing:
    return _judged(old, Verdict(record.by, approves=False, criterion=record.criterion), record, rules)


def _judged(old: Standing, verdict: Verdict | None, record: ledger.Record, rules: ledger.Rules | None) -> Standing:
    """Replace an editor's verdict, and let the quorum say what follows; before publication only."""
    others = tuple(v for v in old.verdicts if v.editor != record.by)
    verdicts = (*others, verdict) if verdict else others
    judged = replace(old, verdicts=verdicts)
    if old.status not in {"waiting", "approved", "vetoed"}:
        return judged
    needed = (rules.approvals, rules.vetoes) if rules else (1, 1)
    status = outcome(len(judged.approved_by), len(judged.holds), approvals_needed=needed[0], vetoes_needed=needed[1])
    since = old.approved_at if old.status == "approved" else record.at
    return replace(judged, status=status, approved_at=since if status == "approved" else "")


def _changed(old: Standing, record: ledger.Changed, _rules: object) -> Standing:
    return replace(old, slug=record.slug, date=record.date, tags=record.tags, aliases=record.aliases)


# What each record makes of a draft that the record knows.
_STEPS: dict[type, Callable[[Standing, Any, ledger.Rules | None], Standing]] = {
    ledger.Requested: _asked_again,
    ledger.Written: _written,
    ledger.Passed: lambda old, *_: replace(old, status="passed"),
    ledger.Failed: lambda old, *_: replace(old, status="failed"),
    ledger.Cancelled: lambda old, *_: replace(old, status="cancelled"),
    ledger.Approved: _approved,
    ledger.Vetoed: _vetoed,
    ledger.Retracted: lambda old, record, rules: _judged(old, None, record, rules),
    ledger.SetAside: lambda old, record, _: replace(old, status="set-aside", reason=record.reason),
    ledger.Restored: lambda old, *_: replace(old, status="waiting", reason=""),
    ledger.Expired: lambda old, *_: replace(old, status="expired"),
    ledger.Published: lambda old, record, _: replace(old, status="published", published_at=record.at, date=record.date),
    ledger.Changed: _changed,
    ledger.Withdrawn: lambda old, record, _: replace(old, status="withdrawn", reason=record.reason, withdrawn=record),
}
