"""Fetches what a newsletter reads from the web: feeds, within strict limits.

Owns the limits on time, size, redirects and addresses; whatever it brings is untrusted. Its third-party import is
httpx2 (extra `sources`).
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import httpx2

from claudes_corner.errors import CornerError, Problem

TIMEOUT_SECONDS = 20.0
MAX_BYTES = 5_000_000
MAX_REDIRECTS = 5
_USER_AGENT = "claudes-corner (a newsletter's reader; one request per round)"


class FetchError(CornerError):
    """An address could not be read within the limits."""


def fetch(url: str, *, monotonic: Callable[[], float] = time.monotonic) -> bytes:
    """Read an address named in `corner.toml`.

    Args:
        url: http or https. Its own host may be anywhere, since the config names it; a redirect may only lead to a
            public address or back to that host.
        monotonic: The clock of the time limit.

    Raises:
        FetchError: Another scheme, a private address, too slow, too large, too many redirects, or no success.
    """
    named = _host_and_port(url)[0]
    ends_at = monotonic() + TIMEOUT_SECONDS
    timeout = httpx2.Timeout(TIMEOUT_SECONDS / 2)
    try:
        with httpx2.Client(timeout=timeout, headers={"user-agent": _USER_AGENT}) as client:
            for _ in range(MAX_REDIRECTS + 1):
                _check_address(url, named)
                with client.stream("GET", url) as response:
                    if response.has_redirect_location:
                        url = _follow(url, response.headers["location"])
                        continue
                    return _read(url, response, lambda: monotonic() > ends_at)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        raise FetchError(Problem(f"cannot be read: {str(error) or type(error).__name__}", url)) from None
    raise FetchError(Problem(f"redirects more than {MAX_REDIRECTS} times", url))


def _read(url: str, response: httpx2.Response, is_late: Callable[[], bool]) -> bytes:
    if not response.is_success:
        raise FetchError(Problem(f"the server answers {response.status_code}", url))
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise FetchError(Problem("too large", url, expected=f"at most {MAX_BYTES:,} bytes"))
        if is_late():
            raise FetchError(Problem("too slow", url, expected=f"all of it within {TIMEOUT_SECONDS:.0f} seconds"))
    return bytes(content)


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


def _check_address(url: str, named: str) -> None:
    """Refuse other schemes, and addresses of the local network that the config does not name."""
    host, port = _host_and_port(url)
    if host == named:
        return
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if any(not ipaddress.ip_address(address[4][0]).is_global for address in found):
        raise FetchError(
            Problem("redirects to an address on the local network", url, fix="Name that host in the config.")
        )
