"""One row of a table as a document: which cell is what, and what a cell may hold."""

import math
import os
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any, Final

from schemas.document import Format, Origin, RawDocument
from schemas.errors import UsageError
from schemas.report import Reject
from schemas.source import Columns, InputFile

Row = dict[str, Any]
Documents = Iterator[RawDocument | Reject]
"""What a reader yields."""

USUAL_TEXT: Final = (
    "text",
    "content",
    "body",
    "article",
    "article_text",
    "maintext",
    "full_text",
    "raw_text",
)
USUAL_HTML: Final = ("html", "raw_html", "html_content", "body_html", "page")
"""Column names that are tried, in this order, when neither text nor HTML is named."""


def choose(columns: Columns, known: list[str], input: InputFile) -> Columns:
    """Check the named columns against those there are, and choose a text column if none is named.

    Raises UsageError when a named column is missing, or none that is usual is there.
    """
    there = ", ".join(known) or "none"
    for field in fields(columns):
        name = getattr(columns, field.name)
        if name and name not in known:
            raise UsageError(
                f"{input.uri} has no column {name!r} (--{field.name}-column); its columns: {there}"
            )
    if columns.text or columns.html:
        return columns
    by_lower = {name.lower(): name for name in reversed(known)}
    for kind, usual in (("text", USUAL_TEXT), ("html", USUAL_HTML)):
        for name in usual:
            if name in by_lower:
                return replace(columns, **{kind: by_lower[name]})
    raise UsageError(
        f"{input.uri}: name the column to read with --text-column or --html-column; its columns: {there}"
    )


def identity_of(id: str, input: InputFile) -> str:
    """What makes an article's id out of the id that its input gives it: see `Origin`. Empty without one, and for what is no file."""
    return f"record:{os.path.abspath(input.path)}#{id}" if id and input.path else ""


def document(row: Row, number: int, columns: Columns, input: InputFile) -> RawDocument | Reject:
    """Make a document of a row; a row without usable text becomes a reject."""
    id = _label(row.get(columns.id))
    origin = Origin(
        source=input.uri,
        record=id or str(number),
        identity=identity_of(id, input),
        url=_label(row.get(columns.url)),
        publisher=_label(row.get(columns.publisher)),
        title=_label(row.get(columns.title)),
        fetched_at=instant(row.get(columns.fetched)),
    )
    found = ""
    cells: tuple[tuple[str, Format], ...] = ((columns.html, "html"), (columns.text, "text"))
    for name, format in cells:
        cell = row.get(name) if name else None
        if isinstance(cell, str | bytes) and cell.strip():
            return RawDocument(origin, _restored(cell), format)
        if name:
            found = found or f"{_kind(cell) if name in row else 'no cell'} in column {name!r}"
    reason = "not-text" if "instead" in found else "empty"
    return rejected(origin, reason, f"{input.uri} row {origin.record}: found {found}; expected text")


def rejected(
    origin: Origin, reason: str, detail: str, content: bytes = b"", size: int | None = None
) -> Reject:
    """Make the reject of something that was read and is no document."""
    return Reject(
        origin=origin,
        stage="read",
        reason=reason,
        detail=detail,
        content=content,
        content_hash=blake2b(content, digest_size=16).hexdigest() if content else "",
        size=len(content) if size is None else size,
    )


def _restored(cell: str | bytes) -> str | bytes:
    """Turn bytes that came through JSON as surrogates back, so that `decode` sees the bytes as they were."""
    if isinstance(cell, bytes) or cell.isascii():
        return cell
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return cell.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return cell  # true surrogates from escapes: `decode` joins or replaces them
    return cell


def _kind(cell: object) -> str:
    if cell is None:
        return "null"
    if isinstance(cell, str | bytes):
        return "nothing" if not cell else "only white space"
    return f"a value of type {type(cell).__name__} instead"


def _label(cell: object) -> str:
    """Read a cell as an id or a name: text or a number, else nothing."""
    if isinstance(cell, bytes):
        return _label(_lenient(cell))
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode("utf-8").strip()
    if isinstance(cell, bool) or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    return str(cell) if isinstance(cell, int | float) else ""


def _lenient(cell: bytes) -> str:
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell.decode("cp1252", "replace")


def instant(cell: object) -> datetime | None:
    """Read when a document was fetched: a timestamp, ISO 8601, or seconds or milliseconds since 1970.

    A time without a zone is taken as UTC: it is a machine's note, not a newspaper's dateline.
    """
    try:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return datetime.fromtimestamp(cell / 1000 if abs(cell) > 1e11 else cell, UTC)
        if isinstance(cell, date) and not isinstance(cell, datetime):
            cell = datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
        if not isinstance(cell, datetime):
            text = _label(cell)
            if text.replace(".", "", 1).isdigit() and len(text) >= 10:
                return instant(float(text))
            cell = datetime.fromisoformat(text)
        return (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
