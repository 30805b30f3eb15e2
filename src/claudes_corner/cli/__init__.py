"""The commands: one small file each, which wires the rooms together.

The only place that reads the clock and the environment, prints, and exits. `corner build`, which scripts call again and
again, does without click: its import takes longer than to see that nothing changed.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from claudes_corner.cli.session import INTERRUPTED, Session, exit_code_of, here, problems_of, say, say_problems

OUR_BUG = 3
_RARELY = (200_000, 50, 1_000)  # commands make much that stays, and are over soon: looking for what does not costs more


def main(args: Sequence[str] | None = None) -> None:
    """Run `corner` and exit: 0 done · 1 refused or failed, explained · 2 usage · 3 our bug · 130 interrupted."""
    _open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows few letters is no reason to fail
    code = run(args)
    gc.freeze()  # all that is left goes with the process: at its end, nobody need look for garbage in it
    sys.exit(code)


def _open_closed_streams() -> None:
    """Let streams that were closed (`2>&-`) lead nowhere: no file of ours may get their number, and what is said."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode, errors="backslashreplace")  # noqa: SIM115  (until the process ends)
            setattr(sys, name, nowhere)  # in this order, each gets its own number


def run(args: Sequence[str] | None = None) -> int:
    """Run `corner` and return its exit code."""
    gc.set_threshold(*_RARELY)
    args = sys.argv[1:] if args is None else args
    try:
        if folder := _folder_of_build(args):
            return _build(folder)
        from claudes_corner.cli.commands import call

        return call(args)
    except KeyboardInterrupt:
        say("\ninterrupted", err=True)  # below what is typed, as click says it
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the one place: what is no explained refusal is a bug of ours, shown whole)
        return _explain(error)


def _folder_of_build(args: Sequence[str]) -> Path | None:
    """Tell the folder of a `corner build` without options, or with -C alone, as `build.py` calls it; else None."""
    match args:
        case ["build"]:
            return here()
        case ["-C", folder, "build"] if os.path.isdir(folder):  # noqa: PTH112  (no Path: "" is none, and not this folder)
            return Path(folder).resolve()
    return None


def _build(folder: Path) -> int:
    from claudes_corner.cli.building import build_if_needed

    session = Session()
    session.directory = folder
    build_if_needed(session)
    return 0


def _explain(error: Exception) -> int:
    if problems := problems_of(error):
        say_problems(problems)
        return exit_code_of(error)
    import traceback

    from claudes_corner import __version__

    traceback.print_exception(error)
    say(f"\ncorner {__version__}: this is a bug of ours; please report it with the lines above.", err=True)
    return OUR_BUG
