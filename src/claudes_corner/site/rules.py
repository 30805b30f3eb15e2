"""The newsletter's rules as readers see them: how texts are asked for, and how they are decided on.

Owns the views that come from the settings alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from claudes_corner.settings import Config, FeedSource, FolderSource, LettersSource, PageSource, Source
from claudes_corner.site.content import Content
from claudes_corner.site.present import Presenter
from claudes_corner.site.routes import letter_route, mode_route, rules_route
from claudes_corner.site.rules_views import CriterionView, ModeView, RulesView, WordsView
from claudes_corner.site.views import Link


def rules_of(config: Config, presenter: Presenter) -> RulesView:
    """Tell by which rules editors decide."""
    review, schedule = config.review, config.schedule
    return RulesView(
        editors=tuple(editor.name for editor in config.editors.values()),
        approvals=review.approvals,
        vetoes=config.vetoes,
        criteria=tuple(CriterionView(criterion.code, criterion.text) for criterion in review.criteria),
        expire_after_days=review.expire_after_days,
        choice=review.choice,
        unattended=config.publish.unattended,
        weekday=schedule.weekday.capitalize(),
        hour=schedule.hour,
        timezone=config.site.timezone,
        modes=tuple(Link(presenter.mode_label(mode), mode_route(mode)) for mode in config.modes),
    )


def mode_of(name: str, config: Config, content: Content, presenter: Presenter, feed_route: str) -> ModeView:
    """Describe a mode; its entries, and where the older ones are, are added by whoever lists them."""
    mode = config.modes.get(name)
    is_shown = mode is not None and mode.letter in {letter.front.id for letter in content.letters}
    return ModeView(
        name=name,
        label=presenter.mode_label(name),
        about=mode.about if mode else "",
        prompt=mode.prompt if mode else "",
        system=(mode.system or "") if mode else "",
        is_template=mode is not None and _is_template(mode.prompt, mode.system or ""),
        sources=tuple(_in_words(source) for source in mode.sources) if mode else (),
        proposed_by=mode.proposed_by if mode else "",
        letter=Link(mode.letter, letter_route(mode.letter)) if mode and is_shown else None,
        history=tuple(_history(name, content, presenter))[::-1],
        feed_route=feed_route,
        entries=(),
        older=None,
    )


def _history(name: str, content: Content, presenter: Presenter) -> Iterator[WordsView]:
    """Tell how a mode's words changed, oldest first, from the rules on record and the texts that they name."""
    last: tuple[str, str] | None = None
    for record in content.ledger.all_rules:
        if record.modes_sha256 in content.rules:
            mode = msgspec.json.decode(content.rules[record.modes_sha256]).get(name)
            words = (mode.get("prompt", ""), mode.get("system") or "") if mode else None
            if words and words != last:
                route = rules_route(record.modes_sha256)
                yield WordsView(presenter.local(record.at), *words, route, record.modes_sha256, _is_template(*words))
            last = words


def _is_template(prompt: str, system: str) -> bool:
    return any(sign in words for sign in ("{{", "{%", "{#") for words in (prompt, system))


def _in_words(source: Source) -> str:
    """Say what a source puts in context. Where texts come from is not said: folders are the editors' own."""
    if isinstance(source, FeedSource):
        named = f" of {source.url}" if source.url else ""
        return f"the last {source.last} headlines and summaries{named}"
    if isinstance(source, FolderSource):
        return f"up to {source.last} texts that the editors pass on"
    if isinstance(source, PageSource):
        return f"the main text of {source.url}"
    if isinstance(source, LettersSource):
        return f"the last {source.last} letters between the editors and the author"
    return "the author’s last published essays, whole"
