"""`corner demo`: the whole way on this machine, with a very small model and no key."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click

from claudes_corner.cli.authors import reach, ready_weights
from claudes_corner.cli.building import build_and_say
from claudes_corner.cli.desk import desk_of
from claudes_corner.cli.generate import run_round
from claudes_corner.cli.options import Whole, shared_options
from claudes_corner.cli.serve import DEFAULT_PORT, serve_newsletter
from claudes_corner.cli.session import Session, here
from claudes_corner.cli.starter import STARTER, lay_out
from claudes_corner.config import read_config
from claudes_corner.errors import Problem, WorkspaceError
from claudes_corner.generation.planning import plan
from claudes_corner.root import FILE_NAME
from claudes_corner.text import counted

FOLDER = "demo"
AUTHOR = "demo"
_PORT = Whole(0, 65534)  # the desk has the next


@click.command("demo", short_help="Make and serve a demonstration in ./demo/; no key is needed.")
@click.option("--no-serve", is_flag=True, help="Stop after the build, and say what was made.")
@click.option("--fresh", is_flag=True, help="Throw an existing demo away, and make a new one.")
@click.option("--port", type=_PORT, default=DEFAULT_PORT, show_default=True, metavar="P", help="0 for any free one.")
@shared_options
def command(session: Session, no_serve: bool, fresh: bool, port: int) -> int:
    """Make and serve a demonstration in ./demo/: real texts by a very small model, waiting for your verdict.

    No key is needed, and after the first run no network. An existing demo is served again as it is; one that was
    interrupted while its drafts were written goes on with them.
    """
    root = session.directory = session.directory / FOLDER
    if root.exists() and not _is_demo(root):
        fix = "Go to another folder, or rename it."
        raise WorkspaceError(Problem("this folder is not a demo of ours", f"{FOLDER}/", fix=fix))
    if fresh and root.exists():
        shutil.rmtree(root)
    if not root.exists():
        ready_weights(session)  # what is missing is said before anything is made
        lay_out(root, STARTER / "demo", {}, theme=False)
    code = _write_drafts(session)
    waiting = len(session.workspace.ledger().having("waiting"))
    if no_serve or code:
        build_and_say(session)
        click.echo(_next_steps(root, waiting))
        return code
    with desk_of(session, "127.0.0.1", port + 1 if port else 0, is_built_here=True) as link:
        serve_newsletter(session, "127.0.0.1", port, also=_next_steps(root, waiting, link))
    return 0


def _write_drafts(session: Session) -> int:
    """Let the embedded model write one draft under each mode of a new demo, or those that were cut short."""
    workspace = session.workspace
    standings = workspace.ledger().standings.values()
    cut_short = [s.edition for s in standings if s.status in {"requested", "cancelled"}]
    if standings and not cut_short:
        return 0
    edition = cut_short[0] if cut_short else workspace.config.slots.edition(session.now())
    tasks = plan(workspace, (), edition, reach(session), author=AUTHOR, resume=bool(cut_short))
    return run_round(session, AUTHOR, edition, tasks)


def _is_demo(root: Path) -> bool:
    return (root / FILE_NAME).is_file() and read_config(root / FILE_NAME).demo


def _next_steps(root: Path, waiting: int, link: str = "") -> str:
    """Say what a newcomer does now; `link` leads to the desk, if it is served."""
    is_elsewhere = Path(sys.argv[0]).name == "corner" and not shutil.which("corner")  # in a venv that is not active
    program = sys.argv[0] if is_elsewhere else "corner"
    review = f"{program} -C {_from_here(root)} review"
    demo = f"{program} demo" if root.parent == here() else f"{program} -C {_from_here(root.parent)} demo"
    waits = "waits" if waiting == 1 else "wait"
    lines = ["", f"{counted(waiting, 'draft')} by a very small demonstration model {waits} for a person's verdict."]
    if link:
        lines += [
            f"Read, compare and decide at the desk: {link}",
            f"What you approve is on the site above at once. Ctrl-C ends both; {demo} serves them again.",
            f"Or decide in another terminal: {review}",
        ]
    else:
        lines += [f"Read, compare and decide: {review}", f"Or see the site and the desk: {demo}"]
    return "\n".join(lines)


def _from_here(folder: Path) -> str:
    """Name a folder as one types it here."""
    return shlex.quote(str(folder.relative_to(here()) if folder.is_relative_to(here()) else folder))
