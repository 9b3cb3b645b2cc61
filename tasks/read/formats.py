"""Read inputs: from what the user names to documents, one after the other, in constant memory.

The format of an input is decided by this evidence, in this order:

1. its first bytes, if they are conclusive: gzip or zstd (unpacked, whatever the name), Parquet, WARC, zip, tar;
2. its suffix, without `.gz` or `.zst`; but a `.txt` or `.rss` file that is a whole HTML page is HTML;
3. its content, if the suffix is unknown (standard input, `story.bak`, `feed.xml`): feed, HTML, JSON
   Lines, JSON, text.

A format is one function in the table FORMATS, from a stream to documents and rejects. A new format is a new
function and a line in SUFFIXES. What can't be read becomes a reject that names the file, the position in it,
what was found and what was expected. Only a wrong column name ends the run, because every row of the file
would fail in the same way.
"""

import stat
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Final

from copydesk.schemas.document import Format, Origin, RawDocument
from copydesk.schemas.errors import MachineError, UsageError, is_of_machine
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import ResumePoint
from copydesk.tasks.read.archives import DEEPEST, Member, documents_in, too_deep
from copydesk.tasks.read.csv import read_csv
from copydesk.tasks.read.cursor import Cursor, cursor_at
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.feeds import read_feed, read_json_feed
from copydesk.tasks.read.gzip_members import RECORD
from copydesk.tasks.read.inputs import open_input
from copydesk.tasks.read.json import read_json
from copydesk.tasks.read.rows import Documents, rejected
from copydesk.tasks.read.streams import chunks, peek, unpacked
from copydesk.tasks.read.tables import read_jsonl
from copydesk.tasks.read.tar import is_tar, tar_members
from copydesk.tasks.read.warc import read_warc
from copydesk.tasks.read.zip import is_zip, zip_members
from copydesk.tasks.text import (
    binary_kind,
    is_alone,
    is_feed,
    is_html,
    is_json,
    is_json_feed,
    is_jsonl,
    is_page,
)

Reader = Callable[[Iterator[bytes], InputFile, Columns, Settings, Cursor], Documents]


def read(input: InputFile, columns: Columns, settings: Settings, cursor: Cursor | None = None) -> Documents:
    """Yield the documents of one input, and a reject for each thing in it that is not a document.

    A `cursor` is moved along; reading begins at its resume point (see `resume`). If the input is a table
    without a column that `columns` names, UsageError is raised. If such an input was found in a folder rather
    than named, it is rejected, and the others of its folder are read.
    """
    cursor = cursor or Cursor()
    yield from _guarded(_read_file(input, columns, settings, cursor), input, cursor)


def _guarded(items: Documents, input: InputFile, cursor: Cursor) -> Documents:
    """Yield the content of an input, and a reject in place of what breaks it."""
    try:
        yield from items
    except UsageError as error:
        if not input.walked:
            raise
        cursor.open += 1
        yield rejected(Origin(input.uri), "no-text-column", str(error))
    except BrokenError as error:
        cursor.open += 1
        yield rejected(Origin(input.uri), error.reason, f"{input.uri}: {error.detail}")
    except (OSError, MemoryError) as error:
        if is_of_machine(error):
            raise MachineError(
                f"{input.uri} can't be read on this machine: {getattr(error, 'strerror', None) or 'out of memory'}"
            ) from error
        cursor.open += 1
        detail = f"{input.uri} can't be read: {getattr(error, 'strerror', None) or error}"
        yield rejected(Origin(input.uri), "unreadable", detail)


def _read_file(input: InputFile, columns: Columns, settings: Settings, cursor: Cursor) -> Documents:
    archive = SUFFIXES.get(_suffix(input)) == "warc"
    with open_input(input) as file:
        if cursor.starts_inside:
            name = format_of(input, peek(chunks(file, settings, archive=archive))[0])
            file.seek(0)
            stream = chunks(file, settings, skip=cursor.offset, archive=archive)
            yield from FORMATS[name](stream, input, columns, settings, cursor)
        else:
            head, stream = peek(chunks(file, settings, archive=archive))
            yield from _read_stream(head, stream, input, columns, settings, cursor)


def resume(input: InputFile, place: ResumePoint, settings: Settings) -> Cursor | None:
    """Return a cursor with which `read` resumes at `place`; None if the input before it has changed.

    The caller must use a resume point without an offset for exactly the same file only.
    """
    try:
        if input.path is None or not stat.S_ISREG(input.path.stat().st_mode):
            return None  # what was read from a pipe is gone
        with open_input(input) as file:
            return cursor_at(place, file, settings, archive=SUFFIXES.get(_suffix(input)) == "warc")
    except (BrokenError, OSError):
        return None


def _read_stream(
    head: bytes,
    stream: Iterator[bytes],
    input: InputFile,
    columns: Columns,
    settings: Settings,
    cursor: Cursor,
) -> Documents:
    if not head and next(stream, b"") == b"":
        cursor.open += 1
        yield rejected(Origin(input.uri), "empty", f"{input.uri} has no content; expected a document")
        return
    name = format_of(input, head)
    if name in FORMATS:
        yield from FORMATS[name](stream, input, columns, settings, cursor)
        return
    cursor.open += 1
    detail = f"{input.uri}: found {name}; expected text, HTML, JSON, CSV, Parquet, WARC, a feed, zip or tar"
    yield rejected(Origin(input.uri), "unknown-format", detail, head[:4096])


def format_of(input: InputFile, head: bytes) -> str:
    """Return a key of FORMATS, or a phrase that describes what was found instead.

    The module's docstring gives the order of the evidence.
    """
    container = _container(input, head)
    if container:
        return container
    by_name = SUFFIXES.get(_suffix(input), "")
    if by_name:
        return "html" if by_name in ("text", "feed") and is_page(head) else by_name
    return _by_content(input, head)


def _container(input: InputFile, head: bytes) -> str:
    """Return the format that a signature at the start proves, whatever the name says; "" without one."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if RECORD.match(head):
        return "warc"
    if is_zip(head) and _suffix(input) not in _OFFICE:
        return "zip"
    return "tar" if is_tar(head) else ""


def _by_content(input: InputFile, head: bytes) -> str:
    """Return the format of content whose name says nothing, or what it is instead."""
    if is_feed(head):
        return "feed"
    if is_html(head):
        return "html"
    if is_json_feed(head):
        return "json-feed"
    if is_jsonl(head) and not is_alone(head):
        return "jsonl"
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    kind = "" if wide else binary_kind(head)
    if kind:
        return kind
    if head.lstrip().startswith((b"<?xml", b"<rss", b"<feed")):
        return "XML that is neither XHTML nor a feed"
    if is_json(head) or _suffix(input) == ".json":
        return "json"
    return "text"


def _suffix(input: InputFile) -> str:
    suffixes = [suffix.lower() for suffix in PurePath(input.name).suffixes]
    while suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _archive(members: Callable[[Iterator[bytes], InputFile, Settings], Iterator[Member]]) -> Reader:
    """Make the reader of an archive, whose members are read like files."""

    def read_archive(
        stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
    ) -> Documents:
        if input.depth >= DEEPEST:
            raise too_deep(input)

        def read_member(member: Member, inner: InputFile, own: Cursor) -> Documents:
            archive = SUFFIXES.get(_suffix(inner)) == "warc"

            def items() -> Documents:
                head, unread = peek(unpacked(member.stream, settings, archive=archive))
                yield from _read_stream(head, unread, inner, columns, settings, own)

            yield from _guarded(items(), inner, own)

        found = members(stream, input, settings)
        return cursor.behind(documents_in(found, input, cursor, read_member))

    return read_archive


def _whole(format: Format) -> Reader:
    """Make the reader of files that are one document each."""

    def read_whole(
        stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
    ) -> Documents:
        cursor.open += 1  # a file that was read in part has no resume point
        origin = Origin(input.uri, identity=input.identity)
        limit = settings.max_document_bytes
        parts: list[bytes] = []
        size = 0
        for chunk in stream:
            size += len(chunk)
            if size > limit:
                detail = f"{input.uri} is larger than {limit:,} bytes, the maximum for one document"
                yield rejected(origin, "too-large", detail)
                return
            parts.append(chunk)
        yield RawDocument(origin, b"".join(parts), format)

    return read_whole


def _read_parquet(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Load the reader with the first Parquet file.

    pyarrow takes 0.1 s and 26 MB, and no other format needs it.
    """
    from copydesk.tasks.read.parquet import read_parquet

    return read_parquet(stream, input, columns, settings, cursor)


_OFFICE: Final = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar", ".apk", ".whl")
"""Suffixes of zip files that are not archives of documents."""
FORMATS: Final[dict[str, Reader]] = {
    "text": _whole("text"),
    "html": _whole("html"),
    "jsonl": read_jsonl,
    "csv": read_csv,
    "parquet": _read_parquet,
    "warc": read_warc,
    "feed": read_feed,
    "json-feed": read_json_feed,
    "json": read_json,
    "zip": _archive(zip_members),
    "tar": _archive(tar_members),
}
"""The reader of each format: from the stream of an input to its documents and rejects."""

SUFFIXES: Final = {
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".warc": "warc",
    ".wet": "warc",
    ".rss": "feed",
    ".atom": "feed",
    ".zip": "zip",
    ".tar": "tar",
    ".tgz": "tar",
    ".tzst": "tar",
}
"""Lower-case suffix -> format."""
