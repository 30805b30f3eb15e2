"""`corner build`: renders `site/`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from claudes_corner.cli.session import Session, shared_options
from claudes_corner.config import is_site_address
from claudes_corner.site.builder import Built, build
from claudes_corner.workspace import Workspace


@click.command("build")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Build here; new, empty or marked ours.")
@click.option("--base-url", metavar="U", help="Build for this address.")
@click.option("--full", is_flag=True, help="Forget what the last build knew.")
@click.option("--dry-run", is_flag=True, help="Only say what is stale, and why.")
@shared_options
@click.pass_obj
def command(session: Session, out: Path | None, base_url: str | None, full: bool, dry_run: bool) -> None:  # noqa: FBT001
    """Render the site: exactly the entries that the record says are published."""
    if base_url is not None and not base_url.endswith("/"):
        base_url += "/"
    if base_url is not None and not is_site_address(base_url):
        message = f"{base_url!r} is no site's address such as https://corner.example/"
        raise click.BadParameter(message, param_hint="--base-url")
    build_and_say(session.workspace(), out=out, base_url=base_url, full=full, dry_run=dry_run)


def build_and_say(
    workspace: Workspace,
    *,
    out: Path | None = None,
    base_url: str | None = None,
    full: bool = False,
    dry_run: bool = False,
) -> None:
    """Build, and say in a line what was done."""
    started = time.monotonic()
    with click.progressbar(length=1, label="rendering", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def report(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        built = build(workspace, out=out, base_url=base_url, full=full, dry_run=dry_run, report=report)
    say_built(built, time.monotonic() - started, dry_run=dry_run)


def say_built(built: Built, seconds: float, *, dry_run: bool = False) -> None:
    """Say what a build did or would do."""
    if dry_run:
        for path, why in built.reasons:
            click.echo(f"{path}: {why}")
        for path in built.removed:
            click.echo(f"{path}: no longer part of the site")
        click.echo(f"{len(built.reasons):,} stale, {built.unchanged:,} fresh, {len(built.removed):,} to remove")
        return
    for path in built.strangers:
        click.echo(f"corner: {path}: not ours, left alone", err=True)
    counts = f"{len(built.written):,} written, {built.unchanged:,} unchanged, {len(built.removed):,} removed"
    click.echo(f"{counts} in {seconds:.1f} s")
