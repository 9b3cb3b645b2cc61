"""Read gzip archives of records member by member; a damaged member does not affect the others.

`.warc.gz` holds each record as a member of its own, so that reading can continue at the next one. The next
member is searched from the beginning of the damaged one, because a decoder that lost its position may have
read far into the next. A gzip header counts as a member only if its content begins like a record.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

from copydesk.schemas.settings import MIB, Settings
from copydesk.tasks.read.errors import BrokenError, Gap

_STEP: Final = 16 * 1024
"""Compressed bytes given to zlib at a time: after each member it returns a copy of the rest."""
_OUT: Final = 64 * 1024
_HEAD: Final = 512
"""Compressed bytes that suffice to see how a member begins."""
_MEMBER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]", re.DOTALL)
RECORD: Final = re.compile(rb"\s{0,16}WARC/\d")
"""How archives of records begin."""


def holds_records(head: bytes, *, archive: bool = False) -> bool:
    """Return whether a file with this beginning holds records in members.

    With `archive`, damaged members count.

    >>> import gzip
    >>> holds_records(gzip.compress(b"WARC/1.0 ...")), holds_records(gzip.compress(b"words"))
    (True, False)
    """
    if archive and b"WARC/" not in head and _MEMBER.search(head):
        return True
    return _holds_record(head[:_HEAD])


def members(raw: Iterator[bytes], settings: Settings) -> Iterator[bytes]:
    """Yield the content of all members in pieces, and a Gap for damage between them.

    Raises BrokenError for damage or a cut at the end, after which nothing follows.
    """
    window = _Window(raw, settings.max_document_bytes)
    while window.begin():
        made = 0
        try:
            for out in _member(window, settings):
                made += len(out)
                yield out
        except BrokenError as error:
            error.made = made
            if not window.find():
                raise
            yield Gap.of(error)


def _member(window: "_Window", settings: Settings) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    start, made = window.offset, 0
    while True:
        data = window.read(_STEP)
        if not data:
            while out := member.decompress(b"", _OUT):
                yield out
            if member.eof:
                return
            raise BrokenError("truncated", f"gzip data ends in the middle, after {window.offset:,} bytes")
        try:
            out = member.decompress(data, _OUT)
        except zlib.error as error:
            where = f"the gzip member at byte {start:,} is damaged at about byte {window.offset:,}"
            raise BrokenError("damaged", f"{where}: {error}") from error
        window.give_back(len(member.unused_data if member.eof else member.unconsumed_tail))
        made += len(out)
        if expands_too_much(made, window.offset - start, settings):
            raise BrokenError(
                "too-large",
                f"the gzip member at byte {start:,} expands over {settings.max_expansion_ratio} times; text is rarely over 20",
            )
        if out:
            yield out
        if member.eof:
            return


def expands_too_much(made: int, consumed: int, settings: Settings) -> bool:
    """Return whether the output is larger than any text would be; the first MiB is always allowed."""
    return made > MIB and made > settings.max_expansion_ratio * consumed


def _holds_record(head: bytes) -> bool:
    """Return whether a member with this beginning begins with a record."""
    try:
        return bool(RECORD.match(zlib.decompressobj(wbits=31).decompress(head, 64)))
    except zlib.error:
        return False


class _Window:
    """The bytes from the beginning of a member on, while they are no more than `most`."""

    def __init__(self, raw: Iterator[bytes], most: int) -> None:
        self._raw = raw
        self._most = most
        self._data = bytearray()
        self._at = 0
        self._before = 0
        self._cut = False

    @property
    def offset(self) -> int:
        """Return the number of bytes of the file before the next one."""
        return self._before + self._at

    def begin(self) -> bool:
        """Forget what was read; return whether more follows.

        NULs between members are padding of tapes and disks.
        """
        self._forget(self._at)
        self._cut = False
        while self._data or self._fill():
            if self._data[0]:
                return True
            self._forget(len(self._data) - len(self._data.lstrip(b"\0")))
        return False

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; b"" at the end of the file."""
        if self._at == len(self._data):
            if len(self._data) > self._most:
                self._forget(self._at)
                self._cut = True
            if not self._fill():
                return b""
        data = bytes(self._data[self._at : self._at + size])
        self._at += len(data)
        return data

    def give_back(self, size: int) -> None:
        """Put back the end of what was read last."""
        self._at -= size

    def find(self) -> bool:
        """Go to the next member that holds a record, even within what was read; return whether there is one."""
        if not self._cut:
            self._at = 1  # after the beginning of the damaged member
        while True:
            found = _MEMBER.search(self._data, self._at)
            while found and len(self._data) - found.start() < _HEAD and self._fill():
                pass
            if found is None:
                self._forget(max(self._at, len(self._data) - 3))
                if not self._fill():
                    return False
            elif _holds_record(bytes(self._data[found.start() : found.start() + _HEAD])):
                self._forget(found.start())
                return True
            else:
                self._at = found.start() + 1

    def _fill(self) -> bool:
        chunk = next(self._raw, b"")
        self._data += chunk
        return bool(chunk)

    def _forget(self, size: int) -> None:
        del self._data[:size]
        self._before += size
        self._at = 0
