"""The command `copydesk`, started in milliseconds, for tests that start it a thousand times.

Everything is imported and the cleaner is opened once, in a process that then forks. A child is the command
from the first line of `copydesk.flows.cli.program.main`. The template of its workers, which the command would
start as a new program, is forked here as well and gets the same sockets; from there on it forks, kills and
reaps workers as usual. Only the start-up of the interpreter is left out.
"""

import gc
import json
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.dataset

import copydesk.flows.cli.ingest
import copydesk.flows.cli.program
import copydesk.flows.run
import copydesk.tasks.pipeline
import copydesk.tasks.workers.pool
import copydesk.tasks.workers.process
from copydesk.flows.config_file import NAME
from copydesk.schemas.document import RawDocument
from copydesk.schemas.report import Outcome
from copydesk.schemas.settings import Settings

_PID = struct.Struct("!q")


def warm_up() -> Callable[[RawDocument], Outcome]:
    """Open the context that all templates share, and return its cleaner.

    Afterwards this process may only fork.
    """
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    pa.array([""])  # imports pandas
    context = copydesk.tasks.pipeline.CleaningContext.open([], Settings())
    copydesk.tasks.pipeline.CleaningContext.open = lambda *_: context  # type: ignore[method-assign]
    with redirect_stderr(StringIO()), redirect_stdout(StringIO()):  # imports all that a run needs, and ends
        assert (
            copydesk.flows.cli.program.main(
                ["ingest", "/no/such/input", "--out", "/no/such/folder", "--direct"]
            )
            == 64
        )
    gc.freeze()
    return lambda raw: copydesk.tasks.pipeline.clean(raw, context)


@dataclass(eq=False)
class Command:
    """A running command, leader of its own process group."""

    pid: int
    _requests: socket.socket
    template: int = 0
    status: int | None = None

    def run_for(self, seconds: float) -> bool:
        """Let it run this long, or until it ends; return whether it still runs."""
        until = time.monotonic() + seconds
        handle = os.pidfd_open(self.pid)
        try:
            while (left := until - time.monotonic()) > 0:
                waits: list[Any] = [self._requests, handle]
                ready, _, _ = select.select(waits, [], [], left)
                if handle in ready:
                    self.wait()
                    return False
                if self._requests in ready and not self._start_template():
                    select.select([handle], [], [], max(0, until - time.monotonic()))
        finally:
            os.close(handle)
        return True

    def wait(self) -> int:
        """Wait for its end; return its exit code, negative for a signal."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def workers(self) -> list[int]:
        """Return the process ids of the current workers."""
        return children(self.template)

    def leftovers(self, others: list[int], seconds: float) -> list[int]:
        """Return processes of its template and of others that still run `seconds` after the command's end."""
        self._requests.close()
        return still_alive(list({self.template, *others}), seconds)

    def _start_template(self) -> bool:
        try:
            _, fds, _, _ = socket.recv_fds(self._requests, 1, 3)
        except ConnectionResetError:  # killed while it sent its request
            return False
        if not fds:
            return False
        self.template = _fork(partial(_be_template, self._requests, *fds))
        for descriptor in fds:
            os.close(descriptor)
        with suppress(BrokenPipeError):
            self._requests.sendall(_PID.pack(self.template))
        return True


def start(words: list[str], folder: Path) -> Command:
    """Start `copydesk` in a folder; it says all to `log`. Settings without an option are given by `choose`."""
    ours, theirs = socket.socketpair()
    pid = _fork(partial(_be_command, ours, theirs, words, folder))
    theirs.close()
    return Command(pid, ours)


def choose(settings: dict[str, Any], folder: Path) -> None:
    """Choose settings for the datasets of a folder, in the settings file."""
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
    (folder / NAME).write_text("[settings]\n" + "".join(lines), encoding="utf-8")


def _be_command(ours: socket.socket, theirs: socket.socket, words: list[str], folder: Path) -> int:
    ours.close()
    os.setsid()
    os.chdir(folder)
    with open("log", "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
    program = partial(_Template, theirs)
    copydesk.tasks.workers.pool.subprocess = SimpleNamespace(  # type: ignore[attr-defined]
        Popen=program, DEVNULL=-3, TimeoutExpired=TimeoutError
    )
    code = copydesk.flows.cli.program.main(words)
    sys.stderr.flush()
    return code


def _be_template(requests: socket.socket, control: int, clocks: int, complaints: int) -> int:
    requests.close()
    os.setsid()
    os.dup2(complaints, 2)
    copydesk.tasks.workers.process.main(control, clocks)
    return 0


class _Template:
    """Replace `subprocess.Popen` in `copydesk.tasks.workers.pool`: the warm process forks the template."""

    def __init__(
        self, requests: socket.socket, _: object, *, pass_fds: tuple[int, int], stderr: Any, **__: Any
    ):
        socket.send_fds(requests, [b"T"], [*pass_fds, stderr.fileno()])
        (self.pid,) = _PID.unpack(requests.recv(_PID.size))
        self._handle = os.pidfd_open(self.pid)

    def wait(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        if self._handle >= 0:
            if not select.select([self._handle], [], [], timeout)[0]:
                raise TimeoutError
            os.close(self._handle)
            self._handle = -1

    def poll(self) -> None:
        """Do nothing; it is never called."""


def _fork(task: Any) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        status = task()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def children(pid: int) -> list[int]:
    """Return the processes that a process's first thread has started and not yet reaped."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def still_alive(pids: list[int], seconds: float) -> list[int]:
    """Return those processes that still run after `seconds`; children of this process are reaped."""
    until = time.monotonic() + seconds
    left = [pid for pid in pids if pid]
    while left and time.monotonic() < until:
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        left = [pid for pid in left if _alive(pid)]
        time.sleep(0.005 if left else 0)
    return left


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def kill(pids: list[int]) -> int:
    """Send SIGKILL to each process that still exists; return their number."""
    hit = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            hit += 1
    return hit
