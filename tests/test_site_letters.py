"""Letters on the site: only those that the record says readers see, and nobody takes an editor's words for the model's.
And the pages of modes: who proposed a mode, and how its words changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sites
from builders import NOW, publish_entry, reopen
from claudes_corner.errors import BuildError
from claudes_corner.letters import answer_id
from claudes_corner.review.letters import show_to_readers
from claudes_corner.site.builder import build
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace
from correspondence import ANSWERED, LETTER, correspond
from sites import Html, html_pages


@pytest.fixture
def newsletter(workspace: Workspace) -> Workspace:
    """A public letter with its answer, and a private one."""
    publish_entry(workspace, "# Before\n\nAn essay.", slug="before")
    assert correspond(workspace) == LETTER
    correspond(workspace, "b", public=False)
    return workspace


def pages(workspace: Workspace) -> dict[str, Html]:
    build(reopen(workspace.folders.root))
    return html_pages(workspace.folders.site)


def test_a_letter_and_its_answer_have_pages_that_say_whose_words_they_are(newsletter: Workspace) -> None:
    found = pages(newsletter)

    letter, answer = found[f"letters/{LETTER}/index.html"], found[f"letters/{ANSWERED}/index.html"]
    assert "Ada Byron to Claude Opus 3" in letter.text
    assert "A letter by an editor of this newsletter. The model did not write it." in letter.text
    assert "The model did not write it." not in answer.text
    assert "The model that answered: claude-3-opus-20240229" in answer.text
    assert "<script>alert(1)</script>" in letter.text, "shown, not run"
    for page in (letter, answer, found["letters/index.html"]):
        assert "Anthropic does not necessarily endorse its claims" in page.text
    assert ("a", f"/letters/{ANSWERED}/") in letter.addresses()
    assert ("a", f"/letters/{LETTER}/") in answer.addresses()
    assert sites.broken_links(newsletter.folders.site, "https://corner.example/") == []


def test_a_letters_text_can_be_checked_and_a_transcript_withholds_what_is_private(newsletter: Workspace) -> None:
    build(newsletter)

    folder = newsletter.folders.site / "letters" / ANSWERED
    recorded = newsletter.ledger().letters[ANSWERED]
    assert digest((folder / "letter.txt").read_bytes()) == recorded.text_sha256
    assert digest((folder / "transcript.json").read_bytes()) == recorded.public_sha256
    assert not (folder.with_name(LETTER) / "transcript.json").exists()
    assert json.loads((folder / "transcript.json").read_bytes())["context"][0]["source"] == "past-entries"


def test_a_private_letter_is_nowhere_and_without_public_ones_there_is_no_page(workspace: Workspace) -> None:
    correspond(workspace, public=False)

    found = pages(workspace)

    assert not [path for path in found if path.startswith("letters")]
    assert all(("a", "/letters/") not in page.addresses() for page in found.values())
    for path, raw in sites.files(workspace.folders.site).items():
        assert b"which" not in raw or b"SAMPLE" not in raw, path


def test_letters_are_in_the_sitemap_and_the_footer(newsletter: Workspace) -> None:
    found = pages(newsletter)

    assert ("a", "/letters/") in found["index.html"].addresses()
    sitemap = (newsletter.folders.site / "sitemap.xml").read_text()
    assert all(f"<loc>https://corner.example{route}</loc>" in sitemap for route in ("/letters/", f"/letters/{LETTER}/"))


def test_with_the_first_letter_that_readers_see_every_page_leads_to_it(workspace: Workspace) -> None:
    publish_entry(workspace, "# Before\n\nAn essay.", slug="before")
    pages(workspace)

    correspond(workspace)

    assert [path for path, page in pages(workspace).items() if ("a", "/letters/") not in page.addresses()] == []


def test_a_letter_that_is_taken_back_leaves_the_site(newsletter: Workspace) -> None:
    build(newsletter)
    sha256 = newsletter.ledger().letters[ANSWERED].text_sha256

    show_to_readers(newsletter, LETTER, sha256, "ben", NOW, public=False)

    assert not [path for path in pages(newsletter) if path.startswith("letters")]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (f"content/letters/{LETTER}.md", "the letter is not what was recorded"),
        (f"content/letters/{ANSWERED}.json", "the transcript is not what was recorded"),
    ],
)
def test_a_letter_that_was_changed_stops_the_build(newsletter: Workspace, path: str, says: str) -> None:
    file = newsletter.folders.root / path
    file.write_text(file.read_text("utf-8").replace("SAMPLE", "sample"), encoding="utf-8")

    with pytest.raises(BuildError, match=f"{path}: {says}"):
        build(newsletter)


def test_a_letter_that_the_record_does_not_show_stops_the_build(newsletter: Workspace) -> None:
    private = newsletter.folders.letters / "2026-11-22-answer-bbbb.md"
    (newsletter.folders.public_letters / private.name).write_bytes(private.read_bytes())

    with pytest.raises(BuildError) as refused:
        build(newsletter)

    assert str(refused.value) == (
        "content/letters/2026-11-22-answer-bbbb.md: the record does not say that readers see this letter. "
        "Letters get here by corner letter publish."
    )


# --- modes ------------------------------------------------------------------------------------------------------------


def configure(workspace: Workspace, old: str, new: str) -> Workspace:
    path = workspace.folders.root / "corner.toml"
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")
    return reopen(workspace.folders.root)


def test_a_mode_says_who_proposed_it_and_links_the_letter_if_readers_may_see_it(newsletter: Workspace) -> None:
    assert "proposed by the editors" in pages(newsletter)["modes/news/index.html"].text
    label = 'label = "News"'
    for letter, is_linked in ((answer_id(LETTER), True), ("2026-11-22-answer-bbbb", False)):
        label, before = f'label = "News"\nproposed_by = "author"\nletter = "{letter}"', label
        configure(newsletter, before, label)

        page = pages(newsletter)["modes/news/index.html"]

        assert "proposed by the author" in page.text
        assert (("a", f"/letters/{letter}/") in page.addresses()) is is_linked


def test_a_mode_shows_how_its_words_changed_and_the_texts_that_the_record_names(workspace: Workspace) -> None:
    publish_entry(workspace, slug="first")
    assert "Its words over time" not in pages(workspace)["modes/minimal/index.html"].text
    first = "Write an essay about whatever you like."
    later = configure(workspace, first, "SAMPLE: write.")
    publish_entry(later, slug="second", draft_id="2026-11-25-minimal-zzzz", date="2026-12-02T09:00:00Z")
    publish_entry(configure(later, "approvals = 1", "approvals = 1\nexpire_after_days = 9"), "# Third", slug="third")

    found = pages(workspace)

    page = found["modes/minimal/index.html"]
    assert page.text.index("SAMPLE: write.") < page.text.index(first)
    assert page.text.count("All modes of that time") == 2, "what did not change stands once"
    assert "Its words over time" not in found["modes/news/index.html"].text
    for modes_sha256 in {r.modes_sha256 for r in workspace.ledger().records if r.event == "rules"}:
        served = workspace.folders.site / f"record/rules/{modes_sha256[7:23]}.json"
        assert digest(served.read_bytes()) == modes_sha256


def test_words_of_a_mode_that_were_a_template_are_said_to_have_been_one(workspace: Workspace) -> None:
    first = "These are the headlines of the week of {{ edition }}. Write an essay."
    publish_entry(workspace, mode="news")
    publish_entry(configure(workspace, first, "SAMPLE: write."), "# Second", mode="news", date="2026-12-02T09:00:00Z")

    text = pages(workspace)["modes/news/index.html"].text

    assert text.count("braces") == text.count("What stands in braces was filled in for each request.") == 1


def test_rules_that_are_not_the_recorded_ones_stop_the_build(workspace: Workspace) -> None:
    publish_entry(workspace)
    sha256 = workspace.ledger().rules.modes_sha256
    path: Path = workspace.folders.rules / f"{sha256[7:23]}.json"
    path.write_text("{}", encoding="utf-8")

    with pytest.raises(BuildError, match=f"content/rules/{path.name}: these are not the rules on record"):
        build(workspace)
