"""Two editors at once, and plugs pulled in the middle: never a lost decision, never a double one, never half of one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import sites
from builders import NOW, TEXT, make_workspace, reopen, tree, write_draft
from claudes_corner.disk import Disk
from claudes_corner.errors import DecisionError
from claudes_corner.review.decisions import approve, publish, restore, retract, set_aside, veto
from claudes_corner.review.entries import Move, change, withdraw
from claudes_corner.review.placing import ANYWHERE, Placing
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


# --- killed -----------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone: no handler of ours may see it."""


class MortalDisk(Disk):
    """A disk whose machine stops before, or right after, its n-th operation."""

    def __init__(self, stop_at: int = 0, *, is_done: bool = False) -> None:
        self._stop_at, self._is_done, self.operations = stop_at, is_done, 0

    def append(self, *args: Any) -> None:
        self._do(super().append, *args)

    def write(self, *args: Any) -> None:
        self._do(super().write, *args)

    def move(self, *args: Any) -> None:
        self._do(super().move, *args)

    def remove(self, *args: Any) -> None:
        self._do(super().remove, *args)

    def _do(self, operation: Callable[..., None], *args: Any) -> None:
        self.operations += 1
        if self.operations == self._stop_at and not self._is_done:
            raise Killed
        operation(*args)
        if self.operations == self._stop_at:
            raise Killed


Act = Callable[[Workspace], object]


def sha(workspace: Workspace) -> str:
    return workspace.ledger().standings[DRAFT].text_sha256


def approving(editor: str, placing: Placing = ANYWHERE) -> Act:
    return lambda w: approve(w, DRAFT, sha(w), editor, NOW, placing)


def vetoing(editor: str) -> Act:
    return lambda w: veto(w, DRAFT, sha(w), editor, NOW, criterion="harm", reason="CANARY-OF-A-REASON", salt="00")


def aside(workspace: Workspace) -> object:
    return set_aside(workspace, DRAFT, sha(workspace), "ada", NOW, reason="another was chosen")


AT_ONCE = approving("ada", Placing(date=NOW))
ACTS: dict[str, tuple[tuple[Act, ...], Act]] = {
    "approve": ((), approving("ada")),
    "approve and publish": ((), AT_ONCE),
    "hold": ((), vetoing("ada")),
    "veto": ((vetoing("ada"),), vetoing("ben")),
    "veto what was approved": ((approving("ada"), vetoing("ben")), vetoing("eva")),
    "set aside": ((), aside),
    "restore": ((aside,), lambda w: restore(w, DRAFT, "ada", NOW)),
    "retract": ((approving("ada"),), lambda w: retract(w, DRAFT, "ada", NOW)),
    "publish": ((approving("ada"),), lambda w: publish(w, [DRAFT], "ada", NOW.replace(month=12))),
    "change": ((AT_ONCE,), lambda w: change(w, DRAFT, "ada", NOW, Move(slug="ebb"))),
    "withdraw": ((AT_ONCE,), lambda w: withdraw(w, DRAFT, "ada", NOW, reason="a reader asked")),
}


@pytest.mark.parametrize("name", ACTS)
def test_a_command_killed_between_any_two_writes_is_rolled_forward_and_may_be_said_again(
    tmp_path: Path, name: str
) -> None:
    before, act = ACTS[name]
    original = make_workspace(tmp_path / "original")
    write_draft(original, TEXT, draft_id=DRAFT)
    for step in before:
        step(original)
    whole, root = tmp_path / "whole", tmp_path / "newsletter"
    shutil.copytree(original.folders.root, whole)
    disk = MortalDisk()
    act(reopen(whole, disk))
    wanted = [part.removeprefix("whole/") for part in tree(whole)], list(tree(whole).values())
    for stop_at in range(1, disk.operations + 1):
        for is_done in (False, True):
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(original.folders.root, root)
            with pytest.raises(Killed):
                act(reopen(root, MortalDisk(stop_at, is_done=is_done)))
            with reopen(root).writing():  # any next command
                pass
            assert verify_workspace(reopen(root)).problems == (), (stop_at, is_done)
            with suppress(DecisionError):  # what is done already may be refused a second time
                act(reopen(root))
            found = [part.removeprefix("newsletter/") for part in tree(root)], list(tree(root).values())
            assert found == wanted, (stop_at, is_done)


# --- what must not be seen --------------------------------------------------------------------------------------------


def test_no_word_of_a_veto_or_of_what_was_withdrawn_is_in_public(workspace: Workspace) -> None:
    write_draft(workspace, f"{TEXT} CANARY-OF-A-VETO", draft_id=DRAFT)
    vetoing("ada")(workspace)
    vetoing("ben")(workspace)
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
