"""Decisions at the command line: who decides, what is said afterwards, and that going live is asked for first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builders import EDITION, TEXT, approve, change, expire, publish_entry, reopen, tree, veto, write_draft
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace
from commands import Said, Terminal, corner
from desks import at_desk

NOW, AFTER = "2026-11-22T18:00:00Z", "2026-11-27T18:00:00Z"
PREFIX = digest(TEXT)[7:15]


@pytest.fixture
def draft_id(workspace: Workspace) -> str:
    return write_draft(workspace)


def at(root: Path, *args: str, typed: str = "", now: str = NOW) -> Said:
    return corner("-C", root, "--now", now, *args, typed=typed)


def be(monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    """Let git know who is at the keyboard."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.email")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", email)


# --- what is said -----------------------------------------------------------------------------------------------------

APPROVE, VETO = f"approve ID --digest {PREFIX}", f"veto ID --digest {PREFIX} --criterion privacy --reason R"
ANSWERS = [
    ([f"{APPROVE} --by ada"], "ID: approved; goes live on Wed 25 Nov 2026, 09:00 Europe/London by corner publish\n"),
    (
        [f"{APPROVE} --by ada --date 2026-12-02 --slug tides --tag sea"],
        "ID: approved; goes live on Wed 2 Dec 2026, 09:00 Europe/London by corner publish\n",
    ),
    (
        [f"{APPROVE} --by ada --date 2026-11-18 --slug tides"],
        "ID: approved and published at /essays/tides/, for its date has come\n"
        "next: corner build\n      readers see only then what was published\n",
    ),
    (
        [f"{VETO} --by ada"],
        "ID: on hold by Ada Byron\n  it passes with 2 more approvals, and is vetoed with 1 more veto; with neither, it expires on Sun 20 Dec 2026\n",
    ),
    (
        [f"{VETO} --by ada", f"{APPROVE} --by ben"],
        "ID: on hold by Ada Byron\n  it passes with 1 more approval, and is vetoed with 1 more veto; with neither, it expires on Sun 20 Dec 2026\n",
    ),
    ([f"{VETO} --by ada", f"{VETO} --by ben"], "ID: vetoed\n"),
    (
        [f"{VETO} --by ada", f"{APPROVE} --by ada"],
        "ID: the veto of Ada Byron is taken back by this\nID: approved; goes live on Wed 25 Nov 2026, 09:00 Europe/London by corner publish\n",
    ),
    (
        [f"{VETO} --by ada", *(f"{APPROVE} --by {editor}" for editor in ("ben", "eva")), f"{VETO}2 --by ada"],
        "ID: approved; goes live on Wed 25 Nov 2026, 09:00 Europe/London by corner publish\n"
        "  this veto takes the place of your earlier one; both stay on record\n",
    ),
    (
        [f"{VETO} --by ada", f"set-aside ID --digest {PREFIX} --reason R --by ada", "restore ID --by ada"],
        "ID: on hold by Ada Byron\n"
        "  it passes with 2 more approvals, and is vetoed with 1 more veto; with neither, it expires on Sun 20 Dec 2026\n",
    ),
    (
        [
            f"{VETO} --by ada",
            f"set-aside ID --digest {PREFIX} --reason R --by ada",
            "restore ID --by ada",
            f"{VETO}2 --by ada",
        ],
        "ID: on hold by Ada Byron\n"
        "  it passes with 2 more approvals, and is vetoed with 1 more veto; with neither, it expires on Sun 20 Dec 2026\n"
        "  this veto takes the place of your earlier one; both stay on record\n",
    ),
    ([f"{VETO} --by ada", "retract ID --by ada"], "ID: waits for a verdict\n"),
    ([f"set-aside ID --digest {PREFIX} --reason R --by ada"], "ID: set aside\n"),
    ([f"set-aside ID --digest {PREFIX} --reason R --by ada", "restore ID --by ben"], "ID: waits for a verdict\n"),
]


@pytest.mark.parametrize(("calls", "says"), ANSWERS, ids=[" · ".join(case[0]) for case in ANSWERS])
def test_a_decision_says_where_the_draft_stands_now_and_what_follows(
    root: Path, draft_id: str, calls: list[str], says: str
) -> None:
    for call in calls:
        said = at(root, *call.replace("ID", draft_id, 1).split())

    assert said == Said(0, says.replace("ID", draft_id), "")


def test_where_two_approvals_are_needed_the_first_says_so(root: Path, draft_id: str) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text().replace("approvals = 1", "approvals = 2"))

    said = at(root, "approve", draft_id, "--digest", PREFIX, "--by", "ada")

    assert said.out == (
        f"{draft_id}: approved by Ada Byron; needs 1 more approval\n"
        "  its date is Wed 25 Nov 2026, 09:00 Europe/London; if nobody else approves, it expires on Sun 20 Dec 2026\n"
    )


def test_where_fewer_are_needed_than_before_no_draft_needs_0_more(root: Path, draft_id: str) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text().replace("approvals = 1", "approvals = 2"))
    at(root, "approve", draft_id, "--digest", PREFIX, "--by", "ada")
    at(root, *f"set-aside {draft_id} --digest {PREFIX} --reason R --by ben".split())
    path.write_text(path.read_text().replace("approvals = 2", "approvals = 1"))

    said = at(root, "restore", draft_id, "--by", "ben")

    assert said.out.startswith(f"{draft_id}: approved by Ada Byron; needs 1 more approval\n")
    fewer = "  fewer are needed than when it was judged: the next verdict counts so, also one that is said again\n"
    assert said.out.endswith(fewer)
    with at_desk(reopen(root), "ben") as ben:
        ben.sign_in()
        assert "has approved it. It needs 1 more approval." in ben.ask(f"/drafts/{draft_id}").text
    assert at(root, "approve", draft_id, "--digest", PREFIX, "--by", "ada").out.startswith(
        f"{draft_id}: approved; goes"
    )


def test_the_approval_of_an_editor_who_has_left_is_not_counted_in_what_is_missing(root: Path, draft_id: str) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text().replace("approvals = 1", "approvals = 2"))
    at(root, "approve", draft_id, "--digest", PREFIX, "--by", "ada")
    path.write_text(re.sub(r"\[editors\.ada\]\n(?:.+\n)*", "", path.read_text()))

    said = at(root, *f"veto {draft_id} --digest {PREFIX} --criterion harm --reason R --by ben".split())
    assert "  it passes with 3 more approvals, and is vetoed with 1 more veto;" in said.out
    assert said.out.endswith("\n  no editor any more, and not counted: ada\n")
    said = at(root, "retract", draft_id, "--by", "ben")
    assert said.out.startswith(f"{draft_id}: approved by ada; needs 2 more approvals\n")


def test_what_the_command_line_gave_is_what_stands_there(workspace: Workspace, root: Path, draft_id: str) -> None:
    at(root, *f"approve {draft_id} --digest {PREFIX} --by ada --tag sea --tag moon --slug tides".split())

    entry = workspace.read_entry(workspace.ledger().standings[draft_id])
    assert (entry.front.slug, entry.front.tags, entry.front.date) == ("tides", ("sea", "moon"), "2026-11-25T09:00:00Z")
    assert (entry.front.approved_by, entry.front.approved_at) == (("ada",), NOW)


def test_two_vetoes_of_the_same_words_have_different_digests(workspace: Workspace, root: Path, draft_id: str) -> None:
    for editor in ("ada", "ben"):
        at(root, *VETO.replace("ID", draft_id).split(), "--by", editor)

    recorded = {record.reason_sha256 for record in workspace.ledger().about(draft_id) if record.event == "vetoed"}
    assert len(recorded) == 2
    assert digest("R") not in recorded


# --- who decides ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [APPROVE, VETO, f"set-aside ID --digest {PREFIX} --reason R"])
def test_the_editor_is_the_one_with_gits_e_mail(
    workspace: Workspace, root: Path, draft_id: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, "Ben@Corner.example")

    assert at(root, *call.replace("ID", draft_id).split()).code == 0
    assert workspace.ledger().records[-1].by == "ben"


def test_a_stranger_is_asked_who_they_are(root: Path, draft_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    be(monkeypatch, "stranger@elsewhere.example")

    says = "corner: who decides? (expected one of: ada, ben, eva). Say it: --by EDITOR.\n"
    assert at(root, "approve", draft_id, "--digest", PREFIX) == Said(2, "", says)


def test_the_only_editor_is_not_asked(workspace: Workspace, root: Path, draft_id: str) -> None:
    path = root / "corner.toml"
    text = re.sub(r"\[editors\.(ben|eva)\]\n(?:.+\n)*", "", path.read_text())
    path.write_text(text.replace("vetoes = 2", "vetoes = 1"))

    assert at(root, *VETO.replace("ID", draft_id).split()).out == f"{draft_id}: vetoed\n"
    assert workspace.ledger().records[-1].by == "ada"


# --- publish ----------------------------------------------------------------------------------------------------------


def test_publish_shows_what_is_due_asks_and_builds(workspace: Workspace, root: Path, draft_id: str) -> None:
    approve(workspace, draft_id, slug="tides")

    said = at(root, "publish", "--by", "ben", typed="y\n", now=AFTER)

    assert said.code == 0
    assert said.out.startswith(
        f"Wed 25 Nov 2026, 09:00 Europe/London  {draft_id}  /essays/tides/\n"
        f"Let this go live? [y/N]: {draft_id}: published at /essays/tides/\n"
    )
    assert " written, 0 unchanged, 0 removed in " in said.out
    assert (root / "site" / "essays" / "tides" / "index.html").is_file()
    assert workspace.ledger().records[-1].by == "ben"


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_a_no_publishes_nothing(workspace: Workspace, root: Path, draft_id: str, typed: str) -> None:
    approve(workspace, draft_id)
    before = tree(root)

    said = at(root, "publish", "--by", "ada", typed=typed, now=AFTER)

    assert (said.code, said.out.splitlines()[-1]) == (0, "Let this go live? [y/N]: nothing was published")
    assert tree(root) == before


def test_where_nobody_can_answer_nothing_is_published(workspace: Workspace, root: Path, draft_id: str) -> None:
    approve(workspace, draft_id)
    before = tree(root)

    assert at(root, "publish", "--by", "ada", now=AFTER).code == 130
    assert tree(root) == before


def test_yes_says_that_it_was_asked(workspace: Workspace, root: Path) -> None:
    for number in range(2):
        approve(workspace, write_draft(workspace, f"Text {number}."), slug=f"text-{number}")

    said = at(root, "publish", "--yes", "--by", "ada", now=AFTER)

    assert said.code == 0
    assert "go live?" not in said.out
    assert {s.status for s in workspace.ledger().standings.values()} == {"published"}


def test_nothing_due_is_told_so_without_asking_who_is_there(workspace: Workspace, root: Path, draft_id: str) -> None:
    approve(workspace, draft_id)

    assert at(root, "publish") == Said(
        0, f"nothing is approved and due; next: {draft_id} on Wed 25 Nov 2026, 09:00 Europe/London\n", ""
    )


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([], "draft 'ID' cannot go live (expected an approved draft, found waiting)\n"),
        (
            [approve],
            (
                "draft 'ID' is to go live on Wed 25 Nov 2026, 09:00 Europe/London. "  # the advice is followed by a test below
                "Wait; or take your approval back with corner retract ID, and give it an earlier date.\n"
            ),
        ),
        ([expire], "draft 'ID' cannot go live (expected an approved draft, found expired)\n"),
    ],
)
def test_what_may_not_go_live_is_refused_before_anyone_is_asked(
    workspace: Workspace, root: Path, draft_id: str, steps: list, says: str
) -> None:
    for step in steps:
        step(workspace, draft_id)

    said = at(root, "publish", draft_id, "--by", "ada")

    assert said == Said(1, "", f"corner: {says.replace('ID', draft_id)}")


def test_the_advice_to_take_an_approval_back_works(workspace: Workspace, root: Path, draft_id: str) -> None:
    at(root, "approve", draft_id, "--digest", PREFIX, "--by", "ada")

    at(root, "retract", draft_id, "--by", "ada")
    said = at(root, "approve", draft_id, "--digest", PREFIX, "--by", "ada", "--date", "2026-11-22")

    assert said.out == (
        f"{draft_id}: approved and published at /essays/{EDITION}/, for its date has come\n"
        "next: corner build\n      readers see only then what was published\n"
    )


def test_a_published_entry_is_on_home_its_page_and_the_feed(workspace: Workspace, root: Path) -> None:
    draft_id = write_draft(workspace, "# Tides & shores\n\nThe tide comes back.")
    sha256 = workspace.ledger().standings[draft_id].text_sha256

    at(root, "approve", draft_id, "--digest", sha256, "--by", "ada", "--date", "2026-11-18")
    at(root, "build")

    for page in ("index.html", "essays/tides-shores/index.html", "archive/2026/index.html", "feed.xml"):
        assert "Tides &amp; shores" in (root / "site" / page).read_text(), page


# --- holds in sight ---------------------------------------------------------------------------------------------------


def test_a_veto_over_what_is_published_is_refused(workspace: Workspace, root: Path) -> None:
    draft_id = publish_entry(workspace)

    said = at(root, *VETO.replace("ID", draft_id).split(), "--by", "ben")

    assert said == Said(
        1, "", f"corner: draft '{draft_id}' is published already. To take it back: corner withdraw {draft_id}.\n"
    )


def test_a_second_veto_of_the_same_editor_is_said_to_take_the_place_of_the_first(
    workspace: Workspace, root: Path, draft_id: str
) -> None:
    veto_for = f"{VETO.replace('ID', draft_id)[:-1]}"  # the reason follows
    said = [at(root, *f"{veto_for}{reason}".split(), "--by", "ada").out for reason in ("R", "Another")]
    assert ["takes the place of your earlier one" in one for one in said] == [False, True]
    at(root, "retract", draft_id, "--by", "ada")
    assert "earlier one" not in at(root, *VETO.replace("ID", draft_id).split(), "--by", "ada").out


def test_a_lost_way_back_is_told(workspace: Workspace, root: Path, draft_id: str) -> None:
    veto(workspace, draft_id)
    veto(workspace, draft_id, "ben")

    said = at(root, "approve", draft_id, "--digest", PREFIX, "--by", "eva")

    assert said.err == f"corner: draft '{draft_id}' was vetoed. First: corner retract {draft_id}.\n"


# --- what is named ----------------------------------------------------------------------------------------------------

NAMES = ["tides", "/essays/tides/", "essays/tides", "https://corner.example/essays/tides/", "ebb"]


@pytest.mark.parametrize("named", NAMES)
def test_an_entry_may_be_named_by_its_address_or_by_one_it_had(workspace: Workspace, root: Path, named: str) -> None:
    draft_id = publish_entry(workspace, slug="ebb")
    change(workspace, draft_id, slug="tides")

    assert f"{draft_id}\n" in at(root, "show", named).out
    assert at(root, "withdraw", named, "--reason", "R", "--by", "ada").out.startswith(f"{draft_id}: withdrawn")
    assert workspace.ledger().standings[draft_id].status == "withdrawn"


@pytest.mark.parametrize(
    ("call", "event"),
    [
        ("change /essays/tides/ --tag sea --by ada", "changed"),
        ("retract /essays/tides/ --by ada", "retracted"),
        ("publish /essays/tides/ --yes --by ada", "published"),
        (f"veto /essays/tides/ --digest {PREFIX} --criterion privacy --reason R --by ben", "vetoed"),
        ("letter new --about /essays/tides/ --text SAMPLE --by ada", "approved"),
    ],
)
def test_whatever_is_done_with_what_is_named_is_on_record_under_its_id(
    workspace: Workspace, root: Path, draft_id: str, call: str, event: str
) -> None:
    approve(workspace, draft_id, slug="tides")

    said = at(root, *call.split(), now=AFTER)

    last = workspace.ledger().records[-1]
    assert (said.code, last.event, last.id) == (0, event, draft_id)
    for letter in (root / "drafts/letters").glob("*.md"):
        assert f"about: {draft_id}\n" in letter.read_text("utf-8")


def test_a_slug_that_is_nobodys_is_no_name(workspace: Workspace, root: Path) -> None:
    publish_entry(workspace, slug="tides")
    write_draft(workspace, "Other.", title="Ebb")

    assert at(root, "show", "tids").err == "corner: there is no draft or entry 'tids'. Did you mean 'tides'?\n"
    assert at(root, "show", "https://other.example/essays/tides/").code == 1
    assert at(root, "show", "ebb").code == 1
    assert at(root, "show", "").code == 1


@pytest.mark.parametrize(
    ("date", "says"),
    [
        ("2026-11-21T17:59:59Z", "Sat 21 Nov 2026 has passed: it would go live as soon as it is approved"),
        ("2027-11-24", "Wed 24 Nov 2027 is more than a year ahead"),
    ],
)
def test_in_a_terminal_a_date_that_may_be_mistyped_is_asked_about_before_it_counts(
    workspace: Workspace, draft_id: str, date: str, says: str
) -> None:
    root, command = workspace.folders.root, ["approve", draft_id, "--digest", PREFIX, "--by", "ada", "--date", date]
    before = len(workspace.ledger().records)
    with Terminal("-C", root, "--now", NOW, *command) as terminal:
        terminal.expect(f"{says}. Approve it with this date? [y/N]:")
        terminal.type("")
        terminal.expect("nothing was decided")
        assert terminal.ended() == 0
    assert len(workspace.ledger().records) == before
    with Terminal("-C", root, "--now", NOW, *command) as terminal:
        terminal.expect("[y/N]:")
        terminal.type("y")
        assert terminal.ended() == 0
    assert workspace.ledger().standings[draft_id].status == ("published" if date < NOW else "approved")


def test_a_date_that_may_be_meant_is_not_asked_about(workspace: Workspace, draft_id: str) -> None:
    command = ["approve", draft_id, "--digest", PREFIX, "--by", "ada", "--date", "2026-11-21T18:00:00Z"]
    with Terminal("-C", workspace.folders.root, "--now", NOW, *command) as terminal:
        assert terminal.ended() == 0
    assert workspace.ledger().standings[draft_id].status == "published"


# --- what has changed -------------------------------------------------------------------------------------------------


def test_a_change_to_what_is_so_already_says_that_nothing_changed(workspace: Workspace, root: Path) -> None:
    entry = publish_entry(workspace, slug="tides", tags=("sea",))
    stands = "it is at /essays/tides/, dated Wed 25 Nov 2026, 09:00 Europe/London, tagged sea\n"
    for options in (["--slug", "tides"], ["--tag", "sea"], ["--date", EDITION]):
        said = at(root, "change", entry, *options, "--by", "ada", now=AFTER)
        assert said.out.startswith(f"{entry}: nothing changed; {stands}")
    moved = at(root, "change", entry, "--slug", "ebb", "--by", "ada").out
    assert moved.startswith(f"{entry}: changed; {stands.replace('tides', 'ebb')}")


@pytest.mark.parametrize(("in_git", "beyond"), [(False, ""), (True, ", and what git already has,")])
def test_what_git_has_is_spoken_of_where_there_is_git(
    workspace: Workspace, root: Path, in_git: bool, beyond: str
) -> None:
    if in_git:
        (root / ".git").mkdir()
    said = at(root, "withdraw", publish_entry(workspace), "--reason", "SAMPLE reason", "--by", "ada")
    assert said.out.splitlines()[1] == f"  copies that others made{beyond} are out of our hands"
