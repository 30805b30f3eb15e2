"""A target that is a folder on another machine, by the `rsync` program over ssh.

Owns how rsync is called: what differs is found by checksums on both sides, and only named files are ever removed. Keys,
hosts and ports are ssh's to know.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from claudes_corner.deploy.files import File
from claudes_corner.errors import DeployError, Problem
from claudes_corner.settings import RsyncTarget
from claudes_corner.site.marker import MARKER

SECONDS = 60  # without a sign of life
_SSH = f"-o BatchMode=yes -o ConnectTimeout={SECONDS // 2} -o ControlMaster=auto -o ControlPersist=5"  # asks nobody
_PARTLY, _VANISHED = 23, 24  # exit codes: some files could not be transferred; were not there (rsync(1))
_NOT_THERE = re.compile(r"(change_dir|link_stat) .* failed: No such file or directory")


class Rsync:
    """The folder on the other machine.

    Args:
        settings: Where it is, and how ssh gets there.
        environ: The environment: ssh's agent and the like.
        lock: A descriptor that rsync holds as well: if we are killed, nobody else sends until it has ended.
        scratch: A folder of our own: for the marker, and for the one connection that all calls share.
    """

    def __init__(self, settings: RsyncTarget, environ: Mapping[str, str], lock: int, scratch: Path) -> None:
        self.place = settings.to
        self._to = settings.to.rstrip("/") + "/"
        ssh = f"{settings.ssh} {_SSH} -o ControlPath={scratch}/ssh"
        self._options = ("--secluded-args", f"--timeout={SECONDS}", "-e", ssh)
        self._environ = {**environ, "LC_ALL": "C"}
        self._lock, self._scratch = lock, scratch

    def look(self) -> tuple[bytes | None, str]:
        """List the folder, and fetch what marks it."""
        names = [line[46:] for line in self._run("--list-only", "--", self._to, missing_is_fine=True)]
        other = next((name for name in names if name not in {"", ".", MARKER}), "")
        if MARKER not in names:
            return None, other
        self._run("--", f"{self._to}{MARKER}", f"{self._scratch}/")
        return (self._scratch / MARKER).read_bytes(), other

    def differing(self, files: Sequence[File]) -> set[str]:
        """Let both sides compute checksums, and compare them."""
        found = set()
        for root, some in _by_root(files):
            dry = ("--dry-run", "--checksum", "--itemize-changes", "--out-format=%i %n", "--files-from=-", "--from0")
            lines = self._run(*dry, "--", f"{root}/", self._to, given=[file.path for file in some])
            found |= {line[12:] for line in lines if line.startswith(("<f", ">f"))}
        return found

    def present(self, paths: Iterable[str]) -> set[str]:
        """List everything, and pick those that are asked for."""
        return set(paths) & {line[46:] for line in self._run("--recursive", "--list-only", "--", self._to)}

    def mark(self, marker: bytes, *, is_last: bool) -> None:  # noqa: ARG002  (stores keep more with it)
        """Send the marker; the folder is made if need be."""
        (self._scratch / MARKER).write_bytes(marker)
        self._run("--checksum", "--mkpath", "--perms", "--chmod=F644", "--", f"{self._scratch}/{MARKER}", self._to)

    def put(self, files: Sequence[File], tell: Callable[[], None]) -> None:
        """Send files; rsync writes each beside its place, and renames it."""
        sending = ("--checksum", "--perms", "--chmod=D755,F644", "--files-from=-", "--from0", "--out-format=%n")
        for root, some in _by_root(files):
            self._run(*sending, "--", f"{root}/", self._to, given=[file.path for file in some], tell=tell)

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files, then the folders that are empty by now, the deepest first; rsync leaves the others."""
        folders = {f"{parent}" for path in paths for parent in Path(path).parents} - {"."}
        by_depth = sorted(folders, key=lambda folder: (-folder.count("/"), folder))
        rounds = [list(paths), *(list(some) for _, some in groupby(by_depth, key=lambda folder: folder.count("/")))]
        removing = ("--dirs", "--delete-missing-args", "--files-from=-", "--from0")
        with tempfile.TemporaryDirectory() as nothing:
            for some in rounds:
                self._run(*removing, "--", f"{nothing}/", self._to, given=some, missing_is_fine=True)

    def _run(
        self,
        *args: str,
        given: Sequence[str] = (),
        missing_is_fine: bool = False,
        tell: Callable[[], None] | None = None,
    ) -> list[str]:
        """Run rsync and return the lines that it says."""
        with tempfile.TemporaryFile() as listed, tempfile.TemporaryFile() as complaints:
            listed.write(b"\0".join(map(os.fsencode, given)))
            listed.seek(0)
            try:
                running = subprocess.Popen(
                    ["rsync", *self._options, *args],
                    stdin=listed,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    env=self._environ,
                    pass_fds=(self._lock,),
                    encoding="utf-8",
                )
            except FileNotFoundError:
                raise DeployError(Problem("rsync is not installed here", self.place, fix="Install it.")) from None
            lines = []
            with running:
                for line in running.stdout or ():
                    lines.append(line.rstrip("\n"))
                    if tell and not line.endswith("/\n"):
                        tell()
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip()
        code = running.returncode
        is_missing = code == _VANISHED or (code == _PARTLY and _NOT_THERE.search(said))
        if code and not (missing_is_fine and is_missing):
            words = next((line for line in said.split("\n") if line), f"exit code {code}")
            fix = "What was sent is kept: deploy again when it answers."
            raise DeployError(Problem(f"rsync failed: {words}", self.place, fix=fix))
        return lines


def _by_root(files: Sequence[File]) -> list[tuple[Path, list[File]]]:
    """Group files by the folder they are sent from."""
    return [(root, [file for file in files if file.root == root]) for root in dict.fromkeys(f.root for f in files)]
