"""Read tables: JSON Lines, CSV and Parquet, row by row.

All three give rows as `{column: cell}`; from there on a row is a document in the same way
(`tasks.read_rows`).
"""

import codecs
import csv
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, Any, Final, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.document import Origin
from schemas.report import Reject
from schemas.settings import Settings
from schemas.source import Columns, InputFile
from tasks.read_breaks import BrokenError
from tasks.read_cursor import Cursor
from tasks.read_rows import Documents, Row, choose, document, rejected
from tasks.read_streams import Line, lines

Rows = Iterator[tuple[int, Row] | Reject]
"""Rows with the number of their line (CSV) or their place (Parquet), counted from 1."""
JsonRows = Iterator[tuple[Line, Row | Reject]]
"""Rows of JSON Lines with their lines, which have given their content away."""

_LOOKAHEAD: Final = 100
"""Rows of JSON Lines that are read before a column counts as missing: objects may leave keys out."""
_BATCH: Final = 64
"""Parquet rows at a time: 64 pages of a large site are some 50 MB."""


def read_jsonl(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read one JSON object a line; blank lines are no documents, bad ones become rejects.

    A last line without a line end is taken if it is a whole object. If not, it is rejected like any
    other, but the cursor stays before it: whoever writes the file may not be done with it.
    """
    rows = _json_rows(stream, input, settings, cursor)
    if cursor.starts_inside:
        columns = replace(columns, text=cursor.text, html=cursor.html)
    else:
        first, rows = _peek(rows)
        known = list(dict.fromkeys(key for _, row in first if isinstance(row, dict) for key in row))
        if known:
            columns = choose(columns, known, input)
            cursor.choose(columns.text, columns.html)
    for line, row in rows:
        if isinstance(row, Reject) and not line.ended:
            cursor.open += 1
        else:
            cursor.move(line)
        yield row if isinstance(row, Reject) else document(row, line.number, columns, input)


def read_csv(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read CSV with a header line; the delimiter is the one that the header line has most of.

    Cells are handed on as bytes, each to be decoded by its own evidence: nothing in CSV says what
    charset a file is in. Rows with too many or too few cells become rejects.
    """
    skipped: list[Reject] = []
    texts = _csv_lines(stream, input, settings, skipped)
    header = next(texts, "")
    csv.field_size_limit(settings.max_line_bytes)
    delimiter = max(",;\t|", key=header.count)
    names = _header(header, delimiter)
    chosen = choose(columns, names, input)
    return cursor.behind(_documents(_csv_rows(texts, names, delimiter, input, skipped), chosen, input))


def read_parquet(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read Parquet in small batches, only the columns that are needed; row groups before the cursor are not read.

    A compressed file, or one from a pipe, goes through a temporary file: Parquet is read from its end.
    """
    with _seekable(stream, input) as file:
        try:
            table = pq.ParquetFile(file, buffer_size=1 << 20, pre_buffer=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise BrokenError("unreadable", f"not a whole Parquet file: {_first_line(error)}") from error
        chosen = choose(columns, table.schema_arrow.names, input)
        wanted = [name for name in dict.fromkeys(_names(chosen)) if name]
        before = cursor.records
        for item in _documents(_parquet_rows(table, wanted, before), chosen, input):
            cursor.records += 1
            yield item


def _documents(rows: Rows, columns: Columns, input: InputFile) -> Documents:
    for row in rows:
        yield row if isinstance(row, Reject) else document(row[1], row[0], columns, input)


def _peek(rows: JsonRows) -> tuple[list[tuple[Line, Row | Reject]], JsonRows]:
    """Read some rows ahead; a break among them is raised where the reader gets to it."""
    first: list[tuple[Line, Row | Reject]] = []
    failure: BrokenError | None = None
    try:
        while len(first) < _LOOKAHEAD and (row := next(rows, None)) is not None:
            first.append(row)
    except BrokenError as error:
        failure = error

    def resumed() -> JsonRows:
        yield from first
        if failure:
            raise failure
        yield from rows

    return first, resumed()


def _json_rows(stream: Iterator[bytes], input: InputFile, settings: Settings, cursor: Cursor) -> JsonRows:
    for line in lines(stream, settings.max_line_bytes, cursor.line + 1, cursor.offset, cursor.digest):
        content, line = line.content, line._replace(content=None)
        if content is None:
            yield line, _too_long(line, input, settings)
        elif content.strip(b" \t\r\xef\xbb\xbf"):
            row = _json_row(content.removeprefix(b"\xef\xbb\xbf"))
            if isinstance(row, dict):
                yield line, row
            else:
                origin = Origin(input.uri, str(line.number))
                detail = f"{input.uri} line {line.number} (byte {line.offset:,}): found {row}; expected a JSON object"
                yield line, rejected(origin, "bad-json", detail, content)


def _json_row(line: bytes) -> Row | str:
    """Parse a line, or say what was found instead.

    orjson refuses what the standard library takes: NaN, lone surrogates in escapes, numbers over 64
    bits. Bytes that are not UTF-8 go through as surrogates, and `document` turns them back.
    """
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            value = json.loads(line.decode("utf-8", "surrogateescape"))
        except RecursionError:
            return "JSON nested too deeply"
        except ValueError as error:
            return f"no JSON ({error})"
    return value if isinstance(value, dict) else f"a JSON {_KINDS.get(type(value), 'value')}"


_KINDS: Final = {
    list: "array",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def _too_long(line: Line, input: InputFile, settings: Settings) -> Reject:
    origin = Origin(input.uri, str(line.number))
    detail = (
        f"{input.uri} line {line.number} (byte {line.offset:,}) has {line.size:,} bytes; "
        f"at most {settings.max_line_bytes:,} are taken"
    )
    return rejected(origin, "too-large", detail, size=line.size)


def _csv_lines(
    stream: Iterator[bytes], input: InputFile, settings: Settings, skipped: list[Reject]
) -> Iterator[str]:
    r"""Yield the lines of a CSV file, one character a byte; lines that are too long go to `skipped`.

    ASCII is where it is in every charset that CSV comes in, so that quotes and delimiters can be
    seen before the charset is known. UTF-16 (a spreadsheet's «Unicode text») is turned into UTF-8.
    """
    head = next(stream, b"")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        stream = _utf8(head, stream)
    else:
        stream = _rejoin(head.removeprefix(b"\xef\xbb\xbf"), stream)
    old_mac = b"\r" in head and b"\n" not in head
    if old_mac:
        stream = (chunk.replace(b"\r", b"\n") for chunk in stream)
    for line in lines(stream, settings.max_line_bytes):
        if line.content is None:
            skipped.append(_too_long(line, input, settings))
            yield "\n"
        else:
            yield line.content.decode("latin-1") + "\n"


def _utf8(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    for chunk in _rejoin(head, rest):
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _rejoin(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _header(line: str, delimiter: str) -> list[str]:
    """The columns that a header line names; none where it is no line of CSV (a lone CR within it)."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [_unpacked(name).decode("utf-8", "replace").strip() for name in cells]


def _csv_rows(
    texts: Iterator[str], names: list[str], delimiter: str, input: InputFile, skipped: list[Reject]
) -> Rows:
    reader = csv.reader(texts, delimiter=delimiter)
    while True:
        number = reader.line_num + 2  # of the line it begins on; the header was line 1
        try:
            cells = next(reader, None)
            problem = ""
        except csv.Error as error:
            cells, problem = [], str(error)
        yield from skipped
        skipped.clear()
        if cells is None:
            return
        if not problem and cells and len(cells) != len(names):
            problem = f"{len(cells)} cells"
        if problem:
            detail = (
                f"{input.uri} line {number}: found {problem}; expected {len(names)} cells as in the header"
            )
            content = _unpacked(delimiter.join(cells))
            yield rejected(Origin(input.uri, str(number)), "bad-row", detail, content)
        elif cells:
            yield number, {name: _unpacked(cell) for name, cell in zip(names, cells, strict=True)}


def _unpacked(cell: str) -> bytes:
    return cell.encode("latin-1")


def _seekable(stream: Iterator[bytes], input: InputFile) -> IO[bytes]:
    if input.path is not None and input.path.is_file():
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


def _parquet_rows(table: Any, wanted: list[str], before: int) -> Rows:
    """Rows behind the first `before`, numbered from the beginning of the file."""
    groups, number = _groups_behind(table, before)
    batches = table.iter_batches(batch_size=_BATCH, columns=wanted, row_groups=groups)
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise BrokenError("truncated", f"damaged behind row {number}: {_first_line(error)}") from error
        if batch is None:
            return
        cells = {name: _cells(batch.column(name)) for name in wanted}
        for at in range(batch.num_rows):
            number += 1
            if number > before:
                yield number, {name: values[at] for name, values in cells.items()}


def _groups_behind(table: Any, before: int) -> tuple[list[int], int]:
    """The row groups that have rows behind the first `before`, and how many rows stand in front of them."""
    rows = 0
    for group in range(table.num_row_groups):
        more = table.metadata.row_group(group).num_rows
        if rows + more > before:
            return list(range(group, table.num_row_groups)), rows
        rows += more
    return [], rows


def _cells(column: Any) -> list[Any]:
    """Python values of a column; a string column that is not UTF-8 gives bytes."""
    try:
        return cast("list[Any]", column.to_pylist())
    except UnicodeDecodeError:
        return cast("list[Any]", column.cast(pa.binary()).to_pylist())


def _names(columns: Columns) -> tuple[str, ...]:
    return (
        columns.id,
        columns.text,
        columns.html,
        columns.url,
        columns.publisher,
        columns.title,
        columns.fetched,
    )


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
