"""`corner publish`: what is approved and due goes live."""

from __future__ import annotations

import click

from claudes_corner.cli.building import build_and_say
from claudes_corner.cli.deciding import commit_decisions
from claudes_corner.cli.deploy import deploy_and_say
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.readers import say_way
from claudes_corner.cli.session import Session, say_problems
from claudes_corner.deploy.sending import pick_target
from claudes_corner.review.decisions import publish
from claudes_corner.review.due import all_lacking, due, must_be_due


@click.command("publish", short_help="Let approved entries go live whose date has come.")
@click.argument("draft_ids", metavar="[ID]...", nargs=-1)
@click.option("--yes", is_flag=True, help="You were asked, and said yes.")
@click.option("--deploy", "target", metavar="NAME", help="Then verify the site and send it to this target.")
@by_option
@shared_options
def command(session: Session, draft_ids: tuple[str, ...], yes: bool, target: str | None) -> None:
    """Let approved entries go live whose date has come (all of them, or those named), then build the site."""
    workspace = session.workspace
    if target is not None:
        pick_target(workspace, target)  # before anything is decided
    known, words = workspace.ledger(), workspace.config.slots.words
    ready, short = due(workspace.config, known, session.now()), all_lacking(workspace.config, known)
    chosen = [must_be_due(workspace, known, draft_id, session.now()) for draft_id in draft_ids] or ready
    if not draft_ids:
        say_problems(tuple(short.values()))
    if not chosen:
        waits = (standing for standing in known.having("approved") if standing.id not in short)
        coming = min(waits, key=lambda s: s.date, default=None)
        click.echo("nothing is approved and due" + (f"; next: {coming.id} on {words(coming.date)}" if coming else ""))
        return
    editor = session.editor
    for standing in chosen:
        click.echo(f"{words(standing.date)}  {standing.id}  {standing.route}")
    if not yes and not click.confirm(f"Let {'this' if len(chosen) == 1 else 'these'} go live?"):
        click.echo("nothing was published")
        return
    for standing in publish(workspace, [s.id for s in chosen], editor, session.now()):
        click.echo(f"{standing.id}: published at {standing.route}")
    commit_decisions(session, *(s.id for s in chosen))
    if target is None:
        build_and_say(session)
        say_way(workspace)
    else:
        deploy_and_say(session, target)
