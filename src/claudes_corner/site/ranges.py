"""Which part of a file a browser asks for (RFC 9110, section 14): it takes up a download, or winds a recording on."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ONE = re.compile(
    r"bytes=[ \t]*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18}))[ \t]*", re.IGNORECASE
)


def asked_range(headers: Mapping[str, str], etag: str, size_bytes: int) -> range | None:
    """Tell which bytes of a file are asked for.

    Returns:
        Their places; none of them, if it asks for what is not there (416); None if it is to be ignored (200): it is no
        range of bytes, or several at once, or the file is no longer the one of which the asker has a part.
    """
    found = _ONE.fullmatch(headers.get("Range", ""))
    if found is None or headers.get("If-Range", etag) != etag:
        return None
    if found["suffix"]:
        return range(max(size_bytes - int(found["suffix"]), 0), size_bytes)
    first, last = int(found["first"]), int(found["last"] or size_bytes)
    if found["last"] and last < first:
        return None
    return range(first, min(last + 1, size_bytes))
