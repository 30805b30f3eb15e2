"""Reading before deciding: a text with its transcript, what editors said about it, and whether exactly that was read.

Owns the digits of a digest that a verdict must name, and editors' notes to one another: private lines in
`drafts/notes/`, added and never taken away. Decides nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import re

from claudes_corner import ledger
from claudes_corner.errors import DecisionError, Problem, UsageError
from claudes_corner.schedule import render_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import digest, has_lone_surrogate
from claudes_corner.transcript import no_transcript, read_transcript
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


def read_shown(workspace: Workspace, standing: Standing) -> Draft:
    """Read a draft or an entry; of an entry whose full transcript is not here, with the form that readers see.

    Whoever lost `drafts/`, or went on from a public archive, must be able to take an entry back all the same.

    Raises:
        TextError: A byte is not what was recorded.
    """
    if not lacks_transcript(workspace, standing):
        return read_any(workspace, standing)
    entry, shown = workspace.read_entry(standing), workspace.folders.text(standing).with_suffix(".json")
    transcript = read_transcript(workspace.folders.read(shown), workspace.folders.relative(shown))
    return Draft(standing, entry.front.draft, entry.text, transcript, entry.path)


def lacks_transcript(workspace: Workspace, standing: Standing) -> bool:
    """Answer whether the full transcript behind an entry, which is private, is not here."""
    is_here = bool(standing.imported) or workspace.folders.transcript(standing).is_file()
    return standing.place == "content" and not is_here


def must_have_read(prefix: str, recorded: str, named: str, *, kind: str = "text", see: str) -> None:
    """Refuse a digest that does not begin as the recorded one; `see` is the command that shows text and digest.

    The refusal does not give the right one: whoever has it has had the text before their eyes.

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
        what, fix = f"{named} is not the {kind} that you read", f"Read it as it is, with its digest: {see}."
        raise DecisionError(Problem(what, expected=f"sha256:{digits}…", found="another digest", fix=fix))


def veto_reason(workspace: Workspace, known: Ledger, draft_id: str, editor: str) -> str | None:
    """Read what an editor gave as the reason of the latest veto on a draft; None if it is not here, as recorded."""
    vetoes = [r for r in known.about(draft_id) if isinstance(r, ledger.Vetoed) and r.by == editor]
    path = workspace.folders.reason(draft_id, vetoes[-1].reason_sha256) if vetoes else None
    content = path.read_bytes() if path and path.is_file() else b""
    return str(json.loads(content)["reason"]) if vetoes and digest(content) == vetoes[-1].reason_sha256 else None


def read_notes(workspace: Workspace, draft_id: str) -> tuple[str, ...]:
    """Read the notes about a draft, oldest first, each as `Wed 25 Nov 2026, 09:00 Europe/London, ada: words`.

    The file may have been written by hand: a byte that is not UTF-8 is shown as its escape.
    """
    lines = _kept_notes(workspace, draft_id).decode("utf-8", "backslashreplace").splitlines()
    return tuple(_in_words(workspace.config, line) for line in lines if line)


def _in_words(config: Config, line: str) -> str:
    at, _, said = line.partition(" ")
    try:
        return f"{config.slots.words(at)}, {said}"
    except ValueError:  # somebody wrote it by hand
        return line


def _kept_notes(workspace: Workspace, draft_id: str) -> bytes:
    """Read the notes about a draft as they are kept: a line each, `2026-11-25T09:00:00Z ada: words`."""
    path = workspace.folders.note(draft_id)
    return path.read_bytes() if path.is_file() else b""


def add_note(workspace: Workspace, draft_id: str, editor: str, now: dt.datetime, text: str) -> None:
    """Add a note; line breaks become spaces.

    Raises:
        DecisionError: There is no such draft, nothing is said, or half a character.
    """
    words = " ".join(text.split())
    if not words:
        raise DecisionError(Problem("the note is empty", fix="Say something, or go on."))
    if has_lone_surrogate(words):
        raise DecisionError(Problem("the note holds a character that is no text", fix="Write it again."))
    with workspace.writing() as pen:
        draft_id = workspace.standing(pen.ledger, draft_id).id
        kept, line = _kept_notes(workspace, draft_id), f"{render_instant(now)} {editor}: {words}\n"
        end = b"" if kept.endswith(b"\n") or not kept else b"\n"
        pen.keep(workspace.folders.note(draft_id), kept + end + line.encode())
