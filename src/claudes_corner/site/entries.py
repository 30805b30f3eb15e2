"""The pages of an entry: its text, how it was made, and what can be downloaded.

Owns what they are made of. All of it together has one key, so that an entry about which nothing changed is passed over
without a look at its pages, and so has a year of entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from claudes_corner.settings import Config
from claudes_corner.site.content import Content, Entry
from claudes_corner.site.former import Former
from claudes_corner.site.making import making_of
from claudes_corner.site.page import Input, Page, Promises, Volume, fingerprint, input_of, path_of
from claudes_corner.site.pictures import Painter
from claudes_corner.site.present import Presenter
from claudes_corner.site.press import About, Press
from claudes_corner.site.sharing import entry_data

PICTURE = "/picture.png"  # the newsletter's; an entry's stands beside it
_NOBODY = bytes(16)  # beside the newest and the oldest entry


class EntryPages:
    """The pages of all entries, as promises.

    Args:
        config: The newsletter's settings.
        content: What it shows.
        press: Makes promises of pages.
        presenter: Makes the views.
        former: Knows which addresses an entry had.
        painter: Draws pictures; None: there are none.
    """

    def __init__(
        self,
        config: Config,
        content: Content,
        press: Press,
        presenter: Presenter,
        former: Former,
        painter: Painter | None,
    ) -> None:
        self._config = config
        self._content = content
        self._press = press
        self._presenter = presenter
        self._former = former
        self._painter = painter

    def volumes(self) -> Iterator[Volume]:
        """Promise all pages of each entry, by the year of its edition.

        Lines about a draft are chained to all before them, so their digest stands for whatever follows from them.
        """
        content, painter = self._content, self._painter and self._painter.made_of
        shared = [self._press.common("entry"), self._press.common("making"), self._presenter.all_names, painter]
        common = fingerprint(shared)
        entries, editions = content.entries, content.ledger.editions
        shown = [_NOBODY, *[entry.row.shown for entry in entries], _NOBODY]
        years: dict[str, list[int]] = {}
        for place, entry in enumerate(entries):
            years.setdefault(entry.standing.edition[:4], []).append(place)
        for year, places in years.items():
            around = shown[places[0] : places[-1] + 3]  # all of these, and who stands beside them
            decided = [editions[entries[place].standing.edition] for place in places]
            yield Volume(year, fingerprint([common, around, decided]), partial(self._promises, common, places, shown))

    def _promises(self, common: bytes, places: list[int], shown: list[bytes]) -> Iterator[Promises]:
        entries, editions = self._content.entries, self._content.ledger.editions
        for place in places:
            made_of = [common, shown[place : place + 3], editions[(entry := entries[place]).standing.edition]]
            yield Promises(entry.id, fingerprint(made_of), partial(self._entry, entry))

    def _drafts_of(self, edition: str) -> list[tuple[str, str]]:
        """Tell which drafts an edition had, and what became of them."""
        return [(s.id, s.status) for s in self._content.ledger.of(edition, passed=True)]

    def _entry(self, entry: Entry) -> Iterator[Page]:
        presenter, route = self._presenter, entry.route
        made_of = self.made_of(entry)
        yield self._press.html(
            "entry",
            route,
            presenter.title(entry),
            made_of,
            lambda: {"entry": presenter.entry(entry)},
            lambda: self._about_entry(entry),
        )
        yield self._press.html(
            "making",
            f"{route}making/",
            making_title(entry, presenter.title(entry)),
            (*made_of, input_of("record", entry.id, self._content.ledger.digests[entry.id]), presenter.all_names),
            lambda: {
                "entry": presenter.entry(entry),
                "making": making_of(entry, self._content.ledger, presenter),
            },
        )
        if self._painter:
            link = presenter.link(entry)
            yield self._painter.page(path_of(route + PICTURE[1:]), link.title, link.author, link.date)
        written = entry.standing.written
        originals = input_of("text", entry.id, [entry.standing.text_sha256, written and written.public_sha256])
        yield from self._former.originals(
            entry.standing, originals, lambda: bytes(entry.text, "utf-8"), lambda: entry.public_transcript
        )

    def _about_entry(self, entry: Entry) -> About:
        view, guid = self._presenter.entry(entry), self._presenter.guid(entry.id)
        changed_at = self._presenter.changed_at(entry)
        picture = view.route + PICTURE[1:] if self._painter else ""
        image = picture and self._presenter.permalink(picture)
        return About(
            description=view.summary,
            data=entry_data(view, guid, changed_at, image, self._config, self._presenter),
            picture=picture,
            published_at=view.date,
            modified_at=self._presenter.local(changed_at),
        )

    def made_of(self, entry: Entry) -> tuple[Input, ...]:
        """Declare what an entry's view shows."""
        standing, presenter = entry.standing, self._presenter
        record, editors = self._content.ledger, [presenter.editor(editor) for editor in entry.standing.responsible]
        chosen = [presenter.drafts(standing), record.choices.get(entry.id)]
        neighbours = [n and [presenter.title(n), n.route] for n in presenter.neighbours(entry)]
        return (
            Input("text", entry.id, standing.text_sha256),
            Input("front matter", entry.id, entry.row.shown.hex()),
            input_of("record", "drafts of the edition", [self._drafts_of(standing.edition), chosen]),
            input_of("record", "last change", presenter.changed_at(entry)),
            input_of("neighbours", entry.id, neighbours),
            presenter.names([entry]),
            input_of("config", "names of editors", editors),
        )


def making_title(entry: Entry, title: str) -> str:
    """Name the page behind an entry's page: of one from elsewhere, nobody here knows how it was made."""
    return f"What is on record of “{title}”" if entry.standing.imported else f"How “{title}” was made"
