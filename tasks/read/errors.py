"""Errors for damaged bytes: the end of the stream, or a gap after which it continues."""

from typing import Self


class BrokenError(Exception):
    """The stream can't continue. `reason` is as in a Reject; `detail` states what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.made = 0
        """Number of bytes from the damaged part that were yielded before the break and can't be trusted."""


class Gap(bytes):
    """A stretch of an archive that could not be read, after which the archive continues.

    It appears in the stream as a chunk of one NUL, so that offsets and digests distinguish an archive with a
    gap from one without.
    """

    error: BrokenError

    @classmethod
    def of(cls, error: BrokenError) -> Self:
        """Return the gap that an error leaves."""
        gap = cls(b"\0")
        gap.error = error
        return gap
