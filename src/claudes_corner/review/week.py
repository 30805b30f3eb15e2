"""The week: what is to do, what waits and in which order, what is coming; and what the passing of time does.

Owns what is the most pressing, the order of reading, when a draft expires, and when an edition is skipped. That is on
record, by `corner`; no draft is ever approved here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from claudes_corner import ledger
from claudes_corner.errors import LedgerError, Problem
from claudes_corner.folders import SOUGHT, Folders, LostFileError, absent_up_to, is_here, misplaced, unseen
from claudes_corner.review.decisions import publish
from claudes_corner.review.due import all_lacking, due, lacking
from claudes_corner.review.placing import served
from claudes_corner.rules import expires_at
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.setback import find_setback
from claudes_corner.settings import Config
from claudes_corner.signing import end_of_signing
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import counted
from claudes_corner.workspace import Workspace

_SOON_DAYS = 7  # from when on it is said that a draft will expire


class Waiting(msgspec.Struct, frozen=True):
    """A draft that waits for a verdict."""

    id: str
    mode: str
    edition: str
    age_days: int
    expires_in_days: int  # begun days; 0 or less: its time is over
    approved_by: tuple[str, ...]
    held_by: tuple[str, ...]

    @property
    def expires_soon(self) -> bool:
        """Whether it is to be said that its time runs out."""
        return self.expires_in_days <= _SOON_DAYS


class Coming(msgspec.Struct, frozen=True, omit_defaults=True):
    """An approved entry that waits for its date."""

    id: str
    date: str
    route: str
    lacks: str = ""  # what it lacks by the rules of today; empty: nothing


class Step(msgspec.Struct, frozen=True):
    """Something that is to do."""

    command: str
    why: str


class Status(msgspec.Struct, frozen=True):
    """The week at a glance."""

    next_command: str  # the first of what is due, or "nothing"
    why: str
    due: tuple[Step, ...]  # all there is to do, the most pressing first
    edition: str  # the next
    slot: str
    waiting: tuple[Waiting, ...]
    approved: tuple[Coming, ...]
    published: int
    problems: tuple[str, ...]  # files that are not where the record says, or not as they should be
    unseen: str  # what is not here, nor can be; empty if all is


def look(workspace: Workspace, now: dt.datetime, readers: Sequence[Step] = ()) -> Status:
    """Work out how the week stands; `readers` is by what they get what they do not have yet."""
    known = workspace.ledger()
    calendar = workspace.config.slots
    edition = calendar.edition(now)
    approved = sorted(known.having("approved"), key=lambda s: s.date)
    setback = find_setback(workspace.folders, known)  # until it is put right, every other step is refused
    steps = (_back(setback),) if setback else tuple(_steps(workspace, known, edition, now, readers))
    first = steps[0] if steps else _nothing(workspace.config, known, edition)
    return Status(
        next_command=first.command,
        why=first.why,
        due=steps,
        edition=edition,
        slot=render_instant(calendar.at(edition)),
        waiting=tuple(waiting_of(workspace.config, known, s, now) for s in _here(workspace, known)),
        approved=tuple(Coming(s.id, s.date, s.route, str(lacking(workspace.config, s) or "")) for s in approved),
        published=len(known.having("published")),
        problems=tuple(_problems(workspace.folders, known)),
        unseen=unseen(workspace.folders, known.standings),
    )


def _problems(folders: Folders, known: Ledger) -> Iterator[str]:
    """Yield what is wrong with files, and needs none of the steps."""
    for standing in misplaced(folders, known.standings):
        yield f"{standing.id}: a file of it is not where the record says. {SOUGHT}"
    try:
        if ended := end_of_signing(folders):
            yield str(ended)
    except LedgerError as error:
        yield from map(str, error.problems)


def to_read(known: Ledger) -> list[Standing]:
    """List the drafts that wait, in the order of reading: the oldest edition first, since its drafts expire first.

    Of an edition, the one that its author chose comes first, then each as it was written.
    """
    picks = known.picks

    def place(standing: Standing) -> tuple[str, bool, int]:
        """Tell what a draft's place in the order is decided by."""
        return standing.edition, standing.id not in picks, standing.written.seq if standing.written else 0

    return sorted(known.having("waiting"), key=place)


def _here(workspace: Workspace, known: Ledger) -> list[Standing]:
    """List what waits and can be read here; in a newsletter made of a public archive, what is older cannot."""
    absent = absent_up_to(workspace.folders)
    return [standing for standing in to_read(known) if is_here(workspace.folders, standing, absent)]


def _steps(
    workspace: Workspace, known: Ledger, edition: str, now: dt.datetime, readers: Sequence[Step]
) -> Iterator[Step]:
    """Yield all there is to do, the most pressing first: what readers wait for comes before what editors do."""
    is_built, is_live = workspace.folders.site.is_dir(), bool(known.having("published", "withdrawn"))
    if ready := due(workspace.config, known, now):
        yield Step("corner publish", f"{counted(len(ready), 'entry', 'entries')} approved and due")
    for draft_id, problem in all_lacking(workspace.config, known).items():
        why = f"approved under other rules; by those of today it needs {problem.expected}, and has {problem.found}"
        yield Step(f"corner review {draft_id}", why)
    if is_live:
        yield from readers
    yield from _to_review(workspace, known)
    if asking := _to_ask(workspace.config, known, edition):
        yield asking
    elif not is_built and not is_live and not known.having("waiting", "approved"):
        yield Step("corner build", "the site was never built")
    if is_built and not is_live:  # nobody reads it yet
        yield from readers


def _back(setback: Problem) -> Step:
    return Step(f"put back {setback.where}", str(replace(setback, where="")).removesuffix("."))


def _to_ask(config: Config, known: Ledger, edition: str) -> Step | None:
    """Tell what is to be asked of the author, if anything is: no more than `corner week` would ask by itself."""
    if config.site.state != "running" or edition in served(config, known):
        return None
    if interrupted := [s for s in known.having("requested") if s.edition == edition]:
        return Step(
            "corner generate --resume", f"{counted(len(interrupted), 'draft')} asked for, and no answer is on record"
        )
    if known.of(edition, passed=True):
        return None
    first = "" if known.records else "; corner doctor tells what a first round needs"
    return Step("corner generate", f"edition {edition} has no draft yet{first}")


def _nothing(config: Config, known: Ledger, edition: str) -> Step:
    """Say why there is nothing to do."""
    if known.having("approved"):
        return Step("nothing", "what is approved waits for its date")
    if config.site.state != "running":
        return Step("nothing", f"the newsletter is {config.site.state}")
    if edition in served(config, known):
        return Step("nothing", f"edition {edition} has its entry")
    return Step("nothing", f"everything for edition {edition} is decided")


def _to_review(workspace: Workspace, known: Ledger) -> Iterator[Step]:
    waiting = _here(workspace, known)
    held = [s for s in waiting if s.holds]
    if held and len(held) == len(waiting):
        yield Step(f"corner review {held[0].id}", "a veto holds this draft: another editor decides")
    elif waiting:
        picks = known.picks
        picked = next((s.id for s in waiting if s.id in picks and not s.holds), "")
        said = f", {len(held)} of them held by a veto" if held else ""
        said += f"; the author chose {picked}" if picked else ""
        yield Step(f"corner review {picked}".strip(), f"{len(waiting)} waiting for a verdict{said}")


def waiting_of(config: Config, known: Ledger, standing: Standing, now: dt.datetime) -> Waiting:
    """Tell how long a draft has waited, and who has judged it."""
    written_at = next(record.at for record in known.about(standing.id) if record.event == "written")
    return Waiting(
        id=standing.id,
        mode=standing.mode,
        edition=standing.edition,
        age_days=max(0, (now - parse_instant(written_at)).days),
        expires_in_days=-((now - expiry(config, known, standing)) // dt.timedelta(days=1)),
        approved_by=standing.approved_by,
        held_by=standing.held_by,
    )


def expiry(config: Config, known: Ledger, standing: Standing) -> dt.datetime:
    """Tell when a draft that waits expires, if nothing more is done with it."""
    return expires_at(parse_instant(known.about(standing.id)[-1].at), config.review.expire_after_days)


def expire(workspace: Workspace, now: dt.datetime) -> tuple[str, ...]:
    """Put on record which drafts have waited too long, and list them; they may be brought back."""
    if not _too_old(workspace, workspace.ledger(), now):
        return ()
    with workspace.writing() as pen:
        too_old = _too_old(workspace, pen.ledger, now)
        for draft_id in too_old:
            with suppress(LostFileError):  # what is lost, or elsewhere, expires as well
                pen.record(ledger.Expired, at=render_instant(now), id=draft_id)
        return too_old


def skip(workspace: Workspace, now: dt.datetime) -> tuple[ledger.Skipped, ...]:
    """Put on record which editions had no entry until the slot of the next one, and why.

    An edition with an approved entry is not skipped: it waits for a person.
    """
    if not _without_entry(workspace.config, workspace.ledger(), now):
        return ()
    with workspace.writing() as pen:
        missed, at = _without_entry(workspace.config, pen.ledger, now), render_instant(now)
        return tuple([pen.record(ledger.Skipped, at=at, id=None, edition=e, cause=cause) for e, cause in missed])


def publish_unattended(workspace: Workspace, now: dt.datetime) -> tuple[Standing, ...]:
    """Let go live what is approved and due, by nobody's hand, if `publish.unattended` says so; else nothing."""
    ready = due(workspace.config, workspace.ledger(), now) if workspace.config.publish.unattended else ()
    return publish(workspace, [standing.id for standing in ready], ledger.CORNER, now) if ready else ()


def _too_old(workspace: Workspace, known: Ledger, now: dt.datetime) -> tuple[str, ...]:
    waiting = (waiting_of(workspace.config, known, standing, now) for standing in known.having("waiting"))
    return tuple(draft.id for draft in waiting if draft.expires_in_days <= 0)


def _without_entry(config: Config, known: Ledger, now: dt.datetime) -> list[tuple[str, str]]:
    """List editions that are over and not yet accounted for, oldest first, with the cause."""
    calendar = config.slots
    asked = [standing.edition for standing in known.standings.values() if not standing.imported]
    if not asked or config.site.state == "ended":
        return []
    told = {record.edition for record in known.records if isinstance(record, ledger.Skipped)}
    taken = served(config, known)
    edition, found = calendar.edition(calendar.at(min(asked))), []
    while calendar.at(following := calendar.weeks_on(edition, 1)) <= now:
        if edition not in told and edition not in taken:
            found.append((edition, _cause(config, [s for s in known.standings.values() if s.edition == edition])))
        edition = following
    return found


def _cause(config: Config, drafts: list[Standing]) -> str:
    """Say why an edition had no entry, from the record alone."""
    if written := Counter(standing.status for standing in drafts if standing.written):
        words = {"waiting": "not decided", "set-aside": "set aside"}
        counts = ", ".join(f"{count} {words.get(status, status)}" for status, count in sorted(written.items()))
        return f"no draft was approved: {counts}"
    if any(standing.status == "passed" for standing in drafts):
        return "the author passed"
    if drafts:
        return "the author gave no answer"
    return "no draft was asked for" if config.site.state == "running" else "the newsletter was paused"
