"""The builder: reads, plans, renders what is stale, and writes what differs. If nothing changed at all, `seal` says so.

Owns the order of a build: everything is checked, rendered and laid ready before the first file of the site is touched,
so a build that fails leaves the site as it was; but while it is served, what somebody looks at comes before the rest.
Equal content gives equal bytes, whatever the clock, the locale, the last build or the number of processes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import msgspec

from claudes_corner.checkpoints import read_checkpoints
from claudes_corner.disk import locked
from claudes_corner.errors import BuildError, Problem
from claudes_corner.folders import Folders
from claudes_corner.root import FILE_NAME, is_newsletters_own
from claudes_corner.site.content import Content, Since, gather
from claudes_corner.site.editorial import Note, StandingPage, links_astray
from claudes_corner.site.held import Known, NotNowError
from claudes_corner.site.marker import MARKER
from claudes_corner.site.memory import Memories, Memory, Part
from claudes_corner.site.output import ENTRIES, Output
from claudes_corner.site.page import folders_of
from claudes_corner.site.pages import SiteMap
from claudes_corner.site.pictures import find_painter
from claudes_corner.site.plan import ALONE, Plan, Stale, make_plan
from claudes_corner.site.present import Presenter
from claudes_corner.site.seal import CACHE, Seal, Sealed, Watched
from claudes_corner.site.signature import Tree, joined, looks_of, newest_ns
from claudes_corner.site.sums import SEALS
from claudes_corner.site.theme import Theme, find_theme
from claudes_corner.site.wish import Wish
from claudes_corner.site.writing import Writing, explained, paths_of, turn
from claudes_corner.workspace import Workspace


class Built(msgspec.Struct, frozen=True):
    """What a build did, or would do."""

    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]
    strangers: tuple[str, ...]  # files in the folder that are not ours
    astray: tuple[str, ...]  # what is to be said of the editors' links that lead nowhere
    reasons: tuple[tuple[str, str], ...]  # stale paths, and why
    entries: int
    loss: str = ""  # why nothing was known of the last build, though there was one


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
    name = folders.relative(root) if root.is_relative_to(folders.root) else str(root)
    output = Output(root, name, workspace.config.site.tag)
    _must_be_free(folders, output)
    one = _Build(workspace, output, base_url or "", Wish(**wish))  # type: ignore[arg-type]
    with explained("the site could not be built", folders.root, "", "Set that right, and build again."):
        if one.wish.dry_run:
            return one.run()
        one.memories.html.parent.mkdir(parents=True, exist_ok=True)
        with locked(one.memories.html.parent):  # one build at a time, whoever else builds
            return one.run()


def _must_be_free(folders: Folders, output: Output) -> None:
    """Refuse to build into a newsletter's own folders, but its `site/`, or over another newsletter's site.

    Raises:
        BuildError: It is one; nothing in it was touched.
    """
    if os.path.realpath(output.root) == os.path.realpath(folders.site):
        return  # ours by its place, whatever tag it was built under
    if is_newsletters_own(folders.root, output.root):
        fix = "Choose another with --out: new, empty, or built there before."
        raise BuildError(Problem("the newsletter's own folder is no place to build a site", output.name, fix=fix))
    if other := output.find_other_owner():
        raise BuildError(other)


class _Build:
    def __init__(self, workspace: Workspace, output: Output, base_url: str, wish: Wish) -> None:
        self.workspace, self.output, self.wish = workspace, output, wish
        self.memories = wish.memories or Memories(workspace.folders.root / CACHE, output.root)
        self.seal = Seal(workspace.folders.root, output.root)
        self.asked_url, self.base_url = base_url, base_url or workspace.config.site.base_url

    def run(self) -> Built:
        """Look, plan, render, write; what nobody waits for can be put off, if what is known now is held meanwhile."""
        wish, content_folder = self.wish, self.workspace.folders.content
        wish.stage("look")
        since_ns = 0 if wish.dry_run else self.memories.now_ns()
        with locked(content_folder) if content_folder.is_dir() else nullcontext():
            memory = Memory() if wish.full else self.memories.recall()
            known, watched = self._known(memory), self._watched()
            looks = known.looks if known else list(watched.look())
            damage = {} if known else self.output.damage(memory.parts)
            self._go_on(memory)
            content, checkpoints = self._read(memory, looks, since_ns, known), read_checkpoints(content_folder)
        owned, theme = self._owned(memory), known.theme if known else self._theme()
        plan = self._plan(memory, content, theme, damage, owned)
        reasons = tuple((stale.path, stale.why) for stale in plan.stale)
        told = {"reasons": reasons, "entries": len(content.entries), "loss": self.memories.loss}
        if wish.dry_run:
            return Built((), plan.fresh, plan.removed, (), (), **told)  # type: ignore[arg-type]
        self.seal.break_()
        writing = Writing(plan, self.output, content, memory, owned, wish)
        sums = writing.write(checkpoints, known.sums if known else None)
        wish.stage("remember")  # all files are in their places
        strangers = known.strangers if known else self._strangers(plan, writing.paths)
        texts: list[Note | StandingPage] = [*content.notes, *content.pages]
        astray = tuple(map(str, links_astray(self.workspace.folders, self.output.root, self.base_url, texts)))
        if known is None:
            self.memories.remember(memory)
            wish.stage("seal")
            if newest_ns(files for tree in looks for files in tree.values()) < since_ns:
                self._set_seal(watched, looks, Sealed(plan.size, strangers, astray), memory.parts)
        self.memories.hold(memory, Known(self.workspace.config, looks, content, theme, sums, strangers))
        written = tuple(one.path for one in sorted(writing.done, key=turn) if one.is_new)
        unchanged = plan.size - len(written)
        return Built(written, unchanged, writing.removed, strangers, astray, **told)  # type: ignore[arg-type]

    def _known(self, memory: Memory) -> Known | None:
        """Tell what is known without a look at everything; None if it is not sure that nothing else has changed.

        Settings are read before anybody tells of their change.
        """
        known, changed = self.memories.known, self.wish.changed
        if known is None or changed is None or memory.marker != self.output.marker_signature:
            return None
        if known.config != self.workspace.config:
            return None
        return known if known.follow(self.workspace.folders, changed) else None

    def _go_on(self, memory: Memory) -> None:
        """Go on after a look at everything, unless somebody waits for something else."""
        if self.wish.changed is None and self.memories.known and not self.wish.is_idle():
            self.memories.hold(memory, self.memories.known)
            raise NotNowError

    def _watched(self) -> Watched:
        """Tell all that a site is made of: its seal is broken by a theme, too, that comes before the one it has."""
        folders, config = self.workspace.folders, self.workspace.config
        prompts = (mode.prompt_file for mode in config.modes.values() if mode.prompt_file)
        own, themes = folders.root / "themes", find_theme(folders.root, config.site.theme)
        others = (folder for folder in themes if not folder.is_relative_to(own))
        files = (folders.ledger, *(folders.root / name for name in (FILE_NAME, *prompts)))
        return Watched(self.asked_url, tuple(map(str, (own, *others, folders.content))), tuple(map(str, files)))

    def _set_seal(self, watched: Watched, looks: list[Tree], said: Sealed, parts: Mapping[str, Part]) -> None:
        """Seal the site, with all that is in its folder; one with a stranger at which nobody can look stays open.

        A folder looks otherwise when something was put into it. Entries have too many to look at each.
        """
        those = [part for name, part in parts.items() if name == ALONE or not part.paths[0].startswith(ENTRIES)]
        folders = {".", *(folder for path in paths_of(those) for folder in folders_of(path))}
        if len(those) < len(parts):
            folders.add(ENTRIES[:-1])
        others = [MARKER, *said.strangers, *sorted(folders)]
        try:
            holds = joined([*(part.looks for part in parts.values()), looks_of(f"{self.output.root}/", others)])
        except OSError:  # a link that leads nowhere, as some editors leave beside what they have open
            return
        self.seal.set(watched, looks, said, paths_of(parts.values()) + others, holds)

    def _read(self, memory: Memory, looks: list[Tree], since_ns: int, known: Known | None) -> Content:
        self.wish.stage("read")
        essays = f"{self.workspace.folders.essays}"
        found = next((tree[essays] for tree in looks if essays in tree), {})
        if known:
            named = {path.rpartition("/")[2] for path in self.wish.changed or () if path.startswith(f"{essays}/")}
            return gather(self.workspace, memory, found, since_ns, since=Since(known.content, frozenset(named)))
        html = None if self.wish.dry_run else self.memories.html
        if not memory.rows and html:
            html.unlink(missing_ok=True)
        return gather(self.workspace, memory, found, since_ns, html, self.wish.jobs)

    def _theme(self) -> Theme:
        config, folders = self.workspace.config, self.workspace.folders
        compiled = None if self.wish.dry_run else folders.cache / "jinja2"
        return Theme(find_theme(folders.root, config.site.theme), self.base_url, config.site.disclaimer, compiled)

    def _plan(self, memory: Memory, content: Content, theme: Theme, damage: dict[str, str], owned: set[str]) -> Plan:
        self.wish.stage("plan")
        config, folders = self.workspace.config, self.workspace.folders
        painter = find_painter(folders.root, config.site, folders.cache / "pictures")
        site = SiteMap(config, content, theme, Presenter(config, self.base_url, content), self.base_url, painter)
        return make_plan(site.pages(), memory.parts, damage, self.output.exists, owned - {*SEALS})

    def _owned(self, memory: Memory) -> set[str]:
        """Tell which files earlier builds wrote; the marker need not be read if it is as the last one left it."""
        is_known = bool(memory.parts) and memory.marker == self.output.marker_signature
        return set(paths_of(memory.parts.values())) if is_known else set(self.output.owned())

    def _strangers(self, plan: Plan, paths: set[str]) -> tuple[str, ...]:
        """Find what is not ours; not in the folders of entries about which nothing changed."""
        bundles = [files for part in plan.opened.values() for _, files in part.bundles.values()]
        touched = [one.path for files in bundles if any(isinstance(one, Stale) for one in files) for one in files]
        folders = {path.rpartition("/")[0] for path in touched}
        return self.output.strangers(paths, None if self.wish.full else folders)
