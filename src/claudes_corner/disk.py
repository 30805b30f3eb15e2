"""The one seam through which anything outside `site/` is written, and through which what may be no file is read.

Owns how bytes reach the disk so that a crash leaves either the old file or the new one: append, write atomically, move,
remove, lock. Knows nothing of what the bytes mean. Linux and macOS.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from claudes_corner.errors import Problem, WorkspaceError

TEMPORARY = ".corner-"  # how the names of half-written files begin


class Disk:
    """Writes files durably. A value of its own, so that tests can let it fail at every step."""

    def append(self, path: Path, line: bytes) -> None:
        """Append bytes to a file and wait until they are on the disk; if that fails, the file is as long as before."""
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        size_bytes, left = os.fstat(descriptor).st_size, memoryview(line)
        with named(path):
            try:
                while left:
                    left = left[os.write(descriptor, left) :]
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size_bytes)
                raise
            finally:
                os.close(descriptor)
        if is_new:
            sync(path.parent)

    def truncate(self, path: Path, size_bytes: int) -> None:
        """Cut a file to its first bytes."""
        with path.open("r+b") as file:
            file.truncate(size_bytes)
            os.fsync(file.fileno())

    def write(self, path: Path, content: bytes) -> None:
        """Replace a file as a whole, or make it, with its folder: a reader sees the old bytes or the new ones."""
        _make_folder(path.parent)
        temporary = path.with_name(f"{TEMPORARY}{path.name}")
        with named(path):
            try:
                with open_new(temporary) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            except OSError:
                with suppress(OSError):
                    temporary.unlink()
                raise
        sync(path.parent)

    def update(self, path: Path, content: bytes) -> None:
        """Write a file, unless it holds exactly this already."""
        if not path.exists() or path.read_bytes() != content:
            self.write(path, content)

    def write_apart(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Write many files of a folder that nobody reads yet, and wait until all of them are on the disk."""
        _make_folder(folder)
        for name, content in files.items():
            with open_new(folder / name) as file:
                file.write(content)
        for name in files:
            sync(folder / name)
        sync(folder)

    def move_all(self, source: Path, target: Path, names: Iterable[str]) -> None:
        """Move many files from one folder to another."""
        _make_folder(target)
        for name in names:
            (source / name).replace(target / name)
        sync(target)
        sync(source)

    def move(self, source: Path, target: Path) -> None:
        """Move a file within the workspace, replacing what is there."""
        _make_folder(target.parent)
        source.replace(target)
        sync(target.parent)
        if source.parent != target.parent:
            sync(source.parent)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)
        sync(path.parent)


def open_new(path: Path, mode: int = 0o666) -> BinaryIO:
    """Open a file that is written under a temporary name. What stands there goes: a link may lead to anybody's file."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")


def read_file(path: Path) -> bytes:
    """Read a file. What is none is refused: from a pipe, nothing may ever come, and from a device, no end.

    Raises:
        OSError: It cannot be read, or is no file.
    """
    must_be_file(path)
    return path.read_bytes()


def must_be_file(path: Path | str) -> None:
    """Refuse a pipe, a socket or a device; of a folder, the system says it itself.

    Raises:
        OSError: It is one, or is not there.
    """
    if not stat.S_ISREG(mode := os.stat(path).st_mode) and not stat.S_ISDIR(mode):  # noqa: PTH116  (forty thousand times)
        raise OSError(errno.EINVAL, "it is no file", str(path))


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Let the system say what it refuses of the file or folder that was meant, not of a temporary one."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def must_be_writable(*paths: Path) -> None:
    """Ask whether files can be written, or folders written into; of what is not there, the nearest folder above counts.

    Raises:
        OSError: What the system would say.
    """
    for path in paths:
        there = next(place for place in (path, *path.parents) if place.exists())
        if not os.access(there, os.W_OK | (os.X_OK if there.is_dir() else 0)):
            code = errno.EROFS if os.statvfs(there).f_flag & os.ST_RDONLY else errno.EACCES
            raise OSError(code, os.strerror(code), str(there))


@contextmanager
def locked(folder: Path, *, busy: str = "") -> Iterator[int]:
    """Hold the one lock on a folder (flock); the kernel lets go of it when the process ends, however it ends.

    If somebody else holds it, wait; if `busy` is given, say that instead. A child that is given the descriptor goes on
    holding the lock if this process is killed.

    Raises:
        WorkspaceError: Somebody else holds it, and `busy` is given.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            raise WorkspaceError(Problem(busy, folder.name + "/")) from None
        yield descriptor
    finally:
        os.close(descriptor)


def put_in_place(half: Path, target: Path) -> None:
    """Let a new folder take its place, once all that is in it is on the disk; in one step, if the place is empty."""
    for path in (*half.rglob("*"), half):
        sync(path)
    if target.is_dir() and any(target.iterdir()):  # `.git` stands there already
        half.replace(_ready(target))
        sync(target.parent)
        finish_placing(target)
    else:
        half.replace(target)
        sync(target.parent)


def finish_placing(target: Path) -> bool:
    """Go on with putting a folder in place part by part, if that was begun and cut short; answer whether it was."""
    if not (ready := _ready(target)).is_dir() or ready.is_symlink():
        return False
    for path in sorted(ready.iterdir(), key=lambda path: (path.is_file(), path.name)):  # corner.toml last
        path.replace(target / path.name)
    sync(target)
    ready.rmdir()
    sync(target.parent)
    return True


def _ready(target: Path) -> Path:
    return target.with_name(f"{TEMPORARY}{target.name}.ready")


def _make_folder(folder: Path) -> None:
    """Make a folder, and those above it, so that their names last as long as what is put into them."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(path: Path) -> None:
    """Wait until a file is on the disk, or what was renamed, made or removed in a folder (fsync(2), NOTES)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
