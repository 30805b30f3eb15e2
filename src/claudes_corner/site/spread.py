"""Work for several processes: each takes a share, and hands back what it found.

Owns the forking. It is done only while a process has no other thread, and never by `corner serve`.
"""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from claudes_corner import errors
from claudes_corner.errors import CornerError, Problem, said_by

Share = TypeVar("Share")
Tell = Callable[[int], None]
_WORTH_A_FORK = 500  # files: below, another process takes more memory than it saves time
_KILLED = "a process of this build was killed"


class _Said(msgspec.Struct, array_like=True):
    """What a process says: how far it is, or how it ended."""

    done: int = 0
    answer: bytes | None = None
    problems: tuple[str, tuple[Problem, ...]] | None = None  # the name that all know the error by, and what it carries
    refused: tuple[int, str, str] | None = None  # what the system said, and of which file
    bug: str = ""


def processes_for(files: int, jobs: int) -> int:
    """Tell how many processes a number of files is worth, of those that there may be."""
    return jobs if files >= _WORTH_A_FORK else 1


def spread(work: Callable[[int, Share, Tell], bytes], shares: Sequence[Share], tell: Tell) -> list[bytes]:
    """Let each share be worked on by a process of its own; the first by this one, which is there anyway.

    Args:
        work: Gets the share's number, the share, and whom to tell how much is done; returns bytes.
        shares: What there is to do.
        tell: Is told how much of all shares is done.

    Raises:
        CornerError: What the first process to fail has raised.
        OSError: The same.
    """
    if len(shares) == 1:
        return [work(0, shares[0], tell)]
    from multiprocessing import connection, get_context  # only large builds need it

    context = get_context("fork")
    ends: dict[int, connection.Connection] = {}
    processes, done, answers = [], [0] * len(shares), [b""] * len(shares)
    for number in range(1, len(shares)):
        ends[number], other = context.Pipe(duplex=False)
        processes.append(context.Process(target=_serve, args=(work, number, shares[number], other), daemon=True))
        processes[-1].start()
        other.close()

    def hear(seconds: float | None) -> None:
        """Take in what the other processes have said so far, or say next."""
        ready = connection.wait(list(ends.values()), seconds)
        for number in [number for number, end in ends.items() if end in ready]:
            said = _heard(ends[number])
            done[number] = said.done or done[number]
            if said.answer is not None:
                answers[number] = said.answer
                del ends[number]
        tell(sum(done))

    def mine(count: int) -> None:
        """Be told how far the share is that is done here."""
        done[0] = count
        hear(0)

    try:
        answers[0] = work(0, shares[0], mine)
        while ends:
            hear(None)
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return answers


def _heard(end: object) -> _Said:
    try:
        said = msgspec.msgpack.decode(end.recv_bytes(), type=_Said)  # type: ignore[attr-defined]
    except EOFError:
        raise RuntimeError(_KILLED) from None
    if said.problems:
        kind: type[CornerError] = getattr(errors, said.problems[0])
        raise kind(*said.problems[1])
    if said.refused:
        raise OSError(*said.refused)
    if said.bug:
        raise RuntimeError(said.bug)
    return said


def _serve(work: Callable[[int, Share, Tell], bytes], number: int, share: Share, end: object) -> None:
    def say(said: _Said) -> None:
        end.send_bytes(msgspec.msgpack.encode(said))  # type: ignore[attr-defined]

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who waits for this ends it
    try:
        say(_Said(answer=work(number, share, lambda done: say(_Said(done)))))
    except CornerError as error:
        named = next(kind.__name__ for kind in type(error).__mro__ if hasattr(errors, kind.__name__))
        say(_Said(problems=(named, error.problems)))
    except OSError as error:
        say(_Said(refused=(error.errno or 0, said_by(error), str(error.filename or ""))))
    except Exception:  # noqa: BLE001  (a bug of ours, raised again by whoever waits for this)
        say(_Said(bug=traceback.format_exc()))
