"""Shortcuts through markdown-it for what most of an essay is: paragraphs of words.

Owns nothing of what our Markdown means: each shortcut gives exactly what markdown-it's own way gives, sooner, and steps
aside wherever something else might be. A law compares both ways on any text (`tests/test_markup_shortcuts.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore, normalize, text_join
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from claudes_corner.markup.plain_blocks import PlainBlocks
from claudes_corner.markup.plain_words import tokens_of

_HOLDS_WORDS = {"paragraph_open", "heading_open"}
_TAGS = {  # of what has no attributes, ever
    **{f"{name}_open": f"<{name}>" for name in ("em", "strong")},
    **{f"{name}_close": f"</{name}>" for name in ("em", "strong")},
    **dict.fromkeys(("softbreak", "hardbreak"), "<br>\n"),
    "link_close": "</a>",
}


class StraightRenderer(RendererHTML):
    """A renderer that asks the rules only for what is more than a tag and escaped words."""

    def render(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        """Render blocks."""
        html = []
        for place, token in enumerate(tokens):
            if token.type == "inline":
                html.append(self.renderInline(token.children or (), options, env))
            elif token.type in self.rules:
                html.append(self.rules[token.type](tokens, place, options, env))
            elif token.nesting < 0 and token.block and not token.hidden:
                html.append(f"</{token.tag}>\n")
            elif token.type in _HOLDS_WORDS and not token.hidden and not (place and tokens[place - 1].hidden):
                html.append(f"<{token.tag}{self.renderAttrs(token) if token.attrs else ''}>")
            else:
                html.append(self.renderToken(tokens, place, options, env))
        return "".join(html)

    def renderInline(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:  # noqa: N802
        """Render what stands in a block."""
        html = []
        for place, token in enumerate(tokens):
            if token.type == "text":
                html.append(escapeHtml(token.content))
            elif token.type in _TAGS:
                html.append(_TAGS[token.type])
            else:
                rule = self.rules.get(token.type, self.renderToken)
                html.append(rule(tokens, place, options, env))
        return "".join(html)


def take_shortcuts(parser: MarkdownIt) -> None:
    """Let a parser that has no rules of its own yet, and a `StraightRenderer`, take the shortcuts."""
    parser.block = PlainBlocks()
    parser.core.ruler.at("normalize", _normalize)
    parser.core.ruler.at("inline", _inline)
    parser.core.ruler.disable("text_join")


def _normalize(state: StateCore) -> None:
    if "\r" in state.src or "\0" in state.src:
        normalize(state)


def _inline(state: StateCore) -> None:
    """Make tokens of what stands in blocks, and join what markdown-it's own way leaves apart."""
    others = []
    for token in state.tokens:
        if token.type == "inline":
            token.children = tokens_of(token.content)
            if token.children is None:
                token.children = state.md.inline.parse(token.content, state.md, state.env, [])
                others.append(token)
    if others:
        text_join(StateCore("", state.md, state.env, others))
