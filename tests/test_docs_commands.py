"""Every command line that the documents show can be typed: they are run here in their order, in a newsletter of one's own.

README's newsletter is run in `test_docs.py`, the editors' week in `test_docs_editors.py`.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import fault_server as faults
from builders import reopen
from claudes_corner.letters import unsent_letters
from claudes_corner.standing import Status
from claudes_corner.workspace import Workspace
from commands import corner
from fault_server import FaultServer, Wire
from keys import make_key
from test_doctor import ACTIVE, ON_TIME

ROOT = Path(__file__).parents[1]
IN_ORDER = ("operations", "weekly-round", "first-letter", "anchoring", "moving")
NOT_RUN = {
    "corner verify https://corner.example/": "a site on the web; test_verify_site.py asks one on loopback",
    "corner desk": "serves until Ctrl-C; test_desk_browser.py opens it",
    "corner review": "a conversation; test_docs.py and test_terminal.py have it, and it is typed where it is run here",
}
NOW = "2026-11-22T18:00:00Z"
SAMPLE = "# SAMPLE: Tides {number}\n\nSAMPLE text."
TYPED = "a\n\n\n2026-11-18\n\n" + "n\n" * 9  # approve the first, with a date that is past; leave the others


def lines(document: Path) -> list[str]:
    """List the calls of `corner` in a document's blocks for a shell, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    typed = [part for block in blocks for line in block.splitlines() for part in line.partition("  #")[0].split("&&")]
    return [line.strip() for line in typed if line.strip().startswith("corner ")]


def author(wire: Wire) -> None:
    """Answer letters, choose `minimal` when asked to choose, and say what there is to say of the model."""
    said = wire.received.raw
    if wire.received.path.startswith("/v1/models/"):
        faults.says(ACTIVE, date=ON_TIME)(wire)
    elif b"SAMPLE letter" in said or b"vetoed it" in said:
        faults.answer("SAMPLE answer.\n\npublic")(wire)
    else:
        chooses = b"Answer with exactly one of these lines" in said
        faults.answer("mode: minimal" if chooses else SAMPLE.format(number=len(said)))(wire)


def type_line(folder: Path, line: str) -> None:
    """Type a line of a document in the newsletter that the first one made, with one's own ids and digests in it."""
    root = folder / "my-letter"
    own = {"C": "privacy", "TEXT": "It names a neighbour."}
    if re.search(r"\b(ID|PREFIX)\b", line):
        own["ID"], sha256 = meant(reopen(root), line)
        own["PREFIX"] = sha256.removeprefix("sha256:")[:8]
    words = [own.get(word, word).replace("~", str(folder)) for word in shlex.split(line)[1:]]
    typed = TYPED if words[0] == "review" else ""
    said = corner("-C", folder if words[0] == "init" else root, "--now", NOW, *words, typed=typed)
    assert said.code == 0, (line, said)


def meant(workspace: Workspace, line: str) -> tuple[str, str]:
    """Tell which draft, entry or letter a line is about: its id, and its text's digest."""
    known = workspace.ledger()
    if " letter send " in line:
        (letter,) = unsent_letters(workspace.folders, known)
        return letter.front.id, ""
    if " letter " in line and "veto" not in line:
        answer = list(known.letters.values())[-1]
        return str(answer.id), answer.text_sha256
    status: Status = "published" if " withdraw " in line else "vetoed" if "--about-veto" in line else "waiting"
    standing = known.having(status)[0]
    return standing.id, standing.text_sha256


def set_up(root: Path) -> None:
    """Put into the new newsletter what the guide says beside its commands: a target, and a first editor."""
    path = root / "corner.toml"
    (root / "letter.md").write_text("SAMPLE letter: may readers see this?\n", encoding="utf-8")
    (root / "old").mkdir()
    (root / "old/rain.md").write_text("---\ntitle: 'SAMPLE: Rain'\ndate: 2026-02-03\n---\n\nSAMPLE text.\n")
    target = f'[deploy.live]\nkind = "folder"\npath = "{root.parent / "www"}"\n'
    path.write_text(re.sub(r"\[editors\.[^\]]+\]", "[editors.ada]", path.read_text("utf-8")) + target, encoding="utf-8")


def test_each_document_with_commands_is_run_here_or_elsewhere_or_says_why_not() -> None:
    shown = {path.stem: lines(path) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))}
    elsewhere = {line for line in shown["README"] if "my-letter" in line}
    left = {line for stem, found in shown.items() if stem not in IN_ORDER for line in found}

    assert left - elsewhere == set(NOT_RUN)


def test_every_command_line_of_the_documents_runs(
    tmp_path: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_key(tmp_path / ".ssh" / "corner")
    server.otherwise = author
    for stem in IN_ORDER:
        for line in lines(ROOT / "docs" / f"{stem}.md"):
            type_line(tmp_path, line)
            if line.startswith("corner init"):
                set_up(tmp_path / "my-letter")
