"""`corner export`: a newsletter as one file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from claudes_corner.archive import export
from claudes_corner.cli.options import PathThere, shared_options
from claudes_corner.cli.session import Session, progress
from claudes_corner.errors import Problem, UsageError


@click.command("export", short_help="Write the newsletter's public archive as one tar.")
@click.argument("file", metavar="[FILE]", required=False, type=PathThere(path_type=Path))
@click.option("--private", is_flag=True, help="A full backup: drafts, full transcripts, reasons, all settings.")
@shared_options
def command(session: Session, file: Path | None, private: bool) -> None:
    """Write the newsletter's public archive as one tar: texts, transcripts, record, checkpoints, notes, pages, theme.

    FILE is beside the newsletter's folder if not given. Equal newsletters give equal archives.
    """
    workspace = session.workspace
    root = workspace.folders.root
    target = session.directory / file if file else root.parent / f"{root.name}{'-private' if private else ''}.tar"
    if Path(os.path.realpath(target)).is_relative_to(root.resolve()):
        what = "the archive would lie in the newsletter's own folder"
        raise UsageError(Problem(what, str(target), fix="Name a place outside of it."))
    with progress("writing") as tell:
        count = export(workspace, target, private=private, tell=tell)
    kind = "everything, drafts included: keep it to yourself" if private else "what is public"
    click.echo(f"{target}: {count:,} files; {kind}")
