"""What a verification answers: what it looked at, what is wrong, and what it could not see.

Owns the report's form, and the sentences about what no verification can show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from claudes_corner.errors import Problem
from claudes_corner.standing import Standing

Tell = Callable[[int, int], None]  # how many of how many are checked

NEVER = (
    "whether the model that is named wrote the texts: the record holds the name that each answer came with",
    "whether anything was asked for outside this record",
    "whether editors are who they say: --by is a claim",
)
NO_OLDER = ("whether the record was written anew before anybody kept a copy: that needs an older checkpoint (--since)",)


def of_imported(standings: Iterable[Standing]) -> Iterator[str]:
    """Say what nobody can know of texts that came from elsewhere."""
    if count := sum(standing.imported is not None for standing in standings):
        yield f"{count:,} imported texts: who wrote them, when, and in answer to what; they have no transcript"


class Report(msgspec.Struct, frozen=True):
    """The answer."""

    checked: tuple[str, ...]  # what was looked at, one line each
    problems: tuple[Problem, ...]  # empty: all is as it should be
    unchecked: tuple[str, ...]  # what was not, and why
