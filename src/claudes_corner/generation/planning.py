"""What a round will ask, worked out before anything is asked.

Owns the step from the config's modes and sources to tasks: checks, gathers, renders prompts. Asks nobody and records
nothing; what it fetches, it fetches through `sources/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from claudes_corner.config import FILE_NAME
from claudes_corner.errors import ConfigError, Problem, UsageError, one_of, suggest
from claudes_corner.generation.modes import MODES, Brief
from claudes_corner.generation.sources import Document, Reach, gather
from claudes_corner.settings import Config, FeedSource, Source
from claudes_corner.standing import Ledger, Standing
from claudes_corner.templating import render_prompt
from claudes_corner.transcript import PAST_ENTRIES
from claudes_corner.workspace import Entry, Workspace


class Task(msgspec.Struct, frozen=True):
    """One draft to ask for."""

    mode: str
    brief: Brief
    skip: str = ""  # why it is not asked for after all; empty: it is
    id: str = ""  # of an earlier attempt that is taken up again; empty: a new one is minted


def plan(
    workspace: Workspace,
    modes: Sequence[str],
    edition: str,
    reach: Reach,
    *,
    author: str,
    count: int = 1,
    resume: bool = False,
) -> tuple[Task, ...]:
    """Work out what a round will ask, without asking.

    Args:
        workspace: The newsletter.
        modes: Names of modes; empty: all that are configured.
        edition: The edition's date.
        reach: What sources may draw on.
        author: The id of the author that will be asked.
        count: Drafts for each mode.
        resume: Ask only for what this edition still lacks of this author; what was asked before keeps its id.

    Raises:
        UsageError: A mode is not configured.
        ConfigError: A mode is configured that cannot be, or its prompt is broken.
        CornerError: A source cannot be read.
    """
    config = workspace.config
    check_modes(config)
    if unknown := [name for name in modes if name not in config.modes]:
        fix = suggest(unknown[0], config.modes)
        raise UsageError(Problem(f"there is no mode {unknown[0]!r}", expected=one_of(config.modes), fix=fix))
    known = workspace.ledger() if resume else Ledger()
    asked = [s for s in known.standings.values() if s.edition == edition and s.author == author]
    tasks: list[Task] = []
    for name in dict.fromkeys(modes or config.modes):
        ids = _lacking([s for s in asked if s.mode == name], count)
        task = _task(config, name, edition, reach) if ids else None
        tasks += [msgspec.structs.replace(task, id=draft_id) for draft_id in ids if task]
    return tuple(tasks)


def _lacking(asked: Sequence[Standing], count: int) -> list[str]:
    """List an id for each draft that a mode lacks: those of earlier attempts first, then empty ones for new drafts."""
    lacking = count - sum(s.written is not None for s in asked)
    ids = [s.id for s in asked if is_resumable(s)]
    return [*ids, *[""] * count][: max(0, lacking)]


def is_resumable(standing: Standing) -> bool:
    """Answer whether a draft was asked for and never written."""
    return standing.written is None and standing.status in {"requested", "failed", "cancelled"}


def check_modes(config: Config) -> None:
    """Check what the config says of modes against the modes there are.

    Raises:
        ConfigError: With every problem.
    """
    problems = []
    for name, settings in config.modes.items():
        mode = MODES.get(name)
        if mode is None:
            where, fix = f"{FILE_NAME}: [modes.{name}]", suggest(name, MODES)
            problems.append(Problem(f"there is no mode {name!r}", where, one_of(MODES), fix=fix))
        elif settings.sources and not mode.takes_documents:
            problems.append(
                Problem("this mode takes no sources", f"{FILE_NAME}: [modes.{name}]", fix="Remove 'sources'.")
            )
    if problems:
        raise ConfigError(*problems)


def past_entries(entries: Iterable[Entry], base_url: str, fetched_at: str) -> tuple[Document, ...]:
    """Turn published entries into documents, oldest first."""
    return tuple(
        Document(
            source=PAST_ENTRIES,
            title=entry.front.title,
            text=entry.text,
            url=f"{base_url}essays/{entry.front.slug}/",
            fetched_at=fetched_at,
        )
        for entry in sorted(entries, key=lambda e: (e.front.date, e.front.id))
    )


def _task(config: Config, name: str, edition: str, reach: Reach) -> Task:
    mode, settings = MODES[name], config.modes[name]
    documents = gather(settings.sources, reach)
    context = {"edition": edition, "newsletter": config.site.title, "documents": len(documents)}
    where = f"{FILE_NAME}: [modes.{name}]"
    system = render_prompt(settings.system, context, where=where) if settings.system else None
    brief = Brief(render_prompt(settings.prompt, context, where=where), system, documents)
    return Task(name, brief, _nothing(settings.sources, reach) if mode.needs_documents and not documents else "")


def _nothing(sources: Sequence[Source], reach: Reach) -> str:
    is_unknown = reach.offline and any(isinstance(source, FeedSource) and source.url for source in sources)
    return "a dry run fetches no feeds" if is_unknown else "its sources have nothing to send"


def pick_author(config: Config, wanted: str | None) -> str:
    """Choose who is asked: the one named, or the only one.

    Raises:
        UsageError: There is no such author, or more than one and none was named.
    """
    if wanted is not None and wanted in config.authors:
        return wanted
    if wanted is None and len(config.authors) == 1:
        return next(iter(config.authors))
    what = f"there is no author {wanted!r}" if wanted else "more than one author is configured"
    raise UsageError(Problem(what, expected=one_of(config.authors), fix="Say which: --author NAME."))


def published_entries(workspace: Workspace) -> tuple[Entry, ...]:
    """Read what is live, checked against the record.

    Raises:
        TextError: An entry is not what was approved.
    """
    live = (s for s in workspace.ledger().standings.values() if s.status == "published")
    return tuple(workspace.read_entry(standing) for standing in live)
