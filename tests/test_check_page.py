"""The commands of the page *Check it yourself* do what the page says, in a plain shell, against a served site."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import keys
from builders import publish_entry, reopen
from claudes_corner.signing import signer
from claudes_corner.site.builder import build
from claudes_corner.site.sums import make_checkpoint
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace
from sites import Html, broken_links
from test_verify_site import served

TEXT = "# Ebb & flood\n\nIt goes, and it says “I'll come”; 100% of it. \\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def commands(root: Path, site: Path, url: str) -> list[str]:
    """Build a newsletter for an address, and take the commands from its page."""
    workspace = reopen(root)
    publish_entry(workspace, "# Tides\n\nThey come.", slug="tides", date="2026-11-18T09:00:00Z", edition="2026-11-18")
    publish_entry(workspace, TEXT, slug="ebb-flood")
    site.rmdir()
    key = keys.make_key(root.parent / "key")
    workspace.folders.checkpoints.mkdir()
    (workspace.folders.checkpoints / "allowed_signers").write_bytes(
        b"corner.example " + key.with_suffix(".pub").read_bytes()
    )
    build(workspace, out=site, base_url=url)
    make_checkpoint(workspace, site, signer(key, keys.surroundings()))
    pre = (site / "check/index.html").read_text("utf-8").split("<pre")[1:]
    blocks = (block.partition("</pre>")[0] for block in pre)
    return ["".join(Html(f"<pre{block}</pre>".encode()).words) for block in blocks]


def shell(folder: Path, script: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return (done.stdout + done.stderr).splitlines()


def test_the_commands_of_the_page_follow_an_entry(workspace: Workspace, site: Path, tmp_path: Path) -> None:
    with served(site) as url:
        follow, verify, everything = commands(workspace.folders.root, site, url)
        assert len(follow.strip().splitlines()) <= 11
        text, head = digest(TEXT.strip()), workspace.ledger().head
        checkpoint = (site / "checkpoint.txt").read_text().splitlines()
        said = shell(tmp_path / "elsewhere", follow)
        assert said[0] == f"the text: {text[7:]}"
        assert [line for line in said if line.startswith('"event"')] == [
            '"event":"written"',
            '"event":"approved"',
            '"event":"published"',
        ]
        assert said[-5:] == [
            "the transcript is on record",
            f"the record ends with {head[7:]}",
            "the list of files names the text",
            checkpoint[4],
            checkpoint[5],
        ]
        for name in ("checkpoint.txt", "checkpoint.txt.sig", "allowed_signers"):
            (tmp_path / "elsewhere" / name).write_bytes((site / name).read_bytes())
        assert shell(tmp_path / "elsewhere", verify)[0].startswith("Good")
        assert everything == f"corner verify {url}"

        (site / "essays/ebb-flood/essay.txt").write_text("another")
        assert not [
            line for line in shell(tmp_path / "elsewhere", follow) if "event" in line or "list of files" in line
        ]
        ledger = site / "ledger.jsonl"
        ledger.write_bytes(ledger.read_bytes().replace(b"end_turn", b"turn_end", 1))
        said = shell(tmp_path / "elsewhere", follow)
        assert [line for line in said if line.startswith("broken: ")]
        assert f"the record ends with {head[7:]}" not in said


def test_a_newsletter_without_entries_has_the_page_too(workspace: Workspace) -> None:
    build(workspace)
    assert "there is nothing to check" in (workspace.folders.site / "check/index.html").read_text()
    assert broken_links(workspace.folders.site, "https://corner.example/") == []
