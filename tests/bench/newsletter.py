"""Newsletters of any size to build: each entry a real one, with transcript, request, approval and publication on record.

The records and files are those that a round and an editor make, written in bulk: a command a decision would wait for
the disk forty thousand times. `corner verify` finds nothing wrong with them.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from corpus import Essay

from claudes_corner import ledger
from claudes_corner.folders import Folders, entry_front
from claudes_corner.front import DraftFront, render_document
from claudes_corner.markup import heading_title
from claudes_corner.standing import Standing, take
from claudes_corner.text import EMPTY_DIGEST, canonical_json, digest, mint_id, normalise
from claudes_corner.transcript import RecordedExchange, Transcript, public_form, render_transcript
from claudes_corner.workspace import Workspace

HERE = Path(__file__).parent
MODES = ("minimal", "past-entries", "news", "updates")
MODEL = "claude-3-opus-20240229"
EDITOR = "ada"


def make_newsletter(root: Path, count: int, theme: str = "plain", *, search: bool = True) -> Workspace:
    """Make a newsletter of so many published entries, the same for the same count."""
    shutil.copytree(HERE / "sample", root)
    toml = root / "corner.toml"
    settings = f'theme = "{theme}"\nsearch = {str(search).lower()}'
    toml.write_text(toml.read_text("utf-8").replace('theme = "plain"', settings), encoding="utf-8")
    workspace = Workspace.find(root)
    folders = workspace.folders
    for folder in (folders.essays, folders.notes, folders.pages, folders.transcripts):
        folder.mkdir(parents=True)
    bulk = _Bulk(folders)
    bulk.append(ledger.Rules, "1800-01-01T00:00:00Z", None, **_rules(workspace))
    for number in reversed(range(count)):
        bulk.publish(Essay(number))
    bulk.close()
    return workspace


def add_entry(workspace: Workspace, number: int) -> str:
    """Publish one more entry, newer than all, as an editor does; returns its id."""
    essay = Essay(-number)
    front, text, transcript = _draft(essay)
    full, public = render_transcript(transcript), render_transcript(public_form(transcript, text=text, title=""))
    steps = list(_steps(essay, front, transcript, full, public))
    for kind, at, fields in steps:
        with workspace.writing() as pen:
            if kind is ledger.Written:
                pen.stage(front.id, render_document(front, text), full)
            pen.record(kind, at=at, id=front.id, **fields)
    return front.id


def change_entry(workspace: Workspace, number: int, revision: int) -> None:
    """Move an entry by an hour and tag it anew, as an editor does."""
    draft_id, essay = _id(Essay(number)), Essay(number)
    date = essay.date + dt.timedelta(hours=revision)
    with workspace.writing() as pen:
        old = pen.ledger.standings[draft_id]
        tags = tuple(sorted({*essay.tags[1:], ("books", "music")[revision % 2]}))
        changed = {"slug": old.slug, "date": f"{date:%Y-%m-%dT%H:%M:%SZ}", "tags": tags, "aliases": old.aliases}
        pen.record(ledger.Changed, at="2026-12-31T00:00:00Z", id=draft_id, by=EDITOR, **changed)


class _Bulk:
    """Writes records and files without waiting for the disk."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._file = folders.ledger.open("wb")
        self._seq, self._head = 0, EMPTY_DIGEST
        self._standings: dict[str, Standing] = {}
        self._rules: ledger.Rules | None = None

    def append(self, kind: type[ledger.Record], at: str, draft_id: str | None, **fields: Any) -> None:
        by = fields.pop("by", ledger.CORNER)
        self._seq += 1
        record: Any = kind(seq=self._seq, at=at, id=draft_id, by=by, prev=self._head, **fields)
        line = ledger.render_record(record)
        self._file.write(line + b"\n")
        self._head = digest(line)
        self._rules = take(self._standings, self._rules, record)

    def publish(self, essay: Essay) -> None:
        front, text, transcript = _draft(essay)
        full, public = render_transcript(transcript), render_transcript(public_form(transcript, text=text, title=""))
        for kind, at, fields in _steps(essay, front, transcript, full, public):
            self.append(kind, at, front.id, **fields)
        document = render_document(entry_front(front, self._standings[front.id]), text)
        (self._folders.essays / f"{front.id}.md").write_bytes(document)
        (self._folders.essays / f"{front.id}.json").write_bytes(public)
        (self._folders.transcripts / f"{front.id}.json").write_bytes(full)

    def close(self) -> None:
        self._file.close()


def _id(essay: Essay) -> str:
    return mint_id(f"{essay.date:%Y-%m-%d}", MODES[essay.i % len(MODES)], random.Random(essay.i).choice)


def _draft(essay: Essay) -> tuple[DraftFront, str, Transcript]:
    draft_id, text = _id(essay), normalise(f"# {essay.title}\n\n{essay.body}")
    at = f"{essay.date:%Y-%m-%dT%H:%M:%SZ}"
    front = DraftFront(
        id=draft_id,
        title=heading_title(text) or "",
        title_by="heading",
        author="opus-3",
        model=MODEL,
        mode=MODES[essay.i % len(MODES)],
        edition=draft_id[:10],
        written_at=at,
        text_sha256=digest(text),
        stop_reason="end_turn",
    )
    messages = [{"role": "user", "content": [{"type": "text", "text": "Write an essay about whatever you like."}]}]
    answer = {
        "id": f"msg_{digest(text)[7:19]}",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 12, "output_tokens": len(text) // 4},
    }
    transcript = Transcript(
        id=draft_id,
        disclaimer="Claude does not speak for Anthropic, and Anthropic does not necessarily endorse its claims.",
        exchanges=(
            RecordedExchange(
                msgspec.Raw(msgspec.json.encode({"model": MODEL, "max_tokens": 4096, "messages": messages})),
                msgspec.Raw(msgspec.json.encode(answer)),
                "req_011CBench",
                at,
                at,
            ),
        ),
        context=(),
        sdk="anthropic 2.12.0",
        endpoint="https://api.anthropic.com",
    )
    return front, text, transcript


def _steps(
    essay: Essay, front: DraftFront, transcript: Transcript, full: bytes, public: bytes
) -> Iterator[tuple[type[ledger.Record], str, dict[str, Any]]]:
    """Yield what is put on record about an entry, in its order: kind, instant, own fields."""
    at, request = front.written_at, msgspec.json.decode(transcript.exchanges[0].request)
    asked = {"author": front.author, "model": MODEL, "mode": front.mode, "edition": front.edition, "attempt": 1}
    yield ledger.Requested, at, {**asked, "request_sha256": digest(canonical_json(request))}
    texts = {"text_sha256": front.text_sha256, "front_sha256": front.sha256}
    copies = {"transcript_sha256": digest(full), "public_sha256": digest(public)}
    written = {"model": MODEL, "stop_reason": front.stop_reason, "title_by": front.title_by}
    yield ledger.Written, at, {**written, **texts, **copies}
    placed = {"slug": essay.slug, "date": at, "tags": tuple(essay.tags), "by": EDITOR}
    yield ledger.Approved, at, {**texts, **placed}
    yield ledger.Published, at, {
        "text_sha256": front.text_sha256, "route": f"/essays/{essay.slug}/", "date": at, "by": EDITOR
    }  # fmt: skip


def _rules(workspace: Workspace) -> dict[str, Any]:
    config = workspace.config
    return {
        "editors": tuple(sorted(config.editors)),
        "approvals": config.review.approvals,
        "vetoes": config.vetoes,
        "criteria_sha256": config.criteria_sha256,
        "modes_sha256": config.modes_sha256,
        "choice": config.review.choice,
        "unattended": config.publish.unattended,
        "tag": config.site.tag,
    }
