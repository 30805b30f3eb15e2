"""The words that an essay is made of, with emphasis, links, code and line breaks where these can be nothing else.

Owns the form in which they can be nothing else. Whatever has another form is markdown-it's to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it.token import Token

_SIGNS = r"\n\\`~*_\[\]<&"  # with which anything else than words begins; an image does with a bracket, too
_STARS = r"(?:\*\*?|__?)"  # they open between white space or punctuation and a word, and close the other way round
_OPEN = rf"""(?<![^ \n"'“‘(—–-]){_STARS}(?=[^\W_])|(?<![^ \n]){_STARS}(?=["“‘])|(?<!!)\["""
_CLOSE = rf"""(?<=[^\W_]){_STARS}(?![^ \n"'”’),.;:!?…—–-])|(?<=[.,;:!?…"”’)]){_STARS}(?![^ \n])"""
_HOST = r"(?:[a-z0-9-]{1,63}\.){1,3}[a-z]{2,63}"
_PATH = r"[/?#](?:[A-Za-z0-9/?#._~!*+,:=@$&'-]|%[0-9A-Fa-f]{2})*"
_STEP = re.compile(  # words, and what ends them; an address is one whose normal form is itself
    rf"""(?P<words>[^{_SIGNS}]*+)
         (?:(?P<end>\Z)
           |(?P<softbreak>\n)(?![ \t])
           |(?P<hardbreak>\\\n)(?![ \t])
           |(?P<open>{_OPEN})
           |(?P<close>{_CLOSE})
           |(?P<link>\]\((?P<address>https?://{_HOST}(?:{_PATH})?)(?:[ ]"(?P<title>[^"\\&\n]+)")?\))
           |`(?P<code>[^`\s](?:[^`\n]*[^`\s])?)`(?!`)
           |(?P<other>[{_SIGNS}])
         )""",
    re.VERBOSE,
)
_NAMES = {
    "*": ("em_open", "em_close", "em"),
    "_": ("em_open", "em_close", "em"),
    "**": ("strong_open", "strong_close", "strong"),
    "__": ("strong_open", "strong_close", "strong"),
    "[": ("link_open", "link_close", "a"),
}
_DEEPEST = 4  # emphasis in emphasis in a link; it also bounds what is looked for among what is open
_Opened = list[tuple[str, Token]]  # what is not closed yet: its sign, and its token


def tokens_of(content: str) -> list[Token] | None:
    """Make the tokens of what stands in a block; None if something else than plain words might be in it."""
    tokens: list[Token] = []
    opened: _Opened = []
    for step in _STEP.finditer(content):
        kind, words = step.lastgroup or "", step["words"]
        if kind == "softbreak":
            words = words.rstrip(" ")
        if words or _is_beside_strong(step, tokens):
            text = Token("text", "", 0)  # whose fields are set after it is made, which takes a third less time
            text.content, text.level = words, len(opened)
            tokens.append(text)
        if kind == "end":
            break
        token = _MAKERS[kind](step, opened)
        if token is None:
            return None
        tokens.append(token)
    return None if opened else tokens


def _is_beside_strong(step: re.Match[str], tokens: list[Token]) -> bool:
    """Answer whether there is a text token even without words: markdown-it makes one of the outer star of two."""
    return step["open"] in {"**", "__"} or (bool(tokens) and tokens[-1].type == "strong_close")


def _break(step: re.Match[str], opened: _Opened) -> Token:
    is_hard = step["hardbreak"] or step["words"].endswith("  ")
    return Token("hardbreak" if is_hard else "softbreak", "br", 0, level=len(opened))


def _code(step: re.Match[str], opened: _Opened) -> Token:
    return Token("code_inline", "code", 0, level=len(opened), content=step["code"], markup="`")


def _open(step: re.Match[str], opened: _Opened) -> Token | None:
    sign = step["open"]
    if len(opened) == _DEEPEST:
        return None
    name, _, tag = _NAMES[sign]
    token = Token(name, tag, 1, level=len(opened), markup=sign if sign != "[" else "")
    opened.append((sign, token))
    return token


def _close(step: re.Match[str], opened: _Opened) -> Token | None:
    sign = step["close"]
    if not opened or opened.pop()[0] != sign:
        return None
    _, name, tag = _NAMES[sign]
    return Token(name, tag, -1, level=len(opened), markup=sign)


def _link(step: re.Match[str], opened: _Opened) -> Token | None:
    """Close a link, and let it know where to; no link stands in another."""
    sign, token = opened.pop() if opened else ("", None)
    if token is None or sign != "[" or any(sign == "[" for sign, _ in opened):
        return None
    token.attrs = {"href": step["address"]}
    if step["title"]:
        token.attrs["title"] = step["title"]
    return Token("link_close", "a", -1, level=len(opened))


_MAKERS: dict[str, Callable[[re.Match[str], _Opened], Token | None]] = {
    "softbreak": _break,
    "hardbreak": _break,
    "code": _code,
    "open": _open,
    "close": _close,
    "link": _link,
    "other": lambda *_: None,
}
