"""Sources: what a mode puts in context. One file a kind; each gathers documents and decides nothing.

Owns `Document`, the dispatch from a config's `sources` to the gatherers, and what fits into a number of tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from claudes_corner.errors import CornerError, Problem
from claudes_corner.generation.costs import estimate_tokens
from claudes_corner.settings import (
    Disclosure,
    FeedSource,
    FolderSource,
    LettersSource,
    PageSource,
    PastEntriesSource,
    Source,
)
from claudes_corner.text import digest
from claudes_corner.transcript import ContextDocument, fence

PAST_ENTRIES_LAST = 5
WEB_KINDS = (FeedSource, PageSource)  # the newest first, or alone; all other kinds have the newest last


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A text to be put in context, whole."""

    source: str  # the source's kind
    title: str
    text: str
    url: str = ""  # where it is from; a permalink for past entries
    fetched_at: str = ""
    dated_at: str = ""  # when a feed says that it appeared; empty if it does not
    disclosure: Disclosure = "full"
    tags: tuple[str, ...] = ()  # of a past entry
    author: str = ""  # of a past entry: the author's id

    @property
    def block(self) -> str:
        """The text block that carries it in a request: fenced as quoted material."""
        return fence(self.text, title=self.title, url=self.url)

    @property
    def context(self) -> ContextDocument:
        """Its line in the transcript."""
        return ContextDocument(
            source=self.source,
            title=self.title,
            url=self.url,
            sha256=digest(self.text),
            bytes=len(self.text.encode()),
            fetched_at=self.fetched_at,
            disclosure=self.disclosure,
        )


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What gatherers may draw on."""

    root: Path  # the newsletter's folder, for relative paths
    past_entries: Sequence[Document]  # published entries, oldest first
    letters: Sequence[Document] = ()  # letters on record, oldest first
    now: str  # when the round gathers
    offline: bool = False  # a dry run: nothing is fetched


class Harvest(msgspec.Struct, frozen=True):
    """What one source gave."""

    source: Source
    documents: tuple[Document, ...]
    problem: Problem | None = None  # why it gave nothing, where the config lets that pass


ReadWeb = Callable[[FeedSource | PageSource], bytes]  # reads the address of a source


class Gatherer:
    """Gathers for a whole round: each source once and each address once, whichever modes share them."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._harvests: dict[Source, Harvest] = {}
        self._read: dict[str, bytes | CornerError] = {}

    def gather(self, source: Source) -> Harvest:
        """Gather a source's documents.

        Raises:
            CornerError: It cannot be read; it is named.
        """
        if source not in self._harvests:
            try:
                harvest = Harvest(source, tuple(_gather(source, self.reach, self._read_web)))
            except CornerError as error:
                if not isinstance(source, WEB_KINDS) or source.on_error == "fail":
                    raise
                harvest = Harvest(source, (), error.problems[0])
            self._harvests[source] = harvest
        return self._harvests[source]

    def _read_web(self, source: FeedSource | PageSource) -> bytes:
        from claudes_corner.fetch import fetch  # an HTTP client, only where something is fetched

        if source.url not in self._read:
            kinds = ("html", "text/plain") if isinstance(source, PageSource) else ("xml", "text/", "octet-stream")
            try:
                self._read[source.url] = fetch(source.url, allow_hosts=source.allow_hosts, kinds=kinds)
            except CornerError as error:
                self._read[source.url] = error
        found = self._read[source.url]
        if isinstance(found, CornerError):
            raise found
        return found


def fit(harvests: Iterable[Harvest], tokens: int) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """Take what fits into a number of tokens, the first sources first, and of each the newest: (taken, left out)."""
    taken: list[Document] = []
    left: list[Document] = []
    for harvest in harvests:
        step = 1 if isinstance(harvest.source, WEB_KINDS) else -1
        newest_first = harvest.documents[::step]
        kept = _newest(newest_first, tokens)
        taken += kept[::step]
        left += newest_first[len(kept) :][::step]
        tokens -= sum(estimate_tokens(document.block) for document in kept)
    return tuple(taken), tuple(left)


def read_file(path: Path, where: str, most: int) -> bytes:
    """Read a file, but not one of more bytes than `most`, however large it is.

    Raises:
        CornerError: It is too large.
    """
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        expected, found = f"at most {most:,} bytes", f"{path.stat().st_size:,}"
        raise CornerError(Problem("too large for a context", where, expected, found, "Split it, or take a part."))
    return raw


def _newest(newest_first: Sequence[Document], tokens: int) -> Sequence[Document]:
    """Take documents until the first that does not fit, so that there is no gap among them."""
    for count, document in enumerate(newest_first):
        tokens -= estimate_tokens(document.block)
        if tokens < 0:
            return newest_first[:count]
    return newest_first


def _gather(source: Source, reach: Reach, read: ReadWeb) -> Iterable[Document]:
    match source:
        case FeedSource():
            from claudes_corner.generation.sources import feed  # feedparser is slow to import, and an extra

            return feed.gather(source, reach, read)
        case PageSource():
            from claudes_corner.generation.sources import page  # so is the extractor

            return page.gather(source, reach, read)
        case FolderSource():
            from claudes_corner.generation.sources import folder

            return folder.gather(source, reach)
        case LettersSource():
            return reach.letters[-source.last :]
        case PastEntriesSource():
            return _past_entries(source, reach)


def _past_entries(source: PastEntriesSource, reach: Reach) -> Sequence[Document]:
    entries = [entry for entry in reach.past_entries if not source.tag or source.tag in entry.tags]
    if source.tokens is not None:
        entries = list(_newest(entries[::-1], source.tokens))[::-1]
    last = source.last or (len(entries) if source.tokens is not None else PAST_ENTRIES_LAST)
    return entries[-last:] if last else ()
