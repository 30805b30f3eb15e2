"""The language of a text, as far as its letters tell.

Owns what may be said of it: a script is certain, a language only where the script has one alone.
"""

from __future__ import annotations

import re
from collections import Counter

from claudes_corner.text import has_beyond

_LETTERS = {
    "ja": "\u3040-\u30ff",
    "ko": "\u1100-\u11ff\uac00-\ud7af",
    "zh": "\u3400-\u9fff\U00020000-\U0003ffff",
    "he": "\u0590-\u05ff",
    "th": "\u0e00-\u0e7f",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "und-Arab": "\u0600-\u06ff\u0750-\u077f",
    "und-Cyrl": "\u0400-\u052f",
    "und-Deva": "\u0900-\u097f",
    "": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
}
_NOT_LATIN = "".join(letters for name, letters in _LETTERS.items() if name)
_RIGHT_TO_LEFT = {"he", "und-Arab"}
_CYRILLIC, _ARABIC = ("be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk"), ("ar", "fa", "ps", "ur")
_OTHERS = {"und-Arab": _ARABIC, "und-Cyrl": _CYRILLIC, "und-Deva": ("hi", "mr", "ne"), "he": ("yi",)}


def language_of(text: str, site_language: str) -> str:
    """Tell a text's language (BCP 47) from the script that most of it is in; empty if it can be the site's.

    A script of several languages gives `und-` and its name. Latin letters tell nothing. Ideographs are Chinese, unless
    there is kana beside them.
    """
    found, own = _script_of(text), site_language.partition("-")[0].lower()
    return "" if own == found or own in _OTHERS.get(found, ()) else found


def has_right_to_left(text: str) -> bool:
    """Answer whether a letter of a text is of a script that runs from right to left; quick."""
    return has_beyond(text, 0xD6, 0xDE)  # of U+0580 to U+077F


def is_right_to_left(text: str) -> bool:
    """Answer whether the script that most of a text is in runs from right to left, whatever the site's language."""
    return _script_of(text) in _RIGHT_TO_LEFT


def _script_of(text: str) -> str:
    """Find the script that most of a text is in, by its name in `_LETTERS`."""
    if not has_beyond(text, 0xCD) or not re.search(f"[{_NOT_LATIN}]", text):  # of U+0340 and what follows
        return ""
    counts = Counter({name: len(re.findall(f"[{letters}]", text)) for name, letters in _LETTERS.items()})
    if counts["ja"] * 10 > counts["zh"]:
        counts["ja"] += counts.pop("zh")
    return counts.most_common(1)[0][0]
