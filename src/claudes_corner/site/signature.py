"""How a file is known to be the one that was read before, without reading it again.

Owns the signature, and the one case in which it proves nothing: a file that changed in the tick in which it was looked
at may change again without its time changing (as git's index has it, "racily clean"). Such a file has no signature.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from operator import itemgetter
from pathlib import Path

import msgspec

from claudes_corner.text import digest

Signature = tuple[int, int, int, int]  # size, modified, changed, inode; a tool can turn back the second, not the third
UNKNOWN: Signature = (-1, 0, 0, 0)  # equals no file's


def signature(status: os.stat_result) -> Signature:
    """Tell one state of one file from all others."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def signature_of(path: Path) -> Signature:
    """Look at a file; one that is not there is unknown."""
    try:
        return signature(path.stat())
    except OSError:
        return UNKNOWN


def signatures(folder: Path) -> dict[str, Signature]:
    """Look at what lies in a folder, by name; nothing, if there is no such folder. Hidden things do not count."""
    return signature_tree(folder).get(str(folder), {})


def signature_tree(folder: Path | str) -> dict[str, dict[str, Signature]]:
    """Look at what lies in a folder and in all folders below it: by folder and name."""
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry in entries if entry.name[0] != "."]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    inside: dict[str, Signature] = {}
    for entry in listed:
        status = entry.stat()
        inside[entry.name] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    found = {str(folder): inside}
    for path in sorted(entry.path for entry in listed if entry.is_dir()):
        found |= signature_tree(path)
    return found


def signatures_below(folder: Path) -> dict[str, Signature]:
    """Look at all files below a folder, by path; caches of compiled programs do not count."""
    found: dict[str, Signature] = {}
    for inside, _, names in os.walk(folder):
        if not inside.endswith("__pycache__"):
            found |= {os.path.join(inside, name): signature_of(Path(inside, name)) for name in names}  # noqa: PTH118
    return found


def settled(found: Signature, since_ns: int) -> Signature:
    """Take a signature for what it is worth: nothing, if the file may still change within the tick it was read in.

    Args:
        found: What the file looked like before it was read.
        since_ns: An instant of the file system's own clock, before anything was read.
    """
    return found if max(found[1], found[2]) < since_ns else UNKNOWN


def newest_ns(groups: Iterable[Mapping[str, Signature]]) -> int:
    """Tell when any of these files last changed."""
    times = (map(itemgetter(place), group.values()) for group in groups if group for place in (1, 2))
    return max(map(max, times), default=0)


def seal(signatures: object) -> str:
    """Put many signatures into one digest."""
    return digest(msgspec.msgpack.encode(signatures))
