"""The builder: reads, plans, renders what is stale, and writes what differs. If nothing changed at all, `seal` says so.

Owns the order of a build: everything is checked, rendered and laid ready before the first file of the site is touched,
so a build that fails leaves the site as it was. Equal content gives equal bytes, whatever the clock, the locale, the
last build or the number of processes. What only a build with work to do needs is imported when there is work.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from claudes_corner.checkpoints import Kept as Checkpoints
from claudes_corner.checkpoints import read_checkpoints
from claudes_corner.disk import locked
from claudes_corner.errors import BuildError, Problem, said_by
from claudes_corner.root import FILE_NAME
from claudes_corner.site.memory import Bundle, Done, Kept, Memories, Memory, Part
from claudes_corner.site.output import MARKER, Output
from claudes_corner.site.seal import CACHE, Seal, Sealed, Watched
from claudes_corner.site.signature import Signature, Tree, looks_of, newest_ns
from claudes_corner.site.theme import find_theme
from claudes_corner.workspace import Workspace

if TYPE_CHECKING:
    from claudes_corner.site.content import Content
    from claudes_corner.site.plan import Plan

_SEALS = "SEALS"  # the bundle of what seals a site
_ORDERS = ("asset", "page", "list", "feed", "seal")
_REMEDIES = dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Make room on the disk.")
_REMEDIES |= dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Look at its permissions.")
Report = Callable[[int, int], None]


class Built(msgspec.Struct, frozen=True):
    """What a build did, or would do."""

    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]
    strangers: tuple[str, ...]  # files in the folder that are not ours
    reasons: tuple[tuple[str, str], ...]  # stale paths, and why
    entries: int
    loss: str = ""  # why nothing was known of the last build, though there was one


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a build is to go about it."""

    full: bool = False  # forget what the last build knew
    dry_run: bool = False  # only say what would be done
    jobs: int = 1  # processes
    report: Report = lambda _done, _all: None  # is told how many pages of how many are rendered
    stage: Callable[[str], None] = lambda _name: None  # is told what is done now
    memories: Memories | None = None  # of this site, if they are held from build to build


def build(workspace: Workspace, *, out: Path | None = None, base_url: str | None = None, **wish: object) -> Built:
    """Bring a site's folder up to date.

    Args:
        workspace: The newsletter.
        out: The folder; `site/` if not given. It must be new, empty or ours.
        base_url: Where the site will be served; the config's if not given.
        wish: The fields of `Wish`.

    Raises:
        BuildError: Something published is not what the record says, two pages want one place, or the folder is not
            ours. The site is as it was.
        ThemeError: The theme is missing or fails.
    """
    folders = workspace.folders
    root = out or folders.site
    output = Output(root, folders.relative(root) if root.is_relative_to(folders.root) else str(root))
    one = _Build(workspace, output, base_url or "", Wish(**wish))  # type: ignore[arg-type]
    with _explained("the site could not be built", folders.root, "", "Set that right, and build again."):
        if one.wish.dry_run:
            return one.run()
        one.memories.html.parent.mkdir(parents=True, exist_ok=True)
        with locked(one.memories.html.parent):  # one build at a time, whoever else builds
            return one.run()


class _Build:
    def __init__(self, workspace: Workspace, output: Output, base_url: str, wish: Wish) -> None:
        self.workspace, self.output, self.wish = workspace, output, wish
        self.memories = wish.memories or Memories(workspace.folders.root / CACHE, output.root)
        self.seal = Seal(workspace.folders.root, output.root)
        self.asked_url, self.base_url = base_url, base_url or workspace.config.site.base_url

    def run(self) -> Built:
        """Look, plan, render, write."""
        wish, content_folder = self.wish, self.workspace.folders.content
        wish.stage("look")
        since_ns = 0 if wish.dry_run else self.memories.now_ns()
        with locked(content_folder) if content_folder.is_dir() else nullcontext():
            watched, essays = self._watched(), str(self.workspace.folders.essays)
            looks = list(watched.look())
            memory = Memory() if wish.full else self.memories.recall()
            found = next((tree[essays] for tree in looks if essays in tree), {})
            content, checkpoints = self._read(memory, found, since_ns), read_checkpoints(content_folder)
        owned = self._owned(memory)
        plan = self._plan(memory, content, owned)
        reasons = tuple((stale.path, stale.why) for stale in plan.stale)
        told = {"reasons": reasons, "entries": len(content.entries), "loss": self.memories.loss}
        if wish.dry_run:
            return Built((), plan.fresh, plan.removed, (), **told)  # type: ignore[arg-type]
        self.seal.break_()
        done, memory.parts, removed = self._write(plan, memory, content, checkpoints, owned)
        wish.stage("remember")  # all files are in their places
        strangers, memory.marker = self._strangers(plan, memory.parts), self.output.marker_signature
        self.memories.remember(memory)
        wish.stage("seal")
        if newest_ns(files for tree in looks for files in tree.values()) < since_ns:
            self._set_seal(watched, looks, Sealed(plan.size, strangers), memory.parts)
        written = tuple(one.path for one in sorted(done, key=_turn) if one.is_new)
        return Built(written, plan.size - len(written), removed, strangers, **told)  # type: ignore[arg-type]

    def _watched(self) -> Watched:
        """Tell all that a site is made of: its seal is broken by a theme, too, that comes before the one it has."""
        folders, config = self.workspace.folders, self.workspace.config
        prompts = (mode.prompt_file for mode in config.modes.values() if mode.prompt_file)
        own, themes = folders.root / "themes", find_theme(folders.root, config.site.theme)
        others = (folder for folder in themes if not folder.is_relative_to(own))
        files = (folders.ledger, *(folders.root / name for name in (FILE_NAME, *prompts)))
        return Watched(self.asked_url, tuple(map(str, (own, *others, folders.content))), tuple(map(str, files)))

    def _set_seal(self, watched: Watched, looks: list[Tree], said: Sealed, parts: Mapping[str, Part]) -> None:
        """Seal the site, with all that is in its folder."""
        others = [MARKER, *said.strangers]
        holds = [*(part.looks for part in parts.values()), looks_of(f"{self.output.root}/", others)]
        self.seal.set(watched, looks, said, _paths(parts) + others, b"".join(holds))

    def _read(self, memory: Memory, found: dict[str, Signature], since_ns: int) -> Content:
        from claudes_corner.site.content import gather

        self.wish.stage("read")
        html = None if self.wish.dry_run else self.memories.html
        if not memory.rows and html:
            html.unlink(missing_ok=True)
        return gather(self.workspace, memory, found, since_ns, html, self.wish.jobs)

    def _plan(self, memory: Memory, content: Content, owned: set[str]) -> Plan:
        from claudes_corner.site.pages import SiteMap
        from claudes_corner.site.pictures import find_painter
        from claudes_corner.site.plan import make_plan
        from claudes_corner.site.present import Presenter
        from claudes_corner.site.sums import SEALS
        from claudes_corner.site.theme import Theme

        self.wish.stage("plan")
        config, root = self.workspace.config, self.workspace.folders.root
        compiled = None if self.wish.dry_run else self.workspace.folders.cache / "jinja2"
        theme = Theme(find_theme(root, config.site.theme), self.base_url, config.site.disclaimer, compiled)
        painter = find_painter(root, config.site, self.workspace.folders.cache / "pictures")
        site = SiteMap(config, content, theme, Presenter(config, self.base_url, content), self.base_url, painter)
        damage = self.output.damage(memory.parts)
        return make_plan(site.pages(), memory.parts, damage, self.output.exists, owned - {*SEALS})

    def _owned(self, memory: Memory) -> set[str]:
        """Tell which files earlier builds wrote; the marker need not be read if it is as the last one left it."""
        is_known = bool(memory.parts) and memory.marker == self.output.marker_signature
        return set(_paths(memory.parts)) if is_known else set(self.output.owned())

    def _write(
        self, plan: Plan, memory: Memory, content: Content, checkpoints: Checkpoints, owned: set[str]
    ) -> tuple[list[Done], dict[str, Part], tuple[str, ...]]:
        """Render and lay ready; then put in place: what is linked to, then what links, feeds, and what seals it all."""
        from claudes_corner.site.rendering import lay_ready, render
        from claudes_corner.site.sums import SEALS, seals_of

        output, wish = self.output, self.wish
        fix = "Build again: it takes up where this one stopped."
        with _explained("the site could not be written", output.root, output.name, fix):
            try:
                output.prepare()
                wish.stage("render")
                done = render(plan, output, content, wish.jobs, wish.report)
                wish.stage("write")
                parts = _parts(plan, done)
                digests = self._digests(memory.parts, parts, done, plan.removed)
                seals = [lay_ready(output, path, "seal", raw) for path, raw in seals_of(digests, checkpoints).items()]
                parts[_SEALS] = Part.of(b"", {_SEALS: Bundle(b"", [one.kept(b"", b"") for one in seals])})
                now = set(_paths(parts))
                gone = [*plan.removed, *(path for path in SEALS if path in owned and path not in now)]
                output.make_room(one.path for one in (*done, *seals) if one.is_new)
                if owned != (claimed := now.union(gone)) or memory.marker != output.marker_signature:
                    output.list_owned(claimed)
                for one in sorted((one for one in (*done, *seals) if one.is_new), key=_turn):
                    output.place(one.ready, one.path)
                removed = tuple(path for path in gone if output.remove(path))
                if gone:
                    output.list_owned(now)
            finally:
                output.discard()
        return done, parts, removed

    def _digests(
        self, before: Mapping[str, Part], now: Mapping[str, Part], done: list[Done], removed: tuple[str, ...]
    ) -> dict[str, str]:
        """Tell the digests of all files: the last build's stand in its sums, if nobody changed these."""
        from claudes_corner.site.sums import SEALS, SUMS, parse_sums

        kept = {one.path: one for one in before[_SEALS].bundles()[_SEALS].files} if _SEALS in before else {}
        sums = self.output.read(SUMS) if SUMS in kept else b""
        if not sums or hashlib.sha256(sums).digest() != kept[SUMS].sha256:
            bundles = [bundle for part in now.values() for bundle in part.bundles().values()]
            return {one.path: one.sha256.hex() for bundle in bundles for one in bundle.files}
        digests = parse_sums(sums)
        for path in removed:
            digests.pop(path, None)
        return digests | {one.path: one.sha256.hex() for one in done if one.path not in SEALS}

    def _strangers(self, plan: Plan, parts: Mapping[str, Part]) -> tuple[str, ...]:
        """Find what is not ours; not in the folders of entries about which nothing changed."""
        untouched = [path for part in plan.whole.values() for path in part.paths]
        for name, part in plan.opened.items():
            same = [files for _, files in part.bundles.values() if all(isinstance(one, Kept) for one in files)]
            untouched += [one.path for files in same for one in files] if name else []
        folders = {path.rpartition("/")[0] for path in untouched}
        return self.output.strangers(_paths(parts), () if self.wish.full else folders)


@contextmanager
def _explained(what: str, root: Path, name: str, fix: str) -> Iterator[None]:
    """Say of a disk that refuses what it means for the site."""
    try:
        yield
    except OSError as error:
        where = str(error.filename or root).replace(str(root), name, 1).removeprefix("/")
        fix = f"{_REMEDIES[error.errno]} {fix}" if error.errno in _REMEDIES else fix
        raise BuildError(Problem(f"{what}: {said_by(error)}", where, fix=fix)) from None


def _turn(one: Done) -> tuple[bool, int]:
    """Tell when a file is put in place: before any that is there already and may lead to it, and by its kind."""
    return one.was_there, _ORDERS.index(one.order)


def _paths(parts: Mapping[str, Part]) -> list[str]:
    return [path for part in parts.values() for path in part.paths]


def _parts(plan: Plan, done: list[Done]) -> dict[str, Part]:
    """Write down what the site consists of now: what was rendered, and what is as it was."""
    built, parts = {one.path: one for one in done}, dict(plan.whole)
    for part_name, part in plan.opened.items():
        bundles = {
            name: Bundle(
                key, [one if isinstance(one, Kept) else built[one.path].kept(one.key, one.inputs) for one in files]
            )
            for name, (key, files) in part.bundles.items()
        }
        parts[part_name] = Part.of(part.key, bundles)
    return parts
