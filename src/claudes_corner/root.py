"""Where a newsletter is: the folder that holds `corner.toml`, and which folders in it are its own. Imports nothing."""

from __future__ import annotations

import os
from pathlib import Path

FILE_NAME = "corner.toml"
_FOLDERS = ("site", "content", "drafts", "themes", ".corner")


def find_root(start: Path) -> Path | None:
    """Find the newsletter that a folder belongs to: its own `corner.toml`, or the nearest above; else None."""
    return next((folder for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)


def is_newsletters_own(root: Path, folder: Path) -> bool:
    """Answer whether a folder is one of a newsletter's own, or lies in one: no site is built or sent into these."""
    real = Path(os.path.realpath(folder))  # `resolve` fails, and with no word of the system's, at a link to itself
    return any(real.is_relative_to(os.path.realpath(root / name)) for name in _FOLDERS)
