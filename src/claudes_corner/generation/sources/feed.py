"""News from an RSS or Atom feed: headlines and summaries, from the web or a file.

Its third-party import is feedparser (extra `sources`). Decides nothing of what fits.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from claudes_corner.errors import CornerError, Problem, said_by
from claudes_corner.generation.sources import Document, Reach, ReadWeb, read_file
from claudes_corner.settings import FeedSource
from claudes_corner.templating import strip_tags

MAX_BYTES = 5_000_000  # of a file; `fetch.py` allows an address the same
_TITLE_CHARACTERS = 300
_SUMMARY_CHARACTERS = 1_000


def gather(source: FeedSource, reach: Reach, read: ReadWeb) -> Iterator[Document]:
    """Yield a feed's newest items as documents, in the feed's order.

    Raises:
        CornerError: The feed cannot be read, or is none.
    """
    if source.url and reach.offline:
        return
    where = source.url or source.path
    raw = read(source) if source.url else _read(reach, source.path)
    if raw is None:
        return
    import feedparser  # slow to import, and an extra: not needed where there is no feed

    parsed = feedparser.parse(io.BytesIO(raw))  # bare bytes, it would take for the name of a file, and open it
    if not parsed.get("version"):  # of nothing at all, it says nothing at all
        raise CornerError(Problem("not an RSS or Atom feed", where))
    for item in parsed.entries[: source.last]:
        title = strip_tags(item.get("title", ""))[:_TITLE_CHARACTERS] or where
        yield Document(
            source="feed",
            title=title,
            text=_text(title, item),
            url=item.get("link", ""),
            fetched_at=reach.now,
            disclosure=source.disclosure,
        )


def _text(title: str, item: Any) -> str:
    """Set an item as plain text: headline, date, summary."""
    summary = strip_tags(item.get("summary", ""))[:_SUMMARY_CHARACTERS]
    date = (item.get("published", "") or item.get("updated", ""))[:_TITLE_CHARACTERS]
    return "\n".join(part for part in (title, date, summary) if part)


def _read(reach: Reach, path: str) -> bytes | None:
    """Read a feed's file; None if it is not there yet."""
    try:
        return read_file(reach.root / path, path, MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CornerError(Problem(f"cannot be read: {said_by(error)}", path)) from None
