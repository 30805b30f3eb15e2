"""Sources bring documents as they are: plain, short, named, in order; what cannot be read is said with its name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders import NOW
from claudes_corner.errors import CornerError
from claudes_corner.generation.sources import Document, Reach
from claudes_corner.schedule import render_instant
from claudes_corner.settings import FeedSource, FolderSource, PastEntriesSource
from claudes_corner.text import digest
from fault_server import closed_port
from rounds import gather
from web_server import WebServer, page

AT = render_instant(NOW)
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Courier</title><id>urn:c</id><updated>2026-11-21T08:00:00Z</updated>
<entry><title type="html">A &lt;em&gt;very&lt;/em&gt; &amp;amp; long night</title><id>urn:1</id>
<link href="https://courier.example/night"/><updated>2026-11-21T08:00:00Z</updated>
<content type="html">&lt;p&gt;It was &lt;b&gt;dark&lt;/b&gt;.&lt;/p&gt;</content></entry>
<entry><title>Second</title><id>urn:2</id><link href="https://courier.example/second"/>
<updated>2026-11-20T08:00:00Z</updated><summary>Short.</summary></entry></feed>"""


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>C</title>{"".join(items)}</channel></rss>'


def item(title: str = "T", summary: str = "", link: str = "https://courier.example/1") -> str:
    return f"<item><title>{title}</title><link>{link}</link><description>{summary}</description></item>"


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as web:
        yield web


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def reach(root: Path, **more: Any) -> Reach:
    return Reach(**{"root": root, "past_entries": (), "now": AT, **more})


def feed(root: Path, text: str | bytes, **more: Any) -> tuple[Document, ...]:
    (root / "feed.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return gather([FeedSource(path="feed.xml", **more)], reach(root))


def folder(root: Path, **files: str | bytes) -> tuple[Document, ...]:
    (root / "notes").mkdir(exist_ok=True)
    for name, content in files.items():
        path = root / "notes" / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return gather([FolderSource(path="notes")], reach(root))


def refusal(root: Path, *sources: Any) -> str:
    with pytest.raises(CornerError) as caught:
        gather(sources, reach(root))
    return str(caught.value)


# --- feeds ------------------------------------------------------------------------------------------------------------


def test_rss_becomes_headline_date_and_summary_with_its_link(root: Path) -> None:
    entry = item("The ferry runs", "After eleven weeks.").replace(
        "</item>", "<pubDate>Sat, 21 Nov 2026 08:00:00 GMT</pubDate></item>"
    )

    (document,) = feed(root, rss(entry))

    assert document == Document(
        source="feed",
        title="The ferry runs",
        text="The ferry runs\nSat, 21 Nov 2026 08:00:00 GMT\nAfter eleven weeks.",
        url="https://courier.example/1",
        fetched_at=AT,
        dated_at="2026-11-21T08:00:00Z",
        disclosure="hash-only",
    )
    assert document.context.sha256 == digest(document.text)
    assert document.context.bytes == len(document.text.encode())


@pytest.mark.parametrize("date", ["", "lately", "Sat, 21 Nov 99999999999 08:00:00 GMT", "0000-01-01T00:00:00Z"])
def test_an_item_whose_date_is_none_has_none(root: Path, date: str) -> None:
    (document,) = feed(root, rss(item().replace("</item>", f"<pubDate>{date}</pubDate></item>")))
    assert document.dated_at == ""


def test_atom_is_read_too_with_its_content_where_there_is_no_summary(root: Path) -> None:
    first, second = feed(root, ATOM)

    assert (first.title, first.url) == ("A very & long night", "https://courier.example/night")
    assert first.text == "A very & long night\n2026-11-21T08:00:00Z\nIt was dark."
    assert second.text == "Second\n2026-11-20T08:00:00Z\nShort."


@pytest.mark.parametrize(
    ("summary", "plain"),
    [
        ("After &lt;b&gt;eleven&lt;/b&gt; weeks.", "After eleven weeks."),
        ("<![CDATA[<p>One.</p>\n<p>Two &amp; three.</p>]]>", "One. Two & three."),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Words.", "Words."),
        ("&lt;img src=x onerror=alert(1)&gt;Words.", "Words."),
        ("&lt;!-- hidden --&gt;Words.", "Words."),
        ("&lt;a href='javascript:x'&gt;Words&lt;/a&gt;.", "Words."),
    ],
)
def test_html_in_a_summary_is_stripped(root: Path, summary: str, plain: str) -> None:
    (document,) = feed(root, rss(item("T", summary)))

    assert document.text == f"T\n{plain}"


def test_a_feed_is_cut_to_the_last_items_and_each_item_to_its_length(root: Path) -> None:
    documents = feed(root, rss(*(item(f"{n} {'t' * 400}", "s" * 2000) for n in range(9))), last=3)

    assert [document.title[0] for document in documents] == ["0", "1", "2"]
    assert {len(document.title) for document in documents} == {300}
    assert {len(document.text) for document in documents} == {300 + 1 + 1000}


def test_an_item_without_title_goes_by_the_feeds_name(root: Path) -> None:
    (document,) = feed(root, rss("<item><description>Words.</description></item>"))

    assert (document.title, document.url) == ("feed.xml", "")


def test_disclosure_is_the_configs(root: Path) -> None:
    (document,) = feed(root, rss(item()), disclosure="full")

    assert document.context.disclosure == "full"


def test_a_feed_of_the_web_is_fetched_and_one_of_a_file_is_not(web: WebServer, root: Path) -> None:
    web.pages["/feed.xml"] = page(rss(item("From afar")).encode(), content_type="text/plain")

    documents = gather([FeedSource(url=f"{web.url}/feed.xml"), FeedSource(path="none.xml")], reach(root))

    assert [document.title for document in documents] == ["From afar"]
    assert web.asked == ["/feed.xml"]


def test_a_dry_run_asks_nobody(web: WebServer, root: Path) -> None:
    assert gather([FeedSource(url=f"{web.url}/feed.xml")], reach(root, offline=True)) == ()
    assert web.asked == []


@pytest.mark.parametrize("body", [b"", b"<html><p>Please log in.</p></html>", b"{}", b"\xff\xfe\x00", b"no feed"])
def test_what_is_no_feed_is_named(web: WebServer, root: Path, body: bytes) -> None:
    web.pages["/feed"] = page(body)
    (root / "feed").write_bytes(body)

    assert (
        refusal(root, FeedSource(url=f"{web.url}/feed"))
        == f"{web.url}/feed: not an RSS or Atom feed. Look at what is there, and give a feed."
    )
    assert (
        refusal(root, FeedSource(path="feed"))
        == "feed: not an RSS or Atom feed. Look at what is there, and give a feed."
    )


def test_a_feed_that_its_parser_breaks_at_is_named(root: Path) -> None:
    (root / "feed").write_text(
        "<rss version='2.0'><channel><item><title>half of one: &#xD800;</title></item></channel>"
    )

    assert refusal(root, FeedSource(path="feed")) == "feed: cannot be read as a feed: UnicodeEncodeError"


def test_a_feed_that_answers_with_the_name_of_a_file_of_ours_does_not_make_us_read_it(
    web: WebServer, root: Path
) -> None:
    (root / "secret.xml").write_text(rss(item("A letter that nobody may read")))
    web.pages["/feed"] = page(os.fsencode(root / "secret.xml"))

    assert (
        refusal(root, FeedSource(url=f"{web.url}/feed"))
        == f"{web.url}/feed: not an RSS or Atom feed. Look at what is there, and give a feed."
    )


def test_a_feed_cannot_quote_a_file_of_ours_as_an_entity(root: Path) -> None:
    (root / "secret").write_text("CANARY")
    entity = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e SYSTEM "file://{root}/secret">]>'

    found = feed(root, rss(item("T", "before &e; after")).replace('<?xml version="1.0"?>', entity))

    assert "CANARY" not in repr(found)


def test_a_feed_of_entities_within_entities_does_not_fill_the_memory(root: Path) -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "ha">{entities}]>'

    found = feed(root, rss(item("T", "&e9;")).replace('<?xml version="1.0"?>', bomb))

    assert len(repr(found)) < 10_000


def test_a_feed_that_cannot_be_read_is_named(root: Path) -> None:
    (root / "feed.xml").mkdir()

    assert refusal(root, FeedSource(path="feed.xml")) == "feed.xml: cannot be read: is a directory"


def test_no_more_is_read_of_a_file_than_may_be_sent_however_large_it_is(root: Path) -> None:
    (root / "notes").mkdir()
    for name in ("feed.xml", "notes/a.md"):  # without the limit, no memory would hold them
        with (root / name).open("wb") as file:
            file.truncate(2**40)

    size = f"{2**40:,}"
    too_large = "too large for a context (expected at most"
    assert (
        refusal(root, FeedSource(path="feed.xml"))
        == f"feed.xml: {too_large} 5,000,000 bytes, found {size}). Split it, or take a part."
    )
    assert (
        refusal(root, FolderSource(path="notes"))
        == f"notes/a.md: {too_large} 200,000 bytes, found {size}). Split it, or take a part."
    )


def test_a_date_of_a_feed_is_cut_to_its_length(root: Path) -> None:
    (document,) = feed(root, rss(item("T", "S").replace("</item>", f"<pubDate>{'9' * 5000}</pubDate></item>")))

    assert len(document.text) < 400


def test_a_feed_that_is_not_there_yet_has_no_items_but_a_server_that_is_not_there_is_an_error(root: Path) -> None:
    assert gather([FeedSource(path="none.xml")], reach(root)) == ()

    with closed_port() as url:
        assert refusal(root, FeedSource(url=f"{url}/feed")).startswith(f"{url}/feed: cannot be read: ")


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_folders_texts_come_in_the_order_of_their_names_and_unchanged(root: Path) -> None:
    first, second = folder(root, b_txt="Two.", a_md="# One\r\n\r\n*Stays* <b>as it is</b>.\n\n")

    assert first == Document(
        source="folder", title="a", text="# One\n\n*Stays* <b>as it is</b>.", fetched_at=AT, disclosure="full"
    )
    assert (second.title, second.text) == ("b", "Two.")


def test_other_files_hidden_files_folders_and_empty_texts_are_passed_over(root: Path) -> None:
    (root / "notes" / "sub.md").mkdir(parents=True)

    documents = folder(root, a_md="A.", b_html="<p>", c_md=" \n ", _d_md="\0\0", e_MD="E.")

    assert [document.title for document in documents] == ["a"]


def test_only_the_last_by_name_are_taken(root: Path) -> None:
    folder(root, a_md="A.", b_md="B.", c_md="C.")

    documents = gather([FolderSource(path="notes", last=2)], reach(root))

    assert [document.title for document in documents] == ["b", "c"]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take UTF-8 names alone")
def test_a_file_whose_name_is_not_utf_8_can_be_sent_all_the_same(root: Path) -> None:
    folder(root)
    (root / "notes" / os.fsdecode(b"caf\xe9.md")).write_text("A.")

    (found,) = gather([FolderSource(path="notes")], reach(root))

    assert found.title == "caf\ufffd"
    assert b"A." in found.block.encode()


def test_a_folder_that_is_missing_gives_nothing(root: Path) -> None:
    assert gather([FolderSource(path="nowhere")], reach(root)) == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"x" * 200_001,
            "notes/a.md: too large for a context (expected at most 200,000 bytes, found 200,001). Split it, or take a part.",
        ),
        (b"abc\xff", "notes/a.md: not UTF-8 at byte 3. Save the file as UTF-8."),
    ],
)
def test_a_text_that_cannot_be_sent_is_named(root: Path, content: bytes, says: str) -> None:
    with pytest.raises(CornerError) as caught:
        folder(root, a_md=content)

    assert str(caught.value) == says


# --- together ---------------------------------------------------------------------------------------------------------


def test_past_entries_are_the_last_of_those_given_newest_last() -> None:
    past = tuple(Document(source="past-entries", title=str(n), text=str(n)) for n in range(5))

    gathered = gather([PastEntriesSource(last=2)], reach(Path(), past_entries=past))

    assert [document.title for document in gathered] == ["3", "4"]


def test_sources_are_gathered_in_the_order_of_the_config(root: Path) -> None:
    folder(root, a_md="A.")
    (root / "feed.xml").write_text(rss(item("News")))
    past = (Document(source="past-entries", title="Past", text="P."),)
    sources = [FeedSource(path="feed.xml"), PastEntriesSource(), FolderSource(path="notes")]

    gathered = gather(sources, reach(root, past_entries=past))

    assert [document.title for document in gathered] == ["News", "Past", "a"]
