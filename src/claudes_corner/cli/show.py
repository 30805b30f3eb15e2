"""`corner show`: one draft or entry, with the digest that a verdict needs."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import msgspec

from claudes_corner.cli.options import shared_options
from claudes_corner.cli.session import Session
from claudes_corner.letters import letters_about
from claudes_corner.review.reading import read_notes
from claudes_corner.text import visible
from claudes_corner.transcript import Transcript, answer_text, render_transcript


@click.command("show")
@click.argument("draft_id", metavar="ID")
@click.option("--prompt", "part", flag_value="prompt", help="The exact requests, as they were sent.")
@click.option("--transcript", "part", flag_value="transcript", help="The full transcript, as JSON.")
@click.option("--raw", "part", flag_value="raw", help="Exactly the text's bytes, and nothing else.")
@shared_options
def command(session: Session, draft_id: str, part: str | None) -> None:
    """Show a draft or an entry. What could play tricks on a terminal is shown as its escape, but for --raw."""
    workspace = session.workspace
    standing = workspace.standing(workspace.ledger(), draft_id)
    text, front = (document := workspace.read(standing)).text, document.front
    if part:
        show_part(part, text, lambda: workspace.read_transcript(standing))
        return
    for name in ("id", "title", "title_by", "author", "model", "mode", "edition", "written_at", "stop_reason"):
        click.echo(f"{name + ':':13} {visible(getattr(front, name))}")
    click.echo(f"{'status:':13} {standing.status}")
    click.echo(f"{'digest:':13} {standing.text_sha256}\n")
    for note in read_notes(workspace, standing.id):
        click.echo(f"note: {visible(note)}")
    for letter in letters_about(workspace.folders, workspace.ledger(), standing.id):
        name = letter.front.id
        click.echo(f"letter: {name} from {letter.front.sender}; corner letter show {name}")
    click.echo(visible(text))


def show_part(part: str, text: str, transcript: Callable[[], Transcript]) -> None:
    """Print what of a text is asked for: `raw`, its bytes; `transcript`, as JSON; `prompt`, its requests."""
    if part == "raw":
        sys.stdout.buffer.write(text.encode())
    elif part == "transcript":
        sys.stdout.buffer.write(render_transcript(transcript()))
    else:
        show_requests(transcript())


def show_requests(transcript: Transcript) -> None:
    """Print each request as it was sent, turn by turn; of the answers, only how they ended."""
    for number, exchange in enumerate(transcript.exchanges, 1):
        request = msgspec.json.decode(exchange.request)
        response = msgspec.json.decode(exchange.response)
        kept = {key: value for key, value in request.items() if key not in {"messages", "system"}}
        click.echo(f"── request {number}: " + ", ".join(f"{key} {value}" for key, value in sorted(kept.items())))
        click.echo(f"system: {visible(str(request['system']))}" if "system" in request else "no system prompt")
        for turn in request["messages"]:
            click.echo(f"[{turn['role']}]")
            click.echo(visible("\n".join(block["text"] for block in turn["content"])))
        size = len(answer_text(response).encode())
        click.echo(f"── answer {number}: {size:,} bytes, {response.get('stop_reason')}\n")
