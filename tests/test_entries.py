"""What may be done with an approved entry, and where two may stand: all of it on record, none of it in words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from builders import NOW, TEXT, make_workspace, publish_entry, reopen, tree, write_draft
from claudes_corner.errors import BuildError, DecisionError, TextError, UsageError
from claudes_corner.review.decisions import approve, publish, retract, veto
from claudes_corner.review.entries import change, withdraw
from claudes_corner.review.placing import Placing, settle
from claudes_corner.site.builder import build
from claudes_corner.standing import Standing
from claudes_corner.text import digest
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.workspace import Workspace

DRAFT = "2026-11-25-minimal-k3v9"
OTHER = "2026-11-25-news-0000"
SLOT = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
LATER = SLOT + dt.timedelta(days=30)


def ok(workspace: Workspace, draft_id: str, editor: str = "ada", now: dt.datetime = NOW, **placing: object) -> Standing:
    """Approve what the record says the draft's text is."""
    prefix = workspace.ledger().standings[draft_id].text_sha256
    return approve(workspace, draft_id, prefix, editor, now, Placing(**placing))  # type: ignore[arg-type]


# --- slots ------------------------------------------------------------------------------------------------------------


def test_two_entries_share_a_slot_only_if_an_editor_says_the_date(workspace: Workspace) -> None:
    write_draft(workspace, "# One", draft_id=DRAFT)
    write_draft(workspace, "# Two", draft_id=OTHER, mode="news")
    ok(workspace, DRAFT)
    before = workspace.folders.ledger.read_bytes()
    with pytest.raises(DecisionError) as refused:
        ok(workspace, OTHER)
    assert str(refused.value) == (
        f"the slot of Wed 25 Nov 2026, 09:00 Europe/London is taken (found {DRAFT}). Set one of them aside, take the next free slot "
        "(--date 2026-12-02), or let them share (--date 2026-11-25)."
    )
    assert workspace.folders.ledger.read_bytes() == before
    assert ok(workspace, OTHER, date=SLOT).date == "2026-11-25T09:00:00Z"


def test_a_slot_is_free_again_when_the_approval_is_taken_back(workspace: Workspace) -> None:
    write_draft(workspace, "# One", draft_id=DRAFT)
    write_draft(workspace, "# Two", draft_id=OTHER, mode="news")
    ok(workspace, DRAFT)
    retract(workspace, DRAFT, "ada", NOW)
    assert ok(workspace, OTHER).status == "approved"


def test_now_is_no_slot(workspace: Workspace) -> None:
    """What is approved after its slot goes live at once, whatever else does."""
    for draft_id, text in ((DRAFT, "# One"), (OTHER, "# Two")):
        write_draft(workspace, text, draft_id=draft_id)
        assert ok(workspace, draft_id, now=LATER).status == "published"


def test_the_next_free_slot_keeps_the_local_hour_when_the_clocks_change(workspace: Workspace) -> None:
    """London leaves summer time on 25 October 2026: nine o'clock is 08:00 UTC before, 09:00 after."""
    write_draft(workspace, "# One", draft_id="2026-10-21-minimal-0000", edition="2026-10-21")
    write_draft(workspace, "# Two", draft_id="2026-10-21-minimal-0001", edition="2026-10-21")
    now = dt.datetime(2026, 10, 19, tzinfo=dt.UTC)
    assert ok(workspace, "2026-10-21-minimal-0000", now=now).date == "2026-10-21T08:00:00Z"
    known = workspace.ledger()
    draft = workspace.read_draft(known.standings["2026-10-21-minimal-0001"])
    assert settle(workspace.config, known, draft, now).date == dt.datetime(2026, 10, 28, 9, tzinfo=dt.UTC)


def test_a_second_approval_leaves_the_place_that_the_first_one_chose(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "two").folders.root
    toml = root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("approvals = 1", "approvals = 2"), encoding="utf-8")
    workspace = reopen(root)
    write_draft(workspace, "# One", draft_id=DRAFT)
    ok(workspace, DRAFT, "ada", date=LATER, slug="ebb", tags=("sea",))
    standing = ok(workspace, DRAFT, "ben")
    assert standing.status == "approved"
    assert (standing.date, standing.slug, standing.tags) == ("2026-12-25T09:00:00Z", "ebb", ("sea",))


# --- change -----------------------------------------------------------------------------------------------------------


def test_a_live_entry_that_moves_leaves_its_slug_as_an_alias(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT, slug="tides", tags=("sea",))
    standing = change(workspace, DRAFT, "ben", LATER, Placing(slug="ebb", tags=("time",)))
    assert (standing.slug, standing.aliases, standing.tags) == ("ebb", ("tides",), ("time",))
    assert change(workspace, DRAFT, "ben", LATER, Placing(slug="tides")).aliases == ("ebb",)
    entry = workspace.read_entry(workspace.ledger().standings[DRAFT])
    assert (entry.text, entry.front.slug, entry.front.aliases) == (TEXT, "tides", ("ebb",))


def test_an_address_that_was_never_live_leaves_no_alias(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    ok(workspace, DRAFT, slug="tides")
    assert change(workspace, DRAFT, "ada", NOW, Placing(slug="ebb")).aliases == ()


def test_an_entry_whose_slug_on_record_is_too_long_for_a_folder_can_be_moved_and_then_built(
    workspace: Workspace,
) -> None:
    publish_entry(workspace, draft_id=DRAFT, slug="a" * 300)
    assert workspace.read_entry(workspace.ledger().standings[DRAFT]).text == TEXT
    assert verify_workspace(workspace).problems == ()
    with pytest.raises(BuildError, match="file name too long"):
        build(workspace)
    assert change(workspace, DRAFT, "ada", LATER, Placing(slug="tides")).aliases == ()
    build(workspace)
    change(workspace, DRAFT, "ada", LATER, Placing(slug="a" * 200, tags=("b" * 200,)))
    build(workspace)
    assert verify_workspace(workspace).problems == ()


def test_an_approved_entry_may_wait_for_another_day_and_is_not_let_go_by_that(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    ok(workspace, DRAFT)
    assert change(workspace, DRAFT, "ada", NOW, Placing(date=LATER)).date == "2026-12-25T09:00:00Z"
    standing = change(workspace, DRAFT, "ada", NOW, Placing(date=NOW))
    assert standing.status == "approved"
    assert publish(workspace, [DRAFT], "ada", NOW)[0].status == "published"


def test_said_twice_is_recorded_once(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT, slug="tides")
    change(workspace, DRAFT, "ada", LATER, Placing(slug="ebb"))
    withdrawn = publish_entry(workspace, "# Other", draft_id=OTHER)
    withdraw(workspace, withdrawn, "ada", LATER, reason="a  reader\nasked")
    before = workspace.folders.ledger.read_bytes()
    change(workspace, DRAFT, "ada", LATER, Placing(slug="ebb"))
    withdraw(workspace, withdrawn, "ada", LATER, reason="a reader asked")
    assert workspace.folders.ledger.read_bytes() == before


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (Placing(), "nothing is to change (expected another date, slug or tag)"),
        (Placing(slug="No Slug"), "'No Slug' is no slug (expected lower-case letters, digits and single hyphens)"),
        (
            Placing(slug="a" * 201),
            "the slug is too long (expected at most 200 characters, found 201). Choose a shorter slug.",
        ),
        (Placing(slug="other"), "the slug 'other' is taken. Try 'other-2'."),
        (Placing(slug="former"), "the slug 'former' is taken. Try 'former-2'."),
        (Placing(slug="gone"), "the slug 'gone' is taken. Try 'gone-2'."),
        (Placing(tags=("No Tag",)), "'No Tag' is no tag (expected lower-case letters, digits and single hyphens)"),
        (
            Placing(date=LATER + dt.timedelta(days=1)),
            (
                f"'{DRAFT}' is live: its date cannot be to come (found Sat 26 Dec 2026, 09:00 Europe/London). "
                "To take it back: corner withdraw."
            ),
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_leaves_no_record(
    workspace: Workspace, move: Placing, message: str
) -> None:
    publish_entry(workspace, draft_id=DRAFT, slug="tides")
    publish_entry(workspace, "# Other", draft_id=OTHER, slug="former")
    change(workspace, OTHER, "ada", LATER, Placing(slug="other"))
    gone = publish_entry(workspace, "# Gone", draft_id="2026-11-25-minimal-0000", slug="gone")
    withdraw(workspace, gone, "ada", LATER, reason="a reader asked")
    before = tree(workspace.folders.content)
    with pytest.raises((DecisionError, UsageError)) as refused:
        change(workspace, DRAFT, "ada", LATER, move)
    assert str(refused.value) == message
    assert tree(workspace.folders.content) == before


def test_what_was_changed_by_hand_is_not_changed_on_record(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT)
    path = workspace.folders.essays / f"{DRAFT}.md"
    path.write_bytes(path.read_bytes().replace(b"tide", b"time"))
    with pytest.raises(TextError, match="was changed after it was recorded"):
        change(workspace, DRAFT, "ada", LATER, Placing(slug="ebb"))


# --- withdraw ---------------------------------------------------------------------------------------------------------


def test_a_withdrawn_text_leaves_every_public_file_and_is_kept_by_the_editors(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT, title="A Canary's Title")
    standing = withdraw(workspace, DRAFT, "ben", LATER, reason="a reader asked")
    assert (standing.status, standing.reason) == ("withdrawn", "a reader asked")
    public = b"".join(tree(workspace.folders.content).values())
    assert TEXT.encode() not in public
    assert b"Canary" not in public
    kept = tree(workspace.folders.drafts)
    assert sorted(kept) == [f"drafts/withdrawn/{DRAFT}.json", f"drafts/withdrawn/{DRAFT}.md"]
    assert digest(workspace.read_draft(standing).text) == standing.text_sha256


def test_a_text_leaves_the_public_even_if_its_full_transcript_is_lost(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT)
    (workspace.folders.transcripts / f"{DRAFT}.json").unlink()
    assert withdraw(workspace, DRAFT, "ben", LATER, reason="a reader asked").status == "withdrawn"
    assert list(workspace.folders.essays.iterdir()) == []


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        (" \n", "a reason is missing. Say in a sentence why: readers will see it."),
        (
            "it is not live",
            (
                f"'{DRAFT}' cannot be withdrawn (expected a published entry, found approved). "
                f"To take an approval back: corner retract {DRAFT}."
            ),
        ),
    ],
)
def test_a_withdrawal_needs_a_reason_and_a_live_entry(workspace: Workspace, reason: str, message: str) -> None:
    write_draft(workspace, draft_id=DRAFT)
    ok(workspace, DRAFT)
    with pytest.raises(DecisionError) as refused:
        withdraw(workspace, DRAFT, "ada", NOW, reason=reason)
    assert str(refused.value) == message


# --- said twice -------------------------------------------------------------------------------------------------------


def test_a_verdict_said_twice_is_recorded_once_and_another_one_anew(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "two").folders.root
    toml = root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("approvals = 1", "approvals = 2"), encoding="utf-8")
    workspace = reopen(root)
    write_draft(workspace, "# One", draft_id=DRAFT)
    sha = workspace.ledger().standings[DRAFT].text_sha256

    def no(reason: str, criterion: str, salt: str) -> None:
        veto(workspace, DRAFT, sha, "ben", NOW, criterion=criterion, reason=reason, salt=salt)

    ok(workspace, DRAFT, date=LATER, slug="ebb")
    ok(workspace, DRAFT, date=LATER, slug="ebb")
    ok(workspace, DRAFT)
    no("because", "harm", "00")
    no("because", "harm", "11")
    assert [record.event for record in workspace.ledger().about(DRAFT)[2:]] == ["approved", "vetoed"]
    no("because", "privacy", "00")
    no("and more", "privacy", "00")
    ok(workspace, DRAFT, slug="flood")
    assert [r.event for r in workspace.ledger().about(DRAFT)[4:]] == ["vetoed", "vetoed", "approved"]
