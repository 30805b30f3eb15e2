"""A theme: its templates, set up for a site, and its static files with their public names.

Owns where themes are found, what templates may call, and the check that no page goes without the disclaimer, or without
the text that it is for.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from claudes_corner.config import parse_toml
from claudes_corner.errors import BuildError, ConfigError, Problem, ThemeError
from claudes_corner.schedule import render_instant
from claudes_corner.site.characters import are_plain, shown
from claudes_corner.site.page import Input, input_of
from claudes_corner.templating import Markup, Templates, is_hidden, with_program
from claudes_corner.text import digest, is_title

_PACKAGED = Path(__file__).parents[1] / "themes"  # in an installed package
_CHECKOUT = Path(__file__).parents[3] / "themes"  # in a checkout of the project
_HASHED = {".css", ".js"}
_HASH_DIGITS = 10
_RANGES = r"(?i)\AU\+[0-9a-f]{1,6}(-[0-9a-f]{1,6})?(, *U\+[0-9a-f]{1,6}(-[0-9a-f]{1,6})?)*\Z"
Colour = Annotated[str, msgspec.Meta(pattern=r"\A#[0-9a-f]{6}\Z", description="a colour such as '#12563f'")]
Ranges = Annotated[str, msgspec.Meta(pattern=_RANGES, description="ranges such as 'U+20-7E, U+A0'")]
_OF_A_TEXT = {"entry.html": "entry", "letter.html": "letter", "note.html": "note"}  # what each shows
_TAG = re.compile(r"\{%[-+]?\s*(?:include|extends|import|from)\s+(.*?)%\}", re.DOTALL)
_NAME = re.compile(r"""(["'])([^"'\\]+)\1(?:\s+(?:import|as|with|without|ignore)\b[^\[]*)?\s*[-+]?$""")


class Theme:
    """A theme, ready to render pages of one site.

    Args:
        folders: Its folders, each with `templates/` and `static/`; the first that has a file wins.
        base_url: Where the site is served.
        disclaimer: What must stand on every page.
        cache: Where compiled templates of the newsletter's own are kept; None: nowhere.
    """

    def __init__(self, folders: tuple[Path, ...], base_url: str, disclaimer: str, cache: Path | None = None) -> None:
        self._base_url, self._base_path = base_url, urlsplit(base_url).path
        self._disclaimer = str(Markup.escape(disclaimer))
        self.assets = {name: (_public_name(name, data), data) for name, data in _files(folders, "static").items()}
        self._sources = _files(folders, "templates")
        self.asset_input = input_of("asset", "names", {name: public for name, (public, _) in self.assets.items()})
        self._folders, self._cache = folders, cache

    @cached_property
    def _templates(self) -> Templates:
        return Templates(
            {folder / "templates": self._compiled(folder) for folder in self._folders},
            functions={"path": self.link, "url": self.permalink, "asset": self.asset},
            filters={"long_date": long_date, "machine_date": render_instant, "count": "{:,}".format},
        )

    def _compiled(self, folder: Path) -> Path | None:
        """Tell where what is compiled of a folder is kept: a newsletter's own theme is no part of the program."""
        return with_program(self._cache) if folder.parent in {_PACKAGED, _CHECKOUT} else self._cache

    def _named(self, place: str) -> str:
        """Name a template's line as messages do: by its path in the newsletter, unless it is the package's."""
        for folder in self._folders:
            if place.startswith(f"{folder}/"):
                path = place.removeprefix(f"{folder}/")
                is_ours = folder.parent in {_PACKAGED, _CHECKOUT}
                return f"{path} of the packaged theme {folder.name}" if is_ours else f"themes/{folder.name}/{path}"
        return place

    def _file_of(self, template: str) -> str:
        """Name a template's file as messages do."""
        files = [folder / "templates" / template for folder in self._folders]
        return self._named(str(next(path for path in files if path.is_file())))

    @cached_property
    def template_inputs(self) -> dict[str, Input]:
        """Declare each template with all that it includes, extends or imports, by its name."""
        used = {name: _used(source.decode("utf-8", "replace")) for name, source in self._sources.items()}
        return {name: input_of("template", name, self._with_parts(name, used)) for name in used}

    def _with_parts(self, name: str, used: Mapping[str, set[str] | None]) -> list[list[str]]:
        """Collect a template and its parts, each with its digest; all there are, if one is chosen while rendering."""
        parts, waiting = {name}, [name]
        while waiting:
            found = used.get(waiting.pop(), set())
            found = set(used) if found is None else found
            waiting += found - parts
            parts |= found
        return [[part, digest(self._sources.get(part, b""))] for part in sorted(parts)]

    def link(self, route: str) -> str:
        """Turn a route into a link from any page of the site."""
        return self._base_path + route[1:]

    def permalink(self, route: str) -> str:
        """Turn a route into an absolute address, for what readers copy or machines follow."""
        return self._base_url + route[1:]

    def asset(self, name: str) -> str:
        """Link to a static file by its name in the theme.

        Raises:
            ValueError: There is no such file; `render` says in which line of a template it was wanted.
        """
        if name not in self.assets:
            message = f"the theme has no static file {name!r}"
            raise ValueError(message)
        return self.link(f"/assets/{self.assets[name][0]}")

    def render(self, template: str, context: Mapping[str, Any]) -> bytes:
        """Render an HTML page.

        Raises:
            ThemeError: The template fails.
            BuildError: The page lacks the disclaimer, or the text that it is for.
        """
        try:
            page = self._templates.render(template, context)
        except ThemeError as error:
            raise ThemeError(
                *(msgspec.structs.replace(p, where=self._named(p.where)) for p in error.problems)
            ) from None
        if self._disclaimer not in page:
            what = "the page lacks the disclaimer"
            raise BuildError(
                Problem(what, self._file_of(template), fix="Print {{ site.disclaimer }} on every page, whole.")
            )
        if (name := _OF_A_TEXT.get(template)) and context[name].html not in page:
            raise BuildError(
                Problem(
                    "the page lacks its text", self._file_of(template), fix=f"Print {{{{ {name}.html }}}}, as it is."
                )
            )
        raw = page.encode("utf-8", "surrogatepass")
        return raw if are_plain(raw) else shown(page).encode()


class PictureStyle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[picture]` of `theme.toml`: how a shared link's picture looks. It is not inherited."""

    font: str  # a file of `pictures/`: TrueType, OpenType or WOFF2
    characters: Ranges  # those that the font has, as in a style sheet's `unicode-range`
    paper: Colour
    ink: Colour
    quiet: Colour
    accent: Colour


class ThemeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`theme.toml`: what a theme says of itself."""

    name: str  # its folder's
    title: str = ""
    author: str = ""
    license: str = ""
    inherits: str = ""  # the theme that has what this one leaves out; empty: it stands alone
    picture: PictureStyle | None = None


def find_theme(root: Path, name: str) -> tuple[Path, ...]:
    """Find a theme's folders: the newsletter's own first, then the package's, then those of the theme it inherits.

    Raises:
        ThemeError: There is none of that name, its theme.toml is broken, or themes inherit from one another in a ring.
    """
    folders: list[Path] = []
    names: list[str] = []
    while name:
        if name in names:
            what = f"these themes inherit from one another: {', '.join(names)}"
            raise ThemeError(Problem(what, f"themes/{names[-1]}/theme.toml", fix="Let one of them stand alone."))
        found = _folders(root, name)
        if not found:
            where, fix = f"themes/{name}/", "See [site] theme in corner.toml."
            if names:
                where, fix = f"themes/{names[-1]}/theme.toml", "See inherits in it."
            raise ThemeError(Problem(f"there is no theme {name!r}", where, fix=fix))
        names.append(name)
        folders += found
        name = _settings(name, found).inherits
    if not any((folder / "templates").is_dir() for folder in folders):
        what, where = f"there is no theme {names[0]!r}", f"themes/{names[0]}/"
        raise ThemeError(Problem(what, where, fix="See [site] theme in corner.toml."))
    return tuple(folders)


def settings_of(root: Path, name: str) -> ThemeSettings:
    """Read what a theme says of itself.

    Raises:
        ThemeError: Its theme.toml is broken.
    """
    return _settings(name, _folders(root, name))


def _folders(root: Path, name: str) -> tuple[Path, ...]:
    packaged = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    folders = (root / "themes" / name, packaged / name)
    return tuple(dict.fromkeys(folder for folder in folders if folder.is_dir()))


def _settings(name: str, folders: tuple[Path, ...]) -> ThemeSettings:
    """Read what a theme says of itself: the first `theme.toml` counts; a theme may do without."""
    path = next((folder / "theme.toml" for folder in folders if (folder / "theme.toml").is_file()), None)
    if path is None:
        return ThemeSettings(name)
    where = f"themes/{name}/theme.toml"
    try:
        return parse_toml(path.read_bytes().decode(), ThemeSettings, where)
    except UnicodeDecodeError as error:
        raise ThemeError(Problem(f"not UTF-8 at byte {error.start}", where, fix="Save the file as UTF-8.")) from None
    except ConfigError as error:
        raise ThemeError(*error.problems) from None


def long_date(date: dt.date) -> str:
    """Write a date in words: `25 November 2026`. By hand, since strftime would ask the locale."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _used(source: str) -> set[str] | None:
    """List the templates that a template names; None if it does not name them all."""
    names: set[str] = set()
    for argument in _TAG.findall(source):
        named = _NAME.match(argument)
        if named is None:
            return None
        names.add(named[2])
    return names


def _files(folders: tuple[Path, ...], part: str) -> dict[str, bytes]:
    """Read all files of a part of the theme, by name: `style.css`, or `parts/line.html` of a subfolder.

    Raises:
        ThemeError: A name is none that addresses and lists of files can have.
    """
    found: dict[str, bytes] = {}
    for folder in reversed(folders):
        for place, _, names in os.walk(folder / part, followlinks=True):
            for path in (Path(place, name) for name in names):
                name = path.relative_to(folder / part).as_posix()
                if not path.is_file() or is_hidden(name):
                    continue
                if not is_title(name) or "\\" in name:
                    where, expected = (
                        f"themes/{folder.name}/{part}/",
                        "one line of UTF-8, no control sign, no backslash",
                    )
                    raise ThemeError(Problem("a file's name cannot be kept", where, expected, repr(name), "Rename it."))
                found[name] = path.read_bytes()
    return dict(sorted(found.items()))


def _public_name(name: str, data: bytes) -> str:
    """Put the digest into the names of style sheets and scripts, so that browsers may keep them for ever.

    Others keep their names, since style sheets refer to fonts by name.
    """
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{digest(data)[7 : 7 + _HASH_DIGITS]}.{suffix}" if dot + suffix in _HASHED else name
