"""Edits of a newsletter and of what was built from it, each by a number, and what every build must come to after them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import builders
import sites
from builders import publish_entry, reopen, write_draft
from claudes_corner.review.letters import show_to_readers
from claudes_corner.schedule import parse_instant
from claudes_corner.site.builder import build
from claudes_corner.site.marker import MARKER
from claudes_corner.workspace import Workspace
from correspondence import ANSWERED, LETTER, correspond
from sites import files, footprints

Edit = Callable[[Workspace, int], None]


def replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


def _setting(old: str, new: Callable[[int], str]) -> Edit:
    """Change what follows `old` on its line of corner.toml."""

    def edit(workspace: Workspace, number: int) -> None:
        path = workspace.folders.root / "corner.toml"
        lines = [old + new(number) if line.startswith(old) else line for line in path.read_text("utf-8").split("\n")]
        path.write_text("\n".join(lines), encoding="utf-8")

    return edit


def publish(workspace: Workspace, number: int) -> None:
    publish_entry(
        workspace,
        f"# Essay {number}\n\nText *{number}*.",
        mode=("minimal", "news")[number % 2],
        slug=f"essay-{len(workspace.ledger().standings)}",
        date=f"{2024 + number % 3}-11-{10 + number % 18}T09:00:00Z",
        edition=f"2026-11-{10 + number % 18}",
    )


def _write_draft(workspace: Workspace, number: int) -> None:
    draft_id = write_draft(workspace, f"Draft {number}")
    if number % 3 == 1:
        builders.set_aside(workspace, draft_id)
    elif number % 3 == 2:
        builders.veto(workspace, draft_id)


def _published(workspace: Workspace) -> list[str]:
    return [s.id for s in workspace.ledger().standings.values() if s.status == "published"]


def _move(workspace: Workspace, number: int) -> None:
    if live := _published(workspace):
        builders.change(workspace, live[number % len(live)], slug=f"moved-{len(workspace.ledger().records)}")


def _tag(workspace: Workspace, number: int) -> None:
    if live := _published(workspace):
        builders.change(workspace, live[number % len(live)], tags=(f"tag-{number}",))


def _date_anew(workspace: Workspace, number: int) -> None:
    if live := _published(workspace):
        builders.change(workspace, live[number % len(live)], date=f"{2024 + number % 3}-12-0{1 + number % 9}T09:00:00Z")


def _withdraw(workspace: Workspace, number: int) -> None:
    if live := _published(workspace):
        builders.withdraw(workspace, live[number % len(live)])


def _write_note(workspace: Workspace, number: int) -> None:
    note = f"---\ntitle: Note {number}\ndate: 2026-11-{10 + number % 18}\nby: ada\n---\n\nNote {number}.\n"
    (workspace.folders.notes / f"note-{number % 3}.md").write_text(note, encoding="utf-8")


def _remove_note(workspace: Workspace, number: int) -> None:
    (workspace.folders.notes / f"note-{number % 3}.md").unlink(missing_ok=True)


def _write_page(workspace: Workspace, number: int) -> None:
    place = f"order: {number % 5}\nmenu: {'true' if number % 3 else 'false'}\n"
    page = f"---\ntitle: Page {number % 2}\n{place}---\n\nPage {number}. [Feed](/feed.xml)\n"
    (workspace.folders.pages / f"page-{number % 3}.md").write_text(page, encoding="utf-8")


def _remove_page(workspace: Workspace, number: int) -> None:
    (workspace.folders.pages / f"page-{number % 3}.md").unlink(missing_ok=True)


def own_theme(workspace: Workspace, part: str) -> Path:
    folder = workspace.folders.root / "themes/corner" / part
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _change_template(workspace: Workspace, number: int) -> None:
    template = (
        '{% extends "base.html" %}{% block main %}{{ site.authors | join(", ") }}: '
        f'{{% include "parts/line.html" %}} {number}'
        "{% if newest %}{{ newest.title }} from {{ newest.drafts }} by {{ newest.approved_by | join }}"
        "{{ newest.tags | join }}{% endif %}{% endblock %}\n"
    )
    (own_theme(workspace, "templates") / "home.html").write_text(template, encoding="utf-8")
    change_partial(workspace, number)


def change_partial(workspace: Workspace, number: int) -> None:
    (own_theme(workspace, "templates/parts") / "line.html").write_text(f"line {number}\n", encoding="utf-8")


def _link_partials(workspace: Workspace, number: int) -> None:
    """Let the parts of templates stand in a folder elsewhere, behind a link."""
    parts, shared = own_theme(workspace, "templates") / "parts", workspace.folders.root / "shared"
    shared.mkdir(exist_ok=True)
    if not parts.is_symlink():
        shutil.rmtree(parts, ignore_errors=True)
        parts.symlink_to("../../../shared")
    change_partial(workspace, number)


def _remove_template(workspace: Workspace, number: int) -> None:
    (own_theme(workspace, "templates") / "home.html").unlink(missing_ok=True)


def _change_style(workspace: Workspace, number: int) -> None:
    (own_theme(workspace, "static") / "style.css").write_text(f"/* {number} */\n", encoding="utf-8")


def _swap_authors(workspace: Workspace, number: int) -> None:
    """Let the authors stand in another order."""
    path = workspace.folders.root / "corner.toml"
    head, opus, small, rest = _split(path.read_text("utf-8"))
    path.write_text(head + small + opus + rest, encoding="utf-8")


def _split(toml: str) -> tuple[str, str, str, str]:
    first, second = sorted((toml.index("[authors.opus-3]"), toml.index("[authors.small]")))
    end = toml.index("[editors.ada]")
    return toml[:first], toml[first:second], toml[second:end], toml[end:]


def _let_an_author_stand_aside(workspace: Workspace, number: int) -> None:
    """Let an author be one who writes what is published here, or not."""
    replace(workspace.folders.root / "corner.toml", *(f"publishable = {is_one}".lower() for is_one in _turned(number)))


def _turned(number: int) -> tuple[bool, bool]:
    return (True, False) if number % 2 else (False, True)


def _show_letters(workspace: Workspace, number: int) -> None:
    """Let readers see a letter and its answer, or no longer."""
    letters = workspace.ledger().letters
    if not letters:
        correspond(workspace)
        return
    now = max(builders.NOW, parse_instant(workspace.ledger().records[-1].at))
    is_public = letters[ANSWERED].public
    show_to_readers(workspace, LETTER, letters[ANSWERED].text_sha256, "ben", now, public=not is_public)


def _turn_file_into_folder(workspace: Workspace, number: int) -> None:
    """Let a static file be a folder, or a folder a file."""
    place = own_theme(workspace, "static") / "icon"
    if place.is_dir():
        shutil.rmtree(place)
        place.write_text(f"icon {number}", encoding="utf-8")
    else:
        place.unlink(missing_ok=True)
        place.mkdir()
        (place / "small.txt").write_text(f"icon {number}", encoding="utf-8")


def _delete_cache(workspace: Workspace, number: int) -> None:
    shutil.rmtree(workspace.folders.cache, ignore_errors=True)


def _damage_memory(workspace: Workspace, number: int) -> None:
    for path in (workspace.folders.cache / "builds").glob("*.*"):  # facts, seal, HTML of texts
        content = path.read_bytes()
        path.write_bytes((content[: len(content) // 2], b"\xff" + content, b"[]", b"")[number % 4])


def built_files(workspace: Workspace) -> list[Path]:
    site = workspace.folders.site
    return sorted(path for path in site.rglob("*") if path.is_file() and path.name != MARKER)


def _damage_output(workspace: Workspace, number: int) -> None:
    """Change a byte of a built file, as a disk does that forgets: its size stays."""
    if built := built_files(workspace):
        path = built[number % len(built)]
        content = path.read_bytes()
        before = path.stat().st_mtime_ns
        while path.stat().st_mtime_ns == before:  # the file system's clock may be slower than we are
            path.write_bytes(content[:-1] + b"?")


def _delete_output(workspace: Workspace, number: int) -> None:
    if built := built_files(workspace):
        built[number % len(built)].unlink()


def _delete_site(workspace: Workspace, number: int) -> None:
    shutil.rmtree(workspace.folders.site, ignore_errors=True)


def damage_marker(workspace: Workspace, number: int) -> None:
    """Lose the marker's list: what was built before and is no longer part of the site would now be a stranger's."""
    if (marker := workspace.folders.site / MARKER).exists():
        damaged = (b"", b"{", b'{"files": 7}', b'{"files": [7, null]}', b'{"files": ' + b"[" * 100_000)
        marker.write_bytes(damaged[number % len(damaged)])


EDITS: dict[str, Edit] = {
    "publish an entry": publish,
    "write a draft": _write_draft,
    "move an entry": _move,
    "tag an entry": _tag,
    "date an entry anew": _date_anew,
    "withdraw an entry": _withdraw,
    "write a note": _write_note,
    "remove a note": _remove_note,
    "write a page": _write_page,
    "remove a page": _remove_page,
    "change the title": _setting("title = ", lambda n: f'"Corner {n}"'),
    "change the disclaimer": _setting("disclaimer = ", lambda n: f'"It\'s not Anthropic\'s view, \\"{n}\\" & <so>."'),
    "change the description": _setting("description = ", lambda n: f'"Essays {n}."'),
    "change the time zone": _setting("timezone = ", lambda n: ('"Asia/Tokyo"', '"Europe/London"')[n % 2]),
    "change the address": _setting("base_url = ", lambda n: f'"https://corner.example/{"" if n % 2 else "x/"}"'),
    "change a mode's label": _setting('label = "M', lambda n: f'inimal {n}"'),
    "change an editor's name": _setting('name = "Ada', lambda n: f' {n}"'),
    "change an author's words": _setting('about = "A model', lambda n: f' {n}."'),
    "let authors change places": _swap_authors,
    "let an author stand aside": _let_an_author_stand_aside,
    "show letters": _show_letters,
    "change a template": _change_template,
    "change a part of a template": change_partial,
    "put parts behind a link": _link_partials,
    "remove a template": _remove_template,
    "change the style": _change_style,
    "turn a file into a folder": _turn_file_into_folder,
    "delete the cache": _delete_cache,
    "damage the memory": _damage_memory,
    "damage a built file": _damage_output,
    "delete a built file": _delete_output,
    "delete the site": _delete_site,
}
_numbers = itertools.count(1)


def make_beginning(root: Path) -> Path:
    """Make a small newsletter, to be copied and edited; never built, but for its templates, which are compiled."""
    workspace = builders.make_workspace(root)
    sites.write_pages(workspace)
    for number in range(3):
        publish(workspace, number)
    build(workspace, out=workspace.folders.root.with_name("site"))
    shutil.rmtree(workspace.folders.cache / "builds")
    return workspace.folders.root


def assert_as_if_built_anew(root: Path, beside: Path) -> None:
    """Build, and compare with a clean build of a copy that has neither memory nor site; then build again."""
    build(reopen(root))
    assert_clean(root, beside)
    before = footprints(root / "site")
    again = build(reopen(root))
    assert (again.written, again.removed, again.reasons, again.strangers) == ((), (), (), ())
    assert footprints(root / "site") == before


def assert_clean(root: Path, beside: Path) -> None:
    """Compare a site with a clean build of a copy that has neither memory nor site."""
    clean = beside / f"clean-{next(_numbers)}"
    shutil.copytree(root, clean, ignore=shutil.ignore_patterns("builds", "site"))
    build(reopen(clean))
    found, expected = files(root / "site"), files(clean / "site")
    assert set(found) == set(expected)
    assert [path for path in expected if found[path] != expected[path]] == []
    shutil.rmtree(clean)
