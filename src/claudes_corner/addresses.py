"""What an address says by its form alone, without asking anybody for it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_site_address(text: str) -> bool:
    """Answer whether a site can be served at an address: http or https, a host, a path that ends in `/`."""
    try:
        url = urlsplit(text)
        is_plain = not url.query and not url.fragment and (url.port or 1) > 0
    except ValueError:  # half an IPv6 address, a port that is none
        return False
    return is_plain and url.scheme in {"http", "https"} and bool(url.hostname) and url.path.endswith("/")


def is_loopback(host: str) -> bool:
    """Answer whether a host is this machine, which nobody else can reach by that name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
