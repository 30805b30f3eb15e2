"""A verdict counts for exactly the text that was read, by the quorum on record; what was not approved stays private."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builders import (
    EDITION,
    NOW,
    TEXT,
    change,
    expire,
    forge,
    make_workspace,
    publish_entry,
    reopen,
    tree,
    withdraw,
    write_draft,
)
from claudes_corner import ledger
from claudes_corner.errors import CornerError, DecisionError, TextError, UsageError
from claudes_corner.review import entries
from claudes_corner.review.acts import act, possible
from claudes_corner.review.decisions import (
    approve,
    pick_editor,
    publish,
    restore,
    retract,
    set_aside,
    veto,
)
from claudes_corner.review.due import due
from claudes_corner.review.placing import Placing
from claudes_corner.review.reading import veto_reason
from claudes_corner.site.builder import build
from claudes_corner.standing import Standing
from claudes_corner.text import digest, visible
from claudes_corner.workspace import Workspace
from commands import PATIENCE_SECONDS, SRC, corner
from rounds import events

SLOT = "2026-11-25T09:00:00Z"  # of the drafts' edition
SHARED = Placing(date=dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC))  # that slot, said by an editor
AFTER = NOW + dt.timedelta(days=5)  # the slot is past
SALT = "5a17" * 8
CANARY = "the-canary-sings-at-dusk"


@pytest.fixture
def draft_id(workspace: Workspace) -> str:
    return write_draft(workspace)


def configured(workspace: Workspace, **changes: str) -> Workspace:
    """Change lines of corner.toml: `approvals="2"`; `ben=""` removes that editor."""
    path = workspace.folders.root / "corner.toml"
    text = path.read_text(encoding="utf-8")
    for key, value in changes.items():
        if key in workspace.config.editors:
            text = re.sub(rf"\[editors\.{key}\]\n(?:.+\n)*", "", text)
        else:
            text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    return reopen(workspace.folders.root)


def standing(workspace: Workspace, draft_id: str) -> Standing:
    return workspace.standing(workspace.ledger(), draft_id)


def decide(
    workspace: Workspace,
    draft_id: str,
    editor: str,
    verdict: str,
    *,
    now: dt.datetime = NOW,
    placing: Placing | None = None,
    prefix: str = "",
    reason: str = "It names a living person.",
) -> Standing:
    prefix = prefix or standing(workspace, draft_id).text_sha256
    match verdict:
        case "approves":
            return approve(workspace, draft_id, prefix, editor, now, placing or Placing())
        case "vetoes":
            return veto(workspace, draft_id, prefix, editor, now, criterion="privacy", reason=reason, salt=SALT)
        case "sets aside":
            return set_aside(workspace, draft_id, prefix, editor, now, reason=reason)
        case "restores":
            return restore(workspace, draft_id, editor, now)
        case "retracts":
            return retract(workspace, draft_id, editor, now)
        case "publishes":
            return publish(workspace, [draft_id], editor, now)[0]
    raise ValueError(verdict)


def refusal(workspace: Workspace, draft_id: str, editor: str, verdict: str, **options: Any) -> str:
    """Try a decision that is refused, and make sure that nothing came of it."""
    before = tree(workspace.folders.content, workspace.folders.drafts)
    with pytest.raises(CornerError) as caught:
        decide(workspace, draft_id, editor, verdict, **options)
    assert tree(workspace.folders.content, workspace.folders.drafts) == before
    assert len(caught.value.problems) == 1
    return str(caught.value)


def places(workspace: Workspace, draft_id: str) -> set[str]:
    root = workspace.folders.root
    return {path.parent.relative_to(root).as_posix() for path in root.rglob(f"{draft_id}.md")}


# --- the quorum -------------------------------------------------------------------------------------------------------

ONE, TWO, LONE = {}, {"approvals": "2"}, {"ben": "", "eva": "", "vetoes": "1"}
FOLDERS = {
    "waiting": "drafts",
    "approved": "content/essays",
    "vetoed": "drafts/vetoed",
    "set-aside": "drafts/set-aside",
}
QUORUMS = [
    ("one approval is enough", ONE, "ada approves", "approved"),
    ("one veto holds", ONE, "ada vetoes", "waiting"),
    ("a second veto ends its way", ONE, "ada vetoes, ben vetoes", "vetoed"),
    ("the same editor twice is no second veto", ONE, "ada vetoes, ada vetoes", "waiting"),
    ("over a hold, one approval is not enough", ONE, "ada vetoes, ben approves", "waiting"),
    ("over a hold, a second approval publishes", ONE, "ada vetoes, ben approves, eva approves", "approved"),
    ("the same editor twice is no second approval", ONE, "ada vetoes, ben approves, ben approves", "waiting"),
    ("an editor's latest verdict counts: veto, then approval", ONE, "ada vetoes, ada approves", "approved"),
    ("an editor's latest verdict counts: approval, then veto", ONE, "ada approves, ada vetoes", "waiting"),
    ("another's veto holds back what was approved", ONE, "ada approves, ben vetoes", "waiting"),
    ("two vetoes end what was approved", ONE, "ada approves, ben vetoes, eva vetoes", "vetoed"),
    ("a hold that is taken back lets it pass", ONE, "ada approves, ben vetoes, ben retracts", "approved"),
    ("a third approves what was held back", ONE, "ada approves, ben vetoes, eva approves", "approved"),
    ("an approval that is taken back lets it wait", ONE, "ada approves, ada retracts", "waiting"),
    ("a veto that is taken back lets it wait again", ONE, "ada vetoes, ben vetoes, ada retracts", "waiting"),
    ("the one who is left holds it still", ONE, "ada vetoes, ben vetoes, ada retracts, ada approves", "waiting"),
    ("approving again changes nothing", ONE, "ada approves, ada approves", "approved"),
    ("set aside is no verdict", ONE, "ada sets aside", "set-aside"),
    ("what was set aside waits again", ONE, "ada sets aside, ben restores", "waiting"),
    ("a hold outlives being set aside", ONE, "ada vetoes, ben sets aside, ben restores, ben approves", "waiting"),
    ("two approvals where two are needed", TWO, "ada approves, ben approves", "approved"),
    ("one of two waits", TWO, "ada approves", "waiting"),
    ("the same editor twice is one of two", TWO, "ada approves, ada approves", "waiting"),
    ("over a hold, two of three wait", TWO, "ada vetoes, ben approves, eva approves", "waiting"),
    ("a lone editor's veto is one", LONE, "ada vetoes", "vetoed"),
    ("a lone editor's approval is enough", LONE, "ada approves", "approved"),
    ("a lone editor may take a veto back", LONE, "ada vetoes, ada retracts, ada approves", "approved"),
]


@pytest.mark.parametrize(("rules", "steps", "status"), [case[1:] for case in QUORUMS], ids=[c[0] for c in QUORUMS])
def test_the_quorum_decides(workspace: Workspace, rules: dict[str, str], steps: str, status: str) -> None:
    workspace = configured(workspace, **rules)
    draft_id = write_draft(workspace)

    for step in steps.split(", "):
        found = decide(workspace, draft_id, *step.split(" ", 1))

    assert found == standing(reopen(workspace.folders.root), draft_id)
    assert found.status == status
    assert places(workspace, draft_id) == {FOLDERS[status]}


@pytest.mark.parametrize(
    ("before", "verdict", "after", "status"),
    [(TWO, "approves", {"approvals": "1"}, "approved"), (ONE, "vetoes", {"vetoes": "1"}, "vetoed")],
    ids=["approvals", "vetoes"],
)
def test_where_fewer_are_needed_since_a_verdict_it_counts_so_once_it_is_said_again(
    workspace: Workspace, before: dict[str, str], verdict: str, after: dict[str, str], status: str
) -> None:
    workspace = configured(workspace, **before)
    draft_id = write_draft(workspace)
    assert decide(workspace, draft_id, "ada", verdict).status == "waiting"
    workspace = configured(workspace, **after)

    assert decide(workspace, draft_id, "ada", verdict).status == status


def test_without_a_word_in_the_config_a_lone_editor_needs_one_veto_and_several_need_two(tmp_path: Path) -> None:
    text = (make_workspace(tmp_path / "a").folders.root / "corner.toml").read_text().replace("vetoes = 2\n", "")
    several = make_workspace(tmp_path / "b", toml=text)
    lone = configured(make_workspace(tmp_path / "c", toml=text), ben="", eva="")

    assert decide(several, write_draft(several), "ada", "vetoes").status == "waiting"
    assert decide(lone, write_draft(lone), "ada", "vetoes").status == "vetoed"


def test_each_verdict_is_one_record_by_its_editor(workspace: Workspace, draft_id: str) -> None:
    decide(workspace, draft_id, "ada", "vetoes")
    decide(workspace, draft_id, "ben", "approves")
    decide(workspace, draft_id, "ada", "retracts")

    found = [(r.event, r.by) for r in workspace.ledger().about(draft_id)][2:]
    assert found == [("vetoed", "ada"), ("approved", "ben"), ("retracted", "ada")]
    assert standing(workspace, draft_id).status == "approved"


def test_an_approval_is_on_record_with_what_it_approves_and_where_it_is_to_stand(
    workspace: Workspace, draft_id: str
) -> None:
    front = workspace.read_draft(standing(workspace, draft_id)).front

    decide(workspace, draft_id, "ada", "approves", placing=Placing(slug="tides", tags=("sea",)))

    record = workspace.ledger().records[-1]
    assert record == ledger.Approved(
        seq=record.seq,
        at="2026-11-22T18:00:00Z",
        id=draft_id,
        by="ada",
        prev=record.prev,
        text_sha256=digest(TEXT),
        front_sha256=front.sha256,
        slug="tides",
        date=SLOT,
        tags=("sea",),
    )


def test_the_text_in_content_is_the_text_that_was_written(workspace: Workspace, draft_id: str) -> None:
    before = (workspace.folders.drafts / f"{draft_id}.md").read_bytes().split(b"---\n\n", 1)[1]

    decide(workspace, draft_id, "ada", "approves")

    after = (workspace.folders.essays / f"{draft_id}.md").read_bytes().split(b"---\n\n", 1)[1]
    assert after == before == TEXT.encode() + b"\n"


def test_what_is_held_back_is_nowhere_in_public(workspace: Workspace) -> None:
    draft_id = write_draft(workspace, f"# Tides\n\n{CANARY}")
    decide(workspace, draft_id, "ada", "approves")
    assert any(CANARY.encode() in content for content in tree(workspace.folders.content).values())

    decide(workspace, draft_id, "ben", "vetoes")

    assert not any(CANARY.encode() in content for content in tree(workspace.folders.content).values())
    assert (workspace.folders.drafts / f"{draft_id}.json").is_file()
    assert not list(workspace.folders.transcripts.glob("*"))


def test_approving_again_writes_nothing_on_record(workspace: Workspace, draft_id: str) -> None:
    decide(workspace, draft_id, "ada", "approves")
    before = workspace.folders.ledger.read_bytes()

    assert decide(workspace, draft_id, "ada", "approves").status == "approved"
    assert workspace.folders.ledger.read_bytes() == before


@pytest.mark.parametrize(
    ("placing", "says"),
    [
        (
            Placing(date=AFTER),
            "another date (expected Fri 27 Nov 2026, 18:00 Europe/London, found Wed 25 Nov 2026, 09:00 Europe/London)",
        ),
        (Placing(slug="other"), "another slug (expected other, found 2026-11-25)"),
        (Placing(tags=("sea", "sky")), "another tags (expected sea, sky, found none)"),
    ],
)
def test_approving_again_with_another_place_is_not_forgotten_in_silence(
    workspace: Workspace, draft_id: str, placing: Placing, says: str
) -> None:
    decide(workspace, draft_id, "ada", "approves")

    assert refusal(workspace, draft_id, "ada", "approves", placing=placing) == (
        f"draft '{draft_id}' is approved already and waits for its date, with {says}. First: corner retract {draft_id}."
    )


def test_an_approval_that_was_cut_short_before_it_went_live_is_completed_by_saying_it_again(
    workspace: Workspace, draft_id: str
) -> None:
    decide(workspace, draft_id, "ada", "approves")

    assert decide(workspace, draft_id, "ada", "approves", now=AFTER).status == "published"
    assert events(workspace)[-2:] == ["approved", "published"]


# --- rules that changed since the approval ----------------------------------------------------------------------------

OTHER_RULES = [
    (
        "an editor who approved has left",
        "ada approves",
        {"ada": ""},
        "(expected 1 approval, found 0: none). No editor any more: ada. Another editor approves it: corner review {id}.",
        "ben approves",
    ),
    (
        "more approvals are needed",
        "ada approves",
        {"approvals": "2"},
        "(expected 2 approvals, found 1: ada). Another editor approves it: corner review {id}.",
        "ben approves",
    ),
    (
        "fewer vetoes are needed",
        "eva vetoes, ada approves, ben approves",
        {"vetoes": "1"},
        "(expected fewer than 1 veto, found 1: eva). A veto has to be taken back: corner retract {id}.",
        "eva retracts",
    ),
]


@pytest.mark.parametrize(
    ("steps", "rules", "says", "remedy"), [case[1:] for case in OTHER_RULES], ids=[case[0] for case in OTHER_RULES]
)
def test_what_lacks_its_quorum_by_the_rules_of_today_goes_live_only_once_it_has_it(
    workspace: Workspace, draft_id: str, steps: str, rules: dict[str, str], says: str, remedy: str
) -> None:
    for step in steps.split(", "):
        decide(workspace, draft_id, *step.split(" ", 1))
    workspace = configured(workspace, **rules)
    why = f"{draft_id} was approved under other rules, and lacks its quorum by those of today {says}"

    assert due(workspace.config, workspace.ledger(), AFTER) == ()
    assert refusal(workspace, draft_id, "ben", "publishes", now=AFTER) == why.format(id=draft_id)

    decide(workspace, draft_id, *remedy.split(" ", 1), now=AFTER)
    if standing(workspace, draft_id).status == "approved":
        decide(workspace, draft_id, "ben", "publishes", now=AFTER)
    assert events(workspace)[-1] == "published"
    build(workspace)


def test_an_approval_beside_one_that_no_longer_counts_publishes_nothing(workspace: Workspace) -> None:
    workspace = configured(workspace, approvals="2")
    draft_id = write_draft(workspace)
    decide(workspace, draft_id, "ada", "approves")
    workspace = configured(workspace, ada="")

    assert decide(workspace, draft_id, "ben", "approves", now=AFTER).status == "approved"
    assert decide(workspace, draft_id, "ben", "approves", now=AFTER).status == "approved"
    assert decide(workspace, draft_id, "eva", "approves", now=AFTER).status == "published"
    build(workspace)


def test_status_publish_and_week_offer_nothing_that_lacks_its_quorum_today_but_say_whose_approval_is_missing(
    workspace: Workspace, draft_id: str
) -> None:
    decide(workspace, draft_id, "ada", "approves")
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(f"{toml.read_text()}\n[publish]\nunattended = true\n")
    workspace = configured(workspace, ada="")
    at = ("-C", workspace.folders.root, "--now", "2026-11-27T18:00:00Z")
    why = "lacks its quorum by those of today (expected 1 approval, found 0: none). No editor any more: ada."

    said = corner(*at, "status")
    assert said.out.startswith(f"next: corner review {draft_id}")
    assert why in said.out
    said = corner(*at, "publish", "--yes", "--by", "ben")
    assert why in said.err
    assert "nothing is approved and due\n" in said.out
    said = corner(*at, "week", "--author", "opus-3")
    assert f"not published: {draft_id} was approved under other rules" in said.out
    assert "published" not in events(workspace)
    assert corner(*at, "approve", draft_id, "--digest", DIGITS[:8], "--by", "ben").code == 0
    assert events(workspace)[-1] == "published"
    assert corner(*at, "build").code == 0


def test_only_who_has_not_approved_it_is_offered_to_approve_what_lacks_its_quorum_today(
    workspace: Workspace, draft_id: str
) -> None:
    decide(workspace, draft_id, "ada", "approves")
    assert "publish" in possible(workspace.config, standing(workspace, draft_id), "ben", AFTER)
    workspace = configured(workspace, approvals="2")

    found = {by: possible(workspace.config, standing(workspace, draft_id), by, AFTER) for by in ("ada", "ben")}
    assert found == {"ada": {"veto", "retract", "change"}, "ben": {"veto", "approve", "change"}}


def test_the_pen_writes_nothing_that_every_build_would_stop_at(workspace: Workspace, draft_id: str) -> None:
    decide(workspace, draft_id, "ada", "approves")
    workspace = configured(workspace, approvals="2")
    before = tree(workspace.folders.content, workspace.folders.drafts)
    facts = {"text_sha256": digest(TEXT), "route": standing(workspace, draft_id).route, "date": SLOT}

    with workspace.writing() as pen, pytest.raises(DecisionError) as caught:
        pen.record(ledger.Published, at=SLOT, id=draft_id, by="ada", **facts)

    assert str(caught.value) == (
        f"refused: '{draft_id}' was published without its quorum (expected 2 approvals, found 1: ada). "
        "Nothing was put on record. See: corner status."
    )
    assert tree(workspace.folders.content, workspace.folders.drafts) == before


def test_what_was_published_without_its_quorum_before_the_pen_knew_can_be_withdrawn(
    workspace: Workspace, draft_id: str
) -> None:
    decide(workspace, draft_id, "ada", "approves")
    workspace = configured(workspace, approvals="2")
    other = write_draft(workspace, "# Another\n\nSAMPLE text.")  # under the rules of today
    facts = {"text_sha256": digest(TEXT), "route": standing(workspace, draft_id).route, "date": SLOT}
    forge(workspace, ledger.Published, draft_id, "ada", **facts)

    withdraw(workspace, draft_id)
    assert standing(workspace, draft_id).status == "withdrawn"
    assert decide(workspace, other, "ada", "approves").status == "waiting"


# --- exactly the text that was read -----------------------------------------------------------------------------------

DIGITS = digest(TEXT).removeprefix("sha256:")


@pytest.mark.parametrize("prefix", [DIGITS[:8], DIGITS[:9], DIGITS, f"sha256:{DIGITS[:8]}", f"sha256:{DIGITS}"])
@pytest.mark.parametrize("verdict", ["approves", "vetoes", "sets aside"])
def test_eight_digits_of_the_digest_are_enough(workspace: Workspace, draft_id: str, prefix: str, verdict: str) -> None:
    assert decide(workspace, draft_id, "ada", verdict, prefix=prefix)


def test_a_digest_may_be_given_as_it_is_shown(workspace: Workspace, draft_id: str) -> None:
    assert decide(workspace, draft_id, "ada", "approves", prefix=f"sha256:{DIGITS[:12]}…").status == "approved"


@pytest.mark.parametrize(
    "prefix", [DIGITS[:7], DIGITS[:8].upper(), "zzzzzzzz", f"{DIGITS}0", f"sha512:{DIGITS}", "sha256:", " ", "*", "\n"]
)
@pytest.mark.parametrize("verdict", ["approves", "vetoes", "sets aside"])
def test_what_is_no_digest_is_a_usage_error(workspace: Workspace, draft_id: str, prefix: str, verdict: str) -> None:
    with pytest.raises(UsageError) as caught:
        decide(workspace, draft_id, "ada", verdict, prefix=prefix)

    assert str(caught.value) == (
        f"{prefix!r} is no digest of the text that you read (expected at least 8 hex digits). "
        f"See: corner show {draft_id}."
    )


@pytest.mark.parametrize("verdict", ["approves", "vetoes", "sets aside"])
def test_a_digest_of_another_text_is_refused_without_giving_the_right_one_away(
    workspace: Workspace, draft_id: str, verdict: str
) -> None:
    other = digest("Another text.").removeprefix("sha256:")[:12]

    said = refusal(workspace, draft_id, "ada", verdict, prefix=other)

    assert said == (
        f"draft '{draft_id}' is not the text that you read (expected sha256:{other}…, found another digest). "
        f"Read it as it is, with its digest: corner show {draft_id}."
    )
    assert DIGITS[:8] not in said


@pytest.mark.parametrize("verdict", ["approves", "vetoes", "sets aside"])
def test_a_text_that_was_changed_is_refused_with_both_digests(
    workspace: Workspace, draft_id: str, verdict: str
) -> None:
    path = workspace.folders.drafts / f"{draft_id}.md"
    path.write_bytes(path.read_bytes().replace(b"tide", b"time"))
    found = digest(TEXT.replace("tide", "time"))

    assert refusal(workspace, draft_id, "ada", verdict) == (
        f"drafts/{draft_id}.md: the text was changed after it was recorded (expected {digest(TEXT)}, found {found}). "
        "The model's text is never edited: put the file back, from a backup or git."
    )


@pytest.mark.parametrize(
    ("suffix", "old", "new", "says"),
    [
        (".md", b"title: ", b"title: My ", "the front matter was changed after it was recorded (expected sha256:"),
        (".md", b"end_turn", b"max_tokens", "the front matter was changed after it was recorded (expected sha256:"),
        (".json", b"whatever", b"anything", "the transcript was changed after it was recorded (expected sha256:"),
    ],
)
def test_front_matter_and_transcript_are_bound_too(
    workspace: Workspace, suffix: str, old: bytes, new: bytes, says: str
) -> None:
    draft_id = write_draft(workspace, title="On tides")
    path = workspace.folders.drafts / f"{draft_id}{suffix}"
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))

    assert refusal(workspace, draft_id, "ada", "approves").startswith(f"drafts/{draft_id}{suffix}: {says}")


def test_an_approved_text_that_was_changed_does_not_go_live(workspace: Workspace, draft_id: str) -> None:
    decide(workspace, draft_id, "ada", "approves")
    path = workspace.folders.essays / f"{draft_id}.md"
    path.write_bytes(path.read_bytes().replace(b"tide", b"time"))
    before = workspace.folders.ledger.read_bytes()

    for verdict in ("publishes", "approves"):
        with pytest.raises(TextError, match=f"content/essays/{draft_id}.md: the text was changed"):
            decide(workspace, draft_id, "ada", verdict, now=AFTER)

    assert workspace.folders.ledger.read_bytes() == before


def test_a_draft_that_is_not_there_is_named_with_the_one_that_was_meant(workspace: Workspace, draft_id: str) -> None:
    with pytest.raises(DecisionError) as caught:
        approve(workspace, draft_id[:-1], DIGITS, "ada", NOW)

    assert str(caught.value) == f"there is no draft or entry '{draft_id[:-1]}'. Did you mean '{draft_id}'?"


# --- what is not allowed ----------------------------------------------------------------------------------------------

REFUSALS = [
    ("ada approves", "ben approves", "is approved already and waits for its date"),
    ("ada approves", "ben sets aside", "is approved already and waits for its date"),
    ("ada vetoes, ben vetoes", "eva approves", "was vetoed. First: corner retract {id}."),
    ("ada vetoes, ben vetoes", "eva vetoes", "was vetoed. First: corner retract {id}."),
    ("ada sets aside", "ben approves", "was set aside. First: corner restore {id}."),
    ("ada sets aside", "ben vetoes", "was set aside. First: corner restore {id}."),
    ("ada sets aside", "ben sets aside", "was set aside. First: corner restore {id}."),
    ("ada vetoes, ben sets aside", "ada retracts", "was set aside"),
    ("", "ada restores", "is neither set aside nor expired (found waiting)"),
    ("ada vetoes, ben vetoes", "ada restores", "(found vetoed). First: corner retract {id}."),
    ("ada vetoes", "ben retracts", "'ben' has no verdict on draft '{id}' to take back"),
    ("ada vetoes, ada retracts", "ada retracts", "'ada' has no verdict on draft '{id}' to take back"),
    (
        "ada approves",
        "ada publishes",
        "is to go live on Wed 25 Nov 2026, 09:00 Europe/London. Wait; or take your approval back",
    ),
    ("", "ada publishes", "cannot go live (expected an approved draft, found waiting)"),
]


@pytest.mark.parametrize(("steps", "last", "says"), REFUSALS, ids=[f"{c[0]}, then {c[1]}" for c in REFUSALS])
def test_the_rules_refuse_and_say_what_comes_first(
    workspace: Workspace, draft_id: str, steps: str, last: str, says: str
) -> None:
    for step in filter(None, steps.split(", ")):
        decide(workspace, draft_id, *step.split(" ", 1))

    assert says.format(id=draft_id) in refusal(workspace, draft_id, *last.split(" ", 1))


@pytest.mark.parametrize("verdict", ["vetoes", "sets aside", "retracts", "restores", "publishes"])
def test_what_is_published_is_decided(workspace: Workspace, verdict: str) -> None:
    draft_id = publish_entry(workspace)

    assert "publish" in refusal(workspace, draft_id, "ada", verdict, now=AFTER)


def test_what_was_withdrawn_stays_so(workspace: Workspace) -> None:
    draft_id = publish_entry(workspace)
    withdraw(workspace, draft_id)

    assert "was published and withdrawn" in refusal(workspace, draft_id, "ben", "approves", now=AFTER)


def test_what_expired_waits_again_when_it_is_restored(workspace: Workspace, draft_id: str) -> None:
    expire(workspace, draft_id)
    assert places(workspace, draft_id) == {"drafts/expired"}
    assert refusal(workspace, draft_id, "ada", "approves") == (
        f"draft '{draft_id}' expired before anyone decided. First: corner restore {draft_id}."
    )

    decide(workspace, draft_id, "ada", "restores")

    assert decide(workspace, draft_id, "ada", "approves").status == "approved"


def test_an_author_that_is_not_for_publishing_is_refused(workspace: Workspace) -> None:
    draft_id = write_draft(workspace, author="small")

    assert refusal(workspace, draft_id, "ada", "approves") == (
        "corner.toml: [authors.small]: the texts of author 'small' are not for publishing (found publishable = false)"
    )
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[authors.small]", "[authors.tiny]"), encoding="utf-8")
    workspace = reopen(workspace.folders.root)
    assert refusal(workspace, draft_id, "ada", "approves") == (
        "corner.toml: [authors.small]: nothing says any more whether this author's texts are for publishing. "
        "Write it again as it was."
    )
    assert decide(workspace, draft_id, "ada", "sets aside").status == "set-aside"


@pytest.mark.parametrize("criterion", ["", "taste", "privcy"])
def test_a_veto_names_a_published_criterion(workspace: Workspace, draft_id: str, criterion: str) -> None:
    with pytest.raises(DecisionError) as caught:
        veto(workspace, draft_id, DIGITS, "ada", NOW, criterion=criterion, reason="Because.", salt=SALT)

    assert str(caught.value) == (
        f"a veto names a published criterion, and {criterion!r} is none (expected one of: harm, privacy)"
        + (". Did you mean 'privacy'?" if criterion == "privcy" else "")
    )


@pytest.mark.parametrize("verdict", ["vetoes", "sets aside"])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_a_must(workspace: Workspace, draft_id: str, verdict: str, reason: str) -> None:
    says = "a reason is missing. Say in a sentence why."

    assert refusal(workspace, draft_id, "ada", verdict, reason=reason) == says


@pytest.mark.parametrize("verdict", ["vetoes", "sets aside"])
def test_a_reason_that_no_file_can_hold_is_explained(workspace: Workspace, draft_id: str, verdict: str) -> None:
    says = "the reason holds a character that is no text. Write it again."

    assert refusal(workspace, draft_id, "ada", verdict, reason="what a shell made of \udcff") == says


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\x1b", "\x85x", "\u2028x"])
def test_a_public_reason_has_no_characters_that_nobody_sees(workspace: Workspace, draft_id: str, mark: str) -> None:
    reason = f"another {mark}was chosen"
    says = f"readers would get characters in the reason that they cannot see (found {visible(reason)}). Write it "

    assert says in refusal(workspace, draft_id, "ada", "sets aside", reason=reason)
    entry = publish_entry(workspace)
    if not mark.endswith("x"):  # those that also end a line become a space
        with pytest.raises(DecisionError, match="that they cannot see"):
            entries.withdraw(workspace, entry, "ada", NOW, reason=reason)
    assert standing(workspace, entry).status == "published"
    assert decide(workspace, draft_id, "ada", "sets aside", reason="של אחר, 👩‍🚀\r\n").reason == "של אחר, 👩‍🚀"


def test_nothing_here_can_change_a_word_or_a_title(workspace: Workspace, draft_id: str) -> None:
    for field in ("text", "title", "front", "body"):
        assert field not in Placing.__struct_fields__
    for verdict in (approve, veto, set_aside, restore, retract, publish):
        assert not {"text", "title", "body"} & set(verdict.__code__.co_varnames[: verdict.__code__.co_argcount])


# --- where it is to stand ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("On Tides & Shores!", "on-tides-shores"),
        ("Über die Gezeiten", "uber-die-gezeiten"),
        ("潮", "chao"),
        ("…", EDITION),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 200, "a" * 80),
        (f"{'word ' * 30}", "word-" * 15 + "word"),
    ],
)
def test_the_slug_is_proposed_from_the_title(workspace: Workspace, title: str, slug: str) -> None:
    draft_id = write_draft(workspace, title=title)

    assert decide(workspace, draft_id, "ada", "approves").slug == slug


def test_without_a_title_the_slug_is_the_editions_date(workspace: Workspace, draft_id: str) -> None:
    assert decide(workspace, draft_id, "ada", "approves").slug == EDITION


def test_a_slug_that_is_taken_gets_a_number(workspace: Workspace) -> None:
    ids = [write_draft(workspace, f"Text {n}.", title="On tides") for n in range(3)]

    assert [decide(workspace, draft_id, "ada", "approves", placing=SHARED).slug for draft_id in ids] == [
        "on-tides",
        "on-tides-2",
        "on-tides-3",
    ]


def test_a_slug_that_an_alias_or_a_withdrawn_entry_has_is_taken(workspace: Workspace) -> None:
    moved, gone = publish_entry(workspace, slug="old"), publish_entry(workspace, "Gone.", slug="gone")
    change(workspace, moved, slug="new")
    withdraw(workspace, gone)
    draft_id = write_draft(workspace, "Another.", title="Old")

    for slug in ("old", "new", "gone"):
        assert refusal(workspace, draft_id, "ada", "approves", placing=Placing(SHARED.date, slug)) == (
            f"the slug '{slug}' is taken. Try '{slug}-2'."
        )


def test_a_slug_stays_taken_while_a_veto_that_may_be_taken_back_holds_its_entry(workspace: Workspace) -> None:
    held, other = (write_draft(workspace, f"Text {n}.", title="On tides") for n in range(2))
    decide(workspace, held, "ada", "approves")
    decide(workspace, held, "ben", "vetoes")

    assert decide(workspace, other, "ada", "approves", placing=SHARED).slug == "on-tides-2"
    assert decide(workspace, held, "ben", "retracts").slug == "on-tides"


@pytest.mark.parametrize("slug", ["On-Tides", "on tides", "../up", "on--tides", "-on", "on/tides", "ö", "a\n"])
def test_a_slug_is_small_letters_digits_and_hyphens(workspace: Workspace, draft_id: str, slug: str) -> None:
    says = f"{slug!r} is no slug (expected lower-case letters, digits and single hyphens)"

    assert refusal(workspace, draft_id, "ada", "approves", placing=Placing(slug=slug)) == says


def test_a_slug_or_tag_is_no_longer_than_the_names_of_folders_can_be(workspace: Workspace, draft_id: str) -> None:
    for kind, placing in (("slug", Placing(slug="a" * 201)), ("tag", Placing(tags=("a" * 201,)))):
        says = f"the {kind} is too long (expected at most 200 characters, found 201). Choose a shorter {kind}."
        assert refusal(workspace, draft_id, "ada", "approves", placing=placing) == says

    longest = Placing(slug="a" * 200, tags=("a" * 200,))
    assert decide(workspace, draft_id, "ada", "approves", placing=longest).slug == "a" * 200
    other = write_draft(workspace, "Another text.", mode="news")
    free = refusal(workspace, other, "ada", "approves", placing=longest).split("'")[-2]
    placing = Placing(SHARED.date, free)
    assert decide(workspace, other, "ada", "approves", placing=placing).slug == free


def test_tags_are_kept_in_order_and_each_once(workspace: Workspace, draft_id: str) -> None:
    placing = Placing(tags=("sea", "moon", "sea"))

    assert decide(workspace, draft_id, "ada", "approves", placing=placing).tags == ("sea", "moon")


def test_no_editor_gives_an_entry_thousands_of_tags(workspace: Workspace, draft_id: str) -> None:
    many = tuple(f"tag-{number}" for number in range(5_000))

    says = "too many tags (expected at most 50, found 5,000). Choose among them."
    assert refusal(workspace, draft_id, "ada", "approves", placing=Placing(tags=many)) == says
    decide(workspace, draft_id, "ada", "approves", placing=Placing(tags=many[:50]))
    with pytest.raises(DecisionError, match="too many tags"):
        entries.change(workspace, draft_id, "ada", NOW, Placing(tags=many))


def test_a_second_editor_may_take_the_firsts_tags_away(workspace: Workspace) -> None:
    workspace = configured(workspace, **TWO)
    draft_id = write_draft(workspace)
    assert decide(workspace, draft_id, "ada", "approves", placing=Placing(tags=("sea",))).tags == ("sea",)
    says = "is approved already and waits for its date, with another tags (expected none, found sea)"

    form = {"digest": digest(TEXT), "date": "", "slug": "", "tags": " "}
    found = act("approve", workspace, draft_id, form, "ben", NOW, lambda: SALT)

    assert found
    assert (found.status, found.tags) == ("approved", ())
    decide(workspace, draft_id, "ada", "retracts")
    decide(workspace, draft_id, "ada", "approves", placing=Placing(tags=("sea",)))
    assert says in refusal(workspace, draft_id, "ada", "approves", placing=Placing(tags=()))


@pytest.mark.parametrize("tag", ["Sea", "two words", "", "a/b"])
def test_a_tag_is_small_letters_digits_and_hyphens(workspace: Workspace, draft_id: str, tag: str) -> None:
    says = f"{tag!r} is no tag (expected lower-case letters, digits and single hyphens)"

    assert refusal(workspace, draft_id, "ada", "approves", placing=Placing(tags=("sea", tag))) == says


# --- when it goes live ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edition", "now", "date", "status"),
    [
        (EDITION, "2026-11-22T18:00:00Z", SLOT, "approved"),
        (EDITION, "2026-11-25T08:59:59Z", SLOT, "approved"),
        (EDITION, "2026-11-25T09:00:00Z", SLOT, "published"),
        (EDITION, "2026-11-27T18:00:00Z", "2026-11-27T18:00:00Z", "published"),
        ("2026-07-01", "2026-06-28T18:00:00Z", "2026-07-01T08:00:00Z", "approved"),  # summer time in London
        ("2026-03-29", "2026-03-28T18:00:00Z", "2026-03-29T08:00:00Z", "approved"),  # the day it begins
        ("2026-10-25", "2026-10-24T18:00:00Z", "2026-10-25T09:00:00Z", "approved"),  # the day it ends
    ],
)
def test_it_goes_live_at_its_editions_slot_or_now_if_that_is_past(
    workspace: Workspace, edition: str, now: str, date: str, status: str
) -> None:
    draft_id = write_draft(workspace, edition=edition)

    found = decide(workspace, draft_id, "ada", "approves", now=dt.datetime.fromisoformat(now))

    assert (found.date, found.status) == (date, status)


@pytest.mark.parametrize(
    ("wanted", "date", "status"),
    [
        ("2026-12-02", "2026-12-02T09:00:00Z", "approved"),
        ("2027-06-02", "2027-06-02T08:00:00Z", "approved"),
        ("2026-11-20", "2026-11-20T09:00:00Z", "published"),
        ("2026-11-22T18:00:00Z", "2026-11-22T18:00:00Z", "published"),
        ("2026-11-22T20:00:00+02:00", "2026-11-22T18:00:00Z", "published"),
        ("2026-11-22T18:00:01Z", "2026-11-22T18:00:01Z", "approved"),
    ],
)
def test_editors_may_choose_the_date(workspace: Workspace, draft_id: str, wanted: str, date: str, status: str) -> None:
    placing = Placing(date=workspace.config.slots.parse(wanted))

    found = decide(workspace, draft_id, "ada", "approves", placing=placing)

    assert (found.date, found.status) == (date, status)


def test_in_a_demo_it_goes_live_at_once(workspace: Workspace) -> None:
    path = workspace.folders.root / "corner.toml"
    path.write_text("demo = true\n" + path.read_text())
    workspace = reopen(workspace.folders.root)

    assert decide(workspace, write_draft(workspace), "ada", "approves").status == "published"


def test_going_live_is_on_record_with_its_route_by_whoever_completed_the_quorum(
    workspace: Workspace, draft_id: str
) -> None:
    decide(workspace, draft_id, "ada", "vetoes", now=AFTER)
    decide(workspace, draft_id, "ben", "approves", now=AFTER)
    decide(workspace, draft_id, "eva", "approves", now=AFTER)

    record = workspace.ledger().records[-1]
    assert isinstance(record, ledger.Published)
    assert (record.by, record.route, record.date) == ("eva", f"/essays/{EDITION}/", "2026-11-27T18:00:00Z")


def test_what_is_due_goes_live_oldest_first_and_nothing_else(workspace: Workspace) -> None:
    ids = {}
    for name, date in {"late": "2026-11-27", "soon": "2026-11-25", "far": "2026-12-30"}.items():
        ids[name] = write_draft(workspace, f"{name}.", title=name)
        placing = Placing(date=workspace.config.slots.parse(date))
        decide(workspace, ids[name], "ada", "approves", placing=placing)
    write_draft(workspace, "Waits.")

    ready = due(workspace.config, workspace.ledger(), AFTER)

    assert [found.id for found in ready] == [ids["soon"], ids["late"]]
    published = publish(workspace, [found.id for found in ready], "ben", AFTER)
    assert [found.status for found in published] == ["published", "published"]
    records = workspace.ledger().records
    assert [record.by for record in records if isinstance(record, ledger.Published)] == ["ben", "ben"]
    assert due(workspace.config, workspace.ledger(), AFTER) == ()


def test_of_several_none_goes_live_if_one_may_not(workspace: Workspace) -> None:
    ready, waiting = write_draft(workspace, "Ready."), write_draft(workspace, "Waits.")
    decide(workspace, ready, "ada", "approves")
    before = workspace.folders.ledger.read_bytes()

    with pytest.raises(DecisionError, match=f"draft '{waiting}' cannot go live"):
        publish(workspace, [ready, waiting], "ada", AFTER)
    assert workspace.folders.ledger.read_bytes() == before

    assert [found.status for found in publish(workspace, [ready, ready], "ada", AFTER)] == ["published"]


# --- what stays private -----------------------------------------------------------------------------------------------


def test_a_vetos_reason_is_kept_with_its_salt_and_only_its_digest_is_public(
    workspace: Workspace, draft_id: str
) -> None:
    decide(workspace, draft_id, "ada", "vetoes", reason=CANARY)

    (path,) = workspace.folders.reasons.iterdir()
    record = workspace.ledger().records[-1]
    assert isinstance(record, ledger.Vetoed)
    assert json.loads(path.read_bytes()) == {"reason": CANARY, "salt": SALT}
    assert record.reason_sha256 == digest(path.read_bytes())
    assert (record.criterion, record.criteria_sha256) == ("privacy", workspace.config.criteria_sha256)
    assert path.name.startswith(draft_id)


@pytest.mark.parametrize("content", [b"", b'{"reason":"another","salt":""}'], ids=["damaged", "changed"])
def test_a_vetos_reason_that_is_not_what_was_recorded_is_none(
    workspace: Workspace, draft_id: str, content: bytes
) -> None:
    decide(workspace, draft_id, "ada", "vetoes", reason="because")
    assert veto_reason(workspace, workspace.ledger(), draft_id, "ada") == "because"
    (kept,) = (workspace.folders.drafts / "reasons").iterdir()
    kept.write_bytes(content)

    assert veto_reason(workspace, workspace.ledger(), draft_id, "ada") is None
    decide(workspace, draft_id, "ada", "vetoes", reason="because")
    assert veto_reason(workspace, workspace.ledger(), draft_id, "ada") == "because"


def test_no_word_of_a_vetoed_text_or_its_reason_is_in_content_or_site(workspace: Workspace) -> None:
    once_approved = write_draft(workspace, f"# Tides\n\n{CANARY}")
    decide(workspace, once_approved, "ada", "approves")
    vetoed = write_draft(workspace, f"# Vetoed {CANARY}\n\n{CANARY}")
    for draft_id in (once_approved, vetoed):
        decide(workspace, draft_id, "ben", "vetoes", reason=f"reason {CANARY}")
        decide(workspace, draft_id, "eva", "vetoes", reason=f"second reason {CANARY}")
    aside = write_draft(workspace, f"{CANARY} aside", title=f"Aside {CANARY}")
    decide(workspace, aside, "ada", "sets aside")
    publish_entry(workspace, "A published text.", earlier=[f"An earlier version: {CANARY}"])
    assert standing(workspace, vetoed).status == standing(workspace, once_approved).status == "vetoed"

    build(workspace)

    public = tree(workspace.folders.content, workspace.folders.site)
    assert any(name.startswith("site/essays/") for name in public)
    assert [name for name, content in public.items() if CANARY.encode() in content] == []


# --- who decides ------------------------------------------------------------------------------------------------------


def test_the_editor_is_the_one_named_or_the_one_with_gits_e_mail(workspace: Workspace) -> None:
    assert pick_editor(workspace.config, "ben", "ada@corner.example") == "ben"
    assert pick_editor(workspace.config, None, "EVA@corner.example") == "eva"


@pytest.mark.parametrize("email", ["", "stranger@elsewhere.example"])
def test_if_nobody_can_be_told_all_are_named(workspace: Workspace, email: str) -> None:
    with pytest.raises(UsageError) as caught:
        pick_editor(workspace.config, None, email)

    assert str(caught.value) == "who decides? (expected one of: ada, ben, eva). Say it: --by EDITOR."


def test_an_editor_who_is_none_is_named_with_the_one_that_was_meant(workspace: Workspace) -> None:
    with pytest.raises(UsageError) as caught:
        pick_editor(workspace.config, "bem")

    assert str(caught.value) == "there is no editor 'bem' (expected one of: ada, ben, eva). Did you mean 'ben'?"


def test_the_only_editor_needs_no_name(workspace: Workspace) -> None:
    assert pick_editor(configured(workspace, ben="", eva="", vetoes="1").config, None) == "ada"


# --- at the same time -------------------------------------------------------------------------------------------------

APPROVER = """
import datetime, pathlib, sys
from claudes_corner.errors import DecisionError
from claudes_corner.review.decisions import approve
from claudes_corner.workspace import Workspace
editor, now = sys.argv[2], datetime.datetime.fromisoformat(sys.argv[3])
for line in sys.stdin:
    draft_id, prefix = line.split()
    workspace = Workspace.find(pathlib.Path(sys.argv[1]))
    try:
        print(approve(workspace, draft_id, prefix, editor, now).status, flush=True)
    except DecisionError as error:
        print(error, flush=True)
"""


@pytest.mark.parametrize("editors", [("ada", "ada"), ("ada", "ben")], ids=["the same editor", "two editors"])
def test_two_processes_that_approve_at_once_make_one_decision_and_a_whole_chain(
    workspace: Workspace, editors: tuple[str, str]
) -> None:
    ids = [write_draft(workspace, f"Text {n}.") for n in range(30)]
    command = [sys.executable, "-c", APPROVER, str(workspace.folders.root)]
    approvers = [
        subprocess.Popen(
            [*command, editor, AFTER.isoformat()],
            env={"PYTHONPATH": str(SRC)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for editor in editors
    ]
    try:
        for draft_id in ids:
            line = f"{draft_id} {standing(workspace, draft_id).text_sha256}\n"
            for approver in approvers:
                approver.stdin.write(line)
                approver.stdin.flush()
            answers = sorted(approver.stdout.readline().strip() for approver in approvers)
            assert answers[-1] == "published"
            assert answers[0].partition(". ")[0] in {"published", f"draft '{draft_id}' is published already"}
    finally:
        for approver in approvers:
            approver.communicate(timeout=PATIENCE_SECONDS)

    for draft_id in ids:
        about = [record.event for record in workspace.ledger().about(draft_id)]
        assert about == ["requested", "written", "approved", "published"]
        workspace.read_entry(standing(workspace, draft_id))
