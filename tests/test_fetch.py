"""What a newsletter reads from the web comes within limits, from where the config said, and from nowhere near home."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from claudes_corner.fetch import MAX_BYTES, FetchError, fetch
from fault_server import closed_port
from web_server import WebServer, drip, endless, page, redirect

LOCAL = "redirects to an address on the local network. Name that host in the config."


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as web:
        yield web


def refusal(url: str, **options: Any) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(url, **options)
    assert len(caught.value.problems) == 1
    return str(caught.value)


def test_the_bytes_come_as_they_are(web: WebServer) -> None:
    web.pages["/feed.xml"] = page(b"\xef\xbb\xbf<rss>\r\n\xff</rss>")

    assert fetch(f"{web.url}/feed.xml") == b"\xef\xbb\xbf<rss>\r\n\xff</rss>"


def test_a_compressed_answer_is_read(web: WebServer) -> None:
    web.pages["/"] = page(gzip.compress(b"<rss/>"), content_encoding="gzip")

    assert fetch(f"{web.url}/") == b"<rss/>"


def test_we_say_who_reads_and_bring_nothing_else(web: WebServer) -> None:
    heard: list[dict[str, str]] = []

    def listen(handler: Any) -> None:
        heard.append({name.lower(): value for name, value in handler.headers.items()})
        page(b"<rss/>")(handler)

    web.pages["/"] = listen
    fetch(f"{web.url}/")

    assert heard[0]["user-agent"].startswith("claudes-corner")
    assert not heard[0].keys() & {"cookie", "authorization", "referer"}


# --- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(web: WebServer, status: int) -> None:
    web.pages |= {"/old": redirect("/new", status), "/new": page(b"here")}

    assert fetch(f"{web.url}/old") == b"here"


def test_a_redirect_to_itself_ends(web: WebServer) -> None:
    web.pages["/loop"] = redirect("/loop")

    assert refusal(f"{web.url}/loop") == f"{web.url}/loop: redirects more than 5 times"
    assert len(web.asked) == 6


@pytest.mark.parametrize("host", ["localhost", "[::1]", "127.0.0.2"])
def test_a_redirect_to_this_machine_is_refused_before_it_is_followed(web: WebServer, host: str) -> None:
    web.pages |= {"/out": redirect(f"http://{host}:{web.port}/secret"), "/secret": page(b"secret")}

    assert refusal(f"{web.url}/out") == f"http://{host}:{web.port}/secret: {LOCAL}"
    assert web.asked == ["/out"]


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["fd00::1"],
        ["fe80::1"],
        ["::ffff:10.0.0.1"],
        ["203.0.114.1", "10.0.0.1"],
    ],
    ids="+".join,
)
def test_a_redirect_to_a_name_of_the_local_network_is_refused(
    web: WebServer, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> Any:
        if host == "news.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    web.pages["/out"] = redirect("http://news.example/feed.xml")

    assert refusal(f"{web.url}/out") == f"http://news.example/feed.xml: {LOCAL}"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "data:,x", "javascript:x"])
def test_a_redirect_to_anything_but_the_web_is_refused(web: WebServer, target: str) -> None:
    web.pages["/out"] = redirect(target)

    assert "not a web address (expected http:// or https://)" in refusal(f"{web.url}/out")


@pytest.mark.parametrize("target", ["http://[::1", "http://127.0.0.1:99999/", "http://127.0.0.1:port/"])
def test_a_redirect_to_no_address_at_all_is_explained(web: WebServer, target: str) -> None:
    web.pages["/out"] = redirect(target)

    assert refusal(f"{web.url}/out") == f"{target}: not a web address (expected http:// or https://)"


def test_a_redirect_to_a_name_that_cannot_be_looked_up_is_explained(web: WebServer) -> None:
    target = f"http://{'a' * 64}.invalid/"
    web.pages["/out"] = redirect(target)

    assert refusal(f"{web.url}/out").startswith(f"{target}: cannot be read: ")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "/etc/passwd", "nonsense", "", "http://", "http://[::1", "http://h:x/"],
)
def test_only_web_addresses_are_read(url: str) -> None:
    assert refusal(url) == f"{url}: not a web address (expected http:// or https://)".removeprefix(": ")


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_page_without_end_is_cut_at_the_limit(web: WebServer) -> None:
    sent: list[int] = []
    web.pages["/"] = endless(sent)

    assert refusal(f"{web.url}/") == f"{web.url}/: too large (expected at most 5,000,000 bytes)"
    assert sum(sent) < 4 * MAX_BYTES  # what the sockets hold included


def test_a_small_answer_that_unpacks_to_a_large_one_is_too_large(web: WebServer) -> None:
    web.pages["/"] = page(gzip.compress(b" " * (MAX_BYTES + 1)), content_encoding="gzip")

    assert "too large" in refusal(f"{web.url}/")


def test_a_page_of_exactly_the_limit_is_read(web: WebServer) -> None:
    web.pages["/"] = page(b" " * MAX_BYTES)

    assert len(fetch(f"{web.url}/")) == MAX_BYTES


def test_a_drip_is_cut_by_our_own_clock(web: WebServer) -> None:
    web.pages["/"] = drip()

    assert refusal(f"{web.url}/", seconds=0.5) == f"{web.url}/: too slow (expected all of it within 0.5 seconds)"


@pytest.mark.parametrize("status", [204 + 100, 401, 404, 500])
def test_only_success_counts(web: WebServer, status: int) -> None:
    web.pages["/"] = page(b"", status)

    assert refusal(f"{web.url}/") == f"{web.url}/: the server answers {status}"


def test_a_server_that_is_not_there_is_named() -> None:
    with closed_port() as url:
        assert refusal(f"{url}/feed.xml").startswith(f"{url}/feed.xml: cannot be read: ")


def test_a_server_that_hangs_up_is_named(web: WebServer) -> None:
    web.pages["/"] = lambda handler: handler.connection.close()

    assert refusal(f"{web.url}/").startswith(f"{web.url}/: cannot be read: ")


def test_a_name_that_may_lead_to_the_local_network_is_one_however_it_is_written(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: look_up("127.0.0.1", *rest, **more))
    web.pages["/feed.xml"] = page(b"here")

    assert fetch(f"http://News.example:{web.port}/feed.xml", allow_hosts=("News.Example",)) == b"here"
