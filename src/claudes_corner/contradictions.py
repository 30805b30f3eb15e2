"""What no type can say of the settings: keys that contradict each other, or miss each other.

Owns the checks on modes, sources, authors' prices, budgets, the desk's proxy, targets and
hooks; `config.py` says where the keys stand.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from claudes_corner.settings import (
    AuthorSettings,
    Config,
    FeedSource,
    ModeSettings,
    PageSource,
    RsyncTarget,
    S3Target,
)

Keys = tuple[str | int, ...]  # names of tables and keys, and places in lists
Contradiction = tuple[Keys, str, str]  # where, what is wrong, what to do


def of_generation(config: Config) -> Iterator[Contradiction]:
    """Yield what is wrong with modes, authors and `[generation]`."""
    for name, mode in config.modes.items():
        yield from _of_mode(("modes", name), mode)
    for name, author in config.authors.items():
        yield from _of_author(("authors", name), author)
        if config.generation.budget_usd and not author.embedded and author.usd_per_million_output_tokens is None:
            what = f"a budget in USD needs prices, and [authors.{name}] has none"
            fix = "Give it 'usd_per_million_input_tokens' and 'usd_per_million_output_tokens'."
            yield ("generation", "budget_usd"), what, fix


def _of_mode(at: Keys, mode: ModeSettings) -> Iterator[Contradiction]:
    if mode.prompt_file and mode.prompt:
        yield (*at, "prompt_file"), "a mode needs either 'prompt' or 'prompt_file'", "Give exactly one of them."
    elif not mode.prompt_file and not mode.prompt.strip():
        yield at, f"missing key 'prompt' in [{at[0]}.{at[1]}]", ""
    if mode.letter and mode.proposed_by != "author":
        yield (*at, "letter"), "'letter' names the author's proposal", 'Add: proposed_by = "author".'
    if mode.proposed_by == "author" and not mode.letter:
        yield (*at, "proposed_by"), "nothing shows that the author proposed it", "Add 'letter', the id of its letter."
    for number, source in enumerate(mode.sources):
        if isinstance(source, FeedSource) and bool(source.url) == bool(source.path):
            yield (*at, "sources", number), "a feed needs either 'url' or 'path'", "Give exactly one of them."
        if isinstance(source, FeedSource | PageSource) and source.url and not source.url.startswith(_WEB):
            yield (*at, "sources", number), f"{source.url!r} is no web address", "Write http:// or https://."


_WEB = ("http://", "https://")


def _of_author(at: Keys, author: AuthorSettings) -> Iterator[Contradiction]:
    if author.temperature is not None and "temperature" not in author.capabilities:
        what = "a temperature is asked for, but 'capabilities' does not list it"
        fix = "Anthropic's API refuses sampling parameters: list it only for a server that takes them."
        yield (*at, "temperature"), what, fix
    prices = (author.usd_per_million_input_tokens, author.usd_per_million_output_tokens)
    if prices.count(None) == 1:
        yield at, "one of two prices is missing", "Give both, for input and for output tokens."


def of_desk(config: Config) -> Iterator[Contradiction]:
    """Yield what is wrong with `[desk]`."""
    desk = config.desk
    given = {"proxy": desk.proxy, "header": desk.header, "url": desk.url}
    if missing := [name for name, value in given.items() if not value]:
        if len(missing) < len(given):
            yield ("desk",), f"missing key {missing[0]!r} in [desk]", "A proxy needs all three: proxy, header and url."
        return
    try:
        ip_address(desk.proxy)
    except ValueError:
        yield ("desk", "proxy"), f"{desk.proxy!r} is no IP address", "Write the one that its requests come from."
    if not re.fullmatch(r"[A-Za-z0-9-]+", desk.header):
        yield ("desk", "header"), f"{desk.header!r} is no header's name", "Write it as X-Forwarded-Email."
    url = urlsplit(desk.url)
    if url.scheme not in {"http", "https"} or not url.hostname or (url.path, url.query, url.fragment) != ("/", "", ""):
        yield ("desk", "url"), f"{desk.url!r} is no desk's address", "Write it as https://desk.corner.example/."


def of_going_out(config: Config) -> Iterator[Contradiction]:
    """Yield what is wrong with `[deploy]` and `[notify]`."""
    if not is_command(config.notify.command):
        yield ("notify", "command"), "a quotation mark is never closed", "Write the command as you would type it."
    for name, target in config.deploy.items():
        at = ("deploy", name)
        if isinstance(target, RsyncTarget) and target.to.startswith("-"):
            yield (*at, "to"), f"{target.to!r} is no place", "Write it as user@host:/folder/."
        if isinstance(target, S3Target) and target.prefix and target.prefix != f"{target.prefix.strip('/')}/":
            yield (*at, "prefix"), f"{target.prefix!r} is no prefix", "Write it as corner/, or leave it empty."
        if not is_command(target.hook):
            yield (*at, "hook"), "a quotation mark is never closed", "Write the command as you would type it."


def is_command(line: str) -> bool:
    """Answer whether a line can be split into words as a shell does."""
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True
