"""`corner` as people call it: what each command answers, how it exits, and one clear line when something is wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import claudes_corner
from builders import (
    EDITION,
    TEXT,
    approve,
    expire,
    make_workspace,
    publish,
    publish_entry,
    reopen,
    set_aside,
    tree,
    veto,
    write_draft,
)
from claudes_corner import cli, ledger
from claudes_corner.cli.commands import COMMANDS
from claudes_corner.text import EMPTY_DIGEST, digest
from claudes_corner.workspace import Workspace
from commands import PATIENCE_SECONDS, SRC, Said, corner, ended, process
from rounds import TITLE

NOW = "2026-11-22T18:00:00Z"
SHA = digest(TEXT)
REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def draft_id(workspace: Workspace) -> str:
    return write_draft(workspace, title=TITLE)


def at(root: Path, *args: str | Path, typed: str = "", now: str = NOW) -> Said:
    return corner("-C", root, "--now", now, *args, typed=typed)


def assert_one_line(said: Said, code: int) -> None:
    """Every refusal is one line, on stderr, without a traceback."""
    assert said.code == code, said
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    assert said.err.startswith("corner: ")
    assert "Traceback" not in said.err


# --- exit codes -------------------------------------------------------------------------------------------------------


def test_done_is_0(root: Path) -> None:
    assert at(root, "status").code == 0


def test_refused_is_1(root: Path) -> None:
    assert_one_line(at(root, "show", "nothing"), 1)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            "nonsense",
            "no such command 'nonsense' (expected one of: approve, build, change, demo, deploy, desk, doctor, ",
        ),
        ("aprove X", "no such command 'aprove'. Did you mean 'approve'? See: corner --help."),
        ("approve", "missing argument 'ID'. See: corner approve --help."),
        ("approve X", "missing option '--digest'. corner show ID prints it. See: corner approve --help."),
        (
            "letter publish X",
            "missing option '--digest'. corner letter show ID prints it. See: corner letter publish -",
        ),
        (
            "veto X --digest 12345678 --reason R",
            "missing option '--criterion'. It is one of: harm, privacy. See: corner veto --help.",
        ),
        ("import nofile", "invalid value for 'FILE': Path '/"),
        ("veto X --digest 12345678 --criterion harm", "missing option '--reason'. See: corner veto --help."),
        ("set-aside X --digest 12345678", "missing option '--reason'. See: corner set-aside --help."),
        ("status --verbose", "no such option '--verbose'. See: corner status --help."),
        ("drafts --jsn", "no such option '--jsn'. Did you mean '--json'? See: corner drafts --help."),
        ("status more", "got unexpected extra argument (more). See: corner status --help."),
        (
            "generate --count 0",
            "invalid value for '--count': '0' is no whole number from 1 to 20. See: corner generate --help.",
        ),
        (
            "generate --count x",
            "invalid value for '--count': 'x' is no whole number from 1 to 20. See: corner generate --help.",
        ),
        ("serve --port 65536", "invalid value for '--port': '65536' is no whole number from 0 to 65535. See: corner s"),
        ("serve --port -1", "invalid value for '--port': '-1' is no whole number from 0 to 65535. See: corner serve"),
        ("desk --port 99999", "invalid value for '--port': '99999' is no whole number from 0 to 65535. See: corner d"),
        ("demo --port 65535", "invalid value for '--port': '65535' is no whole number from 0 to 65534. See: corner d"),
        (
            "approve X --digest 12345678 --date yesterday",
            "'yesterday' is no date (expected a day such as 2026-11-25, or with its hour, such as 2026-11-25 18:30, of the years 1000 to 9998)",
        ),
        (
            "approve X --digest 12345678 --date 9999-12-31T23:59:59-01:00",
            "'9999-12-31T23:59:59-01:00' is no date (expected a day such as 2026-11-25, or with its hour, such as 2026-11-25 18:30, of the years 1000 to 9998)",
        ),
        (
            "change X --by ada --date 2026-11-25T09:00:00",
            "'2026-11-25T09:00:00' is no date (expected a day such as 2026-11-25, or with its hour, such as 2026-11-25 18:30",
        ),
        (
            "--now 0001-01-01T00:00:00+01:00 status",
            "invalid value for '--now': '0001-01-01T00:00:00+01:00' is not an RFC 3339 instant such as ",
        ),
        (
            "--now 9999-06-01T00:00:00Z status",
            "invalid value for '--now': '9999-06-01T00:00:00Z' is not an RFC 3339 instant such as 2026-11-25T09:00:00Z.",
        ),
        (
            "build --base-url https:/corner.example",
            "invalid value for --base-url: 'https:/corner.example/' is no site's address such as https://corner.exam",
        ),
        (
            "veto X --digest 12345678 --criterion harm --reason \udcff",
            "'\\udcff' is not UTF-8. See: corner veto --help.",
        ),
        (
            "--now noon status",
            "invalid value for '--now': 'noon' is not an RFC 3339 instant such as 2026-11-25T09:00:00Z. See: corner --h",
        ),
        (
            "--now 2026-11-25T09:00:00 status",
            "invalid value for '--now': '2026-11-25T09:00:00' is not an RFC 3339 instant such as 2026-11-25T09:00:00Z.",
        ),
        ("generate --edition soon --author small", "'soon' is no edition (expected a date such as 2026-11-25)"),
        ("generate --author nobody", "there is no author 'nobody' (expected one of: opus-3, small). Say which: --auth"),
        ("generate --author=", "there is no author '' (expected one of: opus-3, small). Say which: --author NAME."),
        ("generate --author opus-3 --mode=", "there is no mode '' (expected one of: minimal, news, past-entries"),
        ("generate", "more than one author is configured (expected one of: opus-3, small). Say which: --author NAME."),
        (
            "generate --author small --mode poem",
            "there is no mode 'poem' (expected one of: minimal, news, past-entries",
        ),
        ("retract X", "who decides? (expected one of: ada, ben, eva). Say it: --by EDITOR."),
        ("retract X --by bem", "there is no editor 'bem' (expected one of: ada, ben, eva). Did you mean 'ben'?"),
    ],
)
def test_called_wrongly_is_2_and_says_what_is_wrong(root: Path, call: str, says: str) -> None:
    said = corner("-C", root, *call.split())

    assert_one_line(said, 2)
    assert said.err.startswith(f"corner: {says}")


def test_a_bug_is_3_and_shows_its_traceback(root: Path, tmp_path: Path) -> None:
    (tmp_path / "feedgen.py").write_text("1 / 0")  # a library that breaks as none should

    with process("-C", root, "build", PYTHONPATH=os.pathsep.join([str(tmp_path), str(SRC)])) as running:
        said = ended(running)

    assert said.code == 3
    assert "ZeroDivisionError" in said.err
    assert "this is a bug of ours; please report it with the lines above." in said.err


def test_stopped_by_ctrl_c_is_130(root: Path) -> None:
    os.mkfifo(root / "waits")
    with process("-C", root, "verify", "--copy", root / "waits") as running:
        writer = os.open(root / "waits", os.O_WRONLY)  # returns once it has begun to read
        running.send_signal(signal.SIGINT)
        os.close(writer)  # a signal that came just before a read is heard when that ends
        assert ended(running) == Said(130, "", "\ninterrupted\n")


def test_main_exits_with_what_run_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["nonsense"])

    assert caught.value.code == 2


def test_corner_is_a_process_that_exits_the_same_way(root: Path) -> None:
    with process("-C", root, "show", "nothing") as running:
        assert ended(running) == Said(
            1, "", "corner: there is no draft or entry 'nothing'. See: corner drafts --all.\n"
        )


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_no_reason_to_fail(root: Path, closed: str) -> None:
    call = f'"$@" {closed}'
    command = ["sh", "-c", call, "sh", sys.executable, "-m", "claudes_corner.cli", "-C", root, "build", "--full"]

    found = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SRC)}, capture_output=True, check=False)

    assert (found.returncode, found.stderr) == (0, b"")
    assert (root / "site" / "index.html").is_file()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_is_said_in_json_is_json_wherever_it_goes(root: Path, workspace: Workspace, encoding: str) -> None:
    write_draft(workspace, "# SAMPLE: é – 🌊\n\nText.", title="SAMPLE: é – 🌊")
    with process("-C", root, "drafts", "--json", PYTHONIOENCODING=encoding) as running:
        out, _ = running.communicate(timeout=PATIENCE_SECONDS)
    assert json.loads(out)["entries"][0]["title"] == "SAMPLE: é – 🌊"


@pytest.mark.usefixtures("draft_id")
def test_a_terminal_that_knows_few_letters_is_shown_the_numbers_of_others(root: Path) -> None:
    with process("-C", root, "drafts", PYTHONIOENCODING="latin-1") as running:
        said = ended(running)

    assert (said.code, said.err) == (0, "")
    assert "\\u2026" in said.out


# --- options of all commands ------------------------------------------------------------------------------------------


def test_folder_and_clock_may_stand_before_or_after_the_command(root: Path) -> None:
    wanted = at(root, "status", "--json")

    assert json.loads(wanted.out)["status"]["edition"] == EDITION
    assert corner("status", "--json", "-C", root, "--now", NOW) == wanted
    assert corner("-C", root, "status", "--now", NOW, "--json") == wanted
    assert corner("-C", root, "--now", "2099-01-01T00:00:00Z", "status", "--json", "--now", NOW) == wanted


@pytest.mark.parametrize("is_last", [False, True])
def test_all_that_is_named_lies_where_the_command_was_sent(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_last: bool
) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(elsewhere)

    def there(*call: str) -> int:
        return corner(*call, "-C", root).code if is_last else corner("-C", root, *call).code

    assert there("build", "--out", "www") == 0
    (root / "kept.txt").write_text("no checkpoint")
    assert there("verify", "www", "--since", "kept.txt") == 1  # it is found, and is none
    (root / "old").mkdir()
    assert there("import", "markdown", "old", "--dry-run") == 0
    (root / "letter.txt").write_text("SAMPLE.")
    assert there("letter", "new", "--file", "letter.txt", "--by", "ada", "--to", "opus-3") == 0
    assert there("export", "../all.tar") == 0
    assert there("import", "../all.tar", "../again") == 0
    assert (root / "www/index.html").is_file()
    assert (root.parent / "again/corner.toml").is_file()
    assert list(elsewhere.iterdir()) == []


def test_a_newsletter_is_found_from_any_folder_in_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "content" / "essays")

    assert corner("status").code == 0


@pytest.mark.parametrize("call", [("build",), ("status",), ("build", "--full")])
def test_a_folder_that_was_removed_under_somebodys_feet_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: tuple[str, ...]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    said = corner(*call)

    fix = "Go to another, or into it anew if it was made again."
    assert said == Said(1, "", f"corner: the folder that you are in is gone. {fix}\n")


def test_outside_of_a_newsletter_it_says_how_to_make_one(tmp_path: Path) -> None:
    says = "corner: there is no corner.toml here or in a folder above. Make a newsletter: corner init DIR.\n"

    assert corner("-C", tmp_path, "status") == Said(1, "", says)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = corner("-C", tmp_path / "nowhere", "status")

    assert_one_line(said, 2)
    assert "nowhere' does not exist" in said.err


@pytest.mark.parametrize("folder", ["", "x" * 300])
@pytest.mark.parametrize("command", ["build", "status"])
def test_a_name_that_no_folder_can_have_is_not_this_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch, command: str, folder: str
) -> None:
    monkeypatch.chdir(root)

    assert_one_line(said := corner("-C", folder, command), 2)
    assert f"'{folder}' does not exist" in said.err


def test_the_clock_is_the_one_given(root: Path) -> None:
    assert json.loads(at(root, "status", "--json", now="2026-11-25T09:00:00Z").out)["status"]["edition"] == EDITION
    late = json.loads(at(root, "status", "--json", now="2026-11-25T10:00:01+01:00").out)["status"]
    assert (late["edition"], late["slot"]) == ("2026-12-02", "2026-12-02T09:00:00Z")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_the_shared_options(name: str) -> None:
    said = corner(name, "--help")

    assert said.code == 0
    assert said.out.startswith(f"Usage: corner {name} ")
    assert "-C DIR" in said.out
    assert "--now TIME" in said.out


def test_help_lists_every_command_in_the_order_of_the_work() -> None:
    said = corner("--help")

    listed = [line.split()[0] for line in said.out.partition("Commands:\n")[2].splitlines()]
    assert listed == list(COMMANDS)


@pytest.mark.parametrize("group", ["", "letter", "import"])
def test_help_says_of_each_command_a_whole_sentence_on_its_line(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = corner(*group.split(), "--help").out.partition("Commands:\n")[2].splitlines()

    assert lines
    assert [line for line in lines if not re.fullmatch(r"  [a-z-]+ +[A-Z].*[^.]\.", line)] == []


def test_the_way_to_take_in_an_archive_goes_by_no_name_that_cannot_be_called() -> None:
    assert corner("import", "letters.tar", "--help").out.startswith("Usage: corner import [OPTIONS] FILE [DIR]\n")


def test_outside_of_a_newsletter_a_missing_criterion_is_said_to_be_in_its_config(tmp_path: Path) -> None:
    said = corner("-C", tmp_path, "veto", "X", "--digest", "12345678", "--reason", "R")
    assert said.err == (
        "corner: missing option '--criterion'. The codes are in corner.toml: [[review.criteria]]. "
        "See: corner veto --help.\n"
    )


def test_corner_alone_shows_its_help_as_a_usage_error() -> None:
    said = corner()

    assert said.code == 2
    assert said.err.startswith("Usage: corner [OPTIONS] COMMAND")


def test_it_tells_its_version() -> None:
    assert corner("--version").out == f"corner, version {claudes_corner.__version__}\n"


# --- status -----------------------------------------------------------------------------------------------------------


def next_command(root: Path, now: str = NOW) -> str:
    return str(json.loads(at(root, "status", "--json", now=now).out)["status"]["next_command"])


def test_the_next_command_is_the_weeks_own(workspace: Workspace, root: Path) -> None:
    assert next_command(root) == "corner generate"

    held, coming = write_draft(workspace, "Held."), write_draft(workspace, "Coming.")
    assert next_command(root) == "corner review"

    veto(workspace, held)
    assert next_command(root) == "corner review", "another waits for anybody"
    assert "2 waiting for a verdict, 1 of them held by a veto" in at(root, "status").out
    approve(workspace, coming)
    assert next_command(root) == f"corner review {held}"

    veto(workspace, held, "ben")
    assert next_command(root) == "nothing"
    assert next_command(root, "2026-11-25T09:00:00Z") == "corner publish"

    publish(workspace, coming)
    assert next_command(root) == "corner build"
    assert at(root, "build").code == 0
    assert next_command(root) == "nothing"

    said = at(root, "change", coming, "--slug", "elsewhere", "--by", "ada")
    assert said.out.endswith("next: corner build\n      the site is older than what it is made of\n")
    assert next_command(root) == "corner build"
    with (root / "corner.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[deploy.live]\nkind = "folder"\npath = "{root.parent / "public"}"\n')
    assert next_command(root) == "corner deploy live"
    write_draft(workspace, "Of the next edition.", edition="2026-12-02")
    said = at(root, "status", now="2026-11-25T18:00:00Z")
    assert said.out.startswith(
        "next: corner deploy live\n      nothing is there yet, as far as is known here\n"
        "then: corner review\n      1 waiting for a verdict\n\n"
    ), "readers come first"
    later = json.loads(at(root, "status", "--json", now="2026-12-02T18:00:00Z").out)["status"]
    assert [step["command"] for step in later["due"]] == [
        "corner deploy live",
        "corner review",
        "corner generate",
    ]
    shutil.rmtree(root / "site")
    assert next_command(root) == "corner deploy live", "readers come first, though the site is lost here"


def test_a_draft_that_was_asked_for_and_never_heard_of_again_is_to_be_resumed(workspace: Workspace, root: Path) -> None:
    with workspace.writing() as pen:
        own = {
            "author": "small",
            "model": "m",
            "mode": "minimal",
            "edition": EDITION,
            "request_sha256": EMPTY_DIGEST,
            "attempt": 1,
        }
        pen.record(ledger.Requested, at=NOW, id=f"{EDITION}-minimal-k3v9", **own)

    assert next_command(root) == "corner generate --resume"
    assert "1 draft asked for, and no answer is on record\n" in at(root, "status").out


@pytest.mark.parametrize("state", ["paused", "ended"])
def test_while_the_newsletter_does_not_run_no_drafts_are_due(workspace: Workspace, root: Path, state: str) -> None:
    publish_entry(workspace)
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("[site]", f'[site]\nstate = "{state}"'), encoding="utf-8")
    assert at(root, "build").code == 0
    said = at(root, "status", now="2026-12-01T09:00:00Z")
    assert said.out.startswith(f"next: nothing\n      the newsletter is {state}\n")


def test_no_drafts_are_due_for_an_edition_that_an_entry_was_moved_into(workspace: Workspace, root: Path) -> None:
    entry = write_draft(workspace)
    approve(workspace, entry)
    assert at(root, "change", entry, "--date", "2026-12-02", "--by", "ada").code == 0
    said = at(root, "status", now="2026-11-26T09:00:00Z")
    assert said.out.startswith("next: nothing\n      what is approved waits for its date\n")
    publish(workspace, entry)
    assert at(root, "build").code == 0
    said = at(root, "status", now="2026-11-26T09:00:00Z")
    assert said.out.startswith("next: nothing\n      edition 2026-12-02 has its entry\n")
    assert next_command(root, "2026-12-03T09:00:00Z") == "corner generate", "of the edition after that"


def test_an_author_that_passed_is_not_to_be_asked_again(workspace: Workspace, root: Path) -> None:
    one = f"{EDITION}-minimal-k3v9"
    asked = {
        "author": "opus-3",
        "model": "m",
        "mode": "minimal",
        "edition": EDITION,
        "request_sha256": EMPTY_DIGEST,
        "attempt": 1,
    }
    with workspace.writing() as pen:
        pen.record(ledger.Requested, at=NOW, id=one, **asked)
        pen.record(ledger.Passed, at=NOW, id=one)
    assert next_command(root) == "corner build"
    assert at(root, "build").code == 0
    assert next_command(root) == "nothing"


def test_status_tells_how_old_drafts_are_who_holds_them_and_until_when_approved_ones_wait(
    workspace: Workspace, root: Path
) -> None:
    held, coming, new = (write_draft(workspace, text) for text in ("Held.", "Coming.", "New."))
    veto(workspace, held, "ben")
    approve(workspace, coming)

    said = at(root, "status", now="2026-11-24T18:00:00Z")

    assert said.out == (
        "next: corner review\n"
        "      2 waiting for a verdict, 1 of them held by a veto\n"
        "\n"
        "edition 2026-11-25, slot Wed 25 Nov 2026, 09:00 Europe/London; 0 published so far\n"
        f"waits: {held}, 1 day old; held by ben\n"
        f"waits: {new}, 1 day old\n"
        f"approved: {coming}, goes live on Wed 25 Nov 2026, 09:00 Europe/London by corner publish\n"
    )
    due = f"approved: {coming}, due since Wed 25 Nov 2026, 09:00 Europe/London by corner publish\n"
    assert due in at(root, "status", now="2026-11-25T09:00:00Z").out


def test_status_as_json(workspace: Workspace, root: Path) -> None:
    waiting, coming = write_draft(workspace, "Waits."), write_draft(workspace, "Coming.")
    approve(workspace, coming, slug="coming")
    publish_entry(workspace, "Live.", slug="live")

    status = json.loads(at(root, "status", "--json", now="2026-11-24T18:00:00Z").out)

    assert status == {
        "status": {
            "next_command": "corner build",
            "why": "the site is not built",
            "due": [
                {"command": "corner build", "why": "the site is not built"},
                {"command": "corner review", "why": "1 waiting for a verdict"},
            ],
            "edition": EDITION,
            "slot": "2026-11-25T09:00:00Z",
            "waiting": [
                {
                    "id": waiting,
                    "mode": "minimal",
                    "edition": EDITION,
                    "age_days": 1,
                    "expires_in_days": 27,
                    "approved_by": [],
                    "held_by": [],
                }
            ],
            "approved": [{"id": coming, "date": "2026-11-25T09:00:00Z", "route": "/essays/coming/"}],
            "published": 1,
            "problems": [],
            "unseen": "",
        }
    }


def test_commands_say_local_time_with_its_zone_where_the_record_has_utc(root: Path, draft_id: str) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("Europe/London", "Europe/Berlin"), encoding="utf-8")
    slot = "Wed 25 Nov 2026, 09:00 Europe/Berlin"
    said = at(root, "approve", draft_id, "--digest", SHA, "--by", "ada")
    assert said.out == f"{draft_id}: approved; goes live on {slot} by corner publish\n"
    told = at(root, "status").out
    assert f"edition {EDITION}, slot {slot}; 0 published so far" in told
    assert f"approved: {draft_id}, goes live on {slot} by corner publish" in told
    assert at(root, "publish", "--by", "ada").out == f"nothing is approved and due; next: {draft_id} on {slot}\n"
    moved = at(root, "change", draft_id, "--date", "2026-12-02", "--by", "ada").out
    assert "dated Wed 2 Dec 2026, 09:00 Europe/Berlin\n" in moved
    status = json.loads(at(root, "status", "--json").out)["status"]
    assert (status["slot"], status["approved"][0]["date"]) == ("2026-11-25T08:00:00Z", "2026-12-02T08:00:00Z")


def test_status_names_files_that_are_not_where_the_record_says(root: Path, draft_id: str) -> None:
    (root / "drafts" / f"{draft_id}.md").unlink()

    assert draft_id in at(root, "status").err
    assert len(json.loads(at(root, "status", "--json").out)["status"]["problems"]) == 1


# --- drafts and show --------------------------------------------------------------------------------------------------


def test_drafts_lists_what_waits_with_title_and_digest(workspace: Workspace, root: Path, draft_id: str) -> None:
    assert at(root, "drafts").out == f"{draft_id}  waiting  {SHA[:19]}…\n  {TITLE}\n"

    veto(workspace, draft_id)
    assert at(root, "drafts").out.startswith(f"{draft_id}  waiting, held by ada  ")


def test_drafts_can_list_everything(workspace: Workspace, root: Path) -> None:
    ids = [write_draft(workspace, f"Text {n}.") for n in range(4)]
    veto(workspace, ids[0])
    veto(workspace, ids[0], "ben")
    set_aside(workspace, ids[1])
    expire(workspace, ids[2])
    live = publish_entry(workspace, "Live.")

    listed = [line for line in at(root, "drafts", "--all").out.splitlines() if not line.startswith("  ")]

    assert [line.rpartition("  ")[0] for line in listed] == [
        f"{ids[0]}  vetoed, vetoed by ada, ben",
        f"{ids[1]}  set aside",
        f"{ids[2]}  expired",
        f"{ids[3]}  waiting",
        f"{live}  published",
    ]
    assert at(root, "drafts").out.splitlines()[0].startswith(ids[3])


def test_all_that_is_listed_has_entries_with_the_address_and_date_that_can_be_changed(
    workspace: Workspace, root: Path
) -> None:
    entry = publish_entry(workspace, TEXT, title=TITLE, slug="tides")
    old = root.parent / "old"
    old.mkdir()
    (old / "first.md").write_text("---\ntitle: SAMPLE, first\ndate: 2019-03-04\n---\n\nSAMPLE text.\n")
    assert at(root, "import", "markdown", str(old), "--by", "ada").code == 0

    listed = at(root, "drafts", "--all").out

    assert (
        f"{entry}  published  {SHA[:19]}…\n  {TITLE}\n  /essays/tides/  Wed 25 Nov 2026, 09:00 Europe/London\n"
        in listed
    )
    assert "  SAMPLE, first\n  /essays/first/  Mon 4 Mar 2019, 09:00 Europe/London\n" in listed
    assert [(e["route"], e["date"]) for e in json.loads(at(root, "drafts", "--all", "--json").out)["entries"]] == [
        ("/essays/tides/", "2026-11-25T09:00:00Z"),
        ("/essays/first/", "2019-03-04T09:00:00Z"),
    ]


def test_no_drafts_are_told_so(root: Path) -> None:
    assert at(root, "drafts").out == "no draft waits\n"
    assert at(root, "drafts", "--all").out == "nothing was written yet\n"
    assert json.loads(at(root, "drafts", "--json").out) == {"entries": []}


def test_drafts_as_json(root: Path, draft_id: str) -> None:
    assert json.loads(at(root, "drafts", "--json").out) == {
        "entries": [
            {
                "id": draft_id,
                "status": "waiting",
                "mode": "minimal",
                "edition": EDITION,
                "is_chosen": False,
                "title": TITLE,
                "text_sha256": SHA,
                "approved_by": [],
                "held_by": [],
                "begins": "",
                "problem": "",
                "route": "",
                "date": "",
            }
        ]
    }


def test_a_draft_without_a_title_is_listed_with_its_beginning(workspace: Workspace, root: Path) -> None:
    write_draft(workspace, "The tide\nis often thought to argue with the shore, and does nothing of the kind.")

    shown = at(root, "drafts").out.splitlines()[1]

    assert shown == f"  {EDITION}: The tide is often thought to argue with the shore, and does…"


def test_a_draft_that_was_changed_is_listed_with_its_problem(root: Path, draft_id: str) -> None:
    path = root / "drafts" / f"{draft_id}.md"
    path.write_bytes(path.read_bytes().replace(b"tide", b"time"))

    (entry,) = json.loads(at(root, "drafts", "--json").out)["entries"]
    assert entry["title"] == ""
    assert entry["problem"].startswith(f"drafts/{draft_id}.md: the text was changed after it was recorded")
    assert "the text was changed" in at(root, "drafts").out


def test_show_tells_the_digest_that_a_verdict_needs(root: Path, draft_id: str) -> None:
    shown = at(root, "show", draft_id).out

    assert f"digest:       {SHA}\n" in shown
    assert f"title:        {TITLE}\n" in shown
    assert shown.endswith(f"\n\n{TEXT}\n")


def test_show_raw_is_exactly_the_texts_bytes(workspace: Workspace, root: Path) -> None:
    text = "Once \u001b[31mred\u202e 潮 <b>\u200b"
    draft_id = write_draft(workspace, text)

    assert at(root, "show", draft_id, "--raw").out == text


def test_show_transcript_is_the_full_transcripts_bytes(workspace: Workspace, root: Path, draft_id: str) -> None:
    raw = (root / "drafts" / f"{draft_id}.json").read_bytes().decode()

    assert at(root, "show", draft_id, "--transcript").out == raw
    approve(workspace, draft_id)
    assert at(root, "show", draft_id, "--transcript").out == raw


def test_show_prompt_shows_each_request_as_it_was_sent(root: Path, draft_id: str) -> None:
    shown = at(root, "show", draft_id, "--prompt").out

    assert "── request 1: max_tokens 4096, model claude-3-opus-20240229\nno system prompt\n[user]\n" in shown
    assert f"── answer 2: {len(TITLE)} bytes, end_turn" in shown


@pytest.mark.parametrize("part", [(), ("--prompt",)])
def test_what_could_play_tricks_on_a_terminal_is_shown_as_its_escape(
    workspace: Workspace, root: Path, part: tuple[str, ...]
) -> None:
    trick = "\x1b[2Jgone\u202eback\x07\x9b\u2028end"
    draft_id = write_draft(workspace, f"Text {trick}", earlier=[f"Earlier {trick}"])

    shown = at(root, "show", draft_id, *part).out

    assert "\\x1b[2Jgone\\u202eback\\x07\\x9b\\u2028end" in shown
    assert not set(shown) & set("\x1b\u202e\x07\x9b\u2028")


# --- init -------------------------------------------------------------------------------------------------------------


def test_init_makes_a_newsletter_that_builds(tmp_path: Path) -> None:
    said = corner("-C", tmp_path, "--now", NOW, "init", "my-letter")

    assert said.code == 0
    assert said.out == (
        f"a newsletter in {tmp_path / 'my-letter'}\n"
        "each decision becomes a commit if it is under git: git init, git add -A, git commit\n"
        "corner.toml: [site] tag: this name is nobody's, and the first draft puts it on record for good"
        " (found 'corner.example,2026'). Write a domain of yours, and the year.\n"
        "next: look through corner.toml (title, base_url, tag, editors), then corner generate\n"
    )
    config = Workspace.find(tmp_path / "my-letter").config
    assert (config.site.title, config.site.tag) == ("My Letter", "corner.example,2026")
    assert list(config.editors) == ["first-editor"]
    built = corner("-C", tmp_path / "my-letter", "build")
    assert built.code == 0
    assert (tmp_path / "my-letter" / "site" / "feed.xml").is_file()
    assert corner("-C", tmp_path / "my-letter", "status").out.startswith("next: corner generate\n")


def test_init_knows_who_you_are_and_where_it_will_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    be(monkeypatch, 'Žofie "Z" Nová', "zofie@corner.example")

    corner(
        "--now", NOW, "init", tmp_path / "n", "--title", 'A "quiet" @TAG@ corner', "--base-url", "https://a.example/b"
    )

    config = Workspace.find(tmp_path / "n").config
    assert (config.site.title, config.site.base_url) == ('A "quiet" @TAG@ corner', "https://a.example/b/")
    assert config.site.tag == "a.example,2026"
    (editor,) = config.editors.values()
    assert (list(config.editors), editor.email) == (["zofie-z-nova"], "zofie@corner.example")


@pytest.mark.parametrize("call", [("n", "--title", "\udcff"), ("\udcff",)])
def test_init_of_a_title_that_is_not_utf_8_makes_nothing(tmp_path: Path, call: tuple[str, ...]) -> None:
    said = corner("-C", tmp_path, "init", *call)

    assert said.code in {1, 2}
    assert "is not UTF-8" in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("base_url", ["nonsense", "http://[::1", "ftp://a.example/", "https://a.example/?q"])
def test_init_of_an_address_that_is_none_makes_nothing(tmp_path: Path, base_url: str) -> None:
    said = corner("init", tmp_path / "n", "--base-url", base_url)

    assert said.code == 2
    assert "invalid value for --base-url" in said.err
    assert "is no site's address such as https://corner.example/" in said.err
    assert not (tmp_path / "n").exists()


def test_init_takes_a_folder_that_git_has_just_made(tmp_path: Path) -> None:
    (tmp_path / "cloned" / ".git").mkdir(parents=True)

    said = corner("init", tmp_path / "cloned")

    assert (said.code, "git init" in said.out) == (0, False)
    assert (tmp_path / "cloned" / "corner.toml").is_file()


def test_init_does_not_take_a_file_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert "this is a file (expected a new or an empty folder)" in corner("init", tmp_path / "file").err


def test_init_does_not_touch_a_folder_that_has_something_in_it(root: Path) -> None:
    before = tree(root)

    said = corner("init", root)

    assert_one_line(said, 1)
    assert "this folder is not empty. Name a new one." in said.err
    assert tree(root) == before


def test_init_keeps_drafts_and_what_is_built_out_of_git(tmp_path: Path) -> None:
    corner("init", tmp_path)

    assert {"/site/", "/drafts/", "/.corner/"} <= set((tmp_path / ".gitignore").read_text().splitlines())
    assert "content/** -text" in (tmp_path / ".gitattributes").read_text()


# --- what is broken is named, with file, line and what was expected ---------------------------------------------------


def test_a_broken_config_says_everything_that_is_wrong(root: Path) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text().replace("weekday =", "weekdy =").replace("hour = 9", "hour = 24"))

    said = at(root, "status")

    assert said.code == 1
    assert said.err == (
        "corner: corner.toml:10: unknown key 'weekdy' (expected one of: ask_days_before, hour, weekday). Did you mean 'weekday'?\n"
        "corner: corner.toml:11: [schedule] hour does not fit (expected a whole number from 0 to 23, found 24)\n"
    )


def test_a_config_that_is_no_toml_says_the_line(root: Path) -> None:
    (root / "corner.toml").write_text("[site]\ntitle = corner\n")

    assert at(root, "build").err == (
        "corner: corner.toml:2: not valid TOML: invalid value (found 'title = corner'). "
        "A text must stand in straight quotation marks; true and false have small letters.\n"
    )


@pytest.mark.parametrize("command", ["show ID", "approve ID --digest DIGEST --by ada"])
def test_broken_front_matter_says_file_line_and_key(root: Path, draft_id: str, command: str) -> None:
    path = root / "drafts" / f"{draft_id}.md"
    path.write_bytes(path.read_bytes().replace(b"\ntitle:", b"\ntitel:"))

    said = at(root, *command.replace("ID", draft_id, 1).replace("DIGEST", SHA).split())

    assert said.code == 1
    assert said.err == (
        f"corner: drafts/{draft_id}.md:3: unknown front matter key 'titel' (expected one of: author, edition, id, "
        "mode, model, stop_reason, text_sha256, title, title_by, written_at). Did you mean 'title'?\n"
        f"corner: drafts/{draft_id}.md:1: missing front matter key 'title'\n"
    )


LEDGERS = [
    ("a line changed", lambda lines: [lines[0].replace(b'"ada"', b'"eve"'), *lines[1:]], "ledger.jsonl:2: the chain is "),
    ("a line missing", lambda lines: [lines[0], *lines[2:]], "content/ledger.jsonl:2: a record is missing"),
    ("no JSON", lambda lines: [b"{", *lines[1:]], "content/ledger.jsonl:1: not a record: "),
    ("an unknown event", lambda lines: [lines[0].replace(b'"rules"', b'"ruled"'), *lines[1:]], ":1: not a record: "),
    ("a merge", lambda lines: [b"<<<<<<< HEAD", *lines], "content/ledger.jsonl:1: the ledger is forked"),
]  # fmt: skip


@pytest.mark.parametrize("command", ["status", "build", "drafts", "set-aside ID --digest DIGEST --reason R --by ada"])
@pytest.mark.parametrize(("harm", "says"), [case[1:] for case in LEDGERS], ids=[case[0] for case in LEDGERS])
def test_a_broken_ledger_stops_every_command_and_is_not_written_on(
    root: Path, draft_id: str, harm: Any, says: str, command: str
) -> None:
    path = root / "content" / "ledger.jsonl"
    path.write_bytes(b"\n".join(harm(path.read_bytes().split(b"\n"))))
    before = path.read_bytes()

    said = at(root, *command.replace("ID", draft_id, 1).replace("DIGEST", SHA).split())

    assert_one_line(said, 1)
    assert says in said.err
    assert path.read_bytes() == before


def test_another_tag_than_the_one_on_record_is_refused(root: Path, draft_id: str) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text().replace('"corner.example,2026"', '"corner.example,2027"'))

    assert at(root, "status").err == (
        "corner: corner.toml: [site] tag is not the one on record (expected 'corner.example,2026', "
        "found 'corner.example,2027'). It names every entry in feed readers for good: put it back.\n"
    )


def test_a_text_that_was_changed_stops_the_build_and_leaves_the_site_as_it_was(
    workspace: Workspace, root: Path
) -> None:
    draft_id = publish_entry(workspace)
    assert at(root, "build").code == 0
    before = tree(root / "site")
    path = root / "content" / "essays" / f"{draft_id}.md"
    path.write_bytes(path.read_bytes().replace(b"tide", b"time"))

    said = at(root, "build")

    assert_one_line(said, 1)
    assert said.err == (
        f"corner: content/essays/{draft_id}.md: the text was changed after it was recorded (expected {SHA}, "
        f"found {digest(TEXT.replace('tide', 'time'))}). The model's text is never edited: put the file back, from a backup or git.\n"
    )
    assert tree(root / "site") == before


def test_what_the_system_refuses_is_said_in_a_line(root: Path) -> None:
    (root / "content" / "ledger.jsonl").mkdir()

    said = at(root, "status")

    assert_one_line(said, 1)
    assert said.err == f"corner: {root}/content/ledger.jsonl: is a directory\n"


# --- build and build.py -----------------------------------------------------------------------------------------------


def test_build_says_what_it_did_and_a_dry_run_what_it_would_do(workspace: Workspace, root: Path) -> None:
    publish_entry(workspace)

    dry = at(root, "build", "--dry-run")
    assert dry.code == 0
    assert " stale, 0 fresh, 0 to remove\n" in dry.out
    assert not (root / "site").exists()
    assert " written, 0 unchanged, 0 removed in " in at(root, "build").out
    assert at(root, "build").out.startswith("0 written, ")
    assert at(root, "build", "--full").out.startswith("0 written, ")


def test_build_goes_elsewhere_on_demand_but_not_over_what_is_not_ours(root: Path, tmp_path: Path) -> None:
    assert at(root, "build", "--out", tmp_path / "out", "--base-url", "https://b.example").code == 0
    assert "https://b.example/" in (tmp_path / "out" / "feed.xml").read_text()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("Dear")

    said = at(root, "build", "--out", tmp_path / "mine")

    assert_one_line(said, 1)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_build_py_without_the_package_says_in_one_line_what_to_run(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "build.py", tmp_path)

    found = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "build.py"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == "build.py: claudes-corner is not installed here. Run: make install\n"


def test_build_py_is_corner_build(tmp_path: Path) -> None:
    make_workspace(tmp_path / "n")
    shutil.copy(REPOSITORY / "build.py", tmp_path / "n")

    found = subprocess.run(
        [sys.executable, tmp_path / "n" / "build.py", "--dry-run"],
        env={**os.environ, "PYTHONPATH": str(Path(claudes_corner.__file__).parents[1])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert (found.returncode, found.stderr) == (0, "")
    assert " stale, " in found.stdout


def be(monkeypatch: pytest.MonkeyPatch, name: str, email: str) -> None:
    """Let git know who is at the keyboard."""
    for number, (key, value) in enumerate({"user.name": name, "user.email": email}.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")


def test_a_mode_that_cannot_be_is_told_by_status_doctor_and_build_in_the_words_of_generate(root: Path) -> None:
    with (root / "corner.toml").open("a", encoding="utf-8") as file:
        file.write('\n[modes.poem]\nlabel = "Poems"\nabout = "A poem."\nprompt = "Write a poem."\n')
    refused = corner("-C", root, "generate", "--dry-run", "--author", "small")
    assert "[modes.poem]: there is no mode 'poem'" in refused.err
    assert corner("-C", root, "status") == refused
    assert refused.err.removeprefix("corner: ") in corner("-C", root, "doctor").out
    built = corner("-C", root, "build")
    assert built.code == 0, "what was published does not wait for it"
    assert (
        built.err
        == refused.err + "the site was built all the same; no draft can be asked for until that is set right\n"
    )
    assert " written, 0 unchanged" in built.out


def test_a_time_that_cannot_be_is_said_by_commands_that_write_and_by_no_other(root: Path, draft_id: str) -> None:
    ahead, back = "2099-01-01T00:00:00Z", "2001-01-01T00:00:00Z"
    said = corner(
        "-C",
        root,
        "--now",
        ahead,
        "approve",
        draft_id,
        "--digest",
        reopen(root).ledger().standings[draft_id].text_sha256,
        "--by",
        "ada",
    )
    assert said.code == 0
    assert said.err == f"corner: --now is beyond this machine's clock: the record will say {ahead}\n"
    said = corner("-C", root, "--now", back, "withdraw", draft_id, "--reason", "SAMPLE", "--by", "ada")
    assert said.code == 0
    assert said.err == f"corner: --now is before the last record, of {ahead}: the record will say {back}\n"
    for time in (ahead, back):
        assert corner("-C", root, "--now", time, "status").err == ""
