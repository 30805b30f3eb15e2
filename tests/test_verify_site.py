"""`corner verify` follows a built site with nothing but what it serves; what it could not see it says."""

from __future__ import annotations

import functools
import gzip
import json
import shutil
import tempfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import keys
import sites
import tamperings
from builders import (
    FIXTURES,
    approve,
    change,
    compose,
    make_workspace,
    publish,
    publish_entry,
    put_on_record,
    reopen,
    tick,
    withdraw,
    write_draft,
)
from claudes_corner import ledger
from claudes_corner.deploy.files import compress, read_site
from claudes_corner.errors import Problem
from claudes_corner.signing import signer
from claudes_corner.site.builder import build
from claudes_corner.site.marker import MARKER
from claudes_corner.site.sums import make_checkpoint
from claudes_corner.text import digest, normalise
from claudes_corner.verify import places
from claudes_corner.verify.copies import Text, verify_copy
from claudes_corner.verify.places import Folder, parse_sums
from claudes_corner.verify.seals import Known
from claudes_corner.verify.site import verify_site
from claudes_corner.verify.words import Words
from commands import corner
from documents import read_cases
from sites import files
from tamperings import add, drop, swap
from web_server import WebServer, page

KNOWN = Known(environ=keys.surroundings())
NEVER = [
    "not checked: whether the model that is named wrote the texts: the record holds the name that each answer came with",
    "not checked: whether anything was asked for outside this record",
    "not checked: whether editors are who they say: --by is a claim",
]


@pytest.fixture(scope="module")
def newsletter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsletter with everything, sent out without a key, then with one."""
    root = tmp_path_factory.mktemp("site") / "newsletter"
    workspace = sites.make_newsletter(root)
    build(workspace)
    make_checkpoint(workspace, workspace.folders.site)
    return root


@pytest.fixture
def site(newsletter: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(newsletter / "site", tmp_path / "site"))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:  # or a test that fails would keep its process for ever
            server.shutdown()
            thread.join()


def problems(site: Path) -> list[str]:
    return [str(problem) for problem in verify_site(Folder(site), KNOWN).problems]


def test_a_stranger_with_nothing_but_the_address_is_told_that_all_is_well(site: Path) -> None:
    with served(site) as url:
        said = corner("verify", url)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "checked: 60 records: chain, form, quorum, editors and criteria of their time",
        f"checked: {len(files(site)) - 4} files against SHA256SUMS",  # not itself, two of checkpoints, the marker
        "checked: 10 published texts: record, transcript, essay.txt, page and feeds hold the same words, record and feeds the same dates and tags",
        "checked: 1 withdrawn texts: their tombstones",
        *NEVER,
        "not checked: whether the record was written anew before anybody kept a copy: that needs an older checkpoint"
        " (--since)",
        "not checked: who made the checkpoint: it is not signed",
        "not checked: whether 3 texts answer the request on record: a part of what was asked is withheld",
        "not checked: what else the pages of withdrawn texts say, beside digest and reason: themes have words of their own",
        "not checked: whether there are other files than the site lists: nobody can list what a server has",
        "not checked: authors' names; dates and tags as pages show them; what feeds say of themselves",
        "not checked: what the editors wrote themselves, and letters: notes, pages, reasons",
        "not checked: what is withheld: full transcripts, reasons of vetoes, drafts that were not published",
        "all is well",
    ]


def test_an_answer_to_another_request_than_the_one_on_record_is_named(tmp_path: Path) -> None:
    workspace, draft_id, text = (
        make_workspace(tmp_path / "newsletter"),
        "2026-11-25-minimal-0001",
        "# SAMPLE\n\nSAMPLE.",
    )
    front, transcript = compose(workspace, draft_id, text)
    asked = {"author": front.author, "model": front.model, "mode": front.mode, "edition": front.edition, "attempt": 1}
    with workspace.writing() as pen:
        sha256 = digest("another request")
        pen.record(ledger.Requested, at=tick(workspace), id=draft_id, request_sha256=sha256, **asked)
    put_on_record(workspace, front, text, transcript)
    approve(workspace, draft_id)
    publish(workspace, draft_id)
    build(workspace)
    (found,) = problems(workspace.folders.site)
    assert found.startswith("essays/sample/transcript.json: request 1 is not on record as asked (expected one of: ")


@pytest.mark.parametrize("path", ["essays/", "essays/tide/making", "index.html", "nothing/of/that/name/"])
@pytest.mark.parametrize("base", ["", "letters/"])
def test_an_address_in_a_site_is_answered_with_the_sites_own(site: Path, tmp_path: Path, base: str, path: str) -> None:
    if base:
        site.rename(tmp_path / "letters")
        site = tmp_path
    with served(site) as url:
        said = corner("verify", f"{url}{base}{path}")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"corner: {url}{base}{path.removesuffix('/')}/: this is an address in a site, not a site's own. "
        f"Verify the site: corner verify {url}{base}.\n"
    )


def test_where_no_site_is_above_an_address_it_is_verified_as_one(tmp_path: Path) -> None:
    with served(tmp_path) as url:
        said = corner("verify", f"{url}essays/")
    assert said.code == 1
    assert "there is no record, so nothing can be followed" in said.err


def test_of_a_folder_in_a_newsletter_it_is_said_that_the_newsletter_is_checked(newsletter: Path) -> None:
    said = corner("-C", newsletter, "verify", "site/essays")
    where = f"site/essays: this lies in the newsletter in {newsletter}, which is checked."
    assert said.err.splitlines()[0] == (f"corner: {where} For the built site alone: corner verify {newsletter}/site.")
    said = corner("-C", newsletter, "verify", "content/essays")
    assert (
        said.err.splitlines()[0]
        == f"corner: content/essays: this lies in the newsletter in {newsletter}, which is checked."
    )
    said = corner("-C", newsletter, "verify", "content")  # it has the record, as a site does
    assert said.err.splitlines()[0] == (
        f"corner: content: this lies in the newsletter in {newsletter}, which is checked."
    )
    assert said.out == corner("-C", newsletter, "verify").out
    assert "lies in" not in corner("-C", newsletter / "content", "verify").err, "nobody named a folder"


def test_a_folder_in_a_site_is_answered_with_the_sites_own(site: Path) -> None:
    says = f"this is a folder in a site, not a site's own. Verify the site: corner verify {site}."
    for marked in (True, False):
        said = corner("verify", site / "notes")
        assert (said.code, said.err) == (2, f"corner: {site}/notes: {says}\n"), marked
        (site / MARKER).unlink(missing_ok=True)


def test_with_a_key_and_an_older_checkpoint_less_stays_open(site: Path, newsletter: Path, tmp_path: Path) -> None:
    older = tmp_path / "kept.txt"
    older.write_bytes((site / "checkpoint.txt").read_bytes())
    key = keys.make_key(tmp_path / "key")
    (site / "allowed_signers").write_bytes(key.with_suffix(".pub").read_bytes())
    (site / "checkpoint.txt.sig").write_bytes(signer(key, keys.surroundings())(older.read_bytes()))
    assert "not checked: whether the key in allowed_signers is the newsletter's: it is served with the site" in (
        corner("verify", site).out
    )
    said = corner("verify", site, "--key", f"{key}.pub", "--since", older)
    assert (said.code, [line for line in said.out.splitlines() if line.startswith("not")]) == (
        0,
        [*NEVER, *(line for line in said.out.splitlines() if "them" in line or "withheld" in line)],
    )


def test_the_answer_can_be_read_by_machines(site: Path) -> None:
    swap("essays/ebb/index.html", "goes out", "stays")(site)
    said = corner("verify", site, "--json")
    told = json.loads(said.out)
    assert said.code == 1
    assert set(told) == {"checked", "problems", "unchecked"}
    where = "essays/ebb/index.html"
    assert [(p["where"], p["what"]) for p in told["problems"]] == [
        (where, "the file is not the one in SHA256SUMS"),
        (where, "the page's text is not essay.txt"),
    ]
    assert told["problems"][1]["expected"] == "'The tide goes out and takes with it the line where it had be'"


def test_any_text_stands_on_its_page_and_in_its_feeds_to_the_word(newsletter: Path) -> None:
    """Hostile HTML, control characters, verse, footnotes' like: the newsletter of `sites` has them all."""
    assert problems(newsletter / "site") == []


def test_a_site_without_a_checkpoint_is_well_and_that_is_said(site: Path) -> None:
    drop("checkpoint.txt", "checkpoints.txt")(site)
    report = verify_site(Folder(site), KNOWN)
    assert report.problems == ()
    says = "whether the site is as it went out: it has no checkpoint (a deploy makes one, signed if there is a key)"
    assert says in report.unchecked


def test_what_no_build_wrote_is_named_and_among_the_essays_it_is_a_problem(site: Path) -> None:
    add(CNAME="corner.example\n")(site)
    report = verify_site(Folder(site), KNOWN)
    assert (report.problems, [n for n in report.unchecked if "CNAME" in n]) == (
        (),
        ["1 files that no build wrote: CNAME"],
    )
    add(**{"essays/mine.html": "x"})(site)
    assert problems(site) == ["essays/mine.html: the record does not know this as published"]


def test_a_link_to_another_folder_is_named_like_a_file_as_servers_follow_it(site: Path, tmp_path: Path) -> None:
    add(**{"index.html": "<p>SAMPLE"})(tmp_path / "elsewhere")
    for path in ("shop", "essays/new"):
        (site / path).symlink_to(tmp_path / "elsewhere")
    report = verify_site(Folder(site), KNOWN)
    assert [str(problem) for problem in report.problems] == ["essays/new: the record does not know this as published"]
    assert "1 files that no build wrote: shop" in report.unchecked


FORGERIES: Mapping[str, Callable[[bytes], bytes]] = {
    "other words": lambda raw: gzip.compress(raw.upper()),
    "what is no gzip": lambda raw: raw,
    "half of it": lambda raw: gzip.compress(raw)[:-20],
    "nothing": lambda _raw: b"",
    "more after it": lambda raw: gzip.compress(raw + b"<p>Buy this.</p>"),
    "a second member": lambda raw: gzip.compress(raw) + gzip.compress(b"<p>Buy this.</p>"),
    "bytes after it": lambda raw: gzip.compress(raw) + b"x",
    "a bomb": lambda raw: gzip.compress(raw + bytes(100_000_000), 1),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_a_server_sends_compressed_must_unpack_to_the_very_file(site: Path, forgery: str) -> None:
    (site / "index.html.gz").write_bytes(FORGERIES[forgery]((site / "index.html").read_bytes()))
    tracemalloc.start()
    try:
        assert problems(site) == [
            "index.html.gz: servers send this in place of the file, and it does not unpack to that. "
            "Deploy anew with compress = true, or remove it."
        ]
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_compressed_variants_as_a_deploy_lays_them_are_well_and_none_need_be_there(site: Path, tmp_path: Path) -> None:
    for file in compress(read_site(site), tmp_path / "packed"):
        (site / file.path).write_bytes(file.read())
    assert (site / "checkpoint.txt.gz").is_file()
    (site / "feed.xml.gz").unlink()
    report = verify_site(Folder(site), KNOWN)
    assert report.problems == ()
    assert not [note for note in report.unchecked if "no build wrote" in note]
    (site / "checkpoint.txt.gz").write_bytes(gzip.compress(b"SAMPLE"))
    assert [problem.where for problem in verify_site(Folder(site), KNOWN).problems] == ["checkpoint.txt.gz"]


@pytest.mark.parametrize(
    ("path", "most"),
    [("essays/ebb/index.html", "5,000,000"), ("feed.xml", "10,000,000"), ("checkpoints.txt", "10,000,000")],
)
def test_what_would_take_many_times_its_size_to_be_taken_apart_is_left_whole(site: Path, path: str, most: str) -> None:
    file = site / path
    assert file.is_file()
    file.write_bytes(file.read_bytes() + b"<a/>" * 2_500_000)
    tracemalloc.start()
    try:
        assert f"{path}: too large to be taken apart (expected at most {most} bytes)" in problems(site)
        assert tracemalloc.get_traced_memory()[1] < 5 * file.stat().st_size
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("around", "is_seen"),
    [
        ("<details>{}</details>", False),
        ("<details><summary>More</summary>{}</details>", False),
        ("<details><summary>More</summary></details>{}", True),
        ("<details open><summary>More</summary>{}</details>", True),
        ("<details><summary><b>{}</b></summary>More</details>", True),
        ("<details><summary>More</summary><summary>{}</summary></details>", False),
        ("<details><summary><details>{}</details></summary></details>", False),
        ("<details><div><summary>{}</summary></div></details>", False),
        ("<details></details><details><summary>{}</summary></details>", True),
    ],
)
def test_what_readers_have_to_open_is_not_seen(around: str, is_seen: bool) -> None:
    words = Words(f"<main>{around.format('It speaks for nobody.')}</main>")
    assert (words.odd, "It speaks for nobody." in words.all) == ("", True)
    assert ("It speaks for nobody." in words.seen) is is_seen


def test_a_details_that_may_not_end_where_it_says_is_odd() -> None:
    assert Words("<details><table><tr><td></details><p>It speaks for nobody.</p>").odd == "</details>"


def test_a_disclaimer_that_no_transcript_carries_is_said(site: Path) -> None:
    old = "Claude does not speak for Anthropic, and Anthropic does not necessarily endorse its claims."
    for path in files(site):
        if path.endswith((".html", ".xml", ".json")) and "transcript" not in path:
            (site / path).write_bytes((site / path).read_bytes().replace(old.encode(), b"It speaks for nobody."))
    tamperings.list_anew(site)
    report = verify_site(Folder(site), KNOWN)
    assert [p.what for p in report.problems] == ["the files are others than those the checkpoint is of"]
    assert "the disclaimer: no transcript on record carries this one: 'It speaks for nobody.'" in report.unchecked


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (drop("ledger.jsonl"), "ledger.jsonl: there is no record, so nothing can be followed"),
        (drop("robots.txt"), "robots.txt: this file is listed, and it is not there"),
        (add(**{"atom.xml": "<rss"}), "atom.xml: this is no feed"),
        (add(**{"atom.xml": "<!DOCTYPE x><rss/>"}), "atom.xml: this is no feed"),
        (add(**{"feed.json": "[" * 5000}), "feed.json: this is no feed"),
        (add(SHA256SUMS="00  ../../etc/passwd\n"), "SHA256SUMS:1: this line names no file of the site"),
        (add(SHA256SUMS=f"{'0' * 64}  ../x\n"), "SHA256SUMS:1: this line names no file of the site"),
        (add(SHA256SUMS=f"{'0' * 64}  x\n{'1' * 64}  x\n"), "SHA256SUMS:2: this file is listed above"),
        (drop("essays/ebb/index.html"), "essays/ebb/index.html: the record says that this is published, and there is no page"),
        (swap("404.html", "</main>", "<p>SAMPLE</p></main>"), "404.html: the file is not the one in SHA256SUMS"),
        (drop("404.html"), "404.html: this file is listed, and it is not there"),
        (lambda site: (site / "checkpoint.txt").write_bytes((site / "checkpoint.txt").read_bytes() * 2),
         "checkpoint.txt: this is not the newest of the checkpoints that are served"),
        (add(**{"checkpoint.txt": "hello"}), "checkpoint.txt:1: this is no checkpoint"),
        (swap("checkpoints.txt", "number: 1", "number: 2"),
         "checkpoints.txt, checkpoint 1: a checkpoint is missing, moved or another newsletter's"),
    ],
)  # fmt: skip
def test_what_is_broken_is_named(tamper: tamperings.Tamper, message: str, site: Path) -> None:
    tamper(site)
    assert any(problem.startswith(message) for problem in problems(site))


def test_a_server_may_keep_the_page_of_what_is_missing_to_itself(site: Path) -> None:
    (site / "404.html").unlink()
    with served(site) as url:
        assert corner("verify", url).code == 0


def test_files_that_no_build_wrote_are_named_wherever_they_lie(site: Path) -> None:
    add(**{"essays/ebb/more/index.html": "SAMPLE", "essays/new/index.html": "SAMPLE", "more.html": "SAMPLE"})(site)
    report = verify_site(Folder(site), KNOWN)
    assert "2 files that no build wrote: essays/ebb/more/index.html, more.html" in report.unchecked
    assert list(map(str, report.problems)) == ["essays/new/index.html: the record does not know this as published"]


_AGAIN = "2026-11-18-past-entries-ta10"
_NOT_THE_TEXT, _UNKNOWN = "the feed's text is not essay.txt", "an item that the record does not know as published"
_OTHERS, _MEDIA = (
    "the feed holds what no build puts there, and readers may show it",
    'xmlns:media="http://search.yahoo.com/mrss/"',
)
_NOT_THE_SUMMARY = "the feed's summary is not how essay.txt begins (expected 'I have read what I wrote.', found '"


@pytest.mark.parametrize(
    ("path", "pattern", "left", "message"),
    [
        ("feed.xml", "tag:corner.example,2026:2026", "2026", f"feed.xml, '{_AGAIN}': {_UNKNOWN}"),
        ("feed.xml", "</guid>", r"\g<0><guid>x</guid>", f"{_AGAIN}\\n<hr>\\nx': {_UNKNOWN}"),
        (
            "feed.xml",
            "(<item>.*?)</title>",
            r"\g<0><title>SAMPLE</title>",
            f"{_AGAIN}: the feed's title is not the author's",
        ),
        ("feed.xml", "</content:encoded>", r"<b>SAMPLE</b>\g<0>", f"feed.xml, {_AGAIN}: {_NOT_THE_TEXT}"),
        ("feed.xml", "</content:encoded>", r"\g<0><content:encoded>x</content:encoded>", f"{_AGAIN}: {_NOT_THE_TEXT}"),
        ("atom.xml", "</content>", r"\g<0><content>SAMPLE</content>", f"atom.xml, {_AGAIN}: {_NOT_THE_TEXT}"),
        (
            "feed.json",
            '"content_html":',
            r'"content_text": "SAMPLE", \g<0>',
            f"feed.json: {_OTHERS} (found 'content_text').",
        ),
        (
            "feed.xml",
            "</item>",
            rf"<media:text {_MEDIA}>SAMPLE</media:text>\g<0>",
            f"feed.xml: {_OTHERS} (found '{{http",
        ),
        ("feed.xml", "</item>", r"<atom:content>SAMPLE</atom:content>\g<0>", f"feed.xml: {_OTHERS}"),
        ("feed.xml", "</dc:creator>", r"<title>SAMPLE</title>\g<0>", f"feed.xml: {_OTHERS} (found 'title')."),
        ("feed.xml", "<item>", r'<item xmlns="http://purl.org/rss/1.0/"/>\g<0>', f"feed.xml: {_OTHERS}"),
        ("atom.xml", "<entry>", r'<entry xmlns="http://purl.org/atom/ns#"/>\g<0>', f"atom.xml: {_OTHERS}"),
        (
            "feed.xml",
            "(<item>.*?<description>)",
            r"\1SAMPLE: ",
            f"feed.xml, {_AGAIN}: {_NOT_THE_SUMMARY}SAMPLE: I have",
        ),
        ("atom.xml", '(<summary type="html">)', r"\1SAMPLE: ", f"atom.xml, {_AGAIN}: {_NOT_THE_SUMMARY}SAMPLE: I have"),
        ("feed.json", '("summary": ")', r"\1<b>SAMPLE</b>", f"feed.json, {_AGAIN}: {_NOT_THE_SUMMARY}&lt;b&gt;SAMPLE"),
        ("feed.xml", "</channel>", r"\g<0><item><guid>x</guid></item>", f"feed.xml, 'x': {_UNKNOWN}"),
        ("feed.xml", "</pubDate>", r"\g<0><x><item><guid>x</guid></item></x>", f"feed.xml, 'x': {_UNKNOWN}"),
        ("feed.json", '"items": \\[', r'\g<0>"SAMPLE",', "feed.json: this is no feed"),
    ],
)
def test_what_a_reader_might_take_from_a_feed_in_place_of_a_text_is_named(
    site: Path, path: str, pattern: str, left: str, message: str
) -> None:
    tamperings.cut(path, pattern, left)(site)
    assert [problem for problem in problems(site) if message in problem], problems(site)


_DATE, _TAGS = "the feed's date is not the one on record", "the feed's tags are not those on record"
_CHANGE = "the feed's date of change is not the one on record"


@pytest.mark.parametrize(
    ("path", "pattern", "left", "message"),
    [
        ("feed.xml", "<pubDate>Wed, 18", "<pubDate>Thu, 19", f"{_DATE} (expected 2026-11-18T09:00:00Z, found 'Thu, 19"),
        ("feed.xml", "<pubDate>.*?</pubDate>", "", f"{_DATE} (expected 2026-11-18T09:00:00Z, found '')"),
        ("feed.xml", "</pubDate>", r"\g<0><pubDate>Thu, 19 Nov 2026</pubDate>", _DATE),
        ("atom.xml", "<published>2026", "<published>2025", _DATE),
        ("feed.json", '"date_published": "2026', '"date_published": "2025', _DATE),
        ("feed.json", '"date_published": "[^"]*",', "", _DATE),
        ("feed.xml", "</pubDate>", r"\g<0><atom:updated>2027-01-01T00:00:00Z</atom:updated>", _OTHERS),
        ("feed.xml", "</pubDate>", r"\g<0><dc:date>2027-01-01T00:00:00Z</dc:date>", _OTHERS),
        ("feed.xml", "</pubDate>", r"\g<0><dc:subject>sea</dc:subject>", _OTHERS),
        (
            "atom.xml",
            "(<entry>.*?<updated>)2026",
            r"\g<1>2025",
            f"{_CHANGE} (expected 2026-11-18T09:00:00Z, found '2025-",
        ),
        (
            "atom.xml",
            "(<entry>.*?)<updated>.*?</updated>",
            r"\1",
            f"{_CHANGE} (expected 2026-11-18T09:00:00Z, found 'no",
        ),
        ("feed.json", '"date_published"', r'"date_modified": "2027-01-01T00:00:00Z", \g<0>', _CHANGE),
        ("feed.xml", "<pubDate>", r"<category>sea</category>\g<0>", f"{_TAGS} (expected none, found 'sea')"),
        ("atom.xml", "<published>", r'<category term="sea"/>\g<0>', f"{_TAGS} (expected none, found 'sea')"),
        ("feed.json", '"authors"', r'"tags": ["sea"], \g<0>', f"{_TAGS} (expected none, found 'sea')"),
        ("feed.xml", "<category>time</category>", "", f"{_TAGS} (expected 'sea', 'time', found 'sea')"),
        (
            "atom.xml",
            'term="time"',
            r'\g<0> label="money"',
            f"{_TAGS} (expected 'sea', 'time', found 'sea', 'time money')",
        ),
        ("feed.json", '"sea"', '"money"', f"{_TAGS} (expected 'sea', 'time', found 'money', 'time')"),
        ("modes/minimal/feed.xml", "<category>sea<", "<category>money<", _TAGS),
    ],
)
def test_another_date_or_tag_in_a_feed_than_on_record_is_named(
    site: Path, path: str, pattern: str, left: str, message: str
) -> None:
    tamperings.cut(path, pattern, left)(site)
    assert [problem for problem in problems(site) if message in problem], problems(site)


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("feed.xml", "<pubDate>Wed, 21", "<pubDate>Thu, 22", _DATE),
        ("feed.xml", "<pubDate>", "<category>sea</category><pubDate>", f"{_TAGS} (expected none, found 'sea')"),
        ("atom.xml", "<updated>", "<updated>x", _CHANGE),
        ("feed.json", '"date_modified"', '"date"', _CHANGE),
    ],
)
def test_another_date_or_tag_of_a_withdrawn_entry_is_named(
    tmp_path: Path, path: str, old: str, new: str, message: str
) -> None:
    workspace = make_workspace(tmp_path / "letter")
    withdraw(workspace, publish_entry(workspace, date="2026-10-21T09:00:00Z", tags=("sea",)))
    build(workspace)
    assert problems(workspace.folders.site) == []
    swap(path, old, new)(workspace.folders.site)
    assert [problem for problem in problems(workspace.folders.site) if message in problem]


@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Kiritimati", "America/New_York"])
def test_dates_and_tags_that_are_as_on_record_are_no_problem_however_they_came_there(tmp_path: Path, zone: str) -> None:
    toml = (make_workspace(tmp_path / "letter").folders.root / "corner.toml").read_text("utf-8")
    workspace = make_workspace(tmp_path / "letter", toml=toml.replace("Europe/London", zone))
    sites.write_pages(workspace)
    old = tmp_path / "old"
    old.mkdir()
    (old / "a.md").write_text("---\ntitle: SAMPLE\ndate: 2024-02-29T23:30:00+13:00\ntags: [sea]\n---\n\nSAMPLE a.\n")
    (old / "b.md").write_text("---\ntitle: SAMPLE b\ndate: 2023-01-01\n---\n\nSAMPLE b.\n")
    assert corner("-C", workspace.folders.root, "import", "markdown", old, "--by", "ada").code == 0
    workspace = reopen(workspace.folders.root)
    names = [f"2026-11-25-{('minimal', 'news')[n % 2]}-{n:04d}" for n in range(45)]
    for number, name in enumerate(names):
        at, tags = f"2026-10-25T{number % 24:02d}:59:59Z", ("sea", "time")[: number % 3]
        placed = {"draft_id": name, "mode": name.split("-")[3], "slug": f"e-{number}", "date": at, "tags": tags}
        publish_entry(workspace, f"SAMPLE {number}.", **placed)
    waits = write_draft(workspace, "# SAMPLE", draft_id="2026-12-02-minimal-0099", edition="2026-12-02")
    approve(workspace, waits, tags=("sea",))
    change(workspace, waits, tags=("time",), date="2000-01-01T00:00:00Z")
    approve(workspace, waits, "ben", tags=("moon",), slug="again")
    publish(workspace, waits)
    imported = [one.id for one in workspace.ledger().standings.values() if one.imported]
    for name in (names[1], names[40], imported[0]):
        change(workspace, name, slug=f"moved-{name[-4:]}")
        change(workspace, name, date="2035-01-01T00:00:00Z", tags=("moon", "sea", "time"))
        change(workspace, name, date="1999-12-31T23:59:59Z", tags=())
    for name in (names[2], names[41], imported[1]):
        change(workspace, name, date="2035-01-01T00:00:00Z", tags=("moon",))
    for name in (names[2], names[43], imported[1]):
        withdraw(workspace, name)
    build(workspace)
    build(workspace, out=tmp_path / "below", base_url="https://corner.example/a/b/")
    assert problems(workspace.folders.site) == problems(tmp_path / "below") == []
    assert (workspace.folders.site / "feeds/3.xml").is_file()


@pytest.mark.parametrize("path", ["feed.xml", "atom.xml", "feed.json"])
@pytest.mark.parametrize(
    ("old", "new"),
    [("This essay was withdrawn", "SAMPLE. This essay was withdrawn"), ("Withdrawn: ess", "SAMPLE: ess")],
)
def test_what_a_feed_says_beside_a_withdrawal_is_named(site: Path, path: str, old: str, new: str) -> None:
    swap(path, old, new)(site)
    what = (
        "this was withdrawn, and here stands something else than what a build says of it. Build it anew: corner build."
    )
    assert [problem for problem in problems(site) if problem.startswith(f"{path}, ") and problem.endswith(what)]


def test_problems_of_unknown_items_are_told_in_one_order(site: Path) -> None:
    """They came in another order each time, as sets have it."""
    extra = "".join(f"<item><guid>{n}</guid></item>" for n in (3, 9, 1, 7, 4, 2, 8, 5, 6))
    swap("feed.xml", "</channel>", f"{extra}</channel>")(site)
    found = [problem for problem in problems(site) if _UNKNOWN in problem]
    assert found == [f"feed.xml, '{n}': {_UNKNOWN}" for n in range(1, 10)]


def test_a_feed_that_nests_what_readers_look_for_is_read_in_no_time(site: Path) -> None:
    begun = "<item><content:encoded>"
    swap("feed.xml", "</channel>", f"{begun * 50_000}{'</content:encoded></item>' * 50_000}</channel>")(site)
    assert f"feed.xml, '': {_UNKNOWN}" in problems(site)


def test_an_entry_that_stands_in_feeds_in_endless_forms_is_not_compared_without_end(site: Path) -> None:
    guid = f"tag:corner.example,2026:{_AGAIN}"
    items = "".join(f"<item><guid>{guid}</guid><title>{number}</title></item>" for number in range(100))
    swap("feed.xml", "</channel>", f"{items}</channel>")(site)
    found = [problem for problem in problems(site) if _AGAIN in problem]
    assert f"{_AGAIN}: feeds have this in more forms than are looked at" in found
    assert 10 < len([problem for problem in found if "the feed's title is not the author's" in problem]) < 30


def test_an_item_whose_address_is_none_is_a_problem(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "letter")
    publish_entry(workspace, "SAMPLE text.[^1]\n\n[^1]: SAMPLE note.", draft_id="2026-11-25-minimal-0000", slug="note")
    build(workspace)
    swap("feed.xml", "<link>https://corner.example/essays", "<link>http://[/essays")(workspace.folders.site)
    what = "the feed's text has other links or elements than essay.txt"
    assert any(
        problem.startswith(f"feed.xml, 2026-11-25-minimal-0000: {what}") for problem in problems(workspace.folders.site)
    )


def test_a_list_of_files_never_leads_out_of_the_site(site: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (site / "link").symlink_to(tmp_path / "secret")
    assert Folder(site).read("../secret") is Folder(site).read("link") is Folder(site).read("a\0b") is None
    (site / "circle").symlink_to("circle")
    assert Folder(site).read("circle") is Folder(site).read("circle/x") is Folder(site).read("a" * 300) is None
    found: list = []
    assert parse_sums(f"{'0' * 64}  /etc/passwd\n{'0' * 64}  a b\n".encode(), found) == {"a b": f"sha256:{'0' * 64}"}
    assert len(found) == 1


def test_what_a_list_has_beyond_all_sites_is_said_not_to_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_FILES", 2)
    problems: list[Problem] = []
    assert [*parse_sums("".join(f"{'0' * 64}  {name}\n" for name in "abcd").encode(), problems)] == ["a", "b"]
    assert [*map(str, problems)] == ["SHA256SUMS:3: no more than 2 files are looked at"]


def test_an_address_that_is_longer_than_a_files_name_is_that_of_a_missing_page(site: Path) -> None:
    def change(told: tamperings.Records) -> None:
        told[tamperings.find(told, "approved", "2026-11-04-minimal-ta04")]["slug"] = "a" * 300
        told[tamperings.find(told, "published", "2026-11-04-minimal-ta04")]["route"] = f"/essays/{'a' * 300}/"

    tamperings.records(change)(site)
    what = "the record says that this is published, and there is no page"
    assert f"essays/{'a' * 300}/index.html: {what}" in problems(site)


def test_a_newsletter_is_not_taken_for_its_site(newsletter: Path) -> None:
    assert "drafts: text, front matter" in corner("verify", newsletter).out
    said = corner("-C", newsletter, "verify", "--key", newsletter / "corner.toml")
    assert (said.code, said.err) == (
        2,
        "corner: --key and --since are for sites. Name a built site's folder or its address.\n",
    )
    for more in ((), ("--key", newsletter / "corner.toml")):
        assert corner("verify", newsletter / "nowhere", *more).err.endswith("nowhere: there is no such folder\n")


def test_a_key_or_a_checkpoint_that_is_none_is_not_passed_over(site: Path, tmp_path: Path) -> None:
    empty, other = tmp_path / "empty", tmp_path / "other"
    empty.touch()
    other.write_text("hello\n")
    said = [corner("verify", site, *options) for options in (("--key", empty), ("--key", other), ("--since", empty))]
    assert [one.code for one in said] == [2, 2, 2]
    assert [one.err for one in said] == [
        f"corner: {empty}: there is no public key in this file\n",
        f"corner: {other}: there is no public key in this file\n",
        f"corner: {empty}: there is no checkpoint in this file\n",
    ]
    assert corner("verify", site, "--since", other).err == f"corner: {other}:1: this is no checkpoint\n"


def test_an_address_that_does_not_answer_is_an_error_and_not_a_problem() -> None:
    with WebServer() as web:
        web.pages["/ledger.jsonl"] = page(b"", 500)
        said = corner("verify", web.url)
        assert (said.code, said.err) == (1, f"corner: {web.url}/ledger.jsonl: the server answers 500\n")
    assert corner("verify", "http://[::1").err == (
        "corner: http://[::1/ledger.jsonl: not a web address (expected http:// or https://)\n"
    )


# --- copies elsewhere -------------------------------------------------------------------------------------------------

ESSAY = Text("2026-11-25-minimal-k3v9", "# Ebb\n\nThe tide *goes* out.\n\nIt “comes” back, and that is all.", True)
OTHER = Text("2026-11-18-minimal-0000", "Another essay about the moon.", False)
EXACT = f"the copy holds the words of {ESSAY.name}, each and in their order"
MAIL = (
    "From: a@corner.example\r\nSubject: Ebb\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>The tide <em>goes</em> out.</p><p>It =E2=80=9Ccomes=E2=80=9D b=\r\n"
    "ack, and that is all.</p>\r\n"
)


@pytest.mark.parametrize(
    "copy",
    [
        "<html><h1>Ebb</h1><div><p>The tide <i>goes</i> out.</p><p>It “comes” back, and that is all.</p></div></html>",
        "Dear reader,\n\nThe tide goes out.\nIt “comes” back,\nand that is all.\n\nYours",
        "# Ebb\n\nThe tide *goes* out.\n\nIt “comes” back, and that is all.\n",
        MAIL,
    ],
    ids=["page", "plain text", "Markdown", "mail"],
)
def test_a_copy_with_exactly_the_text_is_told(copy: str) -> None:
    report = verify_copy(copy.encode(), "the copy", [OTHER, ESSAY])
    assert (report.checked, report.problems) == ((EXACT,), ())


@pytest.mark.parametrize("charset", ["x-unknown", "base64", "idna", "punycode"])
def test_a_mail_in_a_character_set_that_is_none_is_read_as_it_stands(charset: str) -> None:
    mail = MAIL.replace("utf-8", charset)
    assert verify_copy(mail.encode(), "the copy", [OTHER, ESSAY]).checked == (EXACT,)


@pytest.mark.parametrize(
    ("old", "new", "expected", "found"),
    [
        ("goes", "comes", "'The tide goes out.'", "'The tide comes out.'"),
        ("“comes”", "\"comes\"", "'tide goes out. It “comes” back, and that'", "'tide goes out. It \"comes\" back, and that'"),
        ("tide goes", "tide <!-->never <!-- -->goes", "'The tide goes out.'", "'The tide never goes out.'"),
        ("that is all", "that is not all", "'back, and that is all.'", "'back, and that is not all.'"),
    ],
)  # fmt: skip
def test_the_first_difference_is_shown(old: str, new: str, expected: str, found: str) -> None:
    copy = "<p>The tide goes out.</p><p>It “comes” back, and that is all.</p>".replace(old, new)
    (problem,) = verify_copy(copy.encode(), "the copy", [OTHER, ESSAY]).problems
    assert str(problem) == (
        f"the copy: it is nearest to {ESSAY.name}, and differs from it (expected {expected}, found {found})"
    )


@pytest.mark.parametrize(
    "piece",
    [
        *("<b>", "<p>", "<b", "<b ", '<b a="', "<b a=", "<b a=b ", "<b/", "</", "</b "),
        *("<!", "<!--", "<?", "<![", "<![CDATA[", "<![CDATA[>", "<![if x]'>", "<b hidden><i></b></i>"),
    ],
)
def test_whatever_is_opened_in_a_copy_and_never_closed_is_read_once(piece: str) -> None:
    """They took longer than anybody waits: each was looked for its end, to the end of the page."""
    copy = "<p>The tide goes out.</p><p>It “comes” back, and <i>that</i> is all.</p>" + piece * (600_000 // len(piece))
    assert verify_copy(copy.encode(), "the copy", [OTHER, ESSAY]).checked == (EXACT,)


@pytest.mark.parametrize("piece", ["the ", "the and of sea ", "the tide "])
def test_words_that_repeat_in_a_copy_are_aligned_in_no_time(piece: str) -> None:
    """They took hours: each of theirs was held against each of ours, for every run that they share."""
    text = Text("2026-11-25-minimal-0001", f"It is {'the tide and the ' * 5_000} end.", False)
    (problem,) = verify_copy(f"It is the {piece * 40_000}".encode(), "the copy", [text]).problems
    assert problem.expected.startswith("'It is the tide")


@pytest.mark.parametrize(
    "hidden",
    [
        *("<div hidden>{}</div>", '<div style="DISPLAY : none">{}</div>', "<template>{}</template>"),
        *("<div style='visibility:hidden'><p><div>x</div>{}</div>", "<dialog>{}</dialog>"),
    ],
)
def test_words_that_a_copy_hides_are_not_its_words(hidden: str) -> None:
    text = "The tide goes out. It “comes” back, and that is all."
    copy = f"<html>{hidden.format(text)}<p>SAMPLE: quite other words.</p></html>"
    (problem,) = verify_copy(copy.encode(), "the copy", [OTHER, ESSAY]).problems
    assert problem.what == "it holds none of the approved texts"
    mail = f'<html>{hidden.format("A preview.")}<p style="margin: 0">{text}</p></html>'
    assert verify_copy(mail.encode(), "the copy", [OTHER, ESSAY]).checked == (EXACT,)


@pytest.mark.parametrize(("old", "new"), [("goes out", "go esout"), ("The", "“The"), ("all.", "all.too")])
def test_words_that_are_joined_otherwise_are_other_words(old: str, new: str) -> None:
    copy = "SAMPLE. The tide goes out. It “comes” back, and that is all. SAMPLE.".replace(old, new)
    (problem,) = verify_copy(copy.encode(), "the copy", [OTHER, ESSAY]).problems
    assert problem.what == f"it is nearest to {ESSAY.name}, and differs from it"


def test_words_of_neighbouring_elements_are_not_joined() -> None:
    copy = "<html><dl><dt>SAMPLE</dt><dd>The tide goes out.</dd><dd>It “comes” back, and that is all.</dd></dl></html>"
    assert verify_copy(copy.encode(), "the copy", [OTHER, ESSAY]).checked == (EXACT,)


def test_a_copy_is_compared_where_it_goes_on_longest() -> None:
    """Not where the text's first words are told beforehand, as lists and previews do."""
    copy = "Today: The tide goes out … The tide goes out. It “comes” back, or that is all."
    (problem,) = verify_copy(copy.encode(), "the copy", [OTHER, ESSAY]).problems
    ours, theirs = "'out. It “comes” back, and that is all.'", "'out. It “comes” back, or that is all.'"
    assert (problem.expected, problem.found) == (ours, theirs)


def test_a_copy_of_nothing_is_told(newsletter: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.txt").write_text("Nothing of ours.")
    said = corner("-C", newsletter, "verify", "--copy", tmp_path / "copy.txt")
    assert (said.code, said.err) == (1, f"corner: {tmp_path}/copy.txt: it holds none of the approved texts\n")
    with served(newsletter / "site") as url:
        assert corner("-C", newsletter, "verify", "--copy", f"{url}essays/hebrew/").code == 0
        (tmp_path / "mail.txt").write_text("Nobody asked me for a title,\nand I gave none.")
        said = corner("verify", url, "--copy", tmp_path / "mail.txt")
        name = "2026-10-28-minimal-ta03"
        assert said.out.startswith(f"checked: {tmp_path}/mail.txt holds the words of {name}, each and in their order\n")
    assert corner("-C", newsletter, "verify", "--copy", "gone.html").err == (
        "corner: gone.html: cannot be read: no such file or directory\n"
    )


def test_another_theme_below_another_path_verifies_as_well(tmp_path: Path) -> None:
    root = sites.make_newsletter(tmp_path / "letter").folders.root
    settings_of = (root / "corner.toml").read_text()
    (root / "corner.toml").write_text(settings_of.replace("[site]", '[site]\ntheme = "plain"', 1))
    build(reopen(root), out=tmp_path / "out", base_url="https://corner.example/a/b/")
    assert problems(tmp_path / "out") == []


# --- any text ---------------------------------------------------------------------------------------------------------


def verified(root: Path, texts: Sequence[str]) -> list[str]:
    """Publish texts, build, and verify the site."""
    workspace = make_workspace(root)
    for number, text in enumerate(texts):
        title = f"Title {text[:20]!r}" if number % 3 == 0 else ""
        name = f"2026-11-25-minimal-{number:04d}"
        publish_entry(workspace, text, draft_id=name, slug=f"e-{number}", title=title)
    build(workspace)
    return problems(workspace.folders.site)


def test_every_text_of_the_markup_fixtures_verifies(tmp_path: Path) -> None:
    """Else the site could not go out: what verifies it must read whatever builds it."""
    documents = ("markup.md", "markup-lines.md")
    cases = [case for name in documents for case in read_cases((FIXTURES / name).read_text("utf-8"))]
    texts = [text for case in cases if (text := normalise(case.given))]
    assert len(texts) > 50
    assert verified(tmp_path / "letter", texts) == []


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=80).map(normalise).filter(bool),
        min_size=1,
        max_size=4,
    )
)
@example(["]]>", "# <\x00>\n\n&amp; \x85 \x0c x", "\u2028# \ud7ff\ue000\ufffe", "# \x1b[31m\n\n---\n\n<hr>\n\n***"])
@example(["<article><header>x</header></article>", "&#x80;&#13;&#0;&nbsp;", "[a](#b) [c](/d) ![e](https://f.example/)"])
def test_any_text_verifies(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert verified(Path(folder) / "letter", texts) == []
