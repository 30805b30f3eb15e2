"""What a verification answers: what it looked at, what is wrong, and what it could not see.

Owns the report's form, and the sentences about what no verification can show.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise

import msgspec

from claudes_corner.errors import Problem
from claudes_corner.standing import Ledger

Tell = Callable[[int, int], None]  # how many of how many are checked

NEVER = (
    "whether the model that is named wrote the texts: the record holds the name that each answer came with",
    "whether anything was asked for outside this record",
    "whether editors are who they say: --by is a claim",
)
_MOMENT = dt.timedelta(minutes=5)  # that a command may take, from its time to its record
NO_OLDER = ("whether the record was written anew before anybody kept a copy: that needs an older checkpoint (--since)",)


def of_record(known: Ledger) -> Iterator[str]:
    """Say what nobody can know of texts that came from elsewhere, and of times that cannot all be true."""
    if count := sum(standing.imported is not None for standing in known.standings.values()):
        yield f"{count:,} imported texts: who wrote them, when, and in answer to what; they have no transcript"
    if back := [later.seq for former, later in pairwise(known.records) if _went_back(former.at, later.at)]:
        yield f"whether times are true: the clock went back, first at line {back[0]} of the record ({len(back)} in all)"


def _went_back(former: str, later: str) -> bool:
    if later >= former:
        return False
    with suppress(ValueError):  # no instant: a problem of its own
        return dt.datetime.fromisoformat(former) - dt.datetime.fromisoformat(later) > _MOMENT
    return False


class Report(msgspec.Struct, frozen=True):
    """The answer."""

    checked: tuple[str, ...]  # what was looked at, one line each
    problems: tuple[Problem, ...]  # empty: all is as it should be
    unchecked: tuple[str, ...]  # what was not, and why
