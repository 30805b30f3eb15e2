"""One streamed answer: its events put together in their order, and the gate that a whole answer passes.

Owns the Messages API's rules for a stream, and which answers count. Knows nothing of connections.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from claudes_corner.generation.exchange import Completion
from claudes_corner.generation.failures import AGAIN, AskError, malformed
from claudes_corner.text import has_lone_surrogate, normalise, visible

_GROWING = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
_GROWING |= {"input_json_delta": "partial_json"}
_FIXED = {"id", "type", "role", "content", "usage"}  # what a `message_delta` cannot change
_T = TypeVar("_T")


class Answer:
    """What has arrived of a message: put together as the SDK does it, but strict about the order of events.

    Source: https://docs.claude.com/en/api/messages-streaming
    """

    def __init__(self) -> None:
        self.characters = 0
        self.is_whole = False
        self._message: dict[str, Any] = {}
        self._grown: dict[tuple[int, str], list[str]] = {}  # what deltas added to a block's field
        self._open: set[int] = set()

    @property
    def has_begun(self) -> bool:
        """Whether any of the message has arrived."""
        return bool(self._message)

    @property
    def text(self) -> str:
        """The text blocks as far as they have arrived, joined."""
        blocks = enumerate(self._message.get("content", ()))
        return "".join(self._field(at, "text") for at, block in blocks if block.get("type") == "text")

    @property
    def partial(self) -> str:
        """The text in a form that can always be written down: half a character becomes its escape."""
        return self.text.encode("utf-8", "backslashreplace").decode()

    def take(self, name: str, event: Mapping[str, Any]) -> None:
        """Add an event, if this is its place. If not, some are missing or came twice, and no word can be trusted."""
        if self.is_whole or (name == "message_start") == self.has_begun:
            raise malformed(f"{name} out of order")
        if name == "message_start":
            message = _part(event, "message", dict)
            for block in _part(message, "content", list):
                _check_block(block)
            _part(message, "model", str)
            self._message = message
        elif name == "message_delta":
            changes = {key: value for key, value in _part(event, "delta", dict).items() if key not in _FIXED}
            usage = _part(self._message, "usage", dict, {})
            _merge(usage, _part(event, "usage", dict, {}))
            _merge(self._message, {**changes, "usage": usage})
        elif name == "message_stop":
            if self._open or not isinstance(self._message.get("stop_reason"), str):
                raise malformed("message_stop in the middle")
            self.is_whole = True
        else:
            self._take_block(name, _part(event, "index", int), event)

    def _take_block(self, name: str, at: int, event: Mapping[str, Any]) -> None:
        blocks = self._message["content"]
        in_place = at == len(blocks) if name == "content_block_start" else at in self._open
        if not in_place or self._message.get("stop_reason"):
            raise malformed(f"{name} out of order")
        if name == "content_block_start":
            blocks.append(_check_block(event.get("content_block")))
            self._open.add(at)
        elif name == "content_block_stop":
            self._open.remove(at)
        else:
            self._grow(at, blocks[at], _part(event, "delta", dict))

    def _grow(self, at: int, block: dict[str, Any], delta: Mapping[str, Any]) -> None:
        kind = _part(delta, "type", str)
        if kind == "text_delta" and block.get("type") != "text":
            raise malformed("text outside a text block")
        if kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or ()), delta.get("citation")]
        elif kind in _GROWING:
            added = _part(delta, _GROWING[kind], str)
            self._grown.setdefault((at, _GROWING[kind]), []).append(added)
            self.characters += len(added)

    def _field(self, at: int, name: str) -> str:
        return str(self._message["content"][at].get(name) or "") + "".join(self._grown.get((at, name), ()))

    def complete(self, model: str, request_id: str | None, started_at: str, finished_at: str) -> Completion:
        """Make the completion, if the whole answer is one that counts."""
        text, reason, answered = self.text, self._message["stop_reason"], self._message["model"]
        if answered != model:
            what = "another model answered than the one that was asked"
            fix = "Check `model`, and what `base_url` serves: no model stands in for another."
            raise AskError("wrong-model", what, fix, expected=model, found=visible(str(answered))[:200])
        if reason == "end_turn" and self._message.get("stop_sequence"):
            reason = "stop_sequence"  # this is how llama.cpp says it
        if reason not in {"end_turn", "max_tokens"}:
            raise _stopped(reason, self._message.get("stop_details"))
        if has_lone_surrogate(text):
            raise AskError("lone-surrogate", "the text holds half a character, which no file can keep", AGAIN)
        if not normalise(text):
            raise AskError("empty", "the answer has no text", "Read what was asked with --dry-run.")
        usage = _part(self._message, "usage", dict, {})
        tokens = (_count(usage.get("input_tokens")), _count(usage.get("output_tokens")))
        return Completion(text, model, reason, self._raw(), request_id, started_at, finished_at, *tokens)

    def _raw(self) -> msgspec.Raw:
        try:
            for at, name in self._grown:
                block, value = self._message["content"][at], self._field(at, name)
                block.update({"input": json.loads(value or "{}")} if name == "partial_json" else {name: value})
            self._grown = {}
            return msgspec.Raw(msgspec.json.encode(self._message))
        except (ValueError, RecursionError):
            raise malformed("a message that is not JSON") from None


def _part(whole: Mapping[str, Any], key: str, kind: type[_T], default: _T | None = None) -> _T:
    part = whole.get(key, default)
    if not isinstance(part, kind):
        raise malformed(f"no {key} of type {kind.__name__}")
    return part


def _check_block(block: object) -> dict[str, Any]:
    if not isinstance(block, dict) or not isinstance(block.get("text", ""), str):
        raise malformed("a content block without its fields")
    return block


def _merge(into: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Take over what is said; a null does not take back what was said before."""
    into.update({key: value for key, value in changes.items() if value is not None or key not in into})


def _count(tokens: object) -> int:
    return int(tokens) if isinstance(tokens, int) and tokens > 0 else 0  # `true` is an int as well


def _stopped(reason: str, details: object) -> AskError:
    if reason == "refusal":
        category = details.get("category") if isinstance(details, dict) else None
        found = visible(str(category or ""))[:80]
        return AskError("refusal", "the model refused to answer", "Try another mode or prompt.", found=found)
    is_plain = re.fullmatch(r"[a-z_]{1,40}", reason)
    cause = "stop-" + (reason.removeprefix("stop_").replace("_", "-") if is_plain else "unknown")
    what = "the answer stopped neither by itself nor at its limit"
    return AskError(cause, what, "Check what the mode asks for.", found=visible(reason)[:80])
