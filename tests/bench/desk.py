"""Measures the desk: every route's answers, in a newsletter of 1,000 drafts and 10,000 entries.

    python tests/bench/desk.py [--drafts N] [--entries N] [--keep DIR]

Lays the newsletter out at once, without the pen (which would settle 11,000 texts one by one), lets the record's own
reader accept its record, and prints a table: route, median, 95th percentile, and the latter of processor time alone (asking
included), which tells what a busy machine would need. Exits 1 if a route's 95th percentile is over 100 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

sys.path[:0] = [str(Path(__file__).parents[1])]

import builders
from builders import compose, make_workspace, reopen
from claudes_corner import ledger
from claudes_corner.folders import entry_front
from claudes_corner.front import render_document
from claudes_corner.schedule import render_instant
from claudes_corner.standing import Standing, follow
from claudes_corner.text import digest
from claudes_corner.transcript import public_form, render_transcript
from claudes_corner.workspace import Workspace
from desks import Guest, at_desk

LIMIT_MS = 100
TIMES = 40
WORDS = [
    "SAMPLE",
    "the",
    "tide",
    "comes",
    "in",
    "and",
    "goes",
    "and",
    "comes",
    "in",
    "again",
    "and",
    "nobody",
    "has",
    "asked",
    "it",
    "to",
    "so",
    "far",
    "as",
    "anybody",
    "knows",
]


class Scribe:
    """Writes records and files as the pen would have left them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.known = workspace.ledger()
        self.lines: list[bytes] = [line + b"\n" for line in workspace.folders.ledger.read_bytes().splitlines()]
        self.head, self.seq = self.known.head, len(self.known.records)

    def record(
        self, kind: type[ledger.Record], draft_id: str, by: str = ledger.CORNER, **fields: object
    ) -> ledger.Record:
        self.seq += 1
        record = kind(seq=self.seq, prev=self.head, at=render_instant(builders.NOW), id=draft_id, by=by, **fields)
        line = ledger.render_record(record)
        self.head = digest(line)
        self.lines.append(line + b"\n")
        return record

    def text(self, number: int, *, published: bool) -> None:
        """Write one draft, or one entry."""
        year, week = divmod(number, 300)
        edition = f"{1700 + year}-{1 + week // 25:02}-{1 + week % 25:02}" if published else builders.EDITION
        draft_id = f"{edition}-minimal-{_tail(number)}"
        words = (WORDS[(number + place * place) % len(WORDS)] for place in range(600))
        text = f"# SAMPLE {number}\n\n" + " ".join(
            f"{word}." if place % 12 == 11 else word for place, word in enumerate(words)
        )
        front, transcript = compose(self.workspace, draft_id, text, edition=edition)
        full = render_transcript(transcript)
        public = render_transcript(public_form(transcript, text=text, title=""))
        written = {"text_sha256": front.text_sha256, "front_sha256": front.sha256}
        request = {"author": "opus-3", "model": front.model, "mode": "minimal", "edition": edition}
        records = [self.record(ledger.Requested, draft_id, **request, request_sha256=digest(draft_id), attempt=1)]
        records.append(
            self.record(
                ledger.Written,
                draft_id,
                model=front.model,
                stop_reason=front.stop_reason,
                title_by=front.title_by,
                **written,
                transcript_sha256=digest(full),
                public_sha256=digest(public),
            )
        )
        folders = self.workspace.folders
        if not published:
            (folders.drafts / f"{draft_id}.md").write_bytes(render_document(front, text))
            (folders.drafts / f"{draft_id}.json").write_bytes(full)
            return
        slug, date = f"sample-{number}", f"{edition}T09:00:00Z"
        records.append(self.record(ledger.Approved, draft_id, "ada", **written, slug=slug, date=date, tags=()))
        route = {"text_sha256": front.text_sha256, "route": f"/essays/{slug}/", "date": date}
        records.append(self.record(ledger.Published, draft_id, "ada", **route))
        standing: Standing = follow(self.known, records, "").standings[draft_id]
        (folders.essays / f"{draft_id}.md").write_bytes(render_document(entry_front(front, standing), text))
        (folders.essays / f"{draft_id}.json").write_bytes(public)
        (folders.transcripts / f"{draft_id}.json").write_bytes(full)


def _tail(number: int) -> str:
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return "".join(alphabet[number >> shift & 31] for shift in (15, 10, 5, 0))


def lay_out(root: Path, drafts: int, entries: int) -> Workspace:
    """Make the newsletter."""
    workspace = make_workspace(root)
    builders.write_draft(workspace, "# SAMPLE: the first\n\nSAMPLE.", draft_id=f"{builders.EDITION}-minimal-zzzz")
    scribe = Scribe(workspace)
    workspace.folders.transcripts.mkdir(exist_ok=True)
    for number in range(entries):
        scribe.text(number, published=True)
    for number in range(drafts):
        scribe.text(entries + number, published=False)
    workspace.folders.ledger.write_bytes(b"".join(scribe.lines))
    return reopen(root)


def measure(guest: Guest, workspace: Workspace) -> dict[str, list[tuple[float, float]]]:
    """Ask every route again and again, each time for another draft where there is one."""
    waiting = [s.id for s in workspace.ledger().standings.values() if s.status == "waiting"]
    entry = next(s.id for s in workspace.ledger().standings.values() if s.status == "published")
    found: dict[str, list[tuple[float, float]]] = {}

    def timed(name: str, path: str, method: str = "GET", body: str = "") -> None:
        started, worked = time.perf_counter(), time.process_time()
        answer = guest.ask(path, method, body)
        times = (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000
        found.setdefault(name, []).append(times)
        assert answer.status in {200, 303}, (path, answer.status, answer.text[:300])

    style = guest.ask(f"/drafts/{waiting[0]}/frame/page").body.partition('rel="stylesheet" href="')[2].partition('"')[0]
    for turn in range(TIMES):
        one, two, three, four = (waiting[-(4 * turn + place) % len(waiting)] for place in range(4))
        timed("GET /", "/")
        timed("GET /list/waiting", f"/list/waiting?page={turn % 20 + 1}")
        timed("GET /list/published", f"/list/published?page={turn + 1}")
        for part in ("page", "feed", "text", "making"):
            timed(f"GET /drafts/ID?as={part}", f"/drafts/{one}?as={part}")
        timed("GET /drafts/ID, an entry", f"/drafts/{entry}")
        for kind in ("page", "feed", "essay"):
            timed(f"GET /drafts/ID/frame/{kind}", f"/drafts/{one}/frame/{kind}")
        timed("GET /compare, four drafts", f"/compare?{urlencode([('id', i) for i in (one, two, three, four)])}")
        timed("GET /static/desk.css", "/static/desk.css")
        timed("GET /theme/assets/…", style)
        for act, fields in (
            ("note", {"note": "SAMPLE"}),
            ("approve", {"date": f"3{turn:03}-01-01"}),
            ("retract", {}),
            ("veto", {"criterion": "privacy", "reason": "SAMPLE"}),
            ("retract", {"again": "1"}),
            ("set-aside", {"reason": "SAMPLE"}),
            ("restore", {}),
        ):
            form = guest.form(one, act)
            timed(f"POST /drafts/ID/{act}", f"/drafts/{one}/{act}", "POST", urlencode({**form, **fields}))
    return found


def main() -> int:
    """Lay out, measure, print."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--drafts", type=int, default=1_000)
    given.add_argument("--entries", type=int, default=10_000)
    given.add_argument("--keep", type=Path, help="lay the newsletter out here, or use the one that is there")
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = options.keep or Path(temporary) / "newsletter"
        started = time.perf_counter()
        is_there = (root / "content/ledger.jsonl").is_file()
        workspace = reopen(root) if is_there else lay_out(root, options.drafts, options.entries)
        print(f"laid out in {time.perf_counter() - started:.1f} s: {len(workspace.ledger().records):,} records")
        started = time.perf_counter()
        with at_desk(workspace) as guest:
            print(f"the desk answers after {time.perf_counter() - started:.1f} s")
            guest.sign_in()
            found = measure(guest, workspace)
    late = 0
    print(f"{'route':32}{'median':>8}{'p95':>8}{'p95, processor':>16}  ms, {TIMES} times each")
    for name, times in found.items():
        (wall, cpu) = (quantiles(column, n=20) for column in zip(*times, strict=True))
        late += wall[18] > LIMIT_MS
        print(f"{name:32}{wall[9]:8.1f}{wall[18]:8.1f}{cpu[18]:16.1f}{'  over' if wall[18] > LIMIT_MS else ''}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
