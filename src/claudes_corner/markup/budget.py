"""What a text may ask for, where it takes more than its length does: brackets, tables, blocks in blocks, references.

Owns the count. It counts steps, not time, so that a text is read alike on every machine. No essay gets near its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

_MOST_STEPS = 2_500_000  # two seconds
_AFRESH, _CELL = 50, 15  # steps: what was not looked at before, and a cell of a table
_QUOTED, _LISTED = 80, 40  # a line of a quote, and of a list
_SPENT = "spent"  # its name in a text's environment

_BlockRule = Callable[[StateBlock, int, int, bool], bool]


class TooMuchError(Exception):
    """A text asks for more than any essay does."""


class CountingInline(ParserInline):
    """A parser of what stands in blocks that counts how often each of it is looked at for the end of a link."""

    def skipToken(self, state: StateInline) -> None:  # noqa: N802
        """Go one token on.

        Raises:
            TooMuchError: That happens too often.
        """
        known = state.cache.get(state.pos)
        _spend(state.env, _AFRESH if known is None else 1)
        if known is None:
            super().skipToken(state)
        else:
            state.pos = known


def keep_count(parser: MarkdownIt) -> None:
    """Let a parser that has no rules of its own yet count."""
    parser.inline = CountingInline()
    parser.block.ruler.at(
        "blockquote", _counted(blockquote, _QUOTED), {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.block.ruler.at("list", _counted(list_block, _LISTED), {"alt": ["paragraph", "reference", "blockquote"]})


def left(env: EnvType) -> dict[str, Any]:
    """Begin an environment in which a text is read again: what was spent is spent."""
    return {name: env[name] for name in ("name", "base_path", _SPENT) if name in env}


def spend_cells(env: EnvType, cells: int) -> None:
    """Count the cells of a table: a line of one letter may have hundreds.

    Raises:
        TooMuchError: They are too many.
    """
    _spend(env, cells * _CELL)


def spend_references(env: EnvType, tokens: Sequence[Token]) -> None:
    """Count the letters of addresses and titles that were typed once, wherever they are used: each use holds them all.

    Raises:
        TooMuchError: They are too many.
    """
    for token in tokens if "references" in env else ():
        if "label" in token.meta:
            _spend(env, sum(len(str(value)) for value in token.attrs.values()))
        spend_references(env, token.children or ())


def _counted(rule: _BlockRule, steps: int) -> _BlockRule:
    """Let a rule count its lines: each is read as often as blocks of that kind are nested around it."""

    def counted(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
        """Try the rule, and count the lines it takes; only then is each of them read again."""
        found = rule(state, start_line, end_line, silent)
        if found and not silent:
            _spend(state.env, (state.line - start_line) * steps)
        return found

    return counted


def _spend(env: EnvType, steps: int) -> None:
    env[_SPENT] = env.get(_SPENT, 0) + steps
    if env[_SPENT] > _MOST_STEPS:
        raise TooMuchError
