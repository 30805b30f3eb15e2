"""Who sends a site out again verifies again only what is new, and sees what anybody else would see.

That every tampering is found by somebody who remembers how it was before is in `test_threats`.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import claudes_corner
from builders import make_workspace, publish_entry, reopen, withdraw
from claudes_corner.site.builder import build
from claudes_corner.verify import Report
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.verify.places import Folder
from claudes_corner.verify.remembered import Remembered, key_of
from claudes_corner.verify.seals import Known
from claudes_corner.verify.site import verify_site
from claudes_corner.workspace import Workspace
from commands import SRC

FIRST = dt.date(2025, 1, 1)
ENTRIES = 60  # so many that two processes share them


def name_of(number: int) -> str:
    return f"{FIRST + number * dt.timedelta(days=7)}-minimal-{number:04}"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = make_workspace(tmp_path_factory.mktemp("remembered") / "n")
    for number in range(ENTRIES):
        edition = (FIRST + number * dt.timedelta(days=7)).isoformat()
        placed = {"edition": edition, "date": f"{edition}T09:00:00Z"}
        publish_entry(workspace, f"# SAMPLE {number}\n\nSAMPLE text.", draft_id=name_of(number), **placed)
    build(workspace)
    return workspace.folders.root


@pytest.fixture
def workspace(original: Path, tmp_path: Path) -> Workspace:
    return reopen(Path(shutil.copytree(original, tmp_path / "n")))


def check(workspace: Workspace, memory: Path | None, jobs: int = 1) -> tuple[Report, int]:
    """Verify a site; tell as well how many entries were looked into: it is what is said after all is read."""
    told: list[tuple[int, int]] = []
    remembered = Remembered(memory)
    place = Folder(workspace.folders.site)
    report = verify_site(place, Known(), lambda done, total: told.append((done, total)), remembered, jobs)
    remembered.save()
    is_read = next(n for n, (done, total) in enumerate(told, 1) if done == total)
    return report, max((done for done, _ in told[is_read:]), default=0)


def test_what_was_sound_and_is_unchanged_is_not_looked_into_again(workspace: Workspace, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    whole, first = check(workspace, memory)
    again, second = check(workspace, memory)
    assert (first, second) == (ENTRIES, 0)
    assert whole == again == check(workspace, None)[0]
    assert whole.problems == ()


def test_after_a_withdrawal_only_what_stands_beside_it_is_looked_into(workspace: Workspace, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    check(workspace, memory)
    withdraw(workspace, name_of(30))
    build(workspace)
    report, count = check(workspace, memory)
    assert report == check(workspace, None)[0]
    assert report.problems == ()
    assert 0 < count < 10


def test_several_processes_find_what_one_finds_in_the_same_order(workspace: Workspace) -> None:
    for number in (7, 30, 31):
        path = workspace.folders.site / f"essays/sample-{number}/essay.txt"
        path.write_bytes(path.read_bytes() + b"more")
    one, several = check(workspace, None)[0], check(workspace, None, jobs=2)[0]
    assert one == several
    assert sum(problem.what == "the text is not the one on record" for problem in one.problems) == 3


def test_what_was_wrong_is_wrong_until_it_is_put_right(workspace: Workspace, tmp_path: Path) -> None:
    memory, page = tmp_path / "memory", workspace.folders.site / "essays/sample-7/index.html"
    before = page.read_bytes()
    page.write_bytes(before.replace(b"SAMPLE text", b"another text"))
    first, again = check(workspace, memory)[0], check(workspace, memory)[0]
    assert first == again
    assert first.problems
    page.write_bytes(before)
    assert check(workspace, memory)[0].problems == ()


def test_a_memory_with_a_damaged_byte_is_no_memory(workspace: Workspace, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    check(workspace, memory)
    raw = memory.read_bytes()
    memory.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    assert check(workspace, memory)[1] == ENTRIES


def test_a_newsletter_that_was_sound_is_seen_to_be_so_no_longer(workspace: Workspace, tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "memory")
    assert verify_workspace(workspace, remembered=remembered).problems == ()
    remembered.save()
    for path in (
        workspace.folders.essays / f"{name_of(7)}.md",
        workspace.folders.transcripts / f"{name_of(7)}.json",
    ):
        raw = path.read_bytes()
        path.write_bytes(raw.replace(b"SAMPLE", b"sample"))
        found = verify_workspace(workspace, remembered=Remembered(tmp_path / "memory")).problems
        assert found == verify_workspace(workspace).problems
        assert [problem.where for problem in found] == [workspace.folders.relative(path)]
        path.write_bytes(raw)


def test_what_another_version_of_the_program_found_sound_counts_for_nothing(tmp_path: Path) -> None:
    package = Path(shutil.copytree(SRC / "claudes_corner", tmp_path / "claudes_corner"))
    (package / "rules.py").write_bytes((package / "rules.py").read_bytes() + b"# another\n")
    code = "from claudes_corner.verify.remembered import key_of; print(key_of('entry').hex())"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, check=True
    )
    assert Path(claudes_corner.__file__).parent != package
    assert said.stdout.decode().strip() != key_of("entry").hex()
