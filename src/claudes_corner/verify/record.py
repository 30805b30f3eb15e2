"""Checks a record by itself: its lines, its chain, and that every decision was one the rules of its time allowed.

Owns what a ledger must hold to be believed. It sees bytes and knows no folders, so that it can judge any copy.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from claudes_corner import ledger
from claudes_corner.errors import LedgerError, Problem, one_of
from claudes_corner.ledger import AnyRecord, parse_ledger
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.standing import Ledger, Standing, Status, take
from claudes_corner.text import SLUG

_ROUTE = re.compile(rf"/essays/(?:{SLUG.pattern})/")
_FROM: dict[type, set[Status]] = {
    ledger.Written: {"requested", "failed", "cancelled", "passed"},
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
_BY_EDITORS = tuple({*_FROM, ledger.Imported} - {ledger.Written, ledger.Chose, ledger.Expired})
_MOMENT = dt.timedelta(minutes=5)  # that a command may take, from its time to its record


class Followed(msgspec.Struct, frozen=True):
    """What a ledger says, as far as it can be followed."""

    known: Ledger
    is_whole: bool  # False: the chain is broken, and what follows the break is unknown
    problems: tuple[Problem, ...]


def check_record(raw: bytes, where: str = ledger.FILE_NAME) -> Followed:
    """Check a ledger's bytes, wherever they are from: each record under the rules that were in force then."""
    problems: list[Problem] = []
    is_whole = True
    whole = raw[: raw.rfind(b"\n") + 1]
    if whole != raw:
        fix = "A command was cut short: the next one that writes cuts it off."
        cut = whole.count(b"\n") + 1
        problems.append(Problem("the last line has no line feed", f"{where}:{cut}", fix=fix))
    try:
        records, head = parse_ledger(whole)
    except LedgerError as error:
        broken = int(error.problems[0].where.rpartition(":")[2])
        problems += [replace(problem, where=f"{where}:{broken}") for problem in error.problems]
        records, head = parse_ledger(b"".join(line + b"\n" for line in whole.split(b"\n")[: broken - 1]))
        is_whole = False
    standings: dict[str, Standing] = {}
    rules: ledger.Rules | None = None
    letters: dict[str | None, ledger.Letter] = {}
    for record in records:
        here = f"{where}:{record.seq}"
        if isinstance(record, ledger.Letter):
            problems += _check_letter(record, letters.get(record.id), rules, here)
            letters[record.id] = record
        problems += _check_decision(record, standings.get(record.id or ""), rules, here)
        rules = take(standings, rules, record)
    return Followed(Ledger(records, head, standings, rules), is_whole, tuple(problems))


def of_record(known: Ledger) -> Iterator[str]:
    """Say what nobody can know of texts that came from elsewhere, and of times that cannot all be true."""
    if count := sum(standing.imported is not None for standing in known.standings.values()):
        yield f"{count:,} imported texts: who wrote them, when, and in answer to what; they have no transcript"
    if back := [later.seq for former, later in pairwise(known.records) if _is_back(former.at, later.at)]:
        yield f"whether times are true: the clock went back, first at line {back[0]} of the record ({len(back)} in all)"


def _check_decision(
    record: AnyRecord, old: Standing | None, rules: ledger.Rules | None, here: str
) -> Iterator[Problem]:
    """Check one record by what was on record before it."""
    if not _is_instant(record.at):
        yield Problem("'at' is no instant", here, "2026-11-25T09:00:00Z", repr(record.at))
    if isinstance(record, ledger.Rules):
        if rules and rules.tag != record.tag:
            yield Problem("the newsletter's tag was changed", here, repr(rules.tag), repr(record.tag))
    elif rules is None:
        yield Problem("something was done before any rules were on record", here, "a 'rules' record", record.event)
    else:
        yield from _check_hand(record, rules, here)
    if isinstance(record, ledger.Imported):
        yield from _check_import(record, old, here)
    if type(record) in _FROM:
        yield from _check_step(record, old, rules, here)


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
    if isinstance(record, _BY_EDITORS) and record.by not in rules.editors and not may_be_unattended:
        what = f"{record.event!r} by {record.by!r}, who was no editor at that time"
        yield Problem(what, here, one_of(rules.editors), record.by)
    if isinstance(record, ledger.Vetoed) and record.criteria_sha256 != rules.criteria_sha256:
        yield Problem(
            "a veto under other criteria than those in force", here, rules.criteria_sha256, record.criteria_sha256
        )


def _check_step(record: AnyRecord, old: Standing | None, rules: ledger.Rules | None, here: str) -> Iterator[Problem]:
    """Check that a record about a draft may follow on what was on record about it."""
    if old is None:
        yield Problem(f"{record.event!r} about {record.id!r}, which nobody has asked for", here)
        return
    if isinstance(record, ledger.Published) and rules and (missing := _missing_approvals(old, rules)):
        yield Problem(f"{record.id!r} was published without its quorum", here, *missing)
    elif old.status not in (allowed := _FROM[type(record)]):
        yield Problem(f"{record.event!r} about {record.id!r}", here, one_of(allowed), old.status)
    if isinstance(record, ledger.Retracted) and record.by not in {verdict.editor for verdict in old.verdicts}:
        yield Problem(f"{record.by!r} takes back a verdict on {record.id!r} that was never given", here)
    if isinstance(record, ledger.Chose) and record.text_sha256 not in record.among:
        yield Problem(f"{record.id!r} was chosen among others, and is none of them", here, *record.among[:1])
    for name, expected in _must_equal(record, old):
        if (found := getattr(record, name)) != expected:
            yield Problem(f"{name!r} of {record.id!r} is not what was recorded before", here, expected, found)


def _check_import(record: ledger.Imported, old: Standing | None, here: str) -> Iterator[Problem]:
    """Check that what came from elsewhere was not here before, and stands where an entry may."""
    if old is not None:
        yield Problem(f"{record.id!r} was imported, and was on record before", here, found=old.status)
    if not _ROUTE.fullmatch(record.route) or not _is_instant(record.date):
        yield Problem(f"{record.id!r} was imported to no entry's place", here, found=f"{record.route}, {record.date}")


def _missing_approvals(old: Standing, rules: ledger.Rules) -> tuple[str, str] | None:
    """Count again, and only editors of the time: (expected, found) if the quorum was not reached."""
    approvals = [editor for editor in old.approved_by if editor in rules.editors]
    needed = rules.approvals + len(old.holds)
    if len(approvals) >= needed and len(old.holds) < rules.vetoes:
        return None
    against = f" over {len(old.holds)} veto{'es' if old.holds[1:] else ''}" if old.holds else ""
    return (
        f"{needed} approval{'s' if needed > 1 else ''}{against}",
        f"{len(approvals)}: {', '.join(approvals) or 'none'}",
    )


def _must_equal(record: AnyRecord, old: Standing) -> Iterator[tuple[str, str]]:
    """Yield what a record repeats of earlier ones: (field, value)."""
    if isinstance(record, ledger.Chose):
        yield "edition", old.edition
    if isinstance(record, (ledger.Chose, ledger.Approved, ledger.Vetoed, ledger.SetAside, ledger.Published)):
        yield "text_sha256", old.text_sha256
    if isinstance(record, (ledger.Approved, ledger.Vetoed)):
        yield "front_sha256", old.front_sha256
    if isinstance(record, ledger.Published):
        yield "route", f"/essays/{old.slug}/"
        yield "date", old.date


def _is_instant(text: str) -> bool:
    with suppress(ValueError, OverflowError):
        return render_instant(parse_instant(text)) == text
    return False


def _is_back(former: str, later: str) -> bool:
    if later >= former or not (_is_instant(former) and _is_instant(later)):  # no instant: a problem of its own
        return False
    return parse_instant(former) - parse_instant(later) > _MOMENT
