"""`corner week` does what is due, tells editors once, and says why it does no more; a year of it breaks no promise."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import builders
import fault_server as faults
import year
from builders import approve, reopen, write_draft
from claudes_corner.disk import locked
from claudes_corner.workspace import Workspace
from commands import Said, corner
from fault_server import FaultServer
from rounds import KEY

DRAFT = "2026-11-25-minimal-k3v9"


def week(workspace: Workspace, now: str, *more: str) -> Said:
    return corner("-C", workspace.folders.root, "--now", f"2026-{now}:00Z", "week", *more)


def configured(workspace: Workspace, more: str) -> Workspace:
    path = workspace.folders.root / "corner.toml"
    path.write_text(f"{path.read_text()}\n{more}\n")
    return reopen(workspace.folders.root)


def events(workspace: Workspace) -> list[str]:
    return [record.event for record in workspace.ledger().records if record.event != "rules"]


@pytest.fixture
def quiet(tmp_path: Path) -> Workspace:
    """A newsletter whose edition 2026-11-25 has a draft under its only mode."""
    workspace = year.make_newsletter(tmp_path / "newsletter", tmp_path / "www", unattended=False)
    path = workspace.folders.root / "corner.toml"
    toml = path.read_text().replace('weekday = "sunday"\nhour = 1', 'weekday = "wednesday"\nhour = 9')
    path.write_text(toml.partition("[modes.past-entries]")[0] + "[git]" + toml.partition("[git]")[2])
    workspace = reopen(workspace.folders.root)
    write_draft(workspace, draft_id=DRAFT)
    return workspace


def told(workspace: Workspace) -> list[dict[str, object]]:
    path = workspace.folders.root / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_it_asks_for_the_next_editions_drafts_once_it_is_time(
    quiet: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.set_aside(quiet, DRAFT)
    with FaultServer() as server:
        server.otherwise = faults.answer("# SAMPLE\n\nSAMPLE text.")
        for name, value in year.environment(server).items():
            monkeypatch.setenv(name, value)
        early = week(quiet, "11-27T08:59")
        assert (
            "not asked: the drafts of edition 2026-12-02 are asked for from Fri 27 Nov 2026, 09:00 Europe/London on\n"
            in early.out
        )
        assert server.requests == []
        asked = week(quiet, "11-27T09:00")
        assert (asked.code, len(server.requests)) == (0, 1)
        assert "asking: for the drafts of edition 2026-12-02\n" in asked.out
        again = week(quiet, "11-27T09:10")
        assert "not asked: edition 2026-12-02 has its drafts\n" in again.out
        assert len(server.requests) == 1


@pytest.mark.parametrize("damaged", ["", "[]", '{"new": ' + "[" * 100_000])
def test_a_memory_that_is_damaged_is_none(quiet: Workspace, damaged: str) -> None:
    said = week(quiet, "11-23T09:00")
    (memory := quiet.folders.root / ".corner/week/memory.json").write_text(damaged)
    assert week(quiet, "11-23T09:00") == said
    memory.unlink(missing_ok=True)
    assert week(quiet, "11-23T09:00") == said


@pytest.mark.parametrize("damaged", ["2026-11-28T09:0;:00Z", "2026-11-28T09:00:00", "x"])
def test_a_memory_of_an_instant_that_is_none_ends_no_call(
    quiet: Workspace, damaged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    said = week(quiet, "11-28T09:10")
    memory = quiet.folders.root / ".corner/week/memory.json"
    memory.write_text(json.dumps({"asked": {"2026-12-02": [damaged]}}))
    assert week(quiet, "11-28T09:10") == said
    assert "no key" in said.err


def test_without_a_key_nobody_is_asked_and_every_run_says_so(quiet: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as server:
        server.otherwise = faults.answer("# SAMPLE\n\nSAMPLE text.")
        for name, value in year.environment(server).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("ANTHROPIC_API_KEY")
        assert [week(quiet, f"11-28T09:{minute}").code for minute in (10, 20)] == [1, 1]
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        assert week(quiet, "11-28T09:30").code == 0
        assert len(server.requests) == 1


def test_an_author_that_chooses_among_its_drafts_is_asked_for_its_choice_as_well(
    quiet: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = quiet.folders.root / "corner.toml"
    path.write_text(path.read_text().replace("vetoes = 2", 'vetoes = 2\nchoice = "author"'))
    write_draft(quiet, "# SAMPLE: Another\n\nSAMPLE text.", draft_id="2026-11-25-minimal-0002")
    with FaultServer() as server:
        server.otherwise = faults.forbidden()
        for name, value in year.environment(server).items():
            monkeypatch.setenv(name, value)
        assert week(quiet, "11-23T09:00").code == 1
        assert len(server.requests) == 1
        assert "lacks the author's choice; it is asked for again" in week(quiet, "11-23T09:10").out
        server.otherwise = faults.answer("draft: 1")
        week(quiet, "11-23T10:00")
        assert len(server.requests) == 2


def test_an_author_that_does_not_answer_is_asked_again_hourly_then_every_six_hours(
    quiet: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer() as server:
        server.otherwise = faults.forbidden()
        for name, value in year.environment(server).items():
            monkeypatch.setenv(name, value)
        hours = [h for h in range(24) if week(quiet, f"11-28T{h:02}:30").code == 1]
        said = week(quiet, "11-28T23:40")
    assert hours == [0, 1, 2, 3, 4, 5, 11, 17, 23]
    again = "not asked: edition 2026-12-02 lacks drafts of minimal; they are asked for again from Sun 29 Nov 2026, 05:30 Europe/London on\n"
    assert again in said.out
    assert said.code == 0


def test_a_call_that_names_no_author_there_is_was_no_attempt(quiet: Workspace) -> None:
    wrong = week(quiet, "11-28T09:00", "--author", "opus-4")
    assert (wrong.code, wrong.err.partition(" (")[0]) == (2, "corner: there is no author 'opus-4'")
    assert "asked for again from" not in week(quiet, "11-28T09:10", "--author", "opus-4").out


def test_modes_whose_sources_are_empty_are_named_with_the_cause(
    quiet: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates = '[modes.updates]\nlabel = "Updates"\nabout = "SAMPLE."\nprompt = "SAMPLE."\n'
    quiet = configured(quiet, f'{updates}sources = [{{ kind = "folder", path = "empty" }}]')
    (quiet.folders.root / "empty").mkdir()
    with FaultServer() as server:
        server.otherwise = faults.answer("# SAMPLE\n\nSAMPLE text.")
        for name, value in year.environment(server).items():
            monkeypatch.setenv(name, value)
        assert week(quiet, "11-28T09:00").code == 0
        said = week(quiet, "11-28T09:10").out
    lacks = "edition 2026-12-02 lacks drafts of updates (its sources have nothing to send)"
    assert f"not asked: {lacks}; they are asked for again from Sat 28 Nov 2026, 10:00 Europe/London on\n" in said


def test_a_paused_newsletter_is_left_in_peace(quiet: Workspace) -> None:
    path = quiet.folders.root / "corner.toml"
    path.write_text(path.read_text().replace("[site]", '[site]\nstate = "paused"'))
    said = week(reopen(quiet.folders.root), "12-01T09:00")
    assert said.code == 0
    assert "not asked: the newsletter is paused\n" in said.out


def test_an_edition_that_has_its_entry_needs_no_drafts(quiet: Workspace) -> None:
    approve(quiet, DRAFT, date="2026-12-02T09:00:00Z")
    assert "not asked: edition 2026-12-02 has its entry\n" in week(quiet, "11-30T09:00").out


def test_a_draft_that_nobody_decides_expires_on_record(quiet: Workspace) -> None:
    path = quiet.folders.root / "corner.toml"
    path.write_text(path.read_text().replace("vetoes = 2", "vetoes = 2\nexpire_after_days = 2"))
    quiet = reopen(quiet.folders.root)
    assert "expired" not in week(quiet, "11-24T18:01").out
    said = week(quiet, "11-24T18:02")
    assert f"expired: {DRAFT}, which nobody decided; corner restore {DRAFT} brings it back\n" in said.out
    assert quiet.ledger().standings[DRAFT].place == "expired"
    assert (quiet.folders.drafts / "expired" / f"{DRAFT}.md").is_file()
    assert week(quiet, "11-24T18:03").out.count("expired") == 0


@pytest.mark.parametrize(
    ("act", "cause"),
    [
        (lambda w: None, "no draft was approved: 1 not decided"),
        (lambda w: builders.set_aside(w, DRAFT), "no draft was approved: 1 set aside"),
        (lambda w: (builders.veto(w, DRAFT, "ada"), builders.veto(w, DRAFT, "ben")), "no draft was approved: 1 vetoed"),
    ],
)
def test_an_edition_without_an_entry_is_skipped_when_the_next_slot_has_come(
    quiet: Workspace, act: object, cause: str
) -> None:
    act(quiet)  # type: ignore[operator]
    assert "skipped" not in week(quiet, "12-02T08:59").out
    assert f"skipped: edition 2026-11-25: {cause}\n" in week(quiet, "12-02T09:00").out
    assert "skipped" not in week(quiet, "12-02T09:10").out
    later = week(quiet, "12-16T09:00").out
    assert "skipped: edition 2026-12-02: no draft was asked for\n" in later
    assert "skipped: edition 2026-12-09: no draft was asked for\n" in later


def test_an_entry_that_waits_for_a_person_skips_no_edition_and_does_not_go_live(quiet: Workspace) -> None:
    approve(quiet, DRAFT)
    said = week(quiet, "12-02T09:00").out
    assert "skipped" not in said
    assert "not published: 1 entry approved and due; that takes a person: corner publish\n" in said
    assert events(quiet)[-1] == "approved"


def test_unattended_what_is_due_goes_live_by_nobodys_hand_at_its_hour(quiet: Workspace) -> None:
    path = quiet.folders.root / "corner.toml"
    path.write_text(path.read_text().replace("unattended = false", "unattended = true"))
    quiet = reopen(quiet.folders.root)
    approve(quiet, DRAFT)
    week(quiet, "11-25T08:59")
    assert events(quiet)[-1] == "approved"
    said = week(quiet, "11-25T09:00", "--deploy", "live")
    assert f"published: {DRAFT} at /essays/2026-11-25/, unattended\n" in said.out
    assert (events(quiet)[-1], quiet.ledger().records[-1].by) == ("published", "corner")
    assert (quiet.folders.root.parent / "www/essays/2026-11-25/essay.txt").is_file()
    again = week(quiet, "11-25T09:10", "--deploy", "live")
    assert "not sent: live has it all\n" in again.out
    assert events(quiet).count("published") == 1


def test_editors_are_told_each_thing_once_and_no_word_of_a_draft(quiet: Workspace) -> None:
    assert "told: 1 draft of edition 2026-11-25 to be read\n" in week(quiet, "11-23T09:00").out
    week(quiet, "11-23T09:10")
    builders.veto(quiet, DRAFT, "eva")
    week(quiet, "11-23T10:00")
    week(quiet, "11-24T09:00")
    week(quiet, "11-24T09:10")
    builders.retract(quiet, DRAFT, "eva")
    approve(quiet, DRAFT)
    week(quiet, "11-25T09:00")
    week(quiet, "11-25T09:10")
    assert [(notice["kind"], notice["next"]) for notice in told(quiet)] == [
        ("drafts-wait", "corner review"),
        ("hold", f"corner review {DRAFT}"),
        ("slot-near", "corner status"),
        ("due", "corner publish"),
    ]
    assert told(quiet)[1]["why"] == f"{DRAFT} is on hold by Eva Perez: another editor decides"
    assert told(quiet)[0] == {
        "kind": "drafts-wait",
        "why": "1 draft of edition 2026-11-25 to be read",
        "newsletter": "Claude's Corner",
        "edition": "2026-11-25",
        "slot": "2026-11-25T09:00:00Z",
        "drafts": [DRAFT],
        "next": "corner review",
    }
    assert "tide" not in (quiet.folders.root / "told.jsonl").read_text()


def test_however_much_there_is_to_tell_each_thing_is_told_once(
    quiet: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claudes_corner.cli.week._KEPT", 1)
    builders.veto(quiet, DRAFT, "eva")
    for minute in range(10, 14):
        week(quiet, f"11-23T09:{minute}")
    assert [notice["kind"] for notice in told(quiet)] == ["drafts-wait", "hold"]


def test_a_notify_command_that_fails_is_said_and_told_again(quiet: Workspace) -> None:
    path = quiet.folders.root / "corner.toml"
    path.write_text(path.read_text().replace("tee -a told.jsonl", "sh -c 'cat >> told.jsonl; test -e well'"))
    quiet = reopen(quiet.folders.root)
    said = week(quiet, "11-23T09:00")
    assert said.code == 1
    assert "corner: corner.toml: [notify] command: the command failed with exit code 1 (found sh -c" in said.err
    (quiet.folders.root / "well").touch()
    assert week(quiet, "11-23T09:10").code == 0
    assert week(quiet, "11-23T09:20").code == 0
    assert [notice["kind"] for notice in told(quiet)] == ["drafts-wait"] * 2


def test_a_step_that_fails_stops_no_other(quiet: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    builders.set_aside(quiet, DRAFT)
    said = week(quiet, "12-01T10:00", "--deploy", "live")
    assert said.code == 1
    assert "no key: the environment variable ANTHROPIC_API_KEY is not set" in said.err
    assert "checked: every file of the site is at" in said.out
    assert [notice["kind"] for notice in told(quiet)] == ["slot-near"]


def refuse(*_args: object) -> bool:
    raise OSError(errno.EACCES, "Permission denied", "www")


def lack(*_args: object) -> bool:
    raise ModuleNotFoundError(name="boto3")


@pytest.mark.parametrize(
    ("fails", "says"),
    [
        (refuse, "www: permission denied. Look at its permissions."),
        (lack, "this needs boto3. Run: pip install 'claudes-corner[deploy]'"),
    ],
)
def test_a_step_that_the_system_refuses_stops_no_other(
    quiet: Workspace, monkeypatch: pytest.MonkeyPatch, fails: Callable[..., bool], says: str
) -> None:
    monkeypatch.setattr("claudes_corner.cli.week.is_there", fails)
    said = week(quiet, "11-23T09:10", "--deploy", "live")
    assert (said.code, said.err) == (1, f"corner: {says}\n")
    assert [notice["kind"] for notice in told(quiet)] == ["drafts-wait"]


def test_two_calls_at_once_are_one(quiet: Workspace) -> None:
    folder = quiet.folders.root / ".corner" / "week"
    folder.mkdir(parents=True)
    with locked(folder):
        said = week(quiet, "11-25T09:00")
    assert (said.code, said.out) == (0, "nothing: another corner week is at work\n")


@pytest.mark.long
@pytest.mark.parametrize("unattended", [False, True], ids=["attended", "unattended"])
def test_a_year_of_it_breaks_no_promise(unattended: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample of its hours; `python tests/year.py` takes all 8,760."""
    with FaultServer() as server:
        for name, value in year.environment(server).items():
            monkeypatch.setenv(name, value)
        whole = year.Year(tmp_path, unattended=unattended, server=server, each_deploys=40)
        whole.live(year.some_hours())
        found = whole.check_whole()
    assert found["published"] > 20
    for event in ("approved", "vetoed", "set-aside", "retracted", "expired", "skipped", "failed"):
        assert found[event], f"a year without any {event!r} shows nothing of it"
