"""Transcripts: all exchanges behind a draft, and their public form.

Owns the transcript's JSON, the fence that sets a context document apart in a prompt, and the rule by which texts that
are not ours to republish are withheld from the public. Pure: no files, no network.
"""

import html
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from claudes_corner.errors import Problem, TextError, misread
from claudes_corner.text import digest, normalise

VERSION = 1
PAST_ENTRIES = "past-entries"
_LABEL_DIGITS = 16
_FENCE = re.compile(rf'<document id="(?P<label>[0-9a-f]{{{_LABEL_DIGITS}}})"')


class ContextDocument(msgspec.Struct, frozen=True):
    """A document that was put in context: which, and whether its text may be shown."""

    source: str  # the kind of source: `feed`, `folder`, `past-entries`, …
    title: str
    url: str  # where it can be found; a permalink for past entries; empty if nowhere
    sha256: str  # of the document's text
    bytes: int  # length of the document's text
    fetched_at: str
    disclosure: Literal["full", "hash-only"]


class RecordedExchange(msgspec.Struct, frozen=True):
    """A request and its answer, as sent and as received."""

    request: msgspec.Raw  # the JSON body
    response: msgspec.Raw  # the message, unknown fields kept
    request_id: str | None
    started_at: str
    finished_at: str


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was asked and answered for one draft."""

    version: int = VERSION
    id: str
    disclaimer: str
    exchanges: tuple[RecordedExchange, ...]
    context: tuple[ContextDocument, ...]
    sdk: str  # `anthropic 2.12.0`
    endpoint: str


def no_transcript(draft_id: str) -> Transcript:
    """Stand for the transcript of a text from elsewhere: there is none."""
    return Transcript(id=draft_id, disclaimer="", exchanges=(), context=(), sdk="", endpoint="")


def fence(text: str, *, title: str, url: str) -> str:
    """Set a context document apart as quoted material, as one text block.

    The fence's label is drawn from the digest of the text, so no text can hold the end of its own fence.
    """
    label = _label(digest(text))
    attributes = "".join(f' {name}="{_attribute(value)}"' for name, value in (("title", title), ("url", url)) if value)
    return f'<document id="{label}"{attributes}>\n{text}\n</document id="{label}">'


def read_transcript(raw: bytes, where: str) -> Transcript:
    """Parse a transcript's bytes.

    Raises:
        TextError: It is no transcript of a version we know.
    """
    try:
        transcript = msgspec.json.decode(raw, type=Transcript)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TextError(Problem(f"not a transcript: {misread(error)}", where)) from None
    if transcript.version != VERSION:
        what = "a transcript of another version"
        raise TextError(Problem(what, where, expected=str(VERSION), found=str(transcript.version)))
    return transcript


def render_transcript(transcript: Transcript) -> bytes:
    """Write a transcript as indented JSON with a final line feed; equal transcripts give equal bytes."""
    return msgspec.json.format(msgspec.json.encode(transcript), indent=2) + b"\n"


def answer_text(message: Any) -> str:
    """Join the text blocks of a message's JSON, as they came."""
    blocks = message.get("content", ()) if isinstance(message, Mapping) else ()
    return "".join(block["text"] for block in blocks if block.get("type") == "text")


def holds_text(transcript: Transcript, text_sha256: str) -> bool:
    """Answer whether one of the answers is the text with this digest, by the rule that makes drafts of answers."""
    answers = (answer_text(msgspec.json.decode(exchange.response)) for exchange in transcript.exchanges)
    return any(digest(normalise(answer)) == text_sha256 for answer in answers)


def public_form(transcript: Transcript, *, text: str, title: str) -> Transcript:
    """Make the form of a transcript that may be published.

    Withheld are: documents that are `hash-only`, by their digest and length; past entries, which have their own page,
    by permalink and digest; and answers that are neither the draft's text nor its title, also where a later turn quotes
    them. `title` is what the author answered when asked for one; empty if that did not count.
    """
    documents = {_label(document.sha256): document for document in transcript.context}
    shown = {text, title} - {""}
    blocks: dict[str, str] = {}  # of users' turns, and what the public sees of them
    secret: set[str] = set()  # answers withheld so far: a later turn may quote one
    exchanges = []
    for exchange in transcript.exchanges:
        body, message = msgspec.json.decode(exchange.request), msgspec.json.decode(exchange.response)
        turns = []
        for turn in body["messages"]:
            if turn["role"] == "assistant":
                turns.append(_public_message(turn, shown))
                continue
            for block in turn["content"]:
                if block["text"] not in blocks:
                    blocks[block["text"]] = _public_block(block["text"], documents, secret)
            content = [{**block, "text": blocks[block["text"]]} for block in turn["content"]]
            turns.append({**turn, "content": content})
        request, response = _encode({**body, "messages": turns}), _encode(_public_message(message, shown))
        exchanges.append(msgspec.structs.replace(exchange, request=request, response=response))
        secret |= {normalise(answer_text(message))} - shown - {""}
    return msgspec.structs.replace(transcript, exchanges=tuple(exchanges))


def render_public(transcript: Transcript, text: str, title: str = "") -> bytes:
    """Write the form of a transcript that readers may see; see `public_form`."""
    return render_transcript(public_form(transcript, text=text, title=title))


def is_withheld(block: str) -> bool:
    """Answer whether a public transcript's block stands for a text that is not shown there."""
    return block.startswith(("[withheld: ", "[past entry: ")) and block.endswith("]") and "\n" not in block


def _public_block(text: str, documents: Mapping[str, ContextDocument], secret: set[str]) -> str:
    match = _FENCE.match(text)
    document = documents.get(match["label"]) if match else None
    if document is None:
        for answer in sorted(secret, key=len, reverse=True):
            text = text.replace(answer, withheld(digest(answer), len(answer.encode())))
        return text
    if document.source == PAST_ENTRIES:
        return f"[past entry: {document.url} {document.sha256}]"
    return text if document.disclosure == "full" else withheld(document.sha256, document.bytes)


def _public_message(message: dict[str, Any], shown: set[str]) -> dict[str, Any]:
    """Show an answer that became the text or the title; withhold any other, and blocks that are no text."""
    answer = answer_text(message)
    if normalise(answer) in shown:
        content = [block for block in message["content"] if block.get("type") == "text"]
    else:
        content = [{"type": "text", "text": withheld(digest(answer), len(answer.encode()))}]
    return {**message, "content": content}


def withheld(sha256: str, size_bytes: int) -> str:
    """Render what stands for a text that is not shown."""
    return f"[withheld: {sha256}, {size_bytes} bytes]"


def _label(sha256: str) -> str:
    return sha256.removeprefix("sha256:")[:_LABEL_DIGITS]


def _attribute(value: str) -> str:
    return html.escape(re.sub(r"\s+", " ", value))


def _encode(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
