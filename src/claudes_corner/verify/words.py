"""The words of a page: what a reader would read, taken out of HTML that anybody may have made.

Owns the one rule by which a page, a feed's item and a text are compared: the text is rendered as we render it, and of
both the words are taken, with white space made one space. A page's text is what its one `<article>` holds beside its
`<header>`; themes keep to that.

Browsers read much that Python's parser reads otherwise: comments that end early, tags in tags, text that is no text. So
nothing is taken from a page but what is plain: written so that there is one way to read it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from claudes_corner.site.characters import shown

_UNSEEN = {"head", "script", "style", "template", "noscript"}
_BLOCKS = {
    *("p", "br", "li", "blockquote", "pre", "hr", "tr", "td", "th", *(f"h{level}" for level in range(1, 7))),
    *("address", "aside", "dd", "dl", "dt", "figcaption", "figure", "footer", "main", "nav", "ol", "table", "ul"),
}
_FRAME = {"article", "header", "div", "section"}
_NOTED = {*_UNSEEN, "article", "header", "h1"}
_HIDING = {"hidden", "inert", "popover", "style"}
_SHUT = {*("audio", "canvas", "datalist", "dialog", "iframe", "noembed", "noframes", "object", "title", "video")}
_STYLED_AWAY = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_LONE = {  # never hold anything, or need no end
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"),
    *("circle", "ellipse", "line", "path", "polygon", "polyline", "rect", "stop", "use"),
}
_SHOWN = 40  # characters of what is not plain
_S = r"[ \t\n\f\r]"
_VALUE = r"""(?:"[^"<>]*+"|'[^'<>]*+'|[\w/:.#%?&;+,@~-]++)"""
_REST = rf"(?:{_S}++[\w:@.-]++(?:{_S}*+={_S}*+{_VALUE})?+)*+{_S}*+"  # of a tag, but for its end
_CODE, _RAW = ("script", "style"), ("title", "textarea", "xmp", "iframe", "noembed", "noframes")
_PLAIN = re.compile(
    "(?:"
    + "|".join(
        (
            r"[^<]++",
            rf"</?(?!(?:{'|'.join((*_CODE, *_RAW))}|plaintext)[\s/>])[a-z][a-z0-9-]*+{_REST}/?+>",
            *(rf"<{name}{_REST}>(?:[^<]++|<(?![/!]))*+</{name}{_S}*+>" for name in _CODE),
            *(rf"<{name}{_REST}>[^<]*+</{name}{_S}*+>" for name in _RAW),
            r"<!doctype[^<>]*+>",
            r"<!--(?!-?>)[^<>]*+(?<=--)>",
        )
    )
    + ")*+",
    re.IGNORECASE | re.ASCII,
)
_COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))|<!\[[^>]*(?:>|\Z)", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!?]")
_ARTICLE, _HEADER = (re.compile(rf"<(/?){name}(?=[\s/>])[^<>]*>", re.IGNORECASE) for name in ("article", "header"))
_FRAMES = re.compile(r"(?:\s++|</?(?:div|section)(?=[\s/>])[^<>]*>)*+", re.IGNORECASE)


def flat(text: str) -> str:
    """Bring a text into the form in which texts are compared: what HTML or XML cannot hold is one sign for both."""
    return " ".join(shown(text.replace("\x0c", "\ufffd")).split())


def of_anybody(html: str) -> str:
    """Leave out of what anybody may have written the comments, and what follows a tag that never ends, as browsers do.

    Python's parser would look for the end of each such tag, and of each `<![`, through all that follows.

    Source: the HTML standard, § Comment start state, § Parse errors: eof-in-tag, incorrectly-opened-comment.
    """
    html = _COMMENT.sub("", html)
    end = html.rfind(">") + 1
    return html[:end] + _TAG.split(html[end:], 1)[0]


def stands_alone(page: str, text: str) -> bool:
    """Answer whether the one article of a plain page holds exactly this HTML, in nothing but frames, and a header."""
    tags = [*_ARTICLE.finditer(page)]
    if [tag[1] for tag in tags] != ["", "/"]:
        return False
    article = page[tags[0].end() : tags[1].start()]
    tags = [*_HEADER.finditer(article)]
    if [tag[1] for tag in tags] not in (["", "/"], []):
        return False
    before, after = (article[: tags[0].start()], article[tags[1].end() :]) if tags else (article, "")
    return any(_FRAMES.fullmatch(one) and _is_framed(other, text) for one, other in ((before, after), (after, before)))


def _is_framed(html: str, text: str) -> bool:
    found = html.partition(text.strip("\n")) if text else (html, "", "")
    return bool(_FRAMES.fullmatch(found[0]) and _FRAMES.fullmatch(found[2]) and (found[1] or not text))


class Words(HTMLParser):
    """What stands in a page, or in a scrap of HTML, which is all text; in a page, that is what `<article>` holds.

    Nothing does in what is not plain, or is no HTML; `odd` tells how that begins. `all` and what is named after it lack
    what is hidden: by an attribute, or because browsers show it only when asked to. `seen` and the disclaimer lack, as
    well, what stands in a `<details>` that readers have to open.
    """

    def __init__(self, html: str, *, is_page: bool = True, is_anybodys: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self._is_page = is_page
        self._open: dict[str, int] = {}
        self._is_unseen, self._is_text = False, not is_page
        self._all: list[str] = []
        self._seen: list[str] = []
        self._text: list[str] = []
        self._heading: list[str] = []
        self._disclaimer: list[str] = []
        self._in_disclaimer = ""
        self._is_anybodys = is_anybodys
        self._hidden: list[str] = []  # what is open, from the outermost element that is hidden
        self._folded: list[str] = []  # what is open, from the outermost `<details>` that is not
        self._summaries = 0  # of that one
        self._quoted: list[str] | None = None  # None: not in a `<pre>`
        self.quoted: set[str] = set()  # the words of each whole `<pre>`
        self._articles = 0
        self.links: list[str] = []  # of the text
        self.tags: set[str] = set()  # of the text
        self.hides = False  # something of the article
        plain = _PLAIN.match(html)
        self.odd = "" if is_anybodys or plain is None else html[plain.end() :][:_SHOWN]
        self.feed("" if self.odd else html)
        self.close()
        self.has_text = not is_page or self._articles == 1
        self.all, self.seen, self.text, self.heading, self.disclaimer = (
            flat("".join(words)) for words in (self._all, self._seen, self._text, self._heading, self._disclaimer)
        )

    def updatepos(self, i: int, j: int) -> int:  # noqa: ARG002
        """Count no lines: nobody asks where something stands."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        self._step(tag, 1)
        told = {name: value or "" for name, value in attrs}
        self.hides |= bool(self._open.get("article") and (told.keys() & _HIDING or tag in _UNSEEN))
        self._articles += tag == "article"
        self._go_into_hidden(tag, told)
        self._go_into_folded(tag, told)
        if tag == "pre":
            self._quoted = []
        if "disclaimer" in told.get("class", "").split() and not self._disclaimer:
            self._in_disclaimer = tag
        if self._is_text and tag not in _FRAME:
            self.tags.add(tag)
            self.links += [told["href"]] if "href" in told else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element: in HTML, a stroke at a tag's end means nothing."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Come out of it."""
        self._step(tag, -1)
        self._leave(self._hidden, tag)
        self._leave(self._folded, tag)
        if tag == self._in_disclaimer:
            self._in_disclaimer = ""
        if tag == "pre" and self._quoted is not None:
            self.quoted.add(flat("".join(self._quoted)))
            self._quoted = None

    def _go_into_hidden(self, tag: str, told: dict[str, str]) -> None:
        """Note what is open in what is hidden; of anybody's HTML, which closes little, only more of the same name."""
        if tag in _LONE or not (self._hidden or self._is_hidden(tag, told)):
            return
        if not (self._is_anybodys and self._hidden) or tag == self._hidden[0]:
            self._hidden.append(tag)

    def _is_hidden(self, tag: str, told: dict[str, str]) -> bool:
        if self._is_anybodys:  # mails have styles everywhere
            return tag in _SHUT or "hidden" in told or bool(_STYLED_AWAY.search(told.get("style", "")))
        return tag in _SHUT or bool(told.keys() & _HIDING)

    def _go_into_folded(self, tag: str, told: dict[str, str]) -> None:
        """Note what is open in what readers have to open; whoever gets a copy is taken to have opened it."""
        if tag in _LONE or self._is_anybodys or not (self._folded or (tag == "details" and "open" not in told)):
            return
        self._summaries = (self._summaries if self._folded else 0) + (tag == "summary" and self._folded == ["details"])
        self._folded.append(tag)

    def _is_folded(self) -> bool:
        """Answer whether readers have to open something first: all of it but the first of its summaries."""
        is_summary = self._folded[1:2] == ["summary"] and self._summaries == 1 and "details" not in self._folded[2:]
        return bool(self._folded) and not is_summary

    def _leave(self, among: list[str], tag: str) -> None:
        """Come out of what is not shown; browsers may pass over an end that does not match, and go on hiding."""
        if not among or tag in _LONE:
            return
        if among[-1] == tag:
            among.pop()
        elif not self._is_anybodys:
            self.odd = self.odd or f"</{tag}>"

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
        if self._is_text:
            self._text.append(data)
        if self._open.get("h1"):
            self._heading.append(data)
        if self._hidden:
            return
        self._all.append(data)
        if not self._is_folded():
            self._seen.append(data)
            if self._in_disclaimer:
                self._disclaimer.append(data)
        if self._quoted is not None:
            self._quoted.append(data)


def read_page(raw: bytes) -> Words:
    """Take the words out of a page."""
    return Words(raw.decode("utf-8", "replace"))
