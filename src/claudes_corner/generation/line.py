"""The connection of one request: what leaves on it, how much comes back, and until when.

Owns the limits and the headers; the deadline is `cut.py`'s. Knows nothing of what an answer means.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx2

from claudes_corner.cut import Cut
from claudes_corner.errors import AuthorError, Problem
from claudes_corner.generation.failures import AskError, malformed

API_VERSION = "2026-10-21"  # named, so that neither the environment nor a newer SDK changes how an author is asked
MAX_ANSWER_BYTES = 32 * 1024 * 1024  # of stream; about a fifth of it is text
MAX_EVENT_BYTES = 2 * 1024 * 1024
_HEADERS = {"host", "accept", "content-type", "content-length", "user-agent"}
_BLANK_LINES = (b"\n\n", b"\r\r", b"\r\n\r\n")


class Line(Cut, httpx2.SyncByteStream):
    """The one connection of a request: what leaves on it, how much comes back, and until when."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key
        self._encoding = "identity"
        self._stream = httpx2.SyncByteStream()

    def prepare(self, request: httpx2.Request) -> None:
        """Leave only our headers on a request, and ask to be told of its socket."""
        for name in [name for name in request.headers if name not in _HEADERS and not name.startswith("x-stainless-")]:
            del request.headers[name]
        request.headers["accept-encoding"] = "identity"  # what is counted is what there is
        request.headers["anthropic-version"] = API_VERSION
        if self._key:
            request.headers["authorization"] = f"Bearer {self._key}"
        request.headers["connection"] = "close"
        request.extensions["trace"] = self.trace

    def measure(self, response: httpx2.Response) -> None:
        """Stand in the way of an answer's bytes."""
        self._encoding = response.headers.get("content-encoding", "identity")
        if isinstance(response.stream, httpx2.SyncByteStream):
            self._stream, response.stream = response.stream, self

    def __iter__(self) -> Iterator[bytes]:
        """Let the bytes through, as long as neither the answer nor one of its events is without end."""
        if self._encoding != "identity":
            raise malformed("a compressed stream, though none was asked for")
        total = event = 0
        tail = b""
        for chunk in self._stream:
            seen = tail + chunk
            blank = max(seen.rfind(line) for line in _BLANK_LINES)
            event = event + len(chunk) if blank < 0 else len(seen) - blank
            total, tail = total + len(chunk), seen[-3:]
            if total > MAX_ANSWER_BYTES or event > MAX_EVENT_BYTES:
                raise AskError("too-long", "the answer does not end", "Check what answers at `base_url`.")
            yield chunk

    def close(self) -> None:
        """Close the stream we stand in front of."""
        self._stream.close()


def parse_url(url: str) -> httpx2.URL:
    """Read a base URL.

    Raises:
        AuthorError: It is none, or holds a password.
    """
    what = "the author's base URL is no web address"
    fix = "`base_url` is the root of a Messages API, like https://api.anthropic.com."
    with contextlib.suppress(httpx2.InvalidURL):  # not quoted: it may hold a password
        parsed = httpx2.URL(url)
        if parsed.userinfo or parsed.query:
            what = "the author's base URL holds a user name, a password or a query; the key alone says who asks"
        elif parsed.scheme in {"http", "https"} and parsed.host:
            return parsed
    raise AuthorError(Problem(what, fix=fix))
