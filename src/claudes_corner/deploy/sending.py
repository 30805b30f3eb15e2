"""How a site goes out, whatever the target is: what is linked before what links, removals last, and nothing unproven.

Owns the receipt. A deploy that was cut short anywhere is repeated; it sends what is still lacking, and the hook is told
of all that has changed since it was last told. Knows no target but by what every target can do.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import count, groupby
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from claudes_corner.contradictions import nobodys_address, nobodys_target
from claudes_corner.deploy.files import File, compress, read_site, tree_digest
from claudes_corner.deploy.folder import Folder
from claudes_corner.deploy.hook import run_hook
from claudes_corner.deploy.rsync import Rsync
from claudes_corner.disk import locked
from claudes_corner.errors import DeployError, Problem, UsageError, one_of, suggest
from claudes_corner.root import FILE_NAME, is_newsletters_own
from claudes_corner.settings import DeployTarget, FolderTarget, RsyncTarget, S3Target
from claudes_corner.site.marker import find_other_owner, parse_marker, render_marker
from claudes_corner.text import canonical_json, digest
from claudes_corner.workspace import Workspace

Tell = Callable[[int, int], None]  # how many of how many files are sent
_BUSY = "another deploy is under way: wait for it, or stop it"


class Target(Protocol):
    """A place that a site is sent to. Each method raises a `DeployError` if the target cannot be reached or refuses."""

    place: str  # as messages and receipts name it

    def look(self) -> tuple[bytes | None, str]:
        """Fetch what marks the place as ours, None if nothing does; and name something else there, if there is."""

    def differing(self, files: Sequence[File]) -> set[str]:
        """Tell which files are not there exactly as they should be, by their bytes."""

    def present(self, paths: Iterable[str]) -> set[str]:
        """Tell which of some files are there."""

    def mark(self, marker: bytes, *, is_last: bool) -> None:
        """Mark the place as ours: once before anything is sent, and once when all is."""

    def put(self, files: Sequence[File], tell: Callable[[], None]) -> None:
        """Send files, in any order, each of which changes in one step; tell of each that is done."""

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files."""


class Receipt(msgspec.Struct, frozen=True):
    """What a target holds: kept in `drafts/receipts/<name>.json`, and written anew whenever something is sent."""

    place: str
    settings_sha256: str  # of the target's table in corner.toml
    at: str  # of the deploy
    head: str  # digest of the ledger's last line
    tree_sha256: str  # of what `sha256sum` prints of all files, sorted by path
    files: int
    is_complete: bool  # False: begun, and not yet found at the target as it should be
    sent: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()  # paths that the hook was not told of yet


class Sent(msgspec.Struct, frozen=True):
    """What a deploy did, or would do."""

    place: str
    sent: tuple[str, ...]  # in the order of sending
    removed: tuple[str, ...]
    unchanged: int
    told: int = 0  # URLs that the hook was given


def deploy(
    workspace: Workspace,
    name: str,
    at: str,
    environ: Mapping[str, str],
    *,
    dry_run: bool = False,
    seals: Mapping[str, bytes] = {},
    tell: Tell = lambda _done, _all: None,
) -> Sent:
    """Send the built site to a target, and make sure that it is there.

    A dry run only looks; `seals` are the files that its site would be sealed with.

    Raises:
        DeployError: The target cannot be reached, is somebody else's, or is not as it should be after all.
        WorkspaceError: Another deploy is under way.
    """
    folders, settings = workspace.folders, pick_target(workspace, name)
    folders.receipts.mkdir(parents=True, exist_ok=True)
    builds = folders.cache / "builds"
    with locked(folders.receipts, busy=_BUSY) as lock, locked(builds):  # nobody builds while it goes out
        files = _files(workspace, settings, seals)
        paths = {file.path for file in files}
        with _opened(settings, folders.root, environ, lock) as target:
            tag = workspace.config.site.tag
            marker = _marker_of(target, tag)
            listed = parse_marker(marker or b"")
            stale = paths if marker is None else target.differing(files)
            queue = sorted((file for file in files if file.path in stale), key=lambda file: (file.turn, file.path))
            gone = tuple(sorted(listed - paths))
            sent = Sent(target.place, tuple(file.path for file in queue), gone, len(files) - len(queue))
            if dry_run:
                return sent
            receipt = _begin(workspace, name, sent, files, at)
            if not receipt.is_complete or marker != render_marker(paths, tag):
                _send(target, files, queue, gone, (render_marker(paths | listed, tag), render_marker(paths, tag)), tell)
                receipt = replace(receipt, is_complete=True)
                _keep(workspace, name, receipt)
        return replace(sent, told=_tell_hook(workspace, name, receipt, environ))


def _marker_of(target: Target, newsletter: str) -> bytes | None:
    """Fetch what marks a place as this newsletter's; None if nothing is there."""
    marker, other = target.look()
    if marker is None and other:
        what = "this place holds something that corner did not send, so nothing in it is touched"
        raise DeployError(Problem(what, target.place, "an empty place, or one of ours", other, "Name another."))
    if marker and (problem := find_other_owner(marker, newsletter, target.place)):
        raise DeployError(problem)
    return marker


def is_there(workspace: Workspace, name: str) -> bool:
    """Answer, without asking the target, whether the last deploy brought exactly this site there, by this config."""
    settings, receipt = pick_target(workspace, name), read_receipt(workspace, name)
    if receipt is None or not receipt.is_complete or (receipt.owed and settings.hook):
        return False
    known = (receipt.settings_sha256, receipt.tree_sha256)
    return known == (_digest_of(settings), tree_digest(_files(workspace, settings)))


def pick_target(workspace: Workspace, name: str) -> DeployTarget:
    """Find a target by its name.

    Raises:
        UsageError: There is none of that name.
        DeployError: It is elsewhere than on this machine, and its own place or the site's is only a placeholder.
    """
    targets = workspace.config.deploy
    if name not in targets:
        expected = one_of(targets) if targets else ""
        fix = suggest(name, targets) or f"Add [deploy.{name}] to {FILE_NAME}."
        raise UsageError(Problem(f"there is no target {name!r}", FILE_NAME, expected, fix=fix))
    if not isinstance(targets[name], FolderTarget):
        found = (nobodys_address(workspace.config), nobodys_target(workspace.config, name))
        if problems := [problem for problem in found if problem]:
            raise DeployError(*problems)
    return targets[name]


def _folder(root: Path, path: str) -> Path:
    """Find the folder to send to; refuse a newsletter's own ones: what is built there is read here."""
    try:
        folder = Path(os.path.realpath(root / Path(path).expanduser()))
    except RuntimeError:
        raise DeployError(Problem("nobody with this name has a home on this machine", path)) from None
    if is_newsletters_own(root, folder):
        fix = "Name a folder that a web server serves, outside of the newsletter."
        raise DeployError(Problem("the newsletter's own folder is no target", str(folder), fix=fix))
    return folder


@contextmanager
def _opened(settings: DeployTarget, root: Path, environ: Mapping[str, str], lock: int) -> Iterator[Target]:
    match settings:
        case FolderTarget():
            yield Folder(_folder(root, settings.path))
        case RsyncTarget():
            with tempfile.TemporaryDirectory(prefix="corner-") as scratch:
                yield Rsync(settings, environ, lock, Path(scratch))
        case S3Target():
            from claudes_corner.deploy.s3 import S3  # an extra

            with closing(S3(settings)) as store:
                yield store


def read_receipt(workspace: Workspace, name: str) -> Receipt | None:
    """Read what the last deploy to a target has left; None if there was none, or it is damaged."""
    try:
        return msgspec.json.decode((workspace.folders.receipts / f"{name}.json").read_bytes(), type=Receipt)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _begin(workspace: Workspace, name: str, sent: Sent, files: tuple[File, ...], at: str) -> Receipt:
    """Note what is about to change, with what the hook is still owed, before anything does."""
    before, settings = read_receipt(workspace, name), workspace.config.deploy[name]
    changed, owed = (*sent.sent, *sent.removed), before.owed if before else ()
    if settings.hook:
        owed = tuple(dict.fromkeys((*owed, *(path for path in changed if not path.endswith(".gz")))))
    receipt = Receipt(
        place=sent.place,
        settings_sha256=_digest_of(settings),
        at=at,
        head=workspace.ledger().head,
        tree_sha256=tree_digest(files),
        files=len(files),
        is_complete=False,
        sent=sent.sent,
        removed=sent.removed,
        owed=owed,
    )
    is_same = before and (before.settings_sha256, before.tree_sha256) == (receipt.settings_sha256, receipt.tree_sha256)
    if before and before.is_complete and is_same and not changed:
        return before
    _keep(workspace, name, receipt)
    return receipt


def _send(
    target: Target,
    files: tuple[File, ...],
    queue: list[File],
    gone: tuple[str, ...],
    markers: tuple[bytes, bytes],
    tell: Tell,
) -> None:
    """Send what differs turn by turn, remove what is gone, then look whether the target holds the whole site.

    Of the two markers, the first lists what is there meanwhile, the last what is there in the end.
    """
    target.mark(markers[0], is_last=False)
    done = count(1)

    def tell_more() -> None:
        tell(next(done), len(queue))

    for _, some in groupby(queue, key=lambda file: file.turn):
        target.put(list(some), tell_more)
    wrong = set()
    if gone:
        target.remove(gone)
        wrong = target.present(gone)
    if not wrong:
        target.mark(markers[1], is_last=True)
        wrong = target.differing(files)
    if wrong:
        what = "the site was sent, but is not there as it should be"
        found = f"{len(wrong):,} of {len(files):,} files otherwise, such as {min(wrong)!r}"
        raise DeployError(Problem(what, target.place, found=found, fix="Look who else writes there, and deploy again."))


def _tell_hook(workspace: Workspace, name: str, receipt: Receipt, environ: Mapping[str, str]) -> int:
    """Give the hook the addresses that changed; it is owed them until it has ended well."""
    hook, base_url = workspace.config.deploy[name].hook, workspace.config.site.base_url
    if not receipt.owed or not hook:
        return 0
    urls = [base_url + path.removesuffix("index.html") for path in receipt.owed]
    facts = {"CORNER_TARGET": name, "CORNER_BASE_URL": base_url}
    where = f"{FILE_NAME}: [deploy.{name}] hook"
    run_hook(hook, "\n".join(urls) + "\n", facts, where=where, root=workspace.folders.root, environ=environ)
    _keep(workspace, name, replace(receipt, owed=()))
    return len(urls)


def _files(workspace: Workspace, settings: DeployTarget, seals: Mapping[str, bytes] = {}) -> tuple[File, ...]:
    """List what is to be at a target."""
    foreseen = [_foreseen(workspace.folders.cache / "seals", *seal) for seal in sorted(seals.items())]
    files = (*(file for file in read_site(workspace.folders.site) if file.path not in seals), *foreseen)
    if isinstance(settings, S3Target) or not settings.compress:
        return files
    return files + compress(files, workspace.folders.cache / "compressed")


def _foreseen(folder: Path, path: str, content: bytes) -> File:
    """Lay a file apart that the site does not have yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)
    return File(path, folder, digest(content))


def _digest_of(settings: DeployTarget) -> str:
    return digest(canonical_json(settings))


def _keep(workspace: Workspace, name: str, receipt: Receipt) -> None:
    content = msgspec.json.format(msgspec.json.encode(receipt))
    with locked(workspace.folders.content):  # whoever writes sweeps half-written files away
        workspace.disk.write(workspace.folders.receipts / f"{name}.json", content)
