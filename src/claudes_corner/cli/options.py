"""What commands take: the options that all or several share, and how what is typed is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from claudes_corner.cli.session import Session, here

YEAR_DAYS = 366


def _set_directory(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.find_object(Session).directory = value.resolve()  # type: ignore[union-attr]


def _set_now(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        import datetime as dt

        from claudes_corner.schedule import parse_instant

        year = dt.timedelta(days=YEAR_DAYS)
        try:
            now = parse_instant(value).replace(microsecond=0)
            _ = now - year, now + year  # the calendar must have slots around it
            ctx.find_object(Session).fixed_now = now  # type: ignore[union-attr]
        except (ValueError, OverflowError):
            raise click.BadParameter(f"{value!r} is not an RFC 3339 instant such as 2026-11-25T09:00:00Z") from None


def _set_by(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    ctx.find_object(Session).by = value  # type: ignore[union-attr]


by_option = click.option(
    "--by",
    metavar="EDITOR",
    expose_value=False,
    callback=_set_by,
    help="Who decides; else the only editor, or the one with git's e-mail.",
)
_FOLDER = click.option(
    "-C",
    "directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    expose_value=False,
    is_eager=True,  # before any `PathThere`, wherever it stands
    callback=_set_directory,
    help="Work in this folder's newsletter.",
)
_CLOCK = click.option(
    "--now",
    metavar="TIME",
    expose_value=False,
    callback=_set_now,
    help="Let this RFC 3339 instant stand for the clock.",
)


class Whole(click.IntRange):
    """A whole number from one to another; what is none is refused in words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is no whole number from {self.min} to {self.max}", param, ctx)


PORT = Whole(0, 65535)


class _There(click.ParamType):  # type: ignore[type-arg]  # not all versions take any
    """What is named begins in the folder that -C names, as with git and make."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Find what a path that was typed stands for; a dash is no path."""
        folder = (ctx or click.get_current_context()).find_object(Session).directory  # type: ignore[union-attr]
        return super().convert(value if value == "-" or folder == here() else folder / value, param, ctx)


class PathThere(_There, click.Path):
    """A path."""


class FileThere(_There, click.File):
    """A file to be read."""


def shared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command its session, and give it the options that all have: -C, the folder, and --now, the clock.

    What is typed must be UTF-8: of bytes that are not, Python makes halves of characters, which no file can keep.
    """

    @click.pass_obj
    @wraps(function)
    def checked(session: Session, /, **params: Any) -> Any:
        """Run the command, if all that was typed is UTF-8."""
        for value in params.values():
            for text in value if isinstance(value, tuple) else (value,):
                try:
                    _ = text.encode() if isinstance(text, str) else b""
                except UnicodeEncodeError:
                    raise click.UsageError(f"{text!r} is not UTF-8") from None
        return function(session, **params)

    return _FOLDER(_CLOCK(checked))


json_option = click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
