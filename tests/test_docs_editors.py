"""`docs/editors.md` tells the truth: its commands run, in its order, and say what it says they say."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import make_workspace, write_draft
from claudes_corner import review
from claudes_corner.cli import run
from claudes_corner.workspace import Workspace

_COUNTS = re.compile(r"\d+(?= (?:written|unchanged|removed))")  # how many pages there are is another test's
GUIDE = Path(__file__).parents[1] / "docs/editors.md"
TEXTS = {
    "2026-11-25-minimal-k3v9": "# SAMPLE: Of the Tide\n\nSAMPLE text.",
    "2026-11-25-news-0000": "# SAMPLE: The Week\n\nSAMPLE text.",
    "2026-11-25-minimal-0002": "# SAMPLE: My Neighbour\n\nSAMPLE text.",
}


def blocks(guide: str) -> Iterator[tuple[str, str, str]]:
    """Yield each command, the instant it is run at, and what it prints."""
    now = ""
    for found in re.finditer(r"<!-- now: (\S+) -->|```console\n(.*?)```", guide, re.DOTALL):
        now = found[1] or now
        for told in (found[2] or "").split("$ ")[1:]:
            line, _, said = told.partition("\n")
            yield line, now, said


def perform(workspace: Workspace, line: str, now: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command of the guide, and return what stands on the screen; seconds differ from run to run."""
    words = shlex.split(line)
    assert words[0] == "corner"
    run([words[1], "-C", str(workspace.folders.root), "--now", now, *words[2:]])
    said = capsys.readouterr()
    return re.sub(r"in \d+\.\d s", "in 0.1 s", said.out + said.err)


def test_the_guides_week_goes_as_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    workspace = make_workspace(tmp_path / "newsletter")
    for draft_id, text in TEXTS.items():
        write_draft(workspace, text, draft_id=draft_id, mode=draft_id[11:-5])
    guide = GUIDE.read_text("utf-8")
    for line, now, said in blocks(guide):
        found = perform(workspace, line, now, capsys)
        if request.config.getoption("--update-golden"):
            guide = guide.replace(f"$ {line}\n{said}", f"$ {line}\n{found}", 1)
            GUIDE.write_text(guide, encoding="utf-8")
        else:
            assert _COUNTS.sub("", found) == _COUNTS.sub("", said), line


def test_the_guide_gives_the_digests_that_its_texts_have(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "newsletter")
    for draft_id, text in TEXTS.items():
        write_draft(workspace, text, draft_id=draft_id, mode=draft_id[11:-5])
    given = dict(re.findall(r"^\$ corner \S+ (\S+) --digest (\w+)", GUIDE.read_text("utf-8"), re.MULTILINE))
    known = workspace.ledger().standings
    assert given == {draft_id: known[draft_id].text_sha256[7:15] for draft_id in TEXTS}


def test_the_guide_names_the_keys_that_the_terminal_has() -> None:
    from claudes_corner.review import keys, setting

    named = set(re.findall(r"`(\w)` ", GUIDE.read_text("utf-8").partition("shows one draft")[2].partition("```")[0]))
    assert {"a", "q"} < named <= set(keys.KEYS)
    assert f"{2 * (setting.COLUMN + 4)} columns" in GUIDE.read_text("utf-8")


def test_what_the_guide_names_at_the_desk_stands_there() -> None:
    desk = Path(review.__file__).parent / "desk/templates"
    shown = "".join(path.read_text("utf-8") for path in desk.glob("*.html"))
    told = next(part for part in GUIDE.read_text("utf-8").split("\n\n") if part.startswith("At the desk, the page"))
    named = re.findall(r"\*([A-Z][^*]*)\*", told)
    assert [name for name in named if not re.search(rf">{name}\s*<", shown)] == []
