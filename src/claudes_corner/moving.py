"""Moving house: what of a folder of Markdown files becomes imported entries, and what does not, and why.

Owns how others' files are read: front matter of any keys, of which five count, and the text, whose bytes are kept: only
the empty line after the front matter and the last line feed are the file's own, as in ours. Writes nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from claudes_corner.disk import read_file
from claudes_corner.errors import Problem, TextError, UsageError, said_by
from claudes_corner.folders import imported_front
from claudes_corner.front import DraftFront, TitleBy, load_front
from claudes_corner.ledger import IMPORTED, Imported
from claudes_corner.markup import heading_title
from claudes_corner.schedule import is_edition, render_instant
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger
from claudes_corner.text import digest, is_title, mint_id, propose_slug

_FILE = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)(?:\r?\n)?(?P<text>.*)\Z",
    re.DOTALL | re.MULTILINE,
)
_NAME = re.compile(r"(?:(?P<date>\d{4}-\d{2}-\d{2})-)?(?P<rest>.+)")
_KEYS = {"title", "date", "tags", "slug", "origin_url", "draft"}
_TRUE, _FALSE = {"true", "yes", "on"}, {"false", "no", "off"}
_SUFFIXES = {".md", ".markdown"}
_MANY = 8
_WRITE_ONE = "Write one into its front matter."
_FIRST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)


class Text(msgspec.Struct, frozen=True):
    """A text that may be imported."""

    name: str  # its file's
    record: Imported  # its place in the chain is not known yet
    front: DraftFront
    text: str


class Wish(msgspec.Struct, frozen=True):
    """What an editor says of all files."""

    author: str = IMPORTED  # who wrote them
    origin: str = ""  # the address that each had before; `{slug}` stands for its slug


class Move(msgspec.Struct, frozen=True):
    """What was found."""

    texts: tuple[Text, ...]  # oldest first
    drafts: tuple[str, ...]  # files that say of themselves that they are drafts
    known: int  # were imported before
    problems: tuple[Problem, ...]  # what cannot be imported
    notes: tuple[str, ...]  # what was taken otherwise than it stood there


class _Found(msgspec.Struct, frozen=True):
    """What a file says."""

    name: str
    title: str
    title_by: TitleBy
    date: str  # an instant
    edition: str  # the local day
    slug: str
    tags: tuple[str, ...]
    origin_url: str
    text: str


class _Mover:
    def __init__(self, config: Config, now: dt.datetime, wish: Wish) -> None:
        self._zone, self._now, self._wish = ZoneInfo(config.site.timezone), now, wish
        self._slots = config.slots
        self.unread: Counter[str] = Counter()
        self.naive = 0
        self.renamed: list[str] = []
        self.drafts: list[str] = []

    def read(self, path: Path, name: str) -> _Found | None:
        """Read a file; None, if it is a draft."""
        try:
            found = _FILE.match(content := read_file(path).decode())
        except (OSError, UnicodeDecodeError) as error:
            why = "it is not UTF-8" if isinstance(error, ValueError) else said_by(error)
            raise TextError(Problem(f"cannot be read: {why}", name)) from None
        if not found:
            is_toml = content.removeprefix("\ufeff").startswith("+++")
            what, fix = ("TOML front matter is not read", "Convert it to YAML.") if is_toml else ("no front matter", "")
            expected = "'---' on the first line, and again after it"
            raise TextError(Problem(what, f"{name}:1", expected, fix=fix))
        keys, text = load_front(found["yaml"].replace("\r\n", "\n"), name), found["text"]
        text = text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")
        if _word(keys, "draft") in _TRUE or _word(keys, "published") in _FALSE:
            self.drafts.append(name)
            return None
        if not text.strip():
            raise TextError(Problem("there is no text", name))
        date = self._date(keys, name)
        edition = date.astimezone(self._zone).date().isoformat()
        title, title_by = _title(keys, text, name, edition)
        slug, tags = self._places(keys, name)
        origin = keys.get("origin_url") or self._wish.origin.replace("{slug}", slug)
        if origin and not str(origin).startswith(("http://", "https://")):
            raise TextError(Problem("'origin_url' is no web address", name, "http:// or https://", repr(origin)))
        self.unread.update(str(key) for key in keys if key not in _KEYS)
        return _Found(name, title, title_by, render_instant(date), edition, slug, tags, origin, text)

    def _date(self, keys: dict[Any, Any], name: str) -> dt.datetime:
        text = keys.get("date") or _name(name)["date"]
        if not text:
            raise TextError(Problem("it has no date", name, "date: 2026-11-25", fix=_WRITE_ONE))
        try:
            if is_edition(text):
                date = self._slots.at(text)
            else:
                date = dt.datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d)", "", text))
                self.naive += date.tzinfo is None
                date = date if date.tzinfo else date.replace(tzinfo=self._zone)
            if _FIRST <= date <= self._now:
                return date
        except (ValueError, TypeError, OverflowError):
            pass
        expected = "a day or an instant in the past: 2026-11-25 or 2026-11-25T09:00:00Z"
        raise TextError(
            Problem("the date is none that it can have been published on", name, expected, repr(text), _WRITE_ONE)
        )

    def _places(self, keys: dict[Any, Any], name: str) -> tuple[str, tuple[str, ...]]:
        """Tell slug and tags; what can be none is turned into one, and noted."""
        given = keys.get("tags") or []
        tags = given.split(",") if isinstance(given, str) else given
        wanted = (str(keys.get("slug") or _name(name)["rest"]), *(str(tag).strip() for tag in tags))
        slug, *others = (propose_slug(word, "") for word in wanted)
        self.renamed += [f"{old!r} is {new!r}" for old, new in zip(wanted, (slug, *others), strict=True) if old != new]
        if not slug:
            raise TextError(Problem("nothing of its name can be a slug", name, "slug: a-few-words"))
        return slug, tuple(dict.fromkeys(filter(None, others)))

    def notes(self) -> Iterator[str]:
        """Say what was taken otherwise than it stood there."""
        if self.unread:
            keys = ", ".join(f"{key} ({number:,})" for key, number in self.unread.most_common())
            yield f"keys that were not read: {keys}"
        if self.naive:
            yield f"dates without a time zone, taken as of {self._zone.key}: {self.naive:,}"
        if self.renamed:
            yield f"slugs and tags that had to change: {some(list(dict.fromkeys(self.renamed)))}"


def look(folder: Path, config: Config, known: Ledger, now: dt.datetime, wish: Wish) -> Move:
    """Look through a folder for what can be imported.

    Args:
        folder: `.md` and `.markdown` files in it, and in the folders below; not hidden ones.
        config: For the time zone, and the slot's hour, which counts for dates without one.
        known: What is on record: what was imported before is not imported again.
        now: Nothing can have been published later.
        wish: What is said of all of them.

    Raises:
        UsageError: One address would be the origin of several.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in _SUFFIXES)
    mover, problems, found = _Mover(config, now, wish), list[Problem](), list[_Found]()
    for name in names:
        if not re.search(r"(?:^|/)\.", name):
            try:
                found += filter(None, (mover.read(folder / name, name),))
            except TextError as error:
                problems += error.problems
    if (sharing := [one.origin_url for one in found].count(wish.origin)) > 1 and wish.origin:
        what = f"{sharing:,} files would have one address as their origin, for good"
        fix = "Write {slug} where the slug of each stood."
        raise UsageError(Problem(what, "--origin", "{slug} in it", wish.origin, fix))
    new, old = _new(found, known, problems)
    ids = set(known.standings)
    texts = tuple(_text(one, wish.author, ids) for one in new)
    return Move(texts, tuple(mover.drafts), old, tuple(problems), tuple(mover.notes()))


def some(names: Sequence[str]) -> str:
    """List the first of many."""
    return ", ".join(names[:_MANY]) + (f" and {len(names) - _MANY:,} more" if names[_MANY:] else "")


def _new(found: list[_Found], known: Ledger, problems: list[Problem]) -> tuple[list[_Found], int]:
    """Tell what is new, oldest first, and how much was imported before; the rest wants another's place."""
    before = {record.route: record for record in known.records if isinstance(record, Imported)}
    taken = known.taken()
    new, old, here = list[_Found](), 0, dict[str, list[str]]()
    for one in found:
        here.setdefault(one.slug, []).append(one.name)
    for slug, names in here.items():
        if names[1:]:
            fix = "Give all but one another: slug: a-few-words"
            problems.append(Problem(f"{len(names)} files want the slug {slug!r}", found=", ".join(names), fix=fix))
    for one in sorted(found, key=lambda one: (one.date, one.slug, one.name)):
        text_sha256, route = digest(one.text), f"/essays/{one.slug}/"
        if route in before and before[route].text_sha256 == text_sha256:
            old += 1
        elif route in before or one.slug in taken:
            what = f"the slug {one.slug!r} is taken"
            what += " by the same entry with another text: no text is ever changed" if route in before else ""
            found_there = str(before[route].id if route in before else taken[one.slug])
            problems.append(Problem(what, one.name, found=found_there, fix="Give it another: slug: a-few-words"))
        elif not here[one.slug][1:]:
            new.append(one)
    return new, old


def _text(one: _Found, author: str, ids: set[str]) -> Text:
    """Make a record and a head; the id is the same each time it is tried, and added to those that are taken."""
    minted = (mint_id(one.edition, IMPORTED, _choices(f"{one.slug} {number}")) for number in count())
    name = next(name for name in minted if name not in ids)
    ids.add(name)
    of_it = {"text_sha256": digest(one.text), "origin_url": one.origin_url, "date": one.date, "tags": one.tags}
    unplaced = {"seq": 0, "at": "", "by": "", "prev": "", "front_sha256": ""}
    record = Imported(id=name, author=author, route=f"/essays/{one.slug}/", **unplaced, **of_it)  # type: ignore[arg-type]
    front = imported_front(record, one.title, one.title_by)
    return Text(one.name, replace(record, front_sha256=front.sha256), front, one.text)


def _choices(seed: str) -> Callable[[str], str]:
    digits = iter(sha256(seed.encode()).digest())
    return lambda alphabet: alphabet[next(digits) % len(alphabet)]


def _title(keys: dict[Any, Any], text: str, name: str, edition: str) -> tuple[str, TitleBy]:
    """Tell the title, and who gave it: the text's heading, the file, or nobody."""
    given, heading = keys.get("title") or "", (text.lstrip().startswith("#") and heading_title(text)) or ""
    title = " ".join(given.split()) if isinstance(given, str) else ""
    if given and not is_title(title):
        raise TextError(Problem("the title is none", name, "one line of text", repr(given)))
    if is_title(heading) and title in {"", heading}:
        return heading, "heading"
    return (title, "imported") if title else (edition, "none")


def _word(keys: dict[Any, Any], key: str) -> str:
    return str(keys.get(key, "")).lower()


def _name(name: str) -> re.Match[str]:
    """Tell date and slug from a file's name; of `index.md`, from its folder's."""
    path = Path(name)
    stem = path.parent.name if path.stem in {"index", "_index"} and path.parent.name else path.stem
    return _NAME.fullmatch(stem) or _NAME.fullmatch("x")  # type: ignore[return-value]
