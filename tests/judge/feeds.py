"""Reads the sample's feeds as strangers do, and compares what they found: order, titles, links, GUIDs, dates, texts.

expat (Python's `xml`), Python's feedparser, npm's rss-parser and feedparser; and xmllint reads every XML file.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import feedparser

from feed_rules import OF_THE_TEXT, broken

HERE = Path(__file__).parent
FEEDS = ("feed.xml", "atom.xml")
ITEMS = 20
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"
TAKE_TAGS_OUT_OF_TITLES = {"npm's feedparser"}  # even those that a title writes out, as one of the sample's does
Item = dict[str, str]


def judge(site: Path, base_url: str, cache: Path) -> Iterator[tuple[str, str]]:
    """Yield what a reader understands otherwise than the first of them, what xmllint says, and the rules broken."""
    for path in sorted({*site.rglob("feed.xml"), *site.glob("feeds/*.xml"), site / "atom.xml"}):
        name = path.relative_to(site).as_posix()
        for rule, breaches in broken(path.read_bytes(), base_url + name).items():
            if rule not in OF_THE_TEXT:
                yield "feed rules", f"{name}: {rule}: {breaches[:3]}"
    xml = sorted(str(path) for path in site.rglob("*.xml"))
    said = subprocess.run(["xmllint", "--noout", "--nonet", *xml], capture_output=True, encoding="utf-8", check=False)
    yield from (("xmllint", line) for line in said.stderr.splitlines())
    for path in xml:
        ElementTree.parse(path)  # expat
    paths = [str(site / name) for name in FEEDS]
    command = ["node", str(HERE / "feeds.js"), *paths]
    environment = os.environ | {"NODE_PATH": str(cache / "node_modules")}
    from_npm = json.loads(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
    by_json = list(map(_of_json, json.loads((site / "feed.json").read_bytes())["items"]))
    if len(by_json) != ITEMS:
        yield "feeds", f"feed.json: {len(by_json)} items (expected {ITEMS})"
    for name, path in zip(FEEDS, paths, strict=True):
        readers = {"xml": list(_with_xml(path)), "feedparser": list(_with_feedparser(path)), **from_npm[path]}
        for reader, items in readers.items():
            if len(items) != ITEMS:
                yield "feeds", f"{name}: {reader} finds {len(items)} items (expected {ITEMS})"
            for number, (item, known) in enumerate(zip(items, by_json, strict=False)):
                for field in known:
                    there, expected = (_comparable(each[field]) for each in (item, known))
                    if field == "title" and reader in TAKE_TAGS_OUT_OF_TITLES:
                        expected = re.sub("<[^>]*>", "", expected)
                    if there != expected:
                        yield "feeds", f"{name}: {reader}: item {number}: {field} is {there!r}, not {expected!r}"


def _comparable(value: str) -> str:
    """Leave out of a value what readers may do to it: white space at its ends, and what XML cannot carry."""
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value).strip()


def _of_json(item: dict[str, str]) -> Item:
    date = _iso(dt.datetime.fromisoformat(item["date_published"]))
    return {"title": item["title"], "link": item["url"], "id": item["id"], "date": date, "text": item["content_html"]}


def _with_xml(path: str) -> Iterator[Item]:
    root = ElementTree.parse(path).getroot()
    for item in root.iter("item"):
        value = {name: item.findtext(name) or "" for name in ("title", "link", "guid", "pubDate", CONTENT)}
        date = _iso(parsedate_to_datetime(value["pubDate"]))
        yield {
            "title": value["title"],
            "link": value["link"],
            "id": value["guid"],
            "date": date,
            "text": value[CONTENT],
        }
    for entry in root.iter(f"{ATOM}entry"):
        value = {name: entry.findtext(ATOM + name) or "" for name in ("title", "id", "published", "content")}
        link = next(e.get("href", "") for e in entry.iter(f"{ATOM}link") if e.get("rel", "alternate") == "alternate")
        date = _iso(dt.datetime.fromisoformat(value["published"]))
        yield {"title": value["title"], "link": link, "id": value["id"], "date": date, "text": value["content"]}


def _with_feedparser(path: str) -> Iterator[Item]:
    for item in feedparser.parse(path, sanitize_html=False, resolve_relative_uris=False).entries:
        date = dt.datetime(*item.published_parsed[:6], tzinfo=dt.UTC)
        text = item.content[0].value
        yield {"title": item.title, "link": item.link, "id": item.id, "date": _iso(date), "text": text}


def _iso(date: dt.datetime) -> str:
    return date.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
