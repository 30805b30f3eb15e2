"""The rules of decision, as pure functions: the desk, the terminal and `verify` all ask here.

Owns when a draft is approved, held or vetoed, and when it expires. Knows neither the ledger nor the folders.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

Outcome = Literal["waiting", "approved", "vetoed"]


class Quorum(msgspec.Struct, frozen=True):
    """How many verdicts decide, as a `rules` record has put it on record."""

    approvals: int  # at least 1
    vetoes: int  # at least 1


def outcome(approvals: int, vetoes: int, quorum: Quorum) -> Outcome:
    """Tell what standing verdicts make of a draft.

    A veto holds the draft: while it stands, one more approval is needed than otherwise. Enough vetoes end its way.
    Editors are counted, each by the latest verdict.
    """
    if vetoes >= quorum.vetoes:
        return "vetoed"
    return "approved" if approvals >= quorum.approvals + vetoes else "waiting"


def expires_at(last_act_at: dt.datetime, after_days: int) -> dt.datetime:
    """Tell when a draft that waits expires. It never goes live for that.

    The last act is what was last put on record about it: written, brought back, or judged by somebody.
    """
    return last_act_at + dt.timedelta(days=after_days)
