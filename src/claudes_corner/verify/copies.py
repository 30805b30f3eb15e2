"""Checks a copy elsewhere, such as a mail or another site's page: does it hold exactly an approved text?

Owns how words are found in whatever a copy is, and how the first difference is told.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Sequence
from email.message import EmailMessage, MIMEPart

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
    whole = f" {' '.join(found)} "
    versions = [(text, words) for text in texts for words in _versions(text)]
    unseen = (
        "the copy's title, date and whatever else it shows beside those words",
        "links, emphasis and line breaks among them, and what style sheets hide",
    )
    for text, words in versions:
        if f" {' '.join(words)} " in whole:
            return Report((f"{where} holds the words of {text.name}, each and in their order",), (), unseen)
    checked = (f"{where} against {len(texts):,} approved texts",)
    runs = _runs(found)
    near = max(versions, key=lambda version: len(_runs(version[1]) & runs), default=None)
    if near is None or not _runs(near[1]) & runs:
        return Report(checked, (Problem("it holds none of the approved texts", where),), unseen)
    expected, other = _first_difference(near[1], found, runs)
    what = f"it is nearest to {near[0].name}, and differs from it"
    return Report(checked, (Problem(what, where, expected, other),), unseen)


def _words(copy: bytes) -> list[str]:
    text = copy.decode("utf-8", "replace")
    head = text[:2000].lower()
    if "\nsubject:" in f"\n{head}" and "<html" not in head.partition("\n\n")[0]:
        mail = email.message_from_bytes(copy, EmailMessage, policy=email.policy.default)
        body = mail.get_body(("html", "plain"))
        text = _content(body) if body else ""
        is_html = bool(body and body.get_content_subtype() == "html")
    else:
        is_html = "<p" in text or "<html" in head or "<!doctype" in head
    return (Words(of_anybody(text), is_page=False, is_anybodys=True).all if is_html else flat(text)).split()


def _content(body: MIMEPart) -> str:
    try:
        text = str(body.get_content())
    except (LookupError, UnicodeError):
        text = ""
    return text or bytes(body.get_payload(decode=True)).decode("utf-8", "replace")  # its character set is none


def _versions(text: Text) -> list[list[str]]:
    """The words of a text as a page shows them, and as they were typed."""
    rendered = Words(render_essay(text.text, title_is_heading=text.title_is_heading).html, is_page=False).text
    typed = text.text.partition("\n")[2] if text.title_is_heading else text.text
    return [words for words in (rendered.split(), flat(typed).split()) if words]


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    """Collect the runs of three words."""
    return set(zip(words, words[1:], words[2:], strict=False))


def _first_difference(words: list[str], found: list[str], runs: set[tuple[str, ...]]) -> tuple[str, str]:
    """Cut out the first place where two texts differ that share a run of three words: (expected, found), quoted."""
    first = next(at for at in range(len(words)) if tuple(words[at : at + 3]) in runs)
    there, length = _longest(words[first:], found)
    ours, theirs = (0, max(there - first, 0)) if first else (length, there + length)
    cut = [" ".join(text[max(at - _AROUND, 0) : at + _AROUND]) for text, at in ((words, ours), (found, theirs))]
    return repr(cut[0]), repr(cut[1])


def _longest(words: list[str], found: list[str]) -> tuple[int, int]:
    """Find where a text goes on longest from its beginning: (where, for how many words).

    In time that grows as both do, however often words repeat: a copy may be anybody's.

    Source: D. Gusfield, Algorithms on Strings, Trees, and Sequences, § 1.3 (the Z algorithm).
    """
    both = [*words, "", *found]  # no word is empty
    same, left, right = [0] * len(both), 0, 0
    for at in range(1, len(both)):
        length = min(same[at - left], right - at) if at < right else 0
        while at + length < len(both) and both[at + length] == both[length]:
            length += 1
        if at + length > right:
            left, right = at, at + length
        same[at] = length
    there = max(range(len(words) + 1, len(both)), key=same.__getitem__)
    return there - len(words) - 1, same[there]
