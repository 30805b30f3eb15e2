"""`corner withdraw`: takes a published entry back."""

from __future__ import annotations

import click

from claudes_corner.cli.build import build_and_say, cores
from claudes_corner.cli.deciding import by_option, say_decided
from claudes_corner.cli.session import Session, shared_options
from claudes_corner.review.entries import withdraw


@click.command("withdraw")
@click.argument("entry_id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why; readers see it, and it stays on record.")
@by_option
@shared_options
def command(session: Session, entry_id: str, reason: str, by: str | None) -> None:
    """Take a published entry back, and build: a tombstone stands in its place, in the feed as well."""
    workspace = session.workspace()
    editor = session.editor(workspace, by)
    say_decided(session, workspace, withdraw(workspace, entry_id, editor, session.now(), reason=reason))
    build_and_say(workspace, jobs=cores())
