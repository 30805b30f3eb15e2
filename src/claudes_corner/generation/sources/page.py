"""Web pages: the main text, without what surrounds it.

Its third-party import is readability (extra `sources`), which finds the main part; what it leaves of HTML becomes plain
text here.
"""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator

from claudes_corner.errors import CornerError, Problem
from claudes_corner.generation.sources import Document, Reach, ReadWeb
from claudes_corner.settings import PageSource
from claudes_corner.text import normalise

MAX_BYTES = 200_000
_TITLE_CHARACTERS = 300
_BLOCKS = {"p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "tr", "section", "article"}
_SILENT = {"script", "style", "nav", "template", "noscript"}


def gather(source: PageSource, reach: Reach, read: ReadWeb) -> Iterator[Document]:
    """Yield a page's main text as one document.

    Raises:
        CornerError: The page cannot be read, has no main text, or one that is too large.
    """
    if reach.offline:
        return
    raw = read(source)
    import readability  # slow to import, and an extra

    try:
        page = readability.Document(raw)
        title, text = page.short_title(), plain(page.summary(html_partial=True))
    except Exception as error:  # noqa: BLE001  (whatever a parser makes of a stranger's bytes: the address is named)
        raise CornerError(Problem(f"cannot be read as a web page: {type(error).__name__}", source.url)) from None
    if not text:
        fix = "Give another page, or put its text into a folder."
        raise CornerError(Problem("no text was found on this page", source.url, fix=fix))
    if len(text.encode()) > MAX_BYTES:
        expected, fix = f"at most {MAX_BYTES:,} bytes of text", "Put the part that counts into a folder."
        raise CornerError(Problem("too large for a context", source.url, expected, fix=fix))
    yield Document(
        source="page",
        title=title[:_TITLE_CHARACTERS] or source.url,
        text=text,
        url=source.url,
        fetched_at=reach.now,
        disclosure=source.disclosure,
    )


def plain(markup: str) -> str:
    """Turn the main part of a page into plain text: a paragraph a block, and nothing of its markup."""
    reader = _Plain()
    reader.feed(markup)
    reader.close()
    paragraphs = (re.sub(r"[ \t\r\f\v\n]+", " ", part).strip() for part in "".join(reader.parts).split("\0"))
    text = normalise("\n\n".join(part for part in paragraphs if part))
    return text.encode("utf-8", "replace").decode()


class _Plain(html.parser.HTMLParser):
    """Collects text; the end of a block becomes a mark."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._silent += tag in _SILENT
        self._mark(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._mark(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\0", ""))

    def _mark(self, tag: str) -> None:
        if tag in _BLOCKS or tag == "br":
            self.parts.append("\0" if tag in _BLOCKS else " ")
