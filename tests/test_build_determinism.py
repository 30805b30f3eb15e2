"""The same content gives the same bytes, whatever the machine and whatever was built before; and a build pays only for
what changed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import builders
import commands
import sites
from builders import publish_entry, reopen, write_draft
from claudes_corner.site import plan
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from edits import (
    EDITS,
    assert_as_if_built_anew,
    built_files,
    change_partial,
    damage_marker,
    own_theme,
    replace,
)
from sites import corner, environment, files, footprints

# --- another machine --------------------------------------------------------------------------------------------------


def test_another_clock_zone_locale_hash_seed_and_path_give_the_same_bytes(tmp_path: Path) -> None:
    here = sites.make_newsletter(tmp_path / "here").folders
    there = tmp_path / "a quite different place" / "ñ" / "there"
    shutil.copytree(here.root, there)
    surroundings = (
        (here.root, "2026-11-26T09:00:00Z", environment(TZ="UTC", LC_ALL="C", PYTHONHASHSEED="1")),
        (there, "2031-02-03T04:05:06Z", environment(TZ="Asia/Kolkata", LC_ALL="tr_TR.UTF-8", PYTHONHASHSEED="2")),
    )
    for root, now, env in surroundings:
        done = corner("-C", root, "--now", now, "build", env=env)
        assert (done.returncode, done.stderr) == (0, "")
    assert files(there / "site") == files(here.site)


def test_the_order_in_which_a_folder_lists_its_files_does_not_matter(workspace: Workspace, tmp_path: Path) -> None:
    for folder, slugs in (("here", ("a", "b", "c")), ("there", ("c", "b", "a"))):
        root = builders.make_workspace(tmp_path / folder).folders.root
        for slug in slugs:
            (root / f"content/notes/{slug}.md").write_text(
                f"---\ntitle: {slug}\ndate: 2026-11-20\nby: ada\n---\n\n{slug}\n"
            )
        build(reopen(root))
    assert files(tmp_path / "here/site") == files(tmp_path / "there/site")


# --- whatever was built before ----------------------------------------------------------------------------------------


def test_pages_that_are_promised_once_more_are_the_same(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many that wait to be rendered, the plan holds on to how they are promised only."""
    for title in ("Tides", "Dunes"):
        publish_entry(workspace, f"# {title}\n\nText.", tags=("sea",))
    build(workspace, out=tmp_path / "held")
    monkeypatch.setattr(plan, "_HELD", 0)
    build(reopen(workspace.folders.root), out=tmp_path / "promised")
    assert files(tmp_path / "promised") == files(tmp_path / "held")


@pytest.mark.parametrize("name", EDITS)
def test_a_build_after_an_edit_is_a_clean_build(copy: Workspace, tmp_path: Path, name: str) -> None:
    root = copy.folders.root
    EDITS["change a template"](copy, 1)  # so that pages show more than the standard theme's do
    build(copy)
    for number in (1, 2):
        EDITS[name](reopen(root), number)
        assert_as_if_built_anew(root, tmp_path)


@pytest.mark.long
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 8)), min_size=2, max_size=6))
def test_any_sequence_of_edits_built_step_by_step_ends_as_a_clean_build(
    beginning: Path, edits: list[tuple[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "newsletter"
        shutil.copytree(beginning, root)
        build(reopen(root))
        for name, number in edits[:-1]:
            EDITS[name](reopen(root), number)
            build(reopen(root))
        EDITS[edits[-1][0]](reopen(root), edits[-1][1])
        assert_as_if_built_anew(root, Path(folder))


def test_a_record_with_another_history_of_the_same_length_is_noticed(copy: Workspace, tmp_path: Path) -> None:
    """As when a copy is put back: same texts, same approvals, but somebody else published."""
    root = copy.folders.root
    draft_id = write_draft(copy, "# Tides\n\nText.")
    builders.approve(copy, draft_id)
    shutil.copytree(root, tmp_path / "other")
    builders.publish(copy, draft_id, "ada")
    build(copy)
    builders.publish(reopen(tmp_path / "other"), draft_id, "ben")
    shutil.copy(tmp_path / "other/content/ledger.jsonl", copy.folders.ledger)
    assert_as_if_built_anew(root, tmp_path)
    assert "published by Ben Okri" in sites.Html((root / "site/essays/tides/making/index.html").read_bytes()).text


def test_a_marker_that_is_damaged_loses_its_list_and_nothing_else(copy: Workspace, tmp_path: Path) -> None:
    root = copy.folders.root
    build(copy)
    for number in range(5):
        damage_marker(copy, number)
        assert_as_if_built_anew(root, tmp_path)


def test_sums_list_nothing_that_is_no_longer_of_the_site_though_it_stays_there(copy: Workspace) -> None:
    build(copy)
    (copy.folders.notes / "welcome.md").unlink()
    damage_marker(copy, 0)
    assert build(copy).strangers == ("notes/welcome/index.html",)
    assert "notes/welcome/index.html" not in (copy.folders.site / "SHA256SUMS").read_text()


# --- only what changed ------------------------------------------------------------------------------------------------


@pytest.fixture
def built(copy: Workspace) -> Workspace:
    build(copy)
    return copy


def stale(workspace: Workspace) -> dict[str, str]:
    return dict(build(reopen(workspace.folders.root), dry_run=True).reasons)


def test_a_changed_note_touches_its_page_its_feed_and_what_lists_it(built: Workspace) -> None:
    replace(built.folders.notes / "welcome.md", "See", "Do see")
    assert set(stale(built)) == {
        "notes/index.html",
        "notes/welcome/index.html",
        "notes/feed.xml",
        "index.html",
        "search/2026.json",
    }


def test_a_changed_page_touches_itself_and_its_title_all_pages(built: Workspace) -> None:
    replace(built.folders.pages / "about.md", "A newsletter.", "A small newsletter.")
    assert stale(built) == {"about/index.html": "text: pages/about changed"}
    replace(built.folders.pages / "about.md", "title: About", "title: About us")
    pages = {path for path in files(built.folders.site) if path.endswith(".html")}
    assert pages <= set(stale(built))


def test_a_further_draft_touches_the_pages_of_its_edition_and_what_shows_the_record(built: Workspace) -> None:
    write_draft(built, "Another.", edition="2026-11-11")
    touched = set(stale(built))
    record = {"ledger.jsonl", "record/index.html", "record/2026/index.html"}
    assert touched == {*record, "essays/essay-1/index.html", "essays/essay-1/making/index.html"}


def test_a_changed_part_of_a_template_touches_what_includes_it(copy: Workspace) -> None:
    EDITS["change a template"](copy, 1)
    build(copy)
    change_partial(copy, 2)
    assert stale(copy) == {"index.html": "template: home.html changed"}


def test_a_template_that_chooses_its_parts_while_it_renders_is_made_of_them_all(copy: Workspace) -> None:
    chooses = '{% extends "base.html" %}{% block main %}{% include ["parts/" ~ "line.html"] %}{% endblock %}'
    change_partial(copy, 1)
    (own_theme(copy, "templates") / "missing.html").write_text(chooses, encoding="utf-8")
    build(copy)
    change_partial(copy, 2)
    assert stale(copy) == {"404.html": "template: missing.html changed"}


def test_a_changed_label_touches_only_what_shows_its_mode(built: Workspace) -> None:
    EDITS["change a mode's label"](built, 1)
    touched = set(stale(built))
    assert "essays/essay-0/index.html" in touched
    assert touched.isdisjoint({"essays/essay-1/index.html", "about/index.html", "404.html", "notes/welcome/index.html"})


def test_what_no_page_shows_touches_none(built: Workspace) -> None:
    toml = built.folders.root / "corner.toml"
    replace(toml, 'key_env = "CORNER_SMALL_KEY"', 'key_env = "CORNER_OTHER_KEY"')
    assert stale(built) == {}


@pytest.mark.parametrize(
    ("name", "path", "why"),
    [
        ("publish an entry", "essays/essay-3/index.html", "it was never built"),
        ("publish an entry", "archive/index.html", "selection: published entries changed"),
        ("tag an entry", "feed.xml", "selection: entries of /feed.xml changed"),
        ("change a mode's label", "essays/essay-0/index.html", "config: names changed"),
        ("change the title", "404.html", "config: what pages show changed"),
        ("change a template", "index.html", "template: home.html changed"),
        ("change the style", "archive/2025/index.html", "asset: names changed"),
        ("write a page", "index.html", "selection: what every page leads to changed"),
        ("delete a built file", "about/index.html", "its file is missing"),
        ("damage a built file", "about/index.html", "its file was changed by someone else"),
        ("delete the cache", "index.html", "nothing is known about how it was built"),
    ],
)
def test_a_dry_run_writes_nothing_and_names_what_changed(built: Workspace, name: str, path: str, why: str) -> None:
    about = [p.relative_to(built.folders.site).as_posix() for p in built_files(built)].index("about/index.html")
    EDITS[name](built, about if name.endswith("built file") else 1)
    before = footprints(built.folders.root)
    done = commands.corner("-C", built.folders.root, "build", "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert f"{path}: {why}" in done.out
    assert footprints(built.folders.root) == before


def test_a_dry_run_says_what_would_go(built: Workspace) -> None:
    (built.folders.notes / "welcome.md").unlink()
    done = commands.corner("-C", built.folders.root, "build", "--dry-run")
    assert "notes/welcome/index.html: no longer part of the site\n" in done.out
    assert done.out.endswith("5 stale, 53 fresh, 1 to remove\n")
    assert (built.folders.site / "notes/welcome/index.html").is_file()


def test_a_dry_run_of_what_was_never_built_makes_no_folder(copy: Workspace) -> None:
    before = _all_paths(copy.folders.root)
    build(copy, dry_run=True)
    assert _all_paths(copy.folders.root) == before


def _all_paths(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def test_a_full_build_renders_everything_and_writes_only_what_differs(built: Workspace) -> None:
    before = footprints(built.folders.site)
    done = build(built, full=True)
    assert done.written == ()
    assert {why for _, why in done.reasons} == {"nothing is known about how it was built"}
    assert footprints(built.folders.site) == before


def test_a_second_site_of_the_same_newsletter_does_not_confuse_the_first(built: Workspace, tmp_path: Path) -> None:
    before = footprints(built.folders.site)
    build(built, out=tmp_path / "preview", base_url="http://localhost/x/")
    assert build(built).reasons == ()
    assert footprints(built.folders.site) == before


def test_files_appear_in_an_order_in_which_no_link_leads_nowhere(copy: Workspace) -> None:
    """Assets first, then pages, then lists, feeds last; told by the times at which they were written."""
    written = list(build(copy).written)
    kinds = [_kind(path) for path in written]
    assert kinds == sorted(kinds)


def _kind(path: str) -> int:
    if path.startswith("assets/"):
        return 0
    if path.endswith(("feed.xml", "atom.xml", "feed.json", "sitemap.xml", "robots.txt", "ledger.jsonl")):
        return 3
    if path.startswith("record/rules/"):
        return 1
    return (
        2
        if path in {"index.html", "notes/index.html"}
        or path.startswith(("archive/", "modes/", "tags/", "record/", "search/2"))
        else 1
    )


# --- at the same time -------------------------------------------------------------------------------------------------


def test_builds_at_the_same_time_do_not_disturb_each_other(copy: Workspace) -> None:
    """As when `corner publish` builds while `corner serve` rebuilds."""
    root = copy.folders.root
    running = [sites.start("-C", root, "build", "--full") for _ in range(4)]
    assert [sites.end(process) for process in running] == [(0, "")] * 4
    found = files(root / "site")
    shutil.rmtree(root / "site")
    build(reopen(root))
    assert found == files(root / "site")
