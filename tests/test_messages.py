"""What is said in rarer cases, as the editor reads it; the commoner messages stand with what they are about."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import fault_server as faults
import sites
from builders import EDITION, NOW, approve, publish_entry, reopen, write_draft
from claudes_corner.checkpoints import check_history, read_checkpoints
from claudes_corner.deploy.sending import deploy
from claudes_corner.errors import DeployError, suggest
from claudes_corner.schedule import render_instant
from claudes_corner.signing import SigningError, signer
from claudes_corner.site.builder import build
from claudes_corner.site.sums import make_checkpoint
from claudes_corner.text import EMPTY_DIGEST
from claudes_corner.workspace import Workspace
from commands import Said, corner
from fault_server import FaultServer

AT = render_instant(NOW)


def at(root: Path, *words: str) -> Said:
    return corner("-C", root, "--now", AT, *words)


def letter(root: Path) -> Path:
    assert at(root, "letter", "new", "--to", "opus-3", "--text", "SAMPLE", "--by", "ada").code == 0
    (path,) = (root / "drafts/letters").glob("*-letter-*.md")
    return path


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("k3v8", "Did you mean 'k3v9'?"),  # the nearest alone, though others are near
        ("0002", "Did you mean '0001' or '0003'?"),
        ("sea-9", "Did you mean 'sea-2', 'sea-3' or 'sea-4'?"),
        ("zzzz", ""),
    ],
)
def test_of_names_that_are_as_near_none_is_picked(said: str, answer: str) -> None:
    known = ("0003", "0001", "k3v9", "k3zz", "sea-1", "sea-2", "sea-3", "sea-4")

    assert suggest(said, known) == answer


def test_a_letter_to_nobody_is_not_sent(root: Path) -> None:
    path = letter(root)
    path.write_text(path.read_text("utf-8").replace("to: opus-3", "to: eva"), encoding="utf-8")
    said = at(root, "letter", "send", path.stem)
    assert (said.code, said.err) == (2, f"corner: {path.stem!r} is no letter to an author (found eva)\n")


def test_a_letter_under_another_name_is_not_taken_for_it(root: Path) -> None:
    path = letter(root)
    other = path.rename(path.with_name(f"{EDITION}-letter-zzzz.md"))
    where = f"drafts/letters/{other.name}"
    says = f"{where}: the letter's id is not its file's name (expected {other.stem}, found {path.stem})"
    assert at(root, "letter", "show", other.stem).err == f"corner: {says}\n"


def test_a_kept_task_of_another_version_is_named(root: Path, server: FaultServer) -> None:
    server.then(faults.refusal())
    at(root, "generate", "--author", "opus-3", "--mode", "minimal")
    (kept,) = (root / ".corner/rounds").glob("*.task.json")
    for other in ("{}", '{"new": ' + "[" * 100_000):
        kept.write_text(other)
        assert at(root, "generate", "--resume", "--author", "opus-3", "--mode", "minimal").err == (
            f"corner: .corner/rounds/{kept.name}: nothing that a round can be taken up from. "
            "It may be of another version: delete it, and ask anew.\n"
        )
    assert len(server.requests) == 1


def test_only_entries_are_changed(root: Path, workspace: Workspace) -> None:
    draft_id = write_draft(workspace)
    assert at(root, "change", draft_id, "--tag", "sea", "--by", "ada").err == (
        f"corner: {draft_id!r} cannot be changed (expected an approved or published entry, found waiting)\n"
    )


def test_an_approval_that_is_said_again_otherwise_is_refused(root: Path, workspace: Workspace) -> None:
    draft_id = write_draft(workspace)
    approve(workspace, draft_id, slug="tides", date="2026-12-02T09:00:00Z")
    digits = workspace.ledger().standings[draft_id].text_sha256[7:15]
    assert at(root, "approve", draft_id, "--digest", digits, "--slug", "ebbs", "--by", "ada").err == (
        f"corner: draft {draft_id!r} is approved already and waits for its date, with another slug "
        f"(expected ebbs, found tides). First: corner retract {draft_id}.\n"
    )


def test_a_folder_whose_name_no_file_can_hold_is_no_newsletters(tmp_path: Path) -> None:
    said = at(tmp_path, "init", os.fsdecode(b"letter-\xff"))
    assert said.err == "corner: corner.toml: a name or title is not UTF-8. Say another one with --title.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_git_has_in_another_encoding_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gitconfig").write_bytes(b"[user]\n\tname = Ren\xe9\n\temail = rene@corner.example\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    said = at(tmp_path, "init", "letter")
    assert said.code == 0, said
    config = (tmp_path / "letter/corner.toml").read_text("utf-8")
    assert ('[editors.first-editor]\nname = "The first editor"\nemail = "rene@corner.example"') in config


def test_what_is_not_installed_is_named_with_its_extra(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "feedparser", None)
    assert at(root, "generate", "--dry-run", "--author", "opus-3", "--mode", "news").err == (
        "corner: this needs feedparser. Run: pip install 'claudes-corner[sources]'\n"
    )


def test_doctor_says_why_git_makes_no_commits_now(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("commit = false", "commit = true"), encoding="utf-8")
    (root / ".gitignore").write_text("/drafts/\n")
    subprocess.run(["git", "init", "--quiet", root], check=True)
    (root / ".git/MERGE_HEAD").write_text("")
    assert "look  git: decisions cannot be committed now: a merge is under way\n" in at(root, "doctor").out
    monkeypatch.setenv("PATH", "/nowhere")
    assert "stop  git: git does not answer: git is not installed\n" in at(root, "doctor").out


def test_without_ssh_keygen_nothing_is_signed(tmp_path: Path) -> None:
    with pytest.raises(SigningError) as refused:
        signer(tmp_path / "key", {"PATH": "/nowhere"})(b"text")
    assert str(refused.value) == "ssh-keygen is not installed. It comes with OpenSSH, 8.2 or later."


def test_a_checkpoint_that_does_not_follow_is_named(workspace: Workspace) -> None:
    publish_entry(workspace)
    build(workspace)
    make_checkpoint(workspace, workspace.folders.site, None)
    (one,) = read_checkpoints(workspace.folders.content).history
    stray = msgspec.structs.replace(one, previous="sha256:" + "1" * 64)
    (problem,) = check_history((stray,), workspace.ledger_bytes(), "", "checkpoints")
    says = "checkpoints, checkpoint 1: this checkpoint does not follow the one before"
    assert str(problem) == f"{says} (expected {EMPTY_DIGEST}, found {stray.previous})"


def _lose_a_page(root: Path, _www: Path) -> None:
    (root / "site/404.html").unlink()


def _make_a_page_a_pipe(root: Path, _www: Path) -> None:
    (root / "site/404.html").unlink()
    os.mkfifo(root / "site/404.html")


def _put_a_file_there(_root: Path, www: Path) -> None:
    www.write_text("")


@pytest.mark.parametrize(
    ("harm", "hook", "says"),
    [
        (
            _lose_a_page,
            "",
            "site/404.html: the built site is not whole: this file is missing. Build it anew: corner bu",
        ),
        (
            _make_a_page_a_pipe,
            "",
            "site/404.html: the built site is not whole: it is no file. Build it anew: corner bu",
        ),
        (_put_a_file_there, "", "WWW: this is no folder"),
        (
            None,
            "nowhere/tell",
            "corner.toml: [deploy.live] hook: the command cannot be run: no such file or directory ",
        ),
    ],
)
def test_a_deploy_that_cannot_be_says_why(
    root: Path, workspace: Workspace, harm: Callable[[Path, Path], None] | None, hook: str, says: str
) -> None:
    www = _with_target(root, workspace, hook)
    if harm:
        harm(root, www)
    with pytest.raises(DeployError) as refused:
        deploy(reopen(root), "live", AT, os.environ)
    assert str(refused.value).replace(str(www), "WWW").startswith(says)


def test_a_deploy_finds_out_that_somebody_else_writes_there(root: Path, workspace: Workspace) -> None:
    www = _with_target(root, workspace)
    with pytest.raises(DeployError) as refused:
        deploy(reopen(root), "live", AT, os.environ, tell=lambda *_: (www / "404.html").write_text("another"))
    says = str(refused.value)
    assert says.startswith(f"{www}: the site was sent, but is not there as it should be (found 1 of ")
    assert says.endswith("such as '404.html'). Look who else writes there, and deploy again.")


def _with_target(root: Path, workspace: Workspace, hook: str = "") -> Path:
    """Build a newsletter with one entry and a folder to send to; tell that folder."""
    publish_entry(workspace)
    build(workspace)
    www = root.parent / "www"
    target = f'\n[deploy.live]\nkind = "folder"\npath = "{www}"\nhook = "{hook}"\n'
    (root / "corner.toml").write_text((root / "corner.toml").read_text("utf-8") + target, encoding="utf-8")
    return www


# --- folders that may not be written ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "mode"),
    [("drafts", 0o555), ("drafts/transcripts", 0o555), ("content/ledger.jsonl", 0o444), (".corner/rounds", 0o555)],
)
def test_nobody_is_asked_for_what_could_not_be_kept(
    root: Path, workspace: Workspace, server: FaultServer, path: str, mode: int
) -> None:
    write_draft(workspace)
    for folder in ("drafts/transcripts", ".corner/rounds"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    before = len(workspace.ledger().records)
    call = ("-C", root, "--now", AT, "generate", "--author", "opus-3", "--count", "1", "--mode", "minimal")
    said = sites.corner_without_permission(root / path, mode, *call)
    assert (said.returncode, said.stderr) == (
        1,
        f"corner: {path}: cannot be written, so nobody was asked: permission denied. Look at its permissions.\n",
    )
    assert (server.requests, len(workspace.ledger().records)) == ([], before)


def test_no_letter_is_sent_whose_answer_could_not_be_kept(root: Path, server: FaultServer) -> None:
    path = letter(root)
    said = sites.corner_without_permission(
        root / "drafts/letters", 0o555, "-C", root, "--now", AT, "letter", "send", path.stem
    )
    assert said.returncode == 1
    assert "drafts/letters: cannot be written, so nobody was asked: permission denied. Look at its" in said.stderr
    assert server.requests == []


def test_of_a_file_that_cannot_be_written_its_own_name_is_said(root: Path, workspace: Workspace) -> None:
    draft_id = write_draft(workspace)
    digits = workspace.ledger().standings[draft_id].text_sha256[7:15]
    call = ("--now", AT, "approve", draft_id, "--digest", digits, "--by", "ada")
    said = sites.corner_without_permission(root / "content/essays", 0o555, *call, cwd=root)
    assert (said.returncode, said.stderr) == (
        1,
        f"corner: content/essays/{draft_id}.json: permission denied. Look at its permissions.\n",
    )


def test_a_newsletter_that_cannot_be_made_is_named_as_it_was_typed(tmp_path: Path) -> None:
    said = sites.corner_without_permission(tmp_path, 0o555, "init", tmp_path / "letters")
    says = "no newsletter can be made here: permission denied. Look at its permissions."
    assert (said.returncode, said.stderr) == (1, f"corner: {tmp_path}/letters: {says}\n")
    (tmp_path / "file").touch()
    says = "no newsletter can be made here: file exists. Name another folder."
    assert at(tmp_path, "init", "file/letters").err == f"corner: {tmp_path}/file/letters: {says}\n"


def test_an_archive_that_cannot_be_unpacked_is_said_of_the_folder_that_was_named(root: Path, tmp_path: Path) -> None:
    assert at(root, "export", str(tmp_path / "all.tar")).code == 0
    (tmp_path / "closed").mkdir()
    call = ("import", tmp_path / "all.tar", tmp_path / "closed/letters")
    said = sites.corner_without_permission(tmp_path / "closed", 0o555, *call)
    assert said.stderr == f"corner: {tmp_path}/closed/letters: permission denied. Look at its permissions.\n"


LOOPS = "too many levels of symbolic links. Set that right, and build again."


@pytest.mark.parametrize(
    ("link", "command", "says"),
    [
        ("site", ("build",), f"site/: the site could not be built: {LOOPS}"),
        ("content", ("build", "--out", "elsewhere"), f"content: the site could not be built: {LOOPS}"),
        ("out", ("build", "--out", "ROOT/out"), f"out: the site could not be built: {LOOPS}"),
        ("out", ("verify", "ROOT/out"), "ROOT/out: there is no such folder"),
        ("out", ("init", "ROOT/out"), "ROOT/out: this is a file (expected a new or an empty folder)"),
        ("out", ("deploy", "live"), "ROOT/out: file exists"),
    ],
)
def test_a_link_to_itself_is_said_as_the_system_says_it(
    tmp_path: Path, root: Path, link: str, command: tuple[str, ...], says: str
) -> None:
    with (root / "corner.toml").open("a", encoding="utf-8") as toml:
        toml.write('[deploy.live]\nkind = "folder"\npath = "out"\n')
    assert at(root, "build").code == 0
    if (root / link).exists():
        (root / link).rename(tmp_path / "away")
    (root / link).symlink_to(link)
    said = at(root, *(word.replace("ROOT", str(root)) for word in command))
    assert (said.code, said.err.splitlines()[-1]) == (1, f"corner: {says}".replace("ROOT", str(root)))
