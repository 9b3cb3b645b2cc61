"""Read the records of a WARC file one by one, and detect those that are wrong.

A record states its length, so that its content need not be parsed. The length is trusted only if another
record, or the end, follows. Otherwise the next record is searched from the beginning of the wrong one, which
may have swallowed it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from copydesk.schemas.settings import Settings
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.http_response import HEADERS_END, parse_headers
from copydesk.tasks.read.lookahead import Tape

HEADERS_SIZE: Final = 64 * 1024
"""Maximum size of a record's headers, and of those of the response in it, in bytes."""
_VERSION: Final = re.compile(rb"WARC/\d\.\d{1,3}[ \t]*\r?\n")
_BEGINNING: Final = re.compile(rb"WARC/\d\.\d")
_NEXT: Final = re.compile(rb"WARC/\d\.\d{1,3}[ \t]*\r?\n[A-Za-z][A-Za-z-]{1,40}:")
_LENGTH: Final = re.compile(r"\d{1,15}")
_STEP: Final = 1024


class Record(NamedTuple):
    """A record, or what is left of one; the headers' names are in lower case."""

    offset: int
    """Number of bytes of the archive before it, decompressed."""
    headers: Mapping[str, str]
    block: bytes = b""
    size: int = 0
    """Bytes of the block; more than in `block` if it is too large to hold."""
    fault: BrokenError | None = None
    final: bool = False
    """Whether the fault is that the file ends; it may grow later."""


def records(tape: Tape, settings: Settings) -> Iterator[Record]:
    """Yield all records. After each, the tape is at the record's end.

    At most `settings.max_document_bytes` of one are held, and its headers.
    """
    while True:
        _skip_blank(tape)
        if tape.has(1):
            yield _record(tape, settings.max_document_bytes + HEADERS_SIZE)
        elif tape.gap is not None:
            gap = tape.gap
            tape.cross()
            yield Record(tape.offset, {}, fault=gap.error)
        else:
            if tape.end is not None:
                yield Record(tape.offset, {}, fault=tape.end, final=True)
            return


def _record(tape: Tape, most: int) -> Record:
    start = tape.offset
    head = _head(tape)
    if isinstance(head, str):
        at_end = "truncated" if _BEGINNING.match(tape.look(0, 16)) else "bad-record"
        return _misfit(tape, Record(start, {}), 1, f"{head}; expected the headers of a record", at_end)
    headers = parse_headers(head.partition(b"\n")[2])
    given = headers.get("content-length", "")
    if not _LENGTH.fullmatch(given):
        found = f"found {given[:40]!a} as its Content-Length; expected a number of bytes"
        return _misfit(tape, Record(start, headers), len(head), found)
    record = Record(start, headers, size=int(given))
    end = len(head) + record.size
    if record.size <= most:
        if not tape.has(end) or not _ends(tape, end):
            return _misfit(tape, record, len(head), _wrong_length(record))
        record = record._replace(block=tape.look(len(head), end))
        tape.advance(end)
    else:
        record = record._replace(block=tape.look(len(head), len(head) + HEADERS_SIZE))
        if not tape.advance(end):
            return _broken_off(tape, record)
        if not _ends(tape, 0):
            return _misfit(tape, record, 0, _wrong_length(record))
    return _checked(tape, record)


def _head(tape: Tape) -> bytes | str:
    """Return the next headers, with the blank line after them.

    If there are none, return a phrase that describes what is there instead.
    """
    size = _STEP
    head = tape.look(0, size)
    while not _VERSION.match(head) or not (end := HEADERS_END.search(head)):
        if not _BEGINNING.match(head):
            return f"found {head[:32]!r}"
        if size >= HEADERS_SIZE or not tape.has(size + 1):
            return "found no end of its headers"
        size = min(size * 4, HEADERS_SIZE)
        head = tape.look(0, size)
    return head[: end.end()]


def _ends(tape: Tape, at: int) -> bool:
    """Return whether a record may end at this position.

    Two line ends follow; or fewer, and then another record or nothing.
    """
    ahead = tape.look(at, at + 4)
    rest = at + len(ahead) - len(ahead.lstrip(b"\r\n"))
    return rest == at + 4 or not tape.has(rest + 1) or bool(_VERSION.match(tape.look(rest, rest + 32)))


def _checked(tape: Tape, record: Record) -> Record:
    """Return the record, with a fault if its gzip member turns out to be damaged after it."""
    _skip_blank(tape)
    if tape.has(1):
        return record
    error = tape.gap.error if tape.gap is not None else tape.end
    if error is None or error.reason != "damaged" or not error.made:
        return record
    if not tape.cross():
        tape.end = None
    return record._replace(fault=error)


def _misfit(tape: Tape, record: Record, start: int, found: str, at_end: str = "truncated") -> Record:
    """Return a wrong record with its fault, and go to the next record, or to the gap or end that cut it off.

    `at_end` is the reason if nothing comes after it.
    """
    if tape.seek(_NEXT, start):
        return record._replace(fault=BrokenError("bad-record", found))
    return _broken_off(tape, record, found, at_end)


def _broken_off(tape: Tape, record: Record, found: str = "", reason: str = "truncated") -> Record:
    """Return a record that ends too early, because its gzip member or the file does."""
    if tape.gap is not None:
        error = tape.gap.error
        tape.cross()
        return record._replace(fault=error)
    if tape.end is not None:
        error, tape.end = tape.end, None
        return record._replace(fault=error, final=True)
    cut = f"the file ends in the middle of it, after {tape.offset:,} bytes"
    return record._replace(fault=BrokenError(reason, f"{found}; {cut}" if found else cut), final=True)


def _wrong_length(record: Record) -> str:
    return f"found no end of the record after the {record.size:,} bytes of its Content-Length"


def _skip_blank(tape: Tape) -> None:
    size = 8
    while blank := len(ahead := tape.look(0, size)) - len(ahead.lstrip(b"\r\n")):
        tape.advance(blank)
        size = 4096
