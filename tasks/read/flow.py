"""Read a byte stream in pieces of known length, and give back bytes that were not needed."""

from collections.abc import Iterator


class Flow:
    """The bytes of a stream, with the current offset."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self._held = bytearray()
        self.offset = 0

    def look(self, size: int) -> bytes:
        """Return up to `size` bytes without consuming them."""
        while len(self._held) < size and (chunk := next(self._stream, None)) is not None:
            self._held += chunk
        return bytes(self._held[:size])

    def take(self, size: int) -> bytes:
        """Consume and return up to `size` bytes; fewer at the end."""
        found = self.look(size)
        del self._held[: len(found)]
        self.offset += len(found)
        return found

    def chunk(self, most: int) -> bytes:
        """Consume and return some bytes, at most `most`; b"" at the end."""
        return self.take(min(most, len(self._held) or 1 << 16))

    def give_back(self, data: bytes) -> None:
        """Put back the bytes that were taken last."""
        self._held[:0] = data
        self.offset -= len(data)

    def skip(self, size: int) -> int:
        """Skip `size` bytes, and return how many were missing."""
        while size > 0 and (gone := self.chunk(size)):
            size -= len(gone)
        return size

    def seek(self, sign: bytes) -> bool:
        """Skip everything before a byte sequence; return False if it does not occur."""
        while True:
            self.look(1 << 16)
            at = self._held.find(sign)
            if at >= 0:
                self.take(at)
                return True
            passed = max(0, len(self._held) - len(sign) + 1)
            self.take(passed)
            if len(self.look(1 << 16)) < len(sign):
                self.take(len(sign))
                return False
