"""What an address says by its form alone, without asking anybody for it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_RESERVED = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)")  # RFC 2606, RFC 6761


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


def is_placeholder(host: str) -> bool:
    """Answer whether a name is nobody's: this machine's own, or reserved for examples and tests."""
    return is_loopback(host) or bool(_RESERVED.fullmatch(host.lower().removesuffix(".")))
