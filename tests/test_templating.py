"""Templates are compiled once; it shows in nothing that they say."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st
from markupsafe import escape

from claudes_corner.errors import ConfigError, ThemeError
from claudes_corner.templating import Markup, Templates, render_prompt
from claudes_corner.templating.environment import Environment


def link(route: str, suffix: str = "") -> str:
    """A site's function."""
    if not route.startswith("/"):
        raise ValueError(route)
    return f"/blog{route}{suffix}"


def templates(folder: Path, source: str, cache: Path | None = None, path: Callable[..., str] = link) -> Templates:
    (folder / "page.html").write_text(source, "utf-8")
    return Templates({folder: cache}, functions={"path": path}, filters={})


def test_functions_are_called_with_what_a_page_shows(tmp_path: Path) -> None:
    made = templates(tmp_path, """<a href="{{ path('/a&b/') }}">{{ path(route, suffix="?") }}{{ route | path }}</a>""")
    page = made.render("page.html", {"route": "/<1>/"})
    assert page == '<a href="/blog/a&amp;b/">/blog/&lt;1&gt;/?/blog/&lt;1&gt;/</a>'


@for_any(st.one_of(st.text(st.sampled_from("a&<>'\"é;#")), st.integers(), st.none(), st.text().map(Markup)))
def test_what_is_printed_is_escaped(value: object) -> None:
    assert Environment.printed(value) == escape(value)


def test_what_a_template_calls_safe_is_printed_as_it_is(tmp_path: Path) -> None:
    made = templates(tmp_path, "{{ '<' }}{{ '<' | safe }}{% autoescape false %}{{ sign }}{% endautoescape %}{{ sign }}")
    assert made.render("page.html", {"sign": "<"}) == "&lt;<<&lt;"


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
    made = templates(tmp_path, given)
    assert made.render("page.html", {"own": "own{}".format}) == "own/x"


def test_a_call_that_fails_is_told_with_its_line(tmp_path: Path) -> None:
    made = templates(tmp_path, "one\n{{ path('two') }}")
    with pytest.raises(ThemeError, match=r"page\.html:2"):
        made.render("page.html", {})


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("one\n{{ 1 / 0 }}", "page.html:2: division by zero"),
        ("{{ 'one' + 1 }}", 'page.html:1: can only concatenate str (not "int") to str'),
        ("{{ 'x' * 10 ** 15 }}", "page.html:1: MemoryError"),
        ("{% for a in [1] %}" * 25 + "{% endfor %}" * 25, "page.html: too many statically nested blocks"),
    ],
)
def test_what_python_cannot_do_is_the_templates_mistake(tmp_path: Path, source: str, says: str) -> None:
    with pytest.raises(ThemeError) as caught:
        templates(tmp_path, source).render("page.html", {})
    assert str(caught.value).removeprefix(f"{tmp_path}/") == says


def test_what_is_compiled_is_kept_and_serves_any_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, cache = "{{ path('/x') }}", tmp_path / "deep/cache"
    assert templates(tmp_path, source, cache).render("page.html", {}) == "/blog/x"
    monkeypatch.setattr(jinja2.Environment, "compile", lambda *_: pytest.fail("compiled again"))
    assert templates(tmp_path, source, cache, "other{}".format).render("page.html", {}) == "other/x"


def test_a_folder_whose_name_is_not_utf_8_has_templates_like_any_other(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xe9")).mkdir()
    assert templates(tmp_path / os.fsdecode(b"\xe9"), "one", tmp_path / "cache").render("page.html", {}) == "one"
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_template_that_changed_is_compiled_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert [templates(tmp_path, said, cache).render("page.html", {}) for said in ("one", "two")] == ["one", "two"]
    assert len(list(cache.iterdir())) == 1


def test_a_place_that_takes_nothing_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert templates(tmp_path, "one", tmp_path / "file/cache").render("page.html", {}) == "one"


@for_any(st.text(st.sampled_from("a é{}%#\r\n\u2028\x85\x0b'\"")))
def test_a_prompt_is_rendered_as_jinja_renders_it(template: str) -> None:
    try:
        expected = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(template).render({})
    except jinja2.TemplateError:
        with pytest.raises(ConfigError):
            render_prompt(template, {}, where="corner.toml")
    else:
        assert render_prompt(template, {}, where="corner.toml") == expected
