"""A process that builds again and again, as `corner serve` does, looks only at what it is told of: the same site comes of
it, whatever happens meanwhile."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import change, publish_entry, reopen, write_draft
from claudes_corner.errors import BuildError
from claudes_corner.site.builder import Built, build
from claudes_corner.site.held import Held, NotNowError
from claudes_corner.site.seal import CACHE
from claudes_corner.workspace import Workspace
from edits import EDITS, assert_as_if_built_anew, assert_clean, publish
from sites import files, footprints

UNSEEN = {"damage a built file", "delete a built file", "delete the site", "delete the cache", "damage the memory"}
UNSEEN |= {"put parts behind a link"}  # what a link leads to is watched by nobody
Look = dict[str, tuple[int, int, int]]


class Holding:
    """What `corner serve` does: builds, is told what has changed, and builds again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._memories = Held(root / CACHE, root / "site")
        self._seen: Look = {}
        self.placed: list[str] = []
        self.settle()

    def _look(self) -> Look:
        """Look at what is watched: folders by their existence alone, as the watcher tells of them."""
        watched = (self.root / "content", self.root / "themes")
        found = [self.root / "corner.toml", *(path for folder in watched for path in folder.rglob("[!.]*"))]
        return {
            str(path): (0, 0, 0) if path.is_dir() else (s.st_size, s.st_mtime_ns, s.st_ino)
            for path in found
            for s in [path.stat()]
        }

    def changed(self) -> Collection[str] | None:
        """Tell what has changed since this was last asked; None if folders have."""
        before, self._seen = self._seen, self._look()
        differ = {path for path in {*before, *self._seen} if before.get(path) != self._seen.get(path)}
        folders = {path for path in differ if (0, 0, 0) in (before.get(path), self._seen.get(path))}
        return None if folders else differ

    def build(self, **wish: object) -> Built:
        """Build what has changed, while somebody looks at the home page."""
        self.placed = []
        told = {"open_files": lambda: {"index.html"}, "placed": self.placed.extend, "changed": self.changed()}
        return build(reopen(self.root), memories=self._memories, **{**told, **wish})

    def settle(self) -> Built:
        """Look at everything, as is done when nothing changes."""
        self.changed()
        return build(reopen(self.root), memories=self._memories)


def memory_of(root: Path) -> tuple[int, ...]:
    """Tell which memory is on disk."""
    (path,) = (root / CACHE).glob("*.memory")
    return path.stat().st_ino, path.stat().st_mtime_ns


# --- the same site ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EDITS)
def test_what_is_built_of_an_edit_alone_is_a_clean_build(copy: Workspace, tmp_path: Path, name: str) -> None:
    root = copy.folders.root
    EDITS["change a template"](copy, 1)  # so that pages show more than the standard theme's do
    holding = Holding(root)
    for number in (1, 2):
        EDITS[name](reopen(root), number)
        holding.build()
        if name in UNSEEN:  # no watcher tells of these
            holding.settle()
        assert_clean(root, tmp_path)
    holding.settle()
    assert_as_if_built_anew(root, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("is_killed", [False, True])
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(
        st.tuples(
            st.sampled_from(sorted(EDITS)), st.integers(0, 8), st.sampled_from(["build", "build", "settle", "wait"])
        ),
        min_size=2,
        max_size=8,
    )
)
def test_any_sequence_of_edits_built_one_by_one_ends_as_a_clean_build(
    beginning: Path, edits: list[tuple[str, int, str]], is_killed: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "newsletter"
        shutil.copytree(beginning, root)
        holding, is_seen = Holding(root), True
        for name, number, then in edits:
            EDITS[name](reopen(root), number)
            is_seen = is_seen and name not in UNSEEN
            if then == "build":
                holding.build()
            elif then == "settle":
                holding.settle()
        holding.build()
        if is_seen:
            assert_clean(root, Path(folder))
        if not is_killed:
            holding.settle()
            assert_clean(root, Path(folder))
        assert_as_if_built_anew(root, Path(folder))


def test_another_process_may_build_meanwhile(copy: Workspace, tmp_path: Path) -> None:
    root = copy.folders.root
    holding = Holding(root)
    for number in (5, 6):
        publish(reopen(root), number)
        build(reopen(root))
        publish(reopen(root), number + 10)
        holding.build()
        assert_clean(root, tmp_path)


# --- what it looks at -------------------------------------------------------------------------------------------------


def test_it_looks_at_nothing_that_it_is_not_told_of_and_keeps_nothing_on_disk_until_there_is_time(
    copy: Workspace, tmp_path: Path
) -> None:
    holding, root = Holding(copy.folders.root), copy.folders.root
    before = memory_of(root)
    (root / "site/about/index.html").write_text("changed by somebody else")
    EDITS["write a note"](copy, 1)
    assert "notes/note-1/index.html" in holding.build().written
    assert (root / "site/about/index.html").read_text() == "changed by somebody else"
    assert memory_of(root) == before
    assert not list((root / CACHE).glob("*.seal")), "what was sealed is no longer so"
    assert holding.settle().written == ("about/index.html",)
    assert memory_of(root) != before
    assert_as_if_built_anew(root, tmp_path)


def test_what_somebody_looks_at_is_placed_before_lists_and_feeds(copy: Workspace) -> None:
    holding = Holding(copy.folders.root)
    publish_entry(copy, "# The newest\n\nText.", tags=("a-new-tag",))
    written = holding.build().written
    later = {"archive/index.html", "feed.xml", "sitemap.xml", "record/index.html", "ledger.jsonl"}
    assert {"index.html", "essays/the-newest/index.html", "tags/a-new-tag/index.html"} <= set(holding.placed)
    assert later <= set(written)
    assert later.isdisjoint(holding.placed)


def test_every_file_is_listed_as_ours_and_in_its_place_when_it_is_told_of(copy: Workspace) -> None:
    root, told = copy.folders.root, []
    holding = Holding(root)
    publish_entry(copy, "# The newest\n\nText.")

    def look(paths: Collection[str]) -> None:
        listed = (root / "site/.corner-site").read_text()
        told.extend((path, (root / "site" / path).is_file(), f'"{path}"' in listed) for path in paths)

    holding.build(placed=look)
    assert told
    assert {(is_there, is_listed) for _, is_there, is_listed in told} == {(True, True)}


def test_a_look_at_everything_is_given_up_when_something_changes_and_nothing_is_lost(
    copy: Workspace, tmp_path: Path
) -> None:
    root = copy.folders.root
    holding = Holding(root)
    EDITS["write a note"](copy, 1)
    holding.build()
    before = footprints(root)
    with pytest.raises(NotNowError):
        holding.build(changed=None, is_idle=lambda: False)
    assert {path for path, found in footprints(root).items() if before.get(path) != found} <= {
        path for path in before if path.endswith(".now")
    }
    EDITS["tag an entry"](copy, 2)
    assert len(holding.build().written) < 20
    assert_clean(root, tmp_path)


def test_a_text_that_was_changed_is_refused_and_built_again_once_it_is_put_right(
    copy: Workspace, tmp_path: Path
) -> None:
    root = copy.folders.root
    holding, path = Holding(root), min(copy.folders.essays.glob("*.md"))
    text, before = path.read_bytes(), files(root / "site")
    path.write_bytes(text.replace(b"Text", b"Txet"))
    with pytest.raises(BuildError, match="the text was changed after it was recorded"):
        holding.build()
    (copy.folders.essays / "stray.md").write_text("nobody approved this")
    path.write_bytes(text)
    with pytest.raises(BuildError, match="nobody approved this"):
        holding.build()
    (copy.folders.essays / "stray.md").unlink()
    holding.build()
    assert files(root / "site") == before
    (copy.folders.essays / "stray.txt").write_text("nor this")
    with pytest.raises(BuildError, match="nobody approved this"):
        holding.build()


def test_a_change_of_the_record_alone_is_followed(copy: Workspace, tmp_path: Path) -> None:
    root = copy.folders.root
    holding = Holding(root)
    write_draft(copy, "Another.", edition="2026-11-11")
    assert {"record/index.html", "essays/essay-1/making/index.html"} <= set(holding.build().written)
    assert_clean(root, tmp_path)
    change(copy, next(iter(copy.ledger().standings)), slug="elsewhere")
    assert "essays/elsewhere/index.html" in holding.build().written
    assert_clean(root, tmp_path)


@pytest.mark.parametrize("name", ["change the address", "change a mode's label"])
def test_settings_count_as_they_are_read_though_their_change_is_told_later(
    copy: Workspace, tmp_path: Path, name: str
) -> None:
    root = copy.folders.root
    holding = Holding(root)
    EDITS[name](copy, 2)
    EDITS["write a note"](copy, 1)
    for path in (copy.folders.notes / "note-1.md", root / "corner.toml"):
        holding.build(changed=[str(path)])
        assert_clean(root, tmp_path)


def test_a_file_that_is_one_no_more_or_a_folder_is_no_reason_to_fail(copy: Workspace, tmp_path: Path) -> None:
    root = copy.folders.root
    holding = Holding(root)
    holding.build(changed=[str(copy.folders.notes / "never-there.md")])
    (copy.folders.notes / "folder.md").mkdir()
    with pytest.raises(BuildError, match="cannot be read: is a directory"):
        holding.build(changed=[str(copy.folders.notes / "folder.md")])
    (copy.folders.notes / "folder.md").rmdir()
    holding.build()
    assert_clean(root, tmp_path)
