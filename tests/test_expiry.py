"""Drafts that nobody decides run out of time in sight of everybody, and never by that into the public."""

from __future__ import annotations

import datetime as dt

import pytest

from builders import NOW, expire, write_draft
from claudes_corner.cli import run
from claudes_corner.cli.status import look
from claudes_corner.review.decisions import restore, veto
from claudes_corner.rules import expires_at
from claudes_corner.workspace import Workspace

DRAFT = "2026-11-25-minimal-k3v9"


def test_a_draft_expires_so_many_days_after_anybody_last_cared() -> None:
    assert expires_at(NOW, 28) == NOW + dt.timedelta(days=28)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (20, ""),
        (21, "; expires in 7 days"),
        (27, "; expires in 1 day"),
        (28, "; its time is over"),
        (40, "; its time is over"),
    ],
)
def test_status_says_what_is_about_to_expire(
    workspace: Workspace, days: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_draft(workspace, draft_id=DRAFT)
    now = (NOW + dt.timedelta(days=days, hours=1)).isoformat()
    assert run(["status", "-C", str(workspace.folders.root), "--now", now]) == 0
    assert f"waits: {DRAFT}, {days} days old{words}\n" in capsys.readouterr().out


def test_whoever_judges_a_draft_or_brings_it_back_gives_it_time(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=DRAFT)
    sha = workspace.ledger().standings[DRAFT].text_sha256

    def left() -> list[int]:
        return [waiting.expires_in_days for waiting in look(workspace, NOW + dt.timedelta(days=10)).waiting]

    assert left() == [19]
    veto(workspace, DRAFT, sha, "ada", NOW + dt.timedelta(days=5), criterion="harm", reason="because", salt="00")
    assert left() == [23]
    expire(workspace, DRAFT)
    assert left() == []
    restore(workspace, DRAFT, "ada", NOW + dt.timedelta(days=9))
    assert left() == [27]
