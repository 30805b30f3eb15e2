"""Whatever fails under a command, and whoever comes between, the next command puts it right. `make torture` has all of it.

A disk fails at some of each command's changes, in the ways that `fault_shim` lists; what the law is, `crash_law` says.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from crash_law import DECISIONS
from fault_server import FaultServer
from rounds import KEY
from torture import answer

SECONDS = 300
PAIRS = [f"{one}@{other}" for one, other in product((*DECISIONS, "publish"), repeat=2)]


def law(folder: Path, step: int, *names: str, url: str = "") -> list[dict[str, object]]:
    """Let the law judge commands; return what it says."""
    path = os.pathsep.join([*sys.path, str(Path(__file__).parent)])
    environ = {**os.environ, "PYTHONPATH": path, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": url}
    command = [sys.executable, "-B", Path(__file__).with_name("crash_law.py"), folder, str(step), *names]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.long
@pytest.mark.parametrize(
    ("step", "names"),
    [
        (23, tuple(DECISIONS)),
        (41, ("publish", "build")),
        (97, ("build elsewhere", "init", "init under git", "export", "import", "import markdown")),
        (37, ("generate", "letter")),
        (163, ("letter write", "letter publish", "key", "approve under git", "deploy", "week")),
    ],
)
def test_after_any_fault_the_next_command_rolls_forward_and_the_same_one_ends_as_if_nothing_had_happened(
    tmp_path: Path, step: int, names: tuple[str, ...]
) -> None:
    with FaultServer() as server:
        server.otherwise = answer
        found = law(tmp_path, step, *names, url=server.url)
    assert [line["command"] for line in found] == list(names)
    assert {line["command"]: line["failures"] for line in found if line["failures"]} == {}
    assert all(line["faults"] for line in found)


@pytest.mark.long
def test_of_two_commands_at_once_the_second_is_as_if_the_first_had_ended_before_it_began(tmp_path: Path) -> None:
    """Even if it had read everything before: what it then may not do is refused in the same words."""
    found = law(tmp_path, 1, *PAIRS[::7])
    assert {line["command"]: line["failures"] for line in found if line["failures"]} == {}
