"""A stream that is looked at ahead and passed over when its length is known, with offset and digest."""

import re
from collections.abc import Iterator
from typing import Final

from copydesk.tasks.read.errors import BrokenError, Gap
from copydesk.tasks.read.streams import Digest

_AHEAD: Final = 256
"""Most bytes of what is searched for."""


class Tape:
    """The bytes of a stream from `offset` on. What is looked at stays until it is passed over.

    A gap ends what can be looked at until it is crossed, and so does the end of the stream.
    """

    def __init__(self, stream: Iterator[bytes], offset: int, digest: Digest) -> None:
        self._stream = stream
        self._data = bytearray()
        self._over = False
        self.offset, self.digest = offset, digest
        self.gap: Gap | None = None
        """What comes behind the bytes that can be looked at, if it is a gap."""
        self.end: BrokenError | None = None
        """What the stream broke off with, if it did."""

    def has(self, size: int) -> bool:
        """Whether so many bytes can be looked at."""
        while len(self._data) < size and self._more():
            pass
        return len(self._data) >= size

    def look(self, start: int, end: int) -> bytes:
        """Bytes between two places behind the present one, as far as they are there."""
        self.has(end)
        return bytes(self._data[start:end])

    def find(self, pattern: "re.Pattern[bytes]", start: int, end: int | None = None) -> int:
        """Where the pattern is first found in what was looked at; -1 if nowhere."""
        found = pattern.search(self._data, start, len(self._data) if end is None else end)
        return found.start() if found else -1

    def advance(self, size: int) -> bool:
        """Pass over so many bytes, holding few of them; False if a gap or the end comes before."""
        while size:
            if not self.has(1):
                return False
            step = min(size, len(self._data))
            with memoryview(self._data) as view:
                self.digest.update(view[:step])
            del self._data[:step]
            self.offset += step
            size -= step
        return True

    def seek(self, pattern: "re.Pattern[bytes]", start: int) -> bool:
        """Pass over what comes before the pattern, at least `start` bytes; False if a gap or the end comes first."""
        self.has(start + 1)
        while (found := self.find(pattern, start)) < 0:
            before = len(self._data)
            self.advance(max(0, before - _AHEAD))
            start = max(0, start - max(0, before - _AHEAD))
            if not self._more():
                self.advance(len(self._data))
                return False
        # The match may go on in what has not come yet; a place is a place.
        return self.advance(found)

    def cross(self) -> bool:
        """Go on behind the gap that comes next; False if there is none."""
        if self._data or self.gap is None:
            return False
        self.digest.update(self.gap)
        self.offset += len(self.gap)
        self.gap = None
        return True

    def _more(self) -> bool:
        if self._over or self.gap is not None:
            return False
        try:
            chunk = next(self._stream, None)
        except BrokenError as error:
            self.end, chunk = error, None
        if chunk is None:
            self._over = True
        elif isinstance(chunk, Gap):
            self.gap = chunk
        else:
            self._data += chunk
        return not self._over and self.gap is None
