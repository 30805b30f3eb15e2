"""What pages are made of, as they declare it: the entries of a list, and the settings that every page shows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from claudes_corner.settings import Config
from claudes_corner.site.content import Entry
from claudes_corner.site.page import Input, fingerprint
from claudes_corner.text import digest


def selection(name: str, entries: Sequence[Entry], *others: object) -> Input:
    """Declare which entries a list shows, all that it shows of them, and what it shows beside them."""
    shown = fingerprint([entry.row.shown for entry in entries])
    return Input("selection", name, digest(shown + msgspec.json.encode(others)))


def appearance(config: Config, base_url: str, *shown: object) -> dict[str, object]:
    """Say which config keys every page may show, and what else; the names that stand beside entries are on their own.

    Args:
        config: The newsletter's settings.
        base_url: Where the site is served.
        shown: What else all of them may show.
    """
    return {"base_url": base_url, "site": config.site, "shown": shown}
