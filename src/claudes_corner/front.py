r"""Front matter: the closed set of keys at the head of a `.md` file, and the text beneath.

Owns how a file is split (on `\n` only), read and written back byte for byte. Every scalar is read as a string: YAML's
`no` and `1.10` stay what they are.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_type_hints

import msgspec

from claudes_corner.errors import Problem, TextError, one_of, suggest
from claudes_corner.text import canonical_json, digest, is_title
from claudes_corner.yaml_block import dump_block, load_block

_KEY = re.compile(r"""["']?([A-Za-z_][A-Za-z0-9_-]*)["']?\s*:""")
_MAY_BE_ABSENT = {"aliases", "provenance", "origin_url"}
_PLAIN_LINE = re.compile(r"(?:([a-z_0-9]+):|-)(?: (?:'((?:[^']|'')*)'|([^\W_](?:[^:#]|:(?=[^ ]))*)(?<! )))?")

TitleBy = Literal["heading", "asked", "none", "imported"]


class AnyFront(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The head of a `.md` file: a closed set of keys."""


class RecordedFront(AnyFront, frozen=True):
    """A head whose digest the ledger holds."""

    @property
    def sha256(self) -> str:
        """The digest that the ledger keeps as `front_sha256`: of the keys and values as RFC 8785 JSON.

        All values are texts, or true or false: where there is no sign to escape, all writers of JSON agree.
        """
        raw = msgspec.json.encode(self, order="sorted")
        return digest(raw if raw.isascii() and b"\\" not in raw else canonical_json(self))


class DraftFront(RecordedFront, frozen=True):
    """The head of a draft. Nobody edits it."""

    id: str
    title: str  # one line; the edition's date if `title_by` is none
    title_by: TitleBy
    author: str  # the author's id in corner.toml
    model: str  # the model that answered
    mode: str
    edition: str
    written_at: str
    text_sha256: str
    stop_reason: str

    @property
    def asked_title(self) -> str:
        """The title that the author gave when asked for one; empty if it was not, or its answer did not count."""
        return self.title if self.title_by == "asked" else ""


class EntryFront(DraftFront, frozen=True, kw_only=True):
    """The head of an approved text: the draft's, and what approval adds."""

    slug: str
    date: str  # when it is to go live, or went
    tags: tuple[str, ...]
    approved_by: tuple[str, ...]  # editors' ids
    approved_at: str
    aliases: tuple[str, ...] = ()  # slugs it had before
    provenance: str = ""  # `imported`, or empty
    origin_url: str = ""  # of an imported entry, if it is known

    @property
    def draft(self) -> DraftFront:
        """The part that was there before approval, and has not changed since."""
        return DraftFront(*(getattr(self, name) for name in DraftFront.__struct_fields__))


class NoteFront(AnyFront, frozen=True):
    """The head of an editors' note."""

    title: str
    date: str
    by: str  # the editor's id
    tags: tuple[str, ...] = ()


class PageFront(AnyFront, frozen=True):
    """The head of a standing page."""

    title: str
    order: int | None = None  # its place in the menu; those without one come last, by slug
    menu: bool = True  # whether it is there


class LetterFront(RecordedFront, frozen=True, kw_only=True, omit_defaults=True):
    """The head of a letter; on record from when it is sent."""

    id: str
    sender: str = msgspec.field(name="from")  # an editor's id, or the author's
    to: str  # the other's
    written_at: str
    public: bool  # whether the letter says that readers may see it; they do only if both letters say so
    text_sha256: str  # empty until it is sent
    in_reply_to: str = ""  # the id of the letter that it answers
    about: str = ""  # the id of the draft that it is about
    model: str = ""  # of an author's: the model that answered
    stop_reason: str = ""


Front = TypeVar("Front", bound=AnyFront)


def split_document(raw: bytes, where: str) -> tuple[str, str]:
    """Split a file into its YAML and its text.

    Its form is `---`, YAML, `---`, an empty line, the text, one line feed.

    Raises:
        TextError: The bytes are not UTF-8, or the form is another.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise TextError(Problem(f"not UTF-8 at byte {error.start}", where, fix="Save the file as UTF-8.")) from None
    head, opened, rest = text.partition("---\n")
    if head or not opened:
        raise TextError(_no_front_matter(text.split("\n", 1)[0][:40], where))
    if rest.startswith("---\n"):
        block, body = "", rest[4:]
    else:
        block, closed, body = rest.partition("\n---\n")
        if not closed:
            raise TextError(Problem("the front matter does not end", f"{where}:1", expected="a second line '---'"))
    return block, body


def parse_document(raw: bytes, where: str, kind: type[Front]) -> tuple[Front, str]:
    """Read a `.md` file of ours: front matter of a closed set, and the text: exact, but for what editors write.

    Raises:
        TextError: With every problem of the front matter, each with its line.
    """
    block, body = split_document(raw, where)
    front = parse_front(block, where, kind)
    if kind in {NoteFront, PageFront, LetterFront}:  # editors type these by hand, as they like
        return front, body.strip("\n")
    if not body.startswith("\n") or not body.endswith("\n"):
        expected = "an empty line before, a line feed after"
        raise TextError(Problem("the text is not framed as it was written", where, expected))
    return front, body[1:-1]


def load_front(block: str, where: str) -> dict[Any, Any]:
    """Read a front matter block of any keys; every scalar is a string.

    Raises:
        TextError: It is no YAML that front matter needs; see `yaml_block.py`.
    """
    plain = _plain_values(block)
    return load_block(block, where) if plain is None else plain


def _plain_values(block: str) -> dict[str, str | list[str]] | None:
    """Read a block of the plain form that nearly all have, faster than YAML; None if it may be any other.

    It is `key: value` or `key:` over lines of `- value`; a value begins with a letter or a digit and has no `#` and no
    `: `, or stands in single quotation marks.
    """
    if not block.replace("\n", "").isprintable():
        return None
    values: dict[str, str | list[str]] = {}
    listed: list[str] | None = None  # the list that the last key began
    for line in block.split("\n"):
        found = _PLAIN_LINE.fullmatch(line)
        key, quoted, plain = found.groups() if found else ("", None, None)
        value = plain if quoted is None else quoted.replace("''", "'")
        if key and key not in values and listed != []:
            listed = [] if value is None else None
            values[key] = value if listed is None else listed  # type: ignore[assignment]
        elif not key and value is not None and listed is not None:
            listed.append(value)
        else:
            return None
    return None if listed == [] else values


def parse_front(block: str, where: str, kind: type[Front]) -> Front:
    """Read a front matter block of a closed set of keys; see `parse_document`."""
    plain = _plain_values(block)  # in which no key stands twice
    values = load_block(block, where) if plain is None else plain
    if plain is None or not _required(kind) <= values.keys() <= {*kind.__struct_encode_fields__}:
        _check_keys(block, where, kind, values)
    with suppress(msgspec.ValidationError):
        front = msgspec.convert(values, kind, strict=False)  # every scalar is a string, `true` included
        if is_title(getattr(front, "title", "none")):
            return front
    unfit = [key for key in kind.__struct_encode_fields__ if key in values and not _fits(kind, key, values[key])]
    lines = dict(_key_lines(block))
    raise TextError(*(_misfit(key, values[key], _at(where, lines, key)) for key in unfit))


def _check_keys(block: str, where: str, kind: type[Front], values: Mapping[Any, Any]) -> None:
    numbered, known = _key_lines(block), kind.__struct_encode_fields__
    lines, problems = dict(numbered), []
    for key in (key for key in values if key not in known):
        fix = suggest(str(key), known)
        problems.append(Problem(f"unknown front matter key {key!r}", _at(where, lines, key), one_of(known), fix=fix))
    seen = set[str]()
    for key, line in numbered:
        if key in seen:
            problems.append(Problem(f"front matter key {key!r} stands twice", f"{where}:{line}"))
        seen.add(key)
    missing = (key for key in known if key in _required(kind) and key not in values)
    problems += [Problem(f"missing front matter key {key!r}", f"{where}:1") for key in missing]
    if problems:
        raise TextError(*problems)


def render_document(front: AnyFront, text: str) -> bytes:
    """Write front matter and text as the bytes of a `.md` file; `parse_document` gives both back unchanged."""
    values: Mapping[str, Any] = msgspec.to_builtins(front)
    kept = {key: value for key, value in values.items() if value or key not in _MAY_BE_ABSENT}
    return f"---\n{dump_block(kept)}\n---\n\n{text}\n".encode()


@cache
def _required(kind: type[Front]) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(kind) if field.required)


def _no_front_matter(found: str, where: str) -> Problem:
    fix = ""
    if found.endswith("\r"):
        fix = "Save the file with Unix line ends (LF)."
    elif found.startswith("\ufeff"):
        fix = "Save the file as UTF-8 without a byte order mark."
    return Problem("no front matter", f"{where}:1", expected="'---' on the first line", found=repr(found), fix=fix)


def _fits(kind: type[Front], key: str, value: Any) -> bool:
    """Answer whether a key may have this value."""
    name = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))[key]
    try:
        msgspec.convert(value, get_type_hints(kind)[name], strict=False)
    except msgspec.ValidationError:
        return False
    return key != "title" or is_title(value)


def _misfit(key: str, found: object, where: str) -> Problem:
    by_key = {"title": "one line of text", "title_by": one_of(get_args(TitleBy)), "public": "true or false"}
    by_key |= {"order": "a whole number", "menu": "true or false"}
    expected = by_key.get(key, "a text")
    if key in {"tags", "aliases", "approved_by"}:
        expected = "a list: [one, two]"
    return Problem(f"front matter key {key!r} does not fit", where, expected, repr(found))


def _key_lines(block: str) -> list[tuple[str, int]]:
    """Find the line of each top-level key, as the file counts: the block begins on line 2."""
    found = ((_KEY.match(line), number) for number, line in enumerate(block.split("\n"), 2))
    return [(match[1], number) for match, number in found if match]


def _at(where: str, lines: Mapping[str, int], key: object) -> str:
    return f"{where}:{lines[key]}" if isinstance(key, str) and key in lines else where
