"""What a form of the desk does: one decision, or a note.

Owns the reading of forms. Each decision is bound to the digest that its page showed; `decisions.py` decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from claudes_corner.review.decisions import approve, publish, restore, retract, set_aside, veto
from claudes_corner.review.notes import add_note
from claudes_corner.review.placing import parse_placing
from claudes_corner.standing import Standing
from claudes_corner.workspace import Workspace

ACTS = ("approve", "veto", "set-aside", "restore", "retract", "publish", "note")


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
