"""docs/formats.md says enough: a reader written from it alone understands what ours has written, and sees what was changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from claudes_corner.ledger import Record
from second_reader import events, live_entries
from sites import WITHDRAWN, make_newsletter

PAGE = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def newsletter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsletter with one of everything."""
    return make_newsletter(tmp_path_factory.mktemp("formats") / "newsletter").folders.root


@pytest.fixture
def content(newsletter: Path, tmp_path: Path) -> Path:
    """A copy of its public folder."""
    return shutil.copytree(newsletter / "content", tmp_path / "content")


def test_the_page_has_every_event_with_its_own_keys() -> None:
    kinds = {str(kind.__struct_config__.tag): kind for kind in Record.__subclasses__()}
    own = {event: set(kind.__struct_fields__) - set(Record.__struct_fields__) for event, kind in kinds.items()}

    assert events(PAGE) == own


def test_a_second_reader_finds_the_live_entries(content: Path) -> None:
    found = live_entries(content, PAGE)

    assert len(found) == 10
    assert found["2025-12-31-minimal-ta01"] == "on-tides-moons"
    assert not any(WITHDRAWN in slug for slug in found.values())


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("essays/2025-12-31-minimal-ta01.md", b"does not argue", b"does now argue"),
        ("essays/2025-12-31-minimal-ta01.md", b"stop_reason: end_turn", b"stop_reason: max_tokens"),
        ("essays/2025-12-31-minimal-ta01.json", b'"endpoint"', b'"endpoint" '),
        ("ledger.jsonl", b'"by":"ben"', b'"by":"eva"'),
    ],
)
def test_a_second_reader_sees_what_was_changed(content: Path, name: str, old: bytes, new: bytes) -> None:
    path = content / name
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new, 1))

    with pytest.raises(AssertionError):
        live_entries(content, PAGE)
