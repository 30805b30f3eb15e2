"""Modes: ways of prompting. One short file each; a new mode is a new file and a line in `MODES`.

A mode is a generator that does no I/O: it yields a `Prompt`, receives the `Completion`, may go on, and returns one of
the completions it received: or `Pass()` if the author said that it has nothing to say, or `Unclear()` if what it said
cannot be understood. So no mode can edit, and a mode is tested by feeding it completions by hand.
"""

from __future__ import annotations

from claudes_corner.generation.modes import free_choice, minimal, news, past_entries, reflect, updates
from claudes_corner.generation.modes.brief import Brief, Mode, Offer, Pass, Unclear, Writing

__all__ = ["MODES", "Brief", "Mode", "Offer", "Pass", "Unclear", "Writing"]

MODES: dict[str, Mode] = {
    "minimal": minimal.MODE,
    "past-entries": past_entries.MODE,
    "news": news.MODE,
    "updates": updates.MODE,
    "reflect": reflect.MODE,
}
MODES["free-choice"] = free_choice.mode(MODES)  # it may hand over to any of them
