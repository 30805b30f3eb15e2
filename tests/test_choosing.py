"""Modes that ask twice, and modes that take turns: what they ask is golden, what they return is the author's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

import fault_server as faults
from builders import NEWSLETTER, make_workspace, publish_entry, reopen, write_draft
from claudes_corner.errors import ConfigError, UsageError
from claudes_corner.generation.exchange import Completion, Prompt, request_body
from claudes_corner.generation.modes import MODES, Pass, Unclear
from claudes_corner.generation.planning import Task, check_modes
from claudes_corner.generation.unfinished import kept_brief
from claudes_corner.text import digest
from claudes_corner.transcript import public_form, read_transcript, render_transcript
from claudes_corner.workspace import Workspace
from fault_server import FaultServer
from rounds import OPUS_3, events, make_tasks, run_round

FREE_CHOICE = """
[modes.free-choice]
label = "Free choice"
prompt = "Choose how to write this week's essay, or pass."
"""
REFLECT = """
[modes.reflect]
label = "Reflection"
prompt = "Write an essay."
reread = "Read it once more. If you would change anything, write it again, whole."
"""
TEXT = "# The tide\n\nIt comes back."
BETTER = "# The ebb\n\nIt goes out."


@pytest.fixture
def workspace(tmp_path: Any) -> Workspace:
    toml = (NEWSLETTER / "corner.toml").read_text("utf-8") + FREE_CHOICE + REFLECT
    return make_workspace(tmp_path / "newsletter", toml=toml)


def completion(text: str, stop_reason: str = "end_turn") -> Completion:
    return Completion(text, OPUS_3, stop_reason, msgspec.Raw(b"{}"), None, "", "", 1, 2)


def feed(task: Task, *answers: str | Completion) -> tuple[list[Prompt], Any]:
    """Answer a mode by hand; return what it asked, and what it returned in the end."""
    writing = MODES[task.brief.kind].write(task.brief)
    asked = [next(writing)]
    for answer in answers:
        try:
            asked.append(writing.send(completion(answer) if isinstance(answer, str) else answer))
        except StopIteration as end:
            return asked, end.value
    raise AssertionError("the mode would ask on")


def test_free_choice_may_hand_over_to_any_mode_that_there_is(workspace: Workspace) -> None:
    (task,) = make_tasks(workspace, "free-choice")
    assert {offer.name for offer in task.brief.offers} < set(MODES)
    MODES["a-new-one"] = MODES["minimal"]
    try:
        offer = task.brief.offers[0]
        new = msgspec.structs.replace(offer.brief, kind="a-new-one")
        offers = (msgspec.structs.replace(offer, name="a-new-one", brief=new),)
        brief = msgspec.structs.replace(task.brief, offers=offers)
        asked, given = feed(msgspec.structs.replace(task, brief=brief), "mode: a-new-one", TEXT)
    finally:
        del MODES["a-new-one"]
    assert (len(asked), given.text) == (2, TEXT)


def bodies(prompts: Sequence[Prompt]) -> str:
    found = [request_body(prompt, model=OPUS_3, max_tokens=4096) for prompt in prompts]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def task(workspace: Workspace, mode: str) -> Task:
    return make_tasks(workspace, mode)[-1]


# --- free-choice ------------------------------------------------------------------------------------------------------


def test_a_free_choice_asks_for_one_line_and_then_exactly_what_the_chosen_mode_asks(
    workspace: Workspace, golden: Callable[[str, str], None]
) -> None:
    publish_entry(workspace, "# First\n\nThe oldest.")

    asked, returned = feed(task(workspace, "free-choice"), "Mode: updates\n", TEXT)

    golden("requests/free-choice.json", bodies(asked))
    alone, _ = feed(task(workspace, "updates"), TEXT)
    assert asked[1:] == alone
    assert returned.text == TEXT


@pytest.mark.parametrize("answer", ["pass", "Pass.", " PASS\n", "`pass`"])
def test_the_author_may_pass(workspace: Workspace, answer: str) -> None:
    asked, returned = feed(task(workspace, "free-choice"), answer)

    assert (len(asked), returned) == (1, Pass())


@pytest.mark.parametrize("answer", ["", "I pass on this.", "mode: nothing", "mode: news\nmode: minimal", "news", TEXT])
def test_an_answer_that_is_no_choice_is_asked_for_once_more_and_never_guessed(
    workspace: Workspace, answer: str
) -> None:
    asked, returned = feed(task(workspace, "free-choice"), answer, answer)

    assert returned == Unclear()
    assert asked[1].blocks[0].startswith("I could not read a choice in that answer. Answer with exactly one of these")
    assert [exchange.completion.text for exchange in asked[1].after] == [answer]
    assert feed(task(workspace, "free-choice"), answer, "mode: minimal", TEXT)[1].text == TEXT


def test_modes_with_nothing_to_send_are_not_offered(workspace: Workspace) -> None:
    (workspace.folders.root / "news.xml").unlink()

    offers = task(workspace, "free-choice").brief.offers

    assert [offer.name for offer in offers] == ["minimal", "past-entries", "updates", "reflect"]


def test_what_the_sources_hold_is_told_inside_a_fence_and_withheld_where_they_are(workspace: Workspace) -> None:
    news = next(d for d in task(workspace, "free-choice").brief.documents if "news" in d.title)

    assert news.block.startswith(f'<document id="{digest(news.text)[7:23]}" title="What news would give you">')
    assert (news.source, news.disclosure) == ("titles", "hash-only")


def test_a_pass_is_on_record_and_its_transcript_is_kept_for_editors(workspace: Workspace) -> None:
    with FaultServer(faults.answer("pass")) as server:
        (outcome,) = run_round(workspace, server.url, "free-choice")

        assert (outcome.status, events(workspace)) == ("passed", ["requested", "passed"])
        assert make_tasks(workspace, "free-choice", resume=True) == ()
    path = workspace.folders.transcripts / f"{outcome.id}.json"
    assert len(read_transcript(path.read_bytes(), "").exchanges) == 1
    assert not list(workspace.folders.rounds.iterdir())


def test_a_choice_that_stays_unclear_fails_keeps_the_words_and_may_be_asked_again(workspace: Workspace) -> None:
    with FaultServer(faults.answer("Hm."), faults.answer("Both!")) as server:
        (outcome,) = run_round(workspace, server.url, "free-choice")
        record = workspace.ledger().records[-1]

        assert str(outcome.problem) == (
            "the author's choice could not be understood. Ask again: corner generate --resume."
        )
        assert (record.cause, record.partial_sha256) == ("unclear-choice", digest("Hm.\n\nBoth!"))
        assert kept_brief(workspace.folders.rounds, outcome.id) is not None
        server.then(faults.answer("mode: minimal"), faults.answer(TEXT))
        (again,) = run_round(workspace, server.url, "free-choice", resume=True)
    assert (again.id, again.status) == (outcome.id, "written")


def test_a_chosen_text_is_a_draft_whose_transcript_lists_what_was_sent_and_nothing_else(workspace: Workspace) -> None:
    with FaultServer(faults.answer("mode: news"), faults.answer(TEXT)) as server:
        (outcome,) = run_round(workspace, server.url, "free-choice")
    known = workspace.ledger()
    draft = workspace.read_draft(known.standings[outcome.id])
    public = render_transcript(public_form(draft.transcript, text=draft.text, title="")).decode()

    sources = [document.source for document in draft.transcript.context]
    assert sources.count("titles") == 2
    assert set(sources) == {"titles", "feed"}
    headline = next(document.title for document in draft.transcript.context if document.source == "feed")
    assert public.count(headline) == 1  # in the list of what was in context, and in no request


# --- reflect ----------------------------------------------------------------------------------------------------------


def test_reflect_writes_rereads_and_may_write_anew(workspace: Workspace, golden: Callable[[str, str], None]) -> None:
    asked, returned = feed(task(workspace, "reflect"), TEXT, BETTER)

    golden("requests/reflect.json", bodies(asked))
    assert returned.text == BETTER


@pytest.mark.parametrize("answer", ["keep", "Keep.", " KEEP\n"])
def test_a_version_that_is_kept_is_the_draft(workspace: Workspace, answer: str) -> None:
    assert feed(task(workspace, "reflect"), TEXT, answer)[1].text == TEXT


def test_a_rewriting_that_was_cut_does_not_replace_a_whole_version(workspace: Workspace) -> None:
    assert feed(task(workspace, "reflect"), TEXT, completion(BETTER, "max_tokens"))[1].text == TEXT
    cut = completion(TEXT, "max_tokens")
    assert feed(task(workspace, "reflect"), cut, completion(BETTER, "max_tokens"))[1].text == BETTER


def test_all_versions_are_in_the_private_transcript_and_only_the_last_in_the_public_one(workspace: Workspace) -> None:
    with FaultServer(faults.answer(TEXT), faults.answer(BETTER)) as server:
        (outcome,) = run_round(workspace, server.url, "reflect")
    draft = workspace.read_draft(workspace.ledger().standings[outcome.id])
    full = render_transcript(draft.transcript).decode()
    public = render_transcript(public_form(draft.transcript, text=draft.text, title="")).decode()

    assert draft.text == BETTER
    assert "It comes back." in full
    assert "It comes back." not in public
    assert digest(TEXT) in public


# --- turns ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def turns(tmp_path: Any) -> Workspace:
    toml = (NEWSLETTER / "corner.toml").read_text("utf-8").replace("[review]", '[review]\nchoice = "rotate"')
    return make_workspace(tmp_path / "turns", toml=toml)


def modes(tasks: Sequence[Task]) -> list[str]:
    return [task.mode for task in tasks if not task.skip]


def test_the_next_mode_is_the_one_after_the_last_that_was_asked_and_an_edition_keeps_its_mode(turns: Workspace) -> None:
    assert modes(make_tasks(turns)) == ["minimal"]
    for edition, then in [("2026-11-25", "past-entries"), ("2026-12-02", "news"), ("2026-12-09", "updates")]:
        mode = modes(make_tasks(turns, edition=edition))[0]
        write_draft(turns, mode=mode, edition=edition)
        assert modes(make_tasks(turns, edition=edition, count=1)) == [mode]
        assert modes(make_tasks(turns, edition=edition)) == []
        assert modes(make_tasks(turns, edition="2027-01-06")) == [then]
    write_draft(turns, mode="updates", edition="2026-12-16")
    assert modes(make_tasks(turns, edition="2027-01-06", count=2)) == ["minimal", "minimal"]


def test_a_mode_with_nothing_to_send_is_passed_over_and_named(turns: Workspace) -> None:
    write_draft(turns, mode="past-entries", edition="2026-11-18")
    (turns.folders.root / "news.xml").unlink()

    tasks = make_tasks(turns)

    assert [(task.mode, bool(task.skip)) for task in tasks] == [("news", True), ("updates", False)]


def test_a_mode_out_of_turn_is_refused(turns: Workspace) -> None:
    with pytest.raises(UsageError) as refused:
        make_tasks(turns, "news")
    assert str(refused.value) == (
        "corner.toml: [review] choice is 'rotate', and it is not the turn of 'news' (expected minimal). "
        "Leave --mode out."
    )


# --- what the config must say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (
            '[modes.reflect]\nlabel = "R"\nprompt = "Write."',
            "[modes.reflect]: missing key 'reread'. Say what the author is asked after its first version.",
        ),
        (
            '[modes.minimal]\nlabel = "M"\nprompt = "Write."\nreread = "Again."',
            "[modes.minimal]: this mode asks once. Remove 'reread'.",
        ),
        (
            '[modes.free-choice]\nlabel = "F"\nprompt = "Choose."',
            "[modes.free-choice]: there is no other mode to choose. Configure another mode.",
        ),
    ],
)
def test_a_mode_whose_keys_do_not_fit_it_is_named(tmp_path: Any, table: str, says: str) -> None:
    head = (NEWSLETTER / "corner.toml").read_text("utf-8").split("[modes.minimal]")[0]
    workspace = make_workspace(tmp_path / "n", toml=f"{head}\n{table}\n")
    with pytest.raises(ConfigError) as refused:
        check_modes(workspace.config)
    assert str(refused.value) == f"corner.toml: {says}"


def test_a_mode_of_other_words_alone_is_a_table_that_names_the_one_it_works_like(workspace: Workspace) -> None:
    root = workspace.folders.root
    own = '\n[modes.haiku]\nkind = "minimal"\nlabel = "Haiku"\nprompt = "Write a haiku."\n'
    (root / "corner.toml").write_text((root / "corner.toml").read_text("utf-8") + own, encoding="utf-8")
    mine = reopen(root)

    assert feed(task(mine, "haiku"), "Tide.")[0][0].blocks == ("Write a haiku.",)
    prompts, _ = feed(task(mine, "free-choice"), "mode: haiku", "Tide.")
    assert prompts[1].blocks == ("Write a haiku.",)


def test_a_mode_that_works_like_none_of_ours_is_refused(tmp_path: Any) -> None:
    toml = (NEWSLETTER / "corner.toml").read_text("utf-8") + '\n[modes.haiku]\nlabel = "H"\nprompt = "Write."\n'
    with pytest.raises(ConfigError, match=r"no mode .haiku.*Say which mode it works like"):
        check_modes(make_workspace(tmp_path / "n", toml=toml).config)
