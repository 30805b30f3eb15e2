"""What may be wrong with an editors' note though it can be built: its date is to come, or an editor's id is mistyped.

The builder reads no clock and shows a note as it stands; so whoever has a clock asks here. Refuses nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from claudes_corner.errors import Problem, one_of, suggest
from claudes_corner.ledger import Rules
from claudes_corner.schedule import parse_instant
from claudes_corner.site.content import read_notes
from claudes_corner.workspace import Workspace


def doubts_about_notes(workspace: Workspace, now: dt.datetime) -> Iterator[Problem]:
    """Yield what may not be meant in the notes that can be read; one that cannot is said by the build."""
    config = workspace.config
    for note in read_notes(workspace, []):
        where = f"{workspace.folders.relative(workspace.folders.notes)}/{note.slug}.md"
        if parse_instant(note.front.date) > now:
            what = "its date is to come, and readers see a note at once, before all that is dated earlier"
            fix = "Give it the date of today, or keep it elsewhere until then."
            yield Problem(what, where, found=config.slots.words(note.front.date), fix=fix)
        by = note.front.by
        is_nobody = by not in config.editors and by not in _former_editors(workspace)
        if is_nobody and (fix := suggest(by, config.editors)):  # a name that is like no other is somebody's own
            what = "no editor has this id, and readers see it as it stands"
            yield Problem(what, where, one_of(config.editors), repr(by), fix)


def _former_editors(workspace: Workspace) -> set[str]:
    """Collect the editors that the record knows: whoever has left is named as it stands."""
    return {name for record in workspace.ledger().records if isinstance(record, Rules) for name in record.editors}
