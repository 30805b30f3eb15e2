"""Writing to an author: a letter leaves with the author's own entries and the conversation so far; its answer is kept.

Owns what goes with a letter, the question whether readers may see it, and how the answer is put on record. It is sent
through the same driver as drafts are: on record before it leaves, asked again within one deadline, kept if cut off.
Whether readers see it is decided in `review/letters.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from claudes_corner import ledger
from claudes_corner.errors import AuthorError, Problem
from claudes_corner.front import LetterFront
from claudes_corner.generation.asking import Asking, Commission, Passage
from claudes_corner.generation.choices import read_line
from claudes_corner.generation.exchange import Completion, Prompt, Report
from claudes_corner.generation.modes import Brief
from claudes_corner.generation.sources import Document, Harvest, Reach, fit
from claudes_corner.generation.unfinished import alone, forget, keep_brief, kept_answers, kept_brief, must_have_room
from claudes_corner.letters import Letter, answer_id, read_letter, read_letters
from claudes_corner.schedule import render_instant
from claudes_corner.settings import LettersSource, PastEntriesSource
from claudes_corner.standing import Standing
from claudes_corner.text import digest, normalise
from claudes_corner.transcript import Transcript, render_public, render_transcript
from claudes_corner.workspace import Workspace

if TYPE_CHECKING:
    from claudes_corner.generation.author import Author

LAST_ENTRIES, LAST_LETTERS = 5, 20
CONSENT = """The editors would like to show this letter and your answer to readers. Whether they may is your choice. \
End your answer with a line of its own: "public" if both may be shown, "private" if not. Without such a line, \
both stay with the editors."""


def letter_documents(letters: Iterable[Letter], fetched_at: str) -> tuple[Document, ...]:
    """Turn letters into documents; of those that readers do not see, only the digest is for them."""
    return tuple(
        Document(
            source="letters",
            title=f"Letter from {letter.front.sender} to {letter.front.to}, {letter.front.written_at[:10]}",
            text=letter.text,
            fetched_at=fetched_at,
            disclosure="full" if letter.is_public else "hash-only",
        )
        for letter in letters
    )


def send_letter(
    workspace: Workspace, letter_id: str, author: Author, reach: Reach, passage: Passage, report: Report
) -> Letter:
    """Send a letter, or send it again if no answer came; keep and return the answer. One that was answered stays so.

    Raises:
        CornerError: The letter is empty, it could cost more than a round may, or no whole answer came: that is on
            record, and may be tried again.
        AskCancelled: A person stopped it; that is on record.
    """
    with alone(workspace):
        answer = answer_id(letter_id)
        if answer in (known := workspace.ledger()).letters:
            return read_letter(workspace.folders, known, answer)
        must_have_room(workspace.folders)
        letter = _put_on_record(workspace, letter_id, render_instant(passage.clock()))
        folder, brief = workspace.folders.rounds, None
        if kept_answers(folder, answer):  # a command was cut short after its answer came, which is to this brief
            brief = kept_brief(folder, answer)
        brief = brief or Brief(letter.text, None, _documents(workspace, letter, reach))
        commission = Commission(answer, letter.front.to, ledger.LETTER, answer[:10], brief.documents)
        asking = Asking(workspace, author, commission, passage, report)
        keep_brief(workspace, answer, brief)
        blocks = (*brief.blocks, CONSENT) if letter.front.public else brief.blocks
        exchange = asking.ask(Prompt(blocks))
        _keep_answer(workspace, letter, exchange.completion, asking.transcript, render_instant(passage.clock()))
        return read_letter(workspace.folders, workspace.ledger(), answer)


def consents(answer: str) -> bool:
    """Answer whether the author says that readers may see a letter: by its last line, and in no other way."""
    return read_line(answer.strip().rpartition("\n")[2]) == "public"


def _put_on_record(workspace: Workspace, letter_id: str, at: str) -> Letter:
    """Read a letter; the first time, fix its words and put it on record."""
    letter = read_letter(workspace.folders, workspace.ledger(), letter_id)
    if letter.recorded:
        return letter
    where = workspace.folders.relative(letter.path)
    if not (text := normalise(letter.text)):
        raise AuthorError(Problem("the letter is empty", where, fix="Write it beneath the front matter."))
    front = msgspec.structs.replace(letter.front, written_at=at, text_sha256=digest(text))
    with workspace.writing() as pen:
        pen.keep_letter(front, text)
        pen.record(
            ledger.Letter,
            at=at,
            id=letter_id,
            by=front.sender,
            text_sha256=front.text_sha256,
            public=False,
            front_sha256=front.sha256,
        )
        return read_letter(workspace.folders, pen.ledger, letter_id)


def _documents(workspace: Workspace, letter: Letter, reach: Reach) -> tuple[Document, ...]:
    """Gather what goes with a letter: the draft it is about, the last entries, the last letters with this author."""
    known = workspace.ledger()
    others = (one for one in read_letters(workspace.folders, known) if one.front.id != letter.front.id)
    both = (one for one in others if letter.front.to in {one.front.sender, one.front.to})
    earlier = letter_documents(both, reach.now)
    own = tuple(entry for entry in reach.past_entries if entry.author == letter.front.to)
    harvests = (
        Harvest(LettersSource(), earlier[-LAST_LETTERS:]),
        Harvest(PastEntriesSource(), own[-LAST_ENTRIES:]),
    )
    taken, _ = fit(harvests, workspace.config.generation.context_tokens)
    return (*_draft(workspace, known.standings.get(letter.front.about), reach.now), *taken)


def _draft(workspace: Workspace, standing: Standing | None, at: str) -> Sequence[Document]:
    """Put the draft that a letter is about in context."""
    if standing is None or standing.written is None:
        return ()
    text, title = workspace.read(standing).text, f"Your text for the edition of {standing.edition}"
    return (Document(source="draft", title=title, text=text, fetched_at=at, disclosure="hash-only"),)


def _keep_answer(workspace: Workspace, letter: Letter, completion: Completion, transcript: Transcript, at: str) -> None:
    """Put an answer on record. Readers do not see it before an editor has read it and says so."""
    text, full = normalise(completion.text), render_transcript(transcript)
    front = LetterFront(
        id=transcript.id,
        sender=letter.front.to,
        to=letter.front.sender,
        written_at=completion.finished_at,
        public=letter.front.public and consents(text),
        text_sha256=digest(text),
        in_reply_to=letter.front.id,
        about=letter.front.about,
        model=completion.model,
        stop_reason=completion.stop_reason,
    )
    with workspace.writing() as pen:
        pen.keep_letter(front, text, full)
        pen.record(
            ledger.Letter,
            at=at,
            id=front.id,
            text_sha256=front.text_sha256,
            public=False,
            front_sha256=front.sha256,
            transcript_sha256=digest(full),
            public_sha256=digest(render_public(transcript, text)),
        )
        forget(pen, workspace.folders, front.id)
