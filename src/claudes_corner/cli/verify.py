"""`corner verify`: recomputes everything that is claimed, and says what could not be checked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claudes_corner.archive import unpack
from claudes_corner.cli.options import PathThere, json_option, shared_options
from claudes_corner.cli.session import Session, as_json, progress, say_problems
from claudes_corner.errors import CornerError, Problem, UsageError, WorkspaceError, said_by
from claudes_corner.root import FILE_NAME, find_root
from claudes_corner.site.marker import MARKER
from claudes_corner.text import counted
from claudes_corner.verify import Report, Tell
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.workspace import Workspace

if TYPE_CHECKING:  # what only sites need is imported for them
    from claudes_corner.verify.places import Place

_FILE = PathThere(exists=True, dir_okay=False, path_type=Path)


@click.command("verify", short_help="Check record, texts and pages of a newsletter or a site.")
@click.argument("place", metavar="[DIR|FILE|URL]", required=False)
@click.option(
    "--key", type=_FILE, metavar="FILE", help="The newsletter's public key, got elsewhere than from the site."
)
@click.option("--since", type=_FILE, metavar="CHECKPOINT", help="A checkpoint that was kept: is it still history?")
@click.option("--copy", metavar="FILE|URL", help="Does this copy hold exactly one of the approved texts?")
@json_option
@shared_options
def command(
    session: Session, place: str | None, key: Path | None, since: Path | None, copy: str | None, is_json: bool
) -> int:
    """Check a newsletter, its archive, a built site, or a site on the web: record, texts, transcripts, pages, feeds.

    Says each time what could not be checked. Exits with 1 if something is wrong.
    """
    with progress("verifying") as tell:
        if copy is not None:
            report = _verify_copy(session, place, copy)
        elif _is_site(session, place):
            report = _verify_site(session, place or "", key, since, tell)
        elif place and not (session.directory / place).exists():
            raise WorkspaceError(Problem("there is no such folder", place))
        elif key or since:
            fix = "Name a built site's folder or its address."
            raise UsageError(Problem("--key and --since are for sites", fix=fix))
        elif place and (session.directory / place).is_file():
            report = _verify_archive(session, session.directory / place, tell)
        else:
            report = verify_workspace(_workspace(session, place), tell, environ=session.environ)
    return _say(report, is_json=is_json)


def _is_url(place: str | None) -> bool:
    return bool(place and place.startswith(("http://", "https://")))


def _is_site(session: Session, place: str | None) -> bool:
    """Tell a built site from a newsletter."""
    return place is not None and (_is_url(place) or _holds_site(Path(os.path.realpath(session.directory / place))))


def _holds_site(folder: Path) -> bool:
    """Answer whether a site was built here. A copy may lack the marker; but `content/`, too, has the record."""
    root = find_root(folder)
    has_record = (folder / "ledger.jsonl").is_file() and not (root and folder.is_relative_to(root / "content"))
    return not (folder / FILE_NAME).is_file() and ((folder / MARKER).is_file() or has_record)


def _workspace(session: Session, place: str | None) -> Workspace:
    folder = Path(os.path.realpath(session.directory / (place or "")))
    site = next(filter(_holds_site, folder.parents), None)
    if site and not find_root(folder):
        what, fix = "this is a folder in a site, not a site's own", f"Verify the site: corner verify {site}."
        raise UsageError(Problem(what, place or str(folder), fix=fix))
    workspace = Workspace.find(folder)
    if place and folder != (root := workspace.folders.root):
        alone = f" For the built site alone: corner verify {site}." if site else ""
        click.echo(f"corner: {place}: this lies in the newsletter in {root}, which is checked.{alone}", err=True)
    return workspace


def _place(session: Session, place: str) -> Place:
    from claudes_corner.verify.places import Folder, Web

    return Web(place) if _is_url(place) else Folder(session.directory / place)


def _verify_site(session: Session, place: str, key: Path | None, since: Path | None, tell: Tell) -> Report:
    from claudes_corner.checkpoints import parse_checkpoints
    from claudes_corner.cli.building import cores
    from claudes_corner.signing import public_keys
    from claudes_corner.verify.seals import Known
    from claudes_corner.verify.site import verify_site

    if key and not public_keys(key.read_bytes()):  # to go on would be to check less than was asked for
        raise UsageError(Problem("there is no public key in this file", str(key)))
    if since and not parse_checkpoints(since.read_bytes(), str(since)):
        raise UsageError(Problem("there is no checkpoint in this file", str(since)))
    known = Known(key.read_bytes() if key else b"", since.read_bytes() if since else b"", session.environ)
    site = _place(session, place)
    _must_be_root(site)
    report = verify_site(site, known, tell, jobs=cores())
    if report.problems and _is_url(place):
        from claudes_corner.site.serve import RELOADS

        if RELOADS in (site.read("index.html") or b""):
            what, fix = (
                "this is what corner serve shows: it puts a script into each page",
                "Verify the folder itself: site/.",
            )
            raise UsageError(Problem(what, place, fix=fix))
    return report


def _must_be_root(site: Place) -> None:
    """Refuse the address of something in a site.

    Raises:
        UsageError: The site is at an address above.
    """
    from claudes_corner.verify.places import Web, site_above

    if isinstance(site, Web) and (above := site_above(site)):
        fix = f"Verify the site: corner verify {above}."
        raise UsageError(Problem("this is an address in a site, not a site's own", site.url, fix=fix))


def _verify_archive(session: Session, file: Path, tell: Tell) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        return verify_workspace(Workspace.find(unpack(file, Path(folder))), tell, environ=session.environ)


def _verify_copy(session: Session, place: str | None, copy: str) -> Report:
    """Compare with the published texts of a site, or with all that a newsletter's editors have approved."""
    from claudes_corner.fetch import fetch
    from claudes_corner.verify.copies import Text, verify_copy
    from claudes_corner.verify.places import host_of
    from claudes_corner.verify.site import published_texts

    if place and _is_site(session, place):
        texts = published_texts(_place(session, place))
    else:
        workspace = _workspace(session, place)
        entries = map(workspace.read_entry, workspace.ledger().having("approved", "published"))
        texts = [Text(e.front.id, e.text, e.front.title_by == "heading") for e in entries]
    if _is_url(copy):
        return verify_copy(fetch(copy, allow_hosts=(host_of(copy),)), copy, texts)
    try:
        return verify_copy((session.directory / copy).read_bytes(), copy, texts)
    except OSError as error:
        raise CornerError(Problem(f"cannot be read: {said_by(error)}", copy)) from None


def _say(report: Report, *, is_json: bool) -> int:
    count = len(report.problems)
    if is_json:
        as_json(report)
    else:
        for line in (
            *(f"checked: {one}" for one in report.checked),
            *(f"not checked: {one}" for one in report.unchecked),
        ):
            click.echo(line)
        say_problems(report.problems)
        click.echo(counted(count, "problem") if count else "all is well")
    return 1 if count else 0
