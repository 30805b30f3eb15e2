"""The letters that readers see: a page for each, and one that lists them. Where none is public there is nothing.

Owns their routes and views. What is shown is what `content.py` has checked: letters that the record says are public.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from claudes_corner.letters import Letter, answer_id
from claudes_corner.site.content import Content
from claudes_corner.site.page import Page, input_of
from claudes_corner.site.present import Presenter
from claudes_corner.site.press import About, Press
from claudes_corner.site.routes import LETTERS, letter_route
from claudes_corner.site.views import LetterView, Link
from claudes_corner.templating import Markup


class LetterPages:
    """What stands under `/letters/`.

    Args:
        content: The letters.
        press: Makes promises of pages.
        presenter: Makes names and local dates.
    """

    def __init__(self, content: Content, press: Press, presenter: Presenter) -> None:
        self._letters = {letter.front.id: letter for letter in content.letters}
        self._transcripts = content.letter_transcripts
        self._press = press
        self._presenter = presenter

    def pages(self) -> Iterator[Page]:
        """Yield every page, and what can be downloaded."""
        if not self._letters:
            return
        fronts = [letter.front for letter in self._letters.values()]
        made_of = (input_of("selection", "letters", fronts), self._presenter.all_names)
        yield self._press.html(
            "letters", LETTERS, "Letters", made_of, lambda: {"letters": tuple(map(self._view, self._letters.values()))}
        )
        for letter_id, letter in self._letters.items():
            route, context = letter_route(letter_id), partial(self._context, letter)
            title, about = self._view(letter).title, partial(self._about, letter)
            yield self._press.html("letter", route, title, made_of, context, about)
            yield self._press.file(f"{route[1:]}letter.txt", "page", letter_id, letter.text.encode())
            if letter_id in self._transcripts:
                yield self._press.file(f"{route[1:]}transcript.json", "page", letter_id, self._transcripts[letter_id])

    def _context(self, letter: Letter) -> dict[str, LetterView]:
        return {"letter": self._view(letter)}

    def _about(self, letter: Letter) -> About:
        view = self._view(letter)
        return About(description=f"From {view.sender} to {view.recipient}", published_at=view.date)

    def _view(self, letter: Letter) -> LetterView:
        from claudes_corner import markup  # where there are no letters, nothing needs it

        front, name = letter.front, self._presenter.correspondent
        date = self._presenter.local(front.written_at)
        other = front.in_reply_to if front.model else answer_id(front.id)
        return LetterView(
            title=f"{name(front.sender)} to {name(front.to)}",
            route=letter_route(front.id),
            date=date,
            sender=name(front.sender),
            recipient=name(front.to),
            is_authors=bool(front.model),
            model=front.model,
            was_cut=front.stop_reason == "max_tokens",
            html=Markup(markup.render_essay(letter.text, title_is_heading=False).html),
            other=Link("", letter_route(other)) if other in self._letters else None,
            text_sha256=front.text_sha256,
            text_route=f"{letter_route(front.id)}letter.txt",
            transcript_route=f"{letter_route(front.id)}transcript.json" if front.id in self._transcripts else "",
        )
