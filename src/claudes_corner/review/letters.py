"""Letters that editors write to an author, and whether readers see them. Sending is not done here.

Owns the form of a new letter, the fixed words of a letter about a veto, and the rule that readers see a letter only if
it and its answer both say so, and an editor has read the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from claudes_corner import ledger
from claudes_corner.errors import DecisionError, Problem, UsageError, one_of
from claudes_corner.front import LetterFront
from claudes_corner.letters import Letter, answer_id, read_letter
from claudes_corner.review.reading import must_have_read, veto_reason
from claudes_corner.schedule import render_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Standing
from claudes_corner.text import mint_id, normalise
from claudes_corner.workspace import Workspace


def new_letter(
    workspace: Workspace,
    editor: str,
    now: dt.datetime,
    choose: Callable[[str], str],
    *,
    text: str,
    to: str | None = None,
    about: str = "",
    in_reply_to: str = "",
    public: bool = False,
) -> Letter:
    """Lay a letter ready in `drafts/letters/`. Until it is sent its words may change, and nothing is on record.

    If nobody says `to` whom, it is to the author of the draft it is about, or to the only one.

    Raises:
        CornerError: There is no such draft, letter or author, or more than one author and none is named.
    """
    with workspace.writing() as pen:
        known, folders = pen.ledger, workspace.folders
        draft = workspace.standing(known, about) if about else None
        if in_reply_to:
            answered = read_letter(folders, known, in_reply_to).front
            about, to = about or answered.about, to or answered.sender
        elif draft:
            to = to or draft.author
        at = render_instant(now)
        while (letter_id := mint_id(at[:10], ledger.LETTER, choose)) in known.letters:
            pass
        front = LetterFront(
            id=letter_id,
            sender=editor,
            to=_addressee(workspace.config, to),
            written_at=at,
            public=public,
            text_sha256="",
            in_reply_to=in_reply_to,
            about=draft.id if draft else about,
        )
        pen.keep_letter(front, normalise(text))
        return read_letter(folders, known, letter_id)


def veto_words(workspace: Workspace, draft_id: str, editor: str) -> str:
    """Write what an author is told of a veto: what is on record, the criterion, and the editor's own reason.

    Raises:
        DecisionError: This editor has no veto on it that stands, or its reason is not here.
    """
    known, config = workspace.ledger(), workspace.config
    standing = workspace.standing(known, draft_id)
    hold = next((hold for hold in standing.holds if hold.editor == editor), None)
    reason = veto_reason(workspace, known, standing.id, editor)
    if hold is None or reason is None:
        what = f"{editor!r} has no veto on draft {draft_id!r} to write about"
        raise DecisionError(Problem(what, fix=f"See: corner show {draft_id}."))
    published = {criterion.code: criterion.text for criterion in config.review.criteria}
    mode = config.mode_label(standing.mode)
    return f"""Your text for the edition of {standing.edition}, written under the mode "{mode}", stands above as you \
wrote it. {_what_it_means(standing)}

The published criterion that the veto names is "{hold.criterion}": {published.get(hold.criterion, "")}

The editor's reason, in the editor's words:

{reason.strip()}

The text stays with the editors. Readers are told that a draft was vetoed, when, and under which criterion; they are \
told neither what it says nor this reason. You may answer this letter. Your answer is kept as it comes, beside the \
veto, where the editors read it."""


def show_to_readers(
    workspace: Workspace, letter_id: str, prefix: str, editor: str, now: dt.datetime, *, public: bool = True
) -> tuple[Letter, Letter]:
    """Put on record that readers see a letter and its answer from now on, or no longer.

    `prefix` begins the digest of the answer that was read.

    Raises:
        DecisionError: One of the two does not say that readers may see it, or the text is another than was read.
    """
    with workspace.writing() as pen:
        folders, asked = workspace.folders, read_letter(workspace.folders, pen.ledger, letter_id)
        letter = read_letter(folders, pen.ledger, asked.front.in_reply_to) if asked.front.model else asked
        if letter.recorded is None:
            fix = f"First: corner letter send {letter.front.id}."
            raise DecisionError(Problem(f"letter {letter.front.id!r} has not been sent, so it has no answer", fix=fix))
        answer = read_letter(folders, pen.ledger, answer_id(letter.front.id))
        named, see = f"letter {answer.front.id!r}", f"corner letter show {answer.front.id}"
        must_have_read(prefix, answer.front.text_sha256, named, kind="answer", see=see)
        for one, whose in ((letter, "the editor's letter"), (answer, "the author's answer")):
            if public and not one.front.public:
                what = f"{whose} {one.front.id!r} does not say that readers may see it"
                raise DecisionError(Problem(what, fix="Both stay private."))
        for one in (letter, answer):
            if one.recorded and one.recorded.public != public:
                names = ("text_sha256", "front_sha256", "transcript_sha256", "public_sha256")
                digests = {name: getattr(one.recorded, name) for name in names}
                pen.record(ledger.Letter, at=render_instant(now), id=one.front.id, by=editor, public=public, **digests)
        return read_letter(folders, pen.ledger, letter.front.id), read_letter(folders, pen.ledger, answer.front.id)


def _addressee(config: Config, to: str | None) -> str:
    """Tell who is written to: the author that is named, or the only one."""
    if to is None and len(config.authors) == 1:
        return next(iter(config.authors))
    if to not in config.authors:
        what = f"there is no author {to!r}" if to else "to which author?"
        raise UsageError(Problem(what, expected=one_of(config.authors), fix="Say which: --to AUTHOR."))
    return str(to)


def _what_it_means(standing: Standing) -> str:
    if standing.status == "vetoed":
        return "Editors have vetoed it, and it will not be published."
    return "An editor has vetoed it. The veto holds it, and the other editors have still to decide."
