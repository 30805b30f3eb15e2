"""What was found sound before, so that whoever sends a site out looks again only at what is new.

Owns that memory. A check is remembered only if it found no problem, and only as a digest of all that its answer
depends on: this program, what is on record, the bytes of every file. So nothing can be taken for sound that was not
looked at byte for byte as it is now; what is damaged or another program's is forgotten. A stranger's `corner verify`
remembers nothing.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from claudes_corner.disk import Disk
from claudes_corner.errors import Problem

_LIBRARIES = ("markdown-it-py", "mdit-py-plugins", "msgspec", "python-frontmatter", "pyyaml", "rfc8785")
_SIZE = hashlib.sha256().digest_size


class Remembered:
    """The things that were found sound; without a file, nothing is remembered beyond this process."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        raw = path.read_bytes() if path and path.is_file() else b""
        kept = raw[_SIZE:] if hashlib.sha256(raw[_SIZE:]).digest() == raw[:_SIZE] else b""
        self._before = {kept[start : start + _SIZE] for start in range(0, len(kept), _SIZE)}
        self._now: set[bytes] = set()

    def is_sound(self, key: bytes) -> bool:
        """Answer whether a thing was found sound, exactly as it is."""
        if key in self._before:
            self._now.add(key)
        return key in self._now

    def judge(self, key: bytes, check: Iterable[Problem]) -> tuple[Problem, ...]:
        """Tell what is wrong with a thing: nothing, and no check is begun, if it was found sound before."""
        found = () if self.is_sound(key) else tuple(check)
        if not found:
            self._now.add(key)
        return found

    def save(self) -> None:
        """Write down what was found sound since this memory was opened; what was not met again is forgotten."""
        if self._path:
            kept = b"".join(sorted(self._now))
            Disk().write(self._path, hashlib.sha256(kept).digest() + kept)


def key_of(*parts: object) -> bytes:
    """Put all that a check's answer depends on into one digest; the program is among it."""
    return hashlib.sha256(msgspec.msgpack.encode((_program(), parts))).digest()


@cache
def _program() -> bytes:
    own = [path.read_bytes() for path in sorted(Path(__file__).parents[1].rglob("*.py"))]
    libraries = [version(name) for name in _LIBRARIES]
    return hashlib.sha256(msgspec.msgpack.encode((sys.version, libraries, own))).digest()
