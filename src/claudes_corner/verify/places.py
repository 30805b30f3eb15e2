"""Built sites to verify: a folder, or an address on the web, read within limits.

Owns how a site's files are got at; what is in them is untrusted. On the web, a page is asked for as readers do.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import cache
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from urllib.parse import quote, urlsplit

from claudes_corner.errors import Problem, WorkspaceError
from claudes_corner.fetch import FetchError, MissingError, fetch
from claudes_corner.text import digest
from claudes_corner.verify import Tell

AT_ONCE = 6  # requests
MAX_FILE_BYTES = 50_000_000
MAX_SITE_BYTES = 2_000_000_000
MAX_FILES = 200_000
MAX_PAGE_BYTES = 5_000_000  # of HTML: more is not taken apart
MAX_FEED_BYTES = 10_000_000  # of a feed, which takes forty times that to be taken apart; 20 of the longest texts fit in
_DEEPEST = 12  # steps of an address, in a site
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}  # a link to itself is nothing
_SUM = re.compile(r"([0-9a-f]{64})  ([^\\\x00-\x1f\x7f]{1,1000})")


class Folder:
    """A site in a folder."""

    is_near = True  # reading is no waiting

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._is_inside = cache(lambda path: Path(os.path.realpath(path)).is_relative_to(self.root))

    def read(self, path: str) -> bytes | None:
        """Read a file; what lies outside of the folder is not there."""
        file = f"{self.root}/{path}"
        try:
            status = os.lstat(file)
            if S_ISLNK(status.st_mode) and self._is_inside(file):
                status = Path(file).stat()
            if not S_ISREG(status.st_mode) or not self._is_inside(file.rpartition("/")[0]):
                return None
            if status.st_size > MAX_FILE_BYTES:
                raise _too_large(path, status.st_size, MAX_FILE_BYTES)
            return Path(file).read_bytes()
        except ValueError:  # a NUL in its name
            return None
        except OSError as error:
            if error.errno in _NOT_THERE:
                return None
            raise

    def paths(self) -> set[str]:
        """List what lies in the folder, and each link to another: servers follow it."""
        begin, found = len(f"{self.root}/"), set[str]()
        for folder, inner, names in os.walk(self.root):
            links = [name for name in inner if Path(folder, name).is_symlink()]
            found |= {f"{folder}/{name}"[begin:] for name in (*names, *links)}
        return found


class Web:
    """A site at an address."""

    is_near = False

    def __init__(self, url: str) -> None:
        self.url = url if url.endswith("/") else f"{url}/"
        self._host = host_of(url)
        self.read = cache(self._ask)  # what was fetched is kept

    def _ask(self, path: str) -> bytes | None:
        try:
            return fetch(
                self.url + quote(path.removesuffix("index.html")), allow_hosts=(self._host,), max_bytes=MAX_FILE_BYTES
            )
        except MissingError:
            return None

    def paths(self) -> set[str]:
        """Nobody can list what a server has."""
        return set()


Place = Folder | Web


class Files(Mapping[str, bytes]):
    """A site's files. They are read again when they are looked into, and must be what they were."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.digests: dict[str, str] = {}  # of those that are there, by path

    def __getitem__(self, path: str) -> bytes:
        expected, content = self.digests[path], self._place.read(path) or b""
        if digest(content) != expected:
            raise WorkspaceError(Problem("this was changed while it was being verified", path, fix="Verify again."))
        return content

    def __contains__(self, path: object) -> bool:
        return path in self.digests

    def __iter__(self) -> Iterator[str]:
        return iter(self.digests)

    def __len__(self) -> int:
        return len(self.digests)


def site_above(place: Web) -> str:
    """Find the site that an address lies in, if it is not a site's own; empty if it is, or if none is found."""
    if _has_record(place):
        return ""
    url = urlsplit(place.url)
    steps = [step for step in url.path.split("/") if step][:_DEEPEST]
    for count in reversed(range(len(steps))):
        above = f"{url.scheme}://{url.netloc}/{''.join(f'{step}/' for step in steps[:count])}"
        with suppress(FetchError):
            if _has_record(Web(above)):
                return above
    return ""


def _has_record(place: Web) -> bool:
    """Answer whether a record or a list of files is there, and not what some servers send for what they lack."""
    return (place.read("ledger.jsonl") or b"").startswith(b"{") or bool(parse_sums(place.read("SHA256SUMS") or b"", []))


def host_of(url: str) -> str:
    """Tell the host that a person has named: it may be on the local network. Empty: it is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # half an IPv6 address
        return ""


def parse_sums(raw: bytes, problems: list[Problem]) -> dict[str, str]:
    """Read `SHA256SUMS`: digest by path; a line that is none, leads out of the site, or comes again, is a problem."""
    listed: dict[str, str] = {}
    lines = raw.decode("utf-8", "replace").removesuffix("\n").split("\n", MAX_FILES)
    for number, line in enumerate(lines[:MAX_FILES], 1):
        match = _SUM.fullmatch(line)
        if match and not match[2].startswith("/") and ".." not in match[2].split("/") and match[2] not in listed:
            listed[match[2]] = f"sha256:{match[1]}"
        elif raw:
            what = (
                "this file is listed above" if match and match[2] in listed else "this line names no file of the site"
            )
            problems.append(Problem(what, f"SHA256SUMS:{number}"))
    if lines[MAX_FILES:]:
        problems.append(Problem(f"no more than {MAX_FILES:,} files are looked at", f"SHA256SUMS:{MAX_FILES + 1}"))
    return listed


def read_all(place: Place, paths: Iterable[str], tell: Tell) -> Iterator[tuple[str, bytes | None]]:
    """Read many files, several at once.

    Raises:
        WorkspaceError: It is all too large.
    """
    wanted, read = tuple(dict.fromkeys(paths)), 0
    with nullcontext() if place.is_near else ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(wanted), AT_ONCE):  # in small steps: what is too large ends it
            some = wanted[start : start + AT_ONCE]
            for path, content in zip(some, (pool.map if pool else map)(place.read, some), strict=True):
                read += len(content or b"")
                if read > MAX_SITE_BYTES:
                    raise _too_large("the site", read, MAX_SITE_BYTES)
                yield path, content
            tell(min(start + AT_ONCE, len(wanted)), len(wanted))


def _too_large(what: str, size: int, most: int) -> WorkspaceError:
    return WorkspaceError(Problem("too large to be verified", what, f"at most {most:,} bytes", f"{size:,}"))
