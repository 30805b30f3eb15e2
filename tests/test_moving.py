"""Moving house: `corner import markdown` publishes a folder of texts as what they are, imported, and says what it left."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from builders import make_workspace, publish_entry, reopen, tree
from claudes_corner.ledger import Imported
from claudes_corner.site.builder import build
from claudes_corner.text import digest
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.verify.places import Folder
from claudes_corner.verify.seals import Known
from claudes_corner.verify.site import verify_site
from commands import Said, corner
from desks import at_desk
from documents import cases
from second_reader import live_entries
from sites import Html, files

NOW = "2026-11-22T18:00:00Z"
FORMATS = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
OLD = {
    "2019-03-04-first-words.md": "---\ntitle: SAMPLE, first words\nlayout: post\n---\n\nTwo  spaces stay. \n",
    "crlf.markdown": '---\r\ntitle: "A SAMPLE"\r\ndate: 2020-05-06 10:30\r\ntags: [Sea Side, moon]\r\n---\r\n\r\nOne.\r\nTwo.\r\n',
    "sub/index.md": "---\ndate: 2021-01-01 10:00:00 +0200\ntags: sea, moon\norigin_url: https://old.example/x/\n---\n"
    "# SAMPLE *heading*\n\nWords.\n\n\n",
    "untitled.md": "\ufeff---\ndate: 2022-02-02\ndraft: false\nslug: no-title\n---\n\n\nSAMPLE.",
    "later.md": "---\ndraft: true\n---\nNot yet.",
    ".hidden.md": "Nobody's.",
    "picture.png": "No text.",
}
TEXTS = {
    "first-words": "Two  spaces stay. ",
    "crlf": "One.\r\nTwo.",
    "sub": "# SAMPLE *heading*\n\nWords.\n\n",
    "no-title": "\nSAMPLE.",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A newsletter with one entry of its own."""
    workspace = make_workspace(tmp_path / "new")
    publish_entry(workspace, "# Here\n\nHere.", slug="here", date="2026-11-18T09:00:00Z", edition="2026-11-18")
    return workspace.folders.root


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder of Markdown files."""
    return write(tmp_path / "old", OLD)


def write(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


def move(root: Path, old: Path, *options: str) -> Said:
    return corner("--now", NOW, "-C", root, "import", "markdown", old, "--by", "ada", *options)


def imported(root: Path) -> dict[str, Imported]:
    """The records of imports, by slug."""
    found = (r for r in reopen(root).ledger().records if isinstance(r, Imported))
    return {record.route.split("/")[2]: record for record in found}


def problems(root: Path) -> list[str]:
    """What is wrong with a newsletter and its site, built anew."""
    build(reopen(root))
    site = verify_site(Folder(root / "site"), Known())
    return [str(p) for p in (*verify_workspace(reopen(root)).problems, *site.problems)]


def test_texts_are_published_to_the_byte_and_all_that_was_taken_otherwise_is_said(root: Path, old: Path) -> None:
    said = move(root, old, "--origin", "https://old.example/{slug}")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "imported 4 entries, 2019-03-04 to 2022-02-02",
        "author: nobody is named, and that stays so (--author names one)",
        f"without a title, so that the date serves: {imported(root)['no-title'].id}",
        "drafts, left out: later.md",
        "keys that were not read: layout (1)",
        "dates without a time zone, taken as of Europe/London: 1",
        "slugs and tags that had to change: 'Sea Side' is 'sea-side'",
        "next: corner build",
    ]
    assert problems(root) == []
    found = imported(root)
    assert {slug: (record.date, record.tags, record.origin_url) for slug, record in found.items()} == {
        "first-words": ("2019-03-04T09:00:00Z", (), "https://old.example/first-words"),
        "crlf": ("2020-05-06T09:30:00Z", ("sea-side", "moon"), "https://old.example/crlf"),
        "sub": ("2021-01-01T08:00:00Z", ("sea", "moon"), "https://old.example/x/"),
        "no-title": ("2022-02-02T09:00:00Z", (), "https://old.example/no-title"),
    }
    for slug, text in TEXTS.items():
        folder = root / "site/essays" / slug
        assert (folder / "essay.txt").read_bytes() == text.encode()
        assert not (folder / "transcript.json").exists()
        assert corner("-C", root, "show", str(found[slug].id), "--raw").out == text
    assert (
        live_entries(root / "content", FORMATS).items() >= {record.id: slug for slug, record in found.items()}.items()
    )


def test_its_pages_say_that_nobody_here_saw_it_being_written(root: Path, old: Path) -> None:
    move(root, old)
    assert problems(root) == []
    page, making = (Html((root / f"site/essays/crlf/{end}index.html").read_bytes()) for end in ("", "making/"))
    assert "By Ada Byron on 22 November 2026" in page.text
    assert "There is no record here of how it was made" in page.text
    assert "Author not on record" in page.text
    assert "Nobody here saw it being written: no prompt, no answer and no transcript are on record." in making.text
    assert digest(TEXTS["crlf"].encode()) in making.text
    for word in ("prompt to", "Approved", "Model", "the author’s"):
        assert word not in page.text + making.text
    assert "digitalSourceType" not in (root / "site/essays/crlf/index.html").read_text()
    feed = (root / "site/atom.xml").read_text()
    assert re.search(r"Imported\. &lt;a href=.*?&gt;What is on record&lt;/a&gt;", feed)
    record = Html((root / "site/record/index.html").read_bytes()).text
    assert "published 5 essays that can be read here" in record
    assert "imported 4 essays that came from elsewhere: nobody here saw them being written" in record
    mode = Html((root / "site/modes/imported/index.html").read_bytes()).text
    assert "no prompt and no answer are on record" in mode
    assert "mode" not in mode.partition("SAMPLE")[0].partition("Imported")[2], "it is none"


def test_an_author_is_named_if_editors_say_who_it_was(root: Path, old: Path) -> None:
    assert "expected one of: opus-3, small" in move(root, old, "--author", "nobody").err
    assert move(root, old, "--author", "opus-3").code == 0
    assert problems(root) == []
    page = Html((root / "site/essays/crlf/index.html").read_bytes()).text
    assert "Claude Opus 3" in page
    assert "claude-3-opus" not in page, "no answer came with this model's name"


@cases("moving.md")
def test_what_cannot_be_imported_stops_it_all_and_is_named(
    given: str, expected: str, root: Path, tmp_path: Path
) -> None:
    folder = write(tmp_path / "old", {"a-text.md": f"{given}\n", "good.md": "---\ndate: 2020-01-01\n---\nGood."})
    before = tree(root / "content")
    said = move(root, folder)
    end = "corner: so nothing is imported. Mend them, or leave them out: --skip.\n"
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines() == [f"corner: {expected}", end.strip()]
    assert tree(root / "content") == before
    said = move(root, folder, "--skip")
    assert said.out.splitlines()[0] == "imported 1 entry, 2020-01-01 to 2020-01-01"
    assert f"left out: {expected}" in said.out.splitlines()


def test_of_files_that_want_one_slug_none_is_preferred(root: Path, tmp_path: Path) -> None:
    one = "---\ndate: 2020-01-01\n---\nOne."
    folder = write(tmp_path / "old", {"a/one.md": one, "b/one.md": one, "here.md": one})
    assert move(root, folder).err.splitlines() == [
        "corner: 2 files want the slug 'one' (found a/one.md, b/one.md). Give all but one another: slug: a-few-words",
        f"corner: here.md: the slug 'here' is taken (found {next(iter(reopen(root).ledger().standings))})."
        " Give it another: slug: a-few-words",
        "corner: so nothing is imported. Mend them, or leave them out: --skip.",
    ]


def test_what_cannot_be_read_is_named(root: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old", {"latin.md": ""})
    (folder / "latin.md").write_bytes(b"---\ndate: 2020-01-01\n---\n\xe9t\xe9\n")
    (folder / "lost.md").symlink_to(folder / "nowhere.md")
    os.mkfifo(folder / "pipe.md")
    assert move(root, folder).err.splitlines()[:3] == [
        "corner: latin.md: cannot be read: it is not UTF-8",
        "corner: lost.md: cannot be read: no such file or directory",
        "corner: pipe.md: cannot be read: it is no file",
    ]


def test_said_again_it_finds_nothing_to_do_even_after_entries_moved(root: Path, old: Path) -> None:
    move(root, old)
    record = imported(root)["crlf"]
    assert corner("--now", NOW, "-C", root, "change", str(record.id), "--slug", "elsewhere", "--by", "ada").code == 0
    before = tree(root / "content")
    said = move(root, old)
    assert said.out.splitlines()[0] == f"nothing to import from {old}; 4 were imported before"
    assert tree(root / "content") == before


def test_no_text_is_ever_changed_by_importing_it_anew(root: Path, old: Path) -> None:
    move(root, old)
    (old / "untitled.md").write_text("---\ndate: 2022-02-02\nslug: no-title\n---\n\nAnother SAMPLE.")
    said = move(root, old)
    what = "the slug 'no-title' is taken by the same entry with another text: no text is ever changed"
    assert (said.code, what in said.err) == (1, True)


@pytest.mark.parametrize("option", ["--dry-run", "--skip"])
def test_one_address_is_never_the_origin_of_several(root: Path, old: Path, option: str) -> None:
    before = tree(root)
    said = move(root, old, "--origin", "https://old.example/slug/", option)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "corner: --origin: 3 files would have one address as their origin, for good "
        "(expected {slug} in it, found https://old.example/slug/). Write {slug} where the slug of each stood.\n"
    )
    assert tree(root) == before


def test_one_file_may_have_any_origin(root: Path, tmp_path: Path) -> None:
    write(tmp_path, {"one/alone.md": "---\ndate: 2022-02-02\n---\n\nSAMPLE."})
    assert move(root, tmp_path / "one", "--origin", "https://old.example/?p=7").code == 0
    assert imported(root)["alone"].origin_url == "https://old.example/?p=7"


def test_a_dry_run_says_all_of_it_and_changes_nothing(root: Path, old: Path) -> None:
    before = tree(root)
    said = move(root, old, "--dry-run")
    assert said.code == 0
    assert said.out.splitlines()[:10] == [
        "2019-03-04-first-words.md: SAMPLE, first words",
        "    Mon 4 Mar 2019, 09:00 Europe/London  /essays/first-words/  no origin",
        "crlf.markdown: A SAMPLE",
        "    Wed 6 May 2020, 10:30 Europe/London  /essays/crlf/  no origin",
        "sub/index.md: SAMPLE heading",
        "    Fri 1 Jan 2021, 08:00 Europe/London  /essays/sub/  stood at https://old.example/x/",
        "untitled.md: 2022-02-02",
        "    Wed 2 Feb 2022, 09:00 Europe/London  /essays/no-title/  no origin",
        "would import 4 entries, 2019-03-04 to 2022-02-02",
        "author: nobody is named, and that stays so (--author names one)",
    ]
    assert "nobody is named" not in move(root, old, "--dry-run", "--author", "opus-3").out
    (old / "bad.md").write_text("Bad.")
    said = move(root, old, "--dry-run")
    assert (said.code, "bad.md:1: no front matter" in said.err) == (1, True)
    assert tree(root) == before


def test_a_copy_of_an_imported_text_holds_its_first_line_too(root: Path, old: Path, tmp_path: Path) -> None:
    """A title that the file gave stands in no line of the text."""
    move(root, old)
    corner("-C", root, "build")
    copy = tmp_path / "copy.txt"
    for place in (root, root / "site"):
        for words, code in (("One.\nTwo.", 0), ("Two.", 1), ("Words.", 0)):
            copy.write_text(words)
            assert corner("verify", place, "--copy", copy).code == code, (place, words)


def test_an_imported_entry_is_withdrawn_and_archived_as_any_other(root: Path, old: Path, tmp_path: Path) -> None:
    move(root, old)
    found = imported(root)
    assert corner("-C", root, "withdraw", str(found["sub"].id), "--reason", "Asked.", "--by", "ada").code == 0
    assert problems(root) == []
    assert "Asked." in Html((root / "site/essays/sub/index.html").read_bytes()).text
    assert corner("-C", root, "export", tmp_path / "a.tar").code == 0
    assert corner("-C", tmp_path, "import", tmp_path / "a.tar", "again").code == 0
    assert imported(tmp_path / "again") == found


def test_sites_built_step_by_step_are_those_built_at_once(root: Path, old: Path, tmp_path: Path) -> None:
    build(reopen(root))
    move(root, old, "--author", "opus-3")
    crlf, sub = (str(imported(root)[slug].id) for slug in ("crlf", "sub"))
    toml = root / "corner.toml"
    steps = (
        lambda: None,
        lambda: toml.write_text(toml.read_text().replace('"Ada Byron"', '"Ada Lovelace"')),
        lambda: toml.write_text(toml.read_text().replace('"Claude Opus 3"', '"Opus 3"')),
        lambda: corner("--now", NOW, "-C", root, "change", crlf, "--slug", "new", "--tag", "x", "--by", "ada"),
        lambda: corner("--now", NOW, "-C", root, "withdraw", sub, "--reason", "No.", "--by", "ada"),
    )
    for number, step in enumerate(steps):
        step()
        build(reopen(root))
        build(reopen(root), out=tmp_path / str(number))
        assert files(root / "site") == files(tmp_path / str(number))


def test_at_the_desk_it_is_shown_as_what_it_is(root: Path, old: Path) -> None:
    move(root, old)
    name = imported(root)["crlf"].id
    with at_desk(reopen(root)) as guest:
        guest.sign_in()
        found = {
            path: guest.ask(f"/drafts/{name}{path}") for path in ("", "/frame/page", "/frame/feed", "/frame/essay")
        }
    assert {answer.status for answer in found.values()} == {200}
    assert "There is no record here of how it was made" in found["/frame/page"].text


def test_what_has_no_transcript_is_said_to_have_none(root: Path, old: Path) -> None:
    move(root, old)
    name = str(imported(root)["sub"].id)
    message = f"corner: {name}: it was imported: nobody here saw it being written, so there is no transcript\n"
    assert corner("-C", root, "show", name, "--prompt").err == message
    line = "not checked: 4 imported texts: who wrote them, when, and in answer to what; they have no transcript\n"
    assert problems(root) == []
    assert line in corner("-C", root, "verify").out
    assert line in corner("-C", root, "verify", "site").out


def test_at_the_desk_it_is_read_as_any_other_entry(root: Path, old: Path) -> None:
    move(root, old)
    name = imported(root)["crlf"].id
    with at_desk(reopen(root)) as guest:
        guest.sign_in()
        listed, page = guest.ask("/list/published"), guest.ask(f"/drafts/{name}?as=making")
        frames = [guest.ask(f"/drafts/{name}/frame/{kind}").status for kind in ("page", "feed", "essay")]
    assert "A SAMPLE" in listed.text
    assert "Imported" in listed.text
    assert "cannot be read" not in listed.text
    assert page.status == 200, page.text
    assert "What was imported is exactly this text" in page.text
    assert "no prompt, no answer and no transcript are on record" in page.text
    for claim in ("decided on", "Decided", "ended by itself", "Endpoint", "Public form", "Model"):
        assert claim not in page.text, "nobody here knows, or it is not there"
    assert frames == [200, 200, 200]


@pytest.mark.parametrize(
    ("path", "old_words", "new_words", "expected"),
    [
        ("content/essays/{id}.md", "title: A SAMPLE", "title: A sample", "the front matter was changed after it was"),
        ("content/essays/{id}.md", "Two.", "2.", "the text was changed after it was recorded"),
        (
            "content/essays/{id}.md",
            "provenance: imported\n",
            "",
            "front matter key 'provenance' is not what was decided",
        ),
        ("site/essays/crlf/index.html", "A SAMPLE</h1>", "A sample</h1>", "title or author are not those on record"),
        ("site/essays/crlf/essay.txt", "Two.", "2.", "the text is not the one on record"),
    ],
)
def test_what_is_changed_later_is_found(
    root: Path, old: Path, path: str, old_words: str, new_words: str, expected: str
) -> None:
    move(root, old)
    assert problems(root) == []
    file = root / path.format(id=imported(root)["crlf"].id)
    text = file.read_bytes().decode()
    assert old_words in text
    file.write_bytes(text.replace(old_words, new_words, 1).encode())
    where = root if path.startswith("content") else root / "site"
    report = verify_workspace(reopen(root)) if where == root else verify_site(Folder(where), Known())
    assert any(expected in str(problem) for problem in report.problems)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8")).filter(str.strip))
@example(text="---\n\nNot the end of any front matter.\n---")
@example(text="\r\n\r\nLate.\r\n\r\n")
@example(text="\ufeffA mark.\x00\x0b\u2028")
def test_any_text_stays_as_it_is_to_the_byte(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    root = make_workspace(folder / "new").folders.root
    write(folder / "old", {"any.md": f"---\ndate: 2020-01-01\n---\n\n{text}\n"})
    assert move(root, folder / "old").code == 0
    assert corner("-C", root, "show", str(imported(root)["any"].id), "--raw").out.encode() == text.encode()
    assert verify_workspace(reopen(root)).problems == ()
    shutil.rmtree(folder)
