"""Reading before deciding: any written text with its transcript, and whether a verdict is about exactly what was read.

Owns the digits of a digest that a verdict must name. Decides nothing.
"""

from __future__ import annotations

import re

from claudes_corner.errors import DecisionError, Problem, UsageError
from claudes_corner.standing import Standing
from claudes_corner.transcript import no_transcript
from claudes_corner.workspace import Draft, Workspace

MIN_DIGEST_DIGITS = 8
_PREFIX = re.compile(rf"[0-9a-f]{{{MIN_DIGEST_DIGITS},64}}")


def read_any(workspace: Workspace, standing: Standing) -> Draft:
    """Read a draft or an entry, with its full transcript.

    Raises:
        TextError: A byte is not what was recorded.
    """
    if standing.place != "content":
        return workspace.read_draft(standing)
    entry = workspace.read_entry(standing)
    transcript = no_transcript(standing.id) if standing.imported else workspace.read_transcript(standing)
    return Draft(standing, entry.front.draft, entry.text, transcript, entry.path)


def must_have_read(prefix: str, recorded: str, named: str, *, kind: str = "text", see: str) -> None:
    """Refuse a digest that does not begin as the recorded one; `see` is the command that shows the right one.

    Raises:
        UsageError: It is none.
        DecisionError: It is another text's.
    """
    digits = prefix.removeprefix("sha256:").removesuffix("…")  # as it is shown
    if not _PREFIX.fullmatch(digits):
        expected = f"at least {MIN_DIGEST_DIGITS} hex digits"
        what, fix = f"{prefix!r} is no digest of the {kind} that you read", f"See: {see}."
        raise UsageError(Problem(what, expected=expected, fix=fix))
    if not recorded.removeprefix("sha256:").startswith(digits):
        fix = "A verdict counts only for the exact text: read it again."
        raise DecisionError(Problem(f"{named} is not the text that you read", "", f"sha256:{digits}…", recorded, fix))
