"""Sources: what a mode puts in context. One file a kind; each gathers documents and decides nothing.

Owns `Document` and the dispatch from a config's `sources` to the gatherers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from claudes_corner.settings import FeedSource, FolderSource, PastEntriesSource, Source
from claudes_corner.text import digest
from claudes_corner.transcript import ContextDocument, fence


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A text to be put in context, whole."""

    source: str  # the source's kind
    title: str
    text: str
    url: str = ""  # where it is from; a permalink for past entries
    fetched_at: str = ""
    disclosure: Literal["full", "hash-only"] = "full"

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
    now: str  # when the round gathers
    offline: bool = False  # a dry run: nothing is fetched


def gather(sources: Sequence[Source], reach: Reach) -> tuple[Document, ...]:
    """Gather a mode's documents, in the order of its sources.

    Raises:
        CornerError: A source cannot be read; it is named.
    """
    documents: list[Document] = []
    for source in sources:
        match source:
            case FeedSource():
                from claudes_corner.generation.sources import feed  # feedparser is slow to import, and an extra

                documents += feed.gather(source, reach)
            case FolderSource():
                from claudes_corner.generation.sources import folder

                documents += folder.gather(source, reach)
            case PastEntriesSource():
                documents += reach.past_entries[-source.last :]
    return tuple(documents)
