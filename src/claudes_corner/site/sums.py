"""What fixes a whole site: `SHA256SUMS`, and the checkpoint that speaks of it.

Owns what stands in `SHA256SUMS`: every file that a build writes, but itself and the files in `SEALS`. A checkpoint
names the digest of `SHA256SUMS`, so neither it nor its signature can be listed there: their own chain holds them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from claudes_corner.checkpoints import (
    FOLDER,
    KEYS,
    Checkpoint,
    Kept,
    check_history,
    name_of,
    next_checkpoint,
    read_checkpoints,
)
from claudes_corner.disk import read_file
from claudes_corner.errors import BuildError, LedgerError, Problem, said_by
from claudes_corner.ledger import parse_ledger
from claudes_corner.signing import Signer, awaits_signing
from claudes_corner.site.output import Output
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace

SUMS = "SHA256SUMS"
NEWEST, SIGNATURE, HISTORY = "checkpoint.txt", "checkpoint.txt.sig", "checkpoints.txt"
_HEX = 64  # digits of a digest, before two spaces and the path
_FEW = 100  # lines that are sooner put in one by one
SEALS = (SUMS, NEWEST, SIGNATURE, HISTORY, KEYS)  # not listed in SHA256SUMS


class Made(msgspec.Struct, frozen=True):
    """What `make_checkpoint` did, or would do."""

    checkpoint: Checkpoint
    is_new: bool  # False: neither site nor key has changed since the newest, which still holds
    new_signature: bytes  # empty: it was signed before, or nobody signs
    seals: dict[str, bytes]  # what seals the site, by path


def seals_of(sums: bytes, kept: Kept) -> dict[str, bytes]:
    """Make what seals a site: `SHA256SUMS`, all checkpoints, and the newest if it is of exactly these sums.

    Args:
        sums: `SHA256SUMS`.
        kept: The newsletter's checkpoints.
    """
    newest = kept.history[-1] if kept.history and kept.history[-1].sums == digest(sums) else None
    if awaits_signing(kept.signature, kept.keys, kept.earlier):
        newest = None  # under this key, the site has not gone out yet
    parts = {
        HISTORY: b"".join(one.text for one in kept.history),
        KEYS: kept.keys,
        NEWEST: newest.text if newest else b"",
        SIGNATURE: kept.signature if newest and kept.keys else b"",
    }
    return {SUMS: sums, **{path: content for path, content in parts.items() if content}}


def sums_of(before: bytes, new: Mapping[str, bytes], paths: Collection[str]) -> bytes:
    """Bring `SHA256SUMS` up to date: a line for each file, in the order of their paths.

    Args:
        before: The sums of a site that had all files of this one but those in `new`.
        new: The digests of files that have changed since, by path.
        paths: All that are listed now.
    """
    if len(new) <= _FEW:
        sums = bytearray(before)
        for path, sha256 in new.items():
            start, end = _place_of(path.encode(), sums)
            sums[start:end] = _line(path, sha256)
        if sums.count(b"\n") == len(paths):  # so nothing was removed
            return bytes(sums)
    lines = {line[_HEX + 2 :].decode(): line + b"\n" for line in before.split(b"\n")[:-1]}
    lines |= {path: _line(path, sha256) for path, sha256 in new.items()}
    return b"".join(line for path, line in sorted(lines.items()) if path in paths)


def _line(path: str, sha256: bytes) -> bytes:
    return f"{sha256.hex()}  {path}\n".encode()


def _place_of(path: bytes, sums: bytearray) -> tuple[int, int]:
    """Tell where the line of a path begins and ends in sums; if there is none, where it belongs."""
    low, high = 0, len(sums)
    while low < high:
        start = max(sums.rfind(b"\n", low, (low + high) // 2) + 1, low)
        end = sums.index(b"\n", start) + 1
        found = sums[start + _HEX + 2 : end - 1]
        if found == path:
            return start, end
        low, high = (end, high) if found < path else (low, start)
    return low, low


def make_checkpoint(workspace: Workspace, site: Path, signer: Signer | None = None) -> Made:
    """Make the checkpoint of a built site that is about to go out, keep it, and put it into the site.

    Args:
        workspace: The newsletter.
        site: The built site's folder.
        signer: Signs it; see `signing.find_signer`. None: it stays unsigned.

    Raises:
        BuildError: The folder has no record or no sums, or the record is not this newsletter's.
        LedgerError: The record does not go on from the checkpoints that went out before: history would be rewritten.
        SigningError: The key cannot sign; nothing was kept.
    """
    output = Output(site, site.name, workspace.config.site.tag)
    with workspace.writing() as pen:
        foreseen = foresee(workspace, site, signer)
        path = workspace.folders.checkpoints / name_of(foreseen.checkpoint.number)
        if foreseen.is_new:
            pen.keep(path, foreseen.checkpoint.text)
        if foreseen.new_signature:
            pen.keep(path.with_name(f"{path.name}.sig"), foreseen.new_signature)
        output.claim(foreseen.seals)
        for name, content in foreseen.seals.items():
            output.write(name, content)
    return foreseen


def foresee(workspace: Workspace, site: Path, signer: Signer | None = None) -> Made:
    """Work out what `make_checkpoint` would make and write, without writing; it raises the same."""
    record, sums = (_read(site / name) for name in ("ledger.jsonl", SUMS))
    if not (read_file(workspace.folders.ledger) if record else b"").startswith(record):
        what, fix = "the site's record is not this newsletter's", "Build it anew: corner build."
        raise BuildError(Problem(what, f"{site.name}/ledger.jsonl", fix=fix))
    kept, tag = read_checkpoints(workspace.folders.content), workspace.config.site.tag
    if contradictions := tuple(check_history(kept.history, record, tag, FOLDER)):
        raise LedgerError(*contradictions)
    is_rekeyed = bool(kept.signature) and awaits_signing(kept.signature, kept.keys)
    checkpoint = next_checkpoint(kept, tag, *parse_ledger(record), digest(sums), is_rekeyed=is_rekeyed)
    is_new = checkpoint not in kept.history
    signature = b"" if is_new else kept.signature
    new_signature = signer(checkpoint.text) if signer and not signature else b""
    history = (*kept.history, checkpoint) if is_new else kept.history
    seals = seals_of(sums, Kept(history, signature or new_signature, kept.keys))
    return Made(checkpoint, is_new, new_signature, seals)


def _read(path: Path) -> bytes:
    try:
        return read_file(path)
    except OSError as error:
        what = f"the site has no {path.name}: {said_by(error)}"
        raise BuildError(Problem(what, path.parent.name, fix="Build it anew: corner build.")) from None
