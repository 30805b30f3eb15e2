"""A theme: where it is found, how its files are named, and what its templates may count on."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect

import sites
from builders import publish_entry, reopen
from claudes_corner.errors import BuildError, ThemeError
from claudes_corner.site.builder import build
from claudes_corner.site.theme import Theme, find_theme, long_date
from claudes_corner.site.views import Link
from claudes_corner.templating import Markup
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace
from edits import replace
from static_server import serving

DISCLAIMER = 'It\'s "Claude" & not Anthropic <who speaks>.'


def make_theme(folder: Path, files: dict[str, str]) -> Path:
    """Write a theme's files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def theme(*folders: Path, base_url: str = "https://corner.example/") -> Theme:
    return Theme(folders, base_url, DISCLAIMER)


@pytest.mark.browser
def test_a_long_name_of_a_person_or_a_mode_stays_within_the_narrowest_window(
    workspace: Workspace, browser: Browser
) -> None:
    toml = workspace.folders.root / "corner.toml"
    names = toml.read_text("utf-8").replace('"Ada Byron"', f'"{"Ada Byron " * 9}"')
    toml.write_text(names.replace('"Minimal prompt"', f'"{"A minimal prompt " * 5}"'), encoding="utf-8")
    workspace = reopen(workspace.folders.root)
    sites.write_pages(workspace)
    publish_entry(workspace)
    with serving(workspace.folders.site) as address:
        build(workspace, base_url=address)
        page = browser.new_page(viewport={"width": 320, "height": 640})
        for route in ("", "notes/", "archive/"):
            page.goto(f"{address}{route}")
            assert page.evaluate("document.documentElement.scrollWidth") == 320, route
        page.close()


@pytest.mark.browser
def test_the_switch_decides_for_all_pages_and_for_the_browsers_frame(workspace: Workspace, browser: Browser) -> None:
    frame = (
        "() => [...document.querySelectorAll('meta[name=theme-color]')].find(m => matchMedia(m.media).matches).content"
    )
    paper = "() => getComputedStyle(document.body).backgroundColor"
    with serving(workspace.folders.site) as address, browser.new_page(color_scheme="light") as page:
        build(workspace, base_url=address)
        page.goto(address)
        light = page.evaluate(paper)
        assert page.evaluate(frame) == "#fbfcfb"
        page.get_by_role("button", name="Dark theme", pressed=False).click()
        dark = page.evaluate(paper)
        page.goto(f"{address}archive/")
        page.get_by_role("button", name="Dark theme", pressed=True).wait_for()
        assert (page.evaluate(frame), page.evaluate(paper)) == ("#141816", dark)
        page.emulate_media(color_scheme="dark")
        page.get_by_role("button", name="Dark theme").click()
        assert (page.evaluate(frame), page.evaluate(paper)) == ("#fbfcfb", light)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["corner", "plain"])
def test_the_first_press_of_tab_leads_to_a_way_past_the_menu(workspace: Workspace, browser: Browser, name: str) -> None:
    replace(workspace.folders.root / "corner.toml", "[site]", f'[site]\ntheme = "{name}"')
    with serving(workspace.folders.site) as address, browser.new_page() as page:
        build(reopen(workspace.folders.root), base_url=address)
        page.goto(address)
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the text")
        expect(skip).to_be_focused()
        assert (skip.bounding_box() or {"height": 0})["height"] > 20  # to be seen
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


# --- static files -----------------------------------------------------------------------------------------------------


def test_style_sheets_and_scripts_have_their_digest_in_their_names_and_others_keep_theirs(tmp_path: Path) -> None:
    found = theme(
        make_theme(tmp_path, {"static/style.css": "a{}", "static/theme.js": "1", "static/font.woff2": "f"})
    ).assets
    assert {name: public for name, (public, _) in found.items()} == {
        "font.woff2": "font.woff2",
        "style.css": f"style-{digest('a{}')[7:17]}.css",
        "theme.js": f"theme-{digest('1')[7:17]}.js",
    }


def test_another_style_has_another_name_and_the_old_file_goes(workspace: Workspace) -> None:
    build(workspace)
    (old,) = (workspace.folders.site / "assets").glob("style-*.css")
    make_theme(workspace.folders.root / "themes/corner", {"static/style.css": "p{}"})
    build(workspace)
    (new,) = (workspace.folders.site / "assets").glob("style-*.css")
    assert new.name != old.name
    assert new.read_text() == "p{}"
    for path, page in sites.html_pages(workspace.folders.site).items():
        assert [link["href"] for link in page.all("link") if link["rel"] == "stylesheet"] == [f"/assets/{new.name}"], (
            path
        )


def test_every_static_file_of_the_theme_is_in_the_site(workspace: Workspace) -> None:
    build(workspace)
    there = sorted(digest(path.read_bytes()) for path in (workspace.folders.site / "assets").iterdir())
    static = Path(__file__).parents[1] / "themes/corner/static"
    assert there == sorted(digest(path.read_bytes()) for path in static.iterdir())


def test_a_link_to_a_static_file_is_under_the_sites_path(tmp_path: Path) -> None:
    folder = make_theme(tmp_path, {"static/icon.svg": "<svg/>"})
    assert theme(folder, base_url="https://corner.example/a/").asset("icon.svg") == "/a/assets/icon.svg"


def test_a_static_file_of_a_subfolder_is_there_under_its_path(workspace: Workspace) -> None:
    make_theme(workspace.folders.root / "themes/corner", {"static/pictures/sea.svg": "<svg/>"})
    build(workspace)
    assert (workspace.folders.site / "assets/pictures/sea.svg").read_text() == "<svg/>"


def test_a_static_file_that_is_not_there_is_an_error_with_the_line_that_wants_it(tmp_path: Path) -> None:
    folder = make_theme(tmp_path, {"static/style.css": "", "templates/home.html": "one\n{{ asset('stile.css') }}\n"})
    with pytest.raises(ThemeError) as caught:
        theme(folder).render("home.html", {})
    assert str(caught.value) == f"themes/{folder.name}/templates/home.html:2: the theme has no static file 'stile.css'"


@pytest.mark.parametrize("path", ["__pycache__/x.png", "sub/__pycache__/x.png", "__pycache__"])
def test_what_no_build_looks_at_is_no_part_of_a_theme(tmp_path: Path, path: str) -> None:
    """Else a change of it would never be seen: see `signature_tree`."""
    file = tmp_path / "themes/corner/static" / path
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    assert path not in theme(*find_theme(tmp_path, "corner")).assets


@pytest.mark.parametrize("part", [".line.html", "__pycache__/line.html", "sub/.parts/line.html"])
def test_hidden_files_of_a_theme_are_no_part_of_it(tmp_path: Path, part: str) -> None:
    folder = make_theme(tmp_path, {"static/style.css": "a{}"})
    (folder / "static/.DS_Store").write_bytes(b"x")
    (folder / "static/.git").mkdir()
    (folder / "static/.git/config").write_bytes(b"x")
    assert list(theme(folder).assets) == ["style.css"]
    parts = {f"templates/{part}": "x", "templates/home.html": f"{{% include '{part}' %}}"}
    with pytest.raises(
        ThemeError, match=re.escape(f"the theme has no template {part!r}")
    ):  # nobody would see it change
        theme(make_theme(tmp_path / "other", parts)).render("home.html", {})


# --- templates --------------------------------------------------------------------------------------------------------


def test_a_page_without_the_disclaimer_is_refused(tmp_path: Path) -> None:
    folder = make_theme(tmp_path, {"templates/home.html": "{{ said }}"})
    assert theme(folder).render("home.html", {"said": DISCLAIMER}) == (
        b"It&#39;s &#34;Claude&#34; &amp; not Anthropic &lt;who speaks&gt;."
    )
    for other in ("", DISCLAIMER[:-1], DISCLAIMER.lower()):
        with pytest.raises(BuildError, match=r"home\.html: the page lacks the disclaimer"):
            theme(folder).render("home.html", {"said": other})


@pytest.mark.parametrize("name", ["entry", "letter", "note"])
def test_a_page_without_the_text_that_it_is_for_is_refused(tmp_path: Path, name: str) -> None:
    shown, text = f"templates/{name}.html", SimpleNamespace(html=Markup("<p>SAMPLE &amp; text</p>\n"))
    for template, is_whole in (
        (f"<i>{{{{ {name}.html }}}}</i>", True),
        ("", False),
        (f"{{{{ {name}.html | striptags }}}}", False),
        (f"{{{{ {name}.html[:-5] }}}}", False),
    ):
        made = theme(make_theme(tmp_path, {shown: f"{{{{ said }}}} {template}"}))
        refused = pytest.raises(
            BuildError, match=rf"{name}\.html: the page lacks its text\. Print {{{{ {name}\.html }}}}"
        )
        with contextlib.nullcontext() if is_whole else refused:
            made.render(f"{name}.html", {"said": DISCLAIMER, name: text})


def test_what_a_template_prints_is_escaped(tmp_path: Path) -> None:
    folder = make_theme(tmp_path, {"templates/home.html": "{{ title }} {{ said }}"})
    assert theme(folder).render("home.html", {"title": "<b>", "said": DISCLAIMER}).startswith(b"&lt;b&gt; ")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("\n{{ nothing }}", "themes/mine/templates/home.html:2: there is no 'nothing' here"),
        ("\n{{ site.titel }}", "themes/mine/templates/home.html:2: site has no 'titel'. Did you mean 'title'?"),
        ("{{ words.tied }}", "themes/mine/templates/home.html:1: words has no 'tied'. Did you mean 'tide'?"),
        ("{{ (words | list).x }}", "themes/mine/templates/home.html:1: list has no 'x'"),
        ("{{ [] | first }}", "themes/mine/templates/home.html:1: No first item, sequence was empty."),
        ("\n{{ titel }}", "themes/mine/templates/home.html:2: there is no 'titel' here. Did you mean 'title'?"),
        ("\n\n{% if %}", "themes/mine/templates/home.html:3: Expected an expression, got 'end of statement block'"),
        ("{% include '_no.html' %}", "the theme has no template '_no.html'"),
        ("\n{{ 1 / 0 }}", "themes/mine/templates/home.html:2: division by zero"),
        (
            "\n{{ '{0}'.format() }}",
            "themes/mine/templates/home.html:2: Replacement index 0 out of range for positional args tuple",
        ),
        ("\n{{ 'x'|long_date }}", "themes/mine/templates/home.html:2: 'str' object has no attribute 'day'"),
        ("{% include 'home.html' %}", "themes/mine/templates/home.html:1: maximum recursion depth exceeded"),
    ],
)
def test_a_template_that_fails_is_named_with_its_line(tmp_path: Path, template: str, said: str) -> None:
    with pytest.raises(ThemeError) as caught:
        folder = make_theme(tmp_path / "mine", {"templates/home.html": template})
        theme(folder).render("home.html", {"site": Link("A SAMPLE", "/"), "title": "A SAMPLE", "words": {"tide": 1}})
    assert str(caught.value).removesuffix(" while calling a Python object") == said  # as older Pythons add


def test_a_packaged_template_that_fails_is_said_to_be_packaged(tmp_path: Path) -> None:
    with pytest.raises(ThemeError) as caught:
        theme(*find_theme(tmp_path, "corner")).render("home.html", {})
    assert re.match(r"templates/\w+\.html:\d+ of the packaged theme corner: ", str(caught.value)), caught.value


def test_a_build_names_a_templates_line_by_its_path_in_the_newsletter(workspace: Workspace) -> None:
    (path,) = (Path(__file__).parents[1] / "themes/corner/templates").glob("base.html")
    broken = path.read_text("utf-8").replace("{{ site.title }}", "{{ site.titel }}", 1)
    make_theme(workspace.folders.root / "themes/corner", {"templates/base.html": broken})
    line = broken[: broken.index("site.titel")].count("\n") + 1
    with pytest.raises(ThemeError) as caught:
        build(workspace)
    where, _, what = str(caught.value).partition(": ")
    assert where == f"themes/corner/templates/base.html:{line}"
    assert what.endswith(": site has no 'titel'. Did you mean 'title'?")


def test_a_newsletters_own_template_takes_the_place_of_that_one_only(workspace: Workspace) -> None:
    publish_entry(workspace)
    template = "<!doctype html><html lang='en'><h1>{{ year.year }}</h1><p>in all: {{ year.entries | length }}</p>"
    template += "<p>{{ site.disclaimer }}</p></html>"
    make_theme(workspace.folders.root / "themes/corner", {"templates/year.html": template})
    build(workspace)
    pages = sites.html_pages(workspace.folders.site)
    assert pages["archive/2026/index.html"].text.startswith("2026 in all: 1 Claude does not")
    assert {path for path, page in pages.items() if "in all:" in page.text} == {"archive/2026/index.html"}
    assert not pages["archive/2026/index.html"].all("nav")
    assert pages["archive/index.html"].all("nav")


# --- where it is found ------------------------------------------------------------------------------------------------


def test_a_newsletters_own_theme_is_looked_up_before_the_packages(tmp_path: Path) -> None:
    (tmp_path / "themes/corner").mkdir(parents=True)
    own, packaged = find_theme(tmp_path, "corner")
    assert own == tmp_path / "themes/corner"
    assert (packaged / "templates/base.html").is_file()
    assert find_theme(tmp_path / "elsewhere", "corner") == (packaged,)


@pytest.mark.parametrize("made", [False, True])
def test_a_theme_without_templates_is_none(tmp_path: Path, made: bool) -> None:
    if made:
        make_theme(tmp_path / "themes/mine", {"static/style.css": "a{}"})
    with pytest.raises(
        ThemeError, match=r"themes/mine/: there is no theme 'mine'\. See \[site\] theme in corner\.toml\."
    ):
        find_theme(tmp_path, "mine")


def test_dates_are_written_in_words_whatever_the_locale() -> None:
    assert [long_date(dt.date(2026, month, 3)) for month in (1, 9, 12)] == [
        "3 January 2026",
        "3 September 2026",
        "3 December 2026",
    ]
