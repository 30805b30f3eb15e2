"""What a veto must say: a published criterion, and words that stay with the editors.

Owns the check of the one, and the reading of the other. Decides nothing.
"""

from __future__ import annotations

import json

from claudes_corner import ledger
from claudes_corner.errors import DecisionError, Problem, one_of, suggest
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.workspace import Workspace


def must_be_published(config: Config, criterion: str) -> None:
    """Refuse a criterion that the newsletter does not publish.

    Raises:
        DecisionError: With the codes there are.
    """
    codes = [known.code for known in config.review.criteria]
    if criterion not in codes:
        what = f"a veto names a published criterion, and {criterion!r} is none"
        raise DecisionError(Problem(what, expected=one_of(codes), fix=suggest(criterion, codes)))


def has_vetoed(
    workspace: Workspace, known: Ledger, standing: Standing, editor: str, criterion: str, reason: str
) -> bool:
    """Answer whether this editor's veto stands already, for the same criterion and in the same words."""
    said = [r for r in known.about(standing.id) if isinstance(r, ledger.Vetoed) and r.by == editor]
    if not said or not any(hold.editor == editor and hold.criterion == criterion for hold in standing.holds):
        return False
    path = workspace.folders.reason(standing.id, said[-1].reason_sha256)
    return path.is_file() and bool(json.loads(path.read_bytes())["reason"] == reason)
