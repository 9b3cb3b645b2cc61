"""Treat SIGINT and SIGTERM as a request to stop: the run checks for it between two steps, never inside one."""

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, TypeVar

from copydesk.schemas.errors import InterruptedReading

Item = TypeVar("Item")
_PATIENCE: Final = 0.5
"""Seconds that a reader has to yield its current item; after that it counts as waiting for one that may never
come."""


class Stop:
    """Whether a signal asked the run to stop, which one, and how long ago.

    A second signal is not handled here: it has its default effect at once.
    """

    def __init__(self) -> None:
        self.signum = 0
        self._since = 0.0
        self._reading = False
        self._before: dict[int, Any] = {}

    def seconds(self) -> float:
        """Return the seconds since the run was asked to stop; 0 if it was not."""
        return time.monotonic() - self._since if self.signum else 0.0

    def reading(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items` until the run is asked to stop.

        The item that is being read is still yielded, if it comes soon.

        Only here does a signal become an exception, raised inside the code that reads, and only after half a
        second. Otherwise a silent pipe would block the run for ever.
        """
        iterator = iter(items)
        try:
            while not self.signum:
                self._reading = True
                item = next(iterator)
                self._reading = False
                yield item
        except (StopIteration, InterruptedReading):
            return
        finally:
            self._reading = False

    @contextmanager
    def listening(self) -> "Iterator[Stop]":
        """Handle signals while the block runs, if this is the main thread.

        Python allows it in no other thread.
        """
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._give_up)
        for signum in (signal.SIGINT, signal.SIGTERM):
            self._before[signum] = signal.signal(signum, self._hear)
        try:
            yield self
        finally:
            self._restore()

    def _hear(self, signum: int, _frame: FrameType | None) -> None:
        if self.signum:
            self._restore()
            os.kill(os.getpid(), signum)
            return
        self.signum, self._since = signum, time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE)

    def _give_up(self, _signum: int, _frame: FrameType | None) -> None:
        if self._reading:
            self._reading = False
            raise InterruptedReading

    def _restore(self) -> None:
        if self._before:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for signum, handler in self._before.items():
            signal.signal(signum, handler)
        self._before = {}
