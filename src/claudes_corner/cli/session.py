"""What every command needs to know of the world: the folder, the clock, the environment, who is at the keyboard.

Every call pays for what is imported here, so that is only what every call needs: no click, which `options.py` is for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    from claudes_corner.errors import Problem
    from claudes_corner.workspace import Workspace

GIT_SECONDS = 5
FAILED, INTERRUPTED = 1, 130  # exit codes
# Packages that not everybody installs, and the extra that has them.
EXTRAS = {
    "boto3": "deploy",
    "feedparser": "sources",
    "readability": "sources",
    "xllamacpp": "embedded",
    "starlette": "desk",
    "uvicorn": "desk",
}


class Session:
    """One call of `corner`."""

    def __init__(self) -> None:
        self.directory = here()
        self.fixed_now: dt.datetime | None = None
        self.by: str | None = None  # the editor who is named
        self.environ: Mapping[str, str] = os.environ

    def now(self) -> dt.datetime:
        """Tell the instant now, to the second: the clock's, or the one given by --now."""
        import datetime as dt

        return self.fixed_now or dt.datetime.now(dt.UTC).replace(microsecond=0)

    @cached_property
    def workspace(self) -> Workspace:
        """The newsletter of this folder."""
        from claudes_corner.workspace import Workspace

        return Workspace.find(self.directory)

    @cached_property
    def editor(self) -> str:
        """Who decides: `--by`, the only editor, or the one with git's e-mail."""
        from claudes_corner.review.decisions import pick_editor  # not for those who only read

        self.question_clock()  # whoever decides writes
        config = self.workspace.config
        if self.by is not None or len(config.editors) == 1:
            return pick_editor(config, self.by)
        editor = pick_editor(config, None, self.git("user.email"))
        say(f"by {editor}, whose e-mail git has", err=True)
        return editor

    def question_clock(self) -> None:
        """Say it if --now puts on record what cannot have been then: beyond the clock, or before the last record."""
        if self.fixed_now is None:
            return
        import datetime as dt

        from claudes_corner.schedule import MOMENT, parse_instant, render_instant

        said, last = render_instant(self.fixed_now), self.workspace.ledger().records[-1:]
        if self.fixed_now > dt.datetime.now(dt.UTC):
            say(f"corner: --now is beyond this machine's clock: the record will say {said}", err=True)
        elif last and parse_instant(last[0].at) - self.fixed_now > MOMENT:
            say(f"corner: --now is before the last record, of {last[0].at}: the record will say {said}", err=True)

    def of(self, workspace: Workspace) -> Session:
        """Make the same call for another state of the newsletter, as the desk does when settings change."""
        other = copy(self)
        other.workspace = workspace
        return other

    def git(self, key: str) -> str:
        """Tell what git's config says of a key, such as `user.email`; empty if nothing."""
        import subprocess

        try:
            command = ["git", "-C", str(self.directory), "config", "--get", key]
            found = subprocess.run(command, capture_output=True, timeout=GIT_SECONDS, check=False).stdout
            return found.decode().strip()
        except (OSError, UnicodeDecodeError, subprocess.TimeoutExpired):
            return ""


def here() -> Path:
    """Tell the folder that this process is in.

    Raises:
        WorkspaceError: Somebody has removed it.
    """
    try:
        return Path.cwd()
    except FileNotFoundError:
        from claudes_corner.errors import Problem, WorkspaceError

        fix = "Go to another, or into it anew if it was made again."
        raise WorkspaceError(Problem("the folder that you are in is gone", fix=fix)) from None


def at_terminal() -> bool:
    """Answer whether somebody is there who sees a question, and can answer it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Draw a bar where somebody sees it; yield what is to be told how many of how many are done."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    import click  # takes as long to import as a small site takes to build

    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield tell


def say(line: str, *, err: bool = False) -> None:
    """Print a line at once, where answers go or where what is beside them goes."""
    print(line, file=sys.stderr if err else sys.stdout, flush=True)


def as_json(value: Any) -> None:
    """Print a command's answer as one JSON object, which has escapes of its own for what only UTF-8 can say."""
    import json

    import msgspec

    is_utf8 = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    say(json.dumps(msgspec.to_builtins(value), ensure_ascii=not is_utf8, indent=2))


def problems_of(error: Exception) -> tuple[Problem, ...]:
    """Tell what an error says that is explained: ours, the system's, a lack of a package; nothing, if it is a bug."""
    from claudes_corner.errors import CornerError, Problem, remedy, said_by  # not for those who succeed

    if isinstance(error, OSError):
        where = str(error.filename or "")
        with suppress(CornerError):  # this folder may be gone by now
            where = where.removeprefix(f"{here()}/")
        return (Problem(said_by(error), where, fix=remedy(error)),)
    if isinstance(error, ModuleNotFoundError) and (extra := EXTRAS.get(error.name or "")):
        return (Problem(f"this needs {error.name}", fix=f"Run: pip install 'claudes-corner[{extra}]'"),)
    return error.problems if isinstance(error, CornerError) else ()


def exit_code_of(error: Exception) -> int:
    """Tell the exit code of a call that ended in an explained error."""
    return getattr(error, "exit_code", FAILED)


def say_problems(problems: tuple[Problem, ...]) -> None:
    """Print problems as every command does."""
    for problem in problems:
        say(f"corner: {problem}", err=True)
