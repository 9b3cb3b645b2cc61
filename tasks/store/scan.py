"""Read the current snapshot from front to back, some rows at a time, without taking a lock."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from copydesk.schemas.errors import StorageError
from copydesk.tasks.store.safe_paths import names_in, parquet
from copydesk.tasks.store.snapshot import EMPTY, TREES, resolve

_BATCH: Final = 1 << 15


class Scan:
    """One snapshot of a dataset: it stays as it is while newer runs are committed, for a day."""

    def __init__(self, out: Path) -> None:
        """Find the snapshot; UsageError where there is no dataset."""
        self.snapshot = resolve(out)

    def files(self) -> list[str]:
        """Names of the files of `articles`, sorted. The ledger of each article is in the file of that name in `ledger`."""
        return [name for name in names_in(self.snapshot / "articles") if name != EMPTY]

    def rows(self, tree: str) -> int:
        """Number of rows of a tree."""
        total = 0
        for name in names_in(self.snapshot / tree):
            with parquet(self.snapshot / tree / name) as file:
                total += file.metadata.num_rows
        return total

    def batches(
        self, tree: str, columns: Sequence[str], name: str = "", size: int = _BATCH
    ) -> Iterator[pa.Table]:
        """Read columns of a tree, at most `size` rows at a time; of one file where `name` says which.

        A column that a file of an older version does not have is null. Raises StorageError.
        """
        schema = pa.schema([TREES[tree].field(column) for column in columns])
        for each in [name] if name else names_in(self.snapshot / tree):
            path = self.snapshot / tree / each
            with parquet(path) as file:
                there = [column for column in columns if column in file.schema_arrow.names]
                try:
                    for batch in file.iter_batches(size, columns=there):
                        yield _completed(pa.Table.from_batches([batch]), schema)
                except (pa.ArrowException, OSError) as error:
                    raise StorageError(f"{path}: can't be read: {error}") from error


def _completed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of a schema, in its order; those that are not there are null."""
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)
