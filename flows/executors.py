"""Who cleans the shards of a run: the worker processes of this machine, or the workers of a cluster."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, Self

from copydesk.schemas.report import Reject
from copydesk.schemas.shard import StagedShard
from copydesk.tasks.shards import Shard, Terms, clean_shard, read_answer, write_order
from copydesk.tasks.workers import Cleaned, WorkerPool

IN_FLIGHT: Final = 2
"""Shards that this machine cleans at a time: one that keeps all workers busy, one that is being written."""

Count = Callable[[Sequence[Reject], int, int], None]
"""Told what came back: rejects, documents, and about how large these were."""


class ShardExecutor(Protocol):
    """Cleans shards, in any thread; a context manager that leaves nothing running behind."""

    def places(self) -> int:
        """How many shards to clean at a time."""

    def clean(self, shard: Shard, stage: Path, count: Count) -> StagedShard:
        """Clean a shard into files in `stage`. Raises PoolClosedError when the crew is closed meanwhile."""

    def close(self) -> None:
        """Give up what is under way. May be called again."""


class Cluster(Protocol):
    """Machines that clean shards given as orders: see `copydesk.tasks.shards.remote`."""

    def places(self) -> int:
        """How many shards it can clean at a time."""

    def clean(self, number: int, order: Path) -> str:
        """Have an order carried out and wait for it; returns the path of the answer."""

    def close(self) -> None:
        """Give up what is under way: `clean` raises PoolClosedError. May be called again."""


class Local:
    """Worker processes on this machine."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    def __enter__(self) -> Self:
        """Work inside a `with`."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close."""
        self.close()

    def places(self) -> int:
        """One shard that keeps all workers busy, one that is being written."""
        return IN_FLIGHT

    def clean(self, shard: Shard, stage: Path, count: Count) -> StagedShard:
        """Clean a shard; `count` hears of each batch."""

        def done(parts: list[Cleaned]) -> None:
            rejects = [reject for part in parts for reject in part.rejects]
            size = sum(part.kept_chars + part.removed_chars for part in parts)
            count(rejects, sum(part.seen for part in parts), size)

        return clean_shard(shard, self._pool, stage, done)

    def close(self) -> None:
        """Kill the workers."""
        self._pool.close()


class Remote:
    """Workers on other machines, which see the same folder."""

    def __init__(self, cluster: Cluster, terms: Terms) -> None:
        self._cluster = cluster
        self._terms = terms

    def __enter__(self) -> Self:
        """Work inside a `with`."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close."""
        self.close()

    def places(self) -> int:
        """As many as the cluster has."""
        return self._cluster.places()

    def clean(self, shard: Shard, stage: Path, count: Count) -> StagedShard:
        """Clean a shard; `count` hears of it when it is done."""
        order = write_order(shard, self._terms, stage)
        staged = read_answer(shard, self._cluster.clean(shard.number, order))
        read = len(shard.rejects)  # counted already
        count(staged.rejects[read:], staged.seen - read, staged.kept_chars + staged.removed_chars)
        return staged

    def close(self) -> None:
        """Wait for no shard any more."""
        self._cluster.close()
