"""`corner retract`: takes back one's own verdict."""

from __future__ import annotations

import click

from claudes_corner.cli.deciding import say_decided
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.session import Session
from claudes_corner.review.decisions import retract


@click.command("retract")
@click.argument("draft_id", metavar="ID")
@by_option
@shared_options
def command(session: Session, draft_id: str) -> None:
    """Take back your own verdict on a draft, until it is published."""
    say_decided(session, retract(session.workspace, draft_id, session.editor, session.now()))
