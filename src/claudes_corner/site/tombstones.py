"""What stays at an address when its entry has moved or was withdrawn.

Owns tombstones and the list of former slugs. A tombstone says what the record says, and nothing else: it needs no file
of the text, and holds no word of it, not even its title.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

from claudes_corner.site.chronicle import Chronicle
from claudes_corner.site.content import Content
from claudes_corner.site.making import steps
from claudes_corner.site.present import Presenter
from claudes_corner.site.theme import long_date
from claudes_corner.site.views import TombstoneView
from claudes_corner.standing import Standing


def tombstone(standing: Standing, known: Chronicle, presenter: Presenter) -> TombstoneView:
    """Show what is left of an entry that was withdrawn."""
    record = standing.withdrawn
    return TombstoneView(
        id=standing.id,
        title=long_date(dt.date.fromisoformat(standing.edition)),
        route=standing.route,
        date=presenter.local(standing.date),
        withdrawn_at=presenter.local(record.at if record else standing.date),
        by=presenter.editor(record.by if record else ""),
        reason=standing.reason,
        author=presenter.author(standing.author, standing.asked_model),
        mode_label=presenter.mode_label(standing.mode),
        text_sha256=standing.text_sha256,
        decisions=steps(standing.id, known, presenter),
    )


def last_words(standing: Standing, withdrawn_on: dt.date, disclaimer: str) -> tuple[bytes, bytes]:
    """Write what stands in the place of `essay.txt` and of `transcript.json`; the day is the newsletter's own."""
    said = f"This essay was withdrawn on {long_date(withdrawn_on)}.\nReason: {standing.reason}\n"
    text = f"{said}\nThe text that stood here had the digest {standing.text_sha256}.\n\n{disclaimer}\n"
    told = {
        "id": standing.id,
        "disclaimer": disclaimer,
        "withdrawn_at": standing.withdrawn.at if standing.withdrawn else standing.date,
        "reason": standing.reason,
        "text_sha256": standing.text_sha256,
    }
    return text.encode(), json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"


def words_in_feeds(edition: str, withdrawn_on: dt.date, reason: str) -> tuple[str, str]:
    """Write the title and the text that stand in feeds in the place of an entry; its edition is given in words."""
    return f"Withdrawn: essay of {edition}", f"This essay was withdrawn on {long_date(withdrawn_on)}. {reason}"


def aliases(content: Content) -> Iterator[tuple[str, str]]:
    """Yield every slug that was live once, and the one that its entry, or its tombstone, has today."""
    for standing in (*(entry.standing for entry in content.entries), *content.withdrawn):
        for alias in standing.aliases:
            yield alias, standing.slug
