"""What HTML and XML cannot hold is replaced, wherever it stands, and nothing else is."""

from __future__ import annotations

import re

from hypothesis import given as for_any
from hypothesis import strategies as st
from lxml import etree

from claudes_corner.site.characters import are_plain, carried, shown

EDGES = (
    "\x00\x08\t\n\x0b\x0c\r\x1f ~\x7f\x80\x9f\xa0·\ud7ff\ud800\udfff\ue000\ufdcf\ufdd0\ufdef\ufdf0，\ufffd\ufffe\uffff"
)
ANY_TEXT = st.text(st.sampled_from([*EDGES, *"\U00010000\U0001fffe\U0001ffff\U00020000\U0010ffff", "é", "文", "a"]))


def is_noncharacter(character: str) -> bool:
    return 0xFDD0 <= ord(character) <= 0xFDEF or ord(character) & 0xFFFE == 0xFFFE


def is_control(character: str) -> bool:
    return re.fullmatch("[\x00-\x1f\x7f-\x9f]", character) is not None


@for_any(ANY_TEXT)
def test_html_holds_all_but_control_characters_and_noncharacters(text: str) -> None:
    fit = [c in "\t\n\x0c\r" or not (is_control(c) or is_noncharacter(c)) for c in text]
    assert shown(text) == "".join(c if is_fit else "\ufffd" for c, is_fit in zip(text, fit, strict=True))


@for_any(ANY_TEXT)
def test_xml_carries_what_its_parser_reads(text: str) -> None:
    tree = etree.fromstring(f"<a>{carried(text)}</a>".encode())
    assert (tree.text or "") == carried(text).replace("\r\n", "\n").replace("\r", "\n")
    assert len(carried(text)) == len(text)
    assert all(b in {a, "\ufffd"} for a, b in zip(text, carried(text), strict=True))


@for_any(ANY_TEXT)
def test_what_is_called_plain_needs_no_look(text: str) -> None:
    if are_plain(text.encode("utf-8", "surrogatepass")):
        assert shown(text) == carried(text) == text


def test_nearly_all_texts_are_plain() -> None:
    assert all(are_plain(text.encode()) for text in ("a · b\n\t“é” — 文章，", ""))
