"""On paper and in narrow lines: what is folded on a screen is open, and no section is moved whole to the next page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from browsers import chromium
from builders import document, make_workspace, publish_entry, reopen
from claudes_corner.site.builder import build
from edits import replace
from static_server import serving

pytestmark = pytest.mark.browser
WIDE = {"width": 1280, "height": 900}
_SEEN = "all => all.filter(one => one.checkVisibility()).length"
_STYLES = "(all, name) => [...new Set(all.map(one => getComputedStyle(one)[name]))]"


@pytest.fixture(scope="module", params=["corner", "plain"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page behind an entry that was asked for with a long document."""
    root: Path = tmp_path_factory.mktemp("newsletter")
    workspace = make_workspace(root)
    replace(root / "corner.toml", "[site]", f'[site]\ntheme = "{request.param}"')
    publish_entry(workspace, "# SAMPLE\n\nText.", context=(document("SAMPLE. " * 400),), slug="sample")
    with serving(root / "site") as address, chromium() as browser:
        build(reopen(root), base_url=address)
        page = browser.new_page(viewport=WIDE)
        page.goto(f"{address}essays/sample/making/")
        yield page


def test_a_dot_between_two_facts_stays_at_the_first_where_a_line_breaks(page: Page) -> None:
    facts = page.locator(".meta:not(.side) > *")
    assert facts.count() == 3

    def has_dot(place: str) -> list[bool]:
        return facts.evaluate_all(f"all => all.map(one => getComputedStyle(one, '::{place}').content.includes('·'))")

    assert has_dot("before") == [False, False, False]
    assert has_dot("after") == [True, True, False]


def test_what_was_sent_is_shown_to_the_letter_line_feeds_at_its_beginning_too(page: Page, tmp_path: Path) -> None:
    """HTML takes the first line feed of a `pre` for none of its own (HTML standard, § The pre element)."""
    workspace = make_workspace(tmp_path)
    publish_entry(workspace, "# SAMPLE\n\nText.", context=(("\n\n  SAMPLE.\n", document("SAMPLE.")[1]),), slug="sample")
    assert page.context.browser
    with serving(tmp_path / "site") as address, page.context.browser.new_page() as other:
        build(reopen(tmp_path), base_url=address)
        transcript = other.request.get(f"{address}essays/sample/transcript.json").json()
        other.goto(f"{address}essays/sample/making/")
        blocks = other.locator("section[aria-labelledby=prompt] pre")
        shown = blocks.evaluate_all("all => all.map(one => one.textContent)")
    sent = [block["text"] for turn in transcript["exchanges"][0]["request"]["messages"] for block in turn["content"]]
    assert sent[0].startswith("\n\n")
    assert shown == sent


def test_what_is_folded_on_a_screen_is_open_on_paper(page: Page) -> None:
    folded = page.locator("details > :is(pre, code)")
    assert folded.count() == 6
    page.emulate_media(media="screen")
    assert folded.evaluate_all(_SEEN) == 0
    page.emulate_media(media="print")
    assert folded.evaluate_all(_SEEN) == folded.count()


def test_text_keeps_clear_of_the_papers_edge(page: Page) -> None:
    rules = "[...document.styleSheets].flatMap(one => [...one.cssRules]).filter(one => one instanceof CSSPageRule)"
    assert page.evaluate(f"{rules}.map(one => one.style.margin)") == ["18mm"]


def test_no_rows_of_a_page_are_bound_together_on_paper(page: Page) -> None:
    page.emulate_media(media="print")
    assert page.locator(".chain section > .frame").evaluate_all(_STYLES, "display") == ["block"]
    assert page.locator(".pairs > div > dt").evaluate_all(_STYLES, "breakAfter") == ["auto"]
