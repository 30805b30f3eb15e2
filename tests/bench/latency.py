"""How long a save takes to be on the served page: `corner serve` on newsletters of several sizes.

    python tests/bench/latency.py [COUNT …]

For each: a note is saved, an essay is moved (a decision); each several times, and once before, which does not count.
Prints, in milliseconds, the wall time from the save until an open page is told to reload and has fetched itself anew
(home after an essay was moved), until all pages have been told, and what CPU time the server took for it.
"""

from __future__ import annotations

import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests/bench")]

from newsletter import change_entry, make_newsletter

TIMES = 7


def cpu_seconds(process: int) -> float:
    """Tell what CPU time a process and its ended children took (proc(5), fields 14 to 17)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


class Served:
    """`corner serve` and an open page."""

    def __init__(self, root: Path) -> None:
        command = [sys.executable, "-m", "claudes_corner.cli", "-C", str(root), "serve", "--port", "0"]
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environ
        )
        assert self.process.stdout
        self._place = urlsplit(self.process.stdout.readline().strip())
        self._pages = {path: self._listen(path) for path in ("/", "/notes/sample/", "")}  # the last: any other

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(str(self._place.hostname), self._place.port or 0)

    def _listen(self, path: str) -> http.client.HTTPResponse:
        connection = self._connect()
        connection.request("GET", f"/_corner/events?{path}")
        return connection.getresponse()

    def _wait(self, path: str) -> None:
        while not self._pages[path].readline().startswith(b"event: reload"):
            pass

    def until_reloaded(self, save: Callable[[], None], path: str, shows: bytes = b"") -> tuple[float, ...]:
        """Save; return the seconds until an open page is told, has fetched itself, all are told, and the CPU seconds."""
        before = cpu_seconds(self.process.pid)
        save()
        began = time.perf_counter()
        self._wait(path)
        told = time.perf_counter() - began
        connection = self._connect()
        connection.request("GET", path)
        assert shows in connection.getresponse().read()
        fetched = time.perf_counter() - began
        for other in self._pages.keys() - {path}:
            self._wait(other)
        return told, fetched, time.perf_counter() - began, cpu_seconds(self.process.pid) - before

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()


def measure(count: int, folder: Path) -> None:
    """Measure one size, and print it."""
    workspace = make_newsletter(folder / "newsletter", count, os.environ.get("THEME", "plain"))
    root = workspace.folders.root
    subprocess.run(
        [sys.executable, "-m", "claudes_corner.cli", "-C", str(root), "build", "--jobs", "2"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    served = Served(root)
    note = root / "content/notes/sample.md"

    def save_note(number: int) -> Callable[[], None]:
        text = f"---\ntitle: SAMPLE\ndate: 2026-11-20\nby: ada\n---\n\nSAMPLE, as saved {number} times.\n"
        return lambda: (note.write_text(text), None)[1]

    cases = {
        "a note is saved": lambda n: served.until_reloaded(save_note(n), "/notes/sample/", f"saved {n} times".encode()),
        "an essay is moved": lambda n: served.until_reloaded(lambda: change_entry(workspace, 3, n), "/"),
    }
    for name, run in cases.items():
        found = [run(number) for number in range(1, TIMES + 2)][1:]
        told, fetched, all_told, cpu = (statistics.median(values) * 1000 for values in zip(*found, strict=True))
        print(
            f"{count:6,} entries, {name}: told after {told:.0f} ms, page fetched after {fetched:.0f} ms,"
            f" all told after {all_told:.0f} ms; CPU {cpu:.0f} ms",
            flush=True,
        )
    served.end()


if __name__ == "__main__":
    for count in [int(arg) for arg in sys.argv[1:]] or [250, 10_000]:
        place = Path(tempfile.mkdtemp())
        try:
            measure(count, place)
        finally:
            shutil.rmtree(place)
