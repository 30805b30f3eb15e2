"""Reads `corner.toml` into the settings, or says everything that is wrong with it.

Owns how the file becomes values: an unknown key is an error, and every problem is said with its line. Reads no
environment, and no other file but prompts. The keys are in `settings.py`, what they cannot say in `contradictions.py`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec.inspect import (
    BoolType,
    DictType,
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from claudes_corner.contradictions import Keys, contradictions
from claudes_corner.disk import read_file
from claudes_corner.errors import ConfigError, Problem, one_of, remedy, said_by, suggest
from claudes_corner.root import FILE_NAME
from claudes_corner.settings import NAME, Config, ModeSettings

_NAME_IN_WORDS = "small letters, digits and single hyphens"
SHOWN_CHARACTERS = 60  # of a line that is no TOML
_SLIPS = {  # by what tomllib says: what we say, and what to do
    "Cannot (overwrite|declare|mutate)": ("this key or table stands there twice", "Leave one of them."),
    r"(Illegal|invalid) character '\\n'": (
        "a text does not end on its line",
        'Close its quotation marks; a text of several lines stands between """ and """.',
    ),
    "Unterminated string|Expected \"'''\"": ("a text that begins here does not end", "Close its quotation marks."),
    "Expected '='": ("a key without '='", "Write it so: key = value."),
    "Invalid value": (
        "invalid value",
        "A text must stand in straight quotation marks; true and false have small letters.",
    ),
    "Expected ']": ("a table's name that is not closed", "Write it so: [schedule], [[review.criteria]]."),
    "Unclosed array": (
        "a list lacks a comma, or its ]",
        'Write it so: ["a", "b"]; it may have begun on a line above.',
    ),
    "Unclosed inline table": ("a table in { } lacks a comma, or its }", 'Write it so: { kind = "feed", last = 10 }.'),
    "Invalid initial character": (
        "a key is missing or has a character that it cannot have",
        "A table in { } is all on one line, without a comma after its last key.",
    ),
    "Unescaped|hex value|Unicode scalar": (
        r"a \ before what it cannot stand before",
        r"Write \\ for it, or put the text between single quotation marks.",
    ),
    "Expected newline": (
        "more than a key and its value",
        "A text stands in quotation marks, a number does not begin with 0, each key has its own line.",
    ),
    "Invalid statement": ("neither a key nor a table", "Write key = value or [table], and comments after #."),
}

Settings = TypeVar("Settings")
Misfit = tuple[Keys, Problem]  # where among the keys, and what is wrong there


def read_config(path: Path) -> Config:
    """Read and check a `corner.toml`.

    Raises:
        ConfigError: With every problem found, each with its line.
    """
    try:
        text = read_file(path).decode().removeprefix("\ufeff")  # Windows' Notepad marks UTF-8 so
    except UnicodeDecodeError as error:
        what = f"not UTF-8 at byte {error.start}"
        raise ConfigError(Problem(what, FILE_NAME, fix="Save the file as UTF-8.")) from None
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {said_by(error)}", FILE_NAME, fix=remedy(error))) from None
    config = parse_config(text)
    modes = {name: _with_prompt(mode, path.parent, text, name) for name, mode in config.modes.items()}
    return msgspec.structs.replace(config, modes=modes)


def parse_config(text: str) -> Config:
    """Parse and check the text of a `corner.toml`; see `read_config`. Prompts in files of their own stay there."""
    config = parse_toml(text, Config, FILE_NAME)
    found = ((keys, Problem(what, fix=fix)) for keys, what, fix in contradictions(config))
    if problems := _on_lines(text, found, FILE_NAME):
        raise ConfigError(*problems)
    return config


def parse_toml(text: str, kind: type[Settings], file: str) -> Settings:
    """Parse the text of a TOML file as settings of a kind.

    Raises:
        ConfigError: With every problem found, each with its line.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax_problem(text, str(error), file)) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, lists a thousand deep
        what, fix = "more than can be read", "A number has thousands of digits there, or lists lie hundreds deep."
        raise ConfigError(Problem(what, file, fix=fix)) from None
    try:
        return msgspec.convert(tables, kind)
    except msgspec.ValidationError:
        raise ConfigError(*_on_lines(text, _misfits(tables, kind, ()), file)) from None


def _on_lines(text: str, found: Iterable[Misfit], file: str) -> list[Problem]:
    return [msgspec.structs.replace(problem, where=_where(text, keys, file)) for keys, problem in found]


def _with_prompt(mode: ModeSettings, folder: Path, text: str, name: str) -> ModeSettings:
    """Read the prompt of a mode that keeps it in a file beside the config."""
    if not mode.prompt_file:
        return mode
    where = _where(text, ("modes", name, "prompt_file"), FILE_NAME)
    path = folder / mode.prompt_file
    if not Path(os.path.realpath(path)).is_relative_to(folder.resolve()):
        raise ConfigError(Problem(f"{mode.prompt_file!r} lies outside the newsletter's folder", where))
    try:
        prompt = read_file(path).decode().replace("\r\n", "\n").strip()
    except (OSError, UnicodeDecodeError) as error:
        what = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {said_by(error)}"
        raise ConfigError(Problem(f"{mode.prompt_file!r} {what}", where)) from None
    if not prompt:
        raise ConfigError(Problem(f"{mode.prompt_file!r} holds no prompt", where))
    return msgspec.structs.replace(mode, prompt=prompt)


def _syntax_problem(text: str, message: str, file: str) -> Problem:
    """Turn tomllib's sentence into ours: `Cannot overwrite a value (at line 3, column 10)`."""
    lines = text.rstrip().split("\n")
    at = re.search(r"line (\d+)", message)
    number = int(at[1]) if at else _open_since(lines) or len(lines)
    said = re.sub(r" \(at .*\)$", "", message)
    slips = (slip for pattern, slip in _SLIPS.items() if re.search(pattern, said))
    what, fix = next(slips, (f"{said[:1].lower()}{said[1:]}", ""))
    found = repr(lines[number - 1].strip()[:SHOWN_CHARACTERS])
    return Problem(f"not valid TOML: {what}", f"{file}:{number}", found=found, fix=fix)


def _open_since(lines: Iterable[str]) -> int:
    """Number the line that begins a text of several lines which does not end; 0 if there is none."""
    since = 0
    for number, line in enumerate(lines, 1):
        if _has_half(line):
            since = 0 if since else number
    return since


def _has_half(line: str) -> bool:
    """Answer whether a text of several lines begins or ends on this one."""
    return len(re.findall(r"\"{3}|'{3}", line)) % 2 == 1


def _misfits(value: Any, kind: Any, at: Keys) -> Iterator[Misfit]:
    """Walk tables and their types together; yield everything that does not fit, so that no mistake hides the next."""
    shape = type_info(kind)
    kinds = [each for each in shape.types if isinstance(each, StructType)] if isinstance(shape, UnionType) else []
    if (kinds or isinstance(shape, (StructType, DictType))) and not isinstance(value, dict):
        yield _misfit(at, "a table", value)
    elif [each.tag for each in kinds] == [None]:  # a table that may be left out
        yield from _misfits_of_table(value, kinds[0], at)
    elif kinds:
        yield from _misfits_of_kinds(value, {str(each.tag): each.cls for each in kinds}, at)
    elif isinstance(shape, StructType):
        yield from _misfits_of_table(value, shape, at)
    elif isinstance(shape, DictType):
        for name, inner in value.items():
            if not re.fullmatch(NAME, name):
                yield (*at, name), Problem(f"{name!r} is no name", expected=_NAME_IN_WORDS)
            yield from _misfits(inner, get_args(kind)[1], (*at, name))
    elif isinstance(shape, VarTupleType):
        if not isinstance(value, list):
            yield _misfit(at, "a list: […]", value)
        for number, inner in enumerate(value if isinstance(value, list) else ()):
            yield from _misfits(inner, get_args(kind)[0], (*at, number))
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            yield _misfit(at, _in_words(shape), value)


def _misfits_of_table(table: dict[str, Any], shape: StructType, at: Keys) -> Iterator[Misfit]:
    fields = {field.name: field for field in shape.fields}
    known = [*fields, shape.tag_field] if shape.tag_field else list(fields)
    for key in table:
        if key not in known:
            yield (*at, key), Problem(f"unknown key {key!r}", expected=one_of(known), fix=suggest(key, known))
    kinds = get_type_hints(shape.cls, include_extras=True)
    for name, field in fields.items():
        if name in table:
            yield from _misfits(table[name], kinds[name], (*at, name))
        elif field.required:
            is_table = not at and isinstance(field.type, (StructType, DictType))
            inside = f" in [{_dotted(at)}]" if at else ""
            yield at, Problem(f"missing table [{name}]" if is_table else f"missing key {name!r}{inside}")


def _misfits_of_kinds(table: dict[str, Any], tables: Mapping[str, type], at: Keys) -> Iterator[Misfit]:
    """Check a table whose `kind` says which keys it has."""
    kind = str(table.get("kind", ""))
    if kind in tables:
        yield from _misfits(table, tables[kind], at)
    else:
        what = f"unknown kind {kind!r}" if "kind" in table else f"missing key 'kind' in [{_dotted(at)}]"
        yield (*at, "kind"), Problem(what, expected=one_of(tables), fix=suggest(kind, tables))


def _misfit(at: Keys, expected: str, found: Any) -> Misfit:
    table, last = _dotted(at[:-1]), at[-1]
    name = f"no. {last + 1}" if isinstance(last, int) else last
    what = f"[{table}] {name} does not fit" if table else f"{name} does not fit"
    return at, Problem(what, expected=expected, found=repr(found))


def _in_words(shape: Type) -> str:
    """Say what a single value must be."""
    words = "a text in quotation marks"
    match shape:
        case Metadata(extra_json_schema={"description": str(described)}):
            words = described
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
            words = _NAME_IN_WORDS
        case StrType(min_length=int()):
            words = "words in quotation marks"
    return words


def _dotted(at: Keys) -> str:
    return ".".join(key for key in at if isinstance(key, str))


def _where(text: str, keys: Keys, file: str) -> str:
    """Find the line on which a key, or else its table, is written."""
    table: Keys = ()
    seen: Counter[Keys] = Counter()
    best, depth, is_quoted = 0, 0, False
    for number, line in enumerate(text.split("\n"), 1):
        was_quoted, is_quoted = is_quoted, is_quoted ^ _has_half(line)
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
        elif keys and not depth and here[:-1] == keys:  # [[schedule]] for [schedule], or schedule.hour
            best, depth = number, len(keys)
    return f"{file}:{best}" if best else file


def _names(dotted: str) -> Keys:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
