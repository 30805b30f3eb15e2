"""The law of crashes, for any command: whatever fails, and wherever, the next command puts it right.

    python crash_law.py FOLDER STEP NAME …       one JSON line for each command: the faults, and what did not survive
    python crash_law.py FOLDER STEP NAME@OTHER … NAME waits for the lock while OTHER does its work

A process of its own, since it forks: in FOLDER, a newsletter is made, and in copies of it each command is run in a child
whose disk fails at its first change, at its second, and so on, in each way (every STEP-th of these faults). Then the
newsletter must verify once somebody writes, and the same command said again must end as if nothing had happened.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import builders
import keys
import quick
from claudes_corner import cli
from claudes_corner.deploy.sending import read_receipt
from claudes_corner.disk import TEMPORARY
from claudes_corner.site.builder import build
from claudes_corner.verify.folders import verify_workspace
from fault_shim import KILLED, KINDS, FailingDisk

NOW = "2026-11-22T18:00:00Z"
DRAFT, HELD, ASIDE = (f"2026-11-25-minimal-{tail}" for tail in ("dra1", "hed1", "asd1"))
DUE, LIVE, GONE = (f"2026-11-18-minimal-{tail}" for tail in ("dve1", "vve1", "gne1"))
TEXTS = {name: f"# Essay {name[-4:]}\n\nWords of {name}, *never* edited." for name in (DRAFT, HELD, ASIDE, DUE, LIVE)}
_DRAFT = f"{DRAFT} --digest {builders.digest(TEXTS[DRAFT])[7:19]} --by ada"
_HELD = f"{HELD} --digest {builders.digest(TEXTS[HELD])[7:19]} --by ada"
ANSWER = "The tide comes back.\n\npublic"  # to a letter that may be public
ANSWER_DIGITS = builders.digest(ANSWER)[7:19]
DECISIONS = {
    "approve": f"approve {_DRAFT}",
    "approve and publish": f"approve {_DRAFT} --date 2026-11-20 --slug new --tag sea",
    "approve against a hold": f"approve {_HELD}",
    "hold": f"veto {_DRAFT} --criterion harm --reason No.",
    "veto": f"veto {_HELD} --criterion harm --reason No.",
    "set aside": f"set-aside {_DRAFT} --reason Another.",
    "restore": f"restore {ASIDE} --by ada",
    "retract": f"retract {DUE} --by ada",
    "change": f"change {LIVE} --slug moved --tag sea --by ada",
    "withdraw": f"withdraw {LIVE} --reason Asked. --by ada",
}
COMMANDS = {
    **DECISIONS,
    "publish": "publish --yes --by ada",
    "build": "build",
    "build elsewhere": "build --out {root}/elsewhere",
    "generate": "generate --author opus-3 --mode minimal --edition 2026-12-02 --resume",
    "letter": "letter send {letter}",
    "init": "-C {root} init new --title New",
    "init under git": "-C {root} init repository --title New",
    "export": "-C {root}/other export {root}/out.tar",
    "import": "-C {root} import {root}/backup.tar new",
    "import markdown": "import markdown {root}/old --by ada --author opus-3",
    "init other": "-C {root} init other",
    "letter write": "letter new --text More. --to opus-3 --by ben",
    "letter publish": "letter publish {letter} --digest {answer} --by ben",
    "key": "key {root}/../key/key",
    "approve under git": f"approve {_DRAFT} --date 2026-11-20",
    "deploy": "deploy live",
    "week": "week --deploy live",
    "export other": "-C {root}/other export {root}/backup.tar",
    "letter new": "letter new --text Hello. --to opus-3 --by ada --public",
    "hold by ben": f"veto {_HELD.replace('ada', 'ben')} --criterion harm --reason Never.",
}
ASTRAY = 70  # a child's exit code if it never ran the command to its end
ASKING = ("generate", "letter")
AT_HOME = ("approve under git", "deploy", "week")  # in a newsletter under git, with a target
CALLING = ("key", *AT_HOME)  # which call other programs
MUST_END = {"build", "build elsewhere", "letter publish", "key", "deploy", "week", *ASKING}  # said again, with success
SETUP = ("hold by ben", "letter new", "init other", "export other")  # what the base is made with


class Ended(NamedTuple):
    """How a command ended: 9 if its process was gone."""

    code: int
    said: str  # on stderr
    changes: int  # how often it changed a file
    modules: tuple[str, ...] = ()  # what it has imported, if it came to its end


def make_base(root: Path) -> None:
    """Make a newsletter in which every command has something to do, and whose site is some decisions behind."""
    workspace = builders.make_workspace(root)
    past = {"edition": "2026-11-18"}
    live = {"date": "2026-11-18T09:00:00Z"}
    builders.publish_entry(workspace, TEXTS[LIVE], draft_id=LIVE, slug="live", **past, **live)
    builders.publish_entry(workspace, "# Gone\n\nGone.", draft_id=GONE, slug="gone", tags=("gone",), **past, **live)
    (workspace.folders.notes / "old.md").write_text("---\ntitle: Old\ndate: 2026-11-20\nby: ada\n---\n\nOld.\n")
    build(workspace)
    (workspace.folders.notes / "old.md").unlink()
    builders.withdraw(workspace, GONE)
    for name in (DRAFT, HELD, ASIDE):
        secret = builders.document("Not ours to show.", disclosure="hash-only")
        builders.write_draft(workspace, TEXTS[name], draft_id=name, context=[secret], earlier=["An earlier one."])
    for name in SETUP:
        assert run(root, name).code == 0, name
    shutil.rmtree(root / "other/themes")  # the package has them
    (root / "repository/.git").mkdir(parents=True)
    (root / "old").mkdir()
    for day in ("01", "02", "03"):
        (root / f"old/2020-01-{day}-one.md").write_text(f"---\nslug: old-{day}\n---\n\nOld.\n")
    builders.set_aside(workspace, ASIDE)
    builders.write_draft(workspace, TEXTS[DUE], draft_id=DUE, edition="2026-11-18")
    builders.approve(workspace, DUE, date="2026-11-22T12:00:00Z")
    for folder in (".corner/unfinished", ".corner/rounds"):  # so that a command has folders to make
        shutil.rmtree(root / folder, ignore_errors=True)


def make_home(root: Path) -> None:
    """Make a newsletter under git that went out once, where since then the clock has much to do; nobody attends it."""
    toml = (builders.NEWSLETTER / "corner.toml").read_text()
    tables = [table for table in re.split(r"\n(?=\[)", toml) if not table.startswith(_NOT_AT_HOME)]
    workspace = builders.make_workspace(root, toml="\n".join((*tables, _HOME)))
    (root / ".gitignore").write_text("/drafts/\n/site/\n/.corner/\n/www/\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    live = {"edition": "2026-11-04", "date": "2026-11-04T09:00:00Z"}
    builders.publish_entry(workspace, TEXTS[LIVE], draft_id=LIVE, slug="live", **live)
    assert run(root, "deploy").code == 0
    builders.write_draft(workspace, "# Old\n\nOld.", draft_id="2026-10-07-minimal-d0d0", edition="2026-10-07")
    builders.write_draft(workspace, TEXTS[DRAFT], draft_id=DRAFT)
    builders.write_draft(workspace, TEXTS[DUE], draft_id=DUE, edition="2026-11-18")
    builders.approve(workspace, DUE, date="2026-11-22T12:00:00Z")


_NOT_AT_HOME = ("[git]", "[modes.past", "[modes.news", "[modes.updates")
_HOME = """
[publish]
unattended = true

[notify]
command = "tee -a told.jsonl"

[deploy.live]
kind = "folder"
path = "www"
"""


def git(root: Path, *words: str) -> bytes:
    """Ask git, as nobody in particular."""
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True).stdout


def make_answered(root: Path) -> None:
    """Make a newsletter with a letter and its answer, which readers may see."""
    builders.make_workspace(root)
    for name in ("letter new", "letter"):
        assert run(root, name).code == 0, name


def arguments(root: Path, name: str) -> list[str]:
    """Say how a command is called in a copy of the newsletter."""
    letter = next((path.stem for path in root.glob("*/letters/*-letter-*.md")), "")
    words = [word.format(root=root, letter=letter, answer=ANSWER_DIGITS) for word in COMMANDS[name].split()]
    return ["--now", NOW, *([] if "-C" in words else ["-C", str(root)]), *words]


def start(root: Path, name: str, prepare: Callable[[], FailingDisk | SimpleNamespace]) -> tuple[int, socket.socket]:
    """Run a command in a child that prepares itself; return its process, and where it will say how it ended."""
    out, inside = socket.socketpair()  # to which nobody writes: a `write` may be the one that fails
    child = os.fork()
    if child:
        inside.close()
        return child, out
    out.close()
    try:
        random._urandom = random.Random(7).randbytes  # type: ignore[attr-defined]  # ids and salts: the same each time
        said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        sys.stdout = sys.stderr = said
        failing = prepare()
        code = cli.run(arguments(root, name))
        failing.is_over = True
        inside.sendall(json.dumps([code, said.buffer.getvalue().decode(), failing.changes, [*sys.modules]]).encode())
        os._exit(0)
    finally:
        os._exit(ASTRAY)  # no error leads out of the child into what its parent is about


def wait(child: int, out: socket.socket) -> Ended:
    """Wait for a child's end."""
    with out, out.makefile("rb") as told_by_it:
        told = told_by_it.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Ended(*json.loads(told)) if told else Ended(code, "", 0)


def run(root: Path, name: str, at: int = 0, kind: str = "kill") -> Ended:
    """Run a command in a child whose disk fails."""
    return wait(*start(root, name, FailingDisk(root, at, kind).install))


def import_as(ended: Ended) -> None:
    """Import what a command has imported, so that no child does it again."""
    for module in ended.modules:
        with contextlib.suppress(ImportError):  # some put there what is no module
            importlib.import_module(module)
    if author := sys.modules.get("claudes_corner.generation.author"):
        author._certificates()  # nor reads these
    gc.freeze()


def essence(root: Path, name: str) -> dict[str, bytes]:
    """Read what must be the same however a command came to its end: all but caches.

    Who was killed while asking has asked more often than others; so of rounds and letters, it is the texts.
    """
    files = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}
    if name in ASKING:
        kept = [path for path in files if path.startswith((".corner/rounds", "drafts/", "content/letters"))]
        texts = sorted(files[path].read_bytes().partition(b"\n\n")[2] for path in kept if path.endswith(".md"))
        return {"kept": str(len(kept)).encode(), "texts": b"\n".join(texts)}
    if name == "letter write":  # said again, it is another letter
        letters = (file.read_bytes() for path, file in files.items() if path.startswith("drafts/letters/"))
        return {"texts": b"\n".join(sorted({letter.partition(b"\n\n")[2] for letter in letters}))}
    if name in AT_HOME:
        return _essence_at_home(root, files, name)
    return {
        path: re.sub(rb'("at": ?"|generated )[^"]*', rb"", file.read_bytes()) if "init" in name else file.read_bytes()
        for path, file in files.items()
        if not path.startswith(".corner/cache/")
    }


def _essence_at_home(root: Path, files: dict[str, Path], name: str) -> dict[str, bytes]:
    """What the same end is, where a step that failed is made up for after others, and in another commit."""
    workspace = builders.reopen(root)
    events = sorted(f"{record.event} {record.id}" for record in workspace.ledger().records)
    texts = [path for path in files if path.startswith(("content/essays", "drafts/")) and path.endswith(".md")]
    told = {"events": "\n".join(events).encode(), "texts": "\n".join(texts).encode(), "uncommitted": b""}
    if name != "approve under git":
        out, receipt = {path: file.read_bytes() for path, file in files.items()}, read_receipt(workspace, "live")
        is_out = all(out.get(path.replace("site/", "www/", 1)) == out[path] for path in out if path.startswith("site/"))
        told["out"] = str((is_out, bool(receipt and receipt.is_complete))).encode()
    if name != "week" and not [*(root / ".git").rglob("*.lock")]:  # else it is said to be owed, and the next one has it
        told["uncommitted"] = git(
            root, "status", "--porcelain", "content/ledger.jsonl", "content/essays", "content/rules"
        )
    return told


def copies(base: Path) -> Iterator[Path]:
    """Yield the same newsletter again and again, in the same folder."""
    root = base.with_name("copy")
    while True:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(base, root)
        yield root


def broken(root: Path, name: str, wanted: dict[str, bytes]) -> str:
    """Say how a newsletter is not what it should be after a fault and its repair; empty if it is."""
    workspace = builders.reopen(root)
    with workspace.writing():
        pass
    if problems := verify_workspace(builders.reopen(root)).problems:
        return f"does not verify: {problems[0]}"
    if halves := [path for part in ("content", "drafts") for path in (root / part).rglob(f"{TEMPORARY}*")]:
        return f"{halves[0].name} was left behind"
    again = run(root, name)
    if again.code not in {0, 1} or "Traceback" in again.said:
        return f"said again, it ends with {again.code}: {again.said}"
    if name in MUST_END and again.code:
        return f"said again, it fails: {again.said}"
    if name == "publish":
        run(root, "build")  # what was published and not built
    found = essence(root, name)
    differ = sorted(path for path in found.keys() | wanted.keys() if found.get(path) != wanted.get(path))
    return f"differs: {', '.join(differ[:5])}; {again.said}" if differ else ""


def judge(base: Path, name: str, step: int) -> dict[str, object]:
    """Let a command's disk fail at each of its changes, in every way."""
    roots = copies(base)
    root = next(roots)
    whole = run(root, name)
    assert whole.code == 0, (name, whole)
    import_as(whole)
    wanted, failures = essence(root, name), []
    faults = list(product(range(1, whole.changes + 1), KINDS))[::step]
    for at, kind in faults:
        root = next(roots)
        ended = run(root, name, at, kind)
        is_told = ended.code in {0, 1} and "Traceback" not in ended.said
        never_came = ended.code == 0 and ended.changes < at  # no seal is set in the tick of a change
        if not (ended.code == KILLED if kind in KINDS[:3] and not never_came else is_told):
            failures.append(f"{kind} at {at}: ended with {ended.code}: {ended.said}")
        elif what := broken(root, name, wanted):
            failures.append(f"{kind} at {at} of {whole.changes}: {what}")
    return {"command": name, "faults": len(faults), "failures": failures}


def judge_pair(base: Path, name: str, other: str) -> dict[str, object]:
    """Let a command wait for the lock, with all it has read, while another does its work; it must be as if after it."""
    roots = copies(base)
    root = next(roots)
    second, first = run(root, other), run(root, name)
    import_as(second)
    import_as(first)
    wanted = essence(root, name)
    root = next(roots)
    heard, resume = os.pipe()
    waiting = start(root, name, FailingDisk(root, kind="pause", resume=heard).install)
    meanwhile = run(root, other)
    os.write(resume, b"!")
    found = wait(*waiting)
    for descriptor in (heard, resume):
        os.close(descriptor)
    failures = []
    is_told = found.code in {0, 1} and found.code >= first.code and "Traceback" not in found.said
    if meanwhile.code != second.code or not is_told:
        failures.append(f"{found} is not {first}")
    if essence(root, name) != wanted or verify_workspace(builders.reopen(root)).problems:
        failures.append("the newsletter is not what it is if one comes after the other")
    return {"command": f"{name}@{other}", "faults": 1, "failures": failures}


def base_of(folder: Path, name: str) -> Path:
    """Make the newsletter that a command is run in copies of, unless it is there."""
    make = make_home if name in AT_HOME else make_answered if name == "letter publish" else make_base
    base, copy = folder / make.__name__, folder / "copy"
    if not base.exists():
        shutil.rmtree(copy, ignore_errors=True)
        make(copy)  # where the copies will be, or its builds would not know them
        copy.rename(base)
    return base


def main(folder: Path, step: int, *names: str) -> None:
    os.fsync = lambda _: None  # only the children's disks fail
    quick.compile_templates_once()
    gc.freeze()  # no child looks through all that for garbage
    keys.make_key(folder / "key" / "key")
    for name in names:
        base = base_of(folder, name.split("@")[0])
        pair = name.split("@")
        done = judge_pair(base, *pair) if len(pair) > 1 else judge(base, name, step)
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]), *sys.argv[3:])
