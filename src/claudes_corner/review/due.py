"""What is approved and due: which entries may go live, and which lack their quorum by the rules of today.

Owns the question whether an approval of then is enough now: editors go, and the numbers that are needed change. New
rules decide nothing by themselves, so such an entry stays approved; it goes live once it has its quorum again.
"""

from __future__ import annotations

import datetime as dt

from claudes_corner.errors import DecisionError, Problem
from claudes_corner.lawful import short_of_quorum
from claudes_corner.schedule import parse_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.workspace import Workspace
from claudes_corner.writer import rules_of


def lacking(config: Config, standing: Standing) -> Problem | None:
    """Say what an approved entry lacks by the rules of today, and what to do; None: nothing."""
    if standing.status != "approved" or not (missing := short_of_quorum(standing, rules_of(config))):
        return None
    what = f"{standing.id} was approved under other rules, and lacks its quorum by those of today"
    if len(standing.holds) >= config.vetoes:
        return Problem(what, "", *missing, f"A veto has to be taken back: corner retract {standing.id}.")
    gone = [editor for editor in standing.approved_by if editor not in config.editors]
    said = f"No editor any more: {', '.join(gone)}. " if gone else ""
    return Problem(what, "", *missing, f"{said}Another editor approves it: corner review {standing.id}.")


def all_lacking(config: Config, known: Ledger) -> dict[str, Problem]:
    """Tell which approved entries lack their quorum by the rules of today, by id, and what each lacks."""
    found = {standing.id: lacking(config, standing) for standing in known.having("approved")}
    return {draft_id: problem for draft_id, problem in found.items() if problem}


def is_due(config: Config, standing: Standing, now: dt.datetime) -> bool:
    """Answer whether a draft is approved, by the rules of today too, and may go live."""
    is_time = standing.status == "approved" and parse_instant(standing.date) <= now
    return is_time and not lacking(config, standing)


def due(config: Config, known: Ledger, now: dt.datetime) -> tuple[Standing, ...]:
    """List what is approved and may go live, oldest date first."""
    ready = [standing for standing in known.having("approved") if is_due(config, standing, now)]
    return tuple(sorted(ready, key=lambda s: (s.date, s.id)))


def must_be_due(workspace: Workspace, known: Ledger, draft_id: str, now: dt.datetime) -> Standing:
    """Find an approved entry whose date has come, and make sure that it is what was approved.

    Raises:
        DecisionError: It is not approved, lacks its quorum by the rules of today, or its date is still to come.
        TextError: It is not what was approved.
    """
    standing = workspace.standing(known, draft_id)
    if standing.status != "approved":
        what = f"draft {draft_id!r} cannot go live"
        raise DecisionError(Problem(what, expected="an approved draft", found=standing.status.replace("-", " ")))
    if parse_instant(standing.date) > now:
        fix = f"Wait; or take your approval back with corner retract {draft_id}, and give it an earlier date."
        what = f"draft {draft_id!r} is to go live on {workspace.config.slots.words(standing.date)}"
        raise DecisionError(Problem(what, fix=fix))
    if problem := lacking(workspace.config, standing):
        raise DecisionError(problem)
    workspace.read_entry(standing)
    return standing
