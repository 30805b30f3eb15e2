"""`corner week`: what a scheduler calls, as often as it likes."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import ExitStack
from typing import Annotated, Any

import click
import msgspec

from claudes_corner.cli.building import build_and_say
from claudes_corner.cli.deciding import commit_decisions
from claudes_corner.cli.options import shared_options
from claudes_corner.cli.session import Session, exit_code_of, problems_of, say_problems
from claudes_corner.deploy.hook import run_hook
from claudes_corner.deploy.sending import is_there, pick_target
from claudes_corner.disk import locked
from claudes_corner.errors import AuthorError, CornerError, WorkspaceError
from claudes_corner.review.due import all_lacking, due
from claudes_corner.review.notices import notices
from claudes_corner.review.placing import served
from claudes_corner.review.week import expire, publish_unattended, skip
from claudes_corner.root import FILE_NAME
from claudes_corner.text import counted

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
_HOUR = dt.timedelta(hours=1)
_SOON = 6  # so many attempts at an edition's drafts may follow hourly; further ones every six hours
_KEPT = 200  # notices that are remembered, beside those there is reason for still


class Memory(msgspec.Struct, frozen=True):
    """What earlier calls did that is on no record; losing it means that something is said or tried once more."""

    told: list[str] = []
    asked: dict[str, list[Instant]] = {}  # by edition: when its drafts were asked for
    skipped: dict[str, str] = {}  # by mode: why it was not asked for, the last time that drafts were


@click.command("week", short_help="Do what is due, and say why not more; for schedulers.")
@click.option("--deploy", "target", metavar="NAME", help="Keep this target up to date.")
@click.option("--author", metavar="A", help="Who is asked, if there is more than one author.")
@shared_options
def command(session: Session, target: str | None, author: str | None) -> int:
    """Do what is due: expire, publish if that may be unattended, skip, ask for drafts, tell editors. Then no more."""
    workspace = session.workspace
    if target is not None:
        pick_target(workspace, target)
    folder = workspace.folders.root / ".corner" / "week"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, busy="another corner week is at work"))
        except WorkspaceError as error:
            click.echo(f"nothing: {error.problems[0].what}")
            return 0
        session.question_clock()
        return Week(session, target, author).run()


class Week:
    """One call."""

    def __init__(self, session: Session, target: str | None, author: str | None) -> None:
        self._session, self._workspace, self._target, self._author = session, session.workspace, target, author
        self._now = session.now()
        self._calendar = self._workspace.config.slots
        self._edition = self._calendar.edition(self._now)
        self._file = self._workspace.folders.root / ".corner" / "week" / "memory.json"
        try:
            self._memory = msgspec.json.decode(self._file.read_bytes(), type=Memory)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._memory = Memory()

    def run(self) -> int:
        """Take every step; one that fails stops no other. Return the exit code."""
        code = 0
        for step in (self._expire, self._publish, self._skip, self._ask, self._deploy, self._tell):
            try:
                code = max(code, step() or 0)
            except (CornerError, OSError, ModuleNotFoundError) as error:
                if not (problems := problems_of(error)):
                    raise
                say_problems(problems)
                code = max(code, exit_code_of(error))
        return code

    def _expire(self) -> None:
        for draft_id in expire(self._workspace, self._now):
            click.echo(f"expired: {draft_id}, which nobody decided; corner restore {draft_id} brings it back")

    def _publish(self) -> None:
        published = publish_unattended(self._workspace, self._now)
        for standing in published:
            click.echo(f"published: {standing.id} at {standing.route}, unattended")
        if published:
            commit_decisions(self._session, *(standing.id for standing in published))
            if self._target is None:
                build_and_say(self._session)
        if ready := due(self._workspace.config, self._workspace.ledger(), self._now):
            entries = counted(len(ready), "entry", "entries")
            click.echo(f"not published: {entries} approved and due; that takes a person: corner publish")
        for problem in all_lacking(self._workspace.config, self._workspace.ledger()).values():
            click.echo(f"not published: {problem}")

    def _skip(self) -> None:
        for record in skip(self._workspace, self._now):
            click.echo(f"skipped: edition {record.edition}: {record.cause}")

    def _ask(self) -> int:
        """Ask for the next edition's drafts, if they are missing and it is time."""
        if why_not := self._why_not_asked():
            click.echo(f"not asked: {why_not}")
            return 0
        from claudes_corner.cli.authors import reach  # heavy, and only once a week
        from claudes_corner.cli.generate import run_round
        from claudes_corner.generation.planning import pick_author, plan

        author = pick_author(self._workspace.config, self._author)
        attempts = self._attempts()
        self._remember(asked={self._edition: [*attempts, self._now]})
        sources = reach(self._session)
        tasks = plan(self._workspace, (), self._edition, sources, author=author, resume=True)
        self._remember(skipped={task.mode: task.skip for task in tasks if task.skip})
        click.echo(f"asking: for the drafts of edition {self._edition}")
        try:
            return run_round(self._session, author, self._edition, tasks)
        except AuthorError:  # the author cannot even be called: that was no attempt, and the next run says so again
            self._remember(asked={self._edition: attempts})
            raise

    def _why_not_asked(self) -> str:
        config, known, edition = self._workspace.config, self._workspace.ledger(), self._edition
        if config.site.state != "running":
            return f"the newsletter is {config.site.state}"
        if edition in served(config, known):
            return f"edition {edition} has its entry"
        begins = self._calendar.at(edition) - dt.timedelta(days=config.schedule.ask_days_before)
        if self._now < begins:
            return f"the drafts of edition {edition} are asked for from {self._calendar.words(begins)} on"
        answered = {standing.mode for standing in known.of(edition, passed=True)}
        is_answered = set(config.modes) <= answered or (answered and config.review.choice == "rotate")
        if is_answered and not self._is_choice_open():
            return f"edition {edition} has its drafts"
        attempts = self._attempts()
        wait = _HOUR * (1 if len(attempts) < _SOON else 6)
        if attempts and dt.timedelta() <= self._now - attempts[-1] < wait:
            lacking = self._lacking([mode for mode in config.modes if mode not in answered])
            again = self._calendar.words(attempts[-1] + wait)
            return f"edition {edition} lacks {lacking} asked for again from {again} on"
        return ""

    def _lacking(self, modes: list[str]) -> str:
        """Name what an edition lacks, and why a mode was not even asked for."""
        if not modes:
            return "the author's choice; it is"
        if self._workspace.config.review.choice == "rotate":
            return "its draft; it is"
        why = self._memory.skipped
        named = [f"{mode} ({why[mode]})" if mode in why else mode for mode in modes]
        return f"drafts of {', '.join(named)}; they are"

    def _is_choice_open(self) -> bool:
        """Answer whether the author still has to choose among its drafts."""
        config, known = self._workspace.config, self._workspace.ledger()
        if config.review.choice != "author":
            return False
        from claudes_corner.generation.choosing import choosable
        from claudes_corner.generation.planning import pick_author

        return bool(choosable(config, known, self._edition, pick_author(config, self._author)))

    def _attempts(self) -> list[dt.datetime]:
        return self._memory.asked.get(self._edition, [])

    def _deploy(self) -> None:
        if self._target is None:
            return
        from claudes_corner.cli.deploy import deploy_and_say

        build_and_say(self._session)
        if is_there(self._workspace, self._target):
            click.echo(f"not sent: {self._target} has it all")
        else:
            deploy_and_say(self._session, self._target)

    def _tell(self) -> None:
        """Give the notify command what it was not given yet."""
        command = self._workspace.config.notify.command
        found = tuple(notices(self._workspace, self._now)) if command else ()
        current = {key for key, _ in found}
        new = [(key, notice) for key, notice in found if key not in self._memory.told]
        for key, notice in new:
            facts = {"CORNER_KIND": notice.kind, "CORNER_WHY": notice.why, "CORNER_NEXT": notice.next}
            facts |= {"CORNER_NEWSLETTER": notice.newsletter, "CORNER_EDITION": notice.edition}
            run_hook(
                command,
                json.dumps(msgspec.to_builtins(notice), ensure_ascii=False) + "\n",
                facts,
                where=f"{FILE_NAME}: [notify] command",
                root=self._workspace.folders.root,
                environ=self._session.environ,
            )
            told = [*self._memory.told, key]
            self._remember(told=[one for one in told[:-_KEPT] if one in current] + told[-_KEPT:])
            click.echo(f"told: {notice.why}")

    def _remember(self, **changed: Any) -> None:
        self._memory = msgspec.structs.replace(self._memory, **changed)
        self._workspace.disk.write(self._file, msgspec.json.encode(self._memory))
