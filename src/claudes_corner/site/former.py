"""Pages at addresses whose entry was withdrawn, or goes by another slug today.

Owns which addresses those are. What a tombstone says is in `tombstones.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from claudes_corner.settings import Config
from claudes_corner.site.content import Content
from claudes_corner.site.page import Input, Page, input_of, path_of
from claudes_corner.site.press import About, Press
from claudes_corner.site.tombstones import aliases, last_words
from claudes_corner.site.views import TombstoneView
from claudes_corner.standing import Standing

Render = Callable[[], bytes]


class Former:
    """What stands where an entry stood.

    Args:
        config: The newsletter's settings.
        content: What is published, and what was withdrawn.
        press: Makes promises of pages.
        gone: A tombstone for each withdrawn entry.
        names: What is said on them from the settings.
    """

    def __init__(
        self, config: Config, content: Content, press: Press, gone: tuple[TombstoneView, ...], names: Input
    ) -> None:
        self._config = config
        self._names = names
        self._content = content
        self._press = press
        self._gone = gone

    def pages(self) -> Iterator[Page]:
        """Yield every tombstone, and for every former slug the way to today's."""
        for stone in self._gone:
            yield from self._tombstone(stone)
        for alias, target in aliases(self._content):
            yield from self._moved(alias, target)

    @staticmethod
    def originals(standing: Standing, made_of: Input, text: Render, transcript: Render) -> Iterator[Page]:
        """Serve what can be downloaded of an entry, under former slugs as well."""
        for slug in standing.slugs:
            yield Page(f"essays/{slug}/essay.txt", "page", (made_of,), text)
            if standing.written:
                yield Page(f"essays/{slug}/transcript.json", "page", (made_of,), transcript)

    def _tombstone(self, stone: TombstoneView) -> Iterator[Page]:
        """Leave a word at every address of an entry that was withdrawn."""
        made_of = input_of("record", stone.id, self._content.ledger.digests[stone.id])
        inputs = (made_of, self._names)
        title = f"Withdrawn: essay of {stone.title}"
        for route in (stone.route, f"{stone.route}making/"):
            about = lambda: About(description=stone.reason)  # noqa: E731
            yield self._press.html("tombstone", route, title, inputs, lambda: {"tombstone": stone}, about)
        standing = self._content.ledger.standings[stone.id]
        text, transcript = last_words(standing, stone.withdrawn_at, self._config.site.disclaimer)
        said = input_of("record", stone.id, [text, transcript])
        yield from self.originals(standing, said, lambda: text, lambda: transcript)

    def _moved(self, alias: str, target: str) -> Iterator[Page]:
        """Lead from the addresses of a former slug to those of today."""
        for end in ("", "making/"):
            made_of = input_of("record", f"former slug {alias}", target)
            former = path_of(f"/essays/{alias}/{end}")
            yield self._press.html("moved", f"/essays/{target}/{end}", "Moved", (made_of,), dict, path=former)
