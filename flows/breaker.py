"""The circuit breaker: too many rejects mean that something changed, and a person should look at it."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from copydesk.schemas.errors import BreakerError
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.shards import source_of

_SOURCE_SHARE: Final = 0.5
"""The limit for one source is higher than that of the run, because one site changes its format more often
than all do."""
_REASONS_SHOWN: Final = 3


class Breaker:
    """Count documents and rejects of a run, and of each source in it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def count(self, sources: Counter[str], rejects: Iterable[Reject]) -> None:
        """Count a shard. Raise BreakerError if the run, or one source, has lost too many documents.

        The limits are more than `breaker_share` of the run, or more than half of one source (a site, a
        publisher, a file of records, a folder), and in both cases more than `breaker_documents`. A share of 1
        turns both off, because no more than all can be rejected.
        """
        self._seen.update(sources)
        for reject in rejects:
            self._rejected[source_of(reject.origin)] += 1
            self._reasons[f"{reject.stage} {reject.reason}"] += 1
        share = self._settings.breaker_share
        self._check("the run", self._rejected.total(), self._seen.total(), share)
        for source in sources:
            self._check(
                source or "this folder", self._rejected[source], self._seen[source], max(share, _SOURCE_SHARE)
            )

    def _check(self, what: str, rejected: int, seen: int, share: float) -> None:
        if rejected > self._settings.breaker_documents and rejected > share * seen:
            reasons = ", ".join(f"{n:,} {reason}" for reason, n in self._reasons.most_common(_REASONS_SHOWN))
            raise BreakerError(
                f"stopped: {rejected:,} of {seen:,} documents of {what} were rejected ({reasons}); "
                f"expected at most {share:.0%}. What was committed before stays."
            )
