"""What our Markdown does otherwise than CommonMark's, so that nothing of a text is lost on its way to a page.

Owns the parser's own rules: indented lines, verse, footnotes, the numbers of lists, and what is nested too deep.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, paragraph, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, newline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

from claudes_corner.markup.budget import spend_cells

FOOTNOTES = ["footnote_def", "footnote_ref", "footnote_tail"]  # rules to switch off where footnotes go astray
_INDENT = "\u2002"  # an en space for each column: wide enough to see, and feed readers keep it
_DEEPEST = 40  # levels of nested blocks; a list has two
_VERSE_CHARACTERS = 60  # no line of verse is longer; prose with a line break has longer ones


def keep_lines(parser: MarkdownIt) -> None:
    """Let a parser keep the indentation of lines, and show what it would drop for being nested too deep."""
    parser.options["maxNesting"] = 2 * _DEEPEST
    parser.options["store_labels"] = True  # for `unused_references`
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.at("paragraph", _paragraph)
    parser.block.ruler.before("table", "too_deep", _too_deep)
    parser.inline.ruler.at("newline", _newline)


def add_footnotes(parser: MarkdownIt) -> None:
    """Let a parser know footnotes; it needs `name` in its environment, for their ids."""
    footnote_plugin(parser, inline=False)
    parser.inline.ruler.at("footnote_ref", _known_footnote_ref)
    parser.core.ruler.before("footnote_tail", "astray", _note_astray)
    for part, rule in _FOOTNOTE_RULES.items():
        parser.add_render_rule(f"footnote_{part}", rule)


def keep_numbers(tokens: Sequence[Token]) -> None:
    """Let each item of a list show the number it was typed with: a list of years counts no further by one.

    Only a list that begins with 0 or 1 and repeats it means to be counted.
    """
    lists: list[list[Token]] = []
    for token in tokens:
        if token.type in {"ordered_list_open", "bullet_list_open"}:
            lists.append([])
        elif token.type == "list_item_open":
            lists[-1].append(token)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            items = [item for item in lists.pop() if item.info]
            typed = [int(item.info) for item in items]
            means_counting = len(set(typed)) == 1 and typed[0] in {0, 1}
            for place, (item, number) in enumerate(zip(items, typed, strict=True)):
                if place and number != typed[place - 1] + 1 and not means_counting:
                    item.attrSet("value", str(number))


def unused_references(tokens: Sequence[Token], env: EnvType) -> tuple[str, ...]:
    """Name the rule to switch off where a line such as `[Ann]: Hello` would vanish: unused, or said twice."""
    if "references" not in env:
        return ()
    inline = list(chain.from_iterable(token.children or () for token in tokens))
    inline += [child for token in inline for child in token.children or ()]  # of images
    used = {token.meta.get("label") for token in inline}
    is_whole = not env.get("duplicate_refs") and used.issuperset(env["references"])
    return () if is_whole else ("reference",)


def keep_info(tokens: Sequence[Token]) -> None:
    """Show what stands after a fence if it is more than the name of a language."""
    for token in tokens:
        if token.type == "fence" and not re.fullmatch(r"[\w+#.-]*", token.info.strip()):
            token.content, token.info = f"{token.info}\n{token.content}", ""


def mark_verse(tokens: Sequence[Token]) -> None:
    """Give a paragraph of several lines the class `verse` if all are short, so that themes may set it otherwise."""
    for opened, inline in pairwise(tokens):
        if opened.type == "paragraph_open" and "\n" in inline.content and _has_short_lines(inline.children or ()):
            opened.attrSet("class", "verse")


def _has_short_lines(inline: Sequence[Token]) -> bool:
    lines, length = 1, 0
    for token in inline:
        if token.type in {"softbreak", "hardbreak"}:
            lines, length = lines + 1, 0
        length += len(token.content)
        if length > _VERSE_CHARACTERS:
            return False
    return lines > 1


def free_id(slug: str, taken: dict[str, int]) -> str:
    """Name a heading by its words, and by a number if another has them.

    `taken` holds the names so far, each with the number that is tried next.
    """
    name = f"s-{slug}" if slug else "s"
    if slug and name not in taken:
        taken[name] = 2
        return name
    number = taken.get(name, 2)
    while f"{name}-{number}" in taken:
        number += 1
    taken[name] = number + 1
    taken[f"{name}-{number}"] = 2
    return f"{name}-{number}"


def _note_astray(state: StateCore) -> None:
    """Find footnotes that would vanish or break the page: unused, written twice, nested, or within a link."""
    if "footnotes" not in state.env:
        return
    depth, labels = 0, []
    for token in state.tokens:
        depth += {"footnote_reference_open": 1, "footnote_reference_close": -1}.get(token.type, 0)
        if token.type == "footnote_reference_open":
            labels.append(token.meta["label"])
            state.env["is_astray"] = state.env.get("is_astray", False) or depth > 1
    unused = any(number < 0 for number in state.env["footnotes"]["refs"].values())
    linked = any(_is_reference_in_link(token.children or ()) for token in state.tokens)
    if unused or linked or len(set(labels)) < len(labels):
        state.env["is_astray"] = True


def _is_reference_in_link(inline: Sequence[Token]) -> bool:
    nesting = 0
    for token in inline:
        nesting += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "footnote_ref" and nesting:
            return True
        if token.type == "image" and any(child.type == "footnote_ref" for child in token.children or ()):
            return True
    return False


def _paragraph(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
    """Make a paragraph that keeps its first line's indentation."""
    line = state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]]
    kept = line[: len(line) - len(line.lstrip())]  # spaces that only Unicode knows
    after_label = state.bMarks[start_line] and state.src[state.bMarks[start_line] - 1] == ":"  # of a footnote
    columns = 0 if after_label else state.sCount[start_line] - state.blkIndent
    paragraph(state, start_line, end_line, silent)
    state.tokens[-2].content = _INDENT * columns + kept + state.tokens[-2].content
    return True


def _newline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Break a line, and keep the next one's indentation."""
    start = state.pos
    found = newline(state, silent)
    if found and not silent:
        state.pending += _INDENT * len(state.src[start + 1 : state.pos].expandtabs(4))
    return found


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
    """Make a table, unless a row has more cells than the head: they would vanish."""
    if start_line < state.env.get("no_table_before", 0):
        return False
    before, parent = len(state.tokens), state.parentType
    is_table = table(state, start_line, end_line, silent)
    if silent or not is_table:
        return is_table
    spend_cells(state.env, sum(token.type in {"th_open", "td_open"} for token in state.tokens[before:]))
    lines = (state.src[state.bMarks[n] + state.tShift[n] : state.eMarks[n]] for n in range(start_line + 2, state.line))
    columns = sum(token.type == "th_open" for token in state.tokens[before:])
    if all(len(escapedSplit(line.strip().removeprefix("|").removesuffix("|"))) <= columns for line in lines):
        return True
    del state.tokens[before:]
    state.env["no_table_before"] = state.line  # or each line that looks like a head would be tried against all the rest
    state.line, state.parentType = start_line, parent
    return False


def _too_deep(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
    """Show as plain lines what is nested deeper than any essay needs."""
    if silent or state.level < _DEEPEST:
        return False
    line = start_line + 1
    while line < end_line and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.children = state.getLines(start_line, line, state.blkIndent, keepLastLF=False).strip(), []
    state.push("paragraph_close", "p", -1)
    state.line = line
    return True


def _known_footnote_ref(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Refer to a footnote that there is; the rule itself reads on to the end of a label letter by letter."""
    if not state.src.startswith("[^", state.pos):
        return False
    label = state.src[state.pos + 2 : state.src.find("]", state.pos)]
    return f":{label}" in state.env.get("footnotes", {}).get("refs", ()) and footnote_ref(state, silent)


def _footnote_number(token: Token) -> int:
    return int(token.meta["id"]) + 1


def _reference_id(token: Token, env: EnvType) -> str:
    again = f"-{token.meta['subId'] + 1}" if token.meta["subId"] else ""
    return f"fnref-{env['name']}-{_footnote_number(token)}{again}"


def _footnote_ref(_self: RendererHTML, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
    number = _footnote_number(tokens[idx])
    target = f"#fn-{env['name']}-{number}"
    return f'<sup><a href="{target}" id="{_reference_id(tokens[idx], env)}" role="doc-noteref">{number}</a></sup>'


def _footnote_open(_self: RendererHTML, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
    return f'<li id="fn-{env["name"]}-{_footnote_number(tokens[idx])}">\n'


def _footnote_anchor(
    _self: RendererHTML, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType
) -> str:
    target = f"#{_reference_id(tokens[idx], env)}"
    return (
        f' <a href="{target}" role="doc-backlink" aria-label="Back to note {_footnote_number(tokens[idx])}">↩\ufe0e</a>'
    )


_FOOTNOTE_RULES: dict[str, Any] = {
    "ref": _footnote_ref,
    "block_open": lambda *_: '<hr class="notes">\n<ol class="notes">\n',
    "block_close": lambda *_: "</ol>\n",
    "open": _footnote_open,
    "close": lambda *_: "</li>\n",
    "anchor": _footnote_anchor,
}
