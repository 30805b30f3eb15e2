"""`corner desk`: the review desk, a local web page."""

from __future__ import annotations

import gc
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from claudes_corner.cli.deciding import by_option, committed, said_of
from claudes_corner.cli.letter import answer_said, send_veto_letter
from claudes_corner.cli.session import Session, shared_options
from claudes_corner.cli.veto import SALT_BYTES
from claudes_corner.generation.costs import price
from claudes_corner.standing import Standing
from claudes_corner.workspace import Workspace

DEFAULT_PORT = 8421
TOKEN_BYTES = 32


@click.command("desk")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H")
@click.option("--port", default=DEFAULT_PORT, show_default=True, metavar="P", help="0 for any free one.")
@by_option
@shared_options
def command(session: Session, host: str, port: int, by: str | None) -> None:
    """Serve the review desk on this machine: read, compare, decide. It prints a link that signs you in, once."""
    with desk_of(session, session.workspace(), host, port, by) as link:
        click.echo(link)
        click.echo("Ctrl-C ends it.")
        threading.Event().wait()


@contextmanager
def desk_of(session: Session, workspace: Workspace, host: str, port: int, by: str | None) -> Iterator[str]:
    """Let the desk answer while the block lasts; yield the link that signs in."""
    from claudes_corner.review.desk.access import answering, open_door
    from claudes_corner.review.desk.app import Desk
    from claudes_corner.review.desk.room import Outside
    from claudes_corner.site.preview import Preview

    def decided(workspace: Workspace, standing: Standing) -> list[str]:
        """Commit a decision, and say what became of the draft: here, and to the desk."""
        lines = list(said_of(workspace, standing))
        problem = committed(session, workspace, standing.id)
        lines += [str(problem)] if problem else []
        click.echo("\n".join(lines))
        return lines

    outside = Outside(
        now=session.now,
        token=lambda: secrets.token_urlsafe(TOKEN_BYTES),
        salt=lambda: secrets.token_hex(SALT_BYTES),
        preview=Preview,
        decided=decided,
        letter=lambda workspace, draft_id, editor: answer_said(send_veto_letter(session, workspace, draft_id, editor)),
        price=lambda author, tokens_in, tokens_out: price(author, tokens_in, tokens_out).usd,
    )
    door, access = open_door(workspace.config, host, port, lambda: session.editor(workspace, by))
    app = Desk(workspace.folders.root, outside).app(access)
    gc.freeze()  # years of entries stay as they are: no collection need walk through them at each request
    with answering(app, door):
        yield app.link
