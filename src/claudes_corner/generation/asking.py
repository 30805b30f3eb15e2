"""Asking for one draft: every request on record before it leaves, every broken answer kept, one deadline over all.

Owns what happens between a mode's prompt and a whole answer. Its third-party import is tenacity; the HTTP is that of
`author.py`. Knows no mode, and makes no draft.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import tenacity

from claudes_corner import ledger
from claudes_corner.generation.costs import Purse, Spent, estimate_tokens, price
from claudes_corner.generation.exchange import (
    Completion,
    Exchange,
    Progress,
    Prompt,
    Report,
    request_body,
)
from claudes_corner.generation.failures import AskCancelled, AskError
from claudes_corner.generation.sources import Document
from claudes_corner.generation.unfinished import exchange_name, kept, kept_answers
from claudes_corner.schedule import render_instant
from claudes_corner.text import canonical_json, digest
from claudes_corner.transcript import RecordedExchange, Transcript
from claudes_corner.workspace import Workspace

if TYPE_CHECKING:
    from claudes_corner.generation.author import Author  # its SDK takes more than a second to import

Result = TypeVar("Result")
ATTEMPTS = 5
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0  # also the bound on what a server's retry-after may demand


class Passage(msgspec.Struct, frozen=True):
    """Time as a round needs it; tests bring their own."""

    clock: Callable[[], dt.datetime]  # the aware instant now
    monotonic: Callable[[], float]  # seconds that never jump
    sleep: Callable[[float], None]  # waits


class Commission(msgspec.Struct, frozen=True):
    """What a draft is asked for."""

    id: str
    author: str  # the author's id in corner.toml
    mode: str
    edition: str
    documents: tuple[Document, ...] = ()  # what may be put in context


class Asking:
    """The conversation about one draft.

    `report` is never told a word of the text. Without a purse, it may spend the budget of a whole round.
    """

    def __init__(
        self,
        workspace: Workspace,
        author: Author,
        commission: Commission,
        passage: Passage,
        report: Report,
        purse: Purse | None = None,
    ) -> None:
        self._workspace = workspace
        self._author = author
        self._settings = workspace.config.authors[commission.author]
        self.commission = commission
        self._passage = passage
        self._report = report
        self._purse = purse or Purse(self._settings, workspace.config.generation)
        self.recorded: list[RecordedExchange] = []  # what the transcript will hold, oldest first
        self._exchanges: list[Exchange] = []  # the same, as modes know them
        self.spent = Spent()
        self._aim = ""

    def ask(self, prompt: Prompt, aim: str = "") -> Exchange:
        """Ask until a whole answer comes, the error is one that waiting does not mend, or the deadline is reached.

        A whole answer is kept before anything is done with it; one that an earlier round kept is not asked for again.
        `aim` says in the display what is asked for, if it is not the text.

        Raises:
            OverBudgetError: The round's budget could be exceeded; nothing was sent.
            AskError: No whole answer came; it is on record as `failed`.
            AskCancelled: A person stopped it; it is on record as `cancelled`.
        """
        self._aim = aim
        body = request_body(
            prompt,
            model=self._settings.model,
            max_tokens=self._settings.max_tokens,
            temperature=self._settings.temperature,
        )
        name = exchange_name(self.commission.id, len(self._exchanges) + 1, body)
        path = self._workspace.folders.rounds / name
        completion = kept(path, Completion)
        if completion is None:
            completion = self._ask_until_whole(body)
            with self._workspace.writing() as pen:
                pen.keep(path, msgspec.json.encode(completion))
        self._exchanges.append(Exchange(prompt, completion))
        self.recorded.append(
            RecordedExchange(
                request=msgspec.Raw(msgspec.json.encode(body)),
                response=completion.message,
                request_id=completion.request_id,
                started_at=completion.started_at,
                finished_at=completion.finished_at,
            )
        )
        return self._exchanges[-1]

    def _ask_until_whole(self, body: Mapping[str, Any]) -> Completion:
        deadline_at = self._passage.monotonic() + self._settings.deadline_seconds
        sha256 = digest(canonical_json(body))  # an earlier round may have sent it already
        about = self._workspace.ledger().about(self.commission.id)
        sent = sum(isinstance(r, ledger.Requested) and r.request_sha256 == sha256 for r in about)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, AskError) and error.retryable),
            stop=lambda state: (
                state.attempt_number >= ATTEMPTS or self._passage.monotonic() + state.upcoming_sleep > deadline_at
            ),
            wait=_wait,
            before_sleep=self._say_why_it_waits,
            sleep=self._passage.sleep,
            reraise=True,
        )
        try:
            return retrying(self._ask_once, body, deadline_at, itertools.count(sent + 1))
        except AskCancelled:
            raise
        except KeyboardInterrupt:  # between two attempts
            self._put_on_record(ledger.Cancelled, partial="")
            raise AskCancelled from None

    def _ask_once(self, body: Mapping[str, Any], deadline_at: float, attempts: Iterator[int]) -> Completion:
        reserved = self._purse.reserve(body)
        used = (0, 0)
        try:
            self._put_on_record(
                ledger.Requested,
                author=self.commission.author,
                model=self._settings.model,
                mode=self.commission.mode,
                edition=self.commission.edition,
                request_sha256=digest(canonical_json(body)),
                attempt=next(attempts),
            )
            completion = self._author.ask(body, self._report_cost, deadline_at=deadline_at)
            used = (completion.input_tokens, completion.output_tokens)
        except (AskError, AskCancelled) as broken:
            if broken.partial:  # what was written is paid for
                used = (reserved.input_tokens, estimate_tokens(broken.partial))
            if isinstance(broken, AskError):
                self._put_on_record(ledger.Failed, partial=broken.partial, cause=broken.cause)
            else:
                self._put_on_record(ledger.Cancelled, partial=broken.partial)
            raise
        finally:
            self.spent += self._purse.settle(reserved, *used)
        return completion

    def _report_cost(self, progress: Progress) -> None:
        usd = self.spent.usd + price(self._settings, 0, progress.output_tokens).usd
        self._report(msgspec.structs.replace(progress, usd=usd, note=self._aim))

    @property
    def transcript(self) -> Transcript:
        """The conversation so far, and the documents that were sent, in the order in which they left."""
        by_block = {document.block: document.context for document in self.commission.documents}
        sent = dict.fromkeys(block for exchange in self._exchanges for block in exchange.prompt.blocks)
        return Transcript(
            id=self.commission.id,
            disclaimer=self._workspace.config.site.disclaimer,
            exchanges=tuple(self.recorded),
            context=tuple(by_block[block] for block in sent if block in by_block),
            sdk=self._author.sdk,
            endpoint=self._author.endpoint,
        )

    def _put_on_record(self, kind: type[ledger.Record], *, partial: str | None = None, **fields: Any) -> None:
        """Append a record about this draft. A partial text is kept first: no draft, but the author's words."""
        with self._workspace.writing() as pen:
            if partial is not None:
                fields["partial_sha256"] = pen.keep_partial(self.commission.id, partial) if partial else None
            pen.record(kind, at=render_instant(self._passage.clock()), id=self.commission.id, **fields)

    def fail_unclear(self) -> None:
        """Put on record that nobody could tell what the author chose; its words are kept, and it may be asked anew."""
        answers = "\n\n".join(exchange.completion.text for exchange in self._exchanges)
        self._put_on_record(ledger.Failed, partial=answers, cause="unclear-choice")
        with self._workspace.writing() as pen:
            pen.forget_unfinished(
                *kept_answers(self._workspace.folders.rounds, self.commission.id)
            )  # else a resumed round would be told the same again

    def _say_why_it_waits(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        cause = error.cause if isinstance(error, AskError) else "an error"
        self._report(Progress("waiting", note=f"{cause}; asks again in {state.upcoming_sleep:.0f} s"))


def converse(
    conversation: Generator[Prompt, Completion, Result], ask: Callable[[Prompt], Exchange]
) -> tuple[Result, list[Exchange]]:
    """Send what a conversation yields and hand it what comes, until it ends; return its result, and all exchanges."""
    exchanges: list[Exchange] = []
    prompt = next(conversation)
    while True:
        exchanges.append(ask(prompt))  # not within the try: a stray StopIteration would end the conversation
        try:
            prompt = conversation.send(exchanges[-1].completion)
        except StopIteration as end:
            return end.value, exchanges


def _wait(state: tenacity.RetryCallState) -> float:
    """Wait as long as the server asks, within bounds; else twice as long each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_seconds if isinstance(error, AskError) else None
    doubled = FIRST_WAIT_SECONDS * 2 ** (state.attempt_number - 1)
    return min(LONGEST_WAIT_SECONDS, max(0.0, asked if asked is not None else doubled))
