"""The newsletter's rules as readers see them: how texts are asked for, and how they are decided on.

Owns the views that come from the settings alone.
"""

from __future__ import annotations

from claudes_corner.settings import Config, FeedSource, FolderSource, LettersSource, PageSource, Source
from claudes_corner.site.present import Presenter, mode_route
from claudes_corner.site.views import CriterionView, Link, ModeView, RulesView


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


def mode_of(name: str, config: Config, presenter: Presenter, feed_route: str) -> ModeView:
    """Describe a mode; its entries are added by whoever lists them."""
    mode = config.modes.get(name)
    return ModeView(
        name=name,
        label=presenter.mode_label(name),
        about=mode.about if mode else "",
        prompt=mode.prompt if mode else "",
        system=(mode.system or "") if mode else "",
        sources=tuple(_in_words(source) for source in mode.sources) if mode else (),
        feed_route=feed_route,
        entries=(),
    )


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
