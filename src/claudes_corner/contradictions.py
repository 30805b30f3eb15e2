"""What no type can say of the settings: keys that contradict each other, miss each other, or cannot be meant.

Owns the checks of what the keys say; `config.py` says on which line they stand.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from claudes_corner.addresses import is_loopback, is_placeholder, is_site_address
from claudes_corner.errors import Problem, one_of, suggest
from claudes_corner.root import FILE_NAME
from claudes_corner.schedule import WEEKDAYS
from claudes_corner.settings import (
    EMBEDDED_MODEL,
    AuthorSettings,
    Config,
    Desk,
    FeedSource,
    ModeSettings,
    PageSource,
    RsyncTarget,
    S3Target,
)

Keys = tuple[str | int, ...]  # names of tables and keys, and places in lists
Contradiction = tuple[Keys, str, str]  # where, what is wrong, what to do

_TAG = re.compile(r"[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d{2}(-\d{2})?)?")
_SHOWN = ("title", "description", "language", "disclaimer", "signup_url")
_UNFIT = "[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]"  # controls but tab and line feed; noncharacters
_LONGEST_NAME = 64
_WEB = ("http://", "https://")
_CLAUDE = re.compile(r"claude|opus|anthropic", re.IGNORECASE)


def contradictions(config: Config) -> Iterator[Contradiction]:
    """Yield everything that is wrong with settings whose types are right."""
    yield from _of_site(config)
    yield from _of_rules(config)
    for name, mode in config.modes.items():
        yield from _of_mode(("modes", name), mode)
    for name, author in config.authors.items():
        yield from _of_author(("authors", name), author, config)
    yield from _of_desk(config.desk)
    yield from _of_going_out(config)


def _of_site(config: Config) -> Iterator[Contradiction]:
    site, weekday = config.site, config.schedule.weekday
    if not is_site_address(site.base_url):
        what = f"{site.base_url!r} is no site's address"
        meant = (f"{site.base_url}/", f"https://{site.base_url.strip('/')}/" if ":" not in site.base_url else "")
        address = next(filter(is_site_address, meant), "https://corner.example/")
        yield ("site", "base_url"), what, f"Write it as {address}."
    if not _TAG.fullmatch(site.tag):
        what = f"{site.tag!r} is no tag authority"
        yield ("site", "tag"), what, "Write a domain and a year: corner.example,2026."
    if not _is_timezone(site.timezone):
        regions = [name for name in available_timezones() if name == "UTC" or "/" in name.removeprefix("Etc/")]
        fix = suggest(site.timezone, regions) or "Write a region's name such as 'Europe/Berlin'."
        yield ("site", "timezone"), f"unknown time zone {site.timezone!r}", fix
    if weekday not in WEEKDAYS:
        yield ("schedule", "weekday"), f"unknown weekday {weekday!r}", f"Write {one_of(WEEKDAYS)}."
    for key in _SHOWN:
        value = getattr(site, key)
        if not value.isprintable() and re.search(_UNFIT, value):
            yield ("site", key), f"{key!r} has a character that no page can show: {value!r}", "Leave it out."
    if "anthropic" not in site.disclaimer.lower():
        fix = "Say both: the model does not speak for Anthropic, and Anthropic does not necessarily endorse its claims."
        yield ("site", "disclaimer"), "the disclaimer does not name Anthropic", fix


def _of_rules(config: Config) -> Iterator[Contradiction]:
    for table in ("authors", "editors", "modes"):
        if not getattr(config, table):
            yield (table,), f"there is nothing under [{table}]", f"Add at least one [{table}.…]."
        for name in getattr(config, table):  # of ids and of files, which have a limit on every disk
            if len(name) > _LONGEST_NAME:
                yield (table, name), f"a name of {len(name)} characters", f"Choose one of at most {_LONGEST_NAME}."
    codes = [criterion.code for criterion in config.review.criteria]
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield ("review", "criteria", number, "code"), f"two criteria have the code {code!r}", "Give each its own."
    if config.editors and max(config.vetoes, config.review.approvals) > len(config.editors):
        what = "more approvals or vetoes are needed than there are editors"
        yield ("review",), what, "Name more editors, or need fewer."


def _of_mode(at: Keys, mode: ModeSettings) -> Iterator[Contradiction]:
    if mode.prompt_file and mode.prompt:
        yield (*at, "prompt_file"), "a mode needs either 'prompt' or 'prompt_file'", "Give exactly one of them."
    elif not mode.prompt_file and not mode.prompt.strip():
        yield at, f"[{at[0]}.{at[1]}] has no prompt", "Write it as 'prompt', or name its file as 'prompt_file'."
    if mode.letter and mode.proposed_by != "author":
        yield (*at, "letter"), "'letter' names the author's proposal", 'Add: proposed_by = "author".'
    if mode.proposed_by == "author" and not mode.letter:
        yield (*at, "proposed_by"), "nothing shows that the author proposed it", "Add 'letter', the id of its letter."
    for number, source in enumerate(mode.sources):
        if isinstance(source, FeedSource) and bool(source.url) == bool(source.path):
            yield (*at, "sources", number), "a feed needs either 'url' or 'path'", "Give exactly one of them."
        if isinstance(source, FeedSource | PageSource) and source.url and not source.url.startswith(_WEB):
            yield (*at, "sources", number), f"{source.url!r} is no web address", "Write http:// or https://."


def _of_author(at: Keys, author: AuthorSettings, config: Config) -> Iterator[Contradiction]:
    if author.embedded and not config.demo:
        fix = "Remove 'embedded', or write demo = true at the top."
        yield (*at, "embedded"), "the embedded author stands in a demo only", fix
    elif author.embedded and author.model != EMBEDDED_MODEL:
        what = f"the embedded author is not {author.model!r}"
        yield (*at, "model"), what, f'Write model = "{EMBEDDED_MODEL}".'
    elif author.embedded and (own := _CLAUDE.search(author.name)):
        what = f"what the embedded author writes is not by {own[0]}"
        yield (*at, "name"), what, "Give it a name and an 'about' of its own: \"SmolLM2 135M\"."
    if author.temperature is not None and "temperature" not in author.capabilities:
        what = "a temperature is asked for, but 'capabilities' does not list it"
        fix = "Anthropic's API refuses sampling parameters: list it only for a server that takes them."
        yield (*at, "temperature"), what, fix
    if (author.usd_per_million_input_tokens is None) != (author.usd_per_million_output_tokens is None):
        yield at, "one of two prices is missing", "Give both, for input and for output tokens."
    if config.generation.budget_usd and not author.embedded and author.usd_per_million_output_tokens is None:
        what = f"a budget in USD needs prices, and [{at[0]}.{at[1]}] has none"
        fix = "Give it 'usd_per_million_input_tokens' and 'usd_per_million_output_tokens'."
        yield ("generation", "budget_usd"), what, fix


def _of_desk(desk: Desk) -> Iterator[Contradiction]:
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
    if not is_site_address(desk.url) or urlsplit(desk.url).path != "/":
        yield ("desk", "url"), f"{desk.url!r} is no desk's address", "Write it as https://desk.corner.example/."


def _of_going_out(config: Config) -> Iterator[Contradiction]:
    commands: dict[Keys, str] = {("notify", "command"): config.notify.command}
    for name, target in config.deploy.items():
        at = ("deploy", name)
        if isinstance(target, RsyncTarget) and target.to.startswith("-"):
            yield (*at, "to"), f"{target.to!r} is no place", "Write it as user@host:/folder/."
        if isinstance(target, S3Target) and target.prefix and target.prefix != f"{target.prefix.strip('/')}/":
            yield (*at, "prefix"), f"{target.prefix!r} is no prefix", "Write it as corner/, or leave it empty."
        commands[*at, "hook"] = target.hook
    for keys, command in commands.items():
        if not _is_command(command):
            yield keys, "a quotation mark is never closed", "Write the command as you would type it."


def nobodys_address(config: Config) -> Problem | None:
    """Say it if the site's address leads no reader anywhere: good enough for a trial, and in a feed wrong for good."""
    if not is_placeholder(urlsplit(config.site.base_url).hostname or ""):
        return None
    what = "no reader can reach this address, and feeds keep the links that went out"
    fix = "Write where the site will be served, then deploy."
    return Problem(what, f"{FILE_NAME}: [site] base_url", found=repr(config.site.base_url), fix=fix)


def nobodys_target(config: Config, name: str) -> Problem | None:
    """Say it if a target is only an example's: else it is found out when all is asked for, built and verified."""
    target = config.deploy[name]
    key = {RsyncTarget: "to", S3Target: "endpoint"}.get(type(target), "")
    place = getattr(target, key, "")
    host = re.sub(r"^(\w+://)?([^@/:]*@)?", "", place).partition("/")[0].partition(":")[0]
    if not is_placeholder(host) or is_loopback(host):
        return None
    what, fix = "this is an example's name, and nothing can be sent there", "Write where the site is to go."
    return Problem(what, f"{FILE_NAME}: [deploy.{name}] {key}", found=repr(place), fix=fix)


def nobodys_tag(config: Config) -> Problem | None:
    """Say it if what names entries in feed readers is only an example's: it never changes once it is on record."""
    authority = config.site.tag.partition(",")[0].rpartition("@")[2]
    if not is_placeholder(authority):
        return None
    what = "this name is nobody's, and the first draft puts it on record for good"
    fix = "Write a domain of yours, and the year."
    return Problem(what, f"{FILE_NAME}: [site] tag", found=repr(config.site.tag), fix=fix)


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)  # listing them all would take longer than all the rest
    except (ValueError, OSError, LookupError):  # not a name, a folder of names, unknown
        return False
    return True


def _is_command(line: str) -> bool:
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True
