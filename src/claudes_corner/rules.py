"""The rules of decision, as pure functions: the desk, the terminal and `verify` all ask here.

Owns when a draft is approved, held or vetoed, and when it expires. Knows neither the ledger nor the folders.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

Outcome = Literal["waiting", "approved", "vetoed"]


def outcome(approvals: int, vetoes: int, *, approvals_needed: int, vetoes_needed: int) -> Outcome:
    """Tell what standing verdicts make of a draft: this is where its quorum is decided.

    A veto holds the draft: while it stands, one more approval is needed than otherwise. Enough vetoes end its way.
    Editors are counted, each by the latest verdict.
    """
    if vetoes >= vetoes_needed:
        return "vetoed"
    return "waiting" if approvals_missing(approvals, vetoes, approvals_needed=approvals_needed) else "approved"


def approvals_missing(approvals: int, vetoes: int, *, approvals_needed: int) -> int:
    """Tell how many more approvals a draft needs: one for each veto that stands, beside the usual ones."""
    return max(0, approvals_needed + vetoes - approvals)


def expires_at(last_act_at: dt.datetime, after_days: int) -> dt.datetime:
    """Tell when a draft that waits expires. It never goes live for that.

    The last act is what was last put on record about it: written, brought back, or judged by somebody.
    """
    return last_act_at + dt.timedelta(days=after_days)
