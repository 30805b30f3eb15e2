"""What is to do, as every command says it; whether readers have what is on record, and what brings it to them.

Owns the step after the last decision: the commands that decide know their newsletter, not its site and targets.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from claudes_corner.errors import CornerError
from claudes_corner.review.week import Step
from claudes_corner.settings import Config
from claudes_corner.site.seal import Seal
from claudes_corner.workspace import Workspace


def ways_to_readers(workspace: Workspace) -> tuple[Step, ...]:
    """Tell by which commands readers get what they do not have yet, and why; nothing if they have everything.

    It looks at files of this machine alone: no target is asked.
    """
    is_built = _is_built(workspace)
    why = "older than what it is made of" if workspace.folders.site.is_dir() else "not built"
    stale = [name for name in sorted(workspace.config.deploy) if not (is_built and _is_there(workspace, name))]
    ways = tuple(Step(f"corner deploy {name}", _why_stale(workspace, name)) for name in stale)
    return ways or (() if is_built else (Step("corner build", f"the site is {why}"),))


def ways_after_publishing(config: Config) -> tuple[Step, ...]:
    """Tell by which commands readers get what was published just now, and neither built nor sent."""
    commands = [f"corner deploy {name}" for name in sorted(config.deploy)] or ["corner build"]
    return tuple(Step(command, "readers see only then what was published") for command in commands)


def say_steps(steps: Sequence[Step]) -> None:
    """Say what is to do, the first thing first."""
    for number, step in enumerate(steps):
        click.echo(f"{'then' if number else 'next'}: {step.command}\n      {step.why}")


def say_way(workspace: Workspace) -> None:
    """Say by which commands readers get what was just decided, if they do not have it."""
    say_steps(ways_to_readers(workspace))


def _is_built(workspace: Workspace) -> bool:
    if not workspace.folders.site.is_dir():
        return False
    if Seal(workspace.folders.root, workspace.folders.site).answer("") is not None:
        return True
    from claudes_corner.site.builder import build  # a site is not sealed if something changed just before it was built

    try:
        built = build(workspace, dry_run=True)
    except CornerError:  # which the command says
        return False
    return not (built.reasons or built.removed)


def _why_stale(workspace: Workspace, name: str) -> str:
    from claudes_corner.deploy.sending import read_receipt

    is_known = read_receipt(workspace, name) is not None
    return "readers there have an older site" if is_known else "nothing is there yet, as far as is known here"


def _is_there(workspace: Workspace, name: str) -> bool:
    from claudes_corner.deploy.sending import is_there

    try:
        return is_there(workspace, name)
    except CornerError:  # which the command says
        return False
