"""How a draft is set in a terminal: its head, its words line by line, two of them side by side.

Owns the measures. Asks nobody anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from claudes_corner.review.placing import Place, doubt
from claudes_corner.rules import approvals_missing
from claudes_corner.settings import Config, Criterion
from claudes_corner.text import counted, visible, word_count
from claudes_corner.workspace import Draft

COLUMN = 48  # characters, of drafts side by side; narrower columns are no pleasure to read
_GAP = 4


def question(draft: Draft) -> list[str]:
    """Tell the first request's own words, with a line for each document before them."""
    blocks = msgspec.json.decode(draft.transcript.exchanges[0].request)["messages"][0]["content"]
    context = draft.transcript.context
    lines = [f"in context: {document.title} ({document.bytes:,} bytes)" for document in context]
    return [*lines, *(f"asked: {block['text']}" for block in blocks[len(context) :])]


def beside(drafts: Sequence[Draft], config: Config, width: int) -> RenderableType:
    """Set drafts in columns if each gets room enough, with mode and length at the head; else below one another."""
    texts = [_set(draft, config) for draft in drafts]
    if width < len(drafts) * (COLUMN + _GAP):
        return Group(*(Padding(text, (0, 0, 2, 2)) for text in texts))
    columns = Table.grid(expand=True, padding=(0, _GAP, 0, 0))
    for _ in drafts:
        columns.add_column(ratio=1)
    columns.add_row(*texts)
    return columns


def _set(draft: Draft, config: Config) -> Text:
    title = f"{visible(asked)}\n\n" if (asked := draft.front.asked_title) else ""
    return Text.assemble(
        (f"{draft.front.id}\n", "bold"), (f"{head(draft, config)}\n\n", "dim"), (title, "bold"), set_text(draft.text)
    )


def set_text(text: str) -> Text:
    """Set a text as it is, line by line: a Markdown renderer would hide HTML and join the lines of a poem."""
    lines = (Text(visible(line), style="bold" if line.startswith("#") else "") for line in text.split("\n"))
    return Text("\n").join(lines)


def head(draft: Draft, config: Config) -> str:
    """Say under which mode a draft was written, how long it is, and how it ended."""
    ended = "cut at the token limit" if draft.front.stop_reason == "max_tokens" else "ended by itself"
    return f"{config.mode_label(draft.front.mode)} · {word_count(draft.text):,} words · {ended}"


def numbered(criteria: Sequence[Criterion]) -> Text:
    """List what a veto may name, each with a number that may be typed for it."""
    says = "A veto names a published criterion. Disagreement, taste and quality are no reasons.\n"
    lines = (
        Text.assemble(f"  {number}  ", (criterion.code, "bold"), f"  {criterion.text}")
        for number, criterion in enumerate(criteria, 1)
    )
    return Text("\n").join((Text(says), *lines))


def recap(draft: Draft, place: Place, editor: str, config: Config, now: dt.datetime) -> str:
    """Tell what an editor's approval will do: to which text, where and when it stands, and whether it is enough."""
    front, others = draft.front, [verdict for verdict in draft.standing.verdicts if verdict.editor != editor]
    approvals = 1 + sum(verdict.approves and verdict.editor in config.editors for verdict in others)
    holds = sum(not verdict.approves for verdict in others)
    if more := approvals_missing(approvals, holds, approvals_needed=config.review.approvals):
        then = f"does not go live yet: it needs {counted(more, 'more approval')}"
    elif place.date <= now:
        then = "goes live at once: its date has come"
    else:
        then = "is approved, and waits: corner publish lets it go live from then on"
    title = visible(front.title) if front.title_by != "none" else "without a title"
    lines = [
        f"{front.id}: {title}, by {visible(config.author_name(front.author, front.model))}",
        f"at    {config.site.base_url}essays/{place.slug}/",
        f"date  {config.slots.words(place.date)}",
        *([f"tags  {' '.join(place.tags)}"] if place.tags else []),
        f"it {then}",
        *([f"is this meant? {says}"] if (says := doubt(config, place.date, now)) else []),
    ]
    return "\n".join(lines)
