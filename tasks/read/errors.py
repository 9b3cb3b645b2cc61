"""What readers meet where bytes are damaged: an end of the stream, or a gap that it goes on behind."""

from typing import Self


class BrokenError(Exception):
    """The stream can't go on: `reason` as in a Reject, `detail` what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.made = 0
        """Bytes of the damaged part that stand in the stream before the break, and are not to be trusted."""


class Gap(bytes):
    """A stretch of an archive that could not be read, behind which it goes on.

    It stands in the stream as a chunk of one NUL, so that offsets and digests tell an archive with
    a gap from one without.
    """

    error: BrokenError

    @classmethod
    def of(cls, error: BrokenError) -> Self:
        """The gap that an error leaves."""
        gap = cls(b"\0")
        gap.error = error
        return gap
