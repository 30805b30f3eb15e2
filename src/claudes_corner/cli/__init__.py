"""The commands: one small file each, which wires the rooms together.

The only place that reads the clock and the environment, prints, and exits. Commands are imported when they are called:
`corner build` never pays for the author's SDK.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence

import click

from claudes_corner import __version__
from claudes_corner.cli.session import INTERRUPTED, Session, problems_of, say_problems, shared_options

COMMANDS = (  # in the order of the work
    "init", "demo", "status", "doctor", "generate", "letter", "drafts", "show", "review", "desk", "approve",
    "veto", "set-aside", "restore", "retract", "publish", "change", "withdraw", "verify", "build", "serve",
    "deploy", "week", "key", "export", "import",
)  # fmt: skip
# Packages that not everybody installs, and the extra that has them.
EXTRAS = {
    "boto3": "deploy",
    "feedparser": "sources",
    "readability": "sources",
    "xllamacpp": "embedded",
    "starlette": "desk",
    "uvicorn": "desk",
}
OUR_BUG, FAILED = 3, 1
_RARELY = (200_000, 50, 1_000)  # commands make much that stays, and are over soon: looking for what does not costs more


class Commands(click.Group):
    """Loads a command's file when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the file of a command; each has its `command`."""
        if cmd_name not in COMMANDS:
            return None
        file = "import_" if cmd_name == "import" else cmd_name.replace("-", "_")  # `import` is a word of Python's
        command: click.Command = importlib.import_module(f"claudes_corner.cli.{file}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from claudes_corner.errors import Problem, one_of, suggest

            near = suggest(args[0], COMMANDS)
            expected = "" if near else one_of(COMMANDS)
            ctx.fail(str(Problem(f"no such command {args[0]!r}", expected=expected, fix=near)))
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="corner")
@shared_options
def corner(_session: Session) -> None:
    """Claude's Corner: essays by a language model, from prompt to page, with nothing edited and nothing hidden."""


def main(args: Sequence[str] | None = None) -> None:
    """Run `corner` and exit: 0 done · 1 refused or failed, explained · 2 usage · 3 our bug · 130 interrupted."""
    code = run(args)
    gc.freeze()  # all that is left goes with the process: at its end, nobody need look for garbage in it
    sys.exit(code)


def run(args: Sequence[str] | None = None) -> int:
    """Run `corner` and return its exit code."""
    gc.set_threshold(*_RARELY)
    try:
        outcome = corner.main(args, prog_name="corner", standalone_mode=False, obj=Session())
    except click.UsageError as error:
        return _say_usage(error)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the one place: what is no explained refusal is a bug of ours, shown whole)
        return _explain(error)
    return outcome if isinstance(outcome, int) else 0


def _explain(error: Exception) -> int:
    from claudes_corner.errors import CornerError, Problem  # not for those who succeed

    extra = EXTRAS.get(error.name or "") if isinstance(error, ModuleNotFoundError) else None
    if extra:
        fix = f"Run: pip install 'claudes-corner[{extra}]'"
        error = CornerError(Problem(f"this needs {error.name}", fix=fix))  # type: ignore[attr-defined]
    if problems := problems_of(error):
        say_problems(problems)
        return getattr(error, "exit_code", FAILED)
    import traceback

    traceback.print_exception(error)
    click.echo(f"\ncorner {__version__}: this is a bug of ours; please report it with the lines above.", err=True)
    return OUR_BUG


def _say_usage(error: click.UsageError) -> int:
    """Say what is wrong with a call as all else is said: in one line. `corner` alone shows its help."""
    message = error.format_message()
    if not isinstance(error, click.exceptions.NoArgsIsHelpError):
        stop = "" if message.endswith((".", "?")) else "."
        path = error.ctx.command_path if error.ctx else "corner"
        message = f"corner: {message[:1].lower()}{message[1:]}{stop} See: {path} --help."
    click.echo(message, err=True)
    return error.exit_code
