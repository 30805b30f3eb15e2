"""What the desk works with: the newsletter as its settings are now, and what the other rooms lend it.

Owns when something is read again: settings, templates and the theme's preview only if their files have changed.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from claudes_corner.config import read_config
from claudes_corner.root import FILE_NAME
from claudes_corner.schedule import render_day
from claudes_corner.settings import AuthorSettings
from claudes_corner.standing import Ledger, Standing
from claudes_corner.templating import Templates, with_program
from claudes_corner.text import counted, visible
from claudes_corner.workspace import Draft, Workspace

THEME = "/theme/"  # where the theme's files are; what a previewed page links to seems to be there as well
_TEMPLATES = Path(__file__).with_name("templates")


class Preview(Protocol):
    """How a draft would look to readers."""

    def page(self, draft: Draft, known: Ledger) -> bytes:
        """Render its page."""

    def item(self, draft: Draft, known: Ledger) -> Any:
        """Make its feed item: title, link, at, author, summary, html."""

    def making(self, draft: Draft, known: Ledger) -> Any:
        """Tell how it was made."""

    def asset(self, name: str) -> bytes | None:
        """Read a file of the theme."""


class Outside(NamedTuple):
    """What the desk is handed, since it knows no other stage and not the world."""

    now: Callable[[], dt.datetime]
    token: Callable[[], str]  # makes something that nobody can guess
    salt: Callable[[], str]
    preview: Callable[[Workspace, str], Preview]  # with the path that the theme's files are at
    decided: Callable[[Workspace, Standing, str], Sequence[str]]  # commits an act, and says what became of the draft
    letter: Callable[[Workspace, str, str], str]  # writes to the author about an editor's veto; says what came of it
    price: Callable[[AuthorSettings, int, int], float]  # of input and output tokens, in USD


class Open(NamedTuple):
    """A newsletter, opened."""

    files: Mapping[Path, tuple[int, int]]  # its settings' files: how long each was, and when it last changed
    workspace: Workspace
    preview: Preview
    templates: Templates


class Room:
    """Keeps a newsletter open, and opens it again when its settings change."""

    def __init__(self, root: Path, outside: Outside) -> None:
        self._root = root
        self._outside = outside
        self._lock = threading.Lock()
        self._open = self._enter()

    @property
    def templates(self) -> Templates:
        """The desk's templates, even while the settings are broken."""
        return self._open.templates

    def now(self) -> Open:
        """Tell how the newsletter is now.

        Raises:
            ConfigError: Its settings are broken.
        """
        with self._lock:
            if self._open.files != _look(self._open.files):
                self._open = self._enter()
            return self._open

    def _enter(self) -> Open:
        settings = self._root / FILE_NAME
        files = _look([settings])  # before it is read: whatever is saved from now on is noticed
        workspace = Workspace(self._root, read_config(settings))  # never one of a folder above
        filters: dict[str, Callable[..., Any]] = {
            "visible": visible,
            "count": "{:,}".format,
            "counted": counted,
            "day": lambda edition: render_day(dt.date.fromisoformat(edition)),
            "when": workspace.config.slots.words,
            "editor_name": workspace.config.editor_name,
        }
        templates = Templates(
            {_TEMPLATES: with_program(workspace.folders.cache / "desk")}, functions={}, filters=filters
        )
        prompts = [mode.prompt_file for mode in workspace.config.modes.values() if mode.prompt_file]
        files |= _look([self._root / name for name in prompts])
        return Open(files, workspace, self._outside.preview(workspace, THEME), templates)


def _look(paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Tell how long each file is, and when it last changed; of one that is not there, what no file has."""
    found = dict.fromkeys(paths, (-1, 0))
    for path in found:
        with suppress(FileNotFoundError):
            status = path.stat()
            found[path] = (status.st_size, status.st_mtime_ns)
    return found
