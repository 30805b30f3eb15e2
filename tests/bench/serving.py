"""How a built site is served: nginx with `docs/nginx.conf` on loopback, under wrk. Prints the tables of `docs/scale.md`.

    python tests/bench/serving.py [SECONDS] [CONNECTIONS]

Needs nginx and wrk (Debian has both). Makes a newsletter of two years, deploys it to a folder with compressed variants,
and asks for the home page, an entry and the feed: whole, compressed, and by readers that have them already.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from builders import make_workspace, publish_entry, reopen
from claudes_corner.deploy.sending import deploy
from claudes_corner.schedule import render_instant
from claudes_corner.site.builder import build

ENTRIES = 104
FIRST = dt.datetime(2025, 1, 1, 9, tzinfo=dt.UTC)
WORDS_OF_AN_ENTRY = 1000  # about what Claude Opus 3 writes
PAGES = {"home": "/", "entry": "/essays/sample-100/", "feed": "/feed.xml"}


def write(number: int) -> str:
    """Write an entry's worth of made-up words, as various as prose is, so that it compresses as prose does."""
    dice = random.Random(number)
    syllables = [a + b for a in "bdfglmnprstvw" for b in ("a", "e", "i", "o", "u", "en", "is")]
    known = random.Random(0)
    words = ["".join(known.choices(syllables, k=known.choice((1, 2, 2, 3)))) for _ in range(4000)]
    said = dice.choices(words, weights=[1 / (rank + 8) for rank in range(4000)], k=WORDS_OF_AN_ENTRY)
    return "\n\n".join(" ".join(["SAMPLE", *said[at : at + 100]]) + "." for at in range(0, len(said), 100))


class Load(NamedTuple):
    """What wrk found."""

    requests: float  # a second
    p99_ms: float
    bytes: int  # of one answer, headers and all


def make_site(folder: Path) -> Path:
    """Build and deploy a newsletter; return what is served."""
    workspace = make_workspace(folder / "newsletter")
    for number in range(ENTRIES):
        day = FIRST + number * dt.timedelta(days=7)
        edition = day.date().isoformat()
        publish_entry(
            workspace,
            f"# SAMPLE {number}\n\n{write(number)}",
            edition=edition,
            date=render_instant(day),
            slug=f"sample-{number}",
        )
    config = workspace.folders.root / "corner.toml"
    config.write_text(f'{config.read_text()}\n[deploy.live]\nkind = "folder"\npath = "../www"\ncompress = true\n')
    workspace = reopen(workspace.folders.root)
    build(workspace)
    deploy(workspace, "live", render_instant(day), os.environ)
    return folder / "www"


@contextmanager
def nginx(folder: Path, www: Path) -> Iterator[str]:
    """Serve a folder as `docs/nginx.conf` says, on loopback."""
    server = (ROOT / "docs/nginx.conf").read_text().replace("/srv/www/corner", str(www))
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes auto; pid {folder}/pid; error_log stderr;\n"
        "events { worker_connections 4096; }\n"
        f"http {{ access_log off; sendfile on; keepalive_requests 1000000; client_body_temp_path {folder}/a;\n"
        f"proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;\n"
        f"{server}\n}}\n"
    )
    url = "http://127.0.0.1:8480"
    with subprocess.Popen(["nginx", "-c", str(config)], stderr=subprocess.PIPE) as running:
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(url).close()
                    break
                except urllib.error.URLError:
                    running.poll()
                    assert running.returncode is None, running.stderr
            yield url
        finally:
            running.terminate()


def ask(url: str, **headers: str) -> tuple[int, dict[str, str], int]:
    """Ask once: status, headers, and bytes of the body."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, dict(answer.headers.items()), len(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers.items()), len(error.read())


def load(url: str, seconds: str, connections: str, **headers: str) -> Load:
    """Let wrk ask for one address."""
    given = [word for name, value in headers.items() for word in ("-H", f"{name.replace('_', '-')}: {value}")]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *given, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in said, said
    latency = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    total = re.search(r"(\d+) requests in .*?, ([\d.]+)(KB|MB|GB) read", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert latency and total and rate, said
    scale = {"us": 1e-3, "ms": 1.0, "s": 1e3, "KB": 2**10, "MB": 2**20, "GB": 2**30}
    size = float(total[2]) * scale[total[3]] / int(total[1])
    return Load(float(rate[1]), float(latency[1]) * scale[latency[2]], round(size))


def main() -> None:
    seconds, connections = [*sys.argv[1:], *("8", "64")[len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as here, nginx(folder := Path(here), make_site(folder)) as url:
        folder.chmod(0o755)  # nginx reads as nobody in particular
        print(f"{ENTRIES} entries, {os.cpu_count()} cores, {connections} connections, {seconds} s each\n")
        print("| | asked | requests/s | p99, ms | bytes an answer |\n|---|---|---:|---:|---:|")
        for name, path in PAGES.items():
            etag = ask(url + path, Accept_Encoding="gzip")[1]["ETag"]
            kinds: dict[str, dict[str, str]] = {
                "plain": {},
                "gzip": {"Accept_Encoding": "gzip"},
                "again (304)": {"Accept_Encoding": "gzip", "If_None_Match": etag},
            }
            for kind, headers in kinds.items():
                assert ask(url + path, **headers)[0] == (304 if "304" in kind else 200)
                found = load(url + path, seconds, connections, **headers)
                print(f"| {name} | {kind} | {found.requests:,.0f} | {found.p99_ms:.1f} | {found.bytes:,} |")
        print()
        for path in ("/", "/feed.xml", "/atom.xml", "/feed.json", "/essays/sample-100/essay.txt", "/ledger.jsonl"):
            status, headers, size = ask(url + path)
            print(f"{path}: {status}, {headers['Content-Type']}, {headers['Cache-Control']}, {size:,} bytes")
        style = next((folder / "www/assets").glob("style-*.css")).name
        print(f"/assets/{style}: {ask(f'{url}/assets/{style}')[1]['Cache-Control']}")
        print(f"/.corner-site: {ask(f'{url}/.corner-site')[0]}, /no-such-page/: {ask(f'{url}/no-such-page/')[0]}")


if __name__ == "__main__":
    missing = [name for name in ("nginx", "wrk") if not shutil.which(name)]
    main() if not missing else sys.exit(f"install {' and '.join(missing)} first")
