"""`corner set-aside`: not chosen, without a veto."""

from __future__ import annotations

import click

from claudes_corner.cli.deciding import digest_option, say_decided
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.session import Session
from claudes_corner.review.decisions import set_aside


@click.command("set-aside")
@click.argument("draft_id", metavar="ID")
@digest_option
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the public record.")
@by_option
@shared_options
def command(session: Session, draft_id: str, digest: str, reason: str) -> None:
    """Set a draft aside, as when another of its edition was chosen. It is no veto, and can be restored."""
    say_decided(session, set_aside(session.workspace, draft_id, digest, session.editor, session.now(), reason=reason))
