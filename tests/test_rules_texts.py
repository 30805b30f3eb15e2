"""The words of modes and criteria: prompts in files of their own, and every version of the rules to be looked up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import NEWSLETTER, make_workspace, reopen, tree, write_draft
from claudes_corner import ledger
from claudes_corner.config import parse_config, read_config
from claudes_corner.disk import Disk
from claudes_corner.errors import ConfigError
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace
from documents import cases
from test_config import whole

FILE_MODE = '[modes.minimal]\nlabel = "Minimal"\nprompt_file = "prompts/minimal.txt"\n'


@cases("generation-errors.md")
def test_a_contradiction_is_said_with_its_line(given: str, expected: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_config(whole(given))
    assert str(refused.value) == expected


def with_file(root: Path, content: bytes | None = b"Write.\r\n") -> Path:
    path = root / "corner.toml"
    path.write_text(whole(FILE_MODE), "utf-8")
    (root / "prompts").mkdir()
    if content is not None:
        (root / "prompts" / "minimal.txt").write_bytes(content)
    return path


def test_a_prompt_may_stand_in_a_file_and_counts_by_its_words(tmp_path: Path) -> None:
    config = read_config(with_file(tmp_path))

    assert config.modes["minimal"].prompt == "Write."
    inline = parse_config(whole('[modes.minimal]\nlabel = "Minimal"\nprompt = "Write."\n'))
    assert config.modes_sha256 == inline.modes_sha256


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "'prompts/minimal.txt' cannot be read: no such file or directory"),
        (b"\xff", "'prompts/minimal.txt' is not UTF-8"),
        (b" \n", "'prompts/minimal.txt' holds no prompt"),
    ],
)
def test_a_prompt_file_that_is_none_is_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_config(with_file(tmp_path, content))
    assert str(refused.value) == f"corner.toml:3: {says}"


def test_a_prompt_file_that_is_a_link_to_itself_is_named(tmp_path: Path) -> None:
    path = with_file(tmp_path, None)
    (tmp_path / "prompts/minimal.txt").symlink_to("minimal.txt")
    with pytest.raises(ConfigError, match="cannot be read: too many levels of symbolic links"):
        read_config(path)


def test_a_prompt_file_stays_in_the_newsletters_folder(tmp_path: Path) -> None:
    path = with_file(tmp_path)
    path.write_text(whole(FILE_MODE.replace("prompts/", "../")), "utf-8")
    with pytest.raises(ConfigError) as refused:
        read_config(path)
    assert str(refused.value) == "corner.toml:3: '../minimal.txt' lies outside the newsletter's folder"


def test_a_new_key_with_its_default_changes_no_digest() -> None:
    plain = parse_config(whole('[modes.minimal]\nlabel = "M"\nprompt = "Write."\n'))
    said = parse_config(whole('[modes.minimal]\nlabel = "M"\nprompt = "Write."\nask_title = true\nsources = []\n'))
    assert plain.modes_text == b'{"minimal":{"label":"M","prompt":"Write."}}'
    assert said.modes_sha256 == plain.modes_sha256


def recorded(workspace: Workspace) -> list[str]:
    rules = [record for record in workspace.ledger().records if isinstance(record, ledger.Rules)]
    return [sha for record in rules for sha in (record.modes_sha256, record.criteria_sha256)]


def test_every_version_that_is_on_record_can_be_looked_up_by_its_digest(workspace: Workspace) -> None:
    write_draft(workspace)
    path = workspace.folders.root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("whatever you like", "the sea"), "utf-8")
    workspace = reopen(workspace.folders.root)
    write_draft(workspace)

    assert len(set(recorded(workspace))) == 3  # two of modes, one of criteria
    for sha256 in recorded(workspace):
        raw = (workspace.folders.rules / f"{sha256[7:23]}.json").read_bytes()
        assert digest(raw) == sha256
    old, _, new, _ = recorded(workspace)
    words = [json.loads((workspace.folders.rules / f"{sha[7:23]}.json").read_bytes()) for sha in (old, new)]
    assert [modes["minimal"]["prompt"][-16:] for modes in words] == ["atever you like.", "ay about the sea."[-16:]]


def test_the_texts_are_there_before_the_record_that_names_them(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "n").folders.root

    class Watching(Disk):
        def append(self, path: Path, line: bytes) -> None:
            if b'"event":"rules"' in line:
                seen.extend(tree(root / "content"))
            super().append(path, line)

    seen: list[str] = []
    write_draft(reopen(root, Watching()))
    assert len([name for name in seen if name.startswith("content/rules/")]) == 2


def test_the_newsletter_of_these_tests_has_its_keys(tmp_path: Path) -> None:
    assert read_config(NEWSLETTER / "corner.toml").generation.at_once == 1
