"""Work for several processes: each takes a share, and hands back what it found.

Owns the forking. It is done only while a process has no other thread, and never by `corner serve`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from claudes_corner import errors
from claudes_corner.errors import CornerError, Problem

Share = TypeVar("Share")
Tell = Callable[[int], None]


class _Said(msgspec.Struct, array_like=True):
    """What a process says: how far it is, or how it ended."""

    done: int = 0
    answer: bytes | None = None
    problems: tuple[str, tuple[Problem, ...]] | None = None  # the error's name, and what it carries
    bug: str = ""


def spread(work: Callable[[int, Share, Tell], bytes], shares: Sequence[Share], tell: Tell) -> list[bytes]:
    """Let each share be worked on by a process of its own.

    Args:
        work: Gets the share's number, the share, and whom to tell how much is done; returns bytes.
        shares: What there is to do; one alone is done here.
        tell: Is told how much of all shares is done.

    Raises:
        CornerError: What the first process to fail has raised.
    """
    if len(shares) == 1:
        return [work(0, shares[0], tell)]
    from multiprocessing import connection, get_context  # only large builds need it

    context = get_context("fork")
    ends, processes = [], []
    for number, share in enumerate(shares):
        end, other = context.Pipe(duplex=False)
        process = context.Process(target=_serve, args=(work, number, share, other), daemon=True)
        process.start()
        other.close()
        ends.append(end)
        processes.append(process)
    done, answers = [0] * len(shares), [b""] * len(shares)
    try:
        waiting = set(range(len(shares)))
        while waiting:
            ready = connection.wait([ends[number] for number in waiting])
            for number in [number for number in waiting if ends[number] in ready]:
                said = msgspec.msgpack.decode(_hear(ends[number]), type=_Said)
                done[number] = said.done or done[number]
                tell(sum(done))
                if said.problems or said.bug:
                    raise _error(said)
                if said.answer is not None:
                    answers[number] = said.answer
                    waiting.remove(number)
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return answers


def _hear(end: object) -> bytes:
    try:
        return end.recv_bytes()  # type: ignore[attr-defined,no-any-return]
    except EOFError:
        return msgspec.msgpack.encode(_Said(bug="a process that rendered pages was killed"))


def _serve(work: Callable[[int, Share, Tell], bytes], number: int, share: Share, end: object) -> None:
    def say(said: _Said) -> None:
        end.send_bytes(msgspec.msgpack.encode(said))  # type: ignore[attr-defined]

    try:
        say(_Said(answer=work(number, share, lambda done: say(_Said(done)))))
    except CornerError as error:
        say(_Said(problems=(type(error).__name__, error.problems)))
    except Exception:  # noqa: BLE001  (a bug of ours, raised again by whoever waits for this)
        say(_Said(bug=traceback.format_exc()))


def _error(said: _Said) -> Exception:
    if said.problems:
        kind: type[CornerError] = getattr(errors, said.problems[0])
        return kind(*said.problems[1])
    return RuntimeError(said.bug)
