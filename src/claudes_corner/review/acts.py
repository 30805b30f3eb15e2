"""What an editor may do with a draft, by name, and what is done with what they filled in: at the terminal, at the desk.

Owns the reading of forms. Each decision is bound to the digest that was shown; `decisions.py` decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from claudes_corner.errors import DoubtError, Problem
from claudes_corner.review.decisions import approve, publish, restore, retract, set_aside, veto
from claudes_corner.review.due import is_due, lacking
from claudes_corner.review.entries import change, withdraw
from claudes_corner.review.placing import doubt, parse_date, parse_placing
from claudes_corner.review.reading import add_note
from claudes_corner.settings import Config
from claudes_corner.standing import Standing
from claudes_corner.workspace import Workspace

ACTS = ("approve", "veto", "set-aside", "restore", "retract", "publish", "note", "change", "withdraw")
MEANT = {"approve": "date", "withdraw": "reason"}  # of each act that may have to be confirmed: the field that says what


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
        "change": status in {"approved", "published"},
        "withdraw": status == "published",
    }
    return frozenset(name for name, is_offered in offered.items() if is_offered)


def must_be_meant(name: str, workspace: Workspace, draft_id: str, form: Mapping[str, str], now: dt.datetime) -> None:
    """Stop an approval at a date that may be mistyped, and any withdrawal, until the form says that this is meant.

    Raises:
        DoubtError: Nothing says so of exactly this date, or this reason.
    """
    said = " ".join(form.get(MEANT.get(name, ""), "").split())
    if " ".join(form.get("meant", "").split()) == said:
        return
    says = ""
    if name == "approve":
        says = doubt(workspace.config, parse_date(workspace.config, said), now)
    elif name == "withdraw" and workspace.standing(workspace.ledger(), draft_id).status == "published":
        says = "a withdrawal cannot be undone, and readers will see its reason"
    if says:
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
            return approve(workspace, draft_id, shown, editor, now, parse_placing(workspace.config, form))
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
        case "change":
            wanted = parse_placing(workspace.config, _touched(form))
            return change(workspace, draft_id, editor, now, wanted, seen=form.get("seen", ""))
        case "withdraw":
            return withdraw(workspace, draft_id, editor, now, reason=said)
        case _:
            add_note(workspace, draft_id, editor, now, form.get("note", ""))
            return None


def _touched(form: Mapping[str, str]) -> dict[str, str]:
    """Tell where an entry is to stand; what was not touched since the form was shown (`was_…`) is left as it is."""
    return {key: form[key] for key in ("date", "slug", "tags") if key in form and form[key] != form.get(f"was_{key}")}
