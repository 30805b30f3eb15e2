"""Pictures of entries, for places that show a shared link as a card.

Owns what such a picture says and where it stands on it: the title in the theme's own type, the author, the newsletter,
the date, and the disclaimer, always. What the type cannot show is left out, never drawn as boxes. Its third-party
import is Pillow, of the extra `pictures`; without it, or without `[picture]` in the theme, there are none.
"""

from __future__ import annotations

import datetime as dt
import io
from bisect import bisect_left
from contextlib import suppress
from functools import cache, cached_property, lru_cache, reduce
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from claudes_corner.disk import open_new
from claudes_corner.errors import Problem, ThemeError
from claudes_corner.settings import Site
from claudes_corner.site.page import Input, Page, input_of
from claudes_corner.site.theme import PictureStyle, find_theme, long_date, settings_of
from claudes_corner.text import digest

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont

SIZE = (1200, 630)
_EDGE, _CORNER, _STROKE = 96, 46, 5
_SCALE = 2  # drawn larger, then brought down: smooth edges, and letters where they belong
_TITLE_SIZES, _TITLE_HEIGHT = (104, 92, 82, 72, 63, 55, 48), 272
_TITLE_LEADING, _LEADING = 1.15, 1.4
_BYLINE, _SMALL = 36, 25
_SHADES = 31  # of each colour of letters: 64 colours in all, with the paper and the corners
_MEASURED, _AT_HAND = 500, 24  # lines
_SHA256_BYTES = 32


class Picture(msgspec.Struct, frozen=True):
    """What a picture says. Empty lines are left out."""

    title: str
    byline: str
    place: str  # the newsletter's name, and the date
    disclaimer: str


class Painter:
    """Draws the pictures of one site.

    Args:
        style: What the theme says about pictures.
        font: The theme's type, a font file's bytes.
        site: The newsletter.
        kept: Where pictures are kept, by the digest of all they are made of.
        drawn_by: The version of what draws: another one may draw other bytes.
    """

    def __init__(self, style: PictureStyle, font: bytes, site: Site, kept: Path, drawn_by: str) -> None:
        self._style = style
        self._font = font
        self._newsletter = site.title
        self._disclaimer = site.disclaimer
        self._kept = kept
        # Some lines stand in every picture, and while a title is fitted, the same ones come again and again.
        self._drawn = lru_cache(_AT_HAND)(self._draw_line)
        self._width = lru_cache(_MEASURED)(self._measure)
        self._type = cache(self._load_type)
        self.made_of = [style, digest(font), drawn_by, digest(Path(__file__).read_bytes())]

    def page(self, path: str, title: str, byline: str, date: dt.date | None = None) -> Page:
        """Promise a picture."""
        place = self._shown(self._newsletter)
        place += (" · " if place else "") + long_date(date) if date else ""
        picture = Picture(self._shown(title), self._shown(byline), place, self._disclaimer)
        made_of = input_of("picture", path, [picture, *self.made_of])
        return Page(path, "asset", (made_of,), lambda: self._picture(picture, made_of))

    @property
    def can_draw(self) -> bool:
        """Answer whether the type has the disclaimer's letters: no picture goes without it."""
        return bool(self._shown(self._disclaimer))

    def _shown(self, line: str) -> str:
        """Give a line back if the type has all its letters."""
        return line if all(any(ord(c) in span for span in self._spans) for c in line) else ""

    @cached_property
    def _spans(self) -> tuple[range, ...]:
        """Read the characters that the type has. Source: CSS Fonts, § unicode-range."""
        pairs = (part.strip()[2:].split("-") for part in self._style.characters.split(","))
        return tuple(range(int(pair[0], 16), int(pair[-1], 16) + 1) for pair in pairs)

    def _picture(self, picture: Picture, made_of: Input) -> bytes:
        """Take the picture that is kept, if it is whole, or draw it; its digest stands after it."""
        kept = self._kept / f"{made_of.digest[7:]}.png"
        with suppress(OSError):
            raw = kept.read_bytes()
            if sha256(whole := raw[:-_SHA256_BYTES]).digest() == raw[-_SHA256_BYTES:]:
                return whole
        drawn = self._draw(picture)
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = kept.with_suffix(".new")
        with open_new(temporary) as file:
            file.write(drawn + sha256(drawn).digest())
        temporary.replace(kept)
        return drawn

    def _draw(self, picture: Picture) -> bytes:
        from PIL import Image, ImageDraw

        (width, height), style = SIZE, self._style
        layers = {colour: Image.new("L", (width * _SCALE, height * _SCALE)) for colour in (style.ink, style.quiet)}

        def write(top: float, size: int, lines: list[str], colour: str, leading: float = _LEADING) -> float:
            """Write lines below one another; return where the next one would stand."""
            for line in lines:
                place = (_EDGE - size) * _SCALE, round((top - 2 * size) * _SCALE)
                layers[colour].paste(255, place, self._drawn(line, size))
                top += size * leading
            return top

        size, title = self._title(picture.title) or self._title(picture.byline) or (_BYLINE, [])
        top = write(_EDGE + size * 0.95, size, title, style.ink, _TITLE_LEADING)
        if " ".join(title) != picture.byline:
            write(top + 1.9 * _BYLINE - size * _TITLE_LEADING, _BYLINE, [picture.byline], style.ink)
        small = [*filter(None, [picture.place]), *self._lines(picture.disclaimer, _SMALL, width - 2 * _EDGE - 60)]
        write(height - _EDGE - (len(small) - 1) * _SMALL * _LEADING + 8, _SMALL, small, style.quiet)
        coloured = self._coloured(layers)
        draw = ImageDraw.Draw(coloured)
        for x, y, step in ((_EDGE - 40, _EDGE - 40, 1), (width - _EDGE + 40, height - _EDGE + 40, -1)):
            for wide, high in ((_CORNER, _STROKE), (_STROKE, _CORNER)):
                (left, right), (upper, lower) = sorted((x, x + step * wide)), sorted((y, y + step * high))
                draw.rectangle([left, upper, right - 1, lower - 1], len(layers) * _SHADES + 1)
        written = io.BytesIO()
        coloured.save(written, "PNG")
        return written.getvalue()

    def _draw_line(self, line: str, size: int) -> Image.Image:
        """Draw a line, with room around it."""
        from PIL import Image, ImageDraw

        wide, high = (round(side * _SCALE) for side in (self._width(line, size) + 2 * size, 3 * size))
        drawn = Image.new("L", (wide, high))
        ImageDraw.Draw(drawn).text((size * _SCALE, 2 * size * _SCALE), line, 255, self._type(size), "ls")
        return drawn

    def _coloured(self, layers: dict[str, Image.Image]) -> Image.Image:
        """Bring layers down to the picture's size, and give each its colour in shades, from the paper's on."""
        from PIL import ImageChops, ImageColor

        paper, accent = (ImageColor.getrgb(colour) for colour in (self._style.paper, self._style.accent))
        indices, palette = [], [*paper]
        for number, (colour, layer) in enumerate(layers.items()):
            shades = [round(level * _SHADES / 255) for level in range(256)]  # of what a letter covers of a pixel
            indices.append(layer.reduce(_SCALE).point([shade and number * _SHADES + shade for shade in shades]))
            for shade in range(1, _SHADES + 1):
                pairs = zip(paper, ImageColor.getrgb(colour), strict=True)
                palette += [round(low + (high - low) * shade / _SHADES) for low, high in pairs]
        image = reduce(ImageChops.lighter, indices)
        image.putpalette([*palette, *accent])
        return image

    def _title(self, title: str) -> tuple[int, list[str]] | None:
        """Choose the largest size in which a title fits, and break it; one that fits in none is left out."""
        for size in _TITLE_SIZES if title else ():
            lines = self._lines(title, size, SIZE[0] - 2 * _EDGE)
            if lines and len(lines) * size * _TITLE_LEADING <= _TITLE_HEIGHT:
                return size, self._balanced(title, size, len(lines))
        return None

    def _balanced(self, text: str, size: int, count: int) -> list[str]:
        """Break a title so that its lines are of like length, as the pages do."""
        widths = range(1, SIZE[0] - 2 * _EDGE)
        narrowest = bisect_left(widths, -count, key=lambda width: -(len(self._lines(text, size, width)) or count + 1))
        return self._lines(text, size, narrowest + 1)

    def _lines(self, text: str, size: int, width: int) -> list[str]:
        """Break a text into lines; none at all if a word is wider than a line."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self._width(longer, size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines if all(self._width(line, size) <= width for line in lines) else []

    def _measure(self, line: str, size: int) -> float:
        return self._type(size).getlength(line) / _SCALE

    def _load_type(self, size: int) -> FreeTypeFont:
        from PIL import ImageFont

        # The basic layout is the same on every machine; the other asks for a library of the system.
        return ImageFont.truetype(io.BytesIO(self._font), size * _SCALE, layout_engine=ImageFont.Layout.BASIC)


def find_painter(root: Path, site: Site, kept: Path) -> Painter | None:
    """Find who draws a site's pictures: nobody, if Pillow is not there, or the theme or its type has no say in them.

    Raises:
        ThemeError: The theme names a font that is not there.
    """
    style = settings_of(root, site.theme).picture
    if style is None:
        return None
    from importlib.metadata import PackageNotFoundError, version  # it takes longer than many a build

    try:
        drawn_by = version("pillow")
    except PackageNotFoundError:
        return None
    fonts = [folder / "pictures" / style.font for folder in find_theme(root, site.theme)]
    font = next((path for path in fonts if path.is_file()), None)
    if font is None:
        what, where = f"there is no font 'pictures/{style.font}'", f"themes/{site.theme}/theme.toml"
        raise ThemeError(Problem(what, where, fix="See [picture] in it."))
    painter = Painter(style, font.read_bytes(), site, kept, drawn_by)
    return painter if painter.can_draw else None
