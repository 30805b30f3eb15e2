"""The workspace: one record, folders that follow it, and nothing read back unchecked."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, settings
from hypothesis import given as for_any
from hypothesis import strategies as st

from builders import (
    TEXT,
    approve,
    change,
    compose,
    document,
    expire,
    make_workspace,
    publish,
    publish_entry,
    put_on_record,
    reopen,
    restore,
    retract,
    set_aside,
    tick,
    tree,
    veto,
    withdraw,
    write_draft,
)
from claudes_corner import ledger
from claudes_corner.disk import locked
from claudes_corner.errors import CornerError, DecisionError, LedgerError, TextError, WorkspaceError
from claudes_corner.folders import SOUGHT
from claudes_corner.front import DraftFront
from claudes_corner.standing import Standing
from claudes_corner.text import digest, has_lone_surrogate, normalise
from claudes_corner.transcript import read_transcript
from claudes_corner.workspace import Draft, Entry, Workspace

DRAFT = "2026-11-25-minimal-k3v9"
OTHER = "2026-11-25-minimal-0000"


def standing_of(workspace: Workspace, draft_id: str) -> Standing:
    return workspace.standing(workspace.ledger(), draft_id)


def read_draft(workspace: Workspace, draft_id: str) -> Draft:
    return workspace.read_draft(standing_of(workspace, draft_id))


def read_entry(workspace: Workspace, draft_id: str) -> Entry:
    return workspace.read_entry(standing_of(workspace, draft_id))


def files(workspace: Workspace) -> set[str]:
    """All files of drafts and entries, by path."""
    found = tree(workspace.folders.content, workspace.folders.drafts, workspace.folders.root / ".corner")
    return {path for path in found if not path.startswith(("content/ledger.jsonl", "content/rules/"))}


def edit(path: Path, old: str, new: str) -> None:
    """Change a file as an editor would by hand."""
    raw = path.read_bytes()
    assert old.encode() in raw
    path.write_bytes(raw.replace(old.encode(), new.encode()))


def skip_edition(workspace: Workspace, cause: str = "nothing was approved") -> None:
    """Write a record that is about no draft."""
    with workspace.writing() as pen:
        pen.record(ledger.Skipped, at=tick(workspace), id=None, edition="2026-11-25", cause=cause)


# Finding it


def test_a_newsletter_is_found_from_any_folder_below(workspace: Workspace) -> None:
    below = workspace.folders.root / "content" / "essays"
    assert Workspace.find(below).folders.root == workspace.folders.root


def test_no_newsletter_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as refused:
        Workspace.find(tmp_path)
    assert str(refused.value) == (
        "there is no corner.toml here or in a folder above. Make a newsletter: corner init DIR."
    )


# Rules


def test_the_rules_are_on_record_before_the_first_record_made_under_them(workspace: Workspace) -> None:
    skip_edition(workspace)
    skip_edition(workspace)
    assert [record.event for record in workspace.ledger().records] == ["rules", "skipped", "skipped"]
    rules = workspace.ledger().rules
    assert rules
    assert (rules.editors, rules.approvals, rules.vetoes) == (("ada", "ben", "eva"), 1, 2)
    assert (rules.choice, rules.unattended, rules.tag) == ("editors", False, "corner.example,2026")
    assert rules.criteria_sha256 == workspace.config.criteria_sha256
    assert rules.modes_sha256 == workspace.config.modes_sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("approvals = 1", "approvals = 2"),
        ("vetoes = 2", "vetoes = 1"),
        ('text = "It would help', 'text = "It might help'),
        ('prompt = "Write an essay about', 'prompt = "Write a poem about'),
        ("[git]", "[publish]\nunattended = true\n[git]"),
        ('\n[editors.eva]\nname = "Eva Perez"\nemail = "eva@corner.example"', ""),
        ("[review]", '[review]\nchoice = "rotate"'),
    ],
    ids=["approvals", "vetoes", "a criterion's text", "a mode's prompt", "unattended", "an editor", "the choice"],
)
def test_changed_rules_are_on_record_before_the_next_record(workspace: Workspace, old: str, new: str) -> None:
    skip_edition(workspace)
    edit(workspace.folders.root / "corner.toml", old, new)
    skip_edition(reopen(workspace.folders.root))
    assert [record.event for record in workspace.ledger().records] == ["rules", "skipped", "rules", "skipped"]


def test_what_is_no_rule_of_decision_is_not_put_on_record_again(workspace: Workspace) -> None:
    skip_edition(workspace)
    edit(workspace.folders.root / "corner.toml", "hour = 9", "hour = 10")
    skip_edition(reopen(workspace.folders.root))
    assert [record.event for record in workspace.ledger().records] == ["rules", "skipped", "skipped"]


def test_another_tag_is_refused_since_it_would_rename_every_entry(workspace: Workspace) -> None:
    skip_edition(workspace)
    edit(workspace.folders.root / "corner.toml", "corner.example,2026", "corner.example,2027")
    with pytest.raises(LedgerError) as refused:
        skip_edition(reopen(workspace.folders.root))
    assert str(refused.value) == (
        "corner.toml: [site] tag is not the one on record (expected 'corner.example,2026', "
        "found 'corner.example,2027'). It names every entry in feed readers for good: put it back."
    )


# The folders follow the record


def test_a_draft_lies_in_drafts_with_its_transcript(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    assert files(workspace) == {f"drafts/{DRAFT}.md", f"drafts/{DRAFT}.json"}


def test_approval_moves_the_text_and_a_public_transcript_to_content(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    approve(workspace, DRAFT)
    assert files(workspace) == {
        f"content/essays/{DRAFT}.md",
        f"content/essays/{DRAFT}.json",
        f"drafts/transcripts/{DRAFT}.json",
    }


def test_every_end_has_its_folder_and_a_way_back(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    waiting = tree(workspace.folders.drafts)
    for end, way_back, folder in ((set_aside, restore, "set-aside"), (expire, restore, "expired")):
        end(workspace, DRAFT)
        assert files(workspace) == {f"drafts/{folder}/{DRAFT}.md", f"drafts/{folder}/{DRAFT}.json"}
        way_back(workspace, DRAFT)
        assert tree(workspace.folders.drafts) == waiting
    veto(workspace, DRAFT, "ada")
    veto(workspace, DRAFT, "ben")
    assert files(workspace) == {f"drafts/vetoed/{DRAFT}.md", f"drafts/vetoed/{DRAFT}.json"}
    retract(workspace, DRAFT, "ben")
    assert tree(workspace.folders.drafts) == waiting


def test_an_approval_that_is_taken_back_returns_the_files_as_they_were(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT, title="On Tides", context=[document("news", disclosure="hash-only")])
    before = tree(workspace.folders.drafts)
    approve(workspace, DRAFT)
    assert tree(workspace.folders.drafts) != before
    retract(workspace, DRAFT)
    assert tree(workspace.folders.drafts) == before
    assert tree(workspace.folders.essays) == {}


def test_no_word_of_a_withheld_or_vetoed_text_is_in_content(workspace: Workspace) -> None:
    canary = "a-word-nobody-may-read"
    write_draft(workspace, f"Vetoed {canary}.", draft_id=DRAFT)
    veto(workspace, DRAFT, "ada")
    approve(workspace, DRAFT, "ben")
    retract(workspace, DRAFT, "ben")
    veto(workspace, DRAFT, "ben")
    withheld = [document(f"News {canary}", disclosure="hash-only")]
    publish_entry(workspace, draft_id=OTHER, context=withheld, earlier=[f"Earlier {canary}"], title="On Tides")
    assert all(canary.encode() not in raw for raw in tree(workspace.folders.content).values())
    assert sum(canary.encode() in raw for raw in tree(workspace.folders.drafts).values()) == 3


def test_a_change_rewrites_the_head_and_nothing_else(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT, slug="tides", tags=("sea",))
    before = read_entry(workspace, DRAFT)
    transcript = before.path.with_suffix(".json").read_bytes()
    change(workspace, DRAFT, slug="ebb", date="2026-12-02T09:00:00Z", tags=("sea", "time"))
    after = read_entry(workspace, DRAFT)
    assert (after.front.slug, after.front.date, after.front.tags) == ("ebb", "2026-12-02T09:00:00Z", ("sea", "time"))
    assert after.front.aliases == ("tides",)
    assert (after.text, after.front.draft) == (before.text, before.front.draft)
    assert after.path.with_suffix(".json").read_bytes() == transcript


def test_a_withdrawn_entry_leaves_the_public_and_is_kept_whole(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT)
    before = read_entry(workspace, DRAFT)
    withdraw(workspace, DRAFT)
    kept = workspace.read_draft(workspace.standing(workspace.ledger(), DRAFT))
    assert (kept.text, kept.front) == (before.text, before.front.draft)
    assert kept.path == workspace.folders.drafts / "withdrawn" / f"{DRAFT}.md"
    assert list(workspace.folders.essays.iterdir()) == []


def test_an_entry_names_all_who_approved_it(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    approve(workspace, DRAFT, "ada")
    approve(workspace, DRAFT, "eva")
    assert read_entry(workspace, DRAFT).front.approved_by == ("ada", "eva")


def test_what_was_moved_by_hand_goes_back_where_the_record_says(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    write_draft(workspace, "Another text.", draft_id=OTHER)
    before = tree(workspace.folders.drafts)
    (workspace.folders.drafts / "vetoed").mkdir()
    for suffix in (".md", ".json"):
        (workspace.folders.drafts / f"{DRAFT}{suffix}").rename(workspace.folders.drafts / "vetoed" / f"{DRAFT}{suffix}")
    skip_edition(workspace)
    assert tree(workspace.folders.drafts) == before


def test_a_damaged_public_transcript_is_made_again_from_the_full_one(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT, context=[document("news", disclosure="hash-only")])
    before = read_entry(workspace, DRAFT)
    (workspace.folders.essays / f"{DRAFT}.json").write_bytes(b"{}")
    skip_edition(workspace)
    assert read_entry(workspace, DRAFT) == before


# Texts come back unchanged


@settings(max_examples=60)
@for_any(st.text(), st.sampled_from(["\n", "\r\n", "\r"]))
@example("a\u2028b\x85c\x0b\x0cd\x1ce\x00f", "\r\n")
@example("---\ntitle: x\n---\n\ny", "\n")
@example("# A heading\n\nwith a body", "\r")
@example("\ufefftext\u200b", "\n")
def test_any_text_comes_unchanged_through_draft_and_entry(raw: str, line_end: str) -> None:
    raw = raw.replace("\n", line_end)
    text = normalise(raw)
    if not text or has_lone_surrogate(text):
        return  # that is `failed`, and no draft
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder))
        write_draft(workspace, raw, draft_id=DRAFT)
        assert read_draft(workspace, DRAFT).text == text
        approve(workspace, DRAFT)
        entry = read_entry(workspace, DRAFT)
        assert entry.text == text
        assert digest(entry.text) == entry.front.text_sha256
        assert entry.path.read_bytes().endswith(f"\n---\n\n{text}\n".encode())
        publish(workspace, DRAFT)
        assert read_entry(workspace, DRAFT).text == text


# Nothing is read back unchecked


def test_an_edited_draft_is_named_with_both_digests(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    edit(workspace.folders.drafts / f"{DRAFT}.md", "The tide", "the tide")
    with pytest.raises(TextError) as refused:
        read_draft(workspace, DRAFT)
    assert str(refused.value) == (
        f"drafts/{DRAFT}.md: the text was changed after it was recorded (expected {digest(TEXT)}, "
        f"found {digest(TEXT.replace('The tide', 'the tide'))}). The model's text is never edited: put the file back, from a backup or git."
    )


def test_an_edited_title_is_named_with_both_digests(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT, title="On Tides")
    front = read_draft(workspace, DRAFT).front
    edit(workspace.folders.drafts / f"{DRAFT}.md", "On Tides", "Off Tides")
    with pytest.raises(TextError) as refused:
        read_draft(workspace, DRAFT)
    assert str(refused.value) == (
        f"drafts/{DRAFT}.md: the front matter was changed after it was recorded (expected {front.sha256}, "
        f"found {msgspec.structs.replace(front, title='Off Tides').sha256}). "
        "The model's text is never edited: put the file back, from a backup or git."
    )


def test_an_edited_transcript_is_named_with_both_digests(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    path = workspace.folders.drafts / f"{DRAFT}.json"
    recorded = digest(path.read_bytes())
    edit(path, "whatever you like", "what we like")
    with pytest.raises(TextError) as refused:
        read_draft(workspace, DRAFT)
    assert str(refused.value) == (
        f"drafts/{DRAFT}.json: the transcript was changed after it was recorded (expected {recorded}, "
        f"found {digest(path.read_bytes())}). The model's text is never edited: put the file back, from a backup or git."
    )


def test_an_edited_entry_is_named_with_both_digests(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT)
    edit(workspace.folders.essays / f"{DRAFT}.md", "The tide", "the tide")
    with pytest.raises(TextError) as refused:
        read_entry(workspace, DRAFT)
    assert str(refused.value) == (
        f"content/essays/{DRAFT}.md: the text was changed after it was recorded (expected {digest(TEXT)}, "
        f"found {digest(TEXT.replace('The tide', 'the tide'))}). The model's text is never edited: put the file back, from a backup or git."
    )


@pytest.mark.parametrize(
    ("old", "new", "key", "expected", "found"),
    [
        ("slug: tides", "slug: ebb", "slug", "'tides'", "'ebb'"),
        ("tags: []", "tags: [sea]", "tags", "()", "('sea',)"),
        ("- ada", "- ada\n- ben", "approved_by", "('ada',)", "('ada', 'ben')"),
        ("\n---\n\n", "\naliases: [ebb]\n---\n\n", "aliases", "()", "('ebb',)"),
    ],
)
def test_what_was_decided_cannot_be_changed_by_hand(
    workspace: Workspace, old: str, new: str, key: str, expected: str, found: str
) -> None:
    publish_entry(workspace, draft_id=DRAFT, slug="tides")
    edit(workspace.folders.essays / f"{DRAFT}.md", old, new)
    with pytest.raises(TextError) as refused:
        read_entry(workspace, DRAFT)
    assert str(refused.value) == (
        f"content/essays/{DRAFT}.md: front matter key {key!r} is not what was decided "
        f"(expected {expected}, found {found}). The record decides: put it back, or use corner change."
    )


def test_an_edited_public_transcript_is_named_with_both_digests(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT)
    path = workspace.folders.essays / f"{DRAFT}.json"
    recorded = digest(path.read_bytes())
    edit(path, "whatever you like", "what we like")
    with pytest.raises(TextError) as refused:
        read_entry(workspace, DRAFT)
    assert str(refused.value) == (
        f"content/essays/{DRAFT}.json: the transcript was changed after it was recorded (expected {recorded}, "
        f"found {digest(path.read_bytes())}). The model's text is never edited: put the file back, from a backup or git."
    )


@pytest.mark.parametrize("suffix", [".md", ".json"])
def test_a_file_that_is_gone_is_named(workspace: Workspace, suffix: str) -> None:
    write_draft(workspace, draft_id=DRAFT)
    (workspace.folders.drafts / f"{DRAFT}{suffix}").unlink()
    with pytest.raises(TextError) as refused:
        read_draft(workspace, DRAFT)
    assert str(refused.value) == (f"drafts/{DRAFT}{suffix}: cannot be read: no such file or directory. {SOUGHT}")


def test_a_text_that_its_transcript_does_not_hold_is_refused(workspace: Workspace) -> None:
    """Even if both are on record: a text must be an answer."""
    write_draft(workspace, draft_id=OTHER)
    front, _ = compose(workspace, DRAFT, "A text that nobody answered.")
    _, transcript = compose(workspace, DRAFT, TEXT)
    with workspace.writing() as pen:
        pen.record(
            ledger.Requested,
            at=tick(workspace),
            id=DRAFT,
            author="opus-3",
            model=front.model,
            mode="minimal",
            edition=front.edition,
            request_sha256=digest("x"),
            attempt=1,
        )
    put_on_record(workspace, front, "A text that nobody answered.", transcript)
    with pytest.raises(TextError) as refused:
        read_draft(workspace, DRAFT)
    assert str(refused.value) == f"drafts/{DRAFT}.json: the transcript does not hold the draft's text"


def test_a_draft_that_is_not_there_is_said_to_be_none(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    with pytest.raises(DecisionError) as refused:
        standing_of(workspace, "2026-11-25-minimal-k3v8")
    assert str(refused.value) == f"there is no draft or entry '2026-11-25-minimal-k3v8'. Did you mean '{DRAFT}'?"
    with pytest.raises(DecisionError) as refused:
        standing_of(workspace, "nonsense")
    assert str(refused.value) == "there is no draft or entry 'nonsense'. See: corner drafts --all."


# What is damaged stops nothing else, and is never promoted


def test_an_edited_head_is_not_promoted_even_if_an_approval_is_on_record(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT, title="On Tides")
    edit(workspace.folders.drafts / f"{DRAFT}.md", "On Tides", "Off Tides")
    standing = standing_of(workspace, DRAFT)
    with workspace.writing() as pen, pytest.raises(WorkspaceError) as refused:
        pen.record(
            ledger.Approved,
            at=tick(workspace),
            id=DRAFT,
            by="ada",
            text_sha256=standing.text_sha256,
            front_sha256=standing.front_sha256,
            slug="tides",
            date="2026-11-25T09:00:00Z",
            tags=(),
        )
    assert str(refused.value) == (
        f"content/essays/{DRAFT}.md: the file is missing, or is no longer what was recorded "
        f"(expected {standing.text_sha256}). The model's text is never edited: put the file back, from a backup or git."
    )
    assert not list(workspace.folders.essays.iterdir())


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [
        (".md", b""),
        (".md", b"no front matter"),
        (".md", b"---\ntitel: x\n---\n\nx\n"),
        (".md", b"\xff\xfe"),
        (".json", b"{}"),
        (".md", None),
        (".json", None),
    ],
    ids=["emptied", "headless", "misspelt", "not UTF-8", "another transcript", "no text", "no transcript"],
)
def test_a_damaged_file_stops_nobodys_other_work(workspace: Workspace, suffix: str, damage: bytes | None) -> None:
    write_draft(workspace, draft_id=DRAFT)
    path = workspace.folders.drafts / f"{DRAFT}{suffix}"
    path.unlink() if damage is None else path.write_bytes(damage)
    publish_entry(workspace, "Another text.", draft_id=OTHER)
    assert read_entry(workspace, OTHER).text == "Another text."
    with pytest.raises(CornerError, match=f"drafts/{DRAFT}"):
        read_draft(workspace, DRAFT)
    assert damage is None or path.read_bytes() == damage, "nothing is lost by working on"


def test_a_transcript_whose_public_form_is_not_the_recorded_one_stops_nobodys_other_work(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=OTHER)
    write_draft(workspace, draft_id=DRAFT)
    path = workspace.folders.ledger
    path.write_bytes(_with_public_sha256(path.read_bytes(), digest("another form")))
    with pytest.raises(WorkspaceError) as refused:
        approve(workspace, DRAFT)
    assert str(refused.value).startswith(
        f"content/essays/{DRAFT}.json: the public form of the transcript is not the one on record "
        f"(expected {digest('another form')}, found sha256:"
    )
    approve(workspace, OTHER)
    assert read_entry(workspace, OTHER).text == TEXT


def _with_public_sha256(raw: bytes, sha256: str) -> bytes:
    """Write the last line anew with another `public_sha256`, as software with another rule would have."""
    *before, last = raw.rstrip(b"\n").split(b"\n")
    record = msgspec.structs.replace(ledger.parse_ledger(raw)[0][-1], public_sha256=sha256)
    assert ledger.render_record(record) != last
    return b"\n".join([*before, ledger.render_record(record), b""])


# The record itself


def test_an_unfinished_last_line_does_not_count_and_is_cut_by_whoever_writes(workspace: Workspace) -> None:
    skip_edition(workspace, "one")
    whole = workspace.folders.ledger.read_bytes()
    workspace.folders.ledger.write_bytes(whole + b'{"at":"2026-11-2')
    assert [record.event for record in workspace.ledger().records] == ["rules", "skipped"]
    skip_edition(workspace, "two")
    assert workspace.folders.ledger.read_bytes().startswith(whole)
    assert [record.seq for record in workspace.ledger().records] == [1, 2, 3]


def test_nothing_is_written_on_top_of_a_broken_record(workspace: Workspace) -> None:
    for cause in ("one", "two"):
        skip_edition(workspace, cause)
    edit(workspace.folders.ledger, '"one"', '"eno"')
    broken = workspace.folders.ledger.read_bytes()
    with pytest.raises(LedgerError, match="the chain is broken"):
        skip_edition(workspace, "three")
    assert workspace.folders.ledger.read_bytes() == broken


def test_a_full_transcript_is_kept_apart_from_its_public_form(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT, context=[document("news", disclosure="hash-only")])
    full = (workspace.folders.drafts / f"{DRAFT}.json").read_bytes()
    approve(workspace, DRAFT)
    assert (workspace.folders.transcripts / f"{DRAFT}.json").read_bytes() == full
    shown = (workspace.folders.essays / f"{DRAFT}.json").read_bytes()
    assert read_transcript(shown, "x").context == read_transcript(full, "x").context
    assert shown != full


# One pen


PEN = """
import sys
from pathlib import Path
from claudes_corner import ledger
from claudes_corner.workspace import Workspace
workspace = Workspace.find(Path(sys.argv[1]))
for number in range(50):
    with workspace.writing() as pen:
        fields = {"edition": "2026-11-25", "cause": f"{sys.argv[2]} {number}"}
        pen.record(ledger.Skipped, at="2026-11-22T18:00:00Z", id=None, **fields)
"""


def test_two_processes_leave_one_whole_chain(workspace: Workspace) -> None:
    root = workspace.folders.root
    both = [subprocess.Popen([sys.executable, "-c", PEN, root, name], env=os.environ) for name in ("left", "right")]
    assert [process.wait(60) for process in both] == [0, 0]
    records = workspace.ledger().records
    assert [record.event for record in records] == ["rules", *["skipped"] * 100]
    causes = [record.cause for record in records if isinstance(record, ledger.Skipped)]
    for name in ("left", "right"):
        assert [cause for cause in causes if cause.startswith(name)] == [f"{name} {number}" for number in range(50)]


def test_who_comes_second_waits_and_reads_what_the_first_wrote(workspace: Workspace) -> None:
    second = threading.Thread(target=skip_edition, args=(reopen(workspace.folders.root), "second"))
    with workspace.writing() as pen:
        second.start()
        second.join(0.2)
        assert second.is_alive(), "the second waits for the pen"
        pen.record(ledger.Skipped, at=tick(workspace), id=None, edition="2026-11-25", cause="first")
    second.join(30)
    records = workspace.ledger().records
    assert [record.cause for record in records if isinstance(record, ledger.Skipped)] == ["first", "second"]


def test_a_lock_may_be_refused_instead_of_waited_for(workspace: Workspace) -> None:
    with locked(workspace.folders.drafts), pytest.raises(WorkspaceError) as refused:  # noqa: SIM117
        with locked(workspace.folders.drafts, busy="another round is running"):
            pass
    assert str(refused.value) == "drafts/: another round is running"
    with locked(workspace.folders.drafts, busy="another round is running"):
        pass


def test_the_head_of_a_draft_is_what_the_record_says(workspace: Workspace) -> None:
    write_draft(workspace, "# On *Tides*\n\nThe tide.", draft_id=DRAFT, mode="minimal")
    draft = read_draft(workspace, DRAFT)
    assert draft.front == DraftFront(
        id=DRAFT,
        title="On Tides",
        title_by="heading",
        author="opus-3",
        model="claude-3-opus-20240229",
        mode="minimal",
        edition="2026-11-25",
        written_at="2026-11-22T18:00:00Z",
        text_sha256=digest("# On *Tides*\n\nThe tide."),
        stop_reason="end_turn",
    )
    assert draft.standing.front_sha256 == draft.front.sha256
