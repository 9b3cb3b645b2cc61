"""The pool's connection to the template process, which forks workers, and what both sides share."""

import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final, cast

from copydesk.schemas.errors import CopydeskError, MachineError
from copydesk.schemas.settings import Settings
from copydesk.tasks.workers.process import ORDER, REPLY
from copydesk.tasks.workers.protocol import Reader, receive, send

STOPPED: Final = "the run was stopped while documents were being cleaned"
_START_SECONDS: Final = 120.0
_CLOSE_SECONDS: Final = 2.0
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Work is divided among processes; threads inside one would only compete for the same cores."""


class PoolClosedError(CopydeskError):
    """The pool was closed while documents were still to be cleaned."""


class WorkersError(MachineError):
    """Worker processes can't be started or can't work: no memory, no processes, a limit that is too low."""


class Template:
    """The connection to the template process, which forks workers and reaps them.

    Raises WorkersError if the process can't start.
    """

    def __init__(self, settings: Settings, rules: Sequence[Path], cleaner: str, clocks_fd: int) -> None:
        try:
            self._start(clocks_fd)
        except OSError as error:
            raise WorkersError(
                f"cannot start a process for the workers: {error.strerror}; close other programs or raise the limits (ulimit -a)"
            ) from error
        order = {"settings": asdict(settings), "cleaner": cleaner, "rules": [str(path) for path in rules]}
        send(self._control, [json.dumps(order).encode()])

    def _start(self, clocks_fd: int) -> None:
        self._control, theirs = socket.socketpair()
        self._lock = threading.Lock()
        self._ready = self._closed = False
        self._control.settimeout(_START_SECONDS)
        self._complaints = _memory_file("complaints")
        descriptors = theirs.fileno(), clocks_fd
        with theirs:
            # A plain child, not a fork of this process: it must not inherit the store's lock.
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and a module of ours
                [sys.executable, "-P", "-m", "copydesk.tasks.workers", *map(str, descriptors)],
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                start_new_session=True,  # this process alone handles Ctrl-C in a terminal
                env=os.environ | _ONE_THREAD | {"PYTHONPATH": os.pathsep.join(import_path())},
            )

    def fork(self, slot: int) -> tuple[int, socket.socket]:
        """Start a worker. Return its process id and the connection to it."""
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            raise WorkersError(
                f"cannot start a worker process: {error.strerror}; close other programs or raise the limits (ulimit -a)"
            ) from error
        try:
            with theirs:
                pid = self._ask(b"F", slot, theirs)
            if pid < 0:
                raise WorkersError(
                    "cannot start a worker process: the system has no processes or memory left; close other programs"
                )
        except BaseException:
            ours.close()
            raise
        return pid, ours

    def kill(self, pid: int) -> int:
        """Kill a worker if it still runs. Return its exit status, negative for a signal."""
        return self._ask(b"K", pid)

    def close(self) -> None:
        """End the template and every worker: it kills and reaps them when its connection ends."""
        self._closed = True
        self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:  # still importing, or stuck in opening the cleaner
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        with self._lock:
            self._control.close()
            self._complaints.close()

    def _ask(self, kind: bytes, value: int, sock: socket.socket | None = None) -> int:
        with self._lock:
            try:
                if self._closed:
                    raise EOFError
                self._wait_until_ready()
                if sock is None:
                    self._control.sendall(ORDER.pack(kind, value))
                else:
                    socket.send_fds(self._control, [ORDER.pack(kind, value)], [sock.fileno()])
                return int(REPLY.unpack(Reader(self._control)(REPLY.size))[0])
            except (OSError, EOFError) as error:
                if self._closed:
                    raise PoolClosedError(STOPPED) from None
                self._complaints.seek(0)
                said = self._complaints.read().decode(errors="replace").strip()[-500:]
                raise WorkersError(
                    f"the process that starts the workers has ended ({error}): {said}"
                ) from error

    def _wait_until_ready(self) -> None:
        if not self._ready:
            (failure,) = receive(Reader(self._control))
            if failure:
                raise WorkersError(f"cannot open the cleaner: {failure.decode()}")
            self._ready = True


def import_path() -> list[str]:
    """Return the folders in which this process finds modules.

    The current folder is left out: its files are data.

    With `-P`, so that the child does not search there before it receives this list.
    """
    return [path for path in sys.path if os.path.isabs(path)]


def shared_memory(size: int) -> tuple[int, mmap.mmap]:
    """Return memory to share with a child: the descriptor to pass on, and the memory.

    Raises WorkersError if there is none.
    """
    try:
        with _memory_file("clocks") as file:
            # Write zeros instead of a hole: without room for it, this process would be killed when it writes
            # there.
            file.write(bytes(size))
            file.flush()
            descriptor = os.dup(file.fileno())
        return descriptor, mmap.mmap(descriptor, size)
    except OSError as error:
        raise WorkersError(f"cannot get memory to share with workers: {error.strerror}") from error


def _memory_file(name: str) -> IO[bytes]:
    """Return a file in memory if the system has them, so that a full or missing /tmp does not matter.

    Elsewhere return a temporary file.
    """
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create(f"copydesk-{name}", os.MFD_CLOEXEC), "w+b")
    else:  # noqa: RET505 - so that mypy, which knows the system, sees two ways
        return cast("IO[bytes]", tempfile.TemporaryFile())
