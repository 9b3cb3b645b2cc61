"""Allow one writer at a time, with the kernel's own lock, which ends with the process that holds it."""

import fcntl
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from copydesk.schemas.errors import LockedError
from copydesk.tasks.store.safe_paths import open_handle


class FolderLock:
    """An exclusive `flock` on a file.

    The content of the file (process, host, start) is only for the error message of a second run; it never
    decides whether the lock is held. The handle is closed on exec, so that a worker process can't keep the
    lock after its parent has died. A plain `fork` would keep it, and must not be used while a store is open.
    `flock` works within one host: on a shared file system, only one host may write.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock, or raise LockedError at once."""
        self._handle = open_handle(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._handle, 1_000, 0).decode("utf-8", "replace").strip()
            os.close(self._handle)
            raise LockedError(
                f"{path.parent.parent} is in use by another run ({holder or 'just starting'}); wait for it to end, or choose another folder"
            ) from None
        except BaseException:
            os.close(self._handle)
            raise
        started = datetime.now(UTC).isoformat(timespec="seconds")
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"pid {os.getpid()} on {socket.gethostname()}, since {started}\n".encode(), 0)

    @property
    def held(self) -> bool:
        """Return whether it has not been released yet."""
        return self._handle >= 0

    def release(self) -> None:
        """Release the lock. The file stays: if it were removed, two runs could lock two different files."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        """Return the held lock."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Release it."""
        self.release()
