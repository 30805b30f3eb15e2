"""`corner desk`: the review desk, a local web page."""

from __future__ import annotations

import gc
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from claudes_corner.cli.deciding import make_salt, say_changed, say_decided
from claudes_corner.cli.letter import say_answer, send_veto_letter
from claudes_corner.cli.options import PORT, by_option, shared_options
from claudes_corner.cli.readers import ways_after_publishing
from claudes_corner.cli.session import Session
from claudes_corner.generation.costs import price
from claudes_corner.standing import Standing

DEFAULT_PORT = 8421
TOKEN_BYTES = 32
_UNTIL_THEN = {"change": "until then readers have it as it was", "withdraw": "until then readers have its text"}


@click.command("desk")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H")
@click.option("--port", type=PORT, default=DEFAULT_PORT, show_default=True, metavar="P", help="0 for any free one.")
@by_option
@shared_options
def command(session: Session, host: str, port: int) -> None:
    """Serve the review desk on this machine: read, compare, decide. It prints a link that signs you in, once."""
    with desk_of(session, host, port) as link:
        click.echo(link)
        click.echo("Ctrl-C ends it.")
        threading.Event().wait()


@contextmanager
def desk_of(session: Session, host: str, port: int, *, is_built_here: bool = False) -> Iterator[str]:
    """Let the desk answer while the block lasts; yield the link that signs in.

    Args:
        session: The call's.
        host: Where it is reached.
        port: 0 for any free one.
        is_built_here: Whether this process builds the site anew after each decision.
    """
    from claudes_corner.review.desk.access import answering, open_door
    from claudes_corner.review.desk.app import Desk
    from claudes_corner.review.desk.room import Outside
    from claudes_corner.site.preview import Preview

    outside = Outside(
        now=session.now,
        token=lambda: secrets.token_urlsafe(TOKEN_BYTES),
        salt=make_salt,
        preview=Preview,
        decided=lambda workspace, standing, act: _say_decided(
            session.of(workspace), standing, act, is_built_here=is_built_here
        ),
        letter=lambda workspace, draft, editor: say_answer(send_veto_letter(session.of(workspace), draft, editor)),
        price=lambda author, tokens_in, tokens_out: price(author, tokens_in, tokens_out).usd,
    )
    door, access = open_door(session.workspace.config, host, port, lambda: session.editor)
    app = Desk(session.workspace.folders.root, outside).app(access)
    gc.freeze()  # years of entries stay as they are: no collection need walk through them at each request
    with answering(app, door):
        yield app.link


def _say_decided(session: Session, standing: Standing, act: str, *, is_built_here: bool) -> list[str]:
    """Say where a draft stands after a decision, and what is left to do for readers, unless the site follows by itself.

    Notices reach the editor on the next page: there is one line for it.
    """
    lines = say_changed(session, standing) if act == "change" else say_decided(session, standing)
    if standing.status in {"published", "withdrawn"} and not is_built_here:
        steps = ways_after_publishing(session.workspace.config)
        why = _UNTIL_THEN.get(act, steps[0].why)
        lines.append(f"next: {' and '.join(step.command for step in steps)}; {why}")
        click.echo(lines[-1])
    return lines
