"""A target that is a folder on this machine, which a web server serves.

Owns how a file gets there in one step. Knows nothing of the order, or of receipts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path

from claudes_corner.deploy.files import File
from claudes_corner.errors import DeployError, Problem
from claudes_corner.site.marker import MARKER
from claudes_corner.site.output import Output
from claudes_corner.text import digest


class Folder:
    """The folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.place = str(root)

    @cached_property
    def _output(self) -> Output:
        return Output(self._root, self.place, "")  # marked by whoever sends

    def look(self) -> tuple[bytes | None, str]:
        """Tell what marks the folder, and what else is in it."""
        if self._root.exists() and not self._root.is_dir():
            raise DeployError(Problem("this is no folder", self.place))
        names = [path.name for path in self._root.iterdir()] if self._root.is_dir() else []
        marker = (self._root / MARKER).read_bytes() if MARKER in names else None
        return marker, next((name for name in names if name != MARKER), "")

    def differing(self, files: Sequence[File]) -> set[str]:
        """Compare every byte."""
        return {file.path for file in files if not self._is_there(file)}

    def present(self, paths: Iterable[str]) -> set[str]:
        """Tell which of these are there."""
        return {path for path in paths if (self._root / path).is_file()}

    def mark(self, marker: bytes, *, is_last: bool) -> None:
        """Mark the folder."""
        self._root.mkdir(parents=True, exist_ok=True)
        (self._root / MARKER).touch()  # so that it counts as ours from now on
        self._output.write(MARKER, marker)
        if is_last:
            os.sync()  # the receipt will survive a power cut: so must what it speaks of

    def put(self, files: Sequence[File], tell: Callable[[], None]) -> None:
        """Write files, each in one step."""
        for file in files:
            self._output.write(file.path, file.read())
            tell()

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files, and the folders that are empty then."""
        for path in paths:
            self._output.remove(path)

    def _is_there(self, file: File) -> bool:
        target = self._root / file.path
        return target.is_file() and digest(target.read_bytes()) == file.sha256
