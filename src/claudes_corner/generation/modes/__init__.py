"""Modes: ways of prompting. One line each in `MODES`, and a short file where a mode does more than ask once.

A mode is a generator that does no I/O: it yields a `Prompt`, receives the `Completion`, may go on, and returns one of
the completions it received: or `Pass()` if the author said that it has nothing to say, or `Unclear()` if what it said
cannot be understood. So no mode can edit, and a mode is tested by feeding it completions by hand.
"""

from __future__ import annotations

from claudes_corner.generation.modes import free_choice, reflect
from claudes_corner.generation.modes.brief import Brief, Mode, Offer, Pass, Unclear, Writing, ask_once

__all__ = ["MODES", "Brief", "Mode", "Offer", "Pass", "Unclear", "Writing"]

MODES: dict[str, Mode] = {
    "minimal": Mode(ask_once, takes_documents=False),  # a near-empty turn: what it writes when hardly anything is asked
    "past-entries": Mode(ask_once),  # its last entries, whole, newest last; before the first, none
    "news": Mode(ask_once, needs_documents=True),  # headlines and summaries of the week
    "updates": Mode(ask_once, needs_documents=True),  # texts that the editors pass on, such as news of Anthropic
    "reflect": reflect.MODE,
}
MODES["free-choice"] = free_choice.mode(MODES)  # it may hand over to any of them
