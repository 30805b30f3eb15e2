"""What marks a place as a built site: which newsletter's it is, and which files there are a build's.

Owns the text of `.corner-site`, in a site's folder and at a target. A marker may come from anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from claudes_corner.errors import Problem

MARKER = ".corner-site"


def render_marker(paths: Iterable[str], newsletter: str) -> bytes:
    """Write what marks a place as a newsletter's, by its `[site] tag`, and which files there are."""
    about = "Built by corner. These files are its own; others are left alone."
    listed = {"about": about, "newsletter": newsletter, "files": sorted(paths)}
    return msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n"


def parse_marker(raw: bytes) -> frozenset[str]:
    """Read which files of a place are ours. Of one that is damaged, we know of none that we may remove."""
    try:
        return frozenset(path for path in _read(raw)["files"] if isinstance(path, str) and is_inside(path))
    except (KeyError, TypeError):
        return frozenset()


def find_other_owner(raw: bytes, newsletter: str, place: str) -> Problem | None:
    """Say whose a marked place is, if it is another newsletter's; nothing, if its marker names none, as older ones."""
    owner = _read(raw).get("newsletter")
    if not isinstance(owner, str) or owner == newsletter:
        return None
    what = "this is another newsletter's site, so nothing in it is touched"
    fix = "Choose another place; or empty this one, if it is only from before [site] tag was changed."
    return Problem(what, place, f"[site] tag {newsletter!r}", repr(owner), fix)


def is_inside(path: str) -> bool:
    """Answer whether a listed path stays within the folder: a marker may come from anywhere."""
    return not path.startswith("/") and ".." not in path.split("/") and "\0" not in path


def _read(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
