"""The files that stand in `content/` beside entries and editors' own texts: letters that readers see, rules on record.

Owns the check that each is what the record says.
"""

from __future__ import annotations

from collections.abc import Iterator

from claudes_corner.errors import CornerError, Problem
from claudes_corner.folders import Folders
from claudes_corner.letters import Letter, read_letter
from claudes_corner.site.chronicle import Chronicle
from claudes_corner.standing import Ledger
from claudes_corner.text import digest


def read_letters(
    folders: Folders, known: Chronicle, problems: list[Problem]
) -> tuple[tuple[Letter, ...], dict[str, bytes]]:
    """Read the letters that readers see; whatever else lies among them, or was changed, is a problem."""
    letters, transcripts, expected = [], {}, set()
    for recorded in known.letters.values():
        path = folders.public_letters / f"{recorded.id}.md"
        if not recorded.public:
            continue
        try:
            letters.append(read_letter(folders, Ledger(tuple(known.letters.values())), path.stem))
        except CornerError as error:
            problems += error.problems
        expected.add(path)
        if recorded.public_sha256:
            shown = path.with_suffix(".json")
            expected.add(shown)
            raw = shown.read_bytes() if shown.is_file() else b""
            transcripts[path.stem] = raw
            if digest(raw) != recorded.public_sha256:
                what = "the transcript is not what was recorded"
                problems.append(Problem(what, folders.relative(shown), recorded.public_sha256, digest(raw)))
    for path in sorted(set(folders.public_letters.glob("[!.]*")) - expected):
        what, fix = "the record does not say that readers see this letter", "Letters get here by corner letter publish."
        problems.append(Problem(what, folders.relative(path), fix=fix))
    return tuple(letters), transcripts


def read_rules(folders: Folders, known: Chronicle, problems: list[Problem]) -> Iterator[tuple[str, bytes]]:
    """Read the texts of modes that were in force; those of criteria are checked as well, though no page shows them."""
    modes = {rules.modes_sha256 for rules in known.all_rules}
    for sha256, path in folders.rules_on_record(known.all_rules):
        if path.is_file():
            raw = path.read_bytes()
            if digest(raw) != sha256:
                what, fix = "these are not the rules on record", "Put it back, from a backup or git."
                problems.append(Problem(what, folders.relative(path), sha256, digest(raw), fix))
            if sha256 in modes:
                yield sha256, raw
