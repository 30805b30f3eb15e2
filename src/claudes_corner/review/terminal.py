"""Review in the terminal: one draft after another, well set, then a verdict on exactly what was shown.

Owns the conversation with the editor. Decides nothing itself: `decisions.py` does. There is no way here to change a
text or a title.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from claudes_corner.errors import CornerError, DecisionError, Problem
from claudes_corner.review.decisions import approve, set_aside, veto
from claudes_corner.review.placing import Placing, proposed_date, proposed_slug, slots
from claudes_corner.schedule import render_instant
from claudes_corner.settings import Criterion
from claudes_corner.standing import Standing
from claudes_corner.text import visible, word_count
from claudes_corner.workspace import Draft, Workspace

MEASURE = 74  # characters a line of prose
_MARGIN = 2
_CHOICES = "[a]pprove  [v]eto  [s]et aside  [n]ext  [p]rompt  [t]ext as it is  [q]uit"

Ask = Callable[[str, str], str]  # a question and its default answer


class Reviewing:
    """An editor's session at the terminal.

    Args:
        workspace: The newsletter.
        editor: Who decides.
        console: Where drafts are shown.
        ask: Puts a question and returns the answer.
        now: Tells the instant of a decision.
        salt: Makes a veto's salt.
        say: Says what became of a draft.
    """

    def __init__(
        self,
        workspace: Workspace,
        editor: str,
        *,
        console: Console,
        ask: Ask,
        now: Callable[[], dt.datetime],
        salt: Callable[[], str],
        say: Callable[[Standing], None],
    ) -> None:
        self._workspace = workspace
        self._editor = editor
        self._console = console
        self._ask = ask
        self._now = now
        self._salt = salt
        self._say = say

    def run(self, draft_ids: Sequence[str] = ()) -> None:
        """Go through the drafts that wait, or those named, until the last one or `q`.

        Raises:
            DecisionError: One that was named does not wait.
            TextError: A draft is not what was recorded.
        """
        known = self._workspace.ledger()
        waiting = [s for s in known.standings.values() if s.status == "waiting"]
        for draft_id in draft_ids:
            if self._workspace.standing(known, draft_id).status != "waiting":
                status = known.standings[draft_id].status
                raise DecisionError(Problem(f"draft {draft_id!r} does not wait for a verdict", found=status))
        chosen = [s for s in waiting if not draft_ids or s.id in draft_ids]
        if not chosen:
            self._console.print("no draft waits")
        for position, standing in enumerate(chosen, 1):
            draft = self._workspace.read_draft(standing)
            self._show(draft, position, len(chosen))
            if not self._decide(draft):
                return

    def _show(self, draft: Draft, position: int, total: int) -> None:
        """Set a draft as readers would see it, as far as a terminal can, with how it was made in sight."""
        front, modes = draft.front, self._workspace.config.modes
        label = modes[front.mode].label if front.mode in modes else front.mode
        ended = "cut at the token limit" if front.stop_reason == "max_tokens" else "ended by itself"
        self._console.print(Rule(Text(f"{position} of {total} · {front.id}")))
        facts = Text(f"{label} · {word_count(draft.text):,} words · {ended} · {visible(front.model)}\n", style="dim")
        facts.append(f"{front.text_sha256}")
        for verdict in draft.standing.verdicts:
            done = "approved" if verdict.approves else f"vetoed for {verdict.criterion}: a hold"
            facts.append(f"\n{verdict.editor} has {done}", style="bold")
        self._print(facts)
        for line in _last_prompt(draft):
            self._print(Text(visible(line), style="italic"))
        if front.title_by != "heading":
            title = visible(front.title) if front.title_by == "asked" else "no title; the edition's date serves"
            self._print(Text(f"\n{title}", style="bold"))
        self._print(_set(draft.text))

    def _print(self, text: Text) -> None:
        width = min(self._console.width, MEASURE + _MARGIN)
        self._console.print(Padding(text, (0, 0, 0, _MARGIN)), width=width, markup=False)

    def _decide(self, draft: Draft) -> bool:
        """Ask for a verdict until there is one. Return whether to go on to the next draft."""
        while True:
            self._console.print(f"\n{_CHOICES}", markup=False)
            match self._ask("your verdict", "n").strip().lower()[:1]:
                case "q":
                    return False
                case "n":
                    return True
                case "p":
                    self._show_requests(draft)
                case "t":
                    self._console.print(Panel(Text(visible(draft.text))))
                case "a" | "v" | "s" as verdict:
                    try:
                        self._say({"a": self._approve, "v": self._veto, "s": self._set_aside}[verdict](draft))
                    except CornerError as error:
                        self._console.print(str(error), markup=False, style="red")
                    else:
                        return True

    def _approve(self, draft: Draft) -> Standing:
        known, now = self._workspace.ledger(), self._now()
        slug = self._ask("slug", proposed_slug(known, draft)).strip()
        tags = tuple(self._ask("tags, with spaces between", "").replace(",", " ").split())
        proposed = render_instant(proposed_date(self._workspace.config, draft.standing, now))
        answer = self._ask("goes live on", proposed).strip()
        try:
            date = slots(self._workspace.config).parse(answer)
        except (ValueError, OverflowError):
            raise DecisionError(
                Problem(f"{answer!r} is no date", expected="2026-11-25 or 2026-11-25T09:00:00Z")
            ) from None
        placing = Placing(date, slug, tags)
        return approve(self._workspace, draft.front.id, draft.front.text_sha256, self._editor, now, placing)

    def _veto(self, draft: Draft) -> Standing:
        self._console.print("A veto names a published criterion. Disagreement, taste and quality are no reasons.\n")
        for criterion in self._workspace.config.review.criteria:
            self._print_criterion(criterion)
        criterion_code = self._ask("criterion", "").strip()
        reason = self._ask("reason (stays with the editors)", "")
        return veto(
            self._workspace,
            draft.front.id,
            draft.front.text_sha256,
            self._editor,
            self._now(),
            criterion=criterion_code,
            reason=reason,
            salt=self._salt(),
        )

    def _set_aside(self, draft: Draft) -> Standing:
        reason = self._ask("reason (stands in the public record)", "")
        return set_aside(
            self._workspace, draft.front.id, draft.front.text_sha256, self._editor, self._now(), reason=reason
        )

    def _print_criterion(self, criterion: Criterion) -> None:
        self._console.print(Text.assemble((f"  {criterion.code}", "bold"), f"  {criterion.text}"))

    def _show_requests(self, draft: Draft) -> None:
        for exchange in draft.transcript.exchanges:
            request = msgspec.json.decode(exchange.request)
            self._console.print(Panel(Text(visible(msgspec.json.format(msgspec.json.encode(request)).decode()))))


def _set(text: str) -> Text:
    """Set a text as it is, line by line: a Markdown renderer would hide HTML and join the lines of a poem."""
    lines = (Text(visible(line), style="bold" if line.startswith("#") else "") for line in f"\n{text}\n".split("\n"))
    return Text("\n").join(lines)


def _last_prompt(draft: Draft) -> list[str]:
    """Tell the first request's own words, with a line for each document before them."""
    blocks = msgspec.json.decode(draft.transcript.exchanges[0].request)["messages"][0]["content"]
    context = draft.transcript.context
    lines = [f"in context: {document.title} ({document.bytes:,} bytes)" for document in context]
    return [*lines, *(f"asked: {block['text']}" for block in blocks[len(context) :])]
