"""`corner` and its commands, each imported when it is called: who only looks never pays for the author's SDK."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import click

from claudes_corner import __version__
from claudes_corner.cli.options import shared_options
from claudes_corner.cli.session import INTERRUPTED, Session, say

COMMANDS = (  # in the order of the work
    "init", "demo", "status", "doctor", "generate", "letter", "drafts", "show", "review", "desk", "approve",
    "veto", "set-aside", "restore", "retract", "publish", "change", "withdraw", "verify", "build", "serve",
    "deploy", "week", "key", "export", "import",
)  # fmt: skip


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


def call(args: Sequence[str]) -> int:
    """Do what was typed, and return the exit code; what no command explains is raised."""
    try:
        outcome = corner.main(args, prog_name="corner", standalone_mode=False, obj=Session())
    except click.UsageError as error:
        return _say_usage(error)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        say("interrupted", err=True)
        return INTERRUPTED
    return outcome if isinstance(outcome, int) else 0


def _say_usage(error: click.UsageError) -> int:
    """Say what is wrong with a call as all else is said: in one line. `corner` alone shows its help."""
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):  # of several that may be meant, click tells in brackets
        from claudes_corner.errors import suggest

        message = f"{error.message} {suggest(error.option_name, error.possibilities or ())}".rstrip()
    if not isinstance(error, click.exceptions.NoArgsIsHelpError):
        stop = "" if message.endswith((".", "?")) else "."
        path = error.ctx.command_path if error.ctx else "corner"
        message = f"corner: {message[:1].lower()}{message[1:]}{stop} See: {path} --help."
    say(message, err=True)
    return error.exit_code
