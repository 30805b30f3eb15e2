"""Built sites to verify: a folder, or an address on the web, read within limits.

Owns how a site's files are got at; what is in them is untrusted. On the web, a page is asked for as readers do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

from claudes_corner.errors import Problem, WorkspaceError
from claudes_corner.fetch import MissingError, fetch
from claudes_corner.site.output import MARKER
from claudes_corner.verify.report import Tell

AT_ONCE = 6  # requests
MAX_FILE_BYTES = 50_000_000
MAX_SITE_BYTES = 2_000_000_000
MAX_FILES = 200_000
MAX_PAGE_BYTES = 5_000_000  # of HTML: more is not taken apart
_SUM = re.compile(r"([0-9a-f]{64})  ([^\\\x00-\x1f\x7f]{1,1000})")


class Place(Protocol):
    """A site, wherever it is."""

    def read(self, path: str) -> bytes | None:
        """Read a file; None: there is none."""

    def others(self, known: Iterable[str]) -> tuple[str, ...]:
        """List files beside the known ones, as far as they can be seen."""


class Folder:
    """A site in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def read(self, path: str) -> bytes | None:
        """Read a file; what lies outside of the folder is not there."""
        file = self.root / path
        if not file.is_file() or not file.resolve().is_relative_to(self.root):
            return None
        if (size := file.stat().st_size) > MAX_FILE_BYTES:
            raise too_large(path, size)
        return file.read_bytes()

    def others(self, known: Iterable[str]) -> tuple[str, ...]:
        """List what else lies in the folder."""
        ours = {*known, MARKER}
        found = (Path(folder, name) for folder, _, names in os.walk(self.root) for name in names)
        return tuple(sorted({file.relative_to(self.root).as_posix() for file in found} - ours))


class Web:
    """A site at an address."""

    def __init__(self, url: str) -> None:
        self.url = url if url.endswith("/") else f"{url}/"
        self._host = host_of(url)

    def read(self, path: str) -> bytes | None:
        """Ask for a file."""
        try:
            return fetch(
                self.url + quote(path.removesuffix("index.html")), allow_hosts=(self._host,), max_bytes=MAX_FILE_BYTES
            )
        except MissingError:
            return None

    def others(self, known: Iterable[str]) -> tuple[str, ...]:  # noqa: ARG002
        """Nobody can list what a server has."""
        return ()


def host_of(url: str) -> str:
    """Tell the host that a person has named: it may be on the local network. Empty: it is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # half an IPv6 address
        return ""


def parse_sums(raw: bytes, problems: list[Problem]) -> dict[str, str]:
    """Read `SHA256SUMS`: digest by path; a line that is none, or that leads out of the site, is a problem."""
    listed: dict[str, str] = {}
    for number, line in enumerate(raw.decode("utf-8", "replace").removesuffix("\n").split("\n")[:MAX_FILES], 1):
        match = _SUM.fullmatch(line)
        if match and not match[2].startswith("/") and ".." not in match[2].split("/"):
            listed[match[2]] = f"sha256:{match[1]}"
        elif raw:
            problems.append(Problem("this line names no file of the site", f"SHA256SUMS:{number}"))
    return listed


def read_all(place: Place, paths: Iterable[str], tell: Tell) -> Iterator[tuple[str, bytes | None]]:
    """Read many files, several at once.

    Raises:
        WorkspaceError: It is all too large.
    """
    wanted, read = tuple(dict.fromkeys(paths)), 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(wanted), AT_ONCE):  # in small steps: what is too large ends it
            some = wanted[start : start + AT_ONCE]
            for path, content in zip(some, pool.map(place.read, some), strict=True):
                read += len(content or b"")
                if read > MAX_SITE_BYTES:
                    raise too_large("the site", read)
                yield path, content
            tell(min(start + AT_ONCE, len(wanted)), len(wanted))


def too_large(what: str, size: int) -> WorkspaceError:
    """Say that something is beyond the limits."""
    return WorkspaceError(Problem("too large to be verified", what, f"at most {MAX_FILE_BYTES:,} bytes", f"{size:,}"))
