"""Signatures, made and checked by `ssh-keygen`: editors have such keys, and everybody has the verifier.

Owns how that program is called: nothing is ever asked (a passphrase is the agent's business), and no private key is
read, copied or kept by us.

Source: ssh-keygen(1), `-Y sign`, `-Y verify`, ALLOWED SIGNERS.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from claudes_corner.checkpoints import KEYS, read_checkpoints
from claudes_corner.errors import CornerError, Problem
from claudes_corner.folders import Folders

if TYPE_CHECKING:
    import subprocess

NAMESPACE = "claudes-corner"  # a signature made for anything else does not count
Signer = Callable[[bytes], bytes]  # text → signature
_SECONDS = 60
_KEY = re.compile(rb"(?:^|[ \t])((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]{16,}={0,3})(?:\s|$)")
_SIGNATURE = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----")
_SIGNER = "newsletter"  # what the key's owner is called while a signature is checked


class SigningError(CornerError):
    """Something could not be signed, or no signature can be checked here."""


def signer(key: Path, environ: Mapping[str, str]) -> Signer:
    """Sign with a key.

    A private key must be without a passphrase; of one that the agent holds, the public file is enough.
    """

    def sign(text: bytes) -> bytes:
        """Make the armoured signature of a text; the key never leaves `ssh-keygen`."""
        done = _run(["-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE], text, environ)
        if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
            said = (done.stderr.decode(errors="replace").strip().splitlines() or ["no signature came"])[0]
            private = key.with_suffix("") if key.suffix == ".pub" else key
            fix = f"If the key has a passphrase, give it to the agent first: ssh-add {private}."
            raise SigningError(Problem(f"nothing could be signed with this key: {said}", str(key), fix=fix))
        return done.stdout

    return sign


def find_signer(folders: Folders, environ: Mapping[str, str]) -> Signer | None:
    """Find the newsletter's signer on this machine, as `corner key` has set it up; None: nothing is to be signed.

    Raises:
        SigningError: Checkpoints are to be signed, and this machine does not know with which key.
    """
    published, note = folders.checkpoints / KEYS, folders.signing_key
    if not published.is_file():
        return None
    if not note.is_file():
        what, fix = "checkpoints are to be signed, and this machine does not know the key", "Run: corner key FILE."
        raise SigningError(Problem(what, folders.relative(published), fix=fix))
    key, keys = Path(note.read_text(encoding="utf-8").strip()), published.read_bytes()
    sign = signer(key, environ)

    def sign_and_check(text: bytes) -> bytes:
        """Sign, and make sure that readers can tell."""
        signature = sign(text)
        if not is_signed(text, signature, keys, environ):
            what, fix = "this key is not the one that readers know", f"Publish it: corner key {key}."
            raise SigningError(Problem(what, str(key), fix=fix))
        return signature

    return sign_and_check


def end_of_signing(folders: Folders) -> Problem | None:
    """Say that the newest checkpoint is signed, and the next will not be: nobody is asked, for a key may be given up.

    Raises:
        LedgerError: The checkpoints are not what went out.
    """
    kept = read_checkpoints(folders.content)
    if kept.keys or not kept.signature:
        return None
    what = "the newest checkpoint is signed, and what goes out from now on is not: no key is here any more"
    fix = "Put it back, from git or a backup, or run: corner key FILE. If you mean to sign no longer, go on."
    return Problem(what, folders.relative(folders.checkpoints / KEYS), fix=fix)


def is_signed(text: bytes, signature: bytes, keys: bytes, environ: Mapping[str, str]) -> bool:
    """Answer whether a signature is of exactly this text, by one of these keys.

    `keys` may be an `allowed_signers` file; only the keys in it are looked at.
    """
    from tempfile import TemporaryDirectory  # builds sign nothing

    with TemporaryDirectory() as folder:
        known, given = Path(folder, "allowed_signers"), Path(folder, "signature")
        known.write_bytes(b"".join(b"%s %s\n" % (_SIGNER.encode(), key) for key in public_keys(keys)))
        given.write_bytes(signature)
        call = ["-Y", "verify", "-f", str(known), "-I", _SIGNER, "-n", NAMESPACE, "-s", str(given)]
        return _run(call, text, environ).returncode == 0


def public_keys(raw: bytes) -> tuple[bytes, ...]:
    """Find the public keys in a file: `ssh-ed25519 AAAA…`, without what stands before and after.

    A line has one at most, and none if it begins with `#`, as `ssh-keygen` reads it.
    """
    lines = (line for line in raw.split(b"\n") if not line.lstrip().startswith(b"#"))
    return tuple(found[1] for found in map(_KEY.search, lines) if found)


def awaits_signing(signature: bytes, keys: bytes, earlier: bytes = b"") -> bool:
    """Answer whether keys were chosen since a text went out: another signed it, or nobody and they signed nothing yet.

    It believes what signatures say of their keys: by this, something is signed anew, and nothing is taken for signed.
    What is no signature at all is left to whoever checks it.
    """
    ours, named = {key.split()[1] for key in public_keys(keys)}, _keys_named(signature)
    return bool(ours) and (bool(named) or not signature) and ours.isdisjoint(named or _keys_named(earlier))


def _keys_named(signatures: bytes) -> set[bytes]:
    """Find the public keys in armoured signatures. Source: OpenSSH, PROTOCOL.sshsig."""
    found = set()
    for armoured in _SIGNATURE.findall(signatures):
        with suppress(ValueError):
            raw = b64decode(armoured)
            length = int.from_bytes(raw[10:14], "big")  # after `SSHSIG` and a version
            found.add(b64encode(raw[14 : 14 + length]))
    return found


def _run(call: list[str], text: bytes, environ: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run `ssh-keygen` where it can ask nobody: no terminal, no window."""
    import subprocess  # most builds sign nothing

    quiet = {name: value for name, value in environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    quiet |= {"SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}
    command = ["ssh-keygen", *call]
    try:
        return subprocess.run(
            command, input=text, env=quiet, capture_output=True, timeout=_SECONDS, check=False, start_new_session=True
        )
    except FileNotFoundError:
        fix = "It comes with OpenSSH, 8.2 or later."
        raise SigningError(Problem("ssh-keygen is not installed", fix=fix)) from None
    except subprocess.TimeoutExpired:
        raise SigningError(Problem(f"ssh-keygen did not answer in {_SECONDS} s")) from None
