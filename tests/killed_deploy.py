"""Deploys, and is killed by `kill -9` at the n-th step: the program of a test. Arguments: the newsletter, n (0: never).

A step is the beginning or the end of a call that touches the target or a receipt, or word of one more file sent.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from claudes_corner.deploy import sending
from claudes_corner.workspace import Workspace

STEPS = {"look", "differing", "present", "mark", "put", "remove", "_keep", "tell_more"}
PACKAGE = str(Path(sending.__file__).parent)


def main(root: Path, stop_at: int) -> None:
    done = 0

    def watch(frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal done
        code = frame.f_code
        if event in {"call", "return"} and code.co_name in STEPS and code.co_filename.startswith(PACKAGE):
            done += 1
            if done == stop_at:
                os.kill(os.getpid(), signal.SIGKILL)

    workspace = Workspace.find(root)
    sys.setprofile(watch)
    sending.deploy(workspace, "live", "2026-11-25T10:00:00Z", os.environ)
    sys.setprofile(None)
    sys.stdout.write(str(done))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
