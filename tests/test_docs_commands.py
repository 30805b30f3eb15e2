"""Every command line that the documents show can be typed: they are run here in their order, in a newsletter of one's own.

README's newsletter is run in `test_docs.py`, the editors' week in `test_docs_editors.py`.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import fault_server as faults
from commands import corner
from fault_server import FaultServer, Wire
from keys import make_key
from rounds import KEY
from test_doctor import ACTIVE, ON_TIME

ROOT = Path(__file__).parents[1]
IN_ORDER = ("operations", "weekly-round", "first-letter", "anchoring")
NOT_RUN = {
    "corner verify https://corner.example/": "a site on the web; test_verify_site.py asks one on loopback",
    "corner desk": "serves until Ctrl-C; test_desk_browser.py opens it",
    "corner review": "a conversation; test_docs.py and test_terminal.py have it, and it is typed where it is run here",
}
NOW = "2026-11-22T18:00:00Z"
SAMPLE = "# SAMPLE: Tides {number}\n\nSAMPLE text."
TYPED = "a\n\n\n2026-11-18\n" + "n\n" * 9  # approve the first, with a date that is past; leave the others


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


class Reader:
    """Somebody who types what stands in the documents, with their own ids and digests in its place."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my-letter"
        self.folder = folder

    def type(self, line: str) -> None:
        words = [self._own(word, line) for word in shlex.split(line)[1:]]
        where = self.folder if words[0] == "init" else self.root
        said = corner("-C", where, "--now", NOW, *words, typed=TYPED if words[0] == "review" else "")
        assert said.code == 0, (line, said)

    def _own(self, word: str, line: str) -> str:
        if word not in {"ID", "PREFIX"}:
            own = {"C": "privacy", "TEXT": "It names a neighbour.", "letter.md": str(self.folder / "letter.md")}
            return own.get(word, word).replace("~", str(self.folder))
        about = self._letter(line) if " letter " in line and "veto" not in line else self._draft(line)
        digits = about[1].removeprefix("sha256:")[:8]
        return about[0] if word == "ID" else digits

    def _letter(self, line: str) -> tuple[str, str]:
        """Name the letter that waits to be sent, else the answer that was written last."""
        folder = self.root / "drafts/letters"
        kind = "letter" if " send " in line else "answer"
        path = max(folder.glob(f"*-{kind}-*.md"))
        return path.stem, _front(path, "text_sha256")

    def _draft(self, line: str) -> tuple[str, str]:
        """Name an entry to withdraw, the draft that was vetoed, else one that waits."""
        if " withdraw " in line:
            path = next((self.root / "content/essays").glob("*.md"))
        elif self.vetoed and "--about-veto" in line:
            path = self.vetoed[-1]
        else:
            path = min((self.root / "drafts").glob("*.md"))
            self.vetoed.append(path)
        return path.stem, _front(path, "text_sha256")

    vetoed: list[Path] = []


def _front(path: Path, key: str) -> str:
    (value,) = re.findall(rf"^{key}: ['\"]?(.*?)['\"]?$", path.read_text("utf-8"), re.MULTILINE)
    return str(value)


def test_each_document_with_commands_is_run_here_or_elsewhere_or_says_why_not() -> None:
    shown = {path.stem: lines(path) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))}
    elsewhere = {line for line in shown["README"] if "my-letter" in line}
    left = {line for stem, found in shown.items() if stem not in IN_ORDER for line in found}

    assert left - elsewhere == set(NOT_RUN)


def test_every_command_line_of_the_documents_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "letter.md").write_text("SAMPLE letter: may readers see this?\n", encoding="utf-8")
    make_key(tmp_path / ".ssh" / "corner")
    reader = Reader(tmp_path)
    with FaultServer() as server:
        server.otherwise = author
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        for stem in IN_ORDER:
            for line in lines(ROOT / "docs" / f"{stem}.md"):
                reader.type(line)
                if line.startswith("corner init"):
                    _set_up(reader.root)


def _set_up(root: Path) -> None:
    """Put into the new newsletter what the guide says beside its commands: a target, and a first editor."""
    path = root / "corner.toml"
    target = f'[deploy.live]\nkind = "folder"\npath = "{root.parent / "www"}"\n'
    path.write_text(re.sub(r"\[editors\.[^\]]+\]", "[editors.ada]", path.read_text("utf-8")) + target, encoding="utf-8")
