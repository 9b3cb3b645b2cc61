"""Datasets in memory, for tests of a survey and its report."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from copydesk.schemas.article import ARTICLES
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.report import REJECTS, RUNS

SCHEMAS = {"articles": ARTICLES, "ledger": LEDGER, "rejects": REJECTS, "runs": RUNS}
START = datetime(2026, 5, 1, 6, tzinfo=UTC)


class Tables:
    """A source of rows in memory. `size` is the size of its batches."""

    def __init__(self, size: int = 1000, **rows: list[dict[str, Any]]) -> None:
        self._size = size
        self._tables = {
            tree: pa.Table.from_pylist(rows.get(tree, []), schema) for tree, schema in SCHEMAS.items()
        }

    def files(self) -> list[str]:
        return ["0"] if self._tables["articles"].num_rows else []

    def batches(self, tree: str, columns: Sequence[str], name: str = "") -> Iterator[pa.Table]:
        table = self._tables[tree].select(list(columns))
        for batch in table.to_batches(max_chunksize=self._size):
            yield pa.Table.from_batches([batch])


def article(number: int, **values: Any) -> dict[str, Any]:
    """A row of `articles/`."""
    return {
        "id": f"{number:08x}{'0' * 24}",
        "publisher": "Herald",
        "language": "en",
        "published_at": START + timedelta(days=number % 90),
        "word_count": 100,
        "removed_chars": 0,
        "removed_share": 0.0,
        "flags": [],
    } | values


def stretch(number: int, seq: int, text: str, **values: Any) -> dict[str, Any]:
    """A row of `ledger/`: body that was kept, unless `values` say otherwise."""
    return {
        "id": f"{number:08x}{'0' * 24}",
        "seq": seq,
        "start": 0,
        "end": len(text),
        "text": text,
        "label": "paragraph",
        "kept": True,
        "rule": "",
        "score": 1.0,
    } | values


def run(number: int, **values: Any) -> dict[str, Any]:
    """A row of `runs/`."""
    return {
        "run_id": f"run-{number}",
        "started_at": START + timedelta(days=number),
        "finished_at": START + timedelta(days=number, seconds=9),
        "inputs": ["in"],
        "seen": 10,
        "written": 8,
        "unchanged": 1,
        "duplicate": 0,
        "rejected": 1,
        "kept_chars": 900,
        "removed_chars": 100,
        "removed_by_label": [("share", 100)],
        "rejects_by_reason": [("empty", 1)],
        "settings": "{}",
        "rules_version": "r1",
        "cleaner_version": "0.1.0",
    } | values


def reject(number: int, **values: Any) -> dict[str, Any]:
    """A row of `rejects/`."""
    return {
        "source": "in/a.jsonl",
        "record": str(number),
        "url": "",
        "stage": "read",
        "reason": "bad-json",
        "detail": "found no JSON",
        "content_hash": f"h{number}",
        "size": 3,
        "run_id": "run-0",
        "rejected_at": START,
    } | values
