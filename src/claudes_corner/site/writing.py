"""Writing what is stale: rendered and laid ready, and then put in place.

Owns the order in which files come into their places: what is linked to, then what links, feeds, and what seals it all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from claudes_corner.checkpoints import Kept as Checkpoints
from claudes_corner.disk import TEMPORARY
from claudes_corner.errors import BuildError, Problem, remedy, said_by
from claudes_corner.site.content import Content
from claudes_corner.site.memory import Bundle, Done, Kept, Memory, Part
from claudes_corner.site.output import Output
from claudes_corner.site.page import folders_of
from claudes_corner.site.plan import Plan, Stale
from claudes_corner.site.rendering import lay_ready, render
from claudes_corner.site.sums import SEALS, SUMS, seals_of, sums_of
from claudes_corner.site.wish import Wish

_SEALS = "SEALS"  # the part of what seals a site, and the one bundle in it
_ORDERS = ("asset", "page", "list", "feed", "seal")


class Writing:
    """One site that is brought up to date.

    Args:
        plan: Says what is stale, and what goes.
        output: The site's folder.
        content: What it shows.
        memory: What is known of its files; it is brought up to date.
        owned: The paths that earlier builds wrote.
        wish: How to go about it.
    """

    def __init__(
        self, plan: Plan, output: Output, content: Content, memory: Memory, owned: set[str], wish: Wish
    ) -> None:
        self._plan, self._output, self._content, self._memory = plan, output, content, memory
        self._owned, self._wish = owned, wish
        self.done: list[Done] = []  # what was rendered so far
        self.removed: tuple[str, ...] = ()
        self.paths: set[str] = set()  # of all files, when all is written

    def write(self, checkpoints: Checkpoints, sums: bytes | None) -> bytes:
        """Render and lay ready, and put in place; what somebody looks at comes first.

        Args:
            checkpoints: The newsletter's.
            sums: `SHA256SUMS` as it was; None if that must be looked up.

        Returns:
            The same, as they are now.
        """
        fix = "Build again: it takes up where this one stopped."
        with explained("the site could not be written", self._output.root, self._output.name, fix):
            try:
                self._output.prepare()
                self._wish.stage("render")
                rest = self._write_first()
                return self._write_rest(rest, checkpoints, sums)
            finally:
                self._output.discard()

    def _write_first(self) -> Sequence[Stale]:
        """Write what somebody looks at, with all that it may lead to; return the others."""
        if self._wish.open_files is None:
            return self._plan.stale
        seen = self._wish.open_files()
        first: list[Stale] = []
        rest: list[Stale] = []
        for one in self._plan.stale:
            is_first = one.order in {"asset", "page"} or one.path in seen or not self._output.exists(one.path)
            (first if is_first else rest).append(one)
        self.done = render(first, self._output, self._content, self._wish.jobs, self._wish.report)
        self._place(self.done, self._owned.union(one.path for one in first))
        self._wish.placed([one.path for one in self.done])
        return rest

    def _write_rest(self, rest: Sequence[Stale], checkpoints: Checkpoints, sums: bytes | None) -> bytes:
        output, memory = self._output, self._memory
        done = render(rest, output, self._content, self._wish.jobs, self._wish.report)
        self.done = [*self.done, *done]
        self._wish.stage("write")
        before, memory.parts = memory.parts, _parts(self._plan, self.done)
        new = {one.path: one.sha256 for one in self.done}
        sums = sums_of(self._sums(before) if sums is None else sums, new, self._plan.paths)
        sealing = seals_of(sums, checkpoints).items()
        seals = [Done(path, "seal", *lay_ready(output, path, raw, path.replace("/", "-"))) for path, raw in sealing]
        memory.parts[_SEALS] = Part.of(b"", {_SEALS: Bundle(b"", [one.kept(b"", b"") for one in seals])})
        self.paths = now = self._plan.paths.union(one.path for one in seals)
        gone = [*self._plan.removed, *(path for path in SEALS if path in self._owned and path not in now)]
        self._place([*done, *seals], now.union(gone))
        self.removed += tuple(path for path in gone if output.remove(path))
        if gone:
            output.list_owned(now)
        memory.marker = output.marker_signature
        return sums

    def _place(self, done: Iterable[Done], owned: set[str]) -> None:
        """Put files in place; before the first of them is, all are listed as ours."""
        new = sorted((one for one in done if one.is_new), key=turn)
        self._clear_the_way([one.path for one in new])
        self._output.make_room([one.path for one in new])
        if self._owned != owned or self._memory.marker != self._output.marker_signature:
            self._output.list_owned(owned)
            self._owned, self._memory.marker = owned, self._output.marker_signature
        for one in new:
            self._output.place(one.ready, one.path)

    def _clear_the_way(self, new: list[str]) -> None:
        """Remove what the site no longer has where a file is to be a folder, or a folder a file."""
        if not self._plan.removed:
            return
        places, folders = set(new), {folder for path in new for folder in folders_of(path)}
        gone = [path for path in self._plan.removed if path in folders or not places.isdisjoint(folders_of(path))]
        self.removed += tuple(path for path in gone if self._output.remove(path))

    def _sums(self, before: dict[str, Part]) -> bytes:
        """Look up the sums as they were: the last build's, if nobody changed these since."""
        kept = {one.path: one for one in before[_SEALS].bundles()[_SEALS].files} if _SEALS in before else {}
        sums = self._output.read(SUMS) if SUMS in kept else b""
        if sums and hashlib.sha256(sums).digest() == kept[SUMS].sha256:
            return sums
        bundles = [bundle for part in before.values() for bundle in part.bundles().values()]
        known = {one.path: one.sha256 for bundle in bundles for one in bundle.files}
        return sums_of(b"", known, known.keys())


@contextmanager
def explained(what: str, root: Path, name: str, fix: str) -> Iterator[None]:
    """Say of a disk that refuses what it means for the site."""
    try:
        yield
    except OSError as error:
        path = str(error.filename or root)
        within = path.removeprefix(f"{root}/") if path != str(root) else ""
        where = path if within == path else "/".join(filter(None, (name, within)))
        where = re.sub(rf"(^|/){re.escape(TEMPORARY)}.*", "", where)  # what was meant is the folder that it is in
        is_taken = isinstance(error, FileExistsError | IsADirectoryError | NotADirectoryError)
        first = "Move away what stands in its place." if is_taken else remedy(error)
        raise BuildError(Problem(f"{what}: {said_by(error)}", where, fix=f"{first} {fix}".lstrip())) from None


def turn(one: Done) -> tuple[bool, int]:
    """Tell when a file is put in place: before any that is there already and may lead to it, and by its kind."""
    return one.was_there, _ORDERS.index(one.order)


def paths_of(parts: Iterable[Part]) -> list[str]:
    """List the files of parts."""
    return [path for part in parts for path in part.paths]


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
