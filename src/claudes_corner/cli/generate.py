"""`corner generate`: asks for an edition's drafts, with a live display that never shows a word of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from claudes_corner import ledger
from claudes_corner.cli.authors import open_author, passage, reach
from claudes_corner.cli.dry_run import say_sources, show_prompts
from claudes_corner.cli.options import Whole, shared_options
from claudes_corner.cli.session import INTERRUPTED, Session, say_problems
from claudes_corner.contradictions import nobodys_tag
from claudes_corner.errors import CornerError, Problem, UsageError
from claudes_corner.generation.choosing import choosable, choose_draft
from claudes_corner.generation.exchange import Progress
from claudes_corner.generation.planning import Task, pick_author, plan, unfinished
from claudes_corner.generation.round import Outcome, Round
from claudes_corner.generation.unfinished import alone, answered
from claudes_corner.schedule import is_edition

_TIMED = {"asking", "writing", "waiting"}


@click.command("generate", short_help="Ask the author for drafts, one for each mode that has none.")
@click.option("--mode", "modes", multiple=True, metavar="M", help="Only this mode; may be given several times.")
@click.option("--edition", metavar="D", help="The edition's date; else the next slot's.")
@click.option("--author", metavar="A", help="Who is asked, if there is more than one author.")
@click.option("--count", type=Whole(1, 20), metavar="N", help="So many new drafts a mode, whatever there is.")
@click.option("--dry-run", is_flag=True, help="Show the prompts and what they may cost; send nothing.")
@click.option("--count-tokens", is_flag=True, help="In a dry run: let the author's API count; prompts leave for that.")
@click.option("--resume", is_flag=True, help="Finish what was asked for and cut short, or failed.")
@shared_options
def command(
    session: Session,
    modes: tuple[str, ...],
    edition: str | None,
    author: str | None,
    count: int | None,
    dry_run: bool,
    count_tokens: bool,
    resume: bool,
) -> int:
    """Ask the author for drafts, one for each mode that has none. Each is on record before anyone can read it."""
    workspace = session.workspace
    edition = _checked(session, edition) if edition else workspace.config.slots.edition(session.now())
    if count_tokens and not dry_run:
        raise UsageError(Problem("--count-tokens goes with --dry-run", fix="A round counts what is really used."))
    author_id = pick_author(workspace.config, author)
    sources = reach(session, offline=dry_run)
    wanted = unfinished(workspace, edition, author_id) if resume and not modes and count is None else None
    tasks = plan(workspace, modes, edition, sources, author=author_id, count=count, resume=resume, wanted=wanted)
    if dry_run and tasks:
        opened = open_author(session, author_id) if count_tokens else nullcontext()
        with opened as counter:
            show_prompts(workspace.config, author_id, tasks, counter.count_tokens if counter else None)
        return 0
    known, is_done = workspace.ledger(), all(task.skip for task in tasks)
    if is_done and (dry_run or not choosable(workspace.config, known, edition, author_id)):
        with nullcontext() if dry_run else alone(workspace):
            pass  # what a killed round left behind its record follows it now
        for task in tasks:
            say_sources(task, mode=task.mode)
            click.echo(f"{task.mode}: skipped: {task.skip}")
        there = "has its drafts, so nobody was asked. For more: corner generate --count 1, or --mode M"
        if not tasks or (answered(known, edition, author_id) and not resume):
            click.echo(f"edition {edition} {'lacks no draft that was asked for' if resume else there}")
        return 0
    session.question_clock()
    return run_round(session, author_id, edition, tasks)


def _checked(session: Session, edition: str) -> str:
    """Refuse what is no slot's date; what was asked for before the schedule changed may be finished."""
    workspace = session.workspace
    if not is_edition(edition):
        raise UsageError(Problem(f"{edition!r} is no edition", expected="a date such as 2026-11-25"))
    nearest = workspace.config.slots.around(edition)
    known = {standing.edition for standing in workspace.ledger().standings.values()}
    if edition not in {*nearest, *known}:
        what = f"no edition is on {edition}: its slot is on {workspace.config.schedule.weekday.title()}s"
        raise UsageError(Problem(what, expected=" or ".join(nearest)))
    return edition


def run_round(session: Session, author_id: str, edition: str, tasks: Sequence[Task]) -> int:
    """Carry out a round, and let the author choose among what it wrote if it is the one who does; say how it went.

    Returns:
        The exit code: 130 if a person stopped the round, 1 if a request failed, 0 otherwise.
    """
    workspace, chosen = session.workspace, None
    if not (workspace.config.demo or workspace.ledger().records) and (problem := nobodys_tag(workspace.config)):
        say_problems((problem,))
    is_authors = workspace.config.review.choice == "author"
    for task in tasks:
        say_sources(task, mode=task.mode)
    board = Board([*(task.mode for task in tasks), *(["choice"] if is_authors else [])])
    with open_author(session, author_id) as author, board:
        asking = Round(
            workspace,
            author,
            author_id,
            edition,
            passage=passage(session),
            choose=secrets.choice,
            report=board.report,
        )
        outcomes = asking.run(tasks)
        if is_authors and all(outcome.status != "cancelled" for outcome in outcomes):
            chosen = choose_draft(asking, partial(board.report, len(tasks)))
    return max(say_outcomes(outcomes), say_choice(chosen))


def say_choice(chosen: ledger.Chose | CornerError | None) -> int:
    """Say what the author chose, or why it is not known; return the exit code."""
    if isinstance(chosen, CornerError):
        say_problems(chosen.problems)
        return 1
    if chosen:
        count = len(chosen.among)
        click.echo(f"{chosen.id}: chosen by the author among its {count} drafts; corner review {chosen.id} decides")
    return 0


def say_outcomes(outcomes: Sequence[Outcome]) -> int:
    """Say what became of each task; return the exit code."""
    for outcome in outcomes:
        match outcome.status:
            case "written":
                click.echo(f"{outcome.id}: written, and on record")
            case "passed":
                click.echo(f"{outcome.id}: the author passed: nothing this week; it is on record")
            case "skipped":
                click.echo(f"{outcome.mode}: skipped: {outcome.words}")
            case "cancelled":
                click.echo(f"{outcome.id}: stopped, and on record; corner generate --resume asks again", err=True)
            case "failed":
                click.echo(f"corner: {outcome.id}: {outcome.problem}", err=True)
    if usd := sum(outcome.spent.usd for outcome in outcomes):
        click.echo(f"the round cost {usd:.4f} USD, by the prices in corner.toml")
    statuses = {outcome.status for outcome in outcomes}
    return INTERRUPTED if "cancelled" in statuses else 1 if "failed" in statuses else 0


class Board:
    """The live display: for each mode its state, tokens and time. Nobody reads a text before it is on record."""

    def __init__(self, modes: Sequence[str]) -> None:
        self._modes = modes
        self._states = [Progress("to come") for _ in modes]
        self._since: list[float | None] = [None] * len(modes)
        self._took = [0.0] * len(modes)
        self._console = Console(stderr=True)
        self._live = Live(get_renderable=self._table, console=self._console, refresh_per_second=4, transient=False)

    def __enter__(self) -> Board:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def report(self, number: int, progress: Progress) -> None:
        """Take note of how a task goes."""
        before = self._states[number]
        self._states[number] = progress
        if self._since[number] is None and progress.state in _TIMED:
            self._since[number] = time.monotonic()
        if progress.state not in _TIMED:
            self._took[number], self._since[number] = self._seconds(number), None
        if not self._console.is_terminal and progress.state != before.state:
            note = f": {progress.note}" if progress.note else ""
            click.echo(f"{self._modes[number]}: {progress.state}{note}", err=True)

    def _seconds(self, number: int) -> float:
        since = self._since[number]
        return self._took[number] if since is None else time.monotonic() - since

    def _table(self) -> Table:
        table = Table("mode", "state", "tokens", "seconds", "USD", "", box=None, pad_edge=False)
        for column in (2, 3, 4):
            table.columns[column].justify = "right"
        for number, (mode, progress) in enumerate(zip(self._modes, self._states, strict=True)):
            tokens = f"{progress.output_tokens:,}" if progress.output_tokens else ""
            seconds = self._seconds(number)
            usd = f"{progress.usd:.3f}" if progress.usd else ""
            table.add_row(mode, progress.state, tokens, f"{seconds:.0f}" if seconds else "", usd, progress.note)
        return table
