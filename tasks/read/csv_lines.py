"""Split a CSV file into lines, and find its header among the first."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from copydesk.schemas.settings import Settings
from copydesk.tasks.read.columns import is_usual
from copydesk.tasks.read.streams import Line, lines

_DELIMITERS: Final = ",;\t|"
NO_DELIMITER: Final = "\x1f"
"""Used as the delimiter of a table with one column, in which each line is one cell."""


class Text(NamedTuple):
    """A line as text, one character per byte; None if it was too long."""

    text: str | None
    line: Line


class Head(NamedTuple):
    """A line read as a header."""

    names: list[str]
    delimiter: str
    usual: int
    """Number of names that the user gave or that are usual."""
    comment: bool


def split_header(line: str, given: str, wanted: set[str]) -> Head:
    """Read a line as a header, with the delimiter that yields the most names."""
    comment = line.lstrip().startswith("#")
    text = line.strip("\r").lstrip("#" if comment else "")
    best = Head([], NO_DELIMITER, -1, comment)
    for delimiter in given or _DELIMITERS:
        cells = strictly(text, delimiter) or text.split(delimiter)
        names = [cell.encode("latin-1").decode("utf-8", "replace").strip() for cell in cells]
        usual = sum(name in wanted or is_usual(name) for name in names)
        if (usual, len(names)) > (best.usual, len(best.names)):
            best = Head(names, delimiter if len(names) > 1 or given else NO_DELIMITER, usual, comment)
    return best


def header_among(heads: Sequence[Head]) -> int:
    """Return the index of the header among the first lines.

    It is the first line, unless a later one names columns and the lines before it don't.
    """
    for at, head in enumerate(heads):
        if head.usual and not (head.comment and head.usual < 2):
            earlier = [h for h in heads[:at] if any(h.names) and not h.comment]
            if not earlier or (head.usual >= 2 and all(len(h.names) < len(head.names) for h in earlier)):
                return at
    return next((at for at, head in enumerate(heads) if any(head.names) and not head.comment), 0)


def strictly(text: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line that follows the rules strictly; None for other lines."""
    csv.field_size_limit(1 << 30)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def texts(stream: Iterator[bytes], settings: Settings) -> Iterator[Text]:
    r"""Yield the lines of a CSV file, one character per byte.

    Every charset used for CSV contains ASCII, so quotes and delimiters can be found before the charset is
    known. UTF-16 (which spreadsheets call Unicode text) is converted to UTF-8.
    """
    head = next(stream, b"")
    if codec := _wide(head):
        stream = _utf8(codec, head, stream)
    else:
        stream = _rejoin(head.removeprefix(b"\xef\xbb\xbf"), stream)
    if b"\r" in head and b"\n" not in head:  # line ends of classic Mac OS
        stream = (chunk.replace(b"\r", b"\n") for chunk in stream)
    for line in lines(stream, settings.max_line_bytes):
        content, line = line.content, line._replace(content=None)
        yield Text(None if content is None else content.decode("latin-1"), line)


def _wide(head: bytes) -> str:
    """Return the codec of UTF-16 with a byte order mark, or with a NUL at every other position."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = head[:2000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 10 < len(start) or min(even, odd) * 4 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _utf8(codec: str, head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(codec)("replace")
    for chunk in _rejoin(head, rest):
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _rejoin(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest
