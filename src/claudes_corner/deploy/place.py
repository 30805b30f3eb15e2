"""What every target can do, so that a site goes out to each in the same way.

Owns the protocol, and what is said when a target does not answer as it should.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec

from claudes_corner.deploy.files import File


class Found(msgspec.Struct, frozen=True):
    """What a target holds before anything is sent."""

    marker: bytes | None  # what marks it as ours, if anything does
    other: str = ""  # the name of something else that is there; empty if nothing is


class Target(Protocol):
    """A place that a site is sent to. Each method raises a `DeployError` if the target cannot be reached or refuses."""

    place: str  # as messages and receipts name it

    def look(self) -> Found:
        """Tell whether the place is ours, and whether something is there."""

    def differing(self, files: Sequence[File]) -> set[str]:
        """Tell which files are not there exactly as they should be, by their bytes."""

    def present(self, paths: Iterable[str]) -> set[str]:
        """Tell which of some files are there."""

    def mark(self, marker: bytes, *, is_last: bool) -> None:
        """Mark the place as ours: once before anything is sent, and once when all is."""

    def put(self, files: Sequence[File], tell: Callable[[int], None]) -> None:
        """Send files, in any order, each of which changes in one step; tell how many more are done."""

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files."""
