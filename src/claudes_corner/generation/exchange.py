"""The values of a conversation with an author: what is asked, what comes back, and the two together.

Owns `Prompt`, `Completion`, `Exchange` and the JSON body that a prompt becomes. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec


class Completion(msgspec.Struct, frozen=True):
    """One answer of an author, complete and checked."""

    text: str  # the text blocks, joined, exactly as they came
    model: str  # the model that says it answered
    stop_reason: str  # why it stopped: `end_turn`, `max_tokens`, …
    message: msgspec.Raw  # the message as the SDK assembled it, JSON, unknown fields kept
    request_id: str | None  # the API's name for the request, where it gives one
    started_at: str  # when the request left
    finished_at: str  # when the answer was whole
    input_tokens: int
    output_tokens: int


class Prompt(msgspec.Struct, frozen=True):
    """One request of a mode: a user's turn, perhaps after earlier exchanges of the same conversation.

    An assistant's turn can only be an earlier `Completion`, so no mode can put words into the author's mouth.
    """

    blocks: tuple[str, ...]  # the text blocks of the user's turn, not empty
    system: str | None = None  # None: no system prompt at all
    after: tuple[Exchange, ...] = ()  # the conversation so far, oldest first


class Exchange(msgspec.Struct, frozen=True):
    """One request and its answer."""

    prompt: Prompt
    completion: Completion


class ModelFacts(msgspec.Struct, frozen=True):
    """What an endpoint says of a model; what it does not say is empty."""

    lifecycle: str  # `active`, `deprecated` or `retired`
    deprecated_at: str  # a date
    retires_at: str
    server_date: str  # the answer's Date header: what time it is there


class Progress(msgspec.Struct, frozen=True):
    """What may be shown while an author writes: never the text, which nobody reads before it is on record."""

    state: str  # `asking`, `writing`, `waiting` (for a retry), …
    output_tokens: int = 0  # as far as they are known; an estimate while the answer streams
    note: str = ""  # why it waits, or what it asks for, in a few words
    usd: float = 0.0  # what the task has cost so far, an estimate while the answer streams


Report = Callable[[Progress], None]


def request_body(prompt: Prompt, *, model: str, max_tokens: int, temperature: float | None = None) -> dict[str, Any]:
    """Make the JSON body of a Messages API request. Streaming is the transport's business and not part of it."""
    messages: list[Mapping[str, Any]] = []
    for exchange in prompt.after:
        messages.append(_turn("user", exchange.prompt.blocks))
        messages.append(_turn("assistant", (exchange.completion.text,)))
    messages.append(_turn("user", prompt.blocks))
    body: dict[str, Any] = {"model": model, "max_tokens": max_tokens}
    if prompt.system is not None:
        body["system"] = prompt.system
    if temperature is not None:
        body["temperature"] = temperature
    return {**body, "messages": messages}


def _turn(role: str, blocks: tuple[str, ...]) -> Mapping[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": block} for block in blocks]}
