"""Letters between editors and the author, from `content/letters/` and `drafts/letters/`: their texts only.

A letter is a `.md` file with front matter: `id, from, to, written_at, public, text_sha256`. Of one that is not public,
readers see the digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from claudes_corner.errors import CornerError, Problem
from claudes_corner.front import split_document
from claudes_corner.generation.sources import Document, Reach
from claudes_corner.settings import LettersSource
from claudes_corner.text import digest

FOLDERS = ("content/letters", "drafts/letters")


def gather(source: LettersSource, reach: Reach) -> Iterator[Document]:
    """Yield the last letters, oldest first.

    Raises:
        CornerError: A letter is not what was written.
    """
    found = [_read(path, reach) for folder in FOLDERS for path in sorted((reach.root / folder).glob("[!.]*.md"))]
    for _, document in sorted(found, key=lambda pair: pair[0])[-source.last :]:
        yield document


def _read(path: Path, reach: Reach) -> tuple[tuple[str, str], Document]:
    """Read one letter; return it with what orders it."""
    where = path.relative_to(reach.root).as_posix()
    block, body = split_document(path.read_bytes(), where)
    values = {m[1]: m[2].strip().strip("'\"") for m in re.finditer(r"^([a-z0-9_]+):(.*)$", block, re.MULTILINE)}
    text = body[1:-1]
    if digest(text) != values.get("text_sha256"):
        what = "the letter is not the one that was recorded"
        raise CornerError(Problem(what, where, expected=values.get("text_sha256", "text_sha256"), found=digest(text)))
    written_at = values.get("written_at", "")
    title = f"Letter from {values.get('from', '?')} to {values.get('to', '?')}, {written_at[:10]}"
    is_public = values.get("public") == "true" and where.startswith(FOLDERS[0])
    document = Document(
        source="letters",
        title=title,
        text=text,
        fetched_at=reach.now,
        disclosure="full" if is_public else "hash-only",
    )
    return (written_at, path.name), document
