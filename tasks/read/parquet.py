"""Read Parquet row by row, one row group after the other, in batches of limited size.

A file states how large its columns are, packed and unpacked. A row group that unpacks to more than any text
would is not read, and the output is counted as well: with a dictionary, 4 KB can hold one text two thousand
times. Each row of an unreadable row group becomes a reject, so that the numbers of later rows stay right.
"""

import tempfile
from collections.abc import Iterator
from typing import IO, Any, Final, cast

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk.schemas.document import Origin
from copydesk.schemas.errors import is_of_machine
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.settings import MIB, Settings
from copydesk.tasks.read.columns import Layout, choose
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.gzip_members import expands_too_much
from copydesk.tasks.read.rows import Documents, RowReader, rejected
from copydesk.tasks.read.tables import Rows, documents_of, made_of

_BATCH: Final = 64
_BATCH_BYTES: Final = 256 * MIB
"""Maximum rows per batch, and maximum bytes per batch if each row were as large as the whole group, which a
dictionary allows."""
_MOST_LOST: Final = 10_000
"""Maximum number of lost rows that become rejects one by one; beyond it the rest of the file is given up."""


def read_parquet(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read only the needed columns, in small batches; row groups before the cursor are not read.

    A compressed file, or one from a pipe, is copied to a temporary file, because Parquet is read from its
    end.
    """
    with _seekable(stream, input) as file:
        table = _Table(file, input, settings)
        before = cursor.records if cursor.columns else 0
        known = Layout.from_json(cursor.columns) if before else None
        layout = known or choose(columns, table.names, input)
        table.select([name for name in _names(layout.columns) if name])
        if before:
            documents = made_of(table.rows(before), RowReader(layout, input), cursor)
        else:
            documents = documents_of(table.rows(0), layout, input, cursor)
        handed_out = cursor.records
        for number, item in enumerate(documents, start=before + 1):
            if number > handed_out:
                cursor.records = number
                yield item


class _Table:
    """An open file, by row groups."""

    def __init__(self, file: IO[bytes], input: InputFile, settings: Settings) -> None:
        self._input, self._settings = input, settings
        try:
            self._file: Any = pq.ParquetFile(file, buffer_size=1 << 20, pre_buffer=False)
            self.names: list[str] = [str(name) for name in self._file.schema_arrow.names]
        except Exception as error:  # the library trusts the footer
            if isinstance(error, OSError) and is_of_machine(error):
                raise
            raise BrokenError("unreadable", f"not a whole Parquet file: {_first_line(error)}") from error
        self._wanted: list[str] = []
        self._made = self._packed = 0

    def select(self, wanted: list[str]) -> None:
        """Choose the columns to read. Raise BrokenError if two columns share one of these names."""
        self._wanted = list(dict.fromkeys(wanted))
        twice = [name for name in self._wanted if self.names.count(name) > 1]
        if twice:
            found = f"found {self.names.count(twice[0])} columns named {twice[0]!r}"
            raise BrokenError("bad-columns", f"{found}, expected one; rename or drop the others")

    def rows(self, before: int) -> Rows:
        """Yield the rows after the first `before`, numbered from the beginning of the file."""
        start = 0
        for group in range(self._file.num_row_groups):
            size = max(0, self._file.metadata.row_group(group).num_rows)
            if start + size > before:
                yield from self._rows_of(group, start, size, before)
            start += size

    def _rows_of(self, group: int, start: int, size: int, before: int) -> Rows:
        number = start
        try:
            batches = self._file.iter_batches(
                batch_size=self._check(group), columns=self._wanted, row_groups=[group]
            )
            for batch in batches:
                cells = {name: _cells(batch.column(name)) for name in self._wanted}
                self._count(cells)
                for at in range(batch.num_rows):
                    number += 1
                    if number > before:
                        yield number, {name: values[at] for name, values in cells.items()}
                del cells
        except BrokenError:
            raise
        except Exception as error:  # of any kind: damage shows in the decoder of the pages
            if isinstance(error, OSError) and is_of_machine(error):
                raise
            problem = f"row group {group + 1} is damaged: {_first_line(error)}"
            if start + size - number > _MOST_LOST:
                raise BrokenError("truncated", f"after row {number:,}: {problem}") from error
            for lost in range(max(number, before) + 1, start + size + 1):
                origin = Origin(self._input.uri, str(lost))
                yield rejected(origin, "damaged", f"{self._input.uri} row {lost}: {problem}")

    def _check(self, group: int) -> int:
        """Return how many rows of a group to read at a time.

        Raise BrokenError for a group that expands too much.
        """
        meta, packed, whole = self._file.metadata.row_group(group), 0, 0
        for number in range(meta.num_columns):
            column = meta.column(number)
            if column.path_in_schema.partition(".")[0] in self._wanted:
                packed += max(0, column.total_compressed_size)
                whole += max(0, column.total_uncompressed_size)
        self._packed += packed
        if expands_too_much(whole, packed, self._settings):
            raise self._bomb(group, packed, f"{whole:,}")
        return max(1, min(_BATCH, _BATCH_BYTES // max(1, whole)))

    def _count(self, cells: dict[str, list[Any]]) -> None:
        for values in cells.values():
            self._made += sum(len(value) for value in values if isinstance(value, str | bytes))
        if expands_too_much(self._made, self._packed, self._settings):
            raise self._bomb(-1, self._packed, f"more than {self._made:,}")

    def _bomb(self, group: int, packed: int, made: str) -> BrokenError:
        where = f"row group {group + 1}: " if group >= 0 else ""
        most = self._settings.max_expansion_ratio
        return BrokenError(
            "too-large",
            f"{where}{packed:,} packed bytes expand to {made}, over {most} times; text is rarely over 20",
        )


def _seekable(stream: Iterator[bytes], input: InputFile) -> IO[bytes]:
    if input.path is not None and not input.member and input.path.is_file():
        file = input.path.open("rb")
        if file.read(4) == b"PAR1":
            file.seek(0)
            return file
        file.close()
    spool = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - the caller closes it
    for chunk in stream:
        spool.write(chunk)
    spool.seek(0)
    return spool


def _cells(column: Any) -> list[Any]:
    """Return the Python values of a column.

    Text that is not UTF-8 becomes bytes. A value that Python can't represent (the year 60,000) becomes None.
    """
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        return cast("list[Any]", column.to_pylist())
    except UnicodeDecodeError:
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        return cast("list[Any]", column.cast(pa.binary()).to_pylist())
    except (ValueError, OverflowError, NotImplementedError, TypeError, KeyError):
        return [_value(cell) for cell in column]


def _value(cell: Any) -> object:
    try:
        return cell.as_py()
    except (ValueError, OverflowError, NotImplementedError, TypeError, KeyError):
        return None


def _names(columns: Columns) -> list[str]:
    return [getattr(columns, name) for name in Columns.__dataclass_fields__]


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
