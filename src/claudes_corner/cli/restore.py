"""`corner restore`: a draft that was set aside or has expired waits again."""

from __future__ import annotations

import click

from claudes_corner.cli.deciding import say_decided
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.session import Session
from claudes_corner.review.decisions import restore


@click.command("restore")
@click.argument("draft_id", metavar="ID")
@by_option
@shared_options
def command(session: Session, draft_id: str) -> None:
    """Let a draft wait again that was set aside or has expired."""
    say_decided(session, restore(session.workspace, draft_id, session.editor, session.now()))
