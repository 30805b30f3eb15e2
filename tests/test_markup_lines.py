"""Markdown's finer points: indented verse, footnotes, numbers that were typed, anchors, and what is nested too deep."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from claudes_corner.markup import render_essay
from documents import cases

PATIENCE_SECONDS = 20  # far more than any text takes, far less than a text that never ends
INDENT = "\u2002"


def essay(text: str) -> str:
    return render_essay(text, title_is_heading=False).html


@cases("markup-lines.md")
def test_an_authors_text_becomes(given: str, expected: str) -> None:
    named = re.sub(r"(fn(?:ref)?)-[0-9a-f]{6}-", r"\1-NAME-", essay(given))
    assert named.replace(INDENT, "~").rstrip("\n") == expected


def test_the_ids_of_two_texts_never_meet_in_a_feed_reader() -> None:
    one, other = (set(re.findall(r' id="(fn[^"]+)"', essay(f"{w}[^1]\n\n[^1]: {w}"))) for w in ("ebb", "flow"))
    assert len(one) == len(other) == 2
    assert not one & other


def test_indentation_and_footnotes_stay_out_of_a_summary() -> None:
    rendered = render_essay("  The tide[^1]\n    turns.\n\n[^1]: Twice.", title_is_heading=False)
    assert rendered.summary == "The tide turns."


def test_a_title_leaves_its_footnotes_mark_to_the_page() -> None:
    rendered = render_essay("# Ebb[^1]\n\nflow\n\n[^1]: of the tide", title_is_heading=True)
    assert rendered.heading_html is not None
    target = re.search(r'href="#([^"]+)"', rendered.heading_html)
    assert target
    assert f'id="{target[1]}"' in rendered.html


@pytest.mark.parametrize(
    "text",
    [
        ">" * 3000 + "deepest",
        "- " * 3000 + "deepest",
        "\n".join(f"{' ' * 2 * depth}- level" for depth in range(150)) + " deepest",
        "[" * 8000 + "deepest",
        "![[" * 3000 + "deepest",
        "*a_" * 4000 + "deepest",
        "[^a]: " * 2000 + "deepest [^a]",
        "[^a]" * 2000 + "\n\n[^a]: deepest",
        "| a " * 500 + "|\n" + "|-" * 500 + "|\n" + "|\n" * 500 + "| deepest",
    ],
    ids=lambda text: text[:12].strip(),
)
def test_pathological_nesting_takes_little_time_and_space_and_loses_no_word(text: str) -> None:
    began = process_time()
    html = essay(text)
    assert process_time() - began < PATIENCE_SECONDS
    assert "deepest" in html
    assert len(html) < 200 * len(text)
    assert _depth(html) < 100


SCRAPS = [
    "word",
    " ",
    "  ",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1986. ",
    "[^1]",
    "[^1]: ",
    "[^2]: ",
    "# ",
    "*",
    "[a](https://e.example/)",
]


@for_any(st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join))
def test_no_word_is_ever_lost_and_no_id_given_twice(text: str) -> None:
    html = essay(text)
    assert re.sub("<[^>]*>", "", html).count("word") == text.count("word")
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert {address[1:] for address in re.findall(r'href="(#[^"]+)"', html)} <= set(ids)


def _depth(html: str) -> int:
    class Depth(HTMLParser):
        now = most = 0

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.now += tag not in {"br", "hr"}
            self.most = max(self.most, self.now)

        def handle_endtag(self, tag: str) -> None:
            self.now -= 1

    reader = Depth()
    reader.feed(html)
    return reader.most
