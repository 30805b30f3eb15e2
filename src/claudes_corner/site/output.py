"""The folder that is built: what in it is ours, and how it is changed.

Owns `site/` and its marker. Nothing without the marker is ever written to, nothing that the marker does not list is
ever removed, and each file changes in one step, so a server on the folder never serves half a page. New files are laid
ready in a folder of their own within it first, all of them, and then moved to their places.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from claudes_corner.disk import TEMPORARY, Disk, must_be_file, read_file, sync
from claudes_corner.errors import BuildError, Problem
from claudes_corner.site.marker import MARKER, find_other_owner, is_inside, parse_marker, render_marker
from claudes_corner.site.memory import Part
from claudes_corner.site.signature import Signature, looks_of, packed, signature_of, unpacked

STAGE = ".corner-new"
READY = ".corner-ready"  # how the names of files that were laid ready end: nobody else's do
_HALF = TEMPORARY + MARKER  # what the marker is called until it is whole: see `Disk.write`
ENTRIES = "essays/"
MISSING, DAMAGED = "its file is missing", "its file was changed by someone else"


class Output:
    """A built site's folder.

    Args:
        root: The folder. It must be new, empty, or marked as ours.
        name: What messages call it: `site`, or a path elsewhere.
        newsletter: Whose it is, by its `[site] tag`; whether it is another's is not looked at here.

    Raises:
        BuildError: It is something else.
    """

    def __init__(self, root: Path, name: str, newsletter: str) -> None:
        self.root = root
        self.name = name
        self._newsletter = newsletter
        self._base = f"{root}/"
        if root.exists() and not self._marker.is_file() and not self._is_empty():
            raise BuildError(
                Problem(
                    "this folder was not built by corner, so nothing in it is touched",
                    self.name,
                    expected=f"a new or empty folder, or one with a file {MARKER}",
                    fix="Choose another with --out.",
                )
            )
        self._is_new = not root.exists()
        self._was_empty = self._is_new or not any(root.iterdir())

    @property
    def _marker(self) -> Path:
        return self.root / MARKER

    @property
    def _stage(self) -> Path:
        return self.root / STAGE

    @property
    def marker_signature(self) -> Signature:
        """What the marker looks like: if it is as the last build left it, so is what it lists."""
        return signature_of(self._marker)

    def find_other_owner(self) -> Problem | None:
        """Say whose it is, if it is marked as another newsletter's."""
        try:
            return find_other_owner(read_file(self._marker), self._newsletter, self.name)
        except OSError:
            return None

    def owned(self) -> frozenset[str]:
        """Read which files earlier builds wrote, whatever became of their memory."""
        try:
            return parse_marker(read_file(self._marker))
        except FileNotFoundError:  # after any other refusal, a build would forget for good what is ours
            return frozenset()

    def exists(self, path: str) -> bool:
        """Answer whether there was something at a path."""
        return not self._was_empty and os.path.lexists(self._base + path)

    def read(self, path: str) -> bytes:
        """Read a file; one that is not there is empty."""
        try:
            return read_file(Path(self._base + path))
        except OSError:
            return b""

    def damage(self, parts: Mapping[str, Part]) -> dict[str, str]:
        """Find the files that are not as a build left them, and say what is wrong with each."""
        return {path: wrong for part in parts.values() for path, wrong in self._damage(part)}

    def _damage(self, part: Part) -> Iterator[tuple[str, str]]:
        try:
            if looks_of(self._base, part.paths) == part.looks:
                return
        except (FileNotFoundError, NotADirectoryError):
            pass
        for path, (size_bytes, mtime_ns) in zip(part.paths, unpacked(part.looks), strict=True):
            try:
                if looks_of(self._base, [path]) != packed([size_bytes], [mtime_ns]):
                    yield path, DAMAGED
            except (FileNotFoundError, NotADirectoryError):
                yield path, MISSING

    def prepare(self) -> None:
        """Make room for new files, and take away what a killed build left there.

        Raises:
            BuildError: There is a link in its place.
        """
        self._check_links([STAGE])
        self.discard()
        self._stage.mkdir(parents=True, exist_ok=True)  # somebody may keep files of their own there

    def discard(self) -> None:
        """Take away what was laid ready; a new site's folder, too, if there is nothing else."""
        with suppress(OSError):
            self._stage.rmdir()  # nearly always it is empty, or not there
        if self._stage.is_dir() and not self._stage.is_symlink():
            for path in self._stage.glob(f"*{READY}"):
                with suppress(OSError):
                    path.unlink()
            with suppress(OSError):
                self._stage.rmdir()
        if self._is_new and self.root.is_dir() and not any(self.root.iterdir()):
            self.root.rmdir()

    def lay_ready(self, path: str, content: bytes, name: str) -> tuple[int, bool, bool]:
        """Write what a file is to hold, unless it holds exactly this already.

        Args:
            path: The file.
            content: What it is to hold.
            name: What it is called until it has its place.

        Returns:
            Its modification time in ns, whether it was written, and whether there was such a file.
        """
        target, was_there = self._base + path, False
        if os.access(target, os.F_OK):  # of a new site, nothing is; to fail to open it would take longer
            must_be_file(target)
            with suppress(OSError), open(target, "rb") as there:  # noqa: PTH123  (forty thousand times)
                status, was_there = os.fstat(there.fileno()), True
                if status.st_size == len(content) and there.read() == content:
                    return status.st_mtime_ns, False, True
        try:
            return _write(f"{self._base}{STAGE}/{name}{READY}", content), True, was_there
        except OSError as error:
            raise OSError(error.errno, error.strerror, target) from None  # the file that is meant

    def make_room(self, paths: Sequence[str]) -> None:
        """Make the folders that files need, and see that they can be put there, before the first one is.

        Raises:
            BuildError: One would lie outside of the site; nothing was made.
        """
        if outside := next((path for path in paths if not is_inside(path)), ""):
            fix = "A slug or tag on record must have been made elsewhere: see corner verify."
            raise BuildError(Problem(f"{outside!r} would lie outside of the site", self.name, fix=fix))
        folders = dict.fromkeys(os.path.dirname(path) for path in paths)  # noqa: PTH120
        self._check_links(folders)
        if not self._marker.is_file():
            self.list_owned(())  # a new folder is ours before anything is in it
        for folder in ((self._base + folder).rstrip("/") for folder in folders):
            try:
                os.mkdir(folder)  # noqa: PTH102  (of a new site, all are new, and the one above is there)
            except OSError:
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)
        for path in paths:
            if os.path.isdir(self._base + path):  # noqa: PTH112
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self._base + path)

    def _check_links(self, folders: Iterable[str]) -> None:
        """Refuse folders that are links: what was put there would take the place of files of others, elsewhere."""
        seen = set()
        for folder in folders:
            while folder and folder not in seen:
                seen.add(folder)
                if os.path.islink(self._base + folder):  # noqa: PTH114
                    what, fix = (
                        "this folder of the site is a link to another place",
                        "Remove the link, and say the command again.",
                    )
                    raise BuildError(Problem(what, f"{self.name}/{folder}", fix=fix))
                folder = os.path.dirname(folder)  # noqa: PTH120,PLW2901

    def place(self, name: str, path: str) -> None:
        """Put a file that was laid ready into its place, in one step."""
        target, source = self._base + path, f"{self._base}{STAGE}/{name}{READY}"
        try:
            try:
                os.replace(source, target)  # noqa: PTH105
            except FileNotFoundError:
                os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103,PTH120
                os.replace(source, target)  # noqa: PTH105
        except OSError as error:
            raise OSError(error.errno, error.strerror, target) from None

    def remove(self, path: str) -> bool:
        """Remove a file of ours, and the folders that are empty then; what is no file within the folder stays.

        Returns:
            Whether it was removed.
        """
        target = self.root / path
        if not target.is_file() or not target.parent.resolve().is_relative_to(self.root.resolve()):
            return False
        target.unlink()
        for folder in target.parents:
            if folder == self.root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
        sync(folder)  # it must not come back when the marker has forgotten it
        return True

    def claim(self, paths: Iterable[str]) -> None:
        """Mark further files as ours."""
        self.list_owned(self.owned().union(paths))

    def write(self, path: str, content: bytes) -> None:
        """Write a single file, unless it holds exactly this already."""
        self.make_room([path])
        self.prepare()
        if self.lay_ready(path, content, "one")[1]:
            self.place("one", path)
        self.discard()

    def list_owned(self, paths: Iterable[str]) -> None:
        """Write into the marker which files are ours, before they are put into their places."""
        content = render_marker(paths, self._newsletter)
        if not self._marker.is_file() or self._marker.read_bytes() != content:
            Disk().write(self._marker, content)  # durably: without it, nobody knows what may be removed

    def strangers(self, paths: Iterable[str], touched: Collection[str] | None = None) -> tuple[str, ...]:
        """List files that no build wrote: left alone, and reported. A marker that was left half written goes.

        Of a folder that was empty when the build began, the next build looks for them.

        Args:
            paths: All files of the site.
            touched: The folders of those entries about which anything changed; others' need not be looked into. None:
                all are.
        """
        if self._was_empty:
            return ()
        known = {*paths, MARKER}
        found = []
        for folder, inside, names in os.walk(self.root):
            here = folder[len(self._base) :] + "/" if len(folder) >= len(self._base) else ""
            if here == ENTRIES and touched is not None:
                inside[:] = [n for n in inside if f"{ENTRIES}{n}/index.html" not in known or f"{ENTRIES}{n}" in touched]
            if not here and _HALF in names:
                Path(folder, _HALF).unlink()
                names.remove(_HALF)
            found += [here + name for name in names if here + name not in known]
        return tuple(sorted(found))

    def _is_empty(self) -> bool:
        """Answer whether there is nothing, but what a build left that was killed before it had marked the folder."""
        if not self.root.is_dir() or any(path.name not in {STAGE, _HALF} for path in self.root.iterdir()):
            return False
        return not self._stage.is_dir() or all(path.name.endswith(READY) for path in self._stage.iterdir())


def _write(path: str, content: bytes) -> int:
    """Write a new file, through no link; return its modification time in ns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        return os.fstat(descriptor).st_mtime_ns
    finally:
        os.close(descriptor)
