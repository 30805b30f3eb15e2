"""What a site is made of, read and checked: published entries above all.

Owns the rule that nothing unapproved and nothing changed is ever rendered: every file of `content/essays/` must be what
the record says, to the byte, or the build stops with all problems found.
"""

from __future__ import annotations

import shlex
from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from claudes_corner.errors import BuildError, Problem, said_by
from claudes_corner.ledger import UNRECORDED
from claudes_corner.letters import Letter
from claudes_corner.site.chronicle import Chronicle
from claudes_corner.site.editorial import Note, StandingPage, read_notes, read_pages
from claudes_corner.site.files import read_letters, read_rules
from claudes_corner.site.memory import Memory, Row
from claudes_corner.site.once import Once
from claudes_corner.site.renderings import Renderings
from claudes_corner.site.rows import read_rows
from claudes_corner.site.signature import Signature, kept, settled
from claudes_corner.standing import Standing
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace

Found = dict[str, Signature]  # what lies in `content/essays/`, by name
_ENDS = (".md", ".json")  # of the names of an entry's files


class Entry(msgspec.Struct, frozen=True):
    """A published entry. Its text is read when it is wanted, and must then still be what was approved."""

    standing: Standing
    row: Row
    path: str  # of its file, without `.md`

    @property
    def id(self) -> str:
        """Its name on record and in `content/essays/`."""
        return self.standing.id

    @property
    def route(self) -> str:
        """Where its page is."""
        return self.standing.route

    @property
    def model(self) -> str:
        """The model that answered, as far as it is on record."""
        return self.standing.written.model if self.standing.written else UNRECORDED

    @property
    def text(self) -> str:
        """The exact text."""
        return self._original(".md", self.standing.text_sha256).decode()

    @property
    def public_transcript(self) -> bytes:
        """The public transcript's bytes."""
        written = self.standing.written
        return self._original(".json", written.public_sha256 if written else "")

    def _original(self, suffix: str, sha256: str) -> bytes:
        try:
            raw = _original(self.path + suffix, sha256)
        except OSError as error:
            why = said_by(error)
        else:
            if raw is not None:
                return raw
            why = "it changed"
        where = f"content/essays/{self.id}{suffix}"
        fix = "Put it back, from a backup or git, and build again."
        raise BuildError(Problem(f"lost while the site was built: {why}", where, fix=fix))


@lru_cache(maxsize=4)  # an entry's pages are made one after another, and all show the same
def _original(path: str, sha256: str) -> bytes | None:
    """Read the text of an entry's file, or its transcript; None if it is not what was approved."""
    with open(path, "rb") as file:  # noqa: PTH123  (ten thousand times)
        raw = file.read()
    if path.endswith(".md"):
        raw = raw.partition(b"\n---\n\n")[2][:-1]
    return raw if digest(raw) == sha256 else None


class Content(msgspec.Struct, frozen=True):
    """Everything that the site shows."""

    ledger: Chronicle
    ledger_bytes: bytes  # as served
    entries: tuple[Entry, ...]  # published and not withdrawn, newest first; ties by id
    withdrawn: tuple[Standing, ...]  # in the same order; of these, nothing but what the record says
    notes: tuple[Note, ...]  # newest first
    pages: tuple[StandingPage, ...]  # by slug
    renderings: Renderings
    letters: tuple[Letter, ...] = ()  # that readers see, oldest first
    letter_transcripts: dict[str, bytes] = {}  # of the author's among them, by id, in their public form
    once: Once = msgspec.field(default_factory=Once)  # what follows from all this and the settings
    rules: dict[str, bytes] = {}  # the texts that `rules` records name, by digest, as far as they are kept


class Since(NamedTuple):
    """What was gathered before, if nothing has changed but the record, the editors' own texts, and what is named."""

    content: Content
    named: frozenset[str]  # files in `content/essays/`


def gather(
    workspace: Workspace,
    memory: Memory,
    found: Found,
    since_ns: int = 0,
    html: Path | None = None,
    jobs: int = 1,
    since: Since | None = None,
) -> Content:
    """Read and check everything that is published. Nobody may write meanwhile.

    Args:
        workspace: The newsletter.
        memory: What an earlier build knew, brought up to date: files that are as they were are not read again.
        found: What lies in `content/essays/`.
        since_ns: An instant of the file system's clock: what changed later has to be looked at again next time.
        html: Where the HTML of texts is kept.
        jobs: How many processes may be used.
        since: What this process gathered last, from the same memory; None: anything may have changed.

    Raises:
        BuildError: With every file that is not what the record says, and every note or page that cannot be read.
        LedgerError: The record itself is broken.
    """
    touched = _follow(workspace, memory, raw := workspace.ledger_bytes())
    since = since if since and since.content.ledger is memory.record else None
    named = since.named if since else _changed(memory.originals, found)
    suspects = {*touched, *(name.rpartition(".")[0] for name in named)}
    looked_at, record = {*named, *(name + end for name in suspects for end in _ENDS)}, memory.record
    problems = [*_unapproved(workspace, record, found.keys() & looked_at)]
    read_rows(workspace, memory, suspects, problems, jobs)
    notes, pages = read_notes(workspace, problems), read_pages(workspace, problems)
    letters, transcripts = read_letters(workspace.folders, record, problems)
    rules = dict(read_rules(workspace.folders, record, problems))
    if problems:
        raise BuildError(*problems)
    _look_back(memory, found, named, since_ns)
    return Content(
        ledger=record,
        ledger_bytes=raw,
        entries=tuple(_entries(memory, f"{workspace.folders.essays}/", since, suspects)),
        withdrawn=tuple(_newest_first(s for s in record.standings.values() if s.withdrawn)),
        notes=notes,
        pages=pages,
        renderings=since.content.renderings if since else Renderings(html),
        letters=letters,
        letter_transcripts=transcripts,
        rules=rules,
        once=since.content.once if since else Once(),
    )


def _follow(workspace: Workspace, memory: Memory, raw: bytes) -> set[str]:
    """Take the record into account as it is now, and tell whom it has touched since; of another, nothing is known."""
    touched = memory.record.follow(raw)
    if touched is None:
        memory.record, memory.rows, memory.originals = Chronicle(), {}, {}
        touched = memory.record.follow(raw) or set()
    workspace.check_tag(memory.record.rules)
    return touched


def _changed(before: Mapping[str, bytes], found: Found) -> set[str]:
    """Name the files that are not as they were when they were read, and those that are gone."""
    return {name for name, look in found.items() if before.get(name) != kept(look)} | (before.keys() - found.keys())


def _look_back(memory: Memory, found: Found, named: Iterable[str], since_ns: int) -> None:
    """Keep what the files that were read had looked like."""
    for name in named:
        if name in found:
            memory.originals[name] = kept(settled(found[name], since_ns))
        else:
            memory.originals.pop(name, None)


def _entries(memory: Memory, folder: str, since: Since | None, suspects: Collection[str]) -> list[Entry]:
    """List what is published, newest first; what nobody suspects, as it was listed before."""
    rows, known = memory.rows, memory.record.standings
    if since is None:
        asked, same = [*known.values()], []
    else:
        asked = [known[name] for name in suspects if name in known]
        same = [entry for entry in since.content.entries if entry.id not in suspects]
    new = [Entry(s, rows[s.id], folder + s.id) for s in asked if s.status == "published"]
    same.reverse()
    for entry in new if same else ():
        insort(same, entry, key=_place)
    return (same or sorted(new, key=_place))[::-1]


def _place(entry: Entry) -> tuple[str, str]:
    return entry.standing.date, entry.standing.id


def _newest_first(standings: Iterable[Standing]) -> list[Standing]:
    return sorted(standings, key=lambda s: (s.date, s.id), reverse=True)  # instants of one form sort as text


def _unapproved(workspace: Workspace, known: Chronicle, names: Iterable[str]) -> Iterator[Problem]:
    """Yield every one of these files of `content/essays/` that no approval on record has put there."""
    for name in sorted(names):
        stem, dot, suffix = name.rpartition(".")
        standing = known.standings.get(stem) if dot + suffix in _ENDS else None
        if standing and standing.place == "content" and (suffix == "md" or standing.written):
            continue
        where = f"{workspace.folders.relative(workspace.folders.essays)}/{name}"
        if standing is not None and standing.withdrawn:
            what = "this was withdrawn, and is still here"
            again = f"corner withdraw {standing.id} --reason {shlex.quote(standing.reason)}"
            yield Problem(what, where, fix=f"Say it again, and it goes: {again}.")
        else:
            what = "nobody approved this: the record does not know it as an entry"
            fix = "Was the ledger cut or replaced? Put it back. Else move this away: texts get here by corner approve."
            yield Problem(what, where, fix=fix)
