"""Decisions: what an editor may do with a draft, and what is put on record when it is done.

Owns approve, veto, set aside, restore, retract and publish. Each checks the draft's files against the record, is bound
to the exact text by its digest, and is one record (and the one that follows, if it goes live at once). There is no
function that changes a text or a title. Knows no desk and no terminal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from claudes_corner import ledger
from claudes_corner.errors import DecisionError, Problem, UsageError, one_of, suggest
from claudes_corner.review.due import is_due, lacking, must_be_due
from claudes_corner.review.placing import ANYWHERE, Placing, misplaced, settle
from claudes_corner.review.reading import must_have_read, read_any, veto_reason
from claudes_corner.root import FILE_NAME
from claudes_corner.rules import approvals_missing
from claudes_corner.schedule import render_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import canonical_json, digest, has_lone_surrogate, normalise, visible
from claudes_corner.workspace import Draft, Workspace
from claudes_corner.writer import Writer

_STATES = {
    "approved": "is approved already and waits for its date",
    "published": "is published already",
    "withdrawn": "was published and withdrawn",
    "vetoed": "was vetoed",
    "set-aside": "was set aside",
    "expired": "expired before anyone decided",
}
_WAYS_BACK = {"set-aside": "corner restore", "expired": "corner restore", "vetoed": "corner retract"}


def pick_editor(config: Config, wanted: str | None, email: str = "") -> str:
    """Tell who decides: the one named, the only one there is, or the one with git's e-mail.

    Raises:
        UsageError: Nobody can be told, or there is no such editor.
    """
    if wanted is not None:
        if wanted in config.editors:
            return wanted
        fix = suggest(wanted, config.editors)
        raise UsageError(Problem(f"there is no editor {wanted!r}", expected=one_of(config.editors), fix=fix))
    if len(config.editors) == 1:
        return next(iter(config.editors))
    if found := editor_with(config, email):
        return found
    raise UsageError(Problem("who decides?", expected=one_of(config.editors), fix="Say it: --by EDITOR."))


def editor_with(config: Config, email: str) -> str:
    """Find the one editor who has an e-mail address; empty if there is none, or more than one."""
    found = [name for name, editor in config.editors.items() if email and editor.email.lower() == email.lower()]
    return found[0] if len(found) == 1 else ""


def approve(
    workspace: Workspace, draft_id: str, prefix: str, editor: str, now: dt.datetime, placing: Placing = ANYWHERE
) -> Standing:
    """Put one editor's approval on record; the one that completes the quorum promotes the draft.

    What is approved already can be approved only if it lacks its quorum by the rules of today.

    If the date is not in the future by then, the entry is published at once. `prefix` begins the digest of the text
    that was read.

    Raises:
        DecisionError: The rules do not allow it, or the text is another than the one that was read.
        TextError: The draft's files are not what was recorded.
    """
    with workspace.writing() as pen:
        standing = _bound(workspace, pen.ledger, draft_id, prefix)
        if editor in standing.approved_by and standing.status in {"approved", "published"}:
            _must_be_placed(workspace.config, standing, placing)
            workspace.read_entry(standing)
            return _go_live(workspace.config, pen, standing, now)  # said twice, or cut short the first time
        draft = read_any(workspace, standing) if lacking(workspace.config, standing) else _waiting(workspace, standing)
        is_said = editor in standing.approved_by and not misplaced(standing, placing)
        if is_said and not _is_enough(workspace.config, standing):
            return standing
        _must_be_publishable(workspace.config, standing.author)
        place = settle(workspace.config, pen.ledger, draft, now, placing)
        if place.taken:
            raise DecisionError(place.taken)
        digests = {"text_sha256": draft.front.text_sha256, "front_sha256": draft.front.sha256}
        placed = {"slug": place.slug, "date": render_instant(place.date), "tags": place.tags}
        judged = put_on_record(pen, ledger.Approved, standing.id, editor, now, **digests, **placed)
        return _go_live(workspace.config, pen, judged, now)


def veto(
    workspace: Workspace,
    draft_id: str,
    prefix: str,
    editor: str,
    now: dt.datetime,
    *,
    criterion: str,
    reason: str,
    salt: str,
) -> Standing:
    """Put one editor's veto on record: it holds the draft; enough of them end its way.

    `prefix` begins the digest of the text that was read. `salt` is random hex digits, so that the recorded digest does
    not give a short reason away.

    Raises:
        DecisionError: No such criterion, no reason, the rules do not allow it, or the text is another.
    """
    must_be_criterion(workspace.config, criterion)
    _must_say_why(reason)
    with workspace.writing() as pen:
        standing = _bound(workspace, pen.ledger, draft_id, prefix)
        if standing.status != "approved":
            _waiting(workspace, standing)
        is_said = any(hold.editor == editor and hold.criterion == criterion for hold in standing.holds)
        is_said = is_said and len(standing.holds) < workspace.config.vetoes  # else it ends by the rules of today
        if is_said and veto_reason(workspace, pen.ledger, standing.id, editor) == reason:
            return standing  # said twice, or cut short the first time
        content = canonical_json({"reason": reason, "salt": salt})
        pen.keep(workspace.folders.reason(standing.id, digest(content)), content)
        return put_on_record(
            pen,
            ledger.Vetoed,
            standing.id,
            editor,
            now,
            text_sha256=standing.text_sha256,
            front_sha256=standing.front_sha256,
            criterion=criterion,
            criteria_sha256=workspace.config.criteria_sha256,
            reason_sha256=digest(content),
        )


def must_be_criterion(config: Config, code: str) -> None:
    """Refuse a criterion of vetoes that is not published.

    Raises:
        DecisionError: With those that are.
    """
    codes = [known.code for known in config.review.criteria]
    if code not in codes:
        what = f"a veto names a published criterion, and {code!r} is none"
        raise DecisionError(Problem(what, expected=one_of(codes), fix=suggest(code, codes)))


def set_aside(
    workspace: Workspace, draft_id: str, prefix: str, editor: str, now: dt.datetime, *, reason: str
) -> Standing:
    """Put a draft aside without a veto, as when another of its edition was chosen. The reason is public."""
    _must_say_why(reason)
    said = normalise(reason)
    must_be_seen(said)
    with workspace.writing() as pen:
        standing = _bound(workspace, pen.ledger, draft_id, prefix)
        _waiting(workspace, standing)
        facts = {"text_sha256": standing.text_sha256, "reason": said}
        return put_on_record(pen, ledger.SetAside, standing.id, editor, now, **facts)


def restore(workspace: Workspace, draft_id: str, editor: str, now: dt.datetime) -> Standing:
    """Let a draft wait again that was set aside or has expired."""
    with workspace.writing() as pen:
        standing = workspace.standing(pen.ledger, draft_id)
        if standing.status not in {"set-aside", "expired"}:
            what = f"draft {draft_id!r} is neither set aside nor expired"
            raise DecisionError(Problem(what, found=standing.status.replace("-", " "), fix=_way_back(standing)))
        workspace.read_draft(standing)
        return put_on_record(pen, ledger.Restored, standing.id, editor, now)


def retract(workspace: Workspace, draft_id: str, editor: str, now: dt.datetime) -> Standing:
    """Take back one's own verdict, until publication."""
    with workspace.writing() as pen:
        standing = workspace.standing(pen.ledger, draft_id)
        if editor not in standing.judges:
            raise DecisionError(Problem(f"{editor!r} has no verdict on draft {draft_id!r} to take back"))
        if standing.status not in {"waiting", "approved", "vetoed"}:
            raise DecisionError(Problem(_state(standing), fix=_way_back(standing)))
        return put_on_record(pen, ledger.Retracted, standing.id, editor, now)


def publish(workspace: Workspace, draft_ids: Iterable[str], editor: str, now: dt.datetime) -> tuple[Standing, ...]:
    """Let approved entries go live whose date has come: all of them, or none if one may not.

    Raises:
        DecisionError: One of them is not approved, lacks its quorum by the rules of today, or its date is to come.
        TextError: One of them is not what was approved.
    """
    with workspace.writing() as pen:
        ready = [must_be_due(workspace, pen.ledger, draft_id, now) for draft_id in dict.fromkeys(draft_ids)]
        return tuple([_go_live(workspace.config, pen, standing, now, by=editor) for standing in ready])


def must_be_seen(reason: str) -> None:
    """Refuse a public reason with characters that change how others look: pages and feeds show it as it is.

    Raises:
        DecisionError: With the reason, and an escape in the place of each.
    """
    if (shown := visible(reason)) != reason:
        what = "readers would get characters in the reason that they cannot see"
        raise DecisionError(Problem(what, found=shown, fix="Write it without them."))


def put_on_record(
    pen: Writer, kind: type[ledger.Record], draft_id: str, editor: str, now: dt.datetime, **facts: Any
) -> Standing:
    """Put a decision on record, and tell where the draft stands after it."""
    pen.record(kind, at=render_instant(now), id=draft_id, by=editor, **facts)
    return pen.ledger.standings[draft_id]


def _go_live(config: Config, pen: Writer, standing: Standing, now: dt.datetime, by: str = "") -> Standing:
    """Publish what is approved and due; leave anything else as it is."""
    if not is_due(config, standing, now):
        return standing
    facts = {"text_sha256": standing.text_sha256, "route": standing.route, "date": standing.date}
    return put_on_record(pen, ledger.Published, standing.id, by or standing.approved_by[-1], now, **facts)


def _is_enough(config: Config, standing: Standing) -> bool:
    """Answer whether a draft that waits has its approvals by the rules of today: they count with its next record."""
    approvals, holds = len(standing.approved_among(config.editors)), len(standing.holds)
    return not approvals_missing(approvals, holds, approvals_needed=config.review.approvals)


def _bound(workspace: Workspace, known: Ledger, draft_id: str, prefix: str) -> Standing:
    """Find a draft, and make sure that the editor read exactly its text."""
    standing = workspace.standing(known, draft_id)
    must_have_read(prefix, standing.text_sha256, f"draft {draft_id!r}", see=f"corner show {draft_id}")
    return standing


def _waiting(workspace: Workspace, standing: Standing) -> Draft:
    """Make sure that a draft waits, and that its files are what was recorded."""
    if standing.status != "waiting":
        raise DecisionError(Problem(_state(standing), fix=_way_back(standing)))
    return workspace.read_draft(standing)


def _must_be_publishable(config: Config, author: str) -> None:
    """Refuse a text of an author that is not for publishing, or of whom the settings no longer say whether it is."""
    known, where = config.authors.get(author), f"{FILE_NAME}: [authors.{author}]"
    if known is None:
        what, fix = "nothing says any more whether this author's texts are for publishing", "Write it again as it was."
        raise DecisionError(Problem(what, where, fix=fix))
    if not known.publishable:
        what = f"the texts of author {author!r} are not for publishing"
        raise DecisionError(Problem(what, where, found="publishable = false"))


def _must_be_placed(config: Config, standing: Standing, placing: Placing) -> None:
    """Refuse to approve again with another date, slug or tags: it would be forgotten in silence."""
    if differs := misplaced(standing, placing):
        name, *both = differs
        what = f"{_state(standing)}, with another {name}"
        wanted, found = map(config.slots.words, both) if name == "date" else both
        fix = f"First: corner retract {standing.id}." if standing.status == "approved" else ""
        raise DecisionError(Problem(what, "", wanted or "none", found or "none", fix))


def _state(standing: Standing) -> str:
    return f"draft {standing.id!r} {_STATES.get(standing.status, standing.status)}"


def _way_back(standing: Standing) -> str:
    if standing.status == "published":
        return f"To take it back: corner withdraw {standing.id}."
    way = _WAYS_BACK.get(standing.status)
    return f"First: {way} {standing.id}." if way else ""


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise DecisionError(Problem("a reason is missing", fix="Say in a sentence why."))
    if has_lone_surrogate(reason):
        raise DecisionError(Problem("the reason holds a character that is no text", fix="Write it again."))
