"""The folder that is built: what in it is ours, and how it is changed.

Owns `site/` and its marker. Nothing without the marker is ever written to, nothing that the marker does not list is
ever removed, and each file changes in one step, so a server on the folder never serves half a page.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Set
from pathlib import Path

from claudes_corner.disk import TEMPORARY, Disk, sync_folder
from claudes_corner.errors import BuildError, Problem

MARKER = ".corner-site"
_TEMPORARY = f"{TEMPORARY}new"


class Output:
    """A built site's folder.

    Args:
        root: The folder. It must be new, empty, or marked as ours.
        name: What messages call it: `site`, or a path elsewhere.

    Raises:
        BuildError: It is something else.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.name = name
        self.owned = self._read_marker()

    def present(self, paths: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Look at files: size in bytes and modification time in ns of those that are there."""
        found = {}
        for path in paths:
            try:
                status = (self.root / path).stat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            found[path] = (status.st_size, status.st_mtime_ns)
        return found

    def claim(self, paths: Iterable[str]) -> None:
        """Mark the folder, and the paths that a build is about to write, as ours."""
        self.root.mkdir(parents=True, exist_ok=True)
        self._write_marker(self.owned | set(paths))

    def write(self, path: str, content: bytes) -> bool:
        """Write a file unless it holds exactly this already.

        Returns:
            Whether it was written.
        """
        target = self.root / path
        if target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(_TEMPORARY)
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(target)) from None  # the file that is meant
        return True

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
        sync_folder(folder)  # it must not come back when the marker has forgotten it
        return True

    def finish(self, paths: Iterable[str]) -> None:
        """Note what the site consists of now."""
        self._write_marker(set(paths))

    def strangers(self, paths: Iterable[str]) -> tuple[str, ...]:
        """List files that no build wrote: left alone, and reported. What a killed build left half written goes."""
        known = {*paths, MARKER}
        found = []
        for folder, _, names in os.walk(self.root):
            for half in {name for name in names if name.startswith(TEMPORARY)} - {MARKER}:
                Path(folder, half).unlink()
                names.remove(half)
            inside = Path(folder).relative_to(self.root).as_posix()
            found += [path for name in names if (path := name if inside == "." else f"{inside}/{name}") not in known]
        return tuple(sorted(found))

    def _read_marker(self) -> frozenset[str]:
        if not self.root.exists():
            return frozenset()
        marker = self.root / MARKER
        if marker.is_file():
            return parse_marker(marker.read_bytes())
        if not self.root.is_dir() or any(self.root.iterdir()):
            raise BuildError(
                Problem(
                    "this folder was not built by corner, so nothing in it is touched",
                    self.name,
                    expected=f"a new or empty folder, or one with {MARKER}",
                    fix="Choose another with --out.",
                )
            )
        return frozenset()

    def _write_marker(self, paths: Set[str]) -> None:
        content = render_marker(paths)
        if not (self.root / MARKER).is_file() or (self.root / MARKER).read_bytes() != content:
            Disk().write(self.root / MARKER, content)  # durably: without it, nobody knows what may be removed


def render_marker(paths: Iterable[str]) -> bytes:
    """Write what marks a place as ours, and which files there are."""
    listed = {"about": "Built by corner. These files are its own; others are left alone.", "files": sorted(paths)}
    return json.dumps(listed, indent=1).encode() + b"\n"


def parse_marker(raw: bytes) -> frozenset[str]:
    """Read which files of a place are ours. Of one that is damaged, we know of none that we may remove."""
    try:
        listed = json.loads(raw)["files"]
        return frozenset(path for path in listed if isinstance(path, str) and _is_inside(path))
    except (ValueError, KeyError, TypeError):
        return frozenset()


def _is_inside(path: str) -> bool:
    """Answer whether a listed path stays within the folder: a marker may come from anywhere."""
    return not path.startswith("/") and ".." not in path.split("/") and "\0" not in path
