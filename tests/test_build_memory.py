"""What a build remembers: it may be lost, damaged or another program's, and is only ever trusted as far as it can be."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest

import builders
import commands
import sites
from builders import publish_entry, reopen
from claudes_corner.errors import BuildError, CornerError, Problem, ThemeError, WorkspaceError
from claudes_corner.folders import LostFileError
from claudes_corner.site import memory, rendering, spread
from claudes_corner.site.builder import build
from claudes_corner.site.seal import Seal
from claudes_corner.site.signature import UNKNOWN, settled
from claudes_corner.site.spread import Tell
from claudes_corner.workspace import Workspace
from sites import broken_links, files, footprints, html_pages, url_of

HEAVY = (
    "click",
    "msgspec",
    "jinja2",
    "markdown_it",
    "feedgen",
    "lxml",
    "yaml",
    "slugify",
    "rfc8785",
    "rich",
    "anthropic",
)
BASE_URL = "https://corner.example/"


@pytest.fixture
def live(workspace: Workspace) -> Workspace:
    """A newsletter with three entries and the editors' own pages, built."""
    sites.write_pages(workspace)
    for number in range(3):
        publish_entry(
            workspace, f"# Essay {number}\n\nText *{number}*.", date=f"2026-11-1{number}T09:00:00Z", tags=("sea",)
        )
    build(workspace)
    return workspace


def settle(workspace: Workspace) -> None:
    """Build until the tick in which something was written is over, so that nothing may change unseen."""
    while not list((workspace.folders.cache / "builds").glob("*.seal")):
        build(reopen(workspace.folders.root))


# --- when nothing changed ---------------------------------------------------------------------------------------------


def test_when_nothing_changed_nothing_is_imported_that_only_a_change_would_need(live: Workspace) -> None:
    settle(live)
    code = (
        "import sys; from claudes_corner.cli import run; run(sys.argv[1:]);"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "-C", live.folders.root, "build"],
        env=sites.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    said, imported = done.stdout.splitlines()
    assert said.startswith("0 written, ")
    assert imported == ""


def test_a_text_that_keeps_its_length_and_its_time_is_read_all_the_same(live: Workspace) -> None:
    settle(live)
    path = min(live.folders.essays.glob("*.md"))
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Text", b"Txet"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(BuildError, match="the text was changed after it was recorded"):
        build(reopen(live.folders.root))


def test_a_file_that_may_still_change_in_the_tick_it_was_read_in_is_read_again() -> None:
    assert settled((7, 5, 5, 1), since_ns=6) == (7, 5, 5, 1)
    assert settled((7, 6, 5, 1), since_ns=6) == UNKNOWN
    assert settled((7, 5, 6, 1), since_ns=6) == UNKNOWN


@pytest.mark.parametrize("leads_to", [".", "..", "../..", "elsewhere"])
def test_a_link_among_the_sources_to_a_folder_above_it_counts_for_nothing(
    live: Workspace, tmp_path: Path, leads_to: str
) -> None:
    notes = live.folders.notes
    if leads_to == "elsewhere":  # and there leads back
        leads_to = str(tmp_path / "elsewhere")
        Path(leads_to).mkdir()
        Path(leads_to, "back").symlink_to(notes)
    (notes / "loop").symlink_to(leads_to)
    assert build(live).reasons == ()
    settle(live)
    seal = Seal(live.folders.root, live.folders.site)
    assert seal.answer("") is not None
    (live.folders.root / "new").touch()  # the folder that it leads to changes, not what the site is made of
    assert seal.answer("") is not None
    (notes / "new.md").touch()
    assert seal.answer("") is None


def test_a_stranger_is_reported_when_nothing_else_changed(live: Workspace) -> None:
    settle(live)
    (live.folders.site / "CNAME").write_text("corner.example")
    build(live, full=True)
    settle(live)
    assert build(reopen(live.folders.root)).strangers == ("CNAME",)
    (live.folders.site / "CNAME").unlink()
    assert build(reopen(live.folders.root)).strangers == ()


@pytest.mark.parametrize("folder", ["tags", "tags/nobodys", "modes", "essays", "essays/nobodys"])
def test_a_stranger_is_reported_where_only_folders_of_ours_are(live: Workspace, folder: str) -> None:
    settle(live)
    (live.folders.site / folder).mkdir(exist_ok=True)
    (live.folders.site / folder / "a.txt").write_text("somebody's")
    for _ in range(2):
        assert (
            commands.corner("-C", live.folders.root, "build").err == f"corner: {folder}/a.txt: not ours, left alone\n"
        )


# --- when it is lost --------------------------------------------------------------------------------------------------


def another_programs(raw: bytes) -> bytes:
    facts, _, foot = raw.rpartition(b"\n")
    _, _, *rest = foot.split()
    return facts + b"\nanother program " + b" ".join(rest)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda raw: raw[:-1], "the memory of the last build is damaged"),
        (lambda raw: b"", "the memory of the last build is damaged"),
        (another_programs, "the last build was another program's"),
    ],
)
def test_memory_that_cannot_be_trusted_is_none_and_that_is_said(
    live: Workspace, damage: Callable[[bytes], bytes], said: str
) -> None:
    before = footprints(live.folders.site)
    for path in (live.folders.cache / "builds").glob("*.memory"):
        path.write_bytes(damage(path.read_bytes()))
    for path in (live.folders.cache / "builds").glob("*.seal"):
        path.unlink()
    done = commands.corner("-C", live.folders.root, "build")
    assert done.code == 0
    assert done.err == f"corner: {said}: nothing is known, and everything is built anew\n"
    assert footprints(live.folders.site) == before


def test_a_memory_that_cannot_be_read_is_said_and_made_anew(live: Workspace) -> None:
    for seal in (live.folders.cache / "builds").glob("*.seal"):
        seal.unlink()
    (kept,) = (live.folders.cache / "builds").glob("*.memory")
    kept.unlink()
    kept.symlink_to(kept.name)  # nobody may read it
    said = "the memory of the last build cannot be read (too many levels of symbolic links)"
    done = commands.corner("-C", live.folders.root, "build")
    assert (done.code, done.err) == (0, f"corner: {said}: nothing is known, and everything is built anew\n")
    assert commands.corner("-C", live.folders.root, "build").err == ""


@pytest.mark.parametrize("damaged", [b"", b"[]", b"[" * 100_000])
def test_a_seal_that_is_damaged_seals_nothing(live: Workspace, damaged: bytes) -> None:
    settle(live)
    (seal,) = (live.folders.cache / "builds").glob("*.seal")
    seal.write_bytes(damaged)
    done = commands.corner("-C", live.folders.root, "build")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("0 written, ")


def test_another_version_of_a_library_makes_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_INSTALLED", tmp_path)
    programs = [memory._program.__wrapped__()]
    for name in ("markdown_it_py-4.0.0", "unrelated-1", "markdown_it_py-4.0.1"):
        (tmp_path / f"{name}.dist-info").mkdir()
        programs.append(memory._program.__wrapped__())
        if name.startswith("markdown"):
            (tmp_path / f"{name}.dist-info").rmdir()
    asked, old, of_old_gone, new = programs
    assert len({asked, old, new}) == 3
    assert of_old_gone == asked


# --- when it is killed ------------------------------------------------------------------------------------------------


_TO_WRITE = os.O_WRONLY | os.O_RDWR


def kill_at(number: int, root: Path) -> bool:
    """Build in a process that ends, as if killed, at the nth time that it opens or moves a file; whether it did."""
    pid = os.fork()
    if pid == 0:
        left = number

        def count(event: str, args: tuple[object, ...]) -> None:
            nonlocal left
            if event in {"os.rename", "os.remove"} or (event == "open" and args[2] & _TO_WRITE):  # type: ignore[operator]
                left -= 1
                if not left:
                    os._exit(9)

        sys.addaudithook(count)
        build(reopen(root))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


def broken_for_readers(site: Path) -> list[str]:
    """List the links that lead nowhere on pages that can be reached from the home page."""
    pages = html_pages(site)
    reached, waiting = {"index.html"}, ["index.html"]
    while waiting:
        path = waiting.pop()
        links = (urljoin(url_of(path, BASE_URL), address) for _, address in pages[path].addresses())
        found = {urldefrag(link)[0].removeprefix(BASE_URL) for link in links}
        found = {path + "index.html" if path.endswith("/") or not path else path for path in found}
        waiting += (found & set(pages)) - reached
        reached |= found
    return [link for link in broken_links(site, BASE_URL) if link.split(": ")[0] in reached]


@pytest.mark.long
def test_a_build_that_is_killed_anywhere_leaves_a_consistent_site_and_the_next_one_heals(
    live: Workspace, tmp_path: Path
) -> None:
    root, number = live.folders.root, 0
    gone = publish_entry(live, "# Another\n\nText.", tags=("sea",), date="2026-11-11T08:00:00Z")
    build(live)
    publish_entry(live, "# The newest\n\nText.", tags=("sky",))
    builders.change(live, min(live.ledger().standings), slug="moved")
    builders.withdraw(live, gone)
    assert broken_for_readers(live.folders.site) == []
    while kill_at(number := number + 1 + number // 8, root):
        assert broken_for_readers(live.folders.site) == [], f"killed at write {number}"
    assert number > 40
    build(reopen(root), out=tmp_path / "clean")
    assert files(live.folders.site) == files(tmp_path / "clean")


# --- several processes ------------------------------------------------------------------------------------------------


def test_the_number_of_processes_does_not_show(live: Workspace) -> None:
    for number in range(125):
        publish_entry(live, f"# Number {number}\n\nText *{number}*.", edition=f"2026-0{1 + number % 9}-11")
    root = live.folders.root
    for jobs in ("1", "3"):
        done = sites.corner("-C", root, "build", "--full", "--out", root / f"out-{jobs}", "--jobs", jobs, "--timings")
        assert (done.returncode, done.stderr) == (0, "")
        assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == [
            *("look", "read", "plan", "render", "write", "remember", "seal")
        ]
    assert files(root / "out-1") == files(root / "out-3")
    assert len(files(root / "out-3")) > 500  # fewer are rendered by one process


def test_very_many_pages_are_rendered_by_new_processes_again_and_again(
    live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        publish_entry(live, f"# Number {number}\n\nText *{number}*.", edition=f"2026-0{1 + number}-11")
    root, told = live.folders.root, []
    build(reopen(root), out=root / "out-1", jobs=1)
    monkeypatch.setattr(rendering, "_AT_ONCE", 7)
    monkeypatch.setattr(spread, "_WORTH_A_FORK", 10)
    build(reopen(root), out=root / "out-3", jobs=3, report=lambda done, of: told.append((done, of)))
    assert files(root / "out-1") == files(root / "out-3")
    assert told == sorted(told)
    assert told[-1] == (len(files(root / "out-3")) - 2,) * 2  # the marker and the sums are not rendered


def test_processes_share_work_and_hand_back_what_they_found_in_order() -> None:
    told: list[int] = []

    def work(number: int, share: list[int], tell: Tell) -> bytes:
        tell(len(share))
        return bytes([number, *share])

    assert spread.spread(work, [[1, 2], [3], [4, 5, 6]], told.append) == [b"\0\1\2", b"\1\3", b"\2\4\5\6"]
    assert told[-1] == 6


@pytest.mark.parametrize("shares", [1, 3])
@pytest.mark.parametrize(("kind", "known_as"), [(ThemeError, ThemeError), (LostFileError, WorkspaceError)])
def test_what_fails_in_a_process_fails_here(kind: type[CornerError], known_as: type[CornerError], shares: int) -> None:
    def work(number: int, share: int, tell: Tell) -> bytes:
        if number == shares - 1:
            raise kind(Problem("broken", "base.html:3"))
        return b""

    with pytest.raises(known_as, match=r"base.html:3: broken"):
        spread.spread(work, list(range(shares)), lambda _done: None)


def test_a_disk_that_refuses_in_a_process_refuses_here() -> None:
    def work(number: int, share: int, tell: Tell) -> bytes:
        if number:
            raise OSError(errno.ENOSPC, "No space left on device", "site/feed.xml")
        return b""

    with pytest.raises(OSError, match=r"no space left on device: 'site/feed\.xml'") as caught:
        spread.spread(work, [0, 1], lambda _done: None)
    assert caught.value.errno == errno.ENOSPC


def test_a_bug_in_a_process_is_shown_whole() -> None:
    def work(number: int, share: int, tell: Tell) -> bytes:
        return bytes(1 // share) if number else b""

    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        spread.spread(work, [1, 0], lambda _done: None)


def test_who_presses_ctrl_c_hears_of_it_from_one_process_alone(capfd: pytest.CaptureFixture[str]) -> None:
    def work(number: int, share: int, tell: Tell) -> bytes:
        if number:
            os.kill(os.getpid(), signal.SIGINT)
        return bytes([number])

    assert spread.spread(work, [0, 1], lambda _done: None) == [b"\0", b"\1"]
    assert capfd.readouterr().err == ""


def test_a_process_that_is_killed_is_a_bug_and_nobody_waits_for_it() -> None:
    def work(number: int, share: int, tell: Tell) -> bytes:
        os._exit(1) if number else None
        return b""

    with pytest.raises(RuntimeError, match="a process of this build was killed"):
        spread.spread(work, [0, 1], lambda _done: None)
