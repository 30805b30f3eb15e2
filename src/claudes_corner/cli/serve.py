"""`corner serve`: builds, watches, serves with live reload."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from claudes_corner.cli.building import lost, noticed, say_counts, say_noticed
from claudes_corner.cli.options import PORT, shared_options
from claudes_corner.cli.session import Session, problems_of, say_problems
from claudes_corner.errors import CornerError, Problem
from claudes_corner.site.builder import build
from claudes_corner.site.editorial import doubts_about_notes
from claudes_corner.site.held import Held, NotNowError
from claudes_corner.site.seal import CACHE, Seal
from claudes_corner.site.watching import Outcome, serve
from claudes_corner.workspace import Workspace

DEFAULT_PORT = 8420


@click.command("serve", short_help="Serve the site on this machine, and rebuild it as it changes.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H")
@click.option("--port", type=PORT, default=DEFAULT_PORT, show_default=True, metavar="P", help="0 for any free one.")
@shared_options
def command(session: Session, host: str, port: int) -> None:
    """Build the site, serve it on this machine, and rebuild it whenever something changes."""
    serve_newsletter(session, host, port)


def serve_newsletter(session: Session, host: str, port: int, *, also: str = "") -> None:
    """Serve a newsletter's site until Ctrl-C; the first line printed is its URL.

    Once it serves, the lines of `also` follow.
    """
    workspace, root = session.workspace, session.workspace.folders.root
    said: list[tuple[Problem, ...]] = []  # what the last build failed for, if it did
    lines: list[str] = []  # what was printed on stdout: first of all, the URL
    known: list[str] = []  # what the last build noticed
    memories = Held(root / CACHE, workspace.folders.site)

    def build_once(**wish: Any) -> Outcome:
        """Build and say so; a disk that fails ends no more than this one build."""
        started, is_idle, folders = time.monotonic(), "is_idle" in wish, None
        try:
            found = Workspace.find(root)
            folders = _prompt_folders(found)
            if is_idle and Seal(root, found.folders.site).answer(""):
                said.clear()
                return Outcome(folders=folders)
            built = build(found, memories=memories, **wish)
        except NotNowError:
            return Outcome(folders=folders)
        except (CornerError, OSError) as error:
            problems = problems_of(error)
            if not is_idle or problems not in said:  # what is tried again in vain is said once
                say_problems(problems)
            said[:] = [problems]
            if not lines:  # the URL comes next, and must not look as if all were well
                click.echo(f"corner: {_what_is_served(workspace)}", err=True)
            return Outcome(problems, folders=folders)
        said.clear()
        is_new = bool(built.written or built.removed)
        now = [*lost(built), *map(str, doubts_about_notes(found, session.now())), *noticed(built)]
        if lines:  # the URL is out; until then, nothing else may be printed
            say_noticed(line for line in now if line not in known)  # said once, however often something is saved
            if is_new or not is_idle:
                say_counts(time.monotonic() - started, built.unchanged, len(built.written), len(built.removed))
        known[:] = now
        return Outcome(is_new=is_new, folders=folders)

    def ready(url: str) -> None:
        """Say where the site is, and what there was to say of it by then."""
        lines.append(url)
        click.echo(url)
        say_noticed(known)
        click.echo(also or "Ctrl-C ends it.")

    base_path = urlsplit(workspace.config.site.base_url).path
    serve(root, workspace.folders.site, build_once, host=host, port=port, base_path=base_path, ready=ready)


def _what_is_served(workspace: Workspace) -> str:
    """Say what is at the URL though the first build failed."""
    if (workspace.folders.site / "index.html").is_file():
        return "so what is served is the site as it was last built; it is built again after the next change"
    return "so there is no site to serve yet; it is built after the next change"


def _prompt_folders(workspace: Workspace) -> frozenset[Path]:
    """Tell where prompts in files of their own lie, with all folders above within the newsletter's."""
    root = workspace.folders.root
    files = (root / mode.prompt_file for mode in workspace.config.modes.values() if mode.prompt_file)
    return frozenset(folder for file in files for folder in file.parents if folder.is_relative_to(root))
