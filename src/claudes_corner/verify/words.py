"""The words of a page: what a reader would read, taken out of HTML that anybody may have made.

Owns the one rule by which a page, a feed's item and a text are compared: the text is rendered as we render it, and of
both the words are taken, with white space made one space. A page's text is what its one `<article>` holds beside its
`<header>`; themes keep to that.
"""

from __future__ import annotations

from html.parser import HTMLParser

from claudes_corner.site.characters import shown

_UNSEEN = {"head", "script", "style", "template"}
_BLOCKS = {"p", "br", "li", "blockquote", "pre", "hr", "tr", "td", "th", *(f"h{level}" for level in range(1, 7))}
_FRAME = {"article", "header", "div", "section"}
_NOTED = {*_UNSEEN, "article", "header", "h1"}


def flat(text: str) -> str:
    """Bring a text into the form in which texts are compared: what HTML or XML cannot hold is one sign for both."""
    return " ".join(shown(text.replace("\x0c", "\ufffd")).split())


class Words(HTMLParser):
    """What stands in a page, or in a scrap of HTML, which is all text; in a page, that is what `<article>` holds."""

    def __init__(self, html: str, *, is_page: bool = True) -> None:
        super().__init__(convert_charrefs=True)
        self._is_page = is_page
        self._open: dict[str, int] = {}
        self._is_unseen, self._is_text = False, not is_page
        self._all: list[str] = []
        self._text: list[str] = []
        self._heading: list[str] = []
        self._disclaimer: list[str] = []
        self._in_disclaimer = ""
        self._articles = 0
        self.links: list[str] = []  # of the text
        self.tags: set[str] = set()  # of the text
        self.feed(html)
        self.close()
        self.has_text = not is_page or self._articles == 1
        self.all, self.text, self.heading, self.disclaimer = (
            flat("".join(words)) for words in (self._all, self._text, self._heading, self._disclaimer)
        )

    def updatepos(self, i: int, j: int) -> int:  # noqa: ARG002
        """Count no lines: nobody asks where something stands."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        self._step(tag, 1)
        told = {name: value or "" for name, value in attrs}
        self._articles += tag == "article"
        if "disclaimer" in told.get("class", "").split() and not self._disclaimer:
            self._in_disclaimer = tag
        if self._is_text and tag not in _FRAME:
            self.tags.add(tag)
            self.links += [told["href"]] if "href" in told else []

    def handle_endtag(self, tag: str) -> None:
        """Come out of it."""
        self._step(tag, -1)
        if tag == self._in_disclaimer:
            self._in_disclaimer = ""

    def _step(self, tag: str, by: int) -> None:
        """Note where we are; keep the words of neighbouring paragraphs apart, however their HTML was set."""
        if tag in _BLOCKS or tag in _FRAME:
            self.handle_data(" ")
        if tag in _NOTED:
            self._open[tag] = max(self._open.get(tag, 0) + by, 0)
            self._is_unseen = any(self._open.get(unseen) for unseen in _UNSEEN)
            self._is_text = not self._is_page or bool(self._open.get("article") and not self._open.get("header"))

    def handle_data(self, data: str) -> None:
        """Take words."""
        if self._is_unseen:
            return
        self._all.append(data)
        if self._is_text:
            self._text.append(data)
        if self._open.get("h1"):
            self._heading.append(data)
        if self._in_disclaimer:
            self._disclaimer.append(data)
