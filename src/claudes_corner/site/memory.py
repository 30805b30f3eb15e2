"""What a build remembers for the next one.

Owns the files under `.corner/cache/builds/`. They are another program's, or damaged, or gone? Then nothing is known,
everything is built anew, and that is said; it is never an error. Digests of all that was built are here for whoever
lists them.
"""

import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from claudes_corner.disk import open_new
from claudes_corner.errors import said_by
from claudes_corner.front import TitleBy
from claudes_corner.site.chronicle import Chronicle
from claudes_corner.site.seal import PACKAGE, name_of
from claudes_corner.site.signature import UNKNOWN, Signature, Tree, digest_of, packed, signature_of, signature_tree

if TYPE_CHECKING:
    from claudes_corner.site.held import Known

_LIBRARIES = (
    *("feedgen", "jinja2", "lxml", "markdown-it-py", "markupsafe", "mdit-py-plugins", "mdurl", "msgspec"),
    "python-slugify",
)
_INSTALLED = Path(msgspec.__file__).parents[1]


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file that a build wrote."""

    path: str
    key: bytes  # digest of all it was made of
    inputs: bytes  # a few digits of the digest of each, to say which one changed
    size_bytes: int
    mtime_ns: int
    sha256: bytes


class Done(msgspec.Struct, frozen=True, gc=False):
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


class Part(msgspec.Struct, array_like=True):
    """Bundles that most builds neither open nor change: read one by one only if something about one of them changed."""

    key: bytes  # digest of all that any of their files is made of
    paths: list[str]  # of all their files
    looks: bytes  # what these look like: see `signature.looks_of`
    raw: msgspec.Raw

    @classmethod
    def of(cls, key: bytes, bundles: dict[str, Bundle]) -> "Part":
        """Put bundles together."""
        files = [kept for bundle in bundles.values() for kept in bundle.files]
        looks = packed([kept.size_bytes for kept in files], [kept.mtime_ns for kept in files])
        return cls(key, [kept.path for kept in files], looks, msgspec.Raw(msgspec.msgpack.encode(bundles)))

    def bundles(self) -> dict[str, Bundle]:
        """Read them."""
        return msgspec.msgpack.decode(self.raw, type=dict[str, Bundle])


class Row(msgspec.Struct, array_like=True, gc=False):
    """What was read of an entry, and checked, beside what the record says of it."""

    id: str
    title: str  # the edition's date if `title_by` is none
    title_by: TitleBy
    words: int
    shown: bytes  # digest of its front matter: of all that lists show of it
    html: tuple[int, int, bytes] | None = None  # where its HTML is kept: offset, length, digest


class Memory(msgspec.Struct):
    """All that a build knows."""

    record: Chronicle = msgspec.field(default_factory=Chronicle)
    rows: dict[str, Row] = {}
    originals: dict[str, bytes] = {}  # by name, what the files of `content/essays/` looked like as they were read
    parts: dict[str, Part] = {}  # by name; the one without a name has the files that stand alone
    marker: Signature = UNKNOWN


class Memories:
    """The memory of one site's builds.

    Args:
        folder: Where all memories are.
        root: The site.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self._path, self.html = (folder / f"{name_of(root)}.{kind}" for kind in ("memory", "html"))
        self.loss = ""  # why there is no memory, though there was one
        self._written_by = ""  # the program, if it is still this one by its files alone

    known: "Known | None" = None  # what goes with what was recalled, if it was held

    def recall(self) -> Memory:
        """Read what the last build knew; nothing, if it cannot be trusted."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return Memory()
        except OSError as error:
            self.loss = f"the memory of the last build cannot be read ({said_by(error)})"
            return Memory()
        end = raw.rfind(b"\n")
        pieces, foot = memoryview(raw)[: max(end, 0)], raw[end + 1 :].decode("ascii", "replace")
        program, looks, lengths, checksum = (*foot.split(" "), "", "", "", "")[:4]
        self._written_by = program if looks == _program_signature() else ""
        if checksum != _checksum(hashlib.sha256(pieces), lengths):
            self.loss = "the memory of the last build is damaged"
        elif not self._written_by and program != _program():
            self.loss = "the last build was another program's"
        else:
            try:
                return _read(pieces, lengths)
            except msgspec.DecodeError:
                self.loss = "the memory of the last build is damaged"
        return Memory()

    def remember(self, memory: Memory) -> None:
        """Keep what a build knows, field by field: all of it at once would take half as much room again."""
        temporary, hashed, lengths = self._path.with_suffix(".new"), hashlib.sha256(), ""
        with open_new(temporary) as file:
            for field in memory.__struct_fields__:
                piece = msgspec.msgpack.encode(getattr(memory, field))
                hashed.update(piece)
                lengths += f"{file.write(piece)},"
            program, looks = self._written_by or _program(), _program_signature()
            file.write(f"\n{program} {looks} {lengths} {_checksum(hashed, lengths)}".encode())
        temporary.replace(self._path)

    def hold(self, memory: Memory, known: "Known") -> None:
        """Hold on to what a build knows, if there will be another; see `held.py`."""

    def now_ns(self) -> int:
        """Tell the instant now by the file system's own clock, to which its files' times can be compared."""
        mark = self.html.with_suffix(".now")
        open_new(mark).close()  # so it shows at once if nothing can be kept here
        return mark.stat().st_mtime_ns


def _checksum(hashed: "hashlib._Hash", lengths: str) -> str:
    hashed.update(lengths.encode())
    return hashed.hexdigest()


def _read(pieces: memoryview, lengths: str) -> Memory:
    fields, start = {}, 0
    for field, length in zip(msgspec.structs.fields(Memory), map(int, lengths.split(",")[:-1]), strict=True):
        fields[field.name] = msgspec.msgpack.decode(pieces[start : start + length], type=field.type)
        start += length
    return Memory(**fields)


@cache
def _package() -> Tree:
    return signature_tree(PACKAGE)


@cache
def _program_signature() -> str:
    """Tell this program from any other by its files alone: its own, and the folder where libraries are installed."""
    return digest_of((sys.version, _package(), signature_of(_INSTALLED)))


@cache
def _program() -> str:
    """Tell this program from any other: its own files as they are, and the libraries that make bytes."""
    files = ((at, name, found[:2]) for at, here in _package().items() for name, found in here.items())
    own = sorted(file for file in files if file[1].endswith(".py"))
    return digest_of((sys.version, own, _libraries()))[:16]


def _libraries() -> list[str]:
    """Name the libraries, each with its version, as installers name their folders; only others are asked, slowly."""
    folders = (name for name in os.listdir(_INSTALLED) if name.endswith(".dist-info"))  # noqa: PTH208
    known = {folder.partition("-")[0].replace("_", "-").lower(): folder for folder in folders}
    return [known.get(name) or _version(name) for name in _LIBRARIES]


def _version(name: str) -> str:
    from importlib.metadata import version  # it takes longer to import than many a page to make

    return f"{name}-{version(name)}"
