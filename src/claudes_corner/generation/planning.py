"""What a round will ask, worked out before anything is asked.

Owns the step from the config's modes and sources to tasks: checks, gathers, renders prompts, and whose turn it is where
modes take turns. Asks nobody and records nothing; what it fetches, it fetches through `sources/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from claudes_corner.errors import ConfigError, Problem, UsageError, one_of, suggest
from claudes_corner.generation.modes import MODES, Brief, Offer
from claudes_corner.generation.sources import WEB_KINDS, Document, Gatherer, Reach, fit
from claudes_corner.generation.unfinished import answered, kept_brief, kept_wanted
from claudes_corner.root import FILE_NAME
from claudes_corner.settings import Config, Source
from claudes_corner.standing import Ledger, Standing
from claudes_corner.templating import render_prompt
from claudes_corner.transcript import PAST_ENTRIES
from claudes_corner.workspace import Workspace

TITLES = "titles"  # the source of the documents that tell `free-choice` what the others' sources hold


class Task(msgspec.Struct, frozen=True):
    """One draft to ask for."""

    mode: str
    brief: Brief
    skip: str = ""  # why it is not asked for after all; empty: it is
    id: str = ""  # of an earlier attempt that is taken up again; empty: a new one is minted
    left_out: tuple[str, ...] = ()  # titles of documents for which there was no room
    problems: tuple[Problem, ...] = ()  # sources that could not be read, where the config lets that pass


def plan(
    workspace: Workspace,
    modes: Sequence[str],
    edition: str,
    reach: Reach,
    *,
    author: str,
    count: int | None = None,
    resume: bool = False,
    wanted: Mapping[str, int] | None = None,
) -> tuple[Task, ...]:
    """Work out what a round will ask, without asking.

    Args:
        workspace: The newsletter.
        modes: Names of modes; empty: all that are configured, or the one whose turn it is; without a count, those under
            which this author has not answered for this edition.
        edition: The edition's date.
        reach: What sources may draw on.
        author: The id of the author that will be asked.
        count: Drafts for each mode; None: one.
        resume: Ask only for what this edition still lacks of this author; what was asked before keeps its id, and is
            asked from the brief that was kept.
        wanted: With `resume`: how many drafts there shall be, by mode, instead of `modes` and `count`.

    Raises:
        UsageError: A mode is not configured, or it is not its turn.
        ConfigError: A mode is configured that cannot be, or its prompt is broken.
        CornerError: A source cannot be read.
    """
    config, known = workspace.config, workspace.ledger()
    check_modes(config, modes)
    task = partial(_task, config, edition, Gatherer(reach))
    skipped: list[Task] = []
    wishes = dict.fromkeys(modes or config.modes, count or 1) if wanted is None else dict(wanted)
    if config.review.choice == "rotate" and wanted is None:
        *skipped, turn = _in_turn(task, tuple(config.modes), edition, known)
        if others := [name for name in modes if name != turn.mode]:
            what = f"[review] choice is 'rotate', and it is not the turn of {others[0]!r}"
            raise UsageError(Problem(what, FILE_NAME, expected=turn.mode, fix="Leave --mode out."))
        wishes = {turn.mode: count or 1}
    if not (modes or count or resume):
        there = answered(known, edition, author)
        wishes = {name: 1 for name in wishes if not there[name]}
    tasks = []
    for name, number in wishes.items():
        for draft_id in _lacking(known, edition, author, name, number) if resume else [""] * number:
            brief = kept_brief(workspace.folders.rounds, draft_id) if draft_id else None
            tasks.append(Task(name, brief, id=draft_id) if brief else task(name, draft_id))
    return (*skipped, *tasks)


def unfinished(workspace: Workspace, edition: str, author: str) -> dict[str, int]:
    """Tell how many drafts an edition shall have by what its rounds were asked for, by mode; empty if nobody asked.

    Where that was not kept, what was asked for and never answered tells of its mode.
    """
    known = workspace.ledger().standings.values()
    asked = {s.mode: 1 for s in known if (s.edition, s.author) == (edition, author) and is_resumable(s)}
    wishes = asked | kept_wanted(workspace.folders.rounds, edition, author)
    return {mode: count for mode, count in wishes.items() if mode in workspace.config.modes}


def _lacking(known: Ledger, edition: str, author: str, mode: str, count: int) -> list[str]:
    """List an id for each draft that a mode lacks: those of earlier attempts first, then empty ones for new drafts."""
    asked = [s for s in known.standings.values() if (s.edition, s.author, s.mode) == (edition, author, mode)]
    ids = [s.id for s in asked if is_resumable(s)]
    lacking = count - answered(known, edition, author)[mode]
    return [*ids, *[""] * count][: max(0, lacking)]


def is_resumable(standing: Standing) -> bool:
    """Answer whether a draft was asked for and never written."""
    return standing.written is None and standing.status in {"requested", "failed", "cancelled"}


def check_modes(config: Config, wanted: Iterable[str] = ()) -> None:
    """Check what the config says of modes against the modes there are, and that those wanted are among them.

    Raises:
        ConfigError: With every problem.
        UsageError: A mode is not configured.
    """
    problems: list[Problem] = []
    for name, settings in config.modes.items():
        kind = settings.kind or name
        mode, where = MODES.get(kind), f"{FILE_NAME}: [modes.{name}]"
        if mode is None:
            fix = suggest(kind, MODES) or 'Say which mode it works like: kind = "minimal".'
            problems.append(Problem(f"there is no mode {kind!r}", where, one_of(MODES), fix=fix))
            continue
        if settings.sources and not mode.takes_documents:
            problems.append(Problem("this mode takes no sources", where, fix="Remove 'sources'."))
        if mode.rereads and not settings.reread:
            fix = "Say what the author is asked after its first version."
            problems.append(Problem("missing key 'reread'", where, fix=fix))
        if settings.reread and not mode.rereads:
            problems.append(Problem("this mode asks once", where, fix="Remove 'reread'."))
        if mode.offers and len(config.modes) == 1:
            problems.append(Problem("there is no other mode to choose", where, fix="Configure another mode."))
        try:
            _words(config, name, "", 0)  # before a week depends on them
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    if unknown := [name for name in wanted if name not in config.modes]:
        fix = suggest(unknown[0], config.modes)
        raise UsageError(Problem(f"there is no mode {unknown[0]!r}", expected=one_of(config.modes), fix=fix))


def _words(config: Config, name: str, edition: str, documents: int) -> tuple[str, str, str]:
    """Render a mode's prompt, its system prompt and its question after a first version."""
    settings = config.modes[name]
    facts = {"edition": edition, "newsletter": config.site.title, "documents": documents}
    prompt, system, reread = (
        render_prompt(template, facts, where=file or f"{FILE_NAME}: [modes.{name}] {key}")
        for key, template, file in (
            ("prompt", settings.prompt, settings.prompt_file),
            ("system", settings.system or "", ""),
            ("reread", settings.reread, ""),
        )
    )
    return prompt, system, reread


def _task(config: Config, edition: str, gatherer: Gatherer, name: str, draft_id: str = "") -> Task:
    """Make the task of a mode; what is gathered once serves all tasks."""
    settings = config.modes[name]
    kind = settings.kind or name
    mode = MODES[kind]
    harvests = [gatherer.gather(source) for source in settings.sources]
    documents, left = fit(harvests, config.generation.context_tokens)
    prompt, system, reread = _words(config, name, edition, len(documents))
    offers = tuple(_offers(config, edition, gatherer, name)) if mode.offers else ()
    is_empty = mode.needs_documents and not documents
    in_context = (*documents, *_titles(offers))
    return Task(
        name,
        Brief(prompt, system if settings.system else None, in_context, reread, offers, kind),
        _nothing(settings.sources, left, gatherer.reach) if is_empty else "",
        draft_id,
        tuple(document.title for document in left),
        tuple(harvest.problem for harvest in harvests if harvest.problem),
    )


def _offers(config: Config, edition: str, gatherer: Gatherer, chooser: str) -> Iterator[Offer]:
    """Yield the modes that have something to send and offer no others themselves."""
    for name, settings in config.modes.items():
        if name != chooser and not MODES[settings.kind or name].offers:
            task = _task(config, edition, gatherer, name)
            if not task.skip:
                yield Offer(name, settings.about or settings.label, task.brief)


def _titles(offers: Iterable[Offer]) -> Iterable[Document]:
    """Tell what the sources of the offered modes hold: titles, fenced, and withheld where the documents are."""
    for offer in offers:
        if documents := offer.brief.documents:
            is_open = all(document.disclosure == "full" for document in documents)
            yield Document(
                source=TITLES,
                title=f"What {offer.name} would give you",
                text="\n".join(document.title for document in documents),
                fetched_at=documents[0].fetched_at,
                disclosure="full" if is_open else "hash-only",
            )


def _nothing(sources: Sequence[Source], left: Sequence[Document], reach: Reach) -> str:
    if left:
        return "nothing of its sources fits into context_tokens"
    is_unknown = reach.offline and any(isinstance(source, WEB_KINDS) and source.url for source in sources)
    return "a dry run fetches nothing" if is_unknown else "its sources have nothing to send"


def _in_turn(make: Callable[[str], Task], names: Sequence[str], edition: str, known: Ledger) -> Sequence[Task]:
    """Find whose turn it is, by the record: this edition's mode, or the next after the one that was asked last.

    Modes that have nothing to send this week are passed over; they come first in what is returned.
    """
    asked = [standing for standing in known.standings.values() if standing.mode in names]
    here = [standing.mode for standing in asked if standing.edition == edition]
    start = names.index(here[-1]) if here else names.index(asked[-1].mode) + 1 if asked else 0
    tasks: list[Task] = []
    for name in (*names[start:], *names[:start]):
        tasks.append(make(name))
        if not tasks[-1].skip:
            break
    return tasks


def past_entries(workspace: Workspace, fetched_at: str) -> tuple[Document, ...]:
    """Turn what is live into documents, oldest first.

    Raises:
        TextError: An entry is not what was approved.
    """
    live = [workspace.read_entry(standing) for standing in workspace.ledger().having("published")]
    return tuple(
        Document(
            source=PAST_ENTRIES,
            title=entry.front.title,
            text=entry.text,
            url=workspace.config.site.base_url + entry.standing.route[1:],
            fetched_at=fetched_at,
            tags=entry.front.tags,
            author=entry.front.author,
        )
        for entry in sorted(live, key=lambda e: (e.front.date, e.front.id))
    )


def pick_author(config: Config, wanted: str | None) -> str:
    """Choose who is asked: the one named, or the only one.

    Raises:
        UsageError: There is no such author, or more than one and none was named.
    """
    if wanted is not None and wanted in config.authors:
        return wanted
    if wanted is None and len(config.authors) == 1:
        return next(iter(config.authors))
    what = "more than one author is configured" if wanted is None else f"there is no author {wanted!r}"
    raise UsageError(Problem(what, expected=one_of(config.authors), fix="Say which: --author NAME."))
