"""Rounds with several requests under way: whole on record, ended together, within budget, and never lost to a kill."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import fault_server as faults
from builders import NEWSLETTER, make_workspace
from claudes_corner.cli import run
from claudes_corner.cli.generate import say_outcomes
from claudes_corner.generation.costs import OverBudgetError, Purse, Spent, estimate_input_tokens, estimate_tokens
from claudes_corner.generation.exchange import Progress, Prompt, request_body
from claudes_corner.settings import AuthorSettings, Generation
from claudes_corner.workspace import Workspace
from fault_server import FaultServer, Wire
from rounds import KEY, events, make_tasks, run_round
from test_choosing import REFLECT

TEXT = "# The tide\n\nIt comes back."
PRICES = "usd_per_million_input_tokens = 15\nusd_per_million_output_tokens = 75"


def newsletter(root: Path, *, generation: str = "at_once = 2", author: str = "", also: str = "") -> Workspace:
    toml = (NEWSLETTER / "corner.toml").read_text("utf-8").replace("at_once = 1", generation) + also
    return make_workspace(root, toml=re.sub(r'(?m)^model = ".*"$', lambda line: f"{line[0]}\n{author}", toml))


# --- at once ----------------------------------------------------------------------------------------------------------


def test_as_many_are_asked_at_once_as_the_config_says_and_every_record_is_whole(tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", generation="at_once = 3")
    together, count = threading.Barrier(3, timeout=20), iter(range(99))

    def answer(wire: Wire) -> None:
        if next(count) < 3:
            together.wait()  # the first three are there before any is answered
        faults.answer(TEXT)(wire)

    with FaultServer() as server:
        server.otherwise = answer
        outcomes = run_round(workspace, server.url)

    assert [(o.mode, o.status) for o in outcomes] == [
        (mode, "written") for mode in ("minimal", "past-entries", "news", "updates")
    ]
    assert sorted(events(workspace)) == ["requested"] * 4 + ["written"] * 4
    assert not list(workspace.folders.rounds.iterdir())


def test_ctrl_c_ends_all_that_is_under_way_each_on_record_and_begins_nothing_more(tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n")
    both = threading.Barrier(2, action=lambda: signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT))

    def hang(wire: Wire) -> None:
        wire.begin()
        both.wait(20)
        wire.hold()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with FaultServer() as server:
            server.otherwise = hang
            outcomes = run_round(workspace, server.url)
    finally:
        signal.signal(signal.SIGINT, before)

    assert [(o.mode, o.status) for o in outcomes] == [("minimal", "cancelled"), ("past-entries", "cancelled")]
    assert sorted(events(workspace)) == ["cancelled", "cancelled", "requested", "requested"]
    assert say_outcomes(outcomes) == 130


# --- killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("at_once", [1, 2])
def test_a_round_killed_at_any_write_is_resumed_with_no_duplicate_and_no_lost_draft(
    tmp_path: Path, at_once: int
) -> None:
    """In the modes it was asked for; and what was answered and kept is not asked again: one more request at most."""
    root = newsletter(tmp_path / "n", generation=f"at_once = {at_once}", also=REFLECT).folders.root

    def answer(wire: Wire) -> None:
        said = json.dumps(wire.received.body["messages"])
        faults.answer("# Better\n\nAgain." if "Read it once more" in said else TEXT)(wire)

    with FaultServer() as server:
        server.otherwise = answer
        script = Path(__file__).with_name("killed_round.py")
        found = subprocess.run(
            [sys.executable, str(script), str(root), server.url],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(script.parent)])},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert found.returncode == 0, found.stderr
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert len(lines) > 20
    assert [line["killed"] for line in lines] == [True] * (len(lines) - 1) + [False]
    assert (lines[0]["requested"], lines[0]["drafts"]) == (0, []), "a round of which nothing is kept was never begun"
    for line in lines[1:]:
        assert line["resumed"] == 0, line
        assert line["written"] == 2, line
        assert line["drafts"] == [["minimal", TEXT], ["reflect", "# Better\n\nAgain."]], line
        assert line["requested"] <= 3 + at_once, line
    assert {tuple(line["rest"]) for line in lines} == {()}


# --- budgets ----------------------------------------------------------------------------------------------------------

BODY = request_body(Prompt(("x" * 300, "y" * 30), "z" * 30), model="m", max_tokens=1000)


def purse(**limits: Any) -> Purse:
    author = AuthorSettings("A", "m", usd_per_million_input_tokens=1000.0, usd_per_million_output_tokens=2000.0)
    return Purse(author, Generation(**limits))


def test_tokens_are_estimated_on_the_high_side() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("four") == 2
    assert estimate_tokens("潮汐") == 2
    assert estimate_input_tokens(BODY) == 100 + 10 + 10 + 2 * 8


def test_a_purse_sets_aside_the_worst_and_takes_back_what_was_not_used() -> None:
    mine = purse(budget_tokens=2000)
    reserved = mine.reserve(BODY)
    assert reserved == Spent(136, 1000, 2.136)
    with pytest.raises(OverBudgetError) as refused:
        mine.reserve(BODY)
    assert str(refused.value) == (
        "the round's budget could be exceeded by the next request, so it was not sent "
        "(expected at most 2,000 tokens, found up to 2,272 tokens). "
        "Raise `budget_tokens`, or go on in another round: corner generate --resume."
    )
    assert mine.settle(reserved, 100, 50).tokens == 150
    mine.reserve(BODY)


def test_a_budget_in_dollars_counts_by_the_authors_prices() -> None:
    with pytest.raises(OverBudgetError, match=r"at most 2\.00 USD, found up to 2\.14 USD"):
        purse(budget_usd=2.0).reserve(BODY)
    purse(budget_usd=2.2).reserve(BODY)


def test_a_round_ends_before_its_budget_is_exceeded_and_says_so(tmp_path: Path) -> None:
    budget = "at_once = 1\nbudget_usd = 0.32"  # the worst case of one request is a little more than 0.307
    workspace = newsletter(tmp_path / "n", generation=budget, author=PRICES)
    reports: list[Progress] = []
    with FaultServer() as server:
        server.otherwise = faults.answer(TEXT, output_tokens=200)
        outcomes = run_round(workspace, server.url, "minimal", "minimal", "updates", reports=reports)
        asked = len(server.requests)

    assert [outcome.status for outcome in outcomes] == ["written", "skipped"]
    assert asked == 1
    assert outcomes[0].spent.usd == pytest.approx(12 * 15e-6 + 200 * 75e-6)
    assert "the round's budget could be exceeded" in outcomes[1].words
    assert events(workspace) == ["requested", "written"]
    assert max(report.usd for report in reports) == pytest.approx(outcomes[0].spent.usd)


def test_a_title_that_the_budget_has_no_room_for_is_not_asked_and_the_essay_stays(tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", generation="at_once = 1\nbudget_tokens = 4150")
    with FaultServer(faults.answer("No heading.", output_tokens=200)) as server:
        (outcome,) = run_round(workspace, server.url, "minimal")
    assert outcome.status == "written"
    assert events(workspace) == ["requested", "written"]


# --- before anything is sent ------------------------------------------------------------------------------------------


def test_a_dry_run_shows_each_first_prompt_its_tokens_and_its_price_and_sends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    workspace = newsletter(tmp_path / "n", author=PRICES, also=REFLECT)
    with FaultServer() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        code = run(["-C", str(workspace.folders.root), "generate", "--author", "opus-3", "--dry-run"])
        assert server.requests == []
    said = capsys.readouterr().out

    assert code == 0
    assert "Write an essay about whatever you like." in said
    assert "(about 21 tokens (an estimate, on the high side), at most 4,096 back; at most 0.3075 USD)" in said
    assert said.count("── ") == 6
    assert KEY not in said
    assert not workspace.folders.ledger.exists()


def test_a_temperature_is_sent_only_where_the_config_has_one(tmp_path: Path) -> None:
    with FaultServer() as server:
        server.otherwise = faults.answer(TEXT)
        run_round(newsletter(tmp_path / "a"), server.url, "minimal")
        warm = newsletter(tmp_path / "b", author='capabilities = ["temperature"]\ntemperature = 0.5')
        run_round(warm, server.url, "minimal")
        bodies = [request.body for request in server.requests]
    assert "temperature" not in bodies[0]
    assert bodies[1]["temperature"] == 0.5


def test_a_resumed_draft_is_asked_from_the_brief_that_was_kept(tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n")
    with FaultServer(faults.unauthorized()) as server:
        run_round(workspace, server.url, "updates")
    for path in (workspace.folders.root / "updates").iterdir():
        path.unlink()

    (task,) = make_tasks(workspace, "updates", resume=True)

    assert len(task.brief.documents) == 2
