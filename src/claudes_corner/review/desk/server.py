"""Lets the desk answer on a port of this machine, beside whatever else the process does.

Owns the port, and the refusal to open one to strangers. Knows no page.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from claudes_corner.errors import CornerError, Problem
from claudes_corner.review.desk.guard import Access
from claudes_corner.settings import Config

_GRACE_SECONDS = 2


def is_loopback(host: str) -> bool:
    """Answer whether nobody but this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_door(config: Config, host: str, port: int, editor: Callable[[], str]) -> tuple[socket.socket, Access]:
    """Take a port, and say who may come in by it.

    `editor` tells who works at a desk without a proxy.

    Raises:
        CornerError: The host is not this machine's own and no proxy signs people in, or the port is taken.
    """
    proxy = config.desk
    if not proxy.proxy and not is_loopback(host):
        what = f"the desk keeps no passwords, and {host} can be reached by others"
        fix = "Use it through an SSH tunnel (ssh -L), or name the proxy that signs people in under [desk]."
        raise CornerError(Problem(what, expected="127.0.0.1, or a proxy in corner.toml", fix=fix))
    who = "" if proxy.proxy else editor()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family)
    except OSError as error:
        what = f"port {port} of {host} cannot be used: {os.strerror(error.errno or 0).lower()}"
        raise CornerError(Problem(what, fix="Choose another with --port.")) from None
    port = door.getsockname()[1]
    own = (f"[{host}]" if ":" in host else host, "localhost", "127.0.0.1")
    origins = tuple(dict.fromkeys(f"http://{name}:{port}" for name in own))
    if proxy.proxy:
        return door, Access((proxy.url.rstrip("/"),), proxy=proxy.proxy, header=proxy.header)
    return door, Access(origins, editor=who)


@contextmanager
def answering(app: ASGIApp, door: socket.socket) -> Iterator[None]:
    """Let an app answer while the block lasts, in a thread of its own."""
    settings = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the address that a request comes from is a fact, not a header
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        door.close()
