"""Templates: a theme's pages, and the prompts of modes.

Owns how they are rendered: an undefined name is an error everywhere, and pages escape what they print. Its third-party
import is jinja2 (with markupsafe, a part of it). Knows no newsletter.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from claudes_corner.errors import ConfigError, Problem, ThemeError, one_of, suggest

if TYPE_CHECKING:
    from claudes_corner.templating.environment import MissingNameError

__all__ = ["Markup", "Templates", "is_hidden", "render_prompt", "strip_tags", "with_program"]
_A_TEMPLATES_MISTAKES = (
    *(TypeError, ValueError, AttributeError, LookupError, ArithmeticError),
    *(RecursionError, MemoryError, SyntaxError),  # too deep for Python, where Jinja2 takes it
)


class Templates:
    """A theme's templates.

    Args:
        folders: Where they are, and where what is compiled of them is kept, or None; the first that has one wins. What
            is kept may be deleted at any time.
        functions: What they may call.
        filters: What they may put values through.
    """

    def __init__(
        self,
        folders: Mapping[Path, Path | None],
        *,
        functions: Mapping[str, Callable[..., Any]],
        filters: Mapping[str, Callable[..., Any]],
    ) -> None:
        from claudes_corner.templating.environment import Environment  # nothing needs it where nothing is stale

        self._environment = Environment(folders, functions, filters)

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """Render a template.

        Raises:
            ThemeError: The template is missing or broken, uses a name that its context lacks, or cannot do
                what it wants to; with its file and line.
        """
        import jinja2

        from claudes_corner.templating.environment import MissingNameError

        try:
            return self._environment.get_template(name).render(context)
        except jinja2.TemplateNotFound as error:
            raise ThemeError(Problem(f"the theme has no template {error.name!r}")) from None
        except jinja2.TemplateSyntaxError as error:
            raise ThemeError(Problem(error.message or "syntax error", f"{error.filename}:{error.lineno}")) from None
        except MissingNameError as error:
            raise ThemeError(_missing(error, *_place(error, name))) from None
        except (jinja2.TemplateError, *_A_TEMPLATES_MISTAKES) as error:
            raise ThemeError(Problem(_said(error), _place(error, name)[0])) from None


def is_hidden(name: str) -> bool:
    """Answer whether a file of a theme counts for nothing, by its name or that of a folder on the way to it.

    It begins with a dot, or is Python's cache: as `signature_tree` has it.
    """
    return any(part.startswith(".") or part == "__pycache__" for part in name.split("/"))


def with_program(otherwise: Path | None) -> Path | None:
    """Tell where what is compiled of the program's own templates is kept: where Python keeps its modules, if it may."""
    compiled = Path(str(sys.modules[__name__].__spec__.cached)).parent  # type: ignore[union-attr]
    return compiled if not sys.dont_write_bytecode and os.access(compiled, os.W_OK) else otherwise


def render_prompt(template: str, context: Mapping[str, Any], *, where: str) -> str:
    """Render a mode's prompt; nothing is escaped, since an author reads plain text.

    Raises:
        ConfigError: It is broken, uses a name that the context lacks, or cannot do what it wants to.
    """
    if "{" not in template and "\r" not in template and not template.endswith("\n"):
        return template  # as most are: nothing in it means anything to Jinja2
    import jinja2

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
    try:
        return environment.from_string(template).render(context)
    except (jinja2.TemplateError, *_A_TEMPLATES_MISTAKES) as error:
        expected = one_of(context) if isinstance(error, jinja2.UndefinedError) else ""
        line, said = _line_of(error), getattr(error, "message", "") or _said(error)
        what = f"{f'line {line} of ' if line else ''}the prompt cannot be rendered: {said}"
        raise ConfigError(Problem(what, where, expected)) from None


def strip_tags(html: str) -> str:
    """Turn a scrap of HTML, such as a feed's summary, into plain text on one line."""
    return Markup(html).striptags()  # noqa: S704  (only its tags are stripped: it is never shown as HTML)


def _place(error: Exception, name: str) -> tuple[str, Mapping[str, Any]]:
    """Find the template's line in which an error arose (Jinja2 rewrites tracebacks to name it), and the names there."""
    found = ((frame, line) for frame, line in _frames(error) if frame.f_code.co_filename.endswith(".html"))
    return next(((f"{frame.f_code.co_filename}:{line}", frame.f_locals) for frame, line in found), (name, {}))


def _line_of(error: Exception) -> int:
    """Tell the line of a template without a file in which an error arose; 0 if Jinja2 does not know."""
    found = (line for frame, line in _frames(error) if frame.f_code.co_filename == "<template>")
    return next(found, 0) if isinstance(error, SyntaxError) else int(getattr(error, "lineno", 0)) or next(found, 0)


def _said(error: Exception) -> str:
    """Tell what an error says; if that is nothing, its name."""
    return (error.msg if isinstance(error, SyntaxError) else str(error)) or type(error).__name__


def _frames(error: Exception) -> list[tuple[FrameType, int]]:
    """List where an error arose, each with its line, the innermost first."""
    frames, traceback = [], error.__traceback__
    while traceback:
        frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames[::-1]


def _missing(error: MissingNameError, where: str, names: Mapping[str, Any]) -> Problem:
    """Say what a template uses that is not there, and which name was probably meant."""
    if not error.is_part:
        return Problem(f"there is no {error.name!r} here", where, fix=suggest(error.name, names))
    owner = error.owner
    called = next((name for name, value in names.items() if value is owner), type(owner).__name__)
    parts = owner if isinstance(owner, Mapping) else [part for part in dir(owner) if not part.startswith("_")]
    return Problem(f"{called} has no {error.name!r}", where, fix=suggest(error.name, map(str, parts)))
