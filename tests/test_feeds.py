"""The RSS feed: well-formed, whole, and the same for the same entries; as the specification and feed readers want it."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import warnings
from collections import Counter
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

import sites
from builders import change, make_workspace, publish_entry, reopen, withdraw
from claudes_corner.markup import render_essay
from claudes_corner.site.builder import build
from claudes_corner.text import has_lone_surrogate, normalise
from claudes_corner.workspace import Workspace

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own
    import feedparser

DISCLAIMER = "Claude does not speak for Anthropic, and Anthropic does not necessarily endorse its claims."
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
RFC_822 = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3]\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d \+0000"
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ADDRESS = re.compile(r"https?://[^/]+/")


def feed_of(workspace: Workspace, name: str = "feed.xml", **options: Any) -> bytes:
    """Build a newsletter and read a feed of it."""
    build(reopen(workspace.folders.root), **options)
    return ((options.get("out") or workspace.folders.site) / name).read_bytes()


def channel_of(raw: bytes) -> ElementTree.Element:
    """Parse a feed with both parsers, and keep to what RSS demands of any feed."""
    assert raw.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n")
    assert NO_XML.search(raw.decode()) is None
    etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    root = ElementTree.fromstring(raw)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    obey_rss(channel)
    return channel


def obey_rss(channel: ElementTree.Element) -> None:
    """RSS 2.0, § Required channel elements, § Elements of <item>; Best Practices Profile of the RSS Advisory Board."""
    once = Counter(child.tag for child in channel if child.tag not in {"item", "category", ATOM_LINK})
    assert {"title", "link", "description"} <= set(once)
    assert set(once.values()) == {1}
    for name in ("title", "link", "description"):
        assert channel.findtext(name).strip()
    assert ADDRESS.match(channel.findtext("link"))
    items = channel.findall("item")
    assert list(channel)[len(channel) - len(items) :] == items, "items come last"
    for item in items:
        once = Counter(child.tag for child in item if child.tag != "category")
        assert set(once) == {"title", "link", "description", CONTENT, "guid", "pubDate", CREATOR}
        assert set(once.values()) == {1}
        assert all((item.findtext(name) or "").strip() for name in once)
        assert ADDRESS.match(item.findtext("link"))
    assert len({item.findtext("guid") for item in items}) == len(items)
    for date in (d for name in ("pubDate", "lastBuildDate") for d in channel.iter(name)):
        assert re.fullmatch(RFC_822, date.text), date.text
        assert parsedate_to_datetime(date.text).utcoffset() == dt.timedelta(0)


def feedparsed(raw: bytes) -> Any:
    """Read a feed as a feed reader does; it must find nothing wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own
        parsed = feedparser.parse(raw)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


class Words(HTMLParser):
    """Reads HTML as a feed reader does: its words, its tags and where it leads."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return sites.make_newsletter(tmp_path_factory.mktemp("whole") / "newsletter")


@pytest.fixture(scope="module")
def channel(whole: Workspace) -> ElementTree.Element:
    return channel_of(feed_of(whole))


def item_of(channel: ElementTree.Element, slug: str) -> ElementTree.Element:
    return next(item for item in channel.iter("item") if item.findtext("link").endswith(f"/essays/{slug}/"))


def many(root: Path, count: int) -> Workspace:
    """Publish entries that are an hour apart, in another order than theirs."""
    workspace = make_workspace(root)
    for number in sorted(range(count), key=lambda number: number * 7 % count):
        publish_entry(
            workspace,
            f"# Essay {number}\n\nText {number}.",
            slug=f"essay-{number}",
            draft_id=f"2026-11-25-minimal-00{number:02}",
            date=f"2026-11-{20 + number // 24}T{number % 24:02}:30:00Z",
        )
    return workspace


# --- the channel ------------------------------------------------------------------------------------------------------


def test_an_empty_newsletter_has_a_valid_feed_without_a_date(workspace: Workspace) -> None:
    raw = feed_of(workspace)
    channel = channel_of(raw)
    assert [child.tag for child in channel] == [
        "title",
        "link",
        "description",
        ATOM_LINK,
        "docs",
        "generator",
        "language",
    ]
    assert not re.search(rb"\d\d:\d\d", raw), "there is nothing whose date could be told"
    assert feedparsed(raw).entries == []
    assert feedparsed(raw).version == "rss20"


@pytest.mark.parametrize("base_url", ["https://corner.example/", "https://other.example/a/corner/"])
def test_the_channel_links_to_the_site_and_to_itself(whole: Workspace, tmp_path: Path, base_url: str) -> None:
    channel = channel_of(feed_of(whole, out=tmp_path / "site", base_url=base_url))
    assert channel.findtext("link") == base_url
    assert [link.attrib for link in channel.findall(ATOM_LINK)] == [
        {"href": f"{base_url}feed.xml", "rel": "self", "type": "application/rss+xml"}
    ]
    assert all(item.findtext("link").startswith(f"{base_url}essays/") for item in channel.iter("item"))


def test_the_channel_says_what_it_is_and_for_whom_the_model_does_not_speak(channel: ElementTree.Element) -> None:
    assert channel.findtext("title") == "Claude's Corner"
    assert channel.findtext("description") == f"Weekly essays by a retired model. {DISCLAIMER}"
    assert channel.findtext("language") == "en"
    assert channel.findtext("generator") == "claudes-corner"


def test_the_channels_date_is_the_newest_entrys(tmp_path: Path) -> None:
    channel = channel_of(feed_of(many(tmp_path / "newsletter", 3)))
    assert channel.findtext("lastBuildDate") == "Fri, 20 Nov 2026 02:30:00 +0000"


def test_the_channels_date_is_the_withdrawals_if_that_is_newer(channel: ElementTree.Element) -> None:
    assert channel.findtext("lastBuildDate") == "Sun, 22 Nov 2026 18:59:00 +0000"


def test_the_twenty_newest_entries_come_newest_first_in_whatever_order_they_were_published(tmp_path: Path) -> None:
    channel = channel_of(feed_of(many(tmp_path / "newsletter", 23)))
    assert [item.findtext("title") for item in channel.iter("item")] == [f"Essay {n}" for n in range(22, 2, -1)]


def test_entries_of_one_instant_have_an_order_of_their_own(tmp_path: Path) -> None:
    found = []
    for order in (("aaaa", "bbbb"), ("bbbb", "aaaa")):
        workspace = make_workspace(tmp_path / order[0])
        for tail in order:
            publish_entry(workspace, f"# {tail}\n\nText.", draft_id=f"2026-11-25-minimal-{tail}")
        found.append(feed_of(workspace))
    assert found[0] == found[1]


# --- an item ----------------------------------------------------------------------------------------------------------


def test_an_items_guid_is_a_tag_of_the_authority_and_the_id(channel: ElementTree.Element) -> None:
    guid = item_of(channel, "on-tides-moons").find("guid")
    assert guid.text == "tag:corner.example,2026:2025-12-31-minimal-ta01"
    assert {guid.get("isPermaLink") for guid in channel.iter("guid")} == {"false"}


def test_a_guid_outlives_a_new_slug_and_a_new_address(workspace: Workspace, tmp_path: Path) -> None:
    draft_id = publish_entry(workspace, "# Tides\n\nText.")
    change(workspace, draft_id, slug="ebb", date="2026-12-01T00:00:00Z")
    channel = channel_of(feed_of(workspace, out=tmp_path / "site", base_url="https://elsewhere.example/"))
    assert channel.findtext("item/guid") == f"tag:corner.example,2026:{draft_id}"
    assert channel.findtext("item/link") == "https://elsewhere.example/essays/ebb/"


@pytest.mark.parametrize(
    ("slug", "date"),
    [
        ("on-tides-moons", "Wed, 31 Dec 2025 23:30:00 +0000"),
        ("of-titles-names", "Wed, 21 Oct 2026 08:00:00 +0000"),
        ("again", "Wed, 18 Nov 2026 09:00:00 +0000"),
    ],
)
def test_an_items_date_is_the_instant_it_went_live(channel: ElementTree.Element, slug: str, date: str) -> None:
    assert item_of(channel, slug).findtext("pubDate") == date


@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("on-tides-moons", "On Tides & moons"),
        ("of-titles-names", 'Of Titles, & "Names"'),
        ("2026-10-28", "28 October 2026"),
        ("hostile", '<script>alert(1)</script> & "all" <b>that</b>'),
        ("japanese", "潮の満ち引き"),
    ],
)
def test_an_items_title_is_the_authors_in_plain_letters(channel: ElementTree.Element, slug: str, title: str) -> None:
    assert item_of(channel, slug).findtext("title") == title


def test_an_item_names_the_author_and_its_tags(channel: ElementTree.Element) -> None:
    item = item_of(channel, "on-tides-moons")
    assert item.findtext(CREATOR) == "Claude Opus 3"
    assert [category.text for category in item.findall("category")] == ["sea", "time"]


def test_an_item_carries_the_whole_text_then_how_it_was_made_then_the_disclaimer(channel: ElementTree.Element) -> None:
    text = "# On *Tides* & moons\n\nThe tide does not argue with the shore.\n\n## Ebb\n\nIt goes.\n\n1. once\n2. twice"
    content = item_of(channel, "on-tides-moons").findtext(CONTENT)
    after = content.removeprefix(render_essay(text, title_is_heading=True).html)
    assert after == (
        '\n<hr>\n<p>Minimal prompt. <a href="https://corner.example/essays/on-tides-moons/making/">How this was made</a>.'
        f"</p>\n<p>{DISCLAIMER}</p>\n"
    )


def test_every_item_carries_the_disclaimer_in_its_content_and_none_in_its_summary(channel: ElementTree.Element) -> None:
    items = list(channel.iter("item"))
    assert len(items) == 11
    for item in items:
        assert item.findtext(CONTENT).count(DISCLAIMER) == 1
        assert DISCLAIMER not in item.findtext("description")


def test_a_disclaimer_with_quotation_marks_reads_the_same_in_feed_and_page(workspace: Workspace) -> None:
    said = """It's "Claude" & not Anthropic <who speaks>."""
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace(f'"{DISCLAIMER}"', f"'''{said}'''"), encoding="utf-8")
    publish_entry(workspace)
    channel = channel_of(feed_of(workspace))
    assert said in Words(channel.findtext(f"item/{CONTENT}")).text
    assert said in sites.html_pages(workspace.folders.site)["index.html"].text


def test_an_items_summary_is_plain_text_even_for_readers_that_take_it_for_html(channel: ElementTree.Element) -> None:
    summary = Words(item_of(channel, "hostile").findtext("description"))
    assert summary.tags == []
    assert summary.text.startswith("<script>alert(document.domain)</script><img src=x onerror=alert(1)> & ]]>")


def test_no_item_carries_a_script_an_image_or_an_address_that_is_not_whole(channel: ElementTree.Element) -> None:
    for item in channel.iter("item"):
        read = Words(item.findtext(CONTENT))
        assert {"script", "img", "style", "iframe"}.isdisjoint(read.tags)
        assert all(re.match(r"(https?|mailto):", address) for address in read.addresses)


def test_what_neither_xml_nor_html_can_carry_is_replaced_there_and_kept_in_the_texts_own_file(
    whole: Workspace, channel: ElementTree.Element
) -> None:
    text = Words(item_of(channel, "hostile").findtext(CONTENT)).text
    assert "\ufffd\ufffd[31mred\ufffd[0m \ufffd \ufffd" in text
    page = (whole.folders.site / "essays/hostile/index.html").read_text("utf-8")
    assert "\ufffd\ufffd[31mred\ufffd[0m \ufffd \ufffd" in page
    assert "\x07\x1b[31mred\x1b[0m \x00 \ufffe" in (whole.folders.site / "essays/hostile/essay.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["feed.xml", "modes/minimal/feed.xml"])
def test_a_withdrawn_entry_leaves_its_feeds_but_for_the_word_that_takes_its_place(
    workspace: Workspace, name: str
) -> None:
    draft_id = publish_entry(workspace, "# Tides\n\nThe tide comes back.")
    (before,) = channel_of(feed_of(workspace, name)).iter("item")
    withdraw(workspace, draft_id, reason="the author asked")
    raw = feed_of(workspace, name)
    (after,) = channel_of(raw).iter("item")
    assert after.findtext("guid") == before.findtext("guid")
    assert "the author asked" in after.findtext(CONTENT)
    assert b"tide comes back" not in raw
    assert list(channel_of(feed_of(workspace, "modes/news/feed.xml")).iter("item")) == []


def test_the_feed_of_a_mode_outlives_the_last_entry_of_a_mode_that_has_left_the_settings(workspace: Workspace) -> None:
    withdraw(workspace, publish_entry(workspace, "# Tides\n\nThe tide comes back."), reason="the author asked")
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[modes.minimal]", "[modes.minimal-2]"), encoding="utf-8")
    (stone,) = channel_of(feed_of(reopen(workspace.folders.root), "modes/minimal/feed.xml")).iter("item")
    assert "the author asked" in stone.findtext(CONTENT)


def test_a_feed_reader_finds_what_the_feed_says(whole: Workspace, channel: ElementTree.Element) -> None:
    parsed = feedparsed((whole.folders.site / "feed.xml").read_bytes())
    assert parsed.feed.link == "https://corner.example/"
    assert len(parsed.entries) == 11
    for entry, item in zip(parsed.entries, channel.iter("item"), strict=True):
        assert entry.id == item.findtext("guid")
        assert entry.link == item.findtext("link")
        assert not entry.guidislink
        published = parsedate_to_datetime(item.findtext("pubDate"))
        assert entry.published_parsed[:6] == published.timetuple()[:6]
        assert DISCLAIMER in entry.content[0].value


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(max_size=60).map(normalise).filter(lambda t: t and not has_lone_surrogate(t)), max_size=3))
@example(["]]>", "# <\x00>\n\n&amp; \x85 \r x", "\u2028# \ud7ff\ue000\ufffe", "[a](https://e.example/?a=1&b=2 'x')"])
def test_any_text_reaches_the_feed_reader_as_its_page_has_it(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder))
        for number, text in enumerate(texts):
            publish_entry(workspace, text, slug=f"e-{number}", draft_id=f"2026-11-25-minimal-000{number}")
        items = {item.findtext("guid")[-1]: item for item in channel_of(feed_of(workspace)).iter("item")}
        feedparsed((workspace.folders.site / "feed.xml").read_bytes())
        for standing in workspace.ledger().standings.values():
            entry = workspace.read_entry(standing)
            rendered = render_essay(entry.text, title_is_heading=entry.front.title_by == "heading").html
            content = items[standing.id[-1]].findtext(CONTENT)
            assert content.startswith(NO_XML.sub("\ufffd", rendered))
            assert (workspace.folders.site / f"essays/{standing.slug}/essay.txt").read_bytes() == entry.text.encode()
