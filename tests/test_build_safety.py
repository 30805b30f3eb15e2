"""A build that cannot go well leaves the site as it was and says why; and it touches nothing that is not its own."""

from __future__ import annotations

import errno
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import builders
import crash_law
import sites
from builders import make_workspace, publish_entry, reopen
from claudes_corner.cli import run
from claudes_corner.errors import BuildError, CornerError
from claudes_corner.folders import SOUGHT
from claudes_corner.site import output
from claudes_corner.site.builder import build
from claudes_corner.site.marker import MARKER
from claudes_corner.site.output import Output
from claudes_corner.site.seal import Seal
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace
from sites import corner, files, footprints, read_content

TIDES = "2026-11-25-minimal-t1de"
TEXT = "# Tides\n\nThe tide does not argue with the shore."


@pytest.fixture
def live(workspace: Workspace) -> Workspace:
    """A newsletter with one entry, built."""
    publish_entry(workspace, TEXT, draft_id=TIDES)
    sites.write_pages(workspace)
    build(workspace)
    return workspace


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Let `corner build` fail with exit code 1, nothing on stdout and nothing changed in site/; returns what it says."""

    def refuse(workspace: Workspace, *options: str | Path) -> str:
        before = footprints(workspace.folders.site)
        assert run(["-C", str(workspace.folders.root), "build", *map(str, options)]) == 1
        assert footprints(workspace.folders.site) == before
        said = capsys.readouterr()
        assert said.out == ""
        assert all(line.startswith("corner: ") for line in said.err.splitlines())
        return said.err

    return refuse


def replace(path: Path, old: str, new: str) -> None:
    """Change a file by hand."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- what was approved is what is published ---------------------------------------------------------------------------


def test_one_letter_changed_in_an_approved_text_stops_the_build_and_leaves_the_site(live: Workspace) -> None:
    replace(live.folders.essays / f"{TIDES}.md", "does not argue", "does not arque")
    before = footprints(live.folders.site)
    done = corner("-C", live.folders.root, "build")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"corner: content/essays/{TIDES}.md: the text was changed after it was recorded (expected {digest(TEXT)}, "
        f"found {digest(TEXT.replace('argue', 'arque'))}). The model's text is never edited: put the file back, from a backup or git.\n"
    )
    assert footprints(live.folders.site) == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Tides", "title: Tidez", "the front matter was changed after it was recorded"),
        ("title_by: heading", "title_by: asked", "the front matter was changed after it was recorded"),
        ("model: claude-3-opus-20240229", "model: another", "the front matter was changed after it was recorded"),
        ("slug: tides", "slug: ebb", "front matter key 'slug' is not what was decided (expected 'tides', found 'ebb')"),
        (
            "- ada",
            "- ben",
            "front matter key 'approved_by' is not what was decided (expected ('ada',), found ('ben',))",
        ),
        ("date: '2026-11-25T09:00:00Z'", "date: '2026-11-24T09:00:00Z'", "front matter key 'date' is not what was"),
        ("tags: []", "tags: [sea]", "front matter key 'tags' is not what was decided"),
        ("title: Tides", "title: Tides\nsubtitle: x", "unknown front matter key 'subtitle'"),
        ("shore.\n", "shore.", "the text is not framed as it was written"),
        ("shore.\n", "shore. \n", "the text was changed after it was recorded"),
    ],
)
def test_nothing_in_an_entrys_file_may_be_changed_by_hand(
    live: Workspace, refused: Callable[..., str], old: str, new: str, said: str
) -> None:
    replace(live.folders.essays / f"{TIDES}.md", old, new)
    message = refused(live)
    assert message.startswith(f"corner: content/essays/{TIDES}.md")
    assert said in message
    if "was changed" in said:
        assert len(re.findall(r"sha256:[0-9a-f]{64}", message)) == 2


def test_one_letter_changed_in_a_transcript_stops_the_build(live: Workspace, refused: Callable[..., str]) -> None:
    path = live.folders.essays / f"{TIDES}.json"
    recorded = digest(path.read_bytes())
    replace(path, "whatever you like", "whatever you hate")
    assert refused(live) == (
        f"corner: content/essays/{TIDES}.json: the transcript was changed after it was recorded (expected {recorded}, "
        f"found {digest(path.read_bytes())}). The model's text is never edited: put the file back, from a backup or git.\n"
    )


@pytest.mark.parametrize("name", [f"{TIDES}.md", f"{TIDES}.json"])
def test_a_missing_file_of_an_entry_stops_the_build(live: Workspace, refused: Callable[..., str], name: str) -> None:
    (live.folders.essays / name).unlink()
    said = f"corner: content/essays/{name}: cannot be read: no such file or directory. {SOUGHT}\n"
    assert refused(live) == said


@pytest.mark.parametrize(
    "name", ["2026-11-25-minimal-ffff.md", "essay.md", f"{TIDES}.html", f"{TIDES}.md.orig", "notes.txt"]
)
def test_a_file_among_the_entries_that_nobody_approved_stops_the_build(
    live: Workspace, refused: Callable[..., str], name: str
) -> None:
    shutil.copy(live.folders.essays / f"{TIDES}.md", live.folders.essays / name)
    assert refused(live) == (
        f"corner: content/essays/{name}: nobody approved this: the record does not know it as an entry. "
        "Was the ledger cut or replaced? Put it back. Else move this away: texts get here by corner approve.\n"
    )


def test_a_draft_that_waits_cannot_be_promoted_by_hand(live: Workspace, refused: Callable[..., str]) -> None:
    draft_id = builders.write_draft(live, "Not approved.")
    for suffix in (".md", ".json"):
        shutil.copy(live.folders.drafts / f"{draft_id}{suffix}", live.folders.essays)
    assert refused(live).count("nobody approved this") == 2


def test_all_that_is_wrong_is_said_at_once(live: Workspace, refused: Callable[..., str]) -> None:
    replace(live.folders.essays / f"{TIDES}.md", "shore", "snore")
    (live.folders.essays / "stray.md").write_text("x")
    (live.folders.notes / "welcome.md").write_text("no front matter")
    (live.folders.pages / "archive.md").write_text("---\ntitle: Archive\n---\n\nMine.\n")
    (live.folders.pages / "Not A Slug.md").write_text("---\ntitle: x\n---\n\nx\n")
    said = refused(live).splitlines()
    assert [line.split(": ")[1] for line in said] == [
        "content/essays/stray.md",
        f"content/essays/{TIDES}.md",
        "content/notes/welcome.md:1",
        "content/pages/Not A Slug.md",
        "content/pages/archive.md",
    ]


def test_a_changed_record_stops_the_build(live: Workspace, refused: Callable[..., str]) -> None:
    replace(live.folders.ledger, '"by":"ada"', '"by":"eva"')
    assert "content/ledger.jsonl:" in (said := refused(live))
    assert "the chain is broken" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\ntitle: x\ndate: 9999-12-31\nby: ada\n---\n\nx\n", "2026-11-25T09:00:00Z, of the years 1000 to 9998"),
        (
            "---\ntitle: x\ndate: soon\nby: ada\n---\n\nx\n",
            "the date is none (expected 2026-11-25, 2026-11-25 18:30 or",
        ),
        (
            "---\ntitle: x\ndate: 2026-11-25T09:00:00\nby: ada\n---\n\nx\n",
            "the date is none (expected 2026-11-25, 2026-11-25 18:30 or",
        ),
        ("---\ntitle: x\ndate: 2026-11-25\n---\n\nx\n", "missing front matter key 'by'"),
        (None, "cannot be read: is a directory"),
    ],
)
def test_a_note_that_cannot_be_read_stops_the_build(
    live: Workspace, refused: Callable[..., str], text: str | None, said: str
) -> None:
    path = live.folders.notes / "news.md"
    if text is None:
        path.mkdir()
    else:
        path.write_text(text)
    message = refused(live)
    assert message.startswith("corner: content/notes/news.md")
    assert said in message


@pytest.mark.parametrize(
    "path",
    [
        *("content/notes/a-pipe.md", "content/pages/a-pipe.md", "content/essays/{id}.md", "content/ledger.jsonl"),
        *("site/index.html", "site/feed.xml", "site/SHA256SUMS"),
    ],
)
def test_what_is_no_file_is_said_to_be_none(live: Workspace, refused: Callable[..., str], path: str) -> None:
    pipe = live.folders.root / path.format(id=TIDES)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    said = refused(live)
    assert said.startswith(f"corner: {path.format(id=TIDES)}: ")
    assert ": it is no file" in said
    pipe.unlink()
    pipe.symlink_to("/dev/null")
    assert refused(live) == said


def test_a_marker_that_is_no_file_marks_nothing(live: Workspace, refused: Callable[..., str]) -> None:
    (live.folders.site / MARKER).unlink()
    os.mkfifo(live.folders.site / MARKER)
    assert f"or one with a file {MARKER}" in refused(live)


@pytest.mark.parametrize("name", [b"a\nb.png", b"\xff.png", b"sub/a\x1b.css", b"a\\b.png"])
def test_a_static_file_whose_name_cannot_be_kept_is_refused(
    live: Workspace, refused: Callable[..., str], name: bytes
) -> None:
    file = Path(os.fsdecode(os.fsencode(live.folders.root / "themes/corner/static") + b"/" + name))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"")
    assert refused(live) == (
        "corner: themes/corner/static/: a file's name cannot be kept (expected one line of UTF-8, no control sign, "
        f"no backslash, found {os.fsdecode(name)!r}). Rename it.\n"
    )


def test_a_note_of_a_day_that_is_of_another_year_elsewhere_stops_the_build(
    live: Workspace, refused: Callable[..., str]
) -> None:
    config = live.folders.root / "corner.toml"
    config.write_text(config.read_text("utf-8").replace("Europe/London", "Asia/Tokyo"), "utf-8")
    (live.folders.notes / "news.md").write_text("---\ntitle: x\ndate: 1000-01-01\nby: ada\n---\n\nx\n")
    assert "content/notes/news.md: the date is none (expected" in refused(live)


@pytest.mark.parametrize("name", ["essays", "archive", "notes", "assets", "modes", "tags", "record", "feeds"])
def test_a_page_cannot_take_a_name_that_is_the_sites_own(
    live: Workspace, refused: Callable[..., str], name: str
) -> None:
    (live.folders.pages / f"{name}.md").write_text("---\ntitle: Mine\n---\n\nMine.\n")
    said = f"corner: content/pages/{name}.md: the name '{name}' is the site's own. Give the page another name.\n"
    assert refused(live) == said


def test_two_entries_that_want_one_route_are_both_named(live: Workspace, refused: Callable[..., str]) -> None:
    other = publish_entry(live, "# Others\n\nText.", slug="tides")
    said = refused(live)
    assert (
        f"corner: essays/tides/index.html: 2 pages want this place (found {TIDES}; {other}). Rename one of them."
        in said
    )


# --- the theme --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "template", "said"),
    [
        ("home.html", "{% extends 'base.html' %}\n{% block main %}\n{{ nwest }}\n{% endblock %}", "home.html:3: "),
        ("home.html", "one\n{% if newest %}\n", "home.html:2: "),
        ("home.html", "{{ newest.titel }}", "home.html:1: "),
        ("home.html", "one\n{% include '_none.html' %}", "the theme has no template '_none.html'"),
        ("home.html", "one\ntwo {{ asset('none.css') }}", "home.html:2: "),
        ("home.html", "one\n{{ site.title | unknown }}", "home.html:2: "),
        ("_entry-list.html", "{% for entry in entries %}\n{{ entry.nothing }}\n{% endfor %}", "_entry-list.html:2: "),
        ("base.html", "{{ page.title }}", "the page lacks the disclaimer. Print {{ site.disclaimer }} on every page"),
        (
            "entry.html",
            "{{ page.title }}",
            "themes/corner/templates/entry.html: essays/tides/index.html: the page lacks the disclaimer",
        ),
        (
            "entry.html",
            "{{ site.disclaimer }} {{ entry.html | upper }}",
            "themes/corner/templates/entry.html: essays/tides/index.html: the page lacks its text. Print {{ entry.html }}, as it is.\n",
        ),
        ("missing.html", "<!doctype html>", "missing.html: 404.html: the page lacks the disclaimer"),
    ],
)
def test_a_template_that_fails_or_leaves_out_the_disclaimer_leaves_the_site_as_it_was(
    live: Workspace, refused: Callable[..., str], name: str, template: str, said: str
) -> None:
    own = live.folders.root / "themes/corner/templates"
    own.mkdir(parents=True)
    (own / name).write_text(template, encoding="utf-8")
    publish_entry(live, "# Another\n\nText.")
    assert said in refused(live)


def test_a_theme_that_is_not_there_is_said(live: Workspace, refused: Callable[..., str]) -> None:
    replace(live.folders.root / "corner.toml", "[site]", '[site]\ntheme = "mine"')
    said = "corner: themes/mine/: there is no theme 'mine'. See [site] theme in corner.toml.\n"
    assert refused(reopen(live.folders.root)) == said


# --- the folder that is built -----------------------------------------------------------------------------------------


def test_a_folder_that_is_not_ours_is_refused_and_untouched(
    live: Workspace, refused: Callable[..., str], tmp_path: Path
) -> None:
    theirs = tmp_path / "photographs"
    (theirs / "2026").mkdir(parents=True)
    (theirs / "2026/sea.jpg").write_bytes(b"sea")
    before = footprints(theirs)
    assert "this folder was not built by corner, so nothing in it is touched" in refused(live, "--out", theirs)
    assert footprints(theirs) == before


def test_another_newsletters_site_is_refused_and_untouched(
    live: Workspace, refused: Callable[..., str], tmp_path: Path
) -> None:
    toml = make_workspace(tmp_path / "other").folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("corner.example,2026", "other.example,2026"), encoding="utf-8")
    other = reopen(toml.parent)
    build(other)
    before = footprints(other.folders.site)
    assert (
        f"corner: {other.folders.site}: this is another newsletter's site, so nothing in it is touched (expected [site]"
        " tag 'corner.example,2026', found 'other.example,2026'). Choose another place; or empty this one, if it is only"
        " from before [site] tag was changed.\n"
    ) in refused(live, "--out", other.folders.site)
    assert footprints(other.folders.site) == before


def test_a_site_that_was_marked_before_markers_named_a_newsletter_is_ours_and_marked_anew(
    live: Workspace, tmp_path: Path
) -> None:
    build(live, out=tmp_path / "out")
    marked = (tmp_path / "out" / MARKER).read_bytes()
    told = json.loads(marked)
    assert told.pop("newsletter") == live.config.site.tag
    (tmp_path / "out" / MARKER).write_text(json.dumps(told), encoding="utf-8")
    build(live, out=tmp_path / "out")
    assert (tmp_path / "out" / MARKER).read_bytes() == marked


@pytest.mark.parametrize(
    "name", ["content/site", "drafts/new", "themes/new", "site/new", ".corner/site", "content/../themes/new"]
)
def test_no_site_is_built_into_the_newsletters_own_folders(
    live: Workspace, refused: Callable[..., str], name: str
) -> None:
    root = live.folders.root
    before = files(root)
    assert "the newsletter's own folder is no place to build a site" in refused(live, "--out", root / name)
    assert files(root) == before


def test_a_file_where_the_site_should_go_is_refused_and_untouched(
    live: Workspace, refused: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "site").write_bytes(b"mine")
    refused(live, "--out", tmp_path / "site")
    assert (tmp_path / "site").read_bytes() == b"mine"


@pytest.mark.parametrize("exists", [True, False])
def test_a_new_or_empty_folder_is_built_into(live: Workspace, tmp_path: Path, exists: bool) -> None:
    out = tmp_path / "deep" / "site"
    if exists:
        out.mkdir(parents=True)
    assert run(["-C", str(live.folders.root), "build", "--out", str(out)]) == 0
    assert files(out) == files(live.folders.site)


def test_a_file_that_is_put_into_a_built_site_is_reported_by_the_next_build_and_never_written_over(
    live: Workspace,
) -> None:
    root, site = live.folders.root, live.folders.site
    for _ in range(2):
        assert corner("-C", root, "build").stderr == ""
    (site / "later").mkdir()
    (site / "later/index.html").write_text("somebody's own")
    (site / "archive/own.txt").write_text("somebody's own")
    said = "corner: archive/own.txt: not ours, left alone\ncorner: later/index.html: not ours, left alone\n"
    assert [corner("-C", root, "build").stderr for _ in range(2)] == [said, said]
    (live.folders.pages / "later.md").write_text("---\ntitle: Later\n---\n\nText.\n")
    refused = corner("-C", root, "build")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("corner: later/index.html: somebody put this where a page of the site is to be.")
    assert (site / "later/index.html").read_text() == "somebody's own"


def test_a_file_put_into_the_site_by_hand_is_left_alone_and_reported(live: Workspace) -> None:
    mine = (live.folders.site / "CNAME", live.folders.site / "notes/welcome/mine.txt")
    for path in mine:
        path.write_text("mine")
    (live.folders.notes / "welcome.md").unlink()
    done = corner("-C", live.folders.root, "build")
    assert done.returncode == 0
    assert done.stderr == "corner: CNAME: not ours, left alone\ncorner: notes/welcome/mine.txt: not ours, left alone\n"
    assert [path.read_text() for path in mine] == ["mine", "mine"]
    assert [path.name for path in mine[1].parent.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "path", [".corner-mine.txt", "sub/.corner-mine", "sub/.corner-.corner-site", ".corner-new/mine", ".corner-new/a/b"]
)
def test_whatever_its_name_a_file_of_somebody_else_is_left_alone_and_reported(live: Workspace, path: str) -> None:
    mine = live.folders.site / path
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    (live.folders.notes / "welcome.md").unlink()
    assert build(live).strangers == (path,)
    assert build(live, full=True).strangers == (path,)
    assert mine.read_text() == "mine"


def test_a_link_of_somebody_else_that_leads_nowhere_stops_no_build(live: Workspace) -> None:
    (live.folders.site / ".#index.html").symlink_to("nobody@nowhere")
    for _ in range(2):
        assert build(live, full=True).strangers == (".#index.html",)
    assert (live.folders.site / ".#index.html").is_symlink()


@pytest.mark.parametrize("folder", ["content/notes", "themes/corner/static"])
def test_a_link_among_the_sources_that_leads_nowhere_stops_no_build_and_counts_once_it_leads_somewhere(
    live: Workspace, tmp_path: Path, folder: str
) -> None:
    (live.folders.root / folder).mkdir(parents=True, exist_ok=True)
    (live.folders.root / folder / "lost.txt").symlink_to(tmp_path / "lost.txt")
    seal = Seal(live.folders.root, live.folders.site)
    for _ in range(2):
        assert build(live).reasons == ()
    (tmp_path / "lost.txt").write_text("found again")
    assert seal.answer("") is None
    assert build(live).written == (("assets/lost.txt",) if "static" in folder else ())


@pytest.mark.parametrize("leads_to", ["lost.css", "../theme.toml/lost.css"])
@pytest.mark.parametrize("folder", ["content/notes", "themes/corner/static"])
def test_a_link_among_the_sources_to_itself_or_through_a_file_leads_nowhere(
    live: Workspace, folder: str, leads_to: str
) -> None:
    (live.folders.root / folder).mkdir(parents=True, exist_ok=True)
    (live.folders.root / folder / "../theme.toml").touch()
    (live.folders.root / folder / "lost.css").symlink_to(leads_to)
    assert build(live).reasons == ()


def test_an_empty_folder_that_somebody_made_for_a_site_stays_the_one_it_is(live: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out"  # it may be a disk of its own, or another user's
    out.mkdir()
    out.chmod(0o2775)
    before = out.stat()
    build(live, out=out)
    assert (out.stat().st_ino, out.stat().st_mode) == (before.st_ino, before.st_mode)


def test_what_a_killed_build_left_goes(live: Workspace) -> None:
    before = files(live.folders.site)
    for path in (".corner-new/0-0-0.corner-ready", ".corner-.corner-site"):
        (live.folders.site / path).parent.mkdir(exist_ok=True)
        (live.folders.site / path).write_text("hal")
    assert build(live).strangers == ()
    assert files(live.folders.site) == before
    assert not (live.folders.site / ".corner-new").exists()


@pytest.mark.parametrize("link_to", [os.symlink, os.link])
def test_nothing_is_written_through_a_link_that_has_the_name_of_a_half_written_file(
    live: Workspace, tmp_path: Path, link_to: Callable[[Path, Path], None]
) -> None:
    (theirs := tmp_path / "theirs").write_text("mine")
    builds = live.folders.cache / "builds"
    halves = [path.with_suffix(suffix) for path in builds.glob("*.memory") for suffix in (".new", ".sealing", ".now")]
    for half in (live.folders.site / ".corner-.corner-site", *halves):
        half.unlink(missing_ok=True)
        link_to(theirs, half)
    publish_entry(live, "# Ebb\n\nText.")
    assert build(live).strangers == ()
    assert theirs.read_text() == "mine"
    assert files(live.folders.site) == clean(live)


def test_nothing_is_laid_ready_through_a_link_that_was_put_there_meanwhile(live: Workspace, tmp_path: Path) -> None:
    (theirs := tmp_path / "theirs").write_text("mine")
    output = Output(live.folders.site, "site", live.config.site.tag)
    output.prepare()
    (live.folders.site / ".corner-new/one.corner-ready").symlink_to(theirs)
    with pytest.raises(FileExistsError):
        output.lay_ready("index.html", b"new", "one")
    assert theirs.read_text() == "mine"


@pytest.mark.parametrize("name", [".corner-mine", ".corner-new/mine"])
def test_a_folder_of_somebody_elses_with_names_like_ours_is_refused_and_untouched(
    live: Workspace, refused: Callable[..., str], tmp_path: Path, name: str
) -> None:
    theirs = tmp_path / "theirs"
    (theirs / name).parent.mkdir(parents=True)
    (theirs / name).write_text("mine")
    assert "this folder was not built by corner" in refused(live, "--out", theirs)
    assert files(theirs) == {name: b"mine"}


@pytest.mark.parametrize("link", ["about", "notes", "assets", ".corner-new"])
def test_a_folder_that_became_a_link_is_said_and_nothing_is_written_where_it_leads(
    live: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], link: str
) -> None:
    elsewhere, site = tmp_path / "elsewhere", live.folders.site
    shutil.copytree(site / link, elsewhere) if (site / link).exists() else elsewhere.mkdir()
    for path in [*elsewhere.rglob("*.*"), elsewhere / "0-0-0.corner-ready"]:
        path.write_text("mine")
    shutil.rmtree(site / link, ignore_errors=True)
    (site / link).symlink_to(elsewhere)
    theirs, before = files(elsewhere), footprints(site)
    assert run(["-C", str(live.folders.root), "build", "--full"]) == 1
    assert capsys.readouterr().err.startswith(f"corner: site/{link}: this folder of the site is a link")
    assert files(elsewhere) == theirs
    assert footprints(site) == before
    (site / link).unlink()
    build(live)
    assert files(site) == clean(live)


def mark(site: Path, *listed: object) -> None:
    """Let the marker claim further files as built by us."""
    marker = json.loads((site / MARKER).read_bytes())
    (site / MARKER).write_text(json.dumps(marker | {"files": [*marker["files"], *listed]}))


@pytest.mark.parametrize("path", ["../mine.txt", "essays/../../mine.txt", "{root}/mine.txt", "essays/link/mine.txt"])
def test_a_marker_that_lists_something_outside_removes_nothing_there(live: Workspace, path: str) -> None:
    site, mine = live.folders.site, live.folders.root / "mine.txt"
    mine.write_text("mine")
    (site / "essays/link").symlink_to(live.folders.root)
    (site / "old.html").write_text("old")
    mark(site, path.format(root=live.folders.root), "old.html")
    build(live)
    assert mine.read_text() == "mine"
    assert (site / "essays/link").is_symlink()
    assert not (site / "old.html").exists(), "what is ours, and no longer part of the site, goes"


@pytest.mark.parametrize("listed", ["essays", "", ".", "essays/tides/index.html/x", 7, None, "a\0b"])
def test_a_marker_that_lists_what_is_no_file_of_ours_stops_no_build(live: Workspace, listed: object) -> None:
    before = files(live.folders.site)
    mark(live.folders.site, listed)
    build(live)
    assert files(live.folders.site) == before


# --- a disk that refuses ----------------------------------------------------------------------------------------------


def test_a_folder_where_a_file_should_go_is_said_and_when_it_is_gone_the_next_build_heals(
    live: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = live.folders.site / "feed.xml"
    feed.unlink()
    feed.mkdir()
    (feed / "mine.txt").write_text("mine")
    publish_entry(live, "# Ebb\n\nText.")
    assert run(["-C", str(live.folders.root), "build"]) == 1
    said = capsys.readouterr().err
    assert said == (
        "corner: site/feed.xml: the site could not be written: is a directory. "
        "Move away what stands in its place. Build again: it takes up where this one stopped.\n"
    )
    assert (feed / "mine.txt").read_text() == "mine"
    shutil.rmtree(feed)
    build(live)
    assert files(live.folders.site) == clean(live)


def test_a_marker_that_cannot_be_read_is_not_taken_for_one_that_lists_nothing(
    live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker, read = live.folders.site / MARKER, output.read_file
    before = marker.read_bytes()
    (live.folders.cache / "builds").rename(live.folders.cache / "gone")

    def refuse(path: Path) -> bytes:
        if path == marker:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return read(path)

    monkeypatch.setattr(output, "read_file", refuse)
    with pytest.raises(BuildError, match="input/output error"):
        build(live)
    assert marker.read_bytes() == before


def test_a_file_where_a_folder_should_go_is_said(live: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(live.folders.site / "essays")
    (live.folders.site / "essays").write_text("mine")
    assert run(["-C", str(live.folders.root), "build"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("corner: site/essays/tides")
    assert "the site could not be written: not a directory. Move away what stands in its place." in said
    assert (live.folders.site / "essays").read_text() == "mine"


def test_a_disk_that_takes_no_more_leaves_each_file_whole_and_the_next_build_heals(live: Workspace) -> None:
    before = files(live.folders.site)
    publish_entry(live, "# Ebb\n\n" + "It goes.\n\n" * 500, title="")
    limit = 12_000  # bytes a file may have: enough for most, not for the new entry's page
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        done = corner("-C", live.folders.root, "build")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "corner: site/essays/ebb/index.html: the site could not be written: file too large. "
        "Build again: it takes up where this one stopped.\n"
    )
    assert files(live.folders.site) == before
    after = clean(live)
    build(live)
    assert files(live.folders.site) == after


def test_a_full_disk_leaves_the_old_site_or_the_new_one_and_nothing_between(live: Workspace) -> None:
    """Wherever it becomes full; it stays so, but for what makes room."""
    publish_entry(live, "# Ebb\n\nText.")
    (live.folders.notes / "welcome.md").unlink()
    before, after = files(live.folders.site), clean(live)
    at, seen = 1, set()
    while (ended := crash_law.run(live.folders.root, "build", at, "ENOSPC")).code:
        found = files(live.folders.site)
        seen.add(next(site is before for site in (before, after) if differing(found, site) <= {MARKER}))
        assert "no space left on device. Make room on the disk. " in ended.said
        assert re.fullmatch(r"corner: [^/].*[Bb]uild again.*\n", ended.said)
        at += 4
    assert seen == {True, False}
    assert files(live.folders.site) == after


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> set[str]:
    return {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)}


@pytest.mark.parametrize(
    ("folder", "mode", "said"),
    [
        ("site", 0o555, "site: the site could not be written"),
        ("site/essays", 0o555, "site/essays/ebb: the site could not be written"),
        (".corner/cache/builds", 0o555, ".corner/cache/builds/NAME.now: the site could not be built"),
        ("content/essays", 0, "content/essays: the site could not be built"),
        ("content/pages", 0o444, "content/pages/NAME.md: the site could not be built"),
        ("content/ledger.jsonl", 0, "content/ledger.jsonl: the site could not be built"),
    ],
)
def test_a_folder_that_may_not_be_written_or_read_is_named_and_the_site_is_as_it_was(
    live: Workspace, folder: str, mode: int, said: str
) -> None:
    publish_entry(live, "# Ebb\n\nText.")
    before, path = footprints(live.folders.site), live.folders.root / folder
    done = sites.corner_without_permission(path, mode, "-C", live.folders.root, "build")
    what = f"corner: {said}: permission denied. Look at its permissions. "
    found = re.sub(r"[0-9a-f]{16}|(?<=pages/)[a-z-]+", "NAME", done.stderr)  # of two pages, the system names one
    assert (done.returncode, found[: len(what)]) == (1, what)
    assert footprints(live.folders.site) == before


def test_a_site_elsewhere_that_may_not_be_written_is_named_by_its_whole_path(live: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(live, out=out)
    publish_entry(live, "# Ebb\n\nText.")
    done = sites.corner_without_permission(out / "essays", 0o555, "-C", live.folders.root, "build", "--out", out)
    assert done.stderr.startswith(f"corner: {out}/essays/ebb: the site could not be written: permission denied.")


@pytest.mark.parametrize(
    ("path", "time", "said"),
    [
        ("content/essays/{id}.md", 1, "content/essays/{id}.md: cannot be read: no such file or directory. The next"),
        (
            "content/essays/{id}.md",
            2,
            "content/essays/{id}.md: essays/ebb/index.html: lost while the site was built: no such file",
        ),
        (
            "content/essays/{id}.json",
            2,
            "content/essays/{id}.json: essays/ebb/making/index.html: lost while the site was built",
        ),
        ("content/notes/welcome.md", 1, "content/notes/welcome.md: cannot be read: no such file or directory"),
        ("content/pages/about.md", 1, "content/pages/about.md: cannot be read: no such file or directory"),
        ("content/ledger.jsonl", 1, "content/ledger.jsonl: the site could not be built: no such file or directory"),
        (
            "themes/corner/templates/entry.html",
            1,
            "themes/corner/templates/entry.html: the site could not be built: no such",
        ),
        (
            "themes/corner/static/style.css",
            1,
            "themes/corner/static/style.css: the site could not be built: no such file",
        ),
    ],
)
def test_a_file_that_vanishes_while_it_is_read_is_named_and_the_site_is_as_it_was(
    live: Workspace, path: str, time: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(
        Path(__file__).parents[1] / "themes/corner", live.folders.root / "themes/corner", dirs_exist_ok=True
    )
    ebb = publish_entry(live, "# Ebb\n\nText.")
    file, before, left = live.folders.root / path.format(id=ebb), footprints(live.folders.site), time

    def vanish(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        if event == "open" and str(args[0]) == str(file):
            left -= 1
            if not left:
                file.unlink()

    capfd.readouterr()
    if (child := os.fork()) == 0:
        sys.addaudithook(vanish)
        code = run(["-C", str(live.folders.root), "build", "--jobs", "1"])
        sys.stderr.flush()
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert capfd.readouterr().err.startswith(f"corner: {said.format(id=ebb)}")
    assert not file.exists()
    assert footprints(live.folders.site) == before


def clean(workspace: Workspace) -> dict[str, bytes]:
    """Build a copy that has neither cache nor site, and read it."""
    root = workspace.folders.root.with_name("clean")
    shutil.copytree(workspace.folders.root, root, ignore=shutil.ignore_patterns(".corner", "site"))
    build(reopen(root))
    return files(root / "site")


def test_a_build_reads_content_and_writes_only_site_and_cache(live: Workspace) -> None:
    publish_entry(live, "# Ebb\n\nText.")
    before = footprints(live.folders.root)
    build(live)
    changed = {path for path, print_ in footprints(live.folders.root).items() if before.get(path) != print_}
    assert {Path(path).parts[0] for path in changed} == {"site", ".corner"}


def test_a_build_sees_the_record_before_or_after_a_decision_and_never_between(live: Workspace) -> None:
    """Between a record and the move of its files, content/ is not what the record says."""
    is_over, problems = threading.Event(), []

    def read_again_and_again() -> None:
        while not is_over.is_set():
            try:
                read_content(live)
            except CornerError as error:
                problems.append(str(error))

    reader = threading.Thread(target=read_again_and_again)
    reader.start()
    try:
        for number in range(12):
            publish_entry(live, f"# Essay {number}\n\nText.")
    finally:
        is_over.set()
        reader.join(sites.COMMAND_SECONDS)
    assert problems == []


def test_the_program_of_a_checkout_builds_the_newsletter_beside_it(tmp_path: Path) -> None:
    """`python build.py` is `corner build`."""
    root = make_workspace(tmp_path / "newsletter").folders.root
    shutil.copy(Path(__file__).parents[1] / "build.py", root)
    done = subprocess.run(
        [sys.executable, root / "build.py"], env=sites.environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / "site/index.html").is_file()
