"""Templates are compiled once, with what is the same on every page worked out; it shows in nothing that they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from claudes_corner.errors import ThemeError
from claudes_corner.templating import Templates


class Links:
    """A site's function, which counts how often it is called."""

    def __init__(self, base: str = "/blog") -> None:
        self.base, self.called = base, 0

    def __call__(self, route: str, suffix: str = "") -> str:
        if not route.startswith("/"):
            raise ValueError(route)
        self.called += 1
        return f"{self.base}{route}{suffix}"


def templates(folder: Path, source: str, link: Links, cache: Path | None = None) -> Templates:
    (folder / "page.html").write_text(source, "utf-8")
    return Templates([folder], functions={"path": link}, filters={}, known=link.base, cache=cache)


def test_a_call_with_constants_is_made_once_and_any_other_for_each_page(tmp_path: Path) -> None:
    link = Links()
    made = templates(tmp_path, """<a href="{{ path('/a&b/') }}">{{ path(route, suffix="?") }}</a>""", link)
    pages = [made.render("page.html", {"route": route}) for route in ("/1/", "/<2>/")]
    assert pages == ['<a href="/blog/a&amp;b/">/blog/1/?</a>', '<a href="/blog/a&amp;b/">/blog/&lt;2&gt;/?</a>']
    assert link.called == 3


@pytest.mark.parametrize(
    "given",
    [
        "{% set path = own %}{{ path('/x') }}",
        "{% macro path(route) %}own{{ route }}{% endmacro %}{{ path('/x') }}",
        "{% for name, path in [(1, own)] %}{{ path('/x') }}{% endfor %}",
        "{% with path = own %}{{ path('/x') }}{% endwith %}",
    ],
)
def test_a_name_that_the_template_gives_is_its_own(tmp_path: Path, given: str) -> None:
    made = templates(tmp_path, given, Links())
    assert made.render("page.html", {"own": "own{}".format}) == "own/x"


def test_a_call_that_fails_is_told_with_its_line(tmp_path: Path) -> None:
    made = templates(tmp_path, "one\n{{ path('two') }}", Links())
    with pytest.raises(ThemeError, match=r"page\.html:2"):
        made.render("page.html", {})


def test_what_was_folded_for_another_address_is_compiled_again(tmp_path: Path) -> None:
    source, cache = "{{ path('/x') }}", tmp_path / "cache"
    assert templates(tmp_path, source, Links("/one"), cache).render("page.html", {}) == "/one/x"
    assert templates(tmp_path, source, Links("/two"), cache).render("page.html", {}) == "/two/x"
    kept = Links("/two")
    assert templates(tmp_path, source, kept, cache).render("page.html", {}) == "/two/x"
    assert kept.called == 0
