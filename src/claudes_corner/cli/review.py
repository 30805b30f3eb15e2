"""`corner review`: read, compare, decide, in the terminal."""

from __future__ import annotations

import click
from rich.console import Console

from claudes_corner.cli.deciding import make_salt, say_decided
from claudes_corner.cli.session import Session, by_option, shared_options
from claudes_corner.review.terminal import Reviewing


@click.command("review")
@click.argument("draft_ids", metavar="[ID]...", nargs=-1)
@by_option
@shared_options
def command(session: Session, draft_ids: tuple[str, ...]) -> None:
    """Read the drafts that wait, with mode and prompt in sight, and decide: approve, veto, set aside, or leave them."""
    reviewing = Reviewing(
        session.workspace,
        session.editor,
        console=Console(highlight=False),
        ask=lambda question, default: str(click.prompt(question, default=default, show_default=bool(default))),
        now=session.now,
        salt=make_salt,
        say=lambda standing: say_decided(session, standing),
    )
    reviewing.run(draft_ids)
