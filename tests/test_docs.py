"""What README says of commands and modes is what they are, and its examples work as they stand there."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

import fault_server as faults
from claudes_corner.cli import commands
from claudes_corner.cli.session import Session
from claudes_corner.generation.modes import MODES
from claudes_corner.site import listings, lists, pages
from commands import corner
from fault_server import FaultServer, Wire

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_CORNER = re.compile(r"(?:\S*/)?corner ")


def rows(head: str) -> list[tuple[str, str]]:
    """Read a Markdown table of two columns by the head of its first."""
    table = README.partition(f"\n| {head} |")[2].partition("\n\n")[0]
    found = [line.strip("|").split("|", 1) for line in table.splitlines()[2:]]
    return [(first.strip(), second.strip()) for first, second in found]


COMMANDS = [(re.fullmatch(r"`(corner .+)`", first)[1], second) for first, second in rows("command")]  # type: ignore[index]
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
LINES = [line.partition("  #")[0].strip() for block in BLOCKS for line in block.splitlines()]
EXAMPLES = [line for line in LINES if _CORNER.match(line)]


def parse(line: str) -> click.Context:
    """Parse a command line as `corner` does, and run nothing."""
    words = shlex.split(line)[1:]
    if "-C" in words:  # the folder that the example made before
        Path(words[words.index("-C") + 1]).mkdir(exist_ok=True)
    context = commands.corner.make_context("corner", words, obj=Session())
    name, command, rest = commands.corner.resolve_command(context, [*context._protected_args, *context.args])
    assert command is not None
    return command.make_context(name, rest, parent=context)


def test_the_list_of_commands_is_the_one_of_help() -> None:
    helped = [line.split()[0] for line in corner("--help").out.partition("Commands:\n")[2].splitlines()]

    assert [line.split()[1] for line, _ in COMMANDS] == helped


@pytest.mark.parametrize("line", [*[line for line, _ in COMMANDS], *EXAMPLES])
def test_every_command_line_parses(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert parse(line).info_name in commands.COMMANDS


@pytest.mark.parametrize(("line", "does"), COMMANDS, ids=[line.split()[1] for line, _ in COMMANDS])
def test_every_option_that_is_named_is_there_and_takes_what_it_is_said_to_take(line: str, does: str) -> None:
    command = commands.corner.get_command(click.Context(commands.corner), line.split()[1])
    assert command
    known = {name: option for option in command.params if isinstance(option, click.Option) for name in option.opts}

    for name, value in re.findall(r"(?<!\w)(--[a-z-]+)(?: ([A-Z]+))?", f"{line} {does}"):
        assert name in known
        assert known[name].is_flag == (not value), name


def test_the_options_of_all_commands_are_the_ones_named() -> None:
    shared = {name for option in commands.corner.params for name in option.opts if option.name in {"directory", "now"}}

    assert shared == {"-C", "--now"}
    assert "All take `-C DIR`, the newsletter's folder, and `--now TIME`" in README


def test_make_install_ends_with_what_readme_types_next() -> None:
    done = ("make", "-s", "-o", ".venv/.installed-demo", "install")  # as if all were installed already

    said = subprocess.run(done, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    activate, init = said.splitlines()[-1].partition("Next: ")[2].split(" && ")
    assert f"make install && {activate}" in LINES
    assert init in LINES


def test_the_list_of_modes_is_the_one_there_is() -> None:
    assert [first.strip("`") for first, _ in rows("mode")] == list(MODES)


def test_the_theme_guide_says_how_long_the_lists_of_a_site_are() -> None:
    guide = (Path(__file__).parents[1] / "docs/themes.md").read_text("utf-8")
    words = {3: "three", 10: "ten"}
    assert f"the {words[pages.RECENT]}\nbefore it and {words[pages.RECENT_NOTES]} notes" in guide
    assert f"The archive of at most {listings.WHOLE_ARCHIVE} entries lists them all" in guide
    assert f"at most {2 * lists.SHEET - 1}; older ones stand on sheets of {lists.SHEET}" in guide


def _author(wire: Wire) -> None:
    """Choose `minimal` when asked to choose a mode; else write."""
    chooses = b"Answer with exactly one of these lines" in wire.received.raw
    faults.answer("mode: minimal" if chooses else "# Tides\n\nThe tide comes back.")(wire)


def test_the_example_of_a_newsletter_of_ones_own_works_as_it_stands_there(
    tmp_path: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = [line for line in EXAMPLES if "my-letter" in line]
    typed = {"review": "a\n\n\n2026-11-18\n\nn\nn\nn\n"}
    server.otherwise = _author

    for line in examples:
        words = shlex.split(line)[1:]
        said = corner("--now", "2026-11-22T18:00:00Z", *words, typed=typed.get(words[-1], ""))
        assert said.code == 0, (line, said)

    assert [line.split()[-1] for line in examples] == ["my-letter", "generate", "review", "build"]
    assert "Tides" in (tmp_path / "my-letter" / "site" / "index.html").read_text()
