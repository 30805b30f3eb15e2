"""Lays out a newsletter's folder from the package's starter files.

Owns which folders and files there are on the first day, and how it is said that a newsletter was made.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import click

import claudes_corner
from claudes_corner.config import parse_config
from claudes_corner.disk import TEMPORARY, put_in_place
from claudes_corner.errors import ConfigError, Problem, WorkspaceError, remedy, said_by
from claudes_corner.root import FILE_NAME, find_root
from claudes_corner.site.theme import find_theme
from claudes_corner.text import has_lone_surrogate

STARTER = Path(claudes_corner.__file__).parent / "starter"
_FOLDERS = ("content/essays", "content/notes", "content/pages", "drafts")
_GIT_IGNORE = "# Built or private.\n/site/\n/drafts/\n/.corner/\n"
_GIT_ATTRIBUTES = "# Digests are of bytes: git must not change line ends.\ncontent/** -text\n"


def say_made(target: Path) -> None:
    """Say where a newsletter was made, and if that is within another one: it may be meant, and may be a slip."""
    click.echo(f"a newsletter in {target}")
    if outer := find_root(target.parent):
        click.echo(f"it lies within the newsletter in {outer}; neither is part of the other")


def lay_out(target: Path, starter: Path, values: Mapping[str, str], *, theme: bool) -> None:
    """Make a newsletter's folder.

    Args:
        target: The folder; made if need be.
        starter: The starter's folder: `corner.toml` with `@NAME@` where a value goes, and files to copy.
        values: The values, as text; they are quoted for TOML.
        theme: Whether to copy the default theme, so that it can be changed.

    Raises:
        ConfigError: A value cannot stand in a config; nothing is made.
        WorkspaceError: The system refuses it.
    """
    said = {n: value if n == "EDITOR" else json.dumps(value, ensure_ascii=False) for n, value in values.items()}
    config = (starter / FILE_NAME).read_text(encoding="utf-8")
    config = re.sub("@([A-Z_]+)@", lambda place: said[place[1]], config)  # at once: a value may look like a place
    if has_lone_surrogate(config):
        raise ConfigError(Problem("a name or title is not UTF-8", FILE_NAME, fix="Say another one with --title."))
    parse_config(config)  # before anything is made
    try:
        _lay_out(target, starter, config, theme=theme)
    except OSError as error:
        what = f"no newsletter can be made here: {said_by(error)}"
        raise WorkspaceError(Problem(what, str(target), fix=remedy(error) or "Name another folder.")) from None


def _lay_out(target: Path, starter: Path, config: str, *, theme: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f"{TEMPORARY}{target.name}")  # whoever is killed leaves this, and no half a newsletter
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()  # it is no link to another place
    for folder in _FOLDERS:
        (half / folder).mkdir(parents=True)
    for part in ("content", "samples"):
        if (starter / part).is_dir():
            shutil.copytree(starter / part, half / part, dirs_exist_ok=True)
    if theme:
        shutil.copytree(find_theme(target, "corner")[-1], half / "themes" / "corner")
    (half / ".gitignore").write_text(_GIT_IGNORE)
    (half / ".gitattributes").write_text(_GIT_ATTRIBUTES)
    (half / FILE_NAME).write_text(config, encoding="utf-8")
    put_in_place(half, target)
