"""Read WARC: web pages and texts as a crawler stored them, with the addresses and times it recorded.

Documents are `response` records of status 200 or 203, `resource` records, and `conversion` records (WET), if
they are HTML, XHTML or plain text. Their media type decides, or their beginning if the crawler recorded no
type or only XML. All other records are not documents: requests, metadata, revisits, redirects and errors,
images, scripts, `robots.txt`, logs of the crawler (`urn:`, `metadata:`). They are counted by kind in
`Cursor.passed`.

A page is taken as the crawler has it. If the crawler states that it stopped before the end
(`WARC-Truncated`), or the transfer broke off, the article is flagged `truncated`. Damage to the archive
itself causes a reject: records whose length, checksum or digest is wrong, or that break off. Reading
continues at the next record.

Measured: 14,000 pages of 3 KB or 1,600 of 100 KB per second of CPU, digests checked; warcio 1.8.1 reads 1.3
to 1.8 times as many without checking, as many with.

Why no library, measured on archives of ten records: warcio 1.8.1 treats a cut file as complete, stops at the
first flipped byte, silently loses the neighbour of a record with a wrong length, and needs 1.8 GB for a
header line of 600 MiB from 0.6 MB of gzip. FastWARC 2.0.1 stops at the first wrong record.
"""

import re
from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import md5, sha1, sha256
from typing import Final
from urllib.parse import urlsplit

from copydesk.schemas.document import Format, Origin, RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.http_response import Response, body_of, parse_response
from copydesk.tasks.read.lookahead import Tape
from copydesk.tasks.read.rows import Documents, identity_of, instant, rejected
from copydesk.tasks.read.warc_records import Record, records
from copydesk.tasks.text import is_page

_KINDS: Final = ("response", "resource", "conversion")
_NO_PAGES: Final = ("about", "blob", "data", "dns", "metadata", "screenshot", "thumbnail", "urn", "whois")
"""Schemes of addresses under which crawlers store their own notes, including text."""
_STATUSES: Final = (200, 203)
_MEDIA: Final[Mapping[str, Format]] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/vnd.wap.xhtml+xml": "html",
    "text/plain": "text",
}
_VAGUE: Final = ("", "unk", "text/xml", "application/xml", "application/unknown", "unknown/unknown")
"""Media types that may hide a page: its beginning decides."""
_CHARSET: Final = re.compile(r"\bcharset\s*=\s*(?:[\"']\s*)?([\w.:-]{1,40})", re.IGNORECASE)
_DIGESTS: Final = ("warc-block-digest", "warc-payload-digest")
_HASHES: Final = {"sha1": sha1, "sha-1": sha1, "sha256": sha256, "sha-256": sha256, "md5": md5}


def read_warc(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read the pages of an archive. The module's docstring lists what is skipped and what is rejected.

    At most `settings.max_document_bytes` of a record are held, packed and once more unpacked.
    """
    cursor.begin()
    tape = Tape(stream, cursor.offset, cursor.digest.copy())
    for record in records(tape, settings):
        found = _judge(record, input, settings)
        if isinstance(found, str):
            cursor.pass_over(found)
            continue
        if record.final:
            cursor.open += 1
        else:
            cursor.stand(tape.offset, tape.digest.copy())
        yield found


def _judge(record: Record, input: InputFile, settings: Settings) -> RawDocument | Reject | str:
    """Return the document of a record, or its reject, or its kind if it is not a document."""
    kind = record.headers.get("warc-type", "").lower()
    origin = _origin(record, input)
    try:
        if record.fault is not None:
            raise record.fault
        if kind not in _KINDS:
            return kind or "no type"
        scheme = origin.url.partition(":")[0].lower()
        if scheme in _NO_PAGES:
            return f"{kind} of {scheme}:"
        return _document(record, origin, settings)
    except BrokenError as error:
        detail = f"{input.uri} at byte {record.offset:,}{_named(record, origin)}: {error.detail}"
        return rejected(origin, error.reason, detail, record.block, record.size)


def _named(record: Record, origin: Origin) -> str:
    id = f", record {origin.record}" if "warc-record-id" in record.headers else ""
    return f"{id} ({origin.url[:200]})" if origin.url else id


def _document(record: Record, origin: Origin, settings: Settings) -> RawDocument | str:
    """Return the document of a record that holds a page, or its kind if it is not one. Raise BrokenError."""
    media, cut = record.headers.get("content-type", ""), "warc-truncated" in record.headers
    response = Response(200, {}, record.block)
    if media.lower().startswith("application/http"):
        response = _response(record.block)
        if response.status not in _STATUSES:
            return f"status {response.status}"
        media = response.headers.get("content-type", "")
    kind = media.partition(";")[0].strip().lower()
    if kind not in _MEDIA and kind not in _VAGUE:
        return kind
    _check_whole(record, settings)
    content, broken = body_of(response, settings.max_document_bytes)
    _check_digest(record, (record.block, response.body, content))
    format = "html" if is_page(content[:4096]) else _MEDIA.get(kind)
    if format is None:
        return kind or "no media type"
    if format == "text" and urlsplit(origin.url).path == "/robots.txt":
        return "robots.txt"
    charset = _CHARSET.search(media)
    flag = "truncated" if cut or broken else ""
    return RawDocument(
        replace(origin, http_charset=charset[1] if charset else "", flag=flag), content, format
    )


def _response(block: bytes) -> Response:
    response = parse_response(block)
    if response is None:
        raise BrokenError("bad-record", f"found {block[:40]!r}; expected a line like HTTP/1.1 200 OK")
    return response


def _check_whole(record: Record, settings: Settings) -> None:
    """Raise BrokenError for an incomplete record."""
    if record.size > len(record.block):
        found = f"found {record.size:,} bytes, more than the maximum of {settings.max_document_bytes:,}"
        raise BrokenError("too-large", found)
    if "warc-segment-number" in record.headers:
        raise BrokenError("bad-record", "found one of several segments; expected a complete record")


def _check_digest(record: Record, parts: Sequence[bytes]) -> None:
    """Raise BrokenError if no part has a recorded digest.

    Crawlers differ in what they compute digests of and under which name they record them, so one match is
    enough.
    """
    noted = [record.headers[name] for name in _DIGESTS if name in record.headers]
    known = [digest for digest in noted if digest.partition(":")[0].lower() in _HASHES]
    if known and not any(_fits(digest, part) for part in parts for digest in known):
        raise BrokenError("damaged", f"its content does not match the recorded digest {known[0][:80]!a}")


def _fits(digest: str, content: bytes) -> bool:
    """Return whether content has a digest like `sha1:` and Base32, or hex digits."""
    name, _, value = digest.partition(":")
    found = _HASHES[name.lower()](content, usedforsecurity=False)
    return value.strip().lower() in (found.hexdigest(), b32encode(found.digest()).decode().lower())


def _origin(record: Record, input: InputFile) -> Origin:
    id = record.headers.get("warc-record-id", "").strip("<> ")
    return Origin(
        source=input.uri,
        record=id or f"byte {record.offset}",
        identity=identity_of(id, input),
        url=record.headers.get("warc-target-uri", "").strip("<> "),
        fetched_at=instant(record.headers.get("warc-date")),
    )
