"""What may follow on what: each record under the rules that were in force then, by what was on record before it.

Owns the law of a newsletter's decisions. Whoever shows what was decided asks it first: a build, of each line that is
new, and `corner verify`, of them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claudes_corner import ledger
from claudes_corner.errors import Problem, one_of
from claudes_corner.ledger import AnyRecord
from claudes_corner.standing import Standing, Status
from claudes_corner.text import SLUG, counted

_ROUTE = re.compile(rf"/essays/(?:{SLUG.pattern})/")
_UNANSWERED: set[Status] = {"requested", "failed", "cancelled"}  # by a text; a round may ask again, or go on
_FROM: dict[type, set[Status]] = {
    ledger.Requested: _UNANSWERED,
    ledger.Failed: _UNANSWERED,
    ledger.Cancelled: _UNANSWERED,
    ledger.Passed: _UNANSWERED,
    ledger.Written: _UNANSWERED,
    ledger.Chose: {"waiting"},
    ledger.Approved: {"waiting", "approved"},
    ledger.Vetoed: {"waiting", "approved"},
    ledger.Retracted: {"waiting", "approved", "vetoed"},
    ledger.SetAside: {"waiting"},
    ledger.Restored: {"set-aside", "expired"},
    ledger.Expired: {"waiting"},
    ledger.Published: {"approved"},
    ledger.Changed: {"approved", "published"},
    ledger.Withdrawn: {"published"},
}  # from where a draft gets by each kind of record
_OF_ANYTHING = {ledger.Requested, ledger.Failed, ledger.Cancelled}  # also of letters and choices, which are no drafts
_OF_ROUNDS = {*_OF_ANYTHING, ledger.Passed, ledger.Written, ledger.Chose}
_BY_EDITORS = {*_FROM, ledger.Imported} - _OF_ROUNDS - {ledger.Expired}
_REPEATED: dict[type, tuple[str, ...]] = {
    ledger.Requested: ("author", "mode", "edition"),  # of another model it may be: a round goes on under new settings
    ledger.Chose: ("edition", "text_sha256"),
    ledger.Approved: ("text_sha256", "front_sha256"),
    ledger.Vetoed: ("text_sha256", "front_sha256"),
    ledger.SetAside: ("text_sha256",),
    ledger.Published: ("text_sha256", "route", "date"),
}  # what a record repeats of what is known of its draft
_OF_DRAFTS = {*_FROM, ledger.Letter, ledger.Imported}  # or of letters; the others are of an edition, or of them all
_IN_ADDRESSES: dict[type, tuple[str, ...]] = {
    ledger.Requested: ("mode",),
    ledger.Approved: ("slug", "tags"),
    ledger.Changed: ("slug", "tags", "aliases"),
    ledger.Imported: ("tags",),
}  # what becomes a part of addresses, and so of paths


def unlawful(
    record: AnyRecord,
    old: Standing | None,
    rules: ledger.Rules | None,
    letter: ledger.Letter | None = None,
    where: str = ledger.FILE_NAME,
) -> Iterator[Problem]:
    """Yield everything that is wrong with a record.

    Args:
        record: The record.
        old: Where the draft stood that it is about; None: nobody has asked for it.
        rules: Those in force.
        letter: What was said last of the letter that it is about.
        where: What messages call the file.
    """
    here = f"{where}:{record.seq}"
    if (record.id is not None) is not (type(record) in _OF_DRAFTS):
        yield Problem(
            f"{record.event!r} is about {'a' if record.id else 'no'} draft or letter", here, found=record.id or "null"
        )
    if isinstance(record, ledger.Letter):
        yield from _check_letter(record, letter, rules, here)
    if isinstance(record, ledger.Rules):
        yield from _check_rules(record, rules, here)
    elif rules is None:
        yield Problem("something was done before any rules were on record", here, "a 'rules' record", record.event)
    else:
        yield from _check_hand(record, rules, here)
    if isinstance(record, ledger.Imported):
        yield from _check_import(record, old, here)
    if type(record) in _FROM:
        yield from _check_step(record, old, rules, here)
    yield from _check_addresses(record, here)


def _check_rules(record: ledger.Rules, old: ledger.Rules | None, here: str) -> Iterator[Problem]:
    """Check that rules can be followed by the editors they name, and ask for one of them at least."""
    if old and old.tag != record.tag:
        yield Problem("the newsletter's tag was changed", here, repr(old.tag), repr(record.tag))
    most = max(1, len(record.editors))
    for name, count in (("approvals", record.approvals), ("vetoes", record.vetoes)):
        if not 1 <= count <= most:
            what = f"{name!r} is no number that {counted(len(record.editors), 'editor')} can give"
            yield Problem(what, here, f"1 to {most}" if most > 1 else "1", str(count))


def _check_letter(
    record: ledger.Letter, old: ledger.Letter | None, rules: ledger.Rules | None, here: str
) -> Iterator[Problem]:
    """Check that an editor let readers see a letter, or wrote it, and that its words never changed."""
    if rules and record.by not in rules.editors and (record.public or record.by != ledger.CORNER):
        yield Problem(
            f"'letter' by {record.by!r}, who was no editor at that time", here, one_of(rules.editors), record.by
        )
    for name in ("text_sha256", "front_sha256", "transcript_sha256", "public_sha256"):
        if old and (found := getattr(record, name)) != (expected := getattr(old, name)):
            yield Problem(f"{name!r} of letter {record.id!r} is not what was recorded before", here, expected, found)


def _check_hand(record: AnyRecord, rules: ledger.Rules, here: str) -> Iterator[Problem]:
    """Check that whoever did this was an editor then, and named a criterion of then."""
    may_be_unattended = isinstance(record, ledger.Published) and rules.unattended and record.by == ledger.CORNER
    if type(record) in _BY_EDITORS and record.by not in rules.editors and not may_be_unattended:
        what = f"{record.event!r} by {record.by!r}, who was no editor at that time"
        yield Problem(what, here, one_of(rules.editors), record.by)
    if isinstance(record, ledger.Vetoed) and record.criteria_sha256 != rules.criteria_sha256:
        yield Problem(
            "a veto under other criteria than those in force", here, rules.criteria_sha256, record.criteria_sha256
        )


def _check_step(record: AnyRecord, old: Standing | None, rules: ledger.Rules | None, here: str) -> Iterator[Problem]:
    """Check that a record about a draft may follow on what was on record about it."""
    if old is None:
        if type(record) not in _OF_ANYTHING:
            yield Problem(f"{record.event!r} about {record.id!r}, which nobody has asked for", here)
        return
    if isinstance(record, ledger.Written) and old.written:
        yield Problem(f"{record.id!r} was written a second time", here, old.text_sha256, record.text_sha256)
    if isinstance(record, ledger.Published) and rules and (missing := short_of_quorum(old, rules)):
        yield Problem(f"{record.id!r} was published without its quorum", here, *missing)
    elif old.status not in (allowed := _FROM[type(record)]):
        yield Problem(f"{record.event!r} about {record.id!r}", here, one_of(allowed), old.status)
    if isinstance(record, ledger.Retracted) and record.by not in old.judges:
        yield Problem(f"{record.by!r} takes back a verdict on {record.id!r} that was never given", here)
    if isinstance(record, ledger.Chose) and record.text_sha256 not in record.among:
        yield Problem(f"{record.id!r} was chosen among others, and is none of them", here, *record.among[:1])
    for name in _REPEATED.get(type(record), ()):
        if (found := getattr(record, name)) != (expected := getattr(old, name)):
            yield Problem(f"{name!r} of {record.id!r} is not what was recorded before", here, expected, found)


def _check_import(record: ledger.Imported, old: Standing | None, here: str) -> Iterator[Problem]:
    """Check that what came from elsewhere was not here before, and stands where an entry may."""
    if old is not None:
        yield Problem(f"{record.id!r} was imported, and was on record before", here, found=old.status)
    if not _ROUTE.fullmatch(record.route):
        yield Problem(f"{record.id!r} was imported to no entry's place", here, found=record.route)


def _check_addresses(record: AnyRecord, here: str) -> Iterator[Problem]:
    """Check that what becomes a part of addresses can be one, and leads nowhere else."""
    for name in _IN_ADDRESSES.get(type(record), ()):
        said = getattr(record, name)
        if unfit := [word for word in ((said,) if isinstance(said, str) else said) if not SLUG.fullmatch(word)]:
            what, expected = (
                f"{name!r} of {record.id!r} can be no address",
                "lower-case letters, digits and single hyphens",
            )
            yield Problem(what, here, expected, repr(unfit[0]))


def short_of_quorum(old: Standing, rules: ledger.Rules) -> tuple[str, str] | None:
    """Count verdicts again under rules that may be others than when they were given, approvals of editors alone.

    Whatever the rules say, nothing is published that nobody has approved.

    Returns:
        What was expected and what was found; None if the quorum is reached.
    """
    if (holds := len(old.holds)) >= rules.vetoes:
        return f"fewer than {counted(rules.vetoes, 'veto', 'vetoes')}", f"{holds}: {', '.join(old.held_by)}"
    approvals = old.approved_among(rules.editors)
    needed = max(1, rules.approvals) + holds
    if len(approvals) >= needed:
        return None
    against = f" over {counted(holds, 'veto', 'vetoes')}" if holds else ""
    return f"{counted(needed, 'approval')}{against}", f"{len(approvals)}: {', '.join(approvals) or 'none'}"
