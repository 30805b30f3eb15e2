"""Modes: ways of prompting. One short file each; a new mode is a new file and a line in `MODES`.

A mode is a generator that does no I/O: it yields a `Prompt`, receives the `Completion`, may go on, and returns one of
the completions it received. So no mode can edit, and a mode is tested by feeding it completions by hand.
"""

from __future__ import annotations

from collections.abc import Mapping

from claudes_corner.generation.modes import minimal, news, past_entries, updates
from claudes_corner.generation.modes.brief import Brief, Mode, Writing

__all__ = ["MODES", "Brief", "Mode", "Writing"]

MODES: Mapping[str, Mode] = {
    "minimal": minimal.MODE,
    "past-entries": past_entries.MODE,
    "news": news.MODE,
    "updates": updates.MODE,
}
