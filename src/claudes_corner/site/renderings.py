"""HTML of texts, kept from build to build, so that a text is rendered once in its life.

Owns one file to which HTML is only ever appended, by several processes at once if need be. Where a text's HTML is, is
noted in the entry's row; what is read there counts only if it has the digest that was noted.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from claudes_corner.site.memory import Row

_AT_HAND = 64  # texts in memory: a page and those beside it show the same few


class Html(msgspec.Struct, frozen=True, array_like=True):
    """A text as HTML; see `markup.Rendered`."""

    html: str
    heading_html: str | None
    summary: str


class Renderings:
    """The HTML of entries.

    Args:
        path: The file; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._reader: int | None = None
        self._at_hand: dict[str, Html] = {}
        self._added: dict[str, tuple[int, int, bytes]] = {}

    def find(self, row: Row) -> Html | None:
        """Find the HTML of an entry's text, if it is kept."""
        known = self._at_hand.get(row.id)
        if known is None and row.html is not None and (raw := self._read(row.html[0], row.html[1])):
            known = msgspec.msgpack.decode(raw, type=Html) if _digest(raw) == row.html[2] else None
        return known and self._hold(row, known)

    def render(self, row: Row, text: str) -> Html:
        """Render an entry's text, and keep its HTML."""
        from claudes_corner.markup import render_essay  # most builds do without

        rendered = render_essay(text, title_is_heading=row.title_by == "heading")
        html = Html(rendered.html, rendered.heading_html, rendered.summary)
        with suppress(OSError):  # a full disk is told where it matters
            self._append(row, msgspec.msgpack.encode(html))
        return self._hold(row, html)

    def taken(self) -> dict[str, tuple[int, int, bytes]]:
        """Tell where HTML was put since this was last asked, by entry."""
        added, self._added = self._added, {}
        return added

    def _hold(self, row: Row, html: Html) -> Html:
        if len(self._at_hand) >= _AT_HAND:
            self._at_hand.clear()
        self._at_hand[row.id] = html
        return html

    def _read(self, offset: int, length: int) -> bytes:
        try:
            if self._reader is None and self._path is not None:
                self._reader = os.open(self._path, os.O_RDONLY)
            return os.pread(self._reader, length, offset) if self._reader is not None else b""
        except OSError:
            return b""

    def _append(self, row: Row, raw: bytes) -> None:
        if self._path is None:
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            if os.write(descriptor, raw) == len(raw):  # at the end, whoever else writes
                row.html = (os.lseek(descriptor, 0, os.SEEK_CUR) - len(raw), len(raw), _digest(raw))
                self._added[row.id] = row.html
        finally:
            os.close(descriptor)


def _digest(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, digest_size=16).digest()
