"""Markdown → HTML, by rules that treat every text as untrusted and none as wrong.

Owns what becomes of a text on its way to a page: HTML in it is shown as text, images become links, nothing loads from
elsewhere, line breaks and indentation stay, and nothing of a text is ever dropped: footnotes that nobody refers to, and
what is nested too deep, are shown as they were typed; so is, and it is said, a whole text that is too long, or asks for
too much, to be set.
Its third-party imports are markdown-it-py and its plugins. No typographer, no linkifier: the words are the author's,
down to the quotation marks. Knows neither files nor themes.

Ids in the HTML begin with `s-` (a heading's) or `fn` (a footnote's, with a part of the text's digest, so that texts may
stand together in a feed reader); no theme may use such ids for its own.

It stands on the ground floor because three rooms need it: generation (a title is its heading's plain text), review
(what a draft links to) and the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from claudes_corner.markup import budget, rules, shortcuts
from claudes_corner.text import digest, propose_slug

_SCHEMES = {"http", "https", "mailto"}
_ELLIPSIS = "…"
_AS_TYPED = "as_typed"
_SUMMARY_CHARACTERS = 220
_LIKE_A_LINK = re.compile(r"\]\(([^()\s]+)\)")
_MOST_CHARACTERS = 200_000  # ten times what an author may write
_MOST_BRACKETS = 5_000  # each may begin a link, and is then read as often as links may nest


class Rendered(msgspec.Struct, frozen=True):
    """A text as HTML."""

    html: str  # the body, without the heading that became the title
    heading_html: str | None  # that heading's inner HTML, if the text's title is its heading
    summary: str  # the first words of the first paragraph, plain, for feeds and search results
    title: str = ""  # what `heading_title` says, if the title is the heading


def heading_title(text: str) -> str | None:
    """Tell the plain text of the ATX heading (`# …`) that a text begins with; None if nothing is left of it."""
    tokens, _ = _parse(_ESSAYS, text)
    return _plain(tokens[1]).strip() or None if _starts_with_heading(tokens) else None


def render_essay(text: str, *, title_is_heading: bool) -> Rendered:
    """Render a model's text.

    Headings stand below the page's own h1, its title. If the text's first line is the title, it is left out of the body
    and returned apart, so that it stands on the page once.
    """
    tokens, env = _parse(_ESSAYS, text)
    heading, title = None, ""
    if title_is_heading and _starts_with_heading(tokens):
        heading, title = _render(_ESSAYS, tokens[1:2], env), _plain(tokens[1]).strip()
        tokens = tokens[3:]
    _lower_headings(tokens)
    return Rendered(_render(_ESSAYS, tokens, env), heading, _summary(tokens), title)


def render_note(text: str, *, base_path: str) -> Rendered:
    """Render what editors wrote: as a model's text, but links within the site are allowed.

    Links that start with `/` are put under `base_path`, which ends in `/`.
    """
    tokens, env = _parse(_NOTES, text, base_path=base_path)
    _lower_headings(tokens)
    return Rendered(_render(_NOTES, tokens, env), None, _summary(tokens))


def links(text: str, *, within_site: bool = False) -> tuple[str, ...]:
    """List where a text links to, images included, in its order; within the site only what editors wrote can."""
    blocks, _ = _parse(_NOTES if within_site else _ESSAYS, text)
    inline = (token for block in blocks for token in block.children or ())
    return tuple(str(target) for token in inline if (target := token.attrGet("href") or token.attrGet("src")))


def no_links(text: str) -> tuple[str, ...]:
    """List where an editors' text seems to link to, and stands as it was typed: to what no page may lead."""
    inline = (token for block in _parse(_NOTES, text)[0] for token in block.children or () if token.type == "text")
    return tuple(found for token in inline for found in _LIKE_A_LINK.findall(token.content))


def images(text: str) -> tuple[str, ...]:
    """List the images that a model's text asks for; its page links to them instead."""
    inline = (token for block in _parse(_ESSAYS, text)[0] for token in block.children or ())
    return tuple(str(target) for token in inline if (target := token.attrGet("src")))


def _parser(*, within_site: bool) -> MarkdownIt:
    parser = MarkdownIt(
        "js-default",
        {"html": False, "linkify": False, "typographer": False, "breaks": True},
        renderer_cls=shortcuts.StraightRenderer,
    )
    shortcuts.take_shortcuts(parser)
    budget.keep_count(parser)
    parser.disable(["code", "linkify"])  # an indented line is a poem's, not a program's
    rules.keep_lines(parser)
    rules.add_footnotes(parser)
    parser.validateLink = _is_web_or_site_link if within_site else _is_web_link  # type: ignore[method-assign]
    parser.add_render_rule("image", _image_as_link)
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule(_AS_TYPED, _as_typed)
    for cell in ("th_open", "td_open"):
        parser.add_render_rule(cell, _table_cell)
    return parser


def _parse(parser: MarkdownIt, text: str, **env: Any) -> tuple[list[Token], dict[str, Any]]:
    """Parse a text, without footnotes or references that do not go together; tell what its rendering needs as well."""
    if "[^" in text:  # a digest takes its time, and only footnotes need it
        env["name"] = digest(text)[7:13]
    if len(text) > _MOST_CHARACTERS or text.count("[") > _MOST_BRACKETS:
        return _left_alone(text), env
    tokens = _tokens(parser, text, env)
    astray = [*(rules.FOOTNOTES if env.get("is_astray") else ()), *rules.unused_references(tokens, env)]
    if astray:
        env = budget.left(env)
        with parser.reset_rules():
            parser.disable(astray)
            tokens = _tokens(parser, text, env)
    rules.keep_info(tokens)
    rules.keep_numbers(tokens)
    rules.mark_verse(tokens)
    return tokens, env


def _tokens(parser: MarkdownIt, text: str, env: dict[str, Any]) -> list[Token]:
    try:
        tokens = parser.parse(text, env)
        budget.spend_references(env, tokens)
    except budget.TooMuchError:
        return _left_alone(text)
    return tokens


def _left_alone(text: str) -> list[Token]:
    return [Token(_AS_TYPED, "", 0, content=text)]


def _is_web_link(url: str) -> bool:
    try:
        return urlsplit(url).scheme in _SCHEMES
    except ValueError:
        return False


def _is_web_or_site_link(url: str) -> bool:
    return _is_web_link(url) or url.startswith("#") or (url.startswith("/") and not url.startswith("//"))


def _link_open(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    target = str(tokens[idx].attrGet("href"))
    if target.startswith("/"):
        tokens[idx].attrSet("href", str(env.get("base_path", "/")) + target[1:])
    elif not target.startswith("#"):
        tokens[idx].attrSet("rel", "noopener")
    return self.renderToken(tokens, idx, options, env)


def _image_as_link(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """Render an image as a link to it: a page loads nothing from elsewhere."""
    token = tokens[idx]
    source, title = str(token.attrGet("src")), str(token.attrGet("title") or "")
    label = " ".join([_plain(token) or source, *_told_within(token)])
    nesting = sum({"link_open": 1, "link_close": -1}.get(other.type, 0) for other in tokens[:idx])
    if nesting:  # an image within a link: the link is there already
        return _escape(" ".join(filter(None, (label, title, source if label != source else ""))))
    opened = Token("link_open", "a", 1, attrs={"class": "image", "href": source})
    if title:
        opened.attrSet("title", title)
    return _link_open(self, [opened], 0, options, env) + _escape(label) + "</a>"


def _told_within(image: Token) -> Iterator[str]:
    """Yield addresses and titles within an image's label: no link can stand in another."""
    for child in image.children or ():
        yield from filter(None, map(str, child.attrs.values()))
        yield from _told_within(child)


def _table_cell(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """Say a column's alignment by a class: `style=` would need a weaker Content-Security-Policy."""
    style = str(tokens[idx].attrs.pop("style", ""))
    if style:
        tokens[idx].attrSet("class", style.replace("text-align:", "align-"))
    return self.renderToken(tokens, idx, options, env)


def _as_typed(_self: RendererHTML, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
    """Show a text beyond all limits as it was typed, and say so."""
    said = "This text is too long or too intricate to be set as Markdown. Here it is as it was typed."
    return f'<p class="as-typed">{said}</p>\n<pre class="sent">\n{_escape(tokens[idx].content)}</pre>\n'


def _starts_with_heading(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and tokens[0].type == "heading_open" and tokens[0].markup.startswith("#")


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Put headings below the page's own h1, each as deep as it stands in the text's outline, so that none is skipped.

    Source: the HTML standard, § Headings and outlines (a heading is at most one level below the one before).
    """
    above: list[str] = []
    taken: dict[str, int] = {}
    for place, token in enumerate(tokens):
        if token.type not in {"heading_open", "heading_close"}:
            continue
        if token.nesting > 0:
            above = [tag for tag in above if tag < token.tag]
            above.append(token.tag)
            token.attrSet("id", rules.free_id(propose_slug(_plain(tokens[place + 1]), ""), taken))
        token.tag = f"h{min(len(above) + 1, 6)}"


def _plain(token: Token) -> str:
    """Join the text of an inline token's children; a break is a space."""
    return "".join(
        " " if child.type in {"softbreak", "hardbreak"} else _plain(child) if child.children else child.content
        for child in token.children or ()
    )


def _summary(tokens: Sequence[Token]) -> str:
    paragraph = next(
        (t for i, t in enumerate(tokens) if t.type == "inline" and tokens[i - 1].type == "paragraph_open"), None
    )
    typed = tokens[0].content[: _SUMMARY_CHARACTERS * 2] if tokens and tokens[0].type == _AS_TYPED else ""
    words = " ".join((_plain(paragraph) if paragraph else typed).split())
    if len(words) <= _SUMMARY_CHARACTERS:
        return words
    end = words.rfind(" ", _SUMMARY_CHARACTERS // 2, _SUMMARY_CHARACTERS)  # none in scripts that have no spaces
    return words[: end if end > 0 else _SUMMARY_CHARACTERS].rstrip(",;:—- ") + _ELLIPSIS


def _render(parser: MarkdownIt, tokens: Sequence[Token], env: dict[str, Any] | None = None) -> str:
    return str(parser.renderer.render(tokens, parser.options, env or {}))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


_ESSAYS = _parser(within_site=False)
_NOTES = _parser(within_site=True)
