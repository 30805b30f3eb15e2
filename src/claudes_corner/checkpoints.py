"""Checkpoints: what a newsletter says of its whole record and its whole site at the time it goes out.

Owns their text, which a shell can take apart, and how they are chained and kept in `content/checkpoints/`. A checkpoint
commits to the record by the digest of its last line, and to every served file by the digest of `SHA256SUMS`; so whoever
saved one can tell a rewritten history. Who signs it is `signing.py`'s.

Shape (each line ends in a line feed, nothing follows):
    claudes-corner checkpoint 1
    newsletter: corner.example,2026
    number: 3
    records: 128
    head: sha256:…        of the last of so many lines of ledger.jsonl, without its line feed
    sums: sha256:…        of SHA256SUMS
    at: 2026-11-25T09:00:00Z        the last record's; empty if there is none
    previous: sha256:…        of checkpoint 2; of nothing for the first
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec

from claudes_corner.errors import LedgerError, Problem
from claudes_corner.ledger import AnyRecord, parse_line
from claudes_corner.text import DIGEST, EMPTY_DIGEST, digest

FOLDER = "content/checkpoints"
KEYS = "allowed_signers"  # the public half of the key, in that folder and in the site
_LINES = 8
_REWRITTEN = "The record was written anew since, or its end was cut off."
_NAME = re.compile(r"([0-9]{6,})\.txt(?:\.sig)?")  # of a checkpoint's file, and of its signature's
_FORM = re.compile(
    r"claudes-corner checkpoint 1\nnewsletter: (?P<tag>[^\n]+)\nnumber: (?P<number>[1-9][0-9]{0,8})\n"
    rf"records: (?P<records>0|[1-9][0-9]{{0,8}})\nhead: (?P<head>{DIGEST.pattern})\nsums: (?P<sums>{DIGEST.pattern})\n"
    rf"at: (?P<at>[0-9TZ:-]*)\nprevious: (?P<previous>{DIGEST.pattern})\n"
)


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What one says."""

    tag: str  # the newsletter's, `[site] tag`
    number: int  # from 1
    records: int
    head: str  # digest of the last record's line
    sums: str  # digest of SHA256SUMS
    at: str  # the last record's instant
    previous: str  # digest of the checkpoint before

    @property
    def text(self) -> bytes:
        """The checkpoint as its file has it."""
        return (
            f"claudes-corner checkpoint 1\nnewsletter: {self.tag}\nnumber: {self.number}\nrecords: {self.records}\n"
            f"head: {self.head}\nsums: {self.sums}\nat: {self.at}\nprevious: {self.previous}\n"
        ).encode()


class Kept(msgspec.Struct, frozen=True):
    """All checkpoints of a newsletter, and what goes with them."""

    history: tuple[Checkpoint, ...] = ()  # oldest first
    signature: bytes = b""  # of the newest; empty: it is not signed
    keys: bytes = b""  # who may sign, as `ssh-keygen` reads it; empty: nobody does
    earlier: bytes = b""  # all other signatures, if there are keys and the newest has none


def parse_checkpoints(raw: bytes, where: str) -> tuple[Checkpoint, ...]:
    """Read checkpoints that follow one another in a file.

    Raises:
        LedgerError: One is not in its form.
    """
    lines = raw.decode("utf-8", "replace").splitlines(keepends=True)
    found = []
    for start in range(0, len(lines), _LINES):
        match = _FORM.fullmatch("".join(lines[start : start + _LINES]))
        if match is None:
            raise LedgerError(Problem("this is no checkpoint", f"{where}:{start + 1}"))
        found.append(msgspec.convert(match.groupdict(), Checkpoint, strict=False))
    return tuple(found)


def read_checkpoints(content: Path) -> Kept:
    """Read what is kept in a newsletter's `content/`.

    Raises:
        LedgerError: A file there is no checkpoint, or not the one its name says; or one is missing.
    """
    folder = content / "checkpoints"
    history: list[Checkpoint] = []
    names = (_NAME.fullmatch(path.name) for path in folder.glob("*"))
    for number in range(1, max((int(name[1]) for name in names if name), default=0) + 1):
        path = folder / name_of(number)
        where = f"{FOLDER}/{path.name}"
        if not path.is_file():  # to go on from the one before would be to write history anew
            fix = "Put it back, from a backup or git."
            raise LedgerError(Problem("this checkpoint went out, and is missing here", where, fix=fix))
        found = parse_checkpoints(path.read_bytes(), where)
        if [one.number for one in found] != [number]:
            raise LedgerError(Problem("this is another checkpoint than its name says", where))
        history += found
    signature, keys = (
        path.read_bytes() if path.is_file() else b""
        for path in (folder / f"{name_of(len(history))}.sig", folder / KEYS)
    )
    earlier = b"".join(path.read_bytes() for path in folder.glob("*.sig")) if keys and not signature else b""
    return Kept(tuple(history), signature, keys, earlier)


def name_of(number: int) -> str:
    """Name a checkpoint's file."""
    return f"{number:06}.txt"


def next_checkpoint(
    kept: Kept, tag: str, records: tuple[AnyRecord, ...], head: str, sums: str, *, is_rekeyed: bool = False
) -> Checkpoint:
    """Make the checkpoint of a record and a site: the newest, if it says just this and the key is the same."""
    newest = kept.history[-1] if kept.history else None
    at = records[-1].at if records else ""
    if (
        newest
        and not is_rekeyed
        and (newest.tag, newest.records, newest.head, newest.sums) == (tag, len(records), head, sums)
    ):
        return newest
    previous = digest(newest.text) if newest else EMPTY_DIGEST
    number = len(kept.history) + 1
    return Checkpoint(tag=tag, number=number, records=len(records), head=head, sums=sums, at=at, previous=previous)


def check_history(history: tuple[Checkpoint, ...], record: bytes, tag: str, where: str) -> Iterator[Problem]:
    """Check that checkpoints follow one another, and that the record goes on from each."""
    heads = Heads(record)
    for number, one in enumerate(history, 1):
        if (one.number, one.tag) != (number, tag or one.tag):
            yield Problem("a checkpoint is missing, moved or another newsletter's", f"{where}, checkpoint {number}")
        yield from follows(one, heads, f"{where}, checkpoint {number}")
    first = ((EMPTY_DIGEST, history[0]),) if history else ()
    for before, one in (*first, *((digest(old.text), new) for old, new in pairwise(history))):
        if one.previous != before:
            what = "this checkpoint does not follow the one before"
            yield Problem(what, f"{where}, checkpoint {one.number}", before, one.previous)


class Heads:
    """The digests and instants of a record's lines: each is worked out once, however many checkpoints name it."""

    def __init__(self, record: bytes) -> None:
        lines = record.split(b"\n")[:-1]
        self.count = len(lines)
        self.at = cache(lambda number: digest(lines[number - 1]) if number else EMPTY_DIGEST)
        self.instant = cache(lambda number: _instant(lines[number - 1]) if number else "")


def _instant(line: bytes) -> str:
    """Tell when a record was made; of a line that is none, which whoever follows the record says, nothing is told."""
    try:
        return parse_line(line).at
    except LedgerError:
        return ""


def follows(one: Checkpoint, heads: Heads, where: str) -> Iterator[Problem]:
    """Check that the record still begins with what a checkpoint was made of."""
    if one.records > heads.count:
        what, counts = "the record has lost its end", (f"at least {one.records:,} records", f"{heads.count:,}")
        yield Problem(what, where, *counts, fix=_REWRITTEN)
    elif (head := heads.at(one.records)) != one.head:
        yield Problem(f"record {one.records:,} is another than it was then", where, one.head, head, _REWRITTEN)
    elif one.at != (at := heads.instant(one.records)):
        yield Problem(f"record {one.records:,} was made at another time than this says", where, at, one.at)
