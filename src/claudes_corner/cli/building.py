"""Building for whoever asks: `corner build`, and the commands that end in a build.

What only a build with work to do needs is imported when there is work; and nothing here needs click.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from claudes_corner.cli.session import Session, progress, say, say_problems
from claudes_corner.root import find_root
from claudes_corner.site.seal import Seal, Sealed

if TYPE_CHECKING:
    from claudes_corner.site.builder import Built
    from claudes_corner.workspace import Workspace

Stages = list[tuple[str, float]]  # each one's seconds, in order


def build_if_needed(
    session: Session,
    *,
    out: Path | None = None,
    base_url: str | None = None,
    full: bool = False,
    jobs: int | None = None,
    dry_run: bool = False,
) -> Stages:
    """Do what `corner build` does: nothing, and say so, if nothing has changed since the site was sealed."""
    started = time.monotonic()
    root = find_root(session.directory)
    if root and not full and not dry_run and (sealed := Seal(root, out or root / "site").answer(base_url or "")):
        stages = [("look", time.monotonic() - started)]
        say_noticed(noticed(sealed))
        say_counts(stages[0][1], sealed.files)
    else:
        stages = build_and_say(session, out=out, base_url=base_url, full=full, dry_run=dry_run, jobs=jobs)
        _say_modes(session.workspace)
    return stages


def build_and_say(
    session: Session,
    *,
    out: Path | None = None,
    base_url: str | None = None,
    full: bool = False,
    dry_run: bool = False,
    jobs: int | None = None,
) -> Stages:
    """Build, and say what was done, and what may not be meant in the notes; return each stage's seconds, in order."""
    from claudes_corner.site.builder import build
    from claudes_corner.site.editorial import doubts_about_notes

    started = time.monotonic()
    begun: Stages = []
    with progress("rendering") as report:
        built = build(
            session.workspace,
            out=out,
            base_url=base_url,
            full=full,
            dry_run=dry_run,
            jobs=jobs or cores(),
            report=report,
            stage=lambda name: begun.append((name, time.monotonic())),
        )
    ended = time.monotonic()
    _say_built(built, ended - started, dry_run=dry_run)
    say_problems(tuple(doubts_about_notes(session.workspace, session.now())))
    ends = [at for _, at in begun[1:]] + [ended]
    return [(name, end - at) for (name, at), end in zip(begun, ends, strict=True)]


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def lost(built: Built) -> list[str]:
    """Say why a build knew nothing of the last one, if there was one; a list of one line, or empty."""
    return [f"{built.loss}: nothing is known, and everything is built anew"] if built.loss else []


def noticed(built: Built | Sealed) -> list[str]:
    """List what a build left alone, and where it sees that something may not be meant."""
    return [*(f"{path}: not ours, left alone" for path in built.strangers), *built.astray]


def say_noticed(lines: Iterable[str]) -> None:
    """Say such lines."""
    for line in lines:
        say(f"corner: {line}", err=True)


def say_counts(seconds: float, unchanged: int, written: int = 0, removed: int = 0) -> None:
    """Say how much a build did."""
    say(f"{written:,} written, {unchanged:,} unchanged, {removed:,} removed in {seconds:.1f} s")


def _say_built(built: Built, seconds: float, *, dry_run: bool = False) -> None:
    say_noticed(lost(built))
    if dry_run:
        for path, why in built.reasons:
            say(f"{path}: {why}")
        for path in built.removed:
            say(f"{path}: no longer part of the site")
        say(f"{len(built.reasons):,} stale, {built.unchanged:,} fresh, {len(built.removed):,} to remove")
        return
    say_noticed(noticed(built))
    say_counts(seconds, built.unchanged, len(built.written), len(built.removed))


def _say_modes(workspace: Workspace) -> None:
    """Say in which modes no draft can be asked for, as other commands do; what is published is built all the same."""
    from claudes_corner.errors import CornerError
    from claudes_corner.generation.planning import check_modes

    try:
        check_modes(workspace.config)
    except CornerError as error:
        say_problems(error.problems)
        say("the site was built all the same; no draft can be asked for until that is set right", err=True)
