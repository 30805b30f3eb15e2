"""`corner deploy`: sends a verified site out."""

from __future__ import annotations

import click
import msgspec

from claudes_corner.cli.building import build_and_say, cores
from claudes_corner.cli.deciding import commit_record
from claudes_corner.cli.options import shared_options
from claudes_corner.cli.session import Session, progress, say_problems
from claudes_corner.contradictions import nobodys_address
from claudes_corner.deploy.sending import Sent, deploy, pick_target
from claudes_corner.errors import DeployError, Problem, UsageError
from claudes_corner.folders import Folders
from claudes_corner.ledger import CORNER
from claudes_corner.root import FILE_NAME
from claudes_corner.schedule import render_instant
from claudes_corner.settings import Config
from claudes_corner.signing import end_of_signing, find_signer
from claudes_corner.site.sums import foresee, make_checkpoint
from claudes_corner.text import counted
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.verify.places import Folder
from claudes_corner.verify.remembered import Remembered
from claudes_corner.verify.seals import Known
from claudes_corner.verify.site import verify_site


@click.command("deploy", short_help="Build, verify, and send what differs to the target NAME.")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--dry-run", is_flag=True, help="Build and verify; then only say what would be sent.")
@shared_options
def command(session: Session, name: str | None, dry_run: bool) -> None:
    """Build, verify, and send what differs to the target NAME of corner.toml. Repeat it after a cut: it goes on.

    NAME may be left out if there is only one target.
    """
    deploy_and_say(session, name or _only_target(session.workspace.config), dry_run=dry_run)


def _only_target(config: Config) -> str:
    """Take the only target that there is.

    Raises:
        UsageError: There is none, or which one is meant is not plain.
    """
    targets = sorted(config.deploy)
    if not targets:
        raise UsageError(Problem("there is no target", FILE_NAME, fix="Add one: a table [deploy.live], say."))
    if len(targets) > 1:
        calls = " or ".join(f"corner deploy {name}" for name in targets)
        raise UsageError(Problem("there are several targets", FILE_NAME, fix=f"Say which: {calls}."))
    return targets[0]


def deploy_and_say(session: Session, name: str, *, dry_run: bool = False) -> None:
    """Send the site to a target, and say what was done.

    Raises:
        DeployError: Something is wrong with the newsletter or its target; what is told as sent is there.
        LedgerError: The record is broken, or older than what went out: nothing is built or sent.
    """
    workspace, at = session.workspace, render_instant(session.now())
    pick_target(workspace, name)
    workspace.check_setback()
    if problem := nobodys_address(workspace.config):
        say_problems((problem,))  # a folder on this machine may be a trial; elsewhere it was refused
    if not dry_run:
        with workspace.writing():
            pass  # what an earlier command left undone would be refused below
    build_and_say(session)
    must_be_sound(session)
    if problem := end_of_signing(workspace.folders):
        say_problems((problem,))
    signer = find_signer(workspace.folders, session.environ)
    seals: dict[str, bytes] = {}
    if dry_run:
        seals = foresee(workspace, workspace.folders.site, (lambda _text: b"a signature") if signer else None).seals
    else:
        made = make_checkpoint(workspace, workspace.folders.site, signer)
        lines = (f"checkpoint: {made.checkpoint.number}", "", f"sums: {made.checkpoint.sums}")
        commit_record(session, lines, CORNER)
    with progress("sending") as tell:
        sent = deploy(workspace, name, at, session.environ, dry_run=dry_run, seals=seals, tell=tell)
    say_sent(name, sent, dry_run=dry_run)


def must_be_sound(session: Session) -> None:
    """Verify the newsletter and its built site.

    Raises:
        DeployError: With every problem that readers could meet: nothing was sent.
    """
    workspace = session.workspace
    site = workspace.folders.site
    remembered = Remembered(workspace.folders.cache / "remembered")
    with progress("verifying") as tell:
        known = Known(
            b"", b"", session.environ, is_signing=True
        )  # else a key could be chosen before a first deploy only
        built = verify_site(Folder(site), known, tell, remembered, cores()).problems
        problems = [msgspec.structs.replace(problem, where=f"{site.name}/{problem.where}") for problem in built]
        problems += verify_workspace(workspace, tell, remembered, session.environ).problems
    remembered.save()
    lost = [problem for problem in problems if _is_lost_in_private(workspace.folders, problem)]
    if lost:
        click.echo(f"note: {lost[0]}")
        files = f"{counted(len(lost), 'file')} of drafts/ missing" + (", see corner verify" if lost[1:] else "")
        click.echo(f"      {files}; readers get none of them, so the site goes out")
    problems = [problem for problem in problems if problem not in lost]
    if problems:
        what = f"nothing was sent: {counted(len(problems), 'problem')} found"
        raise DeployError(*problems, Problem(what, fix="See: corner verify."))


def _is_lost_in_private(folders: Folders, problem: Problem) -> bool:
    """Answer whether a problem is only that a file of `drafts/` is gone: no withdrawal may wait for it."""
    path = folders.root / problem.where
    return path.is_relative_to(folders.drafts) and not path.exists()


def say_sent(name: str, sent: Sent, *, dry_run: bool) -> None:
    """Say what a deploy did or would do."""
    if dry_run:
        for path in sent.sent:
            click.echo(f"would send {path}")
        for path in sent.removed:
            click.echo(f"would remove {path}")
    send, remove = ("to send", "to remove") if dry_run else ("sent", "removed")
    click.echo(f"{name}: {len(sent.sent):,} {send}, {len(sent.removed):,} {remove}, {sent.unchanged:,} unchanged")
    if not dry_run:
        click.echo(f"  checked: every file of the site is at {sent.place}")
    if sent.told:
        click.echo(f"  its hook was told of {counted(sent.told, 'address', 'addresses')}")
