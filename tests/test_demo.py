"""The whole way with a real model on this machine: `corner demo`, a person's verdict, a page, a feed."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import feedparser
import pytest

from builders import EDITION, make_workspace, reopen, tick, tree, write_draft
from claudes_corner import ledger
from claudes_corner.cli.starter import STARTER, lay_out
from claudes_corner.generation.embedded import MODEL_ID
from claudes_corner.generation.exchange import Prompt, request_body
from claudes_corner.generation.modes import MODES
from claudes_corner.text import canonical_json, digest
from claudes_corner.workspace import Draft, Workspace
from commands import Said, Terminal, corner, ended, process, wait_for
from desks import Guest
from rounds import make_tasks

NOW = "2026-11-22T18:00:00Z"
DEMO_SECONDS = 400  # forty on a busy machine; the rest is for the download
embedded = pytest.mark.embedded


def demo(folder: Path, *more: str) -> Said:
    with process("-C", folder, "--now", NOW, "demo", "--no-serve", *more) as running:
        out, err = running.communicate(timeout=DEMO_SECONDS)
        return Said(running.returncode, out, err)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """A demo, made once; tests that change it take a copy."""
    folder = tmp_path_factory.mktemp("demo")
    said = demo(folder)
    assert said.code == 0, said.err
    return folder / "demo", said


@pytest.fixture
def root(made: tuple[Path, Said], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "demo"))


def drafts(root: Path) -> list[Draft]:
    workspace = reopen(root)
    return [workspace.read_draft(standing) for standing in workspace.ledger().standings.values()]


# --- what it makes ----------------------------------------------------------------------------------------------------


@embedded
def test_a_demo_has_a_draft_under_each_of_four_modes(root: Path) -> None:
    written = drafts(root)

    assert [draft.front.mode for draft in written] == ["minimal", "past-entries", "news", "updates"]
    for draft in written:
        assert draft.standing.status == "waiting"
        assert draft.front.model == MODEL_ID
        assert draft.front.stop_reason in {"end_turn", "max_tokens"}
        assert draft.text.split()  # few words, now and then


@embedded
def test_the_transcripts_hold_the_exact_requests(root: Path) -> None:
    workspace = reopen(root)
    tasks = {task.mode: task for task in make_tasks(workspace, author="demo", count=1)}
    settings = workspace.config.authors["demo"]

    for draft in drafts(root):
        brief = tasks[draft.front.mode].brief
        prompt = Prompt((*(document.block for document in brief.documents), brief.prompt), brief.system)
        sent = [json.loads(bytes(exchange.request)) for exchange in draft.transcript.exchanges]
        assert sent[0] == request_body(prompt, model=MODEL_ID, max_tokens=settings.max_tokens)
        about = workspace.ledger().about(draft.front.id)
        requested = [record.request_sha256 for record in about if isinstance(record, ledger.Requested)]
        assert {digest(canonical_json(body)) for body in sent} <= set(requested)
        assert json.loads(bytes(draft.transcript.exchanges[0].response))["model"] == MODEL_ID


@embedded
def test_it_says_what_was_made_and_what_to_type_and_no_word_of_a_text(made: tuple[Path, Said]) -> None:
    _, said = made

    assert said.out.count(": written, and on record\n") == 4
    assert "4 drafts by a very small demonstration model wait for a person's verdict.\n" in said.out
    assert f"Read, compare and decide: corner -C {made[0].resolve()} review\n" in said.out
    assert f"Or see the site and the desk: corner -C {made[0].parent.resolve()} demo\n" in said.out
    assert re.findall(r"^(\S+): (asking|writing|written)$", said.err, re.MULTILINE)
    for draft in drafts(made[0]):
        assert draft.text[:40] not in said.all


@embedded
def test_nothing_is_approved_without_a_person(root: Path) -> None:
    assert list((root / "content" / "essays").iterdir()) == []
    assert "<item>" not in (root / "site" / "feed.xml").read_text()


# --- a person's verdict -----------------------------------------------------------------------------------------------


@embedded
def test_what_a_person_approves_is_on_home_its_page_the_years_archive_and_the_feed(root: Path) -> None:
    first, *_ = drafts(root)
    with Terminal("-C", root, "--now", NOW, "review") as terminal:
        terminal.expect("your verdict")
        terminal.type("a")
        for question in ("slug", "tags", "goes live on (q: not now) [2026-11-22 18:00 UTC]:", "approve this?"):
            terminal.expect(question)
            terminal.type("")
        terminal.expect(f"{first.front.id}: approved and published at /essays/")
        terminal.expect("your verdict")
        terminal.type("q")
        assert terminal.ended() == 0

    assert corner("-C", root, "build").code == 0

    site, slug = root / "site", reopen(root).ledger().standings[first.front.id].slug
    route = f"essays/{slug}/"
    assert f'"/{route}"' in (site / "index.html").read_text()
    assert f'"/{route}"' in (site / "archive" / "2026" / "index.html").read_text()
    assert (site / route / "index.html").is_file()
    assert (site / route / "making" / "index.html").is_file()
    feed = feedparser.parse((site / "feed.xml").read_bytes().decode())
    assert not feed.bozo
    (entry,) = feed.entries
    assert entry.link == f"http://127.0.0.1:8420/{route}"
    assert entry.id == f"tag:demo.example,2026:{first.front.id}"


# --- again ------------------------------------------------------------------------------------------------------------


@embedded
def test_a_second_demo_leaves_the_first_untouched(root: Path) -> None:
    before = tree(root / "content", root / "drafts", root / "site")

    said = demo(root.parent)

    assert said.code == 0
    assert tree(root / "content", root / "drafts", root / "site") == before
    assert "4 drafts by a very small demonstration model wait" in said.out
    assert said.err == ""


@embedded
def test_a_demo_that_was_interrupted_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    lay_out(tmp_path / "demo", STARTER / "demo", {}, theme=False)
    workspace = reopen(tmp_path / "demo")
    asked = {"author": "demo", "model": MODEL_ID, "mode": "minimal", "edition": EDITION, "attempt": 1}
    with workspace.writing() as pen:
        pen.record(
            ledger.Requested, at=tick(workspace), id=f"{EDITION}-minimal-k3v9", request_sha256=digest("{}"), **asked
        )

    assert demo(tmp_path).code == 0

    assert [draft.front.mode for draft in drafts(tmp_path / "demo")] == ["minimal", "past-entries", "news", "updates"]
    assert drafts(tmp_path / "demo")[0].front.id == f"{EDITION}-minimal-k3v9"


def test_it_ends_with_site_and_desk_where_a_newcomer_reads_and_decides(tmp_path: Path) -> None:
    lay_out(tmp_path / "demo", STARTER / "demo", {}, theme=False)
    draft_id = write_draft(reopen(tmp_path / "demo"), "# SAMPLE: a draft\n\nSAMPLE.", author="demo")
    with process("-C", tmp_path, "--now", NOW, "demo", "--port", "0") as running:
        site = running.stdout.readline().strip()
        told = [running.stdout.readline().strip() for _ in range(5)]
        assert told[1] == "1 draft by a very small demonstration model waits for a person's verdict."
        said, _, link = told[2].partition(": ")
        assert said == "Read, compare and decide at the desk"
        you = Guest(link)
        you.sign_in()
        page = you.decide(draft_id, "approve")
        assert f"{draft_id}: approved and published at /essays/sample-a-draft/" in page.text
        assert "readers see only then" not in page.text, "they see it at once"
        said = wait_for(running.stdout, " written, ")
        assert "readers see only then" not in said
        assert b"SAMPLE: a draft" in urlopen(f"{site}essays/sample-a-draft/").read()
        running.send_signal(signal.SIGINT)
        assert ended(running).code == 130
        for address in (site, you.origin):
            with pytest.raises(URLError):
                urlopen(address)


@pytest.mark.parametrize(
    ("here", "call", "review", "demo"),
    [
        ("my work", ("demo",), "corner -C demo review", "corner demo"),
        (".", ("-C", "my work", "demo"), "corner -C 'my work/demo' review", "corner -C 'my work' demo"),
        ("other", ("-C", "../my work", "demo"), "corner -C '{0}/my work/demo' review", "corner -C '{0}/my work' demo"),
    ],
)
def test_what_it_says_to_type_is_right_where_one_is(
    here: str, call: tuple[str, ...], review: str, demo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "my work" / "demo"
    (tmp_path / "other").mkdir()
    lay_out(root, STARTER / "demo", {}, theme=False)
    write_draft(reopen(root), "# SAMPLE: a draft\n\nSAMPLE.", author="demo")
    monkeypatch.chdir(tmp_path / here)
    said = corner("--now", NOW, *call, "--no-serve")
    assert said.code == 0, said
    assert f"Read, compare and decide: {review}\nOr see the site and the desk: {demo}\n".format(tmp_path) in said.out


def test_another_folder_of_that_name_is_refused_and_left_alone(tmp_path: Path) -> None:
    make_workspace(tmp_path / "demo")
    (tmp_path / "other" / "demo").mkdir(parents=True)
    (tmp_path / "other" / "demo" / "letter.txt").write_text("Dear")
    before = tree(tmp_path)

    for folder in (tmp_path, tmp_path / "other"):
        for more in ([], ["--fresh"]):
            assert corner("-C", folder, "demo", "--no-serve", *more) == Said(
                1, "", "corner: demo/: this folder is not a demo of ours. Go to another folder, or rename it.\n"
            )

    assert tree(tmp_path) == before


def test_a_file_of_that_name_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("Dear")

    assert corner("-C", tmp_path, "demo", "--no-serve").code == 1
    assert (tmp_path / "demo").read_text() == "Dear"


def test_the_demos_own_sources_give_every_mode_something_to_send(tmp_path: Path) -> None:
    lay_out(tmp_path, STARTER / "demo", {}, theme=False)

    workspace = Workspace.find(tmp_path)
    tasks = make_tasks(workspace, author="demo")

    assert [(task.mode, task.skip) for task in tasks] == [(mode, "") for mode in workspace.config.modes]
    assert set(workspace.config.modes) == set(MODES) - {"reflect", "free-choice"}  # too much for so small a model
