"""Entries in their lists: by mode, by tag, by year.

Owns the order of lists and of what stands in them: entries as they are given, the newest first. A list that is too long
for a page is cut into sheets, counted from the oldest entry: a later entry moves none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from claudes_corner.schedule import parse_instant
from claudes_corner.site.content import Entry
from claudes_corner.standing import Standing

SHEET = 200  # entries


def by_mode(
    entries: Iterable[Entry], withdrawn: Iterable[Standing], known: Iterable[str]
) -> dict[str, tuple[Entry, ...]]:
    """List entries by mode: those known in their order, then others, also of entries that were withdrawn."""
    modes: dict[str, list[Entry]] = {mode: [] for mode in known}
    for entry in entries:
        modes.setdefault(entry.standing.mode, []).append(entry)
    return {mode: tuple(modes.get(mode, ())) for mode in (*modes, *(standing.mode for standing in withdrawn))}


def by_tag(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """List entries by tag; tags by name."""
    tags = defaultdict[str, list[Entry]](list)
    for entry in entries:
        for tag in entry.standing.tags:
            tags[tag].append(entry)
    return {tag: tuple(tags[tag]) for tag in sorted(tags)}


def by_year(entries: Iterable[Entry], zone: ZoneInfo) -> dict[int, tuple[Entry, ...]]:
    """List entries by the year that it was in a time zone."""
    years: dict[str, list[Entry]] = {}
    for entry in entries:
        date = entry.standing.date
        is_near = date[5:10] in {"12-31", "01-01"}
        year = f"{parse_instant(date).astimezone(zone).year:04}" if is_near else date[:4]
        years.setdefault(year, []).append(entry)
    return {int(year): tuple(found) for year, found in years.items()}


def sheets_of(entries: tuple[Entry, ...]) -> list[tuple[Entry, ...]]:
    """Cut a long list: what comes first, then as many sheets as are full, the newest of them first.

    What comes first is never empty: it holds what no sheet has yet, and as much again as a sheet does.
    """
    if (full := len(entries) // SHEET - 1) < 1:
        return [entries]
    rest = len(entries) - full * SHEET
    return [entries[:rest], *(entries[start : start + SHEET] for start in range(rest, len(entries), SHEET))]


def positions(entries: Iterable[Entry]) -> dict[str, int]:
    """Tell which place each entry has, by id."""
    return {entry.id: position for position, entry in enumerate(entries)}
