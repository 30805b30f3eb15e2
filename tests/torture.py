"""`make torture`: the law of crashes at every system call that changes a file, with the faults of `strace`.

    python tests/torture.py [STEP [NAME …]]                       every STEP-th fault (1: all) of these commands (all)
    python tests/torture.py 1 NAME:CALL:error=ERROR:when=NUMBER   the one fault that was told of in these words

In a copy of a newsletter, each command runs in a child that strace holds. A first run lists its system calls; then, for
each one that changes a file of the newsletter, another run has that call fail with ENOSPC, EIO and EACCES, and a last
one is killed at it. What must hold after that is what `crash_law` says. Linux only.

Each processor has a process that takes the next fault, on a newsletter of its own, in memory. All of it is bound to that
processor: strace stops its child at every call, and two that wait for each other are fastest where only one can run.
"""

from __future__ import annotations

import ctypes
import functools
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product, repeat
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import SimpleNamespace

import crash_law
import fault_server
import keys
import quick
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
_MEMORY = Path("/dev/shm")  # a disk's time is no part of the law


def traced(root: Path, name: str, *options: str) -> tuple[Ended, str]:
    """Run a command in a child that strace holds from before its first line to its end; return its end, and the log."""
    log = root.with_name("strace.log")
    heard, resume = os.pipe()

    def prepare() -> SimpleNamespace:
        ctypes.CDLL(None).prctl(*_ANY_TRACER)
        os.fsync = _FSYNC
        os.read(heard, 1)
        return SimpleNamespace(changes=0)  # no disk of ours: it would read, and each call counts

    child, out = crash_law.start(root, name, prepare)
    command = ["strace", "-f", "-s", "0", "-o", str(log), *options, "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        for line in strace.stderr or ():
            if "attached" in line:
                break
        else:
            os.kill(child, signal.SIGKILL)
            sys.exit("strace cannot attach: it needs the right to trace (in a container: --cap-add SYS_PTRACE)")
        os.write(resume, b"!")
        ended = crash_law.wait(child, out)
        strace.communicate()
    for descriptor in (heard, resume):
        os.close(descriptor)
    return ended, log.read_text()


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


@functools.cache
def newsletter(name: str) -> tuple[Iterator[Path], dict[str, bytes]]:
    """Make the newsletter of a command, in this process's folder; return its copies, and what each must become."""
    roots = copies(crash_law.base_of(Path.cwd(), name))
    root = next(roots)
    whole = crash_law.run(root, name)
    wanted = essence(root, name)
    if what := whole.said if whole.code else broken(root, name, wanted):
        sys.exit(f"{name}, without a fault: {what}")
    return roots, wanted


def faults_of(asked: str, step: int) -> tuple[str, list[str]]:
    """Tell a command and its faults, each as strace is told of it."""
    name, _, only = asked.partition(":")
    if only:
        return name, [only]
    root = next(newsletter(name)[0])
    ended, log = traced(root, name, "-y", "-e", f"trace={','.join(CALLS)}")
    if ended.code:
        sys.exit(f"{name}: {ended.said}")
    faults = [f"{call}:{fault}:when={number}" for (call, number), fault in product(changes(log, root), FAULTS)]
    return name, faults[::step]


def torture(name: str, fault: str) -> str:
    """Let one call of a command fail; return what then was not as it should be, if anything."""
    roots, wanted = newsletter(name)
    root = next(roots)
    ended, log = traced(root, name, "-e", f"trace={fault.partition(':')[0]}", "-e", f"inject={fault}")
    is_told = ended.code in {0, 1} and "Traceback" not in ended.said
    if "KILL" in fault and "+++ killed by SIGKILL" in log:  # else there were fewer such calls this time
        is_told = ended.code == -9 or (is_told and name in CALLING)
    return broken(root, name, wanted) if is_told else f"ended with {ended.code}: {ended.said}"


def answer(wire: Wire) -> None:
    """Write an essay, or give it a title."""
    said = json.dumps(wire.received.body["messages"])
    fault_server.answer("On tides" if "title of this essay" in said else crash_law.ANSWER)(wire)


def prepare(processors: SimpleQueue[int], folder: Path) -> None:
    """Make a process ready for faults: bound, in a folder of its own, with all imported that its children would import."""
    processor = processors.get()
    os.sched_setaffinity(0, {processor})
    keys.make_key(folder / str(processor) / "key" / "key")
    os.chdir(folder / str(processor))
    os.fsync = lambda _: None  # but for the children's
    quick.import_all()


def main(step: int = 1, *asked: str) -> int:
    """Torture commands; print a line for each. Returns the exit code."""
    began, totals = time.monotonic(), Counter[str]()
    names = asked or tuple(name for name in COMMANDS if name not in SETUP)
    forking, free = multiprocessing.get_context("fork"), sorted(os.sched_getaffinity(0))
    processors = forking.SimpleQueue()
    for processor in free:
        processors.put(processor)
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder, FaultServer() as server:
        server.otherwise = answer
        os.environ |= {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": server.url}
        pool = ProcessPoolExecutor(len(free), forking, prepare, (processors, Path(folder).resolve()))
        try:
            listed = list(pool.map(faults_of, names, repeat(step)))
            found = [pool.map(torture, repeat(name), faults) for name, faults in listed]
            for (name, faults), whats in zip(listed, found, strict=True):
                failures = [f"    {name}:{fault}: {what}" for fault, what in zip(faults, whats, strict=True) if what]
                totals += Counter(faults=len(faults), survived=len(faults) - len(failures))
                line = f"{name:24} {len(faults):5} faults  {len(faults) - len(failures):5} survived"
                print(line, *failures, sep="\n", flush=True)
        finally:
            pool.shutdown(cancel_futures=True)
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"{'in all':24} {totals['faults']:5} faults  {totals['survived']:5} survived  in {minutes} min {seconds} s")
    return int(totals["faults"] > totals["survived"])


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2]), *sys.argv[2:]))
