"""Updates from a folder: each `.md` or `.txt` file is a document, in the order of the names."""

from __future__ import annotations

import os
from collections.abc import Iterator

from claudes_corner.errors import CornerError, Problem
from claudes_corner.generation.sources import Document, Reach, read_file
from claudes_corner.settings import FolderSource
from claudes_corner.text import normalise

MAX_BYTES = 200_000


def gather(source: FolderSource, reach: Reach) -> Iterator[Document]:
    """Yield the last files of a folder by name, whole, hidden ones apart. A folder that is missing gives nothing.

    Raises:
        CornerError: A file is too large or not UTF-8.
    """
    folder = reach.root / source.path
    files = sorted(p for p in folder.glob("[!.]*") if p.suffix in {".md", ".txt"} and p.is_file())
    for path in files[-source.last :]:
        where = f"{source.path}/{path.name}"
        raw = read_file(path, where, MAX_BYTES)
        try:
            text = normalise(raw.decode())
        except UnicodeDecodeError as error:
            what = f"not UTF-8 at byte {error.start}"
            raise CornerError(Problem(what, where, fix="Save the file as UTF-8.")) from None
        if text:
            yield Document(
                source="folder",
                title=os.fsencode(path.stem).decode("utf-8", "replace"),
                text=text,
                fetched_at=reach.now,
                disclosure=source.disclosure,
            )
