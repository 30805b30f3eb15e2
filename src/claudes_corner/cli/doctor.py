"""`corner doctor`: whether the week can go as it should; one line for each check, with what to do."""

from __future__ import annotations

import email.utils
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
import msgspec

from claudes_corner.cli.options import json_option, shared_options
from claudes_corner.cli.readers import ways_to_readers
from claudes_corner.cli.session import Session, as_json, problems_of
from claudes_corner.contradictions import nobodys_address, nobodys_tag, nobodys_target
from claudes_corner.deploy.hook import missing_program
from claudes_corner.errors import CornerError, Problem
from claudes_corner.folders import misplaced, unseen
from claudes_corner.git import inspect
from claudes_corner.root import FILE_NAME
from claudes_corner.schedule import parse_instant, render_day
from claudes_corner.setback import find_setback
from claudes_corner.settings import AuthorSettings, FeedSource, FolderSource, Source
from claudes_corner.signing import end_of_signing
from claudes_corner.site.editorial import doubts_about_notes
from claudes_corner.site.seal import Seal
from claudes_corner.site.theme import find_theme
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import counted, visible
from claudes_corner.workspace import Workspace

if TYPE_CHECKING:
    from claudes_corner.generation.author import Author
    from claudes_corner.generation.exchange import ModelFacts
    from claudes_corner.generation.sources import Gatherer, Harvest

OLD_DAYS = 30  # of the newest item of a feed, which prompts call the week's
CLOCK_SECONDS = 60  # of difference; a Date header has whole seconds, and takes its time to arrive


class Check(msgspec.Struct, frozen=True):
    """What was looked at, and how it stands."""

    name: str
    state: Literal["well", "look", "stop"]  # `stop`: the week cannot go on like this
    says: str


@click.command("doctor", short_help="Check what the week needs: config, record, git, keys, clock.")
@json_option
@shared_options
def command(session: Session, is_json: bool) -> int:
    """Check config, record, folders, git, sources, keys, models and the clock; 1 if something would stop the week."""
    checks = []
    for check in examine(session):
        checks.append(check)
        if not is_json:
            click.echo(f"{check.state}  {check.name}: {visible(check.says)}")
    if is_json:
        as_json({"entries": checks})
    return 1 if any(check.state == "stop" for check in checks) else 0


def examine(session: Session) -> Iterator[Check]:
    """Look at everything, what is here first; a check that fails stops no other."""
    try:
        workspace = session.workspace
        from claudes_corner.generation.planning import check_modes

        check_modes(workspace.config)
    except CornerError as error:
        yield from (Check("config", "stop", str(problem)) for problem in error.problems)
        return
    yield Check("config", "well", f"{FILE_NAME} is sound")
    problem = nobodys_address(workspace.config)
    yield Check("address", "look" if problem else "well", str(problem or workspace.config.site.base_url))
    for name in workspace.config.deploy:
        if problem := nobodys_target(workspace.config, name):
            yield Check(f"target {name}", "look", str(problem))
    yield from _caught("record", _record(workspace))
    yield from _caught("signing", _signing(workspace))
    yield from _caught("theme", _folders(workspace))
    yield from _caught("readers", _readers(workspace))
    doubts = doubts_about_notes(workspace, session.now())
    yield from _caught("notes", (Check("notes", "look", str(problem)) for problem in doubts))
    if sealed := Seal(workspace.folders.root, workspace.folders.site).answer(""):  # else the next build says it
        yield from (Check("links", "look", says) for says in sealed.astray)
    yield from _caught("git", _git(session))
    yield from _commands(session)
    yield from _caught("sources", _sources(session))
    for name, settings in workspace.config.authors.items():
        yield from _caught(f"author {name}", _author(session, name, settings))


def _caught(name: str, checks: Iterator[Check]) -> Iterator[Check]:
    """Let what ends some checks be one more: what we refuse, and what the system does."""
    try:
        yield from checks
    except (CornerError, OSError) as error:
        yield Check(name, "stop", "\n".join(map(str, problems_of(error))))


def _record(workspace: Workspace) -> Iterator[Check]:
    folders, known = workspace.folders, workspace.ledger()
    if setback := find_setback(folders, known):
        yield Check("record", "stop", str(setback))
        return
    yield Check("record", "well", f"{len(known.records):,} lines, and their chain is whole")
    if not (known.records or workspace.config.demo) and (problem := nobodys_tag(workspace.config)):
        yield Check("tag", "look", str(problem))
    if says := unseen(folders, known.standings):
        yield Check("drafts", "well", says)
    yield from _unknown_authors(workspace, known)
    if lost := [standing.id for standing in misplaced(folders, known.standings)]:
        yield Check("files", "look", f"not where the record says: {', '.join(lost)}. See: corner verify.")


def _signing(workspace: Workspace) -> Iterator[Check]:
    if problem := end_of_signing(workspace.folders):
        yield Check("signing", "look", str(problem))


def _unknown_authors(workspace: Workspace, known: Ledger) -> Iterator[Check]:
    """Name the drafts that wait whose author has another name by now, or none: it no longer says what may go out."""
    nobodys: dict[str, list[Standing]] = {}
    for standing in known.having("waiting"):
        if standing.author not in workspace.config.authors:
            nobodys.setdefault(standing.author, []).append(standing)
    for author, drafts in nobodys.items():
        what = f"no [authors.{author}], whose {counted(len(drafts), 'draft waits', 'drafts wait')}"
        found = ", ".join(standing.id for standing in drafts)
        fix = "Write it again as it was: until then none of them can be approved."
        yield Check("authors", "look", str(Problem(what, FILE_NAME, found=found, fix=fix)))


def _folders(workspace: Workspace) -> Iterator[Check]:
    folders = workspace.folders
    bad = [path for path in (folders.content, folders.drafts, folders.rounds, folders.site) if not _is_writable(path)]
    for path in bad:
        what, fix = "no folder that can be written to", "See to its owner and its rights."
        yield Check("folders", "stop", str(Problem(what, folders.relative(path), fix=fix)))
    if not bad:
        yield Check("folders", "well", "all can be written")
    find_theme(folders.root, workspace.config.site.theme)


def _readers(workspace: Workspace) -> Iterator[Check]:
    known = workspace.ledger()
    if find_setback(workspace.folders, known) or not known.having("published", "withdrawn"):
        return
    steps = ways_to_readers(workspace)
    says = "; ".join(f"{step.why}. Run: {step.command}" for step in steps)
    yield Check("readers", "look" if steps else "well", says or "have all that is on record, as far as is known here")


def _is_writable(path: Path) -> bool:
    nearest = next(folder for folder in (path, *path.parents) if folder.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def _git(session: Session) -> Iterator[Check]:
    found = list(inspect(session.workspace, session.environ))
    yield from (Check("git", "stop" if is_grave else "look", str(problem)) for is_grave, problem in found)
    if not found:
        says = (
            "all that was decided is committed"
            if session.workspace.config.git.commit
            else "[git] commit is false: nothing is committed"
        )
        if not (session.workspace.folders.root / ".git").exists():
            says = "this folder is no git work tree; none is needed"
        yield Check("git", "well", says)


def _commands(session: Session) -> Iterator[Check]:
    """Look whether the commands of corner.toml can be started; what they do is not tried."""
    config, root = session.workspace.config, session.workspace.folders.root
    commands = {"[notify] command": config.notify.command}
    commands |= {f"[deploy.{name}] hook": target.hook for name, target in config.deploy.items()}
    for key, line in commands.items():
        if line:
            problem = missing_program(line, where=f"{FILE_NAME}: {key}", root=root, environ=session.environ)
            yield Check(key, "look" if problem else "well", str(problem or "can be started"))


def _sources(session: Session) -> Iterator[Check]:
    from claudes_corner.cli.authors import reach
    from claudes_corner.generation.sources import WEB_KINDS, Gatherer

    gatherer, modes = Gatherer(reach(session)), session.workspace.config.modes.values()
    for source in dict.fromkeys(source for mode in modes for source in mode.sources):
        kind = str(source.__struct_config__.tag)
        place = (source.url if isinstance(source, WEB_KINDS) else "") or getattr(source, "path", "")
        name = f"source {kind} {place}".strip()
        yield from _caught(name, _source(session, name, source, gatherer))


def _source(session: Session, name: str, source: Source, gatherer: Gatherer) -> Iterator[Check]:
    harvest = gatherer.gather(source)
    problem = harvest.problem or _doubt_about(session, source, harvest)
    yield Check(name, "look" if problem else "well", str(problem or counted(len(harvest.documents), "document")))


def _doubt_about(session: Session, source: Source, harvest: Harvest) -> Problem | None:
    """Say what is odd about a source that can be read: what is not there gives nothing, and a round goes on."""
    where = getattr(source, "url", "") or getattr(source, "path", "")
    path = session.workspace.folders.root / where
    if isinstance(source, FolderSource) and not path.is_dir():
        fix = f"Make it, and put .md or .txt files there; or correct 'path' in {FILE_NAME}."
        return Problem("this folder does not exist, so nothing is in context", where, fix=fix)
    if not isinstance(source, FeedSource):
        return None
    if source.path and not path.is_file():
        fix = f"Save a feed there, each week anew; or correct 'path' in {FILE_NAME}, or give a 'url'."
        return Problem("this file is missing, so nothing is in context", where, fix=fix)
    if not harvest.documents:
        return Problem("the feed has no items", where, fix="See whether it is still kept up.")
    newest = max(document.dated_at for document in harvest.documents)
    if newest and (session.now() - (at := parse_instant(newest))).days > OLD_DAYS:
        fix = "See whether the feed is kept up, and by what its file is renewed."
        found = render_day(session.workspace.config.slots.day(at))
        return Problem("the newest item is too old to be news", where, f"at most {OLD_DAYS} days", found, fix)
    return None


def _author(session: Session, name: str, settings: AuthorSettings) -> Iterator[Check]:
    from claudes_corner.cli.authors import open_author

    if settings.embedded:
        yield Check(f"author {name}", "well", "runs on this machine; no key is needed")
        return
    with open_author(session, name) as author:
        says = f"{settings.key_variable} is set" if settings.key_variable else "none is sent"
        yield Check(f"key of {name}", "well", says)
        facts = _described(author)
    if facts is None:
        says = f"{author.endpoint} tells nothing of models. A round will tell whether {settings.model} answers"
        yield Check(f"model of {name}", "look", says)
        return
    dates = [f"deprecated on {facts.deprecated_at}"] if facts.deprecated_at else []
    dates += [f"retires on {facts.retires_at}"] if facts.retires_at else []
    says = f"{settings.model} answers to this key ({', '.join([facts.lifecycle or 'of unknown lifecycle', *dates])})"
    if facts.lifecycle == "retired":
        says = f"{settings.model} is retired: it may be listed and yet not answer. A round will tell"
    yield Check(f"model of {name}", "well" if facts.lifecycle == "active" else "look", says)
    sent = None
    with suppress(ValueError, OverflowError):  # it tells no time
        sent = email.utils.parsedate_to_datetime(facts.server_date)
    if sent and sent.tzinfo:
        off = abs((session.now() - sent).total_seconds())
        says = f"{off:,.0f} seconds from that of {author.endpoint}"
        fix = ". Set this machine's clock: every record bears its time" if off > CLOCK_SECONDS else ""
        yield Check("clock", "stop" if fix else "well", says + fix)


def _described(author: Author) -> ModelFacts | None:
    """Ask an endpoint about the author's model; None if it is one that only writes."""
    from claudes_corner.generation.failures import NO_ROUTE, AskError

    try:
        return author.describe()
    except AskError as error:
        if error.cause == NO_ROUTE:
            return None
        raise
