"""A record that was lost, or set back to an older state, is refused before anything is done with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import make_workspace, publish_entry, reopen, tree, withdraw, write_draft
from claudes_corner.errors import LedgerError
from commands import Said, corner

OLD, NEW = "2026-11-11-minimal-0001", "2026-11-18-minimal-0002"
Loss = Callable[[Path], None]


def set_back(root: Path) -> None:
    """Put all of `content/` back to before the last deploy, as `git checkout` of an older commit does."""
    shutil.rmtree(root / "content")
    shutil.copytree(root.parent / "older", root / "content")


def lose_record(root: Path) -> None:
    (root / "content/ledger.jsonl").unlink()


def begin_anew(root: Path) -> None:
    """Put another newsletter's whole record there, of the same tag."""
    publish_entry(make_workspace(root.parent / "another"), draft_id="2026-11-11-minimal-zzzz")
    shutil.copyfile(root.parent / "another/content/ledger.jsonl", root / "content/ledger.jsonl")


LOSSES = pytest.mark.parametrize("lose", [set_back, lose_record, begin_anew])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A newsletter that was deployed twice, and in between withdrew a text; beside it, what `content/` was before."""
    root = tmp_path / "n"
    make_workspace(root)
    with (root / "corner.toml").open("a", encoding="utf-8") as file:
        file.write('\n[deploy.live]\nkind = "folder"\npath = "../www"\n')
    workspace = reopen(root)
    publish_entry(workspace, "# SAMPLE: Of Tides\n\nSAMPLE text.", draft_id=OLD)
    assert corner("-C", root, "deploy", "live").code == 0
    shutil.copytree(root / "content", tmp_path / "older")
    workspace = reopen(root)
    withdraw(workspace, OLD)
    publish_entry(workspace, "# SAMPLE: Of Ebbs\n\nSAMPLE text.", draft_id=NEW)
    write_draft(workspace, "SAMPLE waits.")
    assert corner("-C", root, "deploy", "live").code == 0
    return root


def refused(said: Said, root: Path) -> None:
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("corner: content/ledger.jsonl: the record is older than what went out to live on 20")
    assert said.err.endswith(
        "Put it back with the rest of content/, from a backup or git; "
        f"ledger.jsonl at {root.parent / 'www'} is a copy.\n"
    )


@LOSSES
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_nothing_is_built_or_sent_from_a_record_that_lacks_what_went_out(
    root: Path, lose: Loss, options: tuple[str, ...]
) -> None:
    lose(root)
    before = tree(root / "site", root.parent / "www", root / "drafts")
    refused(corner("-C", root, "deploy", "live", *options), root)
    assert tree(root / "site", root.parent / "www", root / "drafts") == before


@LOSSES
def test_nothing_is_put_on_such_a_record(root: Path, lose: Loss) -> None:
    lose(root)
    before = tree(root / "content", root / "drafts")
    with pytest.raises(LedgerError, match="older than what went out to live"), reopen(root).writing():
        pytest.fail("the pen was handed out")
    assert tree(root / "content", root / "drafts") == before


@LOSSES
def test_status_says_first_and_doctor_says_that_the_record_is_to_be_put_back(root: Path, lose: Loss) -> None:
    lose(root)
    said = corner("-C", root, "status")
    assert said.out.startswith(
        "next: put back content/ledger.jsonl\n      the record is older than what went out to live on "
    )
    assert "then:" not in said.out, "every other command would be refused"
    due = json.loads(corner("-C", root, "status", "--json").out)["status"]["due"]
    assert [step["command"] for step in due] == ["put back content/ledger.jsonl"]
    said = corner("-C", root, "doctor")
    assert said.code == 1
    assert "stop  record: content/ledger.jsonl: the record is older than what went out to live on " in said.out
    assert "readers" not in said.out, "they have a newer site, not an older one"


@LOSSES
def test_verify_says_it_first_and_lets_nobody_remove_a_text(root: Path, lose: Loss) -> None:
    lose(root)
    said = corner("-C", root, "verify")
    assert said.code == 1
    first = json.loads(corner("-C", root, "verify", "--json").out)["problems"][0]
    assert first["what"].startswith("the record is older than what went out to live on ")
    assert "the record does not know this file. Was the record cut or replaced? Put it back" in said.all
    assert "emove it" not in said.all


@pytest.mark.parametrize("beside", ["README.txt", "zz.txt"])
def test_a_kept_checkpoint_tells_as_much_if_there_is_no_receipt(root: Path, beside: str) -> None:
    shutil.rmtree(root / "drafts/receipts")
    (root / "content/checkpoints" / beside).write_text("SAMPLE: what these are.")
    lose_record(root)
    said = corner("-C", root, "deploy", "live")
    assert (said.code, said.out, said.err) == (1, "",
        "corner: content/ledger.jsonl: the record is older than checkpoint 2, or is another (found 0 records). "
        "Put it back with the rest of content/, from a backup or git.\n",
    )  # fmt: skip


def test_all_goes_on_once_the_record_is_back(root: Path) -> None:
    record = (root / "content/ledger.jsonl").read_bytes()
    lose_record(root)
    refused(corner("-C", root, "deploy", "live"), root)
    (root / "content/ledger.jsonl").write_bytes(record)
    assert corner("-C", root, "verify").code == corner("-C", root, "deploy", "live").code == 0
    publish_entry(reopen(root), "SAMPLE.", draft_id="2026-11-25-minimal-0003")
    assert corner("-C", root, "deploy", "live").code == 0


def test_a_receipt_that_cannot_be_read_stops_nobody(root: Path) -> None:
    (root / "drafts/receipts/live.json").write_bytes(b"\xff")
    assert corner("-C", root, "deploy", "live").code == 0
