"""The ledger as a build needs it: what follows from its lines, kept from build to build.

Owns the cache of a record that only grows: lines that an earlier build has checked are known again by one digest of
them all, and only what was added since is parsed and checked. Anything else is read from the beginning.
"""

import hashlib
import re
from collections.abc import Iterator

import msgspec

from claudes_corner import ledger
from claudes_corner.errors import LedgerError
from claudes_corner.lawful import unlawful
from claudes_corner.standing import Ledger, Standing, take
from claudes_corner.text import EMPTY_DIGEST

_ID = re.compile(rb'"id":"([^"]+)"')  # the one way in which canonical JSON names an id; in a string, quotes are escaped
_FEW = 12  # drafts whose lines are searched for; beyond that it is quicker to go through them all


class Chronicle(msgspec.Struct, dict=True):
    """What is on record, and what follows from it."""

    size_bytes: int = 0
    sha256: str = EMPTY_DIGEST  # of all these bytes
    head: str = EMPTY_DIGEST  # of the last line
    lines: int = 0
    first_at: str = ""
    last_at: str = ""
    standings: dict[str, Standing] = {}  # by id, in order of their first request
    rules: ledger.Rules | None = None
    digests: dict[str, bytes] = {}  # of all lines about a draft
    editions: dict[str, bytes] = {}  # of all lines about an edition's drafts
    years: dict[int, bytes] = {}  # of all lines about a year's editions
    timelines: dict[int, tuple[bytes, str]] = {}  # of these, when a year was last shown, and what was shown
    choices: dict[str, str] = {}  # who chose among an edition's drafts when this one was last approved
    among: dict[str, int] = {}  # how many drafts its edition had when this one was last approved
    written: dict[str, int] = {}  # drafts, by edition
    published: dict[str, None] = {}  # ids in the order in which they were first published
    changed_at: dict[str, str] = {}  # when an entry last changed place, date or tags
    all_rules: list[ledger.Rules] = []
    letters: dict[str, ledger.Letter] = {}  # by id, in order of their first record, each with what was said last
    chosen: dict[str, ledger.Chose] = {}  # the author's last choice among its drafts, by edition
    picked: dict[str, None] = {}  # the drafts that it chose at any time
    skipped: list[tuple[str, str]] = []  # edition, cause
    requests: int = 0

    def __post_init__(self) -> None:
        self._raw = b""  # the lines so far, and their digest so far, if this process has read them
        self._hash = hashlib.sha256()
        self._asked = 0
        self._records: dict[str, list[ledger.AnyRecord]] | None = None  # if somebody else has read them
        self._places: dict[str, list[tuple[int, int]]] | None = None  # of the lines about each draft
        self._of: dict[int, dict[str, list[Standing]]] | None = None  # drafts by their edition, and that by its year

    @classmethod
    def of_ledger(cls, known: Ledger) -> "Chronicle":
        """Take a record that somebody else has read; of its lines, only the records are known."""
        chronicle = cls(
            standings=known.standings,
            rules=known.rules,
            head=known.head,
            lines=len(known.records),
            letters=known.letters,
            chosen=known.chosen,
        )
        chronicle._records = {}
        for record in known.records:
            if record.id is not None:
                chronicle._records.setdefault(record.id, []).append(record)
        return chronicle

    def of(self, edition: str, *, passed: bool = False) -> tuple[Standing, ...]:
        """List the drafts that were written for an edition, in order of their request; also those the author passed."""
        drafts = self.editions_of(int(edition[:4])).get(edition, ())
        return tuple(s for s in drafts if s.written or (passed and s.status == "passed"))

    def editions_of(self, year: int) -> dict[str, list[Standing]]:
        """List the drafts of a year's editions by edition, in order of their request."""
        if self._of is None:
            self._of = {}
            for standing in self.standings.values():
                editions = self._of.setdefault(int(standing.edition[:4]), {})
                editions.setdefault(standing.edition, []).append(standing)
        return self._of.get(year, {})

    def about(self, draft_id: str) -> tuple[ledger.AnyRecord, ...]:
        """List the records about one draft, oldest first."""
        if self._records is not None:
            return tuple(self._records.get(draft_id, ()))
        self._asked += 1
        is_one_of_few = self._places is None and self._asked <= _FEW
        places = self._find(draft_id) if is_one_of_few else self.by_draft().get(draft_id, ())
        return tuple(ledger.parse_line(self._raw[start:end]) for start, end in places)

    def by_draft(self) -> dict[str, list[tuple[int, int]]]:
        """Find where the lines about each draft begin and end, once; as records, they would take ten times the room."""
        if self._places is None:
            self._places, start = {}, 0
            while (end := self._raw.find(b"\n", start)) >= 0:
                if named := _ID.search(self._raw, start, end):
                    self._places.setdefault(named[1].decode(), []).append((start, end))
                start = end + 1
        return self._places

    def _find(self, draft_id: str) -> Iterator[tuple[int, int]]:
        named, end = f'"id":"{draft_id}"'.encode(), 0
        while (found := self._raw.find(named, end)) >= 0:
            start, end = self._raw.rfind(b"\n", 0, found) + 1, self._raw.find(b"\n", found)
            yield start, end

    def follow(self, raw: bytes) -> set[str] | None:
        """Take the ledger's bytes into account as they are now.

        Args:
            raw: All of them, the last line whole.

        Returns:
            The ids of the drafts that the lines added since are about; None if this is another history, of which
            nothing is known.

        Raises:
            LedgerError: A line that was added does not follow from the one before, or says what the rules forbade.
        """
        is_sure = bool(self._raw) and raw.startswith(self._raw)
        known = self._hash.copy() if is_sure else hashlib.sha256(memoryview(raw)[: self.size_bytes])
        if self.size_bytes > len(raw) or f"sha256:{known.hexdigest()}" != self.sha256:
            return None
        added = raw[self.size_bytes :]
        try:
            records, self.head = ledger.parse_ledger(added, after=self.lines, head=self.head)
        except LedgerError:
            ledger.parse_ledger(raw)  # knows of both ends of a fork
            raise
        for record, line in zip(records, added.split(b"\n"), strict=False):
            name = record.id or ""
            if problems := tuple(unlawful(record, self.standings.get(name), self.rules, self.letters.get(name))):
                raise LedgerError(*problems)
            self._take(record, line)
        if added:
            known.update(added)
            self.size_bytes, self.sha256 = len(raw), f"sha256:{known.hexdigest()}"
        touched = {record.id for record in records if record.id is not None}
        self._raw, self._hash, self._asked = raw, known, 0
        if added:
            self._places = None
        return touched

    def _take(self, record: ledger.AnyRecord, line: bytes) -> None:
        self.lines += 1
        self.first_at, self.last_at = self.first_at or record.at, record.at
        self.rules = take(self.standings, self.rules, record)
        if isinstance(record, ledger.Skipped):
            self.skipped.append((record.edition, record.cause))
            self._chain(record.edition, line)
        elif isinstance(record, ledger.Rules):
            self.all_rules.append(record)
        if record.id is None:
            return
        self.digests[record.id] = _chained(self.digests.get(record.id, b""), line)
        if standing := self.standings.get(record.id):
            self.editions[standing.edition] = _chained(self.editions.get(standing.edition, b""), line)
            self._chain(standing.edition, line)
            if self._of is not None:
                drafts = self._of.setdefault(int(standing.edition[:4]), {}).setdefault(standing.edition, [])
                place = next((n for n, draft in enumerate(drafts) if draft.id == standing.id), len(drafts))
                drafts[place:] = [standing, *drafts[place + 1 :]]
        if isinstance(record, ledger.Requested):
            self.requests += record.id in self.standings  # others bring no draft
        elif isinstance(record, ledger.Letter):
            self.letters[record.id] = record
        elif isinstance(record, ledger.Chose):
            self.chosen[record.edition], self.picked[record.id] = record, None
        elif isinstance(record, ledger.Written):
            edition = self.standings[record.id].edition
            self.written[edition] = self.written.get(edition, 0) + 1
        elif isinstance(record, ledger.Approved):
            self.among[record.id] = self.written.get(self.standings[record.id].edition, 0)
            by_rule = self.rules.choice.replace("author", "editors") if self.rules else "editors"
            self.choices[record.id] = "author" if record.id in self.picked else by_rule
        elif isinstance(record, ledger.Published | ledger.Imported):
            self.published.setdefault(record.id)
        elif isinstance(record, ledger.Changed):
            self.changed_at[record.id] = max(self.changed_at.get(record.id, ""), record.at)

    def _chain(self, edition: str, line: bytes) -> None:
        year = int(edition[:4])
        self.years[year] = _chained(self.years.get(year, b""), line)


def _chained(before: bytes, line: bytes) -> bytes:
    """Tell lines from any others by a digest of those before and one more."""
    return hashlib.blake2b(before + line, digest_size=16).digest()
