"""All feeds: what stands in each, that formats agree, and that no reader ever sees an old entry as new."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from jsonschema import Draft202012Validator

import builders
import sites
from builders import make_workspace, publish_entry, reopen
from claudes_corner.site.builder import build
from claudes_corner.site.page import Page, Volume
from claudes_corner.site.present import Presenter
from claudes_corner.site.syndication import Syndication
from claudes_corner.verify.places import Folder
from claudes_corner.verify.seals import Known
from claudes_corner.verify.site import verify_site
from claudes_corner.workspace import Workspace
from feed_rules import broken

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import feedparser

BASE_URL = "https://corner.example/"
DISCLAIMER = "Claude does not speak for Anthropic, and Anthropic does not necessarily endorse its claims."
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
WHOLE = ("feed.xml", "atom.xml", "feed.json")


def publish_many(workspace: Workspace, numbers: range) -> None:
    """Publish essays that are an hour apart."""
    for number in numbers:
        publish_entry(
            workspace,
            f"# SAMPLE {number}\n\nText {number}, with a note[^1] & [a link](https://e.example/?a&b).\n\n[^1]: a note",
            slug=f"sample-{number}",
            mode=("minimal", "news")[number % 2],
            draft_id=f"2026-11-25-{('minimal', 'news')[number % 2]}-{number:04}",
            date=f"2026-{1 + number // 24:02}-01T{number % 24:02}:30:00Z",
            tags=("sea", "time")[: number % 3],
        )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = make_workspace(tmp_path_factory.mktemp("many") / "newsletter")
    sites.write_pages(workspace)
    publish_many(workspace, range(43))
    build(workspace)
    return workspace


def read(workspace: Workspace, path: str) -> bytes:
    return (workspace.folders.site / path).read_bytes()


def items(raw: bytes) -> list[tuple[str, str, str, str]]:
    """Read (GUID, title, link, whole text) of a feed in any format."""
    if raw.startswith(b"{"):
        return [(i["id"], i["title"], i["url"], i["content_html"]) for i in json.loads(raw)["items"]]
    root = ElementTree.fromstring(raw)
    if root.tag == "rss":
        names = ("guid", "title", "link", CONTENT)
        return [tuple(item.findtext(name) or "" for name in names) for item in root.iter("item")]
    return [
        (
            e.findtext(f"{ATOM}id"),
            e.findtext(f"{ATOM}title"),
            e.find(f"{ATOM}link").get("href"),
            e.findtext(f"{ATOM}content"),
        )
        for e in root.iter(f"{ATOM}entry")
    ]


def guids(workspace: Workspace) -> dict[str, list[str]]:
    paths = [
        path for path in sites.files(workspace.folders.site) if path.endswith(("feed.xml", "atom.xml", "feed.json"))
    ]
    return {path: [guid for guid, *_ in items(read(workspace, path))] for path in paths}


def archives(workspace: Workspace) -> dict[str, bytes]:
    return {path: raw for path, raw in sites.files(workspace.folders.site).items() if path.startswith("feeds/")}


# --- the newest entries -----------------------------------------------------------------------------------------------


def test_three_formats_say_the_same_twenty_items_in_the_same_order(many: Workspace) -> None:
    found = [items(read(many, path)) for path in WHOLE]
    assert [item[1] for item in found[0]] == [f"SAMPLE {number}" for number in range(42, 22, -1)]
    assert found[0] == found[1] == found[2]


def test_feed_readers_agree_on_dates_and_texts(many: Workspace) -> None:
    rss, atom = (feedparser.parse(read(many, path)) for path in WHOLE[:2])
    dated = [item["date_published"] for item in json.loads(read(many, "feed.json"))["items"]]
    assert (rss.version, rss.bozo, atom.version, atom.bozo) == ("rss20", False, "atom10", False)
    assert [e.published_parsed for e in rss.entries] == [e.published_parsed for e in atom.entries]
    assert [
        f"{y}-{m:02}-{d:02}T{h:02}:{minute:02}:{s:02}Z"
        for y, m, d, h, minute, s, *_ in (e.published_parsed for e in rss.entries)
    ] == dated
    assert [e.content[0].value for e in rss.entries] == [e.content[0].value for e in atom.entries]


def test_a_summary_with_marks_of_html_reads_the_same_in_every_format(workspace: Workspace) -> None:
    said = "If a < b & c, then <i>so</i>."
    publish_entry(workspace, f"# SAMPLE\n\n{said}")
    build(workspace)
    for path in WHOLE[:2]:
        (entry,) = feedparser.parse(read(workspace, path)).entries
        assert (html.unescape(entry.summary), entry.summary_detail.type) == (said, "text/html")
    assert json.loads(read(workspace, "feed.json"))["items"][0]["summary"] == said


JSON_FEED = Draft202012Validator(
    json.loads((Path(__file__).parent / "fixtures/json-feed-1.1.schema.json").read_bytes())
)


def misfits(feed: Any) -> list[str]:
    """Say where a JSON Feed is not what its schema demands; ids are each item's own, which no schema can say."""
    ids = [item.get("id") for item in feed.get("items", ())]
    where = [error.json_path for error in JSON_FEED.iter_errors(feed)]
    return [*where, *({"the same id twice"} if len(set(ids)) < len(ids) else ())]


def test_a_json_feed_is_what_the_schema_of_version_1_1_demands(many: Workspace, tmp_path: Path) -> None:
    feed = json.loads(read(many, "feed.json"))
    assert misfits(feed) == []
    assert (feed["home_page_url"], feed["feed_url"]) == (BASE_URL, f"{BASE_URL}feed.json")
    assert all(item["authors"] == [{"name": "Claude Opus 3"}] for item in feed["items"])
    others = [make_workspace(tmp_path / "empty"), sites.make_newsletter(tmp_path / "hostile")]
    for workspace in others:
        build(workspace)
        assert misfits(json.loads(read(workspace, "feed.json"))) == []


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("version", "https://jsonfeed.org/version/1", "$.version"),
        ("title", "", "$.title"),
        ("feed_url", "/feed.json", "$.feed_url"),
        ("items", {}, "$.items"),
        ("author", {"name": "one"}, "$"),
        ("items.id", 7, "$.items[0].id"),
        ("items.id", "tag:corner.example,2026:2026-11-25-minimal-0040", "the same id twice"),
        ("items.url", "essays/one/", "$.items[0].url"),
        ("items.content_html", None, "$.items[0]"),
        ("items.date_published", "25 Nov 2026", "$.items[0].date_published"),
        ("items.authors", [{}], "$.items[0].authors[0]"),
        ("items.tags", "sea", "$.items[0].tags"),
        ("items.published", "2026", "$.items[0]"),
    ],
)
def test_a_json_feed_that_does_not_fit_is_noticed(many: Workspace, key: str, value: object, where: str) -> None:
    feed = json.loads(read(many, "feed.json"))
    place = feed["items"][0] if key.startswith("items.") else feed
    place[key.removeprefix("items.")] = value
    if value is None:
        del place[key.removeprefix("items.")]

    assert where in misfits(feed)


def test_an_atom_feed_has_what_rfc_4287_demands(many: Workspace) -> None:
    root = ElementTree.fromstring(read(many, "atom.xml"))
    assert root.findtext(f"{ATOM}id") == "tag:corner.example,2026:feed"
    assert {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")} == {
        "self": f"{BASE_URL}atom.xml",
        "alternate": BASE_URL,
    }
    for entry in root.iter(f"{ATOM}entry"):
        assert all(
            entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated", "published", "summary", "content")
        )
        assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Claude Opus 3"
    assert root.findtext(f"{ATOM}updated") == max(e.findtext(f"{ATOM}updated") for e in root.iter(f"{ATOM}entry"))


def test_every_link_in_every_feed_is_absolute_footnotes_included(many: Workspace) -> None:
    for path in (*guids(many), *archives(many)):
        for _, _, link, whole in items(read(many, path)):
            addresses = re.findall(r'href="([^"]*)"', whole)
            assert all(address.startswith(("https://", "mailto:")) for address in addresses), path
            assert [a for a in addresses if "#fn-" in a] == [a for a in addresses if a.startswith(f"{link}#fn-")], path


def test_every_item_ends_with_its_making_and_the_disclaimer_and_no_summary_has_them(many: Workspace) -> None:
    for path in (*guids(many), *archives(many)):
        raw = read(many, path)
        assert all(whole.rstrip().endswith(f"<p>{DISCLAIMER}</p>") for *_, whole in items(raw)), path
    for item in json.loads(read(many, "feed.json"))["items"]:
        assert f'<a href="{item["url"]}making/">How this was made</a>' in item["content_html"]
        assert "Anthropic" not in item["summary"]


# --- parts of it ------------------------------------------------------------------------------------------------------


def test_a_modes_feed_holds_the_newest_of_that_mode(many: Workspace) -> None:
    titles = [title for _, title, *_ in items(read(many, "modes/news/feed.xml"))]
    assert titles == [f"SAMPLE {number}" for number in range(41, 2, -2)]


def test_editors_notes_have_a_feed_of_their_own_and_are_in_no_other(many: Workspace) -> None:
    notes = items(read(many, "notes/feed.xml"))
    assert [guid for guid, *_ in notes] == [
        "tag:corner.example,2026:notes/a-change",
        "tag:corner.example,2026:notes/welcome",
    ]
    assert all("The model did not write it." in whole for *_, whole in notes)
    assert f'href="{BASE_URL}how-we-review/"' in notes[1][3]
    for path, found in guids(many).items():
        assert path == "notes/feed.xml" or not any("notes/" in guid for guid in found)


def test_the_notes_feed_says_whose_words_it_holds_and_leads_to_the_notes(workspace: Workspace) -> None:
    for home in (BASE_URL, f"{BASE_URL}notes/"):
        build(workspace)
        channel = ElementTree.fromstring(read(workspace, "notes/feed.xml")).find("channel")
        assert channel.findtext("link") == home
        assert channel.findtext("description") == (
            f"Notes by the people who run this newsletter. The model did not write them. {DISCLAIMER}"
        )
        sites.write_pages(workspace)


@pytest.mark.parametrize(("language", "expected"), [("en", "he"), ("he-IL", "he-IL")])
def test_only_a_text_that_runs_from_right_to_left_says_so_in_feeds(
    workspace: Workspace, language: str, expected: str
) -> None:
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[site]", f'[site]\nlanguage = "{language}"'), encoding="utf-8")
    publish_entry(workspace, f"{sites.HEBREW}\n\n[SAMPLE](/about/)[^1]\n\n[^1]: SAMPLE", slug="hebrew")
    publish_entry(workspace, "# SAMPLE\n\nThe word שלום alone.", slug="latin", date="2026-12-02T09:00:00Z")
    note = "---\ntitle: SAMPLE\ndate: 2026-11-20\nby: ada\n---\n\nשלום לכולם\n"
    (workspace.folders.notes / "note.md").write_text(note, encoding="utf-8")
    build(reopen(workspace.folders.root))

    opened = f'<div dir="rtl" lang="{expected}">\n<p>'
    for path in WHOLE:
        (latin, hebrew) = (whole for *_, whole in items(read(workspace, path)))
        assert "<div" not in latin
        assert hebrew.startswith(opened)
        assert hebrew.count("<div") == 1
        assert "\n</div>\n<hr>\n<p>Minimal prompt. <a" in hebrew
    for path in ("feed.xml", "notes/feed.xml", "atom.xml"):
        assert broken(read(workspace, path), BASE_URL + path) == {}
    assert items(read(workspace, "notes/feed.xml"))[0][3].startswith(opened)
    assert verify_site(Folder(workspace.folders.site), Known()).problems == ()


def test_pages_lead_feed_readers_to_their_feeds(many: Workspace) -> None:
    pages = sites.html_pages(many.folders.site)

    def found(path: str) -> list[tuple[str, str]]:
        return [(x["href"], x["type"]) for x in pages[path].all("link") if x.get("rel") == "alternate"]

    whole = [
        ("/feed.xml", "application/rss+xml"),
        ("/atom.xml", "application/atom+xml"),
        ("/feed.json", "application/feed+json"),
    ]
    assert found("archive/index.html") == whole
    assert found("modes/news/index.html") == [("/modes/news/feed.xml", "application/rss+xml"), *whole]
    assert found("index.html") == [("/notes/feed.xml", "application/rss+xml"), *whole]


def test_before_the_first_entry_every_feed_is_valid_and_empty(workspace: Workspace) -> None:
    build(workspace)
    assert set(guids(workspace)) >= {*WHOLE, "notes/feed.xml", "modes/minimal/feed.xml"}
    assert not any(guids(workspace).values())
    assert feedparser.parse(read(workspace, "atom.xml")).version == "atom10"
    assert (
        ElementTree.fromstring(read(workspace, "atom.xml")).findtext(f"{ATOM}updated").startswith("2026-01-01T00:00:00")
    )
    assert archives(workspace) == {}


def test_a_newsletter_that_has_ended_says_so_to_readers_of_json_feed(workspace: Workspace) -> None:
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[site]", '[site]\nstate = "ended"'), encoding="utf-8")
    build(reopen(workspace.folders.root))
    assert json.loads(read(workspace, "feed.json"))["expired"] is True


# --- archives ---------------------------------------------------------------------------------------------------------


def test_archives_hold_everything_that_was_ever_published_once(many: Workspace) -> None:
    found = [items(raw) for raw in archives(many).values()]
    assert [len(some) for some in found] == [20, 20, 3]
    assert sorted(title for some in found for _, title, *_ in some) == sorted(f"SAMPLE {n}" for n in range(43))


def test_readers_walk_from_the_newest_feed_through_all_archives(many: Workspace) -> None:
    walked, path = [], "feed.xml"
    while path:
        root = ElementTree.fromstring(read(many, path))
        assert (root.find(f"channel/{ARCHIVE}") is not None) == (path != "feed.xml")
        links = {link.get("rel"): link.get("href") for link in root.iter(f"{ATOM}link")}
        assert links["self"] == BASE_URL + path
        assert path == "feed.xml" or links["current"] == f"{BASE_URL}feed.xml"
        walked.append(path)
        path = links.get("prev-archive", "").removeprefix(BASE_URL)
    assert walked == ["feed.xml", "feeds/3.xml", "feeds/2.xml", "feeds/1.xml"]


def test_what_is_published_later_changes_no_archive_that_is_full(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "newsletter")
    publish_many(workspace, range(41))
    build(workspace)
    before = archives(workspace)
    publish_entry(workspace, "# SAMPLE\n\nDated before all others.", date="2025-01-01T09:00:00Z")
    publish_many(workspace, range(50, 52))
    build(workspace)
    after = archives(workspace)
    assert {path: after[path] for path in ("feeds/1.xml", "feeds/2.xml")} == {
        path: before[path] for path in ("feeds/1.xml", "feeds/2.xml")
    }
    assert after["feeds/3.xml"] != before["feeds/3.xml"]


def promised_archives(workspace: Workspace, count: int) -> dict[str, Page]:
    """Promise the archives of so many entries, a day apart: copies of the one there is, of which no file is written."""
    content = sites.read_content(workspace)
    (entry,) = content.entries
    standings = [
        msgspec.structs.replace(
            entry.standing, id=f"{day}-minimal-{number:04}", slug=f"sample-{number}", date=f"{day}T09:00:00Z"
        )
        for number in range(count)
        for day in (dt.date(2026, 1, 1) + dt.timedelta(days=number),)
    ]
    entries = [msgspec.structs.replace(entry, standing=standing) for standing in standings]
    chronicle = msgspec.structs.replace(content.ledger, published=dict.fromkeys(standing.id for standing in standings))
    content = msgspec.structs.replace(content, entries=tuple(reversed(entries)), ledger=chronicle)
    presenter = Presenter(workspace.config, BASE_URL, content)
    volumes = [
        v for v in Syndication(workspace.config, content, presenter, BASE_URL, ()).pages() if isinstance(v, Volume)
    ]
    pages = [page for volume in volumes for promises in volume.promises() for page in promises.pages()]
    assert all(page.path.startswith("feeds/") for page in pages)
    return {page.path: page for page in pages}


def test_the_ten_thousandth_entry_leaves_all_archives_that_are_full_as_they_are(workspace: Workspace) -> None:
    """By what each is made of, and some by their bytes; `make bench` compares the bytes of all, in real builds."""
    publish_entry(workspace, "# SAMPLE\n\nText.")
    before, after = (promised_archives(workspace, count) for count in (9_999, 10_000))

    assert len(before) == 500
    assert [path for path in after if after[path].inputs != before[path].inputs] == ["feeds/500.xml"]
    for path in ("feeds/1.xml", "feeds/2.xml", "feeds/250.xml", "feeds/499.xml"):
        raw = after[path].render()
        assert raw == before[path].render()
        assert (raw.count(b"<item>"), b'rel="next-archive"' in raw) == (20, False)
    assert [one["feeds/500.xml"].render().count(b"<item>") for one in (before, after)] == [19, 20]


def test_a_withdrawal_changes_its_own_archive_and_moves_nothing_in_others(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "newsletter")
    publish_many(workspace, range(41))
    build(workspace)
    before = archives(workspace)
    builders.withdraw(workspace, "2026-11-25-minimal-0004")
    build(workspace)
    after = archives(workspace)
    assert [path for path in before if before[path] != after[path]] == ["feeds/1.xml"]
    assert len(items(after["feeds/1.xml"])) == 20  # a word stands in its place


def test_an_entry_that_moves_is_marked_as_changed_and_no_feeds_own_date_goes_back(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "newsletter")
    publish_many(workspace, range(2))
    build(workspace)
    assert "date_modified" not in json.loads(read(workspace, "feed.json"))["items"][0]
    before = own_dates(workspace)
    for date in ("2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z", "2026-01-01T00:10:00Z"):
        builders.change(workspace, "2026-11-25-news-0001", date=date)
        build(workspace)
        at = workspace.ledger().records[-1].at
        (entry,) = (e for e in feedparser.parse(read(workspace, "atom.xml")).entries if e.id.endswith("news-0001"))
        (item,) = (i for i in json.loads(read(workspace, "feed.json"))["items"] if i["id"].endswith("news-0001"))
        assert (entry.published, item["date_published"]) == (date.replace("Z", "+00:00"), date)
        assert (entry.updated, item["date_modified"]) == (at.replace("Z", "+00:00"), at)
        assert all(old <= new for old, new in zip(before, own_dates(workspace), strict=True))
        before = own_dates(workspace)


def own_dates(workspace: Workspace) -> list[Any]:
    """Tell when each feed that the entry stands in says that it has changed."""
    feeds = [feedparser.parse(read(workspace, path)).feed for path in ("feed.xml", "atom.xml", "modes/news/feed.xml")]
    return [feed.updated_parsed for feed in feeds]


def test_no_reader_sees_an_old_entry_as_new_when_slug_domain_and_theme_change(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "newsletter")
    sites.write_pages(workspace)
    publish_many(workspace, range(23))
    build(workspace)
    before = guids(workspace)
    builders.change(workspace, "2026-11-25-minimal-0022", slug="elsewhere", tags=("new",))
    toml = workspace.folders.root / "corner.toml"
    moved = toml.read_text("utf-8").replace("https://corner.example/", "https://moved.example/letters/")
    toml.write_text(moved.replace("[site]", '[site]\ntheme = "plain"'), encoding="utf-8")
    build(reopen(workspace.folders.root))
    assert guids(workspace) == before
    assert items(read(workspace, "feed.xml"))[0][2] == "https://moved.example/letters/essays/elsewhere/"
