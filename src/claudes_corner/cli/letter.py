"""`corner letter`: correspondence with the author. Whoever else sends letters, as the desk does, asks here."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import IO

import click
import msgspec

from claudes_corner.cli.deciding import commit_record, digest_option_of
from claudes_corner.cli.options import FileThere, by_option, json_option, shared_options
from claudes_corner.cli.session import Session, as_json
from claudes_corner.cli.show import show_part
from claudes_corner.errors import Problem, UsageError
from claudes_corner.letters import Letter, answer_id, letter_transcript, read_letter, read_letters, unsent_letters
from claudes_corner.review.letters import new_letter, show_to_readers, veto_words
from claudes_corner.text import has_lone_surrogate, visible
from claudes_corner.transcript import Transcript


@click.group("letter", short_help="Write to the author, and keep its answers word for word.")
@shared_options
def command(_session: Session) -> None:
    """Write to the author, and keep its answers word for word, for the editors or for readers too."""


@command.command("new")
@click.option("--text", default="", metavar="TEXT", help="Its words; else write them into the file that is made.")
@click.option(
    "--file",
    "file",
    type=FileThere("r", encoding="utf-8", errors="surrogateescape"),
    metavar="F",
    help="Its words; - reads them from stdin.",
)
@click.option("--to", metavar="AUTHOR", help="Who is written to, if there is more than one author.")
@click.option("--about", default="", metavar="ID", help="A draft: its text goes with the letter.")
@click.option("--about-veto", metavar="ID", help="Your veto on this draft: what it means, the criterion, your reason.")
@click.option("--reply-to", default="", metavar="ID", help="The author's letter that this one answers.")
@click.option("--public", is_flag=True, help="Readers may see it, if the author's answer says so too.")
@by_option
@shared_options
def new(
    session: Session,
    text: str,
    file: IO[str] | None,
    to: str | None,
    about: str,
    about_veto: str | None,
    reply_to: str,
    public: bool,
) -> None:
    """Lay a letter ready. Its words may be changed in its file until it is sent."""
    if about_veto and (public or text or file or about):
        what = "a letter about a veto has its own words, and is private"
        raise UsageError(Problem(what, fix="Leave the others out."))
    words = veto_words(session.workspace, about_veto, session.editor) if about_veto else file.read() if file else text
    if has_lone_surrogate(words):
        raise UsageError(Problem("the letter is not UTF-8", fix="Save the file as UTF-8."))
    letter = new_letter(
        session.workspace,
        session.editor,
        session.now(),
        secrets.choice,
        text=words,
        to=to,
        about=about_veto or about,
        in_reply_to=reply_to,
        public=public,
    )
    click.echo(f"{letter.front.id}: ready in {session.workspace.folders.relative(letter.path)}")
    step = "read it" if letter.text.strip() else "write it there"
    click.echo(f"  {step}, then: corner letter send {letter.front.id}")


@command.command("send", short_help="Send a letter, or send it again if no answer came.")
@click.argument("letter_id", metavar="ID")
@shared_options
def send(session: Session, letter_id: str) -> None:
    """Send a letter, with the author's last entries and the letters so far; or again, if no answer came."""
    session.question_clock()
    say_answer(send_to_author(session, letter_id))


@command.command("list", short_help="List all letters.")
@json_option
@shared_options
def list_(session: Session, is_json: bool) -> None:
    """List all letters: those on record, oldest first, then those that wait to be sent."""
    workspace = session.workspace
    known = workspace.ledger()
    letters = (*read_letters(workspace.folders, known), *unsent_letters(workspace.folders, known))
    listed = [(letter.front, _state(letter, known.letters)) for letter in letters]
    if is_json:
        as_json({"entries": [{**msgspec.to_builtins(front), "state": state} for front, state in listed]})
        return
    for front, state in listed:
        about = f", about {front.about}" if front.about else ""
        click.echo(f"{front.id}  {front.sender} to {front.to}, {front.written_at[:10]}{about}: {state}")
    if not letters:
        click.echo("no letter was written yet")


@command.command("show")
@click.argument("letter_id", metavar="ID")
@click.option("--prompt", "part", flag_value="prompt", help="The exact request, as it was sent.")
@click.option("--transcript", "part", flag_value="transcript", help="The full transcript of an answer, as JSON.")
@click.option("--raw", "part", flag_value="raw", help="Exactly the text's bytes, and nothing else.")
@shared_options
def show(session: Session, letter_id: str, part: str | None) -> None:
    """Show a letter. What could play tricks on a terminal is shown as its escape, but for --raw."""
    workspace = session.workspace
    known = workspace.ledger()
    letter = read_letter(workspace.folders, known, letter_id)

    def transcript() -> Transcript:
        if letter.recorded and letter.recorded.transcript_sha256:
            return letter_transcript(workspace.folders, letter.recorded)
        raise UsageError(Problem(f"{letter_id!r} is no answer", fix=f"Name the answer: {answer_id(letter_id)}."))

    if part:
        show_part(part, letter.text, transcript)
    else:
        for name, value in msgspec.to_builtins(letter.front).items():
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            click.echo(f"{name + ':':13} {visible(shown)}")
        click.echo(f"{'state:':13} {_state(letter, known.letters)}\n")
        click.echo(visible(letter.text))


@command.command("publish", short_help="Let readers see a letter and its answer.")
@click.argument("letter_id", metavar="ID")
@digest_option_of("corner letter show ID")
@click.option("--withdraw", is_flag=True, help="Take both back: readers do not see them from the next build on.")
@by_option
@shared_options
def publish(session: Session, letter_id: str, digest: str, withdraw: bool) -> None:
    """Let readers see a letter and its answer: only if both say so, and by the digest of the answer that you read."""
    pair = show_to_readers(session.workspace, letter_id, digest, session.editor, session.now(), public=not withdraw)
    for letter in pair:
        where = "private from now on" if withdraw else f"at /letters/{letter.front.id}/ after the next build"
        click.echo(f"{letter.front.id}: {where}")
    event = "withdrawn" if withdraw else "public"
    commit_record(session, (f"{event}: letters {pair[0].front.id} and answer", ""), session.editor)


def send_to_author(session: Session, letter_id: str) -> Letter:
    """Send a letter and return the answer; see `generation.letters.send_letter` for what may be raised."""
    from claudes_corner.cli.authors import open_author, passage, reach  # with what talks to authors
    from claudes_corner.cli.generate import Board
    from claudes_corner.generation.letters import send_letter

    letter = read_letter(session.workspace.folders, session.workspace.ledger(), letter_id)
    board = Board(["letter"])
    if letter.front.to not in session.workspace.config.authors:
        raise UsageError(Problem(f"{letter_id!r} is no letter to an author", found=letter.front.to))
    try:
        with open_author(session, letter.front.to) as author, board:
            at_hand, clocks = reach(session), passage(session)
            return send_letter(session.workspace, letter_id, author, at_hand, clocks, lambda p: board.report(0, p))
    finally:
        commit_record(session, (f"letter: {letter_id}", ""), letter.front.sender)


def send_veto_letter(session: Session, draft_id: str, editor: str) -> Letter:
    """Write to the author what an editor has vetoed and why, send it, and return the answer: all in one step.

    The veto stands whatever becomes of the letter. The desk is handed this function with `session` filled in.
    """
    words = veto_words(session.workspace, draft_id, editor)
    letter = new_letter(session.workspace, editor, session.now(), secrets.choice, text=words, about=draft_id)
    click.echo(f"{letter.front.id}: if no answer comes, send it again: corner letter send {letter.front.id}", err=True)
    return send_to_author(session, letter.front.id)


def say_answer(answer: Letter) -> str:
    """Say that an answer came, and where it is; return that line."""
    front = answer.front
    cut = "; it was cut at the token limit" if front.stop_reason == "max_tokens" else ""
    line = f"{front.id}: answered, and on record{cut}; read it: corner letter show {front.id}"
    click.echo(line)
    if front.public and not answer.is_public:
        digits = front.text_sha256.removeprefix("sha256:")[:8]
        click.echo(f"  both letters may be public: corner letter publish {front.id} --digest {digits}")
    return line


def _state(letter: Letter, recorded: Mapping[str, object]) -> str:
    if letter.recorded is None:
        return "not sent"
    if letter.is_public:
        return "readers see it"
    is_answered = letter.front.model or answer_id(letter.front.id) in recorded
    return "private" if is_answered else "sent; no answer yet"
