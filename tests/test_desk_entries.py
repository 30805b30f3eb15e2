"""At the desk, an entry is moved, tagged anew and withdrawn, as by the commands; never a word of it is changed."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator

import pytest

from builders import NOW, TEXT, document, publish_entry, reopen, write_draft
from claudes_corner import ledger
from claudes_corner.review.decisions import approve
from claudes_corner.review.entries import change, withdraw
from claudes_corner.review.placing import Placing
from claudes_corner.workspace import Workspace
from commands import corner
from desks import Guest, at_desk

ENTRY, OTHER = "2026-11-25-minimal-k3v9", "2026-11-18-news-0000"
LATER = dt.datetime(2026, 11, 29, 18, tzinfo=dt.UTC)
WHY = "It retells a book without naming it."
STANDS = f"{ENTRY}: changed; it is at /essays/{{}}/, dated {{}} Europe/London"


@pytest.fixture
def entries(workspace: Workspace) -> Workspace:
    """Two published entries."""
    publish_entry(workspace, draft_id=OTHER, title="Other", slug="other", mode="news")
    publish_entry(workspace, TEXT, draft_id=ENTRY, title="On Tides", slug="tides", tags=("sea", "time"))
    return workspace


@pytest.fixture
def ada(entries: Workspace) -> Iterator[Guest]:
    with at_desk(entries, now=LATER) as guest:
        guest.sign_in()
        yield guest


def lines(workspace: Workspace) -> int:
    return len(workspace.ledger().records)


def place(workspace: Workspace) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    standing = workspace.ledger().standings[ENTRY]
    return standing.slug, standing.date, standing.tags, standing.aliases


# --- move and tag -----------------------------------------------------------------------------------------------------


def test_an_entry_is_moved_and_tagged_and_its_former_address_stays(entries: Workspace, ada: Guest) -> None:
    before = (entries.folders.essays / f"{ENTRY}.md").read_text("utf-8").partition("\n---\n")[2]
    page = ada.decide(ENTRY, "change", slug="ebb", tags="sea, shore", date="2026-11-24 18:30")

    assert place(entries) == ("ebb", "2026-11-24T18:30:00Z", ("sea", "shore"), ("tides",))
    assert entries.ledger().records[-1].by == "ada"
    assert STANDS.format("ebb", "Tue 24 Nov 2026, 18:30") + ", tagged sea, shore" in page.text
    assert "next: corner build; until then readers have it as it was" in page.text
    assert "Its former address /essays/tides/ leads there." in page.text
    assert (entries.folders.essays / f"{ENTRY}.md").read_text("utf-8").partition("\n---\n")[2] == before
    assert "Date, address and tags; never its words." in page.text


def test_what_is_not_touched_stays_as_it_is_to_the_second(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=ENTRY, slug="tides", tags=("sea",), date="2026-11-22T17:59:59Z")
    with at_desk(workspace, now=LATER) as ada:
        ada.sign_in()
        assert ada.form(ENTRY, "change")["date"] == "2026-11-22 17:59 Europe/London"
        ada.decide(ENTRY, "change", tags="")
        assert place(workspace) == ("tides", "2026-11-22T17:59:59Z", (), ())
        before = lines(workspace)
        page = ada.decide(ENTRY, "change")
        assert page.status == 409
        assert "nothing is to change (expected another date, slug or tag)" in page.text
        assert lines(workspace) == before


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"slug": "No Slug"}, "'No Slug' is no slug (expected lower-case letters, digits and single hyphens)"),
        ({"slug": "../x"}, "'../x' is no slug (expected lower-case letters, digits and single hyphens)"),
        ({"slug": "a" * 201}, "the slug is too long (expected at most 200 characters, found 201)"),
        ({"slug": "other"}, "the slug 'other' is taken. Try 'other-2'."),
        ({"tags": "sea No"}, "'No' is no tag"),
        ({"date": "soon"}, "'soon' is no date"),
        ({"date": "2026-12-30"}, "is live: its date cannot be to come (found Wed 30 Dec 2026, 09:00 Europe/London)"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_as_it_was_typed(
    entries: Workspace, ada: Guest, typed: dict[str, str], says: str
) -> None:
    before = lines(entries)
    page = ada.decide(ENTRY, "change", **{"tags": "kept", **typed})
    assert page.status == 409
    assert says in page.text
    for word in {"tags": "kept", **typed}.values():
        assert f'value="{word}"' in page.body
    assert '<details name="verdict" open>' in page.body
    assert lines(entries) == before


@pytest.mark.parametrize(("editor", "called"), [("ben", "Ben Okri"), ("ada", "you")])
def test_of_two_who_move_an_entry_the_second_is_told_and_undoes_nothing(
    entries: Workspace, ada: Guest, editor: str, called: str
) -> None:
    form = ada.form(ENTRY, "change")
    change(reopen(entries.folders.root), ENTRY, editor, LATER, Placing(slug="ebb"))

    late = ada.send(ENTRY, "change", {**form, "tags": "shore"})

    assert late.status == 409
    assert f"'{ENTRY}' was changed by {called} meanwhile. Nothing was changed now: look at it as it is." in late.text
    assert place(entries)[:3] == ("ebb", "2026-11-25T09:00:00Z", ("sea", "time"))
    assert '<input name="slug" value="ebb"' in late.body, "what this form has not touched is as the other has put it"
    assert '<input name="tags" value="shore"' in late.body
    ada.send(ENTRY, "change", {**ada.form(ENTRY, "change"), "tags": "shore"})
    assert place(entries) == ("ebb", "2026-11-25T09:00:00Z", ("shore",), ("tides",))


def test_an_approved_entry_can_be_moved_and_leaves_no_former_address(workspace: Workspace) -> None:
    write_draft(workspace, draft_id=ENTRY, title="On Tides")
    approve(workspace, ENTRY, workspace.ledger().standings[ENTRY].text_sha256, "ada", NOW)
    with at_desk(workspace) as ada:
        ada.sign_in()
        page = ada.decide(ENTRY, "change", slug="ebb", date="2026-12-02")
        assert f"{ENTRY}: changed; it will be at /essays/ebb/, dated Wed 2 Dec 2026, 09:00 Europe/London" in page.text
        assert "next:" not in page.text, "readers have nothing of it yet"
        assert "former address" not in page.text
        with pytest.raises(AssertionError, match="cannot be sent to withdraw"):
            ada.form(ENTRY, "withdraw")
        seal = {"seal": ada.form(ENTRY, "change")["seal"], "reason": WHY, "meant": WHY}
        assert ada.send(ENTRY, "withdraw", seal).status == 403
    assert place(workspace) == ("ebb", "2026-12-02T09:00:00Z", (), ())


# --- withdraw ---------------------------------------------------------------------------------------------------------


def test_a_withdrawal_is_confirmed_in_the_words_that_readers_will_see(entries: Workspace, ada: Guest) -> None:
    before = lines(entries)
    asked = ada.decide(ENTRY, "withdraw", reason=f"  {WHY}\r\n")
    assert asked.status == 409
    assert "a withdrawal cannot be undone, and readers will see its reason. Nothing is decided yet." in asked.text
    assert f"Readers will see, for good: {WHY} Withdraw it for good" in asked.text
    another = ada.decide(ENTRY, "withdraw", reason="Another reason.", meant=WHY)
    assert "Readers will see, for good: Another reason. Withdraw it for good" in another.text, (
        "confirmed was another one"
    )
    assert lines(entries) == before

    page = ada.decide(ENTRY, "withdraw", reason=WHY, meant=WHY)

    standing = entries.ledger().standings[ENTRY]
    assert (standing.status, standing.reason) == ("withdrawn", WHY)
    record = entries.ledger().records[-1]
    assert isinstance(record, ledger.Withdrawn)
    assert (record.by, lines(entries)) == ("ada", before + 1)
    assert f"{ENTRY}: withdrawn; a tombstone takes its place" in page.text
    assert "copies that others made are out of our hands" in page.text
    assert "next: corner build; until then readers have its text" in page.text
    assert "On Tides" in page.text.partition("Last decided")[2].partition("Other")[0]
    at = entries.config.slots.words(record.at)
    assert f"withdrawn {at}, by Ada Byron" in ada.ask("/list/withdrawn").text
    shown = ada.ask(f"/drafts/{ENTRY}")
    assert f"Withdrawn: {WHY}" in shown.text
    for act in ("change", "withdraw"):
        assert f'action="/drafts/{ENTRY}/{act}"' not in shown.body


def test_the_form_says_what_becomes_of_the_text_before_anybody_writes_a_reason(ada: Guest) -> None:
    page = ada.ask(f"/drafts/{ENTRY}").text
    said = "Text and title leave the site and its feeds. In their place stand your name, the day and your reason."
    assert said in page
    assert "It cannot be undone. Reason, for readers" in page


def test_a_withdrawal_without_a_reason_is_refused(entries: Workspace, ada: Guest) -> None:
    before = lines(entries)
    for meant in ("", " "):
        page = ada.decide(ENTRY, "withdraw", reason=" \n", meant=meant)
        assert page.status == 409
        assert "a reason is missing. Say in a sentence why: readers will see it." in page.text
    assert lines(entries) == before


def test_of_two_editors_who_withdraw_the_second_is_told(entries: Workspace, ada: Guest) -> None:
    form = ada.form(ENTRY, "withdraw")
    moved = ada.form(ENTRY, "change")
    withdraw(reopen(entries.folders.root), ENTRY, "ben", LATER, reason="A reader asked.")
    before = lines(entries)
    for act, fields in (
        ("withdraw", {**form, "reason": WHY}),
        ("withdraw", {**form, "reason": WHY, "meant": WHY}),
        ("change", {**moved, "slug": "ebb"}),
    ):
        late = ada.send(ENTRY, act, fields)
        assert late.status == 409
        said = "cannot be withdrawn (expected a published entry, found withdrawn)"
        assert (said if act == "withdraw" else "was withdrawn by Ben Okri meanwhile") in late.text
        assert "Withdrawn: A reader asked." in late.text
    assert lines(entries) == before


def test_a_confirmation_that_is_sent_twice_withdraws_once(entries: Workspace, ada: Guest) -> None:
    form, before = {**ada.form(ENTRY, "withdraw"), "reason": WHY, "meant": WHY}, lines(entries)
    assert [ada.send(ENTRY, "withdraw", form).headers["location"] for _ in range(2)] == ["/", "/"]
    assert lines(entries) == before + 1


def test_what_was_withdrawn_stands_beside_others_of_its_edition(workspace: Workspace) -> None:
    publish_entry(workspace, draft_id=ENTRY, title="On Tides")
    other = write_draft(workspace, "# SAMPLE")
    withdraw(workspace, ENTRY, "ben", LATER, reason=WHY)
    with at_desk(workspace) as ada:
        ada.sign_in()
        assert ada.ask(f"/compare?id={other}&id={ENTRY}").status == 200


@pytest.mark.parametrize("is_archive", [False, True], ids=["lost", "a public archive"])
def test_without_the_private_half_entries_are_shown_moved_and_withdrawn(workspace: Workspace, is_archive: bool) -> None:
    secret = document("A headline. It is not ours.", source="feed", title="A headline", disclosure="hash-only")
    publish_entry(workspace, draft_id=ENTRY, title="On Tides", slug="tides", context=[secret])
    root = workspace.folders.root
    if is_archive:
        assert corner("-C", root, "export", root.parent / "letter.tar").code == 0
        assert corner("-C", root.parent, "import", root.parent / "letter.tar", "again").code == 0
        root = root.parent / "again"
    else:
        shutil.rmtree(root / "drafts")
    with at_desk(reopen(root), now=LATER) as ada:
        ada.sign_in()
        assert "On Tides" in ada.ask("/list/published").text
        for path in ("", "?as=feed", "/frame/page", "/frame/feed", "/frame/essay"):
            assert ada.ask(f"/drafts/{ENTRY}{path}").status == 200
        making = ada.ask(f"/drafts/{ENTRY}?as=making").text
        assert "The full transcript is not here: this is the form that readers see." in making
        assert "It is not ours." not in making
        ada.decide(ENTRY, "change", slug="ebb")
        page = ada.decide(ENTRY, "withdraw", reason=WHY, meant=WHY)
        assert page.status == 200
        assert f"{ENTRY}: withdrawn; a tombstone takes its place" in page.text
    assert reopen(root).ledger().standings[ENTRY].slugs == ("ebb", "tides")
