"""Turn one row of a table into a document: interpret its cells."""

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from copydesk.schemas.document import Declared, Format, Origin, RawDocument, content_hash
from copydesk.schemas.inputs import InputFile
from copydesk.schemas.report import Reject
from copydesk.tasks.read.columns import Layout
from copydesk.tasks.read.repeated_keys import Repeats, Seen, identifies
from copydesk.tasks.text import has_blocks, is_markup, paragraphs, unescaped

Row = dict[str, Any]
Documents = Iterator[RawDocument | Reject]
"""What a reader yields."""

_NOTHING: Final = frozenset(
    {"nan", "none", "null", "n/a", "#n/a", "<na>", "nat", "nil", "undefined", "-", "--", "[]", "{}"}
)
"""What programs write for a missing value."""
_INNER: Final = ("rendered", "name", "title", "value", "text", "#text", "@value", "$oid", "$date", "code")
"""Keys of an object in place of a value, as WordPress, schema.org and MongoDB write it."""
_QUOTED: Final = re.compile(
    r"""'((?:[^'\\]|\\.){0,1000})'|"((?:[^"\\]|\\.){0,1000})"|[^\s,\[\]'"][^,\[\]]{0,1000}"""
)
_STORY: Final = 80
"""Number of characters of a text that represent its story if there is no title."""
_TIMES: Final = ("published", "modified")


def identity_of(id: str, input: InputFile) -> str:
    """Return the key that makes an article's id from the input's own id (see `Origin`).

    Returns "" without an id, and for standard input.
    """
    if not id or input.path is None:
        return ""
    inside = f"{input.member}#" if input.member else ""
    return f"record:{os.path.abspath(input.path)}#{inside}{id}"


class RowReader:
    """Make documents of the rows of one input, and count what the run's report should mention."""

    def __init__(self, layout: Layout, input: InputFile) -> None:
        self.layout, self._input = layout, input
        columns = layout.columns
        self._columns = columns
        self._declared = [
            (field, name, _READ.get(field, label))
            for field in ("title", "authors", "published", "modified", "section", "language", "publisher")
            if (name := getattr(columns, field))
        ]
        self._markup = self._texts = self._hosts = 0
        self._urls, self._ids = Repeats(), Repeats()

    def document(self, row: Row, number: int) -> RawDocument | Reject:
        """Make a document of a row; a row without usable text becomes a reject."""
        columns = self._columns
        id, url, fetched = _id(row.get(columns.id)), label(row.get(columns.url)), row.get(columns.fetched)
        declared = self._declare(row)
        if not url and _is_address(declared.get("publisher")):
            url = declared.pop("publisher")
        origin = Origin(
            source=self._input.uri,
            record=id or str(number),
            identity=identity_of(id, self._input) if self.layout.id_identifies else "",
            url=url,
            fetched_at=instant(fetched) if columns.fetched else None,
            url_identifies=self.layout.url_identifies,
            declared=Declared(**declared, columns=self._told(declared)),
        )
        self._watch(id, url, _story(row, columns.title, columns.text or columns.html), str(fetched or ""))
        found = ""
        cells: tuple[tuple[str, Format], ...] = ((columns.html, "html"), (columns.text, "text"))
        for name, format in cells:
            cell = _inner(row.get(name)) if name else None
            if isinstance(cell, str | bytes) and cell.strip() and not _is_nothing(cell):
                return self._content(origin, _restored(cell), format)
            if name:
                found = found or f"{_kind(cell) if name in row else 'no cell'} in column {name!r}"
        reason = "not-text" if "instead" in found else "empty"
        return rejected(
            origin, reason, f"{self._input.uri} row {origin.record}: found {found}; expected text"
        )

    def notes(self) -> list[str]:
        """Return notes on what was unusual in the rows so far."""
        uri, columns, found = self._input.uri, self._columns, []
        if self._markup:
            found.append(
                f"{uri}: {self._markup:,} of {self._texts:,} texts in column `{columns.text}` are HTML, and were read as HTML"
            )
        if self._hosts > 1:
            found.append(
                f"{uri}: {self._hosts:,} URLs in column `{columns.url}` name a site only, and identify no article"
            )
        whose = f"column `{columns.id}`" if columns.id and self.layout.id_identifies else "the content"
        for what, name, repeats, telling in (
            ("URL", columns.url, self._urls, self.layout.url_identifies),
            ("id", columns.id, self._ids, self.layout.id_identifies),
        ):
            if repeats.clashes:
                many = f"{uri}: {repeats.clashes:,} of {repeats.rows:,} rows repeat the {what} of another story (column `{name}`)"
                found.append(
                    f"{many} and count as versions of it"
                    if telling
                    else f"{many}; articles are told apart by {whose}"
                )
        return found

    def _declare(self, row: Row) -> dict[str, Any]:
        declared = {}
        for field, name, read in self._declared:
            if name in row and (value := read(row[name])):
                declared[field] = value
        return declared

    def _told(self, declared: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
        return tuple((field, name) for field, name, _ in self._declared if field in declared)

    def _watch(self, id: str, url: str, story: str, fetched: str) -> None:
        if url and names_site_only(url):
            self._hosts += 1
        elif url:
            self._urls.add(Seen(url, story, fetched))
        if id:
            self._ids.add(Seen(id, story, fetched))

    def _content(self, origin: Origin, cell: str | bytes, format: Format) -> RawDocument:
        """Return the document of a cell. Obvious HTML in a text column is treated as HTML."""
        if format == "html":
            return RawDocument(origin, cell, format)
        self._texts += 1
        text = cell if isinstance(cell, str) else lenient(cell) if b"<" in cell or b"&lt;" in cell else ""
        if is_markup(text):
            self._markup += 1
            if not has_blocks(text):
                return RawDocument(origin, paragraphs(text), "html")
            return RawDocument(origin, cell, "html")
        if "&lt;" in text and (made := unescaped(text)):
            self._markup += 1
            return RawDocument(origin, made, "html")
        return RawDocument(origin, cell, format)


def layout_for(layout: Layout, rows: Sequence[Row]) -> Layout:
    """Decide from the first rows whether URLs and ids identify articles.

    See `copydesk.tasks.read.repeated_keys`.
    """
    columns = layout.columns

    def seen(name: str, usable: Callable[[str], bool]) -> Iterator[Seen]:
        for row in rows:
            key = label(row.get(name)) if name else ""
            if key and usable(key):
                story = _story(row, columns.title, columns.text or columns.html)
                yield Seen(key, story, str(row.get(columns.fetched) or ""))

    return replace(
        layout,
        url_identifies=identifies(seen(columns.url, lambda url: not names_site_only(url))),
        id_identifies=identifies(seen(columns.id, bool)),
    )


def rejected(
    origin: Origin, reason: str, detail: str, content: bytes = b"", size: int | None = None
) -> Reject:
    """Make the reject of something that was read and is not a document."""
    return Reject(
        origin=origin,
        stage="read",
        reason=reason,
        detail=detail,
        content=content,
        content_hash=content_hash(content) if content else "",
        size=len(content) if size is None else size,
    )


def label(cell: object) -> str:
    """Read a cell as an id or a name: text, a number, or an object that holds one. Anything else gives "".

    >>> label(" a-7 "), label({"$oid": "64f0"}), label("nan"), label(None), label(7)
    ('a-7', '64f0', '', '', '7')
    """
    cell = _inner(cell)
    if isinstance(cell, bytes):
        cell = lenient(cell)
    if isinstance(cell, str):
        text = cell if cell.isascii() else cell.encode("utf-8", "replace").decode("utf-8")
        text = text.strip()
        return "" if _is_nothing(text) else text
    if isinstance(cell, list | tuple):
        return next(filter(None, map(label, cell[:100])), "")
    if isinstance(cell, bool) or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    return str(cell) if isinstance(cell, int | float) else ""


def _id(cell: object) -> str:
    return "" if isinstance(cell, list | tuple) else label(cell)


def moment(cell: object) -> str:
    """Read a cell as a date, as found; a date object becomes ISO 8601."""
    cell = _inner(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and math.isfinite(cell) and cell.is_integer():
        return str(int(cell))
    return label(cell)


def names(cell: object) -> tuple[str, ...]:
    """Read a cell as names: a list of texts or objects, a list written as text, or one text with all names.

    >>> names(["Ann Poe", {"name": "Joe Ray"}]), names("['Ann Poe', 'Joe Ray']"), names("Ann Poe and Joe Ray")
    (('Ann Poe', 'Joe Ray'), ('Ann Poe', 'Joe Ray'), ('Ann Poe and Joe Ray',))
    """
    if isinstance(cell, bytes):
        cell = lenient(cell)
    if isinstance(cell, str) and cell.strip()[:1] == "[" and cell.strip()[-1:] == "]":
        cell = _listed(cell.strip())
    if isinstance(cell, int | float):
        return ()  # the number of an account
    if isinstance(cell, list | tuple):
        return tuple(
            name for part in cell[:100] if not isinstance(part, int | float) and (name := label(part))
        )
    name = label(cell)
    return (name,) if name and not name.isdigit() else ()


_READ: Final[dict[str, Callable[[object], Any]]] = {"authors": names} | dict.fromkeys(_TIMES, moment)
"""How the cell of a field is read; cells of all other fields are read as labels."""


def _listed(text: str) -> list[object]:
    """Return the values of a list written as JSON or Python."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [found[1] or found[2] or found[0].strip("'\" ") for found in _QUOTED.finditer(text[:20_000])]
    return value if isinstance(value, list) else [text]


def names_site_only(url: str) -> bool:
    """Return whether a URL names a site, not one of its pages.

    >>> names_site_only("https://example.org/"), names_site_only("https://example.org/?p=7")
    (True, False)
    """
    rest = url.partition("://")[2] or url
    return not rest.partition("#")[0].rstrip("/").count("/") and "?" not in rest


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://")) and not names_site_only(value)


def _inner(cell: object) -> object:
    """Return the value inside an object that takes the place of a value."""
    if isinstance(cell, dict):
        return next((cell[key] for key in _INNER if isinstance(cell.get(key), str | int | float)), cell)
    return cell


def _is_nothing(cell: str | bytes) -> bool:
    return len(cell) <= 9 and (cell if isinstance(cell, str) else lenient(cell)).strip().lower() in _NOTHING


def _story(row: Row, title: str, text: str) -> str:
    """Return what identifies the story of a row: its title, or the beginning of its text."""
    cell = row.get(title) if title else None
    cell = cell or row.get(text)
    return (
        cell[:_STORY].strip()
        if isinstance(cell, str)
        else repr(cell[:_STORY])
        if isinstance(cell, bytes)
        else ""
    )


def _restored(cell: str | bytes) -> str | bytes:
    """Turn surrogates back into the bytes that came through JSON, so that `decode` sees the original bytes."""
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


def lenient(cell: bytes) -> str:
    """Decode a short cell as UTF-8, or else as Windows-1252."""
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell.decode("cp1252", "replace")


def instant(cell: object) -> datetime | None:
    """Read a fetch time: a timestamp, ISO 8601, or seconds or milliseconds since 1970.

    A time without a zone is taken as UTC: it was written by a machine, not by a newspaper.
    """
    try:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return datetime.fromtimestamp(cell / 1000 if abs(cell) > 1e11 else cell, UTC)
        if isinstance(cell, date) and not isinstance(cell, datetime):
            cell = datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
        if not isinstance(cell, datetime):
            text = label(cell)
            if text.replace(".", "", 1).isdigit() and len(text) >= 10:
                return instant(float(text))
            cell = _written(text)
        return (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _written(text: str) -> datetime:
    """Parse a time as ISO 8601 or as in e-mails. Raise ValueError for anything else."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)
