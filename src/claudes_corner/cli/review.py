"""`corner review`: read, compare, decide, in the terminal."""

from __future__ import annotations

import secrets

import click
from rich.console import Console

from claudes_corner.cli.deciding import by_option, say_decided
from claudes_corner.cli.session import Session, shared_options
from claudes_corner.cli.veto import SALT_BYTES
from claudes_corner.review.terminal import Reviewing


@click.command("review")
@click.argument("draft_ids", metavar="[ID]...", nargs=-1)
@by_option
@shared_options
def command(session: Session, draft_ids: tuple[str, ...], by: str | None) -> None:
    """Read the drafts that wait, with mode and prompt in sight, and decide: approve, veto, set aside, or leave them."""
    workspace = session.workspace()
    editor = session.editor(workspace, by)
    reviewing = Reviewing(
        workspace,
        editor,
        console=Console(highlight=False),
        ask=lambda question, default: str(click.prompt(question, default=default, show_default=bool(default))),
        now=session.now,
        salt=lambda: secrets.token_hex(SALT_BYTES),
        say=lambda standing: say_decided(session, workspace, standing),
    )
    reviewing.run(draft_ids)
