"""Fetches what a newsletter reads from the web: feeds and pages, within strict limits.

Owns the limits on time, size, redirects, kinds and addresses; whatever it brings is untrusted. Its third-party import
is httpx2 (extra `sources`). It connects to the very address that it checked, so a name that changes its mind in between
leads nowhere else; and directly, since a proxy would look names up by itself.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import socket
import ssl
from collections.abc import Collection, Iterator
from urllib.parse import urljoin, urlsplit

import httpx2

from claudes_corner.cut import Cut
from claudes_corner.errors import CornerError, Problem

TIMEOUT_SECONDS = 20.0
MAX_BYTES = 5_000_000
MAX_REDIRECTS = 5
_USER_AGENT = "claudes-corner (a newsletter's reader; one request per round)"


class FetchError(CornerError):
    """An address could not be read within the limits."""


class MissingError(FetchError):
    """There is nothing at an address: 404 or 410."""


def fetch(
    url: str,
    *,
    allow_hosts: Collection[str] = (),
    kinds: Collection[str] = (),
    seconds: float = TIMEOUT_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """Read an address named in `corner.toml`.

    Args:
        url: http or https. If its host is written as an IP address or as `localhost`, that may be on the local
            network, since the config names it; any other name, and any redirect, may only lead to a public address.
        allow_hosts: Names that may lead to the local network.
        kinds: Parts of the media types that are read, such as `html`; empty: all are. An answer without one is read.
        seconds: For all of it.
        max_bytes: How large an answer may be.

    Raises:
        MissingError: There is nothing.
        FetchError: Another scheme or kind, a private address, too slow, too large, too many redirects, or no success.
    """
    named = _host_and_port(url)[0]
    allowed = {*map(str.lower, allow_hosts), *([named] if _is_literal(named) else [])}
    timeout = httpx2.Timeout(seconds / 2)
    with Cut() as cut:
        cut.cut_in(seconds)
        try:
            with httpx2.Client(
                timeout=timeout, headers={"user-agent": _USER_AGENT}, trust_env=False, verify=_certificates()
            ) as client:
                for hop in range(MAX_REDIRECTS + 1):
                    addresses = _addresses(url, allowed, is_redirect=hop > 0)
                    with _open(client, url, addresses, cut) as response:
                        if response.has_redirect_location:
                            url = _follow(url, response.headers["location"])
                            continue
                        content = _read(url, response, kinds, max_bytes)
                        if cut.is_late:  # where no length was said, what had come by then looks whole
                            raise _too_slow(url, seconds)
                        return content
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
            if cut.is_late:
                raise _too_slow(url, seconds) from None
            raise FetchError(Problem(f"cannot be read: {str(error) or type(error).__name__}", url)) from None
    raise FetchError(Problem(f"redirects more than {MAX_REDIRECTS} times", url))


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Load the certificates that are trusted, once: it takes longer than a request."""
    return httpx2.create_ssl_context(trust_env=False)


@contextlib.contextmanager
def _open(client: httpx2.Client, url: str, addresses: list[str], cut: Cut) -> Iterator[httpx2.Response]:
    """Send the request to one of the addresses that were checked, the first that can be reached."""
    asked = httpx2.URL(url)
    host = asked.raw_host.decode()
    for number, address in enumerate(addresses, 1):
        request = client.build_request(
            "GET",
            asked.copy_with(host=address),
            headers={"host": asked.netloc.decode()},
            extensions={"sni_hostname": host, "trace": cut.trace},  # certificates are checked against the name
        )
        try:
            response = client.send(request, stream=True)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            if number == len(addresses) or cut.is_late:
                raise
            continue
        try:
            yield response
        finally:
            response.close()
        return


def _read(url: str, response: httpx2.Response, kinds: Collection[str], max_bytes: int) -> bytes:
    if not response.is_success:
        kind = MissingError if response.status_code in {404, 410} else FetchError
        raise kind(Problem(f"the server answers {response.status_code}", url))
    found = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found and kinds and not any(kind in found for kind in kinds):
        raise FetchError(Problem("not of a kind that is read", url, expected=" or ".join(kinds), found=found[:80]))
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > max_bytes:
            raise FetchError(Problem("too large", url, expected=f"at most {max_bytes:,} bytes"))
    return bytes(content)


def _too_slow(url: str, seconds: float) -> FetchError:
    return FetchError(Problem("too slow", url, expected=f"all of it within {seconds:g} seconds"))


def _follow(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:  # half an IPv6 address
        return location


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return parts.hostname, parts.port or 443
    except ValueError:  # half an IPv6 address, a port that is none
        pass
    raise FetchError(Problem("not a web address", url, expected="http:// or https://"))


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _addresses(url: str, allowed: Collection[str], *, is_redirect: bool) -> list[str]:
    """Look a URL's host up; refuse other schemes, and addresses of the local network that the config does not name."""
    host, port = _host_and_port(url)
    found = [str(address[4][0]) for address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if host in allowed or all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in found):
        return list(dict.fromkeys(found))
    if is_redirect:
        what, fix = "redirects to an address on the local network", "Name that host in the config."
    else:
        what = "its name leads to an address on the local network"
        fix = "If that is meant, name the host in the source's `allow_hosts`."
    raise FetchError(Problem(what, url, fix=fix))
