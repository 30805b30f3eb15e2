"""A round: asks for an edition's drafts, some at a time, and puts each on record before anyone can read it.

Owns the driver of modes, the question for a title, and the making of a draft from an answer. Sends nothing itself, and
shows nothing: it reports through a callback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import msgspec

from claudes_corner import ledger
from claudes_corner.errors import Problem
from claudes_corner.front import DraftFront, TitleBy, render_document
from claudes_corner.generation.asking import Asking, Commission, Passage, converse
from claudes_corner.generation.costs import OverBudgetError, Purse, Spent
from claudes_corner.generation.crew import Crew
from claudes_corner.generation.exchange import Completion, Exchange, Progress, Prompt, Report
from claudes_corner.generation.failures import AskCancelled, AskError
from claudes_corner.generation.modes import MODES, Brief, Mode, Pass, Unclear
from claudes_corner.generation.planning import Task, is_resumable
from claudes_corner.generation.sources import Document
from claudes_corner.generation.unfinished import alone, forget, keep_brief, keep_wanted, must_have_room
from claudes_corner.markup import heading_title
from claudes_corner.schedule import render_instant
from claudes_corner.text import digest, is_title, mint_id, normalise
from claudes_corner.transcript import render_public, render_transcript
from claudes_corner.workspace import Workspace

if TYPE_CHECKING:
    from claudes_corner.generation.author import Author

TITLE_QUESTION = "What is the title of this essay? Answer with the title alone, on one line."
TITLE_CHARACTERS = 120  # a longer answer is no title


class Outcome(msgspec.Struct, frozen=True):
    """What became of a task."""

    mode: str
    status: Literal["written", "passed", "failed", "cancelled", "skipped"]
    id: str = ""
    problem: Problem | None = None  # why not, if not
    words: str = ""  # one line for people
    output_tokens: int = 0
    spent: Spent = Spent()  # all requests together


ReportTask = Callable[[int, Progress], None]  # the task's number and how it goes


class Round:
    """Asks one author for drafts, and perhaps for a choice among them."""

    def __init__(
        self,
        workspace: Workspace,
        author: Author,
        author_id: str,
        edition: str,
        *,
        passage: Passage,
        choose: Callable[[str], str],
        report: ReportTask,
    ) -> None:
        self.workspace = workspace
        self.author_id = author_id
        self.edition = edition
        self._author = author
        self._passage = passage
        self._choose = choose
        self._report = report
        self._purse = Purse(workspace.config.authors[author_id], workspace.config.generation)
        self._crew = Crew(workspace.config.generation.at_once, author.cancel)

    @property
    def now(self) -> str:
        """The time for the record."""
        return render_instant(self._passage.clock())

    def run(self, tasks: Sequence[Task]) -> tuple[Outcome, ...]:
        """Carry out the tasks, begun in order. Ctrl-C ends what is under way; what was written stays.

        Raises:
            WorkspaceError: Another round is running, or what is answered could not be kept.
        """
        with alone(self.workspace):
            must_have_room(self.workspace.folders)
            known = set(self.workspace.ledger().standings)
            ids = [task.id or ("" if task.skip else self.mint(task.mode, known)) for task in tasks]
            modes = [task.mode for task in tasks if not (task.skip or self._overtaken(task))]
            keep_wanted(self.workspace, self.edition, self.author_id, modes)
            jobs = [partial(self._carry_out, number, *pair) for number, pair in enumerate(zip(tasks, ids, strict=True))]
            return self._crew.run(jobs, lambda outcome: outcome.status == "cancelled")

    def mint(self, mode: str, known: set[str]) -> str:
        """Make an id that is not known yet, and add it."""
        while (draft_id := mint_id(self.edition, mode, self._choose)) in known:
            pass
        known.add(draft_id)
        return draft_id

    def asking(self, draft_id: str, mode: str, documents: tuple[Document, ...], report: Report) -> Asking:
        """Begin the conversation about a draft, or about the choice among drafts."""
        return Asking(
            self.workspace,
            self._author,
            Commission(draft_id, self.author_id, mode, self.edition, documents),
            self._crew.passage(self._passage),
            report,
            self._purse,
        )

    def _carry_out(self, number: int, task: Task, draft_id: str) -> Outcome:
        if skip := task.skip or self._overtaken(task):
            self._report(number, Progress("skipped", note=skip))
            return Outcome(task.mode, "skipped", words=skip)
        asking = self.asking(draft_id, task.mode, _documents(task), partial(self._report, number))
        outcome = self._ask(task, asking)
        done = Progress(outcome.status, outcome.output_tokens, usd=asking.spent.usd, note=outcome.words)
        if outcome.status == "cancelled" and outcome.output_tokens:  # the essay is there, only its title is not
            done = msgspec.structs.replace(done, state="written")
        self._report(number, done)
        return msgspec.structs.replace(outcome, spent=asking.spent)

    def _ask(self, task: Task, asking: Asking) -> Outcome:
        draft_id = asking.commission.id
        keep_brief(self.workspace, draft_id, task.brief)
        try:
            result = drive(MODES[task.brief.kind], task.brief, asking.ask)
            if not isinstance(result, Exchange):
                return self._without_text(asking, result)
            title, title_by, is_stopped = self._title(task.mode, result, asking)
        except OverBudgetError as error:
            return Outcome(task.mode, "skipped", draft_id, words=str(error))
        except AskError as error:
            return Outcome(task.mode, "failed", draft_id, error.problems[0], words=error.cause)
        except AskCancelled:
            return Outcome(task.mode, "cancelled", draft_id)
        self._record(asking, result.completion, title or self.edition, title_by)
        tokens = result.completion.output_tokens
        return Outcome(task.mode, "cancelled" if is_stopped else "written", draft_id, output_tokens=tokens)

    def _without_text(self, asking: Asking, result: Pass | Unclear) -> Outcome:
        """Put on record that the author passed, or that nobody could tell what it chose. Its words are kept."""
        draft_id, mode = asking.commission.id, asking.commission.mode
        if isinstance(result, Unclear):
            asking.fail_unclear()
            problem = Problem("the author's choice could not be understood", fix="Ask again: corner generate --resume.")
            return Outcome(mode, "failed", draft_id, problem, words="unclear-choice")
        with self.workspace.writing() as pen:
            path = self.workspace.folders.transcripts / f"{draft_id}.json"
            pen.keep(path, render_transcript(asking.transcript))
            pen.record(ledger.Passed, at=self.now, id=draft_id)
            forget(pen, self.workspace.folders, draft_id)
        return Outcome(mode, "passed", draft_id)

    def _overtaken(self, task: Task) -> str:
        """Say why a task that was planned before we held the lock is no longer to be done."""
        is_left = not task.id or is_resumable(self.workspace.ledger().standings[task.id])
        return "" if is_left else "another round has written it"

    def _title(self, mode: str, exchange: Exchange, asking: Asking) -> tuple[str, TitleBy, bool]:
        """Find the author's title: its text's heading, or its answer when asked.

        The essay is whole by now: whatever happens to the question for a title, it becomes a draft.

        Returns:
            The title (empty if there is none), where it is from, and whether a person stopped the question.
        """
        heading = heading_title(normalise(exchange.completion.text))
        if heading and is_title(heading):
            return heading, "heading", False
        if not self.workspace.config.modes[mode].ask_title:
            return "", "none", False
        prompt = exchange.prompt
        try:
            answer = asking.ask(Prompt((TITLE_QUESTION,), prompt.system, (*prompt.after, exchange)), "for a title")
        except (AskError, OverBudgetError):
            return "", "none", False
        except AskCancelled:
            return "", "none", True
        title = normalise(answer.completion.text)
        counts = len(title) <= TITLE_CHARACTERS and is_title(title)
        return (title, "asked", False) if counts else ("", "none", False)

    def _record(self, asking: Asking, completion: Completion, title: str, title_by: TitleBy) -> None:
        text, transcript, commission = normalise(completion.text), asking.transcript, asking.commission
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
        public = render_public(transcript, text, front.asked_title)
        with self.workspace.writing() as pen:
            pen.stage(commission.id, render_document(front, text), full)
            pen.record(
                ledger.Written,
                at=self.now,
                id=commission.id,
                model=front.model,
                stop_reason=front.stop_reason,
                title_by=title_by,
                text_sha256=front.text_sha256,
                front_sha256=front.sha256,
                transcript_sha256=digest(full),
                public_sha256=digest(public),
            )
            forget(pen, self.workspace.folders, commission.id)


def _documents(task: Task) -> tuple[Document, ...]:
    """List what a task may put in context."""
    offered = (document for offer in task.brief.offers for document in offer.brief.documents)
    return (*offered, *task.brief.documents)


def drive(mode: Mode, brief: Brief, ask: Callable[[Prompt], Exchange]) -> Exchange | Pass | Unclear:
    """Run a mode until it returns one of the completions it got.

    Returns:
        The exchange whose completion the mode chose, or that there is none.

    Raises:
        RuntimeError: The mode returned something it was not given: a bug in the mode.
    """
    chosen, exchanges = converse(mode.write(brief), ask)
    if isinstance(chosen, Pass | Unclear):
        return chosen
    for exchange in exchanges:
        if exchange.completion is chosen:
            return exchange
    message = "a mode must return a completion that it received"
    raise RuntimeError(message)
