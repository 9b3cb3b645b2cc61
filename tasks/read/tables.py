"""Read tables: JSON Lines, and the parts that it shares with CSV, Parquet and JSON.

All of them give rows as `{column: cell}`. From there on a row becomes a document in the same way
(`copydesk.tasks.read.rows`).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import orjson

from copydesk.schemas.document import Origin
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import MIB, Settings
from copydesk.tasks.read.columns import Layout, choose
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.rows import Documents, Row, RowReader, layout_for, rejected
from copydesk.tasks.read.streams import Line, lines

Rows = Iterator[tuple[int, Row] | Reject]
"""Rows with the number of their line (CSV) or their position (Parquet, JSON), counted from 1."""
JsonRows = Iterator[tuple[Line, Row | Reject]]
"""Rows of JSON Lines with their lines, whose content was already released."""

_LOOKAHEAD: Final = 100
_LOOKAHEAD_BYTES: Final = 8 * MIB
"""Limits of the rows that are read before columns are chosen, because objects may omit keys, and before it is
decided whether URLs identify articles."""
Item = TypeVar("Item")


def read_jsonl(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read one JSON object per line; blank lines are skipped, bad ones become rejects.

    A last line without a line end is accepted if it is a complete object. Otherwise it is rejected like any
    other, but the cursor stays before it, because the file may still be being written.
    """
    rows = _json_rows(stream, input, settings, cursor)
    layout = Layout.from_json(cursor.columns) if cursor.starts_inside else None
    reader = RowReader(layout, input) if layout else None
    if layout is None:
        first, rows = look_ahead(rows, lambda item: item[0].size)
        found = [row for _, row in first if isinstance(row, dict)]
        if found:
            layout = choose(columns, keys_of(found), input)
            reader = begin(layout, found, input, cursor)
            cursor.choose(reader.layout.to_json())
    try:
        for line, row in rows:
            if isinstance(row, Reject):
                if line.ended:
                    cursor.move(line)
                else:
                    cursor.open += 1
                yield row
                continue
            if reader is None:  # nothing but rejects before
                reader = begin(choose(columns, list(row), input), [row], input, cursor)
                cursor.choose(reader.layout.to_json())
            cursor.move(line)
            yield reader.document(row, line.number)
    finally:
        if reader:
            cursor.notes += reader.notes()


def documents_of(rows: Rows, layout: Layout, input: InputFile, cursor: Cursor) -> Documents:
    """Make documents of rows. The cursor receives the columns and the notes about them."""
    first, rows = look_ahead(rows, _size_of)
    reader = begin(layout, [row[1] for row in first if not isinstance(row, Reject)], input, cursor)
    cursor.columns = reader.layout.to_json()
    yield from made_of(rows, reader, cursor)


def made_of(rows: Rows, reader: RowReader, cursor: Cursor) -> Documents:
    """Make documents of rows whose columns are chosen."""
    try:
        for row in rows:
            yield row if isinstance(row, Reject) else reader.document(row[1], row[0])
    finally:
        cursor.notes += reader.notes()


def begin(layout: Layout, rows: list[Row], input: InputFile, cursor: Cursor) -> RowReader:
    """Record which columns are read, decide from the first rows what identifies them, and make their reader."""
    cursor.notes.append(layout.describe())
    return RowReader(layout_for(layout, rows), input)


def keys_of(rows: Iterable[Row]) -> list[str]:
    """Return the columns of rows that may each omit some."""
    return list(dict.fromkeys(key for row in rows for key in row))


def look_ahead(rows: Iterator[Item], size: Callable[[Item], int]) -> tuple[list[Item], Iterator[Item]]:
    """Read some rows ahead; a break among them is raised when the reader reaches it."""
    first: list[Item] = []
    failure: BrokenError | None = None
    held = 0
    try:
        while len(first) < _LOOKAHEAD and held < _LOOKAHEAD_BYTES and (row := next(rows, None)) is not None:
            first.append(row)
            held += size(row)
    except BrokenError as error:
        failure = error

    def resumed() -> Iterator[Item]:
        seen = first[::-1]
        first.clear()
        while seen:
            yield seen.pop()
        if failure:
            raise failure
        yield from rows

    return list(first), resumed()


def _size_of(row: tuple[int, Row] | Reject) -> int:
    if isinstance(row, Reject):
        return len(row.content)
    return sum(len(cell) for cell in row[1].values() if isinstance(cell, str | bytes))


def _json_rows(stream: Iterator[bytes], input: InputFile, settings: Settings, cursor: Cursor) -> JsonRows:
    for line in lines(stream, settings.max_line_bytes, cursor.line + 1, cursor.offset, cursor.digest):
        content, line = line.content, line._replace(content=None)
        if content is None:
            yield line, _too_long(line, input, settings)
        elif content.strip(b" \t\r\xef\xbb\xbf"):
            row = json_row(content.removeprefix(b"\xef\xbb\xbf"))
            if isinstance(row, dict):
                yield line, row
            else:
                origin = Origin(input.uri, str(line.number))
                detail = f"{input.uri} line {line.number} (byte {line.offset:,}): found {row}; expected a JSON object"
                yield line, rejected(origin, "bad-json", detail, content)


def json_row(line: bytes) -> Row | str:
    """Parse a line, or return what was found instead.

    orjson refuses some input that the standard library accepts: NaN, lone surrogates in escapes, numbers over
    64 bits. Bytes that are not UTF-8 pass through as surrogates, and `document` turns them back.
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
