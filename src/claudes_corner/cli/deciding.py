"""What the commands of decision share: their options, how they say what became of a draft, and the commit after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import click

from claudes_corner import ledger
from claudes_corner.cli.session import Session, say_problems
from claudes_corner.errors import Problem
from claudes_corner.git import Authorship, commit, is_wanted
from claudes_corner.settings import Editor
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import counted
from claudes_corner.workspace import Workspace

Function = TypeVar("Function", bound=Callable[..., Any])

by_option = click.option(
    "--by", metavar="EDITOR", help="Who decides; else the only editor, or the one with git's e-mail."
)
digest_option = click.option(
    "--digest", required=True, metavar="PREFIX", help="At least 8 digits of the digest of the text that you read."
)


def parse_date(workspace: Workspace, date: str | None) -> dt.datetime | None:
    """Read `--date`, a local day or an instant."""
    try:
        return workspace.config.slots.parse(date) if date else None
    except (ValueError, OverflowError):
        message = f"{date!r} is neither a day such as 2026-11-25 nor an instant such as 2026-11-25T09:00:00Z"
        raise click.BadParameter(message, param_hint="--date") from None


def say_decided(session: Session, workspace: Workspace, standing: Standing) -> None:
    """Say where a draft stands after a decision, and commit it."""
    for line in said_of(workspace, standing):
        click.echo(line)
    commit_decisions(session, workspace, standing.id)


def commit_decisions(session: Session, workspace: Workspace, *draft_ids: str) -> None:
    """Commit what was just decided; say so if the commit is owed."""
    if problem := committed(session, workspace, *draft_ids):
        say_problems((problem,))


def committed(session: Session, workspace: Workspace, *draft_ids: str) -> Problem | None:
    """Commit what was just decided, if the workspace is under git; return why the commit is owed, if it is.

    Every way to decide ends here: the commands, `corner review`, the desk.
    """
    if not is_wanted(workspace):
        return None
    known = workspace.ledger()
    last = [_last_decision(known, draft_id) for draft_id in draft_ids]
    subjects = [f"{' and '.join(record.event for record in records)}: {records[0].id}" for records in last]
    bodies = [f"{records[0].id}: {known.standings[str(records[0].id)].text_sha256}" for records in last]
    subject = subjects[0] if len(subjects) == 1 else f"{last[0][-1].event}: {len(subjects)} entries"
    return commit_record(session, workspace, (subject, "", *bodies), last[-1][-1].by, last[-1][-1].at)


def commit_record(session: Session, workspace: Workspace, lines: Sequence[str], by: str, at: str) -> Problem | None:
    """Commit what is on record in the name of the editor, or of ours if `by` is none; the lines are the message's."""
    editor = workspace.config.editors.get(by, Editor("Claude's Corner"))
    message = "\n".join((*lines, f"by {by}", f"ledger: {workspace.ledger().head}", ""))
    return commit(workspace, message, Authorship(editor, at), session.environ)


def _last_decision(known: Ledger, draft_id: str) -> tuple[ledger.AnyRecord, ...]:
    """Find the last decision on a draft; an approval that publishes at once is two records, and one decision."""
    *_, before, last = known.about(draft_id)[:1] + known.about(draft_id)  # an import is the first of all
    is_one = (before.event, last.event, before.at) == ("approved", "published", last.at)
    return (before, last) if is_one else (last,)


def said_of(workspace: Workspace, standing: Standing) -> Iterator[str]:
    """Say in a line or two where a draft stands after a decision, and what follows."""
    quorum = workspace.config.review
    match standing.status:
        case "published":
            yield f"{standing.id}: approved and published at /essays/{standing.slug}/, for its date has come"
        case "approved":
            yield f"{standing.id}: approved; goes live on {standing.date} by corner publish"
        case "withdrawn":
            yield f"{standing.id}: withdrawn; a tombstone takes its place"
            yield "  copies that others made, and what git already has, are out of our hands"
        case "waiting" if standing.holds:
            more = quorum.approvals + len(standing.holds) - len(standing.approved_by)
            vetoes = workspace.config.vetoes - len(standing.holds)
            yield f"{standing.id}: on hold by {', '.join(hold.editor for hold in standing.holds)}"
            approvals, veto = counted(more, "more approval"), counted(vetoes, "more veto", "more vetoes")
            yield f"  it passes with {approvals}, and is vetoed with {veto}"
        case "waiting" if standing.approved_by:
            more = quorum.approvals - len(standing.approved_by)
            yield f"{standing.id}: approved by {', '.join(standing.approved_by)}; needs {more} more"
        case "waiting":
            yield f"{standing.id}: waits for a verdict"
        case status:
            yield f"{standing.id}: {status.replace('-', ' ')}"
