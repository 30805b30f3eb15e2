"""Pictures for shared links: what they show, what they leave out, and when they are drawn."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageFont

import builders
import sites
from builders import make_workspace, publish_entry, reopen
from claudes_corner.errors import ThemeError
from claudes_corner.site.builder import build
from claudes_corner.site.pictures import SIZE, Painter, find_painter
from claudes_corner.site.theme import settings_of
from claudes_corner.workspace import Workspace

THEME = Path(__file__).parents[1] / "themes/corner"
DAY = dt.date(2026, 11, 25)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A newsletter with an entry, in the theme Corner with its pictures."""
    workspace = make_workspace(tmp_path)
    shutil.rmtree(tmp_path / "themes")
    publish_entry(workspace, "# Tides\n\nThey come.", slug="tides")
    return workspace


def painter(workspace: Workspace, **site: str) -> Painter | None:
    settings = msgspec.structs.replace(workspace.config.site, **site)
    return find_painter(workspace.folders.root, settings, workspace.folders.cache / "pictures")


def draw(workspace: Workspace, words: str, byline: str = "Claude Opus 3", **site: str) -> bytes:
    found = painter(workspace, **site)
    assert found
    return found.page("picture.png", words, byline, DAY).render()


def test_an_entry_and_the_newsletter_have_a_picture_that_their_pages_name(workspace: Workspace) -> None:
    build(workspace)
    site = workspace.folders.site
    for page, picture in (
        ("essays/tides/index.html", "essays/tides/picture.png"),
        ("essays/tides/making/index.html", "picture.png"),
        ("index.html", "picture.png"),
    ):
        with Image.open(site / picture) as image:
            assert (image.format, image.size) == ("PNG", SIZE)
        said = {
            meta.get("property") or meta.get("name"): meta["content"]
            for meta in sites.html_pages(site)[page].all("meta")
            if "content" in meta
        }
        assert said["og:image"] == f"https://corner.example/{picture}"
        assert said["twitter:card"] == "summary_large_image"
        assert workspace.config.site.disclaimer in said["og:image:alt"]
    assert (
        b'"image":"https://corner.example/essays/tides/picture.png"' in (site / "essays/tides/index.html").read_bytes()
    )


def test_another_entry_draws_one_picture_and_a_withdrawn_ones_goes(workspace: Workspace) -> None:
    build(workspace)
    second = publish_entry(
        workspace, "# Ebb\n\nThey go.", slug="ebb", draft_id="2026-12-02-minimal-eb01", edition="2026-12-02"
    )
    written = build(reopen(workspace.folders.root)).written
    assert [path for path in written if path.endswith(".png")] == ["essays/ebb/picture.png"]
    builders.withdraw(workspace, second)
    assert "essays/ebb/picture.png" in build(reopen(workspace.folders.root)).removed


def test_a_picture_that_was_drawn_is_not_drawn_again(workspace: Workspace) -> None:
    draw(workspace, "Tides")
    (kept,) = (workspace.folders.cache / "pictures").iterdir()
    other = b"as it was kept"
    kept.write_bytes(other + sha256(other).digest())
    assert draw(workspace, "Tides") == other


@pytest.mark.parametrize("damage", [b"", b"PNG", b"\0" * 5_000])
def test_a_picture_that_was_kept_and_is_damaged_is_drawn_again(workspace: Workspace, damage: bytes) -> None:
    drawn = draw(workspace, "Tides")
    (kept,) = (workspace.folders.cache / "pictures").iterdir()
    before = kept.read_bytes()
    kept.write_bytes(damage)
    assert draw(workspace, "Tides") == drawn
    assert kept.read_bytes() == before


def test_equal_words_give_equal_bytes_and_every_word_shows(workspace: Workspace) -> None:
    drawn = draw(workspace, "Tides")
    shutil.rmtree(workspace.folders.cache)
    assert draw(workspace, "Tides") == drawn
    others = [
        draw(workspace, "Ebb"),
        draw(workspace, "Tides", "Another"),
        draw(workspace, "Tides", title="Another"),
        draw(workspace, "Tides", disclaimer="It speaks for nobody."),
    ]
    assert len({drawn, *others}) == 5


@pytest.mark.parametrize("title", ["潮の満ち引き", "On tides \ufffe", "Tides\u202e", "מדגם", "Wide" * 60, "Long " * 80])
def test_a_title_that_cannot_be_shown_whole_is_left_out(workspace: Workspace, title: str) -> None:
    assert draw(workspace, title) == draw(workspace, "")
    assert draw(workspace, title) != draw(workspace, "", "")


def test_no_picture_goes_without_the_disclaimer(workspace: Workspace) -> None:
    assert painter(workspace, disclaimer="モデルは会社を代表しません。") is None


def test_the_font_has_every_character_that_the_theme_says_it_has(workspace: Workspace) -> None:
    style = settings_of(workspace.folders.root, "corner").picture
    assert style
    font = ImageFont.truetype(
        io.BytesIO((THEME / "pictures" / style.font).read_bytes()), 40, layout_engine=ImageFont.Layout.BASIC
    )
    missing = bytes(font.getmask("\U0010fffd"))
    spans = (part.strip()[2:].split("-") for part in style.characters.split(","))
    characters = [chr(n) for span in spans for n in range(int(span[0], 16), int(span[-1], 16) + 1)]
    assert len(characters) > 300
    assert [c for c in characters if bytes(font.getmask(c)) == missing] == []


def test_a_theme_without_a_say_in_pictures_has_none(workspace: Workspace) -> None:
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[site]", '[site]\ntheme = "plain"'), encoding="utf-8")
    build(reopen(workspace.folders.root))
    assert not list(workspace.folders.site.rglob("picture.png"))


def test_without_pillow_pages_name_no_picture(workspace: Workspace) -> None:
    """A process of its own that cannot find Pillow: its metadata are hidden."""
    code = f"""
import importlib.metadata, sys
from pathlib import Path
class Hidden(importlib.metadata.DistributionFinder):
    def find_spec(self, *_): return None
    def find_distributions(self, context):
        if (context.name or "").lower() == "pillow": raise importlib.metadata.PackageNotFoundError("pillow")
        return iter(())
sys.meta_path.insert(0, Hidden())
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
build(Workspace.find(Path({str(workspace.folders.root)!r})))
assert "PIL" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], env=sites.environment(), check=True)
    page = (workspace.folders.site / "essays/tides/index.html").read_text("utf-8")
    assert "og:image" not in page
    assert '<meta name="twitter:card" content="summary">' in page
    assert not list(workspace.folders.site.rglob("picture.png"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"literata-picture.woff2"', '"none.ttf"', "there is no font 'pictures/none.ttf'. See [picture] in it."),
        ('"#12563f"', '"green"', "[picture] accent does not fit (expected a colour such as '#12563f', found 'green')"),
        (
            '"""\\\nU+20',
            '"""\\\nU20',
            "[picture] characters does not fit (expected ranges such as 'U+20-7E, U+A0', found",
        ),
    ],
)
def test_a_theme_whose_pictures_cannot_be_drawn_says_why(workspace: Workspace, old: str, new: str, said: str) -> None:
    own = workspace.folders.root / "themes/corner/theme.toml"
    own.parent.mkdir(parents=True)
    text = (THEME / "theme.toml").read_text("utf-8")
    assert old in text
    own.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ThemeError) as caught:
        painter(workspace)
    where, _, rest = str(caught.value).partition(": ")
    assert re.fullmatch(r"themes/corner/theme\.toml(:\d+)?", where)
    assert rest.startswith(said)
