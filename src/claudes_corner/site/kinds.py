"""What kind of file each file of a site is, as a server says it, whatever this machine's own tables say."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}


def kind_of(path: str) -> str:
    """Tell a file's media type by its name."""
    return KINDS.get(PurePosixPath(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
