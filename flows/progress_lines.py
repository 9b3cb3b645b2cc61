"""Show progress without a terminal: a line soon after the start, then one per minute in any case."""

import threading
import time
from collections.abc import Callable
from typing import Final, Self

from copydesk.schemas.request import Advance

_FIRST, _EVERY = 10.0, 60.0
_FEW, _LITTLE = 50, 0.05
"""Fewer documents than this and a smaller share of the input tell nothing about the rest."""
_UNITS: Final = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"))


class ProgressLines:
    """Write lines from a thread of its own, so that a run that waits for its input still reports."""

    def __init__(self, write: Callable[[str], None], first: float = _FIRST, every: float = _EVERY) -> None:
        self._write = write
        self._first, self._every = first, every
        self._began = time.monotonic()
        self._now: Advance | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Stop writing."""
        self._stop.set()
        self._thread.join()

    def advance(self, now: Advance) -> None:
        """Record how far the run has come."""
        self._now = now

    def _tell(self) -> None:
        wait = self._first
        while not self._stop.wait(wait):
            wait = self._every
            if self._now is not None:
                self._write(progress_line(self._now, time.monotonic() - self._began))


def progress_line(now: Advance, seconds: float) -> str:
    """Return how far a run has come: documents, speed, share of the input, remaining time.

    >>> progress_line(Advance(1200, 3, 50 << 20, 200 << 20), 60)
    '1,200 documents, 3 rejected, 20/s, 25% of 200.0 MB, about 3 minutes left'
    """
    rejected = f", {now.rejected:,} rejected" if now.rejected else ""
    line = f"{now.documents:,} documents{rejected}, {now.documents / max(seconds, 0.1):,.0f}/s"
    if now.total_bytes:
        line += f", {now.done_bytes / now.total_bytes:.0%} of {_size(now.total_bytes)}"
    left = time_left(now, seconds)
    return f"{line}, {left}" if left else line


def time_left(now: Advance, seconds: float) -> str:
    """Return how long the rest takes at the speed so far; "" if that is unknown.

    The first documents tell little: most of the time until then is the start of the workers.

    >>> time_left(Advance(100, 0, 1, 100), 40), time_left(Advance(10, 0, 1, 100), 40)
    ('about 66 minutes left', '')
    """
    if not now.total_bytes or not now.documents or now.done_bytes <= 0 or now.done_bytes >= now.total_bytes:
        return ""
    if now.documents < _FEW and now.done_bytes < _LITTLE * now.total_bytes:
        return ""
    left = seconds * (now.total_bytes - now.done_bytes) / now.done_bytes
    if left < 90:
        return f"about {max(1, round(left)):,} seconds left"
    if left < 2 * 3600:
        return f"about {round(left / 60):,} minutes left"
    return f"about {left / 3600:,.1f} hours left"


def _size(size: int) -> str:
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size:,} bytes"
