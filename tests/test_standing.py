"""What the ledger says of a draft: the quorum, and every way from requested to withdrawn."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from builders import NOW
from claudes_corner import ledger
from claudes_corner.rules import Outcome, outcome
from claudes_corner.schedule import render_instant
from claudes_corner.standing import Ledger, Standing, Verdict, follow
from claudes_corner.text import EMPTY_DIGEST, digest

DRAFT = "2026-11-25-minimal-k3v9"
SHA = digest("x")
FIELDS: dict[type[ledger.Record], dict[str, Any]] = {
    ledger.Rules: {
        "editors": ("ada", "ben", "eva"),
        "approvals": 1,
        "vetoes": 2,
        "criteria_sha256": SHA,
        "modes_sha256": SHA,
        "choice": "editors",
        "unattended": False,
        "tag": "corner.example,2026",
    },
    ledger.Requested: {
        "author": "opus-3",
        "model": "claude-3-opus-20240229",
        "mode": "minimal",
        "edition": "2026-11-25",
        "request_sha256": SHA,
        "attempt": 1,
    },
    ledger.Written: {
        "model": "claude-3-opus-20240229",
        "stop_reason": "end_turn",
        "title_by": "none",
        "text_sha256": SHA,
        "front_sha256": SHA,
        "transcript_sha256": SHA,
        "public_sha256": SHA,
    },
    ledger.Failed: {"cause": "overloaded", "partial_sha256": None},
    ledger.Cancelled: {"partial_sha256": None},
    ledger.Approved: {
        "text_sha256": SHA,
        "front_sha256": SHA,
        "slug": "tides",
        "date": "2026-11-25T09:00:00Z",
        "tags": (),
    },
    ledger.Vetoed: {
        "text_sha256": SHA,
        "front_sha256": SHA,
        "criterion": "privacy",
        "criteria_sha256": SHA,
        "reason_sha256": SHA,
    },
    ledger.SetAside: {"text_sha256": SHA, "reason": "another was chosen"},
    ledger.Published: {"text_sha256": SHA, "route": "/essays/tides/", "date": "2026-11-25T09:00:00Z"},
    ledger.Changed: {"slug": "ebb", "date": "2026-11-26T09:00:00Z", "tags": ("sea",), "aliases": ("tides",)},
    ledger.Withdrawn: {"reason": "the author asked"},
    ledger.Skipped: {"edition": "2026-11-25", "cause": "nothing was approved"},
}
Said = tuple[type[ledger.Record], dict[str, Any]]


def said(kind: type[ledger.Record], by: str = "corner", *, id: str | None = DRAFT, **fields: Any) -> Said:  # noqa: A002
    """Make one record's kind and fields; those not given have a plain value."""
    return kind, {**FIELDS.get(kind, {}), "by": by, "id": id, **fields}


def rules(approvals: int, vetoes: int) -> Said:
    return said(ledger.Rules, id=None, approvals=approvals, vetoes=vetoes)


def approved(by: str, **fields: Any) -> Said:
    return said(ledger.Approved, by, **fields)


def vetoed(by: str) -> Said:
    return said(ledger.Vetoed, by)


def retracted(by: str) -> Said:
    return said(ledger.Retracted, by)


def told(*records: Said, before: Ledger | None = None) -> Ledger:
    """Follow records, a minute apart."""
    before = before or Ledger()
    first = len(before.records) + 1
    made = [
        kind(seq=seq, at=render_instant(NOW + dt.timedelta(minutes=seq)), prev=EMPTY_DIGEST, **fields)
        for seq, (kind, fields) in enumerate(records, first)
    ]
    return follow(before, made, SHA)


WRITTEN = (rules(1, 2), said(ledger.Requested), said(ledger.Written))


def after(*records: Said) -> Standing:
    """Tell where a written draft stands after some records."""
    return told(*WRITTEN, *records).standings[DRAFT]


@pytest.mark.parametrize(
    ("needed", "given", "expected"),
    [
        ((1, 2), (0, 0), "waiting"),
        ((1, 2), (1, 0), "approved"),
        ((1, 2), (1, 1), "waiting"),
        ((1, 2), (2, 1), "approved"),
        ((1, 2), (0, 1), "waiting"),
        ((1, 2), (0, 2), "vetoed"),
        ((1, 2), (5, 2), "vetoed"),
        ((1, 1), (0, 1), "vetoed"),
        ((2, 2), (1, 0), "waiting"),
        ((2, 2), (2, 0), "approved"),
        ((2, 2), (2, 1), "waiting"),
        ((2, 3), (4, 2), "approved"),
        ((2, 3), (3, 2), "waiting"),
    ],
)
def test_a_veto_holds_and_asks_for_one_more_approval(
    needed: tuple[int, int], given: tuple[int, int], expected: Outcome
) -> None:
    assert outcome(*given, approvals_needed=needed[0], vetoes_needed=needed[1]) == expected


EDITORS = st.sampled_from(["ada", "ben", "eva", "kim"])
STEPS = st.one_of(
    st.builds(approved, EDITORS),
    st.builds(vetoed, EDITORS),
    st.builds(retracted, EDITORS),
    st.builds(rules, st.integers(1, 3), st.integers(1, 3)),
)


@for_any(st.lists(STEPS, max_size=14))
def test_verdicts_in_any_order_lead_where_the_rule_says(steps: list[Said]) -> None:
    """The rule, told once more: each standing veto cancels one approval; what remains must be enough."""
    latest: dict[str, type[ledger.Record]] = {}
    needed_approvals, needed_vetoes, expected, since = 1, 2, "waiting", None
    for seq, (kind, fields) in enumerate(steps, len(WRITTEN) + 1):
        if kind is ledger.Rules:
            needed_approvals, needed_vetoes = fields["approvals"], fields["vetoes"]
            continue
        latest.pop(fields["by"], None)
        if kind is not ledger.Retracted:
            latest[fields["by"]] = kind
        vetoes = list(latest.values()).count(ledger.Vetoed)
        approvals = list(latest.values()).count(ledger.Approved)
        before = expected
        if vetoes >= needed_vetoes:
            expected = "vetoed"
        elif approvals - vetoes >= needed_approvals:
            expected = "approved"
        else:
            expected = "waiting"
        if expected == "approved" and before != "approved":
            since = seq
    standing = after(*steps)
    assert standing.status == expected
    assert standing.verdicts == tuple(
        Verdict(editor, kind is ledger.Approved, "privacy" if kind is ledger.Vetoed else "")
        for editor, kind in latest.items()
    )
    assert standing.approved_at == (
        render_instant(NOW + dt.timedelta(minutes=since)) if since and expected == "approved" else ""
    )


def test_an_editors_latest_verdict_counts_alone() -> None:
    standing = after(approved("ada"), vetoed("ada"), approved("ben"), approved("ben"))
    assert (standing.approved_by, [hold.editor for hold in standing.holds]) == (("ben",), ["ada"])
    assert standing.status == "waiting"


def test_an_approval_that_is_taken_back_moves_the_draft_back() -> None:
    assert after(approved("ada")).place == "content"
    standing = after(approved("ada"), retracted("ada"))
    assert (standing.status, standing.place, standing.approved_at) == ("waiting", "drafts", "")


def test_a_veto_that_is_taken_back_moves_the_draft_back() -> None:
    assert after(vetoed("ada"), vetoed("ben")).place == "vetoed"
    assert after(vetoed("ada"), vetoed("ben"), retracted("ben")).place == "drafts"


def test_a_veto_after_approval_holds_an_entry_that_is_not_live_yet() -> None:
    assert after(approved("ada"), vetoed("ben")).place == "drafts"
    assert after(approved("ada"), vetoed("ben"), approved("eva")).place == "content"


def test_a_later_approval_leaves_the_hour_of_the_quorum_alone() -> None:
    once = after(approved("ada"))
    assert after(approved("ada"), approved("ben")).approved_at == once.approved_at == "2026-11-22T18:04:00Z"


@pytest.mark.parametrize("late", [vetoed("ben"), retracted("ada"), approved("eva")])
def test_no_verdict_moves_what_is_live(late: Said) -> None:
    standing = after(approved("ada"), said(ledger.Published, "ada"), late)
    assert (standing.status, standing.place) == ("published", "content")


def test_the_rules_in_force_when_a_verdict_is_given_count() -> None:
    strict = told(rules(2, 2), said(ledger.Requested), said(ledger.Written), approved("ada"))
    assert strict.standings[DRAFT].status == "waiting"
    loosened = told(rules(1, 2), before=strict)
    assert loosened.standings[DRAFT].status == "waiting", "new rules decide nothing by themselves"
    assert told(approved("ada"), before=loosened).standings[DRAFT].status == "approved"
    tightened = told(rules(3, 2), before=told(approved("ada"), before=loosened))
    assert tightened.standings[DRAFT].status == "approved", "what was decided stays decided"


def test_the_last_approval_says_slug_date_and_tags() -> None:
    standing = after(
        approved("ada", slug="tides", tags=("sea",)), approved("ben", slug="ebb", date="2026-12-02T09:00:00Z")
    )
    assert (standing.slug, standing.date, standing.tags) == ("ebb", "2026-12-02T09:00:00Z", ())


@pytest.mark.parametrize(
    ("records", "status", "place"),
    [
        ((), "waiting", "drafts"),
        ((said(ledger.SetAside, "ada"),), "set-aside", "set-aside"),
        ((said(ledger.SetAside, "ada"), said(ledger.Restored, "ben")), "waiting", "drafts"),
        ((said(ledger.Expired),), "expired", "expired"),
        ((said(ledger.Expired), said(ledger.Restored, "ben")), "waiting", "drafts"),
        ((approved("ada"), said(ledger.Published, "ada")), "published", "content"),
        ((approved("ada"), said(ledger.Published, "ada"), said(ledger.Withdrawn, "ada")), "withdrawn", "withdrawn"),
        ((said(ledger.Requested, attempt=2),), "waiting", "drafts"),
    ],
)
def test_every_record_leads_to_its_place(records: tuple[Said, ...], status: str, place: str) -> None:
    standing = after(*records)
    assert (standing.status, standing.place) == (status, place)


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ((), "requested"),
        ((said(ledger.Failed),), "failed"),
        ((said(ledger.Failed), said(ledger.Requested, attempt=2)), "requested"),
        ((said(ledger.Cancelled),), "cancelled"),
        ((said(ledger.Passed),), "passed"),
    ],
)
def test_what_has_no_text_lies_nowhere(records: tuple[Said, ...], status: str) -> None:
    standing = told(said(ledger.Requested), *records).standings[DRAFT]
    assert (standing.status, standing.place, standing.text_sha256) == (status, "nowhere", "")


def test_a_draft_is_known_by_what_was_asked_and_what_was_written() -> None:
    standing = after()
    assert (standing.author, standing.asked_model, standing.mode, standing.edition) == (
        "opus-3",
        "claude-3-opus-20240229",
        "minimal",
        "2026-11-25",
    )
    assert (standing.text_sha256, standing.front_sha256) == (SHA, SHA)


def test_a_change_moves_an_entry_and_keeps_the_rest() -> None:
    live = after(approved("ada"), said(ledger.Published, "ada"))
    moved = after(approved("ada"), said(ledger.Published, "ada"), said(ledger.Changed, "ada"))
    assert (moved.slug, moved.date, moved.tags, moved.aliases) == (
        "ebb",
        "2026-11-26T09:00:00Z",
        ("sea",),
        ("tides",),
    )
    assert (moved.published_at, moved.approved_at) == (live.published_at, live.approved_at)
    assert (moved.status, bool(live.published_at)) == ("published", True)


def test_an_edition_lists_its_written_drafts_in_the_order_of_their_requests() -> None:
    ids = [f"2026-11-25-minimal-{tail}" for tail in ("zzzz", "0000", "aaaa")]
    elsewhere = "2026-12-02-minimal-0000"
    known = told(
        *(said(ledger.Requested, id=one) for one in ids),
        said(ledger.Requested, id=elsewhere, edition="2026-12-02"),
        *(said(ledger.Written, id=one) for one in (ids[2], ids[0], elsewhere)),
        said(ledger.Skipped, id=None),
    )
    assert [standing.id for standing in known.of("2026-11-25")] == [ids[0], ids[2]]
    assert [record.event for record in known.about(ids[2])] == ["requested", "written"]


@for_any(st.lists(STEPS, max_size=10), st.integers(0, 10))
def test_following_in_two_goes_is_following_in_one(steps: list[Said], cut: int) -> None:
    """And what was known before stays as it was."""
    records = (*WRITTEN, *steps)
    first = told(*records[:cut])
    kept = (first.records, dict(first.standings), first.rules)
    assert told(*records[cut:], before=first) == told(*records)
    assert (first.records, first.standings, first.rules) == kept
