"""Real servers on loopback to deploy to: a folder, an ssh server with rsync, an S3-compatible store.

Each target gives the lines of its `[deploy.live]`, and what it holds, by path.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import boto3
from moto.server import ThreadedMotoServer

from sites import files

_SSHD = """
Port {port}
ListenAddress 127.0.0.1
HostKey {here}/host
AuthorizedKeysFile {here}/own.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
SetEnv HOME={here} "PATH={path}"
"""


class Place(Protocol):
    """A target of any kind."""

    toml: str

    def holds(self) -> dict[str, bytes]:
        """What is there, by path."""

    def put(self, path: str, content: bytes) -> None:
        """Let somebody else put a file there."""


class FolderPlace:
    def __init__(self, root: Path, toml: str = "") -> None:
        self.root = root
        self.toml = toml or f'kind = "folder"\npath = "{root}"'

    def holds(self) -> dict[str, bytes]:
        return files(self.root) if self.root.exists() else {}

    def put(self, path: str, content: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)


class StorePlace:
    def __init__(self, url: str) -> None:
        self.client: Any = boto3.client("s3", endpoint_url=url)
        self.toml = f'kind = "s3"\nbucket = "corner-example"\nprefix = "letter/"\nendpoint = "{url}"'
        self._known: dict[tuple[str, str], bytes] = {}  # by path and ETag: the MD5 of what was put in one piece

    def holds(self) -> dict[str, bytes]:
        found = {
            (item["Key"].removeprefix("letter/"), item["ETag"].strip('"')): item["Key"] for item in self._listing()
        }
        self._known = {one: self._known.get(one) or self._fetch(key, one[1]) for one, key in found.items()}
        return {path: content for (path, _), content in self._known.items()}

    def head(self, path: str) -> dict[str, Any]:
        return self.client.head_object(Bucket="corner-example", Key=f"letter/{path}")

    def put(self, path: str, content: bytes) -> None:
        self.client.put_object(Bucket="corner-example", Key=f"letter/{path}", Body=content)

    def clear(self) -> None:
        """Remove everything, and the bucket."""
        keys = [{"Key": item["Key"]} for item in self._listing()]
        if keys:
            self.client.delete_objects(Bucket="corner-example", Delete={"Objects": keys, "Quiet": True})
        self.client.delete_bucket(Bucket="corner-example")
        self.client.close()

    def _listing(self) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="corner-example")
        return [item for page in pages for item in page.get("Contents", ())]

    def _fetch(self, key: str, etag: str) -> bytes:
        content: bytes = self.client.get_object(Bucket="corner-example", Key=key)["Body"].read()
        assert hashlib.md5(content, usedforsecurity=False).hexdigest() == etag, key
        return content


@contextmanager
def ssh_server(here: Path) -> Iterator[str]:
    """Run an ssh server that lets in whoever runs the tests; yield the command that gets there."""
    for name in ("host", "own"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", here / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (here / "sshd_config").write_text(_SSHD.format(port=port, here=here, path=os.environ["PATH"]))
    (here / "known").write_text(f"[127.0.0.1]:{port} {(here / 'host.pub').read_text()}")
    command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(here / "sshd_config")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        said = ""
        while "Server listening" not in said:
            said = server.stderr.readline()
            assert said, "sshd does not run: sh scripts/servers.sh installs and prepares it"
        try:
            options = f"-o IdentitiesOnly=yes -o UserKnownHostsFile={here}/known -l {getpass.getuser()}"
            yield f"ssh -F none -p {port} -i {here}/own {options}"
        finally:
            server.terminate()
            server.stderr.close()


@contextmanager
def store_server() -> Iterator[str]:
    """Run an S3-compatible store; yield its address. Credentials come from the environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()
