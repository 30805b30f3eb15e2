"""Archives: a newsletter as one tar, its public half or all of it, and a newsletter made of one.

Owns what goes into which, the tar's form (equal newsletters give equal bytes), and what is believed of a tar that comes
from somebody else: plain files, in a new folder, within limits, and only if the record verifies. Whether it verifies,
whoever imports it asks `verify/`.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from claudes_corner.config import parse_config
from claudes_corner.disk import TEMPORARY, open_new, put_in_place, read_file
from claudes_corner.errors import ConfigError, Problem, WorkspaceError
from claudes_corner.root import FILE_NAME
from claudes_corner.settings import Config
from claudes_corner.workspace import Workspace

TOP = "newsletter"  # the folder in the tar
MAX_FILES = 500_000
MAX_BYTES = 10_000_000_000
_PUBLIC = ("content", "themes")
_LEFT_OUT = {"site"}  # is built; and whatever begins with a dot, but for these:
_DOTTED = {".gitignore", ".gitattributes"}
_UNFINISHED = (".corner/unfinished", ".corner/rounds")


def export(workspace: Workspace, target: Path, *, private: bool, tell: Callable[[int, int], None]) -> int:
    """Write a newsletter's archive, and tell how many files it holds.

    What an earlier command left undone is put right first. A private one holds everything, drafts and settings
    included; a public one what is public, and the settings without e-mails and targets, so that it can be built.

    Raises:
        WorkspaceError: The file is there already, or a link leads out of the newsletter's folder.
        ConfigError: The settings cannot be made public.
    """
    root = workspace.folders.root
    with workspace.writing():
        paths = sorted({*(_everything(root) if private else _public(root, workspace.config))})
        settings = b"" if private else public_settings((root / FILE_NAME).read_text("utf-8-sig"), workspace.config)
        if target.exists():
            fix = "Name another: corner export FILE."
            raise WorkspaceError(Problem("this file is there already", str(target), fix=fix))
        half = target.with_name(f"{TEMPORARY}{target.name}")
        try:
            with open_new(half, 0o600 if private else 0o644) as file, tarfile.open(fileobj=file, mode="w") as tar:
                for done, path in enumerate(paths, 1):
                    content = settings if path == FILE_NAME and settings else _read(root, path)
                    member = tarfile.TarInfo(f"{TOP}/{path}")
                    member.size = len(content)
                    tar.addfile(member, io.BytesIO(content))
                    tell(done, len(paths))
            put_in_place(half, target)
        finally:
            half.unlink(missing_ok=True)
    return len(paths)


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive that may be from anybody, and tell the newsletter's folder within it.

    Raises:
        WorkspaceError: It is no archive of a newsletter, or holds what none holds; the folder is as it was.
    """
    try:
        with tarfile.open(archive, "r:") as tar:
            members, total = [], 0
            for member in tar:
                members.append(member)
                total += member.size
                if not _is_plain(member) or len(members) > MAX_FILES or total > MAX_BYTES:
                    what = "the archive holds what no newsletter's archive holds"
                    raise WorkspaceError(Problem(what, archive.name, found=repr(member.name[:200])))
            names = {member.name for member in members}
            if len(names) < len(members) or f"{TOP}/{FILE_NAME}" not in names:
                raise WorkspaceError(Problem("this is no archive of a newsletter", archive.name))
            tar.extractall(folder, members, filter="data")
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise WorkspaceError(Problem("this is no archive of a newsletter", archive.name, found=str(error))) from None
    (folder / TOP / "content").mkdir(exist_ok=True)
    return folder / TOP


def public_settings(text: str, config: Config) -> bytes:
    """Leave out of `corner.toml` what is nobody else's: editors' e-mails, and where the site is sent to.

    Raises:
        ConfigError: Leaving out lines is not enough.
    """
    kept, table = [], ""
    for line in text.splitlines(keepends=True):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            table = header[1]
        is_email = table.startswith("editors.") and re.match(r"\s*email\s*=", line)
        if not is_email and table.partition(".")[0] != "deploy":
            kept.append(line)
    editors = {name: msgspec.structs.replace(editor, email="") for name, editor in config.editors.items()}
    prompts = {name: msgspec.structs.replace(mode, prompt="") if mode.prompt_file else mode
               for name, mode in config.modes.items()}  # fmt: skip
    public = "".join(kept)
    if parse_config(public) != msgspec.structs.replace(config, editors=editors, deploy={}, modes=prompts):
        what = "the e-mails of editors and the targets of deploy cannot be left out line by line"
        fix = "Give each editor and each target a table of its own: [editors.ada], [deploy.live]."
        raise ConfigError(Problem(what, FILE_NAME, fix=fix))
    return public.encode()


def _public(root: Path, config: Config) -> Iterator[str]:
    yield from (FILE_NAME, *(mode.prompt_file for mode in config.modes.values() if mode.prompt_file))
    yield from (name for name in _DOTTED if (root / name).is_file())
    for part in _PUBLIC:
        yield from _files(root, root / part)


def _everything(root: Path) -> Iterator[str]:
    for path in root.iterdir():
        if path.is_dir() and path.name not in _LEFT_OUT and not path.name.startswith("."):
            yield from _files(root, path)
        elif path.is_file() and (path.name in _DOTTED or not path.name.startswith(".")):
            yield path.name
    for part in _UNFINISHED:
        yield from _files(root, root / part)


def _files(root: Path, folder: Path) -> Iterator[str]:
    for inside, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith((".", TEMPORARY)):
                yield (Path(inside) / name).relative_to(root).as_posix()


def _read(root: Path, path: str) -> bytes:
    if not Path(os.path.realpath(root / path)).is_relative_to(root.resolve()):
        raise WorkspaceError(Problem("this link leads out of the newsletter's folder", path, fix="Put the file there."))
    return read_file(root / path)


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Answer whether a member is a plain file under the one folder, by a name that leads nowhere else."""
    parts = member.name.split("/")
    return member.isreg() and parts[0] == TOP and len(parts) > 1 and not {"", ".", ".."} & set(parts)
