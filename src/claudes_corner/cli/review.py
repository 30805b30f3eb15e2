"""`corner review`: read, compare, decide, in the terminal."""

from __future__ import annotations

import os

import click
from rich.console import Console
from rich.pager import Pager

from claudes_corner.cli.deciding import make_salt, said_of, say_decided
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.readers import say_steps, ways_after_publishing
from claudes_corner.cli.session import Session
from claudes_corner.review.terminal import Reviewing
from claudes_corner.review.week import Step, look
from claudes_corner.standing import Standing

_PROMPT = "?eThe end, Space or q leads to your decision:Space goes on, b goes back, q leads to your decision."
_LESS = f"-e -Ps{_PROMPT}$ -Pm{_PROMPT}$ -PM{_PROMPT}$ "  # Space goes on from the end, too


class _Pages(Pager):
    """Shows a long text by the editor's own pager, or `less`: which says how to go on, and keeps to showing."""

    def show(self, content: str) -> None:
        """Show a text until the editor has left it."""
        own = os.environ.get("LESS", "").removeprefix(_LESS)
        os.environ |= {"LESSSECURE": "1", "LESS": f"{_LESS}{own}"}  # else its keys write files, and open a shell
        click.echo_via_pager(content)


@click.command("review", short_help="Read the drafts that wait, and decide, in the terminal.")
@click.argument("draft_ids", metavar="[ID]...", nargs=-1)
@by_option
@shared_options
def command(session: Session, draft_ids: tuple[str, ...]) -> None:
    """Read the drafts that wait, with mode and prompt in sight, and decide: approve, veto, set aside, or leave them."""
    decided: dict[str, None] = {}  # in the order of their last decision

    def say(standing: Standing) -> None:
        """Say what became of a draft, and keep it for the end."""
        decided.pop(standing.id, None)
        decided[standing.id] = None
        say_decided(session, standing)

    reviewing = Reviewing(
        session.workspace,
        session.editor,
        console=Console(highlight=False),
        pager=_Pages(),
        ask=lambda question, default: str(click.prompt(question, default=default, show_default=bool(default))),
        now=session.now,
        salt=make_salt,
        say=say,
    )
    try:
        reviewing.run(draft_ids)
    except (click.Abort, KeyboardInterrupt):  # Ctrl-D, Ctrl-C at a question or elsewhere: what was decided stands
        _say_end(session, tuple(decided))
        raise
    _say_end(session, tuple(decided))


def _say_end(session: Session, decided: tuple[str, ...]) -> None:
    """Say what was decided in a review, what each of these drafts still lacks, and what comes next."""
    workspace = session.workspace
    standings = [workspace.ledger().standings[draft_id] for draft_id in decided]
    click.echo("\nin this review:" if decided else "\nnothing was decided")
    for line in (line for standing in standings for line in said_of(workspace, standing)):
        click.echo(f"  {line}")
    is_new = any(standing.status == "published" for standing in standings)
    status = look(workspace, session.now())
    steps = (*(ways_after_publishing(workspace.config) if is_new else ()), *status.due)
    say_steps(steps or (Step(status.next_command, status.why),))
