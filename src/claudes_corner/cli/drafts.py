"""`corner drafts`: lists what was written or imported, and how each stands."""

from __future__ import annotations

import click
import msgspec

from claudes_corner.cli.options import json_option, shared_options
from claudes_corner.cli.session import Session, as_json
from claudes_corner.errors import CornerError
from claudes_corner.review.week import to_read
from claudes_corner.standing import Standing
from claudes_corner.text import beginning, visible
from claudes_corner.workspace import Workspace


class Listed(msgspec.Struct, frozen=True):
    """A line of the list."""

    id: str
    status: str
    mode: str
    edition: str
    is_chosen: bool  # the author chose it among its drafts of the edition
    title: str  # empty if its files cannot be read
    text_sha256: str
    approved_by: tuple[str, ...]
    held_by: tuple[str, ...]
    begins: str = ""  # how its text begins, if it has no title of its own
    problem: str = ""
    route: str = ""  # of an entry: where its page is, or is to be
    date: str = ""  # of an entry


@click.command("drafts")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also entries, with their addresses, and what was vetoed, set aside or has expired.",
)
@json_option
@shared_options
def command(session: Session, everything: bool, is_json: bool) -> None:
    """List the drafts that wait for a verdict."""
    workspace = session.workspace
    known = workspace.ledger()
    shown = [s for s in known.standings.values() if s.text_sha256] if everything else to_read(known)
    picks = known.picks
    listed = [_listed(workspace, s, is_chosen=s.id in picks) for s in shown]
    if is_json:
        as_json({"entries": listed})
        return
    for draft in listed:
        veto = "held" if draft.status == "waiting" else "vetoed"
        held = f", {veto} by {', '.join(draft.held_by)}" if draft.held_by else ""
        held += ", chosen by the author" if draft.is_chosen else ""
        click.echo(f"{draft.id}  {draft.status.replace('-', ' ')}{held}  {draft.text_sha256[:19]}…")
        click.echo(f"  {visible(draft.title) or draft.problem}{visible(draft.begins)}")
        if draft.route:
            click.echo(f"  {draft.route}  {workspace.config.slots.words(draft.date)}")
    if not listed:
        click.echo("no draft waits" if not everything else "nothing was written yet")


def _listed(workspace: Workspace, standing: Standing, *, is_chosen: bool) -> Listed:
    title, begins, problem = "", "", ""
    try:
        draft = workspace.read(standing)
        title = draft.front.title
        begins = f": {beginning(draft.text)}" if draft.front.title_by == "none" else ""
    except CornerError as error:
        problem = str(error)
    return Listed(
        id=standing.id,
        status=standing.status,
        mode=standing.mode,
        edition=standing.edition,
        is_chosen=is_chosen,
        title=title,
        text_sha256=standing.text_sha256,
        approved_by=standing.approved_by,
        held_by=standing.held_by,
        begins=begins,
        problem=problem,
        route=standing.route if standing.holds_address else "",
        date=standing.date if standing.holds_address else "",
    )
