"""Checks a copy elsewhere, such as a mail or another site's page: does it hold exactly an approved text?

Owns how words are found in whatever a copy is, and how the first difference is told.
"""

from __future__ import annotations

import difflib
import email
import email.policy
from collections.abc import Sequence
from email.message import EmailMessage

import msgspec

from claudes_corner.errors import Problem
from claudes_corner.markup import render_essay
from claudes_corner.verify import Report
from claudes_corner.verify.words import Words, flat, of_anybody

_AROUND = 4  # words shown before and after a difference


class Text(msgspec.Struct, frozen=True):
    """An approved text."""

    name: str  # what the report calls it
    text: str
    title_is_heading: bool


def verify_copy(copy: bytes, where: str, texts: Sequence[Text]) -> Report:
    """Look for an approved text in a copy: HTML, a mail (`.eml`) or plain text, from anybody."""
    found = _words(copy)
    solid = "".join(found)
    versions = [(text, words) for text in texts for words in _versions(text)]
    unseen = ("the copy's title, date and whatever else it shows beside the text", "white space within the text")
    for text, words in versions:
        if "".join(words) in solid:
            return Report((f"{where} holds exactly the text of {text.name}",), (), unseen)
    checked = (f"{where} against {len(texts):,} approved texts",)
    near = max(versions, key=lambda version: _shared(version[1], found), default=None)
    if near is None or _shared(near[1], found) == 0:
        return Report(checked, (Problem("it holds none of the approved texts", where),), unseen)
    expected, other = _first_difference(near[1], found)
    what = f"it is nearest to {near[0].name}, and differs from it"
    return Report(checked, (Problem(what, where, expected, other),), unseen)


def _words(copy: bytes) -> list[str]:
    text = copy.decode("utf-8", "replace")
    head = text[:2000].lower()
    if "\nsubject:" in f"\n{head}" and "<html" not in head.partition("\n\n")[0]:
        mail = email.message_from_bytes(copy, EmailMessage, policy=email.policy.default)
        body = mail.get_body(("html", "plain"))
        text = str(body.get_content()) if body else ""
        is_html = bool(body and body.get_content_subtype() == "html")
    else:
        is_html = "<p" in text or "<html" in head or "<!doctype" in head
    return (Words(of_anybody(text), is_page=False, is_anybodys=True).text if is_html else flat(text)).split()


def _versions(text: Text) -> list[list[str]]:
    """The words of a text as a page shows them, and as they were typed."""
    rendered = Words(render_essay(text.text, title_is_heading=text.title_is_heading).html, is_page=False).text
    typed = text.text.partition("\n")[2] if text.title_is_heading else text.text
    return [words for words in (rendered.split(), flat(typed).split()) if words]


def _shared(words: Sequence[str], found: Sequence[str]) -> int:
    """Count how many runs of three words two texts share."""
    return len(
        set(zip(words, words[1:], words[2:], strict=False)) & set(zip(found, found[1:], found[2:], strict=False))
    )


def _first_difference(words: Sequence[str], found: Sequence[str]) -> tuple[str, str]:
    """Align two texts and cut out the first place where they differ: (expected, found), quoted."""
    blocks = [b for b in difflib.SequenceMatcher(None, words, found, autojunk=False).get_matching_blocks() if b.size]
    long = max(block.size for block in blocks)
    first = next(block for block in blocks if block.size >= min(3, long))
    ours, theirs = (0, max(first.b - first.a, 0)) if first.a else (first.a + first.size, first.b + first.size)
    cut = [" ".join(text[max(at - _AROUND, 0) : at + _AROUND]) for text, at in ((words, ours), (found, theirs))]
    return repr(cut[0]), repr(cut[1])
