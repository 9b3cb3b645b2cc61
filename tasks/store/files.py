"""Durable files: written once, synced, checked, and never changed under the same name.

No Python Parquet writer syncs what it writes (pyarrow, pandas, polars and DuckDB leave a file of 0 bytes
after a power cut 12 s later), so every file and every folder entry is synced here. A failed sync ends the
run: the kernel may have dropped the pages, and a second sync would report success.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from copydesk.schemas.errors import CannotWriteError, CopydeskError, StorageError
from copydesk.tasks.store.crash_points import point
from copydesk.tasks.store.safe_paths import create_file, hard_link, open_file, parquet, remove

GROUP_ROWS: Final[dict[str, int]] = {"articles": 2_000, "ledger": 50_000, "documents": 1_000}
"""Rows per row group; other trees have 10,000. An article takes about 10 KB and a ledger row 150 bytes, so a
row group is about 20 MB and 8 MB, and a reader or a rewrite holds little at a time."""
GROUP_TEXT: Final = 16 << 20
"""A row group ends earlier when its texts reach this many bytes: 2,000 articles may be 20 GB."""
_HEAVY: Final = ("text", "content")
"""The largest column of each tree that has one."""
_CANNOT_LINK: Final = frozenset({errno.EMLINK, errno.EPERM, errno.ENOTSUP, errno.EXDEV})
_CANNOT_WRITE: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class StoredFile(NamedTuple):
    """A finished file: its path, and the values that `verify` checks later."""

    path: Path
    rows: int
    size: int
    sha256: str


class ParquetFile:
    """A Parquet file under construction. Its bytes depend only on its rows and their groups.

    Schema, compression and page layout are fixed. Use as a context manager: a file that was not closed is
    removed. A file that is not `lasting` is read once and need not survive a crash.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, lasting: bool = True) -> None:
        self.path = path
        self._lasting = lasting
        self._rows = 0
        mode = 0o600 if schema.metadata[b"dataset"] == b"documents" else 0o666
        self._sink = create_file(path, mode)
        try:
            point("staged file open")
            self._writer = self._open(schema)
        except BaseException:
            self._sink.close()
            raise

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        dataset = schema.metadata[b"dataset"]
        packed = dataset == b"documents"  # each was already compressed by the worker
        codec = "zstd" if self._lasting else "lz4"
        return pq.ParquetWriter(
            self._sink,
            schema,
            version="2.6",
            compression=dict.fromkeys(schema.names, codec) | {"content": "none"} if packed else codec,
            compression_level=3 if self._lasting and not packed else None,
            # The texts of articles hardly repeat: a dictionary costs a reader 12 MB per row group and saves
            # nothing.
            use_dictionary=dataset not in (b"articles", b"documents"),
            write_batch_size=64,
            write_page_checksum=True,
        )

    def __enter__(self) -> Self:
        """Return the open file."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Remove the file if it was not finished."""
        if not self._sink.closed:
            # The original error is already being raised. The writer must be closed before its sink.
            with suppress(OSError, pa.ArrowException):
                self._writer.close()
            with suppress(OSError):
                self._sink.close()
            remove(self.path)

    @property
    def size(self) -> int:
        """Return the number of bytes written so far."""
        return self._sink.tell()

    def write(self, group: pa.Table) -> None:
        """Add one row group from `row_groups`."""
        self._writer.write_table(group, row_group_size=max(group.num_rows, 1))
        self._rows += group.num_rows
        point("row group written")

    def close(self) -> StoredFile:
        """Finish, sync, and check the file by opening it again."""
        self._writer.close()
        self._sink.flush()
        point("staged file complete")
        if self._lasting:
            os.fsync(self._sink.fileno())
        self._sink.close()
        point("staged file synced")
        return checked(self.path, self._rows)


def row_groups(tables: Iterable[pa.Table], tree: str) -> Iterator[pa.Table]:
    """Cut a stream of rows into row groups. The cuts depend on the rows, never on how they arrive."""
    most = GROUP_ROWS.get(tree, 10_000)
    pending: list[pa.Table] = []
    rows = text = 0
    for table in tables:
        start = 0
        weights = np.cumsum(_text_bytes(table))
        while start < table.num_rows:
            before = int(weights[start - 1]) if start else 0
            heavy = int(np.searchsorted(weights, before + GROUP_TEXT - text)) + 1
            end = min(table.num_rows, start + most - rows, heavy)
            pending.append(table.slice(start, end - start))
            rows += end - start
            text += int(weights[end - 1]) - before
            start = end
            if rows >= most or text >= GROUP_TEXT:
                yield pa.concat_tables(pending).combine_chunks()
                pending, rows, text = [], 0, 0
    if pending:
        yield pa.concat_tables(pending).combine_chunks()


def checked(path: Path, rows: int) -> StoredFile:
    """Open a finished file as a reader does. Raise StorageError unless it holds `rows` rows."""
    with parquet(path) as file:
        found = file.metadata.num_rows
    if found != rows:
        raise StorageError(f"{path}: wrote {rows} rows, but the file has {found}; the disk may be damaged")
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        return StoredFile(path, rows, size, hashlib.file_digest(file, "sha256").hexdigest())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text_bytes(rows: pa.Table) -> Any:
    """Return the size of the largest column, row by row; zeros for trees without one."""
    for name in _HEAVY:
        if name in rows.column_names:
            return pc.fill_null(pc.binary_length(rows[name]), 0).to_numpy().astype(np.int64)
    return np.zeros(rows.num_rows, dtype=np.int64)


def write_bytes(path: Path, content: bytes) -> None:
    """Write and sync a file that only its owner may read."""
    with create_file(path, 0o600) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def link(source: Path, target: Path) -> None:
    """Give a file a second name; copy it if links are impossible (ext4 allows 65,000 per file)."""
    try:
        hard_link(source, target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        with open_file(source) as original, create_file(target) as copy:
            shutil.copyfileobj(original, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn a system error into one that names the path and says what to do."""
    try:
        yield
    except CopydeskError:
        raise
    except OSError as error:
        # rmtree names an entry relative to an open folder; symlink names the text of the link.
        names = [
            os.fspath(name) for name in (error.filename, error.filename2) if isinstance(name, str | Path)
        ]
        where = next(filter(os.path.isabs, names), place)
        if error.errno in _CANNOT_WRITE:
            raise CannotWriteError(
                f"{where}: {error.strerror}; choose a folder that can be written"
            ) from error
        free = _free_bytes(place)
        raise StorageError(
            f"{where}: {error.strerror or error} ({free} free); nothing incomplete was published"
        ) from error


def _free_bytes(place: Path) -> str:
    try:
        return f"{shutil.disk_usage(place).free:,} bytes"
    except OSError:
        return "unknown space"
