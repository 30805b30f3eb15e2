"""The plan: what must be rendered again and why, and what must go. A pure function.

Owns staleness. A page is stale if an input's digest differs from the last build's, or its file is not as that build
left it. Whoever does not know must render: an unknown fact is a stale one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from claudes_corner.errors import BuildError, Problem
from claudes_corner.site.page import Page


class Fact(msgspec.Struct, frozen=True):
    """What the last build knew about a file it wrote."""

    inputs: dict[str, str]  # digest by `kind: name`
    size_bytes: int
    mtime_ns: int
    sha256: str = ""  # of its bytes


class Stale(msgspec.Struct, frozen=True):
    """A page that must be rendered, and why."""

    page: Page
    why: str


class Plan(msgspec.Struct, frozen=True):
    """What a build has to do."""

    stale: tuple[Stale, ...]
    unchanged: tuple[Page, ...]
    removed: tuple[str, ...]  # paths that the last build wrote and this site no longer has


def make_plan(
    pages: Iterable[Page], facts: Mapping[str, Fact], present: Mapping[str, tuple[int, int]], owned: Iterable[str]
) -> Plan:
    """Compare the pages there are to be with what the last build left.

    Args:
        pages: All pages of the site.
        facts: What the last build knew, by path; empty for a full build.
        present: Size in bytes and modification time in ns of the files that are there, by path.
        owned: The paths that earlier builds wrote.

    Raises:
        BuildError: Two pages want the same path; all of them are named.
    """
    by_path: dict[str, list[Page]] = {}
    for page in pages:
        by_path.setdefault(page.path, []).append(page)
    collisions = [
        Problem(
            f"{len(rivals)} pages want this place",
            path,
            found="; ".join(page.inputs[0].name for page in rivals),
            fix="Rename one of them.",
        )
        for path, rivals in by_path.items()
        if len(rivals) > 1
    ]
    if collisions:
        raise BuildError(*collisions)
    reasons = {path: _why(rivals[0], facts.get(path), present.get(path)) for path, rivals in by_path.items()}
    return Plan(
        stale=tuple(Stale(by_path[path][0], why) for path, why in reasons.items() if why),
        unchanged=tuple(by_path[path][0] for path, why in reasons.items() if not why),
        removed=tuple(sorted(set(owned) - set(by_path))),
    )


def declared(page: Page) -> dict[str, str]:
    """Write a page's inputs as a fact keeps them."""
    return {f"{made_of.kind}: {made_of.name}": made_of.digest for made_of in page.inputs}


def _why(page: Page, fact: Fact | None, present: tuple[int, int] | None) -> str:
    """Say why a page is stale, in a sentence; an empty string if it is not."""
    if fact is None:
        return "it was never built" if present is None else "nothing is known about how it was built"
    now = declared(page)
    changed = [name for name in now if fact.inputs.get(name) != now[name]] + [n for n in fact.inputs if n not in now]
    if changed:
        return f"{changed[0]} changed" + (f", and {len(changed) - 1} more" if changed[1:] else "")
    if present is None:
        return "its file is missing"
    return "" if present == (fact.size_bytes, fact.mtime_ns) else "its file was changed by someone else"
