"""`corner serve` as a process of its own: what it serves, what it refuses, and how open pages follow the newsletter."""

from __future__ import annotations

import errno
import http.client
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple, TextIO
from urllib.parse import quote, unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

import commands
import sites
from builders import publish_entry, write_draft
from claudes_corner.disk import read_file
from claudes_corner.site import serve, watching
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace
from edits import assert_as_if_built_anew
from sites import corner

START_SECONDS = 30
FOLLOW_SECONDS = 2  # from a decision to the served page
TIDES = "2026-11-25-minimal-t1de"
TEXT = "# Tides\n\nThe tide does not argue with the shore."


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Served:
    """A newsletter that `corner serve` serves; ends with Ctrl-C."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root = root
        self.process = sites.start("-C", root, "serve", "--port", "0", *options)
        self.said: list[str] = []  # on both streams
        self._printed: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._readers = [self._read(self.process.stdout, self._printed.put), self._read(self.process.stderr)]
        self.url = self._printed.get(timeout=START_SECONDS)
        self.address = (urlsplit(self.url).hostname, urlsplit(self.url).port)

    def _read(self, stream: TextIO, tell: Callable[[str], None] = lambda _line: None) -> threading.Thread:
        def read() -> None:
            for line in stream:
                self.said.append(line.rstrip("\n"))
                tell(self.said[-1])
            tell("")  # it has ended

        thread = threading.Thread(target=read)
        thread.start()
        return thread

    def printed(self) -> str:
        """Wait for the next line on stdout."""
        return self._printed.get(timeout=START_SECONDS)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Send one request, its path exactly as given."""
        connection = http.client.HTTPConnection(*self.address, timeout=START_SECONDS)
        try:
            connection.putrequest(method, path)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def end(self) -> int:
        """Press Ctrl-C; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(START_SECONDS)
        for reader in self._readers:
            reader.join(START_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class Events:
    """What an open page is told: listens until closed."""

    def __init__(self, served: Served, page: str = "") -> None:
        self._connection = http.client.HTTPConnection(*served.address, timeout=START_SECONDS)
        self._connection.request("GET", f"/_corner/events?{page}")
        self._socket = self._connection.sock
        self._response = self._connection.getresponse()
        assert self._response.headers["Content-Type"] == "text/event-stream"
        self._told: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        name = ""
        with suppress(ConnectionError):  # an end, too
            while line := self._response.readline().decode():
                if line.startswith("event: "):
                    name = line[7:].rstrip()
                elif line.startswith("data: "):
                    self._told.put((name, json.loads(line[6:])))

    def next(self, seconds: float = START_SECONDS) -> tuple[str, str]:
        return self._told.get(timeout=seconds)

    def close(self) -> None:
        with suppress(OSError):  # the server may have gone first
            self._socket.shutdown(socket.SHUT_RDWR)  # readline waits for more
        self._reader.join(START_SECONDS)
        self._response.close()
        self._connection.close()


@pytest.fixture
def serving() -> Iterator[Callable[..., Served]]:
    """Serve newsletters until the test ends."""
    running: list[Served] = []

    def serve(workspace: Workspace, *options: str) -> Served:
        running.append(Served(workspace.folders.root, *options))
        return running[-1]

    yield serve
    assert {served.end() for served in running} <= {130, 1, -signal.SIGKILL}


@pytest.fixture
def listening() -> Iterator[Callable[..., Events]]:
    """Listen to what open pages are told until the test ends."""
    open_: list[Events] = []

    def listen(served: Served, page: str = "") -> Events:
        open_.append(Events(served, page))
        return open_[-1]

    yield listen
    for events in open_:
        events.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A newsletter with one of everything, served."""
    root = tmp_path_factory.mktemp("whole") / "newsletter"
    served = Served(sites.make_newsletter(root).folders.root)
    (root / "site/link").symlink_to(root)
    (root / "site/secret.txt").symlink_to(root / "corner.toml")
    (root / "site/loop").symlink_to("loop")
    os.mkfifo(root / "site/pipe")
    yield served
    assert served.end() == 130


@pytest.fixture
def live(workspace: Workspace) -> Workspace:
    """A newsletter with one entry."""
    publish_entry(workspace, TEXT, draft_id=TIDES)
    sites.write_pages(workspace)
    return workspace


def approve(served: Served, workspace: Workspace, draft_id: str) -> None:
    """Approve a draft in another process, late enough to go live at once."""
    digits = workspace.ledger().standings[draft_id].text_sha256
    when = ("--now", "2026-11-26T09:00:00Z")
    done = corner("-C", served.root, *when, "approve", draft_id, "--digest", digits, "--by", "eva")
    assert (done.returncode, done.stderr) == (0, "")
    assert "approved and published at /essays/" in done.stdout


# --- what is served ---------------------------------------------------------------------------------------------------


def test_the_first_line_of_stdout_is_the_address_and_it_answers(whole: Served) -> None:
    assert urlsplit(whole.url)._replace(netloc="").geturl() == "http:///"
    assert urlsplit(whole.url).hostname == "127.0.0.1"
    assert whole.ask("/").status == 200


@pytest.mark.parametrize(
    ("path", "file", "kind"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/?utm=1#x", "index.html", "text/html; charset=utf-8"),
        ("/essays/hebrew/", "essays/hebrew/index.html", "text/html; charset=utf-8"),
        ("/essays/hebrew/index.html", "essays/hebrew/index.html", "text/html; charset=utf-8"),
        ("/essays/hebrew/essay.txt", "essays/hebrew/essay.txt", "text/plain; charset=utf-8"),
        ("/essays/hebrew/transcript.json", "essays/hebrew/transcript.json", "application/json"),
        ("/feed.xml", "feed.xml", "application/xml"),
        ("/ledger.jsonl", "ledger.jsonl", "text/plain; charset=utf-8"),
        ("/assets/literata.woff2", "assets/literata.woff2", "font/woff2"),
        ("/assets/favicon.svg", "assets/favicon.svg", "image/svg+xml"),
    ],
)
def test_a_file_is_served_as_what_it_is(whole: Served, path: str, file: str, kind: str) -> None:
    answer = whole.ask(path)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    content = (whole.root / "site" / file).read_bytes()
    assert answer.body == (as_served(content) if file.endswith(".html") else content)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"


def as_served(page: bytes) -> bytes:
    script = f'<script src="/_corner/reload.js" data-shown="{digest(page)[7:27]}"></script>'
    return page.replace(b"</body>", script.encode() + b"</body>")


def test_style_sheets_and_scripts_have_types_that_browsers_take(whole: Served) -> None:
    for suffix, kind in ((".css", "text/css"), (".js", "text/javascript")):
        path = next(path for path in sites.files(whole.root / "site") if path.endswith(suffix))
        assert whole.ask(f"/{path}").headers["content-type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/essays/hebrew/essay.txt", "/nothing/", "/_corner/reload.js"])
def test_head_answers_as_get_without_the_body(whole: Served, path: str) -> None:
    head, get = whole.ask(path, "HEAD"), whole.ask(path)
    assert head.body == b""
    assert head.status == get.status
    assert _undated(head.headers) == _undated(get.headers)
    assert int(head.headers["content-length"]) == len(get.body)


def _undated(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "date"}


@pytest.mark.parametrize(
    "path", ["/essays/hebrew/", "//essays/hebrew/", "/%65ssays/hebrew/", "/nothing/", "//nothing/"]
)
def test_a_page_that_is_as_it_was_sent_is_not_told_to_reload_however_it_was_asked_for(
    whole: Served, listening: Callable[..., Events], path: str
) -> None:
    as_sent, older = listening(whole, shown(whole, path) + path), listening(whole, "0" * 20 + path)
    assert older.next() == ("reload", "")
    with pytest.raises(queue.Empty):
        as_sent.next(0)


def test_asking_for_the_events_head_ends_at_once(whole: Served) -> None:
    answer = whole.ask("/_corner/events", "HEAD")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "text/event-stream", b"")


def test_a_file_that_a_browser_has_is_not_sent_again(whole: Served) -> None:
    first = whole.ask("/feed.xml")
    again = whole.ask("/feed.xml", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-length" not in again.headers
    assert whole.ask("/feed.xml", If_None_Match='"another"').status == 200
    assert whole.ask("/", If_None_Match=first.headers["etag"]).status == 200


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=7-7", slice(7, 8)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=-300", slice(-300, None)),
        ("bytes=2000-99999999", slice(2000, None)),
        ("bytes=-99999999", slice(0, None)),
        ("Bytes= 0-0 ", slice(0, 1)),
    ],
)
def test_a_part_of_a_file_is_sent_if_it_is_asked_for(whole: Served, asked: str, part: slice) -> None:
    """RFC 9110, sections 14.1 and 15.3.7."""
    for path in ("/feed.xml", "/"):
        all_of_it = whole.ask(path)
        start, stop, _ = part.indices(len(all_of_it.body))
        answer = whole.ask(path, Range=asked)
        assert (answer.status, answer.body) == (206, all_of_it.body[part])
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(all_of_it.body)}"
        kept = ("etag", "content-type", "accept-ranges")
        assert {name: answer.headers[name] for name in kept} == {name: all_of_it.headers[name] for name in kept}


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0", "bytes=99999999-999999999"])
def test_a_part_that_is_not_there_is_refused_with_the_files_size(whole: Served, asked: str) -> None:
    size = len(whole.ask("/feed.xml").body)
    answer = whole.ask("/feed.xml", Range=asked)
    assert (answer.status, answer.body, answer.headers["content-range"]) == (416, b"", f"bytes */{size}")


@pytest.mark.parametrize(
    "asked",
    [
        *("bytes=5-2", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b", "bytes=-", "bytes", "", "bytes=0-1x"),
        f"bytes={'9' * 5000}-",
    ],
)
def test_what_is_no_range_or_several_is_answered_with_the_whole(whole: Served, asked: str) -> None:
    answer = whole.ask("/feed.xml", Range=asked)
    assert (answer.status, answer.body) == (200, whole.ask("/feed.xml").body)


def test_a_part_is_sent_only_of_the_file_that_the_asker_has_begun(whole: Served) -> None:
    """RFC 9110, sections 13.1.5 and 14.2."""
    etag = whole.ask("/feed.xml").headers["etag"]
    found = {
        told: whole.ask("/feed.xml", Range="bytes=0-9", If_Range=told).status
        for told in (etag, f"W/{etag}", '"another"', "Wed, 21 Oct 2026 07:28:00 GMT")
    }
    assert list(found.values()) == [206, 200, 200, 200]
    assert whole.ask("/feed.xml", Range="bytes=0-9", If_None_Match=etag).status == 304
    assert whole.ask("/feed.xml", "HEAD", Range="bytes=0-9").status == 200
    assert whole.ask("/nothing", Range="bytes=0-9").status == 404


def test_a_download_that_was_cut_short_goes_on(whole: Served, tmp_path: Path) -> None:
    everything = whole.ask("/feed.xml").body
    (tmp_path / "feed.xml").write_bytes(everything[:1234])
    url = f"http://{whole.address[0]}:{whole.address[1]}/feed.xml"
    command = ["curl", "-fsS", "-C", "-", "-w", "%{http_code} %{size_download}", "-o", str(tmp_path / "feed.xml"), url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == f"206 {len(everything) - 1234}"
    assert (tmp_path / "feed.xml").read_bytes() == everything


def test_a_folder_without_its_slash_leads_to_the_one_with_it(whole: Served) -> None:
    answer = whole.ask("/essays/hebrew")
    assert (answer.status, answer.headers["location"]) == (302, "/essays/hebrew/")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/nothing/",
        "/essays/",
        "/essays/hebrew/nothing.txt",
        "/assets/style.css",
        "/%ff",
        "/%00",
        "/a?%00",
        "/pipe",
        "/loop",
    ],
)
def test_what_is_not_there_gets_the_sites_own_page_and_404(whole: Served, path: str) -> None:
    answer = whole.ask(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.body == as_served((whole.root / "site/404.html").read_bytes())


def test_a_page_that_is_taken_away_while_it_is_asked_for_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page, missing = tmp_path / "index.html", tmp_path / "404.html"
    page.write_text("<p>SAMPLE")
    missing.write_text("<p>Not here")

    def take_away(path: Path) -> bytes:
        page.unlink(missing_ok=True)  # as a build does that comes in between
        return read_file(path)

    monkeypatch.setattr(serve, "read_file", take_away)
    with serve.Server(("127.0.0.1", 0), serve.LiveSite(tmp_path, "/")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=START_SECONDS)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (404, b"<p>Not here")
        connection.close()
        server.shutdown()
    assert capsys.readouterr().err == ""


def test_a_request_for_no_address_is_refused(whole: Served) -> None:
    with socket.create_connection(whole.address, START_SECONDS) as connection:
        connection.sendall(b"GET http://[ HTTP/1.1\r\nConnection: close\r\n\r\n")
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert body == b"This is no address.\n"
    assert whole.ask("/").status == 200
    assert not [line for line in whole.said if "Traceback" in line]


@pytest.mark.parametrize(
    "path",
    [
        *("/../corner.toml", "/%2e%2e/corner.toml", "/..%2fcorner.toml", "/%2e%2e%2fcorner.toml", "/..%5ccorner.toml"),
        *("/essays/../../corner.toml", "/essays/%2e%2e/%2e%2e/corner.toml", "/essays/..%2f..%2fcorner.toml"),
        *("//etc/passwd", "/%2fetc/passwd", "/%2Fetc%2Fpasswd", "///etc/passwd", "/%252e%252e/corner.toml"),
        *("/link/corner.toml", "/secret.txt", "/link/drafts/2026-11-25-minimal-tb03.md", "/link/", "/../drafts/"),
        *("/.corner-site", "/essays/../.corner-site", "/%2ecorner-site", "/" + "a" * 300, "/" + "a/" * 3000),
    ],
)
def test_nothing_outside_the_site_is_served(whole: Served, path: str) -> None:
    """Neither by a path that climbs, nor by a link that somebody put into the site."""
    answer = whole.ask(path)
    assert answer.status == 404
    assert answer.body == as_served((whole.root / "site/404.html").read_bytes())


def test_a_site_with_a_path_is_served_under_it(live: Workspace, serving: Callable[..., Served]) -> None:
    toml = live.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("https://corner.example/", "https://corner.example/a/b/"))
    served = serving(live)
    assert urlsplit(served.url).path == "/a/b/"
    assert served.ask("/a/b/essays/tides/").status == 200
    assert served.ask("/a/b/essays/tides").headers["location"] == "/a/b/essays/tides/"
    for path in ("/", "/a/b"):
        assert (served.ask(path).status, served.ask(path).headers["location"]) == (302, "/a/b/")
    for path in ("/essays/tides/", "/favicon.ico", "/a/feed.xml", "/a/b/nothing"):
        assert served.ask(path).status == 404


@pytest.mark.parametrize("path", ["/caf%C3%A9/", "/łódź/", "/a b/"])
def test_a_path_with_other_letters_is_one_however_it_is_written(
    path: str, live: Workspace, serving: Callable[..., Served]
) -> None:
    toml = live.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("https://corner.example/", f"https://corner.example{path}"))
    served, asked = serving(live), quote(unquote(path))
    assert urlsplit(served.url).path == path
    assert served.ask(f"{asked}essays/tides/").status == 200
    assert served.ask(f"{asked}essays/tides").headers["location"] == f"{asked}essays/tides/"
    assert (served.ask("/").status, served.ask("/").headers["location"]) == (302, asked)


def test_verify_knows_what_is_served_here_and_names_the_folder_that_can_be_verified(whole: Served) -> None:
    said = corner("verify", whole.url)
    assert (said.returncode, said.stdout, said.stderr) == (
        2,
        "",
        f"corner: {whole.url}: this is what corner serve shows: it puts a script into each page."
        " Verify the folder itself: site/.\n",
    )


def test_it_builds_first_and_says_nothing_before_the_address(live: Workspace, serving: Callable[..., Served]) -> None:
    assert not live.folders.site.exists()
    served = serving(live)
    assert served.ask("/essays/tides/essay.txt").body == TEXT.encode()
    assert served.said[0] == served.url


def test_a_port_that_is_taken_is_said(live: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = corner("-C", live.folders.root, "serve", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    said = f"corner: port {port} of 127.0.0.1 cannot be used: address already in use. Choose another with --port.\n"
    assert done.stderr == said


def test_a_system_that_watches_no_more_files_is_said(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")  # as watchdog does, though there is room on the disk

    monkeypatch.setattr(watching.Observer, "schedule", refuse)
    said = commands.corner("-C", live.folders.root, "serve", "--port", "0")
    fix = "End other programs that watch files, or let the system watch more of them."
    assert said == (1, "", f"corner: changes cannot be watched: inotify watch limit reached. {fix}\n")


def test_ctrl_c_ends_it_even_while_a_page_listens(
    live: Workspace, serving: Callable[..., Served], listening: Callable[[Served], Events]
) -> None:
    served = serving(live)
    listening(served)
    assert served.end() == 130
    assert served.said[-1] == "interrupted"
    with pytest.raises(ConnectionRefusedError):
        served.ask("/")


# --- how pages follow -------------------------------------------------------------------------------------------------


def test_an_entry_approved_in_another_process_is_on_the_home_page_within_two_seconds(
    live: Workspace, serving: Callable[..., Served], listening: Callable[[Served], Events]
) -> None:
    draft_id = write_draft(live, "# Ebb\n\nIt goes.")
    served = serving(live)
    events = listening(served)
    assert b"/essays/ebb/" not in served.ask("/").body
    approve(served, live, draft_id)
    assert events.next(FOLLOW_SECONDS) == ("reload", "")
    assert b"/essays/ebb/" in served.ask("/").body
    assert served.ask("/essays/ebb/essay.txt").body == b"# Ebb\n\nIt goes."
    assert b"/essays/ebb/" in served.ask("/feed.xml").body


def test_a_file_that_is_written_all_the_time_keeps_no_build_from_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    told = count()

    class Changes:
        def get(self, timeout: float) -> str:
            assert next(told) * timeout < 100_000, "it is waited for an end that never comes"
            return "/newsletter/content/visits.log"

    monkeypatch.setattr(watching, "_LONGEST_SECONDS", watching.QUIET_SECONDS)
    assert set(watching._wait_for_change(Changes(), 1)) == {"/newsletter/content/visits.log"}


def test_a_text_that_is_broken_leaves_the_last_good_site_and_tells_open_pages(
    live: Workspace, serving: Callable[..., Served], listening: Callable[[Served], Events]
) -> None:
    served = serving(live)
    events, before = listening(served), served.ask("/essays/tides/")
    path = live.folders.essays / f"{TIDES}.md"
    text = path.read_bytes()
    path.write_bytes(text.replace(b"argue", b"arque"))
    name, problem = events.next()
    assert name == "problem"
    assert problem.startswith(
        f"content/essays/{TIDES}.md: the text was changed after it was recorded (expected sha256:"
    )
    assert served.ask("/essays/tides/") == before._replace(headers=served.ask("/essays/tides/").headers)
    assert served.ask("/essays/tides/essay.txt").body == TEXT.encode()
    assert f"corner: {problem}" in served.said
    assert listening(served).next() == (name, problem), "a page that is opened now is told, too"
    path.write_bytes(text)
    assert events.next() == ("reload", "")


@pytest.mark.parametrize(
    ("name", "old", "new", "path", "found"),
    [
        ("content/notes/welcome.md", "Welcome & hello", "Hello again", "/notes/welcome/", "Hello again"),
        ("content/pages/about.md", "A newsletter.", "A small one.", "/about/", "A small one."),
        ("corner.toml", "Weekly essays", "Daily essays", "/", "Daily essays"),
        ("themes/corner/templates/missing.html", "There is no page", "Nothing", "/404.html", "Nothing here"),
    ],
)
def test_a_page_reloads_when_what_it_shows_is_saved(
    live: Workspace,
    serving: Callable[..., Served],
    listening: Callable[[Served], Events],
    name: str,
    old: str,
    new: str,
    path: str,
    found: str,
) -> None:
    """Saved as editors' programs do: a new file takes the place of the old."""
    own = live.folders.root / "themes/corner"
    shutil.copytree(Path(__file__).parents[1] / "themes/corner", own, dirs_exist_ok=True)
    served = serving(live)
    events = listening(served)
    source = live.folders.root / name
    saved = source.with_name(source.name + "~")
    saved.write_text(source.read_text("utf-8").replace(old, new), encoding="utf-8")
    saved.replace(source)
    assert events.next() == ("reload", "")
    assert found in served.ask(path).body.decode()


def test_what_may_not_be_meant_in_a_note_is_said_as_it_is_saved(
    live: Workspace, serving: Callable[..., Served], listening: Callable[[Served], Events]
) -> None:
    served = serving(live)
    events, note = listening(served), live.folders.notes / "welcome.md"
    note.write_text(note.read_text("utf-8").replace("by: ada", "by: adda"), encoding="utf-8")
    assert events.next() == ("reload", "")
    while "written" not in served.printed():
        pass
    assert served.end() == 130, "all that was said is read"
    assert any("no editor has this id" in line and "Did you mean 'ada'?" in line for line in served.said)


def test_a_link_that_leads_nowhere_is_said_at_the_start_and_no_more_at_each_save(
    live: Workspace, serving: Callable[..., Served]
) -> None:
    def astray(served: Served) -> list[str]:
        assert served.end() == 130, "all that was said is read"
        return [line.split("'")[1] for line in served.said if "leads nowhere" in line]

    note = live.folders.notes / "welcome.md"
    first = f"{note.read_text('utf-8')}\n[a](/nowhere/)\n"
    note.write_text(first, encoding="utf-8")
    served = serving(live)
    assert served.printed() == "Ctrl-C ends it."
    assert astray(served) == ["/nowhere/"]

    served = serving(live)
    assert served.printed() == "Ctrl-C ends it."
    for more in ("[b](/elsewhere/)", "[b](/elsewhere/) SAMPLE", "SAMPLE", "[b](/elsewhere/)"):
        saved = note.with_suffix(".saved")
        saved.write_text(first + more, encoding="utf-8")
        saved.replace(note)
        assert "written" in served.printed()
    assert astray(served) == ["/nowhere/", "/elsewhere/", "/elsewhere/"]


def test_settings_that_are_broken_are_said_and_can_be_put_right(
    live: Workspace, serving: Callable[..., Served], listening: Callable[[Served], Events]
) -> None:
    served = serving(live)
    events, toml = listening(served), live.folders.root / "corner.toml"
    text = toml.read_text("utf-8")
    toml.write_text(text.replace("[site]\ntitle", "[site]\ntitel"), encoding="utf-8")
    name, problem = events.next()
    assert (name, problem.startswith("corner.toml:2: unknown key 'titel'")) == ("problem", True)
    toml.write_text(text, encoding="utf-8")
    assert events.next() == ("reload", "")


def test_a_disk_that_refuses_is_said_and_ends_no_serving(
    live: Workspace, serving: Callable[..., Served], listening: Callable[[Served], Events]
) -> None:
    served = serving(live)
    events, builds = listening(served), live.folders.cache / "builds"
    shutil.rmtree(builds)
    builds.write_text("a file, where a folder should be")
    (live.folders.pages / "new.md").write_text("---\ntitle: New\n---\n\nNew.\n")
    what = (
        "the site could not be built: file exists. Move away what stands in its place. Set that right, and build again."
    )
    assert events.next() == ("problem", f".corner/cache/builds: {what}")
    builds.unlink()
    (live.folders.pages / "new.md").write_text("---\ntitle: Newer\n---\n\nNew.\n")
    assert events.next() == ("reload", "")


def test_a_newsletter_that_cannot_be_built_is_served_once_it_can(
    live: Workspace, serving: Callable[..., Served], listening: Callable[[Served], Events]
) -> None:
    stray = live.folders.essays / "<b>.md"
    stray.write_text("nobody approved this")
    served = serving(live)
    assert served.ask("/").status == 404
    events = listening(served)
    name, problem = events.next()
    assert (name, problem.startswith("content/essays/<b>.md: nobody approved this")) == ("problem", True)
    stray.unlink()
    assert events.next() == ("reload", "")
    assert served.ask("/").status == 200


def test_its_own_output_does_not_make_it_build_again(
    live: Workspace, serving: Callable[..., Served], listening: Callable[[Served], Events]
) -> None:
    served = serving(live)
    events = listening(served)
    for number in range(3):
        (live.folders.notes / f"note-{number}.md").write_text(
            f"---\ntitle: {number}\ndate: 2026-11-20\nby: ada\n---\n\nx\n"
        )
        assert events.next() == ("reload", "")
        while "written" not in served.printed():
            pass
    served.end()
    assert sum("written" in line for line in served.said) == 3


def save_note(workspace: Workspace, text: str, front: str = "title: N\ndate: 2026-11-20\nby: ada\n") -> None:
    """Save a note in a single step, as many programs do."""
    half = workspace.folders.notes / ".a-note.md"
    half.write_text(f"---\n{front}---\n\n{text}\n")
    half.replace(half.with_name("a-note.md"))


def test_a_page_is_told_once_whether_it_comes_first_or_not(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events]
) -> None:
    served = serving(live)
    pages = [listening(served, page) for page in ("/", "/notes/a-note/", "/archive/", "/about/", "")]
    for number in range(3):
        save_note(live, str(number))
        assert {page.next() for page in pages} == {("reload", "")}
    save_note(live, "text", front="")
    assert {page.next()[0] for page in pages} == {"problem"}, "and not to reload a second time"
    save_note(live, "again")
    assert {page.next() for page in pages} == {("reload", "")}


def test_what_no_watcher_tells_of_is_found_when_there_is_time(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events]
) -> None:
    served = serving(live)
    events, page = listening(served), live.folders.site / "about/index.html"
    built = page.read_bytes()
    save_note(live, "saved")
    assert events.next() == ("reload", "")
    page.write_bytes(b"changed by somebody else")
    assert events.next() == ("reload", "")
    assert page.read_bytes() == built


def wait_for(served: Served, events: Events, path: str, found: str) -> None:
    """Wait until a page shows something: it is told of each build."""
    while found not in served.ask(path).body.decode():
        events.next()


@pytest.mark.parametrize("folder", ["content", "content/notes"])
def test_a_folder_that_is_replaced_is_watched_as_the_one_before(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events], folder: str
) -> None:
    served = serving(live)
    events, before, copy = listening(served), live.folders.root / folder, live.folders.root / "copy"
    for number in range(2):
        shutil.copytree(before, copy)
        shutil.rmtree(before)
        (copy if folder == "content/notes" else copy / "notes").joinpath("a-note.md").write_text(
            f"---\ntitle: N\ndate: 2026-11-20\nby: ada\n---\n\nSAMPLE: it came with {number}.\n"
        )
        copy.rename(before)
        wait_for(served, events, "/notes/a-note/", f"SAMPLE: it came with {number}.")
        save_note(live, f"SAMPLE: saved after {number}.")
        wait_for(served, events, "/notes/a-note/", f"SAMPLE: saved after {number}.")


def test_themes_that_are_made_later_are_watched(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events]
) -> None:
    shutil.rmtree(live.folders.root / "themes", ignore_errors=True)
    served = serving(live)
    events, static = listening(served), live.folders.root / "themes/corner/static"
    for number in range(2):
        static.mkdir(parents=True)
        (static / "sample.txt").write_text(f"made {number}")
        wait_for(served, events, "/assets/sample.txt", f"made {number}")
        (static / "sample.txt").write_text(f"changed {number}")
        wait_for(served, events, "/assets/sample.txt", f"changed {number}")
        shutil.rmtree(live.folders.root / "themes")
        while served.ask("/assets/sample.txt").status == 200:
            events.next()


def test_a_prompt_in_a_file_is_watched_wherever_it_lies(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events]
) -> None:
    prompts, toml = live.folders.root / "prompts/short", live.folders.root / "corner.toml"
    prompts.mkdir(parents=True)
    (prompts / "minimal.txt").write_text("SAMPLE one.")
    settings = toml.read_text("utf-8")
    prompt = 'prompt = "Write an essay about whatever you like."'
    assert prompt in settings
    toml.write_text(settings.replace(prompt, 'prompt_file = "prompts/short/minimal.txt"'), encoding="utf-8")
    served = serving(live)
    events = listening(served)
    assert "SAMPLE one." in served.ask("/modes/minimal/").body.decode()
    (prompts / "minimal.txt").write_text("SAMPLE two.")
    wait_for(served, events, "/modes/minimal/", "SAMPLE two.")
    shutil.rmtree(prompts.parent)
    assert events.next()[0] == "problem"
    prompts.mkdir(parents=True)
    (prompts / "minimal.txt").write_text("SAMPLE three.")
    wait_for(served, events, "/modes/minimal/", "SAMPLE three.")


@pytest.mark.parametrize("path", ["/notes/a-note/", "/nothing/"])
def test_a_page_that_changed_before_it_listened_is_told_at_once(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events], path: str
) -> None:
    save_note(live, "one")
    served = serving(live)
    before, events = shown(served, path), listening(served)
    save_note(live, "two", front="title: Another\ndate: 2026-11-20\nby: ada\n")
    (live.folders.pages / "new.md").write_text("---\ntitle: In each page's footer\n---\n\nNew.\n")
    while before == shown(served, path):
        events.next()
    assert listening(served, f"{before}{path}").next() == ("reload", "")
    again = listening(served, f"{shown(served, path)}{path}")
    path = live.folders.essays / "stray.md"
    path.write_text("nobody approved this")
    assert again.next()[0] == "problem", "and was not told to reload for nothing"


def shown(served: Served, path: str) -> str:
    """Name what a page was sent as, as the page itself does."""
    return re.search(b' data-shown="([0-9a-f]{20})"', served.ask(path).body)[1].decode()


def test_what_changes_behind_a_link_is_found_though_nobody_tells_of_it(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events], tmp_path: Path
) -> None:
    linked, static = tmp_path / "elsewhere.txt", live.folders.root / "themes/corner/static"
    linked.write_text("one")
    static.mkdir(parents=True, exist_ok=True)
    (static / "sample.txt").symlink_to(linked)
    served = serving(live)
    events = listening(served)
    assert served.ask("/assets/sample.txt").body == b"one"
    for text in ("another", "a third"):
        linked.write_text(text)
        wait_for(served, events, "/assets/sample.txt", text)


def test_what_failed_for_a_reason_of_the_systems_is_tried_again_when_that_has_gone(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events]
) -> None:
    served = serving(live)
    events, builds = listening(served), live.folders.cache / "builds"
    shutil.rmtree(builds)
    builds.write_text("a file, where a folder should be")
    save_note(live, "SAMPLE.")
    assert events.next()[0] == "problem"
    builds.unlink()  # as when somebody makes room on a full disk: nothing that is watched changes
    assert events.next() == ("reload", "")
    assert "SAMPLE." in served.ask("/notes/a-note/").body.decode()
    served.end()
    assert sum("the site could not be built" in line for line in served.said) == 1


def test_a_site_whose_serving_was_killed_is_healed_by_the_next_build(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events], tmp_path: Path
) -> None:
    served = serving(live)
    events = listening(served)
    for number in range(2):
        save_note(live, str(number))
        publish_entry(live, f"# Essay {number}\n\nText.")
        assert events.next() == ("reload", "")
    served.process.kill()
    assert served.process.wait(START_SECONDS) == -signal.SIGKILL
    assert_as_if_built_anew(live.folders.root, tmp_path)


# --- in a browser -----------------------------------------------------------------------------------------------------


class Watched:
    """A page in a browser, and everything that went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        self.requested: list[str] = []
        page.set_default_timeout(START_SECONDS * 1000)
        page.on("console", lambda line: self.wrong.append(f"{line.type}: {line.text}"))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("requestfailed", self._failed)

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # as a page does with what it waits for when it goes
            self.wrong.append(f"failed: {request.url}")

    def open(self, url: str) -> None:
        """Open a page, and wait until it listens."""
        with self.page.expect_response("**/_corner/events**"):
            self.page.goto(url)


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    page = browser.new_page()
    yield Watched(page)
    page.close()


@pytest.mark.browser
def test_an_open_home_page_shows_an_entry_by_itself_once_it_is_published(
    live: Workspace, serving: Callable[..., Served], watched: Watched
) -> None:
    draft_id = write_draft(live, "# Ebb\n\nIt goes.")
    served = serving(live)
    watched.open(served.url)
    newest = watched.page.locator(".newest h2")
    expect(newest).to_have_text("Tides")
    approve(served, live, draft_id)
    expect(newest).to_have_text("Ebb", timeout=FOLLOW_SECONDS * 1000)
    assert watched.wrong == []
    assert {url for url in watched.requested if not url.startswith(served.url)} == set()


@pytest.mark.browser
def test_a_page_that_was_slow_to_listen_shows_what_was_saved_meanwhile(
    live: Workspace, serving: Callable[..., Served], listening: Callable[..., Events], watched: Watched
) -> None:
    save_note(live, "one")
    served = serving(live)
    events = listening(served)

    def listen_late(route: Route) -> None:
        save_note(live, "two")
        wait_for(served, events, "/notes/a-note/", "two")
        route.continue_()

    watched.page.route("**/_corner/events**", listen_late, times=1)
    watched.page.goto(f"{served.url}notes/a-note/", wait_until="commit")
    expect(watched.page.locator("main")).to_contain_text("two")
    assert watched.wrong == []


@pytest.mark.browser
def test_an_open_page_shows_what_is_wrong_and_recovers(
    live: Workspace, serving: Callable[..., Served], watched: Watched
) -> None:
    served = serving(live)
    watched.open(f"{served.url}essays/tides/")
    stray = live.folders.essays / "<b>.md"
    stray.write_text("nobody approved this")
    alert = watched.page.get_by_role("alert")
    expect(alert).to_contain_text("content/essays/<b>.md: nobody approved this")
    expect(watched.page.locator("h1")).to_have_text("Tides")
    stray.unlink()
    expect(alert).to_have_count(0)
    assert watched.wrong == []


@pytest.mark.browser
def test_no_page_runs_a_script_of_a_text_asks_another_host_or_breaks_its_own_policy(
    whole: Served, watched: Watched
) -> None:
    pages = ("", "essays/hostile/", "essays/hostile/making/", "essays/the-week/making/", "archive/", "archive/2026/")
    for path in (*pages, "notes/a-change/", "about/", "404.html", "essays/hebrew/", "essays/japanese/"):
        watched.open(whole.url + path)
        policy = watched.page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert watched.wrong == []
    assert {url for url in watched.requested if not url.startswith(whole.url)} == set()
    assert f"{whole.url}assets/literata.woff2" in watched.requested


@pytest.mark.browser
def test_every_link_of_the_home_page_can_be_followed(whole: Served, watched: Watched) -> None:
    watched.open(whole.url)
    links = watched.page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    assert len(links) > 15
    for link in sorted(set(links)):
        assert link.startswith(whole.url)
        assert watched.page.request.get(link).status == 200, link


@pytest.mark.parametrize(
    ("is_built", "says"),
    [
        (True, "corner: so what is served is the site as it was last built; it is built again after the next change"),
        (False, "corner: so there is no site to serve yet; it is built after the next change"),
    ],
)
def test_a_first_build_that_fails_is_not_said_as_if_all_were_well(
    workspace: Workspace, serving: Callable[..., Served], is_built: bool, says: str
) -> None:
    entry = publish_entry(workspace, TEXT, slug="tides")
    root = workspace.folders.root
    if is_built:
        assert corner("-C", root, "build").returncode == 0
    path = root / f"content/essays/{entry}.md"
    path.write_bytes(path.read_bytes().replace(b"argue", b"arque"))
    served = serving(workspace)
    assert served.ask("/essays/tides/").status == (200 if is_built else 404)
    served.end()
    assert served.said.index(says) > next(n for n, line in enumerate(served.said) if "was changed" in line)
