"""The shortcuts through markdown-it give what its own way gives, on any text."""

from __future__ import annotations

import pytest
from hypothesis import example
from hypothesis import given as for_any
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.renderer import RendererHTML
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
BEGINNINGS = [  # of lines, plain or almost
    *("", "", "", "- ", "- ", "* ", "+ ", "-", "1. ", "2. ", "12) ", "0. ", "123456789. ", "1234567890. ", "1."),
    *("> ", "> ", ">", "> > ", ">  ", ">\t", "# ", "## ", "###### ", "####### ", "#", "#\t", "1846 ", "-- ", "="),
    *("* * *", "---", "- - -", "__ _", "|", ":-:", "``", "```", "~~~", "[a]: ", "[^1]: ", "[a](", "[^", "*", "**"),
    *("_", "  ", "    ", "\t", "\xa0", "\x1f", "\x85", "\u2028", "\\", "<b>", "&", "٣. ", "五"),
]
WORDS = [  # and signs that may be more than words, with what may stand around them
    *("ebb", "ebb", "ebb", "Ça", "五", "x1", "٣", "1", " ", " ", " ", "  ", "\n", "\n", "\n ", " \n", "  \n", "\\\n"),
    *("*", "*", "*", "**", "**", "***", "_", "_", "__", "`", "`", "``", "~~", "\\", "!", "&", "&amp;", "<", "[^1]"),
    *("[", "[", "![", "]", "](", ")", "](https://e.example)", "](https://e.example)", "[ebb](https://e.example/*a*)"),
    *("](https://E.example)", "](http://e.example?a&b=2)", "](https://e.example/&copy;)", "](https://é.example/%2)"),
    *("](https://e.example/a 'b')", '](https://e.example/#a "b *c* (d)")', '](https://e.example ""))'),
    *(",", ".", "’", "'", '"', "“", "”", "—", "–", "-", "(", "…", "?", "$", "€", "\xa0", "\u2003", "\u0301", "\0"),
]
ENDS = [
    *("\n", "\n", "\n\n", "\n\n", "\n \t\n", "\n\n\n", "\n>\n", "\n> \n", "  \n", " #\n\n", " #\xa0\n\n", "\\\n"),
    *("\r\n", "\n   "),
]
ALMOST = [  # plain, but for one sign
    *("a\n_ _ _\n", "a\n* b\n", "1) a\nb", "a\n--", "a\n1)", "[a]\n[b](c)\n\n[a]: d", "a\n~~~\n", "a | b\n:-:|--\n"),
    *("a\n=\n", "a\n|-\n", "a\n\n\xa0b\n", "# a #\n", "- a\n\n- b", "- a\n\n  b", "1. a\n\n2. b", "1234567890. a\n"),
    *("01. a", "> a\n>\n", "> a\n>\n>\n> b", "a\n b", "a\\\n b", "**a**", "**a**\n**b** **c**", "a **b", "a** b"),
    *("a*b*c", "* a*", "a *b *c", "a*“b”*", '*"b"*c', "“*b*c", "*(b)* c", "*b*(c)", "*b.*c", "a *b_ c*", "**a* b"),
    *("*a** b", "_a *b_ c*", "*a [b* c](https://e.example)", "[a [b](https://e.example) c](https://e.example)"),
    *("![a](https://e.example)", "*a [b](https://e.example/*c*) d*"),
    *("*a **b *c **d *e [f](https://e.example)* g** h* i** j*", "[a](https://E.example)"),
    *("[a](https://e.example/&copy;)", '[a](https://e.example "&copy;")', '[a](https://e.example "\\*")'),
    *('[a](https://e.example "")', "[a](https://é.example)", "[a](https://e.example/%2)"),
    *("[a](https://e.example:80a/)", "[a](ftp://e.example)", "[a](https://e.example/(b))", "`` a``", "` a `", "`a``"),
    *("`a` `b``c`", "a ~~b~~", "- a\n  > b", "- a\n  # b", "a\r\nb", "a\x00b", "a &amp b", "a<b>"),
    *("a_b_ c", "_a_b", "*a * b", "b * a*", "- a\n* b", "1. a\n2) b"),
]
FIXTURE_TEXTS = [
    case.given for path in sorted(FIXTURES.glob("markup*.md")) for case in read_cases(path.read_text("utf-8"))
]


def the_long_way(parser: MarkdownIt) -> MarkdownIt:
    parser.block.__class__ = ParserBlock
    parser.core.ruler.at("normalize", normalize)
    parser.core.ruler.at("inline", inline)
    parser.enable("text_join")
    parser.renderer.__class__ = RendererHTML
    return parser


SHORT, LONG = markup._parser(within_site=False), the_long_way(markup._parser(within_site=False))


def both_ways(text: str) -> list[object]:
    ways = []
    for parser in (SHORT, LONG):
        tokens, env = markup._parse(parser, text)
        as_values = [token.as_dict() for token in tokens]
        ways.append((as_values, markup._render(parser, tokens, env)))
    return ways


@pytest.mark.parametrize("text", FIXTURE_TEXTS + ALMOST)
def test_fixtures_and_what_is_almost_plain_read_the_same_either_way(text: str) -> None:
    short, long = both_ways(text)
    assert short == long


def few_of(signs: list[str]) -> st.SearchStrategy[list[str]]:
    """Some of the signs: where there are only a few kinds, more often they go together."""
    return st.lists(st.sampled_from(signs), min_size=2, max_size=5).map(lambda few: ["ebb", " ", *few])


def words_of(signs: list[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(signs), max_size=most).map("".join)


LINES = st.tuples(few_of(BEGINNINGS), few_of(WORDS), few_of(ENDS)).flatmap(
    lambda few: st.lists(
        st.tuples(st.sampled_from(few[0]), words_of(few[1], 4), st.sampled_from(few[2])).map("".join), max_size=9
    )
)
TEXTS = st.one_of(
    words_of([*SCRAPS, *WORDS], 30), few_of(WORDS).flatmap(lambda few: words_of(few, 15)), LINES.map("".join), st.text()
)


@for_any(TEXTS)
@example("Words\nand a head | of\n--|--\n")
@example("Words\n===")
@example("Words \nmore\n \t\nand *so* **on**.  ")
@example("- Words\n\n  Words\n- W")
@example("- Words\n- Words\n\n1. Words\n2. Words\n\n3. Words")
@example("> Words\n> more\n>\n> -- Words\n\n* * *\n\n# Words #\n\n## Words\n\n\n9) Words")
@example(
    '**Words** _words_\n**more** [the *words*, all](https://e.example/a?b#c "d"): `words`\n“*words*”  \n__words__.'
)
def test_any_text_reads_the_same_either_way(text: str) -> None:
    short, long = both_ways(text)
    assert short == long
