"""Lists that are too long for one page: how they are cut, and what a later entry touches of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from builders import publish_entry
from claudes_corner.site import listings, lists
from claudes_corner.site.builder import build
from claudes_corner.site.lists import SHEET, sheets_of
from claudes_corner.workspace import Workspace
from sites import Html, files, html_pages

A_SHEET = 2  # entries


@pytest.fixture
def five(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Publish five entries of one tag where a sheet has two."""
    for module in (lists, listings):
        monkeypatch.setattr(module, "SHEET", A_SHEET)
    workspace = builders.make_workspace(tmp_path / "newsletter")
    for number in range(1, 6):
        publish(workspace, number)
    build(workspace)
    return workspace


def publish(workspace: Workspace, number: int) -> None:
    publish_entry(
        workspace,
        f"# Sample {number}\n\nSAMPLE.",
        slug=f"sample-{number}",
        date=f"2026-01-0{number}T10:00:00Z",
        edition=f"2026-01-0{number}",
        tags=("sea",),
    )


def listed(page: Html) -> list[int]:
    return [int(link[1]) for address in page.addresses() if (link := re.fullmatch(r"/essays/sample-(\d)/", address[1]))]


def others(page: Html) -> list[str]:
    return [address for tag, address in page.addresses() if tag == "a" and re.match(r"/(tags|modes)/", address)]


@given(st.integers(0, 5 * SHEET), st.integers(1, 2 * SHEET))
def test_every_entry_stands_on_one_sheet_and_a_later_one_moves_none(many: int, more: int) -> None:
    entries = tuple(range(many, 0, -1))
    first, *sheets = sheets_of(entries)  # type: ignore[arg-type]
    assert first + sum(sheets, ()) == entries
    assert {len(sheet) for sheet in sheets} <= {SHEET}
    assert len(first) < 2 * SHEET
    assert len(first) >= SHEET or not sheets
    later = sheets_of((*range(many + more, many, -1), *entries))  # type: ignore[arg-type]
    assert later[len(later) - len(sheets) :] == sheets


def test_a_long_list_goes_on_from_sheet_to_sheet(five: Workspace) -> None:
    pages = html_pages(five.folders.site)
    for folder in ("tags/sea", "modes/minimal"):
        assert listed(pages[f"{folder}/index.html"]) == [5, 4, 3]
        assert listed(pages[f"{folder}/1/index.html"]) == [2, 1]
        assert f"/{folder}/1/" in others(pages[f"{folder}/index.html"])
        top, _, _ = pages[f"{folder}/index.html"].text.partition("Essay 5")
        assert re.search("newest 3 .*older ones", top), "it says at its top that it goes on"
        assert f"/{folder}/" in others(pages[f"{folder}/1/index.html"])
        assert "Essays 1 to 2 counted from the oldest" in pages[f"{folder}/1/index.html"].text
        assert f"{folder}/2/index.html" not in pages
    assert "/tags/sea/1/" in (five.folders.site / "sitemap.xml").read_text("utf-8")


def test_a_sheet_that_is_full_stays_as_it_is(five: Workspace, tmp_path: Path) -> None:
    publish(five, 6)
    written = build(five).written
    assert {"tags/sea/index.html", "tags/sea/2/index.html", "modes/minimal/2/index.html"} <= set(written)
    pages = html_pages(five.folders.site)
    assert [listed(pages[f"tags/sea/{sheet}index.html"]) for sheet in ("", "2/", "1/")] == [[6, 5], [4, 3], [2, 1]]
    publish(five, 7)
    written = build(five).written
    assert "tags/sea/index.html" in written
    assert not [path for path in written if re.match(r"(tags/sea|modes/minimal)/\d", path)]
    build(five, out=tmp_path / "clean", full=True)
    assert files(five.folders.site) == files(tmp_path / "clean")


def test_a_list_that_is_short_again_leaves_no_sheet(five: Workspace) -> None:
    for name in list(five.ledger().standings)[:2]:
        builders.change(five, name, tags=("moon",))
    build(five)
    pages = html_pages(five.folders.site)
    assert not (five.folders.site / "tags/sea/1").exists()
    assert listed(pages["tags/sea/index.html"]) == [5, 4, 3]


def all_years(workspace: Workspace, page: str) -> list[str]:
    """Build, and tell where the links to all years lead that a page of the archive begins with; the page's own is marked."""
    build(workspace)
    html = (workspace.folders.site / page / "index.html").read_text("utf-8")
    nav = html.partition('aria-label="All years">')[2].partition("</nav>")[0]
    return [f"{link}{'*' * bool(here)}" for link, here in re.findall('href="([^"]+)"( aria-current="page")?', nav)]


def test_an_archive_of_many_years_begins_with_links_to_all_of_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_in(year: int) -> None:
        publish_entry(workspace, f"# Sample {year}\n\nSAMPLE.", date=f"{year}-01-07T10:00:00Z", edition=f"{year}-01-07")

    for year in (2023, 2024, 2025):
        publish_in(year)
    assert all_years(workspace, "archive") == all_years(workspace, "archive/2023") == []
    publish_in(2026)
    assert all_years(workspace, "archive") == ["#y2026", "#y2025", "#y2024", "#y2023"]
    assert all_years(workspace, "archive/2024") == [
        *("/archive/2026/", "/archive/2025/", "/archive/2024/*", "/archive/2023/")
    ]
    monkeypatch.setattr(listings, "WHOLE_ARCHIVE", 3)  # entries; the others' years are pages of their own
    assert all_years(workspace, "archive") == ["#y2026", "/archive/2025/", "/archive/2024/", "/archive/2023/"]
