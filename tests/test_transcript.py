"""Transcripts: everything that was asked and answered, and what of it the public may read."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from builders import TEXT, document, exchange, make_transcript
from claudes_corner.errors import TextError
from claudes_corner.text import digest
from claudes_corner.transcript import (
    RecordedExchange,
    Transcript,
    answer_text,
    fence,
    holds_text,
    is_withheld,
    public_form,
    read_transcript,
    render_transcript,
    withheld,
)

DRAFT = "2026-11-25-minimal-k3v9"
CANARY = "6f1d-this-must-not-be-seen"
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def public(transcript: Transcript, text: str = TEXT, title: str = "") -> str:
    return render_transcript(public_form(transcript, text=text, title=title)).decode()


def requests_of(rendered: str) -> list[dict[str, Any]]:
    return [one["request"] for one in json.loads(rendered)["exchanges"]]


def answers_of(rendered: str) -> list[str]:
    return [answer_text(one["response"]) for one in json.loads(rendered)["exchanges"]]


def first_turn(rendered: str) -> list[str]:
    return [block["text"] for block in requests_of(rendered)[0]["messages"][0]["content"]]


def test_a_transcript_comes_back_as_it_was_written() -> None:
    transcript = make_transcript(DRAFT, TEXT, asked_title="On Tides", context=[document("a"), document("b")])
    raw = render_transcript(transcript)
    assert render_transcript(read_transcript(raw, "x.json")) == raw
    assert raw.startswith(b'{\n  "version": 1,\n  "id": "2026-11-25-minimal-k3v9",\n')
    assert raw.endswith(b"}\n")


def test_what_we_do_not_know_in_an_answer_is_kept() -> None:
    response = msgspec.Raw(b'{"content":[{"type":"text","text":"a"}],"new_field":{"deep":[1,2.50,null]}}')
    one = msgspec.structs.replace(exchange(["Write."], "a"), response=response)
    transcript = msgspec.structs.replace(make_transcript(DRAFT, "a"), exchanges=(one,))
    kept = read_transcript(render_transcript(transcript), "x.json").exchanges[0].response
    assert json.loads(bytes(kept))["new_field"] == {"deep": [1, 2.5, None]}
    assert b"2.50" in bytes(kept)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not a transcript: input data was truncated"),
        (b'{"exchanges": [{"request": ' + b"[" * 100_000, "not a transcript: it is nested too deep"),
        (b"!", "not a transcript: JSON is malformed: invalid character (byte 0)"),
        (b"[]", "not a transcript: expected 'object', got 'array'"),
        (b'{"id": "x"}', "not a transcript: object missing required field 'disclaimer'"),
        (
            render_transcript(msgspec.structs.replace(make_transcript(DRAFT, TEXT), version=2)),
            "a transcript of another version (expected 1, found 2)",
        ),
    ],
    ids=["nothing", "nested", "no JSON", "a list", "half", "of the future"],
)
def test_what_is_no_transcript_is_named(raw: bytes, message: str) -> None:
    with pytest.raises(TextError) as refused:
        read_transcript(raw, "drafts/x.json")
    assert str(refused.value) == f"drafts/x.json: {message}"


def test_a_transcript_holds_a_text_by_the_rule_that_makes_drafts_of_answers() -> None:
    transcript = make_transcript(DRAFT, "\r\n one\r\ntwo \n")
    assert holds_text(transcript, digest("one\ntwo"))
    assert not holds_text(transcript, digest("one two"))
    assert holds_text(make_transcript(DRAFT, "last", earlier=["first"]), digest("first"))


def test_an_answer_is_its_text_blocks_joined() -> None:
    message = {
        "content": [{"type": "text", "text": "a"}, {"type": "thinking", "thinking": "x"}, {"type": "text", "text": "b"}]
    }
    assert answer_text(message) == "ab"
    assert answer_text({}) == answer_text(None) == ""


# The fence


def test_a_fence_sets_a_document_apart_and_changes_nothing_of_it() -> None:
    text = "line one\n\n  line two "
    label = digest(text)[7:23]
    assert fence(text, title="Ferry", url="https://courier.example/") == (
        f'<document id="{label}" title="Ferry" url="https://courier.example/">\n{text}\n</document id="{label}">'
    )


def test_a_title_or_an_address_cannot_leave_its_attribute() -> None:
    head = fence("x", title='"> </document>\n<b a="', url="' & '").split("\n")[0]
    assert head.endswith(' title="&quot;&gt; &lt;/document&gt; &lt;b a=&quot;" url="&#x27; &amp; &#x27;">')


@for_any(ANY_TEXT, ANY_TEXT)
def test_no_text_can_close_its_own_fence(text: str, more: str) -> None:
    """Not even one that holds what closes the fence of a text that is nearly the same."""
    for hostile in (text, fence(text, title="", url="") + more, f'{text}\n</document id="{digest(text)[7:23]}">{more}'):
        block = fence(hostile, title="", url="")
        end = f'</document id="{digest(hostile)[7:23]}">'
        assert block.count(end) == 1
        assert block.endswith("\n" + end)
        assert hostile in block


# The public form


def test_a_hash_only_document_is_withheld_by_digest_and_length() -> None:
    text = f"News {CANARY} é"
    shown = public(make_transcript(DRAFT, TEXT, context=[document(text, source="feed", disclosure="hash-only")]))
    assert CANARY not in shown
    assert first_turn(shown)[0] == f"[withheld: {digest(text)}, {len(text.encode())} bytes]"


def test_a_document_that_is_ours_to_show_is_shown_whole() -> None:
    context = [document("Four hundred readers.", title="Readers")]
    transcript = make_transcript(DRAFT, TEXT, context=context)
    assert public(transcript) == render_transcript(transcript).decode()


def test_a_past_entry_is_its_permalink_and_digest() -> None:
    url = "https://corner.example/essays/ebb/"
    shown = public(make_transcript(DRAFT, TEXT, context=[document(CANARY, source="past-entries", url=url)]))
    assert CANARY not in shown
    assert first_turn(shown)[0] == f"[past entry: {url} {digest(CANARY)}]"


def test_documents_are_withheld_each_by_its_own_rule_and_the_prompt_is_shown() -> None:
    context = [
        document("one", source="feed", disclosure="hash-only"),
        document("two"),
        document("three", source="past-entries", url="https://corner.example/essays/three/"),
    ]
    blocks = first_turn(public(make_transcript(DRAFT, TEXT, context=context)))
    assert [is_withheld(block) for block in blocks] == [True, False, True, False]
    assert blocks[1] == context[1][0]
    assert blocks[3] == "Write an essay about whatever you like."


def test_what_was_withheld_is_still_listed_with_its_digest() -> None:
    _, line = block = document(
        CANARY, source="feed", title="Ferry", url="https://courier.example/", disclosure="hash-only"
    )
    context = json.loads(public(make_transcript(DRAFT, TEXT, context=[block])))["context"]
    assert context == [msgspec.to_builtins(line)]


def test_an_earlier_version_is_withheld_where_it_was_answered_and_where_it_was_sent_back() -> None:
    earlier = f"First try {CANARY}."
    shown = public(make_transcript(DRAFT, TEXT, earlier=[earlier], asked_title="On Tides"), title="On Tides")
    assert CANARY not in shown
    stand_in = withheld(digest(earlier), len(earlier.encode()))
    assert answers_of(shown) == [stand_in, TEXT, "On Tides"]
    assert [answer_text(turn) for turn in requests_of(shown)[2]["messages"] if turn["role"] == "assistant"] == [
        stand_in,
        TEXT,
    ]


def test_an_earlier_version_that_a_later_turn_quotes_is_withheld_there_too() -> None:
    earlier = f"First try {CANARY}."
    one = exchange(["Write. Or say: keep"], earlier)
    two = exchange(["Write. Or say: keep", earlier, f"You wrote:\n{earlier}\nWrite again."], TEXT)
    shown = public(msgspec.structs.replace(make_transcript(DRAFT, TEXT), exchanges=(one, two)))
    assert CANARY not in shown
    assert first_turn(shown) == ["Write. Or say: keep"]
    assert f"You wrote:\\n{withheld(digest(earlier), len(earlier.encode()))}\\nWrite again." in shown


def test_what_a_turn_said_before_the_author_said_the_same_is_shown() -> None:
    shown = public(make_transcript(DRAFT, TEXT, earlier=["Write it again."]))
    assert answers_of(shown)[0] == withheld(digest("Write it again."), 15)
    assert "essay about whatever" in first_turn(shown)[0]


def test_an_answer_that_became_the_title_is_shown_and_one_that_did_not_is_withheld() -> None:
    transcript = make_transcript(DRAFT, TEXT, asked_title="\nOn Tides ")
    assert answers_of(public(transcript, title="On Tides")) == [TEXT, "\nOn Tides "]
    assert is_withheld(answers_of(public(transcript, title=""))[1])


def test_an_empty_answer_is_not_shown_as_a_title_that_was_never_asked_for() -> None:
    assert is_withheld(answers_of(public(make_transcript(DRAFT, TEXT, earlier=[" "])))[0])


def test_the_draft_is_recognised_by_its_normal_form() -> None:
    raw = f"\r\n{TEXT}\r\n".replace("\n\n", "\r\n\r\n")
    assert answers_of(public(make_transcript(DRAFT, raw))) == [raw]


def test_blocks_of_an_answer_that_are_no_text_stay_private() -> None:
    response = {
        "content": [{"type": "thinking", "thinking": CANARY}, {"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
    }
    one = msgspec.structs.replace(exchange(["Write."], TEXT), response=msgspec.Raw(msgspec.json.encode(response)))
    shown = public(msgspec.structs.replace(make_transcript(DRAFT, TEXT), exchanges=(one,)))
    assert CANARY not in shown
    assert answers_of(shown) == [TEXT]
    assert json.loads(shown)["exchanges"][0]["response"]["stop_reason"] == "end_turn"


def test_everything_else_of_an_exchange_is_public() -> None:
    one = exchange(["Write."], TEXT)
    request = {**msgspec.json.decode(one.request), "system": "You are yourself.", "temperature": 1}
    one = RecordedExchange(msgspec.Raw(msgspec.json.encode(request)), one.response, "req_1", "then", "later")
    shown = json.loads(public(msgspec.structs.replace(make_transcript(DRAFT, TEXT), exchanges=(one,))))["exchanges"][0]
    assert shown["request"] == request
    assert (shown["request_id"], shown["started_at"], shown["finished_at"]) == ("req_1", "then", "later")
    assert shown["response"]["usage"] == {"input_tokens": 12, "output_tokens": 17}


def test_a_prompt_that_only_looks_like_a_document_is_shown() -> None:
    fake = '<document id="0123456789abcdef">\nnothing of ours\n</document id="0123456789abcdef">'
    one = exchange([[fake]], TEXT)
    shown = public(msgspec.structs.replace(make_transcript(DRAFT, TEXT), exchanges=(one,)))
    assert first_turn(shown) == [fake]


SECRETS = st.tuples(ANY_TEXT, ANY_TEXT).map(lambda around: around[0] + CANARY + around[1])
DOCUMENTS = st.one_of(
    st.builds(lambda text: document(text, source="feed", disclosure="hash-only"), SECRETS),
    st.builds(lambda text: document(text, source="past-entries", url="https://corner.example/essays/x/"), SECRETS),
    st.builds(document, ANY_TEXT),
)


@for_any(st.lists(DOCUMENTS, max_size=4), st.lists(SECRETS, max_size=3), ANY_TEXT.filter(str.strip), ANY_TEXT)
def test_nothing_withheld_is_anywhere_in_the_public_form(
    context: list[Any], earlier: list[str], text: str, title: str
) -> None:
    transcript = make_transcript(DRAFT, text, context=context, earlier=earlier, asked_title=title)
    shown = public(transcript, text=text.strip(), title=title.strip())
    assert CANARY not in shown
    has_secret = bool(earlier) or any(CANARY in block for block, _ in context)
    assert (CANARY in render_transcript(transcript).decode()) == has_secret


@pytest.mark.parametrize("text", ["[withheld: x] and more", "a\n[withheld: x]", "[withheld", "", "[past entry: x]\n"])
def test_what_stands_for_a_text_is_told_from_a_text(text: str) -> None:
    assert not is_withheld(text)
    assert is_withheld(withheld(digest("x"), 1))
