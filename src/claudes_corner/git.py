"""Commits what the workspace has put on record, if the workspace is the top level of a git work tree.

Owns the one way in which git is called to write: only the record and the entries (and `drafts/`, if the newsletter says
so), nothing else that lies about, and no text that nobody approved; never a prompt, a hook, a signature, a merge, a
force. A decision stands whatever git does: what could not be committed is owed, and the next commit has it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from claudes_corner.disk import TEMPORARY, locked
from claudes_corner.errors import Problem, TextError, said_by
from claudes_corner.settings import Editor
from claudes_corner.text import counted
from claudes_corner.workspace import Workspace

SECONDS = 60
_OWN = ("content/ledger.jsonl", "content/essays", "content/letters", "content/checkpoints", "content/rules")
_QUIET = (
    "--literal-pathspecs",
    *("-c", "commit.gpgSign=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.autocrlf=false"),  # digests are of bytes
    *("-c", "core.safecrlf=false"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
)
_BUSY = {
    "MERGE_HEAD": "a merge is under way",
    "rebase-merge": "a rebase is under way",
    "rebase-apply": "a rebase is under way",
    "CHERRY_PICK_HEAD": "a cherry-pick is under way",
    "REVERT_HEAD": "a revert is under way",
    "BISECT_LOG": "a bisection is under way",
}


class GitError(Exception):
    """Git could not, or should not, make the commit; the message says why in a few words."""


class Authorship(msgspec.Struct, frozen=True):
    """Whose commit it is."""

    editor: Editor
    at: str  # RFC 3339: when it was decided


def commit(
    workspace: Workspace, message: str, authorship: Authorship, environ: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Commit what is on record and not yet in git, leftovers included; return what the commit lacks.

    Nothing happens if the newsletter is not the top level of a work tree, or does not want commits.
    """
    config = workspace.config
    if not config.git.commit or not (workspace.folders.root / ".git").exists():
        return ()
    git = _Git(workspace.folders.root, authorship, environ)
    try:
        with locked(workspace.folders.content):
            altered = _commit(git, workspace, message)
    except GitError as error:
        fix = "Nothing is lost: the next decision's commit has this one as well."
        return (Problem(f"the decision stands, but git has no commit of it yet: {error}", fix=fix),)
    return tuple(map(_altered, altered[:1]))


def inspect(workspace: Workspace, environ: Mapping[str, str]) -> Iterator[tuple[bool, Problem]]:
    """Yield what is not as it should be with git: (whether it is grave, what it is). Nothing, if there is no git."""
    root, config = workspace.folders.root, workspace.config.git
    if not (root / ".git").exists():
        return
    git = _Git(root, Authorship(Editor("Claude's Corner"), ""), environ)
    try:
        if not config.drafts and not git.is_ignored("drafts/a-draft.md"):
            fix = "Write a line '/drafts/' into .gitignore."
            yield True, Problem("what nobody has approved could be committed: git does not ignore drafts/", fix=fix)
        if config.commit and (reason := git.busy()):
            yield False, Problem(f"decisions cannot be committed now: {reason}")
        elif config.commit:
            owed = git.changed(_OWN)
            altered = [path for path in owed if not _is_as_approved(workspace, path)]
            yield from ((True, _altered(path)) for path in altered)
            if owed := [path for path in owed if path not in altered]:
                what = f"{counted(len(owed), 'file')} of the record not committed yet, such as {owed[0]}"
                yield False, Problem(what, fix="The next decision's commit has them.")
    except GitError as error:
        yield config.commit, Problem(f"git does not answer: {error}")


def _commit(git: _Git, workspace: Workspace, message: str) -> list[str]:
    """Commit what has changed; return what was left out, since nobody approved it."""
    if reason := git.busy():
        raise GitError(reason)
    own = (*_OWN, "drafts") if workspace.config.git.drafts else _OWN
    found = git.changed(own)
    altered = [path for path in found if not _is_as_approved(workspace, path)]
    if changed := [path for path in found if path not in altered]:
        listed = b"\0".join(os.fsencode(path) for path in changed)
        from_list = ("--pathspec-from-file=-", "--pathspec-file-nul")
        git.run("add", "--all", *from_list, given=listed)
        git.run("commit", "--quiet", "--only", "--no-verify", "--cleanup=verbatim", f"--message={message}",
                *from_list, given=listed)  # fmt: skip
    return altered


def _is_as_approved(workspace: Workspace, path: str) -> bool:
    """Answer whether a file that changed is none of an entry's, or what the record says of it."""
    folder, _, name = path.rpartition("/")
    if folder != "content/essays":
        return True
    standing = workspace.ledger().standings.get(name.rpartition(".")[0])
    if standing is None or standing.place != "content":
        return not (workspace.folders.root / path).exists()
    try:
        workspace.read_entry(standing)
    except TextError:
        return False
    return True


def _altered(path: str) -> Problem:
    fix = f"If git has it as it was: git checkout -- {path}. See: corner verify."
    return Problem("this is not what was approved, so it was not committed", path, fix=fix)


class _Git:
    """Git in one work tree, with no way to ask anybody anything."""

    def __init__(self, root: Path, authorship: Authorship, environ: Mapping[str, str]) -> None:
        self._root = root
        person = {"NAME": authorship.editor.name, "EMAIL": authorship.editor.email, "DATE": authorship.at}
        kept = {name: value for name, value in environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
        self._environ = {
            **kept,
            **{f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in person.items()},
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_EDITOR": "true",
            "GIT_ASKPASS": "true",
            "LC_ALL": "C",
        }

    def run(self, *args: str, given: bytes = b"") -> bytes:
        """Run git and return what it says."""
        command = ["git", *_QUIET, *args]
        try:
            done = subprocess.run(
                command,
                cwd=self._root,
                env=self._environ,
                input=given,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise GitError("git is not installed") from None
        except OSError as error:
            raise GitError(f"git does not run: {said_by(error)}") from None
        except subprocess.TimeoutExpired:
            raise GitError(f"git did not answer in {SECONDS} s") from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().split("\n")[0]
            raise GitError(said.removeprefix("fatal: ").removeprefix("error: ") or f"git {args[0]} failed")
        return done.stdout

    def busy(self) -> str:
        """Say why now is no time to commit; empty if nothing is in the way."""
        top = os.fsdecode(self.run("rev-parse", "--show-toplevel").removesuffix(b"\n"))
        if Path(top).resolve() != self._root.resolve():
            return "the newsletter's folder is not the top of its work tree"
        folder = Path(os.fsdecode(self.run("rev-parse", "--absolute-git-dir").removesuffix(b"\n")))
        under_way = next((words for name, words in _BUSY.items() if (folder / name).exists()), "")
        if under_way:
            return under_way
        head = (folder / "HEAD").read_text(errors="replace")
        return "" if head.startswith("ref: ") else "no branch is checked out"

    def is_ignored(self, path: str) -> bool:
        """Answer whether git would leave a file alone."""
        try:
            self.run("--no-literal-pathspecs", "check-ignore", "--quiet", "--no-index", path)
        except GitError:
            return False
        return True

    def changed(self, own: tuple[str, ...]) -> list[str]:
        """List files under our own paths that differ from the last commit, without half-written ones."""
        listed = self.run("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", *own)
        paths = [os.fsdecode(line[3:]) for line in listed.split(b"\0") if line]
        return [path for path in paths if not Path(path).name.startswith(TEMPORARY)]
