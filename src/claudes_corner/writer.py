"""The pen: the only way to put something on record, and to let the folders follow.

Owns the order of things: rules before what is done under them, the record before the files move. `Workspace.writing`
makes a `Writer`, and holds the lock while it is used. Decides nothing: whoever holds it has checked what may be done.
What the law forbids all the same is not written, since no line can be taken out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from claudes_corner import ledger
from claudes_corner.disk import Disk
from claudes_corner.errors import DecisionError, TextError
from claudes_corner.folders import Folders, LostFileError, entry_front, misplaced, settle, sweep
from claudes_corner.front import DraftFront, LetterFront, render_document
from claudes_corner.lawful import unlawful
from claudes_corner.letters import settle_letter
from claudes_corner.settings import Config
from claudes_corner.standing import Ledger, follow
from claudes_corner.text import digest

Kind = TypeVar("Kind", bound=ledger.Record)


class Writer:
    """The pen: appends records and lets the folders follow. Only `Workspace.writing` makes one."""

    def __init__(self, folders: Folders, disk: Disk, config: Config, known: Ledger) -> None:
        self._folders = folders
        self._disk = disk
        self._config = config
        self.ledger = known

    def record(self, kind: type[Kind], *, at: str, id: str | None, by: str = ledger.CORNER, **fields: Any) -> Kind:  # noqa: A002
        """Append one record, wait until it is on the disk, and move the files of its draft.

        A `rules` record goes before it if the rules have changed since the last one.

        Raises:
            DecisionError: The law forbids it under the rules of today. Nothing was written.
        """
        rules = self._changed_rules(at)
        seq = len(self.ledger.records) + (2 if rules else 1)
        unplaced = kind(seq=seq, at=at, id=id, by=by, prev="", **fields)
        self._must_be_lawful(rules, unplaced)  # type: ignore[arg-type]
        self._keep_rules(rules)
        record = self._append(unplaced)
        if isinstance(record, ledger.Letter):
            settle_letter(self._folders, self._disk, record)
        elif id is not None:
            self._settle(id)
        return record

    def import_entries(self, at: str, by: str, entries: Sequence[tuple[ledger.Imported, DraftFront, str]]) -> None:
        """Put texts from elsewhere on record, all or none: laid ready first, then their lines at once, then placed.

        Args:
            at: When.
            by: The editor who imports them.
            entries: Their records, whose place in the chain is not known yet, with heads and texts.

        Raises:
            DecisionError: The law forbids one of them. Nothing was written.
        """
        rules = self._changed_rules(at)
        self._must_be_lawful(rules, *(replace(unplaced, at=at, by=by) for unplaced, _, _ in entries))
        self._keep_rules(rules)
        records, head, lines = [], self.ledger.head, []
        for seq, (unplaced, _, _) in enumerate(entries, len(self.ledger.records) + 1):
            records.append(replace(unplaced, seq=seq, at=at, by=by, prev=head))
            lines.append(ledger.render_record(records[-1]))
            head = digest(lines[-1])
        known, path, unfinished = follow(self.ledger, records, head), self._folders.ledger, self._folders.unfinished
        fronts = {front.id: (entry_front(front, known.standings[front.id]), text) for _, front, text in entries}
        texts = {f"{name}.md": render_document(*whole) for name, whole in fronts.items()}
        self._disk.write_apart(unfinished, texts)
        # A line appended after the other might leave a part of them: the file is replaced in one step.
        self._disk.write(path, b"\n".join((path.read_bytes().removesuffix(b"\n"), *lines, b"")))
        self.ledger = known
        self._disk.move_all(unfinished, self._folders.essays, texts)

    def stage(self, draft_id: str, document: bytes, transcript: bytes) -> None:
        """Lay a new draft's files ready, before the record that makes them a draft."""
        unfinished = self._folders.unfinished
        self._disk.write(unfinished / f"{draft_id}.json", transcript)
        self._disk.write(unfinished / f"{draft_id}.md", document)

    def keep_partial(self, draft_id: str, text: str) -> str:
        """Keep what had arrived of an answer that broke off, under `.corner/unfinished/`; return its digest."""
        content = text.encode("utf-8", "surrogatepass")
        name = f"{draft_id}.{digest(content)[7:15]}.partial.txt"
        self._disk.write(self._folders.unfinished / name, content)
        return digest(content)

    def keep(self, path: Path, content: bytes) -> None:
        """Write a file that is no draft's: a reason, notes, a transcript of no draft, what a round needs to go on."""
        self._disk.write(path, content)

    def keep_letter(self, front: LetterFront, text: str, transcript: bytes = b"") -> None:
        """Keep a letter under `drafts/letters/`, and the transcript that an answer came with."""
        if transcript:
            self._disk.write(self._folders.letters / f"{front.id}.json", transcript)
        self._disk.write(self._folders.letters / f"{front.id}.md", render_document(front, text))

    def forget_unfinished(self, *names: str) -> None:
        """Remove what a round kept, once the record holds all of it."""
        for name in names:
            if (self._folders.rounds / name).exists():
                self._disk.remove(self._folders.rounds / name)

    def _changed_rules(self, at: str) -> ledger.Rules | None:
        """Make the `rules` record that is due, whose place in the chain is not known yet; None if nothing changed."""
        known, today = self.ledger.rules, rules_of(self._config)
        place = {"seq": len(self.ledger.records) + 1, "at": at, "prev": ""}
        is_known = known is not None and replace(known, **place) == replace(today, **place)
        return None if is_known else replace(today, **place)

    def _must_be_lawful(self, rules: ledger.Rules | None, *records: ledger.AnyRecord) -> None:
        """Refuse what may not follow on the record. A build would stop at it for good."""
        problems = list(unlawful(rules, None, self.ledger.rules)) if rules else []
        for record in records:
            old = self.ledger.standings.get(record.id or "")
            letter = self.ledger.letters.get(record.id or "") if isinstance(record, ledger.Letter) else None
            problems += unlawful(record, old, rules or self.ledger.rules, letter)
        if problems:
            fix = "Nothing was put on record. See: corner status."
            raise DecisionError(*(replace(one, what=f"refused: {one.what}", where="", fix=fix) for one in problems))

    def _keep_rules(self, changed: ledger.Rules | None) -> None:
        """Put changed rules on record, and before that the texts that the record names by digest.

        Shape:
            `content/rules/<first 16 hex digits>.json` holds exactly the bytes that were digested: the canonical JSON
            of `[modes]` or of `[[review.criteria]]`. So `sha256sum` of the file gives the digest on record, and the
            texts of every version stay there.
        """
        if changed:
            for text in (self._config.modes_text, self._config.criteria_text):
                name = digest(text).removeprefix("sha256:")[:16]
                self._disk.update(self._folders.rules / f"{name}.json", text)
            self._append(changed)

    def roll_forward(self, *, is_orderly: bool) -> None:
        """Finish what an earlier command left undone.

        Only the last command can have been cut short, since each one does this first: so its files are looked at in
        full, and all others are only looked for. A file that is lost stops nobody's other work: whoever reads it is
        told. It is orderly if nothing was put on record, added, removed or renamed since this process left nothing
        undone: then only the last draft's files are looked at.
        """
        waiting: set[str] = set()
        if not is_orderly:
            sweep(self._folders, self._disk)
            waiting = {standing.id for standing in misplaced(self._folders, self.ledger.standings)}
        last = next((r.id for r in reversed(self.ledger.records) if r.id is not None), None)
        for draft_id in sorted(waiting | ({last} if last else set())):
            with suppress(LostFileError):
                self._settle(draft_id)
        for path in self._folders.letters.glob("*-answer-*.*"):
            if path.stem not in self.ledger.letters:  # cut short before its record: the answer is kept until then
                self._disk.remove(path)
        for letter in self.ledger.letters.values():
            with suppress(TextError, OSError):
                settle_letter(self._folders, self._disk, letter)

    def _settle(self, draft_id: str) -> None:
        standing = self.ledger.standings.get(draft_id)
        if standing is not None:
            settle(self._folders, self._disk, standing)

    def _append(self, unplaced: Kind) -> Kind:
        record = replace(unplaced, seq=len(self.ledger.records) + 1, prev=self.ledger.head)
        line = ledger.render_record(record)
        self._disk.append(self._folders.ledger, line + b"\n")
        self.ledger = follow(self.ledger, (record,), digest(line))  # type: ignore[arg-type]
        return record


def rules_of(config: Config) -> ledger.Rules:
    """Tell the rules as the settings have them today, as their record would; its place and time are left open."""
    return ledger.Rules(
        seq=0,
        at="",
        id=None,
        by=ledger.CORNER,
        prev="",
        editors=tuple(sorted(config.editors)),
        approvals=config.review.approvals,
        vetoes=config.vetoes,
        criteria_sha256=config.criteria_sha256,
        modes_sha256=config.modes_sha256,
        choice=config.review.choice,
        unattended=config.publish.unattended,
        tag=config.site.tag,
    )
