"""What a verification answers: what it looked at, what is wrong, and what it could not see.

Owns the report's form, and the sentences about what no verification can show.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from claudes_corner.errors import Problem

Tell = Callable[[int, int], None]  # how many of how many are checked

NEVER = (
    "whether the model that is named wrote the texts: the record holds the name that each answer came with",
    "whether anything was asked for outside this record",
    "whether editors are who they say: --by is a claim",
)
NO_CHECKPOINT = (
    "whether the end of the record was cut off or written anew, the last line included: that needs an older copy of it",
)


class Report(msgspec.Struct, frozen=True):
    """The answer."""

    checked: tuple[str, ...]  # what was looked at, one line each
    problems: tuple[Problem, ...]  # empty: all is as it should be
    unchecked: tuple[str, ...]  # what was not, and why
