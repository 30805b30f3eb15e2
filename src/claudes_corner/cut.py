"""Ends a connection when its time is up, wherever it stands: libraries' own limits count from byte to byte.

Owns the timer and its hold on the socket. Knows nothing of what is said on the connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Any, Self


class Cut:
    """A timer that shuts a socket down, which wakes a blocked read at once.

    It holds a duplicate of the socket: one that stays valid when TLS takes the socket over, and when others close it.
    """

    def __init__(self) -> None:
        self.is_late = False
        self._socket: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer.join()
        if self._socket:
            self._socket.close()

    def cut_in(self, seconds: float) -> None:
        """Let the connection end so many seconds from now, whatever was said before."""
        if seconds <= 0:  # perhaps from another thread, and the timer is its own thread's alone
            self._cut()
            return
        if self._timer:
            self._timer.cancel()
        self._timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def trace(self, name: str, facts: Mapping[str, Any]) -> None:
        """Learn from an HTTP client of the socket, when there is one; a redirect has another."""
        if name.endswith("connect_tcp.complete"):
            if self._socket:
                self._socket.close()
            self._socket = facts["return_value"].get_extra_info("socket").dup()
            if self.is_late:
                self._cut()

    def _cut(self) -> None:
        self.is_late = True
        if self._socket:
            with contextlib.suppress(OSError):  # it may have ended by itself
                self._socket.shutdown(socket.SHUT_RDWR)
