"""Checks a record by itself: its lines, its chain, and that every decision was one the rules of its time allowed.

Owns the reading of a ledger as far as it can be followed. It sees bytes and knows no folders, so that it can judge any
copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from claudes_corner import ledger
from claudes_corner.errors import LedgerError, Problem
from claudes_corner.lawful import unlawful
from claudes_corner.ledger import parse_ledger
from claudes_corner.schedule import MOMENT, parse_instant
from claudes_corner.standing import Ledger, Standing, take


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
        records, head = parse_ledger(b"".join(line + b"\n" for line in whole.split(b"\n", broken - 1)[: broken - 1]))
        is_whole = False
    standings: dict[str, Standing] = {}
    rules: ledger.Rules | None = None
    letters: dict[str | None, ledger.Letter] = {}
    for record in records:
        problems += unlawful(record, standings.get(record.id or ""), rules, letters.get(record.id), where)
        if isinstance(record, ledger.Letter):
            letters[record.id] = record
        rules = take(standings, rules, record)
    problems += [*_shared(standings.values(), where), *_others_drafts(records, standings, where)]
    return Followed(Ledger(records, head, standings, rules), is_whole, tuple(problems))


def _shared(standings: Iterable[Standing], where: str) -> Iterator[Problem]:
    """Yield every address that two entries have."""
    whose: dict[str, str] = {}
    for standing in standings:
        for slug in standing.slugs:
            if (other := whose.setdefault(slug, standing.id)) != standing.id:
                yield Problem(
                    f"two entries have the address /essays/{slug}/", where, found=f"{other} and {standing.id}"
                )


def _others_drafts(
    records: Iterable[ledger.AnyRecord], standings: Mapping[str, Standing], where: str
) -> Iterator[Problem]:
    """Yield every choice among texts that were not all the author's own drafts of that edition by then."""
    own: dict[tuple[str, str], dict[str, int]] = {}
    for one in standings.values():
        if one.written:
            own.setdefault((one.author, one.edition), {}).setdefault(one.text_sha256, one.written.seq)
    for record in records:
        if isinstance(record, ledger.Chose) and (chosen := standings.get(str(record.id))):
            drafts = own.get((chosen.author, record.edition), {})
            if other := next((sha for sha in record.among if drafts.get(sha, record.seq) >= record.seq), None):
                what = f"{record.id!r} was chosen among others, and one of them was no draft of its edition"
                yield Problem(what, f"{where}:{record.seq}", found=other)


def of_record(known: Ledger) -> Iterator[str]:
    """Say what nobody can know of texts that came from elsewhere, and of times that cannot all be true."""
    if count := sum(standing.imported is not None for standing in known.standings.values()):
        yield f"{count:,} imported texts: who wrote them, when, and in answer to what; they have no transcript"
    if back := [later.seq for former, later in pairwise(known.records) if _is_back(former.at, later.at)]:
        yield f"whether times are true: the clock went back, first at line {back[0]} of the record ({len(back)} in all)"


def _is_back(former: str, later: str) -> bool:
    return later < former and parse_instant(former) - parse_instant(later) > MOMENT
