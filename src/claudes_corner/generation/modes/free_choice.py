"""`free-choice`: the author is told the modes and this week's sources, and chooses one of them, or passes.

The choice is one line: `mode: <name>`, or `pass`. An answer of another form is asked for once more, and then the draft
fails with the cause `unclear-choice`: a person may ask again, but nobody guesses. The chosen mode is then asked exactly
as it would be by itself, in a conversation of its own; so its drafts can be compared with the others, and any mode can
be offered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from claudes_corner.generation.exchange import Exchange, Prompt
from claudes_corner.generation.modes.brief import Brief, Mode, Offer, Pass, Unclear, Writing

PASS = "pass"  # noqa: S105  (a word, no password)
AGAIN = "I could not read a choice in that answer. "


def mode(choices: Mapping[str, Mode]) -> Mode:
    """Make the mode.

    Args:
        choices: The modes it may hand over to, by name.
    """
    return Mode(partial(write, choices), offers=True)


def write(choices: Mapping[str, Mode], brief: Brief) -> Writing:
    """Ask for a choice, once more if it is unclear, then do as the author chose."""
    blocks = (*(document.block for document in brief.documents), menu(brief.offers), brief.prompt, form(brief.offers))
    asked = Prompt(blocks, brief.system)
    answer = yield asked
    chosen = read_choice(answer.text, brief.offers)
    if chosen is None:
        again = Prompt((AGAIN + form(brief.offers),), brief.system, (Exchange(asked, answer),))
        chosen = read_choice((yield again).text, brief.offers)
    if chosen is None:
        return Unclear()
    if isinstance(chosen, Pass):
        return chosen
    return (yield from choices[chosen.brief.kind or chosen.name].write(chosen.brief))


def menu(offers: Sequence[Offer]) -> str:
    """Name the modes, what they are, and how much their sources hold this week."""
    lines = []
    for offer in offers:
        count = len(offer.brief.documents)
        holds = f" ({count} {'document' if count == 1 else 'documents'})" if count else ""
        lines.append(f"- {offer.name}: {offer.about or offer.label}{holds}")
    return "The ways to write this week:\n" + "\n".join(lines)


def form(offers: Sequence[Offer]) -> str:
    """Say in which form the choice is to be made."""
    lines = "\n".join(f"mode: {offer.name}" for offer in offers)
    return f"Answer with exactly one of these lines, and nothing else:\n{lines}\n{PASS}"


def read_choice(answer: str, offers: Sequence[Offer]) -> Offer | Pass | None:
    """Read the one line of an answer; None if it is none of those it could be."""
    line = answer.strip().strip("`*\"'.").casefold()
    if line == PASS:
        return Pass()
    return next((offer for offer in offers if line == f"mode: {offer.name}"), None)
