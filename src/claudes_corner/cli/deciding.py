"""What the commands of decision share: their options, and how they say what became of a draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from claudes_corner.standing import Standing
from claudes_corner.workspace import Workspace

Function = TypeVar("Function", bound=Callable[..., Any])

by_option = click.option(
    "--by", metavar="EDITOR", help="Who decides; else the only editor, or the one with git's e-mail."
)
digest_option = click.option(
    "--digest", required=True, metavar="PREFIX", help="At least 8 digits of the digest of the text that you read."
)


def say_standing(workspace: Workspace, standing: Standing) -> None:
    """Say in a line or two where a draft stands after a decision, and what follows."""
    quorum = workspace.config.review
    match standing.status:
        case "published" if standing.published:
            click.echo(f"{standing.id}: approved and published at {standing.published.route}")
        case "approved":
            click.echo(f"{standing.id}: approved; goes live on {standing.date} by corner publish")
        case "waiting" if standing.holds:
            more = quorum.approvals + len(standing.holds) - len(standing.approved_by)
            vetoes = workspace.config.vetoes - len(standing.holds)
            click.echo(f"{standing.id}: on hold by {', '.join(hold.editor for hold in standing.holds)}")
            click.echo(
                f"  it passes with {more} more approval{_s(more)}, and is vetoed with {vetoes} more veto{_es(vetoes)}"
            )
        case "waiting" if standing.approved_by:
            more = quorum.approvals - len(standing.approved_by)
            click.echo(f"{standing.id}: approved by {', '.join(standing.approved_by)}; needs {more} more")
        case "waiting":
            click.echo(f"{standing.id}: waits for a verdict")
        case status:
            click.echo(f"{standing.id}: {status.replace('-', ' ')}")


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _es(count: int) -> str:
    return "" if count == 1 else "es"
