"""The blocks that an essay is made of, each told by its beginning: paragraphs, headings, quotes, lists of single lines.

Owns the form in which such a block can be nothing else. Whatever has another form is markdown-it's to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markdown_it.utils import EnvType

_LINE = (  # that is nothing but a paragraph's: no block begins so, nor the second line of a table or a heading
    r"(?:[^\s#>*+\-0-9\[`~|:=_<]|\*+[^\s*]|_+[^\s_]|[0-9]+(?![0-9.)])|--+[ ]?[^\W_]|\[[^\[\]\\\n]+\]\(|`(?!`))"
    r"[^\n]*+"
)
_BLOCK = re.compile(  # what stands alone up to an empty line; after a list, nothing may follow that continues it
    rf"""(?:(?:(?P<quote>>[ ])|(?P<bullet>[-*+][ ])|(?P<number>[0-9]{{1,9}}(?P<dot>[.)][ ]))|){_LINE}
            (?:\n(?(quote)(?:>[ ]?\n)?>[ ]|(?(bullet)(?P=bullet)|(?(dot)[0-9]{{1,9}}(?P=dot)))){_LINE})*
           |(?P<heading>\#{{1,6}}[ \t])[^\n]*[^\s#][ \t]*+
           |(?P<break>[-*_])(?:[ ]*(?P=break)){{2,}}[ ]*+
         )
         (?:[ \t\n]*+\Z|\n(?:[ \t]*+\n)+)
         (?(bullet)(?![\s*+-]))(?(dot)(?![\s0-9]))""",
    re.VERBOSE,
)


class PlainBlocks(ParserBlock):
    """A block parser that makes a plain block's tokens at once, and asks markdown-it's rules about any other."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, outTokens: list[Token]) -> list[Token] | None:  # noqa: N803
        """Make tokens of a text's blocks."""
        at = line = 0
        state: StateBlock | None = None
        while at < len(src):
            found = _BLOCK.match(src, at)
            if found:
                block = found[0].rstrip(" \t\n")
                end = line + 1 + block.count("\n")
                after = max(end, end - 1 + found[0].count("\n", len(block)))
                outTokens.extend(_MAKERS[found.lastgroup or "words"](block, line, end, after))
                at, line = found.end(), after
                continue
            if state is None:
                state = StateBlock(src, md, env, outTokens)
            line = state.line = state.skipEmptyLines(line)
            if line < state.lineMax:
                any(rule(state, line, state.lineMax, False) for rule in self.ruler.getRules(""))  # noqa: FBT003
                line = state.skipEmptyLines(state.line)
            at = state.bMarks[line]
        return outTokens


def _leaf(kind: str, tag: str, lines: list[int], level: int, content: str, markup: str = "") -> tuple[Token, ...]:
    """Make the tokens of a block that holds words; their fields are set one by one, which takes a third less time."""
    opened, inline, closed = Token(f"{kind}_open", tag, 1), Token("inline", "", 0), Token(f"{kind}_close", tag, -1)
    opened.block = inline.block = closed.block = True
    opened.markup = closed.markup = markup
    opened.level = closed.level = level
    opened.map, inline.map = lines, lines[:]
    inline.level, inline.children, inline.content = level + 1, [], mdTrim(content)
    return opened, inline, closed


def _words(words: str, line: int, end: int, _after: int) -> tuple[Token, ...]:
    return _leaf("paragraph", "p", [line, end], 0, words)


def _heading(heading: str, line: int, end: int, _after: int) -> tuple[Token, ...]:
    sharps = heading[: len(heading) - len(heading.lstrip("#"))]
    return _leaf("heading", f"h{len(sharps)}", [line, end], 0, heading[len(sharps) :], sharps)


def _quote(quote: str, line: int, end: int, _after: int) -> Iterator[Token]:
    yield Token("blockquote_open", "blockquote", 1, map=[line, end], markup=">", block=True)
    for words in re.split("\n> ?\n", quote):
        end = line + 1 + words.count("\n")
        yield from _leaf("paragraph", "p", [line, end], 1, words[2:].replace("\n> ", "\n"))
        line = end + 1
    yield Token("blockquote_close", "blockquote", -1, markup=">", block=True)


def _break(signs: str, line: int, end: int, _after: int) -> tuple[Token]:
    sign = signs[0]
    return (Token("hr", "hr", 0, map=[line, end], markup=sign * (signs.count(sign) + 1), block=True),)


def _list(items: str, line: int, end: int, after: int) -> Iterator[Token]:
    """Make a tight list; its last item, as markdown-it has it, lasts until the next block."""
    typed = [item.partition(" ") for item in items.split("\n")]
    number, sign = typed[0][0][:-1], typed[0][0][-1]
    kind, tag = ("ordered_list", "ol") if number else ("bullet_list", "ul")
    opened = Token(f"{kind}_open", tag, 1, map=[line, after], markup=sign, block=True)
    if number and int(number) != 1:
        opened.attrs = {"start": int(number)}
    yield opened
    for place, (marker, _, words) in enumerate(typed, line + 1):
        lines = [place - 1, after if place == end else place]
        yield Token("list_item_open", "li", 1, map=lines, level=1, markup=sign, info=marker[:-1], block=True)
        paragraph = _leaf("paragraph", "p", [place - 1, place], 2, words)
        paragraph[0].hidden = paragraph[2].hidden = True
        yield from paragraph
        yield Token("list_item_close", "li", -1, level=1, markup=sign, block=True)
    yield Token(f"{kind}_close", tag, -1, markup=sign, block=True)


_MAKERS: dict[str, Callable[[str, int, int, int], Iterable[Token]]] = {
    "words": _words,
    "heading": _heading,
    "quote": _quote,
    "break": _break,
    "bullet": _list,
    "number": _list,
}
