"""How a file is known to be the one that was read before, without reading it again.

Owns the signature, and the one case in which it proves nothing: a file that changed in the tick in which it was looked
at may change again without its time changing (as git's index has it, "racily clean"). Such a file has no signature.
A build with nothing to do needs no more than this, so this imports next to nothing.
"""

from __future__ import annotations

import errno
import hashlib
import marshal
import os
import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

Signature = tuple[int, int, int, int]  # size, modified, changed, inode; a tool can turn back the second, not the third
UNKNOWN: Signature = (-1, 0, 0, 0)  # equals no file's
Tree = dict[str, dict[str, Signature]]  # by folder and name
_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)  # the ways in which a link leads there
_KEPT = struct.Struct("<qqqQ")
_NO_REFERENCES = 2  # marshal's version whose bytes depend on nothing but the values


def signature_of(path: Path | str) -> Signature:
    """Look at a file; one that is not there is unknown."""
    try:
        status = os.stat(path)  # noqa: PTH116  (a Path for each file costs as much as the look)
    except OSError:
        return UNKNOWN
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def signature_tree(folder: Path | str) -> Tree:
    """Look at what lies in a folder and in all below it; what is hidden, or a cache of programs, does not count.

    A link that leads nowhere is unknown, as is a file that is gone again, such as editors make while they save. One to
    a folder above it does not count: there would be no end.
    """
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    inside: dict[str, Signature] = {}
    below = []
    try:
        with os.scandir(opened) as listed:  # of a folder that is open, the system need not look up each whole path
            for entry in listed:
                name = entry.name
                if name[0] == "." or name == "__pycache__":
                    continue
                try:
                    status = entry.stat()
                except OSError as error:
                    if error.errno in _NOWHERE:
                        inside[name] = UNKNOWN
                        continue
                    raise OSError(error.errno, error.strerror, f"{folder}/{name}") from None
                if entry.is_dir():
                    if entry.is_symlink() and _is_above(status, folder):
                        continue
                    below.append(f"{folder}/{name}")
                inside[name] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    finally:
        os.close(opened)
    found = {str(folder): inside}
    for path in sorted(below):
        found |= signature_tree(path)
    return found


def _is_above(found: os.stat_result, folder: Path | str) -> bool:
    """Answer whether what was found in a folder is this folder, or one above it."""
    return any(os.path.samestat(found, place.stat()) for place in (Path(folder), *Path(folder).parents))


def looks_of(folder: str, paths: Iterable[str]) -> bytes:
    """Look at the files of a site, or at those of a part of it: what they look like, as short as it can be said.

    Raises:
        OSError: One is not there.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:  # from within, the system need not look up the way to the folder for each
        found = [*map(partial(os.stat, dir_fd=opened), paths)]
    finally:
        os.close(opened)
    return packed([status.st_size for status in found], [status.st_mtime_ns for status in found])


def packed(sizes_bytes: list[int], mtimes_ns: list[int]) -> bytes:
    """Put together what files look like, as `looks_of` does."""
    return array("q", sizes_bytes).tobytes() + array("q", mtimes_ns).tobytes()


def joined(looks: list[bytes]) -> bytes:
    """Put together what files of several parts look like, as a look at all of them does."""
    return b"".join([*[one[: len(one) // 2] for one in looks], *[one[len(one) // 2 :] for one in looks]])


def unpacked(looks: bytes) -> Iterator[tuple[int, int]]:
    """Tell of each file its size in bytes and its modification time in ns."""
    both = array("q", looks)
    return zip(both[: len(both) // 2], both[len(both) // 2 :], strict=True)


def settled(found: Signature, since_ns: int) -> Signature:
    """Take a signature for what it is worth: nothing, if the file may still change within the tick it was read in.

    Args:
        found: What the file looked like before it was read.
        since_ns: An instant of the file system's own clock, before anything was read.
    """
    return found if max(found[1], found[2]) < since_ns else UNKNOWN


def kept(found: Signature) -> bytes:
    """Turn a signature into what is quickest to read again."""
    return _KEPT.pack(*found)


def newest_ns(groups: Iterable[Mapping[str, Signature]]) -> int:
    """Tell when any of these files last changed."""
    times = (map(itemgetter(place), group.values()) for group in groups if group for place in (1, 2))
    return max(map(max, times), default=0)


def digest_of(signatures: Any) -> str:
    """Put many signatures into one digest."""
    return hashlib.sha256(marshal.dumps(signatures, _NO_REFERENCES)).hexdigest()
