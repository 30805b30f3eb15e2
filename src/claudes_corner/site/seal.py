"""The seal on a built site: as long as neither what it is made of nor what it holds changes, there is nothing to do.

Owns the cheapest answer that a build can give, from looks at files alone. It knows no newsletter, reads no text, and
imports nothing that a build with work to do would need.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from claudes_corner.site.signature import Tree, digest_of, looks_of, signature_of, signature_tree

PACKAGE = Path(__file__).parents[1]
CACHE = Path(".corner/cache/builds")


class Watched(NamedTuple):
    """What a site is made of, besides this program."""

    base_url: str  # the one that was asked for; the config, if it was not, is among the files
    folders: tuple[str, ...]
    files: tuple[str, ...]

    def look(self) -> Iterator[Tree]:
        """Look at its files, at this program and at its folders, one by one: who sees a change need not go on."""
        yield {"": {path: signature_of(path) for path in self.files}}
        yield from map(signature_tree, (str(PACKAGE), *self.folders))


class Sealed(NamedTuple):
    """What a build has to say if nothing changed."""

    files: int
    strangers: tuple[str, ...]
    astray: tuple[str, ...]


class Seal:
    """The seal of one site.

    Args:
        root: The newsletter's folder.
        out: The site's.
    """

    def __init__(self, root: Path, out: Path) -> None:
        self._path = root / CACHE / f"{name_of(out)}.seal"
        self._base = f"{out}/"

    def answer(self, base_url: str) -> Sealed | None:
        """Tell what a build for an address has to say if nothing has changed; None if something may have."""
        try:
            head, _, paths = self._path.read_bytes().partition(b"\n")
            kept = json.loads(head)
            watched = Watched(*kept["watched"])
            if (kept["program"], watched.base_url) != (_program(), base_url):
                return None
            if any(before != digest_of(now) for before, now in zip(kept["looks"], watched.look(), strict=True)):
                return None
            holds = _digest(looks_of(self._base, os.fsdecode(paths).split("\0")))
            return Sealed(*kept["said"]) if kept["holds"] == holds else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None  # there is none, or a damaged one, or a file is gone

    def set(self, watched: Watched, looks: list[Tree], said: Sealed, paths: list[str], holds: bytes) -> None:
        """Seal a site.

        Args:
            watched: What it is made of.
            looks: How that looked before anything was read.
            said: What a build has to say from now on.
            paths: Of all files that its folder holds.
            holds: What these look like: see `signature.looks_of`.
        """
        before, now = list(map(digest_of, looks)), _digest(holds)
        from claudes_corner.disk import open_new  # a build with nothing to do sets none

        kept = {"program": _program(), "watched": watched, "looks": before, "holds": now, "said": said}
        temporary = self._path.with_suffix(".sealing")
        with open_new(temporary) as file:
            file.write(json.dumps(kept).encode() + b"\n" + os.fsencode("\0".join(paths)))
        temporary.replace(self._path)

    def break_(self) -> None:
        """Let the next build look at everything."""
        self._path.unlink(missing_ok=True)


def name_of(out: Path) -> str:
    """Name what is kept about a site after its folder."""
    return hashlib.sha256(os.fsencode(os.path.realpath(out))).hexdigest()[:16]


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _program() -> str:
    """Tell this Python from any other, and its libraries by the folder where they are; `look` sees our own files."""
    libraries = [signature_of(path) for path in sys.path if path.endswith("-packages")]
    return digest_of((sys.version, libraries))
