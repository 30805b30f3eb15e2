"""Texts: one normal form, one digest, ids and slugs that are safe as names."""

from __future__ import annotations

import hashlib
import itertools
import re

import msgspec
import pytest
from hypothesis import example
from hypothesis import given as for_any
from hypothesis import strategies as st
from slugify import slugify

from claudes_corner.text import (
    EMPTY_DIGEST,
    ID,
    ID_ALPHABET,
    SLUG,
    SLUG_CHARACTERS,
    canonical_json,
    digest,
    has_lone_surrogate,
    is_title,
    mint_id,
    normalise,
    propose_slug,
    visible,
    word_count,
)

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_digest_is_what_sha256sum_says() -> None:
    """`printf 'abc' | sha256sum`, from FIPS 180-2."""
    expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest("abc") == digest(b"abc") == expected
    assert digest("") == EMPTY_DIGEST
    assert digest(b"abc\n") == f"sha256:{hashlib.sha256(b'abc' + bytes([10])).hexdigest()}", (
        "of all bytes, white space too"
    )


def test_canonical_json_is_rfc_8785() -> None:
    """Keys sorted by UTF-16, no white space, only what must be escaped is: RFC 8785, section 3.2.3."""
    value = {"€": "Euro", "\r": "CR", "\ufb33": "dalet", "1": "one", "😀": "smile", "\x80": "control", "ö": "o"}
    assert canonical_json(value).decode() == (
        '{"\\r":"CR","1":"one","\x80":"control","ö":"o","€":"Euro","😀":"smile","\ufb33":"dalet"}'
    )
    assert canonical_json([True, None, 1, "\u2028\x1f"]) == '[true,null,1,"\u2028\\u001f"]'.encode()


def test_canonical_json_does_not_care_in_which_order_keys_came() -> None:
    class Pair(msgspec.Struct):
        b: int
        a: str

    assert canonical_json(Pair(1, "x")) == canonical_json({"a": "x", "b": 1}) == b'{"a":"x","b":1}'


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
        ("\n\n  a \n\n", "a"),
        ("\u00a0\u2003a\u3000\x85\x1f", "a"),
        ("a\x0b\x0cb\u2028c\x85d", "a\x0b\x0cb\u2028c\x85d"),
        ("\ufeffa\u200b", "\ufeffa\u200b"),
        ("e\u0301 é", "e\u0301 é"),
        (" \r\n\t ", ""),
    ],
    ids=[
        "line ends",
        "the ends",
        "Unicode's white space",
        "only CR and CRLF",
        "nothing invisible",
        "no NFC",
        "nothing",
    ],
)
def test_only_line_ends_and_outer_white_space_are_normalised(raw: str, text: str) -> None:
    assert normalise(raw) == text


@for_any(ANY_TEXT)
@example(" \r")
@example("\n\r\n")
def test_a_normal_form_is_its_own_normal_form(raw: str) -> None:
    once = normalise(raw)
    assert normalise(once) == once
    assert "\r" not in once
    assert re.sub(r"\s", "", once) == re.sub(r"\s", "", raw)


def test_half_a_character_is_found() -> None:
    assert has_lone_surrogate("a\ud83d")
    assert not has_lone_surrogate("a😀\ufffd")


@pytest.mark.parametrize("title", ["On Tides", "«О приливах»", "潮", "a\u00a0b", "0", "<b>"])
def test_one_line_is_a_title(title: str) -> None:
    assert is_title(title)


@pytest.mark.parametrize(
    "text", ["", "  ", "a\nb", "a\tb", "a\x00b", "a\x1bb", "a\x85b", "a\u2028b", "a\u2029b", "\ud83d"]
)
def test_more_or_less_than_one_line_is_no_title(text: str) -> None:
    assert not is_title(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("  ", 0),
        ("one two\nthree", 3),
        ("it's well-known", 2),
        ("# Tides\n\n- one\n- *two*\n\n---\n", 3),
        ("the shore—and, – perhaps – the sea", 6),
        ("潮は満ちる", 5),
        ("das 潮 ist", 3),
        ("안녕 하세요", 5),
    ],
)
def test_words_are_counted_between_white_space_and_by_ideograph(text: str, words: int) -> None:
    assert word_count(text) == words


def test_an_id_is_edition_mode_and_four_characters() -> None:
    drawn = iter("k3v9")
    draft_id = mint_id("2026-11-25", "past-entries", lambda _alphabet: next(drawn))
    assert draft_id == "2026-11-25-past-entries-k3v9"
    match = ID.fullmatch(draft_id)
    assert match
    assert match.groupdict() == {"edition": "2026-11-25", "mode": "past-entries", "tail": "k3v9"}


def test_an_ids_characters_are_drawn_from_the_alphabet_without_look_alikes() -> None:
    drawn: list[str] = []

    def choose(alphabet: str) -> str:
        drawn.append(alphabet)
        return alphabet[-1]

    assert ID.fullmatch(mint_id("2026-11-25", "news", choose))
    assert drawn == ["0123456789abcdefghjkmnpqrstvwxyz"] * 4


def test_every_character_of_the_alphabet_may_end_an_id_and_no_other() -> None:
    allowed = {character for character in map(chr, range(0x250)) if ID.fullmatch(f"2026-11-25-news-k3v{character}")}
    assert allowed == set(ID_ALPHABET)


@pytest.mark.parametrize(
    "text",
    [
        "../2026-11-25-news-k3v9",
        "2026-11-25-news-k3v9\n",
        "2026-11-25--k3v9",
        "٢٠٢٦-11-25-news-k3v9",
        "2026-11-25-News-k3v9",
    ],
)
def test_what_could_be_a_path_or_looks_alike_is_no_id(text: str) -> None:
    assert not ID.fullmatch(text)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("On Tides", "on-tides"),
        ("  ‘On’ — Tides!  ", "on-tides"),
        ("О приливах", "o-prilivakh"),
        ("潮", "chao"),
        ("../../etc/passwd", "etc-passwd"),
        ("…", "2026-11-25"),
        ("", "2026-11-25"),
    ],
)
def test_a_slug_is_proposed_from_a_title(title: str, slug: str) -> None:
    assert propose_slug(title, "2026-11-25") == slug


@for_any(st.text())
def test_a_proposed_slug_is_always_one_path_segment(title: str) -> None:
    slug = propose_slug(title, "2026-11-25")
    assert SLUG.fullmatch(slug)
    assert len(slug) <= SLUG_CHARACTERS


LATIN = st.text(st.characters(max_codepoint=0x370) | st.sampled_from(" '‘’“”–—…＇，＆½ﬁ\u0301\u0344a1"), max_size=90)


@for_any(st.one_of(st.text(st.sampled_from(" '\"&#;,.-_/AZaz09\n\t\x00amp")), LATIN, st.text()))
@example("It’s Valparaíso’s — “1’000” … and İ'm")
@example("AT&amp;T, 1,000 &#x41; & 'n' more")
def test_a_plain_titles_slug_is_the_librarys(title: str) -> None:
    expected = slugify(title, max_length=SLUG_CHARACTERS, word_boundary=True, save_order=True)
    assert propose_slug(title, "2026-11-25") == (expected or "2026-11-25")


def test_a_long_title_is_cut_between_words() -> None:
    assert propose_slug("tide " * 40, "x") == "-".join(["tide"] * 16)
    long = "A very long title about the harbour, the corridor and the unreasonable persistence of trains"
    cut = "a-very-long-title-about-the-harbour-the-corridor-and-the-unreasonable"
    assert propose_slug(long, "x") == cut, "no shorter word from further on takes the place of one that does not fit"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", "a\nb\tc"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\rb\x08\x7f\x9b", r"a\rb\x08\x7f\x9b"),
        ("\u202eabc\u2066\u200f", r"\u202eabc\u2066\u200f"),
        ("\u2028\ud83d", r"\u2028\ud83d"),
        ("é 潮 👩‍👧 \u00a0", "é 潮 👩‍👧 \u00a0"),
    ],
    ids=["lines and tabs", "an escape sequence", "controls", "direction", "separators and halves", "letters"],
)
def test_what_could_disturb_a_terminal_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_nothing_visible_moves_the_cursor() -> None:
    everything = "".join(map(chr, itertools.chain(range(0x3000), range(0xD800, 0xE000))))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", visible(everything))
