"""Front matter: a closed set of keys, and a text beneath that comes back as it went in."""

from __future__ import annotations

from itertools import pairwise

import pytest
import yaml
from hypothesis import example
from hypothesis import given as for_any
from hypothesis import strategies as st

from claudes_corner.errors import TextError
from claudes_corner.front import (
    DraftFront,
    EntryFront,
    LetterFront,
    NoteFront,
    PageFront,
    load_front,
    parse_document,
    render_document,
)
from claudes_corner.text import canonical_json, digest, is_title
from documents import cases

FRONT = DraftFront(
    id="2026-11-25-minimal-k3v9",
    title="On Tides",
    title_by="asked",
    author="opus-3",
    model="claude-3-opus-20240229",
    mode="minimal",
    edition="2026-11-25",
    written_at="2026-11-22T18:00:00Z",
    text_sha256="sha256:00",
    stop_reason="end_turn",
)
DRAFT = """---
id: 2026-11-25-minimal-k3v9
title: On Tides
title_by: asked
author: opus-3
model: claude-3-opus-20240229
mode: minimal
edition: '2026-11-25'
written_at: '2026-11-22T18:00:00Z'
text_sha256: sha256:00
stop_reason: end_turn
---

The tide.
"""
KINDS = {
    "drafts/x.md": DraftFront,
    "content/essays/x.md": EntryFront,
    "content/notes/x.md": NoteFront,
    "content/pages/x.md": PageFront,
}
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ANY_TITLE = ANY_TEXT.filter(is_title)


def entry(**changes: object) -> EntryFront:
    own = {name: getattr(FRONT, name) for name in DraftFront.__struct_fields__}
    added = {
        "slug": "on-tides",
        "date": "2026-11-25T09:00:00Z",
        "tags": ("sea",),
        "approved_by": ("ada",),
        "approved_at": "2026-11-22T19:00:00Z",
    }
    return EntryFront(**{**own, **added, **changes})


@cases("front-errors.md")
def test_broken_front_matter_is_said_in_full(given: str, expected: str) -> None:
    """The path in the message says which kind of file it is."""
    where = expected.partition(":")[0]
    with pytest.raises(TextError) as refused:
        parse_document(f"{given}\n".encode(), where, KINDS[where])
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"", ":1: no front matter (expected '---' on the first line, found '')", id="nothing"),
        pytest.param(
            DRAFT.replace("\n", "\r\n").encode(),
            r":1: no front matter (expected '---' on the first line, found '---\r'). "
            r"Save the file with Unix line ends (LF).",
            id="CRLF",
        ),
        pytest.param(
            b"\xef\xbb\xbf" + DRAFT.encode(),
            r":1: no front matter (expected '---' on the first line, found '\ufeff---'). "
            r"Save the file as UTF-8 without a byte order mark.",
            id="a byte order mark",
        ),
        pytest.param(DRAFT.encode("utf-16"), ": not UTF-8 at byte 0. Save the file as UTF-8.", id="UTF-16"),
        pytest.param(DRAFT.encode() + b"\xff", ": not UTF-8 at byte 240. Save the file as UTF-8.", id="a byte more"),
        pytest.param(
            DRAFT.encode()[:-1],
            ": the text is not framed as it was written (expected an empty line before, a line feed after)",
            id="no line feed",
        ),
        pytest.param(
            DRAFT.replace("On Tides", "On\x07Tides").encode(),
            ":2: not valid YAML: unacceptable character #x0007: control characters are not allowed",
            id="a bell",
        ),
    ],
)
def test_broken_bytes_are_said_as_well(raw: bytes, message: str) -> None:
    with pytest.raises(TextError) as refused:
        parse_document(raw, "drafts/x.md", DraftFront)
    assert str(refused.value) == f"drafts/x.md{message}"


def test_a_draft_is_written_like_this() -> None:
    """The order of the keys is the declared one; no value is folded, and none changes its type."""
    assert render_document(FRONT, "The tide.") == DRAFT.encode()


def test_a_long_title_stays_on_its_line() -> None:
    title = "On Tides, " * 40 + "and Shores"
    assert f"\ntitle: {title}\n".encode() in render_document(entry(title=title), "The tide.")


def test_an_entry_says_more_and_leaves_out_aliases_until_there_are_some() -> None:
    assert b"\nslug: on-tides\n" in render_document(entry(), "The tide.")
    assert b"\ntags: []\n" in render_document(entry(tags=()), "The tide.")
    assert b"aliases" not in render_document(entry(), "The tide.")
    assert b"\naliases:\n- tides\n" in render_document(entry(aliases=("tides",)), "The tide.")


@pytest.mark.parametrize(
    "text",
    ["", "\n", "\n\n", " x ", "---", "---\nid: x\n---\n", "a\n---\nb", "a\r\nb\rc", "a\u2028b\x85c\x0cd", "\ufeffx"],
)
def test_a_text_comes_back_as_it_went_in(text: str) -> None:
    assert parse_document(render_document(FRONT, text), "drafts/x.md", DraftFront) == (FRONT, text)


@for_any(title=ANY_TITLE, model=ANY_TEXT, stop_reason=ANY_TEXT, text=ANY_TEXT)
@example(title="no", model="1.10", stop_reason="", text="")
@example(title="'\"", model="a\n---\nb", stop_reason="ends in a no-break space\xa0", text="\n---\n")
def test_front_matter_comes_back_as_it_went_in(title: str, model: str, stop_reason: str, text: str) -> None:
    """What YAML would make a number, a date or a truth stays a string, and the front matter's digest is the same."""
    front = entry(title=title, model=model, stop_reason=stop_reason, tags=(title,))
    assert parse_document(render_document(front, text), "content/essays/x.md", EntryFront) == (front, text)
    draft, found = parse_document(render_document(front.draft, text), "drafts/x.md", DraftFront)
    assert (draft, found, draft.sha256) == (front.draft, text, front.draft.sha256)


@for_any(title=ANY_TITLE, model=ANY_TEXT, public=st.booleans())
@example(title='a"b\\c/\x7f', model="\u2028\x1f", public=True)
def test_a_digest_is_that_of_the_canonical_json(title: str, model: str, public: bool) -> None:
    letter = LetterFront(
        id="x", sender="ada", to=title, written_at="", public=public, text_sha256="", model=model, stop_reason="é"
    )
    for front in (entry(title=title, model=model), entry(title=title, model=model).draft, letter):
        assert front.sha256 == digest(canonical_json(front))


def test_approval_leaves_the_digest_of_a_drafts_front_matter_alone() -> None:
    assert entry().draft == FRONT
    assert entry(slug="other", tags=()).draft.sha256 == FRONT.sha256
    assert entry(title="Off Tides").draft.sha256 != FRONT.sha256


def test_what_editors_type_by_hand_may_stand_closer_or_further_apart() -> None:
    for text in ("Nothing.\n", "\nNothing.\n", "\n\n\nNothing.\n\n\n", "Nothing."):
        raw = f"---\ntitle: A quiet week\ndate: 2026-11-25\nby: ada\n---\n{text}".encode()
        front, found = parse_document(raw, "content/notes/x.md", NoteFront)
        assert (front, found) == (NoteFront("A quiet week", "2026-11-25", "ada"), "Nothing.")


YAML_SCRAPS = [
    *("key", "title", ": ", ":", "- ", "-", "\n", "\n- ", "'", "''", '"', " ", "  ", "#", " #", "[]", "[a]", "{", "}"),
    *(
        "yes",
        "1.10",
        "2026-11-25",
        "~",
        "null",
        "|",
        ">",
        "&a",
        "*a",
        "!x",
        "%",
        "@",
        "`",
        "é",
        "\u2028",
        "\x85",
        "\t",
        "? ",
    ),
]


@for_any(st.lists(st.sampled_from(YAML_SCRAPS), max_size=14).map("".join))
@example("a: b\nc:\n- d\n- 'it''s'")
@example("a:\nb: c")
@example("a: b: c")
@example("a: b #c")
def test_a_plain_block_says_what_yaml_says(block: str) -> None:
    try:
        expected = yaml.load(block, Loader=yaml.BaseLoader) if block.strip() else {}
        if any(getattr(event, "anchor", None) for event in yaml.parse(block, Loader=yaml.BaseLoader)):
            expected = None  # which front matter cannot have
    except yaml.YAMLError:
        expected = None
    try:
        found = load_front(block, "a.md")
    except TextError:
        found = None
    if isinstance(expected, dict):
        assert found == expected
    else:
        assert found is None


BOMB = "\n".join(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in pairwise("abcdefghi"))


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (
            f"a: &a [x]\n{BOMB}\ntitle: *i",
            "a.md:2: front matter can have no YAML anchor or alias (found '&a'). A value",
        ),
        ("title: &a [*a]", "a.md:2: front matter can have no YAML anchor or alias (found '&a'). A value"),
        ("b: c\ntitle: *a", "a.md:3: front matter can have no YAML anchor or alias (found '*a'). A value"),
        ("b: c\nx: " + "[" * 900 + "]" * 900, "a.md:3: lists or mappings lie more than 20 deep in one another"),
        ("x: " + "[" * 100_000, "a.md:2: lists or mappings lie more than 20 deep in one another"),
        ("x: " + "{a: " * 100_000, "a.md:2: lists or mappings lie more than 20 deep in one another"),
        (
            "\n".join(" " * n + "-" for n in range(999)),
            "a.md:22: lists or mappings lie more than 20 deep in one another",
        ),
        (
            "x: #" + "x" * 1_000_000,
            "a.md:1: the front matter is too long (expected at most 1,000,000 characters, found 1,000,004 characters)",
        ),
    ],
    ids=["aliases of aliases", "itself", "an alias", "900", "open", "mappings", "lines", "long"],
)
@pytest.mark.parametrize("loader", ["CBaseLoader", "none"])
def test_yaml_that_would_take_more_than_there_is_is_refused_before_it_is_loaded(
    block: str, said: str, loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if loader == "none":  # PyYAML without its C library
        monkeypatch.delattr(yaml, "CBaseLoader", raising=False)
    monkeypatch.setattr(yaml, "load", lambda *_, **__: pytest.fail("it was loaded"))
    with pytest.raises(TextError) as refused:
        load_front(block, "a.md")
    assert str(refused.value).startswith(said)


def test_front_matter_of_others_may_be_nested_as_it_is_elsewhere() -> None:
    assert load_front("params:\n  images:\n  - {src: a.png, sizes: [1, [2]]}", "a.md") == {
        "params": {"images": [{"src": "a.png", "sizes": ["1", ["2"]]}]}
    }


def test_a_key_that_stands_there_again_and_again_is_said_each_time_in_no_time() -> None:
    """It took minutes: for each line, all lines before it were looked through."""
    with pytest.raises(TextError) as refused:
        parse_document(b"---\n" + b'title: "x"\n' * 50_000 + b"---\n", "content/pages/x.md", PageFront)
    assert len(refused.value.problems) == 49_999
    assert str(refused.value.problems[-1]) == "content/pages/x.md:50001: front matter key 'title' stands twice"
