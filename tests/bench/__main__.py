"""Times our builder beside Hugo and Pelican, on the same texts and in the same run: `make bench`.

Each scenario is run by each generator in turn, round by round, and compared with Hugo's run beside it. On a machine that
has nothing else to do, believe the wall times; on any other, the CPU seconds. Every output is checked for completeness.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from chart import chart
from corpus import Essay
from generators import PEERS, SRC, Ours, Peer, changed
from goals import GOALS, SIZES

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import feedparser

SCENARIOS = ("cold", "nothing changed", "one published", "one changed", "theme changed")
TAGS, FEED_ITEMS = 26, 20
FEWEST = 30  # essays that have all tags, and fill the feed
SAMPLE_SECONDS = 0.05
Row = dict[str, Any]


def memory_of(pid: int) -> float:
    """Sum the memory of a process and of those it started, in MiB; what they share counts once."""
    todo, total = [pid], 0.0
    while todo:
        process = Path(f"/proc/{todo.pop()}")
        try:
            rollup = (process / "smaps_rollup").read_text()
            total += int(rollup.split("Pss:")[1].split()[0]) / 1024
            for task in (process / "task").iterdir():
                todo += map(int, (task / "children").read_text().split())
        except (OSError, IndexError):
            continue
    return total


def run(peer: Peer, *, sample: bool) -> Row:
    """Run a generator once: wall and CPU seconds of all its processes, and its peak of memory if it is sampled."""
    peak, is_over = [0.0], threading.Event()
    started = time.perf_counter()
    environ = os.environ | {"PYTHONPATH": str(SRC)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # ours comes compiled, as its peers do
    try:
        process = subprocess.Popen(peer.command, cwd=peer.root, env=environ, stdout=subprocess.DEVNULL)
    except FileNotFoundError:
        sys.exit(f"{peer.name} is not installed: make bench does that; or leave it out with --peers")

    def watch() -> None:
        while not is_over.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], memory_of(process.pid))

    watcher = threading.Thread(target=watch)
    if sample:
        watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    is_over.set()
    if sample:
        watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{peer.name} failed in {peer.root}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": peak[0]}


def check(peer: Peer, published: int, revision: int) -> None:
    """Check that a site is complete: its pages, its feed, the newest essay, the last change."""
    site = peer.root / peer.site
    count = peer.count + published
    pages = {path.parent.name for path in site.glob("essays/*/index.html")}
    wrong = [] if len(pages) == count else [f"{len(pages)} essays, not {count}"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        feed = feedparser.parse((site / "feed.xml").read_bytes())
    shortest = min(len((e.get("content") or [{"value": e.get("summary", "")}])[0]["value"]) for e in feed.entries)
    if feed.bozo or len(feed.entries) != FEED_ITEMS or shortest < 2500:
        wrong.append(f"the feed has {len(feed.entries)} items, the shortest of {shortest} characters")
    newest = Essay(-published if published else 0).slug
    if newest not in feed.entries[0].link or newest not in (site / "index.html").read_text("utf-8"):
        wrong.append(f"{newest} is not the first in the feed, or not on the home page")
    if len(list(site.glob("tags/*/index.html"))) != TAGS or not list(site.glob("sitemap*.xml")):
        wrong.append("tags or the sitemap are missing")
    if revision and not isinstance(peer, Ours):
        essay = changed(peer.count // 2, revision)
        if f"{essay.date:%Y-%m-%d}" not in (site / f"essays/{essay.slug}/index.html").read_text("utf-8"):
            wrong.append("the change is not on its page")
    if revision:
        essay = changed(peer.count // 2, revision)
        lists = {
            tag: "".join(page.read_text("utf-8") for page in site.glob(f"tags/{tag}/**/*.html")) for tag in essay.tags
        }
        if any(essay.slug not in listed for listed in lists.values()):
            wrong.append("the change is not among its tags")
    if wrong:
        sys.exit(f"{peer.name}, {peer.count} essays: {'; '.join(wrong)}")


def measure(peers: list[Peer], rounds: int, trash: Path) -> list[Row]:
    """Run all scenarios, so many rounds and one before them that counts for memory alone."""
    rows = []
    for peer in peers:
        peer.set_up()
    for number in range(rounds + 1):
        for scenario in SCENARIOS:
            for peer in peers:
                if scenario == "cold":
                    peer.forget(trash)
                elif scenario == "nothing changed":
                    run(peer, sample=False)  # an index needs a moment's distance from the last change, as git's does
                elif scenario == "one published":
                    peer.publish(number + 1)
                elif scenario == "one changed":
                    peer.change(number + 1)
                else:
                    peer.change_theme(number + 1)
                row = run(peer, sample=number == 0) | {"scenario": scenario, "peer": peer.name, "count": peer.count}
                rows.append(row | {"round": number})
                if scenario == "one published" and isinstance(peer, Ours) and (names := peer.reopened_archives()):
                    sys.exit(f"{peer.name}, {peer.count} essays: full archives changed: {', '.join(names)}")
                print(
                    f"{peer.count:6} {number} {scenario:16} {peer.name:20} {row['wall']:8.2f} s {row['cpu']:8.2f} s CPU"
                )
                if number == 0:
                    is_changed = scenario in {"one changed", "theme changed"}
                    check(peer, int(scenario not in {"cold", "nothing changed"}), int(is_changed))
    return rows


def ratio(rows: list[Row], peer: str, count: int, scenario: str, unit: str) -> float | None:
    """Take the median of the ratios to Hugo, round by round; memory is of the cold build."""
    is_memory = scenario == "peak memory"
    wanted = "cold" if is_memory else scenario
    of = {
        (row["peer"], row["round"]): row["memory" if is_memory else unit]
        for row in rows
        if row["count"] == count and row["scenario"] == wanted and (row["round"] == 0) == is_memory
    }
    ratios = [of[peer, number] / of["hugo", number] for name, number in of if name == peer and of.get(("hugo", number))]
    return statistics.median(ratios) if ratios else None


def tell(rows: list[Row], sizes: list[int]) -> None:
    """Print the table: ratios to Hugo in CPU seconds and in wall time, against the goals."""
    names = [name for name in PEERS if name != "hugo" and any(row["peer"] == name for row in rows)]
    for name in names:
        print(f"\n{name}, as ratios to Hugo: CPU seconds (wall time)")
        print(" " * 18 + "".join(f"{size:>28,}" for size in sizes))
        for scenario, goals in GOALS.items():
            cells = []
            for size in sizes:
                cpu, wall = (ratio(rows, name, size, scenario, unit) for unit in ("cpu", "wall"))
                goal = dict(zip(SIZES, goals, strict=True)).get(size) if name == "ours" else None
                said = "" if cpu is None else f"{cpu:.2f}" + ("" if scenario == "peak memory" else f" ({wall:.2f})")
                verdict = f"  {'met' if min(cpu, wall) <= goal else 'NOT MET'} ≤ {goal}" if goal and cpu else ""
                cells.append(f"{said + verdict:>28}")
            print(f"{scenario:18}" + "".join(cells))


def main() -> None:
    """Measure, or read what was measured, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--keep", type=Path, help="Write what was measured here, or read it from here if it is there.")
    parser.add_argument("--chart", type=Path, help="Draw what was measured here.")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    if min(sizes) < FEWEST:
        parser.error(f"--sizes: at least {FEWEST} essays, or a site lacks what is looked for in it")
    rows: list[Row] = json.loads(asked.keep.read_text()) if asked.keep and asked.keep.exists() else []
    work = Path(tempfile.mkdtemp(prefix="corner-bench-"))
    try:
        for size in sizes if not rows else ():
            peers = [PEERS[name](work / f"{name}-{size}", size) for name in asked.peers.split(",")]
            rows += measure(peers, asked.rounds, work / "trash")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if asked.keep:
        asked.keep.write_text(json.dumps(rows, indent=0))
    tell(rows, sizes)
    if asked.chart:
        asked.chart.write_text(chart(rows, sizes[-1]), encoding="utf-8")


if __name__ == "__main__":
    main()
