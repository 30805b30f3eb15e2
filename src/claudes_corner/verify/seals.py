"""Checks what fixes a site as a whole: its checkpoints, their signature, and an older one that somebody kept.

Owns what a checkpoint must agree with. The chain of the record itself is `record.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from claudes_corner.checkpoints import KEYS, Heads, check_history, follows, parse_checkpoints
from claudes_corner.errors import CornerError, LedgerError, Problem
from claudes_corner.signing import is_signed
from claudes_corner.site.sums import HISTORY, NEWEST, SIGNATURE, SUMS
from claudes_corner.text import digest
from claudes_corner.verify import NO_OLDER


class Known(msgspec.Struct, frozen=True):
    """What the verifier brings along, since no site can show it by itself."""

    key: bytes = b""  # the newsletter's public key, got elsewhere
    since: bytes = b""  # a checkpoint that was kept
    environ: Mapping[str, str] = {}
    is_signing: bool = False  # and signs it next, or sends nothing out


def check_seals(
    files: Mapping[str, bytes], record: bytes, tag: str, known: Known, notes: list[str]
) -> Iterator[Problem]:
    """Check a site's checkpoints; what could not be checked is added to `notes`."""
    try:
        history = parse_checkpoints(files.get(HISTORY, b""), HISTORY)
        newest = parse_checkpoints(files.get(NEWEST, b""), NEWEST)
        since = parse_checkpoints(known.since, "the older checkpoint")
    except LedgerError as error:
        yield from error.problems
        return
    yield from check_history(history, record, tag, HISTORY)
    for old in since[-1:]:
        yield from follows(old, Heads(record), "the older checkpoint")
        if old not in history:
            what = f"checkpoint {old.number} that was kept is not among those served"
            yield Problem(what, HISTORY, found=f"{len(history)} others", fix="History was written anew.")
    if not since:
        notes += NO_OLDER
    if newest:
        if newest != history[-1:]:
            yield Problem("this is not the newest of the checkpoints that are served", NEWEST)
        if newest[0].sums != (found := digest(files.get(SUMS, b""))):
            what = "the files are others than those the checkpoint is of"
            yield Problem(what, SUMS, newest[0].sums, found, "The site was changed after it went out.")
    elif known.key:
        yield Problem("there is no checkpoint of this site, so nothing is signed", NEWEST)
    else:
        notes.append(
            "whether the site is as it went out: it has no checkpoint (a deploy makes one, signed if there is a key)"
        )
    yield from _signature(files, known, notes)


def _signature(files: Mapping[str, bytes], known: Known, notes: list[str]) -> Iterator[Problem]:
    """Check who vouches for the newest checkpoint."""
    text, signature, served = (files.get(name, b"") for name in (NEWEST, SIGNATURE, KEYS))
    if not text or (known.is_signing and not signature):
        return
    if not signature and (known.key or served):
        yield Problem("the checkpoint is not signed, though there is a key", SIGNATURE)
    elif not signature:
        notes.append("who made the checkpoint: it is not signed")
    else:
        try:
            whose = "the newsletter's key" if known.key else f"a key in {KEYS}"
            if not is_signed(text, signature, known.key or served, known.environ):
                yield Problem(f"the checkpoint is not signed by {whose}", SIGNATURE)
        except CornerError as error:
            notes.append(f"the signature: {error.problems[0].what}")
        if not known.key:
            notes.append(f"whether the key in {KEYS} is the newsletter's: it is served with the site (--key FILE)")
