"""How a draft would look to readers: its page in the real theme, its feed item, how it was made.

Owns nothing of its own: it puts one draft where an entry stands, and lets the site's own parts show it. Nothing is
written, and no other entry is read.
"""

from __future__ import annotations

from msgspec.structs import replace

from claudes_corner.errors import Problem
from claudes_corner.site.chronicle import Chronicle
from claudes_corner.site.content import Content, Entry
from claudes_corner.site.editorial import read_notes, read_pages
from claudes_corner.site.files import read_letters
from claudes_corner.site.items import Item
from claudes_corner.site.making import making_of
from claudes_corner.site.memory import Row
from claudes_corner.site.page import Input
from claudes_corner.site.present import Presenter
from claudes_corner.site.press import About, Press
from claudes_corner.site.renderings import Renderings
from claudes_corner.site.signature import Tree, signature_tree
from claudes_corner.site.syndication import Syndication
from claudes_corner.site.theme import Theme, find_theme
from claudes_corner.site.views import MakingView, TurnView
from claudes_corner.standing import Ledger
from claudes_corner.text import word_count
from claudes_corner.transcript import public_form, render_transcript
from claudes_corner.workspace import Draft, Workspace


class _Held(Entry, frozen=True):
    """A draft in an entry's place: its files are not an entry's."""

    draft: Draft
    transcript: bytes = b""

    @property
    def text(self) -> str:
        """The exact text."""
        return self.draft.text

    @property
    def public_transcript(self) -> bytes:
        """What stands for the public transcript."""
        return self.transcript


class Preview:
    """Shows drafts of one newsletter.

    Args:
        workspace: The newsletter.
        base_path: Where the theme's files will be found, ending in `/`; links of previewed pages lead there, too.
    """

    def __init__(self, workspace: Workspace, base_path: str) -> None:
        self._workspace = workspace
        self._base_path = base_path
        self._seen: list[Tree] = []  # what the theme's files looked like when it was read
        self._theme: Theme | None = None

    def page(self, draft: Draft, known: Ledger) -> bytes:
        """Render a draft as its entry's page.

        Args:
            draft: The draft, placed as an entry would be.
            known: What is on record.
        """
        content = self._framed(self._content(draft, known))
        (entry,), presenter = content.entries, self._presenter(content)
        view, no_inputs = presenter.entry(entry), tuple[Input, ...]()
        press = Press(self._workspace.config, self.theme(), presenter, self._workspace.config.site.base_url, "")
        at = presenter.local(draft.standing.date)
        about = About(description=view.summary, published_at=at, modified_at=at)
        title = presenter.title(entry)
        promise = press.html("entry", entry.route, title, no_inputs, lambda: {"entry": view}, lambda: about)
        return promise.render()

    def item(self, draft: Draft, known: Ledger) -> Item:
        """Make a draft's feed item."""
        content, config = self._content(draft, known), self._workspace.config
        syndication = Syndication(config, content, self._presenter(content), config.site.base_url, ())
        return syndication.item(content.entries[0])

    def making(self, draft: Draft, known: Ledger) -> MakingView:
        """Tell how a draft was made, whole; what readers will not see is marked `is_withheld`."""
        public = public_form(draft.transcript, text=draft.text, title=draft.front.asked_title)
        content = self._content(draft, known)
        (entry,), presenter = content.entries, self._presenter(content)
        whole, shown = (
            making_of(replace(entry, transcript=render_transcript(form)), content.ledger, presenter)
            for form in (draft.transcript, public)
        )
        exchanges = [
            replace(exchange, turns=tuple(map(_marked, exchange.turns, seen.turns)))
            for exchange, seen in zip(whole.exchanges, shown.exchanges, strict=True)
        ]
        return replace(whole, exchanges=tuple(exchanges))

    def asset(self, name: str) -> bytes | None:
        """Read a file of the theme by its public name."""
        return next((data for public, data in self.theme().assets.values() if public == name), None)

    def theme(self) -> Theme:
        """Read the theme, again only if a file of it has changed."""
        site = self._workspace.config.site
        folders = find_theme(self._workspace.folders.root, site.theme)
        seen = [signature_tree(folder) for folder in folders]
        if self._theme is None or seen != self._seen:
            self._theme = Theme(folders, f"http://preview.invalid{self._base_path}", site.disclaimer)
            self._seen = seen
        return self._theme

    @staticmethod
    def _content(draft: Draft, known: Ledger) -> Content:
        """Make a site of a draft alone."""
        front = draft.front
        row = Row(front.id, front.title, front.title_by, word_count(draft.text), b"")
        entry = _Held(draft.standing, row, str(draft.path), draft)
        return Content(Chronicle.of_ledger(known), b"", (entry,), (), (), (), Renderings(None))

    def _framed(self, content: Content) -> Content:
        """Add what the frame around each page leads to."""
        problems: list[Problem] = []  # which the build says
        letters, _ = read_letters(self._workspace.folders, content.ledger, problems)
        notes, pages = read_notes(self._workspace, problems), read_pages(self._workspace, problems)
        return replace(content, notes=notes, pages=pages, letters=letters)

    def _presenter(self, content: Content) -> Presenter:
        return Presenter(self._workspace.config, self._workspace.config.site.base_url, content)


def _marked(turn: TurnView, seen: TurnView) -> TurnView:
    """Mark those blocks of a turn as withheld that the public sees otherwise."""
    pairs = zip(turn.blocks, seen.blocks, strict=False)
    return replace(turn, blocks=tuple(replace(one, is_withheld=one.text != other.text) for one, other in pairs))
