"""Errors that are part of the design: each says what was found and what was expected."""

import errno
from typing import Final

from copydesk.schemas.exit_codes import ExitCode


class DocumentError(Exception):
    """One document can't become an article. The pipeline turns it into a reject; the run goes on.

    `stage` is the step that refused it, `reason` a stable code (lower case, dashes), `detail` one
    sentence: what was found, what was expected.
    """

    def __init__(self, stage: str, reason: str, detail: str) -> None:
        super().__init__(f"{stage}: {reason}: {detail}")
        self.stage = stage
        self.reason = reason
        self.detail = detail


class CopydeskError(Exception):
    """A run can't start or can't go on. `exit_code` is what the command line returns."""

    exit_code: int = ExitCode.INTERNAL


class UsageError(CopydeskError):
    """What the user asked for makes no sense: a missing path, an unknown suffix, a wrong column."""

    exit_code = ExitCode.USAGE


class MachineError(CopydeskError):
    """The machine or a limit set for this process is in the way: memory, processes, open files, room for temporary files.

    It says nothing about any document, so the run ends, and what was not read stays unread.
    """

    exit_code = ExitCode.MACHINE


_LACKS: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EAGAIN}
)


def is_of_machine(error: BaseException) -> bool:
    """Whether an error while reading is the machine's, not the input's: no memory, files, processes or space left."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _LACKS)


class CannotWriteError(CopydeskError):
    """The output folder can't be written."""

    exit_code = ExitCode.CANNOT_WRITE


class StorageError(CopydeskError):
    """Reading or writing failed under way: an I/O error, a full disk."""

    exit_code = ExitCode.STORAGE


class StateError(StorageError):
    """The state is missing, damaged, or not that of the files beside it; `copydesk repair` rebuilds it."""


class ForeignEntryError(StorageError):
    """A dataset holds a link, a pipe, a device or a name where copydesk puts a file or a folder."""


class LockedError(CopydeskError):
    """Another run holds the output folder."""

    exit_code = ExitCode.LOCKED


class BreakerError(CopydeskError):
    """Too many documents were rejected; the run stopped rather than publish the rest."""

    exit_code = ExitCode.BREAKER


class StoppedError(CopydeskError):
    """The run was asked to stop by a signal, and stopped between two commits."""

    def __init__(self, message: str, signum: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signum


class InterruptedReading(BaseException):
    """The run was asked to stop while it waited for input; thrown into whatever reads."""
