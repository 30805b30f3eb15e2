"""Whether readers have what is on record, and what brings it to them.

Owns the step after the last decision: the commands that decide know their newsletter, not its site and targets.
"""

from __future__ import annotations

import click

from claudes_corner.errors import CornerError
from claudes_corner.site.seal import Seal
from claudes_corner.workspace import Workspace


def way_to_readers(workspace: Workspace) -> tuple[str, str] | None:
    """Tell the command by which readers get what they do not have yet, and why; None if they have everything.

    It looks at files of this machine alone: no target is asked.
    """
    is_built = _is_built(workspace)
    for name in sorted(workspace.config.deploy):
        if not (is_built and _is_there(workspace, name)):
            return f"corner deploy {name}", "readers there have an older site"
    return None if is_built else ("corner build", "the site is older than what it is made of")


def say_way(workspace: Workspace) -> None:
    """Say by which command readers get what was just decided, if they do not have it."""
    if way := way_to_readers(workspace):
        click.echo(f"next: {way[0]}\n      {way[1]}")


def _is_built(workspace: Workspace) -> bool:
    if Seal(workspace.folders.root, workspace.folders.site).answer("") is not None:
        return True
    from claudes_corner.site.builder import build  # a site is not sealed if something changed just before it was built

    try:
        built = build(workspace, dry_run=True)
    except CornerError:  # which the command says
        return False
    return not (built.reasons or built.removed)


def _is_there(workspace: Workspace, name: str) -> bool:
    from claudes_corner.deploy.sending import is_there

    try:
        return is_there(workspace, name)
    except CornerError:  # which the command says
        return False
