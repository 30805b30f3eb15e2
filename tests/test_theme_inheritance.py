"""Themes that inherit, the small one that proves it, and their guide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sites
from builders import reopen
from claudes_corner.errors import ThemeError
from claudes_corner.site import record_views, rules_views, views
from claudes_corner.site.builder import build
from claudes_corner.site.theme import Theme, find_theme

ROOT = Path(__file__).parent.parent
BASE_URL = "https://corner.example/"


def make(root: Path, name: str, settings: str, **files: str) -> None:
    folder = root / "themes" / name
    for path, content in {"theme.toml": settings, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")


def test_a_theme_has_what_it_leaves_out_from_the_one_it_inherits(tmp_path: Path) -> None:
    make(
        tmp_path,
        "mine",
        'name = "mine"\ninherits = "hers"',
        **{"static/style.css": "a{}", "templates/b.html": "mine x"},
    )
    make(tmp_path, "hers", 'name = "hers"', **{"templates/a.html": "hers x", "templates/b.html": "hers x"})
    theme = Theme(find_theme(tmp_path, "mine"), BASE_URL, "x")
    assert theme.render("a.html", {}) == b"hers x"
    assert theme.render("b.html", {}) == b"mine x"
    assert list(theme.assets) == ["style.css"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            'name = "a"\ninherits = "b"',
            "themes/b/theme.toml: these themes inherit from one another: a, b. Let one of them stand alone.",
        ),
        ('name = "a"\ninherits = "nobody"', "themes/a/theme.toml: there is no theme 'nobody'. See inherits in it."),
        (
            'name = "a"\ninherit = "b"',
            "themes/a/theme.toml:2: unknown key 'inherit' (expected one of: author, inherits, license, name, picture, title). "
            "Did you mean 'inherits'?",
        ),
        (
            "name = " + "[" * 5000,
            "themes/a/theme.toml: more than can be read. A number has thousands of digits there, or lists lie hundreds deep.",
        ),
        ('title = "a"', "themes/a/theme.toml: missing key 'name'"),
        (
            "name =",
            "themes/a/theme.toml:1: not valid TOML: invalid value (found 'name ='). "
            "A text must stand in straight quotation marks; true and false have small letters.",
        ),
    ],
)
def test_a_theme_that_cannot_inherit_says_why(tmp_path: Path, settings: str, said: str) -> None:
    make(tmp_path, "a", settings, **{"templates/a.html": "x"})
    make(tmp_path, "b", 'name = "b"\ninherits = "a"', **{"templates/a.html": "x"})
    with pytest.raises(ThemeError) as caught:
        find_theme(tmp_path, "a")
    assert str(caught.value) == said


def test_the_plain_theme_is_two_files_and_makes_a_whole_site(tmp_path: Path) -> None:
    workspace = sites.make_newsletter(tmp_path / "newsletter")
    build(workspace)
    corner = set(sites.html_pages(workspace.folders.site))
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[site]", '[site]\ntheme = "plain"'), encoding="utf-8")
    build(reopen(workspace.folders.root))
    assert set(sites.html_pages(workspace.folders.site)) == corner
    assert sites.broken_links(workspace.folders.site, BASE_URL) == []
    own = {path.name for path in (ROOT / "themes/plain").rglob("*") if path.is_file()} - {"theme.toml"}
    assert own == {"base.html", "style.css"}


def test_the_guide_names_every_template_and_only_views_that_exist() -> None:
    guide = (ROOT / "docs/themes.md").read_text("utf-8")
    templates = {path.name for path in (ROOT / "themes/corner/templates").glob("[!_]*.html")} - {"base.html"}
    assert set(re.findall(r"^\| `([a-z-]+\.html)`", guide, re.MULTILINE)) == templates
    named = set(re.findall(r"`(\w+(?:View|Link)|Link)`", guide))
    assert named <= {*vars(views), *vars(rules_views), *vars(record_views)}
