"""What an editor may do with a draft, by name, and what is done with what they filled in: at the terminal, at the desk.

Owns the reading of forms. Each decision is bound to the digest that was shown; `decisions.py` decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from claudes_corner.errors import DoubtError, Problem
from claudes_corner.review.decisions import approve, publish, restore, retract, set_aside, veto
from claudes_corner.review.due import is_due, lacking
from claudes_corner.review.placing import doubt, parse_date, parse_placing
from claudes_corner.review.reading import add_note
from claudes_corner.settings import Config
from claudes_corner.standing import Standing
from claudes_corner.workspace import Workspace

ACTS = ("approve", "veto", "set-aside", "restore", "retract", "publish", "note")


def possible(config: Config, standing: Standing, editor: str, now: dt.datetime) -> frozenset[str]:
    """Tell what an editor may do with a draft as it stands, so that no more is offered; doing it checks again."""
    status = standing.status
    offered = {
        "approve": status == "waiting" or (editor not in standing.approved_by and bool(lacking(config, standing))),
        "veto": status in {"waiting", "approved"},
        "set-aside": status == "waiting",
        "restore": status in {"set-aside", "expired"},
        "retract": status in {"waiting", "approved", "vetoed"} and editor in standing.judges,
        "publish": is_due(config, standing, now),
    }
    return frozenset(name for name, is_offered in offered.items() if is_offered)


def must_be_meant(name: str, config: Config, form: Mapping[str, str], now: dt.datetime) -> None:
    """Stop an approval at a date that may be mistyped, until the form says that exactly this date is meant.

    Raises:
        DoubtError: Nothing says so.
    """
    date = form.get("date", "").strip()
    if (
        name == "approve"
        and form.get("meant", "").strip() != date
        and (says := doubt(config, parse_date(config, date), now))
    ):
        raise DoubtError(Problem(says, fix="Nothing is decided yet."))


def act(
    name: str,
    workspace: Workspace,
    draft_id: str,
    form: Mapping[str, str],
    editor: str,
    now: dt.datetime,
    salt: Callable[[], str],
) -> Standing | None:
    """Do what a form asks for, and tell where the draft stands; None after a note, which decides nothing.

    Raises:
        CornerError: It is refused; nothing was done.
    """
    said, shown = form.get("reason", ""), form.get("digest", "")
    match name:
        case "approve":
            placing = parse_placing(workspace.config, *(form.get(key, "") for key in ("date", "slug", "tags")))
            return approve(workspace, draft_id, shown, editor, now, placing)
        case "veto":
            code = form.get("criterion", "")
            return veto(workspace, draft_id, shown, editor, now, criterion=code, reason=said, salt=salt())
        case "set-aside":
            return set_aside(workspace, draft_id, shown, editor, now, reason=said)
        case "restore":
            return restore(workspace, draft_id, editor, now)
        case "retract":
            return retract(workspace, draft_id, editor, now)
        case "publish":
            return publish(workspace, [draft_id], editor, now)[0]
        case _:
            add_note(workspace, draft_id, editor, now, form.get("note", ""))
            return None
