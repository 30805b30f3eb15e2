"""Review in the terminal: one draft after another, well set, then a verdict on exactly what was shown.

Owns the conversation with the editor. Decides nothing itself: `decisions.py` does. There is no way here to change a
text or a title.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import nullcontext

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from claudes_corner.errors import CornerError, DecisionError, Problem, one_of
from claudes_corner.review.beside import beside, head, set_text
from claudes_corner.review.checks import Past, look_at
from claudes_corner.review.decisions import approve, due, possible, publish, restore, retract, set_aside, veto
from claudes_corner.review.notes import add_note, read_notes
from claudes_corner.review.placing import parse_placing, settle
from claudes_corner.review.reading import read_any
from claudes_corner.review.week import to_read
from claudes_corner.schedule import render_instant
from claudes_corner.standing import Standing
from claudes_corner.text import visible
from claudes_corner.workspace import Draft, Workspace

MEASURE = 74  # characters a line of prose
_MARGIN = 2
_ALWAYS = "[w]rite a note  [p]rompt  [t]ext as it is  [n]ext  [q]uit"

_REACHED = {"waiting", "approved", "vetoed", "set-aside", "expired"}

Ask = Callable[[str, str], str]  # a question and its default answer
Act = Callable[[Draft], Standing | None]  # None: nothing was decided


class Reviewing:
    """An editor's session at the terminal."""

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
        self._past = Past()

    def run(self, draft_ids: Sequence[str] = ()) -> None:
        """Go through the drafts that wait, or those named, until the last one or `q`; then through what is due.

        A draft that is named may also be approved, vetoed, set aside or expired: what can be undone is offered.

        Raises:
            DecisionError: One that was named is out of reach here: published or withdrawn.
            TextError: A draft is not what was recorded.
        """
        known = self._workspace.ledger()
        for draft_id in draft_ids:
            status = self._workspace.standing(known, draft_id).status
            if status not in _REACHED:
                what = f"draft {draft_id!r} is out of reach of review"
                raise DecisionError(Problem(what, expected=one_of(_REACHED), found=status))
        chosen = [known.standings[draft_id] for draft_id in draft_ids] or to_read(known)
        if not chosen:
            self._console.print("no draft waits")
        for position, standing in enumerate(chosen, 1):
            draft = read_any(self._workspace, standing)
            self._show(draft, position, len(chosen))
            if not self._decide(draft):
                return
        self._publish_due()

    def _show(self, draft: Draft, position: int, total: int) -> None:
        """Set a draft as readers would see it, as far as a terminal can; page by page if the window is too small."""
        lines = sum(1 + len(line) // MEASURE for line in draft.text.split("\n"))
        is_long = self._console.is_terminal and lines > self._console.height
        with self._console.pager() if is_long else nullcontext():
            self._set(draft, position, total)

    def _set(self, draft: Draft, position: int, total: int) -> None:
        """Print a draft with how it was made, and what stands out in it, in sight."""
        front, known = draft.front, self._workspace.ledger()
        self._console.print(Rule(Text(f"{position} of {total} · {front.id}")))
        facts = Text(f"{head(draft, self._workspace.config)} · {visible(front.model)}\n", style="dim")
        facts.append(f"{front.text_sha256}")
        for verdict in draft.standing.verdicts:
            done = "approved" if verdict.approves else f"vetoed for {verdict.criterion}: a hold"
            facts.append(f"\n{verdict.editor} has {done}", style="bold")
        if (chosen := self._workspace.ledger().chosen.get(front.edition)) and chosen.id == front.id:
            facts.append(f"\nthe author chose it among its {len(chosen.among)} drafts", style="bold")
        if draft.standing.status != "waiting":
            facts.append(f"\nit is {draft.standing.status.replace('-', ' ')}", style="bold")
        self._past.follow(self._workspace, known)
        for check in look_at(draft, known, self._past):
            if check.stands_out:
                facts.append("\n" + ": ".join(filter(None, (check.said, "; ".join(check.details)))))
        for note in read_notes(self._workspace, front.id):
            facts.append(f"\nnote: {visible(note)}", style="italic")
        self._print(facts)
        for line in _last_prompt(draft):
            self._print(Text(visible(line), style="italic"))
        if front.title_by != "heading":
            title = visible(front.asked_title) or "no title; the edition's date serves"
            self._print(Text(f"\n{title}", style="bold"))
        self._print(Text.assemble("\n", set_text(draft.text), "\n"))

    def _print(self, text: Text) -> None:
        width = min(self._console.width, MEASURE + _MARGIN)
        self._console.print(Padding(text, (0, 0, 0, _MARGIN)), width=width, markup=False)

    def _decide(self, draft: Draft) -> bool:
        """Ask for a verdict until there is one. Return whether to go on to the next draft."""
        acts = self._acts(draft)
        choices = "  ".join([*(label for label, _ in acts.values()), _ALWAYS])
        while True:
            self._console.print(f"\n{choices}", markup=False)
            match self._ask("your verdict" if "a" in acts else "your choice", "n").strip().lower()[:1]:
                case "q":
                    return False
                case "n":
                    return True
                case "p":
                    self._show_requests(draft)
                case "t":
                    self._console.print(Panel(Text(visible(draft.text))))
                case key if key == "w" or key in acts:
                    try:
                        if key == "w":
                            add_note(self._workspace, draft.front.id, self._editor, self._now(), self._ask("note", ""))
                        elif standing := acts[key][1](draft):
                            self._say(standing)
                            return True
                    except CornerError as error:
                        self._console.print(str(error), markup=False, style="red")

    def _acts(self, draft: Draft) -> dict[str, tuple[str, Act]]:
        """Tell what may be done with a draft as it stands: (label, act) by key."""
        acts: dict[str, tuple[str, str, Act]] = {
            "a": ("approve", "[a]pprove", self._approve),
            "v": ("veto", "[v]eto", self._veto),
            "s": ("set-aside", "[s]et aside", self._set_aside),
            "r": ("retract", "[r]etract your verdict", self._retract),
            "b": ("restore", "[b]ring back", self._restore),
            "l": ("publish", "[l]et it go live", self._publish),
            "c": ("compare", "[c]ompare", self._compare),
        }
        may = possible(self._workspace.ledger(), draft.standing, self._editor, self._now())
        may |= {"compare"} if self._rivals(draft) else set()
        return {key: (label, act) for key, (name, label, act) in acts.items() if name in may}

    def _rivals(self, draft: Draft) -> list[Standing]:
        of_edition = self._workspace.ledger().of(draft.front.edition)
        return [s for s in of_edition if s.status in _REACHED and s.id != draft.front.id]

    def _compare(self, draft: Draft) -> None:
        """Show a draft beside another one of its edition; no verdict is given by that."""
        rivals = {standing.id: standing for standing in self._rivals(draft)}
        first = next(iter(rivals))
        chosen = first if len(rivals) == 1 else self._ask(f"with which: {', '.join(rivals)}", first).strip()
        if chosen not in rivals:
            raise DecisionError(Problem(f"{chosen!r} is no other draft of this edition", expected=one_of(rivals)))
        pair = (draft, read_any(self._workspace, rivals[chosen]))
        self._console.print(beside(pair, self._workspace.config, self._console.width))

    def _retract(self, draft: Draft) -> Standing:
        return retract(self._workspace, draft.front.id, self._editor, self._now())

    def _restore(self, draft: Draft) -> Standing:
        return restore(self._workspace, draft.front.id, self._editor, self._now())

    def _publish(self, draft: Draft) -> Standing:
        return publish(self._workspace, [draft.front.id], self._editor, self._now())[0]

    def _publish_due(self) -> None:
        """Offer to let go live what is approved and due: that is a person's act."""
        for standing in due(self._workspace.ledger(), self._now()):
            question = f"{standing.id} is approved, and its date has come ({standing.date}): let it go live? yes or no"
            if self._ask(question, "no").strip().lower() in {"y", "yes"}:
                for published in publish(self._workspace, [standing.id], self._editor, self._now()):
                    self._say(published)

    def _approve(self, draft: Draft) -> Standing:
        config, known, now = self._workspace.config, self._workspace.ledger(), self._now()
        place = settle(config, known, draft, now)
        slug, tags = self._ask("slug", place.slug), self._ask("tags, with spaces between", " ".join(place.tags))
        if place.taken:
            self._console.print(str(place.taken), markup=False, style="yellow")
        proposed = render_instant(place.date)
        answer = self._ask("goes live on", proposed).strip()
        # The usual date is checked once more when it is recorded: somebody else may have taken the slot.
        placing = parse_placing(config, "" if answer == proposed and not place.taken else answer, slug, tags)
        return approve(self._workspace, draft.front.id, draft.front.text_sha256, self._editor, now, placing)

    def _veto(self, draft: Draft) -> Standing:
        self._console.print("A veto names a published criterion. Disagreement, taste and quality are no reasons.\n")
        for criterion in self._workspace.config.review.criteria:
            self._console.print(Text.assemble((f"  {criterion.code}", "bold"), f"  {criterion.text}"))
        code, reason = self._ask("criterion", "").strip(), self._ask("reason (stays with the editors)", "")
        read = (draft.front.id, draft.front.text_sha256, self._editor, self._now())
        return veto(self._workspace, *read, criterion=code, reason=reason, salt=self._salt())

    def _set_aside(self, draft: Draft) -> Standing:
        reason = self._ask("reason (stands in the public record)", "")
        read = (draft.front.id, draft.front.text_sha256, self._editor, self._now())
        return set_aside(self._workspace, *read, reason=reason)

    def _show_requests(self, draft: Draft) -> None:
        for exchange in draft.transcript.exchanges:
            request = msgspec.json.decode(exchange.request)
            self._console.print(Panel(Text(visible(msgspec.json.format(msgspec.json.encode(request)).decode()))))


def _last_prompt(draft: Draft) -> list[str]:
    """Tell the first request's own words, with a line for each document before them."""
    blocks = msgspec.json.decode(draft.transcript.exchanges[0].request)["messages"][0]["content"]
    context = draft.transcript.context
    lines = [f"in context: {document.title} ({document.bytes:,} bytes)" for document in context]
    return [*lines, *(f"asked: {block['text']}" for block in blocks[len(context) :])]
