"""`make torture`: the law of crashes at every system call that changes a file, with the faults of `strace`.

    python tests/torture.py [STEP [NAME …]]    every STEP-th fault (1: all of them) of these commands (all)

In a copy of a newsletter, each command runs in a child that strace holds. A first run lists its system calls; then, for
each one that changes a file of the newsletter, another run has that call fail with ENOSPC, EIO and EACCES, and a last
one is killed at it. What must hold after that is what `crash_law` says. Linux only.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import crash_law
import fault_server
import keys
from crash_law import CALLING, COMMANDS, SETUP, Ended, broken, copies, essence
from fault_server import FaultServer, Wire

CALLS = (
    *("openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat"),
    *("mkdir", "mkdirat", "rmdir", "ftruncate", "truncate", "symlink", "link", "copy_file_range", "sendfile"),
)
FAULTS = ("error=ENOSPC", "error=EIO", "error=EACCES", "signal=KILL")
_LINE = re.compile(r"(?P<process>\d+) +(?P<call>\w+)\((?P<rest>.*)")
_ANY_TRACER = (0x59616D61, ctypes.c_ulong(-1))  # prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY)
_FSYNC = os.fsync


def traced(root: Path, name: str, log: Path, *options: str) -> Ended:
    """Run a command in a child that strace holds from before its first line to its end."""
    heard, resume = os.pipe()

    def prepare() -> SimpleNamespace:
        ctypes.CDLL(None).prctl(*_ANY_TRACER)
        os.fsync = _FSYNC
        os.read(heard, 1)
        return SimpleNamespace(changes=0)  # no disk of ours: it would read, and each call counts

    child, out = crash_law.start(root, name, prepare)
    command = ["strace", "-f", "-y", "-s", "0", "-o", str(log), *options, "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        for line in strace.stderr or ():
            if "attached" in line:
                break
        else:
            sys.exit("strace cannot attach: it needs the right to trace (in a container: --cap-add SYS_PTRACE)")
        os.write(resume, b"!")
        ended = crash_law.wait(child, out)
        strace.communicate()
    for descriptor in (heard, resume):
        os.close(descriptor)
    return ended


def changes(log: str, root: Path) -> list[tuple[str, int]]:
    """List the calls that change a file of the newsletter: the call's name, and which one of that name it is.

    Each process counts for itself, and so does strace: of a program that ours calls, the same one fails as of ours.
    """
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, int], None] = {}
    for line in filter(None, map(_LINE.match, log.splitlines())):
        call, rest = line["call"], line["rest"]
        seen[line["process"], call] += 1
        is_change = call != "openat" or re.search(r"O_(WRONLY|RDWR|CREAT)", rest)
        if is_change and f"{root}/" in rest and "EEXIST" not in rest and "ENOENT" not in rest:
            found[call, seen[line["process"], call]] = None
    return list(found)


def torture(base: Path, name: str, step: int) -> tuple[int, list[str]]:
    """Let the calls of a command fail; return how many faults there were, and what did not survive."""
    roots, log = copies(base), base.with_name("strace.log")
    root = next(roots)
    trace = f"trace={','.join(CALLS)}"
    whole = traced(root, name, log, "-e", trace)
    if whole.code:
        sys.exit(f"{name}: {whole.said}")
    wanted, failures = essence(root, name), []
    faults = list(product(changes(log.read_text(), root), FAULTS))[::step]
    for (call, number), fault in faults:
        root = next(roots)
        ended = traced(root, name, log, "-e", trace, "-e", f"inject={call}:{fault}:when={number}")
        is_told = ended.code in {0, 1} and "Traceback" not in ended.said
        if "KILL" in fault and "+++ killed by SIGKILL" in log.read_text():  # else there were fewer such calls this time
            is_told = ended.code == -9 or (is_told and name in CALLING)
        what = broken(root, name, wanted) if is_told else f"ended with {ended.code}: {ended.said}"
        if what:
            failures.append(f"{call} no. {number}, {fault}: {what}")
    return len(faults), failures


def answer(wire: Wire) -> None:
    """Write an essay, or give it a title."""
    said = json.dumps(wire.received.body["messages"])
    fault_server.answer("On tides" if "title of this essay" in said else crash_law.ANSWER)(wire)


def main(step: int = 1, *names: str) -> int:
    """Torture commands; print a line for each. Returns the exit code."""
    os.fsync = lambda _: None  # but for the children's
    importlib.import_module("anthropic")  # it takes a second: once, not in each child
    totals = Counter[str]()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        keys.make_key(folder / "key" / "key")
        with FaultServer() as server:
            server.otherwise = answer
            os.environ |= {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": server.url}
            for name in names or tuple(name for name in COMMANDS if name not in SETUP):
                faults, failures = torture(crash_law.base_of(folder, name), name, step)
                totals += Counter(faults=faults, survived=faults - len(failures))
                print(f"{name:24} {faults:5} faults  {faults - len(failures):5} survived", flush=True)
                print(*(f"    {failure}" for failure in failures), sep="\n", end="\n" if failures else "")
    print(f"{'in all':24} {totals['faults']:5} faults  {totals['survived']:5} survived")
    return int(totals["faults"] > totals["survived"])


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2]), *sys.argv[2:]))
