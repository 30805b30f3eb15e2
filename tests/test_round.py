"""A round asks, records and names: every answer becomes a draft or a failure on record, whatever breaks in between."""

from __future__ import annotations

import itertools
import json
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fault_server as faults
from builders import EDITION, reopen, set_aside, write_draft
from claudes_corner import ledger
from claudes_corner.errors import WorkspaceError
from claudes_corner.front import DraftFront, parse_document
from claudes_corner.generation.costs import Spent
from claudes_corner.generation.crew import Crew
from claudes_corner.generation.exchange import Progress
from claudes_corner.generation.planning import unfinished
from claudes_corner.generation.round import TITLE_QUESTION, Outcome, Round
from claudes_corner.standing import Standing
from claudes_corner.text import canonical_json, digest
from claudes_corner.transcript import public_form, render_transcript
from claudes_corner.workspace import Draft, Workspace
from commands import PATIENCE_SECONDS, corner, ended, process, wait_for
from fault_server import Behaviour, FaultServer, Wire
from rounds import KEY, OPUS_3, TITLE, Clock, events, make_author, make_tasks, run_round

TEXT = "The tide does not argue with the shore.\n\nIt comes back."
HEADED = f"# Tides\n\n{TEXT}"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def only(outcomes: tuple[Outcome, ...]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def standings(workspace: Workspace) -> list[Standing]:
    return list(workspace.ledger().standings.values())


def drafts(workspace: Workspace) -> list[Draft]:
    """Read every draft there is, checked against the record."""
    return [workspace.read_draft(standing) for standing in standings(workspace) if standing.written]


def write(workspace: Workspace, server: FaultServer, *script: Behaviour, mode: str = "minimal") -> Draft:
    """Let one draft be written."""
    server.then(*script)
    assert only(run_round(workspace, server.url, mode)).status == "written"
    return drafts(workspace)[-1]


def configured(workspace: Workspace, old: str, new: str) -> Workspace:
    path = workspace.folders.root / "corner.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return reopen(workspace.folders.root)


# --- a draft ----------------------------------------------------------------------------------------------------------


def test_an_answer_becomes_a_draft_on_record(workspace: Workspace, server: FaultServer) -> None:
    server.then(faults.answer(TEXT), faults.answer(TITLE))

    outcome = only(run_round(workspace, server.url, "minimal"))

    (draft,) = drafts(workspace)
    assert outcome == Outcome("minimal", "written", draft.front.id, output_tokens=34, spent=Spent(24, 68))
    assert events(workspace) == ["requested", "requested", "written"]
    assert draft.path == workspace.folders.drafts / f"{draft.front.id}.md"
    assert draft.text == TEXT
    assert draft.front == DraftFront(
        id=draft.front.id,
        title=TITLE,
        title_by="asked",
        author="opus-3",
        model=OPUS_3,
        mode="minimal",
        edition=EDITION,
        written_at="2026-11-22T18:00:00Z",
        text_sha256=digest(TEXT),
        stop_reason="end_turn",
    )


def test_the_record_holds_the_digests_of_what_lies_on_the_disk(workspace: Workspace, server: FaultServer) -> None:
    draft = write(workspace, server, faults.answer(TEXT), faults.answer(TITLE))

    written = draft.standing.written
    front, text = parse_document(draft.path.read_bytes(), "", DraftFront)
    full = draft.path.with_suffix(".json").read_bytes()
    public = render_transcript(public_form(draft.transcript, text=TEXT, title=TITLE))
    record = workspace.ledger().about(front.id)[-1]
    assert record == ledger.Written(
        seq=4,
        at="2026-11-22T18:00:00Z",
        id=front.id,
        by="corner",
        prev=record.prev,
        model=OPUS_3,
        stop_reason="end_turn",
        title_by="asked",
        text_sha256=digest(text),
        front_sha256=digest(canonical_json(front)),
        transcript_sha256=digest(full),
        public_sha256=digest(public),
    )
    assert all(getattr(written, name) == getattr(record, name) for name in written.__struct_fields__)


@pytest.mark.parametrize("mode", ["minimal", "past-entries", "news", "updates"])
def test_the_transcript_holds_the_exact_requests_and_answers(
    workspace: Workspace, server: FaultServer, mode: str
) -> None:
    draft = write(workspace, server, faults.answer(TEXT), faults.answer(TITLE), mode=mode)

    sent = [request.body for request in server.requests]
    assert [{**json.loads(bytes(e.request)), "stream": True} for e in draft.transcript.exchanges] == sent
    answers = [json.loads(bytes(e.response))["content"][0]["text"] for e in draft.transcript.exchanges]
    assert answers == [TEXT, TITLE]
    assert draft.transcript.endpoint == server.url
    assert draft.transcript.sdk.startswith("anthropic ")
    requested = [r.request_sha256 for r in workspace.ledger().records if isinstance(r, ledger.Requested)]
    assert requested == [digest(canonical_json(json.loads(bytes(e.request)))) for e in draft.transcript.exchanges]
    context = make_tasks(workspace, mode)[0].brief.documents
    assert draft.transcript.context == tuple(document.context for document in context)


def test_line_ends_and_white_space_at_the_ends_are_all_that_is_touched(
    workspace: Workspace, server: FaultServer
) -> None:
    said = " \r\n\u00a0# Ti\u0301des\r\n\r\n  Two  spaces,\rthree\t\u2028lines… <b>&amp;</b> 潮🦉\u200b\n\n"

    draft = write(workspace, server, faults.answer(said, size=1))

    assert draft.text == "# Ti\u0301des\n\n  Two  spaces,\nthree\t\u2028lines… <b>&amp;</b> 潮🦉\u200b"
    assert json.loads(bytes(draft.transcript.exchanges[0].response))["content"][0]["text"] == said


def test_a_text_that_ends_at_the_limit_is_a_draft_that_says_so(workspace: Workspace, server: FaultServer) -> None:
    draft = write(workspace, server, faults.max_tokens(HEADED))

    assert draft.front.stop_reason == draft.standing.written.stop_reason == "max_tokens"


def test_modes_without_anything_to_send_are_skipped_and_ask_nobody(workspace: Workspace, server: FaultServer) -> None:
    (workspace.folders.root / "news.xml").unlink()
    reports: list[Progress] = []

    outcome = only(run_round(workspace, server.url, "news", reports=reports))

    assert outcome == Outcome("news", "skipped", words="its sources have nothing to send")
    assert reports == [Progress("skipped", note="its sources have nothing to send")]
    assert server.requests == []
    assert events(workspace) == []


def test_a_count_asks_for_as_many_drafts_each_with_its_own_id(workspace: Workspace, server: FaultServer) -> None:
    server.otherwise = faults.answer(HEADED)

    outcomes = run_round(workspace, server.url, "minimal", "updates", count=2)

    assert [outcome.mode for outcome in outcomes] == ["minimal", "minimal", "updates", "updates"]
    assert len({outcome.id for outcome in outcomes}) == 4
    assert {draft.text for draft in drafts(workspace)} == {HEADED}


def test_an_id_that_is_taken_is_not_taken_again(workspace: Workspace, server: FaultServer) -> None:
    write_draft(workspace, draft_id=f"{EDITION}-minimal-0000")
    server.then(faults.answer(HEADED))
    letters = itertools.chain("0000", "1111")
    asked = Round(
        workspace,
        make_author(workspace, server.url),
        "opus-3",
        EDITION,
        passage=Clock().passage,
        choose=lambda _alphabet: next(letters),
        report=lambda *_: None,
    )

    assert only(asked.run(make_tasks(workspace, "minimal"))).id == f"{EDITION}-minimal-1111"


def test_a_failure_does_not_stop_the_other_modes(workspace: Workspace, server: FaultServer) -> None:
    server.then(faults.refusal(), faults.answer(HEADED), faults.empty(), faults.answer(HEADED))

    outcomes = run_round(workspace, server.url)

    assert [(outcome.mode, outcome.status) for outcome in outcomes] == [
        ("minimal", "failed"),
        ("past-entries", "written"),
        ("news", "failed"),
        ("updates", "written"),
    ]


@pytest.mark.parametrize(
    ("behaviour", "cause", "says"),
    [
        (faults.refusal("I would rather not."), "refusal", "the model refused to answer"),
        (faults.wrong_model(TEXT), "wrong-model", "another model answered than the one that was asked"),
        (faults.empty(), "empty", "the answer has no text"),
        (faults.blank(), "empty", "the answer has no text"),
        (faults.lone_surrogate(TEXT), "lone-surrogate", "half a character"),
        (faults.unauthorized(), "authentication", "the key in ANTHROPIC_API_KEY was refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_does_not_count_is_on_record_as_failed_and_no_draft(
    workspace: Workspace, server: FaultServer, behaviour: Behaviour, cause: str, says: str
) -> None:
    server.then(behaviour)

    outcome = only(run_round(workspace, server.url, "minimal"))

    assert outcome.status == "failed"
    assert outcome.problem
    assert says in str(outcome.problem)
    assert [r.cause for r in workspace.ledger().records if isinstance(r, ledger.Failed)] == [cause]
    assert drafts(workspace) == []
    assert not list(workspace.folders.drafts.glob("*.md"))


# --- its title --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Tides\n\nText.", "Tides"),
        ("## *Tides* & `shores` ##\nText.", "Tides & shores"),
        ("\n\n#   Tides\nText.", "Tides"),
        (f"# {'Long ' * 60}\n\nText.", ("Long " * 60).strip()),
    ],
)
def test_the_title_is_the_texts_heading_and_nobody_is_asked(
    workspace: Workspace, server: FaultServer, text: str, title: str
) -> None:
    draft = write(workspace, server, faults.answer(text))

    assert (draft.front.title, draft.front.title_by) == (title, "heading")
    assert len(server.requests) == 1


@pytest.mark.parametrize("text", [TEXT, f"{TEXT}\n\n# Later", "#\n\nText.", "#hashtag\n\nText.", "Tides\n=====\n\nT."])
def test_without_a_heading_the_author_is_asked_in_the_same_conversation(
    workspace: Workspace, server: FaultServer, text: str
) -> None:
    workspace = configured(workspace, "[modes.minimal]", '[modes.minimal]\nsystem = "You are…"')

    draft = write(workspace, server, faults.answer(text), faults.answer(f"\n{TITLE} \n"))

    assert (draft.front.title, draft.front.title_by) == (TITLE, "asked")
    first, second = (request.body for request in server.requests)
    assert second == {
        **first,
        "messages": [
            *first["messages"],
            {"role": "assistant", "content": [{"type": "text", "text": text}]},
            {"role": "user", "content": [{"type": "text", "text": TITLE_QUESTION}]},
        ],
    }


@pytest.mark.parametrize("title", ["T" * 120, "“Tides”", "# Tides", "Title: Tides, *again*", "潮"])
def test_a_title_is_kept_as_the_author_gave_it(workspace: Workspace, server: FaultServer, title: str) -> None:
    draft = write(workspace, server, faults.answer(TEXT), faults.answer(title))

    assert (draft.front.title, draft.front.title_by) == (title, "asked")


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(faults.answer("T" * 121), id="too long"),
        pytest.param(faults.answer("On tides\nand shores"), id="two lines"),
        pytest.param(faults.answer("Sure!\r\n\r\nOn tides"), id="two lines of another kind"),
        pytest.param(faults.answer("On\u2028tides"), id="a line separator"),
        pytest.param(faults.answer("On\x1b[31m tides"), id="an escape"),
        pytest.param(faults.answer("On\0tides"), id="a control character"),
        pytest.param(faults.blank(), id="blank"),
        pytest.param(faults.empty(), id="nothing"),
        pytest.param(faults.refusal("No."), id="refused"),
        pytest.param(faults.wrong_model(TITLE), id="another model's"),
        pytest.param(faults.unauthorized(), id="the key is no longer good"),
        pytest.param(faults.lone_surrogate(TITLE), id="half a character"),
    ],
)
def test_without_a_title_that_counts_the_edition_serves_and_the_essay_is_a_draft_all_the_same(
    workspace: Workspace, server: FaultServer, behaviour: Behaviour
) -> None:
    draft = write(workspace, server, faults.answer(TEXT), behaviour)

    assert (draft.front.title, draft.front.title_by, draft.text) == (EDITION, "none", TEXT)
    assert draft.standing.status == "waiting"


def test_a_question_for_a_title_that_fails_is_on_record(workspace: Workspace, server: FaultServer) -> None:
    draft = write(workspace, server, faults.answer(TEXT), *[faults.overloaded()] * 4, faults.cut("On ti"))

    assert events(workspace) == ["requested", *["requested", "failed"] * 5, "written"]
    assert len(draft.transcript.exchanges) == 1
    assert [path.read_bytes() for path in workspace.folders.unfinished.iterdir()] == [b"On ti"]


def test_a_mode_may_not_want_a_title(workspace: Workspace, server: FaultServer) -> None:
    workspace = configured(workspace, "[modes.minimal]", "[modes.minimal]\nask_title = false")

    draft = write(workspace, server, faults.answer(TEXT))

    assert (draft.front.title, draft.front.title_by) == (EDITION, "none")
    assert len(server.requests) == 1


# --- one at a time ----------------------------------------------------------------------------------------------------


def test_a_second_round_at_once_is_refused_and_the_first_goes_on(workspace: Workspace, server: FaultServer) -> None:
    refused: list[str] = []

    def start_another(wire: Wire) -> None:
        try:
            run_round(reopen(workspace.folders.root), server.url, "updates")
        except WorkspaceError as error:
            refused.append(str(error))
        faults.answer(HEADED)(wire)

    server.then(start_another)

    assert only(run_round(workspace, server.url, "minimal")).status == "written"
    assert refused == ["drafts/: another round is running: wait for it, or stop it"]
    assert len(server.requests) == 1


def test_editors_may_decide_while_a_round_is_running(workspace: Workspace, server: FaultServer) -> None:
    draft_id = write_draft(workspace)

    def decide(wire: Wire) -> None:
        set_aside(reopen(workspace.folders.root), draft_id)
        faults.answer(HEADED)(wire)

    server.then(decide)

    assert only(run_round(workspace, server.url, "minimal")).status == "written"
    assert [standing.status for standing in standings(workspace)] == ["set-aside", "waiting"]


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ctrl_c() -> Iterator[Callable[..., None]]:
    """Press Ctrl-C: a real signal, delivered to the main thread as a terminal's is."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored
    yield lambda *_: signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_the_round_with_the_task_at_hand(
    workspace: Workspace, server: FaultServer, ctrl_c: Callable[..., None]
) -> None:
    server.then(faults.answer(HEADED), faults.writes("", ctrl_c, Wire.hold))

    outcomes = run_round(workspace, server.url)

    assert [outcome.status for outcome in outcomes] == ["written", "cancelled"]
    assert events(workspace) == ["requested", "written", "requested", "cancelled"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("pressed", ["while the jobs are begun", "again, while the first one ends them"])
def test_ctrl_c_at_any_moment_ends_a_crew_and_loses_no_result(ctrl_c: Callable[..., None], pressed: str) -> None:
    is_cancelled, presses = threading.Event(), iter([ctrl_c] if "again" in pressed else [])

    def cancel() -> None:
        next(presses, str)()
        is_cancelled.set()

    def job() -> str:
        return "cancelled" if is_cancelled.wait(10) else "never told"

    def jobs() -> Iterator[Callable[[], str]]:
        yield job
        ctrl_c()
        yield job

    assert Crew(1, cancel).run(jobs(), lambda result: result == "cancelled") == ("cancelled",)


@pytest.mark.parametrize("pressed", ["while it is asked", "while it waits to be asked again"])
def test_ctrl_c_at_the_question_for_a_title_does_not_lose_the_essay(
    workspace: Workspace, server: FaultServer, ctrl_c: Callable[..., None], pressed: str
) -> None:
    clock = Clock()
    if pressed == "while it is asked":
        server.then(faults.answer(TEXT), faults.writes("", ctrl_c, Wire.hold))
    else:
        server.then(faults.answer(TEXT), faults.overloaded())
        presses = iter([ctrl_c])
        clock.sleep = lambda _: next(presses, str)()  # type: ignore[method-assign]

    outcomes = run_round(workspace, server.url, "minimal", "updates", clock=clock)

    assert [outcome.status for outcome in outcomes] == ["cancelled"]
    (draft,) = drafts(workspace)
    assert (draft.text, draft.front.title_by, draft.standing.status) == (TEXT, "none", "waiting")
    assert events(workspace)[-2:] == ["cancelled", "written"]


# --- taken up again ---------------------------------------------------------------------------------------------------


def resume(workspace: Workspace, server: FaultServer, *modes: str, **options: Any) -> tuple[Outcome, ...]:
    return run_round(workspace, server.url, *modes, resume=True, **options)


def test_what_failed_is_asked_again_under_its_own_id_and_what_was_written_is_not(
    workspace: Workspace, server: FaultServer
) -> None:
    server.then(faults.refusal(), faults.answer(HEADED), faults.unauthorized(), faults.answer(HEADED))
    first = run_round(workspace, server.url)
    server.otherwise = faults.answer(HEADED)

    again = resume(workspace, server)

    assert [(outcome.mode, outcome.status) for outcome in again] == [("minimal", "written"), ("news", "written")]
    assert [outcome.id for outcome in again] == [first[0].id, first[2].id]
    assert sorted(draft.front.mode for draft in drafts(workspace)) == ["minimal", "news", "past-entries", "updates"]
    assert resume(workspace, server) == ()


def test_an_edition_is_completed_by_the_modes_nobody_has_asked_for_yet(
    workspace: Workspace, server: FaultServer
) -> None:
    server.then(faults.answer(HEADED), faults.refusal(), faults.answer(HEADED))
    run_round(workspace, server.url, "past-entries")
    (failed,) = run_round(workspace, server.url, "news")

    assert [(task.mode, task.id) for task in make_tasks(workspace)] == [("minimal", ""), ("news", ""), ("updates", "")]
    again = [(task.mode, task.id) for task in make_tasks(workspace, resume=True)]
    assert again == [("minimal", ""), ("news", failed.id), ("updates", "")]


def interrupted(workspace: Workspace) -> dict[str, int]:
    return unfinished(workspace, EDITION, "opus-3")


def test_what_is_resumed_is_what_was_asked_for_and_no_other_mode(workspace: Workspace, server: FaultServer) -> None:
    assert interrupted(workspace) == {}
    write_draft(workspace, HEADED)
    server.then(faults.unauthorized(), faults.answer(HEADED), faults.refusal())
    failed, _, refused = run_round(workspace, server.url, "minimal", "updates", count=2)[:3]

    assert interrupted(workspace) == {"minimal": 3, "updates": 2}
    assert interrupted(configured(workspace, "[modes.updates]", "[modes.later]\nkind = 'updates'")) == {"minimal": 3}
    tasks = make_tasks(workspace, resume=True, wanted=interrupted(workspace))
    assert [(task.mode, task.id) for task in tasks][:2] == [("minimal", failed.id), ("updates", refused.id)]
    assert unfinished(workspace, "2026-12-02", "opus-3") == unfinished(workspace, EDITION, "small") == {}


def test_a_round_that_asks_for_less_takes_nothing_back_and_one_of_no_draft_wants_none(
    workspace: Workspace, server: FaultServer
) -> None:
    server.otherwise = faults.refusal()
    run_round(workspace, server.url, "minimal", count=2)
    run_round(workspace, server.url, "minimal")
    assert interrupted(workspace) == {"minimal": 2}

    for path in workspace.folders.rounds.iterdir():  # it may be deleted: the record tells of each mode
        path.unlink()
    assert interrupted(workspace) == {"minimal": 1}
    server.otherwise = faults.answer(HEADED)
    run_round(workspace, server.url, "minimal")
    assert make_tasks(workspace, resume=True, wanted=interrupted(workspace)) == ()


def test_a_failure_that_a_later_round_made_good_is_not_asked_for_again(
    workspace: Workspace, server: FaultServer
) -> None:
    server.then(faults.refusal(), faults.answer(HEADED))
    run_round(workspace, server.url, "minimal")
    run_round(workspace, server.url, "minimal")

    assert resume(workspace, server, "minimal") == ()


def test_a_count_is_made_complete(workspace: Workspace, server: FaultServer) -> None:
    server.then(faults.answer(HEADED), faults.refusal())
    first = run_round(workspace, server.url, "minimal", count=2)
    server.otherwise = faults.answer(HEADED)

    again = resume(workspace, server, "minimal", count=3)

    assert again[0].id == first[1].id
    assert len(again) == 2
    assert len(drafts(workspace)) == 3


def test_a_decided_draft_is_not_asked_for_again(workspace: Workspace, server: FaultServer) -> None:
    draft = write(workspace, server, faults.answer(HEADED))
    set_aside(workspace, draft.front.id)

    assert resume(workspace, server, "minimal") == ()


def test_other_editions_and_other_authors_are_left_alone(workspace: Workspace, server: FaultServer) -> None:
    server.then(faults.refusal())
    run_round(workspace, server.url, "minimal")

    later = make_tasks(workspace, "minimal", edition="2026-12-02", resume=True)
    others = make_tasks(workspace, "minimal", author="small", resume=True)

    assert [task.id for task in (*later, *others)] == ["", ""]


def test_a_draft_that_another_round_wrote_since_the_plan_was_made_is_not_written_twice(
    workspace: Workspace, server: FaultServer
) -> None:
    server.then(faults.refusal(), faults.answer(HEADED), faults.answer("# Another\n\ntext."))
    run_round(workspace, server.url, "minimal")
    planned = make_tasks(workspace, "minimal", resume=True)
    (written,) = resume(workspace, server, "minimal")

    (overtaken,) = run_round(workspace, server.url, tasks=planned)

    assert overtaken == Outcome("minimal", "skipped", words="another round has written it")
    assert [draft.text for draft in drafts(workspace)] == [HEADED]
    assert len(server.requests) == 2
    assert written.status == "written"


# --- killed -----------------------------------------------------------------------------------------------------------


def generate(workspace: Workspace, *more: str) -> list[str]:
    return ["-C", str(workspace.folders.root), "--now", "2026-11-22T18:00:00Z", "generate", "--author", "opus-3", *more]


class Reached(threading.Event):
    """Set when the server has got so far."""

    def __call__(self, _wire: Wire) -> None:
        self.set()


def hanging_at(moment: str, reached: Reached) -> list[Behaviour]:
    """Script a round that hangs at a moment, for good."""
    stuck = {
        "before the first byte": [lambda wire: (reached(wire), wire.hold())],
        "in mid-stream": [faults.writes(TEXT, reached, Wire.hold)],
        "at the question for a title": [faults.answer(TEXT), faults.writes("On", reached, Wire.hold)],
        "in the second mode": [faults.answer(HEADED), faults.writes(TEXT, reached, Wire.hold)],
    }
    return stuck[moment]  # type: ignore[return-value]


@pytest.mark.long
@pytest.mark.parametrize(
    "moment", ["before the first byte", "in mid-stream", "at the question for a title", "in the second mode"]
)
def test_a_round_that_is_killed_is_completed_by_resume_with_no_duplicate_and_no_lost_draft(
    workspace: Workspace, server: FaultServer, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    reached = Reached()
    server.then(*hanging_at(moment, reached))
    modes = ("--mode", "minimal", "--mode", "updates")
    with process(*generate(workspace, *modes)) as running:
        assert reached.wait(PATIENCE_SECONDS)
        running.kill()
        assert ended(running).code == -signal.SIGKILL
    survived = [draft.standing for draft in drafts(workspace)]
    asked = [standing.id for standing in standings(workspace)]
    server.otherwise = faults.answer(HEADED)

    said = corner(*generate(workspace, "--resume"))

    assert (said.code, said.err.count("written")) == (0, 2 - len(survived))
    assert [draft.front.mode for draft in drafts(workspace)] == ["minimal", "updates"]
    assert [standing for standing in standings(workspace) if standing.id in {s.id for s in survived}] == survived
    assert [standing.id for standing in standings(workspace)][: len(asked)] == asked
    assert len(list(workspace.folders.drafts.glob("*.md"))) == 2
    assert not list(workspace.folders.rounds.iterdir())
    assert corner(*generate(workspace, "--resume")).out == f"edition {EDITION} lacks no draft that was asked for\n"


def ping_a_while(wire: Wire) -> None:
    """Give the client time to take in what came before."""
    for _ in itertools.islice(wire.ticks(), 20):
        wire.events([faults.ping()])


def test_ctrl_c_while_it_writes_is_on_record_keeps_what_arrived_and_exits_130(
    workspace: Workspace, server: FaultServer
) -> None:
    reached = Reached()
    server.then(faults.writes(TEXT, ping_a_while, reached, Wire.hold))
    with process(*generate(workspace), ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=server.url) as running:
        wait_for(running.stderr, "minimal: writing")
        assert reached.wait(PATIENCE_SECONDS)
        running.send_signal(signal.SIGINT)
        said = ended(running)

    (standing,) = standings(workspace)
    assert said.code == 130
    assert said.err == (
        f"minimal: cancelled\n{standing.id}: stopped, and on record; corner generate --resume asks again\n"
    )
    assert said.out == ""
    assert standing.status == "cancelled"
    record = workspace.ledger().records[-1]
    (kept,) = workspace.folders.unfinished.iterdir()
    assert isinstance(record, ledger.Cancelled)
    assert kept.read_bytes() == TEXT.encode()
    assert record.partial_sha256 == digest(TEXT)
    assert not list(workspace.folders.drafts.glob("*.md"))
