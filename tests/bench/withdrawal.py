"""Times how long it takes to take an entry back from a site that is served: `corner withdraw`, then `corner deploy`.

    python tests/bench/withdrawal.py [ENTRIES [FOLDER]]      10,000 entries; FOLDER keeps the newsletter for another run

First, untimed, the site is built and sent to a folder, which a server serves. Then an entry of the newest is withdrawn
with the commands that an editor types, and every address that had it is asked until none has a word of it.
"""

from __future__ import annotations

import functools
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from generators import SRC
from newsletter import EDITOR, make_newsletter

from claudes_corner.workspace import Workspace

GOAL_SECONDS = 60
NTH = 3  # of the newest: it stands in every feed, and others follow it


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(root: Path, *words: str) -> float:
    """Run a command of `corner`; say what it said and took, and return the seconds."""
    before, started = cpu_seconds(), time.monotonic()
    environ = os.environ | {"PYTHONPATH": str(SRC)}
    command = [sys.executable, "-m", "claudes_corner.cli", "-C", str(root), *words]
    done = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    seconds = time.monotonic() - started
    print(f"corner {words[0]:9} {seconds:6.1f} s, {cpu_seconds() - before:6.1f} s of CPU", flush=True)
    print(*(f"    {line}" for line in done.stdout.splitlines()), sep="\n")
    return seconds


def ready(root: Path, count: int) -> Workspace:
    """Make a newsletter that is sent to a folder beside it, unless it is there already."""
    if not (root / "corner.toml").exists():
        make_newsletter(root, count)
        with (root / "corner.toml").open("a", encoding="utf-8") as toml:
            toml.write(f'\n[deploy.live]\nkind = "folder"\npath = "{root.with_name("www")}"\n')
    return Workspace.find(root)


def have(url: str, paths: list[str], words: str) -> list[str]:
    """List the addresses where these words are served."""
    found = []
    for path in paths:
        try:
            with urllib.request.urlopen(url + path) as answer:
                text = re.sub(r"<[^>]+>|\\u003[ce]", " ", answer.read().decode())
        except urllib.error.HTTPError:
            continue
        found += [path] if words in text else []
    return found


def main(count: int = 10_000, folder: str = "") -> int:
    """Take the time; return the exit code: 1 if it took too long, or if a word is left."""
    with tempfile.TemporaryDirectory() as temporary:
        workspace = ready(Path(folder or temporary).resolve() / "newsletter", count)
        root = workspace.folders.root
        timed(root, "build")
        timed(root, "deploy", "live")
        published = [s for s in workspace.ledger().standings.values() if s.status == "published"]
        entry = sorted(published, key=lambda s: s.date)[-NTH]
        text = workspace.read_entry(entry).text
        title, words = (
            text.partition("\n")[0].removeprefix("# "),
            " ".join(text.split("\n\n")[1].split()[:20]),
        )  # the corpus has turns of phrase
        page, year = f"essays/{entry.slug}/", f"archive/{entry.date[:4]}/"
        lists = ["", year, f"search/{entry.date[:4]}.json", f"modes/{entry.mode}/", "atom.xml", "feed.json"]
        feeds = ["feed.xml", f"modes/{entry.mode}/feed.xml"]
        raw = [page, f"{page}making/", f"{page}essay.txt", f"{page}transcript.json"]
        with ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(root.with_name("www")))
        ) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/"
            places = [*lists, *feeds, *raw]
            print("served with its title at:", *have(url, places, title), "; with its words at:",
                  *have(url, places, words))  # fmt: skip
            seconds = timed(root, "withdraw", entry.id, "--reason", "SAMPLE: to see how long it takes", "--by", EDITOR)
            seconds += timed(root, "deploy", "live")
            left = {*have(url, places, title), *have(url, places, words)}
            server.shutdown()
    print(f"{len(published):,} entries: gone after {seconds:.1f} s (goal: {GOAL_SECONDS} s); left: {sorted(left)}")
    return int(bool(left) or seconds > GOAL_SECONDS)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2]), *sys.argv[2:3]))
