"""Read JSON that is not JSON Lines: an array of records, an object with a list of them, or records in a row.

A file is cut into its objects before any of it is parsed, so that memory holds one object, and a broken one
does not affect the others. Brackets and commas between objects are ignored. A problem of an object shows at
its end: a line break inside a string, a bracket too many, the end of the file. Reading then continues at the
next position that looks like the beginning of a record.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

from copydesk.schemas.document import Origin
from copydesk.schemas.inputs import UNUSED, Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.columns import choose, is_text_column
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.rows import Documents, Row, rejected
from copydesk.tasks.read.tables import Rows, documents_of, json_row, keys_of, look_ahead

_BETWEEN: Final = re.compile(rb"[^\s,\[\]]")
_OUTSIDE: Final = re.compile(rb'["{}\[\]]')
_INSIDE: Final = re.compile(rb'["\\\n]')
_BAR: Final = re.compile(rb'[\s,\[\]{}"]')
_GAP: Final = rb"[}\]\n][ \t\r]{0,40},?[ \t\r\n]{0,40}"
"""What comes before a record."""
_NEXT: Final = re.compile(_GAP + rb"(?=\{)")
_FIRST_KEY: Final = re.compile(rb'\{\s{0,100}"(?:[^"\\]|\\.){0,100}"\s{0,100}:')
_LIST: Final = re.compile(rb'"\s{0,100}:\s{0,100}\[\s{0,100}(?=\{)')
_TEXT: Final = re.compile(rb'"([^"\\]{1,60})"\s{0,100}:\s{0,100}"')
_OPENED: Final = {ord("}"): ord("{"), ord("]"): ord("[")}
_HEAD: Final = 1 << 16


class _Piece(NamedTuple):
    """An object, or what takes the place of one."""

    offset: int
    content: bytes
    size: int
    fault: str = ""


def read_json(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read the records of a JSON file, numbered in order.

    If the file is a single record without id or URL, the file identifies it.
    """
    return cursor.behind(_documents(stream, input, columns, settings, cursor))


def _documents(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    cutter = _Cutter(stream, settings.max_line_bytes)
    pieces = cutter.pieces()
    first = next(pieces, None)
    if first is None:
        if cutter.opened:
            cursor.notes.append(f"{input.uri}: the list has no records")
        else:
            yield rejected(Origin(input.uri), "empty", f"{input.uri} has no content; expected JSON")
        return
    whole = first.fault or json_row(first.content)
    if isinstance(whole, str) and cutter.reopen(first):
        first = next(pieces, None)
        whole = ""
    second = next(pieces, None)
    if isinstance(whole, dict) and second is None and (name := _empty_list(whole)):
        cursor.notes.append(f"{input.uri}: the list `{name}` has no records")
        return
    lists = isinstance(whole, dict) and bool(_records_in(whole, columns))
    single = isinstance(whole, dict) and second is None and not lists
    ahead = [piece for piece in (first, second) if piece]
    del first, second, whole
    rows = _rows(_chain(ahead, pieces), input, settings, columns if lists else None)
    start, rows = look_ahead(rows, lambda row: 0 if isinstance(row, Reject) else 1)
    found = [row[1] for row in start if not isinstance(row, Reject)]
    if not found:
        yield from (row for row in rows if isinstance(row, Reject))
        return
    layout = choose(columns, keys_of(found), input)
    for item in documents_of(rows, layout, input, cursor):
        origin = item.origin
        if single and not origin.identity and origin.record == "1" and input.path:
            origin = replace(origin, record="", identity=input.identity)
        yield replace(item, origin=origin)


def _rows(
    pieces: Iterator[_Piece], input: InputFile, settings: Settings, lists: Columns | None = None
) -> Rows:
    """Yield the records with their numbers; with `lists`, those of objects that hold a list of them."""
    number = 0
    for piece in pieces:
        row = piece.fault or json_row(piece.content)
        records = _records_in(row, lists) if lists and isinstance(row, dict) else []
        for record in records:
            number += 1
            if isinstance(record, dict):
                yield number, record
                continue
            detail = f"{input.uri} record {number}: found a {type(record).__name__}; expected a JSON object"
            yield rejected(Origin(input.uri, str(number)), "bad-json", detail)
        if records:
            continue
        number += 1
        yield (number, row) if isinstance(row, dict) else _broken(piece, row, number, input, settings)


def _broken(piece: _Piece, what: str, number: int, input: InputFile, settings: Settings) -> Reject:
    reason = piece.fault if piece.fault in ("too-large", "truncated") else "bad-json"
    said = {
        "too-large": f"found {piece.size:,} bytes, more than the maximum of {settings.max_line_bytes:,}",
        "truncated": "the file ends in the middle of the record",
    }.get(what, f"found {what}; expected a JSON object")
    detail = f"{input.uri} record {number} (byte {piece.offset:,}): {said}"
    return rejected(Origin(input.uri, str(number)), reason, detail, piece.content, piece.size)


def _records_in(whole: Row, columns: Columns) -> list[Any]:
    """Return the records of an object that holds a list of them; [] if the object is a record itself."""
    wanted = {columns.text, columns.html} - {"", UNUSED}
    if any(isinstance(value, str) and (key in wanted or is_text_column(key)) for key, value in whole.items()):
        return []
    lists = [value for value in whole.values() if isinstance(value, list) and _holds_objects(value)]
    if lists:
        return max(lists, key=len)
    inner = list(whole.values())
    return inner if len(inner) > 1 and all(isinstance(value, dict) for value in inner) else []


def _empty_list(whole: Row) -> str:
    """Return the name of the list of an answer without records: `{"status": "ok", "articles": []}`.

    Returns "" for anything that has a text, an address or something else that a record may have.
    """
    lists = [key for key, value in whole.items() if value == []]
    others = [value for value in whole.values() if value != []]
    short = all(
        isinstance(value, bool | int | float | None)
        or (isinstance(value, str) and len(value) <= _WORD_LENGTH)
        for value in others
    )
    known = any(is_text_column(key) or key in ("id", "_id", "url", "link") for key in whole)
    return lists[0] if len(lists) == 1 and short and not known else ""


_WORD_LENGTH: Final = 20
"""Characters of a value such as `ok`; an address or a headline is longer."""


def _holds_objects(value: list[Any]) -> bool:
    return any(isinstance(item, dict) for item in value[:100])


def _chain(ahead: list[_Piece], rest: Iterator[_Piece]) -> Iterator[_Piece]:
    ahead.reverse()
    while ahead:
        yield ahead.pop()
    yield from rest


class _Cutter:
    """Cut a stream into objects. Holds one of them, and at most `limit` bytes."""

    def __init__(self, stream: Iterator[bytes], limit: int) -> None:
        self._stream, self._limit = stream, limit
        self._data = bytearray()
        self._before = 0
        """Number of bytes of the stream before those that are held."""
        self.opened = False
        """Whether a list was opened between the objects."""
        self._over = False
        self._like: re.Pattern[bytes] | None = None
        """How a record begins, known from the first complete record."""
        self._count = 0
        self._listed = False
        self._suspect = 0
        """Position up to which an object did not end: objects that begin before it are searched only up to
        the next one."""
        self._failure: BrokenError | None = None

    def pieces(self) -> Iterator[_Piece]:
        """Yield the objects in order, and whatever else is between them.

        Raises the error that breaks the stream.
        """
        while self._go_to_next():
            if self._listed and self._data[:1] == b"}":
                self._drop(1)  # the end of the object that held the list
                continue
            self._count += 1
            yield self._object() if self._data[:1] == b"{" else self._other()
        if self._failure:
            raise self._failure

    def _go_to_next(self) -> bool:
        while True:
            found = _BETWEEN.search(self._data)
            self.opened = self.opened or b"[" in self._data[: found.start() if found else None]
            self._drop(found.start() if found else len(self._data))
            if found and not (self._before == 0 and self._data.startswith(b"\xef\xbb\xbf")):
                return True
            if found:
                self._drop(3)
            elif not self._more():
                return False

    def _object(self) -> _Piece:  # noqa: C901 - one loop over the signs, with a way out for each fault
        at = 0
        inside, opened = False, bytearray()
        end = self._next_record() if self._before < self._suspect else 0
        while True:
            found = (_INSIDE if inside else _OUTSIDE).search(self._data, at, end or len(self._data))
            if found is None and end:
                return self._broken("truncated")
            if found is None:
                at = max(at, len(self._data))
                if len(self._data) > self._limit and not self._next_record():
                    return self._too_large(at, len(opened), inside=inside)
                if len(self._data) > self._limit or not self._more():
                    self._suspect = self._before + len(self._data)
                    return self._broken("truncated")
                continue
            sign, at = found[0], found.end()
            if inside and sign == b"\n":
                return self._broken("a line break inside a string")
            if inside:
                at += sign == b"\\"
                inside = sign != b'"'
            elif sign == b'"':
                inside = True
            elif sign in b"{[":
                opened += sign
            elif opened.pop() != _OPENED[sign[0]]:
                self._suspect = self._before + at
                return self._broken("a bracket that does not match")
            elif not opened:
                return self._whole(at)

    def _whole(self, end: int) -> _Piece:
        if end > self._limit:
            piece = _Piece(self._before, b"", end, "too-large")
        else:
            piece = _Piece(self._before, bytes(self._data[:end]), end)
            if self._like is None and (key := _FIRST_KEY.match(self._data)):
                self._like = re.compile(_GAP + rb"(?=" + re.escape(key[0]) + rb")")
        self._drop(end)
        return piece

    def _too_large(self, at: int, depth: int, *, inside: bool) -> _Piece:
        """Skip the rest of an object.

        If it is the first of the file and holds a list of records, enter the list.
        """
        if self._count == 1 and (opened := _list_in(self._data)):
            self._drop(opened)
            self._count, self._listed = 0, True
            if self._go_to_next():
                self._count = 1
                return self._object() if self._data[:1] == b"{" else self._other()
        start, size = self._before, len(self._data)
        self._drop(size)
        at = max(0, at - size)
        while True:
            found = (_INSIDE if inside else _OUTSIDE).search(self._data, at)
            if found is None:
                at = max(0, at - len(self._data))
                size += len(self._data)
                self._drop(len(self._data))
                if not self._more():
                    return _Piece(start, b"", size, "too-large")
                continue
            sign, at = found[0], found.end()
            if inside:
                at += sign == b"\\"
                inside = sign != b'"'
            elif sign == b'"':
                inside = True
            else:
                depth += 1 if sign in b"{[" else -1
                if depth <= 0:
                    size += at
                    self._drop(at)
                    return _Piece(start, b"", size, "too-large")

    def reopen(self, piece: _Piece) -> bool:
        """Enter the list of records of a broken first object; return False if it has none."""
        opened = _list_in(piece.content)
        if opened:
            self._data[:0] = piece.content[opened:]
            self._before -= len(piece.content) - opened
            self._listed, self._like, self._suspect = True, None, 0
        return bool(opened)

    def _broken(self, fault: str) -> _Piece:
        """Return an object that does not end. Reading continues where the next record seems to begin."""
        end = self._next_record() or len(self._data)
        if end < len(self._data) and fault == "truncated":
            fault = "an object that does not end"
        piece = _Piece(self._before, bytes(self._data[:end]), end, fault)
        self._drop(end)
        return piece

    def _next_record(self) -> int:
        """Return where the next record seems to begin in the held bytes; 0 if nowhere."""
        found = (self._like or _NEXT).search(self._data, 1)
        return found.end() if found else 0

    def _other(self) -> _Piece:
        """Return something that is not an object: a value, a bracket too many."""
        at = 1
        while (found := _BAR.search(self._data, at)) is None and len(self._data) < self._limit:
            at = len(self._data)
            if not self._more():
                break
        end = found.start() if found else len(self._data)
        content = bytes(self._data[:end])
        piece = _Piece(self._before, content[:4096], end, f"`{content[:20].decode('utf-8', 'replace')}`")
        self._drop(end)
        return piece

    def _drop(self, size: int) -> None:
        del self._data[:size]
        self._before += size

    def _more(self) -> bool:
        if self._over:
            return False
        try:
            chunk = next(self._stream, None)
        except BrokenError as error:
            self._failure, chunk = error, None
        self._over = chunk is None
        self._data += chunk or b""
        return not self._over


def _list_in(head: bytes | bytearray) -> int:
    """Return where the list of records begins in an object; 0 if the object seems to be a record itself."""
    found = _LIST.search(head, 0, _HEAD)
    if not found or any(
        is_text_column(key.decode("utf-8", "replace")) for key in _TEXT.findall(head, 0, found.start())
    ):
        return 0
    return found.end()
