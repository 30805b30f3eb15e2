"""`corner init`: a new newsletter."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import click

from claudes_corner.cli.build import checked_address
from claudes_corner.cli.options import PathThere, shared_options
from claudes_corner.cli.session import Session
from claudes_corner.cli.starter import STARTER, lay_out, say_made
from claudes_corner.contradictions import nobodys_tag
from claudes_corner.disk import finish_placing
from claudes_corner.errors import Problem, WorkspaceError
from claudes_corner.text import propose_slug
from claudes_corner.workspace import Workspace


@click.command("init", short_help="Make a new newsletter in DIR.")
@click.argument("target", metavar="DIR", type=PathThere(path_type=Path))
@click.option("--title", metavar="T", help="The newsletter's title; else from the folder's name.")
@click.option(
    "--base-url", default="https://corner.example/", show_default=True, metavar="U", help="Where it will live."
)
@shared_options
def command(session: Session, target: Path, title: str | None, base_url: str) -> None:
    """Make a new newsletter in DIR: config, folders, theme, first pages."""
    target = Path(os.path.realpath(target))
    if finish_placing(target):
        click.echo(f"a newsletter in {target}; an init that was cut short had begun it")
        return
    if os.path.lexists(target) and not target.is_dir():  # a file, or a link to itself
        raise WorkspaceError(Problem("this is a file", str(target), expected="a new or an empty folder"))
    if target.exists() and any(path.name != ".git" for path in target.iterdir()):
        raise WorkspaceError(Problem("this folder is not empty", str(target), fix="Name a new one."))
    name = session.git("user.name")
    base_url = checked_address(base_url)
    values = {
        "TITLE": title or target.name.replace("-", " ").title(),
        "BASE_URL": base_url,
        "TAG": f"{urlsplit(base_url).hostname},{session.now().year}",
        "EDITOR": propose_slug(name, "first-editor"),
        "EDITOR_NAME": name or "The first editor",
        "EDITOR_EMAIL": session.git("user.email"),
    }
    lay_out(target, STARTER, values, theme=True)
    config = Workspace.find(target).config
    say_made(target)
    if not (target / ".git").exists():
        click.echo("each decision becomes a commit if it is under git: git init, git add -A, git commit")
    if problem := nobodys_tag(config):
        click.echo(str(problem))
    click.echo("next: look through corner.toml (title, base_url, tag, editors), then corner generate")
