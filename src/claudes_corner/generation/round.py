"""A round: asks for an edition's drafts, one mode after another, and puts each on record before anyone can read it.

Owns the driver of modes, the question for a title, and the making of a draft from an answer. Sends nothing itself, and
shows nothing: it reports through a callback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from claudes_corner import ledger
from claudes_corner.disk import locked
from claudes_corner.errors import Problem
from claudes_corner.front import DraftFront, TitleBy, render_document
from claudes_corner.generation.asking import Asking, Asks, Commission, Passage
from claudes_corner.generation.exchange import AskCancelled, AskError, Completion, Exchange, Progress, Prompt
from claudes_corner.generation.modes import MODES, Brief, Mode
from claudes_corner.generation.planning import Task, is_resumable
from claudes_corner.generation.sources import Document
from claudes_corner.markup import heading_title
from claudes_corner.schedule import render_instant
from claudes_corner.text import digest, is_title, mint_id, normalise
from claudes_corner.transcript import Transcript, public_form, render_transcript
from claudes_corner.workspace import Workspace

TITLE_QUESTION = "What is the title of this essay? Answer with the title alone, on one line."
TITLE_CHARACTERS = 120  # a longer answer is no title


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a task."""

    mode: str
    status: Literal["written", "failed", "cancelled", "skipped"]
    id: str = ""
    problem: Problem | None = None  # why not, if not
    words: str = ""  # one line for people
    output_tokens: int = 0


ReportTask = Callable[[int, Progress], None]  # the task's number and how it goes


class Round:
    """Asks one author for drafts.

    Args:
        workspace: The newsletter.
        author: Who answers.
        author_id: Its id in corner.toml.
        edition: The edition's date.
        passage: The clocks.
        choose: Picks one character of a string at random, for ids.
        report: Is told how each task goes.
    """

    def __init__(
        self,
        workspace: Workspace,
        author: Asks,
        author_id: str,
        edition: str,
        *,
        passage: Passage,
        choose: Callable[[str], str],
        report: ReportTask,
    ) -> None:
        self._workspace = workspace
        self._author = author
        self._author_id = author_id
        self._edition = edition
        self._passage = passage
        self._choose = choose
        self._report = report

    def run(self, tasks: Sequence[Task]) -> tuple[Outcome, ...]:
        """Carry out the tasks in order. Ctrl-C ends the round with the task at hand; what was written stays.

        Raises:
            WorkspaceError: Another round is running.
        """
        self._workspace.folders.drafts.mkdir(exist_ok=True)
        with locked(self._workspace.folders.drafts, busy="another round is running: wait for it, or stop it"):
            outcomes: list[Outcome] = []
            for number, task in enumerate(tasks):
                outcomes.append(self._carry_out(number, task))
                if outcomes[-1].status == "cancelled":
                    break
            return tuple(outcomes)

    def _carry_out(self, number: int, task: Task) -> Outcome:
        if skip := task.skip or self._overtaken(task):
            self._report(number, Progress("skipped", note=skip))
            return Outcome(task.mode, "skipped", words=skip)
        draft_id = task.id or self._mint(task.mode)
        settings = self._workspace.config.authors[self._author_id]
        commission = Commission(draft_id, self._author_id, task.mode, self._edition)
        asking = Asking(
            self._workspace, self._author, settings, commission, self._passage, lambda p: self._report(number, p)
        )
        try:
            exchange = drive(MODES[task.mode], task.brief, asking.ask)
            title, title_by, is_stopped = self._title(task.mode, exchange, asking)
        except AskError as error:
            self._report(number, Progress("failed", note=error.cause))
            return Outcome(task.mode, "failed", draft_id, error.problems[0])
        except AskCancelled:
            self._report(number, Progress("cancelled"))
            return Outcome(task.mode, "cancelled", draft_id)
        self._record(commission, exchange.completion, title or self._edition, title_by, asking, task.brief.documents)
        tokens = exchange.completion.output_tokens
        self._report(number, Progress("written", tokens))
        return Outcome(task.mode, "cancelled" if is_stopped else "written", draft_id, output_tokens=tokens)

    def _overtaken(self, task: Task) -> str:
        """Say why a task that was planned before we held the lock is no longer to be done."""
        is_left = not task.id or is_resumable(self._workspace.ledger().standings[task.id])
        return "" if is_left else "another round has written it"

    def _mint(self, mode: str) -> str:
        known = self._workspace.ledger().standings
        while (draft_id := mint_id(self._edition, mode, self._choose)) in known:
            pass
        return draft_id

    def _title(self, mode: str, exchange: Exchange, asking: Asking) -> tuple[str, TitleBy, bool]:
        """Find the author's title: its text's heading, or its answer when asked.

        The essay is whole by now: whatever happens to the question for a title, it becomes a draft.

        Returns:
            The title (empty if there is none), where it is from, and whether a person stopped the question.
        """
        heading = heading_title(normalise(exchange.completion.text))
        if heading and is_title(heading):
            return heading, "heading", False
        if not self._workspace.config.modes[mode].ask_title:
            return "", "none", False
        prompt = exchange.prompt
        try:
            answer = asking.ask(Prompt((TITLE_QUESTION,), prompt.system, (*prompt.after, exchange)))
        except AskError:
            return "", "none", False
        except AskCancelled:
            return "", "none", True
        title = normalise(answer.completion.text)
        counts = len(title) <= TITLE_CHARACTERS and is_title(title)
        return (title, "asked", False) if counts else ("", "none", False)

    def _record(
        self,
        commission: Commission,
        completion: Completion,
        title: str,
        title_by: TitleBy,
        asking: Asking,
        documents: tuple[Document, ...],
    ) -> None:
        text = normalise(completion.text)
        transcript = Transcript(
            id=commission.id,
            disclaimer=self._workspace.config.site.disclaimer,
            exchanges=tuple(asking.recorded),
            context=tuple(document.context for document in documents),
            sdk=self._author.sdk,
            endpoint=self._author.endpoint,
        )
        front = DraftFront(
            id=commission.id,
            title=title,
            title_by=title_by,
            author=commission.author,
            model=completion.model,
            mode=commission.mode,
            edition=commission.edition,
            written_at=completion.finished_at,
            text_sha256=digest(text),
            stop_reason=completion.stop_reason,
        )
        full = render_transcript(transcript)
        public = render_transcript(public_form(transcript, text=text, title=title if title_by == "asked" else ""))
        with self._workspace.writing() as pen:
            pen.stage(commission.id, render_document(front, text), full)
            pen.record(
                ledger.Written,
                at=render_instant(self._passage.clock()),
                id=commission.id,
                model=front.model,
                stop_reason=front.stop_reason,
                title_by=title_by,
                text_sha256=front.text_sha256,
                front_sha256=front.sha256,
                transcript_sha256=digest(full),
                public_sha256=digest(public),
            )


def drive(mode: Mode, brief: Brief, ask: Callable[[Prompt], Exchange]) -> Exchange:
    """Run a mode: send what it yields, hand it what comes, until it returns one of the completions it got.

    Returns:
        The exchange whose completion the mode chose.

    Raises:
        RuntimeError: The mode returned something it was not given: a bug in the mode.
    """
    writing = mode.write(brief)
    exchanges: list[Exchange] = []
    prompt = next(writing)
    while True:
        exchanges.append(ask(prompt))  # not within the try: a stray StopIteration would end the mode
        try:
            prompt = writing.send(exchanges[-1].completion)
        except StopIteration as end:
            chosen = end.value
            break
    for exchange in exchanges:
        if exchange.completion is chosen:
            return exchange
    message = "a mode must return a completion that it received"
    raise RuntimeError(message)
