"""The worked examples of docs/ work as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from claudes_corner.generation.exchange import Completion
from claudes_corner.generation.modes import MODES, Brief, Mode
from claudes_corner.settings import ModeSettings, Source

DOCS = Path(__file__).parent.parent / "docs"


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)


def test_the_new_mode_of_the_docs_works_and_has_at_most_twenty_lines() -> None:
    (code,) = blocks("new-mode.md", "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    room: dict[str, Mode] = {}
    exec(code, room)  # the example itself
    writing = room["MODE"].write(Brief("Write.", None, ()))
    assert next(writing).blocks[-1].startswith("Which question")
    question, essay = (
        Completion(text, "m", "end_turn", msgspec.Raw(b"{}"), None, "", "", 1, 1) for text in ("Why?", "Because.")
    )
    prompt = writing.send(question)
    assert (prompt.blocks, prompt.after[0].completion) == (("Write.",), question)
    with pytest.raises(StopIteration) as end:
        writing.send(essay)
    assert end.value.value is essay


@pytest.mark.parametrize("name", MODES)
def test_every_mode_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in (DOCS / "weekly-round.md").read_text("utf-8")


@pytest.mark.parametrize("kind", Source.__args__)
def test_every_kind_of_source_is_in_the_docs(kind: type[msgspec.Struct]) -> None:
    assert f"| `{kind.__struct_config__.tag}` |" in (DOCS / "new-source.md").read_text("utf-8")


@pytest.mark.parametrize("key", ["prompt_file", "reread", "proposed_by", "letter"])
def test_every_new_key_of_a_mode_is_in_the_docs(key: str) -> None:
    assert key in ModeSettings.__struct_fields__
    assert key in (DOCS / "weekly-round.md").read_text("utf-8")
