"""`reflect`: the author writes, reads its text again, and may write it anew; its last whole version is the draft.

After the first version comes the mode's `reread`, and the author answers with a new version, or with the one line
`keep`. A new version that was cut at the limit does not replace one that was whole. All versions are in the private
transcript; readers see the draft, and the digests of the others.
"""

from __future__ import annotations

from claudes_corner.generation.choices import read_line
from claudes_corner.generation.exchange import Exchange, Prompt
from claudes_corner.generation.modes.brief import Brief, Mode, Writing

KEEP = "keep"
FORM = f"To leave it as it is, answer with the one line: {KEEP}"


def write(brief: Brief) -> Writing:
    """Ask for the text, then whether it shall stay; take what the author settles on."""
    asked = Prompt(brief.blocks, brief.system)
    first = yield asked
    second = yield Prompt((brief.reread, FORM), brief.system, (Exchange(asked, first),))
    is_kept = read_line(second.text) == KEEP
    is_cut = second.stop_reason != "end_turn" and first.stop_reason == "end_turn"
    return first if is_kept or is_cut else second


MODE = Mode(write, rereads=True)
