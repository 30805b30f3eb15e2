"""A year of `corner week`, hour by hour, with an author, editors, a target and everything that can go wrong with them.

    python tests/year.py [attended|unattended]      # all 8,760 hours; the suite takes a sample of them

The laws are checked as the year goes: each approved entry goes out exactly once, never before its hour, and never
without a person where that is promised; editions without an entry are skipped with a cause; the record verifies.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import re
import sys
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from zoneinfo import ZoneInfo

import fault_server as faults
from builders import make_workspace, reopen
from claudes_corner import ledger
from claudes_corner.review.decisions import approve, publish, retract, set_aside, veto
from claudes_corner.review.due import due
from claudes_corner.review.placing import ANYWHERE, Placing
from claudes_corner.schedule import Slots, parse_instant, render_instant
from claudes_corner.standing import Standing
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.workspace import Workspace
from commands import Said, corner
from fault_server import FaultServer, Wire
from sites import files
from test_crash import files_no_longer_than

BEGIN = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MARK = "SAMPLE words of a draft"  # in every text, and nowhere that editors are told
AUTHOR_DOWN = (dt.date(2027, 3, 1), dt.date(2027, 3, 21))
EDITORS_AWAY = (dt.date(2027, 6, 10), dt.date(2027, 7, 25))
TARGET_DOWN = (dt.date(2027, 9, 5), dt.date(2027, 9, 20))
DISK_FULL = (dt.date(2027, 4, 6), dt.date(2027, 4, 8))
SUMMER_TIME = [dt.date(2027, 3, 28), dt.date(2027, 10, 31)]  # begins and ends at the slot's own hour
GONE = ("[authors.small]", "[modes.news]", "[modes.updates]", "[schedule]", "[git]")
TOML = """
[schedule]
weekday = "sunday"
hour = 1

[git]
commit = false

[publish]
unattended = {unattended}

[notify]
command = "tee -a told.jsonl"

[deploy.live]
kind = "folder"
path = "{target}"
"""


def every_hour() -> list[dt.datetime]:
    return [BEGIN + n * HOUR for n in range(365 * 24)]


def some_hours() -> list[dt.datetime]:
    """Those around each slot, and all of the days on which clocks change."""
    calendar = Slots("Europe/London", "sunday", 1)
    first = dt.date(2027, 1, 3)
    around = (-120, -119, -30, -1, 0, 14)
    found = {
        calendar.at((first + week * dt.timedelta(days=7)).isoformat()) + n * HOUR for week in range(52) for n in around
    }
    for day in SUMMER_TIME:
        found |= {dt.datetime.combine(day, dt.time(), dt.UTC) + n * HOUR for n in range(-3, 6)}
    return sorted(hour for hour in found if hour >= BEGIN)


def make_newsletter(root: Path, target: Path, *, unattended: bool) -> Workspace:
    make_workspace(root)
    path = root / "corner.toml"
    tables = [table for table in re.split(r"\n(?=\[)", path.read_text()) if not table.startswith(GONE)]
    path.write_text("\n".join(tables) + TOML.format(target=target, unattended=str(unattended).lower()))
    return reopen(root)


class Year:
    """One newsletter's year.

    Args:
        folder: Where it is made.
        unattended: Whether entries may go live by themselves.
        server: The author.
        each_deploys: Every so many calls, `--deploy` is given.
    """

    def __init__(self, folder: Path, *, unattended: bool, server: FaultServer, each_deploys: int) -> None:
        self.target = folder / "srv" / "www"
        self.workspace = make_newsletter(folder / "newsletter", self.target, unattended=unattended)
        self.root = self.workspace.folders.root
        self._unattended, self._server, self._each = unattended, server, each_deploys
        self._random = random.Random(8)
        self._texts = 0
        self.calls = Counter[str]()
        server.otherwise = self._write

    def live(self, hours: list[dt.datetime]) -> None:
        for number, now in enumerate(hours):
            self._server.otherwise = faults.forbidden() if _is_within(now, AUTHOR_DOWN) else self._write
            before = self._published()
            said = self._call(now, deploys=number % self._each == 0)
            self._check_call(now, said, before)
            if not _is_within(now, EDITORS_AWAY):
                self._decide(now)

    def _call(self, now: dt.datetime, *, deploys: bool) -> Said:
        is_full = _is_within(now, DISK_FULL)
        is_down = _is_within(now, TARGET_DOWN)
        if is_down and self.target.parent.is_dir():
            self.target.parent.rename(self.target.parent.with_name("gone"))
            self.target.parent.touch()  # a file where the folder was
        elif not is_down and self.target.parent.is_file():
            self.target.parent.unlink()
            self.target.parent.with_name("gone").rename(self.target.parent)
        size = self.workspace.folders.ledger.stat().st_size if self.workspace.folders.ledger.exists() else 0
        with files_no_longer_than(size + 20) if is_full and size > 10_000 else nullcontext():
            also = ["--deploy", "live"] if deploys and not is_full else []
            said = corner("-C", self.root, "--now", render_instant(now), "week", *also)
        self.calls[f"exit {said.code}"] += 1
        assert said.code in {0, 1}, said
        if deploys and not is_full:
            is_sent = "checked: every file of the site" in said.out
            assert (is_sent and not is_down) or (said.code == 1 and is_down) or "has it all" in said.out, said
        if deploys and not is_full and not is_down:
            entries = {s.slug for s in self._standings() if s.status == "published"}
            assert {path.parent.name for path in self.target.glob("essays/*/essay.txt")} == entries
        return said

    def _check_call(self, now: dt.datetime, said: Said, before: set[str]) -> None:
        known = self.workspace.ledger()
        fresh = {r.id: r for r in known.records if isinstance(r, ledger.Published) and r.id not in before}
        if not self._unattended:
            assert not fresh, f"{now}: published without a person: {said}"
        for record in fresh.values():
            assert parse_instant(record.date) <= now
            assert (record.by, record.at) == (ledger.CORNER, render_instant(now))
        if self._unattended and said.code == 0:
            assert not due(self.workspace.config, known, now), "what is due is out"

    def _decide(self, now: dt.datetime) -> None:
        """Let editors do at random what editors do, with half of the drafts that wait; then let a person publish."""
        pick = self._random.random
        local = now.astimezone(ZoneInfo("Europe/London"))
        if local.hour not in {15, 19}:
            return
        for standing in [s for s in self._standings() if s.status in {"waiting", "approved"} and pick() < 0.6]:
            self._decide_one(standing, now, pick())
        if not self._unattended and pick() < 0.7:
            publish(
                self.workspace, [s.id for s in due(self.workspace.config, self.workspace.ledger(), now)], "ada", now
            )

    def _decide_one(self, standing: Standing, now: dt.datetime, dice: float) -> None:
        draft_id, digits, w = standing.id, standing.text_sha256[7:20], self.workspace
        if standing.status == "approved":
            if dice < 0.2 and not standing.holds:
                retract(w, draft_id, standing.approved_by[0], now)
            return
        if standing.holds:
            approve(w, draft_id, digits, "ada", now, self._free(standing))
            if dice < 0.5:
                veto(w, draft_id, digits, "ben", now, criterion="harm", reason="SAMPLE", salt="00")
            else:
                approve(w, draft_id, digits, "ben", now, self._free(standing))
        elif dice < 0.5:
            approve(w, draft_id, digits, "ada", now, self._free(standing))
        elif dice < 0.6:
            veto(w, draft_id, digits, "eva", now, criterion="harm", reason="SAMPLE", salt="00")
        elif dice < 0.8:
            set_aside(w, draft_id, digits, "ada", now, reason="SAMPLE: another was chosen")

    def _free(self, standing: Standing) -> Placing:
        """Choose a slot that is free, a few weeks ahead."""
        known = self.workspace.ledger()
        taken = {s.date for s in known.standings.values() if s.status in {"approved", "published"}}
        if standing.approved_by:
            return ANYWHERE
        date = self.workspace.config.slots.at(standing.edition)
        while render_instant(date) in taken:
            date += dt.timedelta(days=7)
        return Placing(date=date)

    def check_whole(self) -> Counter[str]:
        """Check what must hold at the end, after one more call; count the records."""
        self._call(BEGIN + 365 * 24 * HOUR, deploys=True)
        known = self.workspace.ledger()
        assert verify_workspace(self.workspace).problems == ()
        published = Counter(r.id for r in known.records if isinstance(r, ledger.Published))
        assert set(published.values()) == {1}
        for record in known.records:
            if isinstance(record, ledger.Published):
                assert parse_instant(record.date) <= parse_instant(record.at)
        self._check_skipped()
        told = (self.root / "told.jsonl").read_text()
        assert MARK not in told
        assert "SAMPLE:" not in told.replace("SAMPLE: another was chosen", "")
        keys = Counter(
            (n["kind"], n["edition"], tuple(n["drafts"]), n["why"]) for n in map(json.loads, told.split("\n")[:-1])
        )
        assert set(keys.values()) == {1}, "nobody is told twice"
        assert files(self.target) == files(self.workspace.folders.site)
        return Counter(record.event for record in known.records)

    def _check_skipped(self) -> None:
        known = self.workspace.ledger()
        skipped = [r for r in known.records if isinstance(r, ledger.Skipped)]
        assert len({r.edition for r in skipped}) == len(skipped)
        assert all(r.cause for r in skipped)
        taken = {"approved", "published", "withdrawn"}
        served = {s.edition for s in self._standings() if s.status in taken}
        for entry in (s for s in self._standings() if s.status in taken):
            local = parse_instant(entry.date).astimezone(ZoneInfo("Europe/London")) - HOUR
            served.add((local.date() - dt.timedelta(days=(local.weekday() + 1) % 7)).isoformat())
        sundays = [dt.date(2027, 1, 3) + n * dt.timedelta(days=7) for n in range(50)]
        missing = [day.isoformat() for day in sundays if day.isoformat() not in served | {r.edition for r in skipped}]
        assert missing == [], (missing, sorted(served))

    def _published(self) -> set[str]:
        return {s.id for s in self._standings() if s.status == "published"}

    def _standings(self) -> list[Standing]:
        return list(self.workspace.ledger().standings.values())

    def _write(self, wire: Wire) -> None:
        self._texts += 1
        faults.answer(f"# SAMPLE: No. {self._texts}\n\n{MARK}, {self._texts}.")(wire)


def _is_within(now: dt.datetime, span: tuple[dt.date, dt.date]) -> bool:
    return span[0] <= now.date() < span[1]


def environment(server: FaultServer) -> dict[str, str]:
    """Tell `corner` where the author is."""
    return {"ANTHROPIC_API_KEY": "SAMPLE", "ANTHROPIC_BASE_URL": server.url}


def main() -> None:
    os.fsync, os.sync = (lambda _descriptor: None), (lambda: None)  # no power is cut here
    for kind in sys.argv[1:] or ["attended", "unattended"]:
        with tempfile.TemporaryDirectory() as folder, FaultServer() as server:
            os.environ.update(environment(server))
            year = Year(Path(folder), unattended=kind == "unattended", server=server, each_deploys=12)
            hours = every_hour()
            year.live(hours)
            sys.stdout.write(f"{kind}: {len(hours):,} calls; {dict(year.calls)}; {dict(year.check_whole())}\n")


if __name__ == "__main__":
    main()
