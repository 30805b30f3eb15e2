"""What a mode is given, and what it is.

Owns `Brief`, `Mode`, and what a mode may return. Knows no mode.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import msgspec

from claudes_corner.generation.exchange import Completion, Prompt
from claudes_corner.generation.sources import Document


class Pass(msgspec.Struct, frozen=True):
    """What a mode returns when the author has said that it has nothing to say this time."""


class Unclear(msgspec.Struct, frozen=True):
    """What a mode returns when the author's answers cannot be understood, and guessing would put words in its mouth."""


Writing = Generator[Prompt, Completion, Completion | Pass | Unclear]


class Offer(msgspec.Struct, frozen=True):
    """A mode that `free-choice` offers, as it would be run."""

    name: str
    about: str  # what it is, in a few words
    brief: Brief


class Brief(msgspec.Struct, frozen=True):
    """What one run asks for."""

    prompt: str  # the mode's prompt, rendered
    system: str | None  # the mode's system prompt, rendered; None: none
    documents: tuple[Document, ...]  # what its sources gave, in order
    reread: str = ""  # what `reflect` asks after the first version, rendered
    offers: tuple[Offer, ...] = ()  # what `free-choice` may choose among
    kind: str = ""  # the mode of `MODES` that it is for; empty for a letter

    @property
    def blocks(self) -> tuple[str, ...]:
        """The text blocks of its first turn: the documents, then the prompt."""
        return (*(document.block for document in self.documents), self.prompt)


class Mode(msgspec.Struct, frozen=True):
    """A way of prompting."""

    write: Callable[[Brief], Writing]  # the generator
    takes_documents: bool = True  # False: the config may give it no sources
    needs_documents: bool = False  # True: it is skipped when its sources are empty
    rereads: bool = False  # True: the config must say what is asked after the first version
    offers: bool = False  # True: it is given the other modes to choose among


def ask_once(brief: Brief) -> Writing:
    """Put the documents before the prompt, ask, and take what comes."""
    return (yield Prompt(brief.blocks, brief.system))
