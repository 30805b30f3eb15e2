"""The rules that our feeds are held to, each under the name that the W3C Feed Validation Service gives its breach.

They are those of its messages that can concern feeds such as ours: without enclosures, images, clouds, podcasts or maps.
`Profile` is a recommendation of the RSS Advisory Board and `History` a rule of RFC 5005 that the service does not check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any, NamedTuple

from lxml import etree

PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
}
OF_THE_TEXT = {"BadCharacters", "ContainsHTML", "ContainsUndeclaredHTML"}  # an author may write such; nobody edits it
RELATIONS = ("alternate", "current", "enclosure", "first", "last", "license", "next", "next-archive", "prev-archive")
RELATIONS += ("previous", "related", "replies", "search", "self", "up", "via")
CHANNEL = "title link description language copyright managingEditor webMaster pubDate lastBuildDate category generator"
CHANNEL += " docs cloud ttl image rating textInput skipHours skipDays item"
ITEM = "title link description author category comments enclosure guid pubDate source"
OF_FEED = "author category contributor generator icon id link logo rights subtitle title updated entry"
OF_ENTRY = "author category content contributor id link published rights source summary title updated"
PHRASES = "a b br code del em i s span strong sub sup"
TAGS = set(
    f"{PHRASES} blockquote dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section table tbody td th thead tr ul".split()
)
RISKY = {"script", "style", "iframe", "object", "embed", "form", "meta", "link"}
ATTRIBUTES = {"aria-label", "class", "dir", "href", "id", "lang", "rel", "role", "start", "style", "title"}
EMPTY = "not(self::atom:link or self::fh:archive or self::atom:category)"
OF_RSS = "parent::rss and name()='version' or parent::guid and name()='isPermaLink'"
OF_RSS += " or parent::category and name()='domain'"
NAMED = "atom:title and atom:id and atom:updated"
BY = "/atom:feed[not(atom:author)]"
VOID = {"br", "hr"}
URI = re.compile(r"[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
TAG = re.compile(r"tag:[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d\d(-\d\d)?)?:[A-Za-z0-9._~:/?@!$&'()*+,;=%-]+")
RFC_822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3]?\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"[0-2]\d:[0-5]\d:[0-5]\d ([+-]\d{4}|[A-Z]{1,3})"
)
RFC_3339 = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-][0-2]\d:[0-5]\d)")
DATES = "//pubDate | //lastBuildDate"
TEXTS = "//item/description | //content:encoded | //atom:content[@type='html'] | //atom:summary[@type='html']"


class Feed(NamedTuple):
    """A feed as it is served."""

    raw: bytes
    url: str
    root: Any  # its tree; an empty one if it has none

    def find(self, path: str) -> list[Any]:
        """Find elements, attributes or texts."""
        return list(self.root.xpath(path, namespaces=PREFIXES))

    def words(self, path: str) -> list[str]:
        """Find what elements or attributes say."""
        return [found if isinstance(found, str) else found.text or "" for found in self.find(path)]


class Rule(NamedTuple):
    """What a feed must keep."""

    name: str
    says: str
    breaches: str | Callable[[Feed], Iterable[object]]  # an XPath expression, or a function, that finds what breaks it


def broken(raw: bytes, url: str) -> dict[str, list[object]]:
    """Find which rules a feed breaks, and with what."""
    try:
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        root = etree.Element("none")
    feed = Feed(raw, url, root)
    rules = RULES["atom" if root.tag.endswith("}feed") else "rss"]
    found = {
        rule.name: feed.find(rule.breaches) if isinstance(rule.breaches, str) else list(rule.breaches(feed))
        for rule in rules
    }
    return {name: breaches for name, breaches in found.items() if breaches}


class _Html(HTMLParser):
    """Reads the HTML of a text: its tags and attributes, and whether each is closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.attributes: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"/{tag}")


def _html(feed: Feed) -> Iterator[_Html]:
    return map(_Html, feed.words(TEXTS))


def _attributes(feed: Feed) -> Iterator[tuple[str, str]]:
    return (attribute for html in _html(feed) for attribute in html.attributes)


def _unlike(pattern: str | re.Pattern[str], path: str) -> Callable[[Feed], Iterable[object]]:
    return lambda feed: [words for words in feed.words(path) if not re.fullmatch(pattern, words)]


def _like(pattern: str, path: str) -> Callable[[Feed], Iterable[object]]:
    return lambda feed: [words for words in feed.words(path) if re.search(pattern, words)]


def _twice(feed: Feed) -> Iterator[object]:
    many = {"item", "category", *(f"{{{PREFIXES['atom']}}}{name}" for name in ("link", "entry", "category", "author"))}
    for parent in feed.find("//channel | //item | /atom:feed | //atom:entry"):
        names = [child.tag for child in parent if child.tag not in many]
        yield from {name for name in names if names.count(name) > 1}


def _wrong_days(feed: Feed) -> Iterator[str]:
    for words in feed.words(DATES):
        if RFC_822.fullmatch(words) and f"{parsedate_to_datetime(words.replace(' 24:', ' 00:')):%a}" != words[:3]:
            yield words


def _years(feed: Feed) -> Iterator[int]:
    yield from (int(year) for words in feed.words(DATES) for year in re.findall(r"\b\d{4}\b", words)[:1])
    yield from (int(words[:4]) for words in feed.words("//atom:updated | //atom:published") if words[:4].isdigit())


def _prefixes(feed: Feed) -> Iterator[object]:
    for element in feed.root.iter(etree.Element):
        yield from (p for p, space in element.nsmap.items() if p and PREFIXES.get(p) != space)


def _none_of(names: str, prefix: str = "") -> str:
    return f"not({' or '.join(f'self::{prefix}{name}' for name in names.split())})"


def _start(feed: Feed, pattern: str) -> bool:
    return re.match(pattern, feed.raw.decode("utf-8", "replace")) is not None


def _decode_error(raw: bytes) -> str:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return str(error)
    return ""


def _unknown(feed: Feed) -> Iterator[object]:
    known = {*PREFIXES.values(), None}
    return (space for e in feed.root.iter(etree.Element) for space in e.nsmap.values() if space not in known)


def _bad_tags(feed: Feed) -> Iterator[str]:
    return (
        words for words in feed.words("//guid | //atom:id") if words.startswith("tag:") and not TAG.fullmatch(words)
    )


def _not_html(feed: Feed) -> Iterator[str]:
    for html in _html(feed):
        yield from (*html.wrong, *(set(html.tags) - TAGS - RISKY))


def _relative(feed: Feed) -> Iterator[str]:
    return (to for name, to in _attributes(feed) if name in {"href", "src"} and not re.match("https?://|mailto:", to))


COMMON = (
    Rule("SAXError", "it is XML", lambda feed: [feed.raw] if feed.root.tag == "none" else []),
    Rule("WPBlankLine", "nothing stands before the XML declaration", lambda f: [] if f.raw.startswith(b"<") else [1]),
    Rule("BadXmlVersion", "it is XML 1.0", lambda f: [] if _start(f, r"\s*<\?xml version=.1\.0.") else [1]),
    Rule("MissingEncoding", "it says its encoding", lambda f: [] if _start(f, r"\s*<\?xml [^>]*encoding=") else [1]),
    Rule("ObscureEncoding", "which is UTF-8", lambda f: [] if _start(f, r"\s*<\?xml [^>]*encoding=.UTF-8.") else [1]),
    Rule("NotUTF8", "its bytes are UTF-8", lambda f: [e for e in [_decode_error(f.raw)] if e]),
    Rule("InvalidDoctype", "it has no document type", lambda f: re.findall(rb"<!DOCTYPE", f.raw)),
    Rule("BadCharacters", "no character is a control character or a replacement",
         _like("[\x80-\x9f\ufffd]", "//text() | //@*")),
    Rule("NonstdPrefix", "namespaces have the prefixes that everybody gives them", _prefixes),
    Rule("UnknownNamespace", "and are known", _unknown),
    Rule("MissingHref", "links lead somewhere", "//atom:link[not(@href)]"),
    Rule("AtomLinkNotEmpty", "and hold nothing", "//atom:link[node()]"),
    Rule("UnregisteredAtomLinkRel", "by a registered relation", _unlike("|".join(RELATIONS), "//atom:link/@rel")),
    Rule("InvalidMIMEType", "to a kind that can be", _unlike(r"[a-z]+/[a-z0-9.+-]+", "//atom:link/@type")),
    Rule("InvalidUriChar", "an address has no characters but its own",
         _unlike(URI, "//link | //docs | //atom:link/@href")),
    Rule("RelativeSelf", "it says its whole address", "//atom:link[@rel='self'][not(starts-with(@href, 'http'))]"),
    Rule("SelfDoesntMatchLocation", "and no other", lambda f: set(f.words("//atom:link[@rel='self']/@href")) - {f.url}),
    Rule("SelfNotAtom", "as a feed",
         "//atom:link[@rel='self'][@type!='application/rss+xml'][@type!='application/atom+xml']"),
    Rule("DuplicateAtomLink", "once",
         "//*[count(atom:link[@rel='self']) > 1 or count(atom:link[@rel='alternate']) > 1]"),
    Rule("DuplicateElement", "what may stand once stands once", _twice),
    Rule("NotBlank", "what is there says something", f"//*[not(*)][not(normalize-space())][{EMPTY}]"),
    Rule("UnexpectedText", "no words stand between elements", "//*[*]/text()[normalize-space()]"),
    Rule("InvalidTAG", "tag URIs are those of RFC 4151", _bad_tags),
    Rule("ImplausibleDate", "no date is before 1990", lambda f: [year for year in _years(f) if year < 1990]),
    Rule("InvalidLanguage", "a language is named by BCP 47",
         _unlike("[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", "//language | //@xml:lang")),
    Rule("NotHtml", "texts are HTML, each tag closed in its turn", _not_html),
    Rule("SecurityRisk", "of no tag that does more than show",
         lambda f: [tag for html in _html(f) for tag in html.tags if tag in RISKY]),
    Rule("SecurityRiskAttr", "or attribute", lambda f: {name for name, _ in _attributes(f)} - ATTRIBUTES),
    Rule("DangerousStyleAttr", "without style", lambda f: [value for name, value in _attributes(f) if name == "style"]),
    Rule("ContainsRelRef", "and every link in them is whole", _relative),
)  # fmt: skip

RSS = (
    Rule("InvalidRSSVersion", "it is RSS 2.0", "/*[not(self::rss[@version='2.0'])]"),
    Rule("UndefinedElement", "it has RSS 2.0's elements",
         f"/rss/*[not(self::channel)] | //channel/*[namespace-uri()=''][{_none_of(CHANNEL)}]"
         f" | //item/*[namespace-uri()=''][{_none_of(ITEM)}]"),
    Rule("UnexpectedAttribute", "and attributes", f"//*[namespace-uri()='']/@*[not({OF_RSS})]"),
    Rule("MissingTitle", "a channel has a title", "//channel[not(title)]"),
    Rule("MissingLink", "and a link", "//channel[not(link)]"),
    Rule("MissingDescription", "and a description", "//channel[not(description)]"),
    Rule("MissingDCLanguage", "and a language", "//channel[not(language)]"),
    Rule("MissingAtomSelfLink", "and says where it is", "//channel[not(atom:link[@rel='self'])]"),
    Rule("Profile: docs", "and where RSS is explained",
         "//channel[not(docs='https://www.rssboard.org/rss-specification')]"),
    Rule("MisplacedItem", "items come last", "//channel/item/following-sibling::*[not(self::item)]"),
    Rule("ItemMustContainTitleOrDescription", "an item has a title or a description",
         "//item[not(title or description)]"),
    Rule("NeedDescriptionBeforeContent", "its whole text comes after its description",
         "//content:encoded[not(preceding-sibling::description)]"),
    Rule("MissingGuid", "it has a GUID", "//item[not(guid)]"),
    Rule("DuplicateValue", "which is its own", "//item/guid[. = ../preceding-sibling::item/guid]"),
    Rule("NotSufficientlyUnique", "in the whole world", "//guid[string-length() < 9]"),
    Rule("InvalidBooleanAttribute", "a GUID is a permalink or is not",
         "//guid/@isPermaLink[not(. = 'true' or . = 'false')]"),
    Rule("InvalidPermalink", "if it is, it is no tag URI", "//guid[not(@isPermaLink='false')][starts-with(., 'tag:')]"),
    Rule("InvalidHttpGUID", "but a whole address", "//guid[not(@isPermaLink='false')][not(contains(., ':'))]"),
    Rule("InvalidFullLink", "links are whole", "(//channel/link | //item/link | //docs)[not(starts-with(., 'http'))]"),
    Rule("InvalidRFC2822Date", "dates are those of RFC 822 with four digits for the year", _unlike(RFC_822, DATES)),
    Rule("IncorrectDOW", "on that day of the week", _wrong_days),
    Rule("ProblematicalRFC822Date", "of a zone that everybody knows", _unlike(r".* (\+0000|GMT)", DATES)),
    Rule("UseZeroForMidnight", "midnight is the beginning of a day", _like(" 24:", DATES)),
    Rule("ContainsHTML", "titles and the channel's words are plain",
         _like(r"</?[a-zA-Z][^>]*>|&#?\w+;", "//title | //channel/description | //category")),
    Rule("DuplicateSemantics", "a channel says each thing in one way",
         "//channel[language and dc:language or managingEditor and dc:creator or pubDate and dc:date]"),
    Rule("DuplicateItemSemantics", "so does an item",
         "//item[author and dc:creator or pubDate and dc:date or guid and atom:id or category and dc:subject]"),
    Rule("InvalidContact", "who is named as author has an address",
         _unlike(r"[^@\s]+@[^@\s]+( .+)?", "//item/author | //managingEditor | //webMaster")),
    Rule("MissingRealName", "and a name", _like(r"^\S+$", "//item/author | //managingEditor | //webMaster")),
    Rule("AvoidTextInput", "it asks its readers for nothing", "//textInput"),
    Rule("FeedHistoryRelInEntry", "history is the channel's, not an item's", "//item/atom:link"),
    Rule("MissingCurrentInArchive", "an archive leads to the newest",
         "//channel[fh:archive][not(atom:link[@rel='current'])]"),
    Rule("History: archive", "and says of itself that it is one", "//channel[atom:link[@rel='current']][not(fh:archive)]"),
)  # fmt: skip

ATOM = (
    Rule("ObsoleteNamespace", "it is Atom 1.0", "/*[not(self::atom:feed)]"),
    Rule("UndefinedElement", "it has Atom's elements",
         f"/atom:feed/*[{_none_of(OF_FEED, 'atom:')}] | //atom:entry/*[{_none_of(OF_ENTRY, 'atom:')}]"),
    Rule("MissingElement", "feed and entries have title, id, date and author",
         f"(/atom:feed | //atom:entry)[not({NAMED})] | {BY}[not(atom:entry)]"
         f" | {BY}/atom:entry[not(atom:author/atom:name)]"),
    Rule("MissingSelf", "it says where it is", "/atom:feed[not(atom:link[@rel='self'])]"),
    Rule("MisplacedMetadata", "entries come last", "//atom:entry/following-sibling::*[not(self::atom:entry)]"),
    Rule("DuplicateEntries", "an entry's id is its own",
         "//atom:entry/atom:id[. = ../preceding-sibling::atom:entry/atom:id]"),
    Rule("DuplicateUpdated", "so is the moment of its last change",
         "//atom:entry/atom:updated[. = ../preceding-sibling::atom:entry/atom:updated]"),
    Rule("InvalidFullLink", "ids are whole URIs", _unlike(URI, "//atom:id")),
    Rule("NonCanonicalURI", "in the one way of writing them",
         _like(r"^[^:]*[A-Z]|^https?://[^/]*[A-Z]|^https?://[^/]*$|%[a-f]", "//atom:id")),
    Rule("InvalidRFC3339Date", "dates are those of RFC 3339", _unlike(RFC_3339, "//atom:updated | //atom:published")),
    Rule("MissingContentOrAlternate", "an entry has a text or leads to one",
         "//atom:entry[not(atom:content)][not(atom:link[@rel='alternate' or not(@rel)])]"),
    Rule("MissingTextualContent", "and can be read", "//atom:entry[not(atom:summary or atom:content)]"),
    Rule("InvalidTextType", "what it says is text or HTML",
         _unlike("text|html|xhtml", "(//atom:title | //atom:summary | //atom:content | //atom:subtitle)/@type")),
    Rule("ContainsUndeclaredHTML", "and says so if it is HTML",
         "(//atom:title | //atom:summary | //atom:subtitle)[not(@type)][contains(., '<p>') or contains(., '</')]"),
)  # fmt: skip

RULES = {"rss": COMMON + RSS, "atom": COMMON + ATOM}
