"""Every request is on record before it leaves, every broken answer is kept, one deadline holds over all attempts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import fault_server as faults
from builders import EDITION
from claudes_corner import ledger
from claudes_corner.generation.asking import Asking, Commission
from claudes_corner.generation.exchange import Exchange, Progress, Prompt
from claudes_corner.generation.failures import AskCancelled, AskError
from claudes_corner.text import canonical_json, digest
from claudes_corner.workspace import Workspace
from fault_server import Behaviour, FaultServer, Wire
from rounds import KEY, OPUS_3, Clock, events, make_author

ID = f"{EDITION}-minimal-k3v9"
PROMPT = Prompt(("An essay,\r\nplease. 潮",), system="You are…")
TEXT = "Once upon a time"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make_asking(
    workspace: Workspace, url: str, clock: Clock, *, seconds: int = 600, reports: list[Progress] | None = None
) -> Asking:
    settings = msgspec.structs.replace(workspace.config.authors["opus-3"], deadline_seconds=seconds)
    workspace.config = msgspec.structs.replace(workspace.config, authors={"opus-3": settings})
    return Asking(
        workspace,
        make_author(workspace, url, clock=clock),
        Commission(ID, "opus-3", "minimal", EDITION),
        clock.passage,
        (reports if reports is not None else []).append,
    )


def ask(workspace: Workspace, url: str, clock: Clock, **options: Any) -> Exchange:
    return make_asking(workspace, url, clock, **options).ask(PROMPT)


def failure(workspace: Workspace, url: str, clock: Clock, **options: Any) -> AskError:
    with pytest.raises(AskError) as caught:
        ask(workspace, url, clock, **options)
    return caught.value


def records(workspace: Workspace, kind: type[ledger.Record]) -> list[Any]:
    return [record for record in workspace.ledger().records if isinstance(record, kind)]


def unfinished(workspace: Workspace) -> dict[str, bytes]:
    folder = workspace.folders.unfinished
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


# --- on record first --------------------------------------------------------------------------------------------------


def test_a_request_is_on_the_disk_before_it_reaches_the_server(
    workspace: Workspace, server: FaultServer, clock: Clock
) -> None:
    arrived: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def look_first(then: Behaviour) -> Behaviour:
        def behave(wire: Wire) -> None:
            line = workspace.folders.ledger.read_bytes().split(b"\n")[-2]
            arrived.append((json.loads(line), wire.received.body))
            then(wire)

        return behave

    server.then(*map(look_first, [faults.overloaded(), faults.cut(TEXT), faults.answer(TEXT)]))

    ask(workspace, server.url, clock)

    assert len(arrived) == 3
    for attempt, (line, body) in enumerate(arrived, 1):
        assert body.pop("stream") is True
        assert line == {
            **line,
            "event": "requested",
            "id": ID,
            "by": "corner",
            "author": "opus-3",
            "model": OPUS_3,
            "mode": "minimal",
            "edition": EDITION,
            "attempt": attempt,
            "request_sha256": digest(canonical_json(body)),
        }


def test_each_request_has_its_record_and_each_record_its_request(
    workspace: Workspace, server: FaultServer, clock: Clock
) -> None:
    server.then(faults.overloaded(), faults.hung_up(), faults.answer(TEXT))

    ask(workspace, server.url, clock)

    assert events(workspace) == ["requested", "failed", "requested", "failed", "requested"]
    assert len(server.requests) == len(records(workspace, ledger.Requested)) == 3
    assert len({request.raw for request in server.requests}) == 1


def test_if_the_record_cannot_be_written_nothing_leaves(
    workspace: Workspace, server: FaultServer, clock: Clock
) -> None:
    asking = make_asking(workspace, server.url, clock)
    workspace.folders.ledger.mkdir()

    with pytest.raises(OSError, match="Is a directory"):
        asking.ask(PROMPT)

    assert server.requests == []


def test_the_answer_is_the_authors_and_the_transcript_holds_what_was_sent(
    workspace: Workspace, server: FaultServer, clock: Clock
) -> None:
    server.then(faults.cut("Half"), faults.answer(TEXT))
    asking = make_asking(workspace, server.url, clock)

    exchange = asking.ask(PROMPT)

    assert exchange.prompt is PROMPT
    assert exchange.completion.text == TEXT
    (recorded,) = asking.recorded
    assert {**json.loads(bytes(recorded.request)), "stream": True} == server.requests[1].body
    assert json.loads(bytes(recorded.response))["content"] == [{"type": "text", "text": TEXT}]
    assert recorded.request_id == faults.REQUEST_ID
    assert (recorded.started_at, recorded.finished_at) == ("2026-11-22T18:00:01Z", "2026-11-22T18:00:01Z")


# --- again, but not for ever ------------------------------------------------------------------------------------------


def test_attempts_wait_twice_as_long_each_time_and_end_after_the_fifth(
    workspace: Workspace, server: FaultServer, clock: Clock
) -> None:
    server.otherwise = faults.overloaded()

    error = failure(workspace, server.url, clock)

    assert error.cause == "overloaded"
    assert clock.slept == [1, 2, 4, 8]
    assert len(server.requests) == 5
    assert [record.attempt for record in records(workspace, ledger.Requested)] == [1, 2, 3, 4, 5]
    assert [record.cause for record in records(workspace, ledger.Failed)] == ["overloaded"] * 5


def test_a_resumed_round_counts_its_attempts_on(workspace: Workspace, server: FaultServer, clock: Clock) -> None:
    server.otherwise = faults.overloaded()
    failure(workspace, server.url, clock)
    failure(workspace, server.url, clock)

    assert [record.attempt for record in records(workspace, ledger.Requested)] == list(range(1, 11))


@pytest.mark.parametrize(
    ("retry_after", "waits"), [("7", 7), ("0", 0), ("86400", 60), ("Sun, 22 Nov 2026 18:00:20 GMT", 20), (None, 1)]
)
def test_a_server_may_say_how_long_to_wait_within_a_bound(
    workspace: Workspace, server: FaultServer, clock: Clock, retry_after: str | None, waits: float
) -> None:
    server.then(faults.rate_limited(retry_after), faults.answer(TEXT))

    ask(workspace, server.url, clock)

    assert clock.slept == [waits]


def test_no_wait_goes_beyond_the_deadline(workspace: Workspace, server: FaultServer, clock: Clock) -> None:
    server.otherwise = faults.rate_limited("60")

    error = failure(workspace, server.url, clock, seconds=100)

    assert error.cause == "rate-limited"
    assert clock.slept == [60]
    assert len(server.requests) == 2


def test_attempts_share_one_deadline(workspace: Workspace, server: FaultServer, clock: Clock) -> None:
    server.then(faults.rate_limited("18"), faults.rate_limited("1"), faults.stall(TEXT))
    began = time.monotonic()

    error = failure(workspace, server.url, clock, seconds=20)

    assert error.cause == "deadline"
    assert clock.slept == [18, 1]
    assert time.monotonic() - began < 15  # the last attempt had a second left, not twenty of its own
    assert list(unfinished(workspace).values()) == [TEXT.encode()]


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (faults.unauthorized(), "authentication"),
        (faults.forbidden(), "permission"),
        (faults.not_found(), "model-not-found"),
        (faults.too_large(), "too-large"),
        (faults.refusal("I would rather not."), "refusal"),
        (faults.wrong_model(TEXT), "wrong-model"),
        (faults.empty(), "empty"),
        (faults.html_answer(), "not-a-stream"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_waiting_does_not_mend_is_asked_once(
    workspace: Workspace, server: FaultServer, clock: Clock, behaviour: Behaviour, cause: str
) -> None:
    server.then(behaviour)

    assert failure(workspace, server.url, clock).cause == cause

    assert clock.slept == []
    assert events(workspace) == ["requested", "failed"]
    assert records(workspace, ledger.Failed)[0].cause == cause


def test_a_server_that_is_not_there_is_asked_again(workspace: Workspace, clock: Clock) -> None:
    with faults.closed_port() as url:
        assert failure(workspace, url, clock).cause == "connection"

    assert clock.slept == [1, 2, 4, 8]


def test_while_it_waits_it_says_why_and_how_long_and_never_a_word_of_the_text(
    workspace: Workspace, server: FaultServer, clock: Clock
) -> None:
    server.then(faults.error_event(TEXT), faults.rate_limited("7.4"), faults.answer(TEXT))
    reports: list[Progress] = []

    ask(workspace, server.url, clock, reports=reports)

    waits = [progress.note for progress in reports if progress.state == "waiting"]
    assert waits == ["overloaded; asks again in 1 s", "rate-limited; asks again in 7 s"]
    assert TEXT not in repr(reports)


# --- nothing is lost --------------------------------------------------------------------------------------------------


def test_what_had_arrived_is_kept_with_its_digest_on_record_and_is_no_draft(
    workspace: Workspace, server: FaultServer, clock: Clock
) -> None:
    server.then(faults.cut("One é"), faults.closed_tidily("Two."), faults.overloaded(), faults.answer(TEXT))

    ask(workspace, server.url, clock)

    kept = {digest(content): (name, content) for name, content in unfinished(workspace).items()}
    found = [record.partial_sha256 for record in records(workspace, ledger.Failed)]
    assert [kept[sha256][1] for sha256 in found[:2]] == ["One é".encode(), b"Two."]
    assert found[2] is None
    assert all(name == f"{ID}.{sha256[7:15]}.partial.txt" for sha256, (name, _) in kept.items())
    assert not list(workspace.folders.drafts.glob("*.md"))


def test_half_a_character_that_no_file_can_keep_is_kept_as_its_escape(
    workspace: Workspace, server: FaultServer, clock: Clock
) -> None:
    server.then(faults.lone_surrogate(TEXT))

    assert failure(workspace, server.url, clock).cause == "lone-surrogate"

    assert list(unfinished(workspace).values()) == [f"{TEXT}\\ud83d".encode()]


def test_ctrl_c_between_two_attempts_is_on_record(workspace: Workspace, server: FaultServer, clock: Clock) -> None:
    server.then(faults.overloaded())
    clock.sleep = press_ctrl_c  # type: ignore[method-assign]

    with pytest.raises(AskCancelled):
        ask(workspace, server.url, clock)

    assert events(workspace) == ["requested", "failed", "cancelled"]
    assert records(workspace, ledger.Cancelled)[0].partial_sha256 is None
    assert len(server.requests) == 1


def press_ctrl_c(_seconds: float) -> None:
    raise KeyboardInterrupt


def test_no_file_holds_the_key(workspace: Workspace, server: FaultServer, clock: Clock) -> None:
    server.then(faults.echoes_the_key())

    error = failure(workspace, server.url, clock)

    assert KEY in server.requests[0].headers["authorization"]
    assert KEY not in str(error)
    for path in workspace.folders.root.rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes(), path
