"""Calls `corner` as people do: in this process, as a process of its own, and at a terminal."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import pytest

import claudes_corner
from claudes_corner import cli

SRC = Path(claudes_corner.__file__).parents[1]
PATIENCE_SECONDS = 30  # for what takes a second on a machine that is not busy
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # what rich itself sends to a terminal


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def corner(*args: str | Path, typed: str = "") -> Said:
    """Call `corner` in this process, with nobody at a terminal; `typed` waits on its standard input."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr(sys, "stdin", io.StringIO(typed))
        code = cli.run([str(arg) for arg in args])
    return Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


@contextlib.contextmanager
def process(*args: str | Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start `corner` as a process of its own; it is gone when the block ends."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored, and inherited
    command = [sys.executable, "-m", "claudes_corner.cli", *map(str, args)]
    try:
        running = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": str(SRC), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with running:
        try:
            yield running
        finally:
            running.kill()


def ended(running: subprocess.Popen[str]) -> Said:
    """Wait for a process's end."""
    out, err = running.communicate(timeout=PATIENCE_SECONDS)
    return Said(running.returncode, out, err)


def wait_for(stream: IO[str] | None, words: str) -> str:
    """Read a process's lines until one holds these words; return all of them."""
    assert stream is not None
    lines = ""
    for line in stream:
        lines += line
        if words in line:
            return lines
    pytest.fail(f"it ended without saying {words!r}")


# The terminal becomes the process's own, so that Ctrl-C reaches it as it reaches a shell's.
_AT_TERMINAL = """
import fcntl, signal, termios
signal.signal(signal.SIGINT, signal.default_int_handler)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from claudes_corner.cli import main
main()
"""


class Terminal:
    """`corner` at a real terminal (a pty): see what it shows, type what a person would.

    Args:
        args: Of `corner`.
        environment: Variables beyond those of the tests.
    """

    def __init__(self, *args: str | Path, **environment: str) -> None:
        self._raw, self._seen_up_to = b"", 0
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, 100))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _AT_TERMINAL, *map(str, args)],
            env={**os.environ, "PYTHONPATH": str(SRC), "TERM": "xterm-256color", "PAGER": "cat", **environment},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def seen(self) -> str:
        """Everything that was shown, without the escapes of colours."""
        return _ESCAPES.sub("", self._raw.decode(errors="replace")).replace("\r\n", "\n")

    def expect(self, words: str) -> str:
        """Wait until these words are shown; return what was shown since the last ones, these included."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (found := self.seen.find(words, self._seen_up_to)) < 0:
            if not self._read(until - time.monotonic()):
                pytest.fail(f"{words!r} was not shown, but:\n{self.seen[self._seen_up_to :]}")
        begin, self._seen_up_to = self._seen_up_to, found + len(words)
        return self.seen[begin : self._seen_up_to]

    def type(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())

    def press_ctrl_c(self) -> None:
        """Press Ctrl-C until it ends: between a prompt and the wait for its answer, Python may miss the first."""
        while self._process.poll() is None:
            os.write(self._master, b"\x03")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)

    def ended(self) -> int:
        """Wait for the end; return the exit code."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self._read(until - time.monotonic()):
            pass
        return self._process.wait(PATIENCE_SECONDS)

    def _read(self, seconds: float) -> bool:
        """Take in what is shown next; answer whether there was anything."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        try:
            fresh = os.read(self._master, 65536) if ready else b""
        except OSError:  # Linux says so when the other end is closed
            return False
        self._raw += fresh
        return bool(fresh)
