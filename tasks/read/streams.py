"""Read the bytes of an input as a stream of chunks: decompressed in steps, limited, with breaks reported.

Nothing here holds more than a few chunks, so that a decompression bomb costs no more than its limit (1 GiB of
zeros is 1 MB of gzip and 33 KB of zstd).
"""

import zlib
from collections.abc import Iterator
from hashlib import blake2b
from typing import IO, Final, NamedTuple

import zstandard

from copydesk.schemas.errors import is_of_machine
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.errors import BrokenError, Gap
from copydesk.tasks.read.gzip_members import expands_too_much, holds_records, members

CHUNK: Final = 64 * 1024
GZIP: Final = b"\x1f\x8b"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_STEP: Final = 512
"""Compressed bytes given to zstd at a time. A block has at least 4 bytes and at most 128 KiB of output, so
that a step makes 16 MiB at worst. zstd's own stream reader is limited, but treats a cut file as complete."""
_ZSTD_WINDOW: Final = 1 << 27


class Line(NamedTuple):
    """A line of a stream without its line end; `content` is None if it was too long."""

    number: int
    offset: int
    size: int
    content: bytes | None
    ended: bool = True
    """Whether a line end follows; the last line of a stream may lack it."""
    digest: "Digest | None" = None
    """Digest of the stream up to the end of this line, if one was requested."""

    @property
    def end(self) -> int:
        """Return the number of bytes of the stream up to the end of this line, line end included."""
        return self.offset + self.size + self.ended


class Digest:
    """A running digest of a stream: BLAKE2b, 1.5 s per GB, or 8 µs for a text of 5 KB."""

    def __init__(self, state: "blake2b | None" = None) -> None:
        self._state = state or blake2b(digest_size=16)

    def update(self, data: bytes | memoryview) -> None:
        """Add more of the stream."""
        self._state.update(data)

    def copy(self) -> "Digest":
        """Return a copy of the current digest. It takes 0.5 µs, so that every line can have one."""
        return Digest(self._state.copy())

    def __str__(self) -> str:
        """Return 32 hex digits."""
        return self._state.hexdigest()


def chunks(file: IO[bytes], settings: Settings, skip: int = 0, *, archive: bool = False) -> Iterator[bytes]:
    """Yield the bytes of `file` after the first `skip`, decompressed if its first bytes are gzip or zstd.

    Reading an archive of records continues after damage: see `copydesk.tasks.read.gzip_members`. Such an
    archive is recognised by its beginning, or by its name (`archive`) if the beginning is damaged. Raises
    BrokenError after everything readable: `truncated`, `damaged`, `too-large`, `unreadable`.
    """
    raw = _plain(file)
    head = next(raw, b"")
    if skip and not head.startswith((GZIP, ZSTD)) and not holds_records(head, archive=archive):
        file.seek(skip)
        return raw
    return _without(skip, unpacked(_again(head, raw), settings, archive=archive))


def unpacked(raw: Iterator[bytes], settings: Settings, *, archive: bool = False) -> Iterator[bytes]:
    """Yield the bytes of a stream, decompressed as in `chunks`."""
    head = next(raw, b"")
    if holds_records(head, archive=archive):
        return members(_again(head, raw), settings)
    if head.startswith(GZIP):
        return _bounded(_gunzip(_again(head, raw)), settings)
    if head.startswith(ZSTD):
        return _bounded(_unzstd(_again(head, raw)), settings)
    return _again(head, raw)


def peek(stream: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return about the first 64 KiB, and the stream with them put back.

    A break within them is raised when the reader reaches it, not here.
    """
    seen: list[bytes] = []
    size = 0
    failure: BrokenError | None = None
    try:
        while size < CHUNK and (chunk := next(stream, b"")):
            seen.append(chunk)
            size += len(chunk)
    except BrokenError as error:
        failure = error
    head = b"".join(seen)
    gaps = any(isinstance(chunk, Gap) for chunk in seen)
    return head[:CHUNK], _resume(seen if gaps else [head], stream, failure)


def lines(
    stream: Iterator[bytes], limit: int, number: int = 1, offset: int = 0, digest: Digest | None = None
) -> Iterator[Line]:
    r"""Split at `\n`. A line longer than `limit` is skipped to its end and comes without content.

    A line that a break of the stream cuts short is not yielded, because it is incomplete. `number` and
    `offset` are those of the stream's first line, if it does not start at the beginning. With a `digest` of
    the bytes before, each line has the digest up to its end.
    """
    size = 0
    parts: list[bytes] = []
    for chunk in stream:
        first, *rest = chunk.split(b"\n")
        if digest:
            digest.update(first)
        size += len(first)
        if size <= limit:
            parts.append(first)
        else:
            parts.clear()
        for piece in rest:
            if digest:
                digest.update(b"\n")
            here = digest.copy() if digest else None
            yield Line(number, offset, size, b"".join(parts) if size <= limit else None, True, here)
            number, offset, size = number + 1, offset + size + 1, len(piece)
            parts = [piece] if size <= limit else []
            if digest:
                digest.update(piece)
    if size:
        yield Line(number, offset, size, b"".join(parts) if size <= limit else None, False, digest)


def _without(skip: int, stream: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in stream:
        if not skip:
            yield chunk
        elif len(chunk) > skip:
            yield chunk[skip:]
        skip = max(0, skip - len(chunk))


def _plain(file: IO[bytes]) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except OSError as error:
        if is_of_machine(error):
            raise
        raise BrokenError("unreadable", f"reading failed: {error.strerror or error}") from error


def _again(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _resume(seen: list[bytes], rest: Iterator[bytes], failure: BrokenError | None) -> Iterator[bytes]:
    yield from filter(None, seen)
    if failure:
        raise failure
    yield from rest


def _gunzip(raw: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (compressed bytes consumed, output) of all members of a gzip file."""
    member = zlib.decompressobj(wbits=31)
    consumed, fresh = 0, True
    for chunk in raw:
        consumed += len(chunk)
        data = chunk
        while data:
            try:
                out = member.decompress(data, CHUNK)
            except zlib.error as error:
                if fresh and not data.strip(b"\0"):
                    return  # zero padding after the last member, as tapes and block devices leave it
                raise BrokenError(
                    "truncated", f"gzip data is damaged at about byte {consumed:,}: {error}"
                ) from error
            yield consumed, out
            fresh = member.eof
            data = member.unused_data if fresh else member.unconsumed_tail
            if fresh:
                member = zlib.decompressobj(wbits=31)
    while not fresh and (out := member.decompress(b"", CHUNK)):
        yield consumed, out
        fresh = member.eof
    if not fresh:
        raise BrokenError("truncated", f"gzip data ends in the middle, after {consumed:,} bytes")


def _unzstd(raw: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (compressed bytes consumed, output) of all frames of a zstd file."""
    context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = context.decompressobj()
    consumed, fresh = 0, True
    for chunk in raw:
        for start in range(0, len(chunk), _ZSTD_STEP):
            data = chunk[start : start + _ZSTD_STEP]
            consumed += len(data)
            while data:
                try:
                    out = frame.decompress(data)
                except zstandard.ZstdError as error:
                    raise BrokenError(
                        "truncated", f"zstd data is damaged at about byte {consumed:,}: {error}"
                    ) from error
                yield consumed, out
                fresh = frame.eof
                data = frame.unused_data if fresh else b""
                if fresh:
                    frame = context.decompressobj()
    if not fresh:
        raise BrokenError("truncated", f"zstd data ends in the middle, after {consumed:,} bytes")


def _bounded(steps: Iterator[tuple[int, bytes]], settings: Settings) -> Iterator[bytes]:
    """Stop a stream that expands to more than any text would."""
    made = 0
    for consumed, out in steps:
        made += len(out)
        if expands_too_much(made, consumed, settings):
            raise BrokenError(
                "too-large",
                f"{consumed:,} compressed bytes expand to more than {made:,}, over "
                f"{settings.max_expansion_ratio} times; text is rarely over 20",
            )
        if out:
            yield out
