"""What a mode is given, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Generator

import msgspec

from claudes_corner.generation.exchange import Completion, Prompt
from claudes_corner.generation.sources import Document

Writing = Generator[Prompt, Completion, Completion]


class Brief(msgspec.Struct, frozen=True):
    """What one run asks for."""

    prompt: str  # the mode's prompt, rendered
    system: str | None  # the mode's system prompt, rendered; None: none
    documents: tuple[Document, ...]  # what its sources gave, in order


class Mode(msgspec.Struct, frozen=True):
    """A way of prompting."""

    write: Callable[[Brief], Writing]  # the generator
    takes_documents: bool = True  # False: the config may give it no sources
    needs_documents: bool = False  # True: it is skipped when its sources are empty


def ask_once(brief: Brief) -> Writing:
    """Put the documents before the prompt, ask, and take what comes."""
    blocks = (*(document.block for document in brief.documents), brief.prompt)
    return (yield Prompt(blocks, brief.system))
