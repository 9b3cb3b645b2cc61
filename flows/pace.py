"""Decide how large the next shard is, and when finished shards are committed: by time as well as by count.

A killed run loses what was not committed. So a shard holds a few seconds' work, and finished shards are
committed at least every `commit_seconds`. Neither shows in the dataset: at the end of a run its articles are
in files by their ids, whatever the shards and commits.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from copydesk.schemas.settings import Settings
from copydesk.tasks.shards import Shard

_FIRST: Final = 256
"""Documents of the first shard: one or two seconds of cleaning, for pages and for texts."""
_LEAST: Final = 64
"""With fewer documents in a shard the workers would wait for each other."""
_GROWTH: Final = 4
"""Maximum growth of a shard compared with the one before, because the first measurements are inaccurate."""
_SHORTEST, _LONGEST, _OF_RUN = 2.0, 10.0, 1 / 30
"""Target duration of a shard in seconds: a share of the run so far, between these bounds. A stop then loses
little compared with what the run has done, and a long run has few tasks."""
_APART: Final = 20.0
"""Target duration if shards don't queue for the same workers: on a cluster, where a task costs more and half
of this time is waiting, and in `reclean`, where each shard is a commit of its own."""


class Pace:
    """Measure the speed of cleaning, and decide when a shard is full and when a commit is due.

    `now` is the clock; it never affects the result of a document. Safe to use from many threads.
    """

    def __init__(
        self, settings: Settings, *, apart: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._apart = apart
        self._now = now
        self._lock = threading.Lock()
        self._began = self._committed = self._last_end = now()
        self._limit = min(_FIRST, settings.shard_documents)
        self._shard = -1
        self._opened = self._began

    def full(self, shard: Shard) -> bool:
        """Return whether a shard that is being read should be closed before it reaches its maximum size."""
        now = self._now()
        if shard.number != self._shard:
            self._shard, self._opened = shard.number, now
        return shard.seen >= self._limit or now - self._opened >= self._settings.commit_seconds

    def cleaned(self, documents: int, began: float) -> None:
        """Record that a shard was cleaned, starting at `began` by the same clock.

        The next shard is sized accordingly.
        """
        with self._lock:
            now = self._now()
            # Shards queue for the same workers, so a shard really starts when the one before has ended.
            start = began if self._apart else max(began, self._last_end)
            self._last_end = now
            speed = documents / max(now - start, 1e-3)
            aim = self._aim(now)
            most = min(self._settings.shard_documents, _GROWTH * self._limit)
            self._limit = max(min(_LEAST, most), min(most, int(speed * aim)))

    def _aim(self, now: float) -> float:
        if self._apart:
            return _APART
        return max(_SHORTEST, min(_LONGEST, (now - self._began) * _OF_RUN))

    def due(self, documents: int, size: int) -> bool:
        """Return whether so many finished documents, of so many raw bytes, should be committed now."""
        return (
            documents >= self._settings.shard_documents
            or size >= self._settings.shard_bytes
            or self._now() - self._committed >= self._settings.commit_seconds
        )

    def committed(self) -> None:
        """Record that a commit was made."""
        self._committed = self._now()

    def now(self) -> float:
        """Return the time by this clock."""
        return self._now()
