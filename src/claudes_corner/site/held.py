"""What a process holds that builds one site again and again: what it knows to be as it was, it need not look at again.

Owns when that may be relied on: while the memory on disk is the one that was written here, so that nobody else has
built, and for changes whose every path is known. Facts that are held are newer than those on disk, never older: whoever
is killed leaves files that differ from what the disk remembers, and the next build looks at those.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from claudes_corner.folders import Folders
from claudes_corner.settings import Config
from claudes_corner.site.content import Content
from claudes_corner.site.memory import Memories, Memory
from claudes_corner.site.signature import UNKNOWN, Signature, Tree, signature_of
from claudes_corner.site.theme import Theme


class NotNowError(Exception):
    """A look at everything was given up, since somebody waits for something; nothing was written."""


class Known(msgspec.Struct):
    """What is known of a site as it was built last, beside what any build remembers."""

    config: Config  # the settings that it was built by
    looks: list[Tree]  # what all that it is made of looks like: see `seal.Watched`
    content: Content
    theme: Theme
    sums: bytes  # `SHA256SUMS`
    strangers: tuple[str, ...]

    def follow(self, folders: Folders, changed: Iterable[str]) -> bool:
        """Look again at paths that have changed; answer whether it is sure that nothing else follows from them."""
        sure = {str(folder) for folder in (folders.essays, folders.notes, folders.pages)}
        return all(self._look(path, is_sure=path == str(folders.ledger) or _parent(path) in sure) for path in changed)

    def _look(self, path: str, *, is_sure: bool) -> bool:
        for one in (path, _parent(path)):  # the folder, too, differs if anything in it was made or removed
            folder, found = _parent(one), signature_of(one)
            for inside in (tree[folder] for tree in self.looks if folder in tree):
                if found == UNKNOWN:
                    inside.pop(Path(one).name, None)
                else:
                    inside[Path(one).name] = found
        for files in (tree[""] for tree in self.looks if path in tree.get("", {})):
            files[path] = signature_of(path)
        return is_sure and not Path(path).is_dir()


class Held(Memories):
    """A memory that whoever builds a site again and again holds on to, and need not read each time."""

    _held: tuple[Memory, Known] | None = None
    _seen: Signature = UNKNOWN  # of the file, as it was written here: another process may build as well

    def recall(self) -> Memory:
        """Tell what the last build knew. A build that fails may leave half of it changed, so it is handed out once."""
        held, self._held, self.known = self._held, None, None
        if held and signature_of(self._path) == self._seen:
            memory, self.known = held
            return memory
        return super().recall()

    def remember(self, memory: Memory) -> None:
        """Keep what a build knows."""
        super().remember(memory)
        self._seen = signature_of(self._path)

    def hold(self, memory: Memory, known: Known) -> None:
        """Hold on to what a build knows, whether or not it is kept on disk as well."""
        self._held = memory, known


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
