"""`corner withdraw`: takes a published entry back."""

from __future__ import annotations

import click

from claudes_corner.cli.building import build_and_say
from claudes_corner.cli.deciding import say_decided
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.readers import say_way
from claudes_corner.cli.session import Session
from claudes_corner.review.entries import withdraw


@click.command("withdraw", short_help="Take a published entry back; a tombstone takes its place.")
@click.argument("entry_id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why; readers see it, and it stays on record.")
@by_option
@shared_options
def command(session: Session, entry_id: str, reason: str) -> None:
    """Take a published entry back, and build: a tombstone stands in its place, in the feed as well."""
    say_decided(session, withdraw(session.workspace, entry_id, session.editor, session.now(), reason=reason))
    build_and_say(session)
    say_way(session.workspace)
