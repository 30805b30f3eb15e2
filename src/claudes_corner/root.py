"""Where a newsletter is: the folder that holds `corner.toml`. Knows nothing of what is in it, and imports nothing."""

from __future__ import annotations

from pathlib import Path

FILE_NAME = "corner.toml"


def find_root(start: Path) -> Path | None:
    """Find the newsletter that a folder belongs to: its own `corner.toml`, or the nearest above; else None."""
    return next((folder for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)
