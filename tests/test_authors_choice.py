"""`choice = "author"`: the author picks among its own drafts, on record; editors are proposed its pick and decide."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import pytest

import fault_server as faults
from builders import EDITION, NOW, approve, forge, publish, publish_entry, reopen, set_aside, tree, veto, write_draft
from claudes_corner import ledger
from claudes_corner.generation.choices import AGAIN, read_choice
from claudes_corner.generation.choosing import QUESTION, choosable, choose_draft
from claudes_corner.schedule import render_instant
from claudes_corner.site.builder import build
from claudes_corner.text import digest
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.workspace import Workspace
from commands import Said, corner
from fault_server import FaultServer
from rounds import Dying, events, make_author, make_round
from sites import html_pages

ONE, TWO = "# SAMPLE: the tide\n\nIt comes.", "# SAMPLE: the ebb\n\nIt goes."


@pytest.fixture
def root(workspace: Workspace) -> Path:
    """A newsletter whose author chooses."""
    path = workspace.folders.root / "corner.toml"
    text = path.read_text("utf-8").replace("[review]", '[review]\nchoice = "author"')
    path.write_text(text, encoding="utf-8")
    return workspace.folders.root


def generate(root: Path, *more: str) -> Said:
    modes = () if "--resume" in more else ("--mode", "minimal", "--count", "2")
    return corner("-C", root, "--now", render_instant(NOW), "generate", "--author", "opus-3", *modes, *more)


def resume(root: Path) -> Said:
    return generate(root, "--resume", "--mode", "minimal", "--count", "2")


def drafts(root: Path) -> dict[str, str]:
    """List the ids of drafts by their texts."""
    workspace = reopen(root)
    found = [s for s in workspace.ledger().standings.values() if s.written]
    return {workspace.read_draft(s).text: s.id for s in found}


def chosen(root: Path) -> ledger.Chose:
    return reopen(root).ledger().chosen[EDITION]


def is_well(root: Path) -> bool:
    assert verify_workspace(reopen(root)).problems == ()
    return True


def test_the_author_is_shown_its_drafts_whole_and_its_pick_is_on_record(root: Path, server: FaultServer) -> None:
    server.then(faults.answer(ONE), faults.answer(TWO), faults.answer("draft: 2"))

    said = generate(root)

    pick = drafts(root)[TWO]
    assert said.code == 0, said
    assert f"{pick}: chosen by the author among its 2 drafts; corner review {pick} decides\n" in said.out
    blocks = [block["text"] for block in server.requests[2].body["messages"][0]["content"]]
    assert (ONE in blocks[0], TWO in blocks[1], blocks[2]) == (True, True, QUESTION)
    assert blocks[3].endswith("nothing else:\ndraft: 1\ndraft: 2")
    record = chosen(root)
    known = reopen(root).ledger()
    shas = tuple(known.standings[draft_id].text_sha256 for draft_id in drafts(root).values())
    assert (record.id, record.text_sha256, record.among, record.by) == (pick, shas[1], shas, "corner")
    assert [standing.status for standing in known.standings.values()] == ["waiting", "waiting"]
    assert events(reopen(root))[-2:] == ["requested", "chose"]
    assert json.loads((root / f"drafts/transcripts/{record.choice}.json").read_bytes())["id"] == record.choice
    assert is_well(root)
    assert b"It goes." not in b"".join(tree(root / "content").values())


def test_editors_are_proposed_what_the_author_chose(root: Path, server: FaultServer) -> None:
    server.then(faults.answer(ONE), faults.answer(TWO), faults.answer("draft: 2"))
    generate(root)
    pick = drafts(root)[TWO]

    at = ("-C", root, "--now", render_instant(NOW))
    assert corner(*at, "status").out.startswith(
        f"next: corner review {pick}\n      2 waiting for a verdict; the author chose {pick}\n"
    )
    assert f"{pick}  waiting, chosen by the author" in corner(*at, "drafts").out
    shown = corner(*at, "review", "--by", "ada", typed="q\n").out
    assert f"1 of 2 · {pick}" in shown
    assert "the author chose it among its 2 drafts" in shown

    veto(Workspace.find(root), pick)
    said = corner(*at, "status").out
    assert said.startswith("next: corner review\n      2 waiting for a verdict, 1 of them held by a veto\n")


def test_an_answer_that_is_no_choice_is_asked_for_once_more_and_never_guessed(root: Path, server: FaultServer) -> None:
    server.then(*map(faults.answer, (ONE, TWO, "The second, I think.", "Both!")))

    said = generate(root)

    assert said.code == 1
    assert said.err.endswith(
        "corner: the author's choice among its drafts could not be understood. "
        "Choose in corner review, or ask again: corner generate --resume.\n"
    )
    assert server.requests[3].body["messages"][2]["content"][0]["text"].startswith(AGAIN)
    failed = reopen(root).ledger().records[-1]
    assert (failed.event, failed.cause) == ("failed", "unclear-choice")
    assert any(p.read_text() == "The second, I think.\n\nBoth!" for p in (root / ".corner/unfinished").iterdir())
    assert is_well(root)

    server.then(faults.answer("`Draft: 1`"))
    assert resume(root).code == 0
    assert (chosen(root).id, chosen(root).choice) == (drafts(root)[ONE], failed.id), "the same question, on record"
    assert resume(root).out == f"edition {EDITION} lacks no draft that was asked for\n", "a choice is asked for once"
    assert is_well(root)


def test_a_choice_that_fails_leaves_the_drafts_and_is_asked_for_again(root: Path, server: FaultServer) -> None:
    server.then(faults.answer(ONE), faults.answer(TWO), faults.forbidden())
    assert generate(root).code == 1
    assert len(drafts(root)) == 2
    server.then(faults.answer("draft: 1"))
    assert resume(root).code == 0
    assert len(server.requests) == 4
    assert chosen(root).id == drafts(root)[ONE]


def test_if_its_pick_is_not_to_be_the_author_chooses_among_the_rest(root: Path, server: FaultServer) -> None:
    server.then(faults.answer("draft: 1"))
    workspace = reopen(root)
    ids = [write_draft(workspace, f"# SAMPLE {number}") for number in range(3)]
    assert resume(root).code == 0
    assert choosable(workspace.config, workspace.ledger(), EDITION, "opus-3") == ()

    set_aside(workspace, ids[0])

    assert [s.id for s in choosable(workspace.config, workspace.ledger(), EDITION, "opus-3")] == ids[1:]
    approve(workspace, ids[1])
    assert choosable(workspace.config, workspace.ledger(), EDITION, "opus-3") == ()


def test_a_choice_cut_short_anywhere_is_made_once(root: Path, server: FaultServer, tmp_path: Path) -> None:
    server.otherwise = faults.answer("draft: 2")
    for text in (ONE, TWO):
        write_draft(reopen(root), text)
    for stop_at in range(1, 30):
        copy = shutil.copytree(root, tmp_path / f"copy-{stop_at}")
        disk = Dying(stop_at)
        for one in (disk, None):
            workspace = reopen(copy, one)
            author = make_author(workspace, server.url)
            with contextlib.suppress(KeyboardInterrupt):
                choose_draft(make_round(workspace, author), lambda _: None)
        assert [r.text_sha256 for r in reopen(copy).ledger().records if r.event == "chose"] == [digest(TWO)]
        assert is_well(copy)
        if disk.left > 0:
            return
    pytest.fail("it never ran to its end")


@pytest.mark.parametrize("why", ["one draft", "another author's", "the editors choose", "another edition's"])
def test_where_there_is_no_choice_nothing_is_asked(root: Path, why: str) -> None:
    workspace = reopen(root)
    write_draft(workspace, ONE)
    if why == "another author's":
        write_draft(workspace, TWO, author="small")
    elif why == "another edition's":
        write_draft(workspace, TWO, edition="2026-12-02")
    elif why == "the editors choose":
        write_draft(workspace, TWO)
        path = root / "corner.toml"
        path.write_text(path.read_text("utf-8").replace('choice = "author"', 'choice = "editors"'), encoding="utf-8")
        workspace = reopen(root)

    assert choosable(workspace.config, workspace.ledger(), EDITION, "opus-3") == ()


@pytest.mark.parametrize(
    ("answer", "line"),
    [("draft: 2", "draft: 2"), (" **Draft: 1**.\n", "draft: 1"), *((said, None) for said in ("draft: 3", "2", ""))],
)
def test_a_choice_is_one_line_of_a_closed_list(answer: str, line: str | None) -> None:
    assert read_choice(answer, ("draft: 1", "draft: 2")) == line


def test_readers_are_told_who_chose_by_the_record_and_not_by_the_rules(root: Path, server: FaultServer) -> None:
    server.then(faults.answer("draft: 2"))
    workspace = reopen(root)
    ids = [write_draft(workspace, text) for text in (ONE, TWO)]
    resume(root)
    approve(workspace, ids[1], slug="picked")
    publish(workspace, ids[1])
    publish_entry(workspace, "# SAMPLE: later", slug="later", edition="2026-12-02", date="2026-12-02T09:00:00Z")

    build(workspace)

    pages = html_pages(workspace.folders.site)
    assert "The author chose it from 2 drafts of its edition." in pages["essays/picked/index.html"].text
    assert "chosen by the author among its drafts" in pages["essays/picked/making/index.html"].text
    assert "The author chose" not in pages["essays/later/index.html"].text
    assert is_well(root)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("text_sha256", "'text_sha256' of 'ID' is not what was recorded before"),
        ("edition", "'edition' of 'ID' is not what was recorded before"),
        ("among", "'ID' was chosen among others, and is none of them"),
        ("transcript_sha256", "the transcript of the author's choice is not the one on record"),
    ],
)
def test_verify_names_a_choice_that_cannot_be(root: Path, field: str, says: str) -> None:
    workspace = reopen(root)
    draft_id = write_draft(workspace, ONE)
    sha = workspace.ledger().standings[draft_id].text_sha256
    fields = {"edition": EDITION, "text_sha256": sha, "among": (sha,), "choice": "2026-11-25-choice-0000"}
    wrong = {"among": ("sha256:" + "0" * 64,), "edition": "2026-12-02"}.get(field, "sha256:" + "1" * 64)
    with workspace.writing() as pen:
        pen.keep(workspace.folders.transcripts / "2026-11-25-choice-0000.json", b"{}")
    fields |= {"transcript_sha256": digest(b"{}"), field: wrong}
    forge(workspace, ledger.Chose, draft_id, ledger.CORNER, **fields)

    found = [str(problem) for problem in verify_workspace(workspace).problems]

    assert any(says.replace("ID", draft_id) in line for line in found), found


@pytest.mark.parametrize("is_later", [False, True])
def test_verify_names_a_choice_among_what_was_no_draft_of_the_edition_then(root: Path, is_later: bool) -> None:
    workspace = reopen(root)
    draft_id = write_draft(workspace, ONE)
    sha, other = (digest(text) for text in (ONE, TWO))
    if not is_later:
        write_draft(workspace, TWO, edition="2026-12-02")
    among = {"edition": EDITION, "text_sha256": sha, "among": (sha, other), "choice": "2026-11-25-choice-0000"}
    forge(workspace, ledger.Chose, draft_id, "corner", transcript_sha256=digest("a transcript"), **among)
    seq = len(reopen(root).ledger().records)
    if is_later:
        write_draft(reopen(root), TWO)
    what = f"{draft_id!r} was chosen among others, and one of them was no draft of its edition"
    found = [str(problem) for problem in verify_workspace(reopen(root)).problems]
    assert f"content/ledger.jsonl:{seq}: {what} (found {other})" in found
