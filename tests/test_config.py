"""The settings: what a `corner.toml` may say, and what is said of a broken one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from builders import NEWSLETTER
from claudes_corner.config import parse_config, read_config
from claudes_corner.errors import ConfigError
from claudes_corner.settings import FeedSource, FolderSource, PastEntriesSource
from documents import cases

WHOLE = {
    "site": """[site]
title = "Claude's Corner"
base_url = "https://corner.example/"
tag = "corner.example,2026"
disclaimer = "Claude does not speak for Anthropic, and Anthropic does not necessarily endorse its claims."
""",
    "authors": '[authors.opus-3]\nname = "Claude Opus 3"\nmodel = "claude-3-opus-20240229"\n',
    "editors": '[editors.ada]\nname = "Ada"\n',
    "modes": '[modes.minimal]\nlabel = "Minimal"\nprompt = "Write."\n',
}


def whole(head: str) -> str:
    """Complete a file: the tables that its head neither holds nor goes without follow it."""
    named = set(re.findall(r"^(?:# without |\[+)([a-z]+)", head, re.MULTILINE))
    return "\n".join([head, *(table for name, table in WHOLE.items() if name not in named)])


@cases("config-errors.md")
def test_a_broken_config_is_said_in_full(given: str, expected: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_config(whole(given))
    assert str(refused.value) == expected


def test_the_smallest_config_has_the_defaults_that_the_design_names() -> None:
    config = parse_config(whole(""))
    assert (config.schedule.weekday, config.schedule.hour) == ("wednesday", 9)
    assert (config.review.approvals, config.review.expire_after_days, config.review.choice) == (1, 28, "editors")
    author = config.authors["opus-3"]
    assert (author.max_tokens, author.deadline_seconds, author.key_variable) == (4096, 600, "ANTHROPIC_API_KEY")
    assert author.publishable
    assert config.modes["minimal"].ask_title
    assert config.git.commit
    assert not config.git.drafts
    assert not config.publish.unattended


def test_the_newsletter_of_these_tests_is_read_whole() -> None:
    config = read_config(NEWSLETTER / "corner.toml")
    assert list(config.editors) == ["ada", "ben", "eva"]
    assert [criterion.code for criterion in config.review.criteria] == ["privacy", "harm"]
    assert [mode.sources for mode in config.modes.values()] == [
        (),
        (PastEntriesSource(last=3),),
        (FeedSource(path="news.xml", last=5, disclosure="hash-only"),),
        (FolderSource(path="updates", disclosure="full"),),
    ]


@pytest.mark.parametrize(("editors", "vetoes"), [(1, 1), (2, 2), (3, 2)])
def test_two_vetoes_end_a_way_and_one_if_there_is_one_editor(editors: int, vetoes: int) -> None:
    tables = "".join(f'[editors.{name}]\nname = "{name}"\n' for name in ("ada", "ben", "eva")[:editors])
    assert parse_config(whole(tables)).vetoes == vetoes


def test_the_digest_of_criteria_changes_with_a_word_and_not_with_the_rest() -> None:
    first = parse_config(whole('[[review.criteria]]\ncode = "harm"\ntext = "It hurts."'))
    other = parse_config(whole('[[review.criteria]]\ncode = "harm"\ntext = "It hurts!"'))
    later = parse_config(whole('[schedule]\nhour = 8\n[[review.criteria]]\ncode = "harm"\ntext = "It hurts."'))
    assert first.criteria_sha256 == later.criteria_sha256
    assert first.criteria_sha256 != other.criteria_sha256


def test_the_digest_of_modes_changes_with_a_word_of_a_prompt() -> None:
    first = parse_config(whole('[modes.minimal]\nlabel = "Minimal"\nprompt = "Write."'))
    other = parse_config(whole('[modes.minimal]\nlabel = "Minimal"\nprompt = "Write!"'))
    assert first.modes_sha256 != other.modes_sha256


def test_a_config_that_is_not_utf_8_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "corner.toml").write_bytes(b'[site]\ntitle = "\xff"\n')
    with pytest.raises(ConfigError) as refused:
        read_config(tmp_path / "corner.toml")
    assert str(refused.value) == "corner.toml: not UTF-8 at byte 16. Save the file as UTF-8."


def test_a_byte_order_mark_before_a_config_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "corner.toml").write_text("\ufeff" + whole(""), encoding="utf-8")
    assert read_config(tmp_path / "corner.toml") == parse_config(whole(""))


def test_a_config_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read_config(tmp_path / "corner.toml")
    assert str(refused.value) == "corner.toml: cannot be read: no such file or directory"


KEYS = [
    (table, key)
    for table, keys in {
        "site": ("title", "base_url", "tag", "disclaimer", "timezone", "theme", "state"),
        "schedule": ("weekday", "hour"),
        "review": ("approvals", "vetoes", "choice", "criteria"),
        "authors.opus-3": ("name", "max_tokens", "capabilities", "publishable"),
        "modes.minimal": ("label", "prompt", "system", "sources", "ask_title"),
        "git": ("commit",),
        "deploy.live": ("kind", "path"),
    }.items()
    for key in keys
]
PLAIN_VALUES = ["1", "0", "-1", "1.5", "inf", "true", '""', '"x"', "2026-11-25", "[]", "[1]", '["x"]', "{}", "[{}]"]
SOURCES = ['{ kind = "feed" }', '[{ kind = "feed" }]', "[{ kind = 3 }]", '[{ kind = ["feed"] }]']
VALUES = st.sampled_from([*PLAIN_VALUES, *SOURCES])


@pytest.mark.parametrize("value", ["1" * 5_000, "[" * 3_000 + "]" * 3_000])
def test_what_no_reader_of_toml_can_take_is_said_in_words(value: str) -> None:
    with pytest.raises(ConfigError, match=r"^corner\.toml: more than can be read\. "):
        parse_config(f"[site]\ntitle = {value}\n")


@for_any(st.sampled_from(KEYS), VALUES)
def test_no_value_is_refused_without_a_word(place: tuple[str, str], value: str) -> None:
    """Whatever stands at a key, it is either read or explained, with a line, and never with a traceback."""
    table, key = place
    text = whole(f"[{table}]\n{key} = {value}")
    tomllib.loads(text)
    try:
        parse_config(text)
    except ConfigError as refused:
        assert refused.problems
        assert all(problem.where.startswith("corner.toml") for problem in refused.problems)
