"""One writer at a time: the kernel's own lock, which dies with the process that holds it."""

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

    What stands in the file (process, host, start) is for the message to whoever comes second; it
    never decides whether the lock is held. The handle is closed on exec, so that a worker process
    can't keep the lock after its parent has died; a plain `fork` would, and must not be used while
    a store is open. `flock` counts on one host: a shared file system needs one host that writes.
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
                f"{path.parent.parent} is held by another run ({holder or 'just starting'})"
            ) from None
        except BaseException:
            os.close(self._handle)
            raise
        started = datetime.now(UTC).isoformat(timespec="seconds")
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"pid {os.getpid()} on {socket.gethostname()}, since {started}\n".encode(), 0)

    @property
    def held(self) -> bool:
        """Whether it was not given back yet."""
        return self._handle >= 0

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two runs lock two files."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        """Hold it inside a `with`."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Give it back."""
        self.release()
