"""What a build remembers for the next one, and the seal by which the next one sees that nothing has changed.

Owns the files under `.corner/cache/builds/`. They are another program's, or damaged, or gone? Then nothing is known,
everything is built anew, and that is said; it is never an error. Digests of all that was built are here for whoever
lists them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from claudes_corner.front import EntryFront
from claudes_corner.site.chronicle import Chronicle
from claudes_corner.site.signature import UNKNOWN, Signature, seal, signature_of, signatures_below
from claudes_corner.text import digest

PACKAGE = Path(__file__).parents[1]
_LIBRARIES = ("feedgen", "jinja2", "lxml", "markdown-it-py", "mdit-py-plugins", "msgspec", "python-slugify")


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file that a build wrote."""

    path: str
    key: bytes  # digest of all it was made of
    inputs: bytes  # a few digits of the digest of each, to say which one changed
    size_bytes: int
    mtime_ns: int
    sha256: bytes


class Done(msgspec.Struct, frozen=True, array_like=True):
    """A page that was rendered, and what its file holds or is to hold."""

    path: str
    order: str  # see `page.Order`; `seal` for what seals a site
    ready: str  # what the file is called until it has its place
    is_new: bool  # False: it holds this already
    was_there: bool
    size_bytes: int
    mtime_ns: int
    sha256: bytes

    def kept(self, key: bytes, inputs: bytes) -> Kept:
        """Turn it into what is remembered of it."""
        return Kept(self.path, key, inputs, self.size_bytes, self.mtime_ns, self.sha256)


class Bundle(msgspec.Struct, array_like=True):
    """Files that are stale together."""

    key: bytes
    files: list[Kept]


class Row(msgspec.Struct, array_like=True):
    """An entry that was read and checked."""

    front: EntryFront
    words: int
    shown: bytes  # digest of all that lists show of it
    text: Signature
    transcript: Signature
    html: tuple[int, int, bytes] | None = None  # where its HTML is kept: offset, length, digest


class Memory(msgspec.Struct):
    """All that a build knows."""

    record: Chronicle = msgspec.field(default_factory=Chronicle)
    rows: dict[str, Row] = {}
    bundles: dict[str, Bundle] = {}  # by name; the one without a name has the files that stand alone
    marker: Signature = UNKNOWN


class Sealed(msgspec.Struct):
    """What a build has to say if nothing changed."""

    files: int
    entries: int
    strangers: tuple[str, ...]


class Memories:
    """The memory of one site's builds.

    Args:
        folder: Where all memories are.
        root: The site.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        name = digest(str(root.resolve()))[7:23]
        self._path, self._sealed = folder / f"{name}.memory", folder / f"{name}.seal"
        self.html = folder / f"{name}.html"
        self._root = root
        self.loss = ""  # why there is no memory, though there was one

    def recall(self) -> Memory:
        """Read what the last build knew; nothing, if it cannot be trusted."""
        try:
            head, _, payload = self._path.read_bytes().partition(b"\n")
        except OSError:
            return Memory()
        program, checksum, looks = (*head.decode("ascii", "replace").split(" "), "", "", "")[:3]
        if checksum != digest(payload):
            self.loss = "the memory of the last build is damaged"
        elif looks != _program_signature() and program != _program():
            self.loss = "the last build was another program's"
        else:
            try:
                return msgspec.msgpack.decode(payload, type=Memory)
            except msgspec.DecodeError:
                self.loss = "the memory of the last build is damaged"
        return Memory()

    def remember(self, memory: Memory) -> None:
        """Keep what a build knows."""
        payload = msgspec.msgpack.encode(memory)
        _replace(self._path, f"{_program()} {digest(payload)} {_program_signature()}\n".encode() + payload)

    def now_ns(self) -> int:
        """Tell the instant now by the file system's own clock, to which its files' times can be compared."""
        mark = self.html.with_suffix(".now")
        mark.write_bytes(b"")
        return mark.stat().st_mtime_ns

    def set_seal(self, sources: str, sealed: Sealed, bundles: Mapping[str, Bundle], others: Iterable[str]) -> None:
        """Seal a site: as long as neither sources nor outputs change, there is nothing to do.

        Args:
            sources: The seal of all that it is made of.
            sealed: What a build has to say then.
            bundles: What was built.
            others: Further files in its folder.
        """
        files = [(kept.path, kept.size_bytes, kept.mtime_ns) for bundle in bundles.values() for kept in bundle.files]
        files += [(path, *signature_of(self._root / path)[:2]) for path in others]
        outputs, summary = seal([file[1:] for file in files]), msgspec.json.encode(sealed).decode()
        paths = (file[0] for file in files)
        _replace(self._sealed, "\n".join((_program_signature(), sources, outputs, summary, *paths)).encode())

    def break_seal(self) -> None:
        """Let the next build look at everything."""
        self._sealed.unlink(missing_ok=True)

    def sealed(self, sources: str) -> Sealed | None:
        """Tell what a build has to say if nothing changed since the seal was set; None if something may have."""
        try:
            program, seal_of_sources, outputs, summary, *paths = self._sealed.read_bytes().decode().split("\n")
            if (program, seal_of_sources) == (_program_signature(), sources) and outputs == _outputs(self._root, paths):
                return msgspec.json.decode(summary, type=Sealed)
        except (OSError, ValueError):  # msgspec's errors are ValueErrors
            pass
        return None


def _outputs(root: Path, paths: list[str]) -> str:
    base = f"{root}/"
    return seal([(s.st_size, s.st_mtime_ns) for s in map(os.stat, [base + path for path in paths])])


@cache
def _program_signature() -> str:
    """Tell this program from any other by its files alone: its own, and the folder where libraries are installed."""
    return seal((sys.version, signatures_below(PACKAGE), signature_of(Path(msgspec.__file__).parents[1])))


def _program() -> str:
    """Tell this program from any other: its own files as they are, and the libraries that make bytes."""
    from importlib.metadata import version

    own = [(path, found[:2]) for path, found in sorted(signatures_below(PACKAGE).items()) if path.endswith(".py")]
    return seal((sys.version, own, [(name, version(name)) for name in _LIBRARIES]))[7:23]


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.replace(path)
