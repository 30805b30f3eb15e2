"""An author's API may fail in any way: each has a name, words that help, and keeps what arrived. No key ever shows."""

from __future__ import annotations

import json
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import anthropic
import httpx2
import msgspec
import pytest

import fault_server as faults
from builders import NOW
from claudes_corner.errors import AuthorError
from claudes_corner.generation.author import Author
from claudes_corner.generation.exchange import Completion, Progress
from claudes_corner.generation.failures import AskCancelled, AskError
from claudes_corner.settings import AuthorSettings
from fault_server import FaultServer

OPUS_3 = "claude-3-opus-20240229"
KEY = "sk-ant-canary-5e1f"  # must appear in nothing but the request's header
TEXT = "Once up"  # one delta
BODY = {
    "model": OPUS_3,
    "max_tokens": 4096,
    "system": "You are… 🦉",
    "messages": [{"role": "user", "content": [{"type": "text", "text": "An essay,\r\nplease. \u2028 ü"}]}],
}
PLENTY_SECONDS = 20.0
SOON_SECONDS = 0.5


def make_author(url: str | None, *, model: str = OPUS_3, **options: Any) -> Author:
    settings = AuthorSettings(name="Claude Opus 3", model=model, key_env="CORNER_KEY")
    return Author(settings, key=options.pop("key", KEY), base_url=url, clock=lambda: NOW, **options)


def ask(
    url: str, body: dict[str, Any] = BODY, *, seconds: float = PLENTY_SECONDS, report: Any = None, **options: Any
) -> Completion:
    author = make_author(url, **options)
    return author.ask(body, report or (lambda progress: None), deadline_at=time.monotonic() + seconds)


def failure(url: str, body: dict[str, Any] = BODY, **options: Any) -> AskError:
    with pytest.raises(AskError) as caught:
        ask(url, body, **options)
    return caught.value


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


class Fault(NamedTuple):
    claim: str
    behaviour: faults.Behaviour
    cause: str
    says: str
    partial: str = ""
    is_retryable: bool = False
    seconds: float = PLENTY_SECONDS


REFUSALS = [
    Fault("401 names the key's variable", faults.unauthorized(), "authentication", "the key in CORNER_KEY was refused"),
    Fault("402 is the account's", faults.status(402, "billing_error"), "payment", "cannot pay"),
    Fault("403 names the model", faults.forbidden(), "permission", f"may not use {OPUS_3}"),
    Fault("404 says how to get Opus 3", faults.not_found(), "model-not-found", "by request only"),
    Fault("408 may be asked again", faults.request_timeout(), "request-timeout", "Try again", "", True),
    Fault("409 may be asked again", faults.conflict(), "conflict", "Try again", "", True),
    Fault("413 asks for less context", faults.too_large(), "too-large", "Give the mode less context"),
    Fault("422 is a bad request", faults.status(422, "unprocessable"), "bad-request", "refused the request"),
    Fault("400 quotes the API", faults.status(400, "invalid_request_error"), "bad-request", "found So it is."),
    Fault("a long prompt (llama.cpp)", faults.too_much_context(), "exceeds-context", "found request (7830 tokens)"),
    Fault(
        "a long prompt (Claude)",
        faults.status(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        "exceeds-context",
        f"too long for {OPUS_3}",
    ),
    Fault("429 may be asked again", faults.rate_limited(), "rate-limited", "takes no more requests", "", True),
    Fault("500 may be asked again", faults.server_error(), "server-error", "failed with status 500", "", True),
    Fault("502 in HTML, too", faults.html_error(502), "server-error", "failed with status 502. Try again", "", True),
    Fault("529 may be asked again", faults.overloaded(), "overloaded", "is overloaded", "", True),
    Fault("overloaded as a 503", faults.status(503, "overloaded_error"), "overloaded", "is overloaded", "", True),
    Fault("no, says x-should-retry", faults.status(500, "api_error", x_should_retry="false"), "server-error", "failed"),
    Fault("a redirect is not followed", faults.status(301, "", location="/elsewhere"), "http-301", "Check `base_url`"),
]
ANSWERS = [
    Fault("JSON for a stream", faults.json_answer(), "not-a-stream", "found application/json"),
    Fault("{} for a stream", faults.empty_json_answer(), "not-a-stream", "expected text/event-stream"),
    Fault("HTML for a stream", faults.html_answer(), "not-a-stream", "found text/html"),
    Fault("a compressed stream", faults.compressed(TEXT), "malformed", "compressed", "", True),
    Fault("no content", faults.empty(), "empty", "no text"),
    Fault("only white space", faults.blank(), "empty", "no text", " \n\r\n "),
    Fault("half a character", faults.lone_surrogate(TEXT), "lone-surrogate", "half a character", f"{TEXT}\\ud83d"),
    Fault("a refusal", faults.refusal(), "refusal", "found general_harms"),
    Fault("a refusal halfway", faults.refusal(TEXT), "refusal", "the model refused", TEXT),
    Fault("another model", faults.wrong_model(TEXT), "wrong-model", f"expected {OPUS_3}, found another-model", TEXT),
    Fault("a change of models", faults.answer(TEXT, also={"model": "m-2"}), "wrong-model", "found m-2", TEXT),
    Fault("a pause", faults.answer(TEXT, stop_reason="pause_turn"), "stop-pause-turn", "found pause_turn", TEXT),
    Fault("a stop of evil name", faults.answer(TEXT, stop_reason="\x1b[31m/../"), "stop-unknown", "\\x1b[31m", TEXT),
    Fault("a stop sequence", faults.answer(TEXT, stop_reason="stop_sequence"), "stop-sequence", "stopped", TEXT),
    Fault("one called an end", faults.stop_sequence_called_end_turn(TEXT), "stop-sequence", "stopped", TEXT),
    Fault("an end without reason", faults.answer(TEXT, stop_reason=None), "malformed", "message_stop", TEXT, True),
]
BREAKS = [
    Fault("reset at once", faults.reset(), "connection", "cannot be reached", "", True),
    Fault("hung up at once", faults.hung_up(), "connection", "cannot be reached", "", True),
    Fault("cut in mid-stream", faults.cut(TEXT), "cut-off", "broke in the middle", TEXT, True),
    Fault("closed tidily", faults.closed_tidily(TEXT), "cut-off", "ended before it was whole", TEXT, True),
    Fault("an empty stream", faults.no_stream(b"", "text/event-stream"), "cut-off", "ended before", "", True),
    Fault("overloaded in mid-stream", faults.error_event(TEXT), "overloaded", "found Not now.", TEXT, True),
    Fault("failed in mid-stream", faults.error_event(TEXT, "api_error"), "server-error", "failed", TEXT, True),
    Fault("failed unheard of", faults.error_event(TEXT, "new_error"), "server-error", "failed", TEXT, True),
    Fault("refused in mid-stream", faults.error_event(TEXT, "permission_error"), "permission", "may not use", TEXT),
    Fault(
        "an error that is no object",
        faults.malformed_event(TEXT, faults.sse("error", {"type": "error"})),
        "server-error",
        "failed",
        TEXT,
        True,
    ),
    Fault(
        "hangs before the head", faults.hang(), "deadline", "the time for an answer was up", "", seconds=SOON_SECONDS
    ),
    Fault("hangs in mid-stream", faults.stall(TEXT), "deadline", "was up", TEXT, seconds=SOON_SECONDS),
    Fault("pings for ever", faults.endless_pings(TEXT), "deadline", "deadline_seconds", TEXT, seconds=SOON_SECONDS),
    Fault("drips its head", faults.header_drip(), "deadline", "was up", "", seconds=SOON_SECONDS),
    Fault("no time left", faults.answer(TEXT), "deadline", "was up", "", seconds=0.0),
]
MALFORMED = {
    "not JSON": faults.malformed_event(TEXT),
    "not UTF-8": faults.invalid_utf8(TEXT),
    "not an object": faults.malformed_event(TEXT, b"event: message_delta\ndata: []\n\n"),
    "not a number": faults.malformed_event(TEXT, b"event: message_delta\ndata: " + b"9" * 5000 + b"\n\n"),
    "the content of another event": faults.malformed_event(TEXT, faults.sse("message_stop", faults.ping()[1])),
    "nested without end": faults.deeply_nested(TEXT),
    "a second start": faults.writes(TEXT, lambda wire: wire.events([faults.start(wire.model)])),
    "a block that starts twice": faults.writes(TEXT, lambda wire: wire.events([faults.block_start()])),
    "a block skipped": faults.writes(TEXT, lambda wire: wire.events([faults.block_start(2)])),
    "a delta of a block never started": faults.writes(TEXT, lambda wire: wire.events([faults.delta("!", 1)])),
    "a delta of a block before the first": faults.writes(TEXT, lambda wire: wire.events([faults.delta("!", -1)])),
    "a delta after its block": faults.writes(TEXT, lambda w: w.events([faults.block_stop(), faults.delta("!")])),
    "a block that stops twice": faults.writes(TEXT, lambda w: w.events([faults.block_stop(), faults.block_stop()])),
    "a block replayed": faults.writes(
        TEXT, lambda w: w.events([faults.block_stop(), faults.block_start(), faults.delta(TEXT), faults.block_stop()])
    ),
    "a stop inside a block": faults.writes(TEXT, lambda wire: wire.events([faults.end(), faults.stop()])),
    "a block after the reason to stop": faults.writes(
        TEXT, lambda w: w.events([faults.block_stop(), faults.end(), faults.block_start(1)])
    ),
    "a delta after the end": faults.writes(
        TEXT, lambda w: w.events([faults.block_stop(), faults.end(), faults.stop(), faults.delta("!")])
    ),
    "a change after the end": faults.writes(
        TEXT, lambda w: w.events([faults.block_stop(), faults.end(), faults.stop(), faults.end("max_tokens")])
    ),
    "a delta without text": faults.writes(TEXT, lambda w: w.events([faults.block_delta(0, type="text_delta")])),
    "a delta of no kind": faults.writes(TEXT, lambda w: w.events([faults.block_delta(0, type=["text_delta"])])),
    "an index that is none": faults.writes(TEXT, lambda w: w.events([faults.block_delta("0", type="text_delta")])),
    "a block that is none": faults.writes(
        TEXT, lambda w: w.events([faults.block_stop(), faults.block_start(1, text=None)])
    ),
    "text outside a text block": faults.writes(
        TEXT, lambda w: w.events([faults.block_stop(), faults.block_start(1, type="thinking"), faults.delta("!", 1)])
    ),
    "usage that is none": faults.writes(
        TEXT, lambda w: w.events([("message_delta", {"type": "message_delta", "delta": {}, "usage": [1]})])
    ),
}
UNSTARTED = {
    "a delta before the start": [faults.delta("!")],
    "a start without a message": [("message_start", {"type": "message_start"})],
    "a start without a model": [("message_start", {"type": "message_start", "message": {"content": []}})],
    "content that is no list": [faults.start(OPUS_3, content="Once")],
    "content of no blocks": [faults.start(OPUS_3, content=["Once"])],
}


@pytest.mark.parametrize("fault", REFUSALS + ANSWERS + BREAKS, ids=lambda fault: fault.claim)
def test_a_fault_has_a_cause_helpful_words_and_keeps_what_arrived(server: FaultServer, fault: Fault) -> None:
    server.then(fault.behaviour)

    error = failure(server.url, seconds=fault.seconds)

    assert (error.cause, error.retryable, error.partial) == (fault.cause, fault.is_retryable, fault.partial)
    assert fault.says in str(error)
    assert_no_key(error)


@pytest.mark.parametrize("behaviour", MALFORMED.values(), ids=MALFORMED)
def test_a_damaged_stream_is_malformed_and_may_be_asked_for_again(
    server: FaultServer, behaviour: faults.Behaviour
) -> None:
    server.then(behaviour)

    error = failure(server.url)

    assert (error.cause, error.retryable, error.partial) == ("malformed", True, TEXT)
    assert "damaged on its way" in str(error)


@pytest.mark.parametrize("events", UNSTARTED.values(), ids=UNSTARTED)
def test_a_stream_that_does_not_begin_well_is_malformed(server: FaultServer, events: list[faults.Event]) -> None:
    server.then(faults.no_stream(b"".join(faults.sse(*event) for event in events), "text/event-stream"))

    assert failure(server.url).cause == "malformed"


def assert_no_key(error: BaseException) -> None:
    seen, chain = [], error
    while chain:
        seen += [str(chain), repr(chain), repr(vars(chain)), *traceback.format_exception(chain)]
        chain = chain.__cause__ or chain.__context__
    assert KEY not in "".join(seen)


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_refused_connection_names_the_endpoint() -> None:
    with faults.closed_port() as url:
        error = failure(url)

    assert (error.cause, error.retryable) == ("connection", True)
    assert f"{url} cannot be reached (found [Errno" in str(error)
    assert_no_key(error)


def test_a_reset_in_mid_stream_keeps_the_text(server: FaultServer) -> None:
    arrived = threading.Event()
    server.then(faults.writes(TEXT, lambda wire: arrived.wait(PLENTY_SECONDS), faults.Wire.reset))

    error = failure(server.url, report=lambda progress: progress.state == "writing" and arrived.set())

    assert (error.cause, error.partial, error.retryable) == ("cut-off", TEXT, True)


def test_a_drip_that_never_ends_is_cut_at_the_deadline_and_keeps_its_letters(server: FaultServer) -> None:
    server.then(faults.slow_drip("a"))
    began = time.monotonic()

    error = failure(server.url, seconds=SOON_SECONDS)

    assert time.monotonic() - began < SOON_SECONDS + 1
    assert error.cause == "deadline"
    assert set(error.partial) == {"a"}


@pytest.mark.parametrize(("behaviour", "partial"), [(faults.hang(), ""), (faults.stall(TEXT), TEXT)])
def test_silence_is_a_stall_before_it_is_the_deadline(
    server: FaultServer, behaviour: faults.Behaviour, partial: str
) -> None:
    server.then(behaviour)

    error = failure(server.url, stall_seconds=0.3)

    assert (error.cause, error.retryable, error.partial) == ("stalled", True, partial)
    assert "was silent for 0.3 seconds" in str(error)


def test_a_whole_message_counts_even_if_its_connection_does_not_end(server: FaultServer) -> None:
    server.then(faults.lingering(TEXT))
    began = time.monotonic()

    assert ask(server.url).text == TEXT
    assert time.monotonic() - began < PLENTY_SECONDS / 2


def test_an_answer_without_end_is_cut_and_memory_stays_bounded(server: FaultServer) -> None:
    server.then(faults.endless_text())

    error = failure(server.url)

    assert error.cause == "too-long"
    assert 30_000_000 < len(error.partial) < 34_000_000


def test_a_line_without_end_is_cut_before_it_fills_the_memory(server: FaultServer) -> None:
    sent: list[int] = []
    server.then(faults.endless_line(sent))

    assert failure(server.url).cause == "too-long"
    assert sum(sent) < 16_000_000  # what the sockets hold included


def test_five_megabytes_arrive_whole(server: FaultServer) -> None:
    text = "Letters are how we think of one another. " * 122_000
    server.then(faults.answer(text, size=500))

    assert ask(server.url).text == text


def test_each_request_has_a_connection_of_its_own_and_leaves_no_thread(server: FaultServer) -> None:
    server.then(faults.answer("One."), faults.cut("Two."), faults.answer("Three."))
    threads = set(threading.enumerate())
    author = make_author(server.url)

    for expected in ("One.", None, "Three."):
        if expected:
            assert author.ask(BODY, lambda progress: None, deadline_at=time.monotonic() + 9).text == expected
        else:
            with pytest.raises(AskError):
                author.ask(BODY, lambda progress: None, deadline_at=time.monotonic() + 9)

    assert len(server.requests) == 3
    clocks = [thread for thread in set(threading.enumerate()) - threads if isinstance(thread, threading.Timer)]
    for clock in clocks:
        clock.join(4)  # it was stopped, and needs a moment to see it
    assert not [clock for clock in clocks if clock.is_alive()]


def test_when_no_time_is_left_nothing_is_sent(server: FaultServer) -> None:
    assert failure(server.url, seconds=-1.0).cause == "deadline"
    assert not server.requests


def test_a_failed_request_is_not_repeated(server: FaultServer) -> None:
    server.then(faults.overloaded())

    failure(server.url)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("86400", 86400.0),
        ("Sun, 22 Nov 2026 18:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 17:00:00 GMT", 0.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Sun, 22 Nov 2026 18:00:30 +99999999999999", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(
    server: FaultServer, header: str | None, seconds: float | None
) -> None:
    server.then(faults.rate_limited(header))

    assert failure(server.url).retry_after_seconds == seconds


# --- what leaves ------------------------------------------------------------------------------------------------------


def test_the_body_leaves_as_it_was_given_with_stream_alone_added(server: FaultServer) -> None:
    body = {**BODY, "temperature": 0.7, "unheard_of": {"none": None, "list": [1, 2.5, True]}}

    ask(server.url, body)

    assert server.requests[0].body == {**body, "stream": True}
    assert list(server.requests[0].body) == [*body, "stream"]
    assert server.requests[0].path == "/v1/messages"


def test_only_the_authors_own_key_and_the_sdks_own_headers_leave(
    server: FaultServer, monkeypatch, tmp_path: Path
) -> None:
    profile = tmp_path / "configs" / "default.json"
    profile.parent.mkdir()
    profile.write_text(json.dumps({"base_url": "http://127.0.0.1:9", "api_key": "leaked-profile"}))
    custom = (
        "anthropic-beta: leaked-beta\nauthorization: leaked-bearer\nAnthropic-Version: leaked-version\nx-my: leaked"
    )
    for name, value in {
        "ANTHROPIC_API_KEY": "leaked-key",
        "ANTHROPIC_AUTH_TOKEN": "leaked-token",
        "ANTHROPIC_CUSTOM_HEADERS": f"{custom}\nx-api-key: leaked-api-key\ncookie: leaked",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "ANTHROPIC_CONFIG_DIR": str(tmp_path),
        "ANTHROPIC_PROFILE": "default",
        "ANTHROPIC_WORKSPACE_ID": "leaked-workspace",
    }.items():
        monkeypatch.setenv(name, value)

    ask(server.url)

    headers = server.requests[0].headers
    assert "leaked" not in repr(headers)
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["connection"] == "close"
    others = {name for name in headers if not name.startswith("x-stainless-")}
    assert others == {
        *("accept", "accept-encoding", "anthropic-version", "authorization", "connection", "content-length"),
        *("content-type", "host", "user-agent"),
    }


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_asked_for_loopback(server: FaultServer, monkeypatch, variable: str) -> None:
    with faults.closed_port() as dead:
        monkeypatch.setenv(variable, dead)

        assert ask(server.url).text


def test_a_proxy_of_the_environment_is_asked_for_the_world(server: FaultServer, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)

    ask("http://api.invalid")

    assert server.requests[0].path == "http://api.invalid/v1/messages"


def test_without_a_url_the_endpoint_is_the_sdks_own_whatever_the_environment_says(monkeypatch) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    default = str(anthropic.Anthropic(api_key=KEY).base_url).rstrip("/")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")

    assert make_author(None).endpoint == default == "https://api.anthropic.com"
    assert make_author(None).sdk == f"anthropic {anthropic.__version__}"


@pytest.mark.parametrize(
    "url", ["http://me:secret@127.0.0.1:9", "ftp://h", "nonsense", "http://", "http://h:no", "http://h\0"]
)
def test_a_url_that_cannot_be_an_endpoint_is_refused(url: str) -> None:
    with pytest.raises(AuthorError, match="the author's base URL") as caught:
        make_author(url)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["", f"{KEY}\n", f"{KEY} ", f"\u201c{KEY}\u201d", f"{KEY}\0"])
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(AuthorError, match="the key in CORNER_KEY") as caught:
        make_author("http://127.0.0.1:9", key=key)

    assert_no_key(caught.value)


def test_an_endpoint_that_repeats_the_key_cannot_make_us_show_it(server: FaultServer) -> None:
    server.then(faults.echoes_the_key())

    error = failure(server.url)

    assert "found bad header: Bearer [key]" in str(error)
    assert_no_key(error)


def test_another_model_that_is_not_known_is_not_called_opus(server: FaultServer) -> None:
    server.then(faults.not_found())

    words = str(failure(server.url, {**BODY, "model": "small-1"}))

    assert "does not know small-1" in words
    assert "Opus" not in words


# --- what comes back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["end_turn", "max_tokens"])
def test_a_whole_answer_is_a_completion(server: FaultServer, reason: str) -> None:
    server.then(faults.answer(" Once upon\r\na time… 🦉\n", stop_reason=reason))

    completion = ask(server.url)

    assert completion.text == " Once upon\r\na time… 🦉\n"
    assert (completion.model, completion.stop_reason) == (OPUS_3, reason)
    assert (completion.input_tokens, completion.output_tokens) == (12, 34)
    assert completion.request_id == faults.REQUEST_ID
    assert completion.started_at == completion.finished_at == "2026-11-22T18:00:00Z"


def test_the_message_keeps_every_field_known_or_not(server: FaultServer) -> None:
    server.then(
        faults.stream(
            faults.block_start(type="thinking", thinking="", signature=""),
            faults.block_delta(0, type="thinking_delta", thinking="Hm"),
            faults.block_delta(0, type="thinking_delta", thinking="m."),
            faults.block_delta(0, type="signature_delta", signature="s1"),
            faults.block_stop(0),
            faults.block_start(1, type="from_the_future", crystal="ball"),
            ("event_from_the_future", {"type": "event_from_the_future"}),
            faults.block_delta(1, type="delta_from_the_future", more="?"),
            faults.block_stop(1),
            faults.block_start(2, type="text", text="A", citations=None, tone="mild"),
            faults.delta("n essay", 2),
            faults.block_delta(2, type="citations_delta", citation={"url": "https://a.example"}),
            faults.block_delta(2, type="citations_delta", citation={"url": "https://b.example"}),
            faults.block_stop(2),
            faults.block_start(3, type="server_tool_use", id="t1", name="web_search", input={}),
            faults.block_delta(3, type="input_json_delta", partial_json='{"query": "le'),
            faults.block_delta(3, type="input_json_delta", partial_json='tters"}'),
            faults.block_stop(3),
            faults.block_start(4),
            faults.delta(".", 4),
            faults.block_stop(4),
            faults.end(also={"weather": {"wind": 3}, "content": [], "id": "msg_2"}),
            faults.stop(),
        )
    )

    completion = ask(server.url)
    message = json.loads(bytes(completion.message))

    assert completion.text == "An essay."
    assert message["content"] == [
        {"type": "thinking", "thinking": "Hmm.", "signature": "s1"},
        {"type": "from_the_future", "crystal": "ball"},
        {
            "type": "text",
            "text": "An essay",
            "tone": "mild",
            "citations": [{"url": "https://a.example"}, {"url": "https://b.example"}],
        },
        {"type": "server_tool_use", "id": "t1", "name": "web_search", "input": {"query": "letters"}},
        {"type": "text", "text": "."},
    ]
    assert (message["id"], message["weather"]) == ("msg_1", {"wind": 3})
    assert message["usage"] == {"input_tokens": 12, "output_tokens": 34}


def test_the_message_is_the_one_that_the_sdk_assembles(server: FaultServer) -> None:
    server.then(faults.answer("An essay.\n\nIts end."), faults.answer("An essay.\n\nIts end."))
    client = anthropic.Anthropic(api_key=KEY, base_url=server.url, http_client=httpx2.Client(trust_env=False))
    with client, client.messages.stream(**{**BODY, "model": "small-1"}) as stream:
        theirs = stream.get_final_message().to_dict(exclude_none=True)

    ours = json.loads(bytes(ask(server.url, {**BODY, "model": "small-1"}).message))

    assert {key: value for key, value in ours.items() if value is not None} == theirs


def test_a_delta_that_comes_twice_is_kept_twice_as_nothing_tells_it_from_a_repetition(server: FaultServer) -> None:
    server.then(
        faults.stream(
            faults.block_start(),
            faults.delta("ha"),
            faults.delta("ha"),
            faults.block_stop(),
            faults.end(),
            faults.stop(),
        )
    )

    assert ask(server.url).text == "haha"


def test_a_field_that_no_file_can_keep_fails_the_answer(server: FaultServer) -> None:
    server.then(faults.answer(TEXT, also={"odd": "\ud83d"}))

    assert failure(server.url).cause == "malformed"


def test_usage_that_is_missing_counts_as_none(server: FaultServer) -> None:
    events = [
        faults.start(OPUS_3),
        faults.block_start(),
        faults.delta(TEXT),
        faults.block_stop(),
        faults.end(),
        faults.stop(),
    ]
    del events[0][1]["message"]["usage"], events[4][1]["usage"]
    server.then(faults.no_stream(b"".join(faults.sse(*event) for event in events), "text/event-stream"))

    completion = ask(server.url)

    assert (completion.input_tokens, completion.output_tokens) == (0, 0)


def test_usage_that_is_no_number_can_be_kept_all_the_same(server: FaultServer) -> None:
    server.then(faults.answer(TEXT, input_tokens=True, output_tokens=None))  # type: ignore[arg-type]

    completion = ask(server.url)

    kept = msgspec.json.decode(msgspec.json.encode(completion), type=Completion)
    assert (kept.input_tokens, kept.output_tokens) == (1, 1)


def test_progress_tells_states_and_tokens_but_no_words(server: FaultServer) -> None:
    server.then(faults.answer("Letters " * 50))
    reports: list[Progress] = []

    ask(server.url, report=reports.append)

    assert reports[0] == Progress("asking")
    assert reports[-1] == Progress("writing", output_tokens=34)
    assert [progress.state for progress in reports[1:]] == ["writing"] * len(reports[1:])
    assert not any(progress.note for progress in reports)


def test_progress_is_told_a_few_times_a_second_at_most(server: FaultServer) -> None:
    server.then(faults.answer("Letters " * 5000, size=4))
    reports: list[Progress] = []
    began = time.monotonic()

    ask(server.url, report=reports.append)

    assert len(reports) <= 3 + 4 * (time.monotonic() - began)


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ctrl_c() -> Iterator[Callable[..., None]]:
    """Press Ctrl-C: a real signal, delivered to the main thread as a terminal's is."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored
    yield lambda *_: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_while_it_writes_keeps_the_text(server: FaultServer, ctrl_c: Callable[..., None]) -> None:
    arrived = threading.Event()
    server.then(faults.writes(TEXT, lambda wire: arrived.wait(PLENTY_SECONDS), ctrl_c, faults.Wire.hold))

    with pytest.raises(AskCancelled) as caught:
        ask(server.url, report=lambda progress: progress.state == "writing" and arrived.set())

    assert caught.value.partial == TEXT
    assert_no_key(caught.value)


def test_ctrl_c_while_it_waits_keeps_nothing_and_closes_the_connection(
    server: FaultServer, ctrl_c: Callable[..., None]
) -> None:
    gone = threading.Event()

    def behave(wire: faults.Wire) -> None:
        ctrl_c()
        wire.hold()
        gone.set()

    server.then(behave)

    with pytest.raises(AskCancelled) as caught:
        ask(server.url)

    assert caught.value.partial == ""
    assert gone.wait(PLENTY_SECONDS)
