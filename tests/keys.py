"""SSH keys for tests, made by the real `ssh-keygen`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def make_key(path: Path, passphrase: str = "") -> Path:
    """Make a key; its public half lies beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    call = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "a test's key", "-f", str(path)]
    subprocess.run(call, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return path


def surroundings(**more: str) -> dict[str, str]:
    """Make an environment without the agent of whoever runs the tests."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("SSH_")}, **more}
