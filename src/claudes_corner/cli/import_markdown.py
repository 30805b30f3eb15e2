"""`corner import markdown`: essays that stood elsewhere before, as imported and published entries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from claudes_corner.cli.deciding import commit_decisions
from claudes_corner.cli.options import PathThere, by_option, shared_options
from claudes_corner.cli.session import Session
from claudes_corner.errors import CornerError, Problem, UsageError, one_of
from claudes_corner.ledger import IMPORTED
from claudes_corner.moving import Move, Wish, look, some
from claudes_corner.schedule import render_instant
from claudes_corner.settings import Config
from claudes_corner.text import counted, visible


@click.command("markdown", short_help="Publish a folder of Markdown files as imported entries.")
@click.argument("folder", metavar="DIR", type=PathThere(exists=True, file_okay=False, path_type=Path))
@click.option("--author", metavar="A", help="Who wrote them, as you say: nothing will show it. Else nobody is named.")
@click.option("--origin", default="", metavar="URL", help="Where each stood, with {slug} in it.")
@click.option("--skip", is_flag=True, help="Leave out what cannot be imported, and import the rest.")
@click.option("--dry-run", is_flag=True, help="Only list what would be imported.")
@by_option
@shared_options
def command(session: Session, folder: Path, author: str | None, origin: str, skip: bool, dry_run: bool) -> None:
    """Publish a folder of Markdown files with YAML front matter as imported entries.

    Their texts are taken as they are. Of the front matter, title, date, tags, slug and origin_url count. Readers are
    told that they came from elsewhere, and that there is no record of their making.
    """
    now = session.now()
    if author is not None and author not in session.workspace.config.authors:
        raise UsageError(Problem(f"there is no author {author!r}", expected=one_of(session.workspace.config.authors)))
    wish = Wish(author or IMPORTED, origin)
    if dry_run:
        config = session.workspace.config
        move = look(folder, config, session.workspace.ledger(), now, wish)
        said = (*_listed(move, config), *_lines(move, folder, "would import", skip=skip))
        click.echo(visible("\n".join(said)))
        _refuse(move, skip=skip)
        return
    with session.workspace.writing() as pen:
        move = look(folder, session.workspace.config, pen.ledger, now, wish)
        _refuse(move, skip=skip)
        if move.texts:
            texts = [(text.record, text.front, text.text) for text in move.texts]
            pen.import_entries(render_instant(now), session.editor, texts)
    click.echo(visible("\n".join(_lines(move, folder, "imported", skip=skip))))
    if move.texts:
        commit_decisions(session, *(str(text.record.id) for text in move.texts))
        click.echo("next: corner build")


def _refuse(move: Move, *, skip: bool) -> None:
    if move.problems and not skip:
        fix = "Mend them, or leave them out: --skip."
        raise CornerError(*move.problems, Problem("so nothing is imported", fix=fix))


def _listed(move: Move, config: Config) -> Iterator[str]:
    """Say of each text what would stand on record for good."""
    for text in move.texts:
        yield f"{text.name}: {text.front.title}"
        origin = f"stood at {text.record.origin_url}" if text.record.origin_url else "no origin"
        yield f"    {config.slots.words(text.record.date)}  {text.record.route}  {origin}"


def _lines(move: Move, folder: Path, verb: str, *, skip: bool) -> Iterator[str]:
    known = f"; {move.known:,} were imported before" if move.known else ""
    if move.texts:
        first, last = (move.texts[place].record.date[:10] for place in (0, -1))
        yield f"{verb} {counted(len(move.texts), 'entry', 'entries')}, {first} to {last}{known}"
    else:
        yield f"nothing to import from {folder}{known}"
    if any(text.record.author == IMPORTED for text in move.texts):
        yield "author: nobody is named, and that stays so (--author names one)"
    if untitled := [str(text.record.id) for text in move.texts if text.front.title_by == "none"]:
        yield f"without a title, so that the date serves: {some(untitled)}"
    if move.drafts:
        yield f"drafts, left out: {some(move.drafts)}"
    yield from move.notes
    if skip:
        yield from (f"left out: {problem}" for problem in move.problems)
