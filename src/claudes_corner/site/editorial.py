"""The editors' own texts: notes and standing pages, which nobody approves, and which no record knows.

Owns how they are read, the doubts about a note that can be built (its date is to come, or an editor's id is mistyped),
and which links lead nowhere. The builder reads no clock and shows a note as it stands; so whoever has a clock asks for
the doubts.
"""

from __future__ import annotations

import datetime as dt
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urljoin

import msgspec

from claudes_corner.disk import read_file
from claudes_corner.errors import BuildError, CornerError, Problem, one_of, said_by, suggest
from claudes_corner.folders import Folders
from claudes_corner.front import NoteFront, PageFront, parse_document
from claudes_corner.ledger import Rules
from claudes_corner.schedule import YEARS, Slots, is_edition, parse_instant, render_instant
from claudes_corner.site.routes import note_route, page_route
from claudes_corner.text import SLUG
from claudes_corner.workspace import Workspace

_RESERVED = {"essays", "archive", "modes", "tags", "notes", "record", "check", "feeds", "assets", "letters", "search"}
_NO_ADDRESS = re.compile(r"\]\((?!https?:|mailto:|#|/[^/])\S")  # of no link that a page may have
_SLIP = 3  # letters that a mistyped name has too many or too few
_WHOLE = "Write an address of this site from its first slash, such as /about/, or a whole one: https://…"


class Note(msgspec.Struct, frozen=True):
    """An editors' note."""

    slug: str
    front: NoteFront
    text: str


class StandingPage(msgspec.Struct, frozen=True):
    """A standing page, such as the one that tells how texts are reviewed."""

    slug: str
    front: PageFront
    text: str


Kind = TypeVar("Kind", Note, StandingPage)


def read_pages(workspace: Workspace, problems: list[Problem]) -> tuple[StandingPage, ...]:
    """Read the standing pages, by slug; what is wrong with one of them is added to the problems."""
    return tuple(_editors_texts(workspace, workspace.folders.pages, _page, problems))


def read_notes(workspace: Workspace, problems: list[Problem]) -> tuple[Note, ...]:
    """Read the notes, newest first; what is wrong with one of them is added to the problems."""
    note = partial(_note, workspace.config.slots)
    notes = _editors_texts(workspace, workspace.folders.notes, note, problems)
    return tuple(sorted(notes, key=lambda n: (n.front.date, n.slug), reverse=True))


def _editors_texts(
    workspace: Workspace, folder: Path, read: Callable[[str, bytes, str], Kind], problems: list[Problem]
) -> Iterator[Kind]:
    """Read the editors' own texts in a folder; what is wrong with one of them is added to the problems."""
    for path in sorted(folder.glob("[!.]*.md")):  # not what an editor's program keeps while it is open
        where = workspace.folders.relative(path)
        try:
            if not SLUG.fullmatch(path.stem):
                raise BuildError(Problem("the file's name is no slug", where, "lower-case letters, digits and hyphens"))
            yield read(path.stem, read_file(path), where)
        except CornerError as error:
            problems += error.problems
        except OSError as error:
            problems.append(Problem(f"cannot be read: {said_by(error)}", where))


def _page(slug: str, raw: bytes, where: str) -> StandingPage:
    front, text = parse_document(raw, where, PageFront)
    if slug in _RESERVED:
        raise BuildError(Problem(f"the name {slug!r} is the site's own", where, fix="Give the page another name."))
    return StandingPage(slug, front, text)


def _note(slots: Slots, slug: str, raw: bytes, where: str) -> Note:
    front, text = parse_document(raw, where, NoteFront)
    try:
        date = slots.parse(f"{front.date} 00:00" if is_edition(front.date) else front.date)
    except ValueError:
        expected = f"2026-11-25, 2026-11-25 18:30 or 2026-11-25T09:00:00Z, {YEARS}"
        raise BuildError(Problem("the date is none", where, expected, repr(front.date))) from None
    return Note(slug, msgspec.structs.replace(front, date=render_instant(date)), text)


def doubts_about_notes(workspace: Workspace, now: dt.datetime) -> Iterator[Problem]:
    """Yield what may not be meant in the notes that can be read; one that cannot is said by the build."""
    config = workspace.config
    for note in read_notes(workspace, []):
        where = f"{workspace.folders.relative(workspace.folders.notes)}/{note.slug}.md"
        if parse_instant(note.front.date) > now:
            what = "its date is to come, and readers see a note at once, before all that is dated earlier"
            fix = "Give it the date of today, or keep it elsewhere until then."
            yield Problem(what, where, found=config.slots.words(note.front.date), fix=fix)
        by = note.front.by
        is_nobody = by not in config.editors and by not in _former_editors(workspace)
        if is_nobody and (fix := suggest(by, config.editors)):  # a name that is like no other is somebody's own
            what = "no editor has this id, and readers see it as it stands"
            yield Problem(what, where, one_of(config.editors), repr(by), fix)


def _former_editors(workspace: Workspace) -> set[str]:
    """Collect the editors that the record knows: whoever has left is named as it stands."""
    return {name for record in workspace.ledger().records if isinstance(record, Rules) for name in record.editors}


def links_astray(
    folders: Folders, site: Path, base_url: str, texts: Iterable[Note | StandingPage]
) -> Iterator[Problem]:
    """Yield the links in the editors' texts that lead nowhere on a built site, and what only looks like a link.

    Args:
        folders: The newsletter's.
        site: The site, as it is now; only what a link leads to is looked at, and of other sites nothing is known.
        base_url: Where the site is served.
        texts: These.
    """
    seeming = re.compile(rf"[(<:]\s*<?((?:[/#]|{re.escape(base_url)})[^\s)>]*)")
    for text in texts:
        folder, route_of = (folders.notes, note_route) if isinstance(text, Note) else (folders.pages, page_route)
        fix_for = partial(_fix_for, f"{site}/", base_url, route_of(text.slug)[1:])
        # to parse all texts in every build would take too long
        if _NO_ADDRESS.search(text.text) or any(map(fix_for, {*seeming.findall(text.text)})):
            from claudes_corner import markup

            where = partial(_where, folders, folder / f"{text.slug}.md")
            for link in dict.fromkeys(markup.links(text.text, within_site=True)):
                if fix := fix_for(link):
                    yield Problem("a link leads nowhere on the site", where(link), found=repr(link), fix=fix)
            for link in dict.fromkeys(markup.no_links(text.text)):
                yield Problem("this is no link, and stands as it was typed", where(link), found=repr(link), fix=_WHOLE)


def _where(folders: Folders, path: Path, link: str) -> str:
    """Tell the file of a text and the first line of it where a link stands as it was typed, if one does."""
    typed = re.compile(rf"[(<:]\s*<?({re.escape(link)}|{re.escape(unquote(link))})(?:[\s)>]|$)", re.MULTILINE)
    with suppress(OSError):
        whole = path.read_text("utf-8", "replace")
        if found := typed.search(whole):
            line = whole.count("\n", 0, found.start(1)) + 1
            return f"{folders.relative(path)}:{line}"
    return folders.relative(path)


def _fix_for(site: str, base_url: str, page: str, link: str) -> str:
    """Say what to do about a link in a page; nothing, if it leads elsewhere or to what is there."""
    url = urljoin(base_url + page, base_url + link[1:] if link.startswith("/") else link)
    if not url.startswith(base_url):
        return ""
    path, _, place = url.removeprefix(base_url).partition("#")
    path = unquote(path.partition("?")[0])
    file, is_above = site + path, f"{posixpath.normpath(f'./{path}')}/".startswith("../")  # where no server leads
    if os.path.isdir(file):  # noqa: PTH112  (it raises nothing, whatever the name)
        file += "/index.html"
    if is_above or not os.path.isfile(file):  # noqa: PTH113
        return (not is_above and _near(site, path)) or "There is no such page: correct the link, or take it out."
    if place in {"", "top"} or not file.endswith(".html"):
        return ""
    ids = re.findall(' id="([^"]+)"', Path(file).read_text("utf-8", "replace"))
    fix = "The page is there, but has no such place: correct what follows '#'."
    return "" if unquote(place) in ids else suggest(place, ids) or fix


def _near(site: str, path: str) -> str:
    """Say which name was probably meant by the first part of an address that nothing on the site has."""
    parts = path.strip("/").split("/")
    for at, part in enumerate(parts):
        above = site + "/".join(parts[:at])
        if not os.path.exists(f"{above}/{part}"):  # noqa: PTH110
            names = os.listdir(above) if os.path.isdir(above) else ()  # noqa: PTH112, PTH208
            pages = {name for name in names if abs(len(name) - len(part)) <= _SLIP and not name.startswith(".")}
            rest = "/".join(parts[at + 1 :])
            return suggest(part, {name for name in pages if os.path.exists(f"{above}/{name}/{rest}".rstrip("/"))})  # noqa: PTH110
    return ""
