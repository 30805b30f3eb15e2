"""What the commands of decision share: their options, how they say what became of a draft, and the commit after it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from claudes_corner import ledger
from claudes_corner.cli.session import Session, say_problems
from claudes_corner.errors import Problem
from claudes_corner.git import Authorship, commit
from claudes_corner.review.due import lacking
from claudes_corner.review.week import expiry
from claudes_corner.rules import approvals_missing
from claudes_corner.schedule import render_day, render_instant
from claudes_corner.settings import Editor
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import counted
from claudes_corner.workspace import Workspace

SALT_BYTES = 16
_VERDICTS = {"approved", "vetoed", "retracted"}


class Sought(click.types.StringParamType):
    """A text that must be given; whoever gives none is told where it is to be found.

    Args:
        told: Tells that, for a call.
    """

    def __init__(self, told: Callable[[click.Context | None], str]) -> None:
        self._told = told

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Say where it is to be found."""
        return self._told(ctx)


def digest_option_of(command: str) -> Callable[[Any], Any]:
    """Make the option that says which text was read, by what this command prints."""
    words = f"{command} prints it."
    help_text = f"At least 8 digits of the digest of the text that you read: {words}"
    return click.option("--digest", required=True, type=Sought(lambda _ctx: words), metavar="PREFIX", help=help_text)


digest_option = digest_option_of("corner show ID")


def make_salt() -> str:
    """Make the salt of a reason's digest."""
    return secrets.token_hex(SALT_BYTES)


def say_decided(session: Session, standing: Standing) -> list[str]:
    """Say where a draft stands after a decision, and commit it; return what was said.

    Every way to decide ends here: the commands, `corner review`, the desk.
    """
    lines = list(said_of(session.workspace, standing))
    click.echo("\n".join(lines))
    problems = commit_decisions(session, standing.id)
    return [*lines, *map(str, problems)]


def say_changed(session: Session, standing: Standing, *, is_new: bool = True) -> list[str]:
    """Say where an entry stands that was to be moved or tagged anew, and commit that; return what was said."""
    tagged = f", tagged {', '.join(standing.tags)}" if standing.tags else ""
    date = session.workspace.config.slots.words(standing.date)
    what, stands = "changed" if is_new else "nothing changed", "is" if standing.status == "published" else "will be"
    line = f"{standing.id}: {what}; it {stands} at {standing.route}, dated {date}{tagged}"
    click.echo(line)
    return [line, *map(str, commit_decisions(session, standing.id))]


def commit_decisions(session: Session, *draft_ids: str) -> tuple[Problem, ...]:
    """Commit what was just decided; say and return why the commit is owed, if it is."""
    known = session.workspace.ledger()
    last = [_last_decision(known, draft_id) for draft_id in draft_ids]
    subjects = [f"{' and '.join(_deed(known, record) for record in records)}: {records[0].id}" for records in last]
    bodies = [f"{records[0].id}: {known.standings[str(records[0].id)].text_sha256}" for records in last]
    subject = subjects[0] if len(subjects) == 1 else f"{last[0][-1].event}: {len(subjects)} entries"
    return commit_record(session, (subject, "", *bodies), last[-1][-1].by, last[-1][-1].at)


def _deed(known: Ledger, record: ledger.AnyRecord) -> str:
    """Name what a record did: a veto that does not end a draft's way holds it."""
    is_hold = record.event == "vetoed" and known.standings[str(record.id)].status != "vetoed"
    return "held" if is_hold else record.event


def _is_said_again(known: Ledger, draft_id: str) -> bool:
    """Answer whether the last record is a veto of an editor whose veto stood already."""
    *before, last = known.about(draft_id)
    own = [record.event for record in before if record.by == last.by and record.event in _VERDICTS]
    return [*own[-1:], last.event] == ["vetoed", "vetoed"]


def commit_record(session: Session, lines: Sequence[str], by: str, at: str = "") -> tuple[Problem, ...]:
    """Commit what is on record, and say and return why the commit is owed, if it is.

    Args:
        session: The call's; its instant is the commit's, unless `at` is given.
        lines: The message's.
        by: The editor in whose name it is; ours if it is none.
        at: The instant of what is committed.
    """
    editor = session.workspace.config.editors.get(by, Editor("Claude's Corner"))
    message = "\n".join((*lines, f"by {by}", f"ledger: {session.workspace.ledger().head}", ""))
    authorship = Authorship(editor, at or render_instant(session.now()))
    problems = commit(session.workspace, message, authorship, session.environ)
    say_problems(problems)
    return problems


def _last_decision(known: Ledger, draft_id: str) -> tuple[ledger.AnyRecord, ...]:
    """Find the last decision on a draft; an approval that publishes at once is two records, and one decision."""
    *_, before, last = known.about(draft_id)[:1] + known.about(draft_id)  # an import is the first of all
    is_one = (before.event, last.event, before.at) == ("approved", "published", last.at)
    return (before, last) if is_one else (last,)


def said_of(workspace: Workspace, standing: Standing) -> Iterator[str]:
    """Say in a line or two where a draft stands after a decision, and what follows."""
    words = workspace.config.slots.words
    match standing.status:
        case "published":
            yield f"{standing.id}: approved and published at {standing.route}, for its date has come"
        case "approved" if lack := lacking(workspace.config, standing):
            yield str(lack)
        case "approved":
            yield f"{standing.id}: approved; goes live on {words(standing.date)} by corner publish"
        case "withdrawn":
            yield f"{standing.id}: withdrawn; a tombstone takes its place"
            in_git = ", and what git already has," if (workspace.folders.root / ".git").exists() else ""
            yield f"  copies that others made{in_git} are out of our hands"
        case "waiting":
            yield from _said_of_waiting(workspace, standing)
        case status:
            yield f"{standing.id}: {status.replace('-', ' ')}"
    if _is_said_again(workspace.ledger(), standing.id):
        yield "  this veto takes the place of your earlier one; both stay on record"


def _said_of_waiting(workspace: Workspace, standing: Standing) -> Iterator[str]:
    """Say who has judged a draft that waits, what it lacks, and until when."""
    config = workspace.config
    counting = standing.approved_among(config.editors)
    more = approvals_missing(len(counting), len(standing.holds), approvals_needed=config.review.approvals)
    approvals = counted(max(1, more), "more approval")
    names = ", ".join(map(config.editor_name, standing.held_by or standing.approved_by))
    last_day = render_day(config.slots.day(expiry(config, workspace.ledger(), standing)))
    if standing.holds:
        vetoes = counted(max(1, config.vetoes - len(standing.holds)), "more veto", "more vetoes")
        yield f"{standing.id}: on hold by {names}"
        yield f"  it passes with {approvals}, and is vetoed with {vetoes}; with neither, it expires on {last_day}"
    elif standing.approved_by:
        yield f"{standing.id}: approved by {names}; needs {approvals}"
        yield f"  its date is {config.slots.words(standing.date)}; if nobody else approves, it expires on {last_day}"
    else:
        yield f"{standing.id}: waits for a verdict"
    if standing.verdicts and (not more or len(standing.holds) >= config.vetoes):
        yield "  fewer are needed than when it was judged: the next verdict counts so, also one that is said again"
    if gone := [editor for editor in standing.approved_by if editor not in counting]:
        yield f"  no editor any more, and not counted: {', '.join(gone)}"
