"""Reads a written text wherever its decisions have put it, checked against the record."""

from __future__ import annotations

from claudes_corner.standing import Standing
from claudes_corner.transcript import read_transcript
from claudes_corner.workspace import Draft, Workspace


def read_any(workspace: Workspace, standing: Standing) -> Draft:
    """Read a draft or an entry, with its full transcript.

    Raises:
        TextError: A byte is not what was recorded.
    """
    if standing.place != "content":
        return workspace.read_draft(standing)
    entry, path = workspace.read_entry(standing), workspace.folders.transcript(standing)
    transcript = read_transcript(path.read_bytes(), workspace.folders.relative(path))
    return Draft(standing, entry.front.draft, entry.text, transcript, entry.path)
