"""What readers and feed readers find where an entry was withdrawn or has moved."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from builders import TEXT, change, publish_entry, reopen, tree, withdraw
from claudes_corner.errors import BuildError
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from edits import assert_clean, own_theme, replace
from sites import Html, broken_links

DRAFT = "2026-11-25-minimal-k3v9"
BASE_URL = "https://corner.example/"
REASON = 'a <b>reader</b> asked & "we" agreed'


@pytest.fixture
def site(workspace: Workspace) -> Path:
    """A site with an entry that stays, and one that moved and was then withdrawn."""
    publish_entry(workspace, "# It Stays", draft_id="2026-11-18-minimal-0000", date="2026-11-18T09:00:00Z")
    publish_entry(workspace, draft_id=DRAFT, title="Canary Title", slug="tides")
    build(workspace)
    change(workspace, DRAFT, slug="ebb")
    withdraw(workspace, DRAFT, "ben", reason=REASON)
    build(workspace)
    return workspace.folders.site


def test_no_word_of_a_withdrawn_text_is_left_in_the_site(site: Path) -> None:
    for path, content in tree(site).items():
        assert TEXT.encode() not in content, path
        assert b"The tide does not argue" not in content, path
        assert b"Canary Title" not in content, path


@pytest.mark.parametrize("path", ["essays/ebb/index.html", "essays/ebb/making/index.html"])
def test_a_tombstone_says_when_by_whom_and_why(site: Path, path: str) -> None:
    page = Html((site / path).read_bytes())
    assert "This essay was withdrawn" in page.text
    assert REASON in page.text
    assert "Ben Okri withdrew it" in page.text
    assert "Claude does not speak for Anthropic" in page.text


def test_how_it_was_made_tells_where_an_entry_stood_before_each_change(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT, slug="tides", tags=("sea",), date="2026-11-21T09:00:00Z")
    change(workspace, DRAFT, slug="ebb")
    change(workspace, DRAFT, date="2026-11-20T09:00:00Z", tags=("sea", "time"))
    change(workspace, DRAFT, "ben", date="2026-11-20T10:00:00Z", tags=())
    build(workspace)
    said = Html((workspace.folders.site / "essays/ebb/making/index.html").read_bytes()).text
    steps = (
        "moved from /essays/tides/ by Ada Byron",
        "date changed from 21 November 2026 to 20 November 2026, tagged anew (before: sea) by Ada Byron",
        "hour changed, tagged anew (before: sea, time) by Ben Okri",
    )
    assert [said.count(step) for step in steps] == [1, 1, 1]
    withdraw(workspace, DRAFT)
    build(workspace)
    told = Html((workspace.folders.site / "essays/ebb/making/index.html").read_bytes()).text
    assert told.count("moved or tagged anew by") == 3
    assert not {"tides", "sea"} & set(told.replace("/", " ").split()), "slug and tags are words of its"


def test_no_page_says_that_an_entry_was_published_on_a_day_that_is_only_its_date(workspace: Workspace) -> None:
    for number in range(2):
        publish_entry(workspace, f"# SAMPLE {number}", draft_id=f"{DRAFT[:-1]}{number}", date="2026-11-01T09:00:00Z")
    withdraw(workspace, f"{DRAFT[:-1]}0")
    build(workspace)
    for path in (
        "essays/sample-0/index.html",
        "essays/sample-0/making/index.html",
        "essays/sample-1/making/index.html",
    ):
        said = Html((workspace.folders.site / path).read_bytes()).text
        assert "dated 1 November 2026" in said, path
        assert "published by Ada Byron 2026-11-22T18:0" in said, path
    for path, content in tree(workspace.folders.site).items():
        assert path.endswith(".js") or b"ublished on" not in content, path


def test_the_raw_files_are_short_tombstones(workspace: Workspace, site: Path) -> None:
    sha256 = workspace.ledger().standings[DRAFT].text_sha256
    text = (site / "essays/ebb/essay.txt").read_text("utf-8")
    assert text.startswith("This essay was withdrawn on 22 November 2026.\nReason: ")
    assert sha256 in text
    told = json.loads((site / "essays/ebb/transcript.json").read_bytes())
    assert (told["id"], told["reason"], told["text_sha256"]) == (DRAFT, REASON, sha256)


def test_the_feed_replaces_the_item_under_the_same_guid(site: Path) -> None:
    items = ET.fromstring((site / "feed.xml").read_bytes()).findall("channel/item")
    found = {item.findtext("guid"): (item.findtext("title"), item.findtext("description")) for item in items}
    title, description = found[f"tag:corner.example,2026:{DRAFT}"]
    assert title == "Withdrawn: essay of 25 November 2026"
    assert description == (
        'This essay was withdrawn on 22 November 2026. a &lt;b&gt;reader&lt;/b&gt; asked &amp; "we" agreed'
    )
    assert [item.findtext("title") for item in items] == [title, "It Stays"]


def test_lists_show_it_only_as_withdrawn(site: Path) -> None:
    assert "/essays/ebb/" not in (site / "index.html").read_text("utf-8")
    assert "/essays/ebb/" not in (site / "archive/2026/index.html").read_text("utf-8")
    archive = Html((site / "archive/index.html").read_bytes())
    assert "Withdrawn Essay of 25 November 2026" in archive.text
    assert "/essays/ebb/" in [a["href"] for a in archive.all("a")]


def test_a_newsletter_whose_only_entry_was_withdrawn_does_not_say_that_nothing_was_published(
    workspace: Workspace,
) -> None:
    publish_entry(workspace, draft_id=DRAFT)
    withdraw(workspace, DRAFT)
    build(workspace)
    assert "Nothing has been published" not in (workspace.folders.site / "archive/index.html").read_text("utf-8")


@pytest.mark.parametrize("end", ["", "making/"])
def test_a_former_slug_leads_on_without_a_script(workspace: Workspace, end: str) -> None:
    publish_entry(workspace, draft_id=DRAFT, slug="tides")
    change(workspace, DRAFT, slug="ebb")
    change(workspace, DRAFT, slug="flood")
    build(workspace, base_url="https://corner.example/a/")
    for former in ("tides", "ebb"):
        page = Html((workspace.folders.site / "essays" / former / end / "index.html").read_bytes())
        refresh = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "refresh"]
        assert refresh == [f"0; url=/a/essays/flood/{end}"]
        canonical = [link["href"] for link in page.all("link") if link["rel"] == "canonical"]
        assert canonical == [f"https://corner.example/a/essays/flood/{end}"]
        assert f"/a/essays/flood/{end}" in [a["href"] for a in page.all("a")]
        assert (workspace.folders.site / "essays" / former / "essay.txt").read_bytes() == TEXT.encode()


def test_every_link_of_tombstones_and_redirects_leads_somewhere(site: Path) -> None:
    assert broken_links(site, BASE_URL) == []


@pytest.mark.parametrize(
    ("reason", "typed"),
    [
        ("a reader asked", "'a reader asked'"),
        ("It's `$HOME`.", """'It'"'"'s `$HOME`.'"""),
    ],  # no shell reads more into it
)
def test_a_withdrawn_text_that_came_back_stops_the_build_and_says_how_it_goes(
    workspace: Workspace, reason: str, typed: str
) -> None:
    publish_entry(workspace, draft_id=DRAFT)
    path = workspace.folders.essays / f"{DRAFT}.md"
    kept = path.read_bytes()
    withdraw(workspace, DRAFT, reason=reason)
    path.write_bytes(kept)
    with pytest.raises(BuildError) as refused:
        build(workspace)
    assert str(refused.value) == (
        f"content/essays/{DRAFT}.md: this was withdrawn, and is still here. "
        f"Say it again, and it goes: corner withdraw {DRAFT} --reason {typed}."
    )


def test_an_incremental_build_after_a_withdrawal_is_the_full_one(workspace: Workspace, site: Path) -> None:
    found = tree(site)
    build(workspace, full=True)
    assert tree(site) == found


@pytest.mark.parametrize("was", ['name = "Ada', 'label = "Updates', 'name = "SmolLM2'])
def test_a_theme_may_show_all_of_a_tombstone_in_the_archive(copy: Workspace, tmp_path: Path, was: str) -> None:
    root = copy.folders.root
    publish_entry(copy, "# By another\n\nSAMPLE.", draft_id=DRAFT, mode="updates", author="small")
    withdraw(copy, DRAFT)
    template = own_theme(copy, "templates") / "archive.html"
    shown = "{% for one in withdrawn %}{{ one.mode_label }}, {{ one.author }}, {{ one.by }}{% endfor %}"
    template.write_text(f'{{% extends "base.html" %}}{{% block main %}}{shown}{{% endblock %}}\n', encoding="utf-8")
    build(reopen(root))
    replace(root / "corner.toml", was, f"{was} anew")
    build(reopen(root))
    assert_clean(root, tmp_path)
