"""An archive holds a whole newsletter, and of somebody else's archive nothing is believed."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

import tamperings
from builders import make_workspace, publish_entry, reopen, tree, write_draft
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from commands import corner, ended, process
from sites import UNPUBLISHED, files, make_newsletter

LEFT_OUT = """\
what a public archive leaves out is missing here; a backup (corner export --private) would have it:
  drafts/: earlier drafts, full transcripts, private letters, reasons of vetoes. What is new is kept
  [deploy.…] in corner.toml: add one before corner deploy
  email of ada, ben, eva in corner.toml: add it, or decide with --by
  the key that signs checkpoints: corner key FILE
  news.xml, which modes read: lay it there again
  updates, which modes read: lay it there again
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsletter that has gone out, with a draft that waits, a veto, and one that was withdrawn."""
    return tamperings.make_world(tmp_path_factory.mktemp("archive")).root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "letter"))


@pytest.mark.parametrize("private", [False, True])
def test_a_newsletter_made_of_its_archive_gives_the_same_site(root: Path, tmp_path: Path, private: bool) -> None:
    archive = tmp_path / "a.tar"
    options = ["--private"] if private else []
    assert corner("-C", root, "export", *options, archive).code == 0
    said = corner("-C", tmp_path, "import", archive, "again")
    assert said.out == (
        f"a newsletter in {tmp_path}/again\nits record, texts and transcripts are whole\n"
        f"{'' if private else LEFT_OUT}"
        f"next: look through corner.toml, then corner -C {tmp_path}/again build\n"
    )
    assert corner("-C", tmp_path / "again", "build").code == 0
    assert files(tmp_path / "again/site") == files(root / "site")
    whole = {path for path in tree(tmp_path / "again") if not path.startswith(("again/site", "again/.corner"))}
    drafts = {path for path in whole if path.startswith("again/drafts/")}
    assert ("again/drafts/begins" not in drafts and len(drafts) > 1) if private else drafts == {"again/drafts/begins"}
    if private:
        kept = {
            p.replace("letter/", "again/", 1): c
            for p, c in tree(root).items()
            if not p.startswith(("letter/site", "letter/.corner"))
        }
        assert {path: content for path, content in tree(tmp_path / "again").items() if path in whole} == kept


def test_what_a_public_archive_does_not_hold_is_said_once_and_nothing_is_called_lost(
    root: Path, tmp_path: Path
) -> None:
    corner("-C", root, "export", tmp_path / "a.tar")
    corner("-C", tmp_path, "import", tmp_path / "a.tar", "again")
    said = corner("-C", tmp_path / "again", "status")
    note = "drafts/ is not here, as in a public archive: without it there are no drafts, full transcripts and reasons"
    assert (said.code, said.err, said.out.count(note)) == (0, "", 1)
    assert not said.out.startswith("next: corner review"), "what waits there is elsewhere"
    checks = corner("-C", tmp_path / "again", "doctor").out
    assert f"well  drafts: {note}\n" in checks
    assert "not where the record says" not in checks
    assert corner("-C", tmp_path / "again", "verify").out.endswith("all is well\n")
    assert "drafts/ is not here" not in corner("-C", root, "status").out
    (tmp_path / "again/content/essays/2026-10-21-minimal-ta01.md").unlink()
    assert "2026-10-21-minimal-ta01: a file of it is not where" in corner("-C", tmp_path / "again", "status").err


def test_a_public_archive_can_be_gone_on_with_and_what_is_new_is_checked_whole(root: Path, tmp_path: Path) -> None:
    corner("-C", root, "export", tmp_path / "a.tar")
    corner("-C", tmp_path, "import", tmp_path / "a.tar", "again")
    again = reopen(tmp_path / "again")
    waits = write_draft(again, "# New\n\nOne.", edition="2026-12-30")
    new = publish_entry(again, "# Newer\n\nTwo.", edition="2027-01-06")

    verified = corner("-C", tmp_path / "again", "verify").out
    assert verified.endswith("all is well\n")
    assert "drafts, full transcripts and reasons of vetoes: drafts/ is private, and not here" in verified
    said = corner("-C", tmp_path / "again", "status")
    assert (said.err, [line.split(",")[0] for line in said.out.splitlines() if line.startswith("waits: ")]) == (
        "",
        [f"waits: {waits}"],
    ), "what waits elsewhere cannot be read here"
    assert "note: drafts/ begins with record " in said.out

    (tmp_path / f"again/drafts/transcripts/{new}.json").unlink()
    assert f"drafts/transcripts/{new}.json: cannot be read" in corner("-C", tmp_path / "again", "verify").err


@pytest.mark.parametrize("private", [False, True])
def test_equal_newsletters_give_equal_archives(root: Path, tmp_path: Path, private: bool) -> None:
    options = ["--private"] if private else []
    other = shutil.copytree(root, tmp_path / "elsewhere" / "letter", copy_function=shutil.copyfile)
    for folder, name in ((root, "one.tar"), (other, "two.tar")):
        corner("-C", folder, "export", *options, tmp_path / name)
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_verify_accepts_an_archive_and_what_tar_makes_of_it(root: Path, tmp_path: Path) -> None:
    corner("-C", root, "export", tmp_path / "a.tar")
    assert corner("verify", tmp_path / "a.tar").out.endswith("all is well\n")
    shutil.unpack_archive(tmp_path / "a.tar", tmp_path / "by-hand", filter="data")
    assert corner("verify", tmp_path / "by-hand" / "newsletter").out.endswith("all is well\n")


def test_the_public_archive_holds_nothing_that_is_not_public(tmp_path: Path) -> None:
    workspace = make_newsletter(tmp_path / "letter")
    (tmp_path / "letter/.env").write_text("KEY=canary-of-a-key")
    with (tmp_path / "letter/corner.toml").open("a") as settings:
        settings.write('\n[deploy.live]\nkind = "folder"\npath = "/srv/canary-of-a-path"\n')
    said = corner("-C", workspace.folders.root, "export")
    assert said.out == f"{tmp_path}/letter.tar: {len(names(tmp_path / 'letter.tar'))} files; what is public\n"
    raw = (tmp_path / "letter.tar").read_bytes()
    for secret in (*UNPUBLISHED, "canary-of-a-key", "canary-of-a-path", "ada@corner.example"):
        assert secret.encode() not in raw
    corner("-C", workspace.folders.root, "export", "--private")
    private = (tmp_path / "letter-private.tar").read_bytes()
    assert b"ada@corner.example" in private
    assert b"canary-of-a-key" not in private
    assert (tmp_path / "letter-private.tar").stat().st_mode & 0o777 == 0o600


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_words_of_prompts_in_files_come_along(tmp_path: Path) -> None:
    toml = (make_workspace(tmp_path / "letter").folders.root / "corner.toml").read_text()
    toml = toml.replace('prompt = "Write an essay about whatever you like."', 'prompt_file = "prompts/minimal.txt"')
    (tmp_path / "letter/prompts").mkdir()
    (tmp_path / "letter/prompts/minimal.txt").write_text("Write an essay about whatever you like.\n")
    (tmp_path / "letter/corner.toml").write_text(toml)
    corner("-C", tmp_path / "letter", "export")
    assert corner("-C", tmp_path, "import", tmp_path / "letter.tar", "again").code == 0
    assert reopen(tmp_path / "again").config.modes["minimal"].prompt == "Write an essay about whatever you like."


def test_an_archive_never_takes_the_place_of_a_file_and_never_lies_within(root: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.tar").write_bytes(b"mine")
    assert corner("-C", root, "export").err == (
        f"corner: {tmp_path}/letter.tar: this file is there already. Name another: corner export FILE.\n"
    )
    assert (tmp_path / "letter.tar").read_bytes() == b"mine"
    said = corner("-C", root, "export", root / "a.tar")
    assert (said.code, said.err) == (
        2,
        f"corner: {root}/a.tar: the archive would lie in the newsletter's own folder. Name a place outside of it.\n",
    )


def test_a_link_out_of_the_folder_is_refused_and_leaves_nothing_behind(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (root / "content/notes/link.md").symlink_to(tmp_path / "secret")
    assert corner("-C", root, "export").err == (
        "corner: content/notes/link.md: this link leads out of the newsletter's folder. Put the file there.\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter", "secret"]


def test_a_link_to_itself_is_refused_as_nothing_to_read(root: Path, tmp_path: Path) -> None:
    (root / "content/notes/circle.md").symlink_to("circle.md")
    said = corner("-C", root, "export", tmp_path / "a.tar")
    assert (said.code, said.err) == (1, f"corner: {root}/content/notes/circle.md: too many levels of symbolic links\n")


def test_a_pipe_is_refused_and_nobody_waits_for_it(root: Path, tmp_path: Path) -> None:
    os.mkfifo(root / "content/notes/pipe")
    said = corner("-C", root, "export", tmp_path / "a.tar")
    assert (said.code, said.err.partition(" it is")[2]) == (1, " no file\n"), said
    assert "content/notes/pipe" in said.err
    assert not (tmp_path / "a.tar").exists()


def test_settings_are_made_public_without_their_byte_order_mark(root: Path, tmp_path: Path) -> None:
    path = root / "corner.toml"
    path.write_text("\ufeff" + path.read_text("utf-8"), encoding="utf-8")
    assert corner("-C", root, "export", tmp_path / "a.tar").code == 0
    with tarfile.open(tmp_path / "a.tar") as archive:
        (member,) = (one for one in archive if one.name.endswith("corner.toml"))
        assert b"\xef\xbb\xbf" not in archive.extractfile(member).read()  # type: ignore[union-attr]


def test_settings_that_cannot_be_made_public_are_refused(root: Path) -> None:
    text = (root / "corner.toml").read_text()
    old = '[editors.ada]\nname = "Ada Byron"\nemail = "ada@corner.example"\n'
    assert old in text
    new = 'editors.ada = { name = "Ada Byron", email = "ada@corner.example" }\n'
    (root / "corner.toml").write_text(new + text.replace(old, ""))
    assert corner("-C", root, "export").err == (
        "corner: corner.toml: the e-mails of editors and the targets of deploy cannot be left out line by line. "
        "Give each editor and each target a table of its own: [editors.ada], [deploy.live].\n"
    )


# --- archives from anybody --------------------------------------------------------------------------------------------


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: str) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type = kind
    for field, value in fields.items():
        setattr(found, field, value)
    return found


def with_members(*members: tarfile.TarInfo) -> Callable[[Path], None]:
    def spoil(archive: Path) -> None:
        with tarfile.open(archive, "a") as tar:
            for one in members:
                tar.addfile(one, io.BytesIO(b""))

    return spoil


def rewritten(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda archive: archive.write_bytes(change(archive.read_bytes()))  # type: ignore[return-value]


HOLDS = "the archive holds what no newsletter's archive holds"
NONE = "this is no archive of a newsletter"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (with_members(member("/etc/passwd")), HOLDS),
        (with_members(member("newsletter/../../x")), HOLDS),
        (with_members(member("elsewhere/x")), HOLDS),
        (with_members(member("newsletter/content//x")), HOLDS),
        (with_members(member("newsletter/link", tarfile.SYMTYPE, linkname="/etc")), HOLDS),
        (with_members(member("newsletter/link", tarfile.LNKTYPE, linkname="newsletter/corner.toml")), HOLDS),
        (with_members(member("newsletter/pipe", tarfile.FIFOTYPE)), HOLDS),
        (with_members(member("newsletter/device", tarfile.CHRTYPE)), HOLDS),
        (with_members(member("newsletter/corner.toml")), NONE),
        (rewritten(lambda raw: raw.replace(b"newsletter/corner.toml", b"newsletter/corner.tomL")), NONE),
        (rewritten(lambda raw: b"no tar at all"), NONE),
        (rewritten(lambda raw: b""), NONE),
        (rewritten(lambda raw: raw[:3000]), NONE),
        (rewritten(gzip.compress), NONE),
        (rewritten(lambda raw: raw.replace(b"argue with the shore", b"argue with the coast")), "was changed after"),
        (rewritten(lambda raw: raw.replace(b'"event":"approved"', b'"event":"approveD"')), "not a record"),
    ],
)  # fmt: skip
def test_nothing_is_kept_of_an_archive_that_is_not_what_we_write(
    spoil: Callable[[Path], None], message: str, original: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "a.tar"
    corner("-C", original, "export", archive)
    spoil(archive)
    said = corner("-C", tmp_path, "import", archive, "again")
    assert said.code == 1
    assert message in said.err
    assert os.listdir(tmp_path) == ["a.tar"]  # noqa: PTH208
    assert corner("verify", archive).code == 1


def test_an_archive_lands_within_another_newsletter_only_by_name_and_is_said_to(root: Path, tmp_path: Path) -> None:
    corner("-C", root, "export", tmp_path / "a.tar")
    before = tree(root)
    said = corner("-C", root / "content", "import", tmp_path / "a.tar")
    assert (said.code, said.err) == (
        2,
        f"corner: {root}: an archive becomes a newsletter of its own, and this folder is one."
        f" Name the folder of the new one: corner import {tmp_path}/a.tar DIR.\n",
    )
    assert tree(root) == before
    for call in (("import", tmp_path / "a.tar", "one"), ("init", "two")):
        said = corner("-C", root, *call)
        assert f"it lies within the newsletter in {root}; neither is part of the other\n" in said.out


def test_nothing_is_ever_overwritten(original: Path, tmp_path: Path) -> None:
    corner("-C", original, "export", tmp_path / "a.tar")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").write_text("mine")
    assert corner("-C", tmp_path, "import", tmp_path / "a.tar").err == (
        f"corner: {tmp_path}/a: this folder is not empty. Name a new one.\n"
    )
    assert tree(tmp_path / "a") == {"a/mine": b"mine"}


def test_a_file_in_the_place_of_a_new_newsletter_is_told_from_a_folder(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    corner("-C", original, "export", tmp_path / "backup")
    fix = "Name a new folder: corner import backup DIR."
    assert corner("import", "backup") == (1, "", f"corner: {tmp_path}/backup: this is a file. {fix}\n")


def test_a_pipe_is_no_archive_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with process("-C", tmp_path, "import", tmp_path / "pipe", "again") as running:
        assert ended(running) == (1, "", f"corner: {tmp_path}/pipe: it is no file\n")


def test_nothing_is_written_through_a_link_beside_what_is_to_be_made(root: Path, tmp_path: Path) -> None:
    (theirs := tmp_path / "theirs").mkdir()
    (theirs / "mine").write_text("mine")
    (tmp_path / ".corner-a.tar").symlink_to(theirs / "mine")
    assert corner("-C", root, "export", tmp_path / "a.tar").code == 0
    for call in (("init", "a"), ("import", tmp_path / "a.tar", "a")):
        for link in (tmp_path / ".corner-a", tmp_path / ".corner-a.ready"):
            link.symlink_to(theirs)
        assert "file exists" in corner("-C", tmp_path, *call).err
        (tmp_path / ".corner-a").unlink()
        assert corner("-C", tmp_path, *call).code == 0
        shutil.rmtree(tmp_path / "a")
        (tmp_path / ".corner-a.ready").unlink()
    assert tree(theirs) == {"theirs/mine": b"mine"}


def test_an_empty_newsletter_can_be_archived(workspace: Workspace, tmp_path: Path) -> None:
    corner("-C", workspace.folders.root, "export", tmp_path / "a.tar")
    assert corner("-C", tmp_path, "import", tmp_path / "a.tar").code == 0
    build(workspace)
    build(reopen(tmp_path / "a"))
    assert files(tmp_path / "a/site") == files(workspace.folders.site)
