"""`free-choice`: the author is told the modes and this week's sources, and chooses one of them, or passes.

The choice is one line: `mode: <name>`, or `pass`. An answer of another form is asked for once more, and then the draft
fails with the cause `unclear-choice`: a person may ask again, but nobody guesses. The chosen mode is then asked exactly
as it would be by itself, in a conversation of its own; so its drafts can be compared with the others, and any mode can
be offered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from claudes_corner.generation.choices import ask_choice
from claudes_corner.generation.modes.brief import Brief, Mode, Offer, Pass, Unclear, Writing
from claudes_corner.text import counted

PASS = "pass"  # noqa: S105  (a word, no password)


def mode(choices: Mapping[str, Mode]) -> Mode:
    """Make the mode; `choices` are those it may hand over to, by name."""
    return Mode(partial(write, choices), offers=True)


def write(choices: Mapping[str, Mode], brief: Brief) -> Writing:
    """Ask for a choice, once more if it is unclear, then do as the author chose."""
    offers = {f"mode: {offer.name}": offer for offer in brief.offers}
    *documents, prompt = brief.blocks
    chosen = yield from ask_choice((*documents, menu(brief.offers), prompt), (*offers, PASS), brief.system)
    if chosen is None:
        return Unclear()
    if chosen == PASS:
        return Pass()
    offer = offers[chosen]
    return (yield from choices[offer.brief.kind].write(offer.brief))


def menu(offers: Sequence[Offer]) -> str:
    """Name the modes, what they are, and how much their sources hold this week."""
    lines = ["The ways to write this week:"]
    for offer in offers:
        documents = offer.brief.documents
        holds = f" ({counted(len(documents), 'document')})" if documents else ""
        lines.append(f"- {offer.name}: {offer.about}{holds}")
    return "\n".join(lines)
