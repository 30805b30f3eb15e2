"""A disk that fails under a whole process: it counts every change to a file, and at the n-th one something happens.

Python itself says when a file is about to change (PEP 578, audit hooks; `os.write`, `os.fsync` and `os.sync`, which have none,
are wrapped), so this stands below everything the program is made of, its libraries included. What may happen:

- `kill`: the process is gone before the change; of `os.write`, half is done.
- `cut`: the power is gone too, and with it whatever was not fsynced: files, and names in folders.
- `hollow`: as `cut`, but the names are there, and the files empty. (A file system may do either.)
- `ENOSPC`, `EIO`, `EACCES`: the change is refused. A full disk stays full, but for what makes room.
- `pause`: at the first lock, wait for a byte from `resume`: whoever else wants to do something does it now.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sys
from pathlib import Path
from typing import Any

KILLED = 9
GIT = ".git"
KINDS = ("kill", "cut", "hollow", "ENOSPC", "EIO", "EACCES")
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.symlink", "os.link"}
_MAKES_ROOM = {"os.remove", "os.rmdir", "os.truncate", "os.rename"}


class FailingDisk:
    """A disk that fails once this process has changed it a number of times.

    Args:
        root: What is done outside of it does not count.
        at: The change at which it fails, from 1; 0: never.
        kind: How.
        resume: For `pause`: where the end of the pause is heard.
    """

    def __init__(self, root: Path, at: int = 0, kind: str = "kill", resume: int = -1) -> None:
        self._root, self._at, self._kind, self._resume = str(root), at, kind, resume
        self.changes = 0
        self.is_over = False
        self._durable = _Durable(root) if kind in {"cut", "hollow"} else None  # it reads all there is
        self._write, self._fsync = os.write, os.fsync

    def install(self) -> FailingDisk:
        """Stand beneath this process until it ends."""
        os.write, os.fsync = self._half_write, self._sync  # type: ignore[assignment]
        os.sync = self._durable.see_all if self._durable else lambda: None
        sys.addaudithook(self._hear)
        return self

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "fcntl.flock" and self._kind == "pause" and not self.is_over:
            self.is_over = True
            os.read(self._resume, 1)
        if event == "open" and not isinstance(args[0], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self._step(event, os.fsdecode(args[0]))
        elif event in _CHANGES:
            path = _path_of(args[0]) if isinstance(args[0], int) else os.fsdecode(args[0])
            if os.path.lexists(path) != (event in {"os.mkdir", "os.symlink"}):  # else the kernel has another error
                self._step(event, path)

    def _step(self, event: str, path: str) -> None:
        if self.is_over or not path.startswith(self._root):
            return
        self.changes += 1
        if not self._at or self.changes < self._at:
            return
        if self._kind == "ENOSPC" and event in _MAKES_ROOM:
            return
        self.is_over = self._kind != "ENOSPC"
        if self._durable:
            self._durable.restore(has_names=self._kind == "hollow")
        if self._kind in {"kill", "cut", "hollow"}:
            os._exit(KILLED)
        code = getattr(errno, self._kind)
        raise OSError(code, os.strerror(code), path)

    def _half_write(self, descriptor: int, content: bytes) -> int:
        if self.changes + 1 >= self._at > 0 and not self.is_over and _path_of(descriptor).startswith(self._root):
            self._write(descriptor, bytes(content)[: len(content) // 2])
        self._step("write", _path_of(descriptor))
        return self._write(descriptor, content)

    def _sync(self, descriptor: int) -> None:
        self._step("fsync", _path_of(descriptor))
        if self._durable:
            self._durable.sync(descriptor)


class _Durable:
    """What a power cut would leave: of each file, by its number, the bytes; of each folder, the names.

    What git keeps is left to git, which syncs it in processes of its own.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[int, bytes] = {}
        self._folders: dict[int, dict[str, tuple[int, bool]]] = {}
        self.see_all()

    def see_all(self) -> None:
        for folder, _, names in os.walk(self._root):
            self._see(folder)
            for name in names:
                path = Path(folder, name)
                self._files[path.stat().st_ino] = path.read_bytes()

    def sync(self, descriptor: int) -> None:
        path = Path(_path_of(descriptor))
        if path.is_dir():
            self._see(str(path))
        elif path.is_file():
            self._files[path.stat().st_ino] = path.read_bytes()

    def restore(self, *, has_names: bool) -> None:
        if has_names:
            for path in (path for path in self._root.rglob("*") if path.is_file() and GIT not in path.parts):
                path.write_bytes(self._files.get(path.stat().st_ino, b""))
            return
        number = self._root.stat().st_ino
        left = dict(self._left(Path(), number))
        for path in (path for path in self._root.iterdir() if path.name != GIT):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for path, content in left.items():
            target = self._root / path
            if content is None:
                target.mkdir()
            else:
                target.write_bytes(content)

    def _left(self, folder: Path, number: int) -> list[tuple[Path, bytes | None]]:
        found: list[tuple[Path, bytes | None]] = []
        for name, (inside, is_folder) in self._folders.get(number, {}).items():
            if name == GIT and not folder.parts:
                continue
            found.append((folder / name, None if is_folder else self._files.get(inside, b"")))
            if is_folder:
                found += self._left(folder / name, inside)
        return found

    def _see(self, folder: str) -> None:
        with os.scandir(folder) as entries:
            names = {entry.name: (entry.inode(), entry.is_dir(follow_symlinks=False)) for entry in entries}
        self._folders[Path(folder).stat().st_ino] = names


def _path_of(descriptor: int) -> str:
    """Tell the path of an open file."""
    if sys.platform == "darwin":
        return os.fsdecode(fcntl.fcntl(descriptor, 50, bytes(1024)).rstrip(b"\0"))  # F_GETPATH
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())
