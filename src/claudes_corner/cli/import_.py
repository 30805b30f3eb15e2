"""`corner import`: a newsletter from an archive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from claudes_corner.archive import unpack
from claudes_corner.checkpoints import KEYS
from claudes_corner.cli.import_markdown import command as markdown
from claudes_corner.cli.options import PathThere, shared_options
from claudes_corner.cli.session import Session
from claudes_corner.cli.starter import say_made
from claudes_corner.disk import TEMPORARY, must_be_file, named, put_in_place
from claudes_corner.errors import CornerError, Problem, UsageError, WorkspaceError
from claudes_corner.folders import BEGINS, has_drafts
from claudes_corner.root import find_root
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.workspace import Workspace


class _Ways(click.Group):
    """`corner import FILE`, beside other ways that have a name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take what is no way's name for an archive."""
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "archive", archive, args


@click.group(
    "import",
    cls=_Ways,
    no_args_is_help=True,
    subcommand_metavar="FILE [DIR] | markdown DIR",
    short_help="Make a newsletter of an archive, or take in Markdown files.",
)
@shared_options
def command(_session: Session) -> None:
    """Make a newsletter of an archive that corner export has written, in DIR: a new folder.

    Nothing is kept of an archive whose record does not verify. Build an archive from others only if you trust them: its
    theme is a program.
    """


command.add_command(markdown)


class _Unnamed(click.Context):
    """A call of a command that nobody names: it goes by the group's name."""

    @property
    def command_path(self) -> str:
        """What is said to have been called."""
        return self.parent.command_path if self.parent else super().command_path


class _Archive(click.Command):
    context_class = _Unnamed


@click.command("archive", cls=_Archive)
@click.argument("file", metavar="FILE", type=PathThere(exists=True, path_type=Path))
@click.argument("target", metavar="[DIR]", required=False, type=PathThere(path_type=Path))
@shared_options
def archive(session: Session, file: Path, target: Path | None) -> None:
    """Make a newsletter of an archive."""
    if file.is_dir():
        fix = f"For Markdown files: corner import markdown {file}."
        raise UsageError(Problem("this is a folder, and no archive", str(file), fix=fix))
    must_be_file(file)  # from a pipe, nothing may ever come
    if target is None and (outer := find_root(session.directory)):
        fix = f"Name the folder of the new one: corner import {file} DIR."
        raise UsageError(
            Problem("an archive becomes a newsletter of its own, and this folder is one", str(outer), fix=fix)
        )
    target = Path(os.path.realpath(session.directory / (target or file.stem)))
    if target.exists() and not target.is_dir():
        fix = f"Name a new folder: corner import {file} DIR."
        raise WorkspaceError(Problem("this is a file", str(target), fix=fix))
    if target.exists() and any(target.iterdir()):
        raise WorkspaceError(Problem("this folder is not empty", str(target), fix="Name a new one."))
    half = target.with_name(f"{TEMPORARY}{target.name}")  # whoever is killed leaves this, and no half a newsletter
    shutil.rmtree(half, ignore_errors=True)
    with named(target):
        half.mkdir(parents=True)
    try:
        unpacked = unpack(file, half)
        workspace = Workspace.find(unpacked)
        report = verify_workspace(workspace, environ=session.environ)
        if report.problems:
            raise CornerError(*report.problems)
        if is_public := not has_drafts(workspace.folders):
            # whoever goes on with it has private files from here on alone
            workspace.disk.write(workspace.folders.drafts / BEGINS, b"%d\n" % len(workspace.ledger().records))
        put_in_place(unpacked, target)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    say_made(target)
    click.echo("its record, texts and transcripts are whole")
    if is_public:
        click.echo("\n".join(left_out(Workspace.find(target))))
    click.echo(f"next: look through corner.toml, then corner -C {target} build")


def left_out(workspace: Workspace) -> Iterator[str]:
    """Say what a public archive does not hold, as far as this newsletter wants it, and what to do about each."""
    folders, config = workspace.folders, workspace.config
    yield "what a public archive leaves out is missing here; a backup (corner export --private) would have it:"
    yield "  drafts/: earlier drafts, full transcripts, private letters, reasons of vetoes. What is new is kept"
    if not config.deploy:
        yield "  [deploy.…] in corner.toml: add one before corner deploy"
    if unknown := [name for name, editor in config.editors.items() if not editor.email]:
        yield f"  email of {', '.join(unknown)} in corner.toml: add it, or decide with --by"
    if (folders.checkpoints / KEYS).is_file():
        yield "  the key that signs checkpoints: corner key FILE"
    paths = [getattr(source, "path", "") for mode in config.modes.values() for source in mode.sources]
    for path in dict.fromkeys(paths):
        if path and not (folders.root / path).exists():
            yield f"  {path}, which modes read: lay it there again"
