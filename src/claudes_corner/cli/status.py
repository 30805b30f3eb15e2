"""`corner status`: the week at a glance, and all there is to do, the most pressing first."""

from __future__ import annotations

import click

from claudes_corner.cli.options import json_option, shared_options
from claudes_corner.cli.readers import say_steps, ways_to_readers
from claudes_corner.cli.session import Session, as_json
from claudes_corner.generation.planning import check_modes
from claudes_corner.review.week import Step, Waiting, look
from claudes_corner.schedule import render_instant
from claudes_corner.text import counted


@click.command("status", short_help="Tell what is to do, the most pressing first.")
@json_option
@shared_options
def command(session: Session, is_json: bool) -> None:
    """Tell what is to do, the most pressing first, and how this week stands."""
    check_modes(session.workspace.config)
    status = look(session.workspace, session.now(), ways_to_readers(session.workspace))
    if is_json:
        as_json({"status": status})
        return
    say_steps(status.due or (Step(status.next_command, status.why),))
    words = session.workspace.config.slots.words
    click.echo(f"\nedition {status.edition}, slot {words(status.slot)}; {status.published:,} published so far")
    for draft in status.waiting:
        held = f"; held by {', '.join(draft.held_by)}" if draft.held_by else ""
        approved = f"; approved by {', '.join(draft.approved_by)}" if draft.approved_by else ""
        age = f"{counted(draft.age_days, 'day')} old" if draft.age_days else "new"
        click.echo(f"waits: {draft.id}, {age}{approved}{held}{_warning(draft)}")
    for entry in status.approved:
        comes = "goes live on" if entry.date > render_instant(session.now()) else "due since"
        click.echo(f"approved: {entry.lacks or f'{entry.id}, {comes} {words(entry.date)} by corner publish'}")
    if status.unseen:
        click.echo(f"note: {status.unseen}")
    for problem in status.problems:
        click.echo(f"corner: {problem}", err=True)


def _warning(draft: Waiting) -> str:
    """Say that a draft's time is running out, if it is."""
    if not draft.expires_soon:
        return ""
    days = draft.expires_in_days
    return f"; expires in {counted(days, 'day')}" if days > 0 else "; its time is over"
