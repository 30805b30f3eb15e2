"""`corner generate`: what it asks, how it shows it without a word of the text, and what it says when one fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

import fault_server as faults
from builders import EDITION, NOW, reopen
from claudes_corner import ledger
from claudes_corner.schedule import render_instant
from claudes_corner.standing import Standing
from claudes_corner.workspace import Workspace
from commands import Said, Terminal, corner
from fault_server import Behaviour, FaultServer
from rounds import KEY, OPUS_3, events

NOBODYS_TAG = (
    "corner: corner.toml: [site] tag: this name is nobody's, and the first draft puts it on record for good"
    " (found 'corner.example,2026'). Write a domain of yours, and the year."
)
TEXT = "# Tides\n\nThe tide does not argue with the shore."


@pytest.fixture
def root(workspace: Workspace) -> Path:
    """One author, opus-3, with a second for its answer: nothing here waits for a server to get better."""
    path = workspace.folders.root / "corner.toml"
    text = re.sub(r"\[authors\.small\]\n(?:.+\n)*", "", path.read_text(encoding="utf-8"))
    path.write_text(text.replace(f'model = "{OPUS_3}"', f'model = "{OPUS_3}"\ndeadline_seconds = 1'), encoding="utf-8")
    return workspace.folders.root


EMPTY = """
[modes.none]
kind = "updates"
label = "Nothing"
prompt = "Write."
sources = [{ kind = "folder", path = "nowhere" }]
"""


def generate(root: Path, *more: str | Path) -> Said:
    return corner("-C", root, "--now", render_instant(NOW), "generate", *more)


def configure(root: Path, lines: str) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("[authors.opus-3]", f"[authors.opus-3]\n{lines}"), "utf-8")


def standings(root: Path) -> list[Standing]:
    return list(reopen(root).ledger().standings.values())


def only(root: Path) -> Standing:
    (standing,) = standings(root)
    return standing


def test_a_round_says_what_became_of_each_mode(root: Path, server: FaultServer) -> None:
    (root / "news.xml").unlink()
    server.then(faults.answer(TEXT), faults.refusal(), faults.answer(TEXT))

    said = generate(root)

    minimal, past, updates = standings(root)
    assert said.code == 1
    assert said.out == (
        f"{minimal.id}: written, and on record\n"
        "news: skipped: its sources have nothing to send\n"
        f"{updates.id}: written, and on record\n"
    )
    assert said.err.splitlines()[-1] == (
        f"corner: {past.id}: the model refused to answer (found general_harms). Try another mode or prompt."
    )


def test_a_question_for_a_title_is_told_from_the_one_for_the_text(root: Path, server: FaultServer) -> None:
    server.then(faults.answer("SAMPLE: words without a heading."), faults.answer("SAMPLE: Of Words"))

    said = generate(root, "--mode", "minimal")

    steps = ("asking", "writing", "asking: for a title", "writing: for a title", "written")
    assert said.err.splitlines()[1:] == [f"minimal: {step}" for step in steps]


def test_away_from_a_terminal_each_change_of_state_is_a_line_and_no_word_of_the_text(
    root: Path, server: FaultServer
) -> None:
    server.then(faults.answer(TEXT))

    said = generate(root, "--mode", "minimal")

    assert said.err == f"{NOBODYS_TAG}\nminimal: asking\nminimal: writing\nminimal: written\n"
    server.then(faults.answer(TEXT))
    assert NOBODYS_TAG not in generate(root, "--mode", "updates").err, "the tag is on record by now"
    assert "tide" not in said.all


def test_a_draft_is_of_the_next_edition_or_the_one_named(root: Path, server: FaultServer) -> None:
    server.otherwise = faults.answer(TEXT)

    generate(root, "--mode", "minimal")
    generate(root, "--mode", "minimal", "--edition", "2026-12-09")

    assert [standing.edition for standing in standings(root)] == [EDITION, "2026-12-09"]


def test_count_asks_for_several(root: Path, server: FaultServer) -> None:
    server.otherwise = faults.answer(TEXT)

    assert generate(root, "--mode", "minimal", "--mode", "updates", "--count", "2").code == 0
    assert [standing.mode for standing in standings(root)] == ["minimal", "minimal", "updates", "updates"]


def test_an_edition_that_has_its_drafts_is_not_asked_for_again_unless_somebody_says_so(
    root: Path, server: FaultServer
) -> None:
    server.then(faults.answer(TEXT), faults.refusal())
    server.otherwise = faults.answer(TEXT)
    generate(root)
    assert [(s.mode, s.status) for s in standings(root)][1] == ("past-entries", "failed")

    assert generate(root).out == f"{standings(root)[-1].id}: written, and on record\n"
    asked, has = len(server.requests), f"edition {EDITION} has its drafts, so nobody was asked. "
    said = [generate(root), generate(root, "--dry-run")]

    assert [(one.code, one.out) for one in said] == [
        (0, f"{has}For more: corner generate --count 1, or --mode M\n")
    ] * 2
    assert len(server.requests) == asked
    (root / "corner.toml").write_text((root / "corner.toml").read_text("utf-8") + EMPTY, encoding="utf-8")
    skipped = "none: skipped: its sources have nothing to send\n"
    assert generate(root).out == f"{skipped}{has}For more: corner generate --count 1, or --mode M\n"
    assert generate(root, "--edition", "2026-12-02", "--mode", "none") == Said(0, skipped, "")
    assert len(server.requests) == asked
    assert len(generate(root, "--count", "1").out.splitlines()) == 5
    assert len(generate(root, "--mode", "minimal").out.splitlines()) == 1


def test_resume_asks_only_for_what_is_lacking(root: Path, server: FaultServer) -> None:
    server.then(faults.refusal(), faults.answer(TEXT))
    generate(root, "--mode", "minimal", "--mode", "updates")
    server.otherwise = faults.answer(TEXT)

    said = generate(root, "--resume", "--mode", "minimal", "--mode", "updates")

    assert said.out == f"{standings(root)[0].id}: written, and on record\n"
    assert (
        generate(root, "--resume", "--mode", "minimal").out == f"edition {EDITION} lacks no draft that was asked for\n"
    )


def test_the_authors_own_address_goes_before_the_environments(
    root: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(root, f'base_url = "{server.url}"\nkey_env = "ANTHROPIC_API_KEY"')
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    server.then(faults.answer(TEXT))

    assert generate(root, "--mode", "minimal").code == 0


# --- a dry run --------------------------------------------------------------------------------------------------------


def test_a_dry_run_shows_the_prompts_sends_nothing_and_needs_no_key(
    root: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")

    said = generate(root, "--dry-run")

    assert (said.code, said.err) == (0, "")
    assert [line.split()[1] for line in said.out.splitlines() if line.startswith("── ")] == [
        *("minimal", "past-entries", "news", "updates", "all")
    ]
    assert "Write an essay about whatever you like.\n" in said.out
    assert "The ferry runs again\n" in said.out
    assert server.requests == []
    assert not (root / "content" / "ledger.jsonl").exists()


def test_a_dry_run_shows_tricks_as_escapes(root: Path) -> None:
    (root / "updates" / "2026-11-21.md").write_text("A \x1b[31mred\x1b[0m \u202eupdate")

    said = generate(root, "--dry-run", "--mode", "updates")

    assert "A \\x1b[31mred\\x1b[0m \\u202eupdate\n" in said.out


# --- an author that fails ---------------------------------------------------------------------------------------------


class Failure(NamedTuple):
    behaviour: Behaviour
    cause: str
    says: str


FAILURES = {
    "a wrong key": Failure(
        faults.unauthorized(), "authentication", "the key in ANTHROPIC_API_KEY was refused (found invalid x-api-key). "
    ),
    "no access": Failure(
        faults.forbidden(),
        "permission",
        f"the key in ANTHROPIC_API_KEY may not use {OPUS_3} (found So it is.). "
        "Access to Claude 3 Opus is by request only: ask Anthropic. ",
    ),
    "a model unknown": Failure(
        faults.not_found(), "model-not-found", f"does not know {OPUS_3} (found model: claude-3-opus-20240229). "
        "Access to Claude 3 Opus is by request only: ask Anthropic. ",
    ),
    "another model": Failure(
        faults.wrong_model("Text."), "wrong-model", f"(expected {OPUS_3}, found another-model-20990101). "
    ),
    "nothing": Failure(faults.empty(), "empty", "the answer has no text. "),
    "no answer in time": Failure(faults.hang(), "deadline", "the time for an answer was up. Raise the author's "),
    "a key repeated": Failure(faults.echoes_the_key(), "bad-request", "(found bad header: Bearer [key]). "),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_clear_line_exit_1_and_on_record(root: Path, server: FaultServer, failure: Failure) -> None:
    server.then(failure.behaviour)

    said = generate(root, "--mode", "minimal")

    line = said.err.splitlines()[-1]
    assert (said.code, said.out) == (1, "")
    assert line.startswith(f"corner: {only(root).id}: ")
    assert failure.says in line
    assert "Traceback" not in said.err
    record = reopen(root).ledger().records[-1]
    assert isinstance(record, ledger.Failed)
    assert record.cause == failure.cause
    assert_no_key(root, said)


@pytest.mark.parametrize("where", ["a closed port", "no network"])
def test_where_nobody_can_be_reached_it_names_the_address(
    root: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with faults.closed_port() as closed:
        url = closed if where == "a closed port" else "http://api.invalid"
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)

        said = generate(root, "--mode", "minimal")

    assert said.code == 1
    assert f"corner: {only(root).id}: {url} cannot be reached (found " in said.err.splitlines()[-1]
    assert "Traceback" not in said.err
    assert events(reopen(root)) == ["requested", "failed"]
    assert reopen(root).ledger().records[-1].cause == "connection"
    assert_no_key(root, said)


def test_without_a_key_the_variable_is_named_and_nothing_is_on_record(root: Path) -> None:
    said = generate(root)

    assert said == Said(
        1,
        "",
        f"{NOBODYS_TAG}\n"
        "corner: corner.toml: [authors.opus-3]: no key: the environment variable ANTHROPIC_API_KEY is not set. "
        f"Set ANTHROPIC_API_KEY to an API key of the account that has access to {OPUS_3}.\n",
    )
    assert not (root / "content" / "ledger.jsonl").exists()


@pytest.mark.parametrize("command", ["generate", "doctor"])
@pytest.mark.parametrize("url", ["SERVER", "http://api.anthropic.com/", "https://api.anthropic.com.example/"])
def test_a_key_goes_to_no_address_that_nobody_said_it_belongs_to(
    root: Path, server: FaultServer, url: str, command: str
) -> None:
    url = url.replace("SERVER", server.url)
    configure(root, f'base_url = "{url}"')

    said = corner("-C", root, command)

    assert said.code == 1
    assert (
        f"corner.toml: [authors.opus-3]: {url} is not Anthropic's, and no `key_env` says which key may go there. "
        'Name the variable that holds its key, or write key_env = "": then no key is sent.\n'
    ) in said.all
    assert server.requests == []
    assert not (root / "content" / "ledger.jsonl").exists()


def test_an_author_without_a_key_is_sent_none(root: Path, server: FaultServer) -> None:
    configure(root, f'base_url = "{server.url}"\nkey_env = ""')
    server.then(faults.answer(TEXT), faults.unauthorized())

    assert generate(root, "--mode", "minimal").code == 0
    assert "a request without a key was refused" in generate(root, "--mode", "updates").err
    assert "key of opus-3: none is sent\n" in corner("-C", root, "doctor").out
    assert KEY not in repr([request.headers for request in server.requests])
    assert {"authorization", "x-api-key"}.isdisjoint(server.requests[0].headers)


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", f"“{KEY}”"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(
    root: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)

    said = generate(root)

    assert said.code == 1
    assert "Set ANTHROPIC_API_KEY to the key alone." in said.err
    assert_no_key(root, said)


def test_the_key_of_a_round_that_went_well_is_in_no_file_and_no_output(root: Path, server: FaultServer) -> None:
    server.then(faults.answer("Words."), faults.answer("A title"), faults.cut("Half"))
    said = generate(root, "--mode", "minimal", "--mode", "updates")
    (written, _) = standings(root)

    shown = [corner("-C", root, "show", written.id, *part) for part in ([], ["--prompt"], ["--transcript"], ["--raw"])]

    assert f"Bearer {KEY}" in {request.headers["authorization"] for request in server.requests}
    assert_no_key(root, said, *shown)


def assert_no_key(root: Path, *said: Said) -> None:
    for one in said:
        assert KEY not in one.all
    for path in root.rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes(), path


# --- the live display -------------------------------------------------------------------------------------------------


def test_the_live_display_shows_state_tokens_and_time_but_not_the_text(root: Path, server: FaultServer) -> None:
    server.then(faults.answer(TEXT, output_tokens=1234), faults.refusal("I would rather not."))

    with Terminal(
        *("-C", root, "--now", render_instant(NOW), "generate", "--mode", "minimal", "--mode", "updates")
    ) as terminal:
        code = terminal.ended()

    lines = terminal.seen.splitlines()
    assert code == 1
    heads = [line.split() for line in lines if line.startswith("mode ")]
    assert heads[-1] == ["mode", "state", "tokens", "seconds", "USD"]
    assert [line.split()[:3] for line in lines if line.startswith("minimal ")][-1] == ["minimal", "written", "1,234"]
    assert [line.split()[:2] for line in lines if line.startswith("updates ")][-1] == ["updates", "failed"]
    assert "tide" not in terminal.seen
    assert "rather" not in terminal.seen


def test_an_edition_is_a_slots_date_unless_it_was_asked_for_before(root: Path, server: FaultServer) -> None:
    said = generate(root, "--edition", "2026-12-03", "--mode", "minimal", "--dry-run")
    what = "corner: no edition is on 2026-12-03: its slot is on Wednesdays (expected 2026-12-02 or 2026-12-09)\n"
    assert said == Said(2, "", what)
    assert generate(root, "--edition", "2026-12-02", "--mode", "minimal").code == 0
    path = root / "corner.toml"
    assert 'weekday = "wednesday"' in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace('weekday = "wednesday"', 'weekday = "friday"'), "utf-8")
    assert generate(root, "--edition", "2026-12-02", "--mode", "minimal", "--count", "1").code == 0
    assert "(expected 2026-11-27 or 2026-12-04)" in generate(root, "--edition", "2026-12-03").err
