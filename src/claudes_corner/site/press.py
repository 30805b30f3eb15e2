"""Promises of pages: a template, its context when it is asked for, and what both are made of.

Owns what every HTML page shares: the inputs that the frame around it has, its feeds, its place, its data for machines.
"""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import msgspec

from claudes_corner.settings import Config
from claudes_corner.site.inputs import appearance
from claudes_corner.site.page import Input, Order, Page, input_of, path_of
from claudes_corner.site.present import Presenter
from claudes_corner.site.syndication import whole_feeds
from claudes_corner.site.theme import Theme
from claudes_corner.site.views import FeedLink, PageView
from claudes_corner.templating import Markup
from claudes_corner.text import digest

_LISTS = {"home", "archive", "year", "mode", "tag", "sheet", "notes", "record", "record-year"}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says about itself, beside its title."""

    description: str = ""
    feeds: tuple[FeedLink, ...] = ()
    data: Markup = Markup("")
    picture: str = ""  # the route of its own; else the newsletter's
    published_at: dt.datetime | None = None
    modified_at: dt.datetime | None = None


class Press:
    """Makes promises of pages.

    Args:
        config: The newsletter's settings.
        theme: How pages look.
        presenter: Makes the views.
        base_url: Where the site is served.
        picture: The route of the newsletter's picture; empty if there are no pictures.
    """

    def __init__(self, config: Config, theme: Theme, presenter: Presenter, base_url: str, picture: str) -> None:
        self._config = config
        self._theme = theme
        self._presenter = presenter
        self._picture = picture
        site = presenter.site
        others = msgspec.structs.replace(site, pages=(), has_letters=False, has_notes=False)  # whatever may be shown
        self._common = (
            theme.asset_input,
            input_of("config", "what pages show", appearance(config, base_url, others)),
            input_of("selection", "what every page leads to", [site.pages, site.has_letters, site.has_notes]),
            input_of("picture", "the newsletter's", picture),
        )

    def html(
        self,
        kind: str,
        route: str,
        title: str,
        inputs: tuple[Input, ...],
        context: Callable[[], dict[str, Any]],
        about: Callable[[], About] = About,
        path: str = "",
    ) -> Page:
        """Promise a page of a template.

        Args:
            kind: Names the template.
            route: Where it goes.
            title: For `<title>`, without the site's.
            inputs: What it is made of, beside what all pages are.
            context: Makes what the template gets beside `site` and `page`.
            about: Makes what the page says about itself.
            path: Where its file is, if it stands at another address than the one it names.
        """

        def render() -> bytes:
            """Make the page's bytes; called only if it is stale."""
            said = about()
            page = PageView(
                title=title,
                route=route,
                permalink=self._presenter.permalink(route),
                description=said.description or self._config.site.description,
                kind=kind,
                feeds=(*said.feeds, *whole_feeds(self._config.site.title)),
                data=said.data,
                data_hash=_policy_hash(said.data),
                picture=self._presenter.permalink(said.picture or self._picture) if self._picture else "",
                published_at=said.published_at,
                modified_at=said.modified_at,
            )
            return self._theme.render(f"{kind}.html", {"site": self._presenter.site, "page": page, **context()})

        order: Order = "list" if kind in _LISTS else "page"
        return Page(path or path_of(route), order, (*inputs, *self.common(kind)), render)

    def common(self, kind: str) -> tuple[Input, ...]:
        """Say what all pages of a template are made of."""
        template = self._theme.template_inputs.get(f"{kind}.html") or Input("template", f"{kind}.html", "")
        return (template, *self._common)

    @staticmethod
    def file(path: str, order: Order, name: str, content: bytes) -> Page:
        """Promise a file that is served as it is."""
        return Page(path, order, (Input("asset", name, digest(content)),), lambda: content)


def _policy_hash(script: str) -> str:
    """Name a script's content as a policy does. Source: CSP Level 3, § hash-source."""
    return f"sha256-{b64encode(bytes.fromhex(digest(script).partition(':')[2])).decode()}"
