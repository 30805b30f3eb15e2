"""`corner key`: the key that signs checkpoints."""

from __future__ import annotations

from pathlib import Path

import click

from claudes_corner.checkpoints import FOLDER, KEYS
from claudes_corner.cli.options import PathThere, shared_options
from claudes_corner.cli.session import Session
from claudes_corner.errors import Problem
from claudes_corner.signing import NAMESPACE, SigningError, public_keys, signer


@click.command("key")
@click.argument("file", metavar="[FILE]", required=False, type=PathThere(exists=True, dir_okay=False, path_type=Path))
@shared_options
def command(session: Session, file: Path | None) -> None:
    """Sign checkpoints with the SSH key in FILE from now on. Without FILE: say which key signs them.

    FILE stays where it is, outside the newsletter; of a key that an agent holds, FILE may be its public half.
    """
    workspace = session.workspace
    folders = workspace.folders
    published = folders.checkpoints / KEYS
    if file is None:
        if published.is_file():
            click.echo(published.read_text(encoding="utf-8").rstrip("\n"))
        else:
            click.echo("checkpoints are not signed; that is up to you, and readers are told")
            click.echo("to sign them: ssh-keygen -t ed25519 -f ~/.ssh/corner, then corner key ~/.ssh/corner")
        return
    key = file.resolve()
    if key.is_relative_to(folders.root.resolve()):
        what, fix = "the key lies in the newsletter's folder", "Keep it where nothing is ever published: in ~/.ssh."
        raise SigningError(Problem(what, str(file), fix=fix))
    half = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    found = public_keys(half.read_bytes()) if half.is_file() else ()
    if len(found) != 1:
        fix = f"Make it: ssh-keygen -y -f {file} > {half}."
        raise SigningError(Problem("there is no public key beside this one", str(half), fix=fix))
    signer(key, session.environ)(b"corner")  # now is the time to hear of a passphrase
    owner = workspace.config.site.tag.partition(",")[0]
    with workspace.writing() as pen:
        pen.keep(published, f'{owner} namespaces="{NAMESPACE}" {found[0].decode()}\n'.encode())
        pen.keep(folders.signing_key, f"{key}\n".encode())  # where the key is, on this machine: it is never copied
    click.echo(f"checkpoints are signed from now on; {FOLDER}/{KEYS} tells readers with which key")
