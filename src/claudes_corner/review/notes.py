"""Editors' notes to one another about a draft: private lines in `drafts/notes/`, added and never taken away.

Owns the form of a line: instant, editor, words. A note decides nothing, and is on no record.
"""

from __future__ import annotations

import datetime as dt

from claudes_corner.errors import DecisionError, Problem
from claudes_corner.schedule import render_instant
from claudes_corner.workspace import Workspace


def read_notes(workspace: Workspace, draft_id: str) -> tuple[str, ...]:
    """Read the notes about a draft, oldest first, each as `2026-11-25T09:00:00Z ada: words`."""
    path = workspace.folders.note(draft_id)
    return tuple(path.read_text("utf-8").split("\n")[:-1]) if path.is_file() else ()


def add_note(workspace: Workspace, draft_id: str, editor: str, now: dt.datetime, text: str) -> None:
    """Add a note; line breaks become spaces.

    Raises:
        DecisionError: There is no such draft, or nothing is said.
    """
    words = " ".join(text.split())
    if not words:
        raise DecisionError(Problem("the note is empty", fix="Say something, or go on."))
    with workspace.writing() as pen:
        workspace.standing(pen.ledger, draft_id)
        lines = [*read_notes(workspace, draft_id), f"{render_instant(now)} {editor}: {words}"]
        pen.keep(workspace.folders.note(draft_id), "".join(f"{line}\n" for line in lines).encode())
