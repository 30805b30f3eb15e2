"""A crash anywhere leaves the newsletter as it was, or as if nothing had happened; so does a full disk.

The disk is real; it only stops, like a machine whose plug is pulled, before, in the middle of, or after its n-th
operation. Whoever writes next puts things right.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, get_args

import pytest

from builders import (
    approve,
    change,
    compose,
    document,
    expire,
    make_workspace,
    publish,
    put_on_record,
    reopen,
    restore,
    retract,
    set_aside,
    tree,
    veto,
    withdraw,
    write_draft,
)
from claudes_corner.disk import TEMPORARY, Disk
from claudes_corner.workspace import Workspace

DRAFT = "2026-11-25-minimal-k3v9"
OTHER = "2026-11-25-past-entries-0000"
TEXT = "The tide.\n\nIt comes back."
Moment = Literal["before", "amid", "after"]
MOMENTS: tuple[Moment, ...] = get_args(Moment)
Act = Callable[[Workspace], None]


class Killed(BaseException):
    """The process is gone: no handler of ours may see it."""


class FailingDisk(Disk):
    """A disk that stops at its n-th operation.

    Args:
        stop_at: The operation's number, from 1; 0: it never stops.
        moment: Whether the operation is done by then: not at all, half, or whole.
        error: What it raises.
    """

    def __init__(self, stop_at: int = 0, moment: Moment = "before", error: BaseException | None = None) -> None:
        self._stop_at = stop_at
        self._moment = moment
        self._error = error or Killed()
        self.operations: list[str] = []

    def append(self, path: Path, line: bytes) -> None:
        half = line[: len(line) // 2]
        self._carry_out("append", lambda: super(FailingDisk, self).append(path, line), lambda: _add(path, half))

    def truncate(self, path: Path, size_bytes: int) -> None:
        self._carry_out("truncate", lambda: super(FailingDisk, self).truncate(path, size_bytes))

    def write(self, path: Path, content: bytes) -> None:
        temporary = path.with_name(f"{TEMPORARY}{path.name}")
        half = content[: len(content) // 2]
        self._carry_out("write", lambda: super(FailingDisk, self).write(path, content), lambda: _add(temporary, half))

    def move(self, source: Path, target: Path) -> None:
        self._carry_out("move", lambda: super(FailingDisk, self).move(source, target))

    def remove(self, path: Path) -> None:
        self._carry_out("remove", lambda: super(FailingDisk, self).remove(path))

    def _carry_out(self, name: str, whole: Callable[[], None], half: Callable[[], None] = lambda: None) -> None:
        self.operations.append(name)
        is_last = len(self.operations) == self._stop_at
        if is_last and self._moment == "before":
            raise self._error
        if is_last and self._moment == "amid":
            half()
            raise self._error
        whole()
        if is_last:
            raise self._error


def _add(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(content)


def requested(workspace: Workspace) -> None:
    """Leave the draft as a round does before its answer comes: asked for, and nothing more."""
    write_draft(workspace, draft_id=DRAFT)
    lines = workspace.folders.ledger.read_bytes().split(b"\n")
    workspace.folders.ledger.write_bytes(b"\n".join([*lines[:-2], b""]))
    for suffix in (".md", ".json"):
        (workspace.folders.drafts / f"{DRAFT}{suffix}").unlink()


def written(workspace: Workspace) -> None:
    """Stage a draft and put it on record, as the end of a round does."""
    front, transcript = compose(workspace, DRAFT, TEXT, context=[document("news", disclosure="hash-only")])
    put_on_record(workspace, front, TEXT, transcript)


def decide(*steps: tuple[Callable[..., None], str]) -> Act:
    """Make an act of decisions about the draft: (what, by whom)."""

    def act(workspace: Workspace) -> None:
        for step, editor in steps:
            step(workspace, DRAFT, editor)

    return act


def lose(workspace: Workspace, _draft_id: str, folder: str) -> None:
    shutil.rmtree(workspace.folders.root / folder)


# What was done before, and what is cut short.
ACTS: dict[str, tuple[Act, Act]] = {
    "written": (requested, written),
    "approve": (decide(), decide((approve, "ada"))),
    "approve against a hold": (decide((veto, "ada"), (approve, "ben")), decide((approve, "eva"))),
    "approve a second time": (decide((approve, "ada")), decide((approve, "ben"))),
    "hold": (decide(), decide((veto, "ada"))),
    "hold what was approved": (decide((approve, "ada")), decide((veto, "ben"))),
    "veto": (decide((veto, "ada")), decide((veto, "ben"))),
    "retract an approval": (decide((approve, "ada")), decide((retract, "ada"))),
    "retract a veto": (decide((veto, "ada"), (veto, "ben")), decide((retract, "ben"))),
    "set aside": (decide(), decide((set_aside, "ada"))),
    "restore": (decide((set_aside, "ada")), decide((restore, "ada"))),
    "expire": (decide(), lambda w: expire(w, DRAFT)),
    "publish": (decide((approve, "ada")), decide((publish, "ada"))),
    "change": (decide((approve, "ada"), (publish, "ada")), lambda w: change(w, DRAFT, slug="ebb")),
    "withdraw": (decide((approve, "ada"), (publish, "ada")), decide((withdraw, "ada"))),
    "change without drafts/": (
        decide((approve, "ada"), (publish, "ada"), (lose, "drafts")),
        lambda w: change(w, DRAFT, slug="ebb"),
    ),
    "withdraw without drafts/": (
        decide((approve, "ada"), (publish, "ada"), (lose, "drafts")),
        decide((withdraw, "ada")),
    ),
}


@pytest.fixture(params=ACTS)
def cut_short(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Act]:
    """A newsletter with an entry of its own, a draft, and what is about to be done with it."""
    before, act = ACTS[request.param]
    workspace = make_workspace(tmp_path / "before")
    write_draft(workspace, "Another text.", draft_id=OTHER)
    if request.param != "written":
        write_draft(workspace, TEXT, draft_id=DRAFT, context=[document("news", disclosure="hash-only")])
    before(workspace)
    return workspace.folders.root, act


def state(root: Path) -> dict[str, bytes]:
    """Everything a crash could harm. What lies in `.corner/unfinished/` before it is a draft may stay there."""
    return tree(root / "content", root / "drafts")


def temporary_files(root: Path) -> list[Path]:
    return [path for path in root.rglob(f"{TEMPORARY}*") if path.is_file()]


def recover(root: Path) -> Workspace:
    """Do what any next writing command does first."""
    workspace = reopen(root)
    with workspace.writing():
        pass
    return workspace


def copies(original: Path) -> Iterator[Path]:
    """Yield the same newsletter again and again, in the same folder."""
    root = original.with_name("copy")
    while True:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(original, root)
        yield root


def undisturbed(original: Path, act: Act) -> tuple[dict[str, bytes], int, int]:
    """Let an act run to its end: what is then there, how many operations it took, and which one commits."""
    root = next(copies(original))
    disk = FailingDisk()
    act(reopen(root, disk))
    return state(root), len(disk.operations), disk.operations.index("append") + 1


def test_a_killed_command_is_undone_or_finished_by_the_next_one(cut_short: tuple[Path, Act]) -> None:
    """Finished once its record is on the disk; else as if it had never begun."""
    original, act = cut_short
    before = state(original)
    after, operations, commit = undisturbed(original, act)
    assert before != after
    roots = copies(original)
    for stop_at in range(1, operations + 1):
        for done, moment in enumerate(MOMENTS):
            root = next(roots)
            with pytest.raises(Killed):
                act(reopen(root, FailingDisk(stop_at, moment)))
            is_committed = (stop_at, done) >= (commit, MOMENTS.index("after"))
            found = state(recover(root).folders.root)
            assert found == (after if is_committed else before), f"killed {moment} operation {stop_at}"
            assert not temporary_files(root)


def test_a_killed_recovery_is_recovered_from_as_well(cut_short: tuple[Path, Act]) -> None:
    original, act = cut_short
    after, operations, commit = undisturbed(original, act)
    roots = copies(original)
    for stop_at in range(commit + 1, operations + 1):
        root = next(roots)
        with pytest.raises(Killed):
            act(reopen(root, FailingDisk(stop_at, "amid")))
        for again in range(1, 20):
            workspace = reopen(root, FailingDisk(again, "amid"))
            try:
                with workspace.writing():
                    pass
            except Killed:
                continue
            break
        assert state(root) == after
        assert not temporary_files(root)


def test_a_full_disk_is_told_and_leaves_nothing_half_done(cut_short: tuple[Path, Act]) -> None:
    original, act = cut_short
    before = state(original)
    after, operations, commit = undisturbed(original, act)
    roots = copies(original)
    for stop_at in range(1, operations + 1):
        for moment in ("before", "amid"):
            root = next(roots)
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            with pytest.raises(OSError, match="No space left"):
                act(reopen(root, FailingDisk(stop_at, moment, full)))
            assert state(recover(root).folders.root) == (after if stop_at > commit else before)
            assert not temporary_files(root)


def test_recovering_changes_nothing_where_nothing_is_amiss(cut_short: tuple[Path, Act]) -> None:
    original, act = cut_short
    root = next(copies(original))
    act(reopen(root))
    before = state(root)
    disk = FailingDisk()
    with reopen(root, disk).writing():
        pass
    assert (disk.operations, state(root)) == ([], before)


@pytest.mark.parametrize("folder", ["content/letters", "content/checkpoints", "drafts/receipts", "drafts/letters"])
def test_half_written_files_are_swept_from_every_folder_that_is_written_to(tmp_path: Path, folder: str) -> None:
    root = make_workspace(tmp_path).folders.root
    (root / folder).mkdir(parents=True)
    (root / folder / f"{TEMPORARY}half.md").write_text("hal")
    recover(root)
    assert not temporary_files(root)


def test_a_new_rule_and_what_follows_it_are_two_records_and_either_may_be_the_last(tmp_path: Path) -> None:
    original = make_workspace(tmp_path / "before").folders.root
    write_draft(reopen(original), TEXT, draft_id=DRAFT)
    path = original / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("vetoes = 2", "vetoes = 1"), "utf-8")
    roots = copies(original)
    events = []
    for stop_at in range(1, 6):
        root = next(roots)
        with suppress(Killed):
            veto(reopen(root, FailingDisk(stop_at, "amid")), DRAFT)
        known = recover(root).ledger()
        events.append([record.event for record in known.records[3:]])
        place = "vetoed/" if known.records[-1].event == "vetoed" else ""
        assert {name for name in state(root) if name.startswith("drafts/")} == {
            f"drafts/{place}{DRAFT}.md",
            f"drafts/{place}{DRAFT}.json",
        }
    assert events == [[], ["rules"], *[["rules", "vetoed"]] * 3]


def test_a_killed_command_is_finished_even_if_the_next_one_is_about_another_draft(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "before")
    write_draft(workspace, TEXT, draft_id=DRAFT)
    write_draft(workspace, "Another text.", draft_id=OTHER)
    with pytest.raises(Killed):
        approve(reopen(workspace.folders.root, FailingDisk(2, "before")), DRAFT)
    assert not list(workspace.folders.essays.iterdir())
    set_aside(workspace, OTHER)
    standing = workspace.standing(workspace.ledger(), DRAFT)
    assert workspace.read_entry(standing).text == TEXT


# The real disk


@contextmanager
def files_no_longer_than(size_bytes: int) -> Iterator[None]:
    """Let the kernel refuse to write beyond a size: a disk that is full in the middle of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_line_that_does_not_fit_leaves_the_file_as_long_as_before(tmp_path: Path) -> None:
    """So the same pen may go on: the next line does not begin in the middle of a broken one."""
    path, disk = tmp_path / "ledger.jsonl", Disk()
    disk.append(path, b"one\n")
    with files_no_longer_than(8), pytest.raises(OSError, match="File too large"):
        disk.append(path, b"two, which is longer\n")
    assert path.read_bytes() == b"one\n"
    disk.append(path, b"three\n")
    assert path.read_bytes() == b"one\nthree\n"


def test_a_file_that_does_not_fit_leaves_the_old_one_and_no_rest(tmp_path: Path) -> None:
    path, disk = tmp_path / "essay.md", Disk()
    disk.write(path, b"old")
    with files_no_longer_than(8), pytest.raises(OSError, match="File too large"):
        disk.write(path, b"new, which is longer")
    assert tree(tmp_path) == {f"{tmp_path.name}/essay.md": b"old"}


def test_a_file_is_replaced_whole_and_its_folder_is_made(tmp_path: Path) -> None:
    disk = Disk()
    disk.write(tmp_path / "a" / "b.md", b"one")
    disk.write(tmp_path / "a" / "b.md", b"two")
    disk.move(tmp_path / "a" / "b.md", tmp_path / "c" / "d.md")
    disk.remove(tmp_path / "c" / "not-there.md")
    disk.append(tmp_path / "c" / "d.md", b"\n")
    disk.truncate(tmp_path / "c" / "d.md", 2)
    assert tree(tmp_path) == {f"{tmp_path.name}/c/d.md": b"tw"}
