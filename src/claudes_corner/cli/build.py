"""`corner build`: renders `site/`. What only a build with work to do needs is imported when there is work."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claudes_corner.cli.session import Session, Whole, progress, say_problems, shared_options
from claudes_corner.root import find_root
from claudes_corner.site.seal import Seal, Sealed

if TYPE_CHECKING:
    from claudes_corner.site.builder import Built
    from claudes_corner.workspace import Workspace


@click.command("build", short_help="Render the site: what the record says is published.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Build here; new, empty or marked ours.")
@click.option("--base-url", metavar="U", help="Build for this address.")
@click.option("--full", is_flag=True, help="Forget what the last build knew.")
@click.option("--jobs", type=Whole(1, 64), metavar="N", help="Processes that render; one for each core.")
@click.option("--dry-run", is_flag=True, help="Only say what is stale, and why.")
@click.option("--timings", is_flag=True, help="Say how long each stage took.")
@shared_options
def command(
    session: Session, out: Path | None, base_url: str | None, full: bool, jobs: int | None, dry_run: bool, timings: bool
) -> None:
    """Render the site: exactly the entries that the record says are published."""
    started = time.monotonic()
    if base_url is not None:
        base_url = checked_address(base_url)
    root = find_root(session.directory)
    if root and not full and not dry_run and (sealed := Seal(root, out or root / "site").answer(base_url or "")):
        stages = [("look", time.monotonic() - started)]
        _say_counts(sealed, stages[0][1])
    else:
        stages = build_and_say(session, out=out, base_url=base_url, full=full, dry_run=dry_run, jobs=jobs)
        _say_modes(session.workspace)
    for name, seconds in stages if timings else ():
        click.echo(f"  {name:10}{seconds:8.3f} s")


def _say_modes(workspace: Workspace) -> None:
    """Say in which modes no draft can be asked for, as other commands do; what is published is built all the same."""
    from claudes_corner.errors import CornerError
    from claudes_corner.generation.planning import check_modes

    try:
        check_modes(workspace.config)
    except CornerError as error:
        say_problems(error.problems)
        click.echo("the site was built all the same; no draft can be asked for until that is set right", err=True)


def checked_address(base_url: str) -> str:
    """Take a site's address as somebody typed it.

    Raises:
        click.BadParameter: It is none.
    """
    from claudes_corner.addresses import is_site_address

    base_url = f"{base_url.removesuffix('/')}/"
    if not is_site_address(base_url):
        raise click.BadParameter(
            f"{base_url!r} is no site's address such as https://corner.example/", param_hint="--base-url"
        )
    return base_url


def build_and_say(
    session: Session,
    *,
    out: Path | None = None,
    base_url: str | None = None,
    full: bool = False,
    dry_run: bool = False,
    jobs: int | None = None,
) -> list[tuple[str, float]]:
    """Build, and say what was done, and what may not be meant in the notes; return each stage's seconds, in order."""
    from claudes_corner.site.builder import build
    from claudes_corner.site.editorial import doubts_about_notes

    started = time.monotonic()
    begun: list[tuple[str, float]] = []
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
    say_built(built, ended - started, dry_run=dry_run)
    say_problems(tuple(doubts_about_notes(session.workspace, session.now())))
    ends = [at for _, at in begun[1:]] + [ended]
    return [(name, end - at) for (name, at), end in zip(begun, ends, strict=True)]


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def say_built(built: Built, seconds: float, *, dry_run: bool = False) -> None:
    """Say what a build did or would do."""
    if built.loss:
        click.echo(f"corner: {built.loss}: nothing is known, and everything is built anew", err=True)
    if dry_run:
        for path, why in built.reasons:
            click.echo(f"{path}: {why}")
        for path in built.removed:
            click.echo(f"{path}: no longer part of the site")
        click.echo(f"{len(built.reasons):,} stale, {built.unchanged:,} fresh, {len(built.removed):,} to remove")
        return
    left = Sealed(built.unchanged, built.strangers, built.astray)
    _say_counts(left, seconds, len(built.written), len(built.removed))


def _say_counts(left: Sealed, seconds: float, written: int = 0, removed: int = 0) -> None:
    for line in (*(f"{path}: not ours, left alone" for path in left.strangers), *left.astray):
        click.echo(f"corner: {line}", err=True)
    click.echo(f"{written:,} written, {left.files:,} unchanged, {removed:,} removed in {seconds:.1f} s")
