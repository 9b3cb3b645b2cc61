"""Read the current snapshot from front to back, some rows at a time, without a lock."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from copydesk.schemas.errors import StorageError
from copydesk.tasks.store.safe_paths import names_in, parquet
from copydesk.tasks.store.snapshot import EMPTY, TREES, resolve

_BATCH: Final = 1 << 15


class Scan:
    """One snapshot of a dataset. It stays unchanged for a day while newer runs commit."""

    def __init__(self, out: Path) -> None:
        """Find the snapshot. Raises UsageError if there is no dataset."""
        self.snapshot = resolve(out)

    def files(self) -> list[str]:
        """Return the sorted names of the files of `articles`.

        The ledger of each file has the same name in `ledger`.
        """
        return [name for name in names_in(self.snapshot / "articles") if name != EMPTY]

    def rows(self, tree: str) -> int:
        """Return the number of rows of a tree."""
        total = 0
        for name in names_in(self.snapshot / tree):
            with parquet(self.snapshot / tree / name) as file:
                total += file.metadata.num_rows
        return total

    def batches(
        self, tree: str, columns: Sequence[str], name: str = "", size: int = _BATCH
    ) -> Iterator[pa.Table]:
        """Read columns of a tree, at most `size` rows at a time; only one file if `name` is given.

        A column that a file of an older version lacks is null. Raises StorageError.
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
    """Return the columns of a schema, in its order. Missing columns are null."""
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)
