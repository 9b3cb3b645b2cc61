"""Read `rejects/` and `runs/` for a report."""

import heapq
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa

from copydesk.schemas.survey import RejectReason, Run

_EXAMPLES: Final = 5
_RUNS: Final = 60
_DETAIL: Final = 300


class Source(Protocol):
    """A dataset to read."""

    def batches(self, tree: str, columns: Sequence[str], name: str = "") -> Iterator[pa.Table]:
        """Read columns of a tree."""


def reject_reasons(source: Source) -> tuple[RejectReason, ...]:
    """Count the rejected documents by reason, most first, with examples.

    A document that several runs rejected counts once for each reason.
    """
    known: dict[tuple[str, str], list[bytes]] = {}
    examples: dict[tuple[str, str], list[tuple[int, tuple[str, str, str]]]] = {}
    columns = ("stage", "reason", "source", "record", "content_hash", "detail")
    for rows in source.batches("rejects", columns):
        for row in rows.to_pylist():
            key = row["stage"], row["reason"]
            digest = blake2b(
                "\0".join((row["source"], row["record"], row["content_hash"])).encode(
                    "utf-8", "surrogatepass"
                ),
                digest_size=8,
            ).digest()
            known.setdefault(key, []).append(digest)
            example = row["source"], row["record"], row["detail"][:_DETAIL]
            _keep_smallest(examples.setdefault(key, []), int.from_bytes(digest, "big"), example)
    found = [
        RejectReason(
            *key,
            len(np.unique(np.frombuffer(b"".join(digests), np.uint64))),
            tuple(example for _, example in sorted(examples[key])[::-1]),
        )
        for key, digests in known.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.documents, each.stage, each.reason)))


def _keep_smallest(
    heap: list[tuple[int, tuple[str, str, str]]], number: int, example: tuple[str, str, str]
) -> None:
    """Keep the examples with the smallest numbers, each document once."""
    entry = (-number, example)
    if any(each[0] == -number for each in heap):
        return
    if len(heap) < _EXAMPLES:
        heapq.heappush(heap, entry)
    else:
        heapq.heappushpop(heap, entry)


def runs_of(source: Source) -> tuple[Run, ...]:
    """Return the latest runs, oldest first."""
    rows = [row for table in source.batches("runs", Run._fields) for row in table.to_pylist()]
    rows.sort(key=lambda row: (row["started_at"], row["run_id"]))
    return tuple(_run(row) for row in rows[-_RUNS:])


def _run(row: dict[str, Any]) -> Run:
    """Build a run from its row. Counts that an older version lacks are 0 or empty."""
    values: dict[str, Any] = {name: 0 if row[name] is None else row[name] for name in Run._fields}
    for name in ("removed_by_label", "rejects_by_reason"):
        values[name] = dict(row[name] or ())
    for name in ("alarms", "inputs"):
        values[name] = tuple(row[name] or ())
    return Run(**values)
