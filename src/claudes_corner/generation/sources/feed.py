"""News from an RSS or Atom feed: headlines and summaries, from the web or a file.

Its third-party import is feedparser (extra `sources`). Decides nothing of what fits.
"""

from __future__ import annotations

import datetime as dt
import io
from calendar import timegm
from collections.abc import Iterator
from typing import Any

from claudes_corner.errors import CornerError, Problem, said_by
from claudes_corner.generation.sources import Document, Reach, ReadWeb, read_file
from claudes_corner.schedule import render_instant
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

    try:
        parsed = feedparser.parse(io.BytesIO(raw))  # bare bytes, it would take for the name of a file, and open it
    except Exception as error:  # noqa: BLE001  (whatever a parser makes of a stranger's bytes: the feed is named)
        raise CornerError(Problem(f"cannot be read as a feed: {type(error).__name__}", where)) from None
    if not parsed.get("version"):  # of nothing at all, it says nothing at all
        raise CornerError(Problem("not an RSS or Atom feed", where, fix="Look at what is there, and give a feed."))
    for item in parsed.entries[: source.last]:
        title = strip_tags(item.get("title", ""))[:_TITLE_CHARACTERS] or where
        yield Document(
            source="feed",
            title=title,
            text=_text(title, item),
            url=item.get("link", ""),
            fetched_at=reach.now,
            dated_at=_date(item),
            disclosure=source.disclosure,
        )


def _text(title: str, item: Any) -> str:
    """Set an item as plain text: headline, date, summary."""
    summary = strip_tags(item.get("summary", ""))[:_SUMMARY_CHARACTERS]
    date = (_dated(item) or "")[:_TITLE_CHARACTERS]
    return "\n".join(part for part in (title, date, summary) if part)


def _dated(item: Any, form: str = "") -> Any:
    """Tell when an item appeared, else when it was changed: as it says, or parsed.

    Asked for a change that it does not name, the library would take the other date for it, and warn.
    """
    changed = f"updated{form}"
    return item.get(f"published{form}") or (item[changed] if changed in item else None)  # noqa: SIM401 (`get` warns)


def _date(item: Any) -> str:
    """Tell when an item appeared, or was last changed; empty if it says nothing that is a time."""
    said = _dated(item, "_parsed")
    try:
        return render_instant(dt.datetime.fromtimestamp(timegm(said), dt.UTC)) if said else ""
    except (ValueError, OverflowError, OSError):  # a time that no calendar of ours has
        return ""


def _read(reach: Reach, path: str) -> bytes | None:
    """Read a feed's file; None if it is not there yet."""
    try:
        return read_file(reach.root / path, path, MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CornerError(Problem(f"cannot be read: {said_by(error)}", path)) from None
