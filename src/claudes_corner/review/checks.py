"""What can be told of a draft without judging it: information for editors, never a verdict.

Owns the checks. Nothing here decides, refuses or hides anything.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Sequence
from statistics import median

import msgspec

from claudes_corner.errors import TextError
from claudes_corner.front import split_document
from claudes_corner.markup import images, links
from claudes_corner.standing import Ledger, Standing
from claudes_corner.text import counted, visible, word_count
from claudes_corner.workspace import Draft, Workspace

USUAL = 20  # so many entries say what is usual
FEW = 5  # fewer than these say nothing
SPACES_OF_A_PASSAGE = 6
CHARACTERS_OF_A_PASSAGE = 15  # in scripts that have no spaces
SHOWN = 12
TAG_CHARACTERS = 80
_UNUSUAL = {"Cc", "Cf", "Cn", "Co", "Zl", "Zp"}  # control, format, unassigned, private use, odd line breaks
_ENDS = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    said: str  # a short sentence
    details: tuple[str, ...] = ()
    stands_out: bool = False  # worth a look; still no verdict


class Past:
    """What published entries hold, each read once: how long they are, and their sentences."""

    def __init__(self) -> None:
        self._lengths: dict[str, int] = {}  # words by id; of an entry that cannot be read, -1
        self._where: dict[int, str] = {}  # a sentence's hash, and whose it is
        self._lock = threading.Lock()

    def follow(self, workspace: Workspace, known: Ledger) -> None:
        """Read what has been published since the last call."""
        with self._lock:
            for standing in known.standings.values():
                if standing.status == "published" and standing.id not in self._lengths:
                    self._lengths[standing.id] = self._read(workspace, standing)

    def usual(self, known: Ledger, but: str) -> list[int]:
        """List the lengths of the newest entries that could be read, without one of them."""
        newest = sorted((s for s in known.standings.values() if s.published_at), key=lambda s: s.date, reverse=True)
        lengths = (self._lengths.get(s.id, -1) for s in newest[: USUAL + 1] if s.id != but and s.status == "published")
        return [length for length in lengths if length >= 0][:USUAL]

    def passages(self, known: Ledger, draft: Draft) -> list[tuple[str, str]]:
        """Find the sentences of a draft that stand word for word in an entry: each with that entry's id."""
        found = ((sentence, self._where.get(hash(key))) for key, sentence in _sentences(draft.text).items())
        return [(s, e) for s, e in found if e and e != draft.front.id and known.standings[e].status == "published"]

    def _read(self, workspace: Workspace, standing: Standing) -> int:
        path = workspace.folders.text(standing)
        try:
            _, text = split_document(path.read_bytes(), workspace.folders.relative(path))
        except (OSError, TextError):  # whoever builds or verifies is told; a draft can be read all the same
            return -1
        for key in _sentences(text):
            self._where.setdefault(hash(key), standing.id)
        return word_count(text)


def look_at(draft: Draft, known: Ledger, past: Past) -> tuple[Check, ...]:
    """Tell what stands out in a draft, and what does not."""
    text = draft.text
    targets, pictures, tags = links(text), images(text), [tag[:TAG_CHARACTERS] for tag in _TAG.findall(text)]
    asked_for = f"{counted(len(pictures), 'image')} asked for; the page links to it and loads nothing"
    repeated = [f"{entry}: {sentence}" for sentence, entry in past.passages(known, draft)]
    stand = counted(len(repeated), "sentence stands", "sentences stand")
    return (
        *([] if draft.standing.imported else [_end(draft)]),  # of what was imported nobody here knows how it ended
        _length(text, past.usual(known, draft.front.id)),
        _characters(f"{draft.front.title}\n{text}"),
        _listed("no links", counted(len(targets), "link"), targets),
        _listed("no images", asked_for, pictures),
        _listed("no HTML", f"{counted(len(tags), 'HTML tag')}, shown to readers as typed", tags),
        _listed("no sentence stands in a past entry", f"{stand} in past entries, word for word", repeated),
    )


def _listed(none: str, said: str, details: Sequence[str]) -> Check:
    """Say what was found, the first few by name; that there is any stands out."""
    if not details:
        return Check(none)
    return Check(said, tuple(visible(detail) for detail in details[:SHOWN]), stands_out=True)


def _end(draft: Draft) -> Check:
    if draft.front.stop_reason == "max_tokens":
        return Check("cut at the token limit: the text may end in the middle", stands_out=True)
    return Check("ended by itself")


def _length(text: str, usual: list[int]) -> Check:
    words = word_count(text)
    said = counted(words, "word")
    if len(usual) < FEW:
        return Check(f"{said}; too few entries to say what is usual")
    low, high = min(usual), max(usual)
    said += f"; the last {len(usual)} entries have {low:,} to {high:,}, half of them {round(median(usual)):,} or more"
    return Check(said, stands_out=not low <= words <= high)


def _characters(text: str) -> Check:
    odd = Counter(c for c in text if c == "\ufffd" or (c not in "\n\t" and unicodedata.category(c) in _UNUSUAL))
    details = [
        f"U+{ord(c):04X} {unicodedata.name(c, 'control or private character').lower()}, {counted(times, 'time')}"
        for c, times in odd.most_common()
    ]
    return _listed("no unusual characters", counted(odd.total(), "unusual character"), details)


def _sentences(text: str) -> dict[str, str]:
    """Map a text's longer sentences, and lines, from a form without case and spacing to what was written."""
    pieces = (" ".join(piece.split()) for piece in _ENDS.split(text) if piece)
    return {piece.casefold(): piece for piece in pieces if _is_long(piece.count(" "), len(piece))}


def _is_long(spaces: int, characters: int) -> bool:
    return spaces >= SPACES_OF_A_PASSAGE or (not spaces and characters >= CHARACTERS_OF_A_PASSAGE)
