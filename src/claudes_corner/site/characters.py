"""The characters that HTML and XML cannot hold.

Owns what becomes of them where a text is shown; the text's own file keeps them. Patterns of so many characters take
longer to compile than most builds to make a page, so they are compiled where something may match them.
"""

from __future__ import annotations

import re

_INSTEAD = "\ufffd"
_NO_HTML = (
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_NO_XML = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_RARE = bytes({*range(0x20), 0x7F, 0xED, *range(0xF0, 0xF5)} - set(b"\t\n\r"))  # with which they begin, and little else
_LAST_C1 = 0x9F  # the second byte of the last control character of Latin-1
_NONCHARACTERS = (b"\xef\xb7", b"\xef\xbf")


def are_plain(raw: bytes) -> bool:
    """Answer whether UTF-8 surely holds none of them: so it is nearly always, and to look at each would take longer.

    Args:
        raw: The text; a lone surrogate as `surrogatepass` writes it.
    """
    if len(raw.translate(None, _RARE)) < len(raw) or (b"\xef" in raw and any(sign in raw for sign in _NONCHARACTERS)):
        return False
    at = raw.find(b"\xc2")
    while at >= 0 and raw[at + 1] > _LAST_C1:
        at = raw.find(b"\xc2", at + 1)
    return at < 0


def shown(html: str) -> str:
    """Replace the characters that HTML may not hold.

    Source: the HTML standard, § Preprocessing the input stream (control characters and noncharacters).
    """
    return html if html.isprintable() else re.sub(_NO_HTML, _INSTEAD, html)


def carried(text: str) -> str:
    """Replace the characters that XML cannot carry. Source: XML 1.0 §2.2."""
    return text if are_plain(text.encode("utf-8", "surrogatepass")) else re.sub(_NO_XML, _INSTEAD, text)
