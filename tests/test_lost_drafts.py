"""Without `drafts/`, lost or never there, entries can be moved, and whatever is withdrawn is withdrawn for readers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import NOW, TEXT, make_workspace, publish_entry, reopen, tree, write_draft
from claudes_corner.errors import CornerError
from claudes_corner.review.decisions import restore
from claudes_corner.review.week import expire
from claudes_corner.schedule import parse_instant
from commands import Said, corner

MOVED, HARMFUL, OTHER = (f"2026-11-{day}-minimal-000{day[0]}" for day in ("04", "11", "20"))
WORDS = "SAMPLE: where a living person lives."


def newsletter(root: Path) -> Path:
    """Make a newsletter with three published entries, as it lies on its own machine."""
    workspace = make_workspace(root)
    publish_entry(workspace, "# SAMPLE: Of Tides\n\nSAMPLE text.", draft_id=MOVED, edition="2026-11-04")
    publish_entry(workspace, f"# SAMPLE: Of Names\n\n{WORDS}", draft_id=HARMFUL, slug="names", edition="2026-11-11")
    publish_entry(workspace, "# SAMPLE: Of Ebbs\n\nSAMPLE text.", draft_id=OTHER, edition="2026-11-20")
    return root


@pytest.fixture(params=["deleted", "a public archive"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The newsletter without its private half, and with a target."""
    found = newsletter(tmp_path / "letter")
    if request.param == "deleted":
        shutil.rmtree(found / "drafts")
    else:
        corner("-C", found, "export", tmp_path / "letter.tar")
        corner("-C", tmp_path, "import", tmp_path / "letter.tar", "again")
        found = tmp_path / "again"
    with (found / "corner.toml").open("a") as settings:
        settings.write('\n[deploy.live]\nkind = "folder"\npath = "../www"\n')
    return found


def at(root: Path, *args: str) -> Said:
    return corner("-C", root, "--now", "2026-11-29T18:00:00Z", *args)


def test_an_entry_can_be_moved_and_tagged_again_and_again(root: Path) -> None:
    for option in (("--date", "2026-09-10"), ("--tag", "sea"), ("--slug", "ebb")):
        assert at(root, "change", MOVED, *option, "--by", "ada").code == 0
    assert at(root, "build").code == 0
    assert (root / "site/essays/ebb/index.html").is_file()
    assert at(root, "verify").out.endswith("all is well\n")


def test_what_is_withdrawn_is_gone_for_readers_with_the_next_deploy(root: Path) -> None:
    assert at(root, "deploy", "live").code == 0
    www = root.parent / "www"
    assert any(WORDS.encode() in content for content in tree(www).values())

    said = at(root, "withdraw", HARMFUL, "--reason", "SAMPLE reason", "--by", "ada")
    assert (said.code, said.out.splitlines()[0]) == (0, f"{HARMFUL}: withdrawn; a tombstone takes its place")
    assert not list((root / "content/essays").glob(f"{HARMFUL}.*"))

    verified = at(root, "verify")
    assert verified.out.endswith("all is well\n")
    assert "full transcripts and reasons of vetoes: drafts/ is private, and not here" in verified.out
    assert at(root, "deploy", "live").code == 0
    assert not any(WORDS.encode() in content for content in tree(www).values())
    assert "SAMPLE reason" in (www / "essays/names/index.html").read_text("utf-8")


def test_what_is_written_afterwards_does_not_keep_a_withdrawal_from_readers(root: Path) -> None:
    write_draft(reopen(root), edition="2026-12-02")
    at(root, "withdraw", HARMFUL, "--reason", "SAMPLE reason", "--by", "ada")
    assert at(root, "deploy", "live").code == 0
    assert not any(WORDS.encode() in content for content in tree(root.parent / "www").values())


def test_a_lost_private_file_is_noted_and_a_changed_one_still_stops_a_deploy(tmp_path: Path) -> None:
    root = newsletter(tmp_path / "letter")
    with (root / "corner.toml").open("a") as settings:
        settings.write('\n[deploy.live]\nkind = "folder"\npath = "../www"\n')
    lost, changed = (root / f"drafts/transcripts/{name}.json" for name in (MOVED, OTHER))
    lost.unlink()
    said = at(root, "deploy", "live")
    assert said.code == 0
    assert f"note: drafts/transcripts/{MOVED}.json: cannot be read: no such file or directory. " in said.out
    assert "      1 file of drafts/ missing; readers get none of them, so the site goes out\n" in said.out
    assert at(root, "verify").code == 1
    changed.write_bytes(changed.read_bytes() + b" ")
    said = at(root, "deploy", "live")
    assert (said.code, "nothing was sent: 1 problem found" in said.err) == (1, True)


def test_a_draft_that_is_lost_is_not_brought_back_on_record_alone(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    draft_id = write_draft(workspace)
    assert expire(workspace, parse_instant("2027-06-01T09:00:00Z")) == (draft_id,)
    (tmp_path / f"drafts/expired/{draft_id}.md").unlink()
    before = workspace.ledger().head
    with pytest.raises(CornerError, match=f"drafts/expired/{draft_id}.md: cannot be read"):
        restore(workspace, draft_id, "ada", NOW)
    assert workspace.ledger().head == before


def test_drafts_that_are_lost_expire_all_at_once(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    lost = [write_draft(workspace, text) for text in (TEXT, "SAMPLE text.")]
    shutil.rmtree(tmp_path / "drafts")
    assert sorted(expire(reopen(tmp_path), parse_instant("2027-06-01T09:00:00Z"))) == sorted(lost)


def test_what_was_approved_leaves_the_public_if_that_is_taken_back_whatever_is_lost(tmp_path: Path) -> None:
    root = make_workspace(tmp_path).folders.root
    draft_id = write_draft(reopen(root))
    assert at(root, "approve", draft_id, "--digest", digest_of(root, draft_id), "--date", "2027-01-06", "--by", "ada")
    shutil.rmtree(root / "drafts")
    assert at(root, "retract", draft_id, "--by", "ada").code == 0
    assert not list((root / "content/essays").iterdir())
    assert TEXT in (root / f"drafts/{draft_id}.md").read_text("utf-8")


def digest_of(root: Path, draft_id: str) -> str:
    return reopen(root).ledger().standings[draft_id].text_sha256
