"""Entries as a build reads them, each checked against the record.

Owns the reading of `content/essays/`, by as many processes as it is worth.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from claudes_corner.errors import CornerError, Problem
from claudes_corner.site.memory import Memory, Row
from claudes_corner.site.page import fingerprint
from claudes_corner.site.spread import Tell, processes_for, spread
from claudes_corner.standing import Standing
from claudes_corner.text import word_count
from claudes_corner.workspace import Workspace


class _Answer(msgspec.Struct, array_like=True):
    rows: dict[str, Row]
    problems: list[Problem]


def read_rows(
    workspace: Workspace, memory: Memory, suspects: Collection[str], problems: list[Problem], jobs: int = 1
) -> None:
    """Read and check entries; what is wrong with one of them is added to the problems.

    Args:
        workspace: The newsletter.
        memory: What an earlier build knew, and the record as it is now; its rows are brought up to date.
        suspects: The ids of those about which anything may have changed.
        problems: What is wrong so far.
        jobs: How many processes may be used.
    """
    standings = memory.record.standings
    known = {name: memory.rows.pop(name) for name in suspects if name in memory.rows}
    unread = [s for name in sorted(suspects) if (s := standings.get(name)) and s.place == "content"]

    def work(_number: int, share: list[Standing], _tell: Tell) -> bytes:
        """Read a share of the entries."""
        answer = _Answer({}, [])
        for standing in share:
            try:
                answer.rows[standing.id] = _read(workspace, standing, known.get(standing.id))
            except CornerError as error:
                answer.problems += error.problems
        return msgspec.msgpack.encode(answer)

    many = processes_for(len(unread), jobs)
    size = -(-len(unread) // many)
    for raw in spread(work, [unread[n * size : (n + 1) * size] for n in range(many)], lambda _done: None):
        answer = msgspec.msgpack.decode(raw, type=_Answer)
        memory.rows |= answer.rows
        problems += answer.problems


def _read(workspace: Workspace, standing: Standing, known: Row | None) -> Row:
    """Read and check an entry; its HTML is kept, for no entry's text ever changes."""
    entry = workspace.read_entry(standing)
    front, html = entry.front, known.html if known else None
    return Row(front.id, front.title, front.title_by, word_count(entry.text), fingerprint(front), html)
