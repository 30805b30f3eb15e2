"""The editors' own texts: when notes are dated, where links lead, and which pages the menu shows."""

from __future__ import annotations

import re

import pytest

import builders
from builders import publish_entry, reopen
from claudes_corner.folders import Folders
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from commands import corner

WHERE = "content/notes/a-note.md:9: a link leads nowhere on the site"
NO_PAGE = "There is no such page: correct the link, or take it out."
NO_PLACE = "The page is there, but has no such place: correct what follows '#'."
LINKS = {
    "/essays/typo/": NO_PAGE,
    "/essays/tide": "Did you mean 'tides'?",
    "/essays/tide/making/": "Did you mean 'tides'?",
    "/essays/tide/essay.txt": "Did you mean 'tides'?",
    "/essays/tide/no-such-file": NO_PAGE,
    "/Abuot/": "Did you mean 'about'?",
    "/essays/tides/makin/": "Did you mean 'making'?",
    "/abo%C3%BCt/": "Did you mean 'about'?",
    "/essays/tides/essay.txt/": NO_PAGE,
    "/essays/": NO_PAGE,
    "#no-such-heading": NO_PLACE,
    "#on-dates": "Did you mean 's-on-dates'?",
    "/about/#s-why-not": "Did you mean 's-why'?",
    "/../etc/": NO_PAGE,
    "/../corner.toml": NO_PAGE,  # there is such a file, and no server leads to it
    "/%2e%2e/corner.toml": NO_PAGE,
    "https://corner.example/about/../../corner.toml": NO_PAGE,
    "/about/../feed.xml": "",
    f"/{'a' * 300}/": NO_PAGE,
    "/%00": NO_PAGE,
    "https://corner.example/essays/typo/": NO_PAGE,
    "/essays/tides/": "",
    "/essays/tides": "",  # a server leads on
    "/essays/tides/essay.txt#s-any": "",
    "/essays/moved-away/": "",
    "/": "",
    "/archive/?from=note#y2026": "",
    "/about/#s-why": "",
    "#s-on-dates": "",
    "#top": "",
    "https://corner.example/about/": "",
    "https://elsewhere.example/essays/typo/": "",
    "mailto:ada@corner.example": "",
}


def write_note(folders: Folders, text: str, slug: str = "a-note") -> None:
    note = f"---\ntitle: SAMPLE\ndate: 2026-11-20\nby: ada\n---\n\n## On dates\n\n{text}\n"
    (folders.notes / f"{slug}.md").write_text(note, encoding="utf-8")


def write_page(folders: Folders, slug: str, text: str = "SAMPLE", head: str = "") -> None:
    (folders.pages / f"{slug}.md").write_text(f"---\ntitle: {slug}\n{head}---\n\n{text}\n", encoding="utf-8")


@pytest.mark.parametrize("link", LINKS)
def test_a_link_of_the_editors_that_leads_nowhere_is_said(workspace: Workspace, link: str) -> None:
    moved = publish_entry(workspace, "# Tides\n\nSAMPLE.", slug="moved-away")
    builders.change(workspace, moved, slug="tides")
    write_page(workspace.folders, "about", "## Why")
    write_note(workspace.folders, f"A [link]({link}), one [more][it], and `[code](/not/a/link/)`.\n\n[it]: {link}")

    astray = build(reopen(workspace.folders.root)).astray

    assert astray == ((f"{WHERE} (found {link!r}). {LINKS[link]}",) if LINKS[link] else ())


@pytest.mark.parametrize(
    "link", ["../about/", "about.md", "www.example.org", "//host.example/x", "ftp://host.example/"]
)
def test_what_only_looks_like_a_link_is_said(workspace: Workspace, link: str) -> None:
    write_note(workspace.folders, f"SAMPLE, [a link]({link}) and `[code](../x/)`, *[another]({link})*, [home](/).")
    page = "this is no link, and stands as it was typed"
    fix = "Write an address of this site from its first slash, such as /about/, or a whole one: https://…"
    said = f"content/notes/a-note.md:9: {page} (found {link!r}). {fix}"
    assert build(reopen(workspace.folders.root)).astray == (said,)
    assert f"[a link]({link})" in (workspace.folders.site / "notes/a-note/index.html").read_text("utf-8")


def test_links_that_lead_nowhere_stop_no_build_and_are_said_by_each_one_and_by_doctor(workspace: Workspace) -> None:
    folders = workspace.folders
    publish_entry(workspace)
    write_note(folders, "[a page](/plans/)")
    write_page(folders, "about", "![a picture](/pictures/sea.jpg)")
    said = [
        f"content/notes/a-note.md:9: a link leads nowhere on the site (found '/plans/'). {NO_PAGE}",
        f"content/pages/about.md:5: a link leads nowhere on the site (found '/pictures/sea.jpg'). {NO_PAGE}",
    ]
    for _ in range(2):  # the second has nothing to do
        done = corner("-C", folders.root, "build")
        assert (done.code, done.err.splitlines()) == (0, [f"corner: {line}" for line in said])
    doctor = corner("-C", folders.root, "doctor").out.splitlines()
    assert [line for line in doctor if "links: " in line] == [f"look  links: {line}" for line in said]

    write_page(folders, "plans")  # the note itself is as it was
    done = corner("-C", folders.root, "build")
    assert done.err.splitlines() == [f"corner: {said[1]}"]
    (folders.pages / "plans.md").unlink()
    assert corner("-C", folders.root, "build").err.splitlines() == [f"corner: {line}" for line in said]


def test_links_are_looked_for_under_the_path_that_the_site_is_served_at(workspace: Workspace) -> None:
    write_page(workspace.folders, "about", "[x](/about/) [y](https://a.example/b/about/) [z](https://a.example/b/no/)")
    (found,) = build(workspace, base_url="https://a.example/b/").astray
    assert "(found 'https://a.example/b/no/')" in found


def test_a_link_that_leads_nowhere_is_said_with_the_first_line_that_has_it(workspace: Workspace) -> None:
    text = "See /plan/ and\n[plan/b](/plan/b/),\n\n[a]: </plan/>\n[b]: /two%20words\n\n[a] [b] [x](</two words>)"
    write_note(workspace.folders, text)
    said = build(reopen(workspace.folders.root)).astray
    places = {line.split("'")[1]: line.split(": ")[0] for line in said}
    assert places == {
        "/plan/b/": "content/notes/a-note.md:10",
        "/plan/": "content/notes/a-note.md:12",
        "/two%20words": "content/notes/a-note.md:13",
    }


def menu(workspace: Workspace) -> list[str]:
    """Build, and tell where the menu leads, on an old page and on a new one, but for the archive."""
    site = workspace.folders.site
    build(reopen(workspace.folders.root))
    pages = (site / "index.html", site / "about/index.html")
    navs = (page.read_text("utf-8").partition('aria-label="Site">')[2].partition("</nav>")[0] for page in pages)
    (nav,) = {tuple(re.findall('href="([^"]+)"', one)) for one in navs}
    return list(nav[1:])


def test_pages_stand_in_the_menu_by_their_order_and_only_those_that_are_to(workspace: Workspace) -> None:
    write_page(workspace.folders, "about")
    write_page(workspace.folders, "zine")
    assert menu(workspace) == ["/about/", "/how-we-review/", "/subscribe/", "/zine/"]
    for slug, head in {
        "zine": "order: 2\n",
        "subscribe": "order: -1\n",
        "about": "order: 10\n",
        "colophon": "",
        "imprint": "menu: false\n",
        "how-we-review": "order: 3\nmenu: false\n",
    }.items():
        write_page(workspace.folders, slug, head=head)
    assert menu(workspace) == ["/subscribe/", "/zine/", "/about/", "/colophon/"]
    assert "/imprint/</loc>" in (workspace.folders.site / "sitemap.xml").read_text("utf-8")
    assert (workspace.folders.site / "imprint/index.html").is_file()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("order: first", "content/pages/about.md:3 (expected a whole number, found 'first')"),
        ("order: 1.5", "content/pages/about.md:3 (expected a whole number, found '1.5')"),
        ("menu: no", "content/pages/about.md:3 (expected true or false, found 'no')"),
    ],
)
def test_an_order_or_menu_that_is_none_stops_the_build(workspace: Workspace, line: str, expected: str) -> None:
    write_page(workspace.folders, "about", head=f"{line}\n")
    done = corner("-C", workspace.folders.root, "build")
    key, where = line.partition(":")[0], expected.partition(" ")
    said = f"corner: {where[0]}: front matter key {key!r} does not fit {where[2]}"
    assert (done.code, done.err.splitlines()) == (1, [said])


def test_notes_of_one_day_stand_in_the_order_of_their_hours_in_the_newsletters_time(workspace: Workspace) -> None:
    dates = {"b": "2026-07-20", "c": "2026-07-20 09:00", "a": "2026-07-20 18:30", "d": "2026-07-20T17:29:00Z"}
    for slug, date in dates.items():
        note = f"---\ntitle: SAMPLE\ndate: {date}\nby: ada\n---\n\nSAMPLE\n"
        (workspace.folders.notes / f"{slug}.md").write_text(note, encoding="utf-8")
    build(workspace)
    site = workspace.folders.site
    for page in ("notes/index.html", "notes/feed.xml", "index.html"):
        text = (site / page).read_text("utf-8")
        assert list(dict.fromkeys(re.findall("/notes/([abcd])/", text)))[:3] == ["a", "d", "c"], page
    assert "<pubDate>Mon, 20 Jul 2026 17:30:00 +0000</pubDate>" in (site / "notes/feed.xml").read_text("utf-8")
    assert "20 July 2026" in (site / "notes/b/index.html").read_text("utf-8")
