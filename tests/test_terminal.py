"""`corner review`: all that an editor may do, at a keyboard that is scripted, on a screen that is read."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence

import pytest
from rich.console import Console
from rich.pager import SystemPager

from builders import NOW, TEXT, expire, publish_entry, reopen, write_draft
from claudes_corner.cli import run
from claudes_corner.errors import DecisionError
from claudes_corner.review.decisions import approve, set_aside, veto
from claudes_corner.review.placing import Placing
from claudes_corner.review.reading import add_note, read_notes
from claudes_corner.review.terminal import Reviewing
from claudes_corner.standing import Standing
from claudes_corner.workspace import Draft, Workspace

DRAFT = "2026-11-25-minimal-k3v9"
OTHER = "2026-11-25-news-0000"
THIRD = "2026-11-25-minimal-0003"


def review(
    workspace: Workspace,
    keys: Sequence[str],
    *draft_ids: str,
    editor: str = "ada",
    width: int = 80,
    now: dt.datetime = NOW,
) -> str:
    """Let an editor answer with these keys in this order, and return what stood on the screen; "" takes the default."""
    screen, answers = io.StringIO(), iter(keys)
    console = Console(file=screen, width=width, highlight=False)

    def ask(question: str, default: str) -> str:
        console.print(f"{question} [{default}]", markup=False)
        return next(answers) or default

    Reviewing(
        workspace,
        editor,
        console=console,
        pager=SystemPager(),
        ask=ask,
        now=lambda: now,
        salt=lambda: "00",
        say=lambda s: say(console, s),
    ).run(draft_ids)
    assert list(answers) == [], "there were keys left"
    return screen.getvalue()


def unpadded(seen: str) -> str:
    """Take the spaces off the ends of lines."""
    return "\n".join(map(str.rstrip, seen.split("\n")))


def say(console: Console, standing: Standing) -> None:
    console.print(f"{standing.id}: {standing.status}")


def status(workspace: Workspace, draft_id: str = DRAFT) -> str:
    return workspace.ledger().standings[draft_id].status


def sha(workspace: Workspace, draft_id: str = DRAFT) -> str:
    return workspace.ledger().standings[draft_id].text_sha256


@pytest.fixture
def desk(workspace: Workspace) -> Workspace:
    write_draft(workspace, TEXT, draft_id=DRAFT, title="On Tides")
    write_draft(workspace, "# News\n\nof <b>the</b> [day]\x1b[31m", draft_id=OTHER, mode="news")
    return workspace


def test_two_drafts_of_an_edition_stand_side_by_side_where_there_is_room(desk: Workspace) -> None:
    seen = review(desk, ["c", "q"], DRAFT, width=120)
    (heads,) = [line for line in seen.split("\n") if DRAFT in line and OTHER in line]
    assert heads.index(OTHER) > 48
    (modes,) = [line for line in seen.split("\n") if "Minimal prompt" in line and "News" in line]
    assert "words" in modes
    assert r"\x1b" in seen
    assert "\x1b" not in seen


def test_where_there_is_no_room_they_stand_below_one_another(desk: Workspace) -> None:
    seen = review(desk, ["c", "q"], DRAFT, width=80)
    assert not [line for line in seen.split("\n") if DRAFT in line and OTHER in line]
    assert seen.index("# News") > seen.rindex("The tide does not argue")


def test_of_several_the_editor_says_which_to_compare(desk: Workspace) -> None:
    write_draft(desk, "# A third", draft_id=THIRD)
    seen = review(desk, ["c", "x", "c", THIRD, "q"], DRAFT)
    assert "'x' is no other draft of this edition (expected one of:" in " ".join(seen.split())
    assert "# A third" in seen


def test_whoever_would_rather_not_compare_says_q(desk: Workspace) -> None:
    write_draft(desk, "# A third", draft_id=THIRD)
    seen = review(desk, ["c", "q", "q"], DRAFT)
    assert f"with which: {OTHER}, {THIRD} (q: not now)" in " ".join(seen.split())
    assert "# A third" not in seen


def test_a_single_draft_has_nothing_to_compare(workspace: Workspace) -> None:
    write_draft(workspace, TEXT, draft_id=DRAFT)
    assert "[c]ompare" not in review(workspace, ["q"])


def test_each_state_offers_what_may_be_done_with_it_and_no_more(desk: Workspace) -> None:
    def offered(editor: str = "ada", now: dt.datetime = NOW) -> str:
        seen = review(desk, ["q"], DRAFT, editor=editor, now=now)
        labels = re.findall(r"^(\[.*?)  ", seen, re.MULTILINE)
        return "  ".join(labels[: labels.index("[c]ompare")])

    assert offered() == "[a]pprove  [v]eto  [s]et aside"
    set_aside(desk, DRAFT, sha(desk), "ada", NOW, reason="another was chosen")
    assert offered() == "[b]ring back"
    review(desk, ["b"], DRAFT)
    expire(desk, DRAFT)
    assert offered() == "[b]ring back"
    review(desk, ["b"], DRAFT)
    approve(desk, DRAFT, sha(desk), "ada", NOW)
    assert offered() == "[v]eto  [r]etract your verdict"
    assert offered("ben") == "[v]eto"
    assert offered("ben", NOW + dt.timedelta(days=9)) == "[v]eto  [l]et it go live"
    review(desk, ["r"], DRAFT)
    assert status(desk) == "waiting"


def test_each_key_is_explained_at_first_and_when_asked_for(desk: Workspace) -> None:
    first, second, third = review(desk, ["t", "?", "q"], DRAFT).split("your verdict [n]")[:3]
    lines = (
        "[a]pprove               it may go out; asks where and when, and shows all of it",
        "[q]uit                  the end; what was decided stands",
    )
    assert all(f"\n{line}\n" in first and f"\n{line}\n" in third for line in lines)
    assert "[n]ext  [q]uit  [?] explains\n" in unpadded(second)
    assert "the end" not in second
    assert max(map(len, first.split("\n"))) <= 80


def test_what_is_due_is_offered_at_the_end_and_goes_live_only_on_a_yes(desk: Workspace) -> None:
    approve(desk, DRAFT, sha(desk), "ada", NOW)
    later = NOW + dt.timedelta(days=9)
    seen = review(desk, ["n", ""], now=later)
    assert (
        f"{DRAFT} is approved, and its date has come (Wed 25 Nov 2026, 09:00 Europe/London): let it go live? yes or no"
        in (" ".join(seen.split()))
    )
    assert status(desk) == "approved"
    review(desk, ["n", "yes"], now=later)
    assert status(desk) == "published"


def test_an_approved_draft_that_is_due_can_be_let_go_from_its_own_page(desk: Workspace) -> None:
    approve(desk, DRAFT, sha(desk), "ada", NOW)
    review(desk, ["l"], DRAFT, now=NOW + dt.timedelta(days=9))
    assert status(desk) == "published"


def test_a_taken_slot_is_said_and_the_next_one_proposed(desk: Workspace) -> None:
    approve(desk, DRAFT, sha(desk), "ada", NOW)
    seen = review(desk, ["a", "", "sea, time", "", ""], OTHER)
    assert "the slot of Wed 25 Nov 2026, 09:00 Europe/London is taken" in seen
    standing = desk.ledger().standings[OTHER]
    assert (standing.date, standing.tags) == ("2026-12-02T09:00:00Z", ("sea", "time"))


def test_a_taken_slot_is_shared_if_the_editor_types_it(desk: Workspace) -> None:
    approve(desk, DRAFT, sha(desk), "ada", NOW)
    review(desk, ["a", "", "", "2026-11-25", ""], OTHER)
    assert desk.ledger().standings[OTHER].date == "2026-11-25T09:00:00Z"


def test_a_slot_that_somebody_takes_meanwhile_is_refused_clearly(desk: Workspace) -> None:
    keys = iter(["a", "", "", "", "q", "q"])

    class Meanwhile(list[str]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            for number, key in enumerate(keys):
                if number == 3:  # the date is on the screen, and not yet answered
                    approve(desk, DRAFT, sha(desk), "ben", NOW)
                yield key

    seen = review(desk, Meanwhile(), OTHER)
    assert "the slot of Wed 25 Nov 2026, 09:00 Europe/London is taken" in seen
    assert status(desk, OTHER) == "waiting"


def test_what_is_published_is_out_of_reach(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=DRAFT)
    with pytest.raises(DecisionError) as refused:
        review(workspace, [], DRAFT)
    assert str(refused.value) == (
        f"draft '{DRAFT}' is out of reach of review "
        "(expected one of: approved, expired, set-aside, vetoed, waiting, found published). To move or withdraw it: corner change, corner withdraw."
    )


def test_notes_are_private_lines_that_are_only_added(desk: Workspace) -> None:
    seen = review(desk, ["w", "Is this [bold]too\n short?", "w", " ", "n"], DRAFT)
    assert seen.count(f"kept in drafts/notes/{DRAFT}.md, for editors only\n") == 1
    assert "nothing was decided" in seen
    add_note(desk, DRAFT, "ben", NOW + dt.timedelta(minutes=1), "I think not.")
    assert read_notes(desk, DRAFT) == (
        "Sun 22 Nov 2026, 18:00 Europe/London, ada: Is this [bold]too short?",
        "Sun 22 Nov 2026, 18:01 Europe/London, ben: I think not.",
    )
    assert (desk.folders.root / "drafts/notes" / f"{DRAFT}.md").is_file()
    seen = review(desk, ["q"], DRAFT, editor="eva")
    kept = (desk.folders.root / "drafts/notes" / f"{DRAFT}.md").read_text("utf-8")
    assert kept.startswith("2026-11-22T18:00:00Z ada: "), "on file, in UTC"
    seen = " ".join(seen.split())
    assert "note: Sun 22 Nov 2026, 18:00 Europe/London, ada: Is this [bold]too short?" in seen
    assert "note: Sun 22 Nov 2026, 18:01 Europe/London, ben: I think not." in seen
    assert [record.event for record in desk.ledger().about(DRAFT)][-1] == "written"


def test_a_note_needs_a_draft(desk: Workspace) -> None:
    with pytest.raises(DecisionError, match="there is no draft or entry 'x'"):
        add_note(desk, "x", "ada", NOW, "words")


def test_a_veto_and_a_second_one_at_the_keyboard(desk: Workspace) -> None:
    seen = review(desk, ["v", "taste", "harm", "because", ""], DRAFT)
    assert "a veto names a published criterion, and 'taste' is none (expected one of: harm, privacy)" in " ".join(
        seen.split()
    )
    assert status(desk) == "waiting"
    seen = review(desk, ["v", "harm", "because", ""], DRAFT, editor="ben")
    assert "ada has vetoed for harm: a hold" in seen
    assert status(desk) == "vetoed"
    review(desk, ["r"], DRAFT, editor="ben")
    assert status(desk) == "waiting"


def test_a_criterion_may_be_named_by_its_number(desk: Workspace) -> None:
    seen = review(desk, ["v", "3", "2", "because", ""], DRAFT)
    number, code = next(line for line in seen.split("\n") if line.startswith("  2  ")).split()[:2]
    assert number == "2"
    assert "'3' is none (expected one of: harm, privacy)" in " ".join(seen.split())
    assert desk.ledger().standings[DRAFT].holds[0].criterion == code


def test_an_earlier_approval_is_proposed_to_the_next_editor(desk: Workspace) -> None:
    veto(desk, DRAFT, sha(desk), "ben", NOW, criterion="harm", reason="because", salt="00")
    placing = Placing(NOW + dt.timedelta(days=30), "ebb", ("sea",))
    approve(desk, DRAFT, sha(desk), "ada", NOW, placing)
    seen = review(desk, ["a", "", "", "", ""], DRAFT, editor="eva")
    assert "slug, the end of its address (q: not now) [ebb]" in seen
    assert "[sea]" in seen
    assert "goes live on (q: not now) [2026-12-22 18:00 Europe/London]" in seen
    assert status(desk) == "approved"


def test_an_approval_is_shown_before_it_counts(desk: Workspace) -> None:
    seen = review(desk, ["a", "ebb", "sea", "2026-12-02", ""], DRAFT)

    assert """
  2026-11-25-minimal-k3v9: On Tides, by Claude Opus 3
  at    https://corner.example/essays/ebb/
  date  Wed 2 Dec 2026, 09:00 Europe/London
  tags  sea
  it is approved, and waits: corner publish lets it go live from then on
""" in unpadded(seen)
    standing = desk.ledger().standings[DRAFT]
    assert (standing.slug, standing.tags, standing.date) == ("ebb", ("sea",), "2026-12-02T09:00:00Z")


@pytest.mark.parametrize(
    ("date", "says"),
    [
        ("2026-11-01", "Sun 1 Nov 2026 has passed: it would go live as soon as it is approved"),
        ("2028-11-25", "Sat 25 Nov 2028 is more than a year ahead"),
        ("2026-11-21T18:00:00Z", ""),
        ("", ""),
    ],
)
def test_a_date_that_may_be_mistyped_is_doubted_in_the_summary(desk: Workspace, date: str, says: str) -> None:
    seen = review(desk, ["a", "ebb", "", date, "no", "q", "q"], DRAFT)
    assert (f"is this meant? {says}" in " ".join(seen.split())) if says else "is this meant?" not in seen


def test_it_is_said_whether_an_approval_publishes(desk: Workspace) -> None:
    seen = review(desk, ["a", "", "", "2026-11-18", ""], DRAFT)
    assert "\n  it goes live at once: its date has come\n" in unpadded(seen)
    assert status(desk) == "published"


def test_it_is_said_how_many_approvals_are_missing_the_editors_own_veto_apart(desk: Workspace) -> None:
    veto(desk, DRAFT, sha(desk), "ada", NOW, criterion="harm", reason="because", salt="00")
    veto(desk, OTHER, sha(desk, OTHER), "ben", NOW, criterion="harm", reason="because", salt="00")
    assert "\n  it is approved, and waits" in unpadded(review(desk, ["a", "", "", "", ""], DRAFT))
    seen = unpadded(review(desk, ["a", "", "", "", ""], OTHER))
    assert "\n  it does not go live yet: it needs 1 more approval\n" in seen
    assert (status(desk), status(desk, OTHER)) == ("approved", "waiting")


def test_the_approval_of_an_editor_who_has_left_counts_for_nothing_in_the_summary(desk: Workspace) -> None:
    path = desk.folders.root / "corner.toml"
    path.write_text(path.read_text().replace("approvals = 1", "approvals = 2"))
    approve(reopen(desk.folders.root), DRAFT, sha(desk), "ada", NOW)
    path.write_text(re.sub(r"\[editors\.ada\]\n(?:.+\n)*", "", path.read_text()))
    seen = review(reopen(desk.folders.root), ["a", "", "", "", ""], DRAFT, editor="ben")
    assert "\n  it does not go live yet: it needs 1 more approval\n" in unpadded(seen)


def test_whoever_does_not_agree_is_asked_again_with_what_was_typed_or_leaves(desk: Workspace) -> None:
    seen = review(desk, ["a", "ebb", "sea", "2026-12-02", "no", "", "", "", "q", "n"], DRAFT)
    assert "slug, the end of its address (q: not now) [ebb]" in seen
    assert "tags, with spaces between (q: not now) [sea]" in seen
    assert "goes live on (q: not now) [2026-12-02]" in seen
    assert seen.count("https://corner.example/essays/ebb/") == 2
    assert "nothing was decided" in seen
    assert status(desk) == "waiting"


def test_a_date_is_no_slug(desk: Workspace) -> None:
    untitled = write_draft(desk, "Without a title.", draft_id=THIRD)
    seen = " ".join(review(desk, ["a", "2026-12-02", "", "", "", ""], DRAFT).split())
    assert "2026-12-02 is a date, and this is the end of the address: the date is asked for below." in seen
    review(desk, ["a", "", "", "2026-12-02", ""], untitled)
    standings = desk.ledger().standings
    assert (standings[DRAFT].slug, standings[untitled].slug) == ("on-tides", "2026-11-25")


def test_the_command_asks_and_decides(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s\nanother was chosen\n\nq\n"))
    root = str(desk.folders.root)
    assert run(["review", "-C", root, "--by", "ada", "--now", "2026-11-22T18:00:00Z", DRAFT]) == 0
    assert f"{DRAFT}: set aside" in capsys.readouterr().out


def test_ctrl_c_between_two_questions_says_what_stands(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show = Reviewing._show

    def slow(self: Reviewing, draft: Draft, position: str) -> None:
        if position.startswith("2"):
            raise KeyboardInterrupt
        show(self, draft, position)

    monkeypatch.setattr(Reviewing, "_show", slow)
    monkeypatch.setattr("sys.stdin", io.StringIO("s\nanother was chosen\n\n"))
    root = str(desk.folders.root)
    assert run(["review", "-C", root, "--by", "ada", "--now", "2026-11-22T18:00:00Z"]) == 130
    assert f"in this review:\n  {DRAFT}: set aside\nnext: corner review\n" in capsys.readouterr().out


def test_what_stands_out_in_a_draft_is_said_with_it(desk: Workspace) -> None:
    seen = " ".join(review(desk, ["q"], OTHER, width=120).split())
    assert "2 HTML tags, shown to readers as typed: <b>; </b>" in seen
    assert "1 unusual character: U+001B control or private character, 1 time" in seen
    assert "no links" not in seen, "what does not stand out is not said"


def test_a_text_longer_than_the_window_is_paged(desk: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    long = write_draft(desk, "# Long\n\n" + "SAMPLE. It comes back.\n\n" * 30, draft_id=THIRD)
    screen = io.StringIO()
    console = Console(file=screen, width=80, height=20, force_terminal=True, highlight=False)
    answers = iter(["n", "q"])
    Reviewing(
        desk,
        "ada",
        console=console,
        pager=SystemPager(),
        ask=lambda _question, _default: next(answers),
        now=lambda: NOW,
        salt=lambda: "00",
        say=lambda s: say(console, s),
    ).run([DRAFT, long])
    paged = capsys.readouterr().out
    assert paged.count("SAMPLE. It comes back.") == 30
    assert "SAMPLE. It comes back." not in screen.getvalue()
    assert "The tide does not argue" in screen.getvalue(), "a short one is simply there"
