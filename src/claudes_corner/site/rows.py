"""Entries as a build reads them: known again by their files' signatures, or read and checked against the record.

Owns the reading of `content/essays/`, by as many processes as it is worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

import msgspec

from claudes_corner.errors import CornerError, Problem
from claudes_corner.site.memory import Memory, Row
from claudes_corner.site.signature import UNKNOWN, Signature, settled
from claudes_corner.site.spread import Tell, processes_for, spread
from claudes_corner.standing import Standing
from claudes_corner.text import word_count
from claudes_corner.workspace import Workspace

Found = dict[str, Signature]  # what lies in `content/essays/`, by name


class _Answer(msgspec.Struct, array_like=True):
    rows: dict[str, Row]
    problems: list[Problem]


def read_rows(
    workspace: Workspace,
    memory: Memory,
    found: Found,
    since_ns: int,
    problems: list[Problem],
    jobs: int = 1,
    suspects: Collection[str] | None = None,
) -> dict[str, Row]:
    """Know all entries again, or read and check them; what is wrong with one of them is added to the problems.

    Args:
        workspace: The newsletter.
        memory: What an earlier build knew, and the record as it is now.
        found: The signatures of the entries' files.
        since_ns: An instant of the file system's clock before they were looked at.
        problems: What is wrong so far.
        jobs: How many processes may be used.
        suspects: The ids of those about which anything may have changed; None: all.
    """
    standings, known, rows = memory.record.standings, memory.rows, dict[str, Row]()
    asked: Iterable[Standing] = standings.values()
    if suspects is not None:
        asked, rows = [standings[name] for name in suspects if name in standings], memory.rows
        known = {name: rows.pop(name) for name in suspects if name in rows}
    entries = [standing for standing in asked if standing.place == "content"]
    rows |= {s.id: row for s in entries if (row := known.get(s.id)) and _looks(s, found) == (row.text, row.transcript)}
    unread = [standing for standing in entries if standing.id not in rows]

    def work(_number: int, share: list[Standing], _tell: Tell) -> bytes:
        """Read a share of the entries."""
        answer = _Answer({}, [])
        for standing in share:
            try:
                answer.rows[standing.id] = _read(workspace, standing, known.get(standing.id), found, since_ns)
            except CornerError as error:
                answer.problems += error.problems
        return msgspec.msgpack.encode(answer)

    many = processes_for(len(unread), jobs)
    size = -(-len(unread) // many)
    for raw in spread(work, [unread[n * size : (n + 1) * size] for n in range(many)], lambda _done: None):
        answer = msgspec.msgpack.decode(raw, type=_Answer)
        rows |= answer.rows
        problems += answer.problems
    return rows


def _looks(standing: Standing, found: Found) -> tuple[Signature, Signature] | None:
    """Tell what an entry's files look like; None if that says nothing. An imported one has no transcript."""
    text = found.get(f"{standing.id}.md", UNKNOWN)
    transcript = text if standing.imported else found.get(f"{standing.id}.json", UNKNOWN)
    return None if UNKNOWN in (text, transcript) else (text, transcript)


def _read(workspace: Workspace, standing: Standing, known: Row | None, found: Found, since_ns: int) -> Row:
    """Read and check an entry; the HTML of a text that is the same is kept."""
    entry = workspace.read_entry(standing)
    shown = hashlib.blake2b(msgspec.msgpack.encode(entry.front), digest_size=16).digest()
    html = known.html if known and known.front.text_sha256 == entry.front.text_sha256 else None
    text, transcript = _looks(standing, found) or (UNKNOWN, UNKNOWN)
    return Row(entry.front, word_count(entry.text), shown, settled(text, since_ns), settled(transcript, since_ns), html)
