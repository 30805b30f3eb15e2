"""Search: what can be found, and how a reader finds it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import builders
import sites
from builders import make_workspace, publish_entry, reopen
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from static_server import serving

SIGNS = """

## Its *ebb*

> Of [a moon](https://moon.example/phase_(new)) and `snake_case`[^1], a \\* [bracket] and 2 * 3.

| low | high |
|-----|------|
| one | two  |

[^1]: The footnote."""
WIND = "風が吹く、" * 50
WORDS = "Its ebb Of a moon and snake_case, a * [bracket] and 2 * 3. low high one two The footnote."


def texts(workspace: Workspace, year: int) -> dict[str, dict[str, Any]]:
    found = json.loads((workspace.folders.site / f"search/{year}.json").read_bytes())
    assert found["disclaimer"] == workspace.config.site.disclaimer
    return {text["route"]: text for text in found["texts"]}


def make(root: Path) -> Workspace:
    """A newsletter with entries of two years, modes and scripts, and a note."""
    workspace = make_workspace(root)
    sites.write_pages(workspace)
    fields: dict[str, Any] = {"slug": "tides", "tags": ("sea",)}
    publish_entry(
        workspace,
        f"# On Tides\n\nThe *tide* does not argue. {'And so on. ' * 30}It is <b>café</b> & sea.{SIGNS}",
        **fields,
    )
    publish_entry(
        workspace,
        "Of the moon, and of no tide; it isn't the year’s first.",
        slug="moon",
        mode="news",
        draft_id="2025-06-04-news-aa01",
        edition="2025-06-04",
        date="2025-06-04T08:00:00Z",
    )
    publish_entry(
        workspace,
        f"# 潮\n\n潮は岸と争わない。{WIND}鳥が鳴く、{WIND} 雨 月が出る、{WIND}",
        slug="shio",
        draft_id="2026-12-02-minimal-aa02",
        edition="2026-12-02",
        date="2026-12-02T08:00:00Z",
    )
    return reopen(root)


def test_entries_and_notes_can_be_found_by_the_words_that_their_pages_show(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    build(workspace)
    this_year = texts(workspace, 2026)
    assert list(this_year) == ["/essays/shio/", "/essays/tides/", "/notes/a-change/", "/notes/welcome/"]
    tides = this_year["/essays/tides/"]
    assert tides["text"].startswith("The tide does not argue. And so on.")
    assert tides["text"].endswith(f"It is <b>café</b> & sea. {WORDS}")
    assert this_year["/notes/welcome/"]["text"] == "See how we review."
    assert (tides["title"], tides["mode"], tides["by"]) == ("On Tides", "minimal", "Claude Opus 3")
    assert (tides["date"], tides["long_date"], tides["language"]) == ("2026-11-25", "25 November 2026", "")
    assert this_year["/essays/shio/"]["language"] == "ja"
    assert (this_year["/notes/welcome/"]["mode"], this_year["/notes/welcome/"]["by"]) == ("notes", "Ada Byron")
    assert list(texts(workspace, 2025)) == ["/essays/moon/"]


def test_a_withdrawn_text_cannot_be_found(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    build(workspace)
    builders.withdraw(workspace, "2025-06-04-news-aa01")
    built = build(reopen(tmp_path))
    assert "search/2025.json" in built.removed
    assert "2025" not in (workspace.folders.site / "search/index.html").read_text("utf-8").partition("<main")[2]


def test_a_newsletter_may_do_without_search_and_then_nothing_leads_to_it(tmp_path: Path) -> None:
    workspace = make(tmp_path / "newsletter")
    build(workspace)
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[site]\n", "[site]\nsearch = false\n", 1), encoding="utf-8")
    workspace = reopen(workspace.folders.root)

    assert {"search/index.html", "search/2026.json"} <= set(build(workspace).removed)

    pages = {path: raw for path, raw in sites.files(workspace.folders.site).items() if path.endswith((".html", ".xml"))}
    assert [path for path, raw in pages.items() if b"/search/" in raw] == []
    assert sites.broken_links(workspace.folders.site, workspace.config.site.base_url) == []
    build(workspace, out=tmp_path / "clean")
    assert sites.files(workspace.folders.site) == sites.files(tmp_path / "clean")


def test_an_entry_touches_the_texts_of_its_own_year_only(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    build(workspace)
    publish_entry(workspace, "# Ebb\n\nIt goes.", draft_id="2026-12-09-minimal-aa03", edition="2026-12-09")
    written = build(reopen(tmp_path)).written
    assert [path for path in written if path.startswith("search/")] == ["search/2026.json"]


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("newsletter")
    with serving(root / "site") as base_url:
        build(make(root), base_url=base_url)
        yield base_url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    wrong: list[str] = []
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.on("console", lambda line: wrong.append(line.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(address) else wrong.append(r.url))
    yield page
    page.close()
    assert wrong == []


def found(page: Page) -> list[str]:
    return page.locator(".found a").all_inner_texts()


@pytest.mark.browser
def test_a_reader_finds_essays_and_notes_by_words_mode_and_year_with_the_keyboard_alone(
    page: Page, address: str
) -> None:
    page.goto(address)
    page.get_by_role("link", name="Search").first.press("Enter")
    box = page.get_by_role("searchbox", name="Words to look for")
    box.press_sequentially("tid")
    status = page.get_by_role("status")
    expect(status).to_have_text("2 texts hold “tid”.")
    assert found(page) == ["On Tides", "4 June 2025"]
    page.get_by_label("Year").select_option("2025")
    expect(status).to_have_text("One text holds “tid”.")
    assert page.url == f"{address}search/?q=tid&year=2025"
    page.reload()
    expect(status).to_have_text("One text holds “tid”.")
    page.get_by_label("Year").select_option("")
    expect(page.locator(".found a")).to_have_count(2)
    page.get_by_label("Mode").select_option("Minimal prompt")
    expect(page.locator(".found a")).to_have_count(1)
    page.locator(".found a").press("Enter")
    expect(page.locator("h1")).to_have_text("On Tides")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("words", "titles", "marked"),
    [
        ("cafe", ["On Tides"], ["café"]),  # whatever the accents
        ("argue tide", ["On Tides"], ["tide", "argue"]),  # all of the words
        ("争わない", ["潮"], ["潮は岸と争わない"]),  # in scripts without spaces
        ("鳴く", ["潮"], ["鳥が鳴く"]),  # far from any space
        ("出る", ["潮"], ["月が出る"]),  # the last space is before it
        ("<b>tag", ["A change"], ["b", "tag"]),
        ("isn’t year's", ["4 June 2025"], ["isn't", "year’s"]),  # whatever the apostrophe, which phones choose
        ("nowhere", [], []),
    ],
)
def test_what_is_found_is_shown_with_its_words_as_text(
    page: Page, address: str, words: str, titles: list[str], marked: list[str]
) -> None:
    page.goto(f"{address}search/")
    page.get_by_role("searchbox").fill(words)
    expect(page.get_by_role("status")).to_contain_text(f"hold{'s' * (len(titles) == 1)} “{words}”")
    assert found(page) == titles
    assert set(page.locator(".found mark").all_inner_texts()) == set(marked)
    assert page.locator(".found b").count() == 0


@pytest.mark.browser
def test_what_holds_no_word_is_not_said_to_stand_in_no_text(page: Page, address: str) -> None:
    page.goto(f"{address}search/")
    page.get_by_role("searchbox").fill("☂ “…”")
    expect(page.get_by_role("status")).to_have_text("“☂ “…”” holds no word to look for.")
    assert found(page) == []


@pytest.mark.browser
def test_where_no_text_could_be_loaded_none_is_said_to_lack_a_word(browser: Browser, address: str) -> None:
    with browser.new_page() as page:
        page.route("**/search/20*.json", lambda route: route.abort())
        page.goto(f"{address}search/?q=tide")
        expect(page.get_by_role("status")).to_have_text("The texts could not be loaded. Try again.")
        page.unroute("**/search/20*.json")
        page.get_by_role("searchbox").press("Enter")
        expect(page.get_by_role("status")).to_have_text("2 texts hold “tide”.")
        page.route("**/search/2025.json", lambda route: route.abort())
        page.goto(f"{address}search/?q=tide")
        expect(page.get_by_role("status")).to_have_text(
            "One text holds “tide”. Some texts could not be loaded. Try again."
        )


@pytest.mark.browser
def test_an_excerpt_shows_words_and_none_of_markdowns_signs(page: Page, address: str) -> None:
    page.goto(f"{address}search/?q=moon+footnote")
    expect(page.locator(".found .excerpt")).to_have_text(re.compile(re.escape(WORDS)))


@pytest.mark.browser
def test_without_javascript_the_search_page_offers_the_archive(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{address}search/")
    assert "Searching needs JavaScript" in (page.locator("noscript p").text_content() or "")
    expect(page.get_by_role("searchbox")).to_have_count(0)
    assert page.locator("main a").get_attribute("href") == "/archive/"
    page.close()
