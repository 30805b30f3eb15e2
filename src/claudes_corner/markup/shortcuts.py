"""Shortcuts through markdown-it for what most of an essay is: paragraphs of words.

Owns nothing of what our Markdown means: each shortcut gives exactly what markdown-it's own way gives, sooner, and steps
aside wherever something else might be. A law compares both ways on any text (`tests/test_markup_shortcuts.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore, normalize
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_BEGINNINGS = {  # the signs with which each inline rule begins; between signs, nothing is looked for
    "text": "",
    "newline": "\n",
    "escape": "\\",
    "backticks": "`",
    "strikethrough": "~",
    "emphasis": "*_",
    "link": "[",
    "image": "!",
    "footnote_ref": "[",
    "autolink": "<",
    "html_inline": "<",
    "entity": "&",
}
_SIGNS = "".join(dict.fromkeys("".join(_BEGINNINGS.values()))) + "]"  # which ends a link's words
_SIGN = re.compile(f"[{re.escape(_SIGNS)}]")
_WORDS = re.compile("(?:(?:[^\\W\\d_]|[\"'“‘(])[^\n]*\n?)+")  # lines that begin as nothing but a paragraph's do
_InlineRule = Callable[[StateInline, bool], bool]


class SignedInline(ParserInline):
    """An inline parser that asks, at each sign, only the rules that begin with it."""

    def __init__(self) -> None:
        super().__init__()
        self.terminator_re = _SIGN
        self._active: list[_InlineRule] = []
        self._by_sign: dict[str, list[_InlineRule]] = {}

    def tokenize(self, state: StateInline) -> None:
        """Make tokens of a state's text."""
        by_sign, src, end = self._rules_by_sign(), state.src, state.posMax
        while state.pos < end:
            found = _SIGN.search(src, state.pos, end)
            at = found.start() if found else end
            if at > state.pos:
                state.append_pending(src[state.pos : at])
                state.pos = at
            elif state.level >= state.md.options["maxNesting"] or not _apply(by_sign[src[at]], state):
                state.append_pending(src[at])
                state.pos = at + 1
        if state.pending:
            state.pushPending()

    def _rules_by_sign(self) -> dict[str, list[_InlineRule]]:
        """Sort the active rules by their signs; again only if some were switched on or off."""
        active = self.ruler.getRules("")
        if active is not self._active:
            named = list(zip(self.ruler.get_active_rules(), active, strict=True))
            self._by_sign = {sign: [rule for name, rule in named if sign in _BEGINNINGS[name]] for sign in _SIGNS}
            self._active = active
        return self._by_sign


def take_shortcuts(parser: MarkdownIt) -> None:
    """Let a parser that has all its rules, and a `SignedInline`, take the shortcuts."""
    parser.core.ruler.at("normalize", _normalize)
    parser.block.ruler.before(parser.block.ruler.get_active_rules()[0], "words", _words)
    parser.core.ruler.at("inline", _inline)
    for tag, kind, end in (("p", "paragraph", "\n"), ("em", "em", ""), ("strong", "strong", ""), ("a", "link", "")):
        if kind != "link":  # which has attributes
            parser.add_render_rule(f"{kind}_open", _opened(f"<{tag}>"))
        parser.add_render_rule(f"{kind}_close", _closed(f"</{tag}>{end}"))


def _apply(rules: Sequence[_InlineRule], state: StateInline) -> bool:
    for rule in rules:  # noqa: SIM110  (a generator would cost more than the rules)
        if rule(state, False):  # noqa: FBT003  (as markdown-it calls it)
            return True
    return False


def _normalize(state: StateCore) -> None:
    if "\r" in state.src or "\0" in state.src:
        normalize(state)


def _words(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
    """Make a paragraph of lines that each begin with a word, up to an empty line, where it can be nothing else."""
    found = None if silent or state.level else _WORDS.match(state.src, state.bMarks[start_line])
    if found is None:
        return False
    words = found[0]
    line = start_line + words.count("\n") + (not words.endswith("\n"))
    if line < end_line and not state.isEmpty(line):
        return False
    state.push("paragraph_open", "p", 1).map = [start_line, line]
    inline = state.push("inline", "", 0)
    inline.map, inline.content, inline.children = [start_line, line], mdTrim(words), []
    state.push("paragraph_close", "p", -1)
    state.line = line
    return True


def _inline(state: StateCore) -> None:
    """Parse what stands in blocks; where there is no sign, it is one token."""
    for token in state.tokens:
        if token.type == "inline":
            if token.content and not _SIGN.search(token.content):
                token.children = [Token("text", "", 0, content=token.content)]
            else:
                token.children = state.md.inline.parse(token.content, state.md, state.env, [])


def _opened(tag: str) -> Callable[[RendererHTML, Sequence[Token], int, OptionsDict, EnvType], str]:
    def render(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Render an opening tag; a paragraph's in the usual way, if it has a class or stands in a list."""
        token = tokens[idx]
        if token.attrs or token.hidden or (token.block and idx and tokens[idx - 1].hidden):
            return self.renderToken(tokens, idx, options, env)
        return tag

    return render


def _closed(tag: str) -> Callable[[RendererHTML, Sequence[Token], int, OptionsDict, EnvType], str]:
    def render(_self: RendererHTML, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Render a closing tag; there is none if the paragraph is hidden in a list."""
        return "" if tokens[idx].hidden else tag

    return render
