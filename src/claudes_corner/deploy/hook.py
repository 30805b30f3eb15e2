"""Runs a command of the newsletter's, and tells it something: which addresses changed, or why editors are wanted.

No shell, no waiting for ever; what it must know comes on its standard input and in its environment. Knows nothing of
sites and drafts.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from claudes_corner.errors import DeployError, Problem, said_by

SECONDS = 60


def missing_program(line: str, *, where: str, root: Path, environ: Mapping[str, str]) -> Problem | None:
    """Say it if a command cannot even be started, as `run_hook` would find; nothing is run."""
    program = next(iter(shlex.split(line)), "")
    named = str(root / program) if "/" in program else program
    if shutil.which(named, path=environ.get("PATH")):
        return None
    fix = "Install it, or write where it is."
    return Problem("the command cannot be run: no such program", where, found=line, fix=fix)


def run_hook(
    line: str, given: str, facts: Mapping[str, str], *, where: str, root: Path, environ: Mapping[str, str]
) -> None:
    """Run a command to its end.

    It runs in the newsletter's folder, with `given` on its standard input, and `facts` beside the environment's
    variables.

    Raises:
        DeployError: It cannot be run, failed, or did not end in time.
    """
    if not (command := shlex.split(line)):
        raise DeployError(Problem("the command is blank", where, fix="Write one, or leave the line out."))
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env={**environ, **facts},
            input=given.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        what = f"the command did not end in {SECONDS} s"
    except OSError as error:
        what = f"the command cannot be run: {said_by(error)}"
    else:
        if not done.returncode:
            return
        words = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        what = f"the command failed with exit code {done.returncode}" + (f": {words}" if words else "")
    raise DeployError(Problem(what, where, found=line, fix="It is told again the next time.")) from None
