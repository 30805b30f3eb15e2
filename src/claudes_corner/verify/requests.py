"""Checks that what a transcript says was asked and answered is what is on record.

Owns which requests can be compared: those that are shown whole. Of one of which a part is withheld, only the model can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from claudes_corner import ledger
from claudes_corner.errors import CornerError, Problem, one_of
from claudes_corner.front import LetterFront
from claudes_corner.standing import Answer
from claudes_corner.text import canonical_json, counted, digest, normalise
from claudes_corner.transcript import Transcript, answer_text, read_transcript

Asked = tuple[tuple[str, str], ...]  # of each request on record of an id: its model and its digest
BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError)  # by JSON of another form than ours
_WITHHELD = ("[withheld: ", "[past entry: ")


def asked_of(records: Iterable[ledger.AnyRecord]) -> Asked:
    """List what was asked by the records about a draft."""
    return tuple((r.model, r.request_sha256) for r in records if isinstance(r, ledger.Requested))


def check_requests(transcript: Transcript, asked: Asked, where: str, *, is_full: bool = False) -> Iterator[Problem]:
    """Check that each request in a transcript was put on record, as far as it is shown; in a full one, all of it is."""
    for number, exchange in enumerate(transcript.exchanges, 1):
        try:
            request = msgspec.json.decode(exchange.request)
            model, is_whole, sha256 = request["model"], is_full or _is_whole(request), digest(canonical_json(request))
        except BROKEN:
            yield Problem(f"request {number} is none", where)
            continue
        of_model = {recorded for name, recorded in asked if name == model}
        if not of_model:
            models = one_of({name for name, _ in asked})
            yield Problem(f"request {number} is to another model than on record", where, models, str(model))
        elif is_whole and sha256 not in of_model:
            yield Problem(f"request {number} is not on record as asked", where, one_of(of_model), sha256)


def check_answer(transcript: Transcript, written: Answer | LetterFront, where: str) -> Iterator[Problem]:
    """Check that the text on record is an answer, and that it came with the model's name and the end on record."""
    messages = [msgspec.json.decode(exchange.response) for exchange in transcript.exchanges]
    same = [message for message in messages if digest(normalise(answer_text(message))) == written.text_sha256]
    came = [f"{message.get('model')}, {message.get('stop_reason')}" for message in same]
    if not came:
        yield Problem("no answer in the transcript is this text", where, written.text_sha256)
    elif (expected := f"{written.model}, {written.stop_reason}") not in came:
        yield Problem(
            "the text came with another model's name, or ended otherwise, than on record", where, expected, came[0]
        )


def has_withheld(raw: bytes) -> bool:
    """Answer whether a transcript withholds a part of any request, so that nobody can compare its digest."""
    try:
        exchanges = read_transcript(raw, "").exchanges
        return not all(_is_whole(msgspec.json.decode(exchange.request)) for exchange in exchanges)
    except (CornerError, *BROKEN):
        return False  # that is a problem of its own


def unseen_requests(are_withheld: Iterable[bool]) -> Iterator[str]:
    """Say of how many texts nobody can tell whether what was asked is what is on record."""
    if count := sum(are_withheld):
        texts = f"{counted(count, 'text')} {'answers' if count == 1 else 'answer'}"
        yield f"whether {texts} the request on record: a part of what was asked is withheld"


def _is_whole(request: Any) -> bool:
    blocks = (block["text"] for turn in request["messages"] for block in turn["content"])
    return not any(mark in block for block in blocks for mark in _WITHHELD)
