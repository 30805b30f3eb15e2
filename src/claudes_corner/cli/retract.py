"""`corner retract`: takes back one's own verdict."""

from __future__ import annotations

import click

from claudes_corner.cli.deciding import by_option, say_decided
from claudes_corner.cli.session import Session, shared_options
from claudes_corner.review.decisions import retract


@click.command("retract")
@click.argument("draft_id", metavar="ID")
@by_option
@shared_options
def command(session: Session, draft_id: str, by: str | None) -> None:
    """Take back your own verdict on a draft, until it is published."""
    workspace = session.workspace()
    editor = session.editor(workspace, by)
    say_decided(session, workspace, retract(workspace, draft_id, editor, session.now()))
