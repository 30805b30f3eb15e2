"""The author chooses among its own drafts of an edition; editors are proposed what it chose, and still decide.

Owns the question, the reading of the answer, and when there is something to choose. An answer that cannot be read is
asked for once more; then the editors choose, until the author is asked again. Nobody guesses. Decides nothing for the
editors.
"""

from __future__ import annotations

from claudes_corner import ledger
from claudes_corner.errors import CornerError, Problem
from claudes_corner.generation.asking import Asking, converse
from claudes_corner.generation.choices import ask_choice
from claudes_corner.generation.exchange import Progress, Report
from claudes_corner.generation.failures import AskCancelled
from claudes_corner.generation.round import Round
from claudes_corner.generation.sources import Document
from claudes_corner.generation.unfinished import alone, forget
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import digest
from claudes_corner.transcript import render_transcript
from claudes_corner.workspace import Draft, Workspace

QUESTION = """Above are your drafts for this week's edition, whole, each as you wrote it. One of them is to be \
published, if the editors approve it; they change nothing in it. Which one shall it be? The others may be published \
later."""


def choosable(config: Config, known: Ledger, edition: str, author: str) -> tuple[Standing, ...]:
    """List the drafts that the author is to choose among, in order of their request; none if there is no choice left.

    There is one if at least two wait, none of the edition is approved or live, and its last choice waits no more.
    """
    own = [standing for standing in known.of(edition) if standing.author == author]
    waiting = tuple(standing for standing in own if standing.status == "waiting")
    chosen = known.chosen.get(edition)
    is_made = chosen is not None and chosen.id in {standing.id for standing in waiting}
    is_settled = is_made or any(standing.status in {"approved", "published"} for standing in own)
    return waiting if config.review.choice == "author" and waiting[1:] and not is_settled else ()


def choose_draft(round_: Round, report: Report) -> ledger.Chose | CornerError | None:
    """Let the author of a round choose, if there is something to choose, and put its choice on record.

    Returns:
        The record; or why there is none: the request failed, or nobody could tell what the author chose.

    Raises:
        AskCancelled: A person stopped it; that is on record.
        WorkspaceError: A round is running.
    """
    workspace, edition, author = round_.workspace, round_.edition, round_.author_id
    with alone(workspace):
        known = workspace.ledger()
        drafts = [workspace.read_draft(standing) for standing in choosable(workspace.config, known, edition, author)]
        if not drafts:
            return None
        choice_id = _open_choice(known, edition, author) or round_.mint(ledger.CHOICE, set())
        asking = round_.asking(choice_id, ledger.CHOICE, _documents(drafts), report)
        try:
            chosen = _ask(asking, drafts)
        except AskCancelled:
            report(Progress("cancelled"))
            raise
        except CornerError as error:
            report(Progress("failed", note=str(getattr(error, "cause", ""))))
            return error
        if chosen is None:
            asking.fail_unclear()
            report(Progress("failed", note="unclear-choice"))
            what = "the author's choice among its drafts could not be understood"
            return CornerError(Problem(what, fix="Choose in corner review, or ask again: corner generate --resume."))
        record = _record(workspace, asking, drafts, chosen, round_.now)
        report(Progress("chose", usd=asking.spent.usd))
        return record


def _documents(drafts: list[Draft]) -> tuple[Document, ...]:
    """Put drafts in context: readers see the digests of those that are not published."""
    return tuple(
        Document(source="draft", title=f"Draft {number}", text=draft.text, disclosure="hash-only")
        for number, draft in enumerate(drafts, 1)
    )


def _ask(asking: Asking, drafts: list[Draft]) -> Draft | None:
    lines = {f"draft: {number}": draft for number, draft in enumerate(drafts, 1)}
    blocks = (*(document.block for document in asking.commission.documents), QUESTION)
    chosen, _ = converse(ask_choice(blocks, lines), asking.ask)
    return lines[chosen] if chosen else None


def _record(workspace: Workspace, asking: Asking, drafts: list[Draft], chosen: Draft, at: str) -> ledger.Chose:
    transcript = render_transcript(asking.transcript)
    with workspace.writing() as pen:
        pen.keep(workspace.folders.transcripts / f"{asking.commission.id}.json", transcript)
        record = pen.record(
            ledger.Chose,
            at=at,
            id=chosen.front.id,
            edition=chosen.front.edition,
            text_sha256=chosen.front.text_sha256,
            among=tuple(draft.front.text_sha256 for draft in drafts),
            choice=asking.commission.id,
            transcript_sha256=digest(transcript),
        )
        forget(pen, workspace.folders, asking.commission.id)
    return record


def _open_choice(known: Ledger, edition: str, author: str) -> str:
    """Find the id of a choice that was asked for and not made; empty if there is none."""
    made = {record.choice for record in known.records if isinstance(record, ledger.Chose)}
    wanted = (ledger.CHOICE, edition, author)
    asked = (r for r in known.records if isinstance(r, ledger.Requested) and (r.mode, r.edition, r.author) == wanted)
    return next((str(record.id) for record in asked if record.id not in made), "")
