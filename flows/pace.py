"""How large the next shard is, and when what was cleaned is committed: both by time as well as by count.

A run that is killed loses what was not committed. So a shard holds what a few seconds of cleaning take, and
whatever is clean is committed at least every `commit_seconds`. Neither shows in the dataset: at the end
of a run its articles lie in files by their ids, whatever shards and commits they came in.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from copydesk.schemas.settings import Settings
from copydesk.tasks.shards import Shard

_FIRST: Final = 256
"""Documents of the first shard: one or two seconds of cleaning, for pages as for texts."""
_LEAST: Final = 64
"""With fewer documents in a shard the workers would wait for each other."""
_GROWTH: Final = 4
"""A shard has at most this many times the documents of the one before: the first measurements are poor."""
_SHORTEST, _LONGEST, _OF_RUN = 2.0, 10.0, 1 / 30
"""Seconds that a shard should take: a share of the run so far, between these bounds. What a stop loses is then
small beside what the run has done, and a long run has few tasks."""
_APART: Final = 20.0
"""The same where shards don't queue for the same workers: on a cluster, where a task costs more and half of this
is waiting, and where each shard is a commit of its own."""


class Pace:
    """Measures how fast documents are cleaned, and says when a shard is full and when a commit is due.

    `now` is the clock, which never decides what a document comes out as. Safe to use from many threads.
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
        """Whether a shard that is being read should be closed, although it has not reached its largest size."""
        now = self._now()
        if shard.number != self._shard:
            self._shard, self._opened = shard.number, now
        return shard.seen >= self._limit or now - self._opened >= self._settings.commit_seconds

    def cleaned(self, documents: int, began: float) -> None:
        """A shard was cleaned, which began at `began` by the same clock: measure the next one by it."""
        with self._lock:
            now = self._now()
            # Shards queue for the same workers, so one begins in earnest when the one before it has ended.
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
        """Whether so many clean documents, of so many raw bytes, should be committed now."""
        return (
            documents >= self._settings.shard_documents
            or size >= self._settings.shard_bytes
            or self._now() - self._committed >= self._settings.commit_seconds
        )

    def committed(self) -> None:
        """A commit was made."""
        self._committed = self._now()

    def now(self) -> float:
        """The time by this clock."""
        return self._now()
