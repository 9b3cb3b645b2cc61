"""The books of a run, counted from two sides: what came in, and what became of it."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Self

import pyarrow as pa

from copydesk.schemas.errors import StorageError
from copydesk.schemas.report import RUNS, RunReport
from copydesk.schemas.shard import Books, Fingerprint, StagedShard


class Tally:
    """What a run counts apart from what the store decides."""

    def __init__(self, inputs: Sequence[str] = (), started: datetime | None = None) -> None:
        self.inputs = list(inputs)
        self.started = started or datetime.now(UTC)
        self.seen = 0
        """Documents of shards, and of inputs that did not need reading."""
        self.read = 0
        """Documents of shards, and those of their inputs that earlier runs took."""
        self.finished = 0
        """Documents of inputs that were read to the end."""
        self.kept_chars = 0
        self.removed_chars = 0
        self.removed_by_label: Counter[str] = Counter()
        self.rejects_by_reason: Counter[str] = Counter()
        self.rejects_by_source: Counter[str] = Counter()
        self.skipped: set[Fingerprint] = set()
        self.since: dict[str, int] = {}
        """Inputs that are read on: the run that began to read them."""

    @property
    def whole(self) -> bool:
        """Every input that was begun was read to the end."""
        return self.read == self.finished

    def go_on(self, uri: str, records: int, rejected: int, since: int) -> None:
        """An input is read on: count what earlier runs took of it, as far as it was not rejected."""
        self.seen += records - rejected
        self.read += records
        self.rejects_by_source[uri] += rejected
        self.since[uri] = since

    def plus(self, shards: Sequence[StagedShard], finished: Sequence[tuple[Fingerprint, int]]) -> Self:
        """The tally with these shards and inputs in it; StorageError when an input's documents are not all there."""
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
                f"inputs held {new.finished} documents, {new.read} arrived: some were lost on the way"
            )
        return new

    def report(
        self,
        run_id: str,
        books: Books,
        settings: str,
        rules_version: str,
        cleaner_version: str,
        *,
        near_duplicates: int = 0,
    ) -> RunReport:
        """The run's report; StorageError when the books don't balance."""
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
            cleaner_version=cleaner_version,
        )
        if not report.balanced():
            raise StorageError(
                f"the books of run {run_id} don't balance: {self.seen} documents seen, {books}"
            )
        return report


def run_rows(report: RunReport) -> pa.Table:
    """The row of `runs/`."""
    return pa.Table.from_pylist([asdict(report)], RUNS)
