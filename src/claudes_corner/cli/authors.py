"""What a round needs of the world: an author, by its key or as the embedded model; clocks; what sources may draw on.

Knows no mode and no draft.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claudes_corner.cli.session import Session
from claudes_corner.errors import AuthorError, Problem
from claudes_corner.generation.asking import Passage
from claudes_corner.generation.embedded import check_machine, embedded_server
from claudes_corner.generation.letters import letter_documents
from claudes_corner.generation.planning import past_entries
from claudes_corner.generation.sources import Reach
from claudes_corner.generation.weights import default_cache, fetch_weights, find_weights
from claudes_corner.letters import read_letters
from claudes_corner.root import FILE_NAME
from claudes_corner.schedule import render_instant
from claudes_corner.settings import AuthorSettings

if TYPE_CHECKING:
    from claudes_corner.generation.author import Author


def passage(session: Session) -> Passage:
    """Make the clocks of a round."""
    return Passage(session.now, time.monotonic, time.sleep)


def reach(session: Session, *, offline: bool = False) -> Reach:
    """Say what sources may draw on: the newsletter's folder, its published entries, the web unless offline."""
    now = render_instant(session.now())
    letters = letter_documents(read_letters(session.workspace.folders, session.workspace.ledger()), now)
    entries = past_entries(session.workspace, now)
    return Reach(root=session.workspace.folders.root, past_entries=entries, letters=letters, now=now, offline=offline)


@contextmanager
def open_author(session: Session, author_id: str) -> Iterator[Author]:
    """Make an author of corner.toml ready to be asked.

    Raises:
        AuthorError: The key is missing, nobody said that it may go there, or the embedded model cannot run here.
    """
    settings = session.workspace.config.authors[author_id]
    if settings.embedded:
        with embedded_server(ready_weights(session)) as endpoint:
            yield _author(session, settings, endpoint.key, endpoint.url)
        return
    where, variable = f"{FILE_NAME}: [authors.{author_id}]", settings.key_variable
    if settings.key_env is None and settings.base_url and not _is_anthropics(settings.base_url):
        what = f"{settings.base_url} is not Anthropic's, and no `key_env` says which key may go there"
        fix = 'Name the variable that holds its key, or write key_env = "": then no key is sent.'
        raise AuthorError(Problem(what, where, fix=fix))
    key = session.environ.get(variable, "") if variable else ""
    if variable and not key:
        fix = f"Set {variable} to an API key of the account that has access to {settings.model}."
        raise AuthorError(Problem(f"no key: the environment variable {variable} is not set", where, fix=fix))
    yield _author(session, settings, key, settings.base_url or session.environ.get("ANTHROPIC_BASE_URL") or None)


def _is_anthropics(base_url: str) -> bool:
    from claudes_corner.generation.line import parse_url

    url = parse_url(base_url)
    return url.scheme == "https" and f".{url.host}".endswith(".anthropic.com")


def ready_weights(session: Session) -> Path:
    """Check the machine, then find or fetch the embedded model's weights; a download shows its progress.

    Raises:
        EmbeddedError: Something is missing that the embedded model needs.
    """
    cache = default_cache(session.environ)
    own = session.environ.get("CORNER_GGUF")
    found = find_weights(cache, Path(own) if own else None)
    check_machine(found)
    if found:
        return found
    with click.progressbar(length=100, label="fetching the demonstration model (93 MB, once)", file=sys.stderr) as bar:
        return fetch_weights(cache, lambda done, total: bar.update(100 * done // total - bar.pos))


def _author(session: Session, settings: AuthorSettings, key: str, base_url: str | None) -> Author:
    from claudes_corner.generation.author import Author  # its SDK takes more than a second to import

    return Author(settings, key=key, base_url=base_url, clock=session.now)
