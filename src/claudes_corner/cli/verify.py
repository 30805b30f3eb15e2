"""`corner verify`: recomputes everything that is claimed, and says what could not be checked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import msgspec

from claudes_corner.cli.session import Session, say_problems, shared_options
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.workspace import Workspace


@click.command("verify")
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
@shared_options
@click.pass_obj
def command(session: Session, folder: Path | None, is_json: bool) -> int:  # noqa: FBT001
    """Check a newsletter's record, texts and transcripts against one another. Exits with 1 if something is wrong."""
    workspace = Workspace.find((folder or session.directory).resolve())
    with click.progressbar(length=1, label="verifying", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        report = verify_workspace(workspace, tell)
    if is_json:
        click.echo(json.dumps(msgspec.to_builtins(report), ensure_ascii=False, indent=2))
        return 1 if report.problems else 0
    for line in report.checked:
        click.echo(f"checked: {line}")
    for line in report.unchecked:
        click.echo(f"not checked: {line}")
    say_problems(report.problems)
    count = len(report.problems)
    click.echo("all is well" if not count else f"{count:,} problem{'' if count == 1 else 's'}")
    return 1 if count else 0
