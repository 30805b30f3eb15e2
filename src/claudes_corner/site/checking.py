"""The page that tells strangers how to check an entry by themselves, with no program of ours.

Owns which entry is its example: the newest.
"""

from __future__ import annotations

from claudes_corner.checkpoints import KEYS
from claudes_corner.settings import Config
from claudes_corner.signing import NAMESPACE
from claudes_corner.site.content import Content
from claudes_corner.site.page import Page, input_of
from claudes_corner.site.present import Presenter
from claudes_corner.site.press import Press
from claudes_corner.site.views import Link

ROUTE = "/check/"


def check_page(press: Press, config: Config, content: Content, presenter: Presenter) -> Page:
    """Promise the page *Check it yourself*."""
    made_here = (entry for entry in content.entries if not entry.standing.imported)
    newest = next(made_here, content.entries[0] if content.entries else None)
    entry = Link(presenter.title(newest), newest.route) if newest else None
    signed = f"-f {KEYS} -I {config.site.tag.partition(',')[0]} -n {NAMESPACE} -s checkpoint.txt.sig"
    context = {"entry": entry, "signed": signed}
    made_of = input_of("selection", "newest entry", context)
    return press.html("check", ROUTE, "Check it yourself", (made_of,), lambda: context)
