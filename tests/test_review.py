"""`corner review`: at a terminal, an editor reads the draft with its prompt in sight, and decides on exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import EDITION, approve, document, expire, publish_entry, set_aside, tree, veto, withdraw, write_draft
from claudes_corner.standing import Standing
from claudes_corner.workspace import Workspace
from commands import Said, Terminal, corner

NOW = "2026-11-22T18:00:00Z"
VERDICT = "your verdict"
POEM = "The tide goes out\n    and takes with it\n        the line where it had been."


def review(root: Path, *more: str, typed: str = "", by: str = "ada") -> Said:
    """Review without a terminal: what would be typed is known before."""
    return corner("-C", root, "--now", NOW, "review", *more, "--by", by, typed=typed)


def statuses(workspace: Workspace) -> list[str]:
    return [standing.status for standing in workspace.ledger().standings.values()]


def standing(workspace: Workspace, draft_id: str) -> Standing:
    return workspace.ledger().standings[draft_id]


# --- at a terminal ----------------------------------------------------------------------------------------------------


def test_an_editor_approves_vetoes_sets_aside_leaves_and_quits(workspace: Workspace, root: Path) -> None:
    ids = [write_draft(workspace, f"Essay number {n}.", title=f"Title {n}") for n in range(6)]

    with Terminal("-C", root, "--now", NOW, "review", "--by", "ada") as terminal:
        shown = terminal.expect(VERDICT)
        for words in (
            "1 of 6",
            ids[0],
            "Minimal prompt",
            "Title 0",
            "Essay number 0.",
            "[a]pprove ",
            "[v]eto ",
            "[s]et aside ",
        ):
            assert words in shown
        assert "asked: Write an essay about whatever you like." in shown

        terminal.type("a")
        terminal.expect("slug, the end of its address (q: not now) [title-0]:")
        terminal.type("")
        terminal.expect("tags, with spaces between (q: not now)")
        terminal.type("sea moon")
        terminal.expect("goes live on (q: not now) [2026-11-25]:")
        terminal.type("")
        assert "at    https://corner.example/essays/title-0/" in terminal.expect("approve this?")
        terminal.type("")
        terminal.expect(f"{ids[0]}: approved; goes live on Wed 25 Nov 2026, 09:00 Europe/London by corner publish")

        assert "Essay number 1." in terminal.expect(VERDICT)
        terminal.type("v")
        assert "privacy  It tells what a living person would want kept" in terminal.expect("criterion (q: not now):")
        terminal.type("privacy")
        terminal.expect("reason, which stays with the editors (q: not now)")
        terminal.type("It names a neighbour.")
        shown = terminal.expect("put this on record?")
        assert f"  {ids[1]}: vetoed for privacy  " in shown
        assert "  not on record, for editors only: It names a neighbour.  " in shown
        terminal.type("")
        terminal.expect(f"{ids[1]}: on hold by Ada Byron")

        assert "Essay number 2." in terminal.expect(VERDICT)
        terminal.type("s")
        terminal.expect("reason, which stands in the public record (q: not now)")
        terminal.type("another was chosen")
        terminal.expect("put this on record?")
        terminal.type("")
        terminal.expect(f"{ids[2]}: set aside")

        assert "Essay number 3." in terminal.expect(VERDICT)
        terminal.type("n")
        assert "Essay number 4." in terminal.expect(VERDICT)
        terminal.type("q")
        terminal.expect("in this review:")
        told = terminal.expect("1 of them held by a veto")
        assert (
            f"{ids[0]}: approved; goes live on Wed 25 Nov 2026, 09:00 Europe/London by corner publish\n  {ids[1]}: on hold"
            in told
        )
        assert "  it passes with 2 more approvals, and is vetoed with 1 more veto; with neither, it expires on " in told
        assert f"\n  {ids[2]}: set aside\nnext: corner review\n" in told
        assert terminal.ended() == 0

    assert statuses(workspace) == ["approved", "waiting", "set-aside", "waiting", "waiting", "waiting"]
    first = standing(workspace, ids[0])
    assert (first.slug, first.tags, first.approved_by) == ("title-0", ("sea", "moon"), ("ada",))
    assert standing(workspace, ids[1]).holds[0].criterion == "privacy"
    assert standing(workspace, ids[2]).reason == "another was chosen"
    assert "Essay number 5." not in terminal.seen


def test_a_long_text_says_how_to_go_on_and_the_keys_of_a_review_write_nothing_while_it_is_read(
    workspace: Workspace, root: Path
) -> None:
    write_draft(workspace, "SAMPLE. It comes back.\n\n" * 30, title="Long")
    before = tree(root)

    with Terminal("-C", root, "--now", NOW, "review", "--by", "ada", PAGER="less", LESS="-M") as terminal:
        terminal.expect("Space goes on, b goes back, q leads to your decision")
        terminal.type(f"s{root}/not-chosen")  # `less` would write it there
        terminal.type("")
        terminal.type("G")
        terminal.expect("The end, Space or q leads to your decision")
        terminal.expect(VERDICT)
        terminal.type("q")
        assert terminal.ended() == 0

    assert tree(root) == before


def test_a_text_that_changes_while_it_is_read_is_not_approved(workspace: Workspace, root: Path) -> None:
    draft_id = write_draft(workspace, "As it was read.")
    path = root / "drafts" / f"{draft_id}.md"
    whole = path.read_bytes()

    with Terminal("-C", root, "--now", NOW, "review", "--by", "ada") as terminal:
        terminal.expect(VERDICT)
        path.write_bytes(whole.replace(b"was read", b"was not read"))
        terminal.type("a")
        for question in ("slug", "tags", "goes live on", "approve this?"):
            terminal.expect(question)
            terminal.type("")
        terminal.expect("the text was changed after it was recorded")
        terminal.expect(VERDICT)  # asked again: nothing was decided
        path.write_bytes(whole)
        terminal.type("q")
        assert terminal.ended() == 0

    assert statuses(workspace) == ["waiting"]


def test_ctrl_c_leaves_the_review_with_130_and_nothing_decided(workspace: Workspace, root: Path) -> None:
    write_draft(workspace)
    before = tree(root)

    with Terminal("-C", root, "--now", NOW, "review", "--by", "ada") as terminal:
        terminal.expect(VERDICT)
        terminal.type("v")
        terminal.expect("criterion (q: not now):")
        terminal.press_ctrl_c()
        assert terminal.ended() == 130

    assert tree(root) == before
    assert "Traceback" not in terminal.seen


def test_ctrl_c_after_a_decision_says_that_it_stands(workspace: Workspace, root: Path) -> None:
    first, _ = write_draft(workspace, "First."), write_draft(workspace, "Second.")

    with Terminal("-C", root, "--now", NOW, "review", "--by", "ada") as terminal:
        for question, typed in ((VERDICT, "s"), ("reason", "another was chosen"), ("put this on record?", "")):
            terminal.expect(question)
            terminal.type(typed)
        terminal.expect(VERDICT)
        terminal.press_ctrl_c()
        terminal.expect(f"in this review:\n  {first}: set aside\n")
        assert terminal.ended() == 130


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_what_could_play_tricks_on_a_terminal_is_shown_as_its_escape(workspace: Workspace, root: Path) -> None:
    trick = "\x1b[2J\x1b]0;owned\x07red\u202eevil\u2066\x9b31m\u2028end"
    write_draft(workspace, f"Text {trick}", title="On \u202esdrawkcab", context=[document("News.", title=f"N {trick}")])

    said = review(root, typed="p\nt\nq\n")

    assert said.code == 0
    assert "Text \\x1b[2J\\x1b]0;owned\\x07red\\u202eevil\\u2066\\x9b31m\\u2028end" in said.out
    assert "On \\u202esdrawkcab" in said.out
    assert not set(said.out) & set("\x1b\x07\x9b\u202e\u2066\u2028")


def test_a_text_is_set_line_by_line_with_its_markup_in_sight(workspace: Workspace, root: Path) -> None:
    write_draft(workspace, f"# Ebb\n\n{POEM}\n\n*Emphasis*, [red]brackets[/red] and <b>HTML</b> :tada:")

    shown = review(root, typed="q\n").out

    for line in ("# Ebb", *POEM.split("\n"), "*Emphasis*, [red]brackets[/red] and <b>HTML</b> :tada:"):
        assert f"\n  {line}" in shown


def test_a_text_without_a_title_is_told_so_and_one_cut_at_the_limit_too(workspace: Workspace, root: Path) -> None:
    write_draft(workspace, "Some words here.")

    shown = review(root, typed="q\n").out

    assert "no title; the edition's date serves" in shown
    assert "3 words · ended by itself · claude-3-opus-20240229" in shown


def test_documents_in_context_are_named_with_their_size(workspace: Workspace, root: Path) -> None:
    write_draft(workspace, "Text.", mode="news", context=[document("Words of the news.", title="The ferry runs")])

    shown = review(root, typed="q\n").out

    assert "in context: The ferry runs (18 bytes)" in shown
    assert "Words of the news." not in shown
    assert "Words of the news." in review(root, typed="p\nq\n").out


def test_other_editors_verdicts_are_in_sight(workspace: Workspace, root: Path) -> None:
    veto(workspace, write_draft(workspace), "ben", criterion="harm")

    assert "ben has vetoed for harm: a hold" in review(root, typed="q\n").out


def test_nothing_that_waits_is_told_so(root: Path) -> None:
    next_ = "corner generate\n      edition 2026-11-25 has no draft yet; corner doctor tells what a first round needs\n"
    assert review(root) == Said(0, f"no draft waits\n\nnothing was decided\nnext: {next_}", "")


def test_the_end_of_a_review_says_what_readers_wait_for(workspace: Workspace, root: Path) -> None:
    typed = "a\n\n\n2026-11-18\n\n"
    write_draft(workspace, "First.")
    assert review(root, typed=typed).out.endswith(
        "next: corner build\n      readers see only then what was published\n"
    )

    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8") + '[deploy.live]\nkind = "folder"\npath = "www"\n')
    write_draft(workspace, "Second.")
    write_draft(workspace, "Third.")
    assert review(root, typed=f"{typed}q\n").out.endswith(
        "next: corner deploy live\n      readers see only then what was published\n"
        "then: corner review\n      1 waiting for a verdict\n"
    )
    assert "\nnext: corner review\n      1 waiting for a verdict\n" in review(root, typed="n\n").out


def test_the_end_of_a_review_says_what_is_still_missing(workspace: Workspace, root: Path) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("approvals = 1", "approvals = 2"))
    draft_id = write_draft(workspace)

    assert (
        f"""
in this review:
  {draft_id}: approved by Ada Byron; needs 1 more approval
    its date is Wed 25 Nov 2026, 09:00 Europe/London; if nobody else approves, it expires on Sun 20 Dec 2026
next: corner review
"""
        in review(root, typed="a\n\n\n\n\n").out
    )


# --- what is decided --------------------------------------------------------------------------------------------------


def test_a_whole_draft_can_be_decided_by_its_id_alone(workspace: Workspace, root: Path) -> None:
    _, second = write_draft(workspace, "First."), write_draft(workspace, "Second.")

    shown = review(root, second, typed="n\n").out

    assert "1 of 1" in shown
    assert "Second." in shown


def test_an_entry_that_is_live_or_was_withdrawn_is_not_reviewed(workspace: Workspace, root: Path) -> None:
    live, gone = publish_entry(workspace), publish_entry(workspace, "Gone.")
    withdraw(workspace, gone)

    for draft_id, status in ((live, "published"), (gone, "withdrawn")):
        said = review(root, draft_id)

        expected = "one of: approved, expired, set-aside, vetoed, waiting"
        what = f"draft '{draft_id}' is out of reach of review (expected {expected}, found {status})"
        what += ". To move or withdraw it: corner change, corner withdraw." if status == "published" else ""
        assert (said.code, said.out, said.err.splitlines()[-1]) == (1, "", f"corner: {what}")


@pytest.mark.parametrize("status", ["approved", "vetoed", "set aside", "expired"])
def test_what_can_be_undone_can_be_read_again_by_its_id(workspace: Workspace, root: Path, status: str) -> None:
    draft_id = write_draft(workspace, "Read me again.")
    if status == "vetoed":
        veto(workspace, draft_id, "ada")
        veto(workspace, draft_id, "ben")
    else:
        {"approved": approve, "set aside": set_aside, "expired": expire}[status](workspace, draft_id)

    said = review(root, draft_id, typed="n\n")

    assert said.code == 0
    assert f"it is {status}" in said.out
    assert "Read me again." in said.out


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("a\nNot a slug\nq\n", "'Not a slug' is no slug (expected lower-case letters, digits and single hyphens)"),
        ("a\n\nTwo Tags\nq\n", "'Two' is no tag (expected lower-case letters, digits and single hyphens)"),
        (
            "a\n\n\nsoon\nq\n",
            "'soon' is no date (expected a day such as 2026-11-25, or with its hour, such as 2026-11-25 18:30, of the years 1000 to 9998)",
        ),
        ("v\ntaste\nq\n", "a veto names a published criterion, and 'taste' is none"),
    ],
)
def test_a_slip_is_explained_and_the_verdict_asked_for_again(
    workspace: Workspace, root: Path, typed: str, says: str
) -> None:
    write_draft(workspace)
    before = tree(root)

    said = review(root, typed=f"{typed}q\n")

    assert said.code == 0
    assert says in " ".join(said.out.split())
    assert said.out.count(VERDICT) == 2
    assert tree(root) == before


@pytest.mark.parametrize(
    "typed",
    [
        "a\nq",
        "a\n\nq",
        "a\n\n\nQUIT",
        "a\n\n\n\nq",
        "v\nq",
        "v\n",
        "v\nharm\nq",
        "v\nharm\n",
        "v\nharm\nIt does.\nq",
        "s\nq",
        "s\n ",
        "s\nSo.\nno",
        "w\nq",
    ],
)
def test_whoever_does_not_go_on_has_decided_nothing(workspace: Workspace, root: Path, typed: str) -> None:
    write_draft(workspace)
    before = tree(root)

    said = review(root, typed=f"{typed}\nq\n")

    assert said.code == 0
    assert said.out.count("nothing was decided") == 2
    assert tree(root) == before


@pytest.mark.parametrize("typed", ["aq", "nonsense", "sure", "a v", "Foo", "retract"])
def test_what_only_begins_like_a_key_is_none_and_the_keys_are_listed_in_short(
    workspace: Workspace, root: Path, typed: str
) -> None:
    write_draft(workspace)
    before = tree(root)

    said = review(root, typed=f"{typed}\nq\n")

    here = " here" if typed == "retract" else ""
    short = "[a]pprove  [v]eto  [s]et aside  [w]rite a note  [p]rompt"
    assert f"'{typed}' is no key{here}\n\n{short}" in said.out
    assert tree(root) == before


def test_a_review_that_is_cut_short_says_what_stands(workspace: Workspace, root: Path) -> None:
    first, _ = write_draft(workspace, "First."), write_draft(workspace, "Second.")
    said = review(root, typed="v\nharm\nIt would.\n\n")
    assert said.code == 130
    assert f"in this review:\n  {first}: on hold by Ada Byron" in said.out


@pytest.mark.parametrize("typed", ["S", "Set aside", "set-aside", "SET"])
def test_a_keys_whole_word_does_as_well(workspace: Workspace, root: Path, typed: str) -> None:
    draft = write_draft(workspace)
    review(root, typed=f"{typed}\nanother was chosen\n\n")
    assert workspace.ledger().standings[draft].status == "set-aside"


def test_a_wrong_answer_is_asked_for_again_and_the_others_are_kept(workspace: Workspace, root: Path) -> None:
    draft = write_draft(workspace)
    said = review(root, typed="a\nsome slug\nsome-slug\nsea\ntomorrow\n2026-12-02\n\n")
    assert "'some slug' is no slug" in said.out
    assert "'tomorrow' is no date" in said.out
    standing = workspace.ledger().standings[draft]
    assert (standing.slug, standing.tags, standing.date) == ("some-slug", ("sea",), "2026-12-02T09:00:00Z")


def test_a_criterion_that_is_none_is_asked_for_again(workspace: Workspace, root: Path) -> None:
    draft = write_draft(workspace)
    said = review(root, typed="v\nharms\nharm\nIt would.\n\n")
    assert "'harms' is none (expected one of: harm, privacy). Did you mean 'harm'?" in " ".join(said.out.split())
    assert said.out.count(VERDICT) == 1
    assert [hold.criterion for hold in standing(workspace, draft).holds] == ["harm"]


@pytest.mark.parametrize("typed", ["x", "?", "1", "yes"])
def test_a_letter_that_is_no_choice_decides_nothing(workspace: Workspace, root: Path, typed: str) -> None:
    write_draft(workspace)

    said = review(root, typed=f"{typed}\nq\n")

    assert said.out.count(VERDICT) == 2
    assert statuses(workspace) == ["waiting"]


def test_enter_alone_goes_on_and_decides_nothing(workspace: Workspace, root: Path) -> None:
    write_draft(workspace)

    assert review(root, typed="\n").code == 0
    assert statuses(workspace) == ["waiting"]


def test_the_end_of_input_decides_nothing(workspace: Workspace, root: Path) -> None:
    write_draft(workspace)

    assert review(root).code == 130
    assert statuses(workspace) == ["waiting"]


def test_in_a_review_the_date_may_be_a_day_of_the_past(workspace: Workspace, root: Path) -> None:
    draft_id = write_draft(workspace)

    said = review(root, typed="a\n\n\n2026-11-18\n\n")

    assert f"{draft_id}: approved and published at /essays/{EDITION}/" in said.out
    assert standing(workspace, draft_id).date == "2026-11-18T09:00:00Z"


def test_a_date_that_is_no_slot_is_proposed_in_the_newsletters_time_and_taken_so(
    workspace: Workspace, root: Path
) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("Europe/London", "Europe/Berlin"), encoding="utf-8")
    typed = (  # the first one's hour is proposed, the second's is given
        (write_draft(workspace, "# First"), ""),
        (write_draft(workspace, "# Second"), "2026-11-25 19:15 Europe/Berlin"),
    )
    for draft_id, date in typed:
        said = corner(
            "-C", root, "--now", "2026-11-25T18:00:30Z", "review", draft_id, "--by", "ada", typed=f"a\n\n\n{date}\n\n"
        )
        assert "goes live on (q: not now) [2026-11-25 19:00 Europe/Berlin]:" in said.out
    first, second = (standing(workspace, draft_id) for draft_id, _ in typed)
    assert (first.date, second.date) == ("2026-11-25T18:00:30Z", "2026-11-25T18:15:00Z")


def test_a_second_editors_approval_over_a_hold_is_counted(workspace: Workspace, root: Path) -> None:
    draft_id = write_draft(workspace)
    veto(workspace, draft_id, "ben")

    said = review(root, typed="a\n\n\n\n\n", by="eva")

    assert "it passes with 1 more approval, and is vetoed with 1 more veto" in said.out
    assert statuses(workspace) == ["waiting"]
    review(root, typed="a\n\n\n\n\n", by="ada")
    assert statuses(workspace) == ["approved"]
