"""Rendering what is stale, by as many processes as there are to be, each page laid ready for its place.

Owns the order in which pages are rendered: lists and feeds show texts whose HTML is known by then.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence

import msgspec

from claudes_corner.errors import BuildError, ThemeError
from claudes_corner.site.content import Content
from claudes_corner.site.memory import Done
from claudes_corner.site.output import Output
from claudes_corner.site.page import Page
from claudes_corner.site.plan import Stale
from claudes_corner.site.spread import Tell, processes_for, spread

Laid = tuple[str, bool, bool, int, int, bytes]  # the fields of `Done`, from `ready` on
_TELL_EVERY = 20  # pages
_AT_ONCE = 5_000  # pages a process: whatever it looks at of what all share becomes its own, until it ends


class _Answer(msgspec.Struct, array_like=True):
    laid: list[Laid]
    html: dict[str, tuple[int, int, bytes]]  # of entries whose text was rendered


def render(
    stale: Sequence[Stale], output: Output, content: Content, jobs: int, report: Callable[[int, int], None]
) -> list[Done]:
    """Render stale pages and lay each ready.

    Args:
        stale: Says which.
        output: Where.
        content: What they show.
        jobs: How many processes may be used.
        report: Is told how many pages of how many are rendered.

    Raises:
        BuildError: A page cannot be made as it must be.
        ThemeError: A template fails.
    """
    done: list[Done] = []
    for number, shares in enumerate(_waves(stale, jobs)):
        if len(shares) > 1:
            _prepare(content)
        before = len(done)
        work = _worker(output, content, f"{number}-")
        answers = spread(work, shares, lambda count, before=before: report(before + count, len(stale)))  # type: ignore[misc]
        for share, raw in zip(shares, answers, strict=True):
            answer = msgspec.msgpack.decode(raw, type=_Answer)
            done += [Done(one.path, one.order, *laid) for one, laid in zip(share, answer.laid, strict=True)]
            rows = {entry.id: entry.row for entry in content.entries} if answer.html else {}
            for name, html in answer.html.items():
                rows[name].html = html
    report(len(stale), len(stale))
    return done


def _waves(stale: Sequence[Stale], jobs: int) -> Iterator[list[Sequence[Stale]]]:
    """Say what is rendered at one time, by each process: lists come last, by one, since most of them show all entries.

    An entry's pages stand side by side: nearly always one process renders them all.
    """
    pages = [one for one in stale if one.order in {"asset", "page"}]
    while pages:
        many = processes_for(len(pages), jobs)
        size = min(-(-len(pages) // many), _AT_ONCE)
        yield [pages[n * size : (n + 1) * size] for n in range(many)]
        del pages[: many * size]
    yield [[one for one in stale if one.order in {"list", "feed"}]]


def _prepare(content: Content) -> None:
    """Do once what else every process would do for itself, and keep what they share as it is."""
    from claudes_corner import markup  # noqa: F401
    from claudes_corner.templating import environment  # noqa: F401

    content.ledger.by_draft()
    gc.freeze()


def lay_ready(output: Output, path: str, raw: bytes, name: str, sha256: bytes = b"") -> Laid:
    """Lay a file ready for its place, and say what it holds; its digest is told, or found out."""
    mtime_ns, is_new, was_there = output.lay_ready(path, raw, name)
    return name, is_new, was_there, len(raw), mtime_ns, sha256 or hashlib.sha256(raw).digest()


def _worker(output: Output, content: Content, wave: str) -> Callable[[int, Sequence[Stale], Tell], bytes]:
    def work(share_number: int, share: Sequence[Stale], tell: Tell) -> bytes:
        """Render a share of pages, and lay each ready."""
        laid = []
        for number, stale in enumerate(share):
            if number % _TELL_EVERY == 0:
                tell(number)
            page = stale.page
            laid.append(lay_ready(output, page.path, _rendered(page), f"{wave}{share_number}-{number}", page.sha256))
        return msgspec.msgpack.encode(_Answer(laid, content.renderings.taken()))

    return work


def _rendered(page: Page) -> bytes:
    try:
        return page.render()
    except (BuildError, ThemeError) as error:
        problems = [msgspec.structs.replace(p, what=f"{page.path}: {p.what}") for p in error.problems]
        raise type(error)(*problems) from None
