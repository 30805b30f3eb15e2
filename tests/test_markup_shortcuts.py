"""The shortcuts through markdown-it give what its own way gives, on any text."""

from __future__ import annotations

import pytest
from hypothesis import example
from hypothesis import given as for_any
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_core import inline, normalize

from builders import FIXTURES
from claudes_corner import markup
from documents import read_cases

SCRAPS = [
    *("Tides", "“Rise”", "(and", "1.", "1)", "- ", "* ", "+ ", "# ", "> ", "    ", "  ", "\t", "\n", "\n\n", "  \n"),
    *(
        "===\n",
        "---\n",
        "***\n",
        "```\n",
        "~~~\n",
        "|",
        "a | b\n",
        "--|--\n",
        "[a]",
        "](b)",
        "[a]: https://e.example\n",
    ),
    *("[^1]", "[^1]: ", "![", "](https://e.example)", "*", "**", "_", "__", "~~", "`", "\\", "&amp;", "&", "<b>", "<"),
    *("<https://e.example>", "\r\n", "\r", "\0", "\xa0", "\u2003", "é", "ß", "٣", "五", "'s", '"'),
]
FIXTURE_TEXTS = [
    case.given for path in sorted(FIXTURES.glob("markup*.md")) for case in read_cases(path.read_text("utf-8"))
]


def the_long_way(parser: MarkdownIt) -> MarkdownIt:
    parser.inline.__class__ = ParserInline
    parser.inline.terminator_re = ParserInline().terminator_re
    parser.core.ruler.at("normalize", normalize)
    parser.core.ruler.at("inline", inline)
    parser.disable("words")
    for name in (
        "paragraph_open",
        "paragraph_close",
        "em_open",
        "em_close",
        "strong_open",
        "strong_close",
        "link_close",
    ):
        del parser.renderer.rules[name]  # type: ignore[attr-defined]
    return parser


SHORT, LONG = markup._parser(within_site=False), the_long_way(markup._parser(within_site=False))


def both_ways(text: str) -> list[object]:
    ways = []
    for parser in (SHORT, LONG):
        tokens, env = markup._parse(parser, text)
        as_values = [token.as_dict() for token in tokens]
        ways.append((as_values, markup._render(parser, tokens, env)))
    return ways


@pytest.mark.parametrize("text", FIXTURE_TEXTS)
def test_fixtures_read_the_same_either_way(text: str) -> None:
    short, long = both_ways(text)
    assert short == long


@for_any(st.lists(st.sampled_from(SCRAPS) | st.text(max_size=5), max_size=30).map("".join))
@example("Words\nand a head | of\n--|--\n")
@example("Words\n===")
@example("Words \nmore\n \t\nand *so* **on**.  ")
@example("- Words\n\n  Words\n- W")
def test_any_text_reads_the_same_either_way(text: str) -> None:
    short, long = both_ways(text)
    assert short == long
