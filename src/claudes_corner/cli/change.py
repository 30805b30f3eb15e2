"""`corner change`: moves an entry, or tags it anew."""

from __future__ import annotations

import click

from claudes_corner.cli.deciding import say_changed
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.readers import say_way
from claudes_corner.cli.session import Session
from claudes_corner.review.entries import change
from claudes_corner.review.placing import Placing, parse_date


@click.command("change", short_help="Change date, address or tags of an entry, never its words.")
@click.argument("entry_id", metavar="ID")
@click.option(
    "--date", default="", metavar="D", help="Its new date: a day (at the slot's hour), or '2026-11-25 18:30'."
)
@click.option("--slug", default="", metavar="S", help="Its new path segment; the old one goes on leading to it.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="Its tags, instead of those it has; '' for none.")
@by_option
@shared_options
def command(session: Session, entry_id: str, date: str, slug: str, tags: tuple[str, ...]) -> None:
    """Change where an approved or published entry stands: its date, slug or tags. Never a word of it."""
    wanted = Placing(
        parse_date(session.workspace.config, date), slug, tuple(tag for tag in tags if tag) if tags else None
    )
    before = session.workspace.ledger().head
    standing = change(session.workspace, entry_id, session.editor, session.now(), wanted)
    say_changed(session, standing, is_new=session.workspace.ledger().head != before)
    say_way(session.workspace)
