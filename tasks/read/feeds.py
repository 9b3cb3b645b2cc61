"""Read feeds (RSS 0.9 to 2.0, Atom 0.3 and 1.0, JSON Feed): each entry that has a text is a document.

The text is `content:encoded` or `content`, or without these `description` or `summary`. Nothing is fetched,
so this is all the text there is. Title, authors and dates of the feed take precedence over the text, like
columns of a table. An entry that is only a link is rejected as `no-content`. One that no repair makes
well-formed is rejected as `bad-xml`; the other entries are not affected.

Why not feedparser (6.0.14; 4,000 entries of 2.8 KB per second, this module 23,000): it holds the whole feed,
returns an entry that the end of the file cut off as if it were complete, and takes 40 s for 10 MB of `<a `,
which must not happen in the process that reads for all workers.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

import orjson

from copydesk.schemas.document import Declared, Origin, RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.feed_entry import Said, namespaces, parse_entry, said_of_json
from copydesk.tasks.read.feed_links import base_of, base_of_json
from copydesk.tasks.read.feed_splitter import Entry, decoded, entries
from copydesk.tasks.read.rows import Documents, identity_of, rejected


class _Feed(NamedTuple):
    """Values that all entries of a feed share: the names of its namespaces, and the base of its links."""

    known: dict[str, str]
    base: str


def read_feed(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read a feed entry by entry, one at a time in memory. A feed without entries has no documents."""
    return cursor.behind(_documents(stream, input, settings, cursor))


def _documents(stream: Iterator[bytes], input: InputFile, settings: Settings, cursor: Cursor) -> Documents:
    head, feed = "", _Feed(namespaces(""), "")
    for number, entry in enumerate(entries(decoded(stream), settings.max_document_bytes), start=1):
        if entry.head != head:
            head, feed = entry.head, _Feed(namespaces(entry.head), base_of(entry.head))
        if entry.fault == "no-entries":
            cursor.notes.append(f"{input.uri}: the feed has no entries")
            continue
        yield _document(entry, number, feed, input, settings)


def read_json_feed(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read a JSON Feed. It is one object, and so may be no longer than a line of JSON Lines."""
    return cursor.behind(_json_documents(stream, input, settings))


def _document(
    entry: Entry, number: int, feed: _Feed, input: InputFile, settings: Settings
) -> RawDocument | Reject:
    where, source = f"entry {number} (character {entry.offset:,})", entry.source.encode("utf-8", "replace")
    if entry.fault:
        problem = _FAULTS[entry.fault].format(settings.max_document_bytes)
        return _rejected(Origin(input.uri, str(number)), entry.fault, where, problem, source)
    try:
        said = parse_entry(entry.source, feed.known, feed.base)
    except expat.ExpatError as error:
        problem = f"found no well-formed XML ({error})"
        return _rejected(Origin(input.uri, str(number)), "bad-xml", where, problem, source)
    return _told(said, number, where, input, source)


def _told(said: Said, number: int, where: str, input: InputFile, source: bytes) -> RawDocument | Reject:
    """Return the document of an entry, or a reject if it has no text."""
    origin = _origin(said, number, input)
    if said.content:
        return RawDocument(origin, said.content, said.format)
    problem = "found no text, only a link; expected content or a description"
    return _rejected(origin, "no-content", where, problem, source)


def _rejected(origin: Origin, reason: str, where: str, problem: str, source: bytes) -> Reject:
    return rejected(origin, reason, f"{origin.source} {where}: {problem}", source)


_FAULTS = {
    "too-large": "found more than {:,} characters, the maximum",
    "truncated": "the feed ends in the middle of the entry",
    "bad-xml": "the entry is not closed before the next one begins",
}


def _json_documents(stream: Iterator[bytes], input: InputFile, settings: Settings) -> Documents:
    content = bytearray()
    for chunk in stream:
        content += chunk
        if len(content) > settings.max_line_bytes:
            detail = (
                f"{input.uri} is larger than {settings.max_line_bytes:,} bytes, the maximum for a JSON Feed"
            )
            yield rejected(Origin(input.uri), "too-large", detail)
            return
    try:
        feed = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
        items = feed["items"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        detail = f"{input.uri}: found no JSON Feed ({type(error).__name__}: {error}); expected an object with items"
        yield rejected(Origin(input.uri), "bad-json", detail, bytes(content))
        return
    base = base_of_json(feed)
    for number, item in enumerate(items if isinstance(items, list) else [items], start=1):
        said = said_of_json(item if isinstance(item, dict) else {}, base)
        yield _told(said, number, f"item {number}", input, _source(item))


def _source(item: object) -> bytes:
    try:
        return orjson.dumps(item)
    except TypeError:  # a value that was read may be nested too deeply to be written
        return b""


def _origin(said: Said, number: int, input: InputFile) -> Origin:
    return Origin(
        source=input.uri,
        record=said.id or said.url or str(number),
        identity=identity_of(said.id, input),
        url=said.url,
        declared=Declared(
            title=said.title,
            authors=(said.author,) if said.author else (),
            published=said.published,
            modified=said.modified,
        ),
    )
