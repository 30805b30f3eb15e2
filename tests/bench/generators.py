"""The generators that are timed: how each is set up, told of a change, run and checked."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path

import corpus
import newsletter
from corpus import Essay

from claudes_corner.site.syndication import ARCHIVED
from claudes_corner.workspace import Workspace

HERE = Path(__file__).parent
SRC = HERE.parents[1] / "src"
VENV = Path(sys.prefix).parent / ".venv-bench"  # where the others are installed


def changed(number: int, revision: int) -> Essay:
    """An essay that was moved by some hours and tagged anew."""
    essay = Essay(number)
    essay.date += dt.timedelta(hours=revision)
    essay.tags = sorted({*essay.tags[1:], ("books", "music")[revision % 2]})
    return essay


class Peer:
    """A generator with a folder of its own; each kind adds its command."""

    name = ""
    site = "public"
    template = ""  # the frame of all pages, which a change of theme touches
    command: list[str]  # what is timed

    def __init__(self, root: Path, count: int) -> None:
        self.root, self.count = root, count

    def set_up(self) -> None:
        """Write the project."""
        shutil.copytree(HERE / "peers" / self.name, self.root)
        for number in range(self.count):
            corpus.write(Essay(number), self.name, str(self.root))

    def forget(self, trash: Path) -> None:
        """Put what was built out of the way; removing it would slow down the next creation of files."""
        trash.mkdir(parents=True, exist_ok=True)
        for name in self.built:
            if (self.root / name).exists():
                (self.root / name).rename(trash / f"{len(list(trash.iterdir()))}")

    def publish(self, revision: int) -> None:
        """Add an essay, newer than all."""
        corpus.write(Essay(-revision), self.name, str(self.root))

    def change(self, revision: int) -> None:
        """Give the essay in the middle another tag and date."""
        corpus.write(changed(self.count // 2, revision), self.name, str(self.root))

    def change_theme(self, revision: int) -> None:
        """Change the frame of all pages."""
        path = self.root / self.template
        path.write_text(path.read_text("utf-8").replace("</body>", f"<!-- {revision} --></body>"), encoding="utf-8")

    @property
    def built(self) -> tuple[str, ...]:
        """What a cold build does not have."""
        return (self.site,)


class Hugo(Peer):
    name, template, built = "hugo", "layouts/_default/baseof.html", ("public", "resources", ".hugo_build.lock")

    @property
    def command(self) -> list[str]:
        inside = "site-packages/hugo/binaries/hugo"  # not the script in `bin`, which starts a Python first
        return [str(next(VENV.glob(f"lib/python*/{inside}"), VENV / inside)), "--quiet"]


class Pelican(Peer):
    name, template, built = "pelican", "theme/templates/base.html", ("public", "cache")

    @property
    def command(self) -> list[str]:
        return [str(VENV / "bin/pelican"), "-s", "pelicanconf.py", "-q"]


class Ours(Peer):
    name, site, theme, built = "ours", "site", "plain", ("site", ".corner")
    search = False  # none of its peers makes an index

    def set_up(self) -> None:
        newsletter.make_newsletter(self.root, self.count, self.theme, search=self.search)
        frame = self.root / "themes" / self.theme / "templates"
        frame.mkdir(parents=True)
        shutil.copy(HERE.parents[1] / "themes" / self.theme / "templates/base.html", frame)

    @property
    def template(self) -> str:  # type: ignore[override]
        return f"themes/{self.theme}/templates/base.html"

    def publish(self, revision: int) -> None:
        self._full = {path: path.read_bytes() for path in (self.root / "site/feeds").iterdir()}
        self._full = {path: raw for path, raw in self._full.items() if raw.count(b"<item>") == ARCHIVED}
        newsletter.add_entry(Workspace.find(self.root), revision)

    def reopened_archives(self) -> list[str]:
        """List the archives of the feed that were full before the last publication, and are not what they were."""
        return [path.name for path, raw in self._full.items() if path.read_bytes() != raw]

    def change(self, revision: int) -> None:
        newsletter.change_entry(Workspace.find(self.root), self.count // 2, revision)

    @property
    def command(self) -> list[str]:
        return [str(Path(sys.executable).with_name("corner")), "build"]


class OursInCorner(Ours):
    name, theme, search = "ours in Corner", "corner", True


PEERS = {peer.name: peer for peer in (Hugo, Pelican, Ours, OursInCorner)}
