"""Every feed keeps every rule of `feed_rules`; and each rule notices a feed that breaks it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import builders
import sites
from builders import make_workspace, publish_entry
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from feed_rules import OF_THE_TEXT, RULES, broken
from test_syndication import BASE_URL, publish_many

Site = dict[str, bytes]


def feeds(workspace: Workspace) -> Site:
    """Build a newsletter and read its RSS and Atom feeds."""
    build(workspace)
    files = sites.files(workspace.folders.site)
    return {path: raw for path, raw in files.items() if re.search(r"feed\.xml$|atom\.xml$|^feeds/", path)}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Feeds of everything that is usual: tags, notes, footnotes, links, modes, archives, a withdrawn entry."""
    workspace = make_workspace(tmp_path_factory.mktemp("plain") / "newsletter")
    sites.write_pages(workspace)
    publish_many(workspace, range(43))
    builders.withdraw(workspace, "2026-11-25-minimal-0004")
    builders.withdraw(workspace, "2026-11-25-minimal-0042")
    return feeds(workspace)


def test_every_feed_of_a_usual_newsletter_keeps_every_rule(plain: Site) -> None:
    assert {path: found for path, raw in plain.items() if (found := broken(raw, BASE_URL + path))} == {}
    assert len(plain) == 10


def test_feeds_of_hostile_texts_and_many_scripts_keep_all_rules_but_those_about_the_authors_words(
    tmp_path: Path,
) -> None:
    workspace = sites.make_newsletter(tmp_path / "newsletter")
    publish_entry(
        workspace, "# <b>&amp;</b> \x07 & \x85\n\n<script>alert(1)</script> [a](javascript:b) ![c](//d.example)"
    )
    for path, raw in feeds(workspace).items():
        assert broken(raw, BASE_URL + path).keys() - {*OF_THE_TEXT, "DuplicateUpdated"} == set(), path


def test_before_the_first_entry_every_feed_keeps_every_rule(workspace: Workspace) -> None:
    assert {path: found for path, raw in feeds(workspace).items() if (found := broken(raw, BASE_URL + path))} == {}


# What to change in a feed, once, so that it breaks a rule: a pattern and what takes its place.
TITLE, GUID = r"<title>", r"<guid isPermaLink=.false.>"
ITEM_TITLE = r"(?<=<item>)\s*<title>[^<]*</title>"
TEXT, ATOM_TEXT = r"(?<=<content:encoded>)", r"(?<=<content type=.html.>)"
SELF, DATE = r"<atom:link href=[^>]*self[^>]*/>", r"(?<=<pubDate>)[^<]*"
EDITOR = "<managingEditor>%s</managingEditor><item>"
BREAKS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "rss": (
        ("SAXError", r"</rss>", ""),
        ("WPBlankLine", r"^", "\n"),
        ("BadXmlVersion", r"1\.0", "1.1"),
        ("MissingEncoding", r" encoding='UTF-8'", ""),
        ("ObscureEncoding", r"UTF-8", "ISO-8859-7"),
        ("NotUTF8", TITLE, "<title>\udcff"),
        ("InvalidDoctype", r"<rss", "<!DOCTYPE rss SYSTEM 'https://e.example/rss.dtd'>\n<rss"),
        ("BadCharacters", TITLE, "<title>\x85"),
        ("NonstdPrefix", r"xmlns:dc=", "xmlns:dublin='http://purl.org/dc/elements/1.1/' xmlns:dc="),
        ("UnknownNamespace", r"purl\.org/dc", "purl.example/dc"),
        ("MissingHref", r"<atom:link href=\S*", "<atom:link"),
        ("AtomLinkNotEmpty", SELF, f"<atom:link href='{BASE_URL}feeds/1.xml' rel='self'>here</atom:link>"),
        ("UnregisteredAtomLinkRel", r"rel=.current.", "rel='newest'"),
        ("InvalidMIMEType", r"application/rss\+xml", "RSS"),
        ("InvalidUriChar", r"(?<=<link>)", "https://e.example/a b|"),
        ("RelativeSelf", r"href=\S*feeds/1.xml\S", "href='feeds/1.xml'"),
        ("SelfDoesntMatchLocation", r"feeds/1.xml", "feeds/7.xml"),
        ("SelfNotAtom", r"application/rss\+xml", "text/html"),
        ("DuplicateAtomLink", f"({SELF})", r"\1\1"),
        ("DuplicateElement", f"({ITEM_TITLE})", r"\1\1"),
        ("NotBlank", ITEM_TITLE, "<title> </title>"),
        ("UnexpectedText", r"<item>", "<item>one"),
        ("InvalidTAG", r"tag:corner", "tag:Corner"),
        ("ImplausibleDate", r"(?<=<pubDate>)([^<]*)20\d\d", r"\g<1>1970"),
        ("InvalidLanguage", r"<language>en", "<language>English"),
        ("NotHtml", TEXT, "&lt;p&gt;&lt;b&gt;one&lt;/p&gt;&lt;/b&gt;"),
        ("SecurityRisk", TEXT, "&lt;iframe&gt;&lt;/iframe&gt;"),
        ("SecurityRiskAttr", TEXT, "&lt;p onclick='a()'&gt;one&lt;/p&gt;"),
        ("DangerousStyleAttr", TEXT, "&lt;p style='color: red'&gt;one&lt;/p&gt;"),
        ("ContainsRelRef", TEXT, "&lt;a href='/essays/'&gt;one&lt;/a&gt;"),
        ("InvalidRSSVersion", r"version=.2\.0.", "version='0.92'"),
        ("UndefinedElement", r"<item>", "<item><content>one</content>"),
        ("UnexpectedAttribute", r"<item>", "<item id='1'>"),
        ("MissingTitle", r"<title>[^<]*</title>", ""),
        ("MissingLink", r"<link>[^<]*</link>", ""),
        ("MissingDescription", r"<description>[^<]*</description>", ""),
        ("MissingDCLanguage", r"<language>en</language>", ""),
        ("MissingAtomSelfLink", SELF, ""),
        ("Profile: docs", r"<docs>[^<]*</docs>", ""),
        ("MisplacedItem", r"(<language>en</language>)([\s\S]*)(</channel>)", r"\2\1\3"),
        ("ItemMustContainTitleOrDescription", rf"{ITEM_TITLE}(.*\s*.*\s*)<description>[^<]*</description>", r"\1"),
        ("NeedDescriptionBeforeContent", r"(<description>[^<]*</description>\s*)(<content[^>]*>[^<]*<.*>)", r"\2\1"),
        ("MissingGuid", rf"{GUID}[^<]*</guid>", ""),
        ("DuplicateValue", rf"({GUID}[^<]*</guid>)([\s\S]*?){GUID}[^<]*</guid>", r"\1\2\1"),
        ("NotSufficientlyUnique", rf"({GUID})[^<]*", r"\g<1>7"),
        ("InvalidBooleanAttribute", GUID, "<guid isPermaLink='no'>"),
        ("InvalidPermalink", GUID, "<guid>"),
        ("InvalidHttpGUID", rf"{GUID}[^<]*", "<guid>sample-7-of-1970"),
        ("InvalidFullLink", r"<link>https:", "<link>"),
        ("InvalidRFC2822Date", DATE, "2026-11-25T09:00:00Z"),
        ("IncorrectDOW", DATE, "Mon, 25 Nov 2026 09:00:00 +0000"),
        ("ProblematicalRFC822Date", DATE, "Wed, 25 Nov 2026 09:00:00 BST"),
        ("UseZeroForMidnight", DATE, "Wed, 25 Nov 2026 24:00:00 +0000"),
        ("ContainsHTML", TITLE, "<title>&lt;b&gt;"),
        ("DuplicateSemantics", r"<item>", "<dc:language>en</dc:language><item>"),
        ("DuplicateItemSemantics", r"<item>", "<item><dc:date>2026-11-25</dc:date>"),
        ("InvalidContact", r"<item>", EDITOR % "Ada Byron"),
        ("MissingRealName", r"<item>", EDITOR % "ada@corner.example"),
        ("AvoidTextInput", r"<item>", "<textInput>Subscribe</textInput><item>"),
        ("FeedHistoryRelInEntry", rf"({SELF})([\s\S]*?<item>)", r"\2\1"),
        ("MissingCurrentInArchive", r"<atom:link[^>]*current[^>]*>", ""),
        ("History: archive", r"<fh:archive/>", ""),
    ),
    "atom": (
        ("ObsoleteNamespace", r"http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"),
        ("UndefinedElement", r"<entry>", "<entry><modified>2026-11-25T09:00:00Z</modified>"),
        ("MissingElement", r"<author>[\s\S]*?</author>", ""),
        ("MissingSelf", r"rel=.self.", "rel='related'"),
        ("MisplacedMetadata", r"(<subtitle>[^<]*</subtitle>)([\s\S]*)(</feed>)", r"\2\1\3"),
        ("DuplicateEntries", r"(<entry>[\s\S]*?</entry>)", r"\1\1"),
        ("DuplicateUpdated", r"(<updated>[^<]*</updated>)([\s\S]*?</entry>[\s\S]*?)<updated>[^<]*</updated>", r"\2\1"),
        ("InvalidFullLink", r"<id>tag:", "<id>"),
        ("NonCanonicalURI", r"<id>[^<]*", "<id>https://Corner.example/"),
        ("InvalidRFC3339Date", r"(?<=<updated>)[^<]*", "25 Nov 2026"),
        ("MissingContentOrAlternate", r"<content[^>]*>[^<]*</content>\s*<link [^>]*>", ""),
        ("MissingTextualContent", r"<content[^>]*>[^<]*</content>([\s\S]*?)<summary[^>]*>[^<]*</summary>", r"\1"),
        ("InvalidTextType", r"type=.html.>", "type='plain'>"),
        ("ContainsUndeclaredHTML", TITLE, "<title>&lt;p&gt;&lt;/p&gt;"),
    ),
}


@pytest.mark.parametrize(
    ("form", "name", "pattern", "instead"),
    [(form, *change) for form, changes in BREAKS.items() for change in changes],
    ids=[f"{form} {change[0]}" for form, changes in BREAKS.items() for change in changes],
)
def test_a_feed_that_breaks_a_rule_is_noticed(plain: Site, form: str, name: str, pattern: str, instead: str) -> None:
    path = {"rss": "feeds/1.xml", "atom": "atom.xml"}[form]
    changed = re.sub(pattern, instead, plain[path].decode(), count=1)

    assert name in broken(changed.encode("utf-8", "surrogateescape"), BASE_URL + path)


def test_each_rule_has_a_feed_that_breaks_it() -> None:
    names = {form: [name for name, *_ in changes] for form, changes in BREAKS.items()}
    assert names["rss"] == [rule.name for rule in RULES["rss"]]
    assert names["atom"] == [rule.name for rule in RULES["atom"] if rule not in RULES["rss"]]
