"""Markdown → HTML: every text is untrusted, and none is wrong."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example
from hypothesis import given as for_any
from hypothesis import strategies as st

from claudes_corner.markup import heading_title, links, render_essay, render_note
from documents import cases

TAGS = {
    *("p", "br", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "code", "pre", "blockquote", "hr", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "sup"),
}
HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
ATTRIBUTES = {("a", "href"), ("a", "title"), ("a", "rel"), ("a", "class"), ("ol", "start"), ("code", "class")} | {
    *((cell, "class") for cell in ("p", "th", "td", "ol", "hr")),
    *((tag, "id") for tag in (*HEADINGS, "li", "a")),
    *(("li", "value"), ("a", "role"), ("a", "aria-label")),
}
SCRAPS = [
    *("[a](", "![a](", "](", ")", "[x]", "[x]: ", "[^x]", "\n\n[^x]: ", "<", ">", '"', "'", "&quot;", "&#106;", "\\"),
    *("https://e.example/", "//evil.example", "<https:", "mailto:", "javascript:alert(1)", "data:text/html,x"),
    *("<script>", "</p>", "<!--", "onclick=", "`", "```\n", "|", "|:-:|\n", "# ", "- ", "*", "_", "~~"),
    *("\n", "\t", "    ", "\x00", "\u202e"),
]


class Reader(HTMLParser):
    """Reads HTML as a browser does: its tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.tags.add("!--")

    def handle_decl(self, decl: str) -> None:
        self.tags.add("!")

    def handle_pi(self, data: str) -> None:
        self.tags.add("?")


def essay(text: str) -> str:
    return render_essay(text, title_is_heading=False).html


@cases("markup.md")
def test_an_authors_text_becomes(given: str, expected: str) -> None:
    assert essay(given).rstrip("\n") == expected


@cases("markup-notes.md")
def test_editors_words_become(given: str, expected: str) -> None:
    assert render_note(given, base_path="/corner/").html.rstrip("\n") == expected


@for_any(st.lists(st.sampled_from(SCRAPS)).map("".join))
@example('![a](https://e.example/"onclick=")')
@example("[![a](https://e.example/)](https://e.example/ '\"')")
def test_no_text_makes_a_tag_an_attribute_or_a_link_that_is_not_on_the_list(text: str) -> None:
    read = Reader(essay(text))
    assert read.tags <= TAGS
    assert {(tag, name) for tag, name, _ in read.attributes} <= ATTRIBUTES
    addresses = [value for _, name, value in read.attributes if name == "href"]
    assert all(re.match(r"(https?|mailto):|#fn(ref)?-[0-9a-f]{6}-", address) for address in addresses)


def test_a_heading_that_is_the_title_is_returned_apart_and_stands_in_the_body_no_more() -> None:
    rendered = render_essay("# On *Tides*\n\nThe tide.\n\n## Ebb", title_is_heading=True)
    assert rendered.heading_html == "On <em>Tides</em>"
    assert rendered.html == '<p>The tide.</p>\n<h2 id="s-ebb">Ebb</h2>\n'


def test_a_heading_that_is_not_the_title_stays_in_the_body() -> None:
    rendered = render_essay("# On Tides\n\nThe tide.", title_is_heading=False)
    assert rendered.heading_html is None
    assert rendered.html == '<h2 id="s-on-tides">On Tides</h2>\n<p>The tide.</p>\n'


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# On Tides", "On Tides"),
        ("## On *Tides* and `code` &amp; <b>", "On Tides and code & <b>"),
        ("# [A link](https://example.org/) ![and an image](https://example.org/i.png) #", "A link and an image"),
        ("On Tides\n========\n\ntext", None),
        ("Text\n\n# On Tides", None),
        ("#On Tides", None),
        ("#", None),
        ("# **", "**"),
        ("", None),
    ],
)
def test_a_title_is_the_plain_text_of_the_heading_that_a_text_begins_with(text: str, title: str | None) -> None:
    assert heading_title(text) == title


def test_a_summary_is_the_first_paragraphs_first_words() -> None:
    text = "# On Tides\n\n---\n\nThe *tide*\ncomes & [goes](https://example.org/).\n\nAnd again."
    assert render_essay(text, title_is_heading=True).summary == "The tide comes & goes."


def test_a_long_summary_ends_between_two_words() -> None:
    summary = render_essay("The tide comes, and goes — " * 40, title_is_heading=False).summary
    assert summary.endswith("…")
    assert len(summary) <= 221
    assert ("The tide comes, and goes — " * 40).startswith(summary[:-1])
    assert re.search(r"\w…$", summary)


def test_a_long_summary_of_a_script_without_spaces_is_cut_as_well() -> None:
    text = "潮は岸と争わない。" * 60
    summary = render_essay(text, title_is_heading=False).summary
    assert 100 < len(summary) <= 221
    assert text.startswith(summary.removesuffix("…"))


def test_a_text_without_a_paragraph_has_no_summary() -> None:
    assert render_essay("# On Tides\n\n---", title_is_heading=True).summary == ""


def test_links_are_listed_in_the_order_of_the_text_images_included() -> None:
    text = "# [a](https://a.example/)\n\n![b](https://b.example/) [x](javascript:x)\n\n- <mailto:c@c.example> [d][d]"
    text += "\n\n[d]: http://d.example"
    assert links(text) == ("https://a.example/", "https://b.example/", "mailto:c@c.example", "http://d.example")


def test_rendering_twice_gives_the_same() -> None:
    text = "[a](/about/) ![b](/b.png)\n\n| a |\n|:-:|\n| b |"
    assert render_note(text, base_path="/x/") == render_note(text, base_path="/x/")
    assert essay(text) == essay(text)
