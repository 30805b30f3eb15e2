"""Builds newsletters, drafts and decisions for tests, all through the workspace's own pen.

Nothing here decides what a test expects: it makes what generation and review would have made, with fixed instants, so
that the same calls always give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from claudes_corner import ledger
from claudes_corner.disk import Disk
from claudes_corner.front import DraftFront, TitleBy, render_document
from claudes_corner.markup import heading_title
from claudes_corner.schedule import render_instant
from claudes_corner.text import canonical_json, digest, is_title, mint_id, normalise, propose_slug
from claudes_corner.transcript import ContextDocument, RecordedExchange, Transcript, fence, public_form
from claudes_corner.transcript import render_transcript as render
from claudes_corner.workspace import Workspace

FIXTURES = Path(__file__).parent / "fixtures"
NEWSLETTER = FIXTURES / "newsletter"
NOW = dt.datetime(2026, 11, 22, 18, tzinfo=dt.UTC)  # a Sunday
EDITION = "2026-11-25"  # the Wednesday after
TEXT = "The tide does not argue with the shore.\n\nIt comes back, and that is all its argument."
TITLE_QUESTION = "What is the title of this essay?"


def make_workspace(root: Path, *, toml: str = "", disk: Disk | None = None) -> Workspace:
    """Make the newsletter of `fixtures/newsletter/` in a folder; `toml` stands for its corner.toml, if given."""
    shutil.copytree(NEWSLETTER, root, dirs_exist_ok=True)
    if toml:
        (root / "corner.toml").write_text(toml, encoding="utf-8")
    for folder in ("content/essays", "content/notes", "content/pages", "drafts"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    return reopen(root, disk)


def reopen(root: Path, disk: Disk | None = None) -> Workspace:
    """Open a newsletter as a new process would."""
    return Workspace(root, Workspace.find(root).config, disk)


def tick(workspace: Workspace) -> str:
    """Tell the instant of the next record: a minute after the one before."""
    return render_instant(NOW + dt.timedelta(minutes=len(workspace.ledger().records)))


def document(
    text: str,
    *,
    source: str = "folder",
    title: str = "A document",
    url: str = "",
    disclosure: str = "full",
) -> tuple[str, ContextDocument]:
    """Make a context document: its fenced block, and its line in the transcript."""
    context = ContextDocument(source, title, url, digest(text), len(text.encode()), render_instant(NOW), disclosure)
    return fence(text, title=title, url=url), context


def exchange(
    turns: Sequence[str | Sequence[str]],
    answer: str,
    *,
    model: str = "claude-3-opus-20240229",
    stop_reason: str = "end_turn",
) -> RecordedExchange:
    """Make one exchange: user and assistant take turns, beginning and ending with the user; then the answer."""
    messages = [
        {"role": ("user", "assistant")[number % 2], "content": [{"type": "text", "text": t} for t in _blocks(turn)]}
        for number, turn in enumerate(turns)
    ]
    request = {"model": model, "max_tokens": 4096, "messages": messages}
    response = {
        "id": f"msg_{digest(answer)[7:19]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": answer}],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": len(answer.split())},
    }
    started = render_instant(NOW)
    return RecordedExchange(_raw(request), _raw(response), "req_011CTest", started, started)


def make_transcript(
    draft_id: str,
    text: str,
    *,
    asked_title: str = "",
    context: Sequence[tuple[str, ContextDocument]] = (),
    earlier: Sequence[str] = (),
    model: str = "claude-3-opus-20240229",
    stop_reason: str = "end_turn",
) -> Transcript:
    """Make the full transcript of a draft: earlier versions first, then its text, then the title if it was asked."""
    turns: list[str | Sequence[str]] = [[*(block for block, _ in context), "Write an essay about whatever you like."]]
    exchanges = []
    for version in (*earlier, text):
        reason = stop_reason if version == text else "end_turn"
        exchanges.append(exchange(turns, version, model=model, stop_reason=reason))
        turns += [version, "Write it again." if version != text else TITLE_QUESTION]
    if asked_title:
        exchanges.append(exchange(turns, asked_title, model=model))
    return Transcript(
        id=draft_id,
        disclaimer="Claude does not speak for Anthropic, and Anthropic does not necessarily endorse its claims.",
        exchanges=tuple(exchanges),
        context=tuple(line for _, line in context),
        sdk="anthropic 2.12.0",
        endpoint="https://api.anthropic.com",
    )


def write_draft(
    workspace: Workspace,
    text: str = TEXT,
    *,
    title: str = "",
    mode: str = "minimal",
    edition: str = EDITION,
    author: str = "opus-3",
    draft_id: str = "",
    context: Sequence[tuple[str, ContextDocument]] = (),
    earlier: Sequence[str] = (),
    stop_reason: str = "end_turn",
) -> str:
    """Put a draft on record as a round does: requested, staged, written.

    Args:
        workspace: The newsletter.
        text: What the author answered.
        title: What it answered when asked for a title; empty: it was not asked.
        mode: The mode's name.
        edition: The edition's date.
        author: The author's id.
        draft_id: Empty: one is minted, the same for the same ledger.
        context: What `document` made.
        earlier: Answers before the one that became the text.
        stop_reason: Why the answer that became the text ended.

    Returns:
        The draft's id.
    """
    known = workspace.ledger()
    draft_id = draft_id or mint_id(edition, mode, random.Random(len(known.records)).choice)
    front, transcript = compose(
        workspace,
        draft_id,
        text,
        title=title,
        mode=mode,
        edition=edition,
        author=author,
        context=context,
        earlier=earlier,
        stop_reason=stop_reason,
    )
    for one in transcript.exchanges:
        with workspace.writing() as pen:
            pen.record(
                ledger.Requested,
                at=tick(workspace),
                id=draft_id,
                author=author,
                model=front.model,
                mode=mode,
                edition=edition,
                request_sha256=digest(canonical_json(msgspec.json.decode(one.request))),
                attempt=1,
            )
    put_on_record(workspace, front, normalise(text), transcript)
    return draft_id


def compose(
    workspace: Workspace,
    draft_id: str,
    text: str,
    *,
    title: str = "",
    mode: str = "minimal",
    edition: str = EDITION,
    author: str = "opus-3",
    context: Sequence[tuple[str, ContextDocument]] = (),
    earlier: Sequence[str] = (),
    stop_reason: str = "end_turn",
) -> tuple[DraftFront, Transcript]:
    """Make a draft's front matter and transcript; nothing is written."""
    model = workspace.config.authors[author].model
    transcript = make_transcript(
        draft_id, text, asked_title=title, context=context, earlier=earlier, model=model, stop_reason=stop_reason
    )
    heading = heading_title(normalise(text)) or ""
    title_by: TitleBy = "asked" if title else "heading" if is_title(heading) else "none"
    front = DraftFront(
        id=draft_id,
        title=title or (heading if title_by == "heading" else edition),
        title_by=title_by,
        author=author,
        model=model,
        mode=mode,
        edition=edition,
        written_at=render_instant(NOW),
        text_sha256=digest(normalise(text)),
        stop_reason=stop_reason,
    )
    return front, transcript


def put_on_record(workspace: Workspace, front: DraftFront, text: str, transcript: Transcript) -> None:
    """Stage a draft's files and write the record that makes them a draft."""
    full = render(transcript)
    asked = front.title if front.title_by == "asked" else ""
    with workspace.writing() as pen:
        pen.stage(front.id, render_document(front, text), full)
        pen.record(
            ledger.Written,
            at=tick(workspace),
            id=front.id,
            model=front.model,
            stop_reason=front.stop_reason,
            title_by=front.title_by,
            text_sha256=front.text_sha256,
            front_sha256=front.sha256,
            transcript_sha256=digest(full),
            public_sha256=digest(render(public_form(transcript, text=text, title=asked))),
        )


def approve(
    workspace: Workspace,
    draft_id: str,
    editor: str = "ada",
    *,
    slug: str = "",
    date: str = "2026-11-25T09:00:00Z",
    tags: tuple[str, ...] = (),
) -> None:
    """Record one editor's approval; the slug is the title's unless given."""
    standing = workspace.standing(workspace.ledger(), draft_id)
    title = _title(workspace, draft_id)
    _decide(
        workspace,
        ledger.Approved,
        draft_id,
        editor,
        text_sha256=standing.written.text_sha256,
        front_sha256=standing.written.front_sha256,
        slug=slug or propose_slug(title, standing.edition),
        date=date,
        tags=tags,
    )


def veto(workspace: Workspace, draft_id: str, editor: str = "ada", *, criterion: str = "privacy") -> None:
    """Record one editor's veto."""
    standing = workspace.standing(workspace.ledger(), draft_id)
    _decide(
        workspace,
        ledger.Vetoed,
        draft_id,
        editor,
        text_sha256=standing.written.text_sha256,
        front_sha256=standing.written.front_sha256,
        criterion=criterion,
        criteria_sha256=workspace.config.criteria_sha256,
        reason_sha256=digest("a salted reason"),
    )


def retract(workspace: Workspace, draft_id: str, editor: str = "ada") -> None:
    """Record that an editor takes a verdict back."""
    _decide(workspace, ledger.Retracted, draft_id, editor)


def set_aside(workspace: Workspace, draft_id: str, editor: str = "ada", *, reason: str = "another was chosen") -> None:
    """Record that a draft was not chosen."""
    standing = workspace.standing(workspace.ledger(), draft_id)
    _decide(workspace, ledger.SetAside, draft_id, editor, text_sha256=standing.written.text_sha256, reason=reason)


def restore(workspace: Workspace, draft_id: str, editor: str = "ada") -> None:
    """Record that a draft waits again."""
    _decide(workspace, ledger.Restored, draft_id, editor)


def expire(workspace: Workspace, draft_id: str) -> None:
    """Record that nobody decided in time."""
    _decide(workspace, ledger.Expired, draft_id, ledger.CORNER)


def publish(workspace: Workspace, draft_id: str, editor: str = "ada") -> None:
    """Record that an approved text is live."""
    standing = workspace.standing(workspace.ledger(), draft_id)
    _decide(
        workspace,
        ledger.Published,
        draft_id,
        editor,
        text_sha256=standing.written.text_sha256,
        route=f"/essays/{standing.slug}/",
        date=standing.date,
    )


def change(
    workspace: Workspace, draft_id: str, editor: str = "ada", *, slug: str = "", date: str = "", **fields: Any
) -> None:
    """Record where an entry stands from now on; what is not given stays, and an old slug becomes an alias."""
    old = workspace.standing(workspace.ledger(), draft_id)
    moved = (old.slug,) if slug and slug != old.slug else ()
    _decide(
        workspace,
        ledger.Changed,
        draft_id,
        editor,
        slug=slug or old.slug,
        date=date or old.date,
        tags=fields.get("tags", old.tags),
        aliases=fields.get("aliases", (*old.aliases, *moved)),
    )


def withdraw(workspace: Workspace, draft_id: str, editor: str = "ada", *, reason: str = "the author asked") -> None:
    """Record that an entry is no longer live."""
    _decide(workspace, ledger.Withdrawn, draft_id, editor, reason=reason)


def publish_entry(workspace: Workspace, text: str = TEXT, **fields: Any) -> str:
    """Write, approve and publish at once; `slug`, `date` and `tags` go to the approval, the rest to the draft."""
    placed = {name: fields.pop(name) for name in ("slug", "date", "tags") if name in fields}
    draft_id = write_draft(workspace, text, **fields)
    approve(workspace, draft_id, **placed)
    publish(workspace, draft_id)
    return draft_id


def forge(workspace: Workspace, kind: type[ledger.Record], draft_id: str, editor: str, **fields: Any) -> None:
    """Put on record what the pen would refuse: nobody asks the law."""
    known = workspace.ledger()
    record = kind(seq=len(known.records) + 1, at=tick(workspace), id=draft_id, by=editor, prev=known.head, **fields)
    with workspace.folders.ledger.open("ab") as file:
        file.write(ledger.render_record(record) + b"\n")


def tree(*folders: Path) -> dict[str, bytes]:
    """Read all files below some folders, by path from the folders' parent."""
    return {
        path.relative_to(folder.parent).as_posix(): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _decide(workspace: Workspace, kind: type[ledger.Record], draft_id: str, editor: str, **fields: Any) -> None:
    with workspace.writing() as pen:
        pen.record(kind, at=tick(workspace), id=draft_id, by=editor, **fields)


def _title(workspace: Workspace, draft_id: str) -> str:
    standing = workspace.standing(workspace.ledger(), draft_id)
    if standing.place == "content":
        return workspace.read_entry(standing).front.title
    return workspace.read_draft(standing).front.title


def _blocks(turn: str | Sequence[str]) -> Sequence[str]:
    return [turn] if isinstance(turn, str) else turn


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
