"""Modes, tags, the record, the rules of review, how to subscribe; and what machines are told."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from pathlib import Path
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest

import builders
import sites
from builders import publish_entry, reopen, tick, write_draft
from claudes_corner import ledger
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from sites import Html, html_pages

BASE_URL = "https://corner.example/"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def newsletter(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = sites.make_newsletter(tmp_path_factory.mktemp("public") / "newsletter")
    with workspace.writing() as pen:
        pen.record(
            ledger.Skipped,
            at=tick(workspace),
            id=None,
            by="corner",
            edition="2026-11-11",
            cause="SAMPLE: nobody was there",
        )
    build(workspace)
    return workspace


@pytest.fixture(scope="module")
def pages(newsletter: Workspace) -> dict[str, Html]:
    return html_pages(newsletter.folders.site)


def configured(workspace: Workspace, before: str, after: str) -> dict[str, Html]:
    """Build with a part of corner.toml exchanged."""
    toml = workspace.folders.root / "corner.toml"
    assert before in toml.read_text("utf-8")
    toml.write_text(toml.read_text("utf-8").replace(before, after), encoding="utf-8")
    build(reopen(workspace.folders.root))
    return html_pages(workspace.folders.site)


def linked(page: Html) -> list[str]:
    return [address for tag, address in page.addresses() if tag == "a"]


def test_nothing_on_these_pages_leads_nowhere_and_no_id_is_given_twice(newsletter: Workspace) -> None:
    assert sites.broken_links(newsletter.folders.site, BASE_URL) == []
    for path, page in html_pages(newsletter.folders.site).items():
        assert len(page.ids) == len(set(page.ids)), path


def test_a_mode_shows_its_words_its_sources_and_its_entries(pages: dict[str, Html]) -> None:
    page = pages["modes/past-entries/index.html"]
    assert "Before them the author is shown the author’s last" in page.text
    assert "/essays/again/" in linked(page)
    assert "/essays/the-week/" not in linked(page)
    assert "None has been published yet." in pages["modes/updates/index.html"].text


@pytest.mark.parametrize(
    "words", ['prompt = "SAMPLE{% if documents %}: go on.{% endif %}"', 'system = "SAMPLE {{ edition }}"']
)
def test_a_mode_whose_words_are_a_template_says_what_its_braces_are(workspace: Workspace, words: str) -> None:
    toml = workspace.folders.root / "corner.toml"
    asked = 'prompt = "These are notes from your editors. Write an essay."'
    kept = words if words.startswith("prompt") else f"{asked}\n{words}"
    toml.write_text(toml.read_text("utf-8").replace(asked, kept), encoding="utf-8")
    build(reopen(workspace.folders.root))
    pages = html_pages(workspace.folders.site)
    said = "What stands in braces is filled in for each request, and words change: How this was made , behind"
    assert said in pages["modes/updates/index.html"].text
    assert "braces" not in pages["modes/minimal/index.html"].text


def test_a_mode_that_has_left_the_settings_keeps_its_page(workspace: Workspace) -> None:
    publish_entry(workspace, mode="updates")
    toml = workspace.folders.root / "corner.toml"
    kept = re.sub(r"\[modes\.updates\].*?(?=\n\[(?!modes\.updates))", "", toml.read_text("utf-8"), flags=re.DOTALL)
    toml.write_text(kept, encoding="utf-8")
    build(reopen(workspace.folders.root))
    page = html_pages(workspace.folders.site)["modes/updates/index.html"]
    assert "This mode is no longer in use." in page.text


def test_a_tag_lists_its_entries(pages: dict[str, Html]) -> None:
    assert "/essays/on-tides-moons/" in linked(pages["tags/sea/index.html"])
    assert {"/tags/sea/", "/tags/time/", "/modes/minimal/"} <= set(linked(pages["essays/on-tides-moons/index.html"]))


def test_the_record_is_counted_from_the_ledger(newsletter: Workspace, pages: dict[str, Html]) -> None:
    events = [json.loads(line)["event"] for line in newsletter.folders.ledger.read_bytes().splitlines()]
    text = pages["record/index.html"].text
    for words, number in {
        "published": events.count("published") - events.count("withdrawn"),
        "withdrawn": events.count("withdrawn"),
        "written": events.count("written"),
        "set aside": events.count("set-aside"),
        "skipped": events.count("skipped"),
        "vetoed": 1,
        "privacy": 1,
    }.items():
        assert re.search(rf"\b{words} {number}\b", text), words
    assert f"in {events.count('requested')} requests" in text
    assert f"{len(events)} lines" in text


def test_the_timeline_says_what_became_of_every_draft_and_why_an_edition_was_skipped(pages: dict[str, Html]) -> None:
    text = pages["record/2026/index.html"].text
    assert "vetoed: privacy" in text
    assert "set aside: another was chosen" in text
    assert "withdrawn: the author asked" in text
    assert "skipped SAMPLE: nobody was there" in text
    assert "/essays/again/" in linked(pages["record/2026/index.html"])
    assert all(canary not in text for canary in sites.UNPUBLISHED)


def test_the_rules_of_review_stand_beneath_the_editors_own_words(pages: dict[str, Html]) -> None:
    text = pages["how-we-review/index.html"].text
    assert text.index("An editor reads every text.") < text.index("The rules as they are set")
    assert "the editors choose" in text
    assert "is a person’s act" in text
    assert "privacy" in text


def test_a_lone_editor_and_publishing_without_a_person_are_said(workspace: Workspace) -> None:
    toml = workspace.folders.root / "corner.toml"
    text = re.sub(r"\[editors\.(ben|eva)\]\n(?:[a-z].*\n)*", "", toml.read_text("utf-8"))
    text = re.sub(r"(approvals|vetoes) = \d", r"\1 = 1", text)
    toml.write_text(f"{text}\n[publish]\nunattended = true\n", encoding="utf-8")
    workspace = reopen(workspace.folders.root)
    assert len(workspace.config.editors) == 1
    build(workspace)
    said = html_pages(workspace.folders.site)["how-we-review/index.html"].text
    assert "This newsletter has one editor" in said
    assert "Going live is automatic" in said


def test_how_to_subscribe_gives_every_feeds_address_whole(newsletter: Workspace, pages: dict[str, Html]) -> None:
    page = pages["subscribe/index.html"]
    given = [button["data-address"] for button in page.all("button") if "data-address" in button]
    feeds = [
        path for path in sites.files(newsletter.folders.site) if path.endswith(("feed.xml", "atom.xml", "feed.json"))
    ]
    assert sorted(given) == sorted(BASE_URL + path for path in feeds)
    assert all("hidden" in button for button in page.all("button") if "data-address" in button)
    assert "By e-mail" not in page.text


def test_a_mail_services_form_is_linked_if_there_is_one(workspace: Workspace) -> None:
    page = configured(workspace, "[site]", '[site]\nsignup_url = "https://mail.example/form"')["subscribe/index.html"]
    assert "https://mail.example/form" in linked(page)


@pytest.mark.parametrize(
    ("choice", "said"), [("editors", "It was chosen from"), ("rotate", "It was its mode’s turn, among")]
)
def test_an_entry_says_who_chose_it_from_how_many_drafts(workspace: Workspace, choice: str, said: str) -> None:
    configured(workspace, "[review]", f'[review]\nchoice = "{choice}"')
    workspace = reopen(workspace.folders.root)
    write_draft(workspace, "# SAMPLE\n\nAnother.")
    publish_entry(workspace, slug="chosen")
    build(workspace)
    text = html_pages(workspace.folders.site)["essays/chosen/index.html"].text
    assert f"{said} 2 drafts of its edition." in text


# --- what machines are told -------------------------------------------------------------------------------------------


def data_of(newsletter: Workspace, path: str) -> dict[str, object]:
    raw = (newsletter.folders.site / path).read_text("utf-8")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', raw, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_an_entrys_data_names_a_machine_as_its_author(newsletter: Workspace) -> None:
    data = data_of(newsletter, "essays/on-tides-moons/index.html")
    assert data["@type"] == "BlogPosting"
    assert data["headline"] == "On Tides & moons"
    assert data["author"]["@type"] == "SoftwareApplication"
    assert data["author"]["softwareVersion"] == "claude-3-opus-20240229"
    assert data["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert data["datePublished"] == "2025-12-31T23:30:00Z"
    assert data["url"] == f"{BASE_URL}essays/on-tides-moons/"


def test_no_title_breaks_out_of_the_data(newsletter: Workspace) -> None:
    data = data_of(newsletter, "essays/hostile/index.html")
    assert data["headline"].startswith("<script>alert(1)</script>")


def test_the_sitemap_lists_every_page_once_and_says_when_entries_changed(newsletter: Workspace) -> None:
    root = ElementTree.fromstring((newsletter.folders.site / "sitemap.xml").read_bytes())
    listed = {url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod") for url in root}
    built = {sites.url_of(path, BASE_URL) for path in html_pages(newsletter.folders.site)} - {
        f"{BASE_URL}404.html",
        f"{BASE_URL}search/",
    }
    timelines = {url for url in built if re.search(r"/record/\d", url)}
    tombstones = {url for url in built if "/essays/taken-back/" in url}
    assert set(listed) == built - timelines - tombstones
    assert len(root) == len(listed)
    assert listed[f"{BASE_URL}essays/on-tides-moons/"] == "2025-12-31T23:30:00Z"
    assert all(dt.datetime.fromisoformat(changed) for changed in listed.values() if changed)


def test_robots_may_read_everything(newsletter: Workspace) -> None:
    robots = RobotFileParser()
    robots.parse((newsletter.folders.site / "robots.txt").read_text("utf-8").splitlines())
    assert robots.can_fetch("AnyBot", f"{BASE_URL}essays/ebb/")
    assert robots.site_maps() == [f"{BASE_URL}sitemap.xml"]


def test_what_html_may_not_hold_is_replaced_on_pages_and_kept_in_the_texts_own_file(newsletter: Workspace) -> None:
    site = newsletter.folders.site
    assert "\x1b[31m" in (site / "essays/hostile/essay.txt").read_text("utf-8")
    for path in html_pages(site):
        assert not re.search("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]", (site / path).read_text("utf-8")), path
    assert "\ufffd[31mred" in (site / "essays/hostile/index.html").read_text("utf-8")


def test_a_pages_policy_names_the_hash_of_its_data_and_allows_nothing_else_inline(newsletter: Workspace) -> None:
    raw = (newsletter.folders.site / "essays/ebb/index.html").read_text("utf-8")
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', raw, re.DOTALL)
    assert data
    digest = base64.b64encode(hashlib.sha256(data[1].encode()).digest()).decode()
    policy = html_pages(newsletter.folders.site)["essays/ebb/index.html"].all("meta")[1]["content"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe" not in policy


# --- what a change touches --------------------------------------------------------------------------------------------


def test_a_new_entry_touches_no_list_that_does_not_show_it(tmp_path: Path) -> None:
    workspace = sites.make_newsletter(tmp_path / "newsletter")
    build(workspace)
    publish_entry(workspace, "# SAMPLE\n\nNew.", slug="new", date="2026-11-25T10:00:00Z", edition="2026-11-25")
    written = set(build(workspace).written)
    for path in ("modes/news/index.html", "modes/news/feed.xml", "tags/sea/index.html", "record/2025/index.html"):
        assert path not in written
    for path in ("modes/minimal/index.html", "modes/minimal/feed.xml", "record/index.html", "record/2026/index.html"):
        assert path in written


def test_building_again_from_nothing_gives_the_same_bytes(tmp_path: Path) -> None:
    workspace = sites.make_newsletter(tmp_path / "newsletter")
    build(workspace)
    builders.change(workspace, "2025-12-31-minimal-ta01", tags=("moon",))
    build(workspace)
    build(workspace, out=tmp_path / "clean", full=True)
    assert sites.files(workspace.folders.site) == sites.files(tmp_path / "clean")
    assert not (workspace.folders.site / "tags/sea").exists()
