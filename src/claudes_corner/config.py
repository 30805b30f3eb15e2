"""Reads `corner.toml` into the settings, or says everything that is wrong with it.

Owns the checks and the messages: an unknown key is an error, and problems are said with their line. Reads no
environment and no other file; the keys themselves are in `settings.py`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec.inspect import (
    BoolType,
    DictType,
    FloatType,
    IntType,
    LiteralType,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from claudes_corner.contradictions import Keys, of_desk, of_generation, of_going_out
from claudes_corner.errors import ConfigError, Problem, one_of, suggest
from claudes_corner.root import FILE_NAME
from claudes_corner.schedule import WEEKDAYS
from claudes_corner.settings import NAME, Config, ModeSettings

NAME_IN_WORDS = "small letters, digits and single hyphens"


def read_config(path: Path) -> Config:
    """Read and check a `corner.toml`.

    Raises:
        ConfigError: With every problem found, each with its line.
    """
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        what = f"not UTF-8 at byte {error.start}"
        raise ConfigError(Problem(what, FILE_NAME, fix="Save the file as UTF-8.")) from None
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", FILE_NAME)) from None
    config = parse_config(text)
    modes = {name: _with_prompt(mode, path.parent, text, name) for name, mode in config.modes.items()}
    return msgspec.structs.replace(config, modes=modes)


def parse_config(text: str) -> Config:
    """Parse and check the text of a `corner.toml`; see `read_config`. Prompts in files of their own stay there."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax_problem(text, str(error))) from None
    try:
        config = msgspec.convert(tables, Config)
    except msgspec.ValidationError:
        raise ConfigError(*_misfits(text, tables, Config, ())) from None
    if problems := [Problem(what, _where(text, path), fix=fix) for path, what, fix in _contradictions(config)]:
        raise ConfigError(*problems)
    return config


def _with_prompt(mode: ModeSettings, folder: Path, text: str, name: str) -> ModeSettings:
    """Read the prompt of a mode that keeps it in a file beside the config."""
    if not mode.prompt_file:
        return mode
    where = _where(text, ("modes", name, "prompt_file"))
    path = folder / mode.prompt_file
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(Problem(f"{mode.prompt_file!r} lies outside the newsletter's folder", where))
    try:
        prompt = path.read_bytes().decode().replace("\r\n", "\n").strip()
    except (OSError, UnicodeDecodeError) as error:
        what = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
        raise ConfigError(Problem(f"{mode.prompt_file!r} {what}", where)) from None
    if not prompt:
        raise ConfigError(Problem(f"{mode.prompt_file!r} holds no prompt", where))
    return msgspec.structs.replace(mode, prompt=prompt)


def _syntax_problem(text: str, message: str) -> Problem:
    """Turn tomllib's sentence into ours: `Cannot overwrite a value (at line 3, column 10)`."""
    line = re.search(r"line (\d+)", message)
    what = re.sub(r" \(at .*\)$", "", message)
    if what.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate")):
        what = "this key or table stands there twice"
    where = f"{FILE_NAME}:{line[1] if line else text.count(chr(10)) + 1}"
    fix = "A text must stand in quotation marks." if what == "Invalid value" else ""
    return Problem(f"not valid TOML: {what[:1].lower()}{what[1:]}", where, fix=fix)


def _misfits(text: str, value: Any, kind: Any, path: Keys) -> Iterator[Problem]:
    """Walk tables and their types together; yield everything that does not fit, so that no mistake hides the next."""
    shape = type_info(kind)
    if isinstance(shape, UnionType) and (members := [m for m in shape.types if isinstance(m, StructType)]):
        yield from _misfits_of_kinds(text, value, {str(m.tag): m.cls for m in members}, path)
    elif isinstance(shape, (StructType, DictType)) and not isinstance(value, dict):
        yield _misfit(text, path, "a table", value)
    elif isinstance(shape, StructType):
        yield from _misfits_of_table(text, value, shape, path)
    elif isinstance(shape, DictType):
        for name, inner in value.items():
            if not re.fullmatch(NAME, name):
                yield Problem(f"{name!r} is no name", _where(text, (*path, name)), expected=NAME_IN_WORDS)
            yield from _misfits(text, inner, get_args(kind)[1], (*path, name))
    elif isinstance(shape, VarTupleType):
        if not isinstance(value, list):
            yield _misfit(text, path, "a list: […]", value)
        for number, inner in enumerate(value if isinstance(value, list) else ()):
            yield from _misfits(text, inner, get_args(kind)[0], (*path, number))
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            yield _misfit(text, path, _in_words(shape), value)


def _misfits_of_table(text: str, table: dict[str, Any], shape: StructType, path: Keys) -> Iterator[Problem]:
    fields = {field.name: field for field in shape.fields}
    known = [*fields, shape.tag_field] if shape.tag_field else list(fields)
    for key in table:
        if key not in known:
            where = _where(text, (*path, key))
            yield Problem(f"unknown key {key!r}", where, expected=one_of(known), fix=suggest(key, known))
    kinds = get_type_hints(shape.cls, include_extras=True)
    for name, field in fields.items():
        if name in table:
            yield from _misfits(text, table[name], kinds[name], (*path, name))
        elif field.required:
            what = f"missing key {name!r} in [{_dotted(path)}]" if path else f"missing table [{name}]"
            yield Problem(what, _where(text, path))


def _misfits_of_kinds(text: str, value: Any, members: Mapping[str, type], path: Keys) -> Iterator[Problem]:
    """Check a table whose `kind` says which keys it has."""
    if not isinstance(value, dict):
        yield _misfit(text, path, "a table", value)
        return
    kind = str(value.get("kind", ""))
    if kind in members:
        yield from _misfits(text, value, members[kind], path)
    else:
        what = f"unknown kind {kind!r}" if kind else f"missing key 'kind' in [{_dotted(path)}]"
        yield Problem(what, _where(text, (*path, "kind")), expected=one_of(members), fix=suggest(kind, members))


def _misfit(text: str, path: Keys, expected: str, found: Any) -> Problem:
    table, last = _dotted(path[:-1]), path[-1]
    name = f"no. {last + 1}" if isinstance(last, int) else last
    what = f"[{table}] {name} does not fit" if table else f"{name} does not fit"
    return Problem(what, _where(text, path), expected, repr(found))


def _in_words(shape: Type) -> str:
    """Say what a single value must be."""
    words = "a text in quotation marks"
    match shape:
        case UnionType(types=types):
            words = _in_words(next(member for member in types if not isinstance(member, NoneType)))
        case LiteralType(values=values):
            words = one_of(map(str, values))
        case BoolType():
            words = "true or false"
        case IntType(le=None):
            words = "a whole number, at least 1"
        case IntType(ge=least, le=most):
            words = f"a whole number from {least} to {most}"
        case FloatType(ge=None):
            words = "a number above 0"
        case FloatType(ge=least, le=most):
            words = f"a number from {least:g} to {most:g}" if most is not None else "a number, not below 0"
        case StrType(pattern=str()):
            words = NAME_IN_WORDS
        case StrType(min_length=int()):
            words = "words in quotation marks"
    return words


def _dotted(path: Keys) -> str:
    return ".".join(key for key in path if isinstance(key, str))


def _contradictions(config: Config) -> Iterator[tuple[Keys, str, str]]:
    """Yield what no type can say: (keys, what is wrong, what to do)."""
    if not is_site_address(config.site.base_url):
        what = f"{config.site.base_url!r} is no site's address"
        yield ("site", "base_url"), what, "Write it as https://corner.example/."
    if not re.fullmatch(r"[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d{2}(-\d{2})?)?", config.site.tag):
        what = f"{config.site.tag!r} is no tag authority"
        yield ("site", "tag"), what, "Write a domain and a year: corner.example,2026."
    if not _is_timezone(config.site.timezone):
        fix = suggest(config.site.timezone, available_timezones()) or "Write an IANA name such as 'Europe/London'."
        yield ("site", "timezone"), f"unknown time zone {config.site.timezone!r}", fix
    if config.schedule.weekday not in WEEKDAYS:
        yield ("schedule", "weekday"), f"unknown weekday {config.schedule.weekday!r}", f"Write {one_of(WEEKDAYS)}."
    if "anthropic" not in config.site.disclaimer.lower():
        fix = "Say both: the model does not speak for Anthropic, and Anthropic does not necessarily endorse its claims."
        yield ("site", "disclaimer"), "the disclaimer does not name Anthropic", fix
    yield from _empty_tables(config)
    for name, author in config.authors.items():
        if author.embedded and not config.demo:
            yield (
                ("authors", name, "embedded"),
                "the embedded author stands in a demo only",
                "Remove 'embedded', or write demo = true at the top.",
            )
    yield from of_generation(config)
    yield from of_desk(config)
    yield from of_going_out(config)
    if config.editors and max(config.vetoes, config.review.approvals) > len(config.editors):
        what = "more approvals or vetoes are needed than there are editors"
        yield ("review",), what, "Name more editors, or need fewer."


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)  # listing them all would take longer than all the rest
    except (ValueError, OSError, LookupError):  # not a name, a folder of names, unknown
        return False
    return True


def _empty_tables(config: Config) -> Iterator[tuple[Keys, str, str]]:
    for table in ("authors", "editors", "modes"):
        if not getattr(config, table):
            yield (table,), f"there is nothing under [{table}]", f"Add at least one [{table}.…]."
    codes = [criterion.code for criterion in config.review.criteria]
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield ("review", "criteria", number, "code"), f"two criteria have the code {code!r}", "Give each its own."


def is_site_address(text: str) -> bool:
    """Answer whether a site can be served at an address: http or https, a host, a path that ends in `/`."""
    try:
        url = urlsplit(text)
        is_plain = not url.query and not url.fragment and (url.port or 1) > 0
    except ValueError:  # half an IPv6 address, a port that is none
        return False
    return is_plain and url.scheme in {"http", "https"} and bool(url.hostname) and url.path.endswith("/")


def _where(text: str, keys: Keys) -> str:
    """Find the line on which a key, or else its table, is written."""
    table: Keys = ()
    seen: Counter[Keys] = Counter()
    best, depth, is_quoted = 0, 0, False
    for number, line in enumerate(text.split("\n"), 1):
        was_quoted, is_quoted = is_quoted, is_quoted ^ bool(len(re.findall(r"\"{3}|'{3}", line)) % 2)
        if was_quoted:  # a line of a long text, whatever it looks like
            continue
        if header := re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line):
            table = _names(header[2])
            if header[1] == "[[":
                seen[table] += 1
                table = (*table, seen[table] - 1)
            here = table
        elif key := re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line):
            here = (*table, *_names(key[1]))
        else:
            continue
        if len(here) > depth and here == keys[: len(here)]:
            best, depth = number, len(here)
    return f"{FILE_NAME}:{best}" if best else FILE_NAME


def _names(dotted: str) -> Keys:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
