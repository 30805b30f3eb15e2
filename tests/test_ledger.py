"""The ledger: a closed set of records, each written one way, each chained to the one before."""

from __future__ import annotations

import json
import typing
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from claudes_corner.errors import LedgerError
from claudes_corner.ledger import AnyRecord, Record, Skipped, parse_ledger, render_record
from claudes_corner.text import EMPTY_DIGEST, digest

AT = "2026-11-22T18:00:00Z"
SHA = digest("x")
DRAFT = "2026-11-25-minimal-k3v9"
PUT_BACK = "Put the ledger back, from a backup or git; it is only ever appended to."

# The contract: each event with its own fields, as the design lists them.
EVENTS: dict[str, dict[str, Any]] = {
    "rules": {
        "editors": ("ada", "ben"),
        "approvals": 1,
        "vetoes": 2,
        "criteria_sha256": SHA,
        "modes_sha256": SHA,
        "choice": "editors",
        "unattended": False,
        "tag": "corner.example,2026",
    },
    "requested": {
        "author": "opus-3",
        "model": "claude-3-opus-20240229",
        "mode": "minimal",
        "edition": "2026-11-25",
        "request_sha256": SHA,
        "attempt": 1,
    },
    "written": {
        "model": "claude-3-opus-20240229",
        "stop_reason": "end_turn",
        "title_by": "heading",
        "text_sha256": SHA,
        "front_sha256": SHA,
        "transcript_sha256": SHA,
        "public_sha256": SHA,
    },
    "passed": {},
    "failed": {"cause": "überlastet\n", "partial_sha256": None},
    "cancelled": {"partial_sha256": SHA},
    "approved": {
        "text_sha256": SHA,
        "front_sha256": SHA,
        "slug": "on-tides",
        "date": "2026-11-25T09:00:00Z",
        "tags": ("sea", "潮"),
    },
    "vetoed": {
        "text_sha256": SHA,
        "front_sha256": SHA,
        "criterion": "privacy",
        "criteria_sha256": SHA,
        "reason_sha256": SHA,
    },
    "retracted": {},
    "set-aside": {"text_sha256": SHA, "reason": 'another was "better"'},
    "restored": {},
    "expired": {},
    "published": {"text_sha256": SHA, "route": "/essays/on-tides/", "date": "2026-11-25T09:00:00Z"},
    "changed": {"slug": "tides", "date": "2026-11-25T09:00:00Z", "tags": (), "aliases": ("on-tides",)},
    "withdrawn": {"reason": "the author asked"},
    "skipped": {"edition": "2026-11-25", "cause": "no draft"},
    "chose": {
        "edition": "2026-11-25",
        "text_sha256": SHA,
        "among": (SHA, EMPTY_DIGEST),
        "choice": "2026-11-25-choice-k3v9",
        "transcript_sha256": SHA,
    },
    "letter": {
        "text_sha256": SHA,
        "public": True,
        "front_sha256": SHA,
        "transcript_sha256": None,
        "public_sha256": None,
    },
    "imported": {
        "text_sha256": SHA,
        "front_sha256": SHA,
        "author": "imported",
        "origin_url": "https://old.example/1",
        "route": "/essays/old/",
        "date": "2025-01-01T00:00:00Z",
        "tags": ("sea",),
    },
}
KINDS = {str(kind.__struct_config__.tag): kind for kind in typing.get_args(AnyRecord)}


def chain(*records: Record) -> bytes:
    """Write records as a ledger, each with its number and its `prev`."""
    raw, prev = b"", EMPTY_DIGEST
    for seq, record in enumerate(records, 1):
        line = render_record(msgspec.structs.replace(record, seq=seq, prev=prev))
        raw, prev = raw + line + b"\n", digest(line)
    return raw


def skipped(cause: str, *, seq: int = 0, prev: str = "") -> Skipped:
    return Skipped(seq=seq, at=AT, id=None, by="corner", prev=prev, edition="2026-11-25", cause=cause)


def lines_of(raw: bytes) -> list[bytes]:
    return raw.split(b"\n")[:-1]


def what_is_wrong(raw: bytes) -> str:
    with pytest.raises(LedgerError) as refused:
        parse_ledger(raw)
    return str(refused.value)


SMALL = chain(skipped("one"), skipped("two"), skipped("three"), skipped("four"))


def test_the_set_of_events_and_their_fields_is_the_designs() -> None:
    shared = {"seq", "at", "id", "by", "prev"}
    assert {event: set(kind.__struct_fields__) - shared for event, kind in KINDS.items()} == {
        event: set(fields) for event, fields in EVENTS.items()
    }


@pytest.mark.parametrize("event", EVENTS)
def test_a_record_comes_back_as_it_was_written(event: str) -> None:
    record = KINDS[event](seq=1, at=AT, id=DRAFT, by="ada", prev=EMPTY_DIGEST, **EVENTS[event])
    line = render_record(record)
    assert parse_ledger(line + b"\n") == ((record,), digest(line))
    assert record.event == event


@pytest.mark.parametrize("event", EVENTS)
def test_a_line_is_canonical_json_with_ascii_keys_and_plain_values(event: str) -> None:
    record = KINDS[event](seq=1, at=AT, id=DRAFT, by="ada", prev=EMPTY_DIGEST, **EVENTS[event])
    line = render_record(record).decode()
    value = json.loads(line)
    assert line == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert all(key.isascii() for key in value)
    assert all(isinstance(one, str | int | bool | list | None) for one in value.values())
    assert "\n" not in line


@for_any(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_words_break_a_line(cause: str) -> None:
    raw = chain(skipped(cause), skipped("after"))
    assert raw.count(b"\n") == 2
    assert [record.cause for record in parse_ledger(raw)[0]] == [cause, "after"]


def test_an_empty_ledger_has_no_records_and_the_digest_of_nothing_as_its_head() -> None:
    assert parse_ledger(b"") == ((), EMPTY_DIGEST)


def test_the_head_is_the_digest_of_the_last_line() -> None:
    assert parse_ledger(SMALL)[1] == digest(lines_of(SMALL)[-1])


def test_every_flipped_bit_is_found() -> None:
    """In any line but the last the chain tells; a last line that can still be read has another digest: another head."""
    last = SMALL.rstrip(b"\n").rfind(b"\n") + 1
    head = parse_ledger(SMALL)[1]
    for place in range(len(SMALL)):
        for bit in range(8):
            flipped = bytearray(SMALL)
            flipped[place] ^= 1 << bit
            try:
                found = parse_ledger(bytes(flipped))[1]
            except LedgerError:
                continue
            assert place >= last, f"byte {place}, bit {bit} goes unseen"
            assert found != head, f"byte {place}, bit {bit} leaves the head as it is"


def test_a_line_that_was_changed_is_named_by_the_one_that_follows() -> None:
    one, two, three, four = lines_of(SMALL)
    edited = two.replace(b'"two"', b'"TWO"')
    assert what_is_wrong(b"\n".join([one, edited, three, four, b""])) == (
        "content/ledger.jsonl:3: the chain is broken: the line before was changed after it was written "
        f"(expected prev {digest(edited)}, found {digest(two)}). {PUT_BACK}"
    )


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ((0, 2, 3), "2: a record is missing, doubled or moved (expected seq 2, found seq 3)"),
        ((1, 2, 3), "1: a record is missing, doubled or moved (expected seq 1, found seq 2)"),
        ((0, 2, 1, 3), "2: a record is missing, doubled or moved (expected seq 2, found seq 3)"),
        ((0, 1, 1, 2), "3: a record is missing, doubled or moved (expected seq 3, found seq 2)"),
    ],
    ids=["a gap", "no beginning", "moved", "doubled"],
)
def test_a_record_out_of_place_is_named(order: tuple[int, ...], message: str) -> None:
    lines = lines_of(SMALL)
    raw = b"".join(lines[place] + b"\n" for place in order)
    assert what_is_wrong(raw) == f"content/ledger.jsonl:{message}. {PUT_BACK}"


def test_numbers_have_no_gaps_even_where_the_chain_holds() -> None:
    one = lines_of(SMALL)[0]
    raw = one + b"\n" + render_record(skipped("three", seq=3, prev=digest(one))) + b"\n"
    assert what_is_wrong(raw) == (
        f"content/ledger.jsonl:2: a record is missing, doubled or moved (expected seq 2, found seq 3). {PUT_BACK}"
    )


def test_two_records_that_follow_the_same_one_are_a_fork_and_both_heads_are_named() -> None:
    one, two, *_ = lines_of(SMALL)
    other = render_record(skipped("other", seq=2, prev=digest(one)))
    assert what_is_wrong(b"\n".join([one, two, other, b""])) == (
        "content/ledger.jsonl:3: the ledger is forked: lines 2 and 3 both follow the same record "
        f"(expected one head, found {digest(two)} and {digest(other)}). "
        "Histories cannot be merged: keep the desk's own, and decide again what the other decided."
    )


def test_gits_conflict_marks_are_a_fork_and_both_heads_are_named() -> None:
    one, two, three, _ = lines_of(SMALL)
    other = render_record(skipped("other", seq=2, prev=digest(one)))
    raw = b"\n".join([one, b"<<<<<<< HEAD", two, three, b"=======", other, b">>>>>>> laptop", b""])
    assert what_is_wrong(raw) == (
        "content/ledger.jsonl:2: the ledger is forked: git has left conflict marks in it "
        f"(expected one head, found {digest(three)} and {digest(other)}). "
        "Histories cannot be merged: keep the desk's own, and decide again what the other decided."
    )


def test_a_last_line_without_a_line_feed_is_named() -> None:
    assert what_is_wrong(SMALL[:-1]) == (
        "content/ledger.jsonl:4: the last line has no line feed. Any writing command cuts it off."
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"event":"skipped",', b"", "object missing required field 'event'"),
        (b'"cause":"one",', b"", "object missing required field 'cause'"),
        (b'"cause":"one"', b'"cause":1', "expected 'str', got 'int' - at '$.cause'"),
        (b'"cause":"one"', b'"cause":"one","note":"x"', "object contains unknown field 'note'"),
        (b'"seq":1', b'"seq":1.5', "expected 'int', got 'float' - at '$.seq'"),
        (b'"seq":1', b'"seq": 9007199254740992', "expected 'int' <= 9007199254740991 - at '$.seq'"),
        (b"{", b"", "expected 'object', got 'str'"),
        (b"{", b"!", "JSON is malformed: invalid character (byte 0)"),
    ],
)
def test_a_line_that_is_no_record_is_named_with_the_reason(old: bytes, new: bytes, message: str) -> None:
    assert what_is_wrong(SMALL.replace(old, new, 1)) == f"content/ledger.jsonl:1: not a record: {message}. {PUT_BACK}"


def test_an_event_that_this_version_does_not_know_may_be_a_newer_ones() -> None:
    assert what_is_wrong(SMALL.replace(b'"event":"skipped"', b'"event":"praised"', 1)) == (
        "content/ledger.jsonl:1: not a record: invalid value 'praised' - at '$.event'. "
        "If a newer corner wrote it, use that one; else put the ledger back, from a backup or git."
    )


def test_a_line_that_is_not_canonical_is_named() -> None:
    found = what_is_wrong(SMALL.replace(b'"cause":"one"', b'"cause": "one"', 1))
    assert found.startswith('content/ledger.jsonl:1: the line is not in its one canonical form (expected \'{"at":')


def test_every_character_has_one_form_which_is_that_of_rfc_8785() -> None:
    """A record is compared with what a faster writer makes of it: there is no character on which the two differ."""
    for first in range(0, 0x110000, 0x800):
        if not 0xD800 <= first < 0xE000:
            record = skipped("".join(map(chr, range(first, first + 0x800))))
            assert msgspec.json.encode(record, order="sorted") == render_record(record)


def test_an_empty_line_is_no_record() -> None:
    assert what_is_wrong(SMALL + b"\n") == f"content/ledger.jsonl:5: not a record: input data was truncated. {PUT_BACK}"


def test_a_record_of_another_ledger_does_not_fit() -> None:
    assert "the chain is broken" in what_is_wrong(SMALL + render_record(skipped("five", seq=5, prev=SHA)) + b"\n")


def test_a_line_that_is_nested_without_end_is_no_record() -> None:
    for line in (b'{"a":' + b"[" * 100_000, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
        with pytest.raises(LedgerError, match=r"^content/ledger.jsonl:1: not a record: it is nested too deep\. Put"):
            parse_ledger(line + b"\n")
