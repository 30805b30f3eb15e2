"""Recomputes what is claimed, from the bytes that are there, and says what cannot be checked. It changes nothing.

`record.py` checks a ledger by itself, wherever it was found: in a workspace, a built site, or on the web; `folders.py`
checks a workspace's files against it, `site.py` a built site's. The answer's form is here.
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
NO_OLDER = ("whether the record was written anew before anybody kept a copy: that needs an older checkpoint (--since)",)


class Report(msgspec.Struct, frozen=True):
    """What a verification answers."""

    checked: tuple[str, ...]  # what was looked at, one line each
    problems: tuple[Problem, ...]  # empty: all is as it should be
    unchecked: tuple[str, ...]  # what was not, and why
