"""What is sent: the files that the last build wrote, each in its turn.

Owns the order of going out, and compressed variants. Knows no target.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from claudes_corner.disk import named, read_file
from claudes_corner.errors import DeployError, Problem, said_by
from claudes_corner.site.marker import MARKER, parse_marker
from claudes_corner.text import digest

_COMPRESSED = {".css", ".html", ".js", ".json", ".jsonl", ".svg", ".txt", ".xml"}


class File(msgspec.Struct, frozen=True):
    """A file to send."""

    path: str  # relative to the site's root
    root: Path  # the folder it is sent from
    sha256: str

    @property
    def turn(self) -> int:
        """When it goes: assets, then entries and notes, then what lists them, then feeds and what machines read."""
        path = self.path.removesuffix(".gz")
        if path.startswith("assets/"):
            return 0
        if path.startswith(("essays/", "notes/")) and not path.endswith(".xml"):
            return 1
        return 2 if path.endswith(".html") or path.startswith("feeds/") else 3

    def read(self) -> bytes:
        """Read its bytes."""
        return (self.root / self.path).read_bytes()


def read_site(site: Path) -> tuple[File, ...]:
    """List what a build wrote; what else lies in its folder is nobody's to send.

    Raises:
        DeployError: Nothing was built, or not all of it is there.
    """
    try:
        with named(site / MARKER):
            listed = sorted(parse_marker(read_file(site / MARKER)))
        return tuple(File(path, site, _digest_of(site / path)) for path in listed)
    except OSError as error:
        why = "this file is missing" if isinstance(error, FileNotFoundError) else said_by(error)
        where = f"{site.name}/{Path(str(error.filename)).relative_to(site).as_posix()}"
        fix = "Build it anew: corner build --full."
        raise DeployError(Problem(f"the built site is not whole: {why}", where, fix=fix)) from None


def _digest_of(path: Path) -> str:
    with named(path):  # where a disk fails in the middle of a file, the system names none
        return digest(read_file(path))


def compress(files: Iterable[File], folder: Path) -> tuple[File, ...]:
    """Make a `.gz` of each text, in a folder that remembers those of the last time, if its memory is whole."""
    memory, before = folder / ".corner-made.json", dict[str, tuple[str, str]]()
    with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        before = msgspec.json.decode(memory.read_bytes(), type=dict[str, tuple[str, str]])
    made, variants = {}, []
    for file in files:
        if Path(file.path).suffix not in _COMPRESSED:
            continue
        path, target = f"{file.path}.gz", folder / f"{file.path}.gz"
        known = before.get(path, ("", ""))
        content = target.read_bytes() if known[0] == file.sha256 and target.is_file() else b""
        if digest(content) != known[1]:
            content = gzip.compress(file.read(), mtime=0)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        made[path] = (file.sha256, digest(content))
        variants.append(File(path, folder, made[path][1]))
    if made != before:  # else nothing is written: whoever only looks may not be allowed to
        memory.write_bytes(msgspec.json.encode(made))
    return tuple(variants)


def tree_digest(files: Iterable[File]) -> str:
    """Digest a whole site: what `sha256sum` prints of all its files, sorted by path."""
    lines = sorted((file.path, file.sha256.removeprefix("sha256:")) for file in files)
    return digest("".join(f"{sha256}  {path}\n" for path, sha256 in lines))
