"""Several jobs at once, in threads: ended together by Ctrl-C, by one of them, or by a bug in one of them.

Owns no knowledge of authors or drafts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from claudes_corner.generation.asking import Passage

Result = TypeVar("Result")
SLICE_SECONDS = 0.25  # how soon somebody who sleeps notices that the round ends


class Crew:
    """Carries out jobs, so many at once, each in a thread; `cancel` ends what those under way wait for."""

    def __init__(self, at_once: int, cancel: Callable[[], None]) -> None:
        self._at_once = at_once
        self._cancel = cancel
        self._stop = threading.Event()

    def passage(self, passage: Passage) -> Passage:
        """Make the sleep of a job one that ends when the round does."""

        def sleep(seconds: float) -> None:
            """Wait, a slice at a time, unless the round has ended."""
            ends_at = passage.monotonic() + seconds
            while not self._stop.is_set() and (left := ends_at - passage.monotonic()) > 0:
                passage.sleep(min(left, SLICE_SECONDS))
            if self._stop.is_set():
                raise KeyboardInterrupt

        return Passage(passage.clock, passage.monotonic, sleep)

    def run(self, jobs: Iterable[Callable[[], Result]], is_end: Callable[[Result], bool]) -> tuple[Result, ...]:
        """Carry out jobs until all are done, or one says that this is the end; return what each gave that was begun.

        Raises:
            KeyboardInterrupt: A person stopped the round when no job could tell of it.
        """
        is_interrupted = False
        futures: list[Future[Result | None]] = []
        with ThreadPoolExecutor(self._at_once) as pool:
            begun = (pool.submit(self._do, job, is_end) for job in jobs)  # by the loop, where Ctrl-C is heard
            while True:
                try:
                    if is_interrupted:
                        self._end()  # here, since Ctrl-C may be pressed again before that is done
                    futures.extend(begun)
                    wait(futures)
                    break
                except KeyboardInterrupt:
                    is_interrupted = True
        results = tuple(result for future in futures if (result := future.result()) is not None)
        if is_interrupted and not any(is_end(result) for result in results):
            raise KeyboardInterrupt
        return results

    def _do(self, job: Callable[[], Result], is_end: Callable[[Result], bool]) -> Result | None:
        if self._stop.is_set():
            return None
        is_over = True
        try:
            result = job()
            is_over = is_end(result)
        finally:
            if is_over:
                self._end()
        return result

    def _end(self) -> None:
        self._stop.set()
        self._cancel()
