"""What a text is: its normal form, its digest, its id, its slug.

Owns the rules by which the same words always give the same bytes, and the same bytes the same digest. Its third-party
imports are rfc8785 (canonical JSON) and python-slugify. Knows nothing of files, Markdown or the ledger.
"""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from collections.abc import Callable
from typing import Any

import msgspec

EMPTY_DIGEST = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
DIGEST = re.compile("sha256:[0-9a-f]{64}")
ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case: no i, l, o, u
ID = re.compile(
    r"(?P<edition>[0-9]{4}-[0-9]{2}-[0-9]{2})-(?P<mode>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<tail>[0-9a-hjkmnp-tv-z]{4})"
)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_CHARACTERS = 80  # of one that is proposed
MAX_SLUG_CHARACTERS = 200  # of one that an editor chooses
BEGINNING_CHARACTERS = 60
NAME_BYTES = 255  # what file systems have for the name of a folder, such as an entry's
_RUN = re.compile("[a-z0-9]+")
_MARKS = string.punctuation.encode()
_IN_SLUGS = {  # what becomes of the signs of typography, and of accents
    **dict.fromkeys((*map(ord, "'‘’"), *range(0x300, 0x345))),
    **dict.fromkeys(map(ord, "“”–—"), " "),
}
_NO_PLAIN_TITLE = re.compile("&|[0-9],[0-9]")  # it may hold a reference, or a number that stays together
_CONTROL = {"Cc", "Cs", "Zl", "Zp"}  # control, surrogate, line and paragraph separators


def digest(value: bytes | str) -> str:
    """Return the digest of some bytes, or of a text's UTF-8 bytes, as `sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()


def canonical_json(value: Any) -> bytes:
    """Serialize a value so that equal values give equal bytes.

    Source: RFC 8785 (JSON Canonicalization Scheme).
    """
    import rfc8785  # here, as the next: whoever needs neither does not wait for them

    return rfc8785.dumps(msgspec.to_builtins(value))


def normalise(raw: str) -> str:
    """Bring what a model answered into the one form that is kept, digested and shown.

    CRLF and CR become LF; white space at both ends goes, as `str.strip()` knows it. Nothing else is ever touched.
    """
    return raw.replace("\r\n", "\n").replace("\r", "\n").strip()


def has_lone_surrogate(text: str) -> bool:
    """Answer whether a text holds half a character, which no encoding can carry."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def is_title(text: str) -> bool:
    """Answer whether a text can be a title: one line, not blank, no control characters."""
    return bool(text.strip()) and not any(unicodedata.category(character) in _CONTROL for character in text)


def has_beyond(text: str, lead: int, end: int = 0x100) -> bool:
    """Answer whether a character of a text begins with this byte or a higher one, but lower than `end`, in UTF-8.

    It saves a pattern of many characters, which takes longer to compile than most builds to make a page.
    """
    raw = text.encode("utf-8", "surrogatepass")
    return len(raw.translate(None, bytes(range(lead, end)))) < len(raw)


def word_count(text: str) -> int:
    """Count words: runs between white space or dashes, and each CJK ideograph, kana or hangul syllable for itself.

    What only marks something, as Markdown's signs do, is no word.
    """
    raw = text.encode("utf-8", "surrogatepass").translate(None, _MARKS).replace(b"\xe2\x80\x93", b" ")
    text = raw.replace(b"\xe2\x80\x94", b" ").decode("utf-8", "surrogatepass")
    if not has_beyond(text, 0xE3):  # of U+3000 and what follows
        return len(text.split())
    spaced = re.sub(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", " x ", text)
    return len(spaced.split())


def beginning(text: str) -> str:
    """Take the words that a text begins with, on one line."""
    line = " ".join(text.split())
    if len(line) <= BEGINNING_CHARACTERS:
        return line
    words = line[:BEGINNING_CHARACTERS].rpartition(" ")[0]
    return f"{words or line[: BEGINNING_CHARACTERS - 1]}…"  # some scripts have no spaces


def counted(count: int, name: str, names: str = "") -> str:
    """Write a count of things: `1 draft`, `1,200 drafts`; `names` is for those whose plural is another."""
    return f"{count:,} {name if count == 1 else names or f'{name}s'}"


def mint_id(edition: str, mode: str, choose: Callable[[str], str]) -> str:
    """Make a new draft's id, `<edition>-<mode>-<4 characters>`; `choose` picks one character of a string at random."""
    return f"{edition}-{mode}-{''.join(choose(ID_ALPHABET) for _ in range(4))}"


def propose_slug(title: str, fallback: str) -> str:
    """Derive a path segment of `[a-z0-9-]` from a title; other scripts than Latin are transliterated.

    Nothing may be left of it: then it is the fallback.
    """
    plain = title if title.isascii() else unicodedata.normalize("NFKD", title.replace("'", " ")).translate(_IN_SLUGS)
    if plain.isascii() and len(plain) <= SLUG_CHARACTERS and not _NO_PLAIN_TITLE.search(plain):
        return "-".join(_RUN.findall(plain.lower())) or fallback  # as slugify has it, which takes its time
    from slugify import slugify

    # It would prefer another library to transliterate by, if that is installed: the same title must give the same slug.
    # Cut at the end, not of its longer words, so that `save_order`.
    slug = slugify(title, max_length=SLUG_CHARACTERS, word_boundary=True, save_order=True, backend="text-unidecode")
    return slug or fallback


def visible(text: str) -> str:
    r"""Make a text safe for a terminal: what could move the cursor, recolour or reorder is shown as its escape.

    Line feeds and tabs stay; other control characters, bidirectional overrides and lone surrogates become `\x1b` or
    `\u202e` in plain letters.
    """
    return "".join(
        character if character in "\n\t" or not _is_tricky(character) else ascii(character)[1:-1] for character in text
    )


def _is_tricky(character: str) -> bool:
    return (
        unicodedata.category(character) in _CONTROL
        or character in "\u061c\u200e\u200f"
        or ("\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069")
    )
