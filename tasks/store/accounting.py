"""Count a run's documents from two sides: how many were read, and what each became."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Self

import pyarrow as pa

from copydesk import __version__
from copydesk.schemas.errors import StorageError
from copydesk.schemas.report import RUNS, RunReport
from copydesk.schemas.shard import Counts, Fingerprint, StagedShard


class RunCounts:
    """Counts of a run that do not depend on the store's decisions."""

    def __init__(self, inputs: Sequence[str] = (), started: datetime | None = None) -> None:
        self.inputs = list(inputs)
        self.started = started or datetime.now(UTC)
        self.seen = 0
        """Documents of shards, and of inputs that did not need reading."""
        self.read = 0
        """Documents of shards, and documents of the same inputs that earlier runs took."""
        self.finished = 0
        """Documents of inputs that were read to the end."""
        self.kept_chars = 0
        self.removed_chars = 0
        self.removed_by_label: Counter[str] = Counter()
        self.rejects_by_reason: Counter[str] = Counter()
        self.rejects_by_source: Counter[str] = Counter()
        self.skipped: set[Fingerprint] = set()
        self.since: dict[str, int] = {}
        """For each resumed input, the run that began to read it."""

    @property
    def whole(self) -> bool:
        """Return whether every input that was begun was read to the end."""
        return self.read == self.finished

    def resume(self, uri: str, records: int, rejected: int, since: int) -> None:
        """Count what earlier runs took from an input that is now resumed, without its rejects."""
        self.seen += records - rejected
        self.read += records
        self.rejects_by_source[uri] += rejected
        self.since[uri] = since

    def plus(self, shards: Sequence[StagedShard], finished: Sequence[tuple[Fingerprint, int]]) -> Self:
        """Return the tally with these shards and inputs added.

        Raise StorageError if documents of an input are missing.
        """
        new = copy(self)
        new.removed_by_label = self.removed_by_label.copy()
        new.rejects_by_reason = self.rejects_by_reason.copy()
        new.rejects_by_source = self.rejects_by_source.copy()
        for shard in shards:
            new.seen += shard.seen
            new.read += shard.seen
            new.kept_chars += shard.kept_chars
            new.removed_chars += shard.removed_chars
            new.removed_by_label.update(shard.removed_by_label)
            new.rejects_by_reason.update(reject.reason for reject in shard.rejects)
            new.rejects_by_source.update(reject.origin.source for reject in shard.rejects)
        new.finished += sum(documents for _, documents in finished)
        if new.finished > new.read:
            raise StorageError(
                f"inputs held {new.finished} documents, but {new.read} arrived: some were lost on the way; run it again"
            )
        return new

    def report(
        self,
        run_id: str,
        books: Counts,
        settings: str,
        rules_version: str,
        *,
        near_duplicates: int = 0,
    ) -> RunReport:
        """Return the run's report. Raise StorageError if the counts don't balance."""
        report = RunReport(
            run_id=run_id,
            started_at=self.started,
            finished_at=datetime.now(UTC),
            inputs=self.inputs,
            seen=self.seen,
            **books._asdict(),
            near_duplicates=near_duplicates,
            kept_chars=self.kept_chars,
            removed_chars=self.removed_chars,
            removed_by_label=dict(sorted(self.removed_by_label.items())),
            rejects_by_reason=dict(sorted(self.rejects_by_reason.items())),
            settings=settings,
            rules_version=rules_version,
            cleaner_version=__version__,
        )
        if not report.balanced():
            raise StorageError(
                f"the counts of run {run_id} don't balance: {self.seen} documents seen, {books}"
            )
        return report


def run_rows(report: RunReport) -> pa.Table:
    """Return the row of `runs/`."""
    return pa.Table.from_pylist([asdict(report)], RUNS)
