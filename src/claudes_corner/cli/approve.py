"""`corner approve`: one editor's approval."""

from __future__ import annotations

import click

from claudes_corner.cli.deciding import digest_option, say_decided
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.readers import say_steps, ways_after_publishing
from claudes_corner.cli.session import Session, at_terminal
from claudes_corner.review.decisions import approve
from claudes_corner.review.placing import Placing, doubt, parse_date


@click.command("approve")
@click.argument("draft_id", metavar="ID")
@digest_option
@click.option(
    "--date", default="", metavar="D", help="When it goes live: a day (at the slot's hour), or '2026-11-25 18:30'."
)
@click.option("--tag", "tags", multiple=True, metavar="T", help="A tag; may be given several times.")
@click.option("--slug", default="", metavar="S", help="Its path segment; else from the title.")
@by_option
@shared_options
def command(session: Session, draft_id: str, digest: str, date: str, tags: tuple[str, ...], slug: str) -> None:
    """Approve exactly the text with this digest. Whoever completes the quorum promotes the draft."""
    config = session.workspace.config
    placing = Placing(parse_date(config, date), slug, tags or None)
    says = doubt(config, placing.date, session.now())
    if says and at_terminal() and not click.confirm(f"{says}. Approve it with this date?"):
        click.echo("nothing was decided")
        return
    before = session.workspace.ledger().standings.get(draft_id)
    standing = approve(session.workspace, draft_id, digest, session.editor, session.now(), placing)
    if before and session.editor in before.held_by:
        click.echo(f"{draft_id}: the veto of {config.editor_name(session.editor)} is taken back by this")
    say_decided(session, standing)
    if standing.status == "published":
        say_steps(ways_after_publishing(config))
