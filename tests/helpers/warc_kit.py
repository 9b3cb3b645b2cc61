"""Archives for tests, as crawlers write them; `test_it_finds_what_warcio_finds` proves that they are valid."""

import zlib
from base64 import b32encode
from collections.abc import Iterable
from gzip import compress
from hashlib import sha1
from typing import NamedTuple

STORY = "The harbour reopened on Monday after a week of repairs, the port authority said."
PAGE = f"<!doctype html><html><body><p>{STORY}</p></body></html>".encode()


class Rec(NamedTuple):
    """A record to write; without a status it has no HTTP headers."""

    key: str
    body: bytes = PAGE
    status: str = "200 OK"
    media: str = "text/html; charset=utf-8"
    kind: str = "response"
    http: tuple[tuple[str, str], ...] = ()
    warc: tuple[tuple[str, str], ...] = ()
    url: str = ""


def record(rec: Rec, *, gzip: bool = False) -> bytes:
    """Return a record as it is in an archive."""
    block, media = rec.body, rec.media
    if rec.status:
        first = rec.status if rec.kind == "request" else f"HTTP/1.1 {rec.status}"
        headers = [("Content-Type", rec.media)] if rec.media else []
        block = _lines(first, *headers, *rec.http) + rec.body
        media = f"application/http; msgtype={'request' if rec.kind == 'request' else 'response'}"
    written = _lines(
        "WARC/1.0",
        ("WARC-Type", rec.kind),
        ("WARC-Record-ID", f"<urn:uuid:{rec.key}>"),
        ("WARC-Target-URI", rec.url or f"https://example.org/{rec.key}"),
        ("WARC-Date", "2016-06-14T10:20:30Z"),
        ("WARC-Payload-Digest", _digest(rec.body)),
        ("WARC-Block-Digest", _digest(block)),
        *rec.warc,
        ("Content-Type", media),
        ("Content-Length", str(len(block))),
    )
    whole = written + block + b"\r\n\r\n"
    return compress(whole) if gzip else whole


def _lines(first: str, *headers: tuple[str, str]) -> bytes:
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in headers), "", ""]).encode()


def _digest(content: bytes) -> str:
    return f"sha1:{b32encode(sha1(content).digest()).decode()}"


def archive(recs: Iterable[Rec], *, gzip: bool = False) -> bytes:
    """Return an archive of records, each a gzip member of its own."""
    return b"".join(record(rec, gzip=gzip) for rec in recs)


def pages(start: int, stop: int) -> list[Rec]:
    """Return different pages, under keys of three digits."""
    return [Rec(f"{n:03}", PAGE.replace(b"Monday", b"day %d" % n)) for n in range(start, stop)]


def deflated(content: bytes, wbits: int) -> bytes:
    """Compress with zlib, with any wrapper."""
    packer = zlib.compressobj(wbits=wbits)
    return packer.compress(content) + packer.flush()
