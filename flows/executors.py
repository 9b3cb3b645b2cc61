"""Clean the shards of a run: with worker processes on this machine, or with the workers of a cluster."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, Self

from copydesk.schemas.report import Reject
from copydesk.schemas.shard import Cleaned, StagedShard
from copydesk.tasks.shards import Shard, Terms, clean_shard, read_answer, write_order
from copydesk.tasks.workers import WorkerPool

IN_FLIGHT: Final = 2
"""Shards that this machine processes at a time: one keeps all workers busy while another is written."""

Count = Callable[[Sequence[Reject], int, int], None]
"""Called with rejects, number of documents, and their approximate size."""


class ShardExecutor(Protocol):
    """Clean shards, in any thread; a context manager that leaves nothing running."""

    def places(self) -> int:
        """Return how many shards to clean at a time."""

    def clean(self, shard: Shard, stage: Path, count: Count) -> StagedShard:
        """Clean a shard into files in `stage`. Raise PoolClosedError if the executor is closed meanwhile."""

    def close(self) -> None:
        """Give up unfinished work. May be called again."""


class Cluster(Protocol):
    """Machines that clean shards given as job files: see `copydesk.tasks.shards.remote`."""

    def places(self) -> int:
        """Return how many shards it can clean at a time."""

    def clean(self, number: int, order: Path) -> str:
        """Process a job and wait for it; return the path of the result."""

    def close(self) -> None:
        """Give up unfinished work: `clean` raises PoolClosedError. May be called again."""


class Local:
    """Clean shards with worker processes on this machine."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    def __enter__(self) -> Self:
        """Return the executor."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close the executor."""
        self.close()

    def places(self) -> int:
        """Return 2: one shard keeps all workers busy while another is written."""
        return IN_FLIGHT

    def clean(self, shard: Shard, stage: Path, count: Count) -> StagedShard:
        """Clean a shard; call `count` for each batch."""

        def done(parts: list[Cleaned]) -> None:
            rejects = [reject for part in parts for reject in part.rejects]
            size = sum(part.kept_chars + part.removed_chars for part in parts)
            count(rejects, sum(part.seen for part in parts), size)

        return clean_shard(shard, self._pool, stage, done)

    def close(self) -> None:
        """Kill the workers."""
        self._pool.close()


class Remote:
    """Clean shards with workers on other machines, which see the same folder."""

    def __init__(self, cluster: Cluster, terms: Terms) -> None:
        self._cluster = cluster
        self._terms = terms

    def __enter__(self) -> Self:
        """Return the executor."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close the executor."""
        self.close()

    def places(self) -> int:
        """Return the capacity of the cluster."""
        return self._cluster.places()

    def clean(self, shard: Shard, stage: Path, count: Count) -> StagedShard:
        """Clean a shard; call `count` when it is done."""
        order = write_order(shard, self._terms, stage)
        staged = read_answer(shard, self._cluster.clean(shard.number, order))
        read = len(shard.rejects)  # already counted
        count(staged.rejects[read:], staged.seen - read, staged.kept_chars + staged.removed_chars)
        return staged

    def close(self) -> None:
        """Stop waiting for shards."""
        self._cluster.close()
