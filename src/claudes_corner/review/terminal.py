"""Review in the terminal: one draft after another, well set, then a verdict on exactly what was shown.

Owns the conversation with the editor; how drafts are set is told in `setting.py`, the keys in `keys.py`. Decides
nothing itself: `decisions.py` does. There is no way here to change a text or a title.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.pager import Pager
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from claudes_corner.errors import CornerError, DecisionError, Problem, one_of
from claudes_corner.review.acts import act, possible
from claudes_corner.review.checks import Past, look_at
from claudes_corner.review.decisions import must_be_criterion, publish
from claudes_corner.review.due import due
from claudes_corner.review.keys import KEYS, WORDS
from claudes_corner.review.placing import Place, parse_placing, settle
from claudes_corner.review.reading import read_any, read_notes
from claudes_corner.review.setting import beside, head, numbered, question, recap, set_text
from claudes_corner.review.week import to_read
from claudes_corner.schedule import is_edition
from claudes_corner.standing import Standing
from claudes_corner.text import visible
from claudes_corner.workspace import Draft, Workspace

MEASURE = 74  # characters a line of prose
_MARGIN = 2
_QUIT, _YES = {"q", "quit"}, {"y", "yes"}
_ALWAYS = {"note", "prompt", "text", "next", "quit"}
_REACHED = {"waiting", "approved", "vetoed", "set-aside", "expired"}


class Reviewing:
    """An editor's session at the terminal."""

    def __init__(
        self,
        workspace: Workspace,
        editor: str,
        *,
        console: Console,
        pager: Pager,
        ask: Callable[[str, str], str],  # a question and its default answer
        now: Callable[[], dt.datetime],
        salt: Callable[[], str],
        say: Callable[[Standing], object],
    ) -> None:
        self._workspace = workspace
        self._config = workspace.config
        self._editor = editor
        self._console = console
        self._pager = pager
        self._ask = ask
        self._now = now
        self._salt = salt
        self._say = say
        self._past = Past()
        self._explains = True

    def run(self, draft_ids: Sequence[str] = ()) -> None:
        """Go through the drafts that wait, or those named, until the last one or `q`; then through what is due.

        A draft that is named may also be approved, vetoed, set aside or expired: what can be undone is offered.

        Raises:
            DecisionError: One that was named is out of reach here: published or withdrawn.
            TextError: A draft is not what was recorded.
        """
        known = self._workspace.ledger()
        named = [self._workspace.standing(known, draft_id) for draft_id in draft_ids]
        for standing in named:
            if standing.status not in _REACHED:
                what = f"draft {standing.id!r} is out of reach of review"
                fix = (
                    "To move or withdraw it: corner change, corner withdraw." if standing.status == "published" else ""
                )
                raise DecisionError(Problem(what, expected=one_of(_REACHED), found=standing.status, fix=fix))
        chosen = named or to_read(known)
        if not chosen:
            self._console.print("no draft waits")
        for position, standing in enumerate(chosen, 1):
            draft = read_any(self._workspace, standing)
            self._show(draft, f"{position} of {len(chosen)}")
            if not self._decide(draft):
                return
        for standing in due(self._config, self._workspace.ledger(), self._now()):  # to let it go live is a person's act
            date = self._config.slots.words(standing.date)
            question = f"{standing.id} is approved, and its date has come ({date}): let it go live? yes or no"
            if self._ask(question, "no").strip().lower() in _YES:
                self._say(publish(self._workspace, [standing.id], self._editor, self._now())[0])

    def _show(self, draft: Draft, position: str) -> None:
        """Set a draft as readers would see it, as far as a terminal can; page by page if the window is too small."""
        lines = sum(1 + len(line) // MEASURE for line in draft.text.split("\n"))
        is_long = self._console.is_terminal and lines > self._console.height
        with self._console.pager(self._pager) if is_long else nullcontext():
            self._console.print(Rule(Text(f"{position} · {draft.front.id}")))
            self._print(self._facts(draft))
            for line in question(draft):
                self._print(Text(visible(line), style="italic"))
            if draft.front.title_by != "heading":
                title = visible(draft.front.asked_title) or "no title; the edition's date serves"
                self._print(Text(f"\n{title}", style="bold"))
            self._print(Text.assemble("\n", set_text(draft.text), "\n"))

    def _facts(self, draft: Draft) -> Text:
        """Tell how a draft was made and how it stands, what stands out in it, and what editors noted."""
        front, standing, known = draft.front, draft.standing, self._workspace.ledger()
        facts = Text(f"{head(draft, self._config)} · {visible(front.model)}\n", style="dim")
        facts.append(f"{front.text_sha256}")
        for verdict in standing.verdicts:
            done = "approved" if verdict.approves else f"vetoed for {verdict.criterion}: a hold"
            facts.append(f"\n{verdict.editor} has {done}", style="bold")
        if (chosen := known.chosen.get(front.edition)) and chosen.id == front.id:
            facts.append(f"\nthe author chose it among its {len(chosen.among)} drafts", style="bold")
        if standing.status != "waiting":
            facts.append(f"\nit is {standing.status.replace('-', ' ')}", style="bold")
        self._past.follow(self._workspace, known)
        for check in look_at(draft, known, self._past):
            if check.stands_out:
                facts.append("\n" + ": ".join(filter(None, (check.said, "; ".join(check.details)))))
        for note in read_notes(self._workspace, front.id):
            facts.append(f"\nnote: {visible(note)}", style="italic")
        return facts

    def _print(self, text: Text) -> None:
        width = min(self._console.width, MEASURE + _MARGIN)
        self._console.print(Padding(text, (0, 0, 0, _MARGIN)), width=width, markup=False)

    def _decide(self, draft: Draft) -> bool:
        """Ask for a verdict until there is one. Return whether to go on to the next draft."""
        may = possible(self._config, draft.standing, self._editor, self._now()) | _ALWAYS
        may |= {"compare"} if self._rivals(draft) else set()
        while True:
            self._offer(may)
            typed = self._ask("your verdict" if "approve" in may else "your choice", "n").strip()
            match name := WORDS.get(typed.lower()):
                case "quit":
                    return False
                case "next":
                    return True
                case "prompt":
                    self._show_requests(draft)
                case "text":
                    self._console.print(Panel(Text(visible(draft.text))))
                case str() if name in may:
                    try:
                        if self._do(name, draft):
                            return True
                    except CornerError as error:
                        self._console.print(str(error), markup=False, style="red")
                case _:
                    self._explains = typed == "?"
                    if not self._explains:
                        here = " here" if name else ""
                        self._console.print(f"{typed!r} is no key{here}", markup=False, style="yellow")

    def _offer(self, may: Collection[str]) -> None:
        """List the keys; at first, and when asked to, with what each of them does."""
        offered = [(label, means) for name, label, means in KEYS.values() if name in may]
        if self._explains:
            lines = (f"{label:24}{means}" for label, means in offered)
            self._console.print("", *lines, sep="\n", markup=False)
        else:
            self._console.print("\n" + "  ".join([*(label for label, _ in offered), "[?] explains"]), markup=False)
        self._explains = False

    def _do(self, name: str, draft: Draft) -> bool:
        """Do what the editor has chosen. Return whether that decided anything."""
        if name == "compare":
            self._compare(draft)
            return False
        form = self._filled_in(name, draft)
        standing = act(name, self._workspace, draft.front.id, form, self._editor, self._now(), self._salt)
        if standing:
            self._say(standing)
        else:
            folders = self._workspace.folders
            kept = folders.relative(folders.note(draft.front.id))
            self._console.print(f"kept in {kept}, for editors only", markup=False)
        return standing is not None

    def _answer(self, asked: str, proposed: str | None = None) -> str:
        """Ask for what an act needs to be told; where nothing is proposed, Enter alone is no answer.

        Raises:
            DecisionError: The editor would rather not.
        """
        answer = self._ask(f"{asked} (q: not now)", proposed or "").strip()
        if answer.lower() in _QUIT or (proposed is None and not answer):
            raise DecisionError(Problem("nothing was decided"))
        return answer

    def _right(self, asked: str, check: Callable[[str], object], proposed: str | None = None) -> str:
        """Ask for one thing until the answer passes a check."""
        while True:
            answer = self._answer(asked, proposed)
            try:
                check(answer)
            except CornerError as error:
                self._console.print(str(error), markup=False, style="yellow")
            else:
                return answer

    def _filled_in(self, name: str, draft: Draft) -> dict[str, str]:
        """Ask for what an act needs to be told, and whether it is meant, if it goes on record."""
        form = {"digest": draft.front.text_sha256}
        match name:
            case "approve":
                form |= self._place(draft)
            case "veto":
                form["criterion"] = self._criterion()
                form["reason"] = self._answer("reason, which stays with the editors")
                told = f"not on record, for editors only: {form['reason']}"
                self._must_be_meant(f"{draft.front.id}: vetoed for {form['criterion']}", told)
            case "set-aside":
                form["reason"] = self._answer("reason, which stands in the public record")
                self._must_be_meant(f"{draft.front.id}: set aside: {form['reason']}")
            case "note":
                form["note"] = self._answer("note")
        return form

    def _criterion(self) -> str:
        """List the published criteria, and ask for one by its number or its code."""
        self._console.print(numbered(self._config.review.criteria))
        codes = [criterion.code for criterion in self._config.review.criteria]
        meant = {str(number): code for number, code in enumerate(codes, 1)} | {code: code for code in codes}
        return meant[self._right("criterion", lambda said: must_be_criterion(self._config, meant.get(said, said)))]

    def _must_be_meant(self, *lines: str) -> None:
        self._print(Text("\n".join(["", *map(visible, lines), ""])))
        if self._answer("put this on record? Enter: yes", "yes").lower() not in _YES:
            raise DecisionError(Problem("nothing was decided"))

    def _place(self, draft: Draft) -> dict[str, str]:
        """Ask where an entry is to stand, until the editor agrees to what an approval there will do."""
        usual = self._place_of(draft, {})
        form = {"slug": usual.slug, "tags": " ".join(usual.tags), "date": ""}
        while True:
            self._settle("slug", "slug, the end of its address", form, draft, usual)
            self._settle("tags", "tags, with spaces between", form, draft, usual)
            if usual.taken:
                self._console.print(str(usual.taken), markup=False, style="yellow")
            self._settle("date", "goes live on", form, draft, usual)
            place = self._place_of(draft, form)
            self._print(Text(f"\n{recap(draft, place, self._editor, self._config, self._now())}\n"))
            asked = "approve this? Enter: yes, anything else: another address or date"
            if self._answer(asked, "yes").lower() in _YES:
                return form

    def _settle(self, name: str, asked: str, form: dict[str, str], draft: Draft, usual: Place) -> None:
        """Ask for one thing about an entry's place until it can be so, and put it into the form."""
        usual_date = self._config.slots.typed(usual.date)
        proposed = (form["date"] or usual_date) if name == "date" else form[name]

        def put(answer: str) -> None:
            """Put an answer into the form, unless an entry cannot stand so."""
            if name == "slug" and answer != proposed and is_edition(answer):
                what = f"{answer} is a date, and this is the end of the address: the date is asked for below"
                raise DecisionError(Problem(what, fix=f"Enter: {proposed}"))
            # The usual date is checked again, here and when it is recorded: somebody else may have taken the slot.
            wanted = form | {name: "" if answer == usual_date and not usual.taken else answer}
            if (taken := self._place_of(draft, wanted).taken) and name == "date":
                raise DecisionError(taken)
            form.update(wanted)

        self._right(asked, put, proposed)

    def _place_of(self, draft: Draft, form: dict[str, str]) -> Place:
        placing = parse_placing(self._config, form)
        return settle(self._config, self._workspace.ledger(), draft, self._now(), placing)

    def _rivals(self, draft: Draft) -> dict[str, Standing]:
        of_edition = self._workspace.ledger().of(draft.front.edition)
        return {s.id: s for s in of_edition if s.status in _REACHED and s.id != draft.front.id}

    def _compare(self, draft: Draft) -> None:
        """Show a draft beside another one of its edition; no verdict is given by that."""
        rivals = self._rivals(draft)
        first = next(iter(rivals))
        chosen = first if len(rivals) == 1 else self._answer(f"with which: {', '.join(rivals)}", first)
        if chosen not in rivals:
            raise DecisionError(Problem(f"{chosen!r} is no other draft of this edition", expected=one_of(rivals)))
        pair = (draft, read_any(self._workspace, rivals[chosen]))
        self._console.print(beside(pair, self._config, self._console.width))

    def _show_requests(self, draft: Draft) -> None:
        for exchange in draft.transcript.exchanges:
            self._console.print(Panel(Text(visible(msgspec.json.format(exchange.request).decode()))))
