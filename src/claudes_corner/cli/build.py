"""`corner build`: renders `site/`."""

from __future__ import annotations

from pathlib import Path

import click

from claudes_corner.cli.building import build_if_needed
from claudes_corner.cli.options import PathThere, Whole, shared_options
from claudes_corner.cli.session import Session, say


@click.command("build", short_help="Render the site: what the record says is published.")
@click.option("--out", type=PathThere(path_type=Path), metavar="DIR", help="Build here; new, empty or marked ours.")
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
    if base_url is not None:
        base_url = checked_address(base_url)
    stages = build_if_needed(session, out=out, base_url=base_url, full=full, jobs=jobs, dry_run=dry_run)
    for name, seconds in stages if timings else ():
        say(f"  {name:10}{seconds:8.3f} s")


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
