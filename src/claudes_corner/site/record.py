"""The record as readers see it: counts and a timeline, computed from the ledger and from nothing else.

Owns what each number counts.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cached_property

from claudes_corner.settings import Config
from claudes_corner.site.content import Content
from claudes_corner.site.page import Input, fingerprint
from claudes_corner.site.present import Presenter
from claudes_corner.site.record_views import CountView, EditionView, OutcomeView, RecordView, RecordYearView
from claudes_corner.site.routes import record_route
from claudes_corner.site.views import Link
from claudes_corner.standing import Standing

_BECAME = {  # of those that are not said as the record has them
    "requested": "asked; no answer is on record",
    "passed": "the author had nothing to say",
    "failed": "no complete answer came",
    "cancelled": "stopped by a person",
    "waiting": "waits for a verdict",
    "set-aside": "set aside",
    "expired": "expired: nobody decided in time",
}


class PublicRecord:
    """The ledger, counted.

    Args:
        config: For the names of modes and the words of criteria.
        content: The ledger, and the entries that are live.
        presenter: Makes titles and local dates.
    """

    def __init__(self, config: Config, content: Content, presenter: Presenter) -> None:
        self._config = config
        self._ledger = content.ledger
        self._live = {entry.id: entry for entry in content.entries}
        self._presenter = presenter

    @property
    def years(self) -> list[int]:
        """All years of editions on record, newest first."""
        return sorted(self._ledger.years, reverse=True)

    def _editions(self, year: int) -> dict[str, tuple[list[Standing], list[str]]]:
        """List a year's editions by date, newest first: drafts asked for, causes to skip."""
        drafts, skipped = self._ledger.editions_of(year), [s for s in self._ledger.skipped if int(s[0][:4]) == year]
        dates = sorted({*drafts, *(edition for edition, _ in skipped)}, reverse=True)
        return {
            date: (drafts.get(date, []), [cause for edition, cause in skipped if edition == date]) for date in dates
        }

    def input_of(self, year: int) -> Input:
        """Declare all that a year's timeline shows: worked out again only if the record says more of it."""
        kept, lines = self._ledger.timelines.get(year), self._ledger.years[year]
        if kept is None or kept[0] != lines:
            shown = [
                [date, [(s.mode, s.status, s.reason, s.holds, self._place(s)) for s in drafts], causes]
                for date, (drafts, causes) in self._editions(year).items()
            ]
            kept = self._ledger.timelines[year] = lines, fingerprint(shown).hex()
        return Input("record", f"editions of {year}", kept[1])

    def whole(self) -> RecordView:
        """Count everything."""
        known, presenter = self._ledger, self._presenter
        return RecordView(
            counts=tuple(self._counts()),
            vetoes=tuple(self._vetoes()),
            years=tuple(self.year(year, with_editions=False) for year in self.years),
            lines=known.lines,
            first_at=presenter.local(known.first_at) if known.lines else None,
            last_at=presenter.local(known.last_at) if known.lines else None,
            head=known.head,
        )

    def year(self, year: int, *, with_editions: bool) -> RecordYearView:
        """Show a year."""
        editions = self._editions(year) if with_editions else {}
        asked, published, skipped = (counts[f"{year:04}"] for counts in self._by_year)
        return RecordYearView(
            year=year,
            route=record_route(year),
            asked=asked,
            published=published,
            skipped=skipped,
            editions=tuple(self._edition(date, *editions[date]) for date in editions),
        )

    @cached_property
    def _by_year(self) -> tuple[Counter[str], Counter[str], Counter[str]]:
        """Count by year what was asked for, what can be read, and the editions without an essay."""
        standings = self._ledger.standings.values()
        asked = Counter([standing.edition[:4] for standing in standings if not standing.imported])
        published = Counter([standing.edition[:4] for standing in standings if standing.status == "published"])
        return asked, published, Counter([edition[:4] for edition in {edition for edition, _ in self._ledger.skipped}])

    def _edition(self, date: str, drafts: list[Standing], causes: list[str]) -> EditionView:
        outcomes = tuple(
            OutcomeView(
                self._presenter.mode_label(standing.mode),
                self._became(standing),
                Link(*place) if (place := self._place(standing)) else None,
            )
            for standing in drafts
        )
        return EditionView(dt.date.fromisoformat(date), outcomes, "; ".join(causes))

    def _place(self, standing: Standing) -> tuple[str, str] | None:
        entry = self._live.get(standing.id)
        return (self._presenter.title(entry), entry.route) if entry else None

    def _became(self, standing: Standing) -> str:
        if standing.status == "vetoed":
            return f"vetoed: {', '.join(sorted({hold.criterion for hold in standing.holds}))}"
        words = _BECAME.get(standing.status, standing.status)
        if standing.status in {"waiting", "approved"} and standing.holds:
            words += ", held by a veto"
        return f"{words}: {standing.reason}" if standing.reason else words

    def _counts(self) -> list[CountView]:
        all_of_them = self._ledger.standings.values()
        standings = [standing for standing in all_of_them if not standing.imported]
        imported = len(all_of_them) - len(standings)
        requests, skipped = self._ledger.requests, len(self._ledger.skipped)
        ended = Counter(standing.status for standing in all_of_them)
        held = sum(bool(s.holds) for s in standings if s.status in {"waiting", "approved"})
        approved = sum(s.status in {"approved", "published", "withdrawn"} for s in standings)
        return [
            CountView("asked", len(standings), f"texts that the author was asked for, in {requests:,} requests"),
            CountView("passed", ended["passed"], "times it had nothing to say"),
            CountView("failed", ended["failed"], "times no complete answer came"),
            CountView("cancelled", ended["cancelled"], "requests that a person stopped"),
            CountView("written", sum(bool(s.written) for s in standings), "drafts that were written"),
            CountView("waiting", ended["waiting"], "drafts that still wait for a verdict"),
            CountView("held", held, "drafts with a veto that waits for another editor"),
            CountView("vetoed", ended["vetoed"], "drafts that editors vetoed"),
            CountView("set aside", ended["set-aside"], "drafts that were not chosen"),
            CountView("expired", ended["expired"], "drafts that nobody decided on in time"),
            CountView("approved", approved, "drafts that editors approved"),
            CountView("published", ended["published"], "essays that can be read here"),
            CountView("withdrawn", ended["withdrawn"], "essays that were published and withdrawn"),
            CountView("skipped", skipped, "editions without an essay"),
            *(CountView("imported", imported, "essays that came from elsewhere: nobody here saw them being written"),)
            * bool(imported),
        ]

    def _vetoes(self) -> list[CountView]:
        texts = {criterion.code: criterion.text for criterion in self._config.review.criteria}
        vetoed = (s for s in self._ledger.standings.values() if s.status == "vetoed")
        named = Counter(code for standing in vetoed for code in {hold.criterion for hold in standing.holds})
        return [CountView(code, named[code], texts.get(code, "")) for code in dict.fromkeys([*texts, *sorted(named)])]
