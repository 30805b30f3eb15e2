"""Two editors at once: never a lost decision, never a double one; and what must not be seen is nowhere in public."""

from __future__ import annotations

import subprocess
import sys

import sites
from builders import NOW, TEXT, tree, write_draft
from claudes_corner.review.decisions import approve, retract, veto
from claudes_corner.review.entries import withdraw
from claudes_corner.review.placing import Placing
from claudes_corner.schedule import render_instant
from claudes_corner.site.builder import build
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.workspace import Workspace

DRAFT = "2026-11-25-minimal-k3v9"
ROUNDS = 200
EDITOR = """
import datetime, os, sys
os.fsync = lambda descriptor: None  # as in all tests
from pathlib import Path
from claudes_corner.errors import DecisionError
from claudes_corner.review.decisions import approve
from claudes_corner.workspace import Workspace
root, draft_id, prefix, editor, now = sys.argv[1:]
workspace, now = Workspace.find(Path(root)), datetime.datetime.fromisoformat(now)
print("ready", flush=True)
for _ in sys.stdin:
    try:
        approve(workspace, draft_id, prefix, editor, now)
    except DecisionError as error:
        print(error, flush=True)
    else:
        print("approved", flush=True)
"""


def test_of_two_processes_that_approve_at_once_exactly_one_decides_200_times_over(workspace: Workspace) -> None:
    write_draft(workspace, TEXT, draft_id=DRAFT)
    root, sha = str(workspace.folders.root), workspace.ledger().standings[DRAFT].text_sha256
    rest = [root, DRAFT, sha]
    editors = [
        subprocess.Popen(
            [sys.executable, "-c", EDITOR, *rest, editor, render_instant(NOW)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(sites.SRC)},
        )
        for editor in ("ada", "ben")
    ]
    assert [editor.stdout.readline() for editor in editors] == ["ready\n", "ready\n"]
    for _ in range(ROUNDS):
        for editor in editors:
            editor.stdin.write("go\n")
            editor.stdin.flush()
        said = sorted(editor.stdout.readline() for editor in editors)
        assert said == ["approved\n", f"draft '{DRAFT}' is approved already and waits for its date\n"]
        (by,) = workspace.ledger().standings[DRAFT].approved_by
        retract(workspace, DRAFT, by, NOW)
    for editor in editors:
        editor.communicate()
    events = [record.event for record in workspace.ledger().records[3:]]
    assert events == ["approved", "retracted"] * ROUNDS
    assert verify_workspace(workspace).problems == ()


# --- what must not be seen --------------------------------------------------------------------------------------------


def test_no_word_of_a_veto_or_of_what_was_withdrawn_is_in_public(workspace: Workspace) -> None:
    write_draft(workspace, f"{TEXT} CANARY-OF-A-VETO", draft_id=DRAFT)
    sha = workspace.ledger().standings[DRAFT].text_sha256
    for editor in ("ada", "ben"):
        veto(workspace, DRAFT, sha, editor, NOW, criterion="harm", reason="CANARY-OF-A-REASON", salt="00")
    gone = write_draft(workspace, "# Gone\n\nCANARY-OF-A-WITHDRAWAL", draft_id="2026-11-25-minimal-0000")
    approve(workspace, gone, workspace.ledger().standings[gone].text_sha256, "ada", NOW, Placing(date=NOW, slug="a"))
    build(workspace)
    withdraw(workspace, gone, "ada", NOW, reason="a reader asked")
    build(workspace)
    private = b"".join(tree(workspace.folders.drafts).values())
    for canary in (b"CANARY-OF-A-VETO", b"CANARY-OF-A-REASON", b"CANARY-OF-A-WITHDRAWAL"):
        assert canary in private
        for path, content in tree(workspace.folders.content, workspace.folders.site).items():
            assert canary not in content, path
