"""A byte stream with lookahead that tracks its offset and running digest."""

import re
from collections.abc import Iterator
from typing import Final

from copydesk.tasks.read.errors import BrokenError, Gap
from copydesk.tasks.read.streams import Digest

_AHEAD: Final = 256
"""Maximum length of a searched pattern's match, in bytes."""


class Tape:
    """The bytes of a stream from `offset` on. Bytes that were looked at stay until they are consumed.

    Lookahead stops at a gap until it is crossed, and at the end of the stream.
    """

    def __init__(self, stream: Iterator[bytes], offset: int, digest: Digest) -> None:
        self._stream = stream
        self._data = bytearray()
        self._over = False
        self.offset, self.digest = offset, digest
        self.gap: Gap | None = None
        """The gap that follows the available bytes, if there is one."""
        self.end: BrokenError | None = None
        """The error that ended the stream, if there was one."""

    def has(self, size: int) -> bool:
        """Return whether `size` bytes are available."""
        while len(self._data) < size and self._more():
            pass
        return len(self._data) >= size

    def look(self, start: int, end: int) -> bytes:
        """Return the available bytes between two positions, relative to the current one."""
        self.has(end)
        return bytes(self._data[start:end])

    def find(self, pattern: "re.Pattern[bytes]", start: int, end: int | None = None) -> int:
        """Return where the pattern first matches in the available bytes; -1 if nowhere."""
        found = pattern.search(self._data, start, len(self._data) if end is None else end)
        return found.start() if found else -1

    def advance(self, size: int) -> bool:
        """Consume `size` bytes, holding few of them; return False if a gap or the end comes before."""
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
        """Consume everything before the pattern, at least `start` bytes; return False at a gap or the end."""
        self.has(start + 1)
        while (found := self.find(pattern, start)) < 0:
            before = len(self._data)
            self.advance(max(0, before - _AHEAD))
            start = max(0, start - max(0, before - _AHEAD))
            if not self._more():
                self.advance(len(self._data))
                return False
        # The match may continue beyond the buffer; its start is still right.
        return self.advance(found)

    def cross(self) -> bool:
        """Continue after the gap that comes next; return False if there is none."""
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
