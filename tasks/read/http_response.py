"""Parse an HTTP response as a crawler stored it: status, headers, and the body without its transfer coding.

A crawler does not always store what came over the wire: many store the body decoded, and the headers
unchanged. So a body is unpacked only if it really is what its headers state.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import zstandard

from copydesk.tasks.read.errors import BrokenError

HEADERS_END: Final = re.compile(rb"\r?\n\r?\n")
_STATUS: Final = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_CHUNK: Final = re.compile(rb"\s{0,2}([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\n]{0,1000})?\r?\n")
_ZSTD_STEP: Final = 64
"""Bytes given to zstd at a time: they can expand to 2 MiB."""


class Response(NamedTuple):
    """The parts of a response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Body(NamedTuple):
    """The body that the server sent, as far as it was stored."""

    content: bytes
    cut: bool
    """Whether it is cut off."""


def parse_headers(lines: bytes) -> dict[str, str]:
    r"""Return headers by their names in lower case. If several have one name, the first counts.

    >>> parse_headers(b"Content-Type: text/html;\r\n charset=x\r\nno header\r\nVia: y")
    {'content-type': 'text/html; charset=x', 'via': 'y'}
    """
    headers: dict[str, str] = {}
    if b"\n " in lines or b"\n\t" in lines:
        lines = re.sub(rb"\r?\n[ \t]+", b" ", lines)
    for line in lines.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            key = name.strip().decode("latin-1").lower()
            headers.setdefault(key, value.strip().decode("utf-8", "replace"))
    return headers


def parse_response(block: bytes) -> Response | None:
    """Parse a response; return None for anything else."""
    status = _STATUS.match(block)
    if not status:
        return None
    end = HEADERS_END.search(block)
    head = block[: end.start()] if end else block
    body = block[end.end() :] if end else b""
    return Response(int(status[1]), parse_headers(head.partition(b"\n")[2]), body)


def body_of(response: Response, limit: int) -> Body:
    """Undo chunks and compression, in at most `limit` bytes.

    An unknown compression is left alone. Raises BrokenError: `too-large`, `damaged`.
    """
    content, cut = response.body, False
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        content, cut = _dechunked(content)
    for name in reversed(response.headers.get("content-encoding", "").lower().split(",")):
        if (unpack := _CODINGS.get(name.strip())) and content:
            content, broken = unpack(content, limit)
            cut = cut or broken
    return Body(content, cut)


def _dechunked(body: bytes) -> tuple[bytes, bool]:
    """Return the chunks joined, and whether one is missing. A body without chunks is returned as it is."""
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK.match(body, at):
        size, start = int(found[1], 16), found.end()
        parts.append(body[start : start + size])
        if size == 0 or start + size > len(body):
            return b"".join(parts), size > 0
        at = start + size
    return (b"".join(parts), True) if parts else (body, False)


def _gunzipped(content: bytes, limit: int) -> tuple[bytes, bool]:
    if not content.startswith(b"\x1f\x8b"):
        return content, False  # stored decoded
    return _inflated(content, limit, 31)


def _deflated(content: bytes, limit: int) -> tuple[bytes, bool]:
    """Inflate deflate with its wrapper, as the standard requires, or without, as some servers send it."""
    for wbits in (15, -15):
        try:
            zlib.decompressobj(wbits).decompress(content[:64], 64)
        except zlib.error:
            continue
        return _inflated(content, limit, wbits)
    return content, False


def _inflated(content: bytes, limit: int, wbits: int) -> tuple[bytes, bool]:
    member = zlib.decompressobj(wbits)
    try:
        made = member.decompress(content, limit + 1)
    except zlib.error as error:
        raise BrokenError("damaged", f"its compressed body is damaged: {error}") from error
    _check(made, limit)
    return made, not member.eof


def _unbrotlied(content: bytes, limit: int) -> tuple[bytes, bool]:
    import brotli  # half of all archives have no Brotli

    decoder, made = brotli.Decompressor(), bytearray()
    try:
        data = content
        while not decoder.is_finished() and (data or not decoder.can_accept_more_data()):
            made += decoder.process(data, output_buffer_limit=limit + 1 - len(made))
            data = b""
            _check(made, limit)
    except brotli.error as error:
        if not made and _is_plain(content):
            return content, False
        raise BrokenError("damaged", "its body is not complete Brotli data") from error
    return bytes(made), not decoder.is_finished()


def _unzstdied(content: bytes, limit: int) -> tuple[bytes, bool]:
    if not content.startswith(b"\x28\xb5\x2f\xfd"):
        return content, False
    made = bytearray()
    decoder = zstandard.ZstdDecompressor(max_window_size=1 << 23).decompressobj()
    try:
        for at in range(0, len(content), _ZSTD_STEP):
            made += decoder.decompress(content[at : at + _ZSTD_STEP])
            _check(made, limit)
            if decoder.eof:
                break
    except zstandard.ZstdError as error:
        raise BrokenError("damaged", f"its compressed body is damaged: {error}") from error
    return bytes(made), not decoder.eof


def _check(made: bytes | bytearray, limit: int) -> None:
    if len(made) > limit:
        raise BrokenError("too-large", f"its body expands to more than {limit:,} bytes, the maximum")


def _is_plain(content: bytes) -> bool:
    """Return whether content labelled as Brotli begins like mark-up or text. Brotli has no signature."""
    return content[:64].lstrip()[:1] in (b"<", b"{") or content[:64].isascii()


_CODINGS: Final[dict[str, Callable[[bytes, int], tuple[bytes, bool]]]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _deflated,
    "br": _unbrotlied,
    "zstd": _unzstdied,
}
