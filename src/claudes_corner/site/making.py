"""How an entry was made, as its `making/` page shows it: from the public transcript and the ledger, never from memory.

Owns the reading of a public transcript into views.
"""

from __future__ import annotations

from typing import Any

import msgspec

from claudes_corner import ledger
from claudes_corner.errors import BuildError, Problem
from claudes_corner.schedule import parse_instant
from claudes_corner.site.chronicle import Chronicle
from claudes_corner.site.content import Entry
from claudes_corner.site.present import Presenter
from claudes_corner.site.theme import long_date
from claudes_corner.site.views import BlockView, DecisionView, DocumentView, ExchangeView, MakingView, TurnView
from claudes_corner.text import normalise
from claudes_corner.transcript import (
    PAST_ENTRIES,
    ContextDocument,
    RecordedExchange,
    answer_text,
    is_withheld,
    no_transcript,
    read_transcript,
)

_EVENTS = {  # of those that are not said as the record has them
    "requested": "asked",
    "written": "written and put on record",
    "chose": "chosen by the author among its drafts",
    "retracted": "verdict taken back",
    "set-aside": "set aside",
    "restored": "taken up again",
    "failed": "no complete answer",
    "cancelled": "stopped by a person",
    "changed": "moved or tagged anew",
    "passed": "the author passed",
    "imported": "imported from elsewhere, and published",
}
_Placed = ledger.Approved | ledger.Changed | ledger.Imported  # what says where an entry stands
_BECAME = {"waiting": "still waits", "passed": "the author passed"}


def making_of(entry: Entry, known: Chronicle, presenter: Presenter) -> MakingView:
    """Tell how an entry was made."""
    written, name = entry.standing.written, entry.id
    transcript = no_transcript(name) if not written else read_transcript(entry.public_transcript, f"{name}.json")
    answers = [msgspec.json.decode(exchange.response) for exchange in transcript.exchanges]
    return MakingView(
        exchanges=tuple(
            _exchange(exchange, answer, purpose, presenter)
            for exchange, answer, purpose in zip(transcript.exchanges, answers, _purposes(answers, entry), strict=True)
        ),
        documents=tuple(_document(document) for document in transcript.context),
        decisions=steps(entry.id, known, presenter, tells_places=True),
        drafts=tuple(
            (presenter.mode_label(s.mode), _BECAME.get(s.status, s.status))
            for s in known.of(entry.standing.edition, passed=True)
        ),
        endpoint=transcript.endpoint,
        sdk=transcript.sdk,
        transcript_sha256=written.transcript_sha256 if written else "",
        public_sha256=written.public_sha256 if written else "",
        front_sha256=entry.standing.front_sha256,
    )


def steps(
    draft_id: str, known: Chronicle, presenter: Presenter, *, tells_places: bool = False
) -> tuple[DecisionView, ...]:
    """Tell all that is on record about a draft or an entry, oldest first.

    `tells_places` if it may be told where an entry stood before: slugs and tags are words of its.
    """
    told, before = list[DecisionView](), None
    for record in known.about(draft_id):
        event = _event(record)
        if tells_places and before and isinstance(record, ledger.Changed):
            event = _moved(before, record, presenter) or event
        by = "corner" if record.by == ledger.CORNER else presenter.editor(record.by)
        told.append(DecisionView(presenter.local(record.at), event, by))
        if isinstance(record, _Placed):
            before = record
    return tuple(told)


def _moved(before: _Placed, record: ledger.Changed, presenter: Presenter) -> str:
    """Say what a change has changed, and how it was before; an import has a route instead of a slug."""
    route = before.route if isinstance(before, ledger.Imported) else f"/essays/{before.slug}/"
    old, new = presenter.local(before.date), presenter.local(record.date)
    is_moved, is_dated = route != f"/essays/{record.slug}/", old != new
    days = f"date changed from {long_date(old)} to {long_date(new)}" if old.date() != new.date() else "hour changed"
    said = (
        f"moved from {route}" if is_moved else "",
        days if is_dated else "",
        f"tagged anew (before: {', '.join(before.tags) or 'no tags'})" if before.tags != record.tags else "",
    )
    return ", ".join(filter(None, said))


def _event(record: ledger.AnyRecord) -> str:
    words = _EVENTS.get(record.event, record.event)
    if isinstance(record, ledger.Requested) and record.attempt > 1:
        return f"{words} again (attempt {record.attempt})"
    return f"{words} ({record.cause})" if isinstance(record, ledger.Failed) else words


def _exchange(exchange: RecordedExchange, response: dict[str, Any], purpose: str, presenter: Presenter) -> ExchangeView:
    request: dict[str, Any] = msgspec.json.decode(exchange.request)
    usage = response.get("usage") or {}
    shown = {"system", "messages"}
    return ExchangeView(
        purpose=purpose,
        system=_system(request.get("system")),
        turns=tuple(
            TurnView(turn["role"], tuple(BlockView(b["text"], is_withheld(b["text"])) for b in turn["content"]))
            for turn in request["messages"]
        ),
        parameters=tuple((key, str(value)) for key, value in sorted(request.items()) if key not in shown),
        model=str(response.get("model", "")),
        stop_reason=str(response.get("stop_reason", "")),
        input_tokens=int(usage.get("input_tokens") or 0),
        output_tokens=int(usage.get("output_tokens") or 0),
        request_id=exchange.request_id or "",
        started_at=presenter.local(exchange.started_at),
        seconds=int((parse_instant(exchange.finished_at) - parse_instant(exchange.started_at)).total_seconds()),
    )


def _purposes(responses: list[dict[str, Any]], entry: Entry) -> list[str]:
    """Tell what each exchange was for: what came before the text led to it, and after it only a title is asked for."""
    if not responses:
        return []  # it was imported
    answers = [normalise(answer_text(response)) for response in responses]
    text_at = max((at for at, answer in enumerate(answers) if answer == entry.text), default=-1)
    if text_at < 0:
        raise BuildError(Problem("no answer in its transcript is its text", entry.id, fix="Run: corner verify."))
    title = entry.row.title if entry.row.title_by == "asked" else None
    after = ("title" if answer == title else "unused-title" for answer in answers[text_at + 1 :])
    return [*["before"] * text_at, "text", *after]


def _system(system: Any) -> str:
    """A system prompt is a string, or a list of text blocks."""
    return "\n\n".join(block["text"] for block in system) if isinstance(system, list) else str(system or "")


def _document(document: ContextDocument) -> DocumentView:
    return DocumentView(
        source=document.source,
        title=document.title,
        url=document.url if document.url.startswith(("http://", "https://")) else "",
        sha256=document.sha256,
        bytes=document.bytes,
        fetched_at=document.fetched_at,
        is_withheld=document.disclosure == "hash-only" or document.source == PAST_ENTRIES,
    )
