"""Errors that are part of the design. Each message states what was found and what was expected."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from copydesk.schemas.exit_codes import ExitCode


class DocumentError(Exception):
    """One document can't become an article. The pipeline turns it into a reject and the run continues.

    `stage` is the step that refused it. `reason` is a stable code (lower case, dashes). `detail` is one
    sentence: what was found and what was expected.
    """

    def __init__(self, stage: str, reason: str, detail: str) -> None:
        super().__init__(f"{stage}: {reason}: {detail}")
        self.stage = stage
        self.reason = reason
        self.detail = detail


class CopydeskError(Exception):
    """A run can't start or can't continue. `exit_code` is the exit code of the command."""

    exit_code: int = ExitCode.INTERNAL


class UsageError(CopydeskError):
    """The request makes no sense: a missing path, an unknown suffix, a wrong column."""

    exit_code = ExitCode.USAGE


class MachineError(CopydeskError):
    """The machine or a limit of this process is in the way: memory, processes, open files, temporary space.

    The error is not about any document. The run therefore ends, and unread documents stay unread.
    """

    exit_code = ExitCode.MACHINE


class InstallationError(MachineError):
    """A file that belongs to copydesk is damaged or missing, or a library that it needs."""


@contextmanager
def installed(what: str) -> Iterator[None]:
    """Turn every error of reading a file that belongs to copydesk, except a lack of memory, into InstallationError.

    Without this, each document would become a reject for a fault that is not its own.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise InstallationError(
            f"{what} can't be read ({type(error).__name__}: {error}); install copydesk and its dependencies again"
        ) from error


_LACKS: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EAGAIN}
)


def is_of_machine(error: BaseException) -> bool:
    """Return whether the machine caused a reading error: no memory, files, processes or disk space left."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _LACKS)


class CannotWriteError(CopydeskError):
    """The output folder can't be written."""

    exit_code = ExitCode.CANNOT_WRITE


class StorageError(CopydeskError):
    """Reading or writing failed during a run: an I/O error, a full disk."""

    exit_code = ExitCode.STORAGE


class StateError(StorageError):
    """The state is missing, damaged, or belongs to other files; `copydesk repair` rebuilds it."""


class ForeignEntryError(StorageError):
    """A dataset holds a link, a pipe, a device or an unknown name where copydesk puts a file or a folder."""


class LockedError(CopydeskError):
    """Another run holds the output folder."""

    exit_code = ExitCode.LOCKED


class BreakerError(CopydeskError):
    """Too many documents were rejected. The run stopped instead of publishing the rest."""

    exit_code = ExitCode.BREAKER


class StoppedError(CopydeskError):
    """A signal asked the run to stop, and it stopped between two commits."""

    def __init__(self, message: str, signum: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signum


class InterruptedReading(BaseException):
    """A signal asked the run to stop while it waited for input. Raised inside the code that reads."""
