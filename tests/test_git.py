"""A decision under git is one commit of the workspace's own files, by the editor; and git can never lose a decision."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import sites
from builders import NEWSLETTER, NOW, TEXT, make_workspace, write_draft
from claudes_corner.cli import run
from claudes_corner.cli.starter import _GIT_ATTRIBUTES, _GIT_IGNORE
from claudes_corner.schedule import parse_instant, render_instant
from claudes_corner.workspace import Workspace
from desks import at_desk

DRAFT = "2026-11-25-minimal-k3v9"
OTHER = "2026-11-25-news-0000"
LATER = "2026-11-26T12:00:00Z"


TOML = (NEWSLETTER / "corner.toml").read_text("utf-8").partition("[git]")[0]  # [git] as it is by default


def git(root: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def desk(tmp_path: Path) -> Workspace:
    """A newsletter under git, with two drafts, and somebody's unfinished work lying about."""
    workspace = make_workspace(tmp_path / "newsletter", toml=TOML)
    root = workspace.folders.root
    (root / ".gitignore").write_text(_GIT_IGNORE)
    (root / ".gitattributes").write_text(_GIT_ATTRIBUTES)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "The desk")
    git(root, "config", "user.email", "desk@corner.example")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=begin")
    write_draft(workspace, TEXT, draft_id=DRAFT)
    write_draft(workspace, "# Two", draft_id=OTHER, mode="news")
    (root / "staged.txt").write_text("staged")
    git(root, "add", "staged.txt")
    (root / "content/pages/half.md").write_text("---\ntitle: Half\n---\n\nwritten\n")
    return workspace


def corner(workspace: Workspace, *args: str, now: str = render_instant(NOW)) -> int:
    return run([args[0], "-C", str(workspace.folders.root), "--now", now, *args[1:]])


def approve(workspace: Workspace, draft_id: str = DRAFT, *more: str) -> int:
    prefix = workspace.ledger().standings[draft_id].text_sha256[:20]
    return corner(workspace, "approve", draft_id, "--digest", prefix, "--by", "ada", *more)


def commits(workspace: Workspace) -> list[str]:
    return git(workspace.folders.root, "log", "--format=%s").split("\n")[:-1]


def test_a_decision_is_one_commit_by_its_editor_that_names_the_digest(desk: Workspace) -> None:
    assert approve(desk) == 0
    root, known = desk.folders.root, desk.ledger()
    said = git(root, "log", "-1", "--format=%an <%ae> %aI%n%B")
    assert said.strip() == (
        "Ada Byron <ada@corner.example> 2026-11-22T18:00:00+00:00\n"
        f"approved: {DRAFT}\n\n{DRAFT}: {known.standings[DRAFT].text_sha256}\nby ada\nledger: {known.head}"
    )
    assert git(root, "show", "--format=", "--name-only").split() == [
        f"content/essays/{DRAFT}.json",
        f"content/essays/{DRAFT}.md",
        "content/ledger.jsonl",
        *(f"content/rules/{path.name}" for path in sorted((root / "content/rules").iterdir())),
    ]


def test_other_peoples_work_is_left_as_it_was(desk: Workspace) -> None:
    before = git(desk.folders.root, "status", "--porcelain", "--", "staged.txt", "content/pages")
    approve(desk)
    assert git(desk.folders.root, "status", "--porcelain") == before == "A  staged.txt\n?? content/pages/\n"


def test_every_decision_is_a_commit(desk: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    root = desk.folders.root
    sha = desk.ledger().standings[OTHER].text_sha256[:20]
    approve(desk)
    corner(desk, "veto", OTHER, "--digest", sha, "--by", "ada", "--criterion", "harm", "--reason", "because")
    corner(desk, "retract", OTHER, "--by", "ada")
    corner(desk, "set-aside", OTHER, "--digest", sha, "--by", "ada", "--reason", "another was chosen")
    corner(desk, "restore", OTHER, "--by", "ben")
    corner(desk, "publish", "--yes", "--by", "ada", now=LATER)
    corner(desk, "change", DRAFT, "--slug", "ebb", "--by", "ada", now=LATER)
    corner(desk, "withdraw", DRAFT, "--reason", "a reader asked", "--by", "ben", now=LATER)
    events = ("withdrawn", "changed", "published", "restored", "set-aside", "retracted", "held", "approved")
    ids = (DRAFT, DRAFT, DRAFT, OTHER, OTHER, OTHER, OTHER, DRAFT)
    assert commits(desk) == [*(f"{event}: {id_}" for event, id_ in zip(events, ids, strict=True)), "begin"]
    assert git(root, "ls-files", "content/essays") == ""
    assert capsys.readouterr().err.count("corner:") == 0


def test_at_the_desk_an_entry_is_moved_and_withdrawn_by_one_commit_each(desk: Workspace) -> None:
    approve(desk)
    corner(desk, "publish", "--yes", "--by", "ada", now=LATER)
    with at_desk(desk, "ben", now=parse_instant(LATER)) as ben:
        ben.sign_in()
        ben.decide(DRAFT, "change", slug="ebb")
        ben.decide(DRAFT, "withdraw", reason="SAMPLE", meant="SAMPLE")
    assert commits(desk)[:2] == [f"withdrawn: {DRAFT}", f"changed: {DRAFT}"]
    assert git(desk.folders.root, "log", "-1", "--format=%an") == "Ben Okri\n"


def test_a_veto_is_held_in_the_commit_unless_it_ends_the_drafts_way(desk: Workspace) -> None:
    sha = desk.ledger().standings[OTHER].text_sha256[:20]
    veto = ("veto", OTHER, "--digest", sha, "--criterion", "harm", "--reason")
    corner(desk, *veto, "because", "--by", "ada")
    for editor in ("ben", "eva"):
        corner(desk, "approve", OTHER, "--digest", sha, "--by", editor)
    corner(desk, *veto, "in better words", "--by", "ada")
    corner(desk, *veto, "because", "--by", "ben")
    events = ("vetoed", "held", "approved", "approved", "held")
    assert commits(desk)[:5] == [f"{event}: {OTHER}" for event in events]


def test_an_approval_that_publishes_at_once_is_one_commit(desk: Workspace) -> None:
    approve(desk, DRAFT, "--date", "2026-11-18")
    assert commits(desk) == [f"approved and published: {DRAFT}", "begin"]


def test_a_text_that_somebody_changed_is_in_nobodys_commit(desk: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    root, altered = desk.folders.root, f"content/essays/{DRAFT}.md"
    approve(desk)
    (root / altered).write_bytes((root / altered).read_bytes() + b"A sentence more.\n")
    (root / "content/essays/foreign.md").write_text("Nobody's.")
    (root / "content/rules/new.json").write_text("{}")
    approve(desk, OTHER, "--date", "2026-12-02")
    assert git(root, "status", "--porcelain", "content/essays", "content/rules").splitlines() == [
        f" M {altered}",
        "?? content/essays/foreign.md",
    ]
    said = f"{altered}: this is not what was approved, so it was not committed. If git has it as it was: "
    assert said + f"git checkout -- {altered}. See: corner verify." in capsys.readouterr().err
    assert corner(desk, "doctor") == 1
    assert said in capsys.readouterr().out


def test_what_goes_out_commits_its_checkpoint(desk: Workspace) -> None:
    root = desk.folders.root
    with (root / "corner.toml").open("a") as toml:
        toml.write('\n[deploy.live]\nkind = "folder"\npath = "../www"\n')
    approve(desk, DRAFT, "--date", "2026-11-18")
    before = commits(desk)
    assert [corner(desk, "deploy", "live", *more) for more in (("--dry-run",), (), ())] == [0, 0, 0]
    assert commits(desk) == ["checkpoint: 1", *before]
    assert git(root, "log", "-1", "--format=%an %aI") == "Claude's Corner 2026-11-22T18:00:00+00:00\n"
    assert git(root, "show", "--format=", "--name-only").split() == ["content/checkpoints/000001.txt"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("MERGE_HEAD", "a merge is under way"),
        ("rebase-merge", "a rebase is under way"),
        ("CHERRY_PICK_HEAD", "a cherry-pick is under way"),
        ("index.lock", "Unable to create"),
    ],
)
def test_while_git_is_busy_the_decision_stands_and_the_commit_is_owed(
    desk: Workspace, state: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = desk.folders.root / ".git" / state
    mark.write_text(git(desk.folders.root, "rev-parse", "HEAD"))
    assert approve(desk) == 0
    said = capsys.readouterr().err
    assert said.startswith("corner: the decision stands, but git has no commit of it yet: ")
    assert words in said
    assert said.endswith("Nothing is lost: the next decision's commit has this one as well.\n")
    assert commits(desk) == ["begin"]
    mark.unlink()
    corner(desk, "set-aside", OTHER, "--digest", desk.ledger().standings[OTHER].text_sha256, "--by", "ben",
           "--reason", "another was chosen")  # fmt: skip
    assert commits(desk) == [f"set-aside: {OTHER}", "begin"]
    assert f"content/essays/{DRAFT}.md" in git(desk.folders.root, "show", "--format=", "--name-only")


def test_without_a_branch_nothing_is_committed(desk: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    git(desk.folders.root, "checkout", "--quiet", "--detach")
    approve(desk)
    assert "no branch is checked out" in capsys.readouterr().err
    assert commits(desk) == ["begin"]


def test_without_git_the_decision_stands(
    desk: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert approve(desk) == 0
    assert "git is not installed" in capsys.readouterr().err
    assert desk.ledger().standings[DRAFT].status == "approved"


def test_hooks_signatures_editors_and_inherited_settings_are_left_out(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = desk.folders.root
    hook = root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    for key, value in (("commit.gpgSign", "true"), ("gpg.program", "/bin/false"), ("core.editor", "/bin/false")):
        git(root, "config", key, value)
    monkeypatch.setenv("GIT_INDEX_FILE", str(root / "elsewhere"))
    assert approve(desk) == 0
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert commits(desk) == [f"approved: {DRAFT}", "begin"]


@pytest.mark.parametrize(("toml", "event"), [(TOML, "approved"), (f"demo = true\n{TOML}", "approved and published")])
def test_the_first_commit_of_a_repository_may_be_a_decision_in_a_demo_too(
    tmp_path: Path, toml: str, event: str
) -> None:
    workspace = make_workspace(tmp_path / "newsletter", toml=toml)
    write_draft(workspace, TEXT, draft_id=DRAFT)
    git(workspace.folders.root, "init", "--quiet", "--initial-branch=main")
    approve(workspace)
    assert commits(workspace) == [f"{event}: {DRAFT}"]


@pytest.mark.parametrize("case", ["not the top", "not wanted", "no git"])
def test_git_is_left_alone_where_it_is_not_meant(tmp_path: Path, case: str) -> None:
    toml = TOML + "\n[git]\ncommit = false\n" if case == "not wanted" else TOML
    workspace = make_workspace(tmp_path / "newsletter", toml=toml)
    write_draft(workspace, TEXT, draft_id=DRAFT)
    top = tmp_path if case == "not the top" else workspace.folders.root
    if case != "no git":
        git(top, "init", "--quiet")
    assert approve(workspace) == 0
    if case != "no git":
        assert git(top, "count-objects").startswith("0 objects")


def test_drafts_are_committed_only_if_the_newsletter_says_so(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "newsletter", toml=TOML + "\n[git]\ndrafts = true\n")
    write_draft(workspace, TEXT, draft_id=DRAFT)
    git(workspace.folders.root, "init", "--quiet")
    approve(workspace)
    assert f"drafts/transcripts/{DRAFT}.json" in git(workspace.folders.root, "ls-files")


def test_nothing_private_is_in_any_git_object_or_public_file(desk: Workspace) -> None:
    """Not even where drafts are not ignored: only our own public paths are ever added."""
    root = desk.folders.root
    (root / ".gitignore").unlink()
    write_draft(desk, "# VETOED-CANARY\n\nVETOED-CANARY", draft_id="2026-11-25-minimal-0002", mode="minimal")
    sha = desk.ledger().standings["2026-11-25-minimal-0002"].text_sha256
    for editor in ("ada", "ben"):
        assert not corner(desk, "veto", "2026-11-25-minimal-0002", "--digest", sha, "--by", editor,
                          "--criterion", "privacy", "--reason", "REASON-CANARY")  # fmt: skip
    approve(desk, DRAFT, "--date", "2026-11-18")
    assert corner(desk, "build") == 0
    objects = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"], cwd=root, capture_output=True, check=True
    ).stdout
    assert TEXT.encode() in objects
    public = [*sites.files(root / "content").values(), *sites.files(root / "site").values()]
    private = [*sites.files(root / "drafts").values()]
    for canary in (b"VETOED-CANARY", b"REASON-CANARY"):
        assert any(canary in content for content in private)
        assert not any(canary in content for content in (objects, *public))


def test_git_itself_can_ask_nobody(desk: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A git that hangs on its terminal would hang the editor: it gets none, and its words are said."""
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nread answer || { echo "fatal: no answer, $GIT_TERMINAL_PROMPT" >&2; exit 128; }\n')
    fake.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
        assert approve(desk) == 0
    assert "no answer, 0" in capsys.readouterr().err
